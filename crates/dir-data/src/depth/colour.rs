//! Colours of a training picture: lighting, jitter, normalisation.
//!
//! # Source
//! Official `nyud2-dir/nyu_transform.py` and `loaddata.py` at a6fdc45: shifts along the principal components of ImageNet's
//! colours (Krizhevsky et al., 2012), then brightness, contrast and saturation in random order, nothing clamped; at last
//! ImageNet's mean and deviation.

use super::DepthDrawn;

/// Mean of ImageNet's channels.
pub const MEAN: [f32; 3] = [0.485, 0.456, 0.406];
/// Deviation of ImageNet's channels.
pub const STD: [f32; 3] = [0.229, 0.224, 0.225];

/// Variances along the principal components.
const VALUES: [f32; 3] = [0.2175, 0.0188, 0.0045];
/// The components: a row per channel.
const VECTORS: [[f32; 3]; 3] = [[-0.5675, 0.7192, 0.4009], [-0.5808, -0.0045, -0.8140], [-0.5836, -0.6948, 0.4203]];
/// How bright a colour looks.
const GREY: [f32; 3] = [0.299, 0.587, 0.114];

/// What jitter changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Jitter {
    /// Towards black.
    Brightness,
    /// Towards the mean grey.
    Contrast,
    /// Towards the grey of each pixel.
    Saturation,
}

impl Jitter {
    pub(super) const EACH: [Self; 3] = [Self::Brightness, Self::Contrast, Self::Saturation];
}

/// `[3, pixels]` normalised from bytes `[pixels, 3]`, with what was drawn for the picture.
pub(super) fn normalised(bytes: &[u8], drawn: Option<&DepthDrawn>) -> Vec<f32> {
    let pixels = bytes.len() / 3;
    let mut planes = vec![0.0; 3 * pixels];
    for (channel, plane) in planes.chunks_exact_mut(pixels.max(1)).enumerate() {
        plane.iter_mut().zip(bytes.iter().skip(channel).step_by(3)).for_each(|(x, &byte)| *x = f32::from(byte) / 255.0);
    }
    if let Some(drawn) = drawn {
        light(&mut planes, drawn.lighting);
        drawn.jitter.iter().for_each(|&(kind, alpha)| jitter(&mut planes, kind, alpha));
    }
    for (channel, plane) in planes.chunks_exact_mut(pixels.max(1)).enumerate() {
        plane.iter_mut().for_each(|x| *x = (*x - MEAN[channel]) / STD[channel]);
    }
    planes
}

fn light(planes: &mut [f32], alpha: [f32; 3]) {
    let pixels = planes.len() / 3;
    for (plane, vector) in planes.chunks_exact_mut(pixels.max(1)).zip(VECTORS) {
        let shift: f32 = (0..3).map(|k| vector[k] * alpha[k] * VALUES[k]).sum();
        plane.iter_mut().for_each(|x| *x += shift);
    }
}

/// `x + alpha · (reference - x)`.
fn jitter(planes: &mut [f32], kind: Jitter, alpha: f32) {
    let pixels = planes.len() / 3;
    let grey = |planes: &[f32], k: usize| (0..3).map(|c| GREY[c] * planes[c * pixels + k]).sum::<f32>();
    let reference: Vec<f32> = match kind {
        Jitter::Brightness => vec![0.0; pixels],
        Jitter::Contrast => {
            let mean = (0..pixels).map(|k| f64::from(grey(planes, k))).sum::<f64>() / pixels.max(1) as f64;
            vec![mean as f32; pixels]
        }
        Jitter::Saturation => (0..pixels).map(|k| grey(planes, k)).collect(),
    };
    for plane in planes.chunks_exact_mut(pixels.max(1)) {
        plane.iter_mut().zip(&reference).for_each(|(x, reference)| *x += alpha * (reference - *x));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_by_hand() {
        // Pixels (255, 0, 51) and (0, 255, 0).
        let plain = normalised(&[255, 0, 51, 0, 255, 0], None);
        assert!((plain[0] - (1.0 - 0.485) / 0.229).abs() < 1e-6 && (plain[4] - (0.2 - 0.406) / 0.225).abs() < 1e-6);
        let with = |kind, alpha| {
            let drawn = DepthDrawn { jitter: vec![(kind, alpha)], ..DepthDrawn::default() };
            let planes = normalised(&[255, 0, 51, 0, 255, 0], Some(&drawn));
            [0, 2, 4].map(|k| planes[k] * STD[k / 2] + MEAN[k / 2])
        };
        let close = |found: [f32; 3], expected: [f32; 3]| found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-5);
        assert!(close(with(Jitter::Brightness, 0.4), [0.6, 0.0, 0.12]));
        let grey = 0.299 + 0.114 * 0.2; // of the first pixel
        assert!(close(with(Jitter::Saturation, 1.0), [grey; 3]));
        assert!(close(with(Jitter::Contrast, 1.0), [(grey + 0.587) / 2.0; 3]));
        let lit = normalised(&[0; 3], Some(&DepthDrawn { lighting: [1.0, 0.0, 0.0], ..DepthDrawn::default() }));
        assert!((lit[0] * STD[0] + MEAN[0] + 0.5675 * 0.2175).abs() < 1e-6);
    }
}
