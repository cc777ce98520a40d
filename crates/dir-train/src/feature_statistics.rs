//! `feature_statistics.safetensors`: mean and variance of the final model's features, bin by bin, over the rows that it was trained
//! on.
//!
//! Three tensors: `count` `[bins]` (training rows or pixels), `mean` and `variance` `[bins, D]` (unbiased; 0 for a single row,
//! both 0 for a bin without rows). Any reader of SafeTensors takes them: `safetensors.numpy.load_file(path)`.

use std::collections::HashMap;
use std::path::Path;

use dir_core::fds::BinStats;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensorError, SafeTensors};

use crate::error::TrainError;
use crate::files;
use crate::run_folder::RunFolder;

/// Name of the file in a run's folder.
pub const FILE: &str = "feature_statistics.safetensors";

/// Format of the file, in its metadata.
const FORMAT: &str = "1";

/// Feature statistics of every bin.
///
/// # Shapes
/// `count` `[bins]`; `mean` and `variance` `[bins][D]`.
#[derive(Debug, Clone, PartialEq)]
pub struct FeatureStatistics {
    /// Training rows, or pixels.
    pub count: Vec<u64>,
    /// Mean of every feature.
    pub mean: Vec<Vec<f32>>,
    /// Variance of every feature.
    pub variance: Vec<Vec<f32>>,
}

impl FeatureStatistics {
    /// From what a pass over the training rows found.
    #[must_use]
    pub fn new(bins: &[(u64, BinStats)], dim: usize) -> Self {
        let of = |values: Vec<f64>| values.into_iter().map(|v| v as f32).collect();
        // A bin never seen holds what FDS would start from; here it holds nothing.
        let known = |count: u64, values: Vec<f64>| if count > 0 { of(values) } else { vec![0.0; dim] };
        Self {
            count: bins.iter().map(|(count, _)| *count).collect(),
            mean: bins.iter().map(|(count, stats)| known(*count, stats.mean.clone())).collect(),
            variance: bins.iter().map(|(count, stats)| known(*count, stats.spread.variances(dim))).collect(),
        }
    }

    /// Writes the file whole.
    ///
    /// # Errors
    /// [`TrainError::Io`].
    pub fn write(&self, folder: &RunFolder) -> Result<(), TrainError> {
        let bytes = self.to_bytes().map_err(|error| malformed(&folder.file(FILE), &error.to_string()))?;
        folder.write(FILE, &bytes)
    }

    fn to_bytes(&self) -> Result<Vec<u8>, SafeTensorError> {
        let shape = vec![self.count.len(), self.mean.first().map_or(0, Vec::len)];
        let count: Vec<u8> = self.count.iter().flat_map(|n| n.to_le_bytes()).collect();
        let bytes = |rows: &[Vec<f32>]| -> Vec<u8> { rows.iter().flatten().flat_map(|v| v.to_le_bytes()).collect() };
        let (mean, variance) = (bytes(&self.mean), bytes(&self.variance));
        let tensors = [
            ("count", TensorView::new(Dtype::U64, vec![self.count.len()], &count)?),
            ("mean", TensorView::new(Dtype::F32, shape.clone(), &mean)?),
            ("variance", TensorView::new(Dtype::F32, shape, &variance)?),
        ];
        let format = HashMap::from([("format".to_owned(), FORMAT.to_owned())]);
        safetensors::serialize(tensors, Some(format))
    }

    /// Reads a run's file.
    ///
    /// # Errors
    /// [`TrainError::Io`]; [`TrainError::File`] for something else.
    pub fn read(path: &Path) -> Result<Self, TrainError> {
        let bytes = files::read(path)?;
        let file = SafeTensors::deserialize(&bytes).map_err(|error| malformed(path, &error.to_string()))?;
        let (_, header) = SafeTensors::read_metadata(&bytes).map_err(|error| malformed(path, &error.to_string()))?;
        let format = header.metadata().as_ref().and_then(|metadata| metadata.get("format")).map_or("0", String::as_str);
        if format != FORMAT {
            return Err(TrainError::Format { path: path.into(), found: format.into(), expected: FORMAT.into() });
        }
        let tensor = |name: &str, dtype: Dtype, dims: usize| match file.tensor(name) {
            Ok(view) if view.dtype() == dtype && view.shape().len() == dims => Ok(view),
            _ => Err(malformed(path, &format!("no {dims}-dimensional tensor {name:?} of {dtype:?}"))),
        };
        let count = tensor("count", Dtype::U64, 1)?;
        let rows = |name: &str| {
            let view = tensor(name, Dtype::F32, 2)?;
            let (bins, width) = (view.shape()[0], view.shape()[1]);
            if width == 0 {
                return Err(malformed(path, &format!("no features in {name:?}")));
            }
            if bins != count.shape()[0] {
                return Err(malformed(path, &format!("{bins} bins in {name:?}, {} in \"count\"", count.shape()[0])));
            }
            let values: Vec<f32> = numbers(view.data()).map(f32::from_le_bytes).collect();
            Ok(values.chunks(width).map(<[f32]>::to_vec).collect())
        };
        Ok(Self {
            mean: rows("mean")?,
            variance: rows("variance")?,
            count: numbers(count.data()).map(u64::from_le_bytes).collect(),
        })
    }
}

fn numbers<const N: usize>(bytes: &[u8]) -> impl Iterator<Item = [u8; N]> {
    bytes.as_chunks().0.iter().copied()
}

fn malformed(path: &Path, found: &str) -> TrainError {
    TrainError::File {
        path: path.to_path_buf(),
        found: found.into(),
        expected: "a file as this program writes it; repeat the run or restore the file".into(),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use dir_core::bins::Bins;
    use dir_core::fds::StatisticsPass;

    use super::*;

    #[test]
    fn statistics_are_read_as_written() {
        let temporary = tempfile::tempdir().expect("a temporary folder");
        let folder = RunFolder::open(temporary.path()).expect("opens");
        let mut pass = StatisticsPass::of_bins(&Bins::uniform(0.0, 1.0, 3).expect("valid"), 2);
        pass.push_rows(&[1.0_f64, 5.0, 3.0, 5.0, 0.1, 0.2], &[0.5, 0.5, 2.5]).expect("fits");
        let written = FeatureStatistics::new(&pass.into_statistics().expect("finite"), 2);
        written.write(&folder).expect("writes");
        let read = FeatureStatistics::read(&folder.file(FILE)).expect("reads");
        assert_eq!(read, written);
        // By hand: 1 and 3 have mean 2 and variance 2; the bin between has nothing.
        assert_eq!((read.count, read.mean[0].clone()), (vec![2, 0, 1], vec![2.0, 5.0]));
        assert_eq!((read.variance[0].clone(), read.mean[1].clone()), (vec![2.0, 0.0], vec![0.0, 0.0]));
    }

    #[test]
    fn something_else_is_named() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join(FILE);
        fs::write(&path, b"nothing of the kind").expect("writes");
        let bad = FeatureStatistics::read(&path).expect_err("is malformed").to_string();
        assert!(bad.contains(FILE) && bad.contains("repeat the run"), "{bad}");
        let other = |format: &str| {
            let metadata = HashMap::from([("format".to_owned(), format.to_owned())]);
            let tensor = ("x", TensorView::new(Dtype::U8, vec![1], &[7]).expect("fits"));
            safetensors::serialize([tensor], Some(metadata)).expect("serialises")
        };
        fs::write(&path, other("2")).expect("writes");
        let bad = FeatureStatistics::read(&path).expect_err("is newer").to_string();
        assert!(bad.contains("written in format 2, this program reads format 1"), "{bad}");
        fs::write(&path, other("1")).expect("writes");
        let bad = FeatureStatistics::read(&path).expect_err("is malformed").to_string();
        assert!(bad.contains("no 1-dimensional tensor \"count\" of U64"), "{bad}");
    }

    #[test]
    fn statistics_without_features_are_refused() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join(FILE);
        let tensor = |dtype, shape: &[usize], bytes| TensorView::new(dtype, shape.to_vec(), bytes).expect("fits");
        let count = tensor(Dtype::U64, &[2], &[0; 16]);
        let rows = || tensor(Dtype::F32, &[2, 0], &[]);
        let format = HashMap::from([("format".to_owned(), FORMAT.to_owned())]);
        let file = safetensors::serialize([("count", count), ("mean", rows()), ("variance", rows())], Some(format));
        fs::write(&path, file.expect("serialises")).expect("writes");
        let bad = FeatureStatistics::read(&path).expect_err("has no features").to_string();
        assert!(bad.contains("found no features in \"mean\""), "{bad}");
    }
}
