//! `cargo bench --workspace --bench networks`: training steps (forward, loss, backward, Adam) and inference of every kind of network, in
//! turns with PyTorch's if `DIR_PEERS_PYTHON` names a Python that has it, and a table of both in the end. `DIR_BENCH_ROUNDS=5` takes
//! so many turns; `DIR_BENCH_NETS=resnet-50x64x8x224,depth-18x16x8x44x60,bilstm-128x100x256,mlp` chooses networks.

#![allow(clippy::print_stdout)]

use burn::tensor::Device;
use dir_bench::nets::Net;
use dir_bench::turns::{Turns, rounds};
use dir_bench::{in_pool, line, peers, rate, time};
use dir_core::ops::DeviceInfo;

const DEFAULT: &str = "resnet-50x64x8x224,resnet-50x64x16x64,resnet-50x64x64x64,resnet-18x16x64x64,depth-18x16x8x44x60,\
                       depth-18x16x8x112x152,bilstm-128x50x128,bilstm-128x100x256,bilstm-128x300x1500,mlp";

fn main() {
    let device = Device::default();
    println!("device: {:?}", DeviceInfo::of(&device));
    let nets = std::env::var("DIR_BENCH_NETS").unwrap_or_else(|_| DEFAULT.into());
    let nets: Vec<(&str, Net)> = nets.split(',').filter_map(|text| Some((text, Net::of(text)?))).collect();
    let mut turns = Turns::default();
    for round in 1..=rounds() {
        println!("round {round}");
        for (text, net) in &nets {
            in_pool(|| ours(net, &device, &mut turns));
            turns.theirs(peers::run("networks.py", &[text]));
        }
    }
    turns.print();
}

fn ours(net: &Net, device: &Device, turns: &mut Turns) {
    let (rate, mut training) = (rate(device), net.init(device));
    let (repeats, floor) = (training.repeats(), training.operations() / rate);
    // Backward are two products of the same size for every one forward.
    let name = |what: &str| format!("{}: {what}", net.name());
    let (predict, step) = (name("inference"), name("training step"));
    let seconds = time(repeats, || training.predict());
    line(&predict, seconds, "");
    turns.ours(&predict, floor, seconds.0);
    let seconds = time(repeats, || training.step());
    line(&step, seconds, "");
    turns.ours(&step, 3.0 * floor, seconds.0);
}
