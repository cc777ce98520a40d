//! `cargo bench -p dir-bench --bench networks`: training steps of ResNets (forward, L1, backward, Adam), beside PyTorch's in
//! the same run if `DIR_PEERS_PYTHON` names a Python that has it. `DIR_BENCH_NETS=50x64x8x224,18x16x64x64` chooses depth x width
//! x batch x pixels.

use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor, TensorData};
use dir_bench::{in_pool, line, peers, time};
use dir_core::Regressor;
use dir_core::adam::Adam;
use dir_core::loss::{LossConfig, LossKind};
use dir_core::ops::DeviceInfo;
use dir_core::random::Stream;
use dir_nn::ResNetConfig;
use dir_nn::resnet::Depth;

const DEFAULT: &str = "50x64x8x224,50x64x16x64,50x64x64x64,18x16x64x64";

fn main() {
    let device = Device::default();
    println!("device: {:?}", DeviceInfo::of(&device));
    let nets = std::env::var("DIR_BENCH_NETS").unwrap_or_else(|_| DEFAULT.into());
    for net in nets.split(',') {
        let numbers: Vec<usize> = net.split('x').filter_map(|n| n.trim().parse().ok()).collect();
        match numbers[..] {
            [depth, width, batch, pixels] => in_pool(|| network(depth, width, batch, pixels, &device)),
            _ => println!("skipped: {net:?}, expected depth x width x batch x pixels"),
        }
    }
    peers::run("networks.py", &[&nets]);
}

fn network(depth: usize, width: usize, batch: usize, pixels: usize, device: &Device) {
    let depth_of = match depth {
        18 => Depth::D18,
        34 => Depth::D34,
        50 => Depth::D50,
        _ => Depth::D101,
    };
    let training = device.clone().autodiff();
    let config = ResNetConfig::of_depth(depth_of).with_width(width);
    let mut net = config.init(0, &training).expect("a valid size");
    let mut adam = Adam::new(None).into_optimizer();
    let loss = LossConfig { kind: LossKind::L1, ..LossConfig::default() }.init().expect("valid");
    let mut stream = Stream::new(&[1]);
    let values: Vec<f32> = (0..batch * 3 * pixels * pixels).map(|_| stream.unit() as f32 - 0.5).collect();
    let data = TensorData::new(values, [batch, 3, pixels, pixels]);
    let input = |device: &Device| Tensor::<4>::from_data(data.clone(), device);
    let targets = Tensor::<2>::ones([batch, 1], &training) * 50.0;

    let name = format!("ResNet-{depth}, width {width}, batch {batch} of {pixels} px");
    let (x, valid) = (input(device), burn::module::Module::valid(&net));
    line(&format!("{name}: inference"), time(5, || drop(valid.forward(x.clone()).into_data())), "");
    let x = input(&training);
    let step = time(5, || {
        let loss = loss.forward(net.forward(x.clone()), targets.clone(), None).expect("fits");
        let gradients = GradientsParams::from_grads(loss.backward(), &net);
        net = adam.step(1e-3, net.clone(), gradients);
        drop(loss.into_data());
    });
    line(&format!("{name}: training step"), step, &format!("{:.0} pictures/s", batch as f64 / step.0));
}
