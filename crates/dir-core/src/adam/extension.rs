//! The update as a Burn backend extension. What a backend does not bring itself comes from Burn's operations.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, backend_extension};

/// Decay rates of the two moments.
const BETA: [f32; 2] = [0.9, 0.999];
/// Keeps a moment of 0 from being divided by.
const EPSILON: f32 = 1e-8;

/// The numbers of a step, in the precision in which Burn has them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Update {
    /// Learning rate.
    pub(super) rate: f64,
    /// Old and new share of the first moment.
    pub(super) first: [f32; 2],
    /// Old and new share of the second moment.
    pub(super) second: [f32; 2],
    /// Both corrections of the moments' bias.
    pub(super) correction: f32,
    /// What is added to the root of the second moment.
    pub(super) epsilon: f32,
    pub(super) decay: Option<f32>,
}

impl Update {
    /// Of the so-manyth step, from 1.
    #[must_use]
    pub fn new(rate: f64, step: usize, decay: Option<f32>) -> Self {
        let [first, second] = BETA.map(|beta| [beta, 1.0 - beta]);
        let [unbiased, root] = [1.0 - BETA[0].powi(step as i32), (1.0 - BETA[1].powi(step as i32)).sqrt()];
        Self { rate, first, second, correction: root / unbiased, epsilon: EPSILON * root, decay }
    }
}

/// A step of Adam. Use [`super::Adam`]; a backend implements this.
#[backend_extension(
    Flex: cfg(feature = "flex"),
    Cube: cfg(feature = "cube"),
    Fusion: cfg(feature = "fusion"),
    Autodiff: cfg(all()),
)]
pub trait AdamOps: Backend {
    /// Parameter and moments after the step, all of one shape.
    #[fusion(default)]
    fn adam(
        parameter: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        first: FloatTensor<Self>,
        second: FloatTensor<Self>,
        update: Update,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        let scaled = |tensor: FloatTensor<Self>, by: f32| Self::float_mul_scalar(tensor, by.into());
        let gradient = match update.decay {
            Some(decay) => Self::float_add(scaled(parameter.clone(), decay), gradient),
            None => gradient,
        };
        let moved = |old: FloatTensor<Self>, new: FloatTensor<Self>, shares: [f32; 2]| {
            Self::float_add(scaled(old, shares[0]), scaled(new, shares[1]))
        };
        let squares = Self::float_mul(gradient.clone(), gradient.clone());
        let (first, second) = (moved(first, gradient, update.first), moved(second, squares, update.second));
        let below = Self::float_add_scalar(Self::float_sqrt(second.clone()), update.epsilon.into());
        let step = Self::float_div(scaled(first.clone(), update.correction), below);
        let step = Self::float_mul_scalar(step, update.rate.into());
        (Self::float_sub(parameter, step), first, second)
    }
}

#[cfg(feature = "cube")]
impl AdamOps for burn_cubecl::CubeBackend {}

/// Parameters are no longer tracked when they are updated.
impl<B: Backend + AdamOps, C: burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy> AdamOps
    for burn::backend::Autodiff<B, C>
{
}
