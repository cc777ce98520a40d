//! Tensors into a network, by path.

use std::collections::BTreeSet;
use std::fmt;

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{Tensor, TensorData};

use super::{Names, Weights, WeightsError};

/// What a file gave a network.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// Paths that were loaded.
    pub loaded: Vec<String>,
    /// Paths of the network that the file has no tensor for; they keep the values that they had.
    pub missing: Vec<String>,
    /// Names in the file that the network has no place for.
    pub unused: Vec<String>,
    /// Paths of the head whose size differs: another task's; they keep the values that they had.
    pub other_size: Vec<String>,
}

impl Report {
    /// Whether every parameter of the network was loaded.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.missing.is_empty() && self.other_size.is_empty()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} tensors loaded", self.loaded.len())?;
        let lists = [
            ("missing, kept as drawn", &self.missing),
            ("of another size, kept as drawn", &self.other_size),
            ("unused", &self.unused),
        ];
        for (what, names) in lists.into_iter().filter(|(_, names)| !names.is_empty()) {
            let some = names.iter().take(4).map(String::as_str).collect::<Vec<_>>().join(", ");
            let more = if names.len() > 4 { ", ..." } else { "" };
            write!(f, "; {} {what} ({some}{more})", names.len())?;
        }
        Ok(())
    }
}

impl Weights {
    /// A network with the parameters and running statistics that the file has for it.
    ///
    /// # Errors
    /// [`WeightsError::Shape`] for a tensor that does not fit outside the head, [`WeightsError::Nothing`].
    pub fn load<M: Module, N: Names>(&self, model: M) -> Result<(M, Report), WeightsError> {
        let mut loader = Loader { weights: self, path: Vec::new(), report: Report::default(), wrong: None };
        let paths: Vec<(String, &str)> = self.tensors.keys().map(|name| (N::path(name), name.as_str())).collect();
        let mut mapper = Mapper::<N> { loader: &mut loader, paths: &paths, names: std::marker::PhantomData };
        let model = model.map(&mut mapper);
        if let Some(wrong) = loader.wrong {
            return Err(wrong);
        }
        let mut report = loader.report;
        if report.loaded.is_empty() {
            let first = self.names().take(3).collect::<Vec<_>>().join(", ");
            return Err(WeightsError::Nothing { path: self.path.clone(), tensors: self.tensors.len(), first });
        }
        let used: BTreeSet<&String> = report.loaded.iter().chain(&report.other_size).collect();
        // A count that PyTorch keeps for a momentum that nobody sets.
        let counted = |name: &str| name.ends_with("num_batches_tracked");
        let unused = paths.iter().filter(|(path, name)| !used.contains(path) && !counted(name));
        report.unused = unused.map(|(_, name)| (*name).to_owned()).collect();
        Ok((model, report))
    }
}

struct Loader<'a> {
    weights: &'a Weights,
    /// Names and container types from the root to the parameter.
    path: Vec<(String, String)>,
    report: Report,
    wrong: Option<WeightsError>,
}

struct Mapper<'a, 'w, N> {
    loader: &'a mut Loader<'w>,
    paths: &'a [(String, &'w str)],
    names: std::marker::PhantomData<N>,
}

impl<N: Names> ModuleMapper for Mapper<'_, '_, N> {
    fn enter_module(&mut self, name: &str, container: &str) {
        self.loader.path.push((name.to_owned(), container.to_owned()));
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.loader.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let path = self.loader.path.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(".");
        let Some((_, name)) = self.paths.iter().find(|(of_file, _)| *of_file == path) else {
            self.loader.report.missing.push(path);
            return param;
        };
        let data = self.loader.weights.tensors[*name].clone();
        let data = if is_linear_weight(&self.loader.path) { transposed(data) } else { data };
        let expected = param.val().dims().to_vec();
        let found = data.shape().to_vec();
        if found != expected {
            self.misfit(path, name, found, expected);
            return param;
        }
        self.loader.report.loaded.push(path);
        let (device, dtype, id) = (param.val().device(), param.val().dtype(), param.id);
        param.transform_for_load(Tensor::from_data(data, (&device, dtype)), id)
    }
}

impl<N: Names> Mapper<'_, '_, N> {
    fn misfit(&mut self, path: String, name: &str, found: Vec<usize>, expected: Vec<usize>) {
        if path.starts_with(N::HEAD) {
            self.loader.report.other_size.push(path);
        } else if self.loader.wrong.is_none() {
            let file = self.loader.weights.path.clone();
            self.loader.wrong = Some(WeightsError::Shape { path: file, name: name.into(), found, expected });
        }
    }
}

/// PyTorch keeps a linear layer's weight as `[out, in]`, Burn as `[in, out]`.
pub(super) fn is_linear_weight(path: &[(String, String)]) -> bool {
    path.last().is_some_and(|(name, container)| name == "weight" && container == "Struct:Linear")
}

/// A matrix with rows and columns swapped, in the same type.
pub(super) fn transposed(data: TensorData) -> TensorData {
    let [rows, columns] = data.shape()[..] else { return data };
    let dtype = data.dtype();
    let values: Vec<f64> = data.iter().collect();
    let swapped = (0..columns).flat_map(|c| (0..rows).map(move |r| r * columns + c)).map(|k| values[k]).collect();
    TensorData::new::<f64, _>(swapped, [columns, rows]).convert_dtype(dtype)
}
