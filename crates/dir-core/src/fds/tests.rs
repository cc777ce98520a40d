//! The golden trace of the official age module, and what holds for every configuration.

use super::*;
use crate::Compat;

/// Section 2.7 of the reference numbers: 12 rows, 2 features, 5 bins; raw features of epoch `e`.
fn features(epoch: usize) -> Vec<f64> {
    (0..12_usize)
        .flat_map(|i| [0.5 * (i + 1) as f64 + epoch as f64, (i * i % 7) as f64 - 0.25 * (epoch * i) as f64])
        .collect()
}

const TARGETS: [f64; 12] = [1.0, 1.0, 2.0, 2.0, 2.0, 3.0, 4.0, 4.0, 5.0, 5.0, 0.0, 6.0];

fn trained(config: &FdsConfig, epochs: usize) -> Fds {
    let mut fds = config.init(&Bins::uniform(0.0, 1.0, 6).expect("valid"), 2).expect("valid");
    for epoch in 0..epochs {
        let mut pass = fds.statistics();
        pass.push_rows(&features(epoch), &TARGETS).expect("fits");
        fds.end_of_epoch(epoch, pass).expect("fits");
    }
    fds
}

fn probe(fds: &Fds, epoch: usize, bin: usize) -> Vec<f64> {
    fds.calibration(epoch).apply(&[1.0, -2.0], &[bin as f64]).expect("fits")
}

fn close(got: &[f64], expected: &[f64]) {
    assert_eq!(got.len(), expected.len());
    for (g, e) in got.iter().zip(expected) {
        assert!((g - e).abs() < 2e-6, "{got:?} for {expected:?}");
    }
}

#[test]
fn the_official_trace() {
    let config = FdsConfig::ages(1, Compat::Official);
    let fds = trained(&config, 2);
    close(&fds.state().running[0].mean, &[2.433_333, 0.908_333]);
    close(&fds.state().running[0].spread.values(), &[7.583_333, 0.939_583]);
    close(&fds.state().smoothed[3].mean, &[3.560_893, 1.998_197]);
    close(&probe(&fds, 0, 1), &[1.0, -2.0]);
    let at_2 = [
        [1.756_633, 0.178_549],
        [-0.252_396, -1.366_874],
        [1.0, -2.0],
        [-0.191_571, -1.101_8],
        [1.421_831, -0.063_592],
    ];
    (1..=5).zip(&at_2).for_each(|(bin, expected)| close(&probe(&fds, 2, bin), expected));
    let fds = trained(&config, 3);
    let at_3 = [
        [1.765_406, 0.511_734],
        [-0.645_014, -1.252_601],
        [1.0, -2.0],
        [-0.341_735, -0.734_32],
        [1.416_906, 0.012_673],
    ];
    (1..=5).zip(&at_3).for_each(|(bin, expected)| close(&probe(&fds, 3, bin), expected));
}

#[test]
fn the_corrected_trace() {
    let config = FdsConfig { empty_bins: EmptyBins::Identity, first_bin: 1, ..FdsConfig::default() };
    let fds = trained(&config, 2);
    let at_2 = [
        [1.804_647, 0.178_883],
        [0.006_877, -1.500_614],
        [1.0, -2.0],
        [-0.059_906, -1.409_28],
        [1.477_055, -0.191_436],
    ];
    (1..=5).zip(&at_2).for_each(|(bin, expected)| close(&probe(&fds, 2, bin), expected));
    let fds = trained(&config, 3);
    let at_3 = [
        [1.856_633, 0.064_238],
        [-0.152_396, -1.504_762],
        [1.0, -2.0],
        [-0.091_571, -1.290_335],
        [1.521_831, -0.245_082],
    ];
    (1..=5).zip(&at_3).for_each(|(bin, expected)| close(&probe(&fds, 3, bin), expected));
}

#[test]
fn a_saved_state_goes_on_to_the_same_numbers() {
    for covariance in [Covariance::Diagonal, Covariance::Full, Covariance::LowRank(1)] {
        let config = FdsConfig { covariance, ..FdsConfig::default() };
        let whole = trained(&config, 4);
        let text = serde_json::to_string(trained(&config, 2).state()).expect("serialises");
        let mut resumed = config.init(&Bins::uniform(0.0, 1.0, 6).expect("valid"), 2).expect("valid");
        resumed.load_state(serde_json::from_str(&text).expect("reads back")).expect("fits");
        for epoch in 2..4 {
            let mut pass = resumed.statistics();
            pass.push_rows(&features(epoch), &TARGETS).expect("fits");
            resumed.end_of_epoch(epoch, pass).expect("fits");
        }
        assert_eq!(resumed, whole);
    }
}

#[test]
fn mistakes_are_named() {
    let bins = Bins::uniform(0.0, 1.0, 100).expect("valid");
    let wide = FdsConfig { covariance: Covariance::Full, ..FdsConfig::default() }.init(&bins, 2048);
    let text = wide.expect_err("too wide").to_string();
    assert!(text.contains("16.8 GB") && text.contains("low_rank"), "{text}");
    let momentum = FdsConfig { momentum: Some(1.0), ..FdsConfig::default() }.init(&bins, 4);
    assert!(matches!(momentum, Err(FdsError::Config { name: "momentum", .. })));
    let mut fds = FdsConfig::default().init(&bins, 4).expect("valid");
    let other = FdsConfig::default().init(&bins, 5).expect("valid");
    assert!(matches!(fds.load_state(other.state().clone()), Err(FdsError::State { .. })));
    assert!(matches!(fds.end_of_epoch(0, other.statistics()), Err(FdsError::Width { found: 5, expected: 4 })));
    assert!(matches!(
        fds.statistics().push_rows(&[0.0_f32; 4], &[1.0, 2.0]),
        Err(FdsError::Rows { rows: 1, targets: 2 })
    ));
}

#[test]
fn a_config_reads_back_and_refuses_unknown_keys() {
    let config = FdsConfig { covariance: Covariance::LowRank(8), ..FdsConfig::nyud2(Compat::Official) };
    let text = serde_json::to_string(&config).expect("serialises");
    assert_eq!(serde_json::from_str::<FdsConfig>(&text).expect("reads back"), config);
    assert!(serde_json::from_str::<FdsConfig>(r#"{"momentun":0.9}"#).is_err());
}
