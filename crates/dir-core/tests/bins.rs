//! Bins of decimal, single-precision, extreme and few-valued targets. Expected bins come from whole-number arithmetic.

use dir_core::bins::{Bins, OutOfRange, Precision};
use dir_core::random::Stream;

/// `whole / 10^digits`, correctly rounded: what a reader makes of the decimal number.
fn decimal(whole: i64, digits: i32) -> f64 {
    whole as f64 / 10_f64.powi(digits)
}

#[test]
fn tenths_fall_into_the_bin_that_they_begin() {
    let targets: Vec<f64> = (0..=50).flat_map(|k| [decimal(k, 1); 100]).collect();
    let bins = Bins::uniform(0.0, 0.1, 51).expect("valid");
    assert_eq!(bins.counts(&targets).expect("finite"), vec![100; 51]);
}

#[test]
fn decimal_targets_fall_into_their_bins_in_both_precisions() {
    // Low end and width in units of 10^-digits.
    for (low, width, digits) in
        [(0, 1, 1), (-3, 1, 1), (7, 3, 1), (-1000, 1, 1), (0, 5, 2), (0, 25, 2), (-314, 7, 3), (12, 1, 3)]
    {
        let bins = Bins::uniform(decimal(low, digits), decimal(width, digits), 300).expect("valid");
        for k in 0..300 {
            let y = decimal(low + width * k, digits);
            for y in [y, f64::from(y as f32)] {
                assert_eq!(bins.bin_of(y), Ok(k as usize), "{low} {width} {digits}: {y}");
            }
        }
    }
}

#[test]
fn single_precision_targets_share_the_bins_of_their_double_rows() {
    let mut stream = Stream::new(&[1]);
    for bins in [Bins::uniform(-2.0, 0.1, 101), Bins::log(0.01, 100.0, 40), Bins::uniform(0.0, 1.0, 121)] {
        let bins = bins.expect("valid");
        let (low, high) = (bins.edges()[0], bins.edges()[bins.len()]);
        let double: Vec<f64> =
            (0..20_000).map(|_| low + (high - low) * stream.unit()).chain(bins.edges().to_vec()).collect();
        let single: Vec<f64> = double.iter().map(|&y| f64::from(y as f32)).collect();
        assert_eq!(bins.assign(&double), bins.assign(&single));
    }
}

#[test]
fn powers_of_ten_begin_bins_of_a_decade() {
    let bins = Bins::log(1e-3, 1e3, 6).expect("valid");
    for (k, y) in [1e-3, 1e-2, 0.1, 1.0, 10.0, 100.0].into_iter().enumerate() {
        assert_eq!([bins.bin_of(y), bins.bin_of(f64::from(y as f32))], [Ok(k), Ok(k)], "{y}");
    }
}

#[test]
fn the_tolerance_is_far_below_any_target_of_its_own() {
    let bins = Bins::uniform(0.0, 0.1, 51).expect("valid");
    for k in 1..=50 {
        assert_eq!(bins.bin_of(decimal(100_000 * k - 1, 6)), Ok(k as usize - 1), "a millionth below {k} tenths");
    }
    // Single precision has steps of 128 here: bins of 1 and of a tenth keep double precision.
    let seconds = Bins::uniform(1.6e9, 1.0, 300).expect("valid");
    let tenths = Bins::uniform(1.6e9, 0.1, 300).expect("valid");
    for k in 0..300 {
        assert_eq!(seconds.bin_of(1.6e9 + f64::from(k)), Ok(k as usize));
        assert_eq!(seconds.bin_of(1.6e9 + f64::from(k) + 0.99), Ok(k as usize));
        assert_eq!(tenths.bin_of(decimal(16_000_000_000 + i64::from(k), 1)), Ok(k as usize));
    }
}

#[test]
fn uniform_bins_over_values_hold_the_largest() {
    let mut stream = Stream::new(&[2]);
    for _ in 0..2000 {
        let low = 1e3 * (stream.unit() - 0.5);
        let high = low + 1e3 * stream.unit() + 1e-3;
        let count = 1 + stream.below(200);
        let bins = Bins::uniform_over(&[low, high], count).expect("a range");
        assert_eq!(bins.edges()[count], high);
        let strict = bins.clone().with_out_of_range(OutOfRange::Error);
        assert_eq!(strict.bin_of(high), Ok(count - 1), "{low} {high} {count}");
        let around = bins.with_out_of_range(OutOfRange::Overflow);
        assert_eq!(around.assign(&[low, high]), Ok(vec![1, count]), "{low} {high} {count}");
    }
}

#[test]
fn the_largest_single_number_falls_into_the_last_scaled_bin() {
    let bins = Bins::uniform(0.0, 0.1, 100).expect("valid").with_precision(Precision::F32Scaled);
    assert_eq!(bins.bin_of(f64::from(f32::MAX)), Ok(99));
    assert_eq!(bins.bin_of(f64::MAX), Ok(99));
    assert_eq!(bins.bin_of(-1.0), Ok(0));
}

#[test]
fn quantile_bins_of_few_distinct_values_are_never_empty() {
    let values = [[0.0; 4], [10.0; 4]].concat();
    for count in 1..40 {
        let bins = Bins::quantile(&values, count).expect("two values");
        let counts = bins.counts(&values).expect("finite");
        assert!(counts.iter().all(|&n| n > 0), "{count}: {counts:?}");
    }
    let mut stream = Stream::new(&[3]);
    for _ in 0..200 {
        let values: Vec<f64> = (0..30).map(|_| stream.below(6) as f64).chain([0.0, 5.0]).collect();
        let counts = Bins::quantile(&values, 1 + stream.below(60)).and_then(|bins| bins.counts(&values));
        assert!(counts.as_ref().is_ok_and(|counts| counts.iter().all(|&n| n > 0)), "{counts:?}");
    }
}
