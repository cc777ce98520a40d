//! Workloads: one short training of each program on data that it makes itself.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use super::compare::Figures;
use super::session::Mode;
use crate::cuda_offline::call;

/// The op tests of dir-core, whose expected values are their own.
pub(super) const OPS: &str = "ops";

const SETTINGS: &str = "settings.toml";

/// A program, its data, and a run of a few steps. FDS and LDS are on, so that the ops over bins run; dropout is off, for each
/// backend draws in its own way. Adam makes a full step of a gradient that is 0 but for rounding, as that of a bias in front of a batch
/// norm; where that shows within the few steps, the run takes plain SGD.
pub(super) struct Workload {
    pub(super) name: &'static str,
    pub(super) program: &'static str,
    /// Arguments of `synth`, by spaces; none: a table in CSV.
    synth: &'static str,
    /// Arguments of `train`, by spaces.
    train: &'static str,
    /// Settings of `train`, in TOML.
    settings: &'static str,
    /// Largest relative deviation of a mean absolute error or a loss from the CPU's, without TF32 and with it: seen are 7e-7 and 1.4e-2
    /// at most.
    allowed: [f64; 2],
}

pub(super) const WORKLOADS: [Workload; 5] = [
    Workload {
        name: "tabular",
        program: "tabular-dir",
        synth: "",
        train: "--method sqinv+lds+fds --size tiny --epochs 3 --batch-size 64",
        settings: "",
        allowed: [1e-5, 0.02],
    },
    Workload {
        name: "agedb",
        program: "agedb-dir",
        synth: "--rows 300 --img-size 32",
        train: "--method sqinv+lds+fds --size tiny --img-size 32 --width 2 --epoch 1 --batch-size 64",
        settings: "",
        allowed: [1e-5, 0.02],
    },
    Workload {
        name: "sts-b",
        program: "sts-b-dir",
        synth: "--rows 200 --width 8",
        train: "--method inv+lds+fds --size tiny --hidden 6 --dropout 0 --epoch 2 --batch-size 64",
        settings: "",
        allowed: [1e-5, 0.02],
    },
    Workload {
        name: "nyud2",
        program: "nyud2-dir",
        synth: "--rows 16 --test-rows 4 --img-size 48",
        train: "--method inv+lds+fds --size tiny --width 4 --short 36 --crop 32x48 --epoch 2 --lr 0.001",
        settings: "[train]\noptimizer = \"sgd\"\n",
        allowed: [1e-5, 0.02],
    },
    Workload {
        name: "shhs",
        program: "shhs-dir",
        synth: "--rows 40 --minutes 2",
        train: "--method inv+lds+fds --size tiny --width 2 --hidden 4 --rate 8 --windows 2 --dropout 0 --epoch 2 --batch-size 8",
        settings: "",
        allowed: [1e-5, 0.02],
    },
];

impl Workload {
    pub(super) fn allowed(&self, mode: Mode) -> f64 {
        let [exact, tf32] = self.allowed;
        match mode {
            Mode::Exact => exact,
            Mode::Tf32 => tf32,
        }
    }

    /// Makes the data and trains on the CPU.
    pub(super) fn prepare(&self, program: &Path, folder: &Path) -> anyhow::Result<Figures> {
        fs::remove_dir_all(folder).ok(); // of an earlier check
        fs::create_dir_all(folder)?;
        fs::write(folder.join(SETTINGS), self.settings)?;
        if self.synth.is_empty() {
            fs::write(folder.join("table.csv"), table())?;
        } else {
            let mut command = Command::new(program);
            call(
                command
                    .arg("synth")
                    .args(self.synth.split(' '))
                    .arg("--out")
                    .arg(folder.join("data"))
                    .stdout(Stdio::null()),
            )?;
        }
        let run = folder.join("cpu");
        call(self.train(Command::new(program), "cpu", folder, &run).stdout(Stdio::null()))?;
        Figures::read(&run)
    }

    /// The command that trains on a device.
    pub(super) fn train(&self, mut command: Command, device: &str, folder: &Path, out: &Path) -> Command {
        command
            .args(["train", "--quiet", "--device", device])
            .arg("--config")
            .arg(folder.join(SETTINGS))
            .args(self.train.split(' '))
            .arg("--out")
            .arg(out);
        if self.synth.is_empty() {
            command.arg("--csv").arg(folder.join("table.csv")).args(["--target", "y"]);
        } else {
            command.arg("--data").arg(folder.join("data"));
        }
        command
    }
}

/// 900 rows with a long-tailed target, three columns of numbers and one of words.
fn table() -> String {
    let mut text = String::from("a,b,c,kind,y\n");
    let mut state = 1_u64;
    // Knuth's linear congruential generator (MMIX); its upper bits as a number in [0, 1).
    let mut draw = || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 40) as f64 / (1_u64 << 24) as f64
    };
    for row in 0..900 {
        let [a, b, c] = [draw(), draw(), draw()];
        let y = -20.0 * (1.0 - 0.95 * a).ln() + 5.0 * b * c + draw();
        let kind = ["red", "green", "blue"][row % 3];
        let _ = writeln!(text, "{a:.4},{b:.4},{c:.4},{kind},{y:.3}"); // a string takes all
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_the_same_every_time_and_long_tailed() {
        let text = table();
        assert_eq!(text, table());
        let targets = text.lines().skip(1).filter_map(|line| line.rsplit(',').next()?.parse::<f64>().ok());
        let (low, all) = targets.fold((0, 0), |(low, all), y| (low + usize::from(y < 30.0), all + 1));
        assert!(all == 900 && low > 600 && low < 890, "{low} of {all}");
    }
}
