//! Calibration: one unit per feature, which fetches its bin's parameters. Features are read once, where they lie.

use super::*;

#[cube(launch_unchecked, address_type = "dynamic")]
fn forward_kernel<F: Float, T: Float, I: Int>(
    features: &Tensor<F>,
    rows: &Tensor<I>,
    from: &Tensor<T>,
    scale: &Tensor<T>,
    to: &Tensor<T>,
    out: &mut Tensor<F>,
    #[define(F, T, I)] _dtypes: [ElemType; 3],
) {
    if ABSOLUTE_POS >= out.len() {
        terminate!();
    }
    let (dim, inner) = (out.shape(1), out.shape(2));
    let (outer, column, position) = place_of(ABSOLUTE_POS, dim, inner);
    let x = features[outer * features.stride(0) + column * features.stride(1) + position * features.stride(2)];
    let bin = i32::cast_from(rows[outer * inner + position]);
    let mut moved = x;
    if is_row(bin, scale.shape(0)) {
        let at = usize::cast_from(bin) * dim + column;
        moved = F::cast_from((T::cast_from(x) - from[at]) * scale[at] + to[at]);
    }
    out[ABSOLUTE_POS] = moved;
}

#[cube(launch_unchecked, address_type = "dynamic")]
fn backward_kernel<F: Float, T: Float, I: Int>(
    gradient: &Tensor<F>,
    rows: &Tensor<I>,
    scale: &Tensor<T>,
    out: &mut Tensor<F>,
    #[define(F, T, I)] _dtypes: [ElemType; 3],
) {
    if ABSOLUTE_POS >= out.len() {
        terminate!();
    }
    let (dim, inner) = (out.shape(1), out.shape(2));
    let (outer, column, position) = place_of(ABSOLUTE_POS, dim, inner);
    let g = gradient[outer * gradient.stride(0) + column * gradient.stride(1) + position * gradient.stride(2)];
    let bin = i32::cast_from(rows[outer * inner + position]);
    let mut scaled = g;
    if is_row(bin, scale.shape(0)) {
        scaled = F::cast_from(T::cast_from(g) * scale[usize::cast_from(bin) * dim + column]);
    }
    out[ABSOLUTE_POS] = scaled;
}

pub(super) fn forward(features: CubeTensor, rows: CubeTensor, tables: [CubeTensor; 3]) -> CubeTensor {
    let rows = into_contiguous(rows);
    let [from, scale, to] = tables.map(into_contiguous);
    let out = room(&features, features.meta.shape().clone(), features.dtype);
    let (count, dim) = grid(&features, out.meta.num_elements());
    let (client, address) = (features.client.clone(), address(&[&features, &rows, &scale, &out]));
    let dtypes = [features.dtype, scale.dtype, rows.dtype].map(dtype_to_storage_type);
    // SAFETY: every unit returns before it would pass the end of `out`; bins that the tables lack are skipped.
    unsafe {
        forward_kernel::launch_unchecked(
            &client,
            count,
            dim,
            address,
            features.into_tensor_arg(),
            rows.into_tensor_arg(),
            from.into_tensor_arg(),
            scale.into_tensor_arg(),
            to.into_tensor_arg(),
            out.clone().into_tensor_arg(),
            dtypes,
        );
    }
    out
}

pub(super) fn backward(gradient: CubeTensor, rows: CubeTensor, scale: CubeTensor) -> CubeTensor {
    let (rows, scale) = (into_contiguous(rows), into_contiguous(scale));
    let out = room(&gradient, gradient.meta.shape().clone(), gradient.dtype);
    let (count, dim) = grid(&gradient, out.meta.num_elements());
    let (client, address) = (gradient.client.clone(), address(&[&gradient, &rows, &scale, &out]));
    let dtypes = [gradient.dtype, scale.dtype, rows.dtype].map(dtype_to_storage_type);
    // SAFETY: as in `forward`.
    unsafe {
        backward_kernel::launch_unchecked(
            &client,
            count,
            dim,
            address,
            gradient.into_tensor_arg(),
            rows.into_tensor_arg(),
            scale.into_tensor_arg(),
            out.clone().into_tensor_arg(),
            dtypes,
        );
    }
    out
}
