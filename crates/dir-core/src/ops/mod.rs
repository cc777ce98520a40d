//! Operations over the bins of a target as custom Burn ops: one code for CUDA and wgpu (CubeCL), a native one for the CPU.
//!
//! Every function takes a row's bin from an integer tensor; a number that is no bin (`-1`) means "none". Features are
//! `[outer, dim, inner]`: `[rows, dim, 1]` for vectors, `[batch, channels, height · width]` for maps, which are read where
//! they lie; row `r` is position `r % inner` of block `r / inner`. Nothing here reads back to the host but [`row_weights`], once, and
//! nothing adds in an order that depends on timing: two runs on one device agree bit for bit.
//!
//! | function | result |
//! |---|---|
//! | [`bin_rows`], [`bin_index`] | bin of every target |
//! | [`bin_counts`] | rows per bin |
//! | [`row_weights`] | LDS weight of every row |
//! | [`bin_moments`] | count, mean and M2 of the features of every bin, going on from those before |
//! | [`bin_products`] | scatter of the features of every bin, packed |
//! | [`combine_rows`] | kernel-weighted sums of the rows of a table: smoothing over bins |
//! | [`calibrate`] | `(x - from) · scale + to` with the parameters of each row's bin; differentiable |
//!
//! # Source
//! Yang et al., ICML 2021 (arXiv 2102.09554), eq. 1 to 6; Chan, Golub, LeVeque 1979 for the merging of moments.

mod autodiff;
mod checks;
#[cfg(feature = "cube")]
mod cube;
mod device;
mod extension;
#[cfg(feature = "flex")]
mod flex;
#[cfg(feature = "flex")]
mod host;
mod rows;
mod weights;

use burn::backend::Dispatch;
use burn::tensor::{DType, Int, Tensor, TensorData};

pub use self::checks::OpError;
pub(crate) use self::checks::buffer;
pub use self::device::DeviceInfo;
pub use self::extension::BinOps;
pub use self::rows::bin_rows;
pub use self::weights::row_weights;

/// Bin of every target between limits, on its device, as `i32`: the last whose limit is at or below it. For [`crate::bins::Bins`] see
/// [`bin_rows`], which knows their limits.
///
/// Targets beyond the ends count for the end bins, or for none if `strict`; NaN has no bin.
///
/// # Shapes
/// `targets` `[n]`, `edges` `[bins + 1]`, rising, to `[n]`.
/// # Errors
/// Fewer than two edges, edges of another type or on another device.
pub fn bin_index(targets: Tensor<1>, edges: Tensor<1>, strict: bool) -> Result<Tensor<1, Int>, OpError> {
    if edges.dims()[0] < 2 {
        return Err(OpError::NoBins);
    }
    checks::dtype("edges", edges.dtype(), targets.dtype())?;
    checks::device("edges", edges.device(), &targets.device())?;
    Ok(Tensor::from_dispatch(Dispatch::bin_index(targets.into_dispatch(), edges.into_dispatch(), strict)))
}

/// Label density on the device: rows per bin.
///
/// # Shapes
/// `rows` `[n]` to `[bins]`.
/// # Errors
/// No bins.
/// # Example
/// ```
/// use burn::tensor::{Device, Int, Tensor};
/// let rows = Tensor::<1, Int>::from_ints([0, 2, 2, -1], &Device::default());
/// let counts = dir_core::ops::bin_counts(rows, 3)?.into_data();
/// assert_eq!(counts.iter::<i64>().collect::<Vec<_>>(), [1, 0, 2]);
/// # Ok::<(), dir_core::ops::OpError>(())
/// ```
pub fn bin_counts(rows: Tensor<1, Int>, bins: usize) -> Result<Tensor<1, Int>, OpError> {
    if bins == 0 {
        return Err(OpError::NoBins);
    }
    Ok(Tensor::from_dispatch(Dispatch::bin_counts(rows.into_dispatch(), bins)))
}

/// Count, mean and M2 (sum of squared deviations) of the features of every bin, going on from `state`; start from zeros.
///
/// Rows are cut into fixed chunks, each chunk is taken in row by row (Welford), and the chunks are merged in their order
/// (Chan): the result depends on neither timing nor the number of workers. It is summed in the state's type, `f64` where the
/// device has it; a count is exact up to 2^24 in an `f32` state.
///
/// # Shapes
/// `state` `[bins, 1 + 2 · dim]`, `features` `[outer, dim, inner]`, `rows` `[outer · inner]`, to `[bins, 1 + 2 · dim]`.
/// # Errors
/// Shapes that do not fit, tensors on different devices, bins and features too many for one buffer of the device.
pub fn bin_moments(state: Tensor<2>, features: Tensor<3>, rows: Tensor<1, Int>) -> Result<Tensor<2>, OpError> {
    let [outer, dim, inner] = features.dims();
    let [bins, width] = state.dims();
    if bins == 0 {
        return Err(OpError::NoBins);
    }
    checks::shape("state", &[bins, width], &[bins, 1 + 2 * dim])?;
    checks::shape("rows", &rows.dims(), &[outer * inner])?;
    checks::device("rows", rows.device(), &features.device())?;
    checks::device("state", state.device(), &features.device())?;
    if outer * inner * dim == 0 {
        return Ok(state);
    }
    checks::buffer("partial statistics", bins * dim, state.dtype(), &features.device())?;
    let (state, features) = (state.into_dispatch(), features.into_dispatch());
    Ok(Tensor::from_dispatch(Dispatch::bin_moments(state, features, rows.into_dispatch())))
}

/// Scatter of the features of every bin about its centre, `Σ (x - centre)(x - centre)ᵀ`, added to `state`: what full
/// covariances are made of, `S = scatter - n (mean - centre)(mean - centre)ᵀ`. Lower triangles by rows, `(0,0) (1,0) (1,1) …`.
///
/// A centre near the mean of its bin's features keeps the digits. Each sum runs over the bin's rows in their order.
///
/// # Shapes
/// `state` `[bins, dim · (dim + 1) / 2]`, `features` `[outer, dim, inner]`, `centre` `[bins, dim]`; `rows` has `outer · inner` bins,
/// on the host, `None` or too large for none; to `[bins, dim · (dim + 1) / 2]`.
/// # Errors
/// Shapes or types that do not fit, tensors on different devices.
pub fn bin_products(
    state: Tensor<2>,
    features: Tensor<3>,
    rows: &[Option<usize>],
    centre: Tensor<2>,
) -> Result<Tensor<2>, OpError> {
    let [outer, dim, inner] = features.dims();
    let [bins, packed] = state.dims();
    if bins == 0 {
        return Err(OpError::NoBins);
    }
    checks::shape("state", &[bins, packed], &[bins, dim * (dim + 1) / 2])?;
    checks::shape("rows", &[rows.len()], &[outer * inner])?;
    checks::shape("centre", &centre.dims(), &[bins, dim])?;
    checks::dtype("centre", centre.dtype(), state.dtype())?;
    checks::device("centre", centre.device(), &features.device())?;
    checks::device("state", state.device(), &features.device())?;
    let of = |row: &usize| rows[*row].filter(|&bin| bin < bins);
    let mut order: Vec<usize> = (0..rows.len()).filter(|row| of(row).is_some()).collect();
    if order.is_empty() || packed == 0 {
        return Ok(state);
    }
    order.sort_by_key(of);
    let offsets = (0..=bins).map(|bin| order.partition_point(|row| of(row) < Some(bin)));
    let [order, offsets] =
        [order.iter().map(|&row| row as i32).collect(), offsets.map(|at| at as i32).collect::<Vec<_>>()].map(
            |values| {
                let shape = [values.len()];
                Tensor::<1, Int>::from_data(TensorData::new(values, shape), (&features.device(), DType::I32))
                    .into_dispatch()
            },
        );
    let (state, features) = (state.into_dispatch(), features.into_dispatch());
    Ok(Tensor::from_dispatch(Dispatch::bin_products(state, features, order, offsets, centre.into_dispatch())))
}

/// Weighted sums of the rows of a table, `out[i] = Σ_t weight[i, t] · table[index[i, t]]`: a kernel over bins, with whatever
/// padding or mask the weights say. An index that is no row counts as nothing.
///
/// # Shapes
/// `table` `[rows, dim]`, `index` and `weight` `[n, terms]`, to `[n, dim]`.
/// # Errors
/// Shapes or types that do not fit, tensors on different devices.
pub fn combine_rows(table: Tensor<2>, index: Tensor<2, Int>, weight: Tensor<2>) -> Result<Tensor<2>, OpError> {
    checks::shape("weight", &weight.dims(), &index.dims())?;
    checks::dtype("weight", weight.dtype(), table.dtype())?;
    checks::device("index", index.device(), &table.device())?;
    checks::device("weight", weight.device(), &table.device())?;
    checks::buffer("result", index.dims()[0] * table.dims()[1], table.dtype(), &table.device())?;
    let (index, weight) = (index.into_dispatch(), weight.into_dispatch());
    Ok(Tensor::from_dispatch(Dispatch::combine_rows(table.into_dispatch(), index, weight)))
}

/// Moves features by the parameters of their bin, `(x - from) · scale + to`, in one pass; a row without a bin stays as it is.
/// Differentiable in the features: the gradient is multiplied by `scale`.
///
/// # Shapes
/// `features` `[outer, dim, inner]`, `rows` `[outer · inner]`, `from`, `scale`, `to` `[bins, dim]`, to
/// `[outer, dim, inner]`. The tables are `f64` for `f64` features and `f32` otherwise ([`table_dtype`]).
/// # Errors
/// Shapes or types that do not fit, tensors on different devices.
pub fn calibrate(features: Tensor<3>, rows: Tensor<1, Int>, tables: [Tensor<2>; 3]) -> Result<Tensor<3>, OpError> {
    let [outer, dim, inner] = features.dims();
    checks::shape("rows", &rows.dims(), &[outer * inner])?;
    checks::device("rows", rows.device(), &features.device())?;
    let bins = tables[0].dims()[0];
    for (name, table) in ["from", "scale", "to"].into_iter().zip(&tables) {
        checks::shape(name, &table.dims(), &[bins, dim])?;
        checks::dtype(name, table.dtype(), table_dtype(features.dtype()))?;
        checks::device(name, table.device(), &features.device())?;
    }
    if outer * inner * dim == 0 {
        return Ok(features);
    }
    // Tables are constants; on a device that tracks gradients all tensors must say so.
    let track = features.device();
    let [from, scale, to] = tables.map(|table| table.to_device(&track).into_dispatch());
    let rows = rows.to_device(&track).into_dispatch();
    Ok(Tensor::from_dispatch(Dispatch::bin_calibrate(features.into_dispatch(), rows, from, scale, to)))
}

/// Type of the tables that [`calibrate`] wants for features of a type: half precision is calculated in `f32`.
#[must_use]
pub fn table_dtype(features: DType) -> DType {
    if features == DType::F64 { DType::F64 } else { DType::F32 }
}
