//! One signal of a file: its header fields, its scale, and how its label is matched.

use std::path::Path;

use super::EdfError;

/// What the header says about a signal.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Signal {
    /// The label, such as `EEG C3-A2`.
    pub label: String,
    /// The kind of sensor, such as `AgAgCl electrode`.
    pub transducer: String,
    /// The unit of the physical values, such as `uV`.
    pub dimension: String,
    /// The physical value at `digital_min`; it can be the larger one, where the polarity is inverted.
    pub physical_min: f64,
    /// The physical value at `digital_max`.
    pub physical_max: f64,
    /// The smallest integer that the recorder writes.
    pub digital_min: i32,
    /// The largest integer that the recorder writes.
    pub digital_max: i32,
    /// The filters applied, such as `HP:0.1Hz LP:75Hz`.
    pub prefilter: String,
    /// Samples in each data record; 0 is allowed, and makes a signal without samples.
    pub samples_per_record: usize,
    pub(super) annotations: bool,
    pub(super) record_seconds: f64,
    /// Where its samples start in a record, in bytes.
    pub(super) offset: usize,
    /// How many bytes of a record they take.
    pub(super) bytes: usize,
}

impl Signal {
    /// Samples per second; 0 for annotations and for a signal without samples.
    #[must_use]
    pub fn rate(&self) -> f64 {
        if self.annotations || self.record_seconds <= 0.0 {
            return 0.0;
        }
        self.samples_per_record as f64 / self.record_seconds
    }

    /// Whether it holds the annotations of an EDF+ or BDF+ file instead of samples.
    #[must_use]
    pub fn is_annotations(&self) -> bool {
        self.annotations
    }

    /// The physical value of a digital one.
    ///
    /// `p = (d - d_min) · (p_max - p_min) / (d_max - d_min) + p_min`, in `f64`. Digital values outside the range are
    /// scaled like the others.
    #[must_use]
    pub fn physical(&self, digital: i32) -> f32 {
        self.scale()(digital)
    }

    /// Whether its ranges make a scale. Files have signals that nobody connected, whose ranges make none: they are no reason to
    /// refuse the others, and are found out when they are asked for.
    pub(super) fn check(&self, number: usize, path: &Path) -> Result<(), EdfError> {
        let wrong = |kind, min, max, expected| {
            let (path, label) = (path.to_owned(), self.label.clone());
            Err(EdfError::Range { path, signal: number, label, kind, min, max, expected })
        };
        if self.digital_min >= self.digital_max {
            let (min, max) = (f64::from(self.digital_min), f64::from(self.digital_max));
            return wrong("digital", min, max, "a minimum below the maximum");
        }
        if self.physical_min == self.physical_max {
            return wrong("physical", self.physical_min, self.physical_max, "two different values");
        }
        Ok(())
    }

    fn scale(&self) -> impl Fn(i32) -> f32 {
        let (digital_min, physical_min) = (f64::from(self.digital_min), self.physical_min);
        let gain = (self.physical_max - physical_min) / (f64::from(self.digital_max) - digital_min);
        move |digital| ((f64::from(digital) - digital_min) * gain + physical_min) as f32
    }

    /// The physical values of `bytes`, each `width` (2 or 3) bytes, into `out`; what one has more of is left.
    pub(super) fn decode(&self, bytes: &[u8], width: usize, out: &mut [f32]) {
        let scale = self.scale();
        if width == 3 {
            for (&[low, mid, high], value) in bytes.as_chunks::<3>().0.iter().zip(out) {
                // In the upper three bytes and shifted back, so that the sign is kept.
                *value = scale(i32::from_le_bytes([0, low, mid, high]) >> 8);
            }
        } else {
            for (&sample, value) in bytes.as_chunks::<2>().0.iter().zip(out) {
                *value = scale(i32::from(i16::from_le_bytes(sample)));
            }
        }
    }
}

/// The signal types that EDF+ puts before the sensor in a label ("EEG C3-A2"), in lower case.
const TYPES: [&str; 25] = [
    "eeg", "ecg", "ekg", "eog", "erg", "emg", "meg", "mcg", "ep", "temp", "resp", "sao2", "light", "sound", "event",
    "dist", "area", "vol", "volp", "mass", "force", "press", "flow", "freq", "pos",
];

/// The number of the first signal that one of `aliases` names; the first alias that names any wins.
///
/// Case and spaces do not count. For each alias, a label that equals it is preferred; then comes a label that equals
/// it once its signal type is taken off, so that `C3-A2` finds `EEG C3-A2`.
pub(super) fn find(signals: &[Signal], aliases: &[&str]) -> Option<usize> {
    aliases.iter().find_map(|alias| {
        let wanted = plain(alias);
        let named = |matches: &dyn Fn(&str) -> bool| {
            signals.iter().position(|signal| !signal.annotations && matches(&signal.label))
        };
        named(&|label| plain(label) == wanted).or_else(|| named(&|label| sensor(label).as_ref() == Some(&wanted)))
    })
}

fn plain(label: &str) -> String {
    label.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

/// What follows the signal type in a label, where it has one.
fn sensor(label: &str) -> Option<String> {
    let (kind, sensor) = label.trim().split_once(char::is_whitespace)?;
    TYPES.contains(&kind.to_lowercase().as_str()).then(|| plain(sensor))
}
