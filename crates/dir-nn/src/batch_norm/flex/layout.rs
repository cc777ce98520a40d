//! Pictures in memory, `[pictures, channels, plane]`, and how channels are shared out among threads.

use std::borrow::Cow;

use burn_flex::FlexTensor;
use rayon::prelude::*;

use crate::flex::shape_of;
use crate::product::Float;

/// Numbers of a plane below which the planes of a channel are laid side by side: vectors would find nothing to do in one.
const SMALL: usize = 64;
/// Numbers that make a piece of work.
const PIECE: usize = 1 << 14;

#[derive(Debug, Clone)]
pub(super) struct Layout {
    pub(super) shape: Vec<usize>,
}

impl Layout {
    pub(super) fn of(tensor: &FlexTensor) -> Self {
        Self { shape: shape_of(tensor) }
    }

    pub(super) fn channels(&self) -> usize {
        self.shape[1]
    }

    /// Numbers of a channel of one picture.
    pub(super) fn plane(&self) -> usize {
        self.shape[2..].iter().product()
    }

    /// Numbers of a channel in all pictures.
    pub(super) fn rows(&self) -> usize {
        self.shape[0] * self.plane()
    }

    /// The numbers of a channel: where they are, or put side by side.
    pub(super) fn channel<'a, E: Float>(&self, values: &'a [E], channel: usize) -> Channel<'a, E> {
        let plane = self.plane();
        let pictures = values.chunks_exact(self.channels() * plane);
        let planes = pictures.map(|picture| &picture[channel * plane..][..plane]);
        if plane >= SMALL {
            return Channel(planes.map(Cow::Borrowed).collect());
        }
        let mut together = Vec::with_capacity(self.rows());
        planes.for_each(|plane| together.extend_from_slice(plane));
        Channel(vec![Cow::Owned(together)])
    }

    /// Calls a function for every channel with what it is to write, and gives what it says, in order. Threads take some channels
    /// at a time, whose numbers nobody else writes.
    pub(super) fn write_channels<E: Float, R: Send>(
        &self,
        out: &mut [E],
        of_channel: impl Fn(usize, &mut [&mut [E]]) -> R + Sync,
    ) -> Vec<R> {
        let (plane, many) = (self.plane(), self.channels_of_a_piece());
        if out.is_empty() {
            return (0..self.channels()).map(|channel| of_channel(channel, &mut [])).collect();
        }
        let mut pieces: Vec<Vec<&mut [E]>> = (0..self.channels()).step_by(many).map(|_| Vec::new()).collect();
        for picture in out.chunks_exact_mut(self.channels() * plane) {
            pieces.iter_mut().zip(picture.chunks_mut(many * plane)).for_each(|(piece, part)| piece.push(part));
        }
        let of_piece = |(piece, mut parts): (usize, Vec<&mut [E]>)| -> Vec<R> {
            let channels = piece * many..((piece + 1) * many).min(self.channels());
            let mut together = Vec::new();
            let of_one = |(k, channel): (usize, usize)| {
                let planes = parts.iter_mut().map(|part| &mut part[k * plane..(k + 1) * plane]);
                if plane >= SMALL {
                    return of_channel(channel, &mut planes.collect::<Vec<_>>());
                }
                together.resize(self.rows(), E::default());
                let said = of_channel(channel, &mut [&mut together[..]]);
                planes.zip(together.chunks_exact(plane)).for_each(|(to, from)| to.copy_from_slice(from));
                said
            };
            channels.enumerate().map(of_one).collect()
        };
        pieces.into_par_iter().enumerate().map(of_piece).collect::<Vec<_>>().into_iter().flatten().collect()
    }

    fn channels_of_a_piece(&self) -> usize {
        PIECE.div_ceil(self.rows().max(1)).clamp(1, self.channels().div_ceil(8).max(1))
    }
}

/// The numbers of a channel, in one piece or in one per picture.
pub(super) struct Channel<'a, E: Clone>(Vec<Cow<'a, [E]>>);

impl<E: Float> Channel<'_, E> {
    pub(super) fn planes(&self) -> impl Iterator<Item = &[E]> + Clone {
        self.0.iter().map(|plane| &**plane)
    }
}
