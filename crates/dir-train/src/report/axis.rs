//! Axes of a chart: which values they span, where a value lies, which round numbers stand beside them.

/// One axis.
#[derive(Debug, Clone)]
pub(super) struct Axis {
    /// What it measures, with its unit.
    pub(super) label: String,
    low: f64,
    high: f64,
    log: bool,
    /// No tick between whole numbers.
    whole: bool,
    /// Words instead of numbers.
    words: Vec<(f64, String)>,
}

impl Axis {
    /// From the smallest to the largest of the values.
    pub(super) fn linear(label: &str, values: impl IntoIterator<Item = f64>) -> Self {
        let (low, high) = span(values.into_iter().filter(|v| v.abs() < 1e290));
        let (low, high) = match high - low {
            width if width > 1e-12 * high.abs().max(low.abs()) => (low, high),
            _ if low == 0.0 || !low.is_finite() => (0.0, 1.0),
            _ => (low - 0.1 * low.abs(), low + 0.1 * low.abs()),
        };
        Self { label: label.into(), low, high, log: false, whole: false, words: Vec::new() }
    }

    /// Logarithmic over the positive values; linear if there are none.
    pub(super) fn log(label: &str, values: impl IntoIterator<Item = f64>) -> Self {
        let (low, high) = span(values.into_iter().filter(|v| (1e-290..1e290).contains(v)));
        if low > high {
            return Self::linear(label, []);
        }
        let room = (high / low).powf(0.05).max(1.05);
        Self { log: true, low: low / room, high: high * room, ..Self::linear(label, []) }
    }

    /// One line per word, from the top down: word `k` at `-k`.
    pub(super) fn words(label: &str, words: impl IntoIterator<Item = String>) -> Self {
        let words: Vec<(f64, String)> = words.into_iter().enumerate().map(|(k, word)| (-(k as f64), word)).collect();
        let low = 0.5 - words.len().max(1) as f64;
        Self { low, high: 0.5, words, ..Self::linear(label, []) }
    }

    /// With 0 in it.
    pub(super) fn with_zero(self) -> Self {
        Self { low: self.low.min(0.0), high: self.high.max(0.0), ..self }
    }

    /// With room beyond the outermost values, as a share of the span.
    pub(super) fn with_room(self, share: f64) -> Self {
        let room = (self.high - self.low) * share;
        Self { low: self.low - room, high: self.high + room, ..self }
    }

    /// With room above the highest value only.
    pub(super) fn with_headroom(self, share: f64) -> Self {
        Self { high: self.high + (self.high - self.low) * share, ..self }
    }

    /// For numbers that are counted, such as epochs.
    pub(super) fn whole(self) -> Self {
        Self { whole: true, ..self }
    }

    /// Where a value lies, 0 to 1.
    pub(super) fn share(&self, value: f64) -> f64 {
        let place = if self.log {
            (value.max(self.low) / self.low).ln() / (self.high / self.low).ln()
        } else {
            (value - self.low) / (self.high - self.low)
        };
        place.clamp(0.0, 1.0)
    }

    /// Whether a value lies within.
    pub(super) fn contains(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }

    /// Round numbers along an axis of a length, with their texts.
    pub(super) fn ticks(&self, length: f64) -> Vec<(f64, String)> {
        let widest = short(10_f64.powf(self.high.abs().log10().floor())).chars().count();
        self.ticks_apart(length, length / 70.0, 6.0 + 7.0 * widest as f64)
    }

    /// As [`Axis::ticks`] for an upright axis, where texts stand closer.
    pub(super) fn ticks_up(&self, length: f64) -> Vec<(f64, String)> {
        self.ticks_apart(length, length / 32.0, 14.0)
    }

    /// About so many numbers; on a logarithmic axis as many as fit, if each takes some room.
    fn ticks_apart(&self, length: f64, count: f64, room: f64) -> Vec<(f64, String)> {
        if !self.words.is_empty() {
            return self.words.clone();
        }
        if self.log && self.high > 10.0 * self.low {
            return decades(self.low, self.high, length, room).into_iter().map(|v| (v, short(v))).collect();
        }
        let step = nice_step(self.low, self.high, count.max(2.0));
        let step = if self.whole { step.max(1.0) } else { step };
        let decimals = (-(step.log10() + 1e-9).floor()).clamp(0.0, 12.0) as usize;
        let text = |v: f64| if v.abs() >= 1e7 || step < 1e-6 { short(v) } else { grouped(v, decimals) };
        nice_ticks(self.low, self.high, step).into_iter().map(|v| (v, text(v))).collect()
    }

    /// Room that the widest text beside an upright axis takes.
    pub(super) fn label_width(&self, length: f64, character: f64) -> f64 {
        self.ticks_up(length).iter().map(|(_, text)| text.chars().count()).max().unwrap_or(0) as f64 * character
    }
}

/// Smallest and largest; the smallest is the larger one where there is no value.
fn span(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)))
}

/// 1, 2 or 5 times a power of ten, so that about `count` steps go into the span.
fn nice_step(low: f64, high: f64, count: f64) -> f64 {
    let rough = (high - low) / count;
    let power = 10_f64.powf(rough.log10().floor());
    [1.0, 2.0, 5.0].map(|s| s * power).into_iter().find(|s| *s >= rough * 0.999).unwrap_or(10.0 * power)
}

fn nice_ticks(low: f64, high: f64, step: f64) -> Vec<f64> {
    let first = (low / step - 1e-9).ceil();
    (0..50).map(|k| (first + f64::from(k)) * step).take_while(|v| *v <= high + 1e-9 * step).map(|v| v + 0.0).collect()
}

/// Powers of ten, with 2 and 5 between them where each finds its room, and only some of them where they don't.
fn decades(low: f64, high: f64, length: f64, room: f64) -> Vec<f64> {
    let (first, last) = (low.log10().floor() as i32, high.log10().ceil() as i32);
    let decade = length / (high / low).log10();
    let steps: &[f64] = if 2_f64.log10() * decade > room { &[1.0, 2.0, 5.0] } else { &[1.0] };
    let skip = (room / decade).ceil().max(1.0) as i32;
    let powers = (first..=last).filter(|e| e.rem_euclid(skip) == 0);
    let all = powers.flat_map(|e| steps.iter().map(move |s| s * 10_f64.powi(e)));
    all.filter(|v| (low..=high).contains(v)).collect()
}

/// `12345.6` with one decimal as "12,345.6".
pub(super) fn grouped(value: f64, decimals: usize) -> String {
    let text = format!("{:.decimals$}", value.abs());
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let mut out = String::from(if value < 0.0 && text.bytes().any(|b| (b'1'..=b'9').contains(&b)) { "-" } else { "" });
    for (k, digit) in whole.chars().enumerate() {
        if k > 0 && (whole.len() - k).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out + rest
}

/// A number with four significant digits (all of them, if it has more before the point), "-" if there is none.
pub(super) fn four_digits(value: f64) -> String {
    match value.abs() {
        _ if !value.is_finite() => "-".into(),
        0.0 => "0".into(),
        a if a >= 1e7 => format!("{value:.3e}"),
        a if a >= 1e-4 => grouped(value, (3 - a.log10().floor() as i32).clamp(0, 7) as usize),
        _ => format!("{value:.1e}"),
    }
}

/// As [`four_digits`], without zeros at the end.
pub(super) fn short(value: f64) -> String {
    let text = four_digits(value);
    if !text.contains('.') || text.contains('e') {
        return text;
    }
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(axis: &Axis, length: f64) -> Vec<f64> {
        axis.ticks(length).into_iter().map(|(v, _)| v).collect()
    }

    #[test]
    fn ticks_are_round_and_inside() {
        let axis = Axis::linear("x", [3.0, 97.0]).with_zero();
        assert_eq!(values(&axis, 350.0), [0.0, 20.0, 40.0, 60.0, 80.0]);
        assert_eq!(values(&Axis::linear("x", [-0.31, 0.42]), 350.0), [-0.2, 0.0, 0.2, 0.4]);
        assert_eq!(values(&Axis::linear("x", [0.0, 2.0]).whole(), 900.0), [0.0, 1.0, 2.0]);
        assert_eq!(
            values(&Axis::log("x", [1.0, 900.0]), 460.0),
            [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0]
        );
        // Upright, numbers need no more than a line each; lying, a million takes the room of two powers.
        let million = Axis::log("x", [1.0, 1e6]);
        let upright: Vec<f64> = million.ticks_up(200.0).into_iter().map(|(v, _)| v).collect();
        assert_eq!(upright, [1.0, 10.0, 100.0, 1e3, 1e4, 1e5, 1e6]);
        assert_eq!(values(&million, 200.0), [1.0, 1e3, 1e6]);
        assert_eq!(values(&Axis::words("x", ["a".into(), "b".into()]), 1.0), [0.0, -1.0]);
    }

    #[test]
    fn an_axis_stands_any_values() {
        let odd =
            [vec![], vec![0.0], vec![-5.0], vec![f64::NAN, f64::INFINITY], vec![1e300, 1.0], vec![7.0, 7.0 + 1e-15]];
        for values in odd {
            for axis in [
                Axis::linear("x", values.clone()),
                Axis::log("x", values.clone()),
                Axis::linear("x", values).with_zero(),
            ] {
                assert!((1..60).contains(&axis.ticks(300.0).len()), "{axis:?}");
                assert!(axis.ticks(300.0).iter().all(|(v, _)| (0.0..=1.0).contains(&axis.share(*v))), "{axis:?}");
            }
        }
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!([3.27, 577.0, 12345.6].map(four_digits), ["3.270", "577.0", "12,346"]);
        let texts = [0.0, 0.5, 1234.5, 12.0, 1e9, 1e-7, -0.00012, f64::NAN].map(short);
        assert_eq!(texts, ["0", "0.5", "1,234", "12", "1.000e9", "1.0e-7", "-0.00012", "-"]);
        assert_eq!(
            [grouped(-1234567.25, 1), grouped(-0.01, 1), grouped(999.96, 1)],
            ["-1,234,567.2", "0.0", "1,000.0"]
        );
    }
}
