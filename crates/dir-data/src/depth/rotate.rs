//! Rotation about the middle with quadratic splines; what moves in from outside is zero.
//!
//! # Source
//! `scipy.ndimage.rotate(order = 2, reshape = False)`, as the official `nyud2-dir/nyu_transform.py` at a6fdc45 calls it: a
//! recursive filter turns values into spline coefficients (mirrored at the ends), each new place sums nine of them.

/// Rotates a plane by an angle in degrees.
///
/// # Panics
/// If `values` are not `height · width`.
///
/// # Example
/// ```
/// use dir_data::depth::rotate_spline;
/// let map = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0];
/// let turned = rotate_spline(&map, [3, 3], 90.0);
/// assert!((turned[0] - 3.0).abs() < 1e-9 && (turned[2] - 9.0).abs() < 1e-9);
/// ```
#[must_use]
pub fn rotate_spline(values: &[f64], [height, width]: [usize; 2], degrees: f64) -> Vec<f64> {
    assert!(values.len() == height * width, "rotate_spline: found {} values", values.len());
    let mut coefficients = values.to_vec();
    coefficients.chunks_exact_mut(width.max(1)).for_each(filter);
    for column in 0..width {
        let mut line: Vec<f64> = (0..height).map(|row| coefficients[row * width + column]).collect();
        filter(&mut line);
        line.into_iter().enumerate().for_each(|(row, value)| coefficients[row * width + column] = value);
    }
    let turn = Turn::new([height, width], degrees);
    (0..height * width)
        .map(|k| match turn.from(k / width, k % width) {
            Some([y, x]) => {
                let ((rows, of_rows), (columns, of_columns)) = (support(y, height), support(x, width));
                let row = |r: usize| (0..3).map(|c| of_columns[c] * coefficients[r * width + columns[c]]).sum::<f64>();
                (0..3).map(|r| of_rows[r] * row(rows[r])).sum()
            }
            None => 0.0,
        })
        .collect()
}

/// Rotates a plane, each place taking the nearest; none from outside.
pub(super) fn rotate_nearest<T: Copy>(values: &[T], size: [usize; 2], degrees: f64, outside: T) -> Vec<T> {
    let ([height, width], turn) = (size, Turn::new(size, degrees));
    (0..height * width)
        .map(|k| match turn.from(k / width, k % width) {
            Some([y, x]) => values[(y + 0.5) as usize * width + (x + 0.5) as usize],
            None => outside,
        })
        .collect()
}

/// Where the places of a turned plane come from.
struct Turn {
    size: [usize; 2],
    cosine: f64,
    sine: f64,
}

impl Turn {
    fn new(size: [usize; 2], degrees: f64) -> Self {
        let (sine, cosine) = degrees.to_radians().sin_cos();
        Self { size, cosine, sine }
    }

    /// `None` for places from outside.
    fn from(&self, row: usize, column: usize) -> Option<[f64; 2]> {
        let last = self.size.map(|side| side.saturating_sub(1) as f64);
        let (dy, dx) = (row as f64 - last[0] / 2.0, column as f64 - last[1] / 2.0);
        let y = self.cosine * dy + self.sine * dx + last[0] / 2.0;
        let x = self.cosine * dx - self.sine * dy + last[1] / 2.0;
        ((0.0..=last[0]).contains(&y) && (0.0..=last[1]).contains(&x)).then_some([y, x])
    }
}

/// The three coefficients around a place, mirrored at the ends, and their shares.
fn support(place: f64, length: usize) -> ([usize; 3], [f64; 3]) {
    let middle = (place + 0.5).floor();
    let off = place - middle;
    let index = |k: f64| {
        let k = (middle + k).abs();
        let last = (length - 1) as f64;
        (if k > last { (2.0 * last - k).max(0.0) } else { k }) as usize
    };
    ([-1.0, 0.0, 1.0].map(index), [0.5 * (0.5 - off).powi(2), 0.75 - off * off, 0.5 * (0.5 + off).powi(2)])
}

/// Values to coefficients of quadratic splines, in place.
fn filter(line: &mut [f64]) {
    let n = line.len();
    if n < 2 {
        return;
    }
    let pole = 8.0_f64.sqrt() - 3.0;
    line.iter_mut().for_each(|value| *value *= (1.0 - pole) * (1.0 - 1.0 / pole));
    // The first coefficient of a line mirrored without end: its sum is known.
    let last = pole.powi(n as i32 - 1);
    let (mut sum, mut power) = (line[0] + last * line[n - 1], 1.0);
    for k in 1..n - 1 {
        power *= pole;
        sum += power * (line[k] + last * line[n - 1 - k]);
    }
    line[0] = sum / (1.0 - last * last);
    for k in 1..n {
        line[k] += pole * line[k - 1];
    }
    line[n - 1] = (pole * line[n - 2] + line[n - 1]) * pole / (pole * pole - 1.0);
    for k in (0..n - 1).rev() {
        line[k] = pole * (line[k + 1] - line[k]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAP: [f64; 42] = [
        20.0, 79.0, 138.0, 197.0, 56.0, 115.0, 174.0, 57.0, 127.0, 197.0, 38.0, 108.0, 178.0, 219.0, 94.0, 175.0, 27.0,
        79.0, 131.0, 212.0, 64.0, 131.0, 194.0, 57.0, 120.0, 183.0, 46.0, 109.0, 168.0, 42.0, 87.0, 161.0, 206.0, 80.0,
        125.0, 205.0, 90.0, 146.0, 202.0, 58.0, 114.0, 170.0,
    ];

    #[test]
    fn as_scipy() {
        // scipy 1.17.1, ndimage.rotate(map, 3.7, reshape=False, order=2).
        let expected = [
            0.0, 0.0, 0.0, 183.390948, 51.161959, 130.115731, 0.0, 49.279687, 130.998238, 192.112483, 33.317104,
            120.165632, 192.27347, 0.0, 87.358067, 167.72423, 31.275369, 81.169148, 135.706598, 195.999488, 0.0, 0.0,
            203.915938, 55.910455, 116.605759, 188.849867, 39.736234, 115.748447, 0.0, 59.418085, 76.941993,
            153.484564, 204.261898, 91.674136, 131.710201, 0.0, 100.198655, 130.539566, 208.146608, 0.0, 0.0, 0.0,
        ];
        for (found, expected) in rotate_spline(&MAP, [6, 7], 3.7).into_iter().zip(expected) {
            assert!((found - expected).abs() < 1e-6, "{found}, expected {expected}");
        }
        // As bytes, the other way round: the corner and a row.
        let turned: Vec<f64> = rotate_spline(&MAP, [6, 7], -5.0).into_iter().map(f64::round).collect();
        assert_eq!(turned[21..28], [140.0, 172.0, 59.0, 124.0, 175.0, 64.0, 0.0]);
    }

    #[test]
    fn nothing_turns_by_nothing() {
        let same = rotate_spline(&MAP, [6, 7], 0.0);
        assert!(same.iter().zip(MAP).all(|(a, b)| (a - b).abs() < 1e-9));
        assert_eq!(rotate_nearest(&MAP, [6, 7], 0.0, -1.0), MAP);
        let turned = rotate_nearest(&MAP, [6, 7], 10.0, -1.0);
        assert!(turned.contains(&-1.0) && turned.iter().all(|v| *v == -1.0 || MAP.contains(v)));
        assert_eq!(rotate_spline(&[3.0], [1, 1], 45.0), [3.0]);
    }
}
