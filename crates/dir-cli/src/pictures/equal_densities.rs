//! `equal-densities`: two data sets of one label density, for the paper's figure 2.

use std::path::{Path, PathBuf};

use clap::Args;
use dir_data::equal_densities::{Source, TARGET, write_sets};
use dir_train::{files, outputln};

use crate::config::{ConfigError, absolute, utf8};

/// Flags of `equal-densities`.
#[derive(Debug, Args)]
pub struct EqualDensitiesArgs {
    /// Folder of CIFAR-100's binary files (train.bin, test.bin).
    #[arg(
        long,
        alias = "cifar_100",
        value_name = "DIR",
        conflicts_with = "fashion_mnist",
        required_unless_present = "fashion_mnist"
    )]
    pub cifar_100: Option<PathBuf>,
    /// Folder of Fashion-MNIST's IDX files.
    #[arg(long, alias = "fashion_mnist", value_name = "DIR")]
    pub fashion_mnist: Option<PathBuf>,
    /// Folder to make.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Number of training pictures of each set.
    #[arg(long, default_value_t = 6000, value_parser = clap::value_parser!(u32).range(300..=200_000))]
    pub rows: u32,
    /// Seed of everything drawn.
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
}

/// Writes both sets, and for each the settings that train on it.
///
/// # Errors
/// Pictures that can't be read; a folder that can't be written.
pub fn equal_densities(args: &EqualDensitiesArgs, program: &str) -> anyhow::Result<()> {
    let source = match (&args.cifar_100, &args.fashion_mnist) {
        (Some(folder), _) => Source::cifar_100(folder)?,
        (None, Some(folder)) => Source::fashion_mnist(folder)?,
        (None, None) => anyhow::bail!("found no pictures, expected --cifar-100 or --fashion-mnist"),
    };
    let out = absolute(&args.out)?;
    utf8(&out)?;
    let rows = write_sets(&args.out, &source, args.rows as usize, args.seed)?;
    for (name, more) in [("categories", CATEGORIES), ("turns", "")] {
        let path = args.out.join(format!("{name}.toml"));
        files::write_atomic(&path, settings(&out, name, more)?.as_bytes())?;
        outputln!("{program} train --size tiny --config {}", path.display())?;
    }
    outputln!("{}: two sets of {rows} pictures, with as many of every label", args.out.display())?;
    Ok(())
}

/// A classifier says a class, not a mean of classes.
const CATEGORIES: &str = "\nmethod = \"classify\"\nclassify = { prediction = \"most_likely\" }\n";

/// A picture that is mirrored is turned the other way, and another pair.
fn settings(out: &Path, name: &str, more: &str) -> Result<String, ConfigError> {
    let text = |path: &Path| utf8(path).map(|path| toml::Value::from(path).to_string());
    let (folder, csv) = (text(out)?, text(&out.join(format!("{name}.csv")))?);
    Ok(format!("{more}\n[data]\nfolder = {folder}\ncsv = {csv}\ntarget = {TARGET:?}\naugment = {{ flip = false }}\n"))
}
