//! Pairs of sentences as the engine wants them: word numbers.

use burn::tensor::Device;
use dir_cli::Prepared;
use dir_data::Part;
use dir_data::text::Pairs;
use dir_nn::SentencePairs;
use dir_train::source::Batches;
use dir_train::{Augment, Batch, Source, Targets};

use crate::task::Rows;
use crate::words::Words;

/// Pairs, part by part, and the word vectors for yardsticks.
pub(crate) struct PairSource {
    parts: [PartRows; 3],
    words: Words,
}

#[derive(Default)]
struct PartRows {
    ids: Vec<usize>,
    targets: Vec<f64>,
    first: Vec<Vec<u32>>,
    second: Vec<Vec<u32>>,
}

impl PairSource {
    pub(crate) fn new(prepared: &Prepared<Rows>, words: &Words) -> Self {
        let of = |part| {
            let mut rows = PartRows::default();
            for k in prepared.positions(part) {
                rows.ids.push(prepared.row_ids[k]);
                rows.targets.push(prepared.targets[k]);
                rows.first.push(words.ids(&prepared.rows.first[k]));
                rows.second.push(words.ids(&prepared.rows.second[k]));
            }
            rows
        };
        Self { parts: Part::EACH.map(of), words: words.clone() }
    }

    /// All pairs as test rows.
    pub(crate) fn all_test(pairs: &Pairs, words: &Words) -> Self {
        let ids = |sentences: &[String]| sentences.iter().map(|sentence| words.ids_of(sentence)).collect();
        let rows = PartRows {
            ids: pairs.row_ids.clone(),
            targets: pairs.targets.clone(),
            first: ids(&pairs.first),
            second: ids(&pairs.second),
        };
        Self { parts: [PartRows::default(), PartRows::default(), rows], words: words.clone() }
    }

    /// Means of the word vectors of both sentences, compared as the network compares: `[u, v, |u - v|, u ⊙ v]`, and their
    /// number per row.
    pub(crate) fn mean_vectors(&self, part: Part) -> (Vec<f32>, usize) {
        let (rows, table, width) = (self.part(part), self.words.table(), self.words.shape()[1]);
        let mut values = Vec::with_capacity(rows.ids.len() * 4 * width);
        for (first, second) in rows.first.iter().zip(&rows.second) {
            let (u, v) = (mean(first, table, width), mean(second, table, width));
            values.extend(u.iter().chain(&v));
            values.extend(u.iter().zip(&v).map(|(a, b)| (a - b).abs()));
            values.extend(u.iter().zip(&v).map(|(a, b)| a * b));
        }
        (values, 4 * width)
    }

    fn part(&self, part: Part) -> &PartRows {
        part.of(&self.parts)
    }
}

fn mean(words: &[u32], table: &[f32], width: usize) -> Vec<f32> {
    let mut sum = vec![0.0; width];
    for &word in words {
        let row = &table[word as usize * width..][..width];
        sum.iter_mut().zip(row).for_each(|(s, x)| *s += x);
    }
    sum.iter_mut().for_each(|s| *s /= words.len().max(1) as f32);
    sum
}

impl Source for PairSource {
    type Input = SentencePairs;

    fn row_ids(&self, part: Part) -> &[usize] {
        &self.part(part).ids
    }

    fn targets(&self, part: Part) -> Targets<'_> {
        Targets::OfRows(&self.part(part).targets)
    }

    fn batches<'a>(
        &'a self,
        part: Part,
        plan: Vec<Vec<usize>>,
        _augment: Option<Augment>,
        _device: &'a Device,
    ) -> Batches<'a, SentencePairs> {
        let rows = self.part(part);
        Box::new(plan.into_iter().map(move |positions| {
            let of = |sentences: &[Vec<u32>]| positions.iter().map(|&k| sentences[k].clone()).collect();
            let input = SentencePairs { first: of(&rows.first), second: of(&rows.second) };
            Ok(Batch { input, targets: positions.iter().map(|&k| rows.targets[k]).collect() })
        }))
    }

    fn rows_per_batch(&self) -> usize {
        256
    }
}
