//! Another backend, the same numbers: a GPU's run agrees with the CPU's. Needs a build with both.
#![cfg(all(feature = "flex", feature = "wgpu"))]

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Mean absolute errors may differ by this share: sums in another order, in `f32`, over steps of a deep network.
const ALLOWED: f64 = 0.03;

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_agedb-dir"))
}

/// Whether there is a wgpu device, a software one included.
fn has_wgpu() -> bool {
    let output = program().arg("devices").output().expect("the program starts");
    let listed = String::from_utf8_lossy(&output.stdout).into_owned();
    println!("{listed}");
    let found = listed.lines().any(|line| line.starts_with("wgpu"));
    assert!(found || std::env::var_os("DIR_REQUIRE_GPU").is_none(), "no wgpu device is listed");
    if !found {
        println!("skipped: no wgpu device");
    }
    found
}

fn train(device: &str, data: &Path, out: &Path) -> Value {
    let narrow = ["--size", "tiny", "--img-size", "32", "--width", "2", "--epoch", "1", "--batch-size", "64"];
    let mut command = program();
    command.args(["train", "--quiet", "--method", "sqinv+lds+fds", "--device", device]).args(narrow);
    let output = command.arg("--data").arg(data).arg("--out").arg(out).output().expect("the program starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&std::fs::read(out.join("metrics.json")).expect("a finished run")).expect("JSON")
}

#[test]
fn a_gpu_gives_the_cpus_numbers() {
    if !has_wgpu() {
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let data = folder.path().join("data");
    let synth = program().args(["synth", "--rows", "300", "--img-size", "32", "--out"]).arg(&data).output();
    assert!(synth.expect("the program starts").status.success());
    let [cpu, gpu] = ["cpu", "wgpu"].map(|device| train(device, &data, &folder.path().join(device)));
    let mut compared = 0;
    for region in ["all", "many", "medium", "few"] {
        let mae = |run: &Value| run["regions"][region]["mae"].as_f64();
        let (Some(cpu), Some(gpu)) = (mae(&cpu), mae(&gpu)) else { continue };
        compared += 1;
        println!("{region}: MAE {cpu} on the CPU, {gpu} on the GPU");
        assert!((gpu / cpu - 1.0).abs() < ALLOWED, "{region}: {gpu} for {cpu}");
    }
    assert!(compared >= 2, "{compared} regions");
}
