//! Scatter of every bin, packed: one unit per bin and pair of columns, which walks the bin's rows in the order of the list.

use super::*;

#[cube(launch_unchecked, address_type = "dynamic")]
fn products_kernel<F: Float, S: Float, I: Int>(
    state: &Tensor<S>,
    features: &Tensor<F>,
    order: &Tensor<I>,
    offsets: &Tensor<I>,
    centre: &Tensor<S>,
    out: &mut Tensor<S>,
    #[define(F, S, I)] _dtypes: [ElemType; 3],
) {
    if ABSOLUTE_POS >= out.len() {
        terminate!();
    }
    let packed = out.shape(1);
    let inner = features.shape(2);
    let (bin, pair) = (ABSOLUTE_POS / packed, ABSOLUTE_POS % packed);
    // Row `i` of the triangle begins at i (i + 1) / 2. The root is rounded, so look at both neighbours.
    let mut i = usize::cast_from((f32::cast_from(8 * pair + 1).sqrt() - 1.0) / 2.0);
    if (i + 1) * (i + 2) / 2 <= pair {
        i += 1;
    }
    if i * (i + 1) / 2 > pair {
        i -= 1;
    }
    let j = pair - i * (i + 1) / 2;
    let home = bin * features.shape(1);
    let (from_i, from_j) = (centre[home + i], centre[home + j]);
    let mut sum = state[ABSOLUTE_POS];
    for place in usize::cast_from(offsets[bin])..usize::cast_from(offsets[bin + 1]) {
        let row = usize::cast_from(order[place]);
        let start = row / inner * features.stride(0) + row % inner * features.stride(2);
        let x = S::cast_from(features[start + i * features.stride(1)]) - from_i;
        let y = S::cast_from(features[start + j * features.stride(1)]) - from_j;
        sum += x * y;
    }
    out[ABSOLUTE_POS] = sum;
}

pub(super) fn launch(
    state: CubeTensor,
    features: CubeTensor,
    lists: [CubeTensor; 2],
    centre: CubeTensor,
) -> CubeTensor {
    let [order, offsets] = lists.map(into_contiguous);
    let (state, centre) = (into_contiguous(state), into_contiguous(centre));
    let out = room(&state, state.meta.shape().clone(), state.dtype);
    let (count, dim) = grid(&state, out.meta.num_elements());
    let (client, address) = (state.client.clone(), address(&[&state, &features, &order, &out]));
    let dtypes = [features.dtype, state.dtype, order.dtype].map(dtype_to_storage_type);
    // SAFETY: every unit returns before it would pass the end of `out`; the lists were checked on the host, where they are made.
    unsafe {
        products_kernel::launch_unchecked(
            &client,
            count,
            dim,
            address,
            state.into_tensor_arg(),
            features.into_tensor_arg(),
            order.into_tensor_arg(),
            offsets.into_tensor_arg(),
            centre.into_tensor_arg(),
            out.clone().into_tensor_arg(),
            dtypes,
        );
    }
    out
}
