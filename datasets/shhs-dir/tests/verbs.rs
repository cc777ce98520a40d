//! Every verb on a few made-up nights, as a user meets them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use dir_data::npy;
use dir_nn::weights::Weights;
use dir_tests::Program;
use dir_tests::program::{assert_same_runs, empty_folder, kill_after, metrics, said};

const PROGRAM: Program = Program(env!("CARGO_BIN_EXE_shhs-dir"));
/// A network that is trained in a few seconds.
const SMALL: [&str; 15] = [
    "--size",
    "tiny",
    "--width",
    "2",
    "--hidden",
    "4",
    "--rate",
    "8",
    "--windows",
    "3",
    "--epoch",
    "3",
    "--batch-size",
    "8",
    "--quiet",
];

/// Where this test program works, emptied when it starts.
fn folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| empty_folder(env!("CARGO_TARGET_TMPDIR"), "shhs-verbs"))
}

fn data() -> &'static Path {
    static DATA: OnceLock<PathBuf> = OnceLock::new();
    DATA.get_or_init(|| {
        let data = folder().join("data");
        let text = PROGRAM.said(&["synth", "--rows", "60", "--minutes", "3"], &[("--out", &data)]);
        assert!(text.contains("60 nights of 3 minutes, made up by a program"), "{text}");
        data
    })
}

fn train_command(out: &Path, flags: &[&str]) -> Command {
    let mut command = PROGRAM.command();
    command.arg("train").args(SMALL).args(flags).arg("--data").arg(data()).arg("--out").arg(out);
    command
}

fn train(name: &str, flags: &[&str]) -> (PathBuf, String) {
    let out = folder().join(name);
    let text = said(&train_command(&out, flags).output().expect("the program starts"));
    (out, text)
}

#[test]
fn train_eval_predict_export() {
    let (run, text) = train("whole", &["--method", "inv+lds+fds"]);
    assert!(text.contains("Median (baseline)") && text.contains("Ridge (baseline)"), "{text}");
    let found = metrics(&run);
    assert_eq!(found["dataset"].as_str(), Some("shhs-synthetic"));
    let rows = found["regions"]["all"]["rows"].as_u64().expect("test rows");
    assert!((5..=12).contains(&rows), "a seventh of 60: {rows}");
    let predictions = fs::read_to_string(run.join("predictions.csv")).expect("predictions");
    let first: Vec<&str> = predictions.lines().nth(1).expect("a row").split(',').collect();
    assert!(first[0].starts_with("2000"), "nsrrid: {first:?}");

    let table = text.lines().find(|line| line.starts_with("all")).expect("a row for all").to_owned();
    let again = PROGRAM.said(&["eval"], &[("--run", &run)]);
    assert!(again.contains(&table), "{again}");

    // One recording, by name; the same through a list gives the same number.
    let night = data().join("polysomnography/edfs/shhs1").join(format!("shhs1-{}.edf", first[0]));
    let text = PROGRAM.said(&["predict", &night.display().to_string()], &[("--run", &run)]);
    let expected: f64 = first[2].parse().expect("a number");
    let found: f64 = text.trim_end().rsplit(',').next().and_then(|n| n.parse().ok()).expect("a prediction");
    assert!((found - expected).abs() < 1e-3 * expected.abs().max(1.0), "{found} {expected}");
    let list = folder().join("new.csv");
    fs::write(&list, format!("path\n{}\n", night.display())).expect("writes");
    assert_eq!(PROGRAM.said(&["predict"], &[("--run", &run), ("--csv", &list)]), text);

    let weights = folder().join("network.safetensors");
    PROGRAM.said(&["export"], &[("--run", &run), ("--out", &weights)]);
    let names: Vec<String> = Weights::read(&weights).expect("reads back").names().map(str::to_owned).collect();
    assert!(
        names.contains(&"windows.stages.3.1.conv2.weight".into()) && names.contains(&"head.bias".into()),
        "{names:?}"
    );
    let from = weights.display().to_string();
    let (_, text) = train("from-weights", &["--pretrained", &from]);
    assert!(text.contains("Vanilla, seed 0"), "{text}");
}

#[test]
fn a_killed_run_goes_on_to_the_same_numbers() {
    let flags = ["--method", "fds", "--checkpoint-steps", "1"];
    let (whole, _) = train("never-killed", &flags);
    let killed = folder().join("killed");
    let kills = kill_after(&[2, 7, 11], &killed, || train_command(&killed, &flags));
    assert!(kills >= 1, "killed {kills} times");
    train("killed", &flags);
    assert_same_runs(&whole, &killed);
}

/// Arrays of two signals at 4 Hz, three rows of each of eight people; the target is the height of a wave.
fn own_list() -> PathBuf {
    let own = folder().join("own");
    fs::create_dir_all(&own).expect("creates");
    let mut list = String::from("path,from,to,height,group\n");
    for person in 0..8_u32 {
        let height = |minute: usize| f64::from(person + 1) + minute as f64;
        let wave = (0..720).map(|k| (height(k / 240) * (k as f64 * 0.3).sin()) as f32);
        let noise = (0..720_u32).map(|k| ((k * (person + 7)) % 13) as f32);
        let bytes: Vec<u8> = wave.chain(noise).flat_map(f32::to_le_bytes).collect();
        fs::write(own.join(format!("{person}.npy")), npy::file("<f4", &[2, 720], &bytes)).expect("writes");
        for minute in 0..3 {
            let [from, to] = [60 * minute, 60 * (minute + 1)];
            list += &format!("{person}.npy,{from},{to},{},person {person}\n", height(minute));
        }
    }
    let path = own.join("list.csv");
    fs::write(&path, list).expect("writes");
    path
}

#[test]
fn a_list_of_ones_own_is_cross_validated_by_its_groups() {
    let (list, out) = (own_list(), folder().join("folds"));
    let own = [
        "compare",
        "--size",
        "tiny",
        "--width",
        "2",
        "--hidden",
        "4",
        "--target",
        "height",
        "--channels",
        "wave,noise",
        "--array-rate",
        "4",
        "--rate",
        "4",
        "--window",
        "10",
        "--standardise",
        "train",
        "--bins",
        "10",
        "--methods",
        "vanilla,inv",
        "--seeds",
        "2",
        "--folds",
        "4",
        "--quiet",
    ];
    let config = folder().join("quick.toml");
    fs::write(&config, "[train]\nepochs = 2\nbatch = 4\n").expect("writes");
    let flags = [("--csv", list.as_path()), ("--config", &config), ("--out", &out)];
    let text = PROGRAM.said(&own, &flags);
    assert!(
        text.contains("MAE minus that of Vanilla") && text.contains("MAE of the mean of each of 8 groups"),
        "{text}"
    );
    // Every row is tested once per seed, by a fold that has none of its group elsewhere.
    let pooled = fs::read_to_string(out.join("vanilla/seed-1/predictions.csv")).expect("pooled");
    let mut rows: Vec<usize> = pooled.lines().skip(1).filter_map(|line| line.split(',').next()?.parse().ok()).collect();
    rows.sort_unstable();
    assert_eq!(rows, (0..24).collect::<Vec<_>>());
    assert!(pooled.lines().next().is_some_and(|head| head.ends_with(",group")), "{pooled}");
    let fold = fs::read_to_string(out.join("vanilla/seed-1/fold-2/predictions.csv")).expect("a fold");
    assert_eq!(fold.lines().count(), 1 + 2 * 3, "two people: {fold}");
    let all = metrics(&out.join("vanilla/seed-1"));
    assert_eq!(all["regions"]["all"]["rows"].as_u64(), Some(24));
    assert!(out.join("report.html").is_file());
    // A grid that is done is only read.
    assert_eq!(PROGRAM.said(&own, &flags), text);
}

#[test]
fn rare_recordings_come_again_and_none_are_blended() {
    let (run, _) = train("over", &["--method", "over"]);
    let bins = fs::read_to_string(run.join("bins.csv")).expect("bins");
    let column =
        |k: usize| -> u64 { bins.lines().skip(1).filter_map(|l| l.split(',').nth(k)?.parse::<u64>().ok()).sum() };
    assert!(column(6) > column(3), "more rows are trained on than there are: {bins}");
    let mut command = train_command(&folder().join("smogn"), &["--method", "smogn"]);
    let said = String::from_utf8_lossy(&command.output().expect("the program starts").stderr).into_owned();
    assert!(said.contains("expected one that leaves them as they are: over or under"), "{said}");
}

#[test]
fn apnea_audit_and_fetch() {
    let beats = folder().join("beats");
    fs::create_dir_all(beats.join("npy")).expect("creates");
    fs::write(beats.join("records.csv"), format!("record,minute_labels\na01,{}\n", "01".repeat(40))).expect("writes");
    let numbers: Vec<u8> = [0.0_f32, 80.0, 1.0, 1.2].iter().flat_map(|x| x.to_le_bytes()).collect();
    fs::write(beats.join("npy/a01.npy"), npy::file("<f4", &[2, 2], &numbers)).expect("writes");
    let text = PROGRAM.said(&["apnea-ecg"], &[("--data", &beats), ("--out", &folder().join("apnea"))]);
    assert!(text.contains("1 records as heart rate at 4 Hz, 5 rows of 60 minutes"), "{text}");
    let audit = PROGRAM.said(&["audit"], &[("--data", data()), ("--out", &folder().join("audit"))]);
    assert!(audit.contains("imbalance ratio") && audit.contains("Advice"), "{audit}");
    let text = PROGRAM.said(&["fetch"], &[]);
    assert!(text.contains("sleepdata.org/datasets/shhs") && text.contains("synth --out nights"), "{text}");
}
