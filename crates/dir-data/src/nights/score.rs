//! The questionnaire: answers of people, most of them healthy, and their score.

use dir_core::random::Stream;

use crate::sf36::{GENERAL, GeneralHealth};

/// How far an answer is from what the health calls for, in steps.
const ANSWER_NOISE: f64 = 0.5;

/// The score of answers from 1 to 5, 0 to 100: a whole number.
pub(super) fn score(items: [u8; 5]) -> f64 {
    GeneralHealth::of(items.map(|answer| Some(answer.clamp(1, 5)))).score().ok().flatten().unwrap_or_default()
}

/// Answers of a random person: most are healthy, few are very sick.
pub(super) fn answers(stream: &mut Stream) -> [u8; 5] {
    let health = health(stream);
    let mut wish = || 1.0 + 4.0 * health + ANSWER_NOISE * stream.normal();
    // The cast of a rounded number from 1 to 5.
    let near = |wish: f64| wish.round().clamp(1.0, 5.0) as u8;
    let first = first_answer(wish());
    let [sick, healthy, worse, excellent] = std::array::from_fn(|_| near(wish()));
    [first, sick, 6 - healthy, worse, 6 - excellent]
}

/// The answer to the first item whose value is nearest.
fn first_answer(wish: f64) -> u8 {
    let far = |answer: &u8| (f64::from(GENERAL[usize::from(*answer) - 1]) / 10.0 - wish).abs();
    (1..=5).min_by(|a, b| far(a).total_cmp(&far(b))).unwrap_or(3)
}

/// Latent health: good health less a sum of two exponential burdens.
fn health(stream: &mut Stream) -> f64 {
    let burden = -((1.0 - stream.unit()) * (1.0 - stream.unit())).ln();
    (0.92 - 0.105 * burden + 0.04 * stream.normal()).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_whole_whatever_the_answers() {
        for k in 0..3125_u32 {
            let items: [u8; 5] = std::array::from_fn(|i| (k / 5_u32.pow(i as u32) % 5) as u8 + 1);
            assert!(score(items).fract() == 0.0 && (0.0..=100.0).contains(&score(items)), "{items:?}");
        }
    }

    #[test]
    fn scores_are_long_tailed() {
        let scores: Vec<f64> = (0..600).map(|k| score(answers(&mut Stream::new(&[11, k])))).collect();
        let count = |low: f64, high: f64| scores.iter().filter(|score| (low..high).contains(*score)).count();
        let mean = scores.iter().sum::<f64>() / 600.0;
        let by_ten: Vec<usize> = (0..11).map(|k| count(10.0 * f64::from(k), 10.0 * f64::from(k + 1))).collect();
        println!("mean {mean:.1}, scores by ten: {by_ten:?}");
        assert!((67.0..74.0).contains(&mean), "{mean}");
        assert!(count(65.0, 91.0) > 330, "{by_ten:?}");
        assert!((6..50).contains(&count(0.0, 35.0)) && (1..12).contains(&count(0.0, 20.0)), "{by_ten:?}");
    }
}
