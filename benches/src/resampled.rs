//! Rows of a table, what SMOGN makes of them, and what there is to say about the rows of a bump.

use dir_core::random::Stream;
use dir_core::relevance::Relevance;
use dir_core::resample::{Features, Plan, ResampleConfig};
use dir_data::tabular::{Encoder, Table};

/// Numbers and targets of rows; the numbers in deviations of the rows that the encoder was fitted to.
pub struct Rows {
    /// Numbers.
    pub features: Features,
    /// Targets.
    pub targets: Vec<f64>,
}

/// Rows whose targets lie in a range.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// How many.
    pub rows: usize,
    /// Mean of their targets.
    pub mean: f64,
    /// Deviation of their targets.
    pub deviation: f64,
    /// Share of them in each fifth of the range.
    pub fifths: [f64; 5],
    /// Mean of every column.
    pub numbers: Vec<f64>,
}

/// Positions of some rows, each at most once, the same every time.
#[must_use]
pub fn drawn(table: &Table, count: usize) -> Vec<usize> {
    let mut rows: Vec<usize> = (0..table.rows()).collect();
    Stream::new(&[0]).shuffle(&mut rows);
    rows.truncate(count);
    rows
}

impl Rows {
    /// Some rows, in deviations of their own.
    #[must_use]
    pub fn of(table: &Table, rows: &[usize]) -> Self {
        let all = Self::encoded(&Encoder::fit(table, rows), table);
        let targets = rows.iter().map(|&row| all.targets[row]).collect();
        all.like(rows.iter().flat_map(|&row| all.features.row(row).to_vec()).collect(), targets)
    }

    /// All rows of a table, by the encoder of another one.
    #[must_use]
    pub fn encoded(encoder: &Encoder, table: &Table) -> Self {
        let matrix = encoder.encode(table).expect("the same columns");
        let features = Features::new(matrix.values, matrix.width, encoder.categories()).expect("numbers");
        Self { features, targets: table.targets.clone() }
    }

    fn like(&self, values: Vec<f32>, targets: Vec<f64>) -> Self {
        let features = Features::new(values, self.features.width(), self.features.categories().to_vec());
        Self { features: features.expect("numbers"), targets }
    }

    /// SMOGN with all bumps balanced, as the package smogn does by default.
    #[must_use]
    pub fn plan(&self) -> Plan {
        let relevance = Relevance::by_box_plot(&self.targets, 1.5).expect("targets");
        let phi: Vec<f64> = self.targets.iter().map(|&y| relevance.of(y)).collect();
        let config = ResampleConfig { under: true, ..ResampleConfig::default() };
        config.plan(&self.features, &self.targets, &phi, 0).expect("rare and frequent rows")
    }

    /// The rows that stay and those that are made.
    #[must_use]
    pub fn resampled(&self, plan: &Plan) -> Self {
        let kept = plan.kept.iter().flat_map(|&row| self.features.row(row).to_vec());
        let made = plan.made.iter().flat_map(|made| plan.make(&self.features, made));
        self.like(kept.chain(made).collect(), plan.targets(&self.targets))
    }

    /// What there is to say about the rows whose targets lie in a range.
    #[must_use]
    pub fn told(&self, (low, high): (f64, f64)) -> Told {
        let within = |row: &usize| (low..high).contains(&self.targets[*row]);
        let inside: Vec<usize> = (0..self.targets.len()).filter(within).collect();
        let mean = |of: &dyn Fn(usize) -> f64| inside.iter().map(|&row| of(row)).sum::<f64>() / inside.len() as f64;
        let middle = mean(&|row| self.targets[row]);
        let fifth = |row: usize| ((self.targets[row] - low) / (high - low) * 5.0) as usize;
        Told {
            rows: inside.len(),
            mean: middle,
            deviation: mean(&|row| (self.targets[row] - middle).powi(2)).sqrt(),
            fifths: std::array::from_fn(|k| mean(&|row| if fifth(row) == k { 1.0 } else { 0.0 })),
            numbers: (0..self.features.width()).map(|c| mean(&|row| f64::from(self.features.row(row)[c]))).collect(),
        }
    }
}

/// Ranges of the bumps' targets. They meet halfway, so that noise does not carry a row into another; the outer ones end a little beyond.
#[must_use]
pub fn ranges(plan: &Plan, targets: &[f64]) -> Vec<(f64, f64)> {
    let ends: Vec<[f64; 2]> =
        plan.bumps.iter().map(|bump| [bump.rows[0], bump.rows[bump.rows.len() - 1]].map(|row| targets[row])).collect();
    let (low, high) = (ends[0][0], ends[ends.len() - 1][1]);
    let mut borders: Vec<f64> = ends.windows(2).map(|pair| f64::midpoint(pair[0][1], pair[1][0])).collect();
    borders.insert(0, low - (high - low) / 100.0);
    borders.push(high + (high - low) / 100.0);
    borders.windows(2).map(|pair| (pair[0], pair[1])).collect()
}

/// What smogn 0.1.2 of PyPI makes of the same rows at the same settings (seed 0, numpy 1.26.4, pandas 1.5.3), as the bench `resample` prints
/// it. Both draw at random, so distributions are compared. Where smogn goes other ways than the paper, the original rows are the measure.
#[cfg(test)]
mod tests {
    use std::path::Path;

    use dir_data::diamonds::diamonds;
    use dir_data::tabular::{ReadOptions, read_csv};

    use super::*;

    fn assert_near(what: &str, found: &[f64], expected: &[f64], tolerance: f64) {
        let near = found.len() == expected.len() && found.iter().zip(expected).all(|(a, b)| (a - b).abs() <= tolerance);
        assert!(near, "{what}: found {found:.3?}, expected {expected:.3?} to {tolerance}");
    }

    #[test]
    fn dear_diamonds() {
        let table = diamonds().expect("whole");
        let rows = Rows::of(&table, &drawn(&table, 5000));
        let plan = rows.plan();
        let resampled = rows.resampled(&plan);
        let [cheap, dear] = ranges(&plan, &rows.targets)[..] else { panic!("found {} bumps", plan.bumps.len()) };

        // smogn has 2,496 dear ones, of the 2,500 that the paper's rule asks for.
        let found = resampled.told(dear);
        assert_eq!(found.rows, 2500);
        assert_near("fifths", &found.fifths, &[0.350, 0.278, 0.162, 0.136, 0.074], 0.03);
        assert_near("price", &[found.mean / 11_361.3, found.deviation / 3066.9], &[1.0, 1.0], 0.03);
        let numbers = [0, 21, 22, 23, 24, 25].map(|c| found.numbers[c]); // carat, depth, table, x, y, z
        assert_near("numbers", &numbers, &[1.620, 0.000, 0.125, 1.492, 1.496, 1.274], 0.03);
        // Levels stay as frequent as they were; of smogn's rows some have a tenth more.
        assert_near("levels", &found.numbers[1..21], &rows.told(dear).numbers[1..21], 0.03);

        // It keeps 1,647 cheap ones, we half of all rows, either drawn evenly.
        let found = resampled.told(cheap);
        assert_eq!(found.rows, 2500);
        assert_near("fifths", &found.fifths, &[0.438, 0.236, 0.148, 0.117, 0.061], 0.03);
    }

    /// Shells whose rings are counted: rare are those of 6 and fewer, and of 12 and more.
    #[test]
    fn old_and_young_abalone() {
        let Some(file) = std::env::var_os("DIR_ABALONE") else {
            eprintln!("skipped: DIR_ABALONE=FILE, abalone.data of the UCI repository, runs it");
            return;
        };
        let table = read_csv(Path::new(&file), &ReadOptions::default()).expect("a CSV");
        let rows = Rows::of(&table, &drawn(&table, table.rows()));
        let plan = rows.plan();
        let resampled = rows.resampled(&plan);
        assert_eq!(plan.bumps.iter().map(|bump| bump.rows.len()).collect::<Vec<_>>(), [448, 2769, 960]);
        for range in ranges(&plan, &rows.targets) {
            let (before, after) = (rows.told(range), resampled.told(range));
            assert_eq!(after.rows, 1392); // a third
            assert_near("fifths", &after.fifths, &before.fifths, 0.04);
            assert_near("numbers", &after.numbers, &before.numbers, 0.04);
        }
        // smogn's old shells, of which it has 1,385.
        let old = &resampled.told((11.5, 29.28)).numbers[3..];
        assert_near("old", old, &[0.530, 0.564, 0.617, 0.593, 0.394, 0.537, 0.760], 0.03);
    }
}
