//! Every committed configuration trains: read whole, run narrow on a few drawn rooms.

use std::path::Path;

use dir_tests::Program;

const PROGRAM: Program = Program(env!("CARGO_BIN_EXE_nyud2-dir"));

#[test]
fn every_config_takes_steps() {
    let temporary = tempfile::tempdir().expect("a temporary folder");
    let data = temporary.path().join("data");
    PROGRAM.said(&["synth", "--rows", "24", "--test-rows", "3", "--img-size", "64"], &[("--out", &data)]);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs/nyud2");
    let mut configs = 0;
    for entry in std::fs::read_dir(&folder).expect("configs").flatten() {
        let run = temporary.path().join(entry.file_name());
        let narrow = ["train", "--quiet", "--depth", "18", "--width", "4", "--short", "48", "--crop", "40x56"];
        let short = ["--epoch", "3", "--batch-size", "12"];
        let arguments = [narrow.as_slice(), &short].concat();
        PROGRAM.said(&arguments, &[("--config", &entry.path()), ("--data", &data), ("--out", &run)]);
        let resolved = std::fs::read_to_string(run.join("config.toml")).expect("the settings");
        for expected in ["target = \"raw\"", "lr = 0.0001", "select = \"rmse\"", "kind = \"share\"", "kind = \"mse\""] {
            assert!(resolved.contains(expected), "{expected}: {resolved}");
        }
        configs += 1;
    }
    assert_eq!(configs, 4, "configs in {}", folder.display());
}
