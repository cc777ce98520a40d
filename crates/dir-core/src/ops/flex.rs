//! The operations on the CPU backend. Half precision is widened to `f32` and narrowed again.

use burn::backend::Flex;
use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::tensor::DType;
use burn_flex::FlexTensor;

use super::extension::BinOps;
use super::host::{self, Layout};
use crate::flex::{shape_of, tensor};

/// Binds a tensor's numbers as `&[f32]` or `&[f64]`.
macro_rules! with_floats {
    ($tensor:expr, |$values:ident| $body:expr) => {{
        let tensor: FlexTensor = $tensor.to_contiguous();
        match tensor.dtype() {
            DType::F64 => {
                let $values: &[f64] = tensor.storage();
                $body
            }
            DType::F32 => {
                let $values: &[f32] = tensor.storage();
                $body
            }
            _ => {
                let wide: Vec<f32> = tensor.into_data().iter().collect();
                let $values: &[f32] = &wide;
                $body
            }
        }
    }};
}

/// A tensor's numbers in a type that can hold them.
fn numbers<E: burn::tensor::Element>(tensor: FlexTensor) -> Vec<E> {
    tensor.to_contiguous().into_data().iter().collect()
}

fn layout(shape: &[usize]) -> Layout {
    Layout { dim: shape[1], inner: shape[2] }
}

impl BinOps for Flex {
    fn bin_index(targets: FloatTensor<Self>, edges: FloatTensor<Self>, strict: bool) -> IntTensor<Self> {
        let shape = shape_of(&targets);
        let index = with_floats!(targets, |targets| host::index(targets, &numbers(edges), strict));
        tensor(index, &shape, DType::I32)
    }

    fn bin_counts(rows: IntTensor<Self>, bins: usize) -> IntTensor<Self> {
        let dtype = rows.dtype();
        tensor(host::counts(&numbers::<i64>(rows), bins), &[bins], dtype)
    }

    fn bin_moments(state: FloatTensor<Self>, features: FloatTensor<Self>, rows: IntTensor<Self>) -> FloatTensor<Self> {
        let (shape, dtype, layout) = (shape_of(&state), state.dtype(), layout(&shape_of(&features)));
        let (mut state, rows) = (numbers::<f64>(state), numbers::<i64>(rows));
        with_floats!(features, |features| host::moments(&mut state, features, &rows, layout));
        tensor(state, &shape, dtype)
    }

    fn bin_products(
        state: FloatTensor<Self>,
        features: FloatTensor<Self>,
        order: IntTensor<Self>,
        offsets: IntTensor<Self>,
        centre: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        let (shape, dtype, layout) = (shape_of(&state), state.dtype(), layout(&shape_of(&features)));
        let (mut state, centre) = (numbers::<f64>(state), numbers::<f64>(centre));
        let (order, offsets) = (numbers::<i64>(order), numbers::<i64>(offsets));
        with_floats!(features, |features| {
            host::products(&mut state, features, [&order, &offsets], &centre, layout);
        });
        tensor(state, &shape, dtype)
    }

    fn combine_rows(table: FloatTensor<Self>, index: IntTensor<Self>, weight: FloatTensor<Self>) -> FloatTensor<Self> {
        let (dtype, dim, [n, terms]) = (table.dtype(), shape_of(&table)[1], pair(&index));
        let index = numbers::<i64>(index);
        with_floats!(table, |table| {
            tensor(host::combine(table, dim, &index, &numbers(weight), terms), &[n, dim], dtype)
        })
    }

    fn bin_calibrate(
        features: FloatTensor<Self>,
        rows: IntTensor<Self>,
        from: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        to: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        let (shape, dtype, rows) = (shape_of(&features), features.dtype(), numbers::<i64>(rows));
        let [from, scale, to] = [from, scale, to].map(|table| table.to_contiguous());
        with_floats!(features, |features| {
            let tables = [from.storage(), scale.storage(), to.storage()];
            tensor(host::calibrate(features, &rows, tables, layout(&shape)), &shape, dtype)
        })
    }

    fn bin_calibrate_backward(
        gradient: FloatTensor<Self>,
        rows: IntTensor<Self>,
        scale: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        let (shape, dtype, rows) = (shape_of(&gradient), gradient.dtype(), numbers::<i64>(rows));
        let scale = scale.to_contiguous();
        with_floats!(gradient, |gradient| {
            tensor(host::calibrate_backward(gradient, &rows, scale.storage(), layout(&shape)), &shape, dtype)
        })
    }
}

fn pair(tensor: &FlexTensor) -> [usize; 2] {
    let shape = shape_of(tensor);
    [shape[0], shape[1]]
}
