//! The operations in terms of Burn's own: for GPUs, and to test the CPU's against.

use burn::backend::tensor::{FloatTensor, IndexingUpdateOp, IntTensor};
use burn::backend::{Backend, TensorMetadata};
use burn::tensor::{IntDType, Shape, Slice, TensorData};

use super::packing::{Direction, Group, Packing};

fn rows<B: Backend>(tensor: &FloatTensor<B>, range: std::ops::Range<usize>) -> FloatTensor<B> {
    B::float_slice(tensor.clone(), &[Slice::from(range)])
}

fn columns<B: Backend>(tensor: &FloatTensor<B>, range: std::ops::Range<usize>) -> FloatTensor<B> {
    B::float_slice(tensor.clone(), &[Slice::full(), Slice::from(range)])
}

fn zeros<B: Backend>(like: &FloatTensor<B>, rows: usize, columns: usize) -> FloatTensor<B> {
    B::float_zeros(Shape::new([rows, columns]), &like.device(), like.dtype().into())
}

/// The tensor with rows of zeros below, up to a number of rows.
fn extended<B: Backend>(tensor: FloatTensor<B>, to: usize) -> FloatTensor<B> {
    let [have, width] = tensor.shape().dims();
    match to - have {
        0 => tensor,
        more => B::float_cat(vec![tensor.clone(), zeros::<B>(&tensor, more, width)], 0),
    }
}

/// `1 - x`.
fn one_minus<B: Backend>(x: FloatTensor<B>) -> FloatTensor<B> {
    B::float_add_scalar(B::float_neg(x), 1.0_f64.into())
}

/// Steps in the order of a direction.
fn times(steps: usize, direction: Direction) -> Box<dyn DoubleEndedIterator<Item = usize>> {
    match direction {
        Direction::Forward => Box::new(0..steps),
        Direction::Reverse => Box::new((0..steps).rev()),
    }
}

/// Hidden states, activated gates and cells of a step.
type Step<B> = [FloatTensor<B>; 3];

pub(super) fn lstm<B: Backend>(
    gates: FloatTensor<B>,
    recurrent: FloatTensor<B>,
    packing: &Packing,
    direction: Direction,
) -> (FloatTensor<B>, FloatTensor<B>, FloatTensor<B>) {
    let transposed = B::float_transpose(recurrent);
    let mut all: Vec<Step<B>> = Vec::new();
    for group in packing.groups() {
        all.extend(lstm_group::<B>(&gates, &transposed, group, direction));
    }
    let [mut hidden, mut activated, mut cells] = [Vec::new(), Vec::new(), Vec::new()];
    for [h, a, c] in all {
        hidden.push(h);
        activated.push(a);
        cells.push(c);
    }
    (B::float_cat(hidden, 0), B::float_cat(activated, 0), B::float_cat(cells, 0))
}

/// The steps of a group, in the order of its rows.
fn lstm_group<B: Backend>(
    gates: &FloatTensor<B>,
    transposed: &FloatTensor<B>,
    group: &Group,
    direction: Direction,
) -> Vec<Step<B>> {
    let [width, _] = transposed.shape().dims();
    let mut steps: Vec<Option<Step<B>>> = vec![None; group.steps()];
    let mut last: Option<(FloatTensor<B>, FloatTensor<B>)> = None;
    for step in times(group.steps(), direction) {
        let (range, active) = (group.step(step), group.active(step));
        let own = rows::<B>(gates, group.start + range.start..group.start + range.end);
        let before = last.map(|(h, c)| {
            let running = h.shape().dims::<2>()[0].min(active);
            [h, c].map(|state| extended::<B>(rows::<B>(&state, 0..running), active))
        });
        let sums = match &before {
            Some([h, _]) => B::float_add(own, B::float_matmul(h.clone(), transposed.clone())),
            None => own,
        };
        let gate = |k: usize| columns::<B>(&sums, k * width..(k + 1) * width);
        let [i, f, g, o] = [B::sigmoid(gate(0)), B::sigmoid(gate(1)), B::float_tanh(gate(2)), B::sigmoid(gate(3))];
        let fresh = B::float_mul(i.clone(), g.clone());
        let c = match before {
            Some([_, c]) => B::float_add(fresh, B::float_mul(f.clone(), c)),
            None => fresh,
        };
        let h = B::float_mul(o.clone(), B::float_tanh(c.clone()));
        last = Some((h.clone(), c.clone()));
        steps[step] = Some([h, B::float_cat(vec![i, f, g, o], 1), c]);
    }
    steps.into_iter().flatten().collect()
}

pub(super) fn lstm_backward<B: Backend>(
    gradient: FloatTensor<B>,
    recurrent: FloatTensor<B>,
    activated: FloatTensor<B>,
    cells: FloatTensor<B>,
    packing: &Packing,
    direction: Direction,
) -> FloatTensor<B> {
    let mut all = Vec::new();
    for group in packing.groups() {
        let whole = group.start..group.start + group.rows();
        let [gradient, activated, cells] = [&gradient, &activated, &cells].map(|t| rows::<B>(t, whole.clone()));
        all.extend(backward_group::<B>(&gradient, &recurrent, &activated, &cells, group, direction));
    }
    B::float_cat(all, 0)
}

fn backward_group<B: Backend>(
    gradient: &FloatTensor<B>,
    recurrent: &FloatTensor<B>,
    activated: &FloatTensor<B>,
    cells: &FloatTensor<B>,
    group: &Group,
    direction: Direction,
) -> Vec<FloatTensor<B>> {
    let [_, width] = recurrent.shape().dims();
    let mut steps: Vec<Option<FloatTensor<B>>> = vec![None; group.steps()];
    // What comes back from the steps that followed: gradients of hidden state and cell.
    let mut back: Option<[FloatTensor<B>; 2]> = None;
    for step in times(group.steps(), direction).rev() {
        let (range, active) = (group.step(step), group.active(step));
        let all = rows::<B>(activated, range.clone());
        let [i, f, g, o] = [0, 1, 2, 3].map(|k| columns::<B>(&all, k * width..(k + 1) * width));
        let tanh = B::float_tanh(rows::<B>(cells, range.clone()));
        let (mut of_hidden, mut of_cell) = (rows::<B>(gradient, range), None);
        if let Some([h, c]) = back {
            of_hidden = B::float_add(of_hidden, extended::<B>(h, active));
            of_cell = Some(extended::<B>(c, active));
        }
        let slope = |x: &FloatTensor<B>| B::float_mul(x.clone(), one_minus::<B>(x.clone()));
        let bend = |x: &FloatTensor<B>| one_minus::<B>(B::float_mul(x.clone(), x.clone()));
        let through = B::float_mul(B::float_mul(of_hidden.clone(), o.clone()), bend(&tanh));
        let of_cell = of_cell.map_or(through.clone(), |back| B::float_add(through, back));
        let before = group.before_step(step, direction);
        let old = before.clone().map(|range| extended::<B>(rows::<B>(cells, range), active));
        let old = old.unwrap_or_else(|| zeros::<B>(&f, active, width));
        let di = B::float_mul(B::float_mul(of_cell.clone(), g.clone()), slope(&i));
        let df = B::float_mul(B::float_mul(of_cell.clone(), old), slope(&f));
        let dg = B::float_mul(B::float_mul(of_cell.clone(), i), bend(&g));
        let dout = B::float_mul(B::float_mul(of_hidden, tanh), slope(&o));
        let of_gates = B::float_cat(vec![di, df, dg, dout], 1);
        back = before.map(|range| {
            let running = 0..range.len();
            let h = B::float_matmul(rows::<B>(&of_gates, running.clone()), recurrent.clone());
            [h, rows::<B>(&B::float_mul(of_cell, f), running)]
        });
        steps[step] = Some(of_gates);
    }
    steps.into_iter().flatten().collect()
}

/// The hidden state that each row started from, zeros at the beginning of a sequence.
pub(super) fn previous<B: Backend>(hidden: FloatTensor<B>, packing: &Packing, direction: Direction) -> FloatTensor<B> {
    let [_, width] = hidden.shape().dims();
    let index: Vec<i32> =
        packing.predecessors(direction).iter().map(|before| before.map_or(0, |row| row as i32 + 1)).collect();
    let index = integers::<B>(index, &hidden);
    B::float_select(B::float_cat(vec![zeros::<B>(&hidden, 1, width), hidden], 0), 0, index)
}

fn integers<B: Backend>(values: Vec<i32>, like: &FloatTensor<B>) -> IntTensor<B> {
    let n = values.len();
    B::int_from_data(TensorData::new(values, [n]), &like.device())
}

pub(super) fn max_over_time<B: Backend>(hidden: FloatTensor<B>, packing: &Packing) -> (FloatTensor<B>, IntTensor<B>) {
    let [rows, width] = hidden.shape().dims();
    let (sequences, steps) = (packing.sequences(), packing.steps());
    let place = |k: usize, step: usize| if step < packing.length(k) { packing.row(k, step) } else { rows };
    let index = (0..sequences).flat_map(|k| (0..steps).map(move |step| place(k, step) as i32)).collect();
    let lowest = Shape::new([1, width]);
    let lowest = B::float_full(lowest, f64::NEG_INFINITY.into(), &hidden.device(), hidden.dtype().into());
    let index = integers::<B>(index, &hidden);
    let padded = B::float_select(B::float_cat(vec![hidden, lowest], 0), 0, index);
    let padded = B::float_reshape(padded, Shape::new([sequences, steps, width]));
    let (largest, at) = B::float_max_dim_with_indices(padded, 1, IntDType::I32);
    let flat = Shape::new([sequences, width]);
    (B::float_reshape(largest, flat.clone()), B::int_reshape(at, flat))
}

pub(super) fn max_over_time_backward<B: Backend>(
    gradient: FloatTensor<B>,
    at: IntTensor<B>,
    packing: &Packing,
) -> FloatTensor<B> {
    let [sequences, width] = gradient.shape().dims();
    let steps = packing.steps();
    let single = Shape::new([sequences, 1, width]);
    let empty = Shape::new([sequences, steps, width]);
    let empty = B::float_zeros(empty, &gradient.device(), gradient.dtype().into());
    let origins = packing.origins().into_iter().map(|(k, step)| (k * steps + step) as i32).collect();
    let origins = integers::<B>(origins, &gradient);
    let (at, gradient) = (B::int_reshape(at, single.clone()), B::float_reshape(gradient, single));
    let spread = B::float_scatter(1, empty, at, gradient, IndexingUpdateOp::Add);
    B::float_select(B::float_reshape(spread, Shape::new([sequences * steps, width])), 0, origins)
}
