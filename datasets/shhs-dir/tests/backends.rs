//! Another backend, the same numbers: a GPU's run agrees with the CPU's. Needs a build with both.
#![cfg(all(feature = "flex", feature = "wgpu"))]

use std::path::Path;

use dir_tests::Program;

/// Mean absolute errors may differ by this share: sums in another order, in `f32`, over a training run.
const ALLOWED: f64 = 0.02;
const PROGRAM: Program = Program(env!("CARGO_BIN_EXE_shhs-dir"));

fn train(device: &str, data: &Path, out: &Path) {
    // Without dropout, which each backend draws in its own way.
    let narrow = ["--size", "tiny", "--width", "2", "--hidden", "4", "--rate", "8", "--windows", "2", "--dropout", "0"];
    let short = ["--epoch", "3", "--batch-size", "8"];
    let arguments =
        [["train", "--quiet", "--method", "inv+lds+fds", "--device", device].as_slice(), &narrow, &short].concat();
    PROGRAM.said(&arguments, &[("--data", data), ("--out", out)]);
}

#[test]
fn a_gpu_gives_the_cpus_numbers() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let data = folder.path().join("data");
    PROGRAM.said(&["synth", "--rows", "40", "--minutes", "2"], &[("--out", &data)]);
    PROGRAM.assert_wgpu_agrees(ALLOWED, |device, out| train(device, &data, out));
}
