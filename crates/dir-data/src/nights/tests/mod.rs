//! What a night tells of its score, and to whom.

mod claims;
mod features;
mod fit;

use super::*;

#[test]
fn a_key_gives_the_same_night_and_others_other_nights() {
    let night = draw(1, 2, 3);
    assert_eq!(night, draw(1, 2, 3));
    for (seed, subject) in [(2, 2), (1, 3)] {
        let other = draw(seed, subject, 3);
        assert!(night.signals.iter().zip(&other.signals).take(5).all(|(a, b)| a.samples != b.samples));
    }
    assert_eq!(score::score(night.items), night.score);
}

#[test]
fn samples_are_numbers_within_the_range_and_none_is_cut() {
    for subject in 0..20 {
        for signal in draw(3, subject, 5).signals {
            let [low, high] = signal.range.map(|end| end as f32);
            assert!(signal.samples.iter().all(|x| (low..=high).contains(x)), "{}", signal.label);
            // Where a whole number is written, the end is a value; elsewhere only a cut one reaches it.
            assert!(signal.rate == 1 || signal.samples.iter().all(|&x| x > low && x < high), "{}", signal.label);
        }
    }
}

#[test]
fn a_whole_night_can_be_drawn() {
    let night = draw(0, 0, 480);
    assert_eq!(night.signals[0].samples.len(), 480 * 60 * 64);
    assert!(night.signals.iter().all(|signal| signal.samples.len() == 480 * 60 * signal.rate));
}
