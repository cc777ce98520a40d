//! Both layers as one operation of a backend. What a backend does not bring itself comes from its own two.

use burn::backend::backend_extension;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, autodiff::checkpoint::strategy::CheckpointStrategy};

use crate::batch_norm::{After, NormOps};
use crate::conv::{ConvOps, Geometry};

/// A convolution and a normalisation with given statistics. Use [`super::conv_norm`] and its kin, which check shapes; a backend
/// implements these.
///
/// Shapes: `x` `[N, in, H, W]`, `weight` `[out, in, kh, kw]`, `shortcut` that of the output, all others `[out]`.
// Tensors come one by one: that is what the macro reads.
#[allow(clippy::too_many_arguments)]
#[backend_extension(
    Flex: cfg(feature = "flex"),
    Cube: cfg(feature = "cube"),
    Fusion: cfg(feature = "fusion"),
    Autodiff: cfg(all()),
)]
pub trait ConvNormOps: ConvOps + NormOps {
    /// `after(γ · (w ⋆ x - mean) / √(var + ε) + β)`.
    #[fusion(default)]
    fn convolve_normalize(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        mean: FloatTensor<Self>,
        variance: FloatTensor<Self>,
        after: After,
        geometry: Geometry,
    ) -> FloatTensor<Self> {
        Self::normalize(Self::convolve(x, weight, geometry), gamma, beta, mean, variance, after)
    }

    /// `max(γ · (w ⋆ x - mean) / √(var + ε) + β + shortcut, 0)`.
    #[fusion(default)]
    fn convolve_normalize_add(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        shortcut: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        mean: FloatTensor<Self>,
        variance: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self> {
        let y = Self::convolve(x, weight, geometry);
        Self::add_relu(Self::normalize(y, gamma, beta, mean, variance, After::Nothing), shortcut)
    }
}

#[cfg(feature = "cube")]
impl ConvNormOps for burn_cubecl::CubeBackend {}

impl<B: ConvNormOps, C: CheckpointStrategy> ConvNormOps for Autodiff<B, C> {}
