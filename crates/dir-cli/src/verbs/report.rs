//! `report`: the report of a run or a comparison, made anew from its files.

use dir_train::{outputln, report};

use crate::args::ReportArgs;

pub(crate) fn run(args: &ReportArgs) -> anyhow::Result<()> {
    outputln!("report: {}", report::write(&args.folder)?.display())?;
    Ok(())
}
