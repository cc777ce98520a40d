//! Every committed configuration trains: read whole, run narrow on a few drawn faces.

use std::path::Path;
use std::process::Command;

#[test]
fn every_config_takes_steps() {
    let temporary = tempfile::tempdir().expect("a temporary folder");
    let data = temporary.path().join("data");
    let program = || Command::new(env!("CARGO_BIN_EXE_agedb-dir"));
    let synth = program().args(["synth", "--rows", "300", "--img-size", "32", "--out"]).arg(&data).output();
    assert!(synth.expect("the program starts").status.success());
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs/agedb");
    let mut configs = 0;
    for entry in std::fs::read_dir(&folder).expect("configs").flatten() {
        let run = temporary.path().join(entry.file_name());
        let narrow = ["--depth", "18", "--width", "2", "--img-size", "16", "--epoch", "2", "--batch-size", "32"];
        let mut command = program();
        command.args(["train", "--quiet", "--cache", "memory"]).args(narrow);
        command.arg("--config").arg(entry.path()).arg("--data").arg(&data).arg("--out").arg(&run);
        let output = command.output().expect("the program starts");
        assert!(output.status.success(), "{:?}: {}", entry.path(), String::from_utf8_lossy(&output.stderr));
        let resolved = std::fs::read_to_string(run.join("config.toml")).expect("the settings");
        assert!(resolved.contains("target = \"raw\"") && resolved.contains("lr = 0.001"), "{resolved}");
        configs += 1;
    }
    assert_eq!(configs, 18, "configs in {}", folder.display());
}
