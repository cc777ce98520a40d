//! Two-stage training that goes on from the first stage of another run.

use std::path::Path;

use dir_train::{DataIdentity, evaluate, files, run_folder};

use crate::config::{Config, ConfigError};
use crate::pipeline::Pipeline;
use crate::task::Task;

/// Settings, but for the method's name, of the run that would be the first stage of this one; `None` if this one has no second.
pub(crate) fn wanted<T: Task>(config: &Config<T>) -> Result<Option<String>, ConfigError> {
    config.retrain.is_some().then(|| of_one_stage(config)).transpose()
}

/// Settings, but for the method's name, of a run that may be the first stage of others; `None` if it has two itself.
pub(crate) fn offered<T: Task>(config: &Config<T>) -> Result<Option<String>, ConfigError> {
    config.retrain.is_none().then(|| of_one_stage(config)).transpose()
}

fn of_one_stage<T: Task>(config: &Config<T>) -> Result<String, ConfigError> {
    Config { method: String::new(), row: None, retrain: None, ..config.clone() }.to_toml()
}

/// Refuses a run that is not the first stage of this one: unfinished, or of other settings or data.
///
/// # Errors
/// What differs.
pub(crate) fn check<T: Task>(
    run: &Path,
    config: &Config<T>,
    pipeline: &Pipeline<T>,
    identity: &DataIdentity,
) -> anyhow::Result<()> {
    let wanted = wanted(config)?;
    anyhow::ensure!(wanted.is_some(), "found --first-stage and one stage, expected two; see [retrain]");
    anyhow::ensure!(
        evaluate::read_finished(run)?.is_some(),
        "{}: found no finished run, expected one whose settings are those of the first stage",
        run.display()
    );
    let path = run.join("config.toml");
    let text = String::from_utf8_lossy(&files::read(&path)?).into_owned();
    // As it was written: a default laid under it would bring back what it leaves out.
    let found: Config<T> = toml::from_str(&text).map_err(|error| crate::config::toml_error(&path, &text, &error))?;
    let offered = offered(&found)?.unwrap_or_default();
    let differs = wanted.filter(|wanted| *wanted != offered).map(|wanted| run_folder::difference(&offered, &wanted));
    anyhow::ensure!(
        differs.is_none(),
        "{}: found other settings ({}), expected those of the first stage",
        path.display(),
        differs.unwrap_or_default()
    );
    identity.verify(run)?;
    pipeline.verify(run)?;
    Ok(())
}
