//! The operations on the CPU: each thread takes whole channels, reads them once from memory and goes over them again while they
//! are near. Sums are taken in double precision and in an order that depends on the sizes alone.

use burn::backend::Flex;
use burn::backend::tensor::FloatTensor;
use burn_flex::FlexTensor;
use dir_core::simd::wide;
use rayon::prelude::*;

use super::EPSILON;
use super::extension::{After, NormOps};
use crate::flex::{numbers, shape_of, tensor, with_numbers};
use crate::product::Float;

/// Numbers that a thread adds at a time, where channels do not matter.
const PIECE: usize = 1 << 14;
/// Sums that run side by side, so that vectors are used.
const LANES: usize = 16;

/// Pictures in memory: `[pictures, channels, plane]`.
#[derive(Debug, Clone)]
struct Layout {
    shape: Vec<usize>,
}

impl Layout {
    fn of(tensor: &FlexTensor) -> Self {
        Self { shape: shape_of(tensor) }
    }

    fn channels(&self) -> usize {
        self.shape[1]
    }

    /// Numbers of a channel of one picture.
    fn plane(&self) -> usize {
        self.shape[2..].iter().product()
    }

    /// Numbers of a channel in all pictures.
    fn rows(&self) -> f64 {
        (self.shape[0] * self.plane()) as f64
    }

    /// The planes of a channel.
    fn planes<'a, E>(&self, values: &'a [E], channel: usize) -> impl Iterator<Item = &'a [E]> + Clone + use<'a, E> {
        values.chunks_exact(self.plane().max(1)).skip(channel).step_by(self.channels())
    }

    /// The planes of every channel, to be written.
    fn planes_mut<'a, E>(&self, values: &'a mut [E]) -> Vec<Vec<&'a mut [E]>> {
        let mut channels: Vec<Vec<&mut [E]>> = (0..self.channels()).map(|_| Vec::new()).collect();
        for (k, plane) in values.chunks_exact_mut(self.plane().max(1)).enumerate() {
            channels[k % self.channels()].push(plane);
        }
        channels
    }
}

/// What makes a number of a channel its output: `max((x - mean) · scale + bias, floor)`.
#[derive(Clone, Copy)]
struct Line<E> {
    mean: E,
    scale: E,
    bias: E,
    relu: bool,
}

impl<E: Float> Line<E> {
    fn new([weight, bias, mean, variance]: [E; 4], after: After) -> Self {
        let scale = E::of(weight.into() / (variance.into() + EPSILON).sqrt());
        Self { mean, scale, bias, relu: after == After::Relu }
    }

    #[inline(always)]
    fn at(&self, x: E) -> E {
        let y = (x - self.mean) * self.scale + self.bias;
        if self.relu && y < E::default() { E::default() } else { y }
    }

    /// The gradient that reaches the normalisation: none where the ReLU cut.
    #[inline(always)]
    fn passed(&self, gradient: E, x: E) -> E {
        let y = (x - self.mean) * self.scale + self.bias;
        if !self.relu || y > E::default() { gradient } else { E::default() }
    }

    fn write<'a>(&self, planes: impl Iterator<Item = &'a [E]>, out: Vec<&mut [E]>) {
        for (plane, out) in planes.zip(out) {
            wide(|| out.iter_mut().zip(plane).for_each(|(out, &x)| *out = self.at(x)));
        }
    }
}

/// `Σ f(x, g)` over pairs of planes, twice.
fn sums<'a, E: Float>(planes: impl Iterator<Item = (&'a [E], &'a [E])>, f: impl Fn(E, E) -> [f64; 2]) -> [f64; 2] {
    let mut lanes = [[0.0; LANES]; 2];
    for (a, b) in planes {
        wide(|| {
            let ((a, rest_a), (b, rest_b)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
            for (a, b) in a.iter().zip(b) {
                for k in 0..LANES {
                    let [first, second] = f(a[k], b[k]);
                    lanes[0][k] += first;
                    lanes[1][k] += second;
                }
            }
            for (k, (&a, &b)) in rest_a.iter().zip(rest_b).enumerate() {
                let [first, second] = f(a, b);
                lanes[0][k] += first;
                lanes[1][k] += second;
            }
        });
    }
    lanes.map(|lanes| lanes.iter().sum())
}

/// Mean and biased variance of a channel, the variance around the mean: a difference of large numbers would be none.
fn statistics<'a, E: Float>(planes: impl Iterator<Item = &'a [E]> + Clone, rows: f64) -> [E; 2] {
    let twice = planes.map(|plane| (plane, plane));
    let mean = sums(twice.clone(), |x, _| [x.into(), 0.0])[0] / rows;
    let squares = sums(twice, |x, _| [(x.into() - mean) * (x.into() - mean), 0.0])[0];
    [E::of(mean), E::of(squares / rows)]
}

fn normalize<E: Float>(x: &[E], table: [&[E]; 4], layout: &Layout, after: After) -> Vec<E> {
    let mut out = vec![E::default(); x.len()];
    layout.planes_mut(&mut out).into_par_iter().enumerate().for_each(|(channel, out)| {
        Line::new(table.map(|column| column[channel]), after).write(layout.planes(x, channel), out);
    });
    out
}

/// Output, means and variances.
fn normalize_batch<E: Float>(x: &[E], [weight, bias]: [&[E]; 2], layout: &Layout, after: After) -> [Vec<E>; 3] {
    let mut out = vec![E::default(); x.len()];
    let of_channel = |(channel, out): (usize, Vec<&mut [E]>)| {
        let planes = layout.planes(x, channel);
        let [mean, variance] = statistics(planes.clone(), layout.rows());
        Line::new([weight[channel], bias[channel], mean, variance], after).write(planes, out);
        (mean, variance)
    };
    let (means, variances) = layout.planes_mut(&mut out).into_par_iter().enumerate().map(of_channel).unzip();
    [out, means, variances]
}

/// With `g` the gradient and `x̂` the normalised input: `dβ = Σ g`, `dγ = Σ g x̂`, `dx = γ/σ (g - dβ/n - x̂ dγ/n)`.
fn normalize_batch_backward<E: Float>(
    [gradient, x]: [&[E]; 2],
    table: [&[E]; 4],
    layout: &Layout,
    after: After,
) -> [Vec<E>; 3] {
    let mut out = vec![E::default(); x.len()];
    let of_channel = |(channel, out): (usize, Vec<&mut [E]>)| {
        let (line, rows) = (Line::new(table.map(|column| column[channel]), after), layout.rows());
        let deviation = (table[3][channel].into() + EPSILON).sqrt();
        let planes = layout.planes(gradient, channel).zip(layout.planes(x, channel));
        let product = |g: E, x: E| {
            let g = line.passed(g, x);
            [g.into(), g.into() * (x - line.mean).into()]
        };
        let [of_bias, of_centred] = sums(planes.clone(), product);
        let of_weight = of_centred / deviation;
        let (mean, slope) = (E::of(of_bias / rows), E::of(of_weight / rows / deviation));
        for ((gradient, x), out) in planes.zip(out) {
            wide(|| {
                for ((out, &g), &x) in out.iter_mut().zip(gradient).zip(x) {
                    *out = line.scale * (line.passed(g, x) - mean - (x - line.mean) * slope);
                }
            });
        }
        (E::of(of_weight), E::of(of_bias))
    };
    let (of_weight, of_bias) = layout.planes_mut(&mut out).into_par_iter().enumerate().map(of_channel).unzip();
    [out, of_weight, of_bias]
}

/// `f` of two lists, number by number.
fn zipped<E: Float>(a: &[E], b: &[E], f: impl Fn(E, E) -> E + Sync) -> Vec<E> {
    let mut out = vec![E::default(); a.len()];
    let pieces = out.par_chunks_mut(PIECE).zip(a.par_chunks(PIECE).zip(b.par_chunks(PIECE)));
    pieces.for_each(|(out, (a, b))| {
        wide(|| out.iter_mut().zip(a.iter().zip(b)).for_each(|(out, (&a, &b))| *out = f(a, b)));
    });
    out
}

impl NormOps for Flex {
    fn normalize(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        mean: FloatTensor<Self>,
        variance: FloatTensor<Self>,
        after: After,
    ) -> FloatTensor<Self> {
        let (layout, dtype) = (Layout::of(&x), x.dtype());
        with_numbers!(x, E, {
            let [x, weight, bias, mean, variance] = [x, weight, bias, mean, variance].map(numbers::<E>);
            let table = [weight.storage::<E>(), bias.storage(), mean.storage(), variance.storage()];
            tensor(normalize(x.storage(), table, &layout, after), &layout.shape, dtype)
        })
    }

    fn normalize_batch(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        after: After,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        let (layout, dtype) = (Layout::of(&x), x.dtype());
        with_numbers!(x, E, {
            let [x, weight, bias] = [x, weight, bias].map(numbers::<E>);
            let table = [weight.storage::<E>(), bias.storage()];
            let [y, mean, variance] = normalize_batch(x.storage(), table, &layout, after);
            let of_channels = |values| tensor(values, &[layout.channels()], dtype);
            (tensor(y, &layout.shape, dtype), of_channels(mean), of_channels(variance))
        })
    }

    fn normalize_batch_backward(
        gradient: FloatTensor<Self>,
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        mean: FloatTensor<Self>,
        variance: FloatTensor<Self>,
        after: After,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        let (layout, dtype) = (Layout::of(&x), x.dtype());
        with_numbers!(x, E, {
            let [gradient, x] = [gradient, x].map(numbers::<E>);
            let [weight, bias, mean, variance] = [weight, bias, mean, variance].map(numbers::<E>);
            let table = [weight.storage::<E>(), bias.storage(), mean.storage(), variance.storage()];
            let all = normalize_batch_backward([gradient.storage(), x.storage()], table, &layout, after);
            let [of_x, of_weight, of_bias] = all;
            let of_channels = |values| tensor(values, &[layout.channels()], dtype);
            (tensor(of_x, &layout.shape, dtype), of_channels(of_weight), of_channels(of_bias))
        })
    }

    fn add_relu(a: FloatTensor<Self>, b: FloatTensor<Self>) -> FloatTensor<Self> {
        let (layout, dtype) = (Layout::of(&a), a.dtype());
        with_numbers!(a, E, {
            let [a, b] = [a, b].map(numbers::<E>);
            let sum = |a: E, b: E| if a + b < E::default() { E::default() } else { a + b };
            tensor(zipped(a.storage::<E>(), b.storage(), sum), &layout.shape, dtype)
        })
    }

    fn add_relu_backward(gradient: FloatTensor<Self>, y: FloatTensor<Self>) -> FloatTensor<Self> {
        let (layout, dtype) = (Layout::of(&y), y.dtype());
        with_numbers!(y, E, {
            let [gradient, y] = [gradient, y].map(numbers::<E>);
            let passed = |g: E, y: E| if y > E::default() { g } else { E::default() };
            tensor(zipped(gradient.storage::<E>(), y.storage(), passed), &layout.shape, dtype)
        })
    }
}
