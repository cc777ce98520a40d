//! Sentences as vectors of words, packed; also those that are made of two.

use burn::tensor::{Device, Int, Tensor, TensorData};

use crate::sequence::Packing;

/// A sentence, as word numbers, and what it is blended with.
#[derive(Debug, Clone, Copy)]
pub struct Sentence<'a> {
    /// Word numbers; an empty sentence is one word 0.
    pub words: &'a [u32],
    /// The other sentence, if it is made of two.
    pub blend: Option<&'a Blend>,
}

/// What makes a sentence another one: `x + share · (x' - x) + shift`, word vector by word vector. The shorter of both is as long as
/// the longer one, with zeros at its end.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Blend {
    /// Words of the other sentence.
    pub words: Vec<u32>,
    /// Its share.
    pub share: f32,
    /// What is added to every word vector; nothing if empty.
    pub shift: Vec<f32>,
}

impl<'a> From<&'a [u32]> for Sentence<'a> {
    fn from(words: &'a [u32]) -> Self {
        Self { words, blend: None }
    }
}

impl Sentence<'_> {
    /// Number of word vectors, before an empty sentence gets its one.
    pub(super) fn len(&self) -> usize {
        self.words.len().max(self.blend.map_or(0, |blend| blend.words.len()))
    }
}

/// Word vectors of all sentences, rows as packed: `[rows, width]`.
pub(super) fn vectors(sentences: &[Sentence<'_>], packing: &Packing, table: &Tensor<2>) -> Tensor<2> {
    let (origins, device) = (packing.origins(), table.device());
    let own = |(sentence, step): (usize, usize)| sentences[sentence].words.get(step).copied();
    let own_vectors = select(table, origins.iter().map(|&at| own(at)), &device);
    if sentences.iter().all(|sentence| sentence.blend.is_none()) {
        return own_vectors;
    }
    let blend = |(sentence, _): (usize, usize)| sentences[sentence].blend;
    let other = |at: (usize, usize)| blend(at)?.words.get(at.1).copied();
    let share = |at: (usize, usize)| blend(at).map_or(0.0, |blend| blend.share);
    // Behind the end of a sentence that is blended there is nothing; an empty one by itself is one word 0.
    let own_share = |at: (usize, usize)| if own(at).is_none() && blend(at).is_some() { 0.0 } else { 1.0 - share(at) };
    let other_share = |at: (usize, usize)| other(at).map_or(0.0, |_| share(at));
    let other_vectors = select(table, origins.iter().map(|&at| other(at)), &device);
    let own_share = column(origins.iter().map(|&at| own_share(at)), &device);
    let other_share = column(origins.iter().map(|&at| other_share(at)), &device);
    let mixed = own_vectors * own_share + other_vectors * other_share;
    let shift = |at: &(usize, usize)| blend(*at).map(|blend| blend.shift.as_slice()).filter(|shift| !shift.is_empty());
    if origins.iter().all(|at| shift(at).is_none()) {
        return mixed;
    }
    let zeros = vec![0.0; table.dims()[1]];
    let shifts: Vec<f32> = origins.iter().flat_map(|at| shift(at).unwrap_or(&zeros)).copied().collect();
    mixed + Tensor::from_data(TensorData::new(shifts, [origins.len(), zeros.len()]), &device)
}

fn select(table: &Tensor<2>, words: impl Iterator<Item = Option<u32>>, device: &Device) -> Tensor<2> {
    let words: Vec<i32> = words.map(|word| word.unwrap_or(0) as i32).collect();
    let rows = words.len();
    table.clone().select(0, Tensor::<1, Int>::from_data(TensorData::new(words, [rows]), device))
}

fn column(values: impl Iterator<Item = f32>, device: &Device) -> Tensor<2> {
    let values: Vec<f32> = values.collect();
    let rows = values.len();
    Tensor::from_data(TensorData::new(values, [rows, 1]), device)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shorter_sentence_ends_in_zeros() {
        let device = Device::default();
        let table = Tensor::<2>::from_data([[9.0, 9.0], [1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], &device);
        let blend = Blend { words: vec![3], share: 0.25, shift: vec![0.5, -0.5] };
        let sentences = [Sentence { words: &[1, 2], blend: Some(&blend) }, Sentence::from(&[][..])];
        let lengths: Vec<usize> = sentences.iter().map(Sentence::len).collect();
        let packing = Packing::new(&lengths, 1);
        let found: Vec<f32> = vectors(&sentences, &packing, &table).into_data().iter().collect();
        let row = |sentence, step| &found[2 * packing.row(sentence, step)..][..2];
        // 0.75 (1, 2) + 0.25 (5, 6) + (0.5, -0.5), 0.75 (3, 4) + (0.5, -0.5), and word 0 for nothing.
        assert_eq!([row(0, 0), row(0, 1), row(1, 0)], [[2.5, 2.5], [2.75, 2.5], [9.0, 9.0]]);
    }
}
