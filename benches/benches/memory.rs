//! `cargo bench --workspace --bench memory`: the most memory that a process takes for training steps of a ResNet, each network in a
//! process of its own, and of a small one after 10, 100 and 1,000 steps; beside PyTorch's if `DIR_PEERS_PYTHON` names a Python that
//! has it. `DIR_BENCH_NETS=50x64x8x224` chooses depth x width x batch x pixels.

#![allow(clippy::print_stdout)]

use std::process::Command;

use burn::tensor::Device;
use dir_bench::nets::{RESNET, ResNetTraining, Training, sizes};
use dir_bench::{in_pool, peers};

const DEFAULT: &str = "50x64x8x224,50x64x16x64,50x64x64x64,18x16x64x64";
/// The network of the long run.
const SMALL: &str = "18x8x16x32";
/// Says to a process of which network it is.
const OF: &str = "DIR_BENCH_MEMORY_OF";

fn main() {
    if let Ok(net) = std::env::var(OF) {
        return in_pool(|| steps(&net));
    }
    let nets = std::env::var("DIR_BENCH_NETS").unwrap_or_else(|_| DEFAULT.into());
    let program = std::env::current_exe().expect("this program has a path");
    for net in nets.split(',').chain([SMALL]) {
        let status = Command::new(&program).env(OF, net).status();
        assert!(status.is_ok_and(|status| status.success()), "{net} failed");
        peers::run("memory.py", &[net, if net == SMALL { "1000" } else { "5" }]);
    }
}

fn steps(net: &str) {
    let Some(size) = sizes(net, RESNET) else { return };
    let last = if net == SMALL { 1000 } else { 5 };
    let mut training = ResNetTraining::new(size, &Device::default());
    for step in 1..=last {
        training.step();
        if step == last || [10, 100].contains(&step) {
            println!("{:<74}{:>11.0} MB", format!("ResNet {net}, {step} steps: most memory so far"), most_memory());
        }
    }
}

/// Megabytes; 0 where the system does not say.
fn most_memory() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").ok().unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse::<f64>().ok());
    kilobytes.unwrap_or(0.0) * 1024.0 / 1e6
}
