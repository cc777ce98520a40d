//! What users get wrong with pictures and maps: one line that says where, what was found, what was expected.

use std::fs;
use std::path::Path;
use std::process::Output;

use dir_data::npy;
use dir_tests::Program;
use dir_tests::program::mistake;
use image::{ImageBuffer, Luma, Rgb};

const PROGRAM: Program = Program(env!("CARGO_BIN_EXE_nyud2-dir"));

fn picture(folder: &Path, name: &str, width: u32) {
    ImageBuffer::from_fn(width, 40, |x, y| Rgb([x as u8, y as u8, 9])).save(folder.join(name)).expect("writes");
}

fn map(folder: &Path, name: &str, value: u16) {
    ImageBuffer::from_fn(60, 40, |_, _| Luma([value])).save(folder.join(name)).expect("writes");
}

/// Ten good pairs; then the last pair of the list is as asked for.
fn list(folder: &Path, last: &str) {
    let good = |k: u32| {
        picture(folder, &format!("{k}.png"), 60);
        map(folder, &format!("{k}_depth.png"), 900 + 100 * k as u16);
        format!("{k}.png,{k}_depth.png\n")
    };
    let rows: String = (0..10).map(good).collect();
    fs::write(folder.join("list.csv"), format!("image,depth\n{rows}{last}\n")).expect("writes");
}

fn train(folder: &Path, flags: &[&str]) -> Output {
    let mut command = PROGRAM.command();
    command.current_dir(folder).args(["train", "--size", "tiny", "--width", "4", "--short", "36"]);
    command.args(["--epoch", "1", "--quiet", "--csv", "list.csv", "--out", "out"]).args(flags);
    if !flags.contains(&"--crop") {
        command.args(["--crop", "32x48"]);
    }
    command.output().expect("the program starts")
}

#[test]
fn pairs_that_are_wrong() {
    type Make = fn(&Path);
    let cases: [(&str, Make, &[&str], &[&str]); 7] = [
        (
            "w.png,0_depth.png",
            |f| picture(f, "w.png", 70),
            &[],
            &["a map of 60 x 40", "expected 70 x 40, the size of w.png"],
        ),
        (
            "0.png,8.png",
            |f| {
                ImageBuffer::from_pixel(60, 40, Luma([7_u8])).save(f.join("8.png")).expect("writes");
            },
            &["--depth-bits", "16"],
            &["8.png", "a PNG of 8 bits", "16 bits"],
        ),
        ("0.png,none.png", |f| map(f, "none.png", 0), &[], &["none.png", "no valid pixel"]),
        ("0.png,absent.png", |_| (), &[], &["absent.png", "no such picture"]),
        ("0.png,", |_| (), &[], &["list.csv", "no depth map on line 12"]),
        (
            "0.png,1.npy",
            |f| {
                fs::write(f.join("1.npy"), npy::file("<f4", &[1, 1], &(-1.5_f32).to_le_bytes())).expect("writes");
            },
            &[],
            &["1.npy", "the negative depth -1.5"],
        ),
        ("0.png,0.png", |_| (), &[], &["0.png", "a PNG of colours"]),
    ];
    for (last, make, flags, words) in cases {
        let folder = tempfile::tempdir().expect("a temporary folder");
        list(folder.path(), last);
        make(folder.path());
        mistake(&train(folder.path(), flags), words);
        assert!(!folder.path().join("out").exists(), "{last}");
    }
}

#[test]
fn a_mask_of_another_shape() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let data = folder.path().join("data");
    PROGRAM.said(&["synth", "--rows", "12", "--test-rows", "2", "--img-size", "64"], &[("--out", &data)]);
    fs::write(data.join("test_balanced_mask.npy"), npy::file("|u1", &[2, 4, 5], &[1; 40])).expect("writes");
    let small =
        ["train", "--size", "tiny", "--width", "4", "--short", "36", "--crop", "32x48", "--epoch", "1", "--quiet"];
    let output = PROGRAM.run(&small, &[("--data", &data), ("--out", &folder.path().join("out"))]);
    mistake(&output, &["test_balanced_mask.npy", "found shape (2, 4, 5)", "shape (2, 32, 48)"]);
}

#[test]
fn settings_that_make_no_sense() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    list(folder.path(), "0.png,1_depth.png");
    mistake(&train(folder.path(), &["--crop", "12"]), &["--crop", "expected ROWSxCOLUMNS"]);
    mistake(&train(folder.path(), &["--crop", "200x300"]), &["after scaling", "choose a smaller crop"]);
    mistake(&train(folder.path(), &["--crop", "3x4"]), &["expected 32 to 4096"]);
    let nothing = PROGRAM.run(&["train", "--size", "tiny"], &[("--data", folder.path())]);
    mistake(&nothing, &["nyu2_train.csv", "no such file", "synth"]);
    let no_data = PROGRAM.run(&["predict"], &[("--run", folder.path())]);
    mistake(&no_data, &["pipeline.json"]);
}
