//! How alike the features of bins are (the paper's figures 4, 8a-b and E.7).
//!
//! `cos(a, b) = a·b / (|a| |b|)`, of a bin's feature mean, or variance, with that of an anchor bin. Where features follow the
//! target it falls with the distance from the anchor; an anchor with few rows is the test.

use super::super::axis::{Axis, short};
use super::super::files::BinRow;
use super::super::svg::{Chart, Ink, Shape};
use super::{dots_by_shot, middle, place, shot_ribbon, spans, target_axis};

/// Rows that a few-shot anchor should have: fewer say little about its features.
const ENOUGH: u64 = 5;

/// The densest bin of the data (made rows may be elsewhere), and the few-shot bin farthest from it that has enough rows, or else most.
pub(in super::super) fn anchors(bins: &[BinRow], count: &[u64]) -> Vec<usize> {
    let filled = || (0..bins.len().min(count.len())).filter(|&b| count[b] > 0);
    let density = |b: usize| (bins[b].train as u64, count[b], usize::MAX - b);
    let Some(densest) = filled().max_by_key(|&b| density(b)) else { return Vec::new() };
    let few = || filled().filter(|&b| bins[b].shot == "few");
    let far = few().filter(|&b| count[b] >= ENOUGH).max_by_key(|&b| b.abs_diff(densest));
    let rare = far.or_else(|| few().max_by_key(|&b| count[b])).filter(|&b| b != densest);
    [Some(densest), rare].into_iter().flatten().collect()
}

/// Similarity of every bin to the anchor; NaN where a bin has no rows or a row of zeros.
pub(in super::super) fn similarities(rows: &[Vec<f32>], count: &[u64], anchor: usize) -> Vec<f64> {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
    let norm = |row: &[f32]| dot(row, row).sqrt();
    let anchor = &rows[anchor];
    let cosine = |(row, count): (&Vec<f32>, &u64)| match *count {
        0 => f64::NAN,
        _ => (dot(row, anchor) / (norm(row) * norm(anchor))).clamp(-1.0, 1.0),
    };
    rows.iter().zip(count).map(cosine).collect()
}

/// Where a scale begins that several plots share: at their lowest similarity, or at 0 if that is nearer to it than to 1.
pub(in super::super) fn lowest<'a>(values: impl IntoIterator<Item = &'a [f64]>) -> f64 {
    let low = values.into_iter().flatten().copied().fold(1.0, f64::min);
    if (0.0..0.5).contains(&low) { 0.0 } else { low }
}

/// One dot per bin. `low` is where the scale begins.
pub(in super::super) fn similarity(
    title: &str,
    target: &str,
    bins: &[BinRow],
    (anchor, values): (usize, &[f64]),
    low: f64,
) -> String {
    let spans = spans(bins);
    let y = Axis::linear("cosine similarity", [low, 1.0]).with_room(0.04);
    let mut chart = Chart::new(title, 170.0, target_axis(target, &spans), y).half();
    let rows = short(bins[anchor].train);
    chart.note(format!("anchor: {}, {rows} training rows, {} shot", place(target, &bins[anchor]), bins[anchor].shot));
    chart.note(format!("rank correlation with the distance from it: {}", with_distance(anchor, values)));
    shot_ribbon(&mut chart, bins, &spans);
    chart.add(Shape::Faint(spans.iter().zip(values).map(|(s, v)| (middle(*s), *v)).collect()), Ink::Grey, "");
    chart.add(Shape::Moment(middle(spans[anchor]), String::new()), Ink::Text, "anchor");
    let told = bins.iter().zip(&spans).zip(values).filter(|(_, value)| !value.is_nan()).map(|((bin, span), value)| {
        let words = format!("{}, {} training rows: {value:.4}", place(target, bin), short(bin.train));
        (bin, (middle(*span), *value, words))
    });
    dots_by_shot(&mut chart, told, str::to_owned);
    chart.finish()
}

/// Spearman's ρ of similarity and the number of bins in between: -1 where features follow the target.
fn with_distance(anchor: usize, values: &[f64]) -> String {
    let others = values.iter().enumerate().filter(|(b, value)| *b != anchor && !value.is_nan());
    let (distance, value): (Vec<f64>, Vec<f64>) = others.map(|(b, v)| (b.abs_diff(anchor) as f64, *v)).unzip();
    dir_core::metric::spearman(&distance, &value).ok().flatten().map_or("not defined".into(), |rho| format!("{rho:.2}"))
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{assert_well_formed, bins};
    use super::*;

    #[test]
    fn similarities_by_hand() {
        let rows = [vec![3.0, 4.0], vec![4.0, 3.0], vec![-6.0, -8.0], vec![0.0, 0.0], vec![1.0, 1.0]];
        let found = similarities(&rows, &[1, 1, 1, 1, 0], 0);
        // (12 + 12) / 25; -50 / 50; nothing of zeros; no rows.
        assert_eq!(found[..3], [1.0, 0.96, -1.0]);
        assert!(found[3].is_nan() && found[4].is_nan());
        assert_eq!([&found[..], &found[..2], &[0.3, 0.9], &[]].map(|values| lowest([values])), [-1.0, 0.96, 0.0, 1.0]);
        // Distances 1, 2 against 0.96, -1: falling.
        assert_eq!(with_distance(0, &found), "-1.00");
        assert_eq!(with_distance(0, &[1.0]), "not defined");
        let bins = bins(&[900, 3, 7, 2, 0]);
        assert_well_formed(&similarity("t", "y", &bins, (0, &found), -1.0));
    }

    #[test]
    fn anchors_are_common_and_rare() {
        let of = |counts: &[u64]| anchors(&bins(counts), counts);
        assert_eq!(of(&[6, 0, 0, 300, 300, 9, 3]), [3, 0], "the far one with five rows or more");
        assert_eq!(of(&[150, 300, 2, 1]), [1, 2], "else the fullest");
        assert_eq!(of(&[150, 300]), [1]);
        assert_eq!(of(&[3]), [0]);
        assert_eq!(anchors(&bins(&[9, 200, 8]), &[9, 200, 900]), [1, 2], "most rows were made elsewhere");
        assert!(of(&[]).is_empty() && of(&[0, 0]).is_empty());
    }
}
