//! The one error type of the crate, for `?` across its modules.
//!
//! Its message says what failed and `source()` says why: print the chain, as `anyhow` does with `{:#}`.

use thiserror::Error;

/// Whatever can go wrong in this crate.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum Error {
    /// See [`crate::bins`].
    #[error("failed to bin the targets")]
    Bins(#[from] crate::bins::BinsError),
    /// See [`crate::kernel`].
    #[error("failed to make the kernel")]
    Kernel(#[from] crate::kernel::KernelError),
    /// See [`crate::lds`].
    #[error("failed to smooth the density")]
    Density(#[from] crate::lds::DensityError),
    /// See [`crate::fds`].
    #[error("failed to smooth the features")]
    Fds(#[from] crate::fds::FdsError),
    /// See [`crate::loss`].
    #[error("failed to take the loss")]
    Loss(#[from] crate::loss::LossError),
    /// See [`crate::metric`].
    #[error("failed to evaluate")]
    Metric(#[from] crate::metric::MetricError),
    /// See [`crate::ops`].
    #[error("failed to run the operation")]
    Op(#[from] crate::ops::OpError),
    /// See [`crate::relevance`].
    #[error("failed to fit the relevance")]
    Relevance(#[from] crate::relevance::RelevanceError),
    /// See [`crate::resample`].
    #[error("failed to re-sample the rows")]
    Resample(#[from] crate::resample::ResampleError),
    /// See [`crate::shot`].
    #[error("failed to find the shots")]
    Shot(#[from] crate::shot::ShotError),
    /// See [`crate::weight`].
    #[error("failed to weight the rows")]
    Weight(#[from] crate::weight::WeightError),
}
