//! Timing against the machine's own limits: each figure beside the copy bandwidth measured in the same run.

#![allow(clippy::print_stderr, clippy::print_stdout)]

pub mod nets;
pub mod peers;
pub mod resampled;
pub mod turns;

use std::time::Instant;

use burn::tensor::{Device, Tensor};
use rayon::prelude::*;

/// Runs a body on a thread of the pool that computes, as programs do: another thread would be woken at every operation.
pub fn in_pool(body: impl FnOnce() + Send) {
    match rayon::current_num_threads() {
        1 => body(), // what a pool of one waits for might wait for it
        _ => rayon::scope(|_| body()),
    }
}

/// Median and least seconds of so many repeats, after one to warm up.
pub fn time(repeats: usize, mut body: impl FnMut()) -> (f64, f64) {
    body();
    let mut seconds: Vec<f64> = (0..repeats)
        .map(|_| {
            let started = Instant::now();
            body();
            started.elapsed().as_secs_f64()
        })
        .collect();
    seconds.sort_by(f64::total_cmp);
    (seconds[seconds.len() / 2], seconds[0])
}

/// Median seconds to copy so many numbers with all threads.
pub fn copy_seconds(len: usize) -> f64 {
    let from = vec![1.0_f64; len];
    let mut to = vec![0.0_f64; len];
    time(7, || {
        let chunks = to.par_chunks_mut(1 << 16).zip(from.par_chunks(1 << 16));
        chunks.for_each(|(to, from)| to.copy_from_slice(from));
    })
    .0
}

/// Operations a second of a large product.
#[must_use]
pub fn rate(device: &Device) -> f64 {
    let [a, b] = [1, 2].map(|key| Tensor::<2>::from_data(nets::drawn([1024, 1024], key), device));
    let (seconds, _) = time(9, || drop(a.clone().matmul(b.clone()).into_data()));
    2.0 * 1024.0_f64.powi(3) / seconds
}

/// A line of the table: what, median, least, and a remark.
pub fn line(what: &str, (median, least): (f64, f64), remark: &str) {
    println!("{what:<74}{:>11.3} ms{:>11.3} ms   {remark}", median * 1e3, least * 1e3);
}
