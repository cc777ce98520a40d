//! The operations out of Burn's own, for every backend.

use burn::backend::Backend;
use burn::backend::ops::BatchNormTrain;
use burn::backend::tensor::FloatTensor;

use super::EPSILON;
use super::extension::After;

pub(super) fn followed<B: Backend>(y: FloatTensor<B>, after: After) -> FloatTensor<B> {
    match after {
        After::Nothing => y,
        After::Relu => B::relu(y),
    }
}

pub(super) fn normalize_batch<B: Backend>(
    x: FloatTensor<B>,
    weight: FloatTensor<B>,
    bias: FloatTensor<B>,
    after: After,
) -> (FloatTensor<B>, FloatTensor<B>, FloatTensor<B>) {
    let BatchNormTrain { output, mean, variance } = B::batch_norm_train(x, weight, bias, EPSILON);
    (followed::<B>(output, after), mean, variance)
}

/// What is negative is found again by normalising again: cheaper than to keep it.
pub(super) fn normalize_batch_backward<B: Backend>(
    gradient: FloatTensor<B>,
    [x, weight, bias, mean, variance]: [FloatTensor<B>; 5],
    after: After,
) -> (FloatTensor<B>, FloatTensor<B>, FloatTensor<B>) {
    let gradient = match after {
        After::Nothing => gradient,
        After::Relu => {
            let y = B::batch_norm(x.clone(), weight.clone(), bias, mean.clone(), variance.clone(), EPSILON);
            B::relu_backward(B::relu(y), gradient)
        }
    };
    let all = B::batch_norm_train_backward(x, weight, mean, variance, EPSILON, gradient);
    (all.x_grad, all.gamma_grad, all.beta_grad)
}
