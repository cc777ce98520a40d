//! Pairs of sentences as the engine wants them: word numbers.

use burn::tensor::Device;
use dir_cli::{Prepared, Resampled};
use dir_core::resample::{How, Made};
use dir_data::Part;
use dir_data::text::Pairs;
use dir_nn::SentencePairs;
use dir_nn::pair_encoder::Blend;
use dir_train::source::Batches;
use dir_train::{Augment, Batch, Source, Targets};

use crate::task::Rows;
use crate::words::Words;

/// Pairs, part by part, and the word vectors for baselines.
pub(crate) struct PairSource {
    parts: [PartRows; 3],
    words: Words,
}

#[derive(Default, Clone)]
struct PartRows {
    ids: Vec<usize>,
    targets: Vec<f64>,
    first: Vec<Vec<u32>>,
    second: Vec<Vec<u32>>,
    /// Of pairs that re-sampling made; empty where there are none.
    blends: Vec<Option<[Blend; 2]>>,
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
            blends: Vec::new(),
        };
        Self { parts: [PartRows::default(), PartRows::default(), rows], words: words.clone() }
    }

    /// The same with other training pairs: those that are made of two are blended word vector by word vector.
    pub(crate) fn resampled(&self, resampled: &Resampled) -> Self {
        let [train, val, test] = &self.parts;
        let plan = &resampled.plan;
        let made = plan.made.iter().map(|made| self.blends(made, resampled));
        let train = PartRows {
            ids: resampled.of_rows(&train.ids),
            targets: resampled.new_targets(),
            first: resampled.of_rows(&train.first),
            second: resampled.of_rows(&train.second),
            blends: plan.kept.iter().map(|_| None).chain(made).collect(),
        };
        Self { parts: [train, val.clone(), test.clone()], words: self.words.clone() }
    }

    /// What makes both sentences of a new pair.
    fn blends(&self, made: &Made, resampled: &Resampled) -> Option<[Blend; 2]> {
        let (train, width) = (self.part(Part::Train), self.words.shape()[1]);
        let partner =
            |sentences: &[Vec<u32>], share| Blend { words: sentences[made.partner].clone(), share, ..Blend::default() };
        match made.how {
            How::Copied => None,
            How::Interpolated { share } => Some([partner(&train.first, share), partner(&train.second, share)]),
            How::Perturbed { .. } => {
                // Noise in the mean vector of a sentence: the same for each of its words.
                let moved = resampled.plan.make(&resampled.features, made);
                let noise = moved.iter().zip(resampled.features.row(made.seed)).map(|(new, old)| new - old);
                let noise: Vec<f32> = noise.take(2 * width).collect();
                let shifted = |side: usize| Blend { shift: noise[side * width..][..width].into(), ..Blend::default() };
                Some([shifted(0), shifted(1)])
            }
        }
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
            let blends = match rows.blends.is_empty() {
                true => Vec::new(),
                false => positions.iter().map(|&k| rows.blends[k].clone()).collect(),
            };
            let input = SentencePairs { first: of(&rows.first), second: of(&rows.second), blends };
            Ok(Batch { input, targets: positions.iter().map(|&k| rows.targets[k]).collect() })
        }))
    }

    fn rows_per_batch(&self) -> usize {
        256
    }
}
