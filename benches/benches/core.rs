//! `cargo bench -p dir-bench`: dir-core on the CPU. Threads: `RAYON_NUM_THREADS`.

#![allow(clippy::print_stdout)]

use burn::tensor::{Device, Tensor, TensorData};
use dir_bench::{copy_seconds, line, peers, time};
use dir_core::bins::Bins;
use dir_core::fds::{Covariance, Fds, FdsConfig};
use dir_core::kernel::KernelConfig;
use dir_core::metric::{EvaluateOptions, evaluate};
use dir_core::random::Stream;
use dir_core::shot::ShotRule;
use dir_core::weight::{Reweight, WeightConfig};

fn main() {
    println!("threads: {}", rayon::current_num_threads());
    println!("{:<74}{:>14}{:>14}", "what", "median", "least");
    lds();
    statistics();
    covariance();
    calibration();
    metrics();
    peers::run("peers.py", &[]);
}

/// Ages as a bell around 38.
fn ages(n: usize) -> Vec<f64> {
    let mut stream = Stream::new(&[1]);
    (0..n).map(|_| (38.0 + 17.0 * stream.normal()).clamp(0.0, 150.0)).collect()
}

fn lds() {
    let bins = Bins::uniform(0.0, 1.0, 121).expect("valid");
    let config =
        WeightConfig { reweight: Reweight::SqrtInv, lds: Some(KernelConfig::default()), ..WeightConfig::default() };
    for n in [1_000_000, 10_000_000] {
        let targets = ages(n);
        let mut weights = vec![0.0; n];
        let remark =
            |seconds: (f64, f64), copy: f64| format!("{:.2}x a copy of {:.2} ms", seconds.0 / copy, copy * 1e3);

        let copy = copy_seconds(n);
        let seconds = time(15, || config.sample_weights_into(&bins, &targets, &mut weights).expect("valid"));
        line(&format!("LDS weights, {n} targets, into a slice"), seconds, &remark(seconds, copy));
        // A new list costs page faults, for a copy as for the weights.
        let fresh = time(7, || drop(std::hint::black_box(targets.to_vec()))).0;
        let seconds = time(7, || drop(config.sample_weights(&bins, &targets).expect("valid")));
        line(&format!("LDS weights, {n} targets, a new list"), seconds, &remark(seconds, fresh));
        let seconds = time(15, || drop(bins.counts(&targets).expect("valid")));
        line(&format!("label density, {n} targets"), seconds, "the first half of it");
    }
}

fn features(rows: usize, dim: usize) -> Vec<f32> {
    let mut stream = Stream::new(&[2]);
    // A pool of numbers: the statistics do not care, and drawing them all takes longer than the bench.
    let pool: Vec<f32> = (0..65_537).map(|_| stream.unit() as f32).collect();
    (0..rows * dim).map(|k| pool[k % pool.len()]).collect()
}

fn targets(rows: usize) -> Vec<f64> {
    let mut stream = Stream::new(&[3]);
    (0..rows).map(|_| (42.0 + 18.0 * stream.normal()).clamp(0.0, 99.0)).collect()
}

fn fds(dim: usize, covariance: Covariance) -> Fds {
    let bins = Bins::uniform(0.0, 1.0, 100).expect("valid");
    FdsConfig { covariance, ..FdsConfig::default() }.init(&bins, dim).expect("valid")
}

fn statistics() {
    for (rows, repeats) in [(12_208, 5), (191_509, 3)] {
        let dim = 2048;
        let (z, y) = (features(rows, dim), targets(rows));
        let fds = fds(dim, Covariance::Diagonal);
        let seconds = time(repeats, || {
            let mut pass = fds.statistics();
            for (z, y) in z.chunks(1024 * dim).zip(y.chunks(1024)) {
                pass.push_rows(z, y).expect("fits");
            }
            std::hint::black_box(&pass);
        });
        let copy = copy_seconds(z.len() / 2); // as many bytes of f64
        let remark = format!("{:.2}x a copy of {:.2} ms", seconds.0 / copy, copy * 1e3);
        line(&format!("FDS statistics, {rows} x {dim}, 100 bins"), seconds, &remark);
    }
}

fn covariance() {
    for dim in [128, 512] {
        let rows = 12_208;
        let (z, y) = (features(rows, dim), targets(rows));
        let mut fds = fds(dim, Covariance::Full);
        let mut epoch = 0;
        let seconds = time(3, || {
            let mut pass = fds.statistics();
            for (z, y) in z.chunks(4096 * dim).zip(y.chunks(4096)) {
                pass.push_rows(z, y).expect("fits");
            }
            fds.end_of_epoch(epoch, pass).expect("fits");
            epoch += 1;
        });
        line(&format!("FDS full covariance pass, {rows} x {dim}"), seconds, "statistics, average, smoothing");
        let seconds = time(1, || drop(std::hint::black_box(fds.calibration(epoch))));
        line(&format!("FDS full covariance transforms, D = {dim}"), seconds, "200 eigen-decompositions");
    }
}

fn calibration() {
    let dim = 2048;
    let mut fds = fds(dim, Covariance::Diagonal);
    let (z, y) = (features(4096, dim), targets(4096));
    for epoch in 0..2 {
        let mut pass = fds.statistics();
        pass.push_rows(&z, &y).expect("fits");
        fds.end_of_epoch(epoch, pass).expect("fits");
    }
    let device = Device::default().autodiff();
    let calibrator = fds.calibrator(2, &device);
    for rows in [64, 256] {
        let data = TensorData::new(z[..rows * dim].to_vec(), [rows, dim]);
        let batch = Tensor::<2>::from_data(data, &device).require_grad();
        let y = &y[..rows];
        let forward = || calibrator.apply(batch.clone(), y).expect("fits");
        let seconds = time(50, || drop(std::hint::black_box(forward())));
        line(&format!("FDS calibration forward, {rows} x {dim}"), seconds, "");
        let seconds = time(50, || drop(std::hint::black_box(forward().sum().backward())));
        line(&format!("FDS calibration forward + backward, {rows} x {dim}"), seconds, "with the sum that starts it");
    }
}

fn metrics() {
    let n = 1_000_000;
    let y = ages(n);
    let mut stream = Stream::new(&[4]);
    let predictions: Vec<f64> = y.iter().map(|y| y + stream.normal()).collect();
    let bins = Bins::uniform(0.0, 1.0, 121).expect("valid");
    let of_row = bins.assign(&y).expect("valid");
    let shots = ShotRule::default().shots(&bins.counts(&y).expect("valid")).expect("valid");
    let seconds = time(3, || {
        let report = evaluate(&y, &predictions, &of_row, &shots, &EvaluateOptions::default());
        std::hint::black_box(report.expect("valid"));
    });
    line(&format!("all metrics by shot, {n} rows"), seconds, "with both correlations");
}
