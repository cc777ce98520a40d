//! Every verb on a few drawn rooms, as a user meets them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use dir_data::npy;
use dir_nn::weights::Weights;
use dir_tests::Program;
use dir_tests::program::{assert_same_runs, empty_folder, kill_after, metrics};
use image::DynamicImage;

const PROGRAM: Program = Program(env!("CARGO_BIN_EXE_nyud2-dir"));
/// A network that is trained in a few seconds.
const SMALL: [&str; 13] = [
    "--size",
    "tiny",
    "--width",
    "4",
    "--short",
    "36",
    "--crop",
    "32x48",
    "--epoch",
    "3",
    "--batch-size",
    "6",
    "--quiet",
];

/// Where this test program works, emptied when it starts.
fn folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| empty_folder(env!("CARGO_TARGET_TMPDIR"), "nyud2-verbs"))
}

fn data() -> &'static Path {
    static DATA: OnceLock<PathBuf> = OnceLock::new();
    DATA.get_or_init(|| {
        let data = folder().join("data");
        let text =
            PROGRAM.said(&["synth", "--rows", "36", "--test-rows", "5", "--img-size", "64"], &[("--out", &data)]);
        assert!(text.contains("36 training and 5 test pictures"), "{text}");
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
    let text = dir_tests::program::said(&train_command(&out, flags).output().expect("the program starts"));
    (out, text)
}

fn open(path: &Path) -> DynamicImage {
    image::open(path).expect("a picture")
}

#[test]
fn train_eval_predict_export() {
    let (run, text) = train("whole", &["--method", "inv+lds+fds"]);
    assert!(
        text.contains("a constant, the training mean:") && text.contains("the training mean of every place:"),
        "{text}"
    );
    let found = metrics(&run);
    assert_eq!((found["dataset"].as_str(), found["best"]["metric"].as_str()), (Some("nyud2-synthetic"), Some("rmse")));
    let all = &found["regions"]["all"];
    assert_eq!(all["rows"].as_u64(), Some(5 * 32 * 48));
    assert!(all["depth"]["delta1"].as_f64().is_some_and(|d| (0.0..=1.0).contains(&d)) && all["spearman"].is_null());
    let report = fs::read_to_string(run.join("report.html")).expect("a report");
    assert!(report.contains("AbsRel") && report.contains("Pixels"));
    let errors = fs::read_to_string(run.join("errors.csv")).expect("errors by bin");
    let pixels: u64 =
        errors.lines().skip(1).map(|l| l.split(',').nth(1).and_then(|n| n.parse().ok()).unwrap_or(0)).sum();
    assert_eq!(pixels, 5 * 32 * 48);

    let table = text.lines().find(|line| line.starts_with("all")).expect("a row for all").to_owned();
    let again = PROGRAM.said(&["eval"], &[("--run", &run)]);
    assert!(again.contains(&table), "{again}");
    // The test list's own pairs, as other data: the same numbers.
    let list = data().join("nyu2_test.csv");
    let again = PROGRAM.said(&["eval"], &[("--run", &run), ("--csv", &list)]);
    assert!(again.contains(&table), "{again}");

    let maps = folder().join("maps");
    PROGRAM.said(&["predict", "--most", "2"], &[("--run", &run), ("--csv", &list), ("--out", &maps)]);
    let csv = fs::read_to_string(maps.join("predictions.csv")).expect("a list");
    let row: Vec<&str> = csv.lines().nth(1).expect("a picture").split(',').collect();
    assert!(csv.lines().count() == 3 && row[5].parse::<f64>().is_ok_and(|rmse| rmse < 10.0), "{csv}");
    let map = open(&maps.join(row[1]));
    assert_eq!((map.width(), map.height()), (64, 48));
    let map = map.as_luma16().expect("16 bits").iter().map(|&mm| f64::from(mm) / 1000.0);
    let mean = map.sum::<f64>() / (64.0 * 48.0);
    assert!((mean - row[3].parse::<f64>().expect("a mean")).abs() < 0.01, "{mean}: {csv}");
    let view = open(&maps.join(row[1].replace("_depth.png", "_view.png")));
    assert_eq!((view.width(), view.height()), (3 * 64, 48));

    // Pictures alone, of a folder.
    let alone = folder().join("alone");
    let pictures = data().join("nyu2_test");
    PROGRAM.said(&["predict", "--most", "1"], &[("--run", &run), ("--pictures", &pictures), ("--out", &alone)]);
    assert_eq!(fs::read_dir(&alone).expect("maps").count(), 3);

    let weights = folder().join("network.safetensors");
    PROGRAM.said(&["export"], &[("--run", &run), ("--out", &weights)]);
    let names: Vec<String> = Weights::read(&weights).expect("reads back").names().map(str::to_owned).collect();
    assert!(names.contains(&"R.conv2.weight".into()) && names.contains(&"E.layer1.0.conv1.weight".into()), "{names:?}");
}

#[test]
fn a_killed_run_goes_on_to_the_same_numbers() {
    let (whole, _) = train("never-killed", &["--method", "fds", "--checkpoint-steps", "1"]);
    let killed = folder().join("killed");
    let kills =
        kill_after(&[2, 7, 11], &killed, || train_command(&killed, &["--method", "fds", "--checkpoint-steps", "1"]));
    assert!(kills >= 1, "killed {kills} times");
    train("killed", &["--method", "fds", "--checkpoint-steps", "1"]);
    assert_same_runs(&whole, &killed);
}

#[test]
fn a_classifier_has_a_channel_per_bin() {
    let (run, text) = train("classes", &["--method", "classify+inv+fds", "--bins", "12"]);
    let table = text.lines().find(|line| line.starts_with("all")).expect("a row for all").to_owned();
    let again = PROGRAM.said(&["eval"], &[("--run", &run)]);
    assert!(again.contains(&table), "{again}");
    let (maps, list) = (folder().join("maps-of-classes"), data().join("nyu2_test.csv"));
    PROGRAM.said(&["predict", "--most", "1"], &[("--run", &run), ("--csv", &list), ("--out", &maps)]);
    let csv = fs::read_to_string(maps.join("predictions.csv")).expect("a list");
    let row: Vec<f64> = csv.lines().nth(1).expect("a picture").split(',').filter_map(|n| n.parse().ok()).collect();
    assert!(row[0] > 0.0 && row[2] < 20.0, "depths lie in their bins: {csv}");
}

#[test]
fn one_list_of_ones_own() {
    let own = folder().join("own");
    fs::create_dir_all(&own).expect("creates");
    let mut list = String::from("image,depth\n");
    for k in 0..12_u32 {
        let picture =
            image::RgbImage::from_fn(60, 40, |x, y| image::Rgb([(x * 4) as u8, (y * k) as u8, (k * 20) as u8]));
        picture.save(own.join(format!("{k}.png"))).expect("writes");
        // Arrays of 4-byte numbers; NaN and 0 stand for nothing.
        let value = |i: u32| if i.is_multiple_of(50) { f32::NAN } else { (i % 60) as f32 * 0.5 + k as f32 };
        let numbers: Vec<u8> = (0..40 * 60).flat_map(|i| value(i).to_le_bytes()).collect();
        fs::write(own.join(format!("{k}.npy")), npy::file("<f4", &[40, 60], &numbers)).expect("writes");
        list += &format!("{k}.png,{k}.npy\n");
    }
    fs::write(own.join("list.csv"), list).expect("writes");
    let out = folder().join("own-run");
    let arguments = [&["train"], SMALL.as_slice(), &["--bins", "20", "--method", "inv+lds+fds"]].concat();
    PROGRAM.said(&arguments, &[("--csv", &own.join("list.csv")), ("--out", &out)]);
    let bins = fs::read_to_string(out.join("bins.csv")).expect("bins");
    assert_eq!(bins.lines().count(), 21, "{bins}");
    let rows = metrics(&out)["regions"]["all"]["rows"].as_u64().expect("pixels");
    assert!(rows > 0 && rows < 3 * 32 * 48, "pixels without depth do not count: {rows}");
}

#[test]
fn compare_and_audit() {
    let out = folder().join("compare");
    let mut flags = SMALL.to_vec();
    flags.retain(|flag| !["--epoch", "3", "--batch-size", "6"].contains(flag));
    let config = folder().join("quick.toml");
    fs::write(&config, "[train]\nepochs = 2\nbatch = 12\n").expect("writes");
    let arguments =
        [&["compare"], flags.as_slice(), &["--methods", "vanilla,fds", "--seeds", "1", "--jobs", "1"]].concat();
    let text = PROGRAM.said(&arguments, &[("--data", data()), ("--out", &out), ("--config", &config)]);
    assert!(
        text.contains("RMSE all") && text.contains("δ1 few") && text.contains("MSE minus that of Vanilla"),
        "{text}"
    );
    let audit = PROGRAM.said(&["audit", "--size", "tiny"], &[("--data", data()), ("--out", &folder().join("audit"))]);
    assert!(audit.contains("imbalance ratio") && audit.contains("Advice"), "{audit}");
}

#[test]
fn fetch_says_what_there_is() {
    let text = PROGRAM.said(&["fetch"], &[]);
    assert!(text.contains("50,688") && text.contains("synth --out rooms"), "{text}");
}
