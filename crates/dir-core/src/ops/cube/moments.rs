//! Count, mean and M2 per bin, in three launches: which of its bin's rows each row is, within its chunk; Welford over a chunk,
//! one unit per chunk and column; Chan over the chunks and the state before, one unit per bin and column.

use super::*;

/// Rows of a chunk, at least: shorter ones would leave more to merge than to take in.
const CHUNK: usize = 32;

/// Numbers of each partial table, at most (32 MiB of `f32`). Fixed, not the device's: so is the order of sums.
const ROOM: usize = 1 << 23;

/// `rank[r]`: row `r` is the so-many-th of its bin in its chunk, counted from 1; 0 without a bin.
#[cube(launch_unchecked, address_type = "dynamic")]
fn rank_kernel<I: Int>(
    rows: &Tensor<I>,
    counts: &mut Tensor<i32>,
    rank: &mut Tensor<i32>,
    chunk: u32,
    #[define(I)] _dtype: ElemType,
) {
    let bins = counts.shape(1);
    if ABSOLUTE_POS >= counts.shape(0) {
        terminate!();
    }
    let mine = ABSOLUTE_POS * bins;
    for bin in 0..bins {
        counts[mine + bin] = 0i32;
    }
    let (start, end) = chunk_of(ABSOLUTE_POS, chunk, rows.len());
    for row in start..end {
        let bin = i32::cast_from(rows[row]);
        let mut place = 0i32;
        if is_row(bin, bins) {
            let at = mine + usize::cast_from(bin);
            place = counts[at] + 1;
            counts[at] = place;
        }
        rank[row] = place;
    }
}

#[cube(launch_unchecked, address_type = "dynamic")]
fn chunk_kernel<F: Float, S: Float, I: Int>(
    features: &Tensor<F>,
    rows: &Tensor<I>,
    rank: &Tensor<i32>,
    mean: &mut Tensor<S>,
    m2: &mut Tensor<S>,
    chunk: u32,
    #[define(F, S, I)] _dtypes: [ElemType; 3],
) {
    let (bins, dim) = (mean.shape(1), mean.shape(2));
    if ABSOLUTE_POS >= mean.shape(0) * dim {
        terminate!();
    }
    let (part, column) = (ABSOLUTE_POS / dim, ABSOLUTE_POS % dim);
    let inner = features.shape(2);
    let (start, end) = chunk_of(part, chunk, rows.len());
    for row in start..end {
        let place = rank[row];
        if place > 0 {
            let (outer, position) = (row / inner, row % inner);
            let at = outer * features.stride(0) + column * features.stride(1) + position * features.stride(2);
            let x = S::cast_from(features[at]);
            let mine = (part * bins + usize::cast_from(rows[row])) * dim + column;
            // The first row of a bin writes what no one has written before.
            if place == 1 {
                mean[mine] = x;
                m2[mine] = S::new(0.0);
            } else {
                let before = mean[mine];
                let delta = x - before;
                let after = before + delta / S::cast_from(place);
                mean[mine] = after;
                m2[mine] += delta * (x - after);
            }
        }
    }
}

#[cube(launch_unchecked, address_type = "dynamic")]
fn merge_kernel<S: Float>(
    state: &Tensor<S>,
    counts: &Tensor<i32>,
    mean: &Tensor<S>,
    m2: &Tensor<S>,
    out: &mut Tensor<S>,
    #[define(S)] _dtype: ElemType,
) {
    let (chunks, bins, dim) = (mean.shape(0), mean.shape(1), mean.shape(2));
    if ABSOLUTE_POS >= bins * dim {
        terminate!();
    }
    let (bin, column) = (ABSOLUTE_POS / dim, ABSOLUTE_POS % dim);
    let width = state.shape(1);
    let home = bin * width;
    let mut n = state[home];
    let mut average = state[home + 1 + column];
    let mut scatter = state[home + 1 + dim + column];
    for chunk in 0..chunks {
        let more = counts[chunk * bins + bin];
        if more > 0 {
            let more = S::cast_from(more);
            let at = (chunk * bins + bin) * dim + column;
            let share = more / (n + more);
            let delta = mean[at] - average;
            average += delta * share;
            scatter += m2[at] + delta * delta * (n * share);
            n += more;
        }
    }
    out[home + 1 + column] = average;
    out[home + 1 + dim + column] = scatter;
    if column == 0 {
        out[home] = n;
    }
}

pub(super) fn launch(state: CubeTensor, features: CubeTensor, rows: CubeTensor) -> CubeTensor {
    let (state, rows) = (into_contiguous(state), into_contiguous(rows));
    let (bins, dim) = (state.meta.shape()[0], features.meta.shape()[1]);
    let n = rows.meta.num_elements();
    let chunk = CHUNK.max(n.div_ceil((ROOM / (bins * dim)).max(1)));
    let chunks = n.div_ceil(chunk);
    let counts = room(&rows, [chunks, bins], DType::I32);
    let rank = room(&rows, [n], DType::I32);
    let [mean, m2] = [(); 2].map(|()| room(&rows, [chunks, bins, dim], state.dtype));
    let out = room(&state, state.meta.shape().clone(), state.dtype);
    let client = state.client.clone();
    let address = address(&[&state, &features, &rows, &mean]);
    let [feature_type, state_type, row_type] = [features.dtype, state.dtype, rows.dtype].map(dtype_to_storage_type);
    // SAFETY: a unit stays within its chunk of rows and its own bins or columns, and returns beyond the last of them.
    unsafe {
        let (count, cube) = grid(&rows, chunks);
        rank_kernel::launch_unchecked(
            &client,
            count,
            cube,
            address,
            rows.clone().into_tensor_arg(),
            counts.clone().into_tensor_arg(),
            rank.clone().into_tensor_arg(),
            chunk as u32,
            row_type,
        );
        let (count, cube) = grid(&rows, chunks * dim);
        chunk_kernel::launch_unchecked(
            &client,
            count,
            cube,
            address,
            features.into_tensor_arg(),
            rows.into_tensor_arg(),
            rank.into_tensor_arg(),
            mean.clone().into_tensor_arg(),
            m2.clone().into_tensor_arg(),
            chunk as u32,
            [feature_type, state_type, row_type],
        );
        let (count, cube) = grid(&state, bins * dim);
        merge_kernel::launch_unchecked(
            &client,
            count,
            cube,
            address,
            state.into_tensor_arg(),
            counts.into_tensor_arg(),
            mean.into_tensor_arg(),
            m2.into_tensor_arg(),
            out.clone().into_tensor_arg(),
            state_type,
        );
    }
    out
}
