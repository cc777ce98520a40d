//! Another backend, the same numbers: a GPU's run agrees with the CPU's. Needs a build with both.
#![cfg(all(feature = "flex", feature = "wgpu"))]

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Mean absolute errors may differ by this share: sums in another order, in `f32`, over a whole training run.
const ALLOWED: f64 = 0.005;

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_tabular-dir"))
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

fn train(device: &str, out: &Path) -> Value {
    let arguments =
        ["train", "--quiet", "--size", "tiny", "--method", "sqinv+lds+fds", "--epochs", "3", "--device", device];
    let output = program().args(arguments).arg("--out").arg(out).output().expect("the program starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let log = std::fs::read_to_string(out.join("log.jsonl")).expect("a log");
    assert!(log.contains("\"event\":\"device\""), "{log}");
    serde_json::from_slice(&std::fs::read(out.join("metrics.json")).expect("a finished run")).expect("JSON")
}

#[test]
fn a_gpu_gives_the_cpus_numbers() {
    if !has_wgpu() {
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let [cpu, gpu] = ["cpu", "wgpu"].map(|device| train(device, &folder.path().join(device)));
    for region in ["all", "many", "medium", "few"] {
        let mae = |run: &Value| run["regions"][region]["mae"].as_f64();
        let (cpu, gpu) = (mae(&cpu).expect("a region with rows"), mae(&gpu).expect("a region with rows"));
        println!("{region}: MAE {cpu} on the CPU, {gpu} on the GPU");
        assert!((gpu / cpu - 1.0).abs() < ALLOWED, "{region}: {gpu} for {cpu}");
    }
}
