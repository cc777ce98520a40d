//! Which windows a row is seen through.

use dir_core::random::Stream;
use serde::{Deserialize, Serialize};

use super::SignalError;

/// How a stretch of a recording is cut into windows.
///
/// | name | default | purpose |
/// |---|---|---|
/// | `seconds` | 30 | length of a window, whole seconds; the epoch of sleep scoring |
/// | `rate` | 64 | samples per second that every signal is brought to |
/// | `windows` | all | windows per row: one out of each of as many equal parts |
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Cut {
    /// Length of a window in seconds.
    pub seconds: u32,
    /// Samples per second.
    pub rate: f64,
    /// Windows per row; absent: all there are, one after the other.
    pub windows: Option<usize>,
}

impl Default for Cut {
    fn default() -> Self {
        Self { seconds: 30, rate: 64.0, windows: None }
    }
}

/// Samples of a window, at most.
const MOST_SAMPLES: f64 = 1_048_576.0;
/// Samples of a window, at least: what the network's strides need.
const FEWEST_SAMPLES: f64 = 32.0;

impl Cut {
    /// Samples of a window and channel.
    #[must_use]
    pub fn samples(&self) -> usize {
        (f64::from(self.seconds) * self.rate).round() as usize
    }

    /// Whether windows can be cut at all.
    ///
    /// # Errors
    /// [`SignalError::Cut`].
    pub fn check(&self) -> Result<(), SignalError> {
        let wrong = |name, found: String, expected| Err(SignalError::Cut { name, found, expected });
        if self.seconds == 0 {
            return wrong("seconds", "0".into(), "at least one second");
        }
        if !(self.rate.is_finite() && self.rate > 0.0) {
            return wrong("rate", self.rate.to_string(), "samples per second, above 0");
        }
        let samples = f64::from(self.seconds) * self.rate;
        if !(FEWEST_SAMPLES..=MOST_SAMPLES).contains(&samples) || samples.fract() != 0.0 {
            return wrong("seconds x rate", samples.to_string(), "a whole number of 32 to 1048576 samples in a window");
        }
        if self.windows == Some(0) {
            return wrong("windows", "0".into(), "at least one per row");
        }
        Ok(())
    }

    /// Windows of a stretch.
    #[must_use]
    pub fn count(&self, seconds: f64) -> usize {
        let all = (self.whole(seconds) / self.seconds) as usize;
        self.windows.map_or(all, |windows| windows.min(all))
    }

    fn whole(&self, seconds: f64) -> u32 {
        seconds.max(0.0).floor() as u32
    }

    /// Where the windows of a stretch begin, in whole seconds from its start; none where it is shorter than a window. With
    /// `random` each lies anywhere in its part, without it in the middle.
    #[must_use]
    pub fn starts(&self, seconds: f64, mut random: Option<Stream>) -> Vec<u32> {
        let (whole, count) = (self.whole(seconds), self.count(seconds) as u32);
        if count == whole / self.seconds {
            return (0..count).map(|k| k * self.seconds).collect();
        }
        let part = |k: u32| (u64::from(whole) * u64::from(k) / u64::from(count)) as u32;
        let start = |k: u32| {
            let room = part(k + 1) - part(k) - self.seconds;
            let shift = random.as_mut().map_or(room / 2, |stream| stream.below(room as usize + 1) as u32);
            part(k) + shift
        };
        (0..count).map(start).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn all_windows_come_one_after_the_other() {
        let cut = Cut { seconds: 30, ..Cut::default() };
        assert_eq!(cut.starts(100.0, None), [0, 30, 60]);
        assert_eq!(cut.starts(29.9, None), [0_u32; 0]);
        let few = Cut { windows: Some(2), ..cut };
        // Halves of 50 s; the middle leaves 10 s on each side.
        assert_eq!(few.starts(100.0, None), [10, 60]);
        assert_eq!(few.starts(60.0, None), [0, 30]);
    }

    #[test]
    fn mistakes_are_named() {
        let of = |cut: Cut| cut.check().err().map(|error| error.to_string()).unwrap_or_default();
        assert_eq!(of(Cut::default()), "");
        assert!(of(Cut { seconds: 0, ..Cut::default() }).contains("seconds = 0"));
        assert!(of(Cut { rate: f64::NAN, ..Cut::default() }).contains("rate = NaN"));
        assert!(of(Cut { rate: 0.01, ..Cut::default() }).contains("32 to 1048576 samples"));
        assert!(of(Cut { windows: Some(0), ..Cut::default() }).contains("windows = 0"));
    }

    proptest! {
        #[test]
        fn windows_lie_within_and_never_overlap(seconds in 1_u32..90, length in 0.0_f64..4000.0, count in 1_usize..60, seed: u64) {
            let cut = Cut { seconds, rate: 64.0, windows: Some(count) };
            for random in [None, Some(Stream::new(&[seed]))] {
                let starts = cut.starts(length, random);
                prop_assert_eq!(starts.len(), cut.count(length));
                prop_assert!(starts.len() <= count && (starts.is_empty() == (length < f64::from(seconds))));
                prop_assert!(starts.windows(2).all(|pair| pair[0] + seconds <= pair[1]));
                prop_assert!(starts.last().is_none_or(|last| f64::from(last + seconds) <= length));
            }
        }
    }
}
