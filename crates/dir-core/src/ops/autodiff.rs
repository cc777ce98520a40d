//! Gradients of the operations: only [`BinOps::bin_calibrate`] has one, in its features. Statistics are constants.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Autodiff, Backend};

use super::extension::BinOps;

impl<B: Backend + BinOps, C: CheckpointStrategy> BinOps for Autodiff<B, C> {
    fn bin_index(targets: FloatTensor<Self>, edges: FloatTensor<Self>, strict: bool) -> IntTensor<Self> {
        B::bin_index(targets.into_primitive(), edges.into_primitive(), strict)
    }

    fn bin_counts(rows: IntTensor<Self>, bins: usize) -> IntTensor<Self> {
        B::bin_counts(rows, bins)
    }

    fn bin_moments(state: FloatTensor<Self>, features: FloatTensor<Self>, rows: IntTensor<Self>) -> FloatTensor<Self> {
        <FloatTensor<Self>>::new(B::bin_moments(state.into_primitive(), features.into_primitive(), rows))
    }

    fn bin_products(
        state: FloatTensor<Self>,
        features: FloatTensor<Self>,
        order: IntTensor<Self>,
        offsets: IntTensor<Self>,
        centre: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        let [state, features, centre] = [state, features, centre].map(|tensor| tensor.into_primitive());
        <FloatTensor<Self>>::new(B::bin_products(state, features, order, offsets, centre))
    }

    fn combine_rows(table: FloatTensor<Self>, index: IntTensor<Self>, weight: FloatTensor<Self>) -> FloatTensor<Self> {
        <FloatTensor<Self>>::new(B::combine_rows(table.into_primitive(), index, weight.into_primitive()))
    }

    fn bin_calibrate(
        features: FloatTensor<Self>,
        rows: IntTensor<Self>,
        from: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        to: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        #[derive(Debug)]
        struct Calibrate;

        impl<B: Backend + BinOps> Backward<B, 1> for Calibrate {
            type State = (IntTensor<B>, FloatTensor<B>);

            fn backward(self, ops: Ops<Self::State, 1>, gradients: &mut Gradients, _: &mut Checkpointer) {
                let [parent] = ops.parents;
                let gradient = gradients.consume::<B>(&ops.node);
                if let Some(parent) = parent {
                    let (rows, scale) = ops.state;
                    gradients.register::<B>(parent.id, B::bin_calibrate_backward(gradient, rows, scale));
                }
            }
        }

        let [from, scale, to] = [from, scale, to].map(|table| table.into_primitive());
        let node = features.node();
        let moved = B::bin_calibrate(features.into_primitive(), rows.clone(), from, scale.clone(), to);
        match Calibrate.prepare::<C>([node]).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => prepared.finish((rows, scale), moved),
            OpsKind::UnTracked(prepared) => prepared.finish(moved),
        }
    }

    /// The gradient of a gradient does not exist in Burn.
    fn bin_calibrate_backward(
        gradient: FloatTensor<Self>,
        rows: IntTensor<Self>,
        scale: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        <FloatTensor<Self>>::new(B::bin_calibrate_backward(gradient.into_primitive(), rows, scale.into_primitive()))
    }
}
