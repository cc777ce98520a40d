//! Gradients of the operations, by the backend's own functions.

use burn::backend::autodiff::NodeId;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::ops::ModuleOps;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend};

use super::extension::{After, NormOps};
use super::{EPSILON, generic};

/// The input is fetched when it is needed; weight, bias, mean and variance are small.
type BatchState<B> = (NodeId, [FloatTensor<B>; 4], After);

#[derive(Debug)]
struct NormalizeBatch;

impl<B: Backend + NormOps> Backward<B, 3> for NormalizeBatch {
    type State = BatchState<B>;

    fn backward(self, ops: Ops<Self::State, 3>, gradients: &mut Gradients, checkpointer: &mut Checkpointer) {
        let gradient = gradients.consume::<B>(&ops.node);
        let (x, [weight, bias, mean, variance], after) = ops.state;
        let x = checkpointer.retrieve_node_output::<B::FloatTensorPrimitive>(x);
        let (x, weight, bias) = B::normalize_batch_backward(gradient, x, weight, bias, mean, variance, after);
        for (node, gradient) in ops.parents.into_iter().zip([x, weight, bias]) {
            if let Some(node) = node {
                gradients.register::<B>(node.id, gradient);
            }
        }
    }
}

#[derive(Debug)]
struct AddRelu;

impl<B: Backend + NormOps> Backward<B, 2> for AddRelu {
    type State = FloatTensor<B>;

    fn backward(self, ops: Ops<Self::State, 2>, gradients: &mut Gradients, _: &mut Checkpointer) {
        let gradient = B::add_relu_backward(gradients.consume::<B>(&ops.node), ops.state);
        for node in ops.parents.into_iter().flatten() {
            gradients.register::<B>(node.id, gradient.clone());
        }
    }
}

impl<B: Backend + NormOps, C: CheckpointStrategy> NormOps for Autodiff<B, C> {
    /// Of Burn's operations: a frozen layer is rare in training, and all five have a gradient.
    fn normalize(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        mean: FloatTensor<Self>,
        variance: FloatTensor<Self>,
        after: After,
    ) -> FloatTensor<Self> {
        generic::followed::<Self>(Self::batch_norm(x, weight, bias, mean, variance, EPSILON), after)
    }

    /// The statistics are constants.
    fn normalize_batch(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        after: After,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        let prepared = NormalizeBatch.prepare::<C>([x.node(), weight.node(), bias.node()]).compute_bound().stateful();
        let (y, mean, variance) = match prepared {
            OpsKind::Tracked(mut prepared) => {
                let node = prepared.checkpoint(&x);
                let [x, weight, bias] = [x, weight, bias].map(|tensor| tensor.into_primitive());
                let (y, mean, variance) = B::normalize_batch(x, weight.clone(), bias.clone(), after);
                let state = (node, [weight, bias, mean.clone(), variance.clone()], after);
                (prepared.finish(state, y), mean, variance)
            }
            OpsKind::UnTracked(prepared) => {
                let [x, weight, bias] = [x, weight, bias].map(|tensor| tensor.into_primitive());
                let (y, mean, variance) = B::normalize_batch(x, weight, bias, after);
                (prepared.finish(y), mean, variance)
            }
        };
        (y, <FloatTensor<Self>>::new(mean), <FloatTensor<Self>>::new(variance))
    }

    /// The gradient of a gradient does not exist in Burn.
    fn normalize_batch_backward(
        gradient: FloatTensor<Self>,
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        mean: FloatTensor<Self>,
        variance: FloatTensor<Self>,
        after: After,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        let all = [gradient, x, weight, bias, mean, variance].map(|tensor| tensor.into_primitive());
        let [gradient, x, weight, bias, mean, variance] = all;
        let (x, weight, bias) = B::normalize_batch_backward(gradient, x, weight, bias, mean, variance, after);
        (<FloatTensor<Self>>::new(x), <FloatTensor<Self>>::new(weight), <FloatTensor<Self>>::new(bias))
    }

    fn add_relu(a: FloatTensor<Self>, b: FloatTensor<Self>) -> FloatTensor<Self> {
        let nodes = [a.node(), b.node()];
        let y = B::add_relu(a.into_primitive(), b.into_primitive());
        match AddRelu.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => prepared.finish(y.clone(), y),
            OpsKind::UnTracked(prepared) => prepared.finish(y),
        }
    }

    /// The gradient of a gradient does not exist in Burn.
    fn add_relu_backward(gradient: FloatTensor<Self>, y: FloatTensor<Self>) -> FloatTensor<Self> {
        <FloatTensor<Self>>::new(B::add_relu_backward(gradient.into_primitive(), y.into_primitive()))
    }
}
