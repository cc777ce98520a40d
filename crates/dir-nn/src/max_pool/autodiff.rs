//! The gradient of the largest numbers, by the backend's own function.

use burn::backend::autodiff::NodeId;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Autodiff, Backend};

use super::extension::{PoolOps, Window};

#[derive(Debug)]
struct Largest;

impl<B: Backend + PoolOps> Backward<B, 1> for Largest {
    type State = (NodeId, IntTensor<B>, Window);

    fn backward(self, ops: Ops<Self::State, 1>, gradients: &mut Gradients, checkpointer: &mut Checkpointer) {
        let gradient = gradients.consume::<B>(&ops.node);
        let (x, places, window) = ops.state;
        let x = checkpointer.retrieve_node_output::<B::FloatTensorPrimitive>(x);
        if let [Some(node)] = ops.parents {
            gradients.register::<B>(node.id, B::largest_backward(x, gradient, places, window));
        }
    }
}

impl<B: Backend + PoolOps, C: CheckpointStrategy> PoolOps for Autodiff<B, C> {
    fn largest(x: FloatTensor<Self>, window: Window) -> (FloatTensor<Self>, IntTensor<Self>) {
        match Largest.prepare::<C>([x.node()]).compute_bound().stateful() {
            OpsKind::Tracked(mut prepared) => {
                let node = prepared.checkpoint(&x);
                let (largest, places) = B::largest(x.into_primitive(), window);
                (prepared.finish((node, places.clone(), window), largest), places)
            }
            OpsKind::UnTracked(prepared) => {
                let (largest, places) = B::largest(x.into_primitive(), window);
                (prepared.finish(largest), places)
            }
        }
    }

    /// The gradient of a gradient does not exist in Burn.
    fn largest_backward(
        x: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        places: IntTensor<Self>,
        window: Window,
    ) -> FloatTensor<Self> {
        let [x, gradient] = [x, gradient].map(|tensor| tensor.into_primitive());
        <FloatTensor<Self>>::new(B::largest_backward(x, gradient, places, window))
    }
}
