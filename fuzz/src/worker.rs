//! Worker process: runs mutations of one target; a panic is a finding, a crash ends only this process.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use dir_data::budget::Budget;
use dir_data::catch_panic::catch_panic;
use serde::{Deserialize, Serialize};

use crate::behaviour::{Behaviours, fault_class};
use crate::mutate::Mutator;
use crate::target::{Outcome, Scratch, Target};
use crate::{corpus, memory};

/// Exit code of a worker whose execution took too long.
pub(crate) const HANG: i32 = 102;
/// Seconds of computing, and of waiting, that an execution may take. Waiting is longer: other programs may hold the processor.
const HANG_BUSY: f64 = 10.0;
const HANG_WAITING: u64 = 180;
/// Stack of the thread that runs targets: that of a worker thread in a data loader.
const STACK: usize = 2 << 20;

/// What a worker does.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    /// Runs the committed inputs as they are instead of mutations.
    pub(crate) replay: bool,
    pub(crate) seed: u64,
    /// First execution: those before it are done.
    pub(crate) first: u64,
    pub(crate) executions: u64,
    pub(crate) until: Option<Duration>,
    /// Scratch folder of this worker.
    pub(crate) scratch: PathBuf,
    /// Where kept inputs and findings go.
    pub(crate) out: PathBuf,
}

/// What a worker found.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Tally {
    /// Executions so far, those of earlier workers included.
    pub(crate) executions: u64,
    /// Most bytes in use above the start.
    pub(crate) peak: usize,
    /// Slowest execution in milliseconds.
    pub(crate) slowest: u64,
    /// Panics that the code under test caught itself.
    pub(crate) contained: u64,
    /// Inputs kept for their new behaviour.
    pub(crate) kept: u64,
    /// Findings: kind, place and file.
    pub(crate) findings: Vec<Finding>,
}

/// A fault that an input shows.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Finding {
    /// panic, memory, hang or crash.
    pub(crate) kind: String,
    /// Source line and message, or what the system said.
    pub(crate) place: String,
    /// The input.
    pub(crate) file: PathBuf,
}

static PANICS: AtomicU64 = AtomicU64::new(0);
static LAST_PANIC: Mutex<String> = Mutex::new(String::new());
/// Milliseconds since the start at which the execution in progress began, plus 1; 0 between executions.
static BEGAN: AtomicU64 = AtomicU64::new(0);

/// Runs the job in a thread of its own and returns what it found.
pub(crate) fn run(target: &'static Target, job: Job) -> anyhow::Result<Tally> {
    record_panics();
    let start = Instant::now();
    std::thread::spawn(move || watch(start));
    let work = move || campaign(target, &job, start);
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(work)?;
    thread.join().map_err(|_| anyhow::anyhow!("the fuzzer itself panicked: {}", last_panic()))?
}

/// Runs one input; the finding if it panics. A crash ends the process.
pub(crate) fn run_one(target: &'static Target, bytes: Vec<u8>, scratch: PathBuf) -> anyhow::Result<Option<String>> {
    record_panics();
    let start = Instant::now();
    std::thread::spawn(move || watch(start));
    let work = move || execute(target, &bytes, &Scratch::new(&scratch), start);
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(work)?;
    let done = thread.join().map_err(|_| anyhow::anyhow!("the fuzzer itself panicked: {}", last_panic()))?;
    match done {
        Ok(outcome) => {
            match outcome {
                Ok(size) => println!("read, size {size}"),
                Err(error) => println!("refused: {error:#}"),
            }
            Ok(None)
        }
        Err(place) => Ok(Some(place)),
    }
}

fn campaign(target: &'static Target, job: &Job, start: Instant) -> anyhow::Result<Tally> {
    let scratch = Scratch::new(&job.scratch.join("files"));
    fs::create_dir_all(scratch.folder())?;
    let mut current = File::create(job.scratch.join("current"))?;
    let queue = job.out.join(target.name).join("queue");
    let committed = corpus::committed(target)?;
    let small = |(path, _): &&(PathBuf, Vec<u8>)| !corpus::is_huge(path);
    let mut pool: Vec<Vec<u8>> = committed.iter().filter(small).map(|(_, bytes)| bytes.clone()).collect();
    if !job.replay {
        pool.extend(corpus::files(&queue)?.into_values());
        pool.retain(|bytes| bytes.len() <= target.largest);
    }

    let (mut behaviours, mut places) = (Behaviours::default(), HashSet::new());
    let mut tally = Tally::default();
    let base = memory::in_use();
    let key = target.name.bytes().fold(job.seed, |key, byte| key.wrapping_mul(31).wrapping_add(u64::from(byte)));
    for number in job.first..job.executions {
        if job.until.is_some_and(|until| start.elapsed() >= until) {
            break;
        }
        let replayed = committed.get(number as usize).filter(|_| job.replay);
        let bytes = match replayed {
            Some((_, bytes)) => bytes.clone(),
            None => Mutator::new(&[key, number], target.dictionary, target.text, target.largest).mutate(&pool),
        };
        remember(&mut current, number, &bytes)?;

        let (began, requested, panics) = (Instant::now(), memory::requested(), PANICS.load(Ordering::Relaxed));
        let done = execute(target, &bytes, &scratch, start);
        tally.slowest = tally.slowest.max(began.elapsed().as_millis() as u64);
        let requested = memory::requested() - requested;
        let panicked = PANICS.load(Ordering::Relaxed) > panics;
        match done {
            Ok(outcome) => {
                tally.contained += u64::from(panicked);
                if let (Some((file, _)), Err(error)) = (replayed, &outcome)
                    && file.ancestors().nth(2).is_some_and(|kind| kind.ends_with(corpus::SEEDS))
                {
                    let place = format!("a valid seed is refused: {error:#}");
                    tally.findings.push(Finding { kind: "refused".into(), place, file: file.clone() });
                }
                if job.replay {
                    // Only mutations look for new behaviour.
                } else if behaviours.is_new(&outcome, requested) {
                    corpus::store(&queue, "kept", &bytes)?;
                    pool.push(bytes);
                    tally.kept += 1;
                }
            }
            Err(place) if places.insert(fault_class(&place)) => {
                let file = corpus::store(&job.out.join(target.name).join("findings"), "panic", &bytes)?;
                tally.findings.push(Finding { kind: "panic".into(), place, file });
            }
            Err(_) => {}
        }
        tally.executions = number + 1;
        if (number + 1).is_multiple_of(64) {
            tally.peak = memory::peak().saturating_sub(base);
            save(&tally, &job.scratch)?;
        }
    }
    tally.peak = memory::peak().saturating_sub(base);
    save(&tally, &job.scratch)?;
    Ok(tally)
}

/// Where a worker's tally is while it runs, so that it survives a crash.
pub(crate) fn tally_file(scratch: &Path) -> PathBuf {
    scratch.join("tally.json")
}

fn save(tally: &Tally, scratch: &Path) -> anyhow::Result<()> {
    Ok(fs::write(tally_file(scratch), serde_json::to_vec(tally)?)?)
}

/// Writes the input before it runs, so that it is there after a crash.
fn remember(current: &mut File, number: u64, bytes: &[u8]) -> std::io::Result<()> {
    current.seek(SeekFrom::Start(0))?;
    current.write_all(&[&number.to_le_bytes(), bytes].concat())?;
    current.set_len(8 + bytes.len() as u64)
}

/// Number and input of the execution that was in progress.
pub(crate) fn remembered(scratch: &Path) -> Option<(u64, Vec<u8>)> {
    let all = fs::read(scratch.join("current")).ok()?;
    let (number, bytes) = all.split_first_chunk()?;
    Some((u64::from_le_bytes(*number), bytes.to_vec()))
}

/// Runs the target under the memory bound; the place of a panic that left it.
fn execute(target: &Target, bytes: &[u8], scratch: &Scratch, start: Instant) -> Result<Outcome, String> {
    memory::allow(Budget::current().bytes() as usize + memory::SLACK);
    BEGAN.store(start.elapsed().as_millis() as u64 + 1, Ordering::Relaxed);
    let outcome = catch_unwind(AssertUnwindSafe(|| (target.run)(bytes, scratch)));
    BEGAN.store(0, Ordering::Relaxed);
    outcome.map_err(|_| last_panic())
}

/// Counts panics and keeps the place of the last one. The readers' guard silences the hook that it finds, so it comes first.
fn record_panics() {
    let _ = catch_panic(|| ());
    std::panic::set_hook(Box::new(|info| {
        PANICS.fetch_add(1, Ordering::Relaxed);
        let place = info.location().map_or_else(|| "unknown".into(), ToString::to_string);
        let message = info.payload_as_str().unwrap_or("no message");
        if std::env::var_os("RUST_BACKTRACE").is_some() {
            eprintln!("{place}: {message}\n{}", std::backtrace::Backtrace::force_capture());
        }
        if let Ok(mut last) = LAST_PANIC.lock() {
            *last = format!("{place}: {}", message.chars().take(200).collect::<String>());
        }
    }));
}

fn last_panic() -> String {
    LAST_PANIC.lock().map(|last| last.clone()).unwrap_or_default()
}

/// Ends the process when an execution takes too long, computing or waiting.
fn watch(start: Instant) {
    let (mut began, mut busy) = (0, 0.0);
    loop {
        std::thread::sleep(Duration::from_millis(500));
        let now = BEGAN.load(Ordering::Relaxed);
        if now == 0 || now != began {
            (began, busy) = (now, processor_seconds());
            continue;
        }
        let waited = (start.elapsed().as_millis() as u64).saturating_sub(now) / 1000;
        if processor_seconds() - busy > HANG_BUSY || waited > HANG_WAITING {
            std::process::exit(HANG);
        }
    }
}

/// Seconds of processor time of this process; 0 where the system does not say, so that only waiting counts.
fn processor_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |k: usize| fields.get(k).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}
