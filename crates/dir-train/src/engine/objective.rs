//! What training makes smaller: the loss of a regressor on the target's scale, or of a classifier over its bins.

use burn::tensor::{Device, Tensor, TensorData};
use dir_core::loss::{ClassLoss, Loss};

use crate::error::TrainError;
use crate::evaluate::Regions;
use crate::readout::Readout;
use crate::recipe::Recipe;
use crate::target::TargetScale;

/// A loss with what it needs to see targets as the network does.
pub(super) enum Objective {
    Regression(Loss, TargetScale),
    Classification(ClassLoss),
}

impl Objective {
    pub(super) fn new(recipe: &Recipe, readout: &Readout, regions: &Regions) -> Result<Self, TrainError> {
        Ok(match readout {
            Readout::Value(scale) => Self::Regression(recipe.loss.init()?, *scale),
            Readout::Classes(_) => {
                let loss = recipe.classify.unwrap_or_default().loss;
                Self::Classification(loss.init(&regions.trained)?)
            }
        })
    }

    /// Mean loss of a batch, each target times its weight. A target that is missing (NaN) has weight 0, and something stands in for it.
    ///
    /// # Shapes
    /// `outputs` `[targets, outputs]`, `targets` and `weights` `[targets]`, to `[1]`.
    /// # Errors
    /// A target without a bin; outputs that are not as many.
    pub(super) fn of(
        &self,
        outputs: Tensor<2>,
        targets: &[f64],
        weights: Vec<f64>,
        regions: &Regions,
        device: &Device,
    ) -> Result<Tensor<1>, TrainError> {
        let weights = Some(column(weights.into_iter(), device));
        Ok(match self {
            Self::Regression(loss, scale) => {
                let encode = |&y: &f64| if y.is_nan() { 0.0 } else { scale.encode(y) };
                loss.forward(outputs, column(targets.iter().map(encode), device), weights)?
            }
            Self::Classification(loss) => {
                let bin = |&y: &f64| if y.is_nan() { Ok(0) } else { regions.bins.bin_of(y) };
                let bins = targets.iter().map(bin).collect::<Result<Vec<usize>, _>>()?;
                loss.forward(outputs, &bins, weights)?
            }
        })
    }
}

/// One column on the device, `[n, 1]`.
fn column(values: impl ExactSizeIterator<Item = f64>, device: &Device) -> Tensor<2> {
    let n = values.len();
    let values: Vec<f32> = values.map(|v| v as f32).collect();
    Tensor::from_data(TensorData::new(values, [n, 1]), device)
}
