//! `predict`: predictions for data without the target.

use std::path::{Path, PathBuf};

use burn::tensor::Device;
use dir_data::Part;
use dir_train::engine::predict;
use dir_train::{Source, device, files, output};

use crate::args::PredictArgs;
use crate::pipeline::Pipeline;
use crate::task::Task;

pub(crate) fn run<T: Task>(args: &PredictArgs<T>) -> anyhow::Result<()> {
    if let Some(out) = &args.out {
        keep_inputs(out, &T::new_paths(&args.data), &args.run)?;
    }
    let device = device::open(&args.compute.device)?;
    let pipeline = Pipeline::<T>::read(&args.run)?;
    let model = pipeline.best(&args.run, &device)?;
    if T::is_given(&args.data) {
        T::write_predictions(&pipeline, &model, &args.data, args.out.as_deref(), &device)
    } else {
        T::converse(&pipeline, &model)
    }
}

/// Files of a run that predictions must not take the place of.
const OF_A_RUN: [&str; 6] =
    ["config.toml", "pipeline.json", "data.json", "metrics.json", "predictions.csv", "log.jsonl"];

/// Refuses an output that is a file which is read, or one of the run's own.
fn keep_inputs(out: &Path, inputs: &[&Path], run: &Path) -> anyhow::Result<()> {
    let own = OF_A_RUN.map(|name| run.join(name));
    let mut taken = inputs.iter().copied().chain(own.iter().map(PathBuf::as_path));
    anyhow::ensure!(
        !taken.any(|path| path.is_file() && is_same_file(path, out)),
        "--out {}: found a file that is read, expected another one; choose another --out",
        out.display()
    );
    Ok(())
}

/// Whether two paths lead to one file, also by a link of either kind.
fn is_same_file(one: &Path, other: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let identity = |path: &Path| std::fs::metadata(path).map(|found| (found.dev(), found.ino()));
        if let (Ok(one), Ok(other)) = (identity(one), identity(other)) {
            return one == other;
        }
    }
    match (one.canonicalize(), other.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    }
}

/// One line per row: its name or number, and the prediction.
pub(crate) fn write_csv<T: Task>(
    pipeline: &Pipeline<T>,
    model: &T::Network,
    data: &T::NewData,
    out: Option<&Path>,
    device: &Device,
) -> anyhow::Result<()> {
    let source = T::new_source(pipeline, data, false)?;
    let predictions = predict(model, &source, Part::Test, &pipeline.readout, device)?;
    let broken = predictions.iter().filter(|prediction| !prediction.is_finite()).count();
    if let Some(first) = predictions.iter().position(|prediction| !prediction.is_finite()) {
        let row = source.row_ids(Part::Test)[first];
        anyhow::bail!(
            "found {broken} of {} predictions that are no finite number, the first for row {row}, expected none; look for values \
             far from those of the training rows",
            predictions.len()
        );
    }
    let named = (!predictions.is_empty()).then(|| source.row_name(Part::Test, 0)).flatten().is_some();
    let mut text = String::from(if named { "path,prediction\n" } else { "row,prediction\n" });
    for (position, (row, prediction)) in source.row_ids(Part::Test).iter().zip(predictions).enumerate() {
        text += &match source.row_name(Part::Test, position) {
            Some(name) => format!("{},{prediction}\n", files::csv_field(name)),
            None => format!("{row},{prediction}\n"),
        };
    }
    match out {
        Some(path) => files::write_atomic(path, text.as_bytes())?,
        None => output!("{text}")?,
    }
    Ok(())
}
