//! Plan of a run: at which moments it is stopped and how, drawn from the seed.

use std::fmt;
use std::time::Duration;

use super::damage::Damage;
use super::process::Signal;
use super::random::Random;
use super::run_state::RunState;
use super::scenario::{Kind, Scenario};

/// When a signal is sent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Moment {
    /// After a share of the time that an undisturbed run takes.
    Elapsed(f64),
    /// While a checkpoint is written: its temporary file is there.
    Writing,
    /// Right after a checkpoint has appeared.
    Saved,
    /// Right after the model of a best epoch has appeared.
    BestSaved,
    /// After the last step of an epoch was saved, before its line in the log.
    Validation,
    /// After this event of the log.
    Event(&'static str),
    /// In the second stage.
    SecondStage,
    /// Right after a run of a grid has ended.
    CellFinished,
}

/// Which processes of a command get the signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    /// The command itself.
    Main,
    /// One of its children, or the command while it has none.
    Child(usize),
    /// The command and all of its children, as by Ctrl-C in a terminal.
    All,
}

/// How a command is stopped once.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Stop {
    pub(super) moment: Moment,
    /// Time from the moment to the signal.
    pub(super) delay: Duration,
    pub(super) signal: Signal,
    pub(super) target: Target,
    /// Whether the signal is sent a second time at once, which must end the program on the spot.
    pub(super) twice: bool,
    /// Whether the command is repeated before its orphaned children have ended.
    pub(super) hurry: bool,
    /// What happens to a file before the command is repeated.
    pub(super) damage: Option<Damage>,
}

impl Moment {
    /// Whether the moment has come in one of the runs, given what they showed when the command started.
    pub(super) fn reached(self, share: f64, before: &[RunState], now: &[RunState], epoch_ends: &[Vec<u64>]) -> bool {
        let any = |test: &dyn Fn(&RunState, &RunState, &[u64]) -> bool| {
            before.iter().zip(now).zip(epoch_ends).any(|((before, now), ends)| test(before, now, ends))
        };
        match self {
            Self::Elapsed(wanted) => share >= wanted,
            Self::Writing => any(&|_, now, _| now.writing),
            Self::Saved => any(&|before, now, _| now.newest > before.newest),
            Self::BestSaved => any(&|before, now, _| now.best > before.best),
            Self::Validation => any(&|before, now, ends| {
                let ended = now.newest > before.newest && now.newest.is_some_and(|updates| ends.contains(&updates));
                ended && now.last_event().is_none_or(|event| event != "epoch")
            }),
            Self::Event(wanted) => {
                any(&|before, now, _| now.log != before.log && now.last_event().is_some_and(|event| event == wanted))
            }
            Self::SecondStage => any(&|before, now, _| {
                now.log != before.log
                    && now.last_event().is_some_and(|event| event != "resume")
                    && now.in_second_stage()
            }),
            Self::CellFinished => any(&|before, now, _| now.finished && !before.finished),
        }
    }
}

/// Stops of one run of a scenario, in the order of time.
pub(super) fn draw(scenario: &Scenario, seed: u64, scenario_number: usize, run: usize) -> Vec<Stop> {
    let mut random = Random::new(&[seed, scenario_number as u64, run as u64]);
    let count = 2 + random.below(5);
    (0..count).map(|_| stop(scenario, &mut random)).collect()
}

fn stop(scenario: &Scenario, random: &mut Random) -> Stop {
    // A third of the moments are anywhere in a run, the others where its files change.
    let chosen = random.below(scenario.moments.len());
    let anywhere = Moment::Elapsed(0.7 * random.unit());
    let moment = if random.happens(1.0 / 3.0) { anywhere } else { scenario.moments[chosen] };
    let signal = random.choose(&[Signal::Kill, Signal::Kill, Signal::Terminate, Signal::Interrupt]);
    let target = match scenario.kind {
        Kind::Train => Target::Main,
        Kind::Compare => {
            random.choose(&[Target::Main, Target::Main, Target::All, Target::Child(random.clone().below(8))])
        }
    };
    let delay = Duration::from_micros(if random.happens(0.5) { 0 } else { (20_000.0 * random.unit()) as u64 });
    let twice = random.happens(0.15) && signal != Signal::Kill && !matches!(target, Target::Child(_));
    let hurry = random.happens(0.5);
    let damage = Damage::draw(random);
    Stop { moment, delay, signal, target, twice, hurry, damage: damage.filter(|_| scenario.damages) }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Elapsed(share) => write!(f, "after {:.0} % of the undisturbed run's time", 100.0 * share),
            Self::Writing => f.write_str("while a checkpoint was written"),
            Self::Saved => f.write_str("after a checkpoint had appeared"),
            Self::BestSaved => f.write_str("after the model of a best epoch had appeared"),
            Self::Validation => f.write_str("during validation"),
            Self::Event(event) => write!(f, "after the event {event:?}"),
            Self::SecondStage => f.write_str("in the second stage"),
            Self::CellFinished => f.write_str("after a run of the grid had ended"),
        }
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let twice = if self.twice { " twice" } else { "" };
        let target = match self.target {
            Target::Main => "",
            Target::Child(_) => " to a child",
            Target::All => " to the command and its children",
        };
        write!(f, "SIG{}{twice}{target} {}", self.signal.name(), self.moment)?;
        if !self.delay.is_zero() {
            write!(f, " and {:.1} ms", self.delay.as_secs_f64() * 1e3)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::scenario;
    use super::*;

    #[test]
    fn a_plan_is_a_function_of_its_seed() {
        let scenarios = scenario::all();
        let plan = |seed| -> Vec<Stop> {
            scenarios.iter().enumerate().flat_map(|(k, scenario)| draw(scenario, seed, k, 0)).collect()
        };
        assert_eq!(plan(1), plan(1));
        assert_ne!(plan(1), plan(2));
        let many: Vec<Stop> = (0..40).flat_map(plan).collect();
        for signal in [Signal::Kill, Signal::Terminate, Signal::Interrupt] {
            assert!(many.iter().filter(|stop| stop.signal == signal).count() > many.len() / 6);
        }
        assert!(many.iter().any(|stop| stop.damage.is_some()) && many.iter().any(|stop| stop.twice));
    }

    #[test]
    fn moments_are_seen_in_what_changes() {
        let state = |newest, log: &str| RunState { newest, log: log.into(), ..RunState::default() };
        let line = |event: &str| format!("{{\"event\":\"{event}\",\"updates\":8}}\n");
        let reached = |moment: Moment, before: &RunState, now: &RunState| {
            moment.reached(0.5, std::slice::from_ref(before), std::slice::from_ref(now), &[vec![8]])
        };
        let (before, after) = (state(Some(7), ""), state(Some(8), &line("checkpoint")));
        assert!(reached(Moment::Saved, &before, &after) && !reached(Moment::Saved, &after, &after));
        assert!(
            reached(Moment::Validation, &before, &after) && !reached(Moment::Validation, &state(None, ""), &before)
        );
        assert!(!reached(Moment::Validation, &before, &state(Some(8), &line("epoch"))));
        assert!(reached(Moment::Event("epoch"), &after, &state(Some(8), &line("epoch"))));
        assert!(!reached(Moment::Event("checkpoint"), &after, &after), "it happened before");
        assert!(reached(Moment::Elapsed(0.5), &before, &before) && !reached(Moment::Elapsed(0.6), &before, &before));
    }
}
