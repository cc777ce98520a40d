//! What a network has to beat: a constant, and a linear model of the raw numbers.

use dir_core::linear::LinearSums;
use dir_core::metric::Report;
use dir_data::Part;
use dir_train::{Source, TrainError, outputln};

use super::short;
use crate::task::Task;

/// Multiplications that a linear model may cost: some seconds.
const AFFORDABLE: f64 = 2e11;
/// Rows that are taken in at a time.
const BATCH: usize = 1024;

/// Prints the mean absolute error of both on the test rows, and the network's share of it. The linear model is left out where
/// it would take long.
pub(crate) fn print<T: Task>(source: &T::Source, report: &Report) -> anyhow::Result<()> {
    let (Some(network), test) = (report.all.as_ref().map(|m| m.mae), source.targets(Part::Test).of_rows()) else {
        return Ok(());
    };
    let line = |what: &str, mae: f64| {
        outputln!("{what:<46} MAE {:>8}; the network's is {:.2} of it", short(mae), network / mae)
    };
    let constant = source.targets(Part::Train).tally().quantile(0.5).unwrap_or_default();
    line("a constant, the training median:", mae(&vec![constant; test.len()], test))?;
    if let Some(predictions) = linear::<T>(source)? {
        line("a linear model of the same numbers (ridge):", mae(&predictions, test))?;
    }
    Ok(())
}

fn mae(predictions: &[f64], targets: &[f64]) -> f64 {
    predictions.iter().zip(targets).map(|(p, y)| (p - y).abs()).sum::<f64>() / targets.len().max(1) as f64
}

fn linear<T: Task>(source: &T::Source) -> anyhow::Result<Option<Vec<f64>>> {
    let rows = |part| -> Result<(Vec<f32>, usize), TrainError> { T::plain_numbers(source, part) };
    let (validation, width) = rows(Part::Val)?;
    let train = source.targets(Part::Train).of_rows();
    if width == 0 || train.len() as f64 * (width * width) as f64 > AFFORDABLE {
        return Ok(None);
    }
    let mut sums = LinearSums::new(width);
    let (values, _) = rows(Part::Train)?;
    for (rows, targets) in values.chunks(BATCH * width).zip(train.chunks(BATCH)) {
        sums.push(rows, targets)?;
    }
    let model = sums.fit(&validation, source.targets(Part::Val).of_rows())?;
    Ok(Some(model.predict(&rows(Part::Test)?.0)?))
}
