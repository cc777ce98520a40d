//! `report`: the report of a run or a comparison, made anew from its files.

use dir_train::report;

use crate::args::ReportArgs;

pub(crate) fn run(args: &ReportArgs) -> anyhow::Result<()> {
    println!("report: {}", report::write(&args.folder)?.display());
    Ok(())
}
