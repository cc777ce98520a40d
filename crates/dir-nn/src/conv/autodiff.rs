//! Gradients of the convolution, by the backend's own functions.

use burn::backend::autodiff::NodeId;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend};

use super::extension::{ConvOps, Geometry};

impl<B: Backend + ConvOps, C: CheckpointStrategy> ConvOps for Autodiff<B, C> {
    fn convolve(x: FloatTensor<Self>, weight: FloatTensor<Self>, geometry: Geometry) -> FloatTensor<Self> {
        #[derive(Debug)]
        struct Convolve;

        impl<B: Backend + ConvOps> Backward<B, 2> for Convolve {
            type State = (NodeId, NodeId, Geometry);

            fn backward(self, ops: Ops<Self::State, 2>, gradients: &mut Gradients, checkpointer: &mut Checkpointer) {
                let [of_x, of_weight] = ops.parents;
                let gradient = gradients.consume::<B>(&ops.node);
                let (x, weight, geometry) = ops.state;
                let x = checkpointer.retrieve_node_output::<B::FloatTensorPrimitive>(x);
                let weight = checkpointer.retrieve_node_output::<B::FloatTensorPrimitive>(weight);
                if let Some(node) = of_x {
                    let of_x = B::convolve_input_gradient(x.clone(), weight.clone(), gradient.clone(), geometry);
                    gradients.register::<B>(node.id, of_x);
                }
                if let Some(node) = of_weight {
                    gradients.register::<B>(node.id, B::convolve_weight_gradient(x, weight, gradient, geometry));
                }
            }
        }

        match Convolve.prepare::<C>([x.node(), weight.node()]).compute_bound().stateful() {
            OpsKind::Tracked(mut prepared) => {
                let state = (prepared.checkpoint(&x), prepared.checkpoint(&weight), geometry);
                prepared.finish(state, B::convolve(x.into_primitive(), weight.into_primitive(), geometry))
            }
            OpsKind::UnTracked(prepared) => {
                prepared.finish(B::convolve(x.into_primitive(), weight.into_primitive(), geometry))
            }
        }
    }

    /// The gradient of a gradient does not exist in Burn.
    fn convolve_input_gradient(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self> {
        let [x, weight, gradient] = [x, weight, gradient].map(|tensor| tensor.into_primitive());
        <FloatTensor<Self>>::new(B::convolve_input_gradient(x, weight, gradient, geometry))
    }

    /// The gradient of a gradient does not exist in Burn.
    fn convolve_weight_gradient(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self> {
        let [x, weight, gradient] = [x, weight, gradient].map(|tensor| tensor.into_primitive());
        <FloatTensor<Self>>::new(B::convolve_weight_gradient(x, weight, gradient, geometry))
    }
}
