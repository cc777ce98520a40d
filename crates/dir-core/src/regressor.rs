//! The seam between a network and everything around it: an encoder that makes features, a head that makes predictions.
//!
//! FDS stands between the two; two-stage training (RRT) keeps the first and trains the second anew.

use burn::module::{Module, ParamGroup};
use burn::tensor::Tensor;

/// A network for regression.
///
/// # Shapes
/// `encode` gives features `[N, D]`, or `[N, C, H, W]` with one target per pixel. `head` gives one prediction per target,
/// `[targets, 1]`, dense ones in the order image, row, column. A head with an output per bin makes a classifier of it,
/// `[targets, bins]`: the baseline that regression is compared with.
pub trait Regressor: Module {
    /// A batch of inputs.
    type Input: Clone + Send;
    /// What the encoder makes of it.
    type Features: FeatureMap;

    /// Features of a batch.
    fn encode(&self, input: Self::Input) -> Self::Features;

    /// Predictions from features, `[targets, outputs]`.
    fn head(&self, features: Self::Features) -> Tensor<2>;

    /// The parameters that the second stage of two-stage training trains; all others are frozen.
    fn retrained(&self) -> ParamGroup;

    /// The same network with the parameters that the second stage trains drawn anew, for so many outputs: 1, or as many as bins.
    #[must_use]
    fn with_new_head(self, outputs: usize, seed: u64) -> Self;

    /// Predictions for a batch.
    fn forward(&self, input: Self::Input) -> Tensor<2> {
        self.head(self.encode(input))
    }
}

/// Features seen as rows, one per target, or as blocks where they lie, whatever their layout.
pub trait FeatureMap: Clone + Send {
    /// What is needed to go back.
    type Shape: Copy;

    /// Layout of these features.
    fn shape(&self) -> Self::Shape;

    /// One row per target, `[targets, D]`.
    fn into_rows(self) -> Tensor<2>;

    /// Features of this layout from rows.
    fn from_rows(rows: Tensor<2>, shape: Self::Shape) -> Self;

    /// `[outer, D, inner]` for [`crate::ops`], without moving a number: target `t` is position `t % inner` of block
    /// `t / inner`.
    fn into_blocks(self) -> Tensor<3>;

    /// Features of this layout from blocks.
    fn from_blocks(blocks: Tensor<3>, shape: Self::Shape) -> Self;
}

/// `[N, D]`: one target per row.
impl FeatureMap for Tensor<2> {
    type Shape = ();

    fn shape(&self) {}

    fn into_rows(self) -> Tensor<2> {
        self
    }

    fn from_rows(rows: Tensor<2>, (): ()) -> Self {
        rows
    }

    fn into_blocks(self) -> Tensor<3> {
        self.unsqueeze_dim(2)
    }

    fn from_blocks(blocks: Tensor<3>, (): ()) -> Self {
        blocks.squeeze_dim(2)
    }
}

/// `[N, C, H, W]`: one target per pixel, `C` features each.
impl FeatureMap for Tensor<4> {
    type Shape = [usize; 4];

    fn shape(&self) -> [usize; 4] {
        self.dims()
    }

    fn into_rows(self) -> Tensor<2> {
        let [n, c, h, w] = self.dims();
        self.permute([0, 2, 3, 1]).reshape([n * h * w, c])
    }

    fn from_rows(rows: Tensor<2>, [n, c, h, w]: [usize; 4]) -> Self {
        rows.reshape([n, h, w, c]).permute([0, 3, 1, 2])
    }

    fn into_blocks(self) -> Tensor<3> {
        let [n, c, h, w] = self.dims();
        self.reshape([n, c, h * w])
    }

    fn from_blocks(blocks: Tensor<3>, shape: [usize; 4]) -> Self {
        blocks.reshape(shape)
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, Int};

    use super::*;

    #[test]
    fn dense_features_go_to_rows_and_back() {
        let device = Device::default();
        let z = Tensor::<1, Int>::arange(0..120, &device).float().reshape([2, 3, 4, 5]);
        let rows = z.clone().into_rows();
        // Pixel (image 1, row 2, column 3), by hand: channels 60 + 13, + 20, + 40.
        let pixel: Vec<f32> = rows.clone().slice([33..34, 0..3]).into_data().iter().collect();
        assert_eq!(pixel, [73.0, 93.0, 113.0]);
        let shape = FeatureMap::shape(&z);
        assert_eq!(<Tensor<4> as FeatureMap>::from_rows(rows, shape).into_data(), z.clone().into_data());
        let blocks = z.clone().into_blocks();
        assert_eq!(blocks.dims(), [2, 3, 20]);
        assert_eq!(<Tensor<4> as FeatureMap>::from_blocks(blocks, shape).into_data(), z.into_data());
    }
}
