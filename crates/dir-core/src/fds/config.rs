//! What a user chooses about FDS, and what is refused.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::Compat;
use crate::bins::BinsError;
use crate::kernel::{KernelConfig, KernelError};
use crate::ops::OpError;
use crate::smooth::Padding;

/// What keeps features from being smoothed. Worded to follow "failed to smooth the features: ".
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum FdsError {
    /// A number of the configuration that makes no sense.
    #[error("found {name} = {value}, expected {expected}")]
    Config {
        /// Which number.
        name: &'static str,
        /// Its value.
        value: f64,
        /// What it should be.
        expected: &'static str,
    },
    /// Full covariance of features too wide for it.
    #[error(
        "found {dim} features under full covariance, expected at most {limit}: {bins} bins would take {gigabytes:.1} GB and \
         about {seconds:.0} s of eigen-decompositions an epoch; use low_rank or diagonal, or raise max_full_dim"
    )]
    TooWide {
        /// Features of a row.
        dim: usize,
        /// Most allowed.
        limit: usize,
        /// Bins with statistics.
        bins: usize,
        /// Memory for the three tables, the sums and the transforms.
        gigabytes: f64,
        /// Time for the decompositions, at 10 GFLOP/s.
        seconds: f64,
    },
    /// Targets and features that do not belong together.
    #[error("found {targets} targets for {rows} feature rows, expected as many")]
    Rows {
        /// Feature rows.
        rows: usize,
        /// Targets.
        targets: usize,
    },
    /// Features of another width.
    #[error("found features of width {found}, expected {expected}")]
    Width {
        /// Their width.
        found: usize,
        /// The width that the statistics were made for.
        expected: usize,
    },
    /// A feature that is NaN or infinite would spoil its bin for good.
    #[error("found feature {value} in row {row}, column {column}, expected a finite number")]
    NotFinite {
        /// Row of the block.
        row: usize,
        /// Column.
        column: usize,
        /// The feature.
        value: f64,
    },
    /// The same, found on a GPU, where only the bin is known.
    #[error(
        "found statistics {value} in bin {bin}, column {column}, expected finite features; the model may have diverged"
    )]
    NotFiniteBin {
        /// Row of the statistics.
        bin: usize,
        /// Column.
        column: usize,
        /// What its features came to.
        value: f64,
    },
    /// A row in a bin that does not exist.
    #[error("found bin {bin} for row {row}, expected less than {bins}")]
    Bin {
        /// Row of the block.
        row: usize,
        /// Its bin.
        bin: usize,
        /// Number of bins.
        bins: usize,
    },
    /// Statistics of an epoch that lies behind.
    #[error(
        "found statistics of epoch {found} after those of epoch {last}, expected a later epoch; epochs count on when training resumes"
    )]
    Epoch {
        /// The epoch.
        found: usize,
        /// The last one taken in.
        last: usize,
    },
    /// Tensors that do not fit one another.
    #[error("failed to run the operation")]
    Op(#[from] OpError),
    /// Statistics made with other settings.
    #[error("found statistics of {found}, expected {expected}; they come from another model or configuration")]
    State {
        /// What was given.
        found: String,
        /// What fits.
        expected: String,
    },
    /// See [`BinsError`].
    #[error("failed to bin the targets")]
    Bins(#[from] BinsError),
    /// See [`KernelError`].
    #[error("failed to make the kernel")]
    Kernel(#[from] KernelError),
}

/// How the spread of a bin's features is described.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Covariance {
    /// A variance per feature (the official program).
    #[default]
    Diagonal,
    /// A covariance matrix (the paper, eq. 3 and 6).
    Full,
    /// The given number of principal directions, and one variance for all others (ours): wide features within reach.
    LowRank(usize),
}

/// What becomes of bins that no row has been seen in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmptyBins {
    /// They take no part: the kernel is renormalised over the bins seen, and rows that fall into them stay as they are.
    #[default]
    Masked,
    /// They take the statistics of the nearest bin seen (of two at the same distance, the lower).
    Nearest,
    /// They keep mean 0 and variance 1 and leak into their neighbours (official, ages and NYUD2).
    Identity,
    /// They are filled from left to right with the mean of their two neighbours (official, STS-B).
    Fill,
}

/// When the statistics of an epoch are put to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// The end of an epoch publishes the running statistics from before it, then takes in its own (official). The first effect follows
    /// the second epoch with statistics: epoch 2, counted from 0, if each epoch has some.
    #[default]
    Lagged,
    /// The epoch's end takes in its own statistics, then publishes them: first effect in the second epoch.
    Immediate,
}

/// Feature distribution smoothing as a user writes it.
///
/// | name | default | purpose | official flag |
/// |---|---|---|---|
/// | `kernel` | gaussian 5/2 | smooths statistics over bins | `--fds_kernel`, `--fds_ks`, `--fds_sigma` |
/// | `momentum` | 0.9 | share of the old statistics; absent: cumulative, by row counts | `--fds_mmt` |
/// | `start_update` | 0 | first epoch whose statistics count | `--start_update` |
/// | `start_smooth` | 1 | first epoch that calibrates | `--start_smooth` |
/// | `clip` | 0.1 to 10 | bounds of the variance ratio, of covariances in every direction | none: ages; 0.5 to 2 STS-B; 0.2 to 5 NYUD2 |
/// | `first_bin` | 0 | bins below count as this one | `--bucket_start` |
/// | `empty_bins` | masked | bins never seen | none |
/// | `padding` | absent | what the kernel sees beyond the end bins: absent is nothing, renormalised, under `masked`, and `mirror`, as in the official program, otherwise | none: mirror |
/// | `order` | lagged | when statistics are used | none |
/// | `covariance` | diagonal | diagonal, full, low_rank | none |
/// | `shrinkage` | 0.1 | share of the mean variance in full and low-rank spreads | none |
/// | `ridge` | 0 | added to every variance before the ratio or the square roots, of bins of one row too | none |
/// | `max_full_dim` | 512 | widest features under full | none |
/// | `train_mode_pass` | false | statistics pass with batch-norm and dropout in training mode | none: official does |
/// | `quirks` | none | behaviour of the official programs, see [`Quirks`] | none |
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FdsConfig {
    /// Smooths statistics over bins.
    pub kernel: KernelConfig,
    /// Share of the old statistics; `None`: cumulative average, weighted by row counts.
    pub momentum: Option<f64>,
    /// First epoch (from 0) whose statistics count.
    pub start_update: usize,
    /// First epoch that calibrates.
    pub start_smooth: usize,
    /// Bounds of the ratio of smoothed to own variance: a dying feature would be blown up. Under full and low-rank covariance the
    /// generalised eigenvalues of both matrices, which are the ratios along their directions, are kept within them.
    pub clip: Option<[f64; 2]>,
    /// Bins below count as this one.
    pub first_bin: usize,
    /// Bins that no row has been seen in.
    pub empty_bins: EmptyBins,
    /// What the kernel sees beyond the end bins. `None`: [`Padding::Zero`] under [`EmptyBins::Masked`], otherwise [`Padding::Mirror`], as
    /// the official programs have it. The kernel is renormalised over what it sees. At the ends the two differ even where all bins
    /// have rows: a mirror counts the neighbours within the range twice.
    pub padding: Option<Padding>,
    /// When the statistics of an epoch are put to use.
    pub order: Order,
    /// How the spread of a bin's features is described.
    pub covariance: Covariance,
    /// `S ← (1 - s) S + s · tr(S)/D · I` before the square roots: a bin with fewer rows than features has no inverse.
    pub shrinkage: f64,
    /// Added to every variance before the ratio or the square roots. Without it a feature that does not vary within its bin stays as it
    /// is, and so does a bin of one row.
    pub ridge: f64,
    /// Widest features under full covariance.
    pub max_full_dim: usize,
    /// Run the statistics pass in training mode, as the official programs do: it moves batch-norm's running statistics a
    /// second time and keeps dropout on. An instruction to the training loop; this crate runs no model.
    pub train_mode_pass: bool,
    /// Behaviour of the official programs.
    pub quirks: Quirks,
}

impl Default for FdsConfig {
    fn default() -> Self {
        Self {
            kernel: KernelConfig::default(),
            momentum: Some(0.9),
            start_update: 0,
            start_smooth: 1,
            clip: Some([0.1, 10.0]),
            first_bin: 0,
            empty_bins: EmptyBins::default(),
            padding: None,
            order: Order::default(),
            covariance: Covariance::default(),
            shrinkage: 0.1,
            ridge: 0.0,
            max_full_dim: 512,
            train_mode_pass: false,
            quirks: Quirks::default(),
        }
    }
}

/// What the official programs do by accident, each able to change numbers. All off by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Quirks {
    /// "Last epoch" statistics are the running ones by another name: calibration centres with statistics one update newer
    /// than those it moves to (`agedb-dir/fds.py:55-56`, `sts-b-dir/fds.py:60-61`).
    pub aliased: bool,
    /// Rows are grouped by exact label; labels beyond the ends count only if some row has exactly the end's label
    /// (`agedb-dir/fds.py:91-99, 120-143`). Fractional labels update their bin several times over.
    pub exact_edges: bool,
    /// One feature without variance leaves its whole bin as it is (`nyud2-dir/util.py:154-159` under PyTorch 1.2 and later).
    pub dead_feature_skips_bin: bool,
    /// A bin stays as it is where its variances sum to less than 1e-10, whatever the unit of the features (`agedb-dir/utils.py:98`). Ours:
    /// less than that share of the smoothed ones.
    pub absolute_dead_bin: bool,
    /// The statistics pass sees calibrated features (in-place calibration, `agedb-dir/resnet.py:138-151`). An instruction to
    /// the training loop: it must push calibrated features.
    pub statistics_of_calibrated: bool,
}

impl FdsConfig {
    /// The settings of `agedb-dir` and `imdb-wiki-dir`: bins of one year, the first being `first_bin` (3 and 0).
    #[must_use]
    pub fn ages(first_bin: usize, compat: Compat) -> Self {
        let official = compat == Compat::Official;
        let quirks = Quirks {
            aliased: official,
            exact_edges: official,
            absolute_dead_bin: official,
            statistics_of_calibrated: official,
            ..Quirks::default()
        };
        Self { first_bin, quirks, ..Self::of(compat, EmptyBins::Identity) }
    }

    /// The settings of `sts-b-dir`.
    #[must_use]
    pub fn sts_b(compat: Compat) -> Self {
        let official = compat == Compat::Official;
        let quirks = Quirks {
            aliased: official,
            absolute_dead_bin: official,
            statistics_of_calibrated: official,
            ..Quirks::default()
        };
        Self { clip: Some([0.5, 2.0]), quirks, ..Self::of(compat, EmptyBins::Fill) }
    }

    /// The settings of `nyud2-dir`, with statistics per pixel.
    #[must_use]
    pub fn nyud2(compat: Compat) -> Self {
        let official = compat == Compat::Official;
        let quirks = Quirks { dead_feature_skips_bin: official, absolute_dead_bin: official, ..Quirks::default() };
        Self { clip: Some([0.2, 5.0]), first_bin: 7, quirks, ..Self::of(compat, EmptyBins::Identity) }
    }

    fn of(compat: Compat, official: EmptyBins) -> Self {
        match compat {
            Compat::Corrected => Self::default(),
            Compat::Official => Self { empty_bins: official, train_mode_pass: true, ..Self::default() },
        }
    }

    pub(super) fn check(&self, bins: usize, dim: usize) -> Result<(), FdsError> {
        let bad = |name, value, expected| Err(FdsError::Config { name, value, expected });
        match *self {
            Self { momentum: Some(m), .. } if !(0.0..1.0).contains(&m) => bad("momentum", m, "at least 0 and below 1"),
            Self { clip: Some([low, high]), .. } if !(low > 0.0 && low <= 1.0 && high >= 1.0) => {
                bad("clip", if low > 0.0 && low <= 1.0 { high } else { low }, "bounds around 1, above 0")
            }
            Self { shrinkage: s, .. } if !(0.0..=1.0).contains(&s) => bad("shrinkage", s, "0 to 1"),
            Self { ridge: r, .. } if !(r >= 0.0 && r.is_finite()) => bad("ridge", r, "a finite number of at least 0"),
            Self { first_bin, .. } if first_bin >= bins => bad("first_bin", first_bin as f64, "a bin that exists"),
            Self { covariance: Covariance::LowRank(0), .. } => bad("low_rank", 0.0, "at least 1"),
            Self { covariance: Covariance::Full, max_full_dim, .. } if dim > max_full_dim => {
                Err(too_wide(dim, max_full_dim, bins - self.first_bin))
            }
            _ if dim == 0 => bad("features", 0.0, "at least 1"),
            _ => Ok(()),
        }
    }
}

fn too_wide(dim: usize, limit: usize, bins: usize) -> FdsError {
    let square = dim as f64 * dim as f64;
    let bins_f = bins as f64;
    // Three tables, the sums and the transform in f64; two symmetric eigen-decompositions a bin of about 9 D³ operations.
    FdsError::TooWide {
        dim,
        limit,
        bins,
        gigabytes: bins_f * square * 8.0 * 5.0 / 1e9,
        seconds: bins_f * 2.0 * 9.0 * square * dim as f64 / 10e9,
    }
}
