//! Targets that read lists of files, sentences and subjects.

use std::hint::black_box;
use std::path::PathBuf;

use dir_data::agedb::age_of;
use dir_data::depth::PairList;
use dir_data::images::{Listing, Order, Store};
use dir_data::shhs::{self, ShhsOptions};
use dir_data::signals::{Channel, RecordingList};
use dir_data::text::{PairColumns, Pairs, stsb};

use crate::target::{Outcome, Scratch, Seeds, Target, texts};

const LIST: &[&[u8]] = &[
    b"path,age,split\n",
    b"image,depth,split\n",
    b"path,target,from,to,group,split\n",
    b"sentence1,sentence2,score\n",
    b"nsrrid,gh_s1\n",
    b"train",
    b"val",
    b"test",
    b"dev",
    b"../",
    b"C:\\",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\"",
    b"\t",
];

pub(super) static TARGETS: [Target; 9] = [
    Target::text("image-list", images, image_lists, LIST, 1 << 13),
    Target::text("depth-list", depths, depth_lists, LIST, 1 << 13),
    Target::text("signal-list", signals, signal_lists, LIST, 1 << 13),
    Target::text("sentence-pairs", pairs, pair_lists, LIST, 1 << 13),
    Target::text("glue-files", glue, glue_files, LIST, 1 << 13),
    Target::text("shhs-survey", survey, surveys, LIST, 1 << 13),
    Target::text("shhs-names", shhs_names, shhs_files, LIST, 1 << 9),
    Target::text("agedb-names", agedb_names, agedb_files, LIST, 1 << 9),
    Target::text("channels", channels, channel_flags, LIST, 1 << 9),
];

fn images(bytes: &[u8], scratch: &Scratch) -> Outcome {
    let path = scratch.write("list.csv", bytes)?;
    let order = Order::of_target("age");
    drop(Listing::read_paths(&path, &order));
    let listing = Listing::read(&path, &order)?;
    // What is written of a list must be read again.
    let again = scratch.write("again.csv", listing.to_csv(&order).as_bytes())?;
    anyhow::ensure!(Listing::read(&again, &order)?.paths.len() == listing.paths.len(), "a list changes when written");
    Ok(listing.only(&[0]).paths.len() + listing.paths.len())
}

fn depths(bytes: &[u8], scratch: &Scratch) -> Outcome {
    let path = scratch.write("list.csv", bytes)?;
    drop(PairList::read_images(&path));
    Ok(PairList::read(&path)?.images.len())
}

fn signals(bytes: &[u8], scratch: &Scratch) -> Outcome {
    let path = scratch.write("list.csv", bytes)?;
    drop(RecordingList::read(&path, "target", false));
    Ok(RecordingList::read(&path, "target", true)?.paths.len())
}

/// Both forms of a list: the ending decides.
fn pairs(bytes: &[u8], scratch: &Scratch) -> Outcome {
    let columns = PairColumns::default();
    let (tsv, csv) = (scratch.write("pairs.tsv", bytes)?, scratch.write("pairs.csv", bytes)?);
    drop(Pairs::read_without_target(&csv, &columns));
    match (Pairs::read(&tsv, &columns), Pairs::read(&csv, &columns)) {
        (Ok(mut first), Ok(second)) => {
            first.append(second);
            Ok(first.first.len())
        }
        (Ok(found), _) | (_, Ok(found)) => Ok(found.first.len()),
        (Err(error), _) => Err(error.into()),
    }
}

/// `train.tsv` and `dev.tsv` of GLUE, of one text.
fn glue(bytes: &[u8], _: &Scratch) -> Outcome {
    let text = std::str::from_utf8(bytes)?;
    let files = stsb::resplit_files([text, text], 3)?;
    Ok(files.iter().map(String::len).sum())
}

fn survey(bytes: &[u8], scratch: &Scratch) -> Outcome {
    scratch.once(|scratch| {
        scratch.write("shhs1/shhs1-200001.edf", b"")?;
        scratch.write("shhs1/shhs1-200003.edf", b"").map(drop)
    })?;
    scratch.write("shhs1-dataset-0.20.0.csv", bytes)?;
    Ok(shhs::read(scratch.folder(), &ShhsOptions::default())?.subjects.len())
}

/// Names that a file system can have, from lines.
fn names(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let good =
        |name: &&str| !name.is_empty() && name.len() < 200 && !name.contains(['/', '\0']) && !name.starts_with('.');
    text.lines().filter(good).take(16).map(str::to_owned).collect()
}

/// Names of surveys and recordings in a study's folder.
fn shhs_names(bytes: &[u8], scratch: &Scratch) -> Outcome {
    let study: PathBuf = scratch.empty("study")?;
    for name in names(bytes) {
        let folder = if name.to_ascii_lowercase().ends_with(".csv") { "study/datasets" } else { "study/shhs1" };
        scratch.write(&format!("{folder}/{name}"), b"nsrrid,gh_s1\n200001,50\n")?;
    }
    Ok(shhs::read(&study, &ShhsOptions::default())?.subjects.len())
}

/// Names of pictures: AgeDB's tell the age; a folder of others is listed.
fn agedb_names(bytes: &[u8], scratch: &Scratch) -> Outcome {
    let data = scratch.empty("data")?;
    for name in names(bytes) {
        black_box(age_of(&name));
        scratch.write(&format!("data/AgeDB/{name}"), b"")?;
    }
    drop(Store::open(&data.join("AgeDB"))?.names()?);
    Ok(dir_data::agedb::list(&data)?.paths.len())
}

/// Channels as a flag has them.
fn channels(bytes: &[u8], _: &Scratch) -> Outcome {
    let channel: Channel = std::str::from_utf8(bytes)?.parse()?;
    Ok(channel.labels().len())
}

fn image_lists() -> anyhow::Result<Seeds> {
    texts(&[
        ("list.csv", "age,path,split\n31,a/1.jpg,train\n7,b/2.jpg,val\n90.5,\"c,3.png\",test\n"),
        ("file.csv", "file,age\na.png,1\nb.png,2\n"),
    ])
}

fn depth_lists() -> anyhow::Result<Seeds> {
    texts(&[
        ("list.csv", "image,depth,split\na.png,a.npy,train\nb.jpg,b.png,test\nc.jpg,c.png,val\n"),
        ("nyu.csv", "data/train/a.jpg,data/train/a.png\ndata/train/b.jpg,data/train/b.png\n"),
    ])
}

fn signal_lists() -> anyhow::Result<Seeds> {
    texts(&[
        ("list.csv", "path,target,split,group\na.edf,1.5,train,s1\nb.edf,2,val,s2\nc.npy,-3e2,test,s3\n"),
        ("spans.csv", "recording,from,to,target\na.edf,0,30,1\na.edf,30,60.5,2\n"),
    ])
}

fn pair_lists() -> anyhow::Result<Seeds> {
    texts(&[
        ("pairs.csv", "sentence1,sentence2,score,split\nA dog.,\"A, dog\",5.0,train\nA cat.,A man.,0.2,test\n"),
        ("pairs.tsv", "index\tsentence1\tsentence2\tscore\n0\tA \"plane\" flies.\tA plane.\t4.25\n1\tx\ty\t1\n"),
    ])
}

fn glue_files() -> anyhow::Result<Seeds> {
    let header = "index\tgenre\tfilename\tyear\told_index\tsource1\tsource2\tsentence1\tsentence2\tscore\n";
    let rows: String =
        (0..8).map(|k| format!("{k}\tg\tf\ty\to\ta\tb\tone {k}\ttwo {k}\t{:.2}\n", f64::from(k) * 0.6)).collect();
    Ok(vec![("train.tsv".into(), format!("{header}{rows}").into_bytes())])
}

fn surveys() -> anyhow::Result<Seeds> {
    texts(&[
        ("scores.csv", "nsrrid,age_s1,gh_s1\n200001,55,87\n200002,61,50\n200003,70,\n"),
        (
            "answers.csv",
            "nsrrid,gh_s1,genhth25,sickez25,hlthy25,worse25,exclnt25\n200001,,2,5,1,5,2\n200003,25,1,1,1,1,1\n",
        ),
    ])
}

fn shhs_files() -> anyhow::Result<Seeds> {
    texts(&[(
        "names.txt",
        "shhs1-dataset-0.20.0.csv\nshhs1-dataset-0.9.0.csv\nshhs1-200001.edf\nshhs1-200002.EDF\nnotes.edf\n",
    )])
}

fn agedb_files() -> anyhow::Result<Seeds> {
    texts(&[("names.txt", "0_MariaCallas_35_f.jpg\n1_GlennClose_62_f.jpg\n2_A B_7_m.PNG\n")])
}

fn channel_flags() -> anyhow::Result<Seeds> {
    texts(&[("aliases.txt", "ECG=ECG1|EKG"), ("plain.txt", "EEG C3-A2")])
}
