//! The convolution against Burn's own, gradients included: in `f64` on the CPU, and in `f32` on the GPU of the build, if any,
//! against the CPU.

#![allow(clippy::print_stdout)]
#![cfg(feature = "flex")]

use burn::tensor::module::conv2d as generic;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{DType, Device, Tensor, TensorData};
use dir_core::random::Stream;
use dir_nn::conv::{Geometry, conv2d};
use proptest::prelude::*;

fn random(shape: [usize; 4], key: u64, dtype: DType, device: &Device) -> Tensor<4> {
    let mut stream = Stream::new(&[key]);
    let values: Vec<f64> = (0..shape.iter().product()).map(|_| f64::from(stream.normal() as f32)).collect();
    Tensor::from_data(TensorData::new(values, shape), (device, dtype)).require_grad()
}

/// Output and both gradients of `Σ y · r`.
fn results([x, w, r]: [Tensor<4>; 3], convolve: impl Fn(Tensor<4>, Tensor<4>) -> Tensor<4>) -> [Vec<f64>; 3] {
    let y = convolve(x.clone(), w.clone());
    let gradients = (y.clone() * r).sum().backward();
    let of = |t: &Tensor<4>| t.grad(&gradients).expect("a gradient").into_data().iter().collect();
    [y.into_data().iter().collect(), of(&x), of(&w)]
}

/// Against Burn's in double precision, of the same numbers.
fn compare(x: [usize; 4], w: [usize; 4], geometry: Geometry, dtype: DType) {
    let device = Device::flex().autodiff();
    let output = [0, 1].map(|axis| geometry.output(axis, x[axis + 2], w[axis + 2]));
    let tensors = |dtype| {
        [
            random(x, 1, dtype, &device),
            random(w, 2, dtype, &device),
            random([x[0], w[0], output[0], output[1]], 3, dtype, &device).detach(),
        ]
    };
    let ours = results(tensors(dtype), |x, w| conv2d(x, w, geometry));
    let options = || ConvOptions::new(geometry.stride, geometry.padding, [1, 1], 1);
    let theirs = results(tensors(DType::F64), |x, w| generic(x, w, None, options()));
    let tolerance = if dtype == DType::F64 { 1e-12 } else { 2e-6 };
    for (name, (ours, theirs)) in ["output", "of x", "of weight"].iter().zip(ours.iter().zip(&theirs)) {
        assert_eq!(ours.len(), theirs.len(), "{name}");
        let largest = theirs.iter().fold(1e-3, |m: f64, v| m.max(v.abs()));
        for (a, b) in ours.iter().zip(theirs) {
            assert!((a - b).abs() <= tolerance * largest, "{name}: {a} for {b}, {x:?} {w:?} {geometry:?} {dtype:?}");
        }
    }
    assert_eq!(results(tensors(dtype), |x, w| conv2d(x, w, geometry)), ours, "the same twice");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn any_shape(
        n in 1..5_usize, inputs in 1..7_usize, outputs in 1..6_usize,
        size in (1..13_usize, 1..11_usize), kernel in (1..5_usize, 1..4_usize),
        stride in (1..4_usize, 1..3_usize), padding in (0..3_usize, 0..3_usize),
    ) {
        let geometry = Geometry { stride: [stride.0, stride.1], padding: [padding.0, padding.1] };
        prop_assume!(size.0 + 2 * padding.0 >= kernel.0 && size.1 + 2 * padding.1 >= kernel.1);
        compare([n, inputs, size.0, size.1], [outputs, inputs, kernel.0, kernel.1], geometry, DType::F64);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    /// In single precision the kernel slides over padded planes.
    #[test]
    fn any_shape_without_patches(
        n in 1..4_usize, inputs in 1..5_usize, outputs in 1..20_usize,
        size in (1..23_usize, 5..60_usize), kernel in (1..8_usize, 2..8_usize),
        stride in (1..4_usize, 1..4_usize), padding in (0..5_usize, 0..5_usize),
    ) {
        prop_assume!(padding.0 < kernel.0 && padding.1 < kernel.1);
        prop_assume!(size.0 + 2 * padding.0 >= kernel.0 && size.1 + 2 * padding.1 >= kernel.1);
        let geometry = Geometry { stride: [stride.0, stride.1], padding: [padding.0, padding.1] };
        compare([n, inputs, size.0, size.1], [outputs, inputs, kernel.0, kernel.1], geometry, DType::F32);
    }
}

/// Shapes of a real network: more channels than a piece, pictures side by side and alone.
#[test]
fn shapes_of_a_network() {
    for dtype in [DType::F64, DType::F32] {
        compare([3, 3, 37, 41], [8, 3, 7, 7], Geometry::square(2, 3), dtype);
        compare([2, 40, 24, 24], [12, 40, 3, 3], Geometry::square(1, 1), dtype);
        compare([2, 64, 22, 30], [15, 64, 5, 5], Geometry::square(1, 2), dtype);
        compare([1, 3, 70, 81], [9, 3, 3, 3], Geometry::square(1, 1), dtype); // several bands
        compare([5, 300, 4, 5], [7, 300, 1, 1], Geometry::square(1, 0), dtype);
        compare([2, 170, 26, 24], [9, 170, 1, 1], Geometry::square(1, 0), dtype);
        compare([2, 30, 25, 23], [9, 30, 1, 1], Geometry::square(2, 0), dtype);
        compare([21, 70, 2, 2], [40, 70, 3, 3], Geometry::square(1, 1), dtype); // maps smaller than the kernel
        compare([33, 40, 4, 4], [70, 40, 3, 3], Geometry::square(2, 1), dtype);
        compare([9, 130, 7, 5], [33, 130, 1, 1], Geometry::square(1, 0), dtype);
    }
}

/// The same numbers on the default device of the build, where that is another one.
#[test]
fn another_backend_gives_the_same() {
    let device = Device::default();
    if device == Device::flex()
        || std::panic::catch_unwind(|| Tensor::<1>::zeros([1], &Device::default()).into_data()).is_err()
    {
        assert!(std::env::var_os("DIR_REQUIRE_GPU").is_none() || device == Device::flex(), "no GPU opens");
        println!("skipped: no other device");
        return;
    }
    let geometry = Geometry::square(2, 1);
    let (x, w, y) = ([2, 5, 9, 8], [3, 5, 3, 3], [2, 3, 5, 4]);
    let on = |device: Device| {
        let device = device.autodiff();
        let tensors = [(x, 1), (w, 2), (y, 3)].map(|(shape, key)| random(shape, key, DType::F32, &device));
        let [a, b, r] = tensors;
        results([a, b, r.detach()], |x, w| conv2d(x, w, geometry))
    };
    for (ours, theirs) in on(device).iter().zip(&on(Device::flex())) {
        let largest = theirs.iter().fold(0.0, |m: f64, v| m.max(v.abs()));
        assert!(ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(a, b)| (a - b).abs() <= 2e-5 * largest));
    }
}
