//! `cargo bench --workspace --bench layers`: where a ResNet's training step goes. Every convolution by its shape, forward, its
//! gradients in the input and in the weight, and the batch norm behind it; beside that the time that its products would take at
//! the rate of a large one. `DIR_BENCH_NETS=50x64x8x224,18x16x64x64` chooses depth x width x batch x pixels.

use std::collections::BTreeMap;

use burn::backend::Dispatch;
use burn::tensor::{Device, Tensor};
use dir_bench::nets::{self, RESNET, depth_of, sizes};
use dir_bench::{in_pool, time};
use dir_nn::batch_norm::{After, NormOps};
use dir_nn::conv::{ConvOps, Geometry};
use dir_nn::resnet::{BlockKind, ResNetConfig};

const DEFAULT: &str = "50x64x8x224,50x64x16x64,18x16x64x64";

fn main() {
    in_pool(|| {
        let device = Device::default();
        let rate = rate(&device);
        println!("a product of 1024 x 1024 x 1024: {:.0} GFLOP/s", rate / 1e9);
        let nets = std::env::var("DIR_BENCH_NETS").unwrap_or_else(|_| DEFAULT.into());
        for net in nets.split(',').filter_map(|net| sizes(net, RESNET)) {
            network(net, rate, &device);
        }
    });
}

/// Operations a second of a large product.
fn rate(device: &Device) -> f64 {
    let [a, b] = [1, 2].map(|key| drawn([1024, 1024], key, device));
    let (seconds, _) = time(9, || drop(a.clone().matmul(b.clone()).into_data()));
    2.0 * 1024.0_f64.powi(3) / seconds
}

fn drawn<const D: usize>(shape: [usize; D], key: u64, device: &Device) -> Tensor<D> {
    Tensor::from_data(nets::drawn(shape, key), device)
}

/// A convolution and the pictures that it reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Layer {
    pixels: usize,
    inputs: usize,
    outputs: usize,
    kernel: usize,
    stride: usize,
}

impl Layer {
    fn geometry(&self) -> Geometry {
        Geometry::square(self.stride, self.kernel / 2)
    }

    fn result(&self) -> usize {
        self.geometry().output(0, self.pixels, self.kernel)
    }

    /// Operations of one picture, forward.
    fn operations(&self) -> f64 {
        2.0 * (self.inputs * self.outputs * self.kernel.pow(2) * self.result().pow(2)) as f64
    }
}

/// The convolutions of a ResNet, and how often there is one of each shape.
fn layers(config: &ResNetConfig, pixels: usize) -> BTreeMap<Layer, usize> {
    let mut counts = BTreeMap::new();
    let mut add = |pixels, inputs, outputs, kernel, stride| {
        let layer = Layer { pixels, inputs, outputs, kernel, stride };
        *counts.entry(layer).or_default() += 1;
        layer.result()
    };
    let stem = add(pixels, 3, config.width, 7, 2);
    let (mut pixels, mut inputs) = (stem.div_ceil(2), config.width);
    for (number, &blocks) in config.blocks.iter().enumerate() {
        let width = config.width << number;
        let outputs = width * config.block.expansion();
        for block in 0..blocks {
            let stride = if number > 0 && block == 0 { 2 } else { 1 };
            if stride > 1 || inputs != outputs {
                add(pixels, inputs, outputs, 1, stride);
            }
            pixels = match config.block {
                BlockKind::Basic => {
                    let half = add(pixels, inputs, width, 3, stride);
                    add(half, width, width, 3, 1)
                }
                BlockKind::Bottleneck => {
                    add(pixels, inputs, width, 1, 1);
                    let half = add(pixels, width, width, 3, stride);
                    add(half, width, outputs, 1, 1)
                }
            };
            inputs = outputs;
        }
    }
    counts
}

fn network([depth, width, batch, pixels]: [usize; 4], rate: f64, device: &Device) {
    let config = ResNetConfig::of_depth(depth_of(depth)).with_width(width);
    println!("ResNet-{depth}, width {width}, batch {batch} of {pixels} px; milliseconds of all layers of a shape");
    let titles = ["forward", "d input", "d weight", "floor", "norm", "d norm"];
    println!("{:<38}{}", "layer", titles.map(|title| format!("{title:>10}")).concat());
    let mut sums = [0.0; 6];
    for (layer, count) in layers(&config, pixels) {
        let floor = layer.operations() * batch as f64 / rate;
        let [forward, input, weight] = convolution(&layer, batch, device);
        let [norm, back] = norm(&layer, batch, device);
        let all = [forward, input, weight, floor, norm, back].map(|seconds| seconds * 1e3 * count as f64);
        let Layer { pixels, inputs, outputs, kernel, stride } = layer;
        row(&format!("{count} x {inputs} to {outputs}, {kernel}/{stride}, {pixels} px"), all);
        sums.iter_mut().zip(all).for_each(|(sum, one)| *sum += one);
    }
    row("together", sums);
}

fn row(what: &str, numbers: [f64; 6]) {
    println!("{what:<38}{}", numbers.map(|number| format!("{number:>10.2}")).concat());
}

/// Seconds of the output and of the two gradients.
fn convolution(layer: &Layer, batch: usize, device: &Device) -> [f64; 3] {
    let Layer { pixels, inputs, outputs, kernel, .. } = *layer;
    let x = drawn([batch, inputs, pixels, pixels], 1, device).into_dispatch();
    let weight = drawn([outputs, inputs, kernel, kernel], 2, device).into_dispatch();
    let gradient = drawn([batch, outputs, layer.result(), layer.result()], 3, device).into_dispatch();
    let (x, weight, gradient) = (|| x.clone(), || weight.clone(), || gradient.clone());
    let geometry = layer.geometry();
    let forward = time(5, || drop(Dispatch::convolve(x(), weight(), geometry)));
    let of_input = time(5, || drop(Dispatch::convolve_input_gradient(x(), weight(), gradient(), geometry)));
    let of_weight = time(5, || drop(Dispatch::convolve_weight_gradient(x(), weight(), gradient(), geometry)));
    [forward, of_input, of_weight].map(|(median, _)| median)
}

/// Seconds of the batch norm behind a convolution and of its gradients.
fn norm(layer: &Layer, batch: usize, device: &Device) -> [f64; 2] {
    let shape = [batch, layer.outputs, layer.result(), layer.result()];
    let [x, gradient] = [1, 3].map(|key| drawn(shape, key, device).into_dispatch());
    let channels = || Tensor::<1>::ones([layer.outputs], device).into_dispatch();
    let forward = time(5, || drop(Dispatch::normalize_batch(x.clone(), channels(), channels(), After::Relu)));
    let back = time(5, || {
        let (gradient, x) = (gradient.clone(), x.clone());
        let table = [channels(), channels(), channels(), channels()];
        let [weight, bias, mean, variance] = table;
        drop(Dispatch::normalize_batch_backward(gradient, x, weight, bias, mean, variance, After::Relu));
    });
    [forward, back].map(|(median, _)| median)
}
