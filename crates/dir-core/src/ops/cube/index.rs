//! Bin of every target: one unit per target, a search by halving.

use super::*;

#[cube(launch_unchecked, address_type = "dynamic")]
fn index_kernel<F: Float>(
    targets: &Tensor<F>,
    edges: &Tensor<F>,
    out: &mut Tensor<i32>,
    #[comptime] strict: bool,
    #[define(F)] _dtype: ElemType,
) {
    if ABSOLUTE_POS >= out.len() {
        terminate!();
    }
    let y = targets[ABSOLUTE_POS * targets.stride(0)];
    let last = edges.len() - 1;
    // The edges at or below the target: `low` of them at least, `high` at most.
    let mut low = 0usize;
    let mut high = last + 1;
    while low < high {
        let middle = (low + high) / 2;
        if edges[middle] <= y {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    let mut bin = 0i32;
    if low > 0 {
        bin = i32::cast_from(low) - 1;
    }
    if low > last {
        bin = i32::cast_from(last) - 1;
    }
    // Every comparison with NaN is false.
    let mut known = y <= edges[last] || y > edges[last];
    if comptime!(strict) {
        known = y >= edges[0] && y <= edges[last];
    }
    if !known {
        bin = -1i32;
    }
    out[ABSOLUTE_POS] = bin;
}

pub(super) fn launch(targets: CubeTensor, edges: CubeTensor, strict: bool) -> CubeTensor {
    let edges = into_contiguous(edges);
    let out = room(&targets, targets.meta.shape().clone(), DType::I32);
    let units = out.meta.num_elements();
    if units == 0 {
        return out;
    }
    let (count, dim) = grid(&targets, units);
    let (client, address) = (targets.client.clone(), address(&[&targets, &edges, &out]));
    let dtype = dtype_to_storage_type(targets.dtype);
    // SAFETY: every unit returns before it would pass the end of `out`, and a target's bin has edges.
    unsafe {
        index_kernel::launch_unchecked(
            &client,
            count,
            dim,
            address,
            targets.into_tensor_arg(),
            edges.into_tensor_arg(),
            out.clone().into_tensor_arg(),
            strict,
            dtype,
        );
    }
    out
}
