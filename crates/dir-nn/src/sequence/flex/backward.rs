//! The gradient of one direction of an LSTM in its gates, against the order of its steps.

use std::ops::Range;

use dir_core::simd::wide;
use rayon::prelude::*;

use super::activation::Gate;
use super::{by_group, of_group};
use crate::flex::Recycled;
use crate::product::{Before, Matrix, product};
use crate::sequence::packing::{Direction, Group, Packing};

/// What the forward pass left.
#[derive(Clone, Copy)]
pub(super) struct Saved<'a, E> {
    pub(super) activated: &'a [E],
    pub(super) cells: &'a [E],
    /// Width of the hidden state.
    pub(super) hidden: usize,
}

pub(super) fn lstm<E: Gate>(
    gradient: &[E],
    recurrent: &[E],
    saved: Saved<'_, E>,
    packing: &Packing,
    direction: Direction,
) -> Recycled<E> {
    let width = saved.hidden;
    let mut of_gates = Recycled::any(packing.rows() * 4 * width);
    let parts = by_group(&mut of_gates, 4 * width, packing);
    parts.into_par_iter().zip(packing.groups()).with_max_len(1).for_each(|(part, group)| {
        let activated = of_group(saved.activated, 4 * width, group);
        let saved = Saved { activated, cells: of_group(saved.cells, width, group), hidden: width };
        run(part, of_group(gradient, width, group), recurrent, saved, group, direction);
    });
    of_gates
}

fn run<E: Gate>(
    of_gates: &mut [E],
    gradient: &[E],
    recurrent: &[E],
    saved: Saved<'_, E>,
    group: &Group,
    direction: Direction,
) {
    let (steps, width) = (group.steps(), saved.hidden);
    // What comes back to the first sequences from the steps that followed. Rows that nothing followed stay zero: forward,
    // more sequences are running the earlier the step is; in reverse, each step but the first has a follower for all.
    let mut of_hidden = vec![E::default(); group.active(0) * width];
    let mut of_cell = of_hidden.clone();
    for k in 0..steps {
        let step = if direction == Direction::Forward { steps - 1 - k } else { k };
        let (rows, before) = (group.step(step), group.before_step(step, direction).unwrap_or(0..0));
        let own = &mut of_gates[rows.start * 4 * width..rows.end * 4 * width];
        step_backward(own, gradient, saved, (rows, before.clone()), &of_hidden, &mut of_cell);
        let left = Matrix::new(own, before.len(), 4 * width, 4 * width);
        let right = Matrix::new(recurrent, 4 * width, width, width);
        product(&mut of_hidden, width, left, right, Before::Overwritten);
    }
}

/// Gradients of a step's gates; those of the cells are led on to the step before.
fn step_backward<E: Gate>(
    of_gates: &mut [E],
    gradient: &[E],
    saved: Saved<'_, E>,
    (rows, before): (Range<usize>, Range<usize>),
    of_hidden: &[E],
    of_cell: &mut [E],
) {
    let width = saved.hidden;
    let nothing = vec![E::default(); width];
    for (k, row) in rows.enumerate() {
        let own = row * width..(row + 1) * width;
        let old = if k < before.len() {
            &saved.cells[(before.start + k) * width..(before.start + k + 1) * width]
        } else {
            &nothing
        };
        let row = Row {
            gates: &saved.activated[row * 4 * width..(row + 1) * 4 * width],
            cell: &saved.cells[own.clone()],
            old,
            gradient: &gradient[own],
            of_hidden: &of_hidden[k * width..(k + 1) * width],
        };
        let target = &mut of_gates[k * 4 * width..(k + 1) * 4 * width];
        wide(|| row.backward(target, &mut of_cell[k * width..(k + 1) * width]));
    }
}

/// What one row of the gradient depends on.
struct Row<'a, E> {
    gates: &'a [E],
    cell: &'a [E],
    old: &'a [E],
    gradient: &'a [E],
    of_hidden: &'a [E],
}

impl<E: Gate> Row<'_, E> {
    #[inline(always)]
    fn backward(&self, target: &mut [E], of_cell: &mut [E]) {
        let width = self.cell.len();
        let (one, quarter) = (E::ONE, |k: usize| &self.gates[k * width..(k + 1) * width]);
        let (input, forget, fresh, output) = (quarter(0), quarter(1), quarter(2), quarter(3));
        let (d_input, rest) = target.split_at_mut(width);
        let (d_forget, rest) = rest.split_at_mut(width);
        let (d_fresh, d_output) = rest.split_at_mut(width);
        let (cell, old) = (&self.cell[..width], &self.old[..width]);
        let (gradient, of_hidden, of_cell) = (&self.gradient[..width], &self.of_hidden[..width], &mut of_cell[..width]);
        for k in 0..width {
            let (i, f, g, o) = (input[k], forget[k], fresh[k], output[k]);
            let tanh = cell[k].tanh();
            let dh = gradient[k] + of_hidden[k];
            let dc = of_cell[k] + dh * o * (one - tanh * tanh);
            d_input[k] = dc * g * i * (one - i);
            d_forget[k] = dc * old[k] * f * (one - f);
            d_fresh[k] = dc * i * (one - g * g);
            d_output[k] = dh * tanh * o * (one - o);
            of_cell[k] = dc * f;
        }
    }
}
