//! Every verb on a small synthetic data set, as a user meets them.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use dir_data::agedb;
use dir_nn::weights::Weights;
use dir_tests::Program;
use dir_tests::program::{assert_same_runs, empty_folder, kill_after, mae, metrics, mistake};

/// A network that is trained in a second.
const SMALL: [&str; 9] = ["--size", "tiny", "--img-size", "32", "--width", "4", "--epoch", "2", "--quiet"];

const PROGRAM: Program = Program(env!("CARGO_BIN_EXE_agedb-dir"));

/// Where this test program works, emptied when it starts.
fn folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| empty_folder(env!("CARGO_TARGET_TMPDIR"), "agedb-verbs"))
}

/// A data set of about 400 faces.
fn data() -> &'static Path {
    static DATA: OnceLock<PathBuf> = OnceLock::new();
    DATA.get_or_init(|| {
        let data = folder().join("data");
        PROGRAM.said(&["synth", "--rows", "400", "--img-size", "32"], &[("--out", &data)]);
        data
    })
}

fn train(name: &str, flags: &[&str]) -> (PathBuf, String) {
    let out = folder().join(name);
    let arguments = [&["train"], SMALL.as_slice(), flags].concat();
    let text = PROGRAM.said(&arguments, &[("--data", data()), ("--out", &out)]);
    (out, text)
}

#[test]
fn train_eval_predict_export() {
    let (run, text) = train("whole", &["--method", "sqinv+lds+fds"]);
    assert!(text.contains("Median (baseline)") && text.contains("Ridge (baseline)"), "{text}");
    assert!(run.join("report.html").exists());
    assert_eq!(metrics(&run)["dataset"], "agedb-synthetic");
    let table = text.lines().find(|line| line.starts_with("all")).expect("a row for all").to_owned();
    let again = PROGRAM.said(&["eval"], &[("--run", &run)]);
    assert!(again.contains(&table), "{again}");

    let predictions = PROGRAM.said(&["predict"], &[("--run", &run), ("--pictures", &data().join(agedb::FOLDER))]);
    let lines: Vec<&str> = predictions.lines().collect();
    let pictures = fs::read_dir(data().join(agedb::FOLDER)).expect("lists").count();
    assert_eq!((lines[0], lines.len()), ("path,prediction", pictures + 1));
    let (name, number) = lines[1].split_once(',').expect("two columns");
    assert!(agedb::age_of(name).is_some() && number.parse::<f64>().expect("a number").is_finite());

    // An image on which the decoder panics in a worker thread ends the program with its name.
    let panics = folder().join("panics");
    fs::create_dir_all(&panics).expect("creates");
    let regression = "../../crates/dir-data/tests/regressions/zune-jpeg-panic.jpg";
    fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join(regression), panics.join("a.jpg")).expect("copies");
    let output = PROGRAM.run(&["predict"], &[("--run", &run), ("--pictures", &panics)]);
    mistake(&output, &["a.jpg: found decoder panicked: ", "replace it"]);

    let weights = folder().join("network.safetensors");
    PROGRAM.said(&["export"], &[("--run", &run), ("--out", &weights)]);
    let names: Vec<String> = Weights::read(&weights).expect("reads back").names().map(str::to_owned).collect();
    assert!(names.contains(&"linear.weight".into()) && names.contains(&"layer2.0.downsample.1.running_var".into()));
    // Training from them starts where the other run ended.
    let out = folder().join("from");
    let arguments = [&["train"], SMALL.as_slice(), &["--lr", "1e-9"]].concat();
    PROGRAM.said(&arguments, &[("--data", data()), ("--out", &out), ("--pretrained", &weights)]);
    // Weights are kept to f32, batch norms move a little.
    assert!((mae(&out) / mae(&run) - 1.0).abs() < 0.2, "{} {}", mae(&out), mae(&run));
}

#[test]
fn pictures_are_made_of_others() {
    for method in ["smogn+lds+fds", "smoter", "over"] {
        let out = folder().join(method);
        let arguments = ["train", "--size", "tiny", "--img-size", "16", "--epoch", "1", "--method", method];
        let output = PROGRAM.run(&arguments, &[("--data", data()), ("--out", &out)]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && said.contains("re-sampled: "), "{said}");
        assert!(mae(&out).is_finite());
    }
}

#[test]
fn prepare_splits_as_the_official_program_does() {
    let folder = folder().join("prepared");
    fs::create_dir_all(&folder).expect("creates");
    let pictures = folder.join(agedb::FOLDER);
    fs::create_dir_all(&pictures).expect("creates");
    for k in 0..90 {
        fs::write(pictures.join(format!("{k:03}_A_{}_f.jpg", 20 + k % 9)), "not read").expect("writes");
    }
    PROGRAM.said(&["prepare"], &[("--data", &folder)]);
    let list = fs::read_to_string(folder.join("agedb.csv")).expect("a list");
    // By hand: 10 pictures of each of 9 ages, 3 validate and 3 test.
    let count = |part: &str| list.lines().filter(|line| line.ends_with(part)).count();
    assert_eq!((count(",train"), count(",val"), count(",test")), (36, 27, 27));
    let text = PROGRAM.said(&["prepare", "--zero-shot", "22-23,27-99"], &[("--data", &folder)]);
    assert!(text.contains("20 train, 27 validation, 27 test rows"), "{text}");
}

#[test]
fn zero_shot_ranges_are_told_apart() {
    let list = fs::read_to_string(data().join("agedb.csv")).expect("a list");
    let age = |line: &str| line.split(',').next().and_then(|a| a.parse::<f64>().ok()).unwrap_or(-1.0);
    let keeps = |line: &&str| !line.ends_with(",train") || !(30.0..=34.0).contains(&age(line)) && age(line) < 80.0;
    let csv = data().join("zero_shot.csv");
    fs::write(&csv, list.lines().filter(keeps).map(|l| format!("{l}\n")).collect::<String>()).expect("writes");
    let out = folder().join("zero-shot");
    let arguments = [&["train"], SMALL.as_slice()].concat();
    let text = PROGRAM.said(&arguments, &[("--data", data()), ("--csv", &csv), ("--out", &out)]);
    assert!(
        text.contains("between others (interpolation)") && text.contains("beyond the others (extrapolation)"),
        "{text}"
    );
    let unseen = metrics(&out)["unseen"].clone();
    for kind in ["with_data", "interpolation", "extrapolation"] {
        assert!(unseen[kind]["rows"].as_u64() > Some(0), "{unseen}");
    }
}

/// Killed without warning after some checkpoints, and resumed: the same predictions, bit for bit.
#[test]
fn a_killed_run_resumes_to_the_same_numbers() {
    let flags = ["--method", "sqinv+fds", "--checkpoint-steps", "1", "--batch-size", "16"];
    let (whole, _) = train("uninterrupted", &flags);
    let out = folder().join("killed");
    kill_after(&[3, 9, 17], &out, || {
        let mut command = PROGRAM.command();
        command.arg("train").args(SMALL).args(flags).arg("--data").arg(data()).arg("--out").arg(&out);
        command
    });
    train("killed", &flags);
    assert_same_runs(&whole, &out);
}

/// IDX files of ten garments, drawn: a bright line whose place tells the class.
fn garments() -> PathBuf {
    let folder = folder().join("garments");
    fs::create_dir_all(&folder).expect("creates");
    for (part, count) in [("train", 200_u32), ("t10k", 100)] {
        let pixel = |n: u32, k: u32| if k / 12 == n % 10 { 255 } else { (n * 7 + k) as u8 % 60 };
        let pixels = (0..count).flat_map(|n| (0..144).map(move |k| pixel(n, k)));
        let file = |sizes: &[u32], values: Vec<u8>| {
            let sizes: Vec<u8> = sizes.iter().flat_map(|size| size.to_be_bytes()).collect();
            [vec![0, 0, 8, (sizes.len() / 4) as u8], sizes, values].concat()
        };
        let write =
            |name: &str, bytes: Vec<u8>| fs::write(folder.join(format!("{part}-{name}")), bytes).expect("writes");
        write("images-idx3-ubyte", file(&[count, 12, 12], pixels.collect()));
        write("labels-idx1-ubyte", file(&[count], (0..count).map(|n| (n % 10) as u8).collect()));
    }
    folder
}

#[test]
fn categories_and_turns_of_equal_density() {
    let sets = folder().join("sets");
    let text =
        PROGRAM.said(&["equal-densities", "--rows", "400"], &[("--fashion-mnist", &garments()), ("--out", &sets)]);
    assert!(text.contains("two sets of 2800 pictures"), "{text}");
    for (name, says_a_class) in [("categories", true), ("turns", false)] {
        let (config, run) = (sets.join(format!("{name}.toml")), folder().join(name));
        let arguments = ["train", "--size", "tiny", "--img-size", "24", "--width", "4", "--epoch", "1", "--quiet"];
        PROGRAM.said(&arguments, &[("--config", &config), ("--out", &run)]);
        let report = fs::read_to_string(run.join("report.html")).expect("a report");
        assert_eq!(report.contains("share of test rows in another bin"), says_a_class, "{name}");
        let bins = fs::read_to_string(run.join("bins.csv")).expect("bins");
        let train: Vec<&str> = bins.lines().skip(1).filter_map(|line| line.split(',').nth(3)).collect();
        assert_eq!((train.len(), train[0], train[99]), (100, "1", "1"), "{name}: {bins}");
    }
}
