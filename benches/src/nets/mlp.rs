//! The multi-layer perceptron for diamonds, an epoch at a time.

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use dir_core::Regressor;
use dir_core::loss::LossKind;
use dir_nn::{Mlp, MlpConfig};

use super::{Trainer, Training, drawn};

pub(super) const ROWS: usize = 44_772;
pub(super) const WIDTH: usize = 26;
pub(super) const HIDDEN: [usize; 3] = [128, 128, 64];
const BATCH: usize = 256;

/// An MLP in training.
pub(super) struct MlpTraining {
    net: Mlp,
    trainer: Trainer,
    x: Vec<f32>,
    y: Vec<f32>,
    device: Device,
}

impl MlpTraining {
    pub(super) fn new(device: &Device) -> Self {
        let numbers = |shape, key| drawn::<2>(shape, key).iter().collect();
        let config = MlpConfig { hidden: HIDDEN[..2].to_vec(), features: HIDDEN[2], dropout: 0.0 };
        Self {
            net: config.init(WIDTH, 0, &device.clone().autodiff()).expect("valid"),
            trainer: Trainer::new(LossKind::L1, None, 1e-3),
            x: numbers([ROWS, WIDTH], 1),
            y: numbers([ROWS, 1], 2),
            device: device.clone(),
        }
    }
}

fn column(values: &[f32], width: usize, device: &Device) -> Tensor<2> {
    Tensor::from_data(TensorData::new(values.to_vec(), [values.len() / width, width]), device)
}

impl Training for MlpTraining {
    fn predict(&mut self) {
        let net = self.net.valid();
        for x in self.x.chunks(BATCH * WIDTH) {
            drop(net.forward(column(x, WIDTH, &self.device)).into_data());
        }
    }

    fn step(&mut self) {
        let device = self.device.clone().autodiff();
        for (x, y) in self.x.chunks(BATCH * WIDTH).zip(self.y.chunks(BATCH)) {
            let predicted = self.net.forward(column(x, WIDTH, &device));
            self.trainer.step(&mut self.net, predicted, &column(y, 1, &device), |_, gradients| gradients);
        }
    }

    fn operations(&self) -> f64 {
        let widths = [[WIDTH, HIDDEN[0]], [HIDDEN[0], HIDDEN[1]], [HIDDEN[1], HIDDEN[2]], [HIDDEN[2], 1]];
        widths.iter().map(|[from, to]| (2 * ROWS * from * to) as f64).sum()
    }
}
