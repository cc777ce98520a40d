//! Natural distribution of a run: the errors of its test rows, re-weighted to the spread of all rows over the target.

use std::path::Path;

use dir_core::metric::{
    Bootstrap, NaturalErrors, NaturalWeights, Regions as ByRegion, TestSpread, natural_errors, natural_errors_of_bins,
};
use dir_core::tally::Tally;
use serde::{Deserialize, Serialize};

use crate::error::TrainError;
use crate::evaluate::Regions;
use crate::report::{PredictionRow, bin_counts, predictions};
use crate::scores::Scores;

/// Section `natural` of `metrics.json`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Natural {
    /// How the test rows are spread over the target.
    pub spread: TestSpread,
    /// Training, validation and test rows together.
    pub data_rows: u64,
    /// Share of the data in bins without test rows.
    pub without_test_rows: f64,
    /// Errors by region; absent where the test rows are spread as the data are, so that the plain errors are these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regions: Option<ByRegion<NaturalErrors>>,
}

/// Rows per bin: of all data, and of the test rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BinCounts {
    /// Training, validation and test rows.
    pub data: Vec<u64>,
    /// Test rows.
    pub test: Vec<u64>,
}

impl BinCounts {
    /// Of a run's bins and targets.
    ///
    /// # Errors
    /// A target without a bin.
    pub fn new(regions: &Regions, val: &Tally, test: &Tally) -> Result<Self, TrainError> {
        let (val, test) = (val.counts(&regions.bins)?, test.counts(&regions.bins)?);
        let data = regions.counts.iter().zip(val.iter().zip(&test)).map(|(train, (val, test))| train + val + test);
        Ok(Self { data: data.collect(), test })
    }

    /// Where every row is tested: the test rows are the data.
    ///
    /// # Errors
    /// A target without a bin.
    pub fn of_all(regions: &Regions, tested: &Tally) -> Result<Self, TrainError> {
        let data = tested.counts(&regions.bins)?;
        Ok(Self { test: data.clone(), data })
    }

    fn weights(&self) -> Result<Option<NaturalWeights>, TrainError> {
        Ok(NaturalWeights::new(&self.data, &self.test).map_err(dir_core::Error::from)?)
    }
}

impl Natural {
    /// Re-weights the errors of a run; `None` without test rows. Intervals are those of `bootstrap`, by default of 1,000 draws.
    ///
    /// # Errors
    /// A target without a bin; errors that are not finite.
    pub fn of(
        scores: &Scores,
        regions: &Regions,
        counts: &BinCounts,
        bootstrap: Option<Bootstrap>,
    ) -> Result<Option<Self>, TrainError> {
        let Some(weights) = counts.weights()? else { return Ok(None) };
        let errors = match (weights.spread(), &scores.by_bin) {
            (TestSpread::Natural, _) => None,
            (_, Some(by_bin)) => Some(natural_errors_of_bins(by_bin, &regions.shots, &weights)),
            (_, None) => {
                let (targets, predictions): (Vec<f64>, Vec<f64>) =
                    scores.rows.iter().map(|row| (row.target, row.prediction)).unzip();
                let bins = regions.bins.assign(&targets)?;
                let of = (&targets[..], &predictions[..]);
                let bootstrap = Some(bootstrap.unwrap_or_default());
                let errors = natural_errors(of, &bins, &regions.shots, &weights, bootstrap.as_ref());
                Some(errors.map_err(dir_core::Error::from)?)
            }
        };
        Ok(Some(Self {
            spread: weights.spread(),
            data_rows: weights.data_rows(),
            without_test_rows: weights.without_test_rows(),
            regions: errors,
        }))
    }

    /// What the test rows are, for the heading of their errors.
    #[must_use]
    pub fn rows_title(spread: TestSpread) -> &'static str {
        match spread {
            TestSpread::Natural => "test rows (natural distribution)",
            TestSpread::Balanced => "balanced test rows",
            TestSpread::Other => "test rows as given",
        }
    }

    /// What the second table is, or why there is none, in a sentence without its full stop.
    #[must_use]
    pub fn describe(&self) -> String {
        let missing = self.missing().map_or(String::new(), |missing| format!("; {missing}"));
        match self.spread {
            TestSpread::Natural => format!(
                "The test rows are spread over the target as all {} rows are: their errors are those of the natural distribution{missing}",
                self.data_rows
            ),
            _ => format!(
                "Natural distribution: the same test rows, re-weighted to the spread of all {} rows over the target{missing}",
                self.data_rows
            ),
        }
    }

    /// How much of the data no test row speaks for, if any.
    fn missing(&self) -> Option<String> {
        let percent = 100.0 * self.without_test_rows;
        let share = match percent {
            0.0 => return None,
            percent if percent < 1.0 => "less than 1".to_owned(),
            percent => format!("{percent:.0}"),
        };
        Some(format!("{share} % of the data are in bins without test rows"))
    }
}

/// Natural weight of every line of a run's `predictions.csv`, in their order, from its `bins.csv`: all 1 where the test rows are spread as
/// the data are. `None` where the run has no predictions or bins yet.
///
/// # Errors
/// A malformed file; a prediction whose bin `bins.csv` lacks or counts no test rows in.
pub fn row_weights(run: &Path) -> Result<Option<Vec<f64>>, TrainError> {
    predictions(run)?.map_or(Ok(None), |rows| weights_of_rows(run, &rows))
}

/// The same for predictions that have been read.
pub(crate) fn weights_of_rows(run: &Path, rows: &[PredictionRow]) -> Result<Option<Vec<f64>>, TrainError> {
    if !run.join("bins.csv").exists() {
        return Ok(None);
    }
    let weights = bin_counts(run)?.weights()?;
    let natural = weights.as_ref().is_none_or(|weights| weights.spread() == TestSpread::Natural);
    let weight = |(k, bin): (usize, usize)| match &weights {
        _ if natural => Ok(1.0),
        Some(weights) if weights.weight(bin) > 0.0 => Ok(weights.weight(bin)),
        _ => Err(TrainError::File {
            path: run.join("predictions.csv"),
            found: format!("bin {bin} on line {}, which has no test rows in bins.csv", k + 2),
            expected: "the files of one run; repeat the run or restore the file".into(),
        }),
    };
    rows.iter().map(|row| row.bin).enumerate().map(weight).collect::<Result<Vec<f64>, _>>().map(Some)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use dir_core::bins::Bins;

    use super::*;
    use crate::recipe::Recipe;
    use crate::scores::Scored;

    fn scored(target: f64, prediction: f64) -> Scored {
        Scored { row: 0, target, prediction }
    }

    /// Ten rows, 6, 3 and 1 in the bins; a test row in each of the first two. By hand: weights 1.2 and 0.6.
    fn natural() -> Natural {
        let recipe = Recipe::default();
        let train = Tally::of(&[0.5, 0.5, 0.5, 0.5, 1.5, 2.5]);
        let regions = Regions::new(Bins::uniform(0.0, 1.0, 3).expect("valid"), &recipe, &train).expect("within");
        let (val, test) = (Tally::of(&[0.5, 1.5]), Tally::of(&[0.5, 1.5]));
        let counts = BinCounts::new(&regions, &val, &test).expect("within");
        assert_eq!((&counts.data[..], &counts.test[..]), (&[6, 3, 1][..], &[1, 1, 0][..]));
        let targets = [0.5, 1.5];
        let mut scoring = crate::scores::Scoring::new(&regions, &recipe, crate::Targets::OfRows(&targets));
        scoring.push(&[0, 1], &targets, &[1.5, -2.5]).expect("keeps them");
        let scores = scoring.finish().expect("finite");
        assert_eq!(scores.rows, [scored(0.5, 1.5), Scored { row: 1, ..scored(1.5, -2.5) }]);
        Natural::of(&scores, &regions, &counts, None).expect("valid").expect("has rows")
    }

    #[test]
    fn a_run_says_how_its_test_rows_are_spread_and_what_is_missing() {
        let found = NaturalWeights::new(&[6, 3, 1], &[1, 1, 0]).expect("valid").expect("has rows");
        // Two test rows of ten could be drawn like this by chance; a hundred times as many could not.
        assert_eq!(found.spread(), TestSpread::Natural);
        let natural = natural();
        assert_eq!((natural.spread, natural.regions), (TestSpread::Natural, None));
        assert_eq!(
            natural.describe(),
            "The test rows are spread over the target as all 10 rows are: their errors are those of the natural distribution; \
             10 % of the data are in bins without test rows"
        );
        let other = Natural { spread: TestSpread::Balanced, without_test_rows: 0.0, ..natural };
        assert_eq!(
            other.describe(),
            "Natural distribution: the same test rows, re-weighted to the spread of all 10 rows over the target"
        );
        let little = Natural { without_test_rows: 0.004, ..other };
        assert!(little.describe().ends_with("; less than 1 % of the data are in bins without test rows"));
    }

    /// By hand: 900 and 100 of 1,000 rows, 50 and 50 of them tested, off by 1 and by 3: 0.9 · 1 + 0.1 · 3.
    #[test]
    fn a_run_on_balanced_test_rows_has_weighted_errors() {
        let recipe = Recipe::default();
        let targets = |counts: [usize; 2]| [vec![0.5; counts[0]], vec![1.5; counts[1]]].concat();
        let (train, test) = (Tally::of(&targets([850, 50])), targets([50, 50]));
        let regions = Regions::new(Bins::uniform(0.0, 1.0, 2).expect("valid"), &recipe, &train).expect("within");
        let counts = BinCounts::new(&regions, &Tally::of(&[]), &Tally::of(&test)).expect("within");
        let mut scoring = crate::scores::Scoring::new(&regions, &recipe, crate::Targets::OfRows(&test));
        let predictions: Vec<f64> = test.iter().map(|y| if *y < 1.0 { y - 1.0 } else { y + 3.0 }).collect();
        scoring.push(&(0..100).collect::<Vec<usize>>(), &test, &predictions).expect("keeps them");
        let scores = scoring.finish().expect("finite");
        let natural = Natural::of(&scores, &regions, &counts, None).expect("valid").expect("has rows");
        assert_eq!((natural.spread, natural.data_rows, natural.without_test_rows), (TestSpread::Balanced, 1000, 0.0));
        let all = natural.regions.and_then(|regions| regions.all).expect("has rows");
        assert!((all.mae - 1.2).abs() < 1e-12 && (all.bias + 0.6).abs() < 1e-12, "{all:?}");
        assert!(all.mae_interval.is_some_and(|interval| interval.low < 1.2 && 1.2 < interval.high), "{all:?}");
    }

    fn write(run: &Path, counts: &[[u64; 3]], bins: &[usize]) {
        let mut text =
            String::from("bin,low,high,train,val,test,density,effective_density,weight_density,weight,shot\n");
        for (bin, [train, val, test]) in counts.iter().enumerate() {
            text += &format!("{bin},{bin},{},{train},{val},{test},{train},1,1,1,many\n", bin + 1);
        }
        fs::write(run.join("bins.csv"), text).expect("writes");
        let mut text = String::from("row,target,prediction,bin,shot,relevance\n");
        bins.iter().enumerate().for_each(|(row, bin)| text += &format!("{row},{bin}.5,1,{bin},many,0\n"));
        fs::write(run.join("predictions.csv"), text).expect("writes");
    }

    /// By hand: of 1,000 rows 600, 300 and 100 lie in the bins, of 100 test rows 50, 50 and none.
    #[test]
    fn the_weight_of_a_row_is_that_of_its_bin_in_the_files() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        assert_eq!(row_weights(folder.path()).expect("nothing there"), None);
        write(folder.path(), &[[500, 50, 50], [200, 50, 50], [60, 40, 0]], &[1, 0, 0]);
        assert_eq!(row_weights(folder.path()).expect("reads"), Some(vec![0.3 / 0.5, 0.6 / 0.5, 0.6 / 0.5]));
        // Spread as the data are: 10 % of each bin.
        write(folder.path(), &[[480, 60, 60], [240, 30, 30], [80, 10, 10]], &[1, 2]);
        assert_eq!(row_weights(folder.path()).expect("reads"), Some(vec![1.0, 1.0]));
        write(folder.path(), &[[500, 50, 50], [200, 50, 50], [60, 40, 0]], &[1, 2]);
        let bad = row_weights(folder.path()).expect_err("no test rows there").to_string();
        assert!(bad.contains("predictions.csv: found bin 2 on line 3, which has no test rows in bins.csv"), "{bad}");
    }
}
