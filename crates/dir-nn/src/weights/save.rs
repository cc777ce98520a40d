//! A network as SafeTensors with PyTorch's names and layouts.

use std::borrow::Cow;

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{DType, Tensor};
use safetensors::{Dtype, View};

use super::load::{is_linear_weight, transposed};
use super::{Names, WeightsError};

/// Parameters and running statistics as the bytes of a file that `load_state_dict(safetensors.torch.load_file(path))` takes.
///
/// # Errors
/// [`WeightsError::Format`] for two parameters of one name.
pub fn to_safetensors<M: Module, N: Names>(model: &M) -> Result<Vec<u8>, WeightsError> {
    let mut collector = Collector::<N> { path: Vec::new(), tensors: Vec::new(), names: std::marker::PhantomData };
    model.visit(&mut collector);
    safetensors::serialize(collector.tensors, None).map_err(|error| WeightsError::Format { reason: error.to_string() })
}

struct Collector<N> {
    path: Vec<(String, String)>,
    tensors: Vec<(String, Stored)>,
    names: std::marker::PhantomData<N>,
}

struct Stored {
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl View for Stored {
    fn dtype(&self) -> Dtype {
        self.dtype
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        self.bytes.as_slice().into()
    }

    fn data_len(&self) -> usize {
        self.bytes.len()
    }
}

impl<N: Names> ModuleVisitor for Collector<N> {
    fn enter_module(&mut self, name: &str, container: &str) {
        self.path.push((name.to_owned(), container.to_owned()));
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let path = self.path.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(".");
        let data = param.val().into_data().convert_dtype(DType::F32);
        let data = if is_linear_weight(&self.path) { transposed(data) } else { data };
        let stored = Stored { dtype: Dtype::F32, shape: data.shape().to_vec(), bytes: data.into_bytes().to_vec() };
        let name = N::name(&path);
        if let Some(norm) = name.strip_suffix("running_var") {
            // PyTorch's strict loading asks for it; it counts only where no momentum is set.
            let count = Stored { dtype: Dtype::I64, shape: Vec::new(), bytes: vec![0; 8] };
            self.tensors.push((format!("{norm}num_batches_tracked"), count));
        }
        self.tensors.push((name, stored));
    }
}
