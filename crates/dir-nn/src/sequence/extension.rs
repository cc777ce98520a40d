//! What sequences need of a backend, as a Burn extension. What a backend does not bring itself comes from Burn's operations.

use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Backend, backend_extension};

use super::generic;
use super::packing::{Direction, Packing};

/// Recurrent steps and pooling over packed sequences. Use the functions of [`crate::sequence`], which check shapes; a backend
/// implements these.
///
/// Shapes: `gates` `[rows, 4 · hidden]` in PyTorch's order (input, forget, cell, output), `recurrent`
/// `[4 · hidden, hidden]`, all others `[rows, ..]`, rows as in [`Packing`].
#[backend_extension(
    Flex: cfg(feature = "flex"),
    Cube: cfg(feature = "cube"),
    Fusion: cfg(feature = "fusion"),
    Autodiff: cfg(all()),
)]
pub trait SequenceOps: Backend {
    /// One direction of an LSTM: hidden states, and what its gradient needs: activated gates and cells.
    #[fusion(default)]
    fn lstm(
        gates: FloatTensor<Self>,
        recurrent: FloatTensor<Self>,
        packing: Packing,
        direction: Direction,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        generic::lstm::<Self>(gates, recurrent, &packing, direction)
    }

    /// Gradient of [`SequenceOps::lstm`] in `gates`.
    #[fusion(default)]
    fn lstm_backward(
        gradient: FloatTensor<Self>,
        recurrent: FloatTensor<Self>,
        activated: FloatTensor<Self>,
        cells: FloatTensor<Self>,
        packing: Packing,
        direction: Direction,
    ) -> FloatTensor<Self> {
        generic::lstm_backward::<Self>(gradient, recurrent, activated, cells, &packing, direction)
    }

    /// The largest of every column over the steps of each sequence, and at which step it is.
    #[fusion(default)]
    fn max_over_time(hidden: FloatTensor<Self>, packing: Packing) -> (FloatTensor<Self>, IntTensor<Self>) {
        generic::max_over_time::<Self>(hidden, &packing)
    }

    /// Gradient of [`SequenceOps::max_over_time`] in `hidden`.
    #[fusion(default)]
    fn max_over_time_backward(
        gradient: FloatTensor<Self>,
        steps: IntTensor<Self>,
        packing: Packing,
    ) -> FloatTensor<Self> {
        generic::max_over_time_backward::<Self>(gradient, steps, &packing)
    }
}

#[cfg(feature = "cube")]
impl SequenceOps for burn_cubecl::CubeBackend {}
