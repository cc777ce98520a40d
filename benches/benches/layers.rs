//! `cargo bench --workspace --bench layers`: where a ResNet's training step goes. Every convolution by its shape, forward, its
//! gradients in the input and in the weight, and the batch norm behind it; beside that the time that its products would take at
//! the rate of a large one. `DIR_BENCH_NETS=50x64x8x224,18x16x64x64` chooses depth x width x batch x pixels.

#![allow(clippy::print_stdout)]

use burn::backend::Dispatch;
use burn::tensor::{Device, Tensor};
use dir_bench::nets::{self, Layer, RESNET, depth_of, layers, sizes};
use dir_bench::{in_pool, rate, time};
use dir_nn::ResNetConfig;
use dir_nn::batch_norm::{After, NormOps};
use dir_nn::conv::ConvOps;

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

fn drawn<const D: usize>(shape: [usize; D], key: u64, device: &Device) -> Tensor<D> {
    Tensor::from_data(nets::drawn(shape, key), device)
}

fn network([depth, width, batch, pixels]: [usize; 4], rate: f64, device: &Device) {
    let config = ResNetConfig::of_depth(depth_of(depth)).with_width(width);
    println!("ResNet-{depth}, width {width}, batch {batch} of {pixels} px; milliseconds of all layers of a shape");
    let titles = ["forward", "d input", "d weight", "floor", "norm", "d norm"];
    println!("{:<38}{}", "layer", titles.map(|title| format!("{title:>10}")).concat());
    let mut sums = [0.0; 6];
    for (layer, count) in layers(&config, [pixels; 2]) {
        let floor = layer.operations() * batch as f64 / rate;
        let [forward, input, weight] = convolution(&layer, batch, device);
        let [norm, back] = norm(&layer, batch, device);
        let all = [forward, input, weight, floor, norm, back].map(|seconds| seconds * 1e3 * count as f64);
        let Layer { pixels, inputs, outputs, kernel, stride } = layer;
        row(&format!("{count} x {inputs} to {outputs}, {kernel}/{stride}, {} px", pixels[0]), all);
        sums.iter_mut().zip(all).for_each(|(sum, one)| *sum += one);
    }
    row("together", sums);
}

fn row(what: &str, numbers: [f64; 6]) {
    println!("{what:<38}{}", numbers.map(|number| format!("{number:>10.2}")).concat());
}

/// Seconds of the output and of the two gradients.
fn convolution(layer: &Layer, batch: usize, device: &Device) -> [f64; 3] {
    let Layer { pixels: [rows, columns], inputs, outputs, kernel, .. } = *layer;
    let x = drawn([batch, inputs, rows, columns], 1, device).into_dispatch();
    let weight = drawn([outputs, inputs, kernel, kernel], 2, device).into_dispatch();
    let [rows, columns] = layer.result();
    let gradient = drawn([batch, outputs, rows, columns], 3, device).into_dispatch();
    let (x, weight, gradient) = (|| x.clone(), || weight.clone(), || gradient.clone());
    let geometry = layer.geometry();
    let forward = time(5, || drop(Dispatch::convolve(x(), weight(), geometry)));
    let of_input = time(5, || drop(Dispatch::convolve_input_gradient(x(), weight(), gradient(), geometry)));
    let of_weight = time(5, || drop(Dispatch::convolve_weight_gradient(x(), weight(), gradient(), geometry)));
    [forward, of_input, of_weight].map(|(median, _)| median)
}

/// Seconds of the batch norm behind a convolution and of its gradients.
fn norm(layer: &Layer, batch: usize, device: &Device) -> [f64; 2] {
    let [rows, columns] = layer.result();
    let shape = [batch, layer.outputs, rows, columns];
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
