//! Work that is timed in turns with a peer's: ours, theirs, ours, theirs. The table has medians over the rounds, and the median of the
//! ratios of each round, since a machine is slower now than a minute ago for both.

use std::collections::BTreeMap;

use crate::peers::Timed;

/// Rounds that `DIR_BENCH_ROUNDS` asks for: one if it does not say.
#[must_use]
pub fn rounds() -> usize {
    std::env::var("DIR_BENCH_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(1).max(1)
}

/// What was timed, by work, in the order in which it came.
#[derive(Debug, Default)]
pub struct Turns {
    works: Vec<Work>,
}

#[derive(Debug)]
struct Work {
    name: String,
    /// Seconds of its products alone.
    floor: f64,
    /// Median seconds of every round, and the peers' by what they call themselves.
    ours: Vec<f64>,
    theirs: BTreeMap<String, Vec<f64>>,
}

impl Turns {
    /// Takes a round of ours.
    pub fn ours(&mut self, name: &str, floor: f64, seconds: f64) {
        match self.works.iter_mut().find(|work| work.name == name) {
            Some(work) => work.ours.push(seconds),
            None => {
                let (name, theirs) = (name.to_owned(), BTreeMap::new());
                self.works.push(Work { name, floor, ours: vec![seconds], theirs });
            }
        }
    }

    /// Takes a round of theirs.
    pub fn theirs(&mut self, timed: Vec<Timed>) {
        for Timed { peer, work, seconds } in timed {
            if let Some(work) = self.works.iter_mut().find(|known| known.name == work) {
                work.theirs.entry(peer).or_default().push(seconds);
            }
        }
    }

    /// The table, in Markdown: against the peer's form that is fastest.
    pub fn print(&self) {
        println!("\n| work | here | peer | ratio | from, to | products |\n|---|---:|---:|---:|---:|---:|");
        self.works.iter().for_each(Work::print);
    }
}

impl Work {
    fn print(&self) {
        let Self { name, floor, ours, .. } = self;
        let (here, floor) = (milliseconds(median(ours)), milliseconds(*floor));
        let fastest = self.theirs.iter().min_by(|(_, a), (_, b)| median(a).total_cmp(&median(b)));
        let Some((peer, theirs)) = fastest else {
            return println!("| {name} | {here} | | | | {floor} |");
        };
        let mut ratios: Vec<f64> = ours.iter().zip(theirs).map(|(ours, theirs)| ours / theirs).collect();
        ratios.sort_by(f64::total_cmp);
        let (ratio, least, most) = (median(&ratios), ratios[0], ratios[ratios.len() - 1]);
        let there = milliseconds(median(theirs));
        println!("| {name} | {here} | {there}, {peer} | {ratio:.2} | {least:.2}, {most:.2} | {floor} |");
    }
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let half = sorted.len() / 2;
    if sorted.len().is_multiple_of(2) { (sorted[half - 1] + sorted[half]) / 2.0 } else { sorted[half] }
}

fn milliseconds(seconds: f64) -> String {
    match seconds * 1e3 {
        short if short < 100.0 => format!("{short:.1} ms"),
        long if long < 10_000.0 => format!("{long:.0} ms"),
        _ => format!("{seconds:.1} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_by_hand() {
        assert_eq!((median(&[3.0, 1.0, 2.0]), median(&[4.0, 1.0, 3.0, 2.0])), (2.0, 2.5));
        assert_eq!(
            ["0.0123", "0.2514", "12.34"].map(|s| milliseconds(s.parse().expect("a number"))),
            ["12.3 ms", "251 ms", "12.3 s"]
        );
    }
}
