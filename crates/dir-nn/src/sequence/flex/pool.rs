//! The largest value over time, and where its gradient goes.

use rayon::prelude::*;

use super::activation::Gate;
use super::by_group;
use crate::flex::Recycled;
use crate::product::is_nan;
use crate::sequence::packing::Packing;

/// Values `[sequences, width]` and the step of each.
pub(super) fn max_over_time<E: Gate>(hidden: &[E], width: usize, packing: &Packing) -> (Vec<E>, Vec<i32>) {
    let mut largest = vec![E::default(); packing.sequences() * width];
    let mut steps = vec![0_i32; largest.len()];
    let width = width.max(1);
    let rows = largest.par_chunks_mut(width).zip(steps.par_chunks_mut(width)).enumerate();
    rows.for_each(|(sequence, (largest, steps))| {
        let row = |step: usize| &hidden[packing.row(sequence, step) * width..][..width];
        largest.copy_from_slice(row(0));
        for step in 1..packing.length(sequence) {
            for ((best, at), &value) in largest.iter_mut().zip(steps.iter_mut()).zip(row(step)) {
                let larger = (value > *best) | is_nan(value);
                *best = if larger { value } else { *best };
                *at = if larger { step as i32 } else { *at };
            }
        }
    });
    (largest, steps)
}

/// Zeros `[rows, width]` but for the steps that were the largest.
pub(super) fn max_over_time_backward<E: Gate>(
    gradient: &[E],
    steps: &[i32],
    width: usize,
    packing: &Packing,
) -> Recycled<E> {
    let mut spread = Recycled::zeros(packing.rows() * width);
    let parts = by_group(&mut spread, width, packing);
    parts.into_par_iter().zip(packing.groups()).for_each(|(part, group)| {
        for (k, &sequence) in packing.members(group).iter().enumerate() {
            for column in 0..width {
                let at = sequence * width + column;
                let row = group.before[steps[at] as usize] + k;
                part[row * width + column] = gradient[at];
            }
        }
    });
    spread
}
