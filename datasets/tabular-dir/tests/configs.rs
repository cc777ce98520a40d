//! Every committed configuration trains.

use std::path::Path;
use std::process::Command;

#[test]
fn every_config_takes_steps() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs/tabular");
    let out = tempfile::tempdir().expect("a temporary folder");
    let mut configs = 0;
    for entry in std::fs::read_dir(&folder).expect("configs").flatten() {
        let run = out.path().join(entry.file_name());
        let output = Command::new(env!("CARGO_BIN_EXE_tabular-dir"))
            .args(["train", "--quiet", "--epoch", "2", "--config"])
            .arg(entry.path())
            .arg("--out")
            .arg(&run)
            .output()
            .expect("the program starts");
        assert!(output.status.success(), "{:?}: {}", entry.path(), String::from_utf8_lossy(&output.stderr));
        assert!(run.join("metrics.json").exists() && run.join("report.html").exists());
        configs += 1;
    }
    assert!(configs > 0, "no config in {}", folder.display());
}
