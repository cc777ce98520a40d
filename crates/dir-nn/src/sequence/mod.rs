//! Sequences of different lengths: packing, the recurrent part of an LSTM, and the largest value over time.
//!
//! `i = σ(a_i), f = σ(a_f), g = tanh(a_g), o = σ(a_o)` with `a = x Wᵀ + h' Uᵀ + b`, `c = f c' + i g`, `h = o tanh(c)`,
//! primes for the step before. The products with `x` need no step to wait for another, so they are one product for all steps;
//! [`lstm`] is the rest. Nothing is computed for padding: there is none.
//!
//! # Source
//! Hochreiter and Schmidhuber, Neural Computation 1997, in PyTorch's form (`torch.nn.LSTM`). Burn's LSTM makes eight small
//! products per step and reads the padding too.

mod autodiff;
mod extension;
#[cfg(feature = "flex")]
mod flex;
mod generic;
mod packing;

use burn::backend::Dispatch;
use burn::tensor::{Device, Tensor};

pub use extension::SequenceOps;
pub use packing::{Direction, Packing};

/// The recurrent part of one direction of an LSTM.
///
/// # Shapes
/// `gates` `[rows, 4 · hidden]`: `x Wᵀ + b`, gates in the order input, forget, cell, output, rows as in the packing;
/// `recurrent` `[4 · hidden, hidden]`: `U`; to the hidden states `[rows, hidden]`.
/// # Panics
/// If the shapes do not fit.
#[must_use]
pub fn lstm(gates: Tensor<2>, recurrent: Tensor<2>, packing: &Packing, direction: Direction) -> Tensor<2> {
    let ([rows, width], [gate_width, hidden]) = (gates.dims(), recurrent.dims());
    assert_eq!(rows, packing.rows(), "lstm: found gates of {rows} rows, expected those of the packing");
    let fits = width == gate_width && width == 4 * hidden;
    assert!(
        fits,
        "lstm: found gates of width {width}, recurrent weights {gate_width} x {hidden}, expected 4 x as wide"
    );
    let (gates, recurrent) = (gates.into_dispatch(), recurrent.into_dispatch());
    let (hidden, _, _) = <Dispatch as SequenceOps>::lstm(gates, recurrent, packing.clone(), direction);
    Tensor::from_dispatch(hidden)
}

/// The largest value of every column over the steps of each sequence; the first of equals has the gradient.
///
/// # Shapes
/// `hidden` `[rows, width]`, rows as in the packing, to `[sequences, width]` in the sequences' own order.
/// # Panics
/// If the rows are not those of the packing.
#[must_use]
pub fn max_over_time(hidden: Tensor<2>, packing: &Packing) -> Tensor<2> {
    let [rows, _] = hidden.dims();
    assert_eq!(rows, packing.rows(), "max_over_time: found {rows} rows, expected those of the packing");
    let (largest, _) = <Dispatch as SequenceOps>::max_over_time(hidden.into_dispatch(), packing.clone());
    Tensor::from_dispatch(largest)
}

/// Groups of a packing: on a CPU few enough for products to be fast and enough for threads to share; elsewhere one. The number
/// does not depend on the threads that there are, and so neither do the sums.
#[must_use]
pub fn groups(device: &Device) -> usize {
    if is_gpu(device) { 1 } else { 4 }
}

fn is_gpu(device: &Device) -> bool {
    let device = device.clone().without_autodiff();
    #[cfg(feature = "cube")]
    return matches!(device.as_dispatch(), burn::backend::DispatchDevice::Cube(_));
    #[cfg(not(feature = "cube"))]
    {
        let _ = device;
        false
    }
}

#[cfg(all(test, feature = "flex"))]
mod tests;
