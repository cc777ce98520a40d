//! Depths as colours.
//!
//! # Source
//! viridis (van der Walt and Smith, 2015), at nine places with straight lines between: even to the eye, in print and for the
//! colour-blind.

const PLACES: [[u8; 3]; 9] = [
    [68, 1, 84],
    [71, 44, 122],
    [59, 81, 139],
    [44, 113, 142],
    [33, 144, 141],
    [39, 173, 129],
    [92, 200, 99],
    [170, 220, 50],
    [253, 231, 37],
];
/// Where there is no depth.
const NONE: [u8; 3] = [96, 96, 96];

/// Colour of a share from 0, near and bright, to 1; grey for NaN.
pub(crate) fn colour(share: f32) -> [u8; 3] {
    if share.is_nan() {
        return NONE;
    }
    let place = (1.0 - share.clamp(0.0, 1.0)) * (PLACES.len() - 1) as f32;
    let low = (place as usize).min(PLACES.len() - 2);
    let part = place - low as f32;
    std::array::from_fn(|k| {
        let [from, to] = [PLACES[low][k], PLACES[low + 1][k]].map(f32::from);
        (from + part * (to - from)).round() as u8
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_and_middle() {
        assert_eq!([0.0, 0.5, 1.0, 7.0].map(colour), [PLACES[8], PLACES[4], PLACES[0], PLACES[0]]);
        assert_eq!((colour(f32::NAN), colour(0.9375)), (NONE, [70, 23, 103]));
    }
}
