//! On the CPU: the convolution's own functions, and a picture's outputs are normalised when it is done with them.

use burn::backend::Flex;
use burn::backend::tensor::FloatTensor;
use burn_flex::FlexTensor;
use pulp::{Arch, Simd, WithSimd};

use super::extension::ConvNormOps;
use crate::batch_norm::{After, Line};
use crate::conv::{Geometry, convolve};
use crate::flex::{numbers, shape_of, tensor, with_numbers};
use crate::product::{Float, relu};

/// What becomes of a picture's outputs.
struct Finish<'a, E> {
    /// By output channel.
    lines: Vec<Line<E>>,
    /// Of all pictures.
    shortcut: Option<&'a [E]>,
}

impl<E: Float> Finish<'_, E> {
    fn picture(&self, number: usize, out: &mut [E]) {
        let shortcut = self.shortcut.map(|all| &all[number * out.len()..][..out.len()]);
        Arch::new().dispatch(Picture { out, shortcut, lines: &self.lines });
    }
}

struct Picture<'a, E> {
    out: &'a mut [E],
    shortcut: Option<&'a [E]>,
    lines: &'a [Line<E>],
}

impl<E: Float> WithSimd for Picture<'_, E> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { out, shortcut, lines } = self;
        let places = out.len() / lines.len().max(1);
        let channels = out.chunks_exact_mut(places.max(1)).zip(lines).enumerate();
        for (channel, (out, line)) in channels {
            match shortcut {
                None => out.iter_mut().for_each(|y| *y = line.at(*y)),
                Some(shortcut) => {
                    let shortcut = &shortcut[channel * places..][..places];
                    out.iter_mut().zip(shortcut).for_each(|(y, &shortcut)| *y = relu(line.straight(*y) + shortcut));
                }
            }
        }
    }
}

/// The operation, with a shortcut or without.
fn compute(
    [x, weight]: [FlexTensor; 2],
    shortcut: Option<FlexTensor>,
    table: [FlexTensor; 4],
    after: After,
    geometry: Geometry,
) -> FlexTensor {
    let (shapes, dtype) = ([shape_of(&x), shape_of(&weight)], x.dtype());
    with_numbers!(x, E, {
        let [x, weight] = [x, weight].map(numbers::<E>);
        let (table, shortcut) = (table.map(numbers::<E>), shortcut.map(numbers::<E>));
        let columns = table.each_ref().map(|column| column.storage::<E>());
        let line = |channel: usize| Line::new(columns.map(|column| column[channel]), after);
        let lines = (0..columns[0].len()).map(line).collect();
        let finish = Finish { lines, shortcut: shortcut.as_ref().map(|shortcut| shortcut.storage()) };
        let shapes = shapes.each_ref().map(Vec::as_slice);
        let done = |number: usize, out: &mut [E]| finish.picture(number, out);
        let (out, shape) = convolve::<E>([x.storage(), weight.storage()], shapes, geometry, done);
        tensor(out, &shape, dtype)
    })
}

impl ConvNormOps for Flex {
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
        compute([x, weight], None, [gamma, beta, mean, variance], after, geometry)
    }

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
        compute([x, weight], Some(shortcut), [gamma, beta, mean, variance], After::Nothing, geometry)
    }
}
