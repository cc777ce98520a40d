//! The one error type of the crate, for `?` across its modules.

use thiserror::Error;

/// Whatever can go wrong in this crate.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum Error {
    /// See [`crate::bins`].
    #[error("failed to bin the targets: {0}")]
    Bins(#[from] crate::bins::BinsError),
    /// See [`crate::kernel`].
    #[error("failed to make the kernel: {0}")]
    Kernel(#[from] crate::kernel::KernelError),
    /// See [`crate::lds`].
    #[error("failed to smooth the density: {0}")]
    Density(#[from] crate::lds::DensityError),
    /// See [`crate::fds`].
    #[error("failed to smooth the features: {0}")]
    Fds(#[from] crate::fds::FdsError),
    /// See [`crate::loss`].
    #[error("failed to take the loss: {0}")]
    Loss(#[from] crate::loss::LossError),
    /// See [`crate::metric`].
    #[error("failed to evaluate: {0}")]
    Metric(#[from] crate::metric::MetricError),
    /// See [`crate::ops`].
    #[error("failed to run the operation: {0}")]
    Op(#[from] crate::ops::OpError),
    /// See [`crate::relevance`].
    #[error("failed to fit the relevance: {0}")]
    Relevance(#[from] crate::relevance::RelevanceError),
    /// See [`crate::resample`].
    #[error("failed to re-sample the rows: {0}")]
    Resample(#[from] crate::resample::ResampleError),
    /// See [`crate::shot`].
    #[error("failed to find the shots: {0}")]
    Shot(#[from] crate::shot::ShotError),
    /// See [`crate::weight`].
    #[error("failed to weight the rows: {0}")]
    Weight(#[from] crate::weight::WeightError),
}
