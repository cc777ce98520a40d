//! `eval`: metrics of a finished run, on its own test rows or on other data.

use dir_core::metric::Report;
use dir_data::Part;
use dir_train::engine::score;
use dir_train::evaluate::{Regions, read_metrics};
use dir_train::interrupt::Interrupt;
use dir_train::natural::{BinCounts, Natural};
use dir_train::scores::{Scores, Scoring};
use dir_train::{DataIdentity, Source, TrainError, device, output, status};

use super::{metrics_tables, unseen_table};
use crate::args::EvalArgs;
use crate::config::Config;
use crate::folds;
use crate::pipeline::Pipeline;
use crate::task::Task;

pub(crate) fn run<T: Task>(args: &EvalArgs<T>, interrupt: &Interrupt) -> anyhow::Result<()> {
    let device = device::open(&args.compute.device)?;
    let config = Config::<T>::read(&args.run.join("config.toml"))?;
    let pipeline = Pipeline::<T>::read(&args.run)?;
    let model = pipeline.best(&args.run, &device)?;
    let recipe = config.recipe();
    let own = !T::is_given(&args.data);
    // First: a run whose metrics are damaged is refused before anything is printed.
    let saved = own.then(|| read_metrics(&args.run)).transpose()?;
    // Other data are evaluated by the shots of the training targets alone: their inputs need not be read again.
    let known = if own { None } else { Some(DataIdentity::read(&args.run)?) };
    let (prepared, identity) = folds::read_identified::<T>(&config, known.as_ref())?;
    identity.verify(&args.run)?;
    let regions = Regions::new(pipeline.bins.clone(), &recipe, &prepared.tally(Part::Train))?;
    if own {
        prepared.warnings.iter().for_each(|warning| status!("warning: {warning}"));
    }
    let source = match own {
        true => T::source(&config, &prepared, &pipeline.input)?,
        false => T::new_source(&pipeline, &args.data, true)?,
    };
    let scoring = Scoring::new(&regions, &recipe, source.targets(Part::Test));
    let scores = score(&model, &source, Part::Test, &pipeline.readout, scoring, (&device, interrupt))?;
    // How other data are spread is not known: their errors are told as they are.
    let natural = match own {
        true => {
            let counts = BinCounts::new(&regions, &prepared.tally(Part::Val), &prepared.tally(Part::Test))?;
            Natural::of(&scores, &regions, &counts, recipe.bootstrap)?
        }
        false => None,
    };
    let Scores { report, unseen, .. } = scores;
    output!("{}", metrics_tables(&report, natural.as_ref()))?;
    output!("{}", unseen_table(unseen.as_ref()))?;
    let mae = |report: &Report| report.all.as_ref().map(|all| all.mae);
    if saved.is_some_and(|saved| mae(&saved.regions) != mae(&report)) {
        return Err(TrainError::File {
            path: args.run.join("metrics.json"),
            found: "other metrics than the model gives now".into(),
            expected: "the same; evaluate on the device that the run was trained on".into(),
        }
        .into());
    }
    Ok(())
}
