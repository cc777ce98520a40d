//! Another backend, the same numbers: a GPU's run agrees with the CPU's. Needs a build with both.
#![cfg(all(feature = "flex", feature = "wgpu"))]

use std::path::Path;

use dir_tests::Program;

/// Mean absolute errors may differ by this share: sums in another order, in `f32`, over a whole training run.
const ALLOWED: f64 = 0.005;
const PROGRAM: Program = Program(env!("CARGO_BIN_EXE_tabular-dir"));

fn train(device: &str, out: &Path) {
    let arguments =
        ["train", "--quiet", "--size", "tiny", "--method", "sqinv+lds+fds", "--epochs", "3", "--device", device];
    PROGRAM.said(&arguments, &[("--out", out)]);
    let log = std::fs::read_to_string(out.join("log.jsonl")).expect("a log");
    assert!(log.contains("\"event\":\"device\""), "{log}");
}

#[test]
fn a_gpu_gives_the_cpus_numbers() {
    PROGRAM.assert_wgpu_agrees(ALLOWED, train);
}
