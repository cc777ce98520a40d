//! A grid of runs, each in a process of its own: resumable, spread over the cores, failures kept and reported.

use std::ffi::OsString;
use std::fs::File;
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use dir_core::metric::Report;
use serde::{Deserialize, Serialize};

use crate::error::TrainError;
use crate::evaluate;
use crate::files::{self, io};
use crate::interrupt::Interrupt;
use crate::progress::{Progress, Verbosity};
use crate::run_folder::RunFolder;
use crate::select::Metric;

/// One run of a grid.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// Name of the method, also of its folder.
    pub method: String,
    /// Name in tables.
    pub title: String,
    /// Seed.
    pub seed: u64,
    /// Fold of a cross-validation.
    pub fold: Option<usize>,
    /// Arguments that make this program train the run, without the folder.
    pub arguments: Vec<OsString>,
}

impl Cell {
    /// Folder below that of the grid.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        let run = Path::new(&self.method).join(format!("seed-{}", self.seed));
        self.fold.map_or_else(|| run.clone(), |fold| run.join(fold_folder(fold)))
    }

    /// Its name in messages.
    fn name(&self) -> String {
        let fold = self.fold.map_or(String::new(), |fold| format!(" fold {fold}"));
        format!("{} seed {}{fold}", self.title, self.seed)
    }
}

/// Folder of a fold below that of its run.
pub(crate) fn fold_folder(fold: usize) -> String {
    format!("fold-{fold}")
}

/// `compare.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Data set.
    pub dataset: String,
    /// Name of the target.
    pub target: String,
    /// Seeds, the same for all methods.
    pub seeds: Vec<u64>,
    /// Folds of a cross-validation, whose test rows a run has all together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folds: Option<usize>,
    /// Metrics of its tables; the first is that of its plots and differences.
    #[serde(default = "usual_metrics")]
    pub metrics: Vec<Metric>,
    /// Methods in the order asked for.
    pub methods: Vec<MethodRuns>,
}

impl Comparison {
    /// The metric of plots and differences.
    #[must_use]
    pub fn first_metric(&self) -> Metric {
        self.metrics.first().copied().unwrap_or(Metric::Mae)
    }
}

/// MAE and GM by shot, and balanced MAE.
fn usual_metrics() -> Vec<Metric> {
    USUAL_METRICS.to_vec()
}

/// The metrics of the paper's age tables, and the balanced MAE.
pub const USUAL_METRICS: [Metric; 3] = [Metric::Mae, Metric::Gm, Metric::Bmae];

/// The runs of one method.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MethodRuns {
    /// Name.
    pub method: String,
    /// Name in tables.
    pub title: String,
    /// Its runs, by seed.
    pub runs: Vec<Run>,
}

/// One run: what came out, or why nothing did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Seed.
    pub seed: u64,
    /// Folder below that of the grid.
    pub folder: PathBuf,
    /// Metrics of the test rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regions: Option<Report>,
    /// Metric of the validation rows at the epoch that was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation: Option<f64>,
    /// Why there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
}

/// Flag that makes a child end when its parent is gone.
pub const CHILD_FLAG: &str = "--end-with-parent";

/// Makes all runs that are not finished, `jobs` at a time, each with its share of the cores. A run that fails is kept with its
/// message; the others go on.
///
/// # Errors
/// [`TrainError::Interrupted`] after Ctrl-C; a folder that can't be written.
pub fn run_grid(
    folder: &Path,
    cells: &[Cell],
    jobs: usize,
    interrupt: &Interrupt,
    verbosity: Verbosity,
) -> Result<Vec<Run>, TrainError> {
    let progress = Progress::new(verbosity);
    progress.epoch("runs".into(), cells.len(), 0);
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get() / jobs.max(1)).max(1);
    let mut waiting: Vec<&Cell> = Vec::new();
    for cell in cells {
        if RunFolder::is_finished(&folder.join(cell.folder())) {
            progress.step_done(&format!("{}: finished before", cell.name()));
        } else {
            waiting.push(cell);
        }
    }
    waiting.reverse();
    let mut running: Vec<(&Cell, Job)> = Vec::new();
    let mut failed: Vec<(PathBuf, String)> = Vec::new();
    while !(waiting.is_empty() && running.is_empty()) {
        if interrupt.is_raised() {
            // Ctrl-C reaches the children too, which save and stop.
            running.iter_mut().for_each(|(_, job)| job.wait());
            progress.finish();
            return Err(TrainError::Interrupted);
        }
        while running.len() < jobs.max(1) {
            let Some(cell) = waiting.pop() else { break };
            running.push((cell, Job::start(folder, cell, threads)?));
        }
        let mut going_on = Vec::new();
        for (cell, mut job) in running {
            match job.poll()? {
                None => going_on.push((cell, job)),
                Some(Ok(())) => progress.step_done(&format!("{}: done", cell.name())),
                Some(Err(message)) => {
                    progress.step_done(&format!("{}: failed: {message}", cell.name()));
                    failed.push((cell.folder(), message));
                }
            }
        }
        running = going_on;
        std::thread::sleep(Duration::from_millis(20));
    }
    progress.finish();
    Ok(cells.iter().map(|cell| outcome(folder, cell, &failed)).collect())
}

fn outcome(folder: &Path, cell: &Cell, failed: &[(PathBuf, String)]) -> Run {
    let path = cell.folder();
    let none = Run { seed: cell.seed, folder: path.clone(), regions: None, validation: None, failed: None };
    if let Some((_, message)) = failed.iter().find(|(f, _)| *f == path) {
        return Run { failed: Some(message.clone()), ..none };
    }
    match evaluate::read_metrics(&folder.join(&path)) {
        Ok(metrics) => Run { regions: Some(metrics.regions), validation: Some(metrics.best.at.value), ..none },
        Err(error) => Run { failed: Some(error.to_string()), ..none },
    }
}

/// Groups the runs of a grid by method, in the order of the cells.
#[must_use]
pub fn by_method(cells: &[Cell], runs: Vec<Run>) -> Vec<MethodRuns> {
    let mut methods: Vec<MethodRuns> = Vec::new();
    for (cell, run) in cells.iter().zip(runs) {
        match methods.iter_mut().find(|m| m.method == cell.method) {
            Some(method) => method.runs.push(run),
            None => {
                methods.push(MethodRuns { method: cell.method.clone(), title: cell.title.clone(), runs: vec![run] });
            }
        }
    }
    methods
}

/// Writes `compare.json`.
///
/// # Errors
/// [`TrainError::Io`].
pub fn write(folder: &Path, comparison: &Comparison) -> Result<(), TrainError> {
    let text = serde_json::to_string_pretty(comparison).unwrap_or_default();
    files::write_atomic(&folder.join("compare.json"), format!("{text}\n").as_bytes())
}

/// A run in a process of its own. Its messages go to `messages.txt` in the run's folder.
struct Job {
    child: Child,
    messages: File,
}

impl Job {
    fn start(folder: &Path, cell: &Cell, threads: usize) -> Result<Self, TrainError> {
        let run = folder.join(cell.folder());
        files::create_folder(&run)?;
        let path = run.join("messages.txt");
        let create = || File::options().create(true).truncate(true).read(true).write(true).open(&path);
        let messages = create().map_err(io(&path, "create the file"))?;
        let stderr = messages.try_clone().map_err(io(&path, "open the file again"))?;
        let program = std::env::current_exe().map_err(io(Path::new("this program"), "find itself"))?;
        let child = Command::new(&program)
            .args(&cell.arguments)
            .arg("--out")
            .arg(&run)
            .arg(CHILD_FLAG)
            .env("RAYON_NUM_THREADS", threads.to_string())
            .stdin(Stdio::piped()) // closes when this process ends
            .stdout(Stdio::null())
            .stderr(stderr)
            .spawn()
            .map_err(io(&program, "start a run"))?;
        Ok(Self { child, messages })
    }

    /// `None` while running, then whether it went well, or its last message.
    fn poll(&mut self) -> Result<Option<Result<(), String>>, TrainError> {
        let status = self.child.try_wait().map_err(io(Path::new("a run"), "wait for it"))?;
        Ok(status.map(|status| if status.success() { Ok(()) } else { Err(self.last_message(&status.to_string())) }))
    }

    fn last_message(&mut self, status: &str) -> String {
        let mut text = String::new();
        let read = self.messages.rewind().and_then(|()| self.messages.read_to_string(&mut text));
        let last = text.lines().rev().find(|line| !line.trim().is_empty());
        match (read, last) {
            (Ok(_), Some(line)) => line.trim_start_matches("error: ").to_owned(),
            _ => status.to_owned(),
        }
    }

    fn wait(&mut self) {
        self.child.wait().ok(); // it is going anyway
    }
}
