//! A fixture: `NN_name.json` with its cases, and the tensors in the file beside it that its `meta` names.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde_json::Value;

use crate::Case;

/// A tensor, in `f64` whatever it was stored in.
#[derive(Debug, Clone, PartialEq)]
pub struct Array {
    /// Its shape.
    pub shape: Vec<usize>,
    /// Its elements, row-major.
    pub values: Vec<f64>,
}

/// One fixture file, read in full.
#[derive(Debug)]
pub struct Fixture {
    path: PathBuf,
    name: String,
    cases: Vec<Value>,
    tensors: HashMap<String, Array>,
}

impl Fixture {
    /// Reads the file and its tensors.
    ///
    /// # Errors
    /// A file that is not there, is no JSON or has no list of cases; tensors of a type that is not in use here.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text = fs::read_to_string(path).with_context(|| format!("failed to read {}", path.display()))?;
        let json: Value = serde_json::from_str(&text).with_context(|| format!("{}: no JSON", path.display()))?;
        let Some(Value::Array(cases)) = json.get("cases") else {
            bail!("{}: found no list \"cases\"", path.display());
        };
        let tensors = match json.pointer("/meta/tensor_file") {
            Some(Value::String(file)) => tensors(&path.with_file_name(file))?,
            _ => HashMap::new(),
        };
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { path: path.into(), name, cases: cases.clone(), tensors })
    }

    /// Name of the file, without its ending.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The cases.
    pub fn cases(&self) -> impl ExactSizeIterator<Item = Case<'_>> {
        self.cases.iter().enumerate().map(|(index, value)| Case::new(self, index, value))
    }

    /// A file in the same folder.
    #[must_use]
    pub fn beside(&self, file: &str) -> PathBuf {
        self.path.with_file_name(file)
    }

    /// The tensor of that name.
    ///
    /// # Errors
    /// There is none.
    pub fn tensor(&self, name: &str) -> anyhow::Result<&Array> {
        self.tensors.get(name).with_context(|| format!("found no tensor {name:?}"))
    }
}

fn tensors(path: &Path) -> anyhow::Result<HashMap<String, Array>> {
    let bytes = fs::read(path).with_context(|| format!("failed to read {}", path.display()))?;
    let file = SafeTensors::deserialize(&bytes).with_context(|| format!("{}: no safetensors", path.display()))?;
    let array = |(name, view): (String, TensorView<'_>)| {
        let values = numbers(&view).with_context(|| format!("{}: tensor {name:?}", path.display()))?;
        Ok((name, Array { shape: view.shape().to_vec(), values }))
    };
    file.tensors().into_iter().map(array).collect()
}

fn numbers(view: &TensorView<'_>) -> anyhow::Result<Vec<f64>> {
    fn each<const N: usize>(data: &[u8], number: fn([u8; N]) -> f64) -> Vec<f64> {
        data.as_chunks().0.iter().map(|&bytes| number(bytes)).collect()
    }
    let data = view.data();
    Ok(match view.dtype() {
        Dtype::F64 => each(data, f64::from_le_bytes),
        Dtype::F32 => each(data, |b| f32::from_le_bytes(b).into()),
        Dtype::I64 => each(data, |b| i64::from_le_bytes(b) as f64),
        Dtype::I32 => each(data, |b| i32::from_le_bytes(b).into()),
        Dtype::U8 | Dtype::BOOL => each(data, |[b]| b.into()),
        other => bail!("found {other:?}, expected F64, F32, I64, I32, U8 or BOOL"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_file_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let read = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::write(&path, text).expect("writes");
            Fixture::read(&path)
        };
        let text = |fixture: anyhow::Result<Fixture>| format!("{:#}", fixture.expect_err("is wrong"));
        assert!(text(read("a.json", "{")).contains("a.json: no JSON"));
        assert!(text(read("b.json", "{}")).contains("b.json: found no list"));
        let beside = r#"{"meta": {"tensor_file": "c.safetensors"}, "cases": []}"#;
        assert!(text(read("c.json", beside)).contains("c.safetensors"));
        let fixture = read("d.json", r#"{"cases": [{"ks": 5, "w": [1, null]}]}"#).expect("valid");
        assert_eq!((fixture.name(), fixture.cases().len()), ("d", 1));
        assert!(fixture.tensor("t").is_err());
    }
}
