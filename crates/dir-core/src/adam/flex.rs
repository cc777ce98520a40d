//! The update on the CPU: moments in place, the parameter anew.

use std::ops::{Add, Div, Mul, Sub};

use burn::backend::Flex;
use burn::backend::tensor::FloatTensor;
use burn::tensor::{DType, Element};
use rayon::prelude::*;

use super::extension::{AdamOps, Update};
use crate::flex::{Recycle, Recycled, in_type, numbers, shape_of, tensor};
use crate::simd::wide;

/// Numbers that a thread takes at a time.
const PIECE: usize = 1 << 13;

/// Numbers that parameters have.
trait Number: Recycle + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self> {
    fn of(number: f64) -> Self;
    fn root(self) -> Self;
}

impl Number for f32 {
    fn of(number: f64) -> Self {
        number as Self
    }

    #[inline(always)]
    fn root(self) -> Self {
        self.sqrt()
    }
}

impl Number for f64 {
    fn of(number: f64) -> Self {
        number
    }

    #[inline(always)]
    fn root(self) -> Self {
        self.sqrt()
    }
}

/// The numbers of a step in the parameter's type.
#[derive(Clone, Copy)]
struct Numbers<E> {
    rate: E,
    first: [E; 2],
    second: [E; 2],
    correction: E,
    epsilon: E,
    decay: Option<E>,
}

impl<E: Number> Numbers<E> {
    fn new(update: &Update) -> Self {
        let of = |number: f32| E::of(f64::from(number));
        Self {
            rate: E::of(update.rate),
            first: update.first.map(of),
            second: update.second.map(of),
            correction: of(update.correction),
            epsilon: of(update.epsilon),
            decay: update.decay.map(of),
        }
    }

    /// A parameter's new number; its moments move.
    #[inline(always)]
    fn moved(&self, parameter: E, gradient: E, [first, second]: [&mut E; 2]) -> E {
        *first = *first * self.first[0] + gradient * self.first[1];
        *second = *second * self.second[0] + gradient * gradient * self.second[1];
        parameter - *first * self.correction / (second.root() + self.epsilon) * self.rate
    }

    #[inline(always)]
    fn piece(&self, out: &mut [E], parameter: &[E], gradient: &[E], [first, second]: [&mut [E]; 2]) {
        let numbers = out.iter_mut().zip(parameter).zip(gradient).zip(first.iter_mut().zip(second));
        match self.decay {
            Some(decay) => numbers.for_each(|(((out, &parameter), &gradient), (first, second))| {
                *out = self.moved(parameter, parameter * decay + gradient, [first, second]);
            }),
            None => numbers.for_each(|(((out, &parameter), &gradient), (first, second))| {
                *out = self.moved(parameter, gradient, [first, second]);
            }),
        }
    }
}

/// The parameter after the step.
fn adam<E: Number>(parameter: &[E], gradient: &[E], [first, second]: [&mut [E]; 2], update: &Update) -> Recycled<E> {
    let mut out = Recycled::any(parameter.len());
    let numbers = Numbers::<E>::new(update);
    let moments = first.par_chunks_mut(PIECE).zip(second.par_chunks_mut(PIECE));
    let read = parameter.par_chunks(PIECE).zip(gradient.par_chunks(PIECE));
    out.par_chunks_mut(PIECE).zip(read).zip(moments).for_each(|((out, (parameter, gradient)), (first, second))| {
        wide(|| numbers.piece(out, parameter, gradient, [first, second]));
    });
    out
}

/// The step with the numbers of the tensors in a type.
macro_rules! step {
    ($E:ty, $tensors:expr, $update:expr) => {{
        let shape = shape_of(&$tensors[0]);
        let [parameter, gradient, mut first, mut second] = $tensors.map(numbers::<$E>);
        let moments = [first.storage_mut::<$E>(), second.storage_mut::<$E>()];
        let out = adam::<$E>(parameter.storage(), gradient.storage(), moments, $update);
        [tensor(out, &shape, <$E>::dtype()), first, second]
    }};
}

impl AdamOps for Flex {
    fn adam(
        parameter: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        first: FloatTensor<Self>,
        second: FloatTensor<Self>,
        update: Update,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        let dtype = parameter.dtype();
        let tensors = [parameter, gradient, first, second];
        let moved = match dtype {
            DType::F64 => step!(f64, tensors, &update),
            _ => step!(f32, tensors, &update),
        };
        let [parameter, first, second] = moved.map(|tensor| in_type(tensor, dtype));
        (parameter, first, second)
    }
}
