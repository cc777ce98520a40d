//! Plots of single rows.

use super::super::axis::{Axis, grouped, short};
use super::super::files::PredictionRow;
use super::super::svg::{Chart, Ink, Shape};
use super::{SHOTS, shot_form, shot_ink};

/// Most points that a scatter plot shows; more only cost time to draw.
const MOST_POINTS: usize = 3000;

/// Prediction against target, and how many rows of each shot are drawn. Where there are too many, every shot is thinned
/// by itself, so that the rare ones stay.
pub(in super::super) fn predicted(target: &str, rows: &[PredictionRow]) -> (String, String) {
    let both = || rows.iter().flat_map(|r| [r.target, r.prediction]);
    let axis = |label: &str| Axis::linear(label, both()).with_room(0.02);
    let mut chart = Chart::new(
        "Predicted against true",
        420.0,
        axis(&format!("true {target}")),
        axis(&format!("predicted {target}")),
    );
    let (low, high) =
        both().filter(|v| v.is_finite()).fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
    chart.add(Shape::Dashed(vec![(low, low), (high, high)]), Ink::Text, "exact");
    let groups = SHOTS.map(|shot| rows.iter().filter(|r| r.shot == shot).collect::<Vec<_>>());
    let most = if rows.len() > MOST_POINTS { most_each(&groups.each_ref().map(Vec::len)) } else { MOST_POINTS };
    let mut drawn = Vec::new();
    for (shot, group) in SHOTS.iter().zip(&groups).filter(|(_, group)| !group.is_empty()) {
        let kept = thinned(group.len(), most);
        drawn.push(format!("{} of {} {shot}", grouped(kept.len() as f64, 0), grouped(group.len() as f64, 0)));
        let dot = |k: usize| {
            let r = group[k];
            let words = format!("row {}: true {}, predicted {}", r.row, short(r.target), short(r.prediction));
            (r.target, r.prediction, words)
        };
        let dots = kept.into_iter().map(dot).collect();
        chart.add(Shape::Dots(dots, shot_form(shot), 2.4), shot_ink(shot), shot);
    }
    (chart.half().finish(), drawn.join(", "))
}

/// The largest share per group with which all stay within [`MOST_POINTS`].
fn most_each(sizes: &[usize]) -> usize {
    let mut sizes: Vec<usize> = sizes.to_vec();
    sizes.sort_unstable();
    let mut left = MOST_POINTS;
    for (k, &size) in sizes.iter().enumerate() {
        let share = left / (sizes.len() - k);
        if size > share {
            return share.max(1);
        }
        left -= size;
    }
    MOST_POINTS
}

/// At most `most` of `len` positions, evenly spread.
fn thinned(len: usize, most: usize) -> Vec<usize> {
    let kept = len.min(most);
    (0..kept).map(|k| k * len / kept).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinning_keeps_the_rare_ones() {
        assert_eq!(most_each(&[10_000, 50, 500, 0]), 2450);
        assert_eq!(most_each(&[9_000, 9_000, 9_000, 9_000]), 750);
        assert_eq!(most_each(&[1, 2, 3, 0]), MOST_POINTS);
        assert_eq!(thinned(10, 4), [0, 2, 5, 7]);
        assert_eq!((thinned(3, 4), thinned(0, 4)), (vec![0, 1, 2], vec![]));
    }
}
