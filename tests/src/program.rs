//! A program under test: started as a user starts it, its words and files looked at.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;

/// A program by its path, `env!("CARGO_BIN_EXE_..")`.
#[derive(Debug, Clone, Copy)]
pub struct Program(pub &'static str);

impl Program {
    /// A command, without arguments.
    #[must_use]
    pub fn command(self) -> Command {
        Command::new(self.0)
    }

    /// Runs it with arguments, and flags that name paths.
    ///
    /// # Panics
    /// If it does not start.
    #[must_use]
    pub fn run(self, arguments: &[&str], paths: &[(&str, &Path)]) -> Output {
        let mut command = self.command();
        command.args(arguments);
        for (flag, path) in paths {
            command.arg(flag).arg(path);
        }
        command.output().expect("the program starts")
    }

    /// Standard output of a run that must go well.
    ///
    /// # Panics
    /// If it does not.
    pub fn said(self, arguments: &[&str], paths: &[(&str, &Path)]) -> String {
        said(&self.run(arguments, paths))
    }

    /// Whether it lists a wgpu device, a software one included. `DIR_REQUIRE_GPU` asks for one.
    ///
    /// # Panics
    /// If there is none and one is asked for.
    #[must_use]
    pub fn has_wgpu(self) -> bool {
        let listed = self.said(&["devices"], &[]);
        println!("{listed}");
        let found = listed.lines().any(|line| line.starts_with("wgpu"));
        assert!(found || std::env::var_os("DIR_REQUIRE_GPU").is_none(), "no wgpu device is listed");
        if !found {
            println!("skipped: no wgpu device");
        }
        found
    }
}

/// A folder for a test program to work in, emptied; `env!("CARGO_TARGET_TMPDIR")` and a name.
///
/// # Panics
/// If it can't be made.
#[must_use]
pub fn empty_folder(place: &str, name: &str) -> PathBuf {
    let folder = Path::new(place).join(name);
    fs::remove_dir_all(&folder).ok(); // there may be none yet
    fs::create_dir_all(&folder).expect("creates");
    folder
}

/// Standard output of a run that must have gone well.
///
/// # Panics
/// If it has not.
pub fn said(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A user's mistake: one line on standard error that begins with `error: ` and has all these words, and exit code 1 or 2.
///
/// # Panics
/// If it is something else.
pub fn mistake(output: &Output, words: &[&str]) {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(matches!(output.status.code(), Some(1 | 2)), "{said}");
    assert_eq!(said.trim_end().lines().count(), 1, "{said}");
    assert!(said.starts_with("error: ") && words.iter().all(|word| said.contains(word)), "{words:?}: {said}");
}

/// `metrics.json` of a finished run.
///
/// # Panics
/// If there is none.
#[must_use]
pub fn metrics(run: &Path) -> Value {
    serde_json::from_slice(&fs::read(run.join("metrics.json")).expect("a finished run")).expect("JSON")
}

/// Mean absolute error of all test rows of a finished run.
///
/// # Panics
/// If it is not finished.
#[must_use]
pub fn mae(run: &Path) -> f64 {
    metrics(run)["regions"]["all"]["mae"].as_f64().expect("a number")
}

impl Program {
    /// A run on the CPU and one on wgpu, made by a function of device and folder, agree in every region within a share. Without
    /// a wgpu device nothing is compared, and it says so.
    ///
    /// # Panics
    /// If they do not agree.
    pub fn assert_wgpu_agrees(self, allowed: f64, train: impl Fn(&str, &Path)) {
        if !self.has_wgpu() {
            return;
        }
        let folder = tempfile::tempdir().expect("a temporary folder");
        let [cpu, gpu] = ["cpu", "wgpu"].map(|device| {
            let out = folder.path().join(device);
            train(device, &out);
            out
        });
        assert_agree(&cpu, &gpu, allowed);
    }
}

fn assert_agree(cpu: &Path, gpu: &Path, allowed: f64) {
    let (cpu, gpu) = (metrics(cpu), metrics(gpu));
    let mut compared = 0;
    for region in ["all", "many", "medium", "few"] {
        let mae = |run: &Value| run["regions"][region]["mae"].as_f64();
        let (Some(cpu), Some(gpu)) = (mae(&cpu), mae(&gpu)) else { continue };
        compared += 1;
        println!("{region}: MAE {cpu} on the CPU, {gpu} on the GPU");
        assert!((gpu / cpu - 1.0).abs() < allowed, "{region}: {gpu} for {cpu}");
    }
    assert!(compared >= 2, "{compared} regions");
}

/// Starts a run again and again and kills it without warning once it has saved so many updates; the number of kills.
///
/// # Panics
/// If it does not start.
pub fn kill_after(updates: &[u64], out: &Path, start: impl Fn() -> Command) -> u32 {
    let saved = || {
        let files = fs::read_dir(out.join("checkpoints")).into_iter().flatten().flatten();
        files.filter_map(|e| e.file_name().to_str()?.strip_prefix("update-")?.get(..12)?.parse::<u64>().ok()).max()
    };
    kill_when(updates.len(), |k| saved() >= Some(updates[k]), start)
}

/// Starts a command so many times and kills it without warning when it comes to that time's moment; how often it did.
///
/// # Panics
/// If it does not start.
pub fn kill_when(times: usize, reached: impl Fn(usize) -> bool, start: impl Fn() -> Command) -> u32 {
    let mut kills = 0;
    for time in 0..times {
        let mut child = start().spawn().expect("the program starts");
        loop {
            if reached(time) {
                child.kill().ok(); // it may have ended just now
                kills += u32::from(!child.wait().expect("ends").success());
                break;
            }
            if child.try_wait().expect("is there").is_some() {
                break;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }
    println!("{kills} kills");
    kills
}

/// Sends a signal by name, `TERM` say, to a process that may be ending.
///
/// # Panics
/// If there is no program `kill`.
#[cfg(unix)]
pub fn send_signal(process: u32, name: &str) {
    let kill = Command::new("kill").args(["-s", name, &process.to_string()]).stderr(Stdio::null()).status();
    kill.expect("kill starts");
}

/// Two finished runs that must have left the same, byte by byte.
///
/// # Panics
/// If they have not.
pub fn assert_same_runs(a: &Path, b: &Path) {
    for file in ["predictions.csv", "metrics.json"] {
        let read = |run: &Path| fs::read(run.join(file)).expect("a finished run");
        assert_eq!(read(a), read(b), "{file}");
    }
}
