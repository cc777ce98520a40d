//! Self-test of a device: small computations whose results are known, compared after they are read back.
//!
//! A device that opens may still not compute: without a run-time compiler every kernel fails and reads return whatever lay in
//! memory. Nothing here expects a zero, which fresh memory often is.

use burn::tensor::{Device, Int, Tensor, TensorData};
use dir_core::ops;

/// Rows, depth and columns of the matrix product: not square, and large enough for tensor cores.
const PRODUCT: [usize; 3] = [48, 32, 40];

/// What is wrong with a device, or nothing.
pub(super) fn run(device: &Device) -> Result<(), String> {
    let (product, expected) = matrix_product(device);
    compare("a matrix product", &product, &expected)?;
    let (counts, expected) = bin_counts(device);
    compare("rows per bin", &counts, &expected)?;
    let (calibrated, expected) = calibration(device)?;
    compare("a calibration", &calibrated, &expected)
}

/// Products of small whole numbers, which are exact in every precision that a matrix unit rounds to.
fn matrix_product(device: &Device) -> (Vec<f64>, Vec<f64>) {
    let [rows, depth, columns] = PRODUCT;
    let left = |i: usize, k: usize| ((5 * i + 3 * k) % 7) as f32 - 2.0;
    let right = |k: usize, j: usize| ((2 * k + 7 * j) % 5) as f32 - 1.0;
    let of = |n: usize, m: usize, value: &dyn Fn(usize, usize) -> f32| {
        let values: Vec<f32> = (0..n * m).map(|at| value(at / m, at % m)).collect();
        Tensor::<2>::from_data(TensorData::new(values, [n, m]), device)
    };
    let found = of(rows, depth, &left).matmul(of(depth, columns, &right));
    let entry = |at: usize| (0..depth).map(|k| f64::from(left(at / columns, k) * right(k, at % columns))).sum();
    (read(found.into_data()), (0..rows * columns).map(entry).collect())
}

/// Seven rows in four bins, one in none.
fn bin_counts(device: &Device) -> (Vec<f64>, Vec<f64>) {
    let rows = Tensor::<1, Int>::from_ints([3, 0, 2, 2, -1, 3, 1, 3], device);
    let found = ops::bin_counts(rows, 4).map(|counts| read(counts.into_data()));
    // An error leaves nothing, which is not what is expected.
    (found.unwrap_or_else(|_| Vec::new()), vec![1.0, 1.0, 2.0, 3.0])
}

/// `(x - from) · scale + to` in two bins.
fn calibration(device: &Device) -> Result<(Vec<f64>, Vec<f64>), String> {
    let features = Tensor::<1>::from_floats([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], device).reshape([3, 2, 1]);
    let rows = Tensor::<1, Int>::from_ints([1, -1, 0], device);
    let table = |values: [[f32; 2]; 2]| Tensor::<2>::from_floats(values, device);
    let tables = [table([[1.0, 2.0], [0.5, 0.5]]), table([[2.0, 0.5], [4.0, -1.0]]), table([[8.0, 8.0], [16.0, 32.0]])];
    let found = ops::calibrate(features, rows, tables).map_err(|error| error.to_string())?;
    Ok((read(found.into_data()), vec![18.0, 30.5, 3.0, 4.0, 16.0, 10.0]))
}

fn read(data: TensorData) -> Vec<f64> {
    data.iter::<f64>().collect()
}

/// Equality: every number above is exact in `f32`.
fn compare(name: &str, found: &[f64], expected: &[f64]) -> Result<(), String> {
    if found.len() != expected.len() {
        return Err(format!("{name} has {} numbers instead of {}", found.len(), expected.len()));
    }
    match found.iter().zip(expected).position(|(found, expected)| found != expected) {
        None => Ok(()),
        Some(at) => Err(format!("{name} gives {} instead of {}", found[at], expected[at])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_value_is_told() {
        assert_eq!(compare("a sum", &[1.0, 2.0], &[1.0, 2.0]), Ok(()));
        assert_eq!(compare("a sum", &[1.0, 2.5], &[1.0, 2.0]), Err("a sum gives 2.5 instead of 2".into()));
        assert_eq!(compare("a sum", &[1.0, f64::NAN], &[1.0, 2.0]), Err("a sum gives NaN instead of 2".into()));
        assert_eq!(compare("a sum", &[0.0], &[1.0, 2.0]), Err("a sum has 1 numbers instead of 2".into()));
    }

    /// Zeros are what fresh memory holds, and what reading alone would accept.
    #[cfg(feature = "flex")]
    #[test]
    fn memory_that_no_kernel_wrote_fails() {
        let device = Device::flex();
        let calibrated = calibration(&device).expect("shapes fit");
        for (_, expected) in [matrix_product(&device), bin_counts(&device), calibrated] {
            assert!(compare("zeros", &vec![0.0; expected.len()], &expected).is_err());
        }
    }

    #[cfg(feature = "flex")]
    #[test]
    fn the_cpu_passes() {
        assert_eq!(run(&Device::flex()), Ok(()));
    }
}
