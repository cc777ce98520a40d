//! Bins: edges, policies, and the short cut against the search.

use proptest::prelude::*;

use super::*;

#[test]
fn half_open_and_last_closed() {
    let bins = Bins::from_edges(vec![-2.0, -0.5, 3.0]).expect("edges rise");
    let of = |y| bins.bin_of(y).expect("finite");
    assert_eq!([of(-2.0), of(-0.51), of(-0.5), of(3.0), of(9.0), of(-9.0)], [0, 0, 1, 1, 1, 0]);
}

#[test]
fn overflow_bins_surround_the_range() {
    for bins in [Bins::uniform(0.0, 0.1, 3), Bins::log(1.0, 8.0, 3)] {
        let bins = bins.expect("valid").with_out_of_range(OutOfRange::Overflow);
        assert_eq!(bins.len(), 5);
        assert_eq!(bins.bin_of(-1.0), Ok(0));
        assert_eq!(bins.bin_of(99.0), Ok(4));
        let back = bins.clone().with_out_of_range(OutOfRange::Clamp);
        assert_eq!(back.len(), 3);
        assert!(bins.centre(0).is_finite() && bins.centre(4).is_finite());
    }
}

#[test]
fn errors_name_the_row() {
    let bins = Bins::uniform(0.0, 1.0, 3).expect("valid").with_out_of_range(OutOfRange::Error);
    assert_eq!(bins.assign(&[1.0, 4.0]), Err(BinsError::Outside { row: 1, value: 4.0, low: 0.0, high: 3.0 }));
    assert!(matches!(bins.counts(&[0.0, f64::NAN]), Err(BinsError::NotFinite { row: 1, .. })));
    assert!(matches!(Bins::uniform(0.0, 0.0, 3), Err(BinsError::Invalid { name: "width", .. })));
    assert_eq!(Bins::from_edges(vec![1.0]), Err(BinsError::TooFew { found: 0 }));
    assert!(matches!(Bins::quantile(&[2.0, 2.0], 4), Err(BinsError::Constant { rows: 2, .. })));
    assert!(matches!(Bins::quantile(&[1.0, 2.0], usize::MAX), Err(BinsError::TooMany { .. })));
    assert!(matches!(Bins::uniform_over(&[], 4), Err(BinsError::Constant { rows: 0, .. })));
    assert!(matches!(Bins::log(-1.0, 4.0, 3), Err(BinsError::Invalid { name: "low", .. })));
}

#[test]
fn quantile_bins_hold_equal_shares() {
    let values: Vec<f64> = (0..1000).map(|k| f64::from(k).powi(2)).collect();
    let counts = Bins::quantile(&values, 10).and_then(|b| b.counts(&values)).expect("valid");
    assert!(counts.iter().all(|&c| c == 100), "{counts:?}");
}

#[test]
fn sts_b_edges_are_float32() {
    // Reference: f32(k / 10) lands in bin k for all k, 50 in 49 (the official program's bins, re-computed with NumPy).
    let bins = Bins::uniform(0.0, 0.1, 50).expect("valid").with_precision(Precision::F32);
    for k in 0..=50_usize {
        let y = f64::from(k as f32 / 10.0);
        assert_eq!(bins.bin_of(y), Ok(k.min(49)), "score {y}");
    }
}

#[test]
fn serde_keeps_bins_and_refuses_bad_ones() {
    let bins = Bins::log(0.5, 80.0, 7).expect("valid").with_out_of_range(OutOfRange::Overflow);
    let text = serde_json::to_string(&bins).expect("serialises");
    assert_eq!(serde_json::from_str::<Bins>(&text).expect("reads back"), bins);
    let bad = r#"{"edges":{"kind":"uniform","low":0,"width":-1,"count":4}}"#;
    assert!(serde_json::from_str::<Bins>(bad).is_err());
}

proptest! {
    #[test]
    fn the_bin_of_a_target_contains_it(low in -1e6..1e6_f64, width in 1e-3..1e3_f64, count in 1..300_usize, at in 0.0..1.0_f64) {
        let bins = Bins::uniform(low, width, count).expect("valid");
        let (first, last) = (bins.edges()[0], bins.edges()[count]);
        let y = first + (last - first) * at;
        let bin = bins.bin_of(y).expect("finite");
        let (a, b) = bins.range(bin);
        let tolerance = width / 1000.0;
        prop_assert!(a - tolerance <= y && (y < b || bin == count - 1));
        let exact = bins.with_precision(Precision::F64);
        let (a, b) = exact.range(exact.bin_of(y).expect("finite"));
        prop_assert!(a <= y && (y < b || b == last));
    }

    #[test]
    fn the_short_cut_agrees_with_the_search(
        low in -1e6..1e6_f64, width in 1e-9..1e3_f64, count in 1..300_usize, overflow in any::<bool>(),
        precision in 0..4_usize, at in proptest::collection::vec(-0.2..1.2_f64, 1..40)
    ) {
        let policy = if overflow { OutOfRange::Overflow } else { OutOfRange::Clamp };
        let precision = [Precision::Auto, Precision::F64, Precision::F32, Precision::F32Scaled][precision];
        let low = if precision == Precision::F32Scaled { 0.0 } else { low };
        let Ok(bins) = Bins::uniform(low, width, count) else { return Ok(()) };
        let bins = bins.with_out_of_range(policy).with_precision(precision);
        // Between the edges, on them, one step to either side, and far away.
        let mut targets: Vec<f64> = at.iter().map(|at| low + width * count as f64 * at).collect();
        let edges = bins.edges().iter().chain(bins.limits()).filter(|edge| edge.is_finite());
        targets.extend(edges.flat_map(|edge| [edge.next_down(), *edge, edge.next_up()]));
        targets.extend([f64::MIN, -0.0, 0.0, f64::MIN_POSITIVE, f64::MAX]);
        let one_by_one: Result<Vec<usize>, _> = targets.iter().map(|&y| bins.bin_of(y)).collect();
        prop_assert_eq!(bins.assign(&targets), one_by_one);
    }
}
