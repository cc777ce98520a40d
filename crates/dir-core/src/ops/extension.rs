//! The operations as a Burn backend extension: what a backend must implement.

use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Backend, backend_extension};

/// Operations over bins. Use the functions of [`crate::ops`], which check shapes; a backend implements these.
///
/// Shapes: `features` `[outer, dim, inner]`, `rows` `[outer · inner]`, tables `[bins, dim]`.
#[backend_extension(
    Flex: cfg(feature = "flex"),
    Cube: cfg(feature = "cube"),
    Fusion: cfg(feature = "fusion"),
    Autodiff: cfg(all()),
)]
pub trait BinOps: Backend {
    /// Bin of every target `[n]` between rising limits `[bins + 1]`, as `i32`; targets beyond the ends count for the end bins
    /// or, if `strict`, for none.
    #[fusion(meta = |targets, _edges, _strict| index_spec(targets))]
    fn bin_index(targets: FloatTensor<Self>, edges: FloatTensor<Self>, strict: bool) -> IntTensor<Self>;

    /// Rows per bin, `[bins]`.
    #[fusion(dtype = rows, shape = burn::tensor::Shape::new([*bins]))]
    fn bin_counts(rows: IntTensor<Self>, bins: usize) -> IntTensor<Self>;

    /// `state` `[bins, 1 + 2 · dim]` (count, mean, M2) with the features taken in.
    #[fusion(dtype = state, shape = state)]
    fn bin_moments(state: FloatTensor<Self>, features: FloatTensor<Self>, rows: IntTensor<Self>) -> FloatTensor<Self>;

    /// `state` `[bins, dim · (dim + 1) / 2]` with `Σ (x - centre)(x - centre)ᵀ` of every bin's rows added, lower triangles by
    /// rows. `order` lists rows by bin, `offsets` `[bins + 1]` where each bin's begin; `centre` `[bins, dim]`.
    #[fusion(dtype = state, shape = state)]
    fn bin_products(
        state: FloatTensor<Self>,
        features: FloatTensor<Self>,
        order: IntTensor<Self>,
        offsets: IntTensor<Self>,
        centre: FloatTensor<Self>,
    ) -> FloatTensor<Self>;

    /// `out[i] = Σ_t weight[i, t] · table[index[i, t]]`; `index`, `weight` `[n, terms]` to `[n, dim]`.
    #[fusion(dtype = table, shape = combined_shape(table, index))]
    fn combine_rows(table: FloatTensor<Self>, index: IntTensor<Self>, weight: FloatTensor<Self>) -> FloatTensor<Self>;

    /// `(x - from) · scale + to` with the tables' rows of each feature's bin; rows without a bin stay as they are.
    #[fusion(dtype = features, shape = features)]
    fn bin_calibrate(
        features: FloatTensor<Self>,
        rows: IntTensor<Self>,
        from: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        to: FloatTensor<Self>,
    ) -> FloatTensor<Self>;

    /// Gradient of [`BinOps::bin_calibrate`] in the features: `gradient · scale`.
    #[fusion(dtype = gradient, shape = gradient)]
    fn bin_calibrate_backward(
        gradient: FloatTensor<Self>,
        rows: IntTensor<Self>,
        scale: FloatTensor<Self>,
    ) -> FloatTensor<Self>;
}

#[cfg(feature = "fusion")]
fn index_spec(targets: &burn::backend::fusion::custom::TensorSpec) -> burn::backend::fusion::custom::TensorSpec {
    burn::backend::fusion::custom::TensorSpec::new(targets.shape.clone(), burn::tensor::DType::I32)
}

#[cfg(feature = "fusion")]
fn combined_shape(table: &burn::tensor::Shape, index: &burn::tensor::Shape) -> burn::tensor::Shape {
    burn::tensor::Shape::new([index[0], table[1]])
}
