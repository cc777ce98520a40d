//! What normalisation needs of a backend, as a Burn extension. What a backend does not bring itself comes from Burn's
//! operations.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, backend_extension};

use super::{EPSILON, generic};

/// What follows a normalisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum After {
    /// Nothing.
    Nothing,
    /// `max(y, 0)`.
    Relu,
}

/// Normalisation per channel and what follows it. Use [`super::BatchNorm`] and [`super::add_relu`], which check shapes; a
/// backend implements these.
///
/// Shapes: `x`, `gradient` and `y` `[N, C, H, W]`, all others `[C]`.
#[backend_extension(
    Flex: cfg(feature = "flex"),
    Cube: cfg(feature = "cube"),
    Fusion: cfg(feature = "fusion"),
    Autodiff: cfg(all()),
)]
pub trait NormOps: Backend {
    /// With given statistics: `γ · (x - mean) / √(var + ε) + β`.
    #[fusion(default)]
    fn normalize(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        mean: FloatTensor<Self>,
        variance: FloatTensor<Self>,
        after: After,
    ) -> FloatTensor<Self> {
        generic::followed::<Self>(Self::batch_norm(x, weight, bias, mean, variance, EPSILON), after)
    }

    /// With the batch's own statistics, which come second and third: mean and biased variance.
    #[fusion(default)]
    fn normalize_batch(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        after: After,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        generic::normalize_batch::<Self>(x, weight, bias, after)
    }

    /// Gradients of [`NormOps::normalize_batch`] in `x`, `weight` and `bias`.
    #[fusion(default)]
    fn normalize_batch_backward(
        gradient: FloatTensor<Self>,
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        mean: FloatTensor<Self>,
        variance: FloatTensor<Self>,
        after: After,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        generic::normalize_batch_backward::<Self>(gradient, [x, weight, bias, mean, variance], after)
    }

    /// `y = max(a + b, 0)`.
    #[fusion(default)]
    fn add_relu(a: FloatTensor<Self>, b: FloatTensor<Self>) -> FloatTensor<Self> {
        Self::relu(Self::float_add(a, b))
    }

    /// Gradient of [`NormOps::add_relu`] in `a`, and in `b`.
    #[fusion(default)]
    fn add_relu_backward(gradient: FloatTensor<Self>, y: FloatTensor<Self>) -> FloatTensor<Self> {
        Self::relu_backward(y, gradient)
    }
}

#[cfg(feature = "cube")]
impl NormOps for burn_cubecl::CubeBackend {}
