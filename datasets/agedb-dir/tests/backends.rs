//! Another backend, the same numbers: a GPU's run agrees with the CPU's. Needs a build with both.
#![cfg(all(feature = "flex", feature = "wgpu"))]

use std::path::Path;

use dir_tests::Program;

/// Mean absolute errors may differ by this share: sums in another order, in `f32`, over steps of a deep network.
const ALLOWED: f64 = 0.03;
const PROGRAM: Program = Program(env!("CARGO_BIN_EXE_agedb-dir"));

fn train(device: &str, data: &Path, out: &Path) {
    let narrow = ["--size", "tiny", "--img-size", "32", "--width", "2", "--epoch", "1", "--batch-size", "64"];
    let arguments =
        [["train", "--quiet", "--method", "sqinv+lds+fds", "--device", device].as_slice(), &narrow].concat();
    PROGRAM.said(&arguments, &[("--data", data), ("--out", out)]);
}

#[test]
fn a_gpu_gives_the_cpus_numbers() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let data = folder.path().join("data");
    PROGRAM.said(&["synth", "--rows", "300", "--img-size", "32"], &[("--out", &data)]);
    PROGRAM.assert_wgpu_agrees(ALLOWED, |device, out| train(device, &data, out));
}
