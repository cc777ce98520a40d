//! What is done with a channel, in loops that the compiler makes vectors of: no branch depends on a number, for that of a ReLU
//! is as good as a coin.

use pulp::{Arch, Simd, WithSimd};

use crate::batch_norm::EPSILON;
use crate::batch_norm::extension::After;
use crate::product::{Float, relu};

/// Sums that run side by side, so that vectors are used.
const LANES: usize = 16;

/// What makes a number of a channel its output: `max((x - mean) · scale + bias, floor)`.
#[derive(Clone, Copy)]
pub(crate) struct Line<E> {
    pub(super) mean: E,
    pub(super) scale: E,
    bias: E,
    relu: bool,
}

impl<E: Float> Line<E> {
    pub(crate) fn new([weight, bias, mean, variance]: [E; 4], after: After) -> Self {
        let scale = E::of(weight.into() / (variance.into() + EPSILON).sqrt());
        Self { mean, scale, bias, relu: after == After::Relu }
    }

    /// Without a ReLU.
    #[inline(always)]
    pub(crate) fn straight(&self, x: E) -> E {
        (x - self.mean) * self.scale + self.bias
    }

    #[inline(always)]
    pub(crate) fn at(&self, x: E) -> E {
        let y = self.straight(x);
        if self.relu { relu(y) } else { y }
    }

    /// The gradient that reaches the normalisation: none where the ReLU cut.
    #[inline(always)]
    fn passed(&self, gradient: E, x: E) -> E {
        if !self.relu | (self.straight(x) > E::default()) { gradient } else { E::default() }
    }

    /// The output of some planes.
    pub(super) fn write<'a>(self, planes: impl Iterator<Item = &'a [E]>, out: impl Iterator<Item = &'a mut [E]>) {
        struct Write<'a, E>(Line<E>, &'a [E], &'a mut [E]);

        impl<E: Float> WithSimd for Write<'_, E> {
            type Output = ();

            #[inline(always)]
            fn with_simd<S: Simd>(self, _: S) {
                let Self(line, x, out) = self;
                out.iter_mut().zip(x).for_each(|(out, &x)| *out = line.at(x));
            }
        }

        let arch = Arch::new();
        planes.zip(out).for_each(|(x, out)| arch.dispatch(Write(self, x, out)));
    }
}

/// The gradient in a channel's numbers: `scale · (g - mean_g - (x - mean) · slope)`.
#[derive(Clone, Copy)]
pub(super) struct Slope<E> {
    pub(super) line: Line<E>,
    pub(super) mean: E,
    pub(super) slope: E,
}

impl<E: Float> Slope<E> {
    pub(super) fn write<'a>(self, planes: impl Iterator<Item = [&'a [E]; 2]>, out: impl Iterator<Item = &'a mut [E]>) {
        struct Write<'a, E>(Slope<E>, [&'a [E]; 2], &'a mut [E]);

        impl<E: Float> WithSimd for Write<'_, E> {
            type Output = ();

            #[inline(always)]
            fn with_simd<S: Simd>(self, _: S) {
                let Self(Slope { line, mean, slope }, [gradient, x], out) = self;
                for ((out, &g), &x) in out.iter_mut().zip(gradient).zip(x) {
                    *out = line.scale * (line.passed(g, x) - mean - (x - line.mean) * slope);
                }
            }
        }

        let arch = Arch::new();
        planes.zip(out).for_each(|(planes, out)| arch.dispatch(Write(self, planes, out)));
    }
}

/// What is summed over the numbers of a channel, of some that lie side by side; a type and not a closure, so that it is compiled
/// into the loop.
pub(super) trait Terms<E, const INPUTS: usize, const SUMS: usize>: Copy {
    fn of(&self, numbers: [&[E; LANES]; INPUTS]) -> [[f64; LANES]; SUMS];
}

/// `Σ x`.
#[derive(Clone, Copy)]
pub(super) struct Total;

impl<E: Float> Terms<E, 1, 1> for Total {
    #[inline(always)]
    fn of(&self, [x]: [&[E; LANES]; 1]) -> [[f64; LANES]; 1] {
        [x.map(|x| x.into())]
    }
}

/// `Σ (x - mean)²`.
#[derive(Clone, Copy)]
pub(super) struct Squares(pub(super) f64);

impl<E: Float> Terms<E, 1, 1> for Squares {
    #[inline(always)]
    fn of(&self, [x]: [&[E; LANES]; 1]) -> [[f64; LANES]; 1] {
        let mut out = x.map(|x| x.into());
        for value in &mut out {
            let centred = *value - self.0;
            *value = centred * centred;
        }
        [out]
    }
}

/// `Σ g` and `Σ g (x - mean)`.
#[derive(Clone, Copy)]
pub(super) struct OfLine<E>(pub(super) Line<E>);

impl<E: Float> Terms<E, 2, 2> for OfLine<E> {
    #[inline(always)]
    fn of(&self, [g, x]: [&[E; LANES]; 2]) -> [[f64; LANES]; 2] {
        let mut passed = *g;
        for k in 0..LANES {
            passed[k] = self.0.passed(g[k], x[k]);
        }
        let mut out = [[0.0; LANES]; 2];
        for k in 0..LANES {
            out[0][k] = passed[k].into();
        }
        for k in 0..LANES {
            out[1][k] = out[0][k] * (x[k] - self.0.mean).into();
        }
        out
    }
}

/// The sums over some planes, in double precision.
pub(super) fn sums<'a, E: Float, T, const INPUTS: usize, const SUMS: usize>(
    planes: impl Iterator<Item = [&'a [E]; INPUTS]>,
    terms: T,
) -> [f64; SUMS]
where
    T: Terms<E, INPUTS, SUMS>,
{
    let (mut lanes, arch) = ([[0.0; LANES]; SUMS], Arch::new());
    planes.for_each(|planes| lanes = arch.dispatch(Add { lanes, planes, terms }));
    lanes.map(|lanes| lanes.iter().sum())
}

/// Adds a plane to the lanes.
struct Add<'a, E, T, const INPUTS: usize, const SUMS: usize> {
    lanes: [[f64; LANES]; SUMS],
    planes: [&'a [E]; INPUTS],
    terms: T,
}

impl<E: Float, T: Terms<E, INPUTS, SUMS>, const INPUTS: usize, const SUMS: usize> WithSimd
    for Add<'_, E, T, INPUTS, SUMS>
{
    type Output = [[f64; LANES]; SUMS];

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Self::Output {
        let Self { mut lanes, planes, terms } = self;
        let length = planes.iter().map(|plane| plane.len()).min().unwrap_or(0);
        let whole = planes.map(|plane| plane.as_chunks::<LANES>().0);
        for k in 0..length / LANES {
            add(&mut lanes, &terms.of(whole.each_ref().map(|chunks| &chunks[k])), LANES);
        }
        let rest = planes.map(|plane| {
            let (mut last, rest) = ([E::default(); LANES], plane.as_chunks::<LANES>().1);
            last[..rest.len()].copy_from_slice(rest);
            last
        });
        add(&mut lanes, &terms.of(rest.each_ref()), length % LANES);
        lanes
    }
}

/// The first of some terms to their lanes.
#[inline(always)]
fn add<const SUMS: usize>(lanes: &mut [[f64; LANES]; SUMS], terms: &[[f64; LANES]; SUMS], many: usize) {
    for (lanes, terms) in lanes.iter_mut().zip(terms) {
        lanes[..many].iter_mut().zip(&terms[..many]).for_each(|(lane, term)| *lane += term);
    }
}
