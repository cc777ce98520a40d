//! Weighted sums of a table's rows: one unit per element of the result.

use super::*;

#[cube(launch_unchecked, address_type = "dynamic")]
fn combine_kernel<F: Float, I: Int>(
    table: &Tensor<F>,
    index: &Tensor<I>,
    weight: &Tensor<F>,
    out: &mut Tensor<F>,
    #[define(F, I)] _dtypes: [ElemType; 2],
) {
    if ABSOLUTE_POS >= out.len() {
        terminate!();
    }
    let dim = out.shape(1);
    let terms = index.shape(1);
    let (mine, column) = (ABSOLUTE_POS / dim, ABSOLUTE_POS % dim);
    let mut sum = F::new(0.0);
    for term in 0..terms {
        let row = i32::cast_from(index[mine * terms + term]);
        if is_row(row, table.shape(0)) {
            let at = usize::cast_from(row) * table.stride(0) + column * table.stride(1);
            sum += weight[mine * terms + term] * table[at];
        }
    }
    out[ABSOLUTE_POS] = sum;
}

pub(super) fn launch(table: CubeTensor, index: CubeTensor, weight: CubeTensor) -> CubeTensor {
    let (index, weight) = (into_contiguous(index), into_contiguous(weight));
    let out = room(&table, [index.meta.shape()[0], table.meta.shape()[1]], table.dtype);
    let units = out.meta.num_elements();
    if units == 0 {
        return out;
    }
    let (count, dim) = grid(&table, units);
    let (client, address) = (table.client.clone(), address(&[&table, &index, &weight, &out]));
    let dtypes = [dtype_to_storage_type(table.dtype), dtype_to_storage_type(index.dtype)];
    // SAFETY: every unit returns before it would pass the end of `out`; rows that the table lacks are skipped.
    unsafe {
        combine_kernel::launch_unchecked(
            &client,
            count,
            dim,
            address,
            table.into_tensor_arg(),
            index.into_tensor_arg(),
            weight.into_tensor_arg(),
            out.clone().into_tensor_arg(),
            dtypes,
        );
    }
    out
}
