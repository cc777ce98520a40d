//! Baselines of depth: one depth for all pixels, and one depth for every place of an image.

use dir_core::metric::Report;
use dir_data::Part;
use dir_data::depth::Target;
use dir_train::{Source, TrainError, outputln};

use crate::source::{DepthSource, unreadable};

/// Prints the root of the mean squared error of both on the test pixels, and the network's share of it.
pub(crate) fn print(source: &DepthSource, report: &Report) -> anyhow::Result<()> {
    let Some(network) = report.all.as_ref().map(|m| m.rmse) else { return Ok(()) };
    let line =
        |what: &str, rmse: f64| outputln!("{what:<46} RMSE {rmse:>7.3}; the network's is {:.2} of it", network / rmse);
    let mean = source.targets(Part::Train).tally().mean(|depth| depth);
    let constant = source.targets(Part::Test).tally().mean(|depth| (depth - mean).powi(2)).sqrt();
    line("a constant, the training mean:", constant)?;
    line("the training mean of every place:", mean_map(source)?)?;
    Ok(())
}

fn mean_map(source: &DepthSource) -> Result<f64, TrainError> {
    let pairs = &source.pairs;
    let means = pairs.mean_map(&source.part(Part::Train).rows, Target::Crop).map_err(unreadable)?;
    let test = source.part(Part::Test);
    let (mut sum, mut pixels) = (0.0, 0_u64);
    for (position, &row) in test.rows.iter().enumerate() {
        let mut depth = pairs.targets(row, Target::Crop).map_err(unreadable)?;
        test.mask.iter().for_each(|mask| mask.apply(position, &mut depth));
        for (mean, depth) in means.iter().zip(depth).filter(|(mean, depth)| !mean.is_nan() && !depth.is_nan()) {
            sum += f64::from(mean - depth).powi(2);
            pixels += 1;
        }
    }
    Ok((sum / pixels.max(1) as f64).sqrt())
}
