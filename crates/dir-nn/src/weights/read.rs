//! Files of weights: parsed, never run.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use burn::tensor::{DType, TensorData};
use pytorch_reader::PytorchReader;
use safetensors::SafeTensors;
use zip::{CompressionMethod, ZipArchive};

use super::WeightsError;
use super::zip_tail::without_records;

/// Named tensors of a file, without the prefixes that checkpoints put before them.
#[derive(Debug, Clone)]
pub struct Weights {
    pub(super) path: PathBuf,
    pub(super) tensors: BTreeMap<String, TensorData>,
}

/// Keys under which programs nest their parameters.
const NESTS: [&str; 3] = ["state_dict.", "model_state_dict.", "model."];
/// What `torch.nn.DataParallel` puts before every name.
const PARALLEL: &str = "module.";

impl Weights {
    /// Reads a file whose tensors take at most 512 MiB.
    ///
    /// # Errors
    /// [`WeightsError::Io`] and [`WeightsError::File`].
    /// # Example
    /// ```
    /// use dir_nn::weights::Weights;
    /// let error = Weights::read("no-such-file.pth".as_ref()).unwrap_err().to_string();
    /// assert!(error.starts_with("no-such-file.pth: found"));
    /// ```
    pub fn read(path: &Path) -> Result<Self, WeightsError> {
        Self::read_within(path, 512 << 20)
    }

    /// The same with another limit, in bytes. A small file can state large tensors: views whose strides are 0, and entries that
    /// are packed.
    ///
    /// # Errors
    /// As [`Weights::read`].
    pub fn read_within(path: &Path, limit: u64) -> Result<Self, WeightsError> {
        let io = |error| WeightsError::Io { path: path.into(), action: "read", error };
        let mut start = [0; 9];
        let filled = File::open(path).and_then(|mut file| fill(&mut file, &mut start)).map_err(io)?;
        // SafeTensors begin with the length of a JSON object; no other format has a brace there.
        let [header @ .., brace] = start;
        let tensors = if filled == start.len() && brace == b'{' {
            let length = path.metadata().map_err(io)?.len();
            let header = u64::from_le_bytes(header);
            match check("tensors", length.max(header.saturating_mul(HEADER_GROWTH)), limit) {
                Ok(()) => safe_tensors(&std::fs::read(path).map_err(io)?),
                Err(found) => Err(found),
            }
        } else {
            // The reader of another crate, on bytes from anywhere: a panic of it is one more kind of damage.
            let read = catch_unwind(AssertUnwindSafe(|| pickled(path, limit)));
            read.unwrap_or_else(|_| Err("something else (the reader panicked)".into()))
        };
        let tensors = tensors.map_err(|found| WeightsError::File { path: path.into(), found })?;
        Ok(Self { path: path.into(), tensors: without_prefixes(tensors) })
    }

    /// Names of the tensors.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// A tensor by name: statistics that an official checkpoint keeps beside its parameters, say.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&TensorData> {
        self.tensors.get(name)
    }
}

/// Bytes that a byte of a SafeTensors header takes once it is parsed: `[0,0,0]` is eight bytes a size.
const HEADER_GROWTH: u64 = 8;

/// Whether so many bytes of something are within the limit.
fn check(what: &str, bytes: u64, limit: u64) -> Result<(), String> {
    if bytes <= limit {
        return Ok(());
    }
    let [needed, allowed] = [bytes.div_ceil(1 << 20), limit >> 20];
    Err(format!("{what} of {needed} MiB in memory where {allowed} MiB is allowed (--max-memory raises it)"))
}

fn fill(file: &mut File, buffer: &mut [u8]) -> std::io::Result<usize> {
    use std::io::Read;
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read(&mut buffer[filled..])? {
            0 => break,
            n => filled += n,
        }
    }
    Ok(filled)
}

type Tensors = BTreeMap<String, TensorData>;

fn safe_tensors(bytes: &[u8]) -> Result<Tensors, String> {
    let file = SafeTensors::deserialize(bytes).map_err(|error| format!("damaged SafeTensors ({error})"))?;
    let float = |dtype| match dtype {
        safetensors::Dtype::F64 => Some(DType::F64),
        safetensors::Dtype::F32 => Some(DType::F32),
        safetensors::Dtype::F16 => Some(DType::F16),
        safetensors::Dtype::BF16 => Some(DType::BF16),
        _ => None,
    };
    let tensors = file.iter().filter_map(|(name, view)| {
        let data = TensorData::from_bytes_vec(view.data().to_vec(), view.shape().to_vec(), float(view.dtype())?);
        Some((name.to_owned(), data))
    });
    Ok(tensors.collect())
}

fn pickled(path: &Path, limit: u64) -> Result<Tensors, String> {
    use pytorch_reader::DType as Kind;
    check("content", unpacked(path), limit)?;
    let something_else = |error| format!("something else ({error})");
    let mut _copy = None; // lives as long as the reader
    let reader = match PytorchReader::new(path) {
        Ok(reader) => reader,
        Err(error) => {
            _copy = without_records(path).unwrap_or(None);
            let copy = _copy.as_ref().ok_or_else(|| something_else(error))?;
            PytorchReader::new(copy.path()).map_err(something_else)?
        }
    };
    let float = |dtype| match dtype {
        Kind::F64 => Some(DType::F64),
        Kind::F32 => Some(DType::F32),
        Kind::F16 => Some(DType::F16),
        Kind::BF16 => Some(DType::BF16),
        _ => None,
    };
    // An optimizer's moments are as large as the parameters and of no use here.
    let wanted = |name: &str, kind| float(kind).filter(|_| !name.starts_with("optimizer."));
    let of =
        |(name, tensor): (&String, &pytorch_reader::Tensor)| wanted(name, tensor.dtype()).map(|_| tensor.byte_len());
    let bytes = reader.tensors().iter().filter_map(of).fold(0, |sum: u64, bytes| sum.saturating_add(bytes as u64));
    check("tensors", bytes, limit)?;
    let mut tensors = Tensors::new();
    for (name, tensor) in reader.tensors() {
        let Some(dtype) = wanted(name, tensor.dtype()) else { continue };
        let bytes = tensor.read().map_err(|error| format!("a damaged tensor ({error})"))?;
        tensors.insert(name.clone(), TensorData::from_bytes_vec(bytes, tensor.shape().to_vec(), dtype));
    }
    if tensors.is_empty() { Err("no tensor of floats".into()) } else { Ok(tensors) }
}

/// Bytes of an archive's packed entries once they are unpacked, of which `torch.save` writes none; another file's own length.
fn unpacked(path: &Path) -> u64 {
    let Ok(file) = File::open(path) else { return 0 };
    let length = file.metadata().map_or(0, |data| data.len());
    let Ok(mut archive) = ZipArchive::new(BufReader::new(file)) else { return length };
    let entries = 0..archive.len();
    let sizes = entries.filter_map(|k| {
        let entry = archive.by_index_raw(k).ok()?;
        (entry.compression() != CompressionMethod::Stored).then(|| entry.size())
    });
    sizes.fold(0, u64::saturating_add)
}

/// Only what is nested, if anything is, and without `DataParallel`'s prefix, if all have it.
fn without_prefixes(mut tensors: Tensors) -> Tensors {
    if let Some(nest) = NESTS.iter().find(|nest| tensors.keys().any(|name| name.starts_with(**nest))) {
        tensors = stripped(tensors, nest);
    }
    if tensors.keys().all(|name| name.starts_with(PARALLEL)) {
        tensors = stripped(tensors, PARALLEL);
    }
    tensors
}

fn stripped(tensors: Tensors, prefix: &str) -> Tensors {
    tensors.into_iter().filter_map(|(name, data)| Some((name.strip_prefix(prefix)?.to_owned(), data))).collect()
}
