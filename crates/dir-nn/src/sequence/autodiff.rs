//! Gradients of the operations, by the backend's own functions.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Autodiff, Backend};

use super::extension::SequenceOps;
use super::generic::previous;
use super::packing::{Direction, Packing};

/// What the gradient of an LSTM needs.
type LstmState<B> = ([FloatTensor<B>; 4], Packing, Direction);

#[derive(Debug)]
struct Lstm;

impl<B: Backend + SequenceOps> Backward<B, 2> for Lstm {
    type State = LstmState<B>;

    fn backward(self, ops: Ops<Self::State, 2>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let [of_gates, of_recurrent] = ops.parents;
        let gradient = gradients.consume::<B>(&ops.node);
        let ([recurrent, hidden, activated, cells], packing, direction) = ops.state;
        let gate_gradient = B::lstm_backward(gradient, recurrent, activated, cells, packing.clone(), direction);
        if let Some(node) = of_recurrent {
            // A product of its own: as long as all steps together, not one per step.
            let before = previous::<B>(hidden, &packing, direction);
            gradients.register::<B>(node.id, B::float_matmul(B::float_transpose(gate_gradient.clone()), before));
        }
        if let Some(node) = of_gates {
            gradients.register::<B>(node.id, gate_gradient);
        }
    }
}

#[derive(Debug)]
struct MaxOverTime;

impl<B: Backend + SequenceOps> Backward<B, 1> for MaxOverTime {
    type State = (IntTensor<B>, Packing);

    fn backward(self, ops: Ops<Self::State, 1>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let [parent] = ops.parents;
        let gradient = gradients.consume::<B>(&ops.node);
        if let Some(parent) = parent {
            let (steps, packing) = ops.state;
            gradients.register::<B>(parent.id, B::max_over_time_backward(gradient, steps, packing));
        }
    }
}

impl<B: Backend + SequenceOps, C: CheckpointStrategy> SequenceOps for Autodiff<B, C> {
    /// The hidden states have a gradient; the others are constants.
    fn lstm(
        gates: FloatTensor<Self>,
        recurrent: FloatTensor<Self>,
        packing: Packing,
        direction: Direction,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        let nodes = [gates.node(), recurrent.node()];
        let (gates, recurrent) = (gates.into_primitive(), recurrent.into_primitive());
        let (hidden, activated, cells) = B::lstm(gates, recurrent.clone(), packing.clone(), direction);
        let [saved_activated, saved_cells] = [activated.clone(), cells.clone()].map(<FloatTensor<Self>>::new);
        let hidden = match Lstm.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => {
                let state = ([recurrent, hidden.clone(), activated, cells], packing, direction);
                prepared.finish(state, hidden)
            }
            OpsKind::UnTracked(prepared) => prepared.finish(hidden),
        };
        (hidden, saved_activated, saved_cells)
    }

    /// The gradient of a gradient does not exist in Burn.
    fn lstm_backward(
        gradient: FloatTensor<Self>,
        recurrent: FloatTensor<Self>,
        activated: FloatTensor<Self>,
        cells: FloatTensor<Self>,
        packing: Packing,
        direction: Direction,
    ) -> FloatTensor<Self> {
        let [gradient, recurrent, activated, cells] =
            [gradient, recurrent, activated, cells].map(|tensor| tensor.into_primitive());
        <FloatTensor<Self>>::new(B::lstm_backward(gradient, recurrent, activated, cells, packing, direction))
    }

    fn max_over_time(hidden: FloatTensor<Self>, packing: Packing) -> (FloatTensor<Self>, IntTensor<Self>) {
        let node = hidden.node();
        let (largest, steps) = B::max_over_time(hidden.into_primitive(), packing.clone());
        let largest = match MaxOverTime.prepare::<C>([node]).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => prepared.finish((steps.clone(), packing), largest),
            OpsKind::UnTracked(prepared) => prepared.finish(largest),
        };
        (largest, steps)
    }

    /// The gradient of a gradient does not exist in Burn.
    fn max_over_time_backward(
        gradient: FloatTensor<Self>,
        steps: IntTensor<Self>,
        packing: Packing,
    ) -> FloatTensor<Self> {
        <FloatTensor<Self>>::new(B::max_over_time_backward(gradient.into_primitive(), steps, packing))
    }
}
