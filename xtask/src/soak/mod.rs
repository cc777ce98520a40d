//! `cargo xtask soak`: crash-resume test of the built programs by random signals.
//!
//! A run is stopped several times and started again by the same command; its results must equal, bit for bit, those of one that was
//! never stopped. Scenarios, moments and signals are functions of the seed; what a program does at that moment is not.

mod attempt;
mod damage;
mod plan;
mod process;
mod random;
mod run_state;
mod scenario;
mod table;
mod verify;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use crate::check::build_programs;
use crate::target_folder;
use attempt::Reference;
use damage::Damaged;
use plan::Target;
use process::Signal;
use run_state::events;
use scenario::{Kind, Prepared, Scenario};
use table::{Counts, Table};
use verify::Promise;

/// Time that children of a killed command may take to save and end.
const ORPHANS_END: Duration = Duration::from_secs(15);
/// Time for a process that has ended to leave the process table.
const REAPED: Duration = Duration::from_millis(500);

/// What to run.
#[derive(Debug, Clone, PartialEq)]
struct Options {
    kills: usize,
    seed: u64,
    out: PathBuf,
    /// Names of scenarios, all if none.
    only: Vec<String>,
    /// Folder of programs that are built already.
    programs: Option<PathBuf>,
}

/// Runs the scenarios that the flags choose.
pub(crate) fn run(flags: &[&str]) -> anyhow::Result<()> {
    soak(&options(flags)?)
}

/// The fixed set of the gate: every kind of program state, every signal and a damaged file in under two minutes.
pub(crate) fn gate() -> anyhow::Result<()> {
    let only = ["statistics", "second-stage", "damage", "grid"].map(str::to_owned).to_vec();
    soak(&Options { kills: 24, seed: 1, out: target_folder().join("soak/gate"), only, programs: None })
}

fn options(flags: &[&str]) -> anyhow::Result<Options> {
    let mut options =
        Options { kills: 0, seed: 0, out: target_folder().join("soak"), only: Vec::new(), programs: None };
    let mut flags = flags.iter();
    while let Some(flag) = flags.next() {
        let mut value = || flags.next().with_context(|| format!("{flag} must be followed by a value"));
        match *flag {
            "--kills" => options.kills = value()?.parse().context("--kills must be a count")?,
            "--seed" => options.seed = value()?.parse().context("--seed must be a whole number")?,
            "--out" => options.out = std::path::absolute(value()?)?,
            "--only" => options.only.push((*value()?).to_owned()),
            "--programs" => options.programs = Some(std::path::absolute(value()?)?),
            other => {
                bail!("expected --kills N, --seed S, --out DIR, --only SCENARIO or --programs DIR, found {other:?}")
            }
        }
    }
    if options.kills == 0 {
        bail!("--kills must be at least 1, found none");
    }
    Ok(options)
}

fn soak(options: &Options) -> anyhow::Result<()> {
    if !cfg!(target_os = "linux") {
        bail!("soak must run on Linux, which shows processes and their children in /proc");
    }
    let programs = match &options.programs {
        Some(folder) => folder.clone(),
        None => {
            build_programs()?;
            target_folder().join("release")
        }
    };
    let mut lanes = Vec::new();
    for (number, scenario) in chosen(&options.only)? {
        lanes.push(Lane::prepare(number, scenario, &programs, &options.out)?);
    }
    let mut left = options.kills;
    // Scenarios that are seldom hit must not keep the soak from ending.
    for run in 0..options.kills + 2 {
        for lane in &mut lanes {
            if left > 0 {
                left -= lane.run(options.seed, run, left)?;
            }
        }
    }
    let counts: Vec<Counts> = lanes.iter().map(|lane| lane.counts.clone()).collect();
    let table = Table(&counts);
    println!("\nseed {}, {} signals\n\n{table}", options.seed, table.sum().kills());
    let found: Vec<&str> = lanes.iter().flat_map(|lane| &lane.findings).map(String::as_str).collect();
    if found.is_empty() && left == 0 {
        return Ok(());
    }
    if found.is_empty() {
        bail!("expected {} signals, found moments for {} only", options.kills, options.kills - left);
    }
    let path = options.out.join("differences.txt");
    fs::write(&path, found.join("\n"))?;
    bail!("{} runs differ, see {}", found.len(), path.display())
}

/// Scenarios by name, with their numbers.
fn chosen(only: &[String]) -> anyhow::Result<Vec<(usize, Scenario)>> {
    let all = scenario::all();
    let names: Vec<&str> = all.iter().map(|scenario| scenario.name).collect();
    if let Some(unknown) = only.iter().find(|name| !names.contains(&name.as_str())) {
        bail!("--only must be one of {}, found {unknown:?}", names.join(", "));
    }
    let is_chosen = |scenario: &Scenario| only.is_empty() || only.iter().any(|name| name == scenario.name);
    Ok(all.into_iter().enumerate().filter(|(_, scenario)| is_chosen(scenario)).collect())
}

/// A scenario at work.
struct Lane {
    number: usize,
    prepared: Prepared,
    folder: PathBuf,
    reference: Reference,
    counts: Counts,
    findings: Vec<String>,
}

impl Lane {
    /// Makes the undisturbed run.
    fn prepare(number: usize, scenario: Scenario, programs: &Path, out: &Path) -> anyhow::Result<Self> {
        let name = scenario.name;
        let folder = out.join(name);
        fs::remove_dir_all(&folder).ok(); // there may be none yet
        let prepared = scenario.prepare(programs, &folder)?;
        let path = folder.join("reference");
        let started = Instant::now();
        let output = prepared.command(&path).output().context("cannot start a program")?;
        let time = started.elapsed();
        if !output.status.success() {
            bail!("{name}: the undisturbed run failed: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        let cells = cells(&path)?;
        let epoch_ends = cells.iter().map(|cell| epoch_ends(&path.join(cell))).collect::<anyhow::Result<_>>()?;
        println!("{name}: undisturbed run of {:.1} s, {} log(s)", time.as_secs_f64(), cells.len());
        let reference = Reference { path, time, cells, epoch_ends };
        let counts = Counts { name, ..Counts::default() };
        Ok(Self { number, prepared, folder, reference, counts, findings: Vec::new() })
    }

    /// Makes one run, stopped at most `left` times; how often it was.
    fn run(&mut self, seed: u64, number: usize, left: usize) -> anyhow::Result<usize> {
        let started = Instant::now();
        let out = self.folder.join(format!("run-{number}"));
        let messages = self.folder.join(format!("run-{number}.messages"));
        fs::create_dir_all(&messages)?;
        let mut plan = plan::draw(&self.prepared.scenario, seed, self.number, number);
        plan.truncate(left);
        let mut run = Run { lane: self, out: &out, messages: &messages, history: Vec::new(), damaged: Vec::new() };
        let (wrong, sent) = run.follow(&plan)?;
        let (history, damaged) = (run.history.join("\n  "), run.damaged.len());
        self.counts.runs += 1;
        self.counts.damaged += damaged;
        self.counts.time += started.elapsed();
        if wrong.is_empty() {
            fs::remove_dir_all(&out)?;
            fs::remove_dir_all(&messages)?;
            return Ok(sent);
        }
        self.counts.differences += wrong.len();
        let mut text = String::new();
        writeln!(text, "{}, run {number} of seed {seed}, kept in {}", self.counts.name, out.display())?;
        writeln!(text, "  command: {:?}\n  {history}", self.prepared.command(&out))?;
        wrong.iter().try_for_each(|wrong| writeln!(text, "  DIFFERENCE {wrong}"))?;
        print!("{text}");
        self.findings.push(text);
        Ok(sent)
    }
}

/// Folders below a grid's that have a log, or the run's own.
fn cells(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let (mut found, mut open) = (Vec::new(), vec![PathBuf::new()]);
    while let Some(below) = open.pop() {
        if folder.join(&below).join("log.jsonl").is_file() {
            found.push(below.clone());
        }
        for entry in fs::read_dir(folder.join(&below))? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                open.push(below.join(entry.file_name()));
            }
        }
    }
    found.sort();
    Ok(found)
}

fn epoch_ends(run: &Path) -> anyhow::Result<Vec<u64>> {
    let events = events(&fs::read_to_string(run.join("log.jsonl"))?)?;
    Ok(events.iter().filter(|event| event["event"] == "epoch").filter_map(|event| event["updates"].as_u64()).collect())
}

/// One run of a scenario, from its first start to its end.
struct Run<'a> {
    lane: &'a mut Lane,
    out: &'a Path,
    messages: &'a Path,
    /// How each attempt ended.
    history: Vec<String>,
    damaged: Vec<Damaged>,
}

impl Run<'_> {
    /// Follows the plan, then lets the run end; what is wrong, and how many signals were sent.
    fn follow(&mut self, plan: &[plan::Stop]) -> anyhow::Result<(Vec<String>, usize)> {
        let (mut wrong, mut sent, mut promise) = (Vec::new(), 0, Promise::default());
        let mut said = String::new();
        for (k, stop) in plan.iter().map(Some).chain([None]).enumerate() {
            let messages = self.messages.join(format!("{k:02}.txt"));
            let ended = attempt::run(&self.lane.prepared, &self.lane.reference, self.out, stop, &messages)?;
            said.push_str(&ended.said);
            let signal = ended.sent.as_ref().map_or("left to end".to_owned(), |sent| sent.stop.to_string());
            self.history.push(format!("{k}: {signal}: {}", ended.status));
            wrong.extend(ended.hung.iter().cloned());
            let graceful = ended.sent.as_ref().is_some_and(|sent| verify::stopped_gracefully(sent, &ended));
            let killed = ended.sent.as_ref().is_some_and(|sent| sent.to_main) && !graceful;
            if !(killed && stop.is_some_and(|stop| stop.hurry)) {
                let orphans = attempt::orphans(self.out, if killed { ORPHANS_END } else { REAPED })?;
                wrong.extend((!orphans.is_empty()).then(|| format!("orphaned processes {orphans:?}")));
            }
            let now = attempt::states(self.out, &self.lane.reference.cells);
            wrong.extend(promise.broken(&self.lane.reference.cells, &now));
            let Some(signal) = &ended.sent else {
                if ended.status.success() {
                    break;
                }
                wrong.push(format!("failed without a signal: {}", ended.said.trim_end()));
                return Ok((wrong, sent));
            };
            sent += 1;
            self.lane.counts.add(signal.stop.signal);
            wrong.extend(verify::after_signal(self.lane.prepared.scenario.kind, signal, &ended, &now));
            if ended.status.success() && signal.to_main {
                break; // the signal came too late
            }
            self.lane.counts.resumes += 1;
            let child_saved = !signal.to_main && signal.stop.signal != Signal::Kill;
            // Children that lose their parent save as if they were asked to; while they do, nothing is known of them.
            let orphans_saved = killed && signal.stop.target == Target::Main && !signal.stop.hurry;
            let saved = graceful || child_saved || (self.lane.prepared.scenario.kind == Kind::Compare && orphans_saved);
            self.damage(signal.stop.damage)?;
            let standing = self.damaged.iter().filter(|damaged| damaged.stands());
            promise = promise.of([&signal.before, &now], saved, standing);
        }
        wrong.extend(verify::differences(&self.lane.reference, self.out, &self.damaged)?);
        wrong.extend(verify::damage_differences(self.out, &self.damaged, &said)?);
        Ok((wrong, sent))
    }

    fn damage(&mut self, damage: Option<damage::Damage>) -> anyhow::Result<()> {
        let finished = self.out.join("metrics.json").is_file();
        let Some(damage) = damage.filter(|_| !finished && self.lane.prepared.scenario.kind == Kind::Train) else {
            return Ok(());
        };
        if let Some(damaged) = damage.inflict(self.out, &self.damaged)? {
            self.history.push(format!("damaged {} ({damage:?})", damaged.path.display()));
            self.damaged.push(damaged);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_read_and_mistakes_named() {
        let options = options(&["--kills", "7", "--seed", "3", "--only", "grid", "--out", "/x"]).expect("valid");
        assert_eq!((options.kills, options.seed, options.only.len()), (7, 3, 1));
        assert_eq!(options.out, Path::new("/x"));
        for (flags, message) in [
            (vec![], "--kills must be at least 1, found none"),
            (vec!["--kills"], "--kills must be followed by a value"),
            (
                vec!["--kill", "3"],
                "expected --kills N, --seed S, --out DIR, --only SCENARIO or --programs DIR, found \"--kill\"",
            ),
        ] {
            assert_eq!(super::options(&flags).expect_err("a mistake").to_string(), message);
        }
        let unknown = chosen(&["grids".to_owned()]).expect_err("unknown").to_string();
        assert!(
            unknown.starts_with("--only must be one of training, ") && unknown.ends_with("found \"grids\""),
            "{unknown}"
        );
        assert_eq!(chosen(&["grid".to_owned()]).expect("known")[0].1.name, "grid");
    }
}
