//! Every committed configuration trains: read whole, run narrow on a few made-up nights.

use std::path::Path;

use dir_tests::Program;

const PROGRAM: Program = Program(env!("CARGO_BIN_EXE_shhs-dir"));

#[test]
fn every_config_takes_steps() {
    let temporary = tempfile::tempdir().expect("a temporary folder");
    let data = temporary.path().join("data");
    PROGRAM.said(&["synth", "--rows", "40", "--minutes", "2"], &[("--out", &data)]);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs/shhs");
    let mut configs = 0;
    for entry in std::fs::read_dir(&folder).expect("configs").flatten() {
        let run = temporary.path().join(entry.file_name());
        let narrow =
            ["train", "--quiet", "--width", "2", "--hidden", "3", "--rate", "8", "--windows", "2", "--epoch", "3"];
        PROGRAM.said(&narrow, &[("--config", &entry.path()), ("--data", &data), ("--out", &run)]);
        let resolved = std::fs::read_to_string(run.join("config.toml")).expect("the settings");
        for expected in ["target = \"plain\"", "lr = 0.001", "batch = 16", "window = 30", "kind = \"share\""] {
            assert!(resolved.contains(expected), "{expected}: {resolved}");
        }
        configs += 1;
    }
    assert_eq!(configs, 13, "configs in {}", folder.display());
}
