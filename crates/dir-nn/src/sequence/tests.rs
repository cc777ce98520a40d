//! The CPU's operations against those made of Burn's, and gradients against finite differences, in `f64`.

use burn::backend::Flex;
use burn::tensor::{DType, Device, Tensor, TensorData};
use burn_flex::FlexTensor;
use dir_core::random::Stream;

use super::{Direction, Packing, SequenceOps, generic, lstm, max_over_time};

const LENGTHS: [usize; 7] = [3, 1, 5, 2, 5, 1, 4];
const HIDDEN: usize = 3;
const GROUPS: [usize; 3] = [1, 3, 100];
const DIRECTIONS: [Direction; 2] = [Direction::Forward, Direction::Reverse];

fn draw(key: u64, shape: [usize; 2]) -> TensorData {
    let mut stream = Stream::new(&[key]);
    TensorData::new((0..shape[0] * shape[1]).map(|_| stream.normal()).collect::<Vec<f64>>(), shape)
}

fn flex(key: u64, shape: [usize; 2]) -> FlexTensor {
    FlexTensor::from_data(draw(key, shape))
}

fn close(found: FlexTensor, expected: FlexTensor) {
    found.into_data().assert_approx_eq::<f64>(&expected.into_data(), burn::tensor::Tolerance::absolute(1e-12));
}

#[test]
fn flex_agrees_with_burn() {
    for (per_group, direction) in GROUPS.into_iter().flat_map(|n| DIRECTIONS.map(|d| (n, d))) {
        let packing = Packing::new(&LENGTHS, per_group);
        let (gates, recurrent) = (flex(1, [packing.rows(), 4 * HIDDEN]), flex(2, [4 * HIDDEN, HIDDEN]));
        let own = Flex::lstm(gates.clone(), recurrent.clone(), packing.clone(), direction);
        let other = generic::lstm::<Flex>(gates, recurrent.clone(), &packing, direction);
        close(own.0, other.0);
        close(own.1.clone(), other.1);
        close(own.2.clone(), other.2);
        let gradient = flex(3, [packing.rows(), HIDDEN]);
        let (activated, cells) = (own.1, own.2);
        let saved = [gradient, recurrent, activated, cells];
        let [gradient, recurrent, activated, cells] = saved.clone();
        let own = Flex::lstm_backward(gradient, recurrent, activated, cells, packing.clone(), direction);
        let [gradient, recurrent, activated, cells] = saved;
        close(own, generic::lstm_backward::<Flex>(gradient, recurrent, activated, cells, &packing, direction));
    }
}

#[test]
fn the_largest_agrees_with_burn() {
    for per_group in GROUPS {
        let packing = Packing::new(&LENGTHS, per_group);
        let hidden = flex(4, [packing.rows(), 5]);
        let (own, own_steps) = Flex::max_over_time(hidden.clone(), packing.clone());
        let (other, steps) = generic::max_over_time::<Flex>(hidden, &packing);
        close(own, other);
        assert_eq!(
            own_steps.clone().into_data().iter::<i64>().collect::<Vec<_>>(),
            steps.into_data().iter::<i64>().collect::<Vec<_>>()
        );
        let gradient = flex(5, [LENGTHS.len(), 5]);
        let own = Flex::max_over_time_backward(gradient.clone(), own_steps.clone(), packing.clone());
        close(own, generic::max_over_time_backward::<Flex>(gradient, own_steps, &packing));
    }
}

/// What the tests take a gradient of: a lopsided sum over everything.
fn score(gates: Tensor<2>, recurrent: Tensor<2>, packing: &Packing, direction: Direction) -> Tensor<1> {
    let largest = max_over_time(lstm(gates, recurrent, packing, direction), packing);
    let factors = draw(9, [LENGTHS.len(), HIDDEN]);
    let factors = Tensor::from_data(factors, (&largest.device(), DType::F64));
    (largest * factors).sum()
}

#[test]
fn gradients_are_slopes() {
    let device = Device::flex().autodiff();
    let tensor = |data: &TensorData| Tensor::<2>::from_data(data.clone(), (&device, DType::F64));
    for direction in DIRECTIONS {
        let packing = Packing::new(&LENGTHS, 3);
        let inputs = [draw(6, [packing.rows(), 4 * HIDDEN]), draw(7, [4 * HIDDEN, HIDDEN])];
        let [gates, recurrent] = inputs.each_ref().map(|data| tensor(data).require_grad());
        let gradients = score(gates.clone(), recurrent.clone(), &packing, direction).backward();
        let found = [gates, recurrent].map(|t| t.grad(&gradients).expect("tracked").into_data());
        for which in 0..2 {
            for (k, slope) in found[which].iter::<f64>().enumerate() {
                let at = |step: f64| {
                    let mut moved = inputs.clone();
                    let mut values: Vec<f64> = moved[which].iter().collect();
                    values[k] += step;
                    moved[which] = TensorData::new(values, moved[which].shape());
                    let [gates, recurrent] = moved.each_ref().map(&tensor);
                    score(gates, recurrent, &packing, direction).into_scalar::<f64>()
                };
                let expected = (at(1e-6) - at(-1e-6)) / 2e-6;
                assert!((slope - expected).abs() < 1e-7, "input {which}, number {k}: {slope}, expected {expected}");
            }
        }
    }
}

#[test]
fn a_nan_shows() {
    let packing = Packing::new(&[3], 1);
    let hidden = Tensor::<2>::from_data([[1.0], [f32::NAN], [2.0]], &Device::default());
    assert!(max_over_time(hidden, &packing).into_scalar::<f32>().is_nan());
}
