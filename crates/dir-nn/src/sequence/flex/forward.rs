//! One direction of an LSTM, step by step.

use std::ops::Range;

use dir_core::simd::wide;
use rayon::prelude::*;

use super::activation::Gate;
use super::{by_group, of_group};
use crate::flex::Recycled;
use crate::product::Matrix;
use crate::sequence::packing::{Direction, Group, Packing};

/// Everything that the steps leave, `[rows, ..]`.
pub(super) struct States<E: Gate> {
    pub(super) hidden: Recycled<E>,
    pub(super) activated: Recycled<E>,
    pub(super) cells: Recycled<E>,
}

/// The same of one group.
struct Part<'a, E> {
    hidden: &'a mut [E],
    activated: &'a mut [E],
    cells: &'a mut [E],
}

pub(super) fn lstm<E: Gate>(
    gates: &[E],
    recurrent: &[E],
    width: usize,
    packing: &Packing,
    direction: Direction,
) -> States<E> {
    let rows = packing.rows();
    let list = |width: usize| Recycled::any(rows * width);
    let mut states = States { hidden: list(width), activated: list(4 * width), cells: list(width) };
    let hidden = by_group(&mut states.hidden, width, packing);
    let activated = by_group(&mut states.activated, 4 * width, packing);
    let cells = by_group(&mut states.cells, width, packing);
    let parts = hidden.into_iter().zip(activated).zip(cells);
    let parts: Vec<_> = parts.map(|((hidden, activated), cells)| Part { hidden, activated, cells }).collect();
    parts.into_par_iter().zip(packing.groups()).with_max_len(1).for_each(|(part, group)| {
        part.run(of_group(gates, 4 * width, group), recurrent, width, group, direction);
    });
    states
}

impl<E: Gate> Part<'_, E> {
    fn run(mut self, gates: &[E], recurrent: &[E], width: usize, group: &Group, direction: Direction) {
        self.activated.copy_from_slice(gates);
        let steps = group.steps();
        for k in 0..steps {
            let step = if direction == Direction::Forward { k } else { steps - 1 - k };
            let before = group.before_step(step, direction).unwrap_or(0..0);
            self.add_recurrent(group.step(step), before.clone(), recurrent, width);
            self.activate(group.step(step), before, width);
        }
    }

    /// `a += h' Uᵀ` in the rows that have a step before them.
    fn add_recurrent(&mut self, rows: Range<usize>, before: Range<usize>, recurrent: &[E], width: usize) {
        let running = before.len();
        let hidden = &self.hidden[before.start * width..before.end * width];
        let hidden = Matrix::new(hidden, running, width, width);
        let gates = &mut self.activated[rows.start * 4 * width..rows.end * 4 * width];
        E::add_products(gates, 4 * width, hidden, Matrix::new(recurrent, 4 * width, width, width));
    }

    /// Gates, cells and hidden states of a step.
    fn activate(&mut self, rows: Range<usize>, before: Range<usize>, width: usize) {
        let nothing = vec![E::default(); width];
        for (k, row) in rows.enumerate() {
            let (old, cell) = if k < before.len() {
                row_and(self.cells, before.start + k, row, width)
            } else {
                (nothing.as_slice(), &mut self.cells[row * width..(row + 1) * width])
            };
            let gates = &mut self.activated[row * 4 * width..(row + 1) * 4 * width];
            wide(|| activate_row(gates, old, cell, &mut self.hidden[row * width..(row + 1) * width]));
        }
    }
}

/// A row to read and another one to write.
fn row_and<E>(values: &mut [E], read: usize, write: usize, width: usize) -> (&[E], &mut [E]) {
    if read < write {
        let (head, tail) = values.split_at_mut(write * width);
        (&head[read * width..(read + 1) * width], &mut tail[..width])
    } else {
        let (head, tail) = values.split_at_mut(read * width);
        (&tail[..width], &mut head[write * width..(write + 1) * width])
    }
}

#[inline(always)]
fn activate_row<E: Gate>(gates: &mut [E], old: &[E], cell: &mut [E], hidden: &mut [E]) {
    let width = cell.len();
    let (input, rest) = gates.split_at_mut(width);
    let (forget, rest) = rest.split_at_mut(width);
    let (fresh, output) = rest.split_at_mut(width);
    for gate in [&mut *input, &mut *forget, &mut *output] {
        gate.iter_mut().for_each(|g| *g = g.sigmoid());
    }
    fresh.iter_mut().for_each(|g| *g = g.tanh());
    for (((c, &old), &f), (&i, &g)) in cell.iter_mut().zip(old).zip(&*forget).zip(input.iter().zip(&*fresh)) {
        *c = f * old + i * g;
    }
    for ((h, &c), &o) in hidden.iter_mut().zip(&*cell).zip(&*output) {
        *h = o * c.tanh();
    }
}
