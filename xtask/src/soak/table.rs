//! Table of a soak: per scenario its runs, signals, resumes and differences.

use std::fmt;
use std::time::Duration;

use super::process::Signal;

/// Counts of a scenario.
#[derive(Debug, Default, Clone)]
pub(super) struct Counts {
    pub(super) name: &'static str,
    pub(super) runs: usize,
    /// SIGKILL, SIGTERM, SIGINT.
    pub(super) signals: [usize; 3],
    pub(super) resumes: usize,
    pub(super) damaged: usize,
    pub(super) differences: usize,
    pub(super) time: Duration,
}

impl Counts {
    pub(super) fn add(&mut self, signal: Signal) {
        let column = match signal {
            Signal::Kill => 0,
            Signal::Terminate => 1,
            Signal::Interrupt => 2,
        };
        self.signals[column] += 1;
    }

    pub(super) fn kills(&self) -> usize {
        self.signals.iter().sum()
    }
}

/// All scenarios and their sum.
pub(super) struct Table<'a>(pub(super) &'a [Counts]);

impl Table<'_> {
    pub(super) fn sum(&self) -> Counts {
        self.0.iter().fold(Counts { name: "all", ..Counts::default() }, |mut sum, counts| {
            sum.runs += counts.runs;
            sum.signals.iter_mut().zip(counts.signals).for_each(|(sum, count)| *sum += count);
            sum.resumes += counts.resumes;
            sum.damaged += counts.damaged;
            sum.differences += counts.differences;
            sum.time += counts.time;
            sum
        })
    }
}

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "| scenario | runs | SIGKILL | SIGTERM | SIGINT | resumes | files damaged | differences | seconds |"
        )?;
        writeln!(f, "|---|---:|---:|---:|---:|---:|---:|---:|---:|")?;
        for counts in self.0.iter().chain([&self.sum()]) {
            let Counts { name, runs, signals: [kill, term, int], resumes, damaged, differences, time } = counts;
            let seconds = time.as_secs_f64();
            writeln!(
                f,
                "| {name} | {runs} | {kill} | {term} | {int} | {resumes} | {damaged} | {differences} | {seconds:.0} |"
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_are_summed_by_kind() {
        let mut counts = Counts { name: "grid", runs: 2, ..Counts::default() };
        [Signal::Kill, Signal::Interrupt, Signal::Interrupt].into_iter().for_each(|signal| counts.add(signal));
        assert_eq!(counts.kills(), 3);
        let text = Table(&[counts.clone(), counts]).to_string();
        assert!(text.ends_with("| all | 4 | 2 | 0 | 4 | 0 | 0 | 0 | 0 |\n"), "{text}");
    }
}
