//! Resampling by a ratio of whole numbers, piece by piece: windowed-sinc low-pass and interpolation in one filter.
//!
//! `y[n] = Σ_k h(n·M/L - k) · x[k]` with `h(t) = c · sinc(c·t) · kaiser(t / W)`, where `L/M` is the wanted rate over the
//! rate of `x`. The cutoff is `c = 0.943 · min(1, L/M)` of the input's Nyquist frequency, and `W` spans 32 samples of
//! the slower rate on each side: up to 0.88 of the lower of both Nyquist frequencies, amplitudes are kept within 0.1 %;
//! from the lower Nyquist frequency on, they are 60 dB down.
//!
//! # Source
//!
//! Kaiser window and its length for a stop band: Oppenheim & Schafer, "Discrete-Time Signal Processing", section 7.5.

use std::f64::consts::PI;

use thiserror::Error;

/// Samples of the slower rate on each side of the filter.
const HALF: usize = 32;

/// Where the transition band, 0.113 wide, has its middle, as a part of the Nyquist frequency.
const CUTOFF: f64 = 0.943;

/// The Kaiser window's shape for 60 dB: 0.1102 (60 - 8.7).
const BETA: f64 = 5.653;

/// The largest number in a ratio of rates.
const MAX_TERM: u64 = 10_000;

/// Why a signal cannot be resampled.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
#[non_exhaustive]
pub enum ResampleError {
    /// A rate is no rate.
    #[error("found the rates {from} Hz and {to} Hz, expected numbers above 0; check the signal's rate")]
    Rate {
        /// The rate of the input.
        from: f64,
        /// The wanted rate.
        to: f64,
    },
    /// The two rates are in no ratio of small whole numbers.
    #[error(
        "found no ratio of whole numbers up to 10000 between {from} Hz and {to} Hz; choose a rate that has one, such \
         as a whole part of {from} Hz"
    )]
    Ratio {
        /// The rate of the input.
        from: f64,
        /// The wanted rate.
        to: f64,
    },
}

/// Resamples a signal that comes in pieces, as if it came whole.
///
/// The output has a sample at `n / to` seconds for each `n` within the input, so windows of whole seconds stay windows;
/// it comes up to 32 samples of the slower rate later than its input, until [`Resampler::finish`]. Before the start and
/// after the end of the signal its first and last value are taken to go on. Where the filter touches a NaN, which is
/// 32 samples of the slower rate on each side of a gap, the output is NaN. Equal rates pass unchanged.
#[derive(Debug, Clone)]
pub struct Resampler {
    /// `L` and `M`: the output has `up` samples for `down` of the input.
    up: usize,
    down: usize,
    /// The taps of each of the `up` phases, one phase after the other; empty for equal rates.
    taps: Vec<f64>,
    /// Input samples on each side of the filter.
    reach: usize,
    /// Input from the first sample that the next output needs.
    held: Vec<f32>,
    /// Where the next output is, in steps of 1 / `up` from the sample that is `reach - 1` after the first held.
    phase: usize,
    started: bool,
    /// Input that came since the start, times `up`, less `down` for each output: what is left says how many are due.
    due: i64,
}

impl Resampler {
    /// A resampler from one rate in hertz to another.
    ///
    /// # Errors
    ///
    /// When a rate is not above 0, or `to / from` is no ratio of whole numbers up to 10,000 (within 1e-9).
    pub fn new(from: f64, to: f64) -> Result<Self, ResampleError> {
        if !(from.is_finite() && to.is_finite() && from > 0.0 && to > 0.0) {
            return Err(ResampleError::Rate { from, to });
        }
        let (up, down) = ratio(to / from).ok_or(ResampleError::Ratio { from, to })?;
        let reach = (HALF * down.max(up)).div_ceil(up);
        let taps = if up == down { Vec::new() } else { (0..up).flat_map(|p| phase_taps(p, up, down, reach)).collect() };
        Ok(Resampler { up, down, taps, reach, held: Vec::new(), phase: 0, started: false, due: 0 })
    }

    /// How many samples come out for `input` samples in all, once finished.
    #[must_use]
    pub fn output_len(&self, input: u64) -> u64 {
        (u128::from(input) * self.up as u128).div_ceil(self.down as u128) as u64
    }

    /// Takes the next piece of the signal and appends to `out` what it completes.
    pub fn process(&mut self, input: &[f32], out: &mut Vec<f32>) {
        if self.taps.is_empty() {
            out.extend_from_slice(input);
            return;
        }
        let Some(first) = input.first() else { return };
        if !self.started {
            self.started = true;
            self.held.resize(self.reach - 1, *first);
        }
        self.held.extend_from_slice(input);
        self.due += (input.len() * self.up) as i64;
        self.produce(out);
    }

    /// Appends to `out` what is left of the signal, and starts a new one.
    pub fn finish(&mut self, out: &mut Vec<f32>) {
        if let Some(last) = self.held.last().copied().filter(|_| self.started) {
            self.held.resize(self.held.len() + self.reach, last);
            self.produce(out);
        }
        self.held.clear();
        (self.phase, self.started, self.due) = (0, false, 0);
    }

    fn produce(&mut self, out: &mut Vec<f32>) {
        let width = 2 * self.reach;
        let mut first = 0;
        while self.due > 0 {
            let Some(input) = self.held.get(first..first + width) else { break };
            let taps = self.taps.get(self.phase * width..(self.phase + 1) * width).unwrap_or_default();
            out.push(dot(taps, input));
            self.due -= self.down as i64;
            self.phase += self.down;
            first += self.phase / self.up;
            self.phase %= self.up;
        }
        self.held.drain(..first.min(self.held.len()));
    }
}

/// The filter at `phase / up` of a step past an input sample, over the `2 · reach` samples around it; its sum is 1.
fn phase_taps(phase: usize, up: usize, down: usize, reach: usize) -> Vec<f64> {
    let slower = (down as f64 / up as f64).max(1.0);
    let (cutoff, half) = (CUTOFF / slower, HALF as f64 * slower);
    let tap = |j: usize| {
        let t = phase as f64 / up as f64 + (reach - 1) as f64 - j as f64;
        let window = 1.0 - (t / half).powi(2);
        if window < 0.0 { 0.0 } else { sinc(cutoff * t) * bessel(BETA * window.sqrt()) }
    };
    let taps: Vec<f64> = (0..2 * reach).map(tap).collect();
    let sum: f64 = taps.iter().sum();
    taps.into_iter().map(|tap| tap / sum).collect()
}

fn sinc(t: f64) -> f64 {
    if t == 0.0 { 1.0 } else { (PI * t).sin() / (PI * t) }
}

/// The modified Bessel function of the first kind and order 0, by its series.
fn bessel(x: f64) -> f64 {
    let terms = (1..40).scan(1.0, |term, k| {
        *term *= (x / (2.0 * f64::from(k))).powi(2);
        Some(*term)
    });
    1.0 + terms.sum::<f64>()
}

/// The sum of products, in eight sums side by side so that it vectorises.
fn dot(taps: &[f64], input: &[f32]) -> f32 {
    let (taps, last_taps) = taps.as_chunks::<8>();
    let (input, last_input) = input.as_chunks::<8>();
    let mut sums = [0.0; 8];
    for (taps, input) in taps.iter().zip(input) {
        for (sum, (tap, value)) in sums.iter_mut().zip(taps.iter().zip(input)) {
            *sum += tap * f64::from(*value);
        }
    }
    let last: f64 = last_taps.iter().zip(last_input).map(|(tap, value)| tap * f64::from(*value)).sum();
    (sums.iter().sum::<f64>() + last) as f32
}

/// The fraction with terms up to [`MAX_TERM`] that is within 1e-9 of `value`, by continued fractions.
fn ratio(value: f64) -> Option<(usize, usize)> {
    let (mut before, mut now) = ((0, 1), (1, 0));
    let mut rest = value;
    loop {
        let whole = rest.floor();
        if whole > MAX_TERM as f64 {
            return None;
        }
        let next = (whole as u64 * now.0 + before.0, whole as u64 * now.1 + before.1);
        if next.0.max(next.1) > MAX_TERM {
            return None;
        }
        if (next.0 as f64 / next.1 as f64 / value - 1.0).abs() < 1e-9 {
            return Some((next.0 as usize, next.1 as usize));
        }
        (before, now) = (now, next);
        rest = 1.0 / (rest - whole);
    }
}
