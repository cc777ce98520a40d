//! Densities of the target that the settings ask for: which training and which test rows stay.

use std::collections::BTreeSet;
use std::path::Path;

use dir_data::Part;
use dir_data::density::{DensityConfig, DensityError, DensityKind, read_steps};

use crate::config::Config;
use crate::task::{Prepared, Task};

/// What densities make of the rows.
#[derive(Debug, Default)]
pub(crate) struct Thinned {
    /// Positions of the rows that go.
    pub(crate) left_out: BTreeSet<usize>,
    /// What became of the training rows, in words.
    pub(crate) train: Option<String>,
    /// What became of the test rows, in words.
    pub(crate) test: Option<String>,
}

impl Thinned {
    /// Training rows that stay.
    pub(crate) fn train_rows<R>(&self, prepared: &Prepared<R>) -> usize {
        rows_of(prepared, Part::Train).filter(|row| !self.left_out.contains(row)).count()
    }
}

/// Training rows spread as `[train_density]` says, then test rows as `[test_density]` does. Validation rows stay as they are.
///
/// # Errors
/// Rows with a target per pixel; a density that makes no sense or leaves no row.
pub(crate) fn thin<T: Task>(config: &Config<T>, prepared: &Prepared<T::Rows>) -> anyhow::Result<Thinned> {
    let mut thinned = Thinned::default();
    let (train, test) = (config.train_density.as_ref(), config.test_density.as_ref());
    if train.is_none() && test.is_none() {
        return Ok(thinned);
    }
    anyhow::ensure!(
        prepared.pixels.is_none(),
        "found a density for rows with a target per pixel, expected one target per row; leave the density out"
    );
    anyhow::ensure!(
        train.is_none_or(|density| density.kind != DensityKind::Train),
        "found train_density.kind = \"train\", expected balanced, peaks or steps"
    );
    let bins = prepared.bins.assign(&prepared.targets).map_err(dir_core::Error::from)?;
    let mut counts = vec![0; prepared.bins.len()];
    let (kept, words) = keep(prepared, &bins, Part::Train, train, &[])?;
    kept.iter().for_each(|&row| counts[bins[row]] += 1);
    let left = |part, kept: BTreeSet<usize>| rows_of(prepared, part).filter(move |row| !kept.contains(row));
    thinned.left_out.extend(left(Part::Train, kept));
    thinned.train = words;
    let (kept, words) = keep(prepared, &bins, Part::Test, test, &counts)?;
    thinned.left_out.extend(left(Part::Test, kept));
    thinned.test = words;
    Ok(thinned)
}

/// Rows of a part that stay, and how that came about where a density decides.
fn keep<R>(
    prepared: &Prepared<R>,
    bins: &[usize],
    part: Part,
    density: Option<&DensityConfig>,
    train: &[u64],
) -> Result<(BTreeSet<usize>, Option<String>), DensityError> {
    let rows: Vec<usize> = rows_of(prepared, part).collect();
    let Some(density) = density else { return Ok((rows.into_iter().collect(), None)) };
    let of_row: Vec<usize> = rows.iter().map(|&row| bins[row]).collect();
    let kept: BTreeSet<usize> = density.keep(&prepared.bins, &of_row, train)?.into_iter().map(|k| rows[k]).collect();
    let part = if part == Part::Train { "training" } else { "test" };
    let words =
        format!("{} of {} {part} rows, drawn by seed {} {}", kept.len(), rows.len(), density.seed, words(density));
    Ok((kept, Some(words)))
}

/// All rows of a part, whether or not they were left out before.
fn rows_of<R>(prepared: &Prepared<R>, part: Part) -> impl Iterator<Item = usize> {
    prepared.parts.iter().enumerate().filter(move |(_, of)| **of == part).map(|(row, _)| row)
}

/// What they are drawn to be like.
fn words(density: &DensityConfig) -> String {
    match (density.kind, density.peaks.len(), density.steps.len()) {
        (DensityKind::Balanced, _, _) => "to be as many of every bin".into(),
        (DensityKind::Train, _, _) => "to be spread like the training rows".into(),
        (DensityKind::Peaks, 1, _) => "to make one skewed Gaussian".into(),
        (DensityKind::Peaks, peaks, _) => format!("to make a mixture of {peaks} skewed Gaussians"),
        (DensityKind::Steps, _, steps) => format!("to have the shares of {steps} ranges"),
    }
}

/// The density that `--test-density` names: `balanced`, `train`, or a file.
///
/// # Errors
/// A file that is no density.
pub(crate) fn of_flag(flag: &str) -> Result<DensityConfig, DensityError> {
    let kind = |kind| DensityConfig { kind, ..DensityConfig::default() };
    Ok(match flag {
        "balanced" => kind(DensityKind::Balanced),
        "train" => kind(DensityKind::Train),
        path => DensityConfig { steps: read_steps(Path::new(path))?, ..kind(DensityKind::Steps) },
    })
}

#[cfg(test)]
mod tests {
    use dir_core::bins::Bins;
    use dir_core::tally::Tally;

    use super::*;
    use crate::stub::Stub;

    /// Bins 0, 1 and 2 have 60, 30 and 10 training rows and 10 test rows each.
    fn prepared() -> Prepared<()> {
        let rows = |part, counts: [usize; 3]| {
            let of_bin = |bin: usize| vec![(bin as f64, part); counts[bin]];
            (0..3).flat_map(of_bin).collect::<Vec<_>>()
        };
        let all =
            [rows(Part::Train, [60, 30, 10]), rows(Part::Val, [1, 1, 1]), rows(Part::Test, [10, 10, 10])].concat();
        let (targets, parts): (Vec<f64>, Vec<Part>) = all.into_iter().unzip();
        Prepared {
            rows: (),
            source: "x".into(),
            content: "x".into(),
            target: "y".into(),
            row_ids: (0..targets.len()).collect(),
            targets,
            pixels: None,
            parts,
            groups: None,
            bins: Bins::uniform(0.0, 1.0, 3).expect("bins"),
            left_out: BTreeSet::new(),
            notes: Vec::new(),
            warnings: Vec::new(),
        }
    }

    fn config(train: Option<&str>, test: Option<&str>) -> Config<Stub> {
        let [train_density, test_density] =
            [train, test].map(|flag| flag.map(|flag| of_flag(flag).expect("a density")));
        Config { train_density, test_density, ..Config::default() }
    }

    fn counts(prepared: &Prepared<()>, thinned: &Thinned, part: Part) -> [usize; 3] {
        let stays = |row: &usize| !thinned.left_out.contains(row);
        [0.0, 1.0, 2.0].map(|y| rows_of(prepared, part).filter(stays).filter(|&row| prepared.targets[row] == y).count())
    }

    #[test]
    fn test_rows_follow_the_training_rows_as_they_are_then() {
        let rows = prepared();
        let thin = |train, test| thin(&config(train, test), &rows).expect("a density");
        let like_train = thin(None, Some("train"));
        // Shares 0.6, 0.3, 0.1 of 18 rows: the first bin wants 10.8, and 0.8 miss, less than a twentieth; of 19 it would be 1.4.
        assert_eq!(counts(&rows, &like_train, Part::Test), [10, 5, 2]);
        assert_eq!(counts(&rows, &like_train, Part::Train), [60, 30, 10]);
        let words = like_train.test.expect("words");
        assert_eq!(words, "17 of 30 test rows, drawn by seed 0 to be spread like the training rows");
        let both = thin(Some("balanced"), Some("train"));
        assert_eq!(counts(&rows, &both, Part::Train), [12, 12, 10]); // a third of 35 each
        assert_eq!(both.train_rows(&rows), 34);
        assert_eq!(counts(&rows, &both, Part::Test).iter().min(), Some(&9));
        assert!(thin(None, None).left_out.is_empty());
    }

    #[test]
    fn what_has_no_density_is_refused() {
        let refused = |config, rows: &Prepared<()>| thin(&config, rows).expect_err("no density").to_string();
        let pixels = Prepared { pixels: Some([(); 3].map(|()| Tally::default())), ..prepared() };
        assert!(refused(config(None, Some("balanced")), &pixels).contains("a target per pixel"));
        assert!(refused(config(Some("train"), None), &prepared()).contains("train_density.kind"));
        assert!(of_flag("none.csv").map(drop).expect_err("no file").to_string().contains("none.csv"));
    }
}
