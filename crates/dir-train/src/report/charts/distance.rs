//! How far smoothing moves the feature statistics while FDS trains (the paper's figure 8c).

use super::super::axis::{Axis, short};
use super::super::files::EpochRow;
use super::super::svg::{Chart, Form, Ink, Shape};
use super::training::epoch_axis;
use super::{MOST_LINES, lines};

/// Distances of means and of variances over epochs, a line per method; none where no epoch has any.
pub(in super::super) fn distances(runs: &[(String, Vec<EpochRow>)]) -> Vec<(String, String)> {
    let with_fds = |(_, epochs): &&(String, Vec<EpochRow>)| epochs.iter().any(|e| e.fds_distance.is_some());
    let runs: Vec<&(String, Vec<EpochRow>)> = runs.iter().filter(with_fds).collect();
    let of_mean = |row: &EpochRow| row.fds_distance.map_or(f64::NAN, |d| d.mean);
    let of_variance = |row: &EpochRow| row.fds_distance.map_or(f64::NAN, |d| d.variance);
    match runs.is_empty() {
        true => Vec::new(),
        false => vec![
            ("fds-distance-mean".into(), distance("Feature means: smoothing moves them by", &runs, of_mean)),
            (
                "fds-distance-variance".into(),
                distance("Feature variances: smoothing moves them by", &runs, of_variance),
            ),
        ],
    }
}

fn distance(title: &str, runs: &[&(String, Vec<EpochRow>)], of: fn(&EpochRow) -> f64) -> String {
    let longest = runs.iter().map(|(_, epochs)| epochs.len()).max().unwrap_or(0);
    let values = runs.iter().flat_map(|(_, epochs)| epochs.iter().map(of));
    let y = Axis::linear("mean L1 distance, running to smoothed", values).with_zero().with_headroom(0.05);
    let mut chart = Chart::new(title, 200.0, epoch_axis(longest), y).half();
    let points = |epochs: &[EpochRow]| epochs.iter().enumerate().map(|(k, e)| (k as f64, of(e))).collect();
    let series: Vec<(String, Vec<(f64, f64)>)> = runs.iter().map(|(name, e)| (name.clone(), points(e))).collect();
    let in_front = if runs.len() <= MOST_LINES { runs.len() } else { MOST_LINES - 1 };
    lines(&mut chart, &series, &(0..in_front).collect::<Vec<_>>());
    for (k, (name, epochs)) in runs.iter().enumerate().take(in_front) {
        let told = |(x, e): (usize, &EpochRow)| (x as f64, of(e), format!("{name}, {}: {}", e.place(), short(of(e))));
        let dots = epochs.iter().enumerate().map(told).collect();
        chart.add(Shape::Dots(dots, Form::Circle, 2.2), Ink::series(k), "");
    }
    chart.finish()
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::assert_well_formed;
    use super::*;

    fn epoch(distance: Option<&str>) -> EpochRow {
        let distance = distance.unwrap_or("null");
        let text = format!(r#"{{"stage":1,"epoch":3,"lr":0.1,"train_loss":1.0,"fds_distance":{distance}}}"#);
        serde_json::from_str(&text).expect("an epoch")
    }

    #[test]
    fn only_runs_with_fds_have_distances() {
        assert!(distances(&[("Vanilla".into(), vec![epoch(None)])]).is_empty());
        let fds = vec![epoch(None), epoch(Some(r#"{"mean":0.25,"variance":1.5}"#))];
        let [mean, variance] =
            <[_; 2]>::try_from(distances(&[("Vanilla".into(), vec![]), ("FDS".into(), fds)])).expect("two plots");
        [&mean, &variance].into_iter().for_each(|(_, svg)| assert_well_formed(svg));
        assert!(mean.1.contains("FDS, stage 1, epoch 3: 0.25") && !mean.1.contains("Vanilla"), "{}", mean.1);
        assert!(variance.1.contains("FDS, stage 1, epoch 3: 1.5"), "{}", variance.1);
    }
}
