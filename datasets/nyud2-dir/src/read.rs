//! The lists of pairs and which part every pair is of.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::Context;
use dir_cli::folder_of;
use dir_core::random::Stream;
use dir_data::Part;
use dir_data::depth::PairList;

use crate::settings::DataConfig;

/// Pairs of all parts, the folder that their paths count from, and what the user should know.
pub(crate) struct Found {
    pub(crate) list: PairList,
    pub(crate) parts: Vec<Part>,
    pub(crate) folder: PathBuf,
    pub(crate) source: String,
    pub(crate) notes: Vec<String>,
}

/// Lists of NYUD2's layout.
pub(crate) const LISTS: [&str; 2] = ["nyu2_train.csv", "nyu2_test.csv"];
/// Shares of a list without a column split, in its order: train, then validation; what is left tests.
const IN_ORDER: [f64; 2] = [0.7, 0.1];

/// NYUD2's two lists; some training scenes validate.
pub(crate) fn two_lists(data: &DataConfig) -> anyhow::Result<Found> {
    let paths = LISTS.map(|name| data.folder.join(name));
    if let Some(missing) = paths.iter().find(|path| !path.exists()) {
        anyhow::bail!(
            "{}: found no such file, expected the list of NYUD2-DIR; `nyud2-dir fetch` says where it comes from, `synth` draws \
             rooms in its layout, --csv takes your own pairs",
            missing.display()
        );
    }
    let [train, test] = [PairList::read(&paths[0])?, PairList::read(&paths[1])?];
    let validates = validation_scenes(&train.images, data);
    let part = |image: &String| if validates.contains(scene(image)) { Part::Val } else { Part::Train };
    let mut parts: Vec<Part> = train.images.iter().map(part).collect();
    parts.extend(test.images.iter().map(|_| Part::Test));
    let count = validates.len();
    let notes = match data.official_validation {
        true => vec!["the test pairs validate, as officially: the best epoch has seen the test".into()],
        false => vec![format!("{count} scenes of the training list validate")],
    };
    let list = PairList {
        images: [train.images, test.images].concat(),
        depths: [train.depths, test.depths].concat(),
        parts: None,
    };
    Ok(Found { list, parts, folder: data.folder.clone(), source: data.folder.display().to_string(), notes })
}

/// A room or a film: pictures of one folder.
fn scene(image: &str) -> &str {
    image.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn validation_scenes<'a>(images: &'a [String], data: &DataConfig) -> BTreeSet<&'a str> {
    if data.official_validation {
        return BTreeSet::new();
    }
    let mut scenes: Vec<&str> = images.iter().map(|image| scene(image)).collect::<BTreeSet<_>>().into_iter().collect();
    Stream::new(&[data.split_seed, 31]).shuffle(&mut scenes);
    let count =
        ((scenes.len() as f64 * data.val_share).round() as usize).clamp(1, scenes.len().saturating_sub(1).max(1));
    scenes.into_iter().take(count).collect()
}

/// One list of pairs. Without a column split its order decides: the pictures of a film are alike, and a split at random would
/// test on what was trained on.
pub(crate) fn one_list(path: &Path, data: &DataConfig) -> anyhow::Result<Found> {
    let list = PairList::read(path)?;
    let mut notes = Vec::new();
    let parts = list.parts.clone().unwrap_or_else(|| {
        notes.push("the list has no column split: its first 70 % train, the next 10 % validate, the rest test".into());
        let rows = list.images.len() as f64;
        let [train, val] = IN_ORDER;
        (0..list.images.len())
            .map(|k| match k as f64 / rows {
                at if at < train => Part::Train,
                at if at < train + val => Part::Val,
                _ => Part::Test,
            })
            .collect()
    });
    Ok(Found { list, parts, folder: data.folder.clone(), source: path.display().to_string(), notes })
}

/// Pictures to predict for: those of a list, or all of a folder.
pub(crate) fn new_list(
    csv: Option<&Path>,
    folder: Option<&Path>,
    with_depth: bool,
) -> anyhow::Result<(PairList, PathBuf)> {
    let beside = csv.map(folder_of);
    let place =
        folder.map(Path::to_path_buf).or(beside).context("found neither --csv nor --data, expected pictures")?;
    let list = match csv {
        Some(csv) if with_depth => PairList::read(csv)?,
        Some(csv) => PairList::read_images(csv)?,
        None if with_depth => anyhow::bail!("found no --csv, expected a list image,depth to evaluate on"),
        None => PairList::of_images(dir_data::images::Store::open(&place)?.names()?),
    };
    anyhow::ensure!(!list.images.is_empty(), "{}: found no picture, expected JPEG or PNG files", place.display());
    Ok((list, place))
}
