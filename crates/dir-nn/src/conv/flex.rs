//! The weight gradient on the CPU: `dW [out, in · kh · kw] = Σ_n dY_n · patches_nᵀ`.
//!
//! The work is cut by input channels, in pieces whose size does not depend on the number of threads: every element is
//! summed in the same order whoever computes it, so runs are reproducible.

use burn::backend::Flex;
use burn::backend::tensor::FloatTensor;
use burn::tensor::{DType, TensorData};
use burn_flex::FlexTensor;
use rayon::prelude::*;

use super::extension::{ConvOps, Geometry};
use super::patches::{Sizes, fill};
use super::product::{Float, Matrix, add_product};

/// Rows of the matrix of patches per piece: enough for the product to be fast, few enough to stay in the cache.
const PIECE: usize = 144;

/// Columns per product: small pictures are put side by side until there are so many.
const COLUMNS: usize = 512;

impl ConvOps for Flex {
    fn convolve_weight_gradient(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        geometry: Geometry,
    ) -> FloatTensor<Self> {
        let (shape, dtype) = (weight.layout().shape().to_vec(), x.dtype());
        let sizes = Sizes::new(&x.layout().shape().to_vec(), &shape, geometry);
        match dtype {
            DType::F32 => tensor(weight_gradient::<f32>(&x, &gradient, &sizes), &shape, dtype),
            DType::F64 => tensor(weight_gradient::<f64>(&x, &gradient, &sizes), &shape, dtype),
            _ => {
                // Half precision is summed in single.
                let wide = |t: FlexTensor| FlexTensor::from_data(t.into_data().convert_dtype(DType::F32));
                tensor(weight_gradient::<f32>(&wide(x), &wide(gradient), &sizes), &shape, dtype)
            }
        }
    }
}

fn tensor<E: burn::tensor::Element>(values: Vec<E>, shape: &[usize], dtype: DType) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape.to_vec()).convert_dtype(dtype))
}

fn weight_gradient<E: Float + burn::tensor::Element + bytemuck::Pod>(
    x: &FlexTensor,
    gradient: &FlexTensor,
    sizes: &Sizes,
) -> Vec<E> {
    let (x, gradient) = (x.to_contiguous(), gradient.to_contiguous());
    let (x, gradient): (&[E], &[E]) = (x.storage(), gradient.storage());
    let together = (COLUMNS / sizes.places().max(1)).clamp(1, sizes.pictures.max(1));
    let gradient = SideBySide::new(gradient, sizes, together);
    let (taps, row) = (sizes.taps(), sizes.inputs * sizes.taps());
    let channels = (PIECE / taps).clamp(1, sizes.inputs.max(1));
    let pieces: Vec<Vec<E>> = (0..sizes.inputs.div_ceil(channels))
        .into_par_iter()
        .map(|piece| {
            let first = piece * channels;
            piece_gradient(x, &gradient, sizes, first..(first + channels).min(sizes.inputs))
        })
        .collect();
    let mut weight = vec![E::default(); sizes.outputs * row];
    for (piece, values) in pieces.iter().enumerate() {
        let width = values.len() / sizes.outputs.max(1);
        for (output, values) in values.chunks_exact(width.max(1)).enumerate() {
            weight[output * row + piece * channels * taps..][..width].copy_from_slice(values);
        }
    }
    weight
}

/// The gradient of some input channels' weights, `[out, channels · taps]`.
fn piece_gradient<E: Float>(
    x: &[E],
    gradient: &SideBySide<'_, E>,
    sizes: &Sizes,
    channels: std::ops::Range<usize>,
) -> Vec<E> {
    let (plane, places) = (sizes.plane(), sizes.places());
    let rows = channels.len() * sizes.taps();
    let mut out = vec![E::default(); sizes.outputs * rows];
    let stride = gradient.together * places;
    let mut patches = vec![E::default(); rows * stride];
    for first in (0..sizes.pictures).step_by(gradient.together) {
        let last = (first + gradient.together).min(sizes.pictures);
        let columns = (last - first) * places;
        let of_picture = |picture: usize| &x[(picture * sizes.inputs + channels.start) * plane..][..channels.len() * plane];
        let right = if sizes.is_pointwise() && gradient.together == 1 {
            Matrix { values: of_picture(first), rows, columns, stride: plane }
        } else {
            for picture in first..last {
                fill(&mut patches[(picture - first) * places..], stride, of_picture(picture), sizes);
            }
            Matrix { values: &patches, rows, columns, stride }
        };
        add_product(&mut out, gradient.of(first, columns), right);
    }
    out
}

/// The gradient of the output with some pictures side by side: `[out, pictures · places]` for every group of them.
struct SideBySide<'a, E: Clone> {
    values: std::borrow::Cow<'a, [E]>,
    together: usize,
    outputs: usize,
    places: usize,
}

impl<'a, E: Float> SideBySide<'a, E> {
    fn new(gradient: &'a [E], sizes: &Sizes, together: usize) -> Self {
        let (outputs, places) = (sizes.outputs, sizes.places());
        if together == 1 {
            return Self { values: gradient.into(), together, outputs, places };
        }
        let mut values = Vec::with_capacity(gradient.len());
        for group in gradient.chunks(together * outputs * places) {
            for output in 0..outputs {
                for picture in group.chunks_exact(outputs * places) {
                    values.extend_from_slice(&picture[output * places..][..places]);
                }
            }
        }
        Self { values: values.into(), together, outputs, places }
    }

    /// The group that begins with a picture; the last may have fewer columns.
    fn of(&self, first: usize, columns: usize) -> Matrix<'_, E> {
        let values = &self.values[first * self.outputs * self.places..][..self.outputs * columns];
        Matrix { values, rows: self.outputs, columns, stride: columns }
    }
}
