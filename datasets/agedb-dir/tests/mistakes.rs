//! What users get wrong with pictures and weights: one line that says where, what was found, what was expected.

use std::fs;
use std::io::Cursor;
use std::path::Path;
use std::process::{Command, Output};

use dir_tests::program::mistake;
use image::{DynamicImage, ImageFormat, RgbImage};
use tempfile::TempDir;

/// A JPEG that makes the decoder panic.
const PANIC: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../crates/dir-data/tests/regressions/zune-jpeg-panic.jpg");

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn picture(format: ImageFormat, k: u32) -> Vec<u8> {
    let image = RgbImage::from_fn(20, 20, |x, y| image::Rgb([(x * 12) as u8, (y * 12) as u8, (k % 255) as u8]));
    let mut bytes = Vec::new();
    DynamicImage::ImageRgb8(image).write_to(&mut Cursor::new(&mut bytes), format).expect("encodes");
    bytes
}

/// 60 good pictures and their list; the first is replaced.
fn set(folder: &Path, first: &[u8]) {
    let mut list = String::from("age,path,split\n");
    for k in 0..60 {
        let bytes = if k == 0 { first.to_vec() } else { picture(ImageFormat::Jpeg, k) };
        fs::write(folder.join(format!("{k}.jpg")), bytes).expect("writes");
        list += &format!("{},{k}.jpg,{}\n", 20 + k % 10, ["train", "train", "val", "test"][k as usize % 4]);
    }
    fs::write(folder.join("agedb.csv"), list).expect("writes");
}

fn train(folder: &Path, flags: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_agedb-dir"))
        .current_dir(folder)
        .args(["train", "--size", "tiny", "--width", "2", "--epoch", "1", "--data", ".", "--out", "out"])
        .args(if flags.contains(&"--img-size") { &[][..] } else { &["--img-size", "16"] })
        .args(flags)
        .output()
        .expect("the program starts")
}

#[test]
fn broken_pictures_are_named() {
    let whole = picture(ImageFormat::Jpeg, 0);
    for (first, words) in [
        (whole[..whole.len() / 2].to_vec(), ["0.jpg", "a truncated JPEG"]),
        (Vec::new(), ["0.jpg", "an empty file"]),
        (b"<html>".to_vec(), ["0.jpg", "neither JPEG nor PNG"]),
        (fs::read(PANIC).expect("reads"), ["0.jpg", "decoder panicked: "]),
    ] {
        let folder = folder();
        set(folder.path(), &first);
        let advice = "; replace it, or leave it out; --broken skip leaves out all that are broken\n";
        mistake(&train(folder.path(), &[]), &[words[0], words[1], advice]);
        assert!(!folder.path().join("out").exists(), "a folder was left");
        let skipped = train(folder.path(), &["--broken", "skip"]);
        let said = String::from_utf8_lossy(&skipped.stderr).into_owned();
        assert!(
            skipped.status.success() && said.contains("1 of 60 pictures left out") && said.contains(words[1]),
            "{said}"
        );
        // Predictions have no such flag, and no such advice.
        let mut predict = Command::new(env!("CARGO_BIN_EXE_agedb-dir"));
        let predict = predict.current_dir(folder.path()).args(["predict", "--run", "out", "--pictures", "."]).output();
        let advice = ", expected a whole JPEG or PNG; replace it, or leave it out\n";
        mistake(&predict.expect("the program starts"), &[words[0], words[1], advice]);
    }
}

#[test]
fn images_beyond_max_memory_are_named() {
    let folder = folder();
    let large = RgbImage::from_pixel(700, 700, image::Rgb([9, 9, 9]));
    let mut bytes = Vec::new();
    DynamicImage::ImageRgb8(large).write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).expect("encodes");
    set(folder.path(), &bytes);
    let words =
        ["0.jpg: found an image of 700 x 700 pixels, which needs 2 MiB", "1 MiB is allowed (--max-memory raises it)"];
    mistake(&train(folder.path(), &["--max-memory", "1"]), &words);
    mistake(&train(folder.path(), &["--max-memory", "0"]), &["--max-memory", "0"]);
    assert!(train(folder.path(), &["--max-memory", "2"]).status.success());
}

#[test]
fn odd_pictures_are_read() {
    let folder = folder();
    set(folder.path(), &picture(ImageFormat::Png, 0)); // a PNG named .jpg
    let deep = DynamicImage::new_rgb16(20, 20);
    deep.save_with_format(folder.path().join("1.jpg"), ImageFormat::Png).expect("writes");
    let cmyk = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../crates/dir-data/tests/pictures/cmyk.jpg");
    fs::copy(cmyk, folder.path().join("2.jpg")).expect("copies");
    let output = train(folder.path(), &[]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn lists_and_places() {
    let folder = folder();
    set(folder.path(), &picture(ImageFormat::Jpeg, 0));
    let list = fs::read_to_string(folder.path().join("agedb.csv")).expect("reads");
    let edit =
        |from: &str, to: &str| fs::write(folder.path().join("agedb.csv"), list.replacen(from, to, 1)).expect("writes");
    edit("21,1.jpg", "unknown,1.jpg");
    mistake(&train(folder.path(), &[]), &["agedb.csv, line 3", "age \"unknown\"", "expected a number"]);
    edit("1.jpg", "absent.jpg");
    mistake(&train(folder.path(), &[]), &["absent.jpg", "no such picture", "check the folder and the paths"]);
    edit("1.jpg", "../1.jpg");
    mistake(&train(folder.path(), &[]), &["../1.jpg", "leads out of"]);
    edit("age,path,split", "years,path,split");
    mistake(&train(folder.path(), &[]), &["agedb.csv, line 1", "expected the columns path and age"]);
    mistake(&train(folder.path(), &["--csv", "absent.csv"]), &["absent.csv", "no such file", "prepare"]);
    edit("", "");
    mistake(&train(folder.path(), &["--pictures", "absent.tar"]), &["absent.tar", "expected a folder or a tar"]);
    mistake(&train(folder.path(), &["--pictures", "agedb.csv"]), &["agedb.csv", "expected a folder or a tar"]);
    mistake(&train(folder.path(), &["--img-size", "3"]), &["--img-size 3", "16 to 4096"]);
    mistake(&train(folder.path(), &["--depth", "19"]), &["19", "18, 34, 50 or 101"]);
}

#[test]
fn weights() {
    let folder = folder();
    set(folder.path(), &picture(ImageFormat::Jpeg, 0));
    let path = folder.path().join("w.pth");
    fs::write(&path, "not a pickle").expect("writes");
    mistake(
        &train(folder.path(), &["--pretrained", "w.pth"]),
        &["w.pth", "something else", "expected weights saved by torch.save"],
    );
    // The shortest zip there is: an empty archive.
    fs::write(&path, [b"PK\x05\x06".as_slice(), &[0; 18]].concat()).expect("writes");
    mistake(&train(folder.path(), &["--pretrained", "w.pth"]), &["w.pth", "something else"]);
    mistake(
        &train(folder.path(), &["--pretrained", "absent.pth"]),
        &["absent.pth", "expected a file that can be read"],
    );
}
