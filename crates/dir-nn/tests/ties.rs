//! Kinks: of equal maxima the first has the gradient, and a ReLU's gradient at 0 is 0, on every backend; values by hand.

use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor};
use dir_nn::max_pool::{Window, max_pool};

/// The default device of the build, and the CPU if it is built in; none where a GPU is missing and nobody requires one.
fn devices() -> Vec<Device> {
    let opens = std::panic::catch_unwind(|| Tensor::<1>::ones([1], &Device::default()).into_data()).is_ok();
    assert!(opens || std::env::var_os("DIR_REQUIRE_GPU").is_none(), "no GPU opens");
    let mut devices = Vec::new();
    if opens {
        devices.push(Device::default());
    }
    #[cfg(feature = "flex")]
    devices.push(Device::flex());
    devices
}

/// Gradient of `Σ weight · f(x)`.
fn gradient<const N: usize, const M: usize>(
    values: [f32; N],
    shape: [usize; 4],
    weights: [f32; M],
    f: impl Fn(Tensor<4>) -> Tensor<4>,
    device: &Device,
) -> Vec<f32> {
    let device = device.clone().autodiff();
    let x = Tensor::<1>::from_floats(values, &device).reshape(shape).require_grad();
    let y = f(x.clone());
    let weights = Tensor::<1>::from_floats(weights, &device).reshape(y.dims());
    let gradients = (y * weights).sum().backward();
    x.grad(&gradients).expect("tracked").into_data().iter().collect()
}

#[test]
fn max_pool_gradient_goes_to_the_first_of_equal_maxima() {
    for device in devices() {
        // Windows of a flat map overlap: each takes its own upper left element inside the map.
        let window = Window { kernel: [3, 3], stride: [2, 2], padding: [1, 1] };
        let flat = gradient([5.0; 16], [1, 1, 4, 4], [1.0, 2.0, 4.0, 8.0], |x| max_pool(x, window), &device);
        let mut expected = [0.0; 16];
        for (at, weight) in [(0, 1.0), (1, 2.0), (4, 4.0), (5, 8.0)] {
            expected[at] = weight;
        }
        assert_eq!(flat, expected, "{device:?}");
        // A tie along a row, and one along a column.
        let window = Window { kernel: [2, 2], stride: [2, 2], padding: [0, 0] };
        let ties = gradient(
            [0.0, 3.0, 7.0, 7.0, 0.0, 3.0, 1.0, 2.0],
            [1, 1, 2, 4],
            [1.0, 2.0],
            |x| max_pool(x, window),
            &device,
        );
        assert_eq!(ties, [0.0, 1.0, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0], "{device:?}");
    }
}

#[test]
fn relu_gradient_at_zero_is_zero() {
    for device in devices() {
        let found = gradient([-1.0, -0.0, 0.0, 2.0], [1, 1, 1, 4], [1.0; 4], relu, &device);
        assert_eq!(found, [0.0, 0.0, 0.0, 1.0], "{device:?}");
    }
}
