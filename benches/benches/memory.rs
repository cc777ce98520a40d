//! `cargo bench --workspace --bench memory`: the most memory that a process takes for training steps of a ResNet, each network in a
//! process of its own, and of a small one after 10, 100 and 1,000 steps; beside PyTorch's if `DIR_PEERS_PYTHON` names a Python that
//! has it. `DIR_BENCH_NETS=50x64x8x224` chooses depth x width x batch x pixels.

use std::process::Command;

use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor, TensorData};
use dir_bench::{in_pool, peers};
use dir_core::Regressor;
use dir_core::adam::Adam;
use dir_core::loss::{LossConfig, LossKind};
use dir_nn::ResNetConfig;
use dir_nn::resnet::Depth;

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
    let numbers: Vec<usize> = net.split('x').filter_map(|n| n.trim().parse().ok()).collect();
    let &[depth, width, batch, pixels] = numbers.as_slice() else {
        return println!("skipped: {net:?}, expected depth x width x batch x pixels");
    };
    let last = if net == SMALL { 1000 } else { 5 };
    let device = Device::default().autodiff();
    let depth_of = if depth == 18 { Depth::D18 } else { Depth::D50 };
    let mut model = ResNetConfig::of_depth(depth_of).with_width(width).init(0, &device).expect("a valid size");
    let mut adam = Adam::new(None).into_optimizer();
    let loss = LossConfig { kind: LossKind::L1, ..LossConfig::default() }.init().expect("valid");
    let data = vec![0.5_f32; batch * 3 * pixels * pixels];
    let x = Tensor::<4>::from_data(TensorData::new(data, [batch, 3, pixels, pixels]), &device);
    let targets = Tensor::<2>::ones([batch, 1], &device) * 50.0;
    for step in 1..=last {
        let loss = loss.forward(model.forward(x.clone()), targets.clone(), None).expect("fits");
        let gradients = GradientsParams::from_grads(loss.backward(), &model);
        model = adam.step(1e-4, model.clone(), gradients);
        drop(loss.into_data());
        if step == last || [10, 100].contains(&step) {
            println!("{:<74}{:>11.0} MB", format!("ResNet {net}, {step} steps: most memory so far"), most_memory());
        }
    }
}

/// Megabytes; 0 where the system does not say.
fn most_memory() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse::<f64>().ok());
    kilobytes.unwrap_or(0.0) * 1024.0 / 1e6
}
