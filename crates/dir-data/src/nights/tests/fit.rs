//! Least squares by hand: how much of a constant's error is left.

/// Mean absolute error of least squares on rows that it has not seen, as a share of the error of the seen rows' median.
///
/// Two thirds of the rows are fitted; features are standardised, so that a little ridge makes the equations solvable.
pub(super) fn share_of_error(features: &[Vec<f64>], targets: &[f64]) -> f64 {
    let cut = 2 * targets.len() / 3;
    let scales: Vec<[f64; 2]> = (0..features[0].len()).map(|k| scale(&features[..cut], k)).collect();
    let row = |row: &Vec<f64>| -> Vec<f64> {
        let scaled = row.iter().zip(&scales).map(|(x, [mean, deviation])| (x - mean) / deviation);
        std::iter::once(1.0).chain(scaled).collect()
    };
    let rows: Vec<Vec<f64>> = features.iter().map(row).collect();
    let weights = least_squares(&rows[..cut], &targets[..cut]);
    let mut seen = targets[..cut].to_vec();
    seen.sort_by(f64::total_cmp);
    let (mut fitted, mut constant) = (0.0, 0.0);
    for (row, target) in rows[cut..].iter().zip(&targets[cut..]) {
        let guess: f64 = row.iter().zip(&weights).map(|(x, w)| x * w).sum();
        fitted += (guess - target).abs();
        constant += (seen[cut / 2] - target).abs();
    }
    fitted / constant
}

fn scale(rows: &[Vec<f64>], k: usize) -> [f64; 2] {
    let count = rows.len() as f64;
    let mean = rows.iter().map(|row| row[k]).sum::<f64>() / count;
    let variance = rows.iter().map(|row| (row[k] - mean).powi(2)).sum::<f64>() / count;
    [mean, variance.sqrt().max(1e-9)]
}

/// Weights that solve the normal equations, by elimination.
fn least_squares(rows: &[Vec<f64>], targets: &[f64]) -> Vec<f64> {
    let n = rows[0].len();
    let mut equations = vec![vec![0.0; n + 1]; n];
    for (row, target) in rows.iter().zip(targets) {
        for i in 0..n {
            (0..n).for_each(|j| equations[i][j] += row[i] * row[j]);
            equations[i][n] += row[i] * target;
        }
    }
    equations.iter_mut().enumerate().for_each(|(i, equation)| equation[i] += 1e-6);
    // The matrix is symmetric and positive, so no pivoting is needed.
    for i in 0..n {
        let pivot = equations[i].clone();
        for (_, equation) in equations.iter_mut().enumerate().filter(|(j, _)| *j != i) {
            let factor = equation[i] / pivot[i];
            equation.iter_mut().zip(&pivot).for_each(|(x, p)| *x -= factor * p);
        }
    }
    (0..n).map(|i| equations[i][n] / equations[i][i]).collect()
}

#[test]
fn least_squares_finds_the_weights() {
    // y = 3 - 2 a + 0.5 b, exactly.
    let features: Vec<Vec<f64>> = (0..30).map(|k| vec![f64::from(k % 7), f64::from(k * k % 11)]).collect();
    let targets: Vec<f64> = features.iter().map(|row| 3.0 - 2.0 * row[0] + 0.5 * row[1]).collect();
    assert!(share_of_error(&features, &targets) < 1e-5);
    let rows: Vec<Vec<f64>> = features.iter().map(|row| vec![1.0, row[0], row[1]]).collect();
    let weights = least_squares(&rows, &targets);
    assert!(weights.iter().zip([3.0, -2.0, 0.5]).all(|(found, w)| (found - w).abs() < 1e-5), "{weights:?}");
}
