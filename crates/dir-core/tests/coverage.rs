//! Coverage of the interval of a crossed table: how often it holds the true mean, over runs and rows that are drawn anew.
//!
//! `cargo test --release --workspace --test coverage -- --nocapture` prints the table of docs/metrics.md.

use dir_core::metric::CrossedMean;
use dir_core::random::Stream;

/// Numbers of runs; the first of ten are used.
const RUNS: [usize; 4] = [2, 3, 5, 10];
/// Deviation of the means of runs, in standard errors of the mean of rows: none, alike, dominant.
const EFFECTS: [f64; 3] = [0.0, 1.0, 10.0];
/// Standard errors of a share that a simulated coverage may be off.
const ERRORS: f64 = 3.3;

/// How rows differ.
#[derive(Debug, Clone, Copy)]
enum Rows {
    Normal,
    /// Exponential; what runs add to a row grows with it.
    Skewed,
    /// Means of groups of 1 to 9 rows, with an effect of the group.
    Groups,
}

/// Ten runs of true mean 0, without an effect of the run.
fn table(kind: Rows, rows: usize, interaction: f64, stream: &mut Stream) -> Vec<Vec<f64>> {
    match kind {
        Rows::Normal => {
            let effects: Vec<f64> = (0..rows).map(|_| stream.normal()).collect();
            (0..10).map(|_| effects.iter().map(|row| row + interaction * stream.normal()).collect()).collect()
        }
        Rows::Skewed => {
            let sizes: Vec<f64> = (0..rows).map(|_| -(1.0 - stream.unit()).ln()).collect();
            let value = |size: f64, stream: &mut Stream| size - 1.0 + interaction * 0.7 * size * stream.normal();
            (0..10).map(|_| sizes.iter().map(|&size| value(size, stream)).collect()).collect()
        }
        Rows::Groups => {
            let (mut groups, mut left) = (Vec::new(), rows);
            while left > 0 {
                let size = (1 + stream.below(9)).min(left);
                left -= size;
                groups.push((stream.normal(), (0..size).map(|_| stream.normal()).collect::<Vec<f64>>()));
            }
            let mean = |group: f64, rows: &[f64], stream: &mut Stream| {
                let group = group + 0.5 * interaction * stream.normal();
                rows.iter().map(|row| group + row + interaction * stream.normal()).sum::<f64>() / rows.len() as f64
            };
            (0..10).map(|_| groups.iter().map(|(group, rows)| mean(*group, rows, stream)).collect()).collect()
        }
    }
}

/// Shares of intervals at a level that hold the true mean, by effect and number of runs.
fn shares(
    kind: Rows,
    rows: usize,
    interaction: f64,
    level: f64,
    replications: u64,
) -> [[f64; RUNS.len()]; EFFECTS.len()] {
    let mut held = [[0_u32; RUNS.len()]; EFFECTS.len()];
    for number in 0..replications {
        let mut stream = Stream::new(&[number, rows as u64, kind as u64, interaction as u64]);
        let table = table(kind, rows, interaction, &mut stream);
        let effects: Vec<f64> = table.iter().map(|run| stream.normal() / (run.len() as f64).sqrt()).collect();
        for (held, size) in held.iter_mut().zip(EFFECTS) {
            let shifted = |(run, effect): (&Vec<f64>, &f64)| run.iter().map(|v| v + size * effect).collect();
            let table: Vec<Vec<f64>> = table.iter().zip(&effects).map(shifted).collect();
            for (held, runs) in held.iter_mut().zip(RUNS) {
                let mean = CrossedMean::of(&table[..runs]).expect("finite").expect("has rows");
                let interval = mean.interval(level).expect("a level").expect("several rows");
                *held += u32::from(interval.low <= 0.0 && 0.0 <= interval.high);
            }
        }
    }
    held.map(|by_runs| by_runs.map(|held| f64::from(held) / replications as f64))
}

fn standard_error(share: f64, replications: u64) -> f64 {
    (share * (1.0 - share) / replications as f64).sqrt()
}

#[test]
fn intervals_of_runs_and_rows_cover_what_they_say() {
    println!("| rows | number | interaction | runs' effect | {} |", RUNS.map(|k| format!("{k} runs")).join(" | "));
    println!("|---|---:|---:|---:|{}", "---:|".repeat(RUNS.len()));
    for kind in [Rows::Normal, Rows::Skewed, Rows::Groups] {
        for (rows, interactions, replications) in
            [(100, &[0.0, 1.0, 2.0][..], 2000), (600, &[1.0], 500), (5000, &[1.0], 120)]
        {
            for &interaction in interactions {
                for (effect, by_runs) in EFFECTS.into_iter().zip(shares(kind, rows, interaction, 0.95, replications)) {
                    let cells = by_runs.map(|share| format!("{:.1} %", 100.0 * share)).join(" | ");
                    println!(
                        "| {} | {rows} | {interaction} | {effect} | {cells} |",
                        format!("{kind:?}").to_lowercase()
                    );
                    for (runs, share) in RUNS.into_iter().zip(by_runs) {
                        let cell =
                            format!("{kind:?}, {rows} rows, interaction {interaction}, effect {effect}, {runs} runs");
                        let off = |bound: f64| ERRORS * standard_error(bound, replications);
                        match runs {
                            2 => assert!(share >= 0.9, "{cell}: {share}"),
                            _ => assert!((0.93 - off(0.93)..=0.97 + off(0.97)).contains(&share), "{cell}: {share}"),
                        }
                    }
                }
            }
        }
    }
}

/// p-values come from intervals at high levels: they must not miss much more often than they say.
#[test]
fn intervals_at_99_percent_miss_at_most_twice_as_often() {
    for interaction in [0.0, 2.0] {
        for by_runs in shares(Rows::Normal, 60, interaction, 0.99, 2000) {
            let limit = 0.98 - ERRORS * standard_error(0.98, 2000);
            assert!(by_runs.iter().all(|share| *share >= limit), "interaction {interaction}: {by_runs:?}");
        }
    }
}

/// With one run the interval holds what that run would have over other rows, and by far not what other runs have.
#[test]
fn one_run_covers_rows_alone() {
    let (replications, rows, effect) = (4000_u32, 100, 0.5);
    let (mut own, mut all) = (0, 0);
    for number in 0..replications {
        let mut stream = Stream::new(&[u64::from(number), 77]);
        let run = effect * stream.normal();
        let values: Vec<f64> = (0..rows).map(|_| run + stream.normal()).collect();
        let mean = CrossedMean::of(&[values]).expect("finite").expect("has rows");
        let interval = mean.interval(0.95).expect("a level").expect("several rows");
        own += u32::from(interval.low <= run && run <= interval.high);
        all += u32::from(interval.low <= 0.0 && 0.0 <= interval.high);
    }
    let [own, all] = [own, all].map(|held| f64::from(held) / f64::from(replications));
    assert!((0.94..=0.96).contains(&own), "{own}");
    assert!(all < 0.4, "{all}");
}
