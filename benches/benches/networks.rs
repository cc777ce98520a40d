//! `cargo bench -p dir-bench --bench networks`: training steps of ResNets (forward, L1, backward, Adam), beside PyTorch's in
//! the same run if `DIR_PEERS_PYTHON` names a Python that has it. `DIR_BENCH_NETS=50x64x8x224,18x16x64x64` chooses depth x width
//! x batch x pixels.

use burn::tensor::Device;
use dir_bench::nets::{RESNET, ResNetTraining, sizes};
use dir_bench::{in_pool, line, peers, time};
use dir_core::Regressor;
use dir_core::ops::DeviceInfo;

const DEFAULT: &str = "50x64x8x224,50x64x16x64,50x64x64x64,18x16x64x64";

fn main() {
    let device = Device::default();
    println!("device: {:?}", DeviceInfo::of(&device));
    let nets = std::env::var("DIR_BENCH_NETS").unwrap_or_else(|_| DEFAULT.into());
    for net in nets.split(',').filter_map(|net| sizes(net, RESNET)) {
        in_pool(|| network(net, &device));
    }
    peers::run("networks.py", &[&nets]);
}

fn network(net: [usize; 4], device: &Device) {
    let [depth, width, batch, pixels] = net;
    let mut training = ResNetTraining::new(net, device);
    let name = format!("ResNet-{depth}, width {width}, batch {batch} of {pixels} px");
    let (valid, x) = training.inference();
    line(&format!("{name}: inference"), time(5, || drop(valid.forward(x.clone()).into_data())), "");
    let step = time(5, || training.step(1e-3));
    line(&format!("{name}: training step"), step, &format!("{:.0} pictures/s", batch as f64 / step.0));
}
