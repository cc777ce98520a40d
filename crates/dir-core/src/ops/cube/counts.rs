//! Rows per bin, in two levels: each unit counts a chunk of rows into bins of its own, then one unit per bin adds them up.

use super::*;

/// Rows that one unit counts, at least.
const CHUNK: usize = 256;

/// Numbers of all units' bins together, at most.
const ROOM: usize = 1 << 22;

#[cube(launch_unchecked, address_type = "dynamic")]
fn partial_kernel<I: Int>(rows: &Tensor<I>, partial: &mut Tensor<i32>, chunk: u32, #[define(I)] _dtype: ElemType) {
    let bins = partial.shape(1);
    if ABSOLUTE_POS >= partial.shape(0) {
        terminate!();
    }
    let mine = ABSOLUTE_POS * bins;
    for bin in 0..bins {
        partial[mine + bin] = 0i32;
    }
    let (start, end) = chunk_of(ABSOLUTE_POS, chunk, rows.len());
    for row in start..end {
        let bin = i32::cast_from(rows[row]);
        if is_row(bin, bins) {
            partial[mine + usize::cast_from(bin)] += 1i32;
        }
    }
}

#[cube(launch_unchecked, address_type = "dynamic")]
fn total_kernel<I: Int>(partial: &Tensor<i32>, out: &mut Tensor<I>, #[define(I)] _dtype: ElemType) {
    if ABSOLUTE_POS >= out.len() {
        terminate!();
    }
    let mut total = 0i32;
    for chunk in 0..partial.shape(0) {
        total += partial[chunk * partial.shape(1) + ABSOLUTE_POS];
    }
    out[ABSOLUTE_POS] = I::cast_from(total);
}

/// Rows per bin of every chunk, `[chunks, bins]`.
fn partial(rows: &CubeTensor, bins: usize, chunk: usize) -> CubeTensor {
    let chunks = rows.meta.num_elements().div_ceil(chunk);
    let out = room(rows, [chunks, bins], DType::I32);
    let (count, dim) = grid(rows, chunks);
    // SAFETY: a unit stays within its chunk of rows and its own bins.
    unsafe {
        partial_kernel::launch_unchecked(
            &rows.client.clone(),
            count,
            dim,
            address(&[rows, &out]),
            rows.clone().into_tensor_arg(),
            out.clone().into_tensor_arg(),
            chunk as u32,
            dtype_to_storage_type(rows.dtype),
        );
    }
    out
}

pub(super) fn launch(rows: CubeTensor, bins: usize) -> CubeTensor {
    let rows = into_contiguous(rows);
    let out = room(&rows, [bins], rows.dtype);
    let n = rows.meta.num_elements();
    let chunk = CHUNK.max(n.div_ceil((ROOM / bins).max(1)));
    let partial = partial(&rows, bins, chunk);
    let (count, dim) = grid(&rows, bins);
    // SAFETY: every unit returns before it would pass the end of `out`; `partial` has a column for each.
    unsafe {
        total_kernel::launch_unchecked(
            &rows.client.clone(),
            count,
            dim,
            address(&[&partial, &out]),
            partial.into_tensor_arg(),
            out.clone().into_tensor_arg(),
            dtype_to_storage_type(rows.dtype),
        );
    }
    out
}
