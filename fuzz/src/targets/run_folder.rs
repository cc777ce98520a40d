//! Run folder: a small finished run and a comparison of two methods, written as training writes them.

use std::path::Path;

use dir_core::metric::{Bootstrap, EvaluateOptions, Report, evaluate};
use dir_core::random::Stream;
use dir_core::shot::ShotRule;
use dir_train::RunFolder;
use dir_train::compare::{self, Comparison, MethodRuns, Run};
use dir_train::evaluate::{Best, BestEpoch, Metrics, write_metrics};
use dir_train::feature_statistics::FeatureStatistics;

/// Training rows of each bin.
const TRAIN: [u64; 8] = [120, 90, 40, 22, 0, 9, 2, 0];
const TEST_ROWS: usize = 24;

/// A finished run; its metrics.
pub(super) fn write_run(folder: &Path, method: &str, seed: u64) -> anyhow::Result<Report> {
    let run = RunFolder::open(folder)?;
    let shots = ShotRule::default().shots(&TRAIN)?;
    let mut bins = String::from("bin,low,high,train,val,test,density,effective_density,weight,shot\n");
    for (bin, (train, shot)) in TRAIN.iter().zip(&shots).enumerate() {
        let (low, high) = (10 * bin, 10 * bin + 10);
        bins += &format!("{bin},{low},{high},{train},1,3,{train},{}.5,1,{}\n", train / 2, shot.name());
    }
    run.write("bins.csv", bins.as_bytes())?;

    let mut random = Stream::new(&[seed]);
    let at: Vec<usize> = (0..TEST_ROWS).map(|row| row % TRAIN.len()).collect();
    let targets: Vec<f64> = at.iter().map(|bin| 10.0 * *bin as f64 + 5.0).collect();
    let predictions: Vec<f64> = targets.iter().map(|target| target + 3.0 * random.normal()).collect();
    let mut rows = String::from("row,target,prediction,bin,shot,relevance,group\n");
    for (row, bin) in at.iter().enumerate() {
        let (target, prediction, shot) = (targets[row], predictions[row], shots[*bin].name());
        rows += &format!("{row},{target},{prediction},{bin},{shot},0.5,g{}\n", row % 3);
    }
    run.write("predictions.csv", rows.as_bytes())?;
    let options = EvaluateOptions {
        bootstrap: Some(Bootstrap { resamples: 20, ..Bootstrap::default() }),
        ..EvaluateOptions::default()
    };
    let regions = evaluate(&targets, &predictions, &at, &shots, &options)?;

    let mut log = String::from("{\"event\":\"start\",\"format\":1,\"updates\":0}\n");
    for epoch in 0..3 {
        log += &format!(
            "{{\"event\":\"epoch\",\"stage\":1,\"epoch\":{epoch},\"step\":5,\"lr\":0.001,\"train_loss\":{},\"val\":{{\"mae\":{}}},\
             \"fds_distance\":{{\"mean\":0.1,\"variance\":0.2}},\"seconds\":1.5,\"updates\":{}}}\n",
            1.0 / f64::from(epoch + 1),
            5 - epoch,
            5 * (epoch + 1)
        );
    }
    run.write("log.jsonl", log.as_bytes())?;
    run.write(
        "config.toml",
        format!("method = \"{method}\"\n[train]\nlr = 0.001\n[shots]\nkind = \"rows\"\n").as_bytes(),
    )?;
    let features = |shift: f64| {
        (0..TRAIN.len()).map(|bin| (0..4).map(|k| (shift + bin as f64 + f64::from(k)).cos() as f32).collect()).collect()
    };
    FeatureStatistics { count: TRAIN.to_vec(), mean: features(0.0), variance: features(2.0) }.write(&run)?;
    let best = Best { metric: "mae".into(), at: BestEpoch { stage: 1, epoch: 2, value: 3.0 } };
    let metrics = Metrics {
        dataset: "drawn".into(),
        method: method.into(),
        seed,
        target: "y".into(),
        split: "test".into(),
        best,
        regions,
        unseen: None,
        natural: None,
    };
    write_metrics(&run, &metrics)?;
    Ok(regions)
}

/// Two methods with two seeds each; one run has failed.
pub(super) fn write_comparison(folder: &Path) -> anyhow::Result<()> {
    let mut methods = Vec::new();
    for (method, title) in [("vanilla", "Vanilla"), ("sqinv", "SQINV")] {
        let mut runs = Vec::new();
        for seed in 0..2 {
            let place = format!("{method}/seed-{seed}");
            let regions = Some(write_run(&folder.join(&place), method, seed)?);
            runs.push(Run { seed, folder: place.into(), regions, validation: Some(3.5), ..Run::default() });
        }
        methods.push(MethodRuns { method: method.into(), title: title.into(), group: None, runs });
    }
    methods[1].runs.push(Run { seed: 2, failed: Some("the loss was NaN".into()), ..Run::default() });
    let comparison = Comparison {
        dataset: "drawn".into(),
        target: "y".into(),
        seeds: vec![0, 1, 2],
        methods,
        ..Comparison::default()
    };
    Ok(compare::write(folder, &comparison)?)
}
