//! Memory of tensors is used again, with whatever was in it: nothing may read what it has not written.
#![cfg(feature = "flex")]

use burn::module::{ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor, TensorData};
use dir_core::Regressor;
use dir_core::flex::Recycled;
use dir_core::random::Stream;
use dir_nn::resnet::Depth;
use dir_nn::{DepthNetConfig, PairEncoderConfig, ResNetConfig, SentencePairs};

/// Lists of all sizes that may be asked for, full of what is not a number, given back.
fn spoil() {
    let mut lists = Vec::new();
    let mut len = 1 << 13;
    while len < 1 << 21 {
        lists.extend((0..4).map(|_| Recycled::<f32>::any(len)));
        len += len / 5;
    }
    lists.iter_mut().for_each(|list| list.fill(f32::NAN));
}

fn drawn<const D: usize>(shape: [usize; D], key: u64, device: &Device) -> Tensor<D> {
    let mut stream = Stream::new(&[key]);
    let values: Vec<f32> = (0..shape.iter().product()).map(|_| stream.normal() as f32).collect();
    Tensor::from_data(TensorData::new(values, shape), device)
}

/// All gradients of a model, one after the other.
struct All<'a>(&'a GradientsParams, Vec<f32>);

impl ModuleVisitor for All<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.1.extend(
            self.0.get::<D>(param.id).into_iter().flat_map(|g| g.into_data().iter::<f32>().collect::<Vec<_>>()),
        );
    }
}

/// Predictions of a new model, and the gradients of what it gives in training.
fn results<M: Regressor>(init: impl Fn(&Device) -> M, input: impl Fn(&Device) -> M::Input) -> [Vec<f32>; 2] {
    let device = Device::flex().autodiff();
    let model = init(&device);
    let y = model.forward(input(&device));
    let gradients = GradientsParams::from_grads((y.clone() * y).sum().backward(), &model);
    let mut all = All(&gradients, Vec::new());
    model.visit(&mut all);
    let predicted = model.valid().forward(input(&Device::flex()));
    [predicted.into_data().iter().collect(), all.1]
}

fn check<M: Regressor>(what: &str, init: impl Fn(&Device) -> M, input: impl Fn(&Device) -> M::Input) {
    let clean = results(&init, &input);
    assert!(clean.iter().all(|values| !values.is_empty() && values.iter().all(|v| v.is_finite())), "{what}");
    spoil();
    assert_eq!(results(&init, &input), clean, "{what}");
}

#[test]
fn nothing_is_read_before_it_is_written() {
    for depth in [Depth::D18, Depth::D50] {
        let config = ResNetConfig::of_depth(depth).with_width(16);
        let init = |device: &Device| config.init(0, device).expect("valid");
        // Maps of 24 x 25 down to 3 x 4, with rows that are cut off at strides.
        check(&format!("{depth:?}"), init, |device| drawn([12, 3, 48, 50], 1, device));
    }
    let config = DepthNetConfig { encoder: ResNetConfig::of_depth(Depth::D18).with_width(16), fused: 4 };
    check(
        "depth network",
        |device| config.init(0, device).expect("valid"),
        |device| drawn([4, 3, 44, 60], 2, device).into(),
    );
    let sentence = |k: u32| (0..5 + k % 17).map(|word| (k * 7 + word) % 90 + 2).collect();
    let sentences = |first: u32| (first..first + 48).map(sentence).collect();
    let pairs = |_: &Device| SentencePairs { first: sentences(0), second: sentences(31), ..SentencePairs::default() };
    let config = PairEncoderConfig { hidden: 40, dropout: 0.0, ..PairEncoderConfig::default() };
    check("pair encoder", |device| config.init(drawn([100, 30], 3, device), 0).expect("valid"), pairs);
}
