//! `cargo bench -p dir-bench --bench ops`: the custom ops against the same thing composed of Burn's own, on the default device
//! of the build. Every time includes waiting for the device.

#![allow(clippy::print_stdout)]

use burn::tensor::{DType, Device, IndexingUpdateOp, Int, Tensor, TensorData};
use dir_bench::{line, time};
use dir_core::ops::{DeviceInfo, bin_moments, calibrate};
use dir_core::random::Stream;

const DIM: usize = 2048;
const BINS: usize = 100;

fn main() {
    let device = Device::default();
    println!("device: {:?}", DeviceInfo::of(&device));
    let rows: Vec<usize> = match std::env::var("DIR_BENCH_ROWS") {
        Ok(text) => text.split(',').filter_map(|n| n.trim().parse().ok()).collect(),
        Err(_) => vec![12_208, 191_509],
    };
    let fits = |n: &usize| {
        let largest = DeviceInfo::of(&device).largest_tensor.unwrap_or(u64::MAX);
        let fits = (n * DIM * 4) as u64 <= largest;
        if !fits {
            println!("skipped: {n} x {DIM} features are more than the device's {largest} bytes");
        }
        fits
    };
    for n in rows.into_iter().filter(fits) {
        statistics(n, &device);
    }
    for n in [64, 256] {
        calibration(n, &device);
    }
}

fn features(n: usize, device: &Device) -> Tensor<2> {
    let mut stream = Stream::new(&[2]);
    let pool: Vec<f32> = (0..65_537).map(|_| stream.unit() as f32).collect();
    let values: Vec<f32> = (0..n * DIM).map(|k| pool[k % pool.len()]).collect();
    Tensor::from_data(TensorData::new(values, [n, DIM]), (device, DType::F32))
}

fn rows(n: usize, device: &Device) -> Tensor<1, Int> {
    let mut stream = Stream::new(&[3]);
    let bins: Vec<i32> = (0..n).map(|_| (42.0 + 18.0 * stream.normal()).clamp(0.0, 99.0) as i32).collect();
    Tensor::from_data(TensorData::new(bins, [n]), (device, DType::I32))
}

/// Seconds of a piece of work, the device's included.
fn on_device(device: &Device, repeats: usize, mut body: impl FnMut()) -> (f64, f64) {
    time(repeats, || {
        body();
        device.sync().expect("the device answers");
    })
}

fn statistics(n: usize, device: &Device) {
    let (z, of) = (features(n, device), rows(n, device));
    let copy = on_device(device, 5, || drop(z.clone() + 0.0));
    let state = || Tensor::<2>::zeros([BINS, 1 + 2 * DIM], (device, DType::F32));
    let op = on_device(device, 5, || {
        drop(bin_moments(state(), z.clone().unsqueeze_dim(2), of.clone()).expect("fits"));
    });
    let composed = on_device(device, 3, || {
        let sums = |x: Tensor<2>| {
            let zeros = Tensor::<2>::zeros([BINS, DIM], (device, DType::F32));
            zeros.select_assign(0, of.clone(), x, IndexingUpdateOp::Add)
        };
        drop((sums(z.clone()), sums(z.clone() * z.clone())));
    });
    let remark = format!(
        "{:.2}x reading and writing the features once, {:.2}x faster than composed",
        op.0 / copy.0,
        composed.0 / op.0
    );
    line(&format!("statistics, {n} x {DIM}, {BINS} bins"), op, &remark);
    line("  composed: two scatters, no centring", composed, "");
}

fn calibration(n: usize, device: &Device) {
    let track = device.clone().autodiff();
    let (z, of) = (features(n, &track).require_grad(), rows(n, device));
    let table = |add: f64| features(BINS, device) + add;
    let tables = [table(0.0), table(0.5), table(0.0)];
    let op = on_device(device, 50, || {
        let moved = calibrate(z.clone().unsqueeze_dim(2), of.clone(), tables.clone()).expect("fits");
        drop(moved.sum().backward());
    });
    let composed = on_device(device, 50, || {
        let of = of.clone().to_device(&track);
        let [from, scale, to] = tables.clone().map(|table| table.to_device(&track).select(0, of.clone()));
        drop(((z.clone() - from) * scale + to).sum().backward());
    });
    let remark = format!("{:.2}x faster than composed", composed.0 / op.0);
    line(&format!("calibration forward + backward, {n} x {DIM}"), op, &remark);
    line("  composed: three gathers, three element-wise", composed, "");
}
