//! How the outputs of a network become targets: one number on a scale, or a probability for every bin.

use burn::tensor::activation::softmax;
use burn::tensor::{Tensor, TensorData};
use dir_core::bins::Bins;
use dir_core::loss::ClassLossConfig;
use dir_core::tally::Tally;
use serde::{Deserialize, Serialize};

use crate::error::TrainError;
use crate::recipe::Recipe;
use crate::source::Targets;
use crate::target::TargetScale;

/// Classification over the bins of the target, in place of regression.
///
/// | name | default | purpose |
/// |---|---|---|
/// | `prediction` | mean | mean or most_likely: which target a distribution over bins stands for |
/// | `loss` | cross_entropy | loss of the classifier; weights of bins apply to it as to any other |
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClassifyConfig {
    /// Which target a distribution over bins stands for.
    pub prediction: Prediction,
    /// Loss of the classifier.
    pub loss: ClassLossConfig,
}

/// Which target a distribution over bins stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Prediction {
    /// Its mean, as for ages in "Deep expectation of real and apparent age" (Rothe, Timofte, Van Gool, 2018).
    #[default]
    Mean,
    /// The target of its most probable bin.
    MostLikely,
}

/// How outputs become targets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Readout {
    /// One output, the target on a scale.
    Value(TargetScale),
    /// An output per bin.
    Classes(Classes),
}

/// What the bins of a classifier stand for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Classes {
    prediction: Prediction,
    /// The target of every bin.
    targets: Vec<f64>,
}

impl Classes {
    /// A bin stands for the mean of its training targets. One without any lies to its middle as the others do, on the whole.
    ///
    /// # Errors
    /// A target without a bin.
    pub fn fit(prediction: Prediction, bins: &Bins, train: &Tally) -> Result<Self, TrainError> {
        let mut sums = vec![(0.0, 0.0); bins.len()];
        for &(target, count) in train.values() {
            let (sum, rows) = &mut sums[bins.bin_of(target)?];
            *sum += target * count as f64;
            *rows += count as f64;
        }
        let middle = |bin: usize| bins.centre(bin);
        let beside: f64 = sums.iter().enumerate().map(|(bin, (sum, rows))| sum - rows * middle(bin)).sum();
        let beside = beside / train.total().max(1) as f64;
        let target = |(bin, &(sum, rows)): (usize, &(f64, f64))| match rows > 0.0 {
            true => sum / rows,
            false => (middle(bin) + beside).clamp(bins.range(bin).0, bins.range(bin).1),
        };
        Ok(Self { prediction, targets: sums.iter().enumerate().map(target).collect() })
    }

    /// Number of bins.
    #[must_use]
    pub fn len(&self) -> usize {
        self.targets.len()
    }

    /// Whether there are none, which no set of bins allows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.targets.is_empty()
    }

    /// Middle and range of the bins' targets.
    fn span(&self) -> (f64, f64) {
        let low = self.targets.iter().copied().fold(f64::INFINITY, f64::min);
        let high = self.targets.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        (f64::midpoint(low, high), if high > low { high - low } else { 1.0 })
    }

    fn decode(&self, logits: Tensor<2>) -> Vec<f64> {
        match self.prediction {
            Prediction::Mean => {
                // Far from zero `f32` has coarse steps: only the distance from the middle, as a share of the range, is summed in it.
                let (middle, range) = self.span();
                let shares: Vec<f64> = self.targets.iter().map(|target| (target - middle) / range).collect();
                let shares = TensorData::new(shares, [self.targets.len(), 1]);
                let shares = Tensor::<2>::from_data(shares, (&logits.device(), logits.dtype()));
                let mean = softmax(logits, 1).matmul(shares).into_data();
                mean.iter::<f64>().map(|share| middle + range * share).collect()
            }
            Prediction::MostLikely => {
                let bins = logits.argmax(1).into_data();
                bins.iter::<i64>().map(|bin| self.targets[bin as usize]).collect()
            }
        }
    }
}

impl Readout {
    /// The readout of a recipe, its constants from the training rows.
    ///
    /// # Errors
    /// A target without a bin; [`TrainError::LogTarget`].
    pub fn fit(recipe: &Recipe, bins: &Bins, targets: Targets<'_>, row_ids: &[usize]) -> Result<Self, TrainError> {
        Ok(match recipe.classify {
            Some(classify) => Self::Classes(Classes::fit(classify.prediction, bins, &targets.tally())?),
            None => {
                let scale = TargetScale::fit(recipe.target, targets, row_ids)?;
                Self::Value(scale.bounded(recipe.prediction_margin, targets))
            }
        })
    }

    /// How many outputs the network needs.
    #[must_use]
    pub fn outputs(&self) -> usize {
        match self {
            Self::Value(_) => 1,
            Self::Classes(classes) => classes.len(),
        }
    }

    /// Outputs to targets.
    ///
    /// # Shapes
    /// `[targets, outputs]` to `[targets]`.
    #[must_use]
    pub fn decode(&self, outputs: Tensor<2>) -> Vec<f64> {
        match self {
            Self::Value(scale) => outputs.into_data().iter::<f64>().map(|output| scale.decode(output)).collect(),
            Self::Classes(classes) => classes.decode(outputs),
        }
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;

    fn classes(prediction: Prediction) -> Classes {
        let bins = Bins::uniform(0.0, 10.0, 3).expect("valid");
        Classes::fit(prediction, &bins, &Tally::of(&[1.0, 2.0, 6.0, 29.0])).expect("in range")
    }

    /// By hand: bins of 1, 2, 6 and of 29; their middles are 5 and 25, so rows lie (9 - 15 + 29 - 25) / 4 = -0.5 beside them.
    #[test]
    fn bins_stand_for_their_training_rows() {
        assert_eq!(classes(Prediction::Mean).targets, [3.0, 14.5, 29.0]);
    }

    #[test]
    fn distributions_become_targets() {
        let logits =
            || Tensor::<2>::from_data([[0.0, 0.0, 0.0], [0.0, 60.0, 0.0], [2.0, 0.0, 1.0]], &Device::default());
        let mean = Readout::Classes(classes(Prediction::Mean));
        let found = mean.decode(logits());
        let e = std::f64::consts::E;
        let third = (3.0 * e * e + 14.5 + 29.0 * e) / (e * e + 1.0 + e);
        for (found, expected) in found.iter().zip([15.5, 14.5, third]) {
            assert!((found - expected).abs() < 1e-5, "{found} for {expected}");
        }
        assert_eq!(Readout::Classes(classes(Prediction::MostLikely)).decode(logits()), [3.0, 14.5, 3.0]);
    }

    /// Targets a billion from zero, an eighth apart: the mean of equally likely bins by hand, in steps far finer than those of `f32`.
    #[test]
    fn means_far_from_zero_keep_their_digits() {
        let bins = Bins::uniform(1e9, 0.125, 8).expect("valid");
        let targets: Vec<f64> = (0..8).map(|k| 1e9 + 0.125 * f64::from(k)).collect();
        let classes = Classes::fit(Prediction::Mean, &bins, &Tally::of(&targets)).expect("in range");
        let logits = |mut row: [f32; 8]| {
            row[1] += 0.5;
            Tensor::<2>::from_data([row], &Device::default())
        };
        let found = Readout::Classes(classes).decode(logits([0.0; 8]));
        let extra = 0.5_f64.exp();
        let expected = 1e9 + 0.125 * (27.0 + extra) / (7.0 + extra); // 0 + 2 + 3 + ... + 7 is 27
        assert!((found[0] - expected).abs() < 1e-6, "{} for {expected}", found[0]);
    }

    #[test]
    fn overflow_bins_stand_for_their_finite_edge() {
        use dir_core::bins::OutOfRange;
        let bins = Bins::uniform(0.0, 10.0, 2).expect("valid").with_out_of_range(OutOfRange::Overflow);
        let classes = Classes::fit(Prediction::Mean, &bins, &Tally::of(&[5.0, 15.0])).expect("in range");
        assert_eq!(classes.targets, [0.0, 5.0, 15.0, 20.0]);
    }

    #[test]
    fn what_is_stored_reads_back() {
        let targets = [1.0, 9.0];
        let scale = TargetScale::fit(crate::target::Scale::Plain, Targets::OfRows(&targets), &[0, 1]).expect("fits");
        for readout in [Readout::Value(scale), Readout::Classes(classes(Prediction::MostLikely))] {
            let text = serde_json::to_string(&readout).expect("writes");
            assert_eq!(serde_json::from_str::<Readout>(&text).expect("reads"), readout);
        }
    }
}
