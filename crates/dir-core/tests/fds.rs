//! Feature distribution smoothing over a run: epochs that do not follow one another, passes and states that do not fit.

use dir_core::bins::Bins;
use dir_core::fds::{Covariance, EmptyBins, Fds, FdsConfig, FdsError, Moments, Order, StatisticsPass};
use dir_core::random::Stream;
use dir_core::smooth::Padding;

fn bins(count: usize) -> Bins {
    Bins::uniform(0.0, 1.0, count).expect("valid")
}

fn fds(config: &FdsConfig) -> Fds {
    config.init(&bins(4), 2).expect("valid")
}

/// Twelve rows over the four bins; their features differ from one `turn` to the next.
fn rows(turn: usize) -> (Vec<f64>, Vec<f64>) {
    let mut stream = Stream::new(&[turn as u64]);
    let targets: Vec<f64> = (0..24).map(|row| f64::from(row % 4) + 0.5).collect();
    (targets.iter().flat_map(|y| [y + stream.normal(), 3.0 * stream.normal() - y]).collect(), targets)
}

fn end(fds: &mut Fds, epoch: usize, turn: usize) -> Result<(), FdsError> {
    let mut pass = fds.statistics();
    let (features, targets) = rows(turn);
    pass.push_rows(&features, &targets).expect("fits");
    fds.end_of_epoch(epoch, pass)
}

#[test]
fn lagged_statistics_are_published_at_whichever_epoch_comes_next() {
    let mut consecutive = fds(&FdsConfig::default());
    for epoch in 0..4 {
        end(&mut consecutive, epoch, epoch).expect("in order");
    }
    // A model resumed at epoch 10, statistics every fifth epoch, one epoch left out.
    for epochs in [[10, 11, 12, 13], [0, 5, 10, 15], [0, 1, 3, 4]] {
        let mut other = fds(&FdsConfig::default());
        for (turn, epoch) in epochs.into_iter().enumerate() {
            assert!(other.wants_statistics(epoch));
            end(&mut other, epoch, turn).expect("in order");
            assert_eq!(other.calibration(epoch + 1).is_identity(), turn == 0, "{epochs:?} after {epoch}");
        }
        assert_eq!(
            (&other.state().smoothed, &other.state().running),
            (&consecutive.state().smoothed, &consecutive.state().running)
        );
    }
}

#[test]
fn an_epoch_at_or_before_the_last_one_is_an_error() {
    for order in [Order::Lagged, Order::Immediate] {
        let mut fds = fds(&FdsConfig { order, ..FdsConfig::default() });
        end(&mut fds, 3, 0).expect("the first");
        let before = fds.clone();
        for epoch in [0, 3] {
            assert!(!fds.wants_statistics(epoch));
            assert!(end(&mut fds, epoch, 1).is_err(), "{order:?} {epoch}");
        }
        assert_eq!(fds, before);
    }
}

#[test]
fn passes_of_another_fds_are_refused() {
    let config = FdsConfig::default();
    let full = FdsConfig { covariance: Covariance::Full, ..FdsConfig::default() };
    let low_rank = FdsConfig { covariance: Covariance::LowRank(1), ..FdsConfig::default() };
    let others = [
        config.init(&bins(8), 2),
        config.init(&Bins::uniform(0.0, 2.0, 4).expect("valid"), 2),
        config.init(&bins(4), 3),
        FdsConfig { first_bin: 1, ..config.clone() }.init(&bins(4), 2),
        full.init(&bins(4), 2),
        low_rank.init(&bins(4), 2),
    ];
    for other in others.map(|other| other.expect("valid")) {
        let mut pass = other.statistics();
        let targets: Vec<f64> = (0..8).map(|k| f64::from(k) + 0.5).collect();
        pass.push_rows(&vec![1.0; 8 * other.dim()], &targets).expect("fits");
        let mut own = fds(&config);
        assert!(own.end_of_epoch(0, pass.clone()).is_err(), "{:?}", other.config());
        assert!(own.statistics().merge(pass).is_err(), "{:?}", other.config());
        assert_eq!(own, fds(&config));
        assert!(own.load_state(other.state().clone()).is_err(), "{:?}", other.config());
    }
}

#[test]
fn every_bin_of_a_state_is_checked() {
    for covariance in [Covariance::Diagonal, Covariance::Full, Covariance::LowRank(1)] {
        let config = FdsConfig { covariance, ..FdsConfig::default() };
        let mut trained = fds(&config);
        end(&mut trained, 0, 0).expect("fits");
        end(&mut trained, 1, 1).expect("fits");
        let state = trained.state().clone();
        let mut short = state.clone();
        short.smoothed[3].mean.pop();
        let mut nan = state.clone();
        nan.last[2].mean[1] = f64::NAN;
        let mut other_spread = state.clone();
        other_spread.running[1].spread = dir_core::fds::Spread::Diagonal(vec![1.0; 5]);
        for bad in [short, nan, other_spread] {
            let mut fresh = fds(&config);
            assert!(matches!(fresh.load_state(bad), Err(FdsError::State { .. })), "{covariance:?}");
        }
        fds(&config).load_state(state).expect("its own");
    }
}

#[test]
fn no_number_panics() {
    let trained = {
        let mut fds = fds(&FdsConfig { covariance: Covariance::Full, order: Order::Immediate, ..FdsConfig::default() });
        end(&mut fds, 0, 0).expect("fits");
        fds
    };
    assert!(trained.calibration(1).matrix(0).is_some());
    assert_eq!(trained.calibration(1).matrix(99), None);
    let mut none = StatisticsPass::of_bins(&bins(2), 0);
    none.push_rows::<f64>(&[], &[0.5, 0.5, 1.5]).expect("no features");
    assert!(none.push_rows(&[1.0], &[0.5]).is_err());
    let counts: Vec<u64> = none.into_statistics().expect("no features").into_iter().map(|(count, _)| count).collect();
    assert_eq!(counts, [2, 1]);
    for covariance in [Covariance::Diagonal, Covariance::Full, Covariance::LowRank(1)] {
        assert!(Moments::new(2, 1, covariance).push(&[1.0], &[Some(2)]).is_err());
        assert!(Moments::new(2, 0, covariance).push(&[1.0], &[Some(1)]).is_err());
        assert_eq!(Moments::new(2, 0, covariance).finish().len(), 2);
    }
}

/// Own spread diag(1e-6, 0) and goal the identity, reached by one bin of such features beside bins of unit variance.
#[test]
fn full_and_low_rank_scales_stay_within_the_bounds_of_the_ratio() {
    let thin: Vec<f64> = (0..200).flat_map(|k| [if k % 2 == 0 { 1e-3 } else { -1e-3 }, 0.0]).collect();
    let mut stream = Stream::new(&[9]);
    let wide: Vec<f64> = (0..200).flat_map(|_| [stream.normal(), stream.normal()]).collect();
    for covariance in [Covariance::Full, Covariance::LowRank(1), Covariance::LowRank(2), Covariance::Diagonal] {
        let config = FdsConfig { covariance, order: Order::Immediate, ..FdsConfig::default() };
        let mut fds = config.init(&bins(2), 2).expect("valid");
        let mut pass = fds.statistics();
        pass.push_rows(&thin, &[0.5; 200]).expect("fits");
        pass.push_rows(&wide, &[1.5; 200]).expect("fits");
        fds.end_of_epoch(0, pass).expect("fits");
        let calibration = fds.calibration(1);
        for bin in [0.5, 1.5] {
            let at = |z: [f64; 2]| calibration.apply(&z, &[bin]).expect("fits");
            let origin = at([0.0, 0.0]);
            for direction in 0..16 {
                let (sin, cos) = (std::f64::consts::PI * f64::from(direction) / 16.0).sin_cos();
                let moved = at([cos, sin]);
                let scale = (moved[0] - origin[0]).hypot(moved[1] - origin[1]);
                assert!(scale <= 10_f64.sqrt() + 1e-9, "{covariance:?} bin {bin}: {scale}");
                assert!(
                    covariance == Covariance::Diagonal || scale >= 0.1_f64.sqrt() - 1e-9,
                    "{covariance:?} bin {bin}: {scale}"
                );
            }
        }
    }
}

/// One row has no variance; the ridge gives it some, so its features are scaled by `√((goal + r) / r)` within the clip.
#[test]
fn a_ridge_applies_to_bins_of_one_row() {
    for covariance in [Covariance::Diagonal, Covariance::Full, Covariance::LowRank(2)] {
        let config = FdsConfig {
            covariance,
            ridge: 1.0,
            shrinkage: 0.0,
            clip: Some([1e-3, 1e3]),
            order: Order::Immediate,
            ..FdsConfig::default()
        };
        let mut fds = config.init(&bins(2), 2).expect("valid");
        let mut pass = fds.statistics();
        pass.push_rows(&[5.0, 5.0], &[0.5]).expect("fits");
        pass.push_rows(&[0.0, 0.0, 4.0, 4.0, 0.0, 4.0, 4.0, 0.0], &[1.5; 4]).expect("fits");
        fds.end_of_epoch(0, pass).expect("fits");
        // The other bin: mean 2, variance 16/3, no covariance. The window's taps at 0 and 1 are as 1 to a (SciPy).
        let share = 0.945_827_999_1 / 1.945_827_999_1;
        let (mean, variance): (f64, f64) = (5.0 + share * (2.0 - 5.0), share * 16.0 / 3.0);
        let found = fds.calibration(1).apply(&[6.0, 4.0], &[0.5]).expect("fits");
        let expected = [mean + (variance + 1.0).sqrt(), mean - (variance + 1.0).sqrt()];
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-6, "{covariance:?}: {found} for {expected}");
        }
    }
}

/// Features a millionth the size are smoothed as others are.
#[test]
fn small_features_are_smoothed_like_large_ones() {
    for covariance in [Covariance::Diagonal, Covariance::Full, Covariance::LowRank(1)] {
        let moved = |unit: f64| {
            let mut fds = fds(&FdsConfig { covariance, order: Order::Immediate, ..FdsConfig::default() });
            let mut pass = fds.statistics();
            let (features, targets) = rows(0);
            let features: Vec<f64> = features.iter().map(|z| z * unit).collect();
            pass.push_rows(&features, &targets).expect("fits");
            fds.end_of_epoch(0, pass).expect("fits");
            fds.calibration(1).apply(&[unit, -2.0 * unit], &[1.5]).expect("fits")
        };
        let (large, small) = (moved(1.0), moved(1e-8));
        assert!((large[0] - 1.0).abs() > 1e-3, "{covariance:?}");
        for (large, small) in large.iter().zip(&small) {
            assert!((large - 1e8 * small).abs() < 1e-9, "{covariance:?}: {large} {small}");
        }
    }
}

/// Where all bins have rows, a mirror smooths as the official programs do, and the default differs from it at the ends only.
#[test]
fn a_mirror_smooths_the_ends_as_the_official_programs_do() {
    let smoothed = |empty_bins, padding| {
        let config = FdsConfig { empty_bins, padding, order: Order::Immediate, ..FdsConfig::default() };
        let mut fds = config.init(&bins(7), 1).expect("valid");
        let mut pass = fds.statistics();
        let targets: Vec<f64> = (0..28).map(|k| f64::from(k % 7) + 0.5).collect();
        let features: Vec<f64> = targets.iter().zip(0..).map(|(y, k)| y * y + f64::from(k % 4)).collect();
        pass.push_rows(&features, &targets).expect("fits");
        fds.end_of_epoch(0, pass).expect("fits");
        fds.state().smoothed.iter().map(|bin| bin.mean[0]).collect::<Vec<f64>>()
    };
    let official = smoothed(EmptyBins::Identity, None);
    let mirror = smoothed(EmptyBins::Masked, Some(Padding::Mirror));
    let default = smoothed(EmptyBins::Masked, None);
    assert_eq!(default, smoothed(EmptyBins::Masked, Some(Padding::Zero)));
    for bin in 0..7 {
        assert!((official[bin] - mirror[bin]).abs() < 1e-12, "{official:?} {mirror:?}");
        let at_an_end = !(2..5).contains(&bin); // the window has two taps to either side
        assert_eq!((official[bin] - default[bin]).abs() > 1e-3, at_an_end, "bin {bin}: {official:?} {default:?}");
    }
}
