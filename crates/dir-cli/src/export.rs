//! `export`: the network of a finished run for PyTorch, a verb of the programs whose networks PyTorch knows.

use std::path::PathBuf;

use clap::Args;
use dir_nn::weights::{Names, to_safetensors};
use dir_train::readout::Readout;
use dir_train::{files, outputln};

use crate::pipeline::Pipeline;
use crate::task::Task;

/// Flags of `export`.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// Folder of a finished run.
    #[arg(long, value_name = "DIR")]
    pub run: PathBuf,
    /// The file to write.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
}

/// Writes the network of a finished run, with the names that it has in PyTorch, and says who takes it.
///
/// # Errors
/// A run without a network; a file that can't be written.
pub fn export<T: Task, N: Names>(args: &ExportArgs, taken_by: &str) -> anyhow::Result<()> {
    let device = dir_train::device::open("auto")?;
    let pipeline = Pipeline::<T>::read(&args.run)?;
    files::write_atomic(&args.out, &to_safetensors::<_, N>(&pipeline.best(&args.run, &device)?)?)?;
    let target = match &pipeline.readout {
        Readout::Value(scale) => {
            let within = scale.bounds().map(|(low, high)| format!(", but at least {low} and at most {high}"));
            format!("the target is output * {} + {}{}", scale.deviation(), scale.mean(), within.unwrap_or_default())
        }
        Readout::Classes(classes) => format!("outputs are logits of {} bins, see pipeline.json", classes.len()),
    };
    outputln!("{}: {taken_by}; {target}", args.out.display())?;
    Ok(())
}
