//! Synthetic nights: polysomnography and answers about general health, in the layout of the Sleep Heart Health Study.
//!
//! A twin of SHHS at NSRR, whose data are given out on request only, so that every command can be tried at once. The score
//! can be learned from rhythms: heart rate and its variability, breathing and its stops, sleep spindles, arousals.
//! Means and deviations of the signals tell nothing. Scores are long-tailed: most people are healthy.
//!
//! A key gives answers (`score.rs`), whose score makes a body (`person.rs`); it sleeps through stages (`stages.rs`) in which
//! things happen (`events.rs`), and sensors (`sensor.rs`) record it.
//!
//! # Source
//! Quan et al., "The Sleep Heart Health Study: design, rationale, and methods", Sleep 20(12), 1997; files and columns as
//! on sleepdata.org (NSRR).

mod brain;
mod breath;
mod ecg;
mod events;
mod heart;
mod noise;
mod oxygen;
mod person;
mod score;
mod sensor;
mod set;
mod stages;
#[cfg(test)]
mod tests;

use dir_core::random::Stream;

use self::events::Course;
use self::person::Person;

pub use self::sensor::NightSignal;
pub use self::set::write_set;

/// A night: what it shows and the score behind it.
#[derive(Clone, Debug, PartialEq)]
pub struct Night {
    /// Answers, 1 to 5, in the order of the columns `genhth25`, `sickez25`, `hlthy25`, `worse25`, `exclnt25`.
    pub items: [u8; 5],
    /// The score of General Health that SF-36's manual makes of the answers: 0 to 100, whole, more is healthier.
    pub score: f64,
    /// EEG, ECG, airflow, chest, belly, oxygen saturation and heart rate.
    pub signals: Vec<NightSignal>,
}

/// Second number of all keys, so that nights share no random numbers with other drawn data.
const TAG: u64 = 6;
/// Third numbers: a stream of its own for each part, so that one can change and the others stay.
const ANSWERS: u64 = 0;
const BODY: u64 = 1;
const COURSE: u64 = 2;
const BREATH: u64 = 3;
const HEART: u64 = 4;
const ECG: u64 = 5;
const BRAIN: u64 = 6;
const OXYGEN: u64 = 7;
const SENSORS: u64 = 8;

/// Who sleeps, and what happens to them.
#[derive(Clone, Debug)]
struct Sleeper {
    items: [u8; 5],
    score: f64,
    person: Person,
    course: Course,
}

fn stream(seed: u64, subject: u64, part: u64) -> Stream {
    Stream::new(&[seed, TAG, part, subject])
}

impl Sleeper {
    fn random(seed: u64, subject: u64, seconds: usize) -> Self {
        let items = score::answers(&mut stream(seed, subject, ANSWERS));
        let score = score::score(items);
        let person = Person::of_health(score / 100.0, &mut stream(seed, subject, BODY));
        let course = Course::of(&person, seconds, &mut stream(seed, subject, COURSE));
        Self { items, score, person, course }
    }
}

/// Draws a night of `minutes` minutes of a subject, for a seed. Same key, same night.
///
/// A night of 0 minutes has signals without samples.
///
/// # Example
/// ```
/// let night = dir_data::nights::draw(0, 7, 2);
/// let [eeg, ecg, airflow, ..] = night.signals.as_slice() else { panic!("seven signals") };
/// assert_eq!((eeg.label, ecg.label, airflow.label), ("EEG", "ECG", "AIRFLOW"));
/// assert_eq!((eeg.samples.len(), airflow.samples.len()), (2 * 60 * 64, 2 * 60 * 8));
/// assert!((0.0..=100.0).contains(&night.score));
/// ```
#[must_use]
pub fn draw(seed: u64, subject: u64, minutes: usize) -> Night {
    let stream = |part| stream(seed, subject, part);
    let Sleeper { items, score, person, course } = Sleeper::random(seed, subject, 60 * minutes);
    let breathing = breath::breathe(&person, &course, &mut stream(BREATH));
    let heart = heart::beat(&person, &course, &breathing.phase, &mut stream(HEART));
    let ecg = ecg::ecg(&heart.beats, course.seconds, sensor::FAST, &mut stream(ECG));
    let eeg = brain::eeg(&course, sensor::FAST, &mut stream(BRAIN));
    let sensors = &mut stream(SENSORS);
    let signals = vec![
        sensor::EEG.record(eeg, sensors),
        sensor::ECG.record(ecg, sensors),
        sensor::AIRFLOW.record(breathing.airflow, sensors),
        sensor::THORAX.record(breathing.thorax, sensors),
        sensor::ABDOMEN.record(breathing.abdomen, sensors),
        sensor::saturation(oxygen::saturation(&course, &mut stream(OXYGEN))),
        sensor::pulse(&heart.rate, breath::RATE),
    ];
    Night { items, score, signals }
}
