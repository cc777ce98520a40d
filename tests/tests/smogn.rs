//! What SMOGN makes of real tables beside what smogn 0.1.2 of PyPI makes of the same rows at the same settings (seed 0, with numpy 1.26.4 and
//! pandas 1.5.3): `cargo bench -p dir-bench --bench resample` writes the rows, runs it and prints these numbers.
//!
//! Both draw at random, so distributions are compared: shares of targets in the fifths of a bump's range to 0.03, means of columns
//! to 0.03 of their deviation. Where smogn goes other ways than the paper, the original rows are the measure.

use std::path::Path;

use dir_core::random::Stream;
use dir_core::relevance::Relevance;
use dir_core::resample::{Features, Plan, ResampleConfig};
use dir_data::diamonds::diamonds;
use dir_data::tabular::{Encoder, ReadOptions, Table, read_csv};

/// Rows in a range of targets: how many, in which fifth of it, and their numbers in deviations of the original ones.
struct Told {
    rows: usize,
    fifths: [f64; 5],
    means: Vec<f64>,
}

struct Rows {
    features: Features,
    targets: Vec<f64>,
}

impl Rows {
    fn new(table: &Table, rows: &[usize]) -> Self {
        let encoder = Encoder::fit(table, rows);
        let matrix = encoder.encode(table).expect("its own table");
        let values = rows.iter().flat_map(|&row| matrix.values[row * matrix.width..][..matrix.width].to_vec()).collect();
        let features = Features::new(values, matrix.width, encoder.categories()).expect("numbers");
        Self { features, targets: rows.iter().map(|&row| table.targets[row]).collect() }
    }

    fn plan(&self) -> Plan {
        let relevance = Relevance::by_box_plot(&self.targets, 1.5).expect("targets");
        let phi: Vec<f64> = self.targets.iter().map(|&y| relevance.of(y)).collect();
        let config = ResampleConfig { under: true, ..ResampleConfig::default() };
        config.plan(&self.features, &self.targets, &phi, 0).expect("rare and frequent rows")
    }

    fn resampled(&self, plan: &Plan) -> Self {
        let kept = plan.kept.iter().flat_map(|&row| self.features.row(row).to_vec());
        let made = plan.made.iter().flat_map(|made| plan.make(&self.features, made));
        let (width, categories) = (self.features.width(), self.features.categories().to_vec());
        let features = Features::new(kept.chain(made).collect(), width, categories).expect("numbers");
        Self { features, targets: plan.targets(&self.targets) }
    }

    fn told(&self, (low, high): (f64, f64)) -> Told {
        let inside: Vec<usize> = (0..self.targets.len()).filter(|&row| (low..high).contains(&self.targets[row])).collect();
        let n = inside.len() as f64;
        let mut fifths = [0.0; 5];
        inside.iter().for_each(|&row| fifths[((self.targets[row] - low) / (high - low) * 5.0) as usize] += 1.0 / n);
        let mean = |c: usize| inside.iter().map(|&row| f64::from(self.features.row(row)[c])).sum::<f64>() / n;
        Told { rows: inside.len(), fifths, means: (0..self.features.width()).map(mean).collect() }
    }
}

fn assert_near(what: &str, found: &[f64], expected: &[f64], tolerance: f64) {
    let near = found.len() == expected.len() && found.iter().zip(expected).all(|(a, b)| (a - b).abs() <= tolerance);
    assert!(near, "{what}: found {found:.3?}, expected {expected:.3?} to {tolerance}");
}

#[test]
fn dear_diamonds() {
    let table = diamonds().expect("whole");
    let mut drawn: Vec<usize> = (0..table.rows()).collect();
    Stream::new(&[0]).shuffle(&mut drawn);
    let rows = Rows::new(&table, &drawn[..5000]);
    let plan = rows.plan();
    let resampled = rows.resampled(&plan);

    // Dear ones: smogn has 2,496 rows where the paper's goal is 2,500.
    let dear = resampled.told((7106.5, 18_981.55));
    assert_eq!(dear.rows, 2500);
    assert_near("dear, fifths", &dear.fifths, &[0.350, 0.278, 0.162, 0.136, 0.074], 0.03);
    let numbers = [0, 21, 22, 23, 24, 25].map(|c| dear.means[c]); // carat, depth, table, x, y, z
    assert_near("dear, numbers", &numbers, &[1.620, 0.000, 0.125, 1.492, 1.496, 1.274], 0.03);

    // Cheap ones: smogn keeps 1,647 of them, we 2,500, both drawn evenly.
    let cheap = resampled.told((157.45, 7106.5));
    assert_eq!(cheap.rows, 2500);
    assert_near("cheap, fifths", &cheap.fifths, &[0.438, 0.236, 0.148, 0.117, 0.061], 0.03);

    // Levels stay as frequent as they were; in smogn's dear rows some are up to a tenth more so.
    let before = rows.told((7106.5, 18_981.55)).means;
    assert_near("dear, levels", &dear.means[1..21], &before[1..21], 0.03);
}

/// 4,177 shells whose rings are counted: rare are those of 6 and fewer, and of 12 and more.
#[test]
fn old_and_young_abalone() {
    let Some(file) = std::env::var_os("DIR_ABALONE") else {
        eprintln!("skipped: DIR_ABALONE=FILE, abalone.data of the UCI repository, runs it");
        return;
    };
    let table = read_csv(Path::new(&file), &ReadOptions::default()).expect("a CSV");
    let rows = Rows::new(&table, &(0..table.rows()).collect::<Vec<_>>());
    let plan = rows.plan();
    let resampled = rows.resampled(&plan);
    assert_eq!(plan.bumps.iter().map(|bump| bump.rows.len()).collect::<Vec<_>>(), [448, 2769, 960]);
    for range in [(0.72, 6.5), (6.5, 11.5), (11.5, 29.28)] {
        let (before, after) = (rows.told(range), resampled.told(range));
        assert_eq!(after.rows, 1392); // a third
        assert_near("fifths", &after.fifths, &before.fifths, 0.04);
        assert_near("means", &after.means, &before.means, 0.04);
    }
    // smogn's old shells, of which it has 1,385.
    let numbers = &resampled.told((11.5, 29.28)).means[3..];
    assert_near("old", numbers, &[0.530, 0.564, 0.617, 0.593, 0.394, 0.537, 0.760], 0.03);
}
