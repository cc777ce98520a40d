//! Scenarios: commands that are stopped and repeated, with the settings and the data they run on.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};

use super::plan::Moment;
use super::random::Random;

/// Verb of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `train`: one run in one process.
    Train,
    /// `compare`: several runs, each in a child process.
    Compare,
}

/// Data of a scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Data {
    /// A CSV of so many rows.
    Table(usize),
    /// What the program's `synth` writes with these flags.
    Synthetic(&'static [&'static str]),
}

/// A command whose result must not depend on how often it was stopped.
#[derive(Debug, Clone)]
pub(super) struct Scenario {
    pub(super) name: &'static str,
    pub(super) program: &'static str,
    pub(super) kind: Kind,
    pub(super) arguments: &'static [&'static str],
    /// Settings, as TOML.
    pub(super) settings: &'static str,
    pub(super) data: Data,
    /// Moments that its runs have.
    pub(super) moments: &'static [Moment],
    /// Whether checkpoints are damaged between two starts.
    pub(super) damages: bool,
}

const STEPS: &[Moment] =
    &[Moment::Writing, Moment::Saved, Moment::BestSaved, Moment::Validation, Moment::Event("epoch"), LAST];
const STATISTICS: &[Moment] = &[
    Moment::Writing,
    Moment::Saved,
    Moment::BestSaved,
    Moment::Event("statistics"),
    Moment::Event("statistics"),
    Moment::Event("epoch"),
    Moment::Event("device"),
    LAST,
    Moment::Event("done"),
];
const STAGES: &[Moment] = &[
    Moment::Writing,
    Moment::Saved,
    Moment::BestSaved,
    Moment::Event("statistics"),
    Moment::Validation,
    Moment::SecondStage,
    Moment::SecondStage,
    LAST,
];
const CELLS: &[Moment] = &[
    Moment::Saved,
    Moment::Event("device"),
    Moment::Event("statistics"),
    Moment::Event("first_stage"),
    Moment::Event("epoch"),
    Moment::SecondStage,
    LAST,
    Moment::CellFinished,
];
const LAST: Moment = Moment::Event("feature statistics");

const EVERY_STEP: &str = "\
[model]
hidden = [16]
features = 8
[train]
epochs = 6
batch = 256
checkpoint_steps = 1
";
const EPOCH_ENDS: &str = "\
[model]
hidden = [128, 128]
features = 64
[train]
epochs = 3
batch = 32
";
const FEW_STEPS: &str = "\
[model]
hidden = [32]
features = 24
[train]
epochs = 8
batch = 64
checkpoint_steps = 5
[retrain]
epochs = 5
";
const GRID: &str = "\
[model]
hidden = [16]
features = 8
[train]
epochs = 4
batch = 64
checkpoint_steps = 5
[retrain]
epochs = 3
";
const MODALITY: &str = "\
[train]
epochs = 3
batch = 8
checkpoint_steps = 2
";

/// Statistics in training mode move the running statistics of batch norms.
const TRAINING_MODE: &str = "\
[train]
epochs = 3
batch = 16
checkpoint_steps = 2
[fds]
train_mode_pass = true
";

/// All scenarios; the first ones are the quickest.
pub(super) fn all() -> Vec<Scenario> {
    let table = Scenario {
        name: "",
        program: "tabular-dir",
        kind: Kind::Train,
        arguments: &[],
        settings: FEW_STEPS,
        data: Data::Table(4000),
        moments: STEPS,
        damages: false,
    };
    let train = |name, arguments| Scenario { name, arguments, ..table.clone() };
    let compare = |name, arguments| Scenario {
        kind: Kind::Compare,
        settings: GRID,
        data: Data::Table(2000),
        moments: CELLS,
        ..train(name, arguments)
    };
    let modality = |name, program, arguments, data| Scenario {
        program,
        settings: MODALITY,
        data: Data::Synthetic(data),
        moments: STATISTICS,
        ..train(name, arguments)
    };
    vec![
        Scenario { settings: EVERY_STEP, ..train("training", &["--method", "sqinv+lds"]) },
        Scenario {
            settings: EPOCH_ENDS,
            data: Data::Table(8_000),
            ..train("epoch-ends", &["--method", "vanilla", "--threads", "1"])
        },
        Scenario { moments: STATISTICS, ..train("statistics", &["--method", "sqinv+lds+fds", "--threads", "1"]) },
        Scenario { moments: STAGES, ..train("second-stage", &["--method", "rrt+lds+fds"]) },
        train("re-sampling", &["--method", "smogn"]),
        train("classification", &["--method", "classify", "--threads", "1"]),
        Scenario { moments: STAGES, damages: true, ..train("damage", &["--method", "rrt+fds", "--threads", "1"]) },
        compare("grid", &["--methods", "vanilla,rrt,fds,smogn", "--seeds", "2", "--jobs", "2"]),
        compare("folds", &["--methods", "vanilla,sqinv+lds+fds", "--seeds", "1", "--folds", "3", "--jobs", "2"]),
        Scenario {
            settings: TRAINING_MODE,
            ..modality(
                "faces",
                "agedb-dir",
                &["--size", "tiny", "--img-size", "32", "--width", "2", "--method", "sqinv+lds+fds"],
                &["--rows", "300", "--img-size", "32"],
            )
        },
        modality(
            "sentences",
            "sts-b-dir",
            &["--size", "tiny", "--hidden", "8", "--method", "inv+fds"],
            &["--rows", "300", "--width", "8"],
        ),
        modality(
            "depth",
            "nyud2-dir",
            &["--size", "tiny", "--width", "4", "--short", "36", "--crop", "32x48", "--method", "fds"],
            &["--rows", "36", "--test-rows", "4", "--img-size", "64"],
        ),
        modality(
            "nights",
            "shhs-dir",
            &["--size", "tiny", "--width", "2", "--hidden", "4", "--rate", "8", "--windows", "3", "--method", "fds"],
            &["--rows", "60", "--minutes", "3"],
        ),
    ]
}

/// A scenario with its files written and its program found.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) scenario: Scenario,
    program: PathBuf,
    settings: PathBuf,
    data: PathBuf,
}

impl Scenario {
    /// Writes settings and data below the folder.
    pub(super) fn prepare(self, programs: &Path, folder: &Path) -> anyhow::Result<Prepared> {
        let program = programs.join(self.program);
        fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
        let settings = folder.join("settings.toml");
        fs::write(&settings, self.settings)?;
        let data = match self.data {
            Data::Table(rows) => write_table(&folder.join("table.csv"), rows)?,
            Data::Synthetic(flags) => synthesise(&program, flags, &folder.join("data"))?,
        };
        Ok(Prepared { scenario: self, program, settings, data })
    }
}

impl Prepared {
    /// The command that makes a run in the folder `out`, or goes on with it.
    pub(super) fn command(&self, out: &Path) -> Command {
        let mut command = Command::new(&self.program);
        command.arg(if self.scenario.kind == Kind::Train { "train" } else { "compare" });
        command.arg("--config").arg(&self.settings);
        match self.scenario.data {
            Data::Table(_) => command.arg("--csv").arg(&self.data).args(["--target", "price"]),
            Data::Synthetic(_) => command.arg("--data").arg(&self.data),
        };
        command.args(self.scenario.arguments).arg("--out").arg(out).stdin(Stdio::null());
        command
    }
}

/// A table whose target has a long tail: two columns of numbers, one of words.
fn write_table(path: &Path, rows: usize) -> anyhow::Result<PathBuf> {
    let mut random = Random::new(&[rows as u64]);
    let mut text = String::from("size,age,colour,price\n");
    for _ in 0..rows {
        let (size, age) = (random.unit(), random.unit());
        let colour = random.choose(&["red", "green", "blue"]);
        let price = 20.0 * size.powi(4) + 3.0 * age + if colour == "red" { 2.0 } else { 0.0 } + 0.5 * random.unit();
        writeln!(text, "{size:.4},{age:.4},{colour},{price:.4}")?;
    }
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(path.to_path_buf())
}

fn synthesise(program: &Path, flags: &[&str], out: &Path) -> anyhow::Result<PathBuf> {
    if !out.exists() {
        let output = Command::new(program).arg("synth").args(flags).arg("--out").arg(out).output();
        let output = output.with_context(|| format!("cannot start {}", program.display()))?;
        if !output.status.success() {
            bail!("{} synth failed: {}", program.display(), String::from_utf8_lossy(&output.stderr).trim());
        }
    }
    Ok(out.to_path_buf())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_every_kind_is_there() {
        let scenarios = all();
        let mut names: Vec<&str> = scenarios.iter().map(|scenario| scenario.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), scenarios.len());
        assert!(scenarios.iter().any(|s| s.damages) && scenarios.iter().any(|s| s.kind == Kind::Compare));
        for program in ["tabular-dir", "agedb-dir", "sts-b-dir", "nyud2-dir", "shhs-dir"] {
            assert!(scenarios.iter().any(|s| s.program == program), "{program}");
        }
    }
}
