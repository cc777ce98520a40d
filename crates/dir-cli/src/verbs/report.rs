//! `report`: the report of a run or a comparison, made anew from its files.

use dir_train::{outputln, report, status};

use crate::args::ReportArgs;

pub(crate) fn run(args: &ReportArgs) -> anyhow::Result<()> {
    let report = report::write(&args.folder)?;
    for path in report::missing_predictions(&args.folder)? {
        status!(
            "warning: {}: found no such file, expected that of a finished run; the report leaves out what it shows; restore it, or delete \
             metrics.json beside it and repeat the run's `train`, which evaluates it again",
            path.display()
        );
    }
    outputln!("report: {}", report.display())?;
    Ok(())
}
