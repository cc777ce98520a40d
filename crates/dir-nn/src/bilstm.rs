//! A multi-layer bidirectional LSTM over packed sequences.
//!
//! Every layer reads its input from both ends; what the two directions say is set side by side and is the next layer's input.
//!
//! # Source
//! `torch.nn.LSTM(bidirectional = True)`: gates in the order input, forget, cell, output, two biases per gate, parameters
//! from `U(-1/√hidden, 1/√hidden)`. The reverse direction begins at the last step that there is, as with a `PackedSequence`.

use burn::module::{Module, Param};
use burn::nn::{Dropout, DropoutConfig};
use burn::tensor::{Device, Tensor, TensorData};

use crate::init;
use crate::sequence::{Direction, Packing, lstm};

/// One direction of one layer, in PyTorch's shapes.
#[derive(Module, Debug)]
struct OneWay {
    /// `[4 · hidden, inputs]`.
    weight_ih: Param<Tensor<2>>,
    /// `[4 · hidden, hidden]`.
    weight_hh: Param<Tensor<2>>,
    bias_ih: Param<Tensor<1>>,
    bias_hh: Param<Tensor<1>>,
}

impl OneWay {
    fn new(inputs: usize, hidden: usize, key: &[u64], device: &Device) -> Self {
        let mut draw = init::around_zero((hidden as f64).sqrt().recip(), key);
        let gates = 4 * hidden;
        Self {
            weight_ih: Param::from_data(TensorData::new(draw(gates * inputs), [gates, inputs]), device),
            weight_hh: Param::from_data(TensorData::new(draw(gates * hidden), [gates, hidden]), device),
            bias_ih: Param::from_data(TensorData::new(draw(gates), [gates]), device),
            bias_hh: Param::from_data(TensorData::new(draw(gates), [gates]), device),
        }
    }

    fn forward(&self, x: Tensor<2>, packing: &Packing, direction: Direction) -> Tensor<2> {
        let bias = self.bias_ih.val() + self.bias_hh.val();
        let gates = x.matmul(self.weight_ih.val().transpose()) + bias.unsqueeze();
        lstm(gates, self.weight_hh.val(), packing, direction)
    }
}

#[derive(Module, Debug)]
struct Layer {
    forward: OneWay,
    reverse: OneWay,
}

impl Layer {
    /// `[rows, inputs]` to `[rows, 2 · hidden]`.
    fn forward(&self, x: Tensor<2>, packing: &Packing) -> Tensor<2> {
        let forward = |x| self.forward.forward(x, packing, Direction::Forward);
        let reverse = |x| self.reverse.forward(x, packing, Direction::Reverse);
        let (forward, reverse) = both(&x, forward, reverse);
        Tensor::cat(vec![forward, reverse], 1)
    }
}

/// Both directions; on the CPU at the same time, for the groups of sentences of one alone do not keep all threads busy. Where gradients
/// are tracked one comes after the other: so operations have the same order in every run.
fn both(
    x: &Tensor<2>,
    forward: impl FnOnce(Tensor<2>) -> Tensor<2> + Send,
    reverse: impl FnOnce(Tensor<2>) -> Tensor<2> + Send,
) -> (Tensor<2>, Tensor<2>) {
    let (first, second) = (x.clone(), x.clone());
    #[cfg(feature = "flex")]
    if !x.device().is_autodiff() && x.device() == Device::flex() {
        return rayon::join(|| forward(first), || reverse(second));
    }
    (forward(first), reverse(second))
}

/// A bidirectional LSTM of some layers.
///
/// # Example
/// ```
/// use burn::tensor::{Device, Tensor};
/// use dir_nn::{BiLstm, sequence::Packing};
/// let device = Device::default();
/// let lstm = BiLstm::new([3, 4], 2, 0.0, &[0], &device); // 3 numbers per step, 4 hidden, two layers
/// let packing = Packing::new(&[5, 2], 1);
/// assert_eq!(lstm.forward(Tensor::zeros([7, 3], &device), &packing).dims(), [7, 8]);
/// ```
#[derive(Module, Debug)]
pub struct BiLstm {
    layers: Vec<Layer>,
    dropout: Dropout,
}

impl BiLstm {
    /// `[inputs, hidden]` wide, `dropout` between its layers in training, parameters drawn from a key.
    #[must_use]
    pub fn new([inputs, hidden]: [usize; 2], layers: usize, dropout: f64, key: &[u64], device: &Device) -> Self {
        let one_way = |layer: usize, direction: u64| {
            let inputs = if layer == 0 { inputs } else { 2 * hidden };
            OneWay::new(inputs, hidden, &[key, &[layer as u64, direction]].concat(), device)
        };
        let layers = (0..layers).map(|k| Layer { forward: one_way(k, 0), reverse: one_way(k, 1) }).collect();
        Self { layers, dropout: DropoutConfig::new(dropout).init() }
    }

    /// `[rows, inputs]` to `[rows, 2 · hidden]`, rows as in the packing.
    #[must_use]
    pub fn forward(&self, x: Tensor<2>, packing: &Packing) -> Tensor<2> {
        let mut layers = self.layers.iter();
        let Some(first) = layers.next() else { return x };
        layers.fold(first.forward(x, packing), |x, layer| layer.forward(self.dropout.forward(x), packing))
    }
}
