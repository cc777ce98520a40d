//! Resampling: sines that are kept, sines that go, pieces, edges, gaps and ratios.

use std::f64::consts::TAU;

use super::super::Resampler;

fn resampled(from: f64, to: f64, pieces: &[&[f32]]) -> Vec<f32> {
    let mut resampler = Resampler::new(from, to).expect("valid");
    let mut out = Vec::new();
    pieces.iter().for_each(|piece| resampler.process(piece, &mut out));
    resampler.finish(&mut out);
    out
}

fn sine(rate: f64, hertz: f64, samples: usize) -> Vec<f32> {
    (0..samples).map(|n| (TAU * hertz * n as f64 / rate + 0.3).sin() as f32).collect()
}

const RATES: [(f64, f64); 10] = [
    (250.0, 125.0),
    (125.0, 64.0),
    (256.0, 100.0),
    (10.0, 4.0),
    (200.0, 64.0),
    (487.5, 64.0),
    (0.5, 4.0),
    (10.0, 64.0),
    (1.0, 25.0),
    (100.0, 128.0),
];

#[test]
fn a_sine_below_the_lower_nyquist_frequency_is_kept() {
    for (from, to) in RATES {
        for part in [0.05, 0.4, 0.85] {
            let hertz = part * from.min(to) / 2.0;
            let samples = (200.0 * from / from.min(to)) as usize;
            let out = resampled(from, to, &[&sine(from, hertz, samples)]);
            let expected = sine(to, hertz, out.len());
            let edge = (40.0 * to / from.min(to)) as usize;
            let inner = edge..out.len() - edge;
            let worst = inner.map(|n| (out[n] - expected[n]).abs()).fold(0.0, f32::max);
            assert!(worst < 0.01, "{from} to {to} Hz: a sine of {hertz} Hz is off by {worst}");
        }
    }
}

#[test]
fn a_sine_above_the_new_nyquist_frequency_goes() {
    for (from, to) in RATES.into_iter().filter(|(from, to)| from > to) {
        for part in [1.0_f64, 1.1, 1.5, 1.9] {
            let hertz = (part * to / 2.0).min(from / 2.0 * 0.999);
            let out = resampled(from, to, &[&sine(from, hertz, (200.0 * from / to) as usize)]);
            let worst = out[40..out.len() - 40].iter().map(|value| value.abs()).fold(0.0, f32::max);
            assert!(worst < 0.01, "{from} to {to} Hz: a sine of {hertz} Hz is left at {worst}");
        }
    }
}

#[test]
fn pieces_give_what_the_whole_gives() {
    for (from, to) in RATES.into_iter().chain([(64.0, 64.0)]) {
        let whole: Vec<f32> = (0..1501_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 8) as f32 / 1e6).collect();
        let expected = resampled(from, to, &[&whole]);
        assert_eq!(expected.len() as u64, Resampler::new(from, to).expect("valid").output_len(1501));
        for size in [1, 7, 30, 1000] {
            let pieces: Vec<&[f32]> = whole.chunks(size).collect();
            assert_eq!(resampled(from, to, &pieces), expected, "{from} to {to} Hz in pieces of {size}");
        }
    }
}

#[test]
fn a_constant_stays_and_edges_do_not_ring() {
    for (from, to) in RATES {
        let out = resampled(from, to, &[&[37.5; 90]]);
        assert!(out.iter().all(|value| (value - 37.5).abs() < 1e-4), "{from} to {to} Hz");
    }
    assert_eq!(resampled(250.0, 64.0, &[&[2.0]]), [2.0]);
    assert_eq!(resampled(250.0, 64.0, &[]), [] as [f32; 0]);
}

#[test]
fn nan_reaches_as_far_as_the_filter() {
    let mut input = vec![1.0; 1000];
    input[500] = f32::NAN;
    let out = resampled(100.0, 50.0, &[&input]);
    let first = out.iter().position(|value| value.is_nan()).expect("valid");
    let last = out.iter().rposition(|value| value.is_nan()).expect("valid");
    assert!((218..=219).contains(&first) && (281..=282).contains(&last), "{first} to {last}");
    assert!(out[first..=last].iter().all(|value| value.is_nan()));
}

#[test]
fn a_resampler_starts_anew_after_finish() {
    let mut resampler = Resampler::new(125.0, 64.0).expect("valid");
    let (mut first, mut second) = (Vec::new(), Vec::new());
    for out in [&mut first, &mut second] {
        resampler.process(&sine(125.0, 3.0, 333), out);
        resampler.finish(out);
    }
    assert_eq!(first, second);
}

#[test]
fn rates_without_a_ratio_are_refused() {
    let wrong = |from, to| Resampler::new(from, to).expect_err("is wrong").to_string();
    for word in ["no ratio", "3.14159", "choose"] {
        assert!(wrong(100.0, std::f64::consts::PI).contains(word));
    }
    assert!(wrong(0.0, 64.0).contains("0 Hz and 64 Hz, expected numbers above 0"));
    assert!(wrong(f64::INFINITY, f64::NAN).contains("inf Hz and NaN Hz"));
    assert!(wrong(1e300, 1e-300).contains("no ratio"));
    // 100 samples in records of 0.3333 s are 300.03 Hz, which is no 300 Hz.
    assert!(wrong(100.0 / 0.3333, 64.0).contains("300.0300"));
    // 85 samples in records of 0.34 s are 250 Hz but for rounding.
    assert_eq!(Resampler::new(85.0 / 0.34, 64.0).expect("valid").output_len(250), 64);
}
