//! The operations on the CPU: each thread takes whole channels, reads them once from memory and goes over them again while they
//! are near. Sums are taken in double precision and in an order that depends on the sizes alone.

mod channel;
mod layout;

use burn::backend::Flex;
use burn::backend::tensor::FloatTensor;
use dir_core::simd::wide;
use rayon::prelude::*;

use super::EPSILON;
use super::extension::{After, NormOps};
use crate::flex::{Recycled, numbers, tensor, with_numbers};
use crate::product::{Float, relu};
pub(crate) use channel::Line;
use channel::{OfLine, Slope, Squares, Total, sums};
use layout::{Channel, Layout};

/// Numbers that a thread adds at a time, where channels do not matter.
const PIECE: usize = 1 << 14;

/// Mean and biased variance of a channel, the variance around the mean: a difference of large numbers would be none.
fn statistics<E: Float>(channel: &Channel<'_, E>, rows: f64) -> [E; 2] {
    let planes = || channel.planes().map(|plane| [plane]);
    let [total] = sums(planes(), Total);
    let [squares] = sums(planes(), Squares(total / rows));
    [E::of(total / rows), E::of(squares / rows)]
}

fn normalize<E: Float>(x: &[E], table: [&[E]; 4], layout: &Layout, after: After) -> Recycled<E> {
    let mut out = Recycled::any(x.len());
    layout.write_channels(&mut out, |channel, out| {
        let line = Line::new(table.map(|column| column[channel]), after);
        line.write(layout.channel(x, channel).planes(), out.iter_mut().map(|plane| &mut **plane));
    });
    out
}

/// Output, means and variances.
fn normalize_batch<E: Float>(x: &[E], [weight, bias]: [&[E]; 2], layout: &Layout, after: After) -> [Recycled<E>; 3] {
    let mut out = Recycled::any(x.len());
    let of_channels = layout.write_channels(&mut out, |channel, out| {
        let numbers = layout.channel(x, channel);
        let [mean, variance] = statistics(&numbers, layout.rows() as f64);
        let line = Line::new([weight[channel], bias[channel], mean, variance], after);
        line.write(numbers.planes(), out.iter_mut().map(|plane| &mut **plane));
        (mean, variance)
    });
    let (means, variances): (Vec<E>, Vec<E>) = of_channels.into_iter().unzip();
    [out, means.into(), variances.into()]
}

/// With `g` the gradient and `x̂` the normalised input: `dβ = Σ g`, `dγ = Σ g x̂`, `dx = γ/σ (g - dβ/n - x̂ dγ/n)`.
fn normalize_batch_backward<E: Float>(
    [gradient, x]: [&[E]; 2],
    table: [&[E]; 4],
    layout: &Layout,
    after: After,
) -> [Recycled<E>; 3] {
    let mut out = Recycled::any(x.len());
    let of_channels = layout.write_channels(&mut out, |channel, out| {
        let (line, rows) = (Line::new(table.map(|column| column[channel]), after), layout.rows() as f64);
        let deviation = (table[3][channel].into() + EPSILON).sqrt();
        let [gradient, x] = [gradient, x].map(|values| layout.channel(values, channel));
        let planes = || gradient.planes().zip(x.planes()).map(|(gradient, x)| [gradient, x]);
        let [of_bias, of_centred] = sums(planes(), OfLine(line));
        let of_weight = of_centred / deviation;
        let slope = Slope { line, mean: E::of(of_bias / rows), slope: E::of(of_weight / rows / deviation) };
        slope.write(planes(), out.iter_mut().map(|plane| &mut **plane));
        (E::of(of_weight), E::of(of_bias))
    });
    let (of_weight, of_bias): (Vec<E>, Vec<E>) = of_channels.into_iter().unzip();
    [out, of_weight.into(), of_bias.into()]
}

/// `f` of two lists, number by number.
fn zipped<E: Float>(a: &[E], b: &[E], f: impl Fn(E, E) -> E + Sync) -> Recycled<E> {
    let mut out = Recycled::any(a.len());
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
            let sum = |a: E, b: E| relu(a + b);
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
