//! `predict`: predictions for a CSV without the target.

use std::io::Write;

use dir_data::Part;
use dir_data::tabular::read_csv_without_target;
use dir_train::engine::predict;
use dir_train::{Source, files};

use super::set_up;
use crate::args::PredictArgs;
use crate::data::TabularSource;
use crate::pipeline::Pipeline;

pub(crate) fn run(args: &PredictArgs) -> anyhow::Result<()> {
    let device = set_up(&args.compute)?;
    let pipeline = Pipeline::read(&args.run)?;
    let model = pipeline.best(&args.run, &device)?;
    let mut options = pipeline.read.clone();
    options.target = None;
    options.types.remove(&pipeline.target);
    let table = read_csv_without_target(&args.csv, &pipeline.target, &options)?;
    let unseen = pipeline.encoder.unseen_levels(&table);
    if unseen > 0 {
        eprintln!("note: {unseen} rows have a category that training did not know; it counts as none");
    }
    let source = TabularSource::all_test(&table, &pipeline.encoder)?;
    let predictions = predict(&model, &source, Part::Test, &pipeline.scale, &device)?;
    let mut text = String::from("row,prediction\n");
    for (row, prediction) in source.row_ids(Part::Test).iter().zip(predictions) {
        text += &format!("{row},{prediction}\n");
    }
    match &args.out {
        Some(path) => files::write_atomic(path, text.as_bytes())?,
        None => std::io::stdout().write_all(text.as_bytes())?,
    }
    Ok(())
}
