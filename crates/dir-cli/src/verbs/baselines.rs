//! Baselines of a program's data: plain numbers of its rows for the median, ridge and log-ridge.

use dir_core::bins::Bins;
use dir_data::Part;
use dir_train::baselines::{BaselinePredictions, Baselines, PlainRows, fit, median_of_pixels};
use dir_train::evaluate::Regions;
use dir_train::natural::BinCounts;
use dir_train::{Recipe, Source, Targets, TrainError, status};

use crate::task::Task;

/// The baselines of a source whose training rows are those of the data.
pub(crate) fn of<T: Task>(source: &T::Source, bins: &Bins, recipe: &Recipe) -> anyhow::Result<Baselines> {
    let [train, val, test] = [Part::Train, Part::Val, Part::Test].map(|part| source.targets(part).tally());
    let regions = Regions::new(bins.clone(), recipe, &train)?;
    let counts = BinCounts::new(&regions, &val, &test)?;
    let context = (&regions, &counts, recipe);
    match source.targets(Part::Test) {
        Targets::OfPixels(test) => Ok(median_of_pixels([&train, test], context)?),
        Targets::OfRows(targets) => Ok(Baselines::of(&fold_predictions::<T>(source)?, targets, context)?),
    }
}

/// Predictions of the test rows. Where a linear model can't be fitted a warning says why, and the median is left.
pub(crate) fn fold_predictions<T: Task>(source: &T::Source) -> anyhow::Result<Vec<BaselinePredictions>> {
    let targets = [Part::Train, Part::Val, Part::Test].map(|part| source.targets(part).of_rows());
    let median = || fit(PlainRows { width: 0, rows: [&[]; 3], targets });
    let rows = |part| -> Result<(Vec<f32>, usize), TrainError> { T::plain_numbers(source, part) };
    let (val, width) = rows(Part::Val)?;
    if !PlainRows::is_affordable(targets[0].len(), width) {
        return Ok(median()?);
    }
    let (train, test) = (rows(Part::Train)?.0, rows(Part::Test)?.0);
    fit(PlainRows { width, rows: [&train, &val, &test], targets }).or_else(|error| {
        status!("warning: no linear baseline: failed to fit the linear model: {error}");
        Ok(median()?)
    })
}
