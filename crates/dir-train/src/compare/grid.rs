//! A grid of runs, each in a process of its own: resumable, spread over the cores, failures kept and reported.
//!
//! A run that goes on from the first stage of another waits for it. If that one fails, so has the one that waits.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Run;
use super::job::Job;
use crate::error::TrainError;
use crate::evaluate;
use crate::interrupt::Interrupt;
use crate::progress::{Progress, Verbosity};
use crate::report;

/// Pause between two looks at the children.
const PAUSE: Duration = Duration::from_millis(20);

/// One run of a grid.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// Name of the method, also of its folder.
    pub method: String,
    /// Name in tables.
    pub title: String,
    /// What the method shares with those that it is compared with, where that is not with all.
    pub group: Option<String>,
    /// Seed.
    pub seed: u64,
    /// Fold of a cross-validation.
    pub fold: Option<usize>,
    /// Whether tables show it; one that is not serves others.
    pub shown: bool,
    /// Folder, below that of the grid, of the run that must be finished before.
    pub after: Option<PathBuf>,
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

/// How a grid is spread over a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Workers {
    /// Runs at the same time.
    pub jobs: usize,
    /// Threads of each.
    pub threads: usize,
}

impl Workers {
    /// So many jobs, no more than there are cells, that share the cores. The same for a grid that goes on as for one that starts,
    /// so that threads are the same too.
    #[must_use]
    pub fn new(jobs: usize, cells: usize, cores: usize) -> Self {
        let jobs = jobs.clamp(1, cells.max(1));
        Self { jobs, threads: (cores / jobs).max(1) }
    }
}

/// Where a cell stands.
enum State {
    Waiting,
    Running(Job),
    Done,
    Failed(String),
}

/// Makes all runs that are not finished, some at a time, each with its share of the cores. A run that fails is kept with its
/// message; the others go on.
///
/// # Errors
/// [`TrainError::Interrupted`] after Ctrl-C; a folder that can't be written.
pub fn run_grid(
    folder: &Path,
    cells: &[Cell],
    workers: Workers,
    interrupt: &Interrupt,
    verbosity: Verbosity,
) -> Result<Vec<Run>, TrainError> {
    let progress = Progress::new(verbosity);
    progress.epoch("runs".into(), cells.len(), 0);
    let _deferred = interrupt.defer();
    let mut states: Vec<State> = Vec::with_capacity(cells.len());
    for cell in cells {
        let run = folder.join(cell.folder());
        // The report is written behind the metrics: a run that was killed in between still lacks it.
        let finished = evaluate::read_finished(&run)?.is_some() && run.join(report::FILE).exists();
        if finished {
            progress.step_done(&format!("{}: finished before", cell.name()));
        }
        states.push(if finished { State::Done } else { State::Waiting });
    }
    while states.iter().any(|state| matches!(state, State::Waiting | State::Running(_))) {
        if interrupt.is_raised() {
            stop_all(states, &progress)?;
            progress.finish();
            return Err(TrainError::Interrupted);
        }
        while states.iter().filter(|state| matches!(state, State::Running(_))).count() < workers.jobs {
            let Some(next) = ready(cells, &states) else { break };
            states[next] = State::Running(Job::start(folder, &cells[next], workers.threads)?);
        }
        for (k, cell) in cells.iter().enumerate() {
            let ended = match &mut states[k] {
                State::Running(job) => job.poll()?,
                State::Waiting => failed_before(cell, cells, &states).map(Err),
                State::Done | State::Failed(_) => None,
            };
            if let Some(ended) = ended {
                progress.step_done(&match &ended {
                    Ok(()) => format!("{}: done", cell.name()),
                    Err(message) => format!("{}: failed: {message}", cell.name()),
                });
                states[k] = ended.map_or_else(State::Failed, |()| State::Done);
            }
        }
        std::thread::sleep(PAUSE);
    }
    progress.finish();
    Ok(cells.iter().zip(states).map(|(cell, state)| outcome(folder, cell, state)).collect())
}

/// Asks the running children to save and waits until they have ended. SIGTERM reaches this process alone, so they must be asked.
fn stop_all(states: Vec<State>, progress: &Progress) -> Result<(), TrainError> {
    let running = |state| if let State::Running(job) = state { Some(job) } else { None };
    let mut jobs: Vec<Job> = states.into_iter().filter_map(running).collect();
    progress.line(&format!("stopping: {} runs save within one step; a second signal ends them at once", jobs.len()));
    jobs.iter_mut().for_each(Job::request_stop);
    for job in &mut jobs {
        while job.poll()?.is_none() {
            std::thread::sleep(PAUSE);
        }
    }
    Ok(())
}

/// State of the cell that another goes on from.
fn before<'a>(cell: &Cell, cells: &'a [Cell], states: &'a [State]) -> Option<(&'a Cell, &'a State)> {
    let folder = cell.after.as_ref()?;
    cells.iter().zip(states).find(|(other, _)| other.folder() == *folder)
}

/// The first waiting cell whose turn it is.
fn ready(cells: &[Cell], states: &[State]) -> Option<usize> {
    let free = |cell: &Cell| before(cell, cells, states).is_none_or(|(_, state)| matches!(state, State::Done));
    (0..cells.len()).find(|&k| matches!(states[k], State::Waiting) && free(&cells[k]))
}

/// Why a cell can't go on from the one that it waits for, if that one has failed.
fn failed_before(cell: &Cell, cells: &[Cell], states: &[State]) -> Option<String> {
    match before(cell, cells, states)? {
        (other, State::Failed(message)) => Some(format!("its first stage, {}, failed: {message}", other.name())),
        _ => None,
    }
}

fn outcome(folder: &Path, cell: &Cell, state: State) -> Run {
    let path = cell.folder();
    let none = Run { seed: cell.seed, folder: path.clone(), ..Run::default() };
    if let State::Failed(message) = state {
        return Run { failed: Some(message), ..none };
    }
    match evaluate::read_metrics(&folder.join(&path)) {
        Ok(metrics) => Run {
            regions: Some(metrics.regions),
            unseen: metrics.unseen,
            natural: metrics.natural,
            validation: Some(metrics.best.at.value),
            ..none
        },
        Err(error) => Run { failed: Some(error.to_string()), ..none },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(method: &str, after: Option<&str>) -> Cell {
        Cell {
            method: method.into(),
            title: method.to_uppercase(),
            group: None,
            seed: 0,
            fold: None,
            shown: true,
            after: after.map(|method| Path::new(method).join("seed-0")),
            arguments: Vec::new(),
        }
    }

    #[test]
    fn a_cell_waits_for_the_one_it_needs() {
        let cells = [cell("rrt", Some("vanilla")), cell("inv", None), cell("vanilla", None)];
        let mut states = vec![State::Waiting, State::Waiting, State::Waiting];
        assert_eq!(ready(&cells, &states), Some(1));
        states[1] = State::Done;
        assert_eq!(ready(&cells, &states), Some(2));
        states[2] = State::Failed("oops".into());
        assert_eq!(ready(&cells, &states), None);
        let why = failed_before(&cells[0], &cells, &states);
        assert_eq!(why.as_deref(), Some("its first stage, VANILLA seed 0, failed: oops"));
        states[2] = State::Done;
        assert_eq!((ready(&cells, &states), failed_before(&cells[0], &cells, &states)), (Some(0), None));
    }

    #[test]
    fn cores_are_shared_and_never_more_than_there_are() {
        let share = |jobs, cells, cores| {
            let Workers { jobs, threads } = Workers::new(jobs, cells, cores);
            (jobs, threads)
        };
        assert_eq!([share(4, 20, 16), share(16, 2, 16), share(3, 9, 16)], [(4, 4), (2, 8), (3, 5)]);
        assert_eq!([share(0, 5, 2), share(8, 9, 2), share(1, 0, 2)], [(1, 2), (8, 1), (1, 2)]);
    }
}
