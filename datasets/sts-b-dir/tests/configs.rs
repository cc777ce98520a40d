//! Every committed configuration trains: read whole, run narrow on a few made-up sentences.

use std::path::Path;

use dir_tests::Program;

const PROGRAM: Program = Program(env!("CARGO_BIN_EXE_sts-b-dir"));

#[test]
fn every_config_takes_steps() {
    let temporary = tempfile::tempdir().expect("a temporary folder");
    let data = temporary.path().join("data");
    PROGRAM.said(&["synth", "--rows", "400", "--width", "8"], &[("--out", &data)]);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs/sts_b");
    let mut configs = 0;
    for entry in std::fs::read_dir(&folder).expect("configs").flatten() {
        let run = temporary.path().join(entry.file_name());
        let narrow = ["train", "--quiet", "--hidden", "3", "--epoch", "3", "--batch-size", "64"];
        PROGRAM.said(&narrow, &[("--config", &entry.path()), ("--data", &data), ("--out", &run)]);
        let resolved = std::fs::read_to_string(run.join("config.toml")).expect("the settings");
        for expected in
            ["target = \"min_max\"", "lr = 0.0001", "clip_norm = 5.0", "select = \"mse\"", "kind = \"lists\""]
        {
            assert!(resolved.contains(expected), "{expected}: {resolved}");
        }
        configs += 1;
    }
    assert_eq!(configs, 18, "configs in {}", folder.display());
}
