//! The operations on the CPU, group by group: groups share nothing, so threads work side by side, and every number is summed
//! in the same order whoever computes it.

mod activation;
mod backward;
mod forward;
mod pool;

use burn::backend::Flex;
use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::tensor::DType;
use burn_flex::FlexTensor;
use dir_core::flex::Recycle;

use super::extension::SequenceOps;
use super::packing::{Direction, Group, Packing};
use crate::flex::{Recycled, numbers, shape_of, tensor, with_numbers};

fn matrix<E: Recycle>(values: impl Into<Recycled<E>>, columns: usize, dtype: DType) -> FlexTensor {
    let values = values.into();
    let rows = values.len() / columns.max(1);
    tensor(values, &[rows, columns], dtype)
}

fn columns_of(tensor: &FlexTensor) -> usize {
    shape_of(tensor)[1]
}

/// The parts of a list of rows that belong to each group.
fn by_group<'a, E>(mut values: &'a mut [E], width: usize, packing: &Packing) -> Vec<&'a mut [E]> {
    let mut parts = Vec::new();
    for group in packing.groups() {
        let (part, rest) = std::mem::take(&mut values).split_at_mut(group.rows() * width);
        parts.push(part);
        values = rest;
    }
    parts
}

/// The rows of a group.
fn of_group<'a, E>(values: &'a [E], width: usize, group: &Group) -> &'a [E] {
    &values[group.start * width..(group.start + group.rows()) * width]
}

impl SequenceOps for Flex {
    fn lstm(
        gates: FloatTensor<Self>,
        recurrent: FloatTensor<Self>,
        packing: Packing,
        direction: Direction,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        let (dtype, hidden) = (gates.dtype(), columns_of(&recurrent));
        with_numbers!(gates, E, {
            let [gates, recurrent] = [gates, recurrent].map(numbers::<E>);
            let (gates, recurrent) = (gates.storage::<E>(), recurrent.storage::<E>());
            let states = forward::lstm(gates, recurrent, hidden, &packing, direction);
            (
                matrix(states.hidden, hidden, dtype),
                matrix(states.activated, 4 * hidden, dtype),
                matrix(states.cells, hidden, dtype),
            )
        })
    }

    fn lstm_backward(
        gradient: FloatTensor<Self>,
        recurrent: FloatTensor<Self>,
        activated: FloatTensor<Self>,
        cells: FloatTensor<Self>,
        packing: Packing,
        direction: Direction,
    ) -> FloatTensor<Self> {
        let (dtype, hidden) = (gradient.dtype(), columns_of(&recurrent));
        with_numbers!(gradient, E, {
            let [gradient, recurrent, activated, cells] = [gradient, recurrent, activated, cells].map(numbers::<E>);
            let states = backward::Saved { activated: activated.storage::<E>(), cells: cells.storage::<E>(), hidden };
            let (gradient, recurrent) = (gradient.storage::<E>(), recurrent.storage::<E>());
            matrix(backward::lstm(gradient, recurrent, states, &packing, direction), 4 * hidden, dtype)
        })
    }

    fn max_over_time(hidden: FloatTensor<Self>, packing: Packing) -> (FloatTensor<Self>, IntTensor<Self>) {
        let (dtype, width) = (hidden.dtype(), columns_of(&hidden));
        with_numbers!(hidden, E, {
            let hidden = numbers::<E>(hidden);
            let (largest, steps) = pool::max_over_time(hidden.storage::<E>(), width, &packing);
            (matrix(largest, width, dtype), matrix(steps, width, DType::I32))
        })
    }

    fn max_over_time_backward(
        gradient: FloatTensor<Self>,
        steps: IntTensor<Self>,
        packing: Packing,
    ) -> FloatTensor<Self> {
        let (dtype, width) = (gradient.dtype(), columns_of(&gradient));
        with_numbers!(gradient, E, {
            let (gradient, steps) = (numbers::<E>(gradient), steps.to_contiguous());
            let spread = pool::max_over_time_backward(gradient.storage::<E>(), steps.storage::<i32>(), width, &packing);
            matrix(spread, width, dtype)
        })
    }
}
