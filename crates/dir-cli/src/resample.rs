//! Re-sampling of the training rows, once, before training.

use dir_core::resample::{Features, Plan, ResampleConfig};
use dir_data::Part;
use dir_train::Source;

use crate::task::{Prepared, Task};

/// Which training rows stay and how new ones are made. Rows count the training part.
#[derive(Debug)]
pub struct Resampled {
    /// The rows as numbers, by which neighbours were found.
    pub features: Features,
    /// What becomes of them.
    pub plan: Plan,
    /// Their targets, before.
    pub targets: Vec<f64>,
}

impl Resampled {
    /// Plans for the training rows of a source; the same for the same seed.
    pub(crate) fn of<T: Task>(
        config: &ResampleConfig,
        prepared: &Prepared<T::Rows>,
        source: &T::Source,
        input: &T::Input,
        seed: u64,
    ) -> anyhow::Result<Self> {
        let targets = source.targets(Part::Train).of_rows().to_vec();
        anyhow::ensure!(
            prepared.pixels.is_none(),
            "found re-sampling for rows with a target per pixel, expected one per row"
        );
        anyhow::ensure!(
            T::BLENDS || !config.method.blends(),
            "found re-sampling that makes rows of several, expected one that leaves them as they are: over or under"
        );
        let features = match T::BLENDS {
            true => {
                let (values, width) = T::plain_numbers(source, Part::Train)?;
                Features::new(values, width, T::categories(input))
            }
            false => Features::new(vec![0.0; targets.len()], 1, Vec::new()), // targets alone decide
        };
        let features = features.map_err(dir_core::Error::from)?;
        let relevance = config.relevance(&targets, &prepared.bins)?;
        let plan = config.plan(&features, &targets, &relevance, seed).map_err(dir_core::Error::from)?;
        Ok(Self { features, plan, targets })
    }

    /// Something of every row that stays, then of those that new ones start from.
    #[must_use]
    pub fn of_rows<V: Clone>(&self, values: &[V]) -> Vec<V> {
        let seeds = self.plan.made.iter().map(|made| made.seed);
        self.plan.kept.iter().copied().chain(seeds).map(|row| values[row].clone()).collect()
    }

    /// Targets of the rows that stay, then of the new ones.
    #[must_use]
    pub fn new_targets(&self) -> Vec<f64> {
        self.plan.targets(&self.targets)
    }

    /// What happened, in a line.
    pub(crate) fn describe(&self) -> String {
        let (kept, made, before) = (self.plan.kept.len(), self.plan.made.len(), self.targets.len());
        let rare: usize = self.plan.bumps.iter().filter(|bump| bump.rare).map(|bump| bump.rows.len()).sum();
        format!("re-sampled: {kept} of {before} training rows kept ({rare} are rare), {made} made")
    }
}
