//! Reports: one self-contained HTML page per run, comparison or audit, made from the folder's files alone.

mod axis;
mod baselines;
mod charts;
mod compare;
mod decimals;
mod features;
mod figures;
mod files;
mod groups;
mod natural;
mod over_target;
mod page;
mod paired;
mod remarks;
mod reversals;
mod run;
mod svg;
mod table;
#[cfg(test)]
mod testing;
mod text_table;

use std::path::{Path, PathBuf};

use dir_core::shot::ShotRule;

use crate::compare::Comparison;
use crate::error::TrainError;

pub use baselines::baselines_table;
pub(crate) use files::bin_counts;
pub use files::{BinRow, PredictionRow, bins, predictions};
pub use groups::{ByGroup, GroupError};
pub use natural::natural_table;
pub use paired::{Difference, Differences, MethodDifference};
pub use remarks::{comparison_remarks, run_remarks};
pub use table::ComparisonTable;
pub use text_table::TextTable;

/// Name of the page in a folder.
pub(crate) const FILE: &str = "report.html";
/// Folder of the figures, beside the report.
pub(crate) const PLOTS: &str = "plots";

/// Writes `report.html` of a run, or of a comparison, whichever the folder holds, and its plots as SVG files. A run
/// that goes on has a report too: it says which parts are still missing.
///
/// # Errors
/// A folder that holds neither; a file that is not what it should be, by name and line.
pub fn write(folder: &Path) -> Result<PathBuf, TrainError> {
    if folder.join("compare.json").is_file() {
        let comparison = compare::read(folder)?;
        let differences = Differences::of(folder, &comparison)?;
        return write_comparison(folder, &comparison, differences.as_ref(), ByGroup::of(folder, &comparison)?.as_ref());
    }
    if ["metrics.json", "log.jsonl"].iter().any(|name| folder.join(name).is_file()) {
        return run::write(folder);
    }
    Err(TrainError::File {
        path: folder.to_path_buf(),
        found: "neither metrics.json nor log.jsonl nor compare.json".into(),
        expected: "the folder of a run or comparison".into(),
    })
}

/// Files of predictions that finished runs of a folder lack: what a report leaves out for it.
///
/// # Errors
/// A file that can't be read.
pub fn missing_predictions(folder: &Path) -> Result<Vec<PathBuf>, TrainError> {
    let runs = match folder.join("compare.json").is_file() {
        true => finished_runs(folder, &compare::read(folder)?),
        false if folder.join("metrics.json").is_file() => vec![folder.to_path_buf()],
        false => Vec::new(),
    };
    Ok(without_predictions(runs))
}

/// Folders of a comparison's runs that have metrics.
fn finished_runs(folder: &Path, comparison: &Comparison) -> Vec<PathBuf> {
    let runs = comparison.methods.iter().flat_map(|method| &method.runs);
    runs.filter(|run| run.regions.is_some()).map(|run| folder.join(&run.folder)).collect()
}

fn without_predictions(runs: Vec<PathBuf>) -> Vec<PathBuf> {
    runs.into_iter().map(|run| run.join("predictions.csv")).filter(|path| !path.is_file()).collect()
}

/// Writes the tables and `report.html` of a comparison, with differences that are known already.
///
/// # Errors
/// [`TrainError::Io`]; a file of a run that is malformed.
pub fn write_comparison(
    folder: &Path,
    comparison: &Comparison,
    differences: Option<&Differences>,
    by_group: Option<&ByGroup>,
) -> Result<PathBuf, TrainError> {
    compare::write(folder, comparison, differences, by_group)
}

/// What an audit has to say.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditPage {
    /// Heading.
    pub title: String,
    /// Label and value.
    pub facts: Vec<(String, String)>,
    /// What to do.
    pub advice: Vec<String>,
    /// Bins with their rows, density and shot.
    pub bins: Vec<BinRow>,
    /// What makes bins many, medium and few shot.
    pub shots: ShotRule,
    /// Name of a weighting, and weight and rows of every bin.
    pub schemes: Vec<(String, Vec<(f64, u64)>)>,
}

/// Writes `report.html` of an audit.
///
/// # Errors
/// [`TrainError::Io`].
pub fn write_audit(folder: &Path, audit: &AuditPage) -> Result<PathBuf, TrainError> {
    let mut page = page::Page::new(&audit.title);
    page.table(&[], &audit.facts.iter().map(|(label, value)| vec![label.clone(), value.clone()]).collect::<Vec<_>>());
    page.heading("Advice");
    page.list(&audit.advice);
    page.heading("Over the target");
    over_target::density(&mut page, "target", &audit.bins, Some(&audit.shots));
    page.heading("Weights");
    page.figure(
        "weights",
        &charts::concentration(&audit.schemes),
        "How much of all weight lies on the heaviest rows. The further a curve bends up and left of the dashed line, \
         the fewer rows training leans on.",
    );
    page.write(folder)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::testing::{assert_whole, bins, write_comparison, write_run};
    use super::*;

    fn audit() -> AuditPage {
        AuditPage {
            title: "Audit of <a & b>".into(),
            facts: vec![("rows".into(), "30".into())],
            advice: vec!["use wider bins".into()],
            bins: bins(&[20, 9, 0, 1]),
            shots: ShotRule::default(),
            schemes: vec![("inverse".into(), vec![(0.2, 20), (1.0, 9), (0.0, 0), (9.0, 1)])],
        }
    }

    #[test]
    fn every_report_is_whole() {
        // DIR_REPORT_PREVIEW=FOLDER keeps the reports for a look.
        let temporary = tempfile::tempdir().expect("a temporary folder");
        let kept = std::env::var_os("DIR_REPORT_PREVIEW").map(PathBuf::from);
        let folder = kept.unwrap_or_else(|| temporary.path().to_path_buf());
        write_run(&folder.join("run"), 0, 0.0, 4000, true);
        write_comparison(&folder.join("compare"), 7, 3);
        for name in ["run", "compare"] {
            assert_whole(&write(&folder.join(name)).expect("writes"));
        }
        assert_whole(&write_audit(&folder.join("audit"), &audit()).expect("writes"));
    }

    #[test]
    fn the_page_of_a_large_grid_stays_small() {
        let temporary = tempfile::tempdir().expect("a temporary folder");
        let kept = std::env::var_os("DIR_REPORT_PREVIEW").map(|folder| PathBuf::from(folder).join("grid"));
        let folder = kept.unwrap_or_else(|| temporary.path().to_path_buf());
        write_comparison(&folder, 18, 3);
        let page = write(&folder).expect("writes");
        assert_whole(&page);
        let text = fs::read_to_string(page).expect("reads");
        assert!(text.len() < 3_000_000, "{} bytes", text.len());
        for part in [
            "anchor: price",
            "Vanilla: feature mean",
            "FDS: feature variance",
            "14 others",
            "mean L1 distance",
            "few below 20",
        ] {
            assert!(text.contains(part), "{part}");
        }
    }

    #[test]
    fn differences_say_what_they_are_over_wherever_they_stand() {
        let folder = tempfile::tempdir().expect("a folder");
        write_comparison(folder.path(), 5, 3);
        let page = fs::read_to_string(write(folder.path()).expect("writes")).expect("reads");
        let markdown = fs::read_to_string(folder.path().join("compare.md")).expect("reads");
        // A run of the fifth method failed.
        let over = "95 % interval over seeds and test rows; of FDS over two seeds and test rows: two seeds are too few";
        for text in [&page, &markdown] {
            assert!(text.contains(over) && text.contains("not adjusted for the 4 comparisons"), "{text}");
        }
        let csv = fs::read_to_string(folder.path().join("differences.csv")).expect("reads");
        assert!(csv.starts_with("method,error,region,mean,low,high,p,p_holm,covers\nINV,mae,all,"), "{csv}");
        assert!(csv.contains(",runs_and_rows\n") && csv.contains(",few_runs\n"), "{csv}");
        write_comparison(folder.path(), 2, 1);
        let page = fs::read_to_string(write(folder.path()).expect("writes")).expect("reads");
        assert!(page.contains("over test rows only: one seed, so differences between seeds are not in it"), "{page}");
    }

    #[test]
    fn a_run_that_goes_on_has_a_report() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        write_run(folder.path(), 0, 0.0, 300, false);
        for missing in ["predictions.csv", "metrics.json", "bins.csv", "config.toml"] {
            fs::remove_file(folder.path().join(missing)).expect("was there");
            let path = write(folder.path()).expect("writes");
            assert_whole(&path);
            let text = fs::read_to_string(path).expect("reads");
            assert!(missing == "config.toml" || text.contains(&format!("no {missing}")), "{missing}");
        }
        fs::remove_file(folder.path().join("log.jsonl")).expect("was there");
        assert!(write(folder.path()).expect_err("nothing left").to_string().contains("neither metrics.json"));
    }

    #[test]
    fn a_finished_run_without_predictions_is_named() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        write_run(folder.path(), 0, 0.0, 300, false);
        assert_eq!(missing_predictions(folder.path()).expect("reads"), Vec::<PathBuf>::new());
        let path = folder.path().join("predictions.csv");
        fs::remove_file(&path).expect("was there");
        assert_eq!(missing_predictions(folder.path()).expect("reads"), [path]);
        let page = fs::read_to_string(write(folder.path()).expect("writes")).expect("reads");
        assert!(page.contains("the run is finished, but there is no predictions.csv in its folder"));
        // Of a run that goes on nothing is missing.
        fs::remove_file(folder.path().join("metrics.json")).expect("was there");
        assert_eq!(missing_predictions(folder.path()).expect("reads"), Vec::<PathBuf>::new());
    }

    #[test]
    fn few_bins_and_rows_are_enough() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for (counts, rows) in [(vec![5], 1), (vec![3, 0], 2), (vec![], 0)] {
            let mut audit = audit();
            audit.bins = bins(&counts);
            audit.schemes.clear();
            assert_whole(&write_audit(folder.path(), &audit).expect("writes"));
            write_run(folder.path(), 0, 0.0, rows, false);
            assert_whole(&write(folder.path()).expect("writes"));
        }
    }

    #[test]
    fn a_bin_that_bins_csv_lacks_is_an_error() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        write_run(folder.path(), 0, 0.0, 20, false);
        let text = "row,target,prediction,bin,shot\n0,1.0,1.0,0,many\n1,1.0,1.0,999,many\n";
        fs::write(folder.path().join("predictions.csv"), text).expect("writes");
        let bad = write(folder.path()).expect_err("no such bin").to_string();
        assert!(bad.contains("predictions.csv: found bin 999 on line 3"), "{bad}");
    }
}
