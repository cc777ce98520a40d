//! Failing file system calls: a run in which any one of them fails ends well or with an error that names the path, and a repeated
//! run comes to the numbers of a run without failures.
#![cfg(feature = "flex")]

use std::fs;
use std::ops::Range;
use std::path::Path;

use burn::tensor::Device;
use dir_core::bins::Bins;
use dir_core::fds::FdsConfig;
use dir_nn::{Mlp, MlpConfig};
use dir_tests::{MemorySource, Rows};
use dir_train::files::faults::{self, Fault};
use dir_train::interrupt::Interrupt;
use dir_train::recipe::{RetrainConfig, TrainConfig};
use dir_train::{Experiment, Recipe, RunFolder, TrainError, report, train};
use tempfile::TempDir;

const WIDTH: usize = 2;

/// Rows of two columns and their sum.
fn rows(ids: Range<usize>) -> Rows {
    let columns = |id: usize| vec![(id % 7) as f32, (id % 3) as f32];
    Rows::new(ids, columns, |id| columns(id).iter().map(|&x| f64::from(x)).sum())
}

fn network(seed: u64, device: &Device) -> Result<Mlp, TrainError> {
    let config = MlpConfig { hidden: vec![2], features: 2, dropout: 0.0 };
    config.init(WIDTH, seed, device).map_err(|error| TrainError::Model { reason: error.to_string() })
}

/// A run of two stages with checkpoints inside its epochs.
fn run(folder: &Path) -> Result<(), TrainError> {
    let recipe = Recipe {
        fds: Some(FdsConfig::default()),
        train: TrainConfig { epochs: 2, batch: 10, lr: 1e-2, checkpoint_steps: 2, ..TrainConfig::default() },
        retrain: Some(RetrainConfig { epochs: 1, ..RetrainConfig::default() }),
        ..Recipe::default()
    };
    let bins = Bins::uniform(0.0, 1.0, 9)?;
    let source = MemorySource([rows(0..30), rows(30..38), rows(38..46)]);
    let (run, device, interrupt) = (RunFolder::open(folder)?, Device::flex(), Interrupt::default());
    run.write_or_verify("config.toml", "method = \"fds+rrt\"\n")?;
    train(&Experiment::new(&recipe, &bins, &source, &network, &device, &run, &interrupt)).map(drop)
}

/// A folder for thousands of runs, in memory where the system has that: each of them flushes all that it writes.
fn place() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { TempDir::new_in(memory) } else { TempDir::new() }.expect("a temporary folder")
}

/// What must be equal, bit for bit.
fn results(folder: &Path) -> [Vec<u8>; 4] {
    ["metrics.json", "predictions.csv", "bins.csv", "feature_statistics.safetensors"]
        .map(|name| fs::read(folder.join(name)).expect("a finished run"))
}

/// One line that begins with a path of the run.
fn assert_names(folder: &Path, error: &TrainError) {
    let text = error.to_string();
    assert!(text.starts_with(&folder.display().to_string()) && !text.contains('\n'), "{text}");
}

/// Runs with a call that fails, then without; whether the first of them ended in an error.
fn fails_and_recovers(folder: &Path, n: usize, fault: Fault, expected: &[Vec<u8>; 4]) -> bool {
    let injection = faults::fail_nth(folder, n, fault);
    let first = run(folder);
    assert!(injection.calls() > n, "call {n} was never made");
    drop(injection);
    if let Err(error) = &first {
        assert_names(folder, error);
    }
    run(folder).unwrap_or_else(|error| panic!("after call {n}, {fault:?}: {error}"));
    assert!(results(folder) == *expected, "other results after call {n}, {fault:?}");
    first.is_err()
}

#[test]
fn a_run_recovers_from_any_call_that_fails_in_any_way() {
    let place = place();
    let whole = place.path().join("whole");
    let counted = faults::count(&whole);
    run(&whole).expect("nothing fails");
    let (calls, expected) = (counted.calls(), results(&whole));
    assert!(calls > 100, "{calls} calls");
    let mut errors = 0;
    for (n, fault) in (0..calls).flat_map(|n| Fault::EACH.map(|fault| (n, fault))) {
        let folder = place.path().join("run");
        errors += usize::from(fails_and_recovers(&folder, n, fault, &expected));
        fs::remove_dir_all(&folder).expect("removes");
    }
    // A flush of a folder that the file system refuses is no error; nearly all else is.
    assert!(errors > 3 * calls && errors < 4 * calls, "{errors} of {} runs failed", 4 * calls);
}

#[test]
fn a_resumed_run_recovers_from_any_call_that_fails() {
    let place = place();
    let whole = place.path().join("whole");
    let counted = faults::count(&whole);
    run(&whole).expect("nothing fails");
    let (calls, expected) = (counted.calls(), results(&whole));
    for n in 0.. {
        let folder = place.path().join("run");
        let stopped = faults::fail_nth(&folder, calls / 3, Fault::NoSpace);
        run(&folder).expect_err("stops in the first stage");
        drop(stopped);
        let resumed = faults::count(&folder);
        let injection = faults::fail_nth(&folder, n, Fault::EACH[n % 4]);
        let result = run(&folder);
        drop(injection);
        if resumed.calls() <= n {
            result.expect("nothing failed");
            assert!(n > 50, "{n} calls");
            return;
        }
        run(&folder).unwrap_or_else(|error| panic!("after call {n}: {error}"));
        assert!(results(&folder) == expected, "other results after call {n}");
        fs::remove_dir_all(&folder).expect("removes");
    }
}

#[test]
fn a_report_recovers_from_any_call_that_fails() {
    let place = place();
    let folder = place.path().join("run");
    run(&folder).expect("nothing fails");
    report::write(&folder).expect("nothing fails");
    let page = || fs::read(folder.join("report.html")).expect("a report");
    let whole = page();
    for n in 0.. {
        let injection = faults::fail_nth(&folder, n, Fault::EACH[n % 4]);
        let written = report::write(&folder);
        if injection.calls() <= n {
            written.expect("nothing failed");
            assert!(n > 50, "{n} calls");
            return;
        }
        drop(injection);
        if let Err(error) = written {
            assert_names(&folder, &error);
        }
        assert!(page() == whole, "the old page or the new one, which are the same");
        report::write(&folder).expect("nothing fails");
        assert!(page() == whole);
    }
}
