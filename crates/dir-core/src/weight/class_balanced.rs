//! Class-balanced weights: a bin counts by its rows that are new.
//!
//! Of `n` rows drawn where each repeats an earlier one with probability `β` in the long run, `(1 - β^n) / (1 - β)` are new (the effective
//! number), and `w ∝ (1 - β) / (1 - β^n)`. At `β = 0` every bin weighs alike, whatever it holds, near 1 inversely to its rows.
//!
//! # Source
//! Cui, Jia, Lin, Song, Belongie, "Class-balanced loss based on effective number of samples", CVPR 2019, equation 9. Theirs are classes;
//! here they are bins of the target, and with LDS `n` is the effective density.

/// Weight of every bin, before scaling; none where there is nothing.
///
/// # Shapes
/// `density` `[bins]` to `[bins]`.
pub(super) fn weights(density: &[f64], beta: f64) -> Vec<Option<f64>> {
    let new = |n: f64| -(n * beta.ln()).exp_m1() / (1.0 - beta); // 1 - β^n without cancellation
    density.iter().map(|&n| (n > 0.0).then(|| new(n).recip())).collect()
}
