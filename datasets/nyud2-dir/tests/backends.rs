//! Another backend, the same numbers: a GPU's run agrees with the CPU's. Needs a build with both.
#![cfg(all(feature = "flex", feature = "wgpu"))]

use std::path::Path;

use dir_tests::Program;

/// Mean absolute errors may differ by this share: sums in another order, in `f32`, over a training run.
const ALLOWED: f64 = 0.02;
const PROGRAM: Program = Program(env!("CARGO_BIN_EXE_nyud2-dir"));

fn train(device: &str, data: &Path, out: &Path) {
    let small = ["--size", "tiny", "--width", "4", "--short", "36", "--crop", "32x48", "--epoch", "3"];
    let arguments = [["train", "--quiet", "--method", "inv+lds+fds", "--device", device].as_slice(), &small].concat();
    PROGRAM.said(&arguments, &[("--data", data), ("--out", out)]);
}

#[test]
fn a_gpu_gives_the_cpus_numbers() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let data = folder.path().join("data");
    PROGRAM.said(&["synth", "--rows", "24", "--test-rows", "4", "--img-size", "48"], &[("--out", &data)]);
    PROGRAM.assert_wgpu_agrees(ALLOWED, |device, out| train(device, &data, out));
}
