//! `eval`: metrics of a finished run, on its own test rows or on another CSV.

use dir_data::Part;
use dir_data::tabular::read_csv;
use dir_train::engine::predict;
use dir_train::evaluate::{Regions, read_metrics};
use dir_train::{Source, TrainError};

use super::{metrics_table, set_up};
use crate::args::EvalArgs;
use crate::config::Config;
use crate::data::{Prepared, TabularSource};
use crate::pipeline::Pipeline;

pub(crate) fn run(args: &EvalArgs) -> anyhow::Result<()> {
    let device = set_up(&args.compute)?;
    let config = Config::read(&args.run.join("config.toml"))?;
    let pipeline = Pipeline::read(&args.run)?;
    let model = pipeline.best(&args.run, &device)?;
    let prepared = Prepared::new(&config)?;
    let recipe = config.recipe();
    let own = TabularSource::new(&prepared, &pipeline.encoder)?;
    let regions = Regions::new(pipeline.bins.clone(), &recipe, own.targets(Part::Train))?;
    let source = match &args.csv {
        None => own,
        Some(path) => {
            let mut options = pipeline.read.clone();
            options.target = Some(pipeline.target.clone());
            let table = read_csv(path, &options)?;
            let unseen = pipeline.encoder.unseen_levels(&table);
            if unseen > 0 {
                eprintln!("note: {unseen} rows have a category that training did not know; it counts as none");
            }
            TabularSource::all_test(&table, &pipeline.encoder)?
        }
    };
    let predictions = predict(&model, &source, Part::Test, &pipeline.scale, &device)?;
    let report = regions.report(source.targets(Part::Test), &predictions, &recipe)?;
    print!("{}", metrics_table(&report));
    if args.csv.is_none() && read_metrics(&args.run)?.regions.all.map(|m| m.mae) != report.all.as_ref().map(|m| m.mae) {
        return Err(TrainError::File {
            path: args.run.join("metrics.json"),
            found: "other metrics than the model gives now".into(),
            expected: "the same; the data have changed since training, or the device differs".into(),
        }
        .into());
    }
    Ok(())
}
