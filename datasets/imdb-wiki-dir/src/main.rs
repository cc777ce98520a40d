//! `imdb-wiki-dir`: ages from faces on IMDB-WIKI-DIR.

mod fetch;

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use dir_cli::pictures::{
    OwnVerbs, PictureSet, PictureTask, PrepareArgs, equal_densities, export, split_and_write, synth,
};
use dir_data::budget::Budget;
use dir_data::images::Listing;
use dir_data::imdb_wiki::{Selection, Set, rows};
use dir_train::outputln;

/// IMDB-WIKI (Rothe et al., 2018) with the filters and the balanced split of the official program.
struct ImdbWiki;

/// Pictures of an age that validate, and that test, at most.
const CAP: usize = 150;

impl PictureSet for ImdbWiki {
    const PROGRAM: &'static str = "imdb-wiki-dir";
    const ABOUT: &'static str = "Ages from faces on IMDB-WIKI-DIR";
    const LONG_ABOUT: &'static str = "Ages from faces on IMDB-WIKI-DIR.\n\nStart with `synth`, which draws a data set, or with \
        `fetch`, which says where IMDB-WIKI comes from and downloads it.";
    const DATASET: &'static str = "imdb-wiki";
    const LISTING: &'static str = "imdb_wiki.csv";
    type Verbs = OwnVerbs;

    fn run_own(verb: &OwnVerbs) -> anyhow::Result<()> {
        match verb {
            OwnVerbs::Fetch(args) => fetch::run(args),
            OwnVerbs::Prepare(args) => prepare(args),
            OwnVerbs::Synth(args) => synth(args, "wiki_crop", Self::LISTING),
            OwnVerbs::EqualDensities(args) => equal_densities(args, Self::PROGRAM),
            OwnVerbs::Export(args) => export::<Self>(args),
        }
    }
}

/// Reads both metadata files and filters, as the official program does.
fn prepare(args: &PrepareArgs) -> anyhow::Result<()> {
    let mut listing = Listing::default();
    for (set, file) in [(Set::Imdb, "imdb_crop/imdb.mat"), (Set::Wiki, "wiki_crop/wiki.mat")] {
        let selection = read(&args.data.join(file), set, args.min_score)?;
        outputln!(
            "{file}: {} of {} pictures; left out: {} without a clear face, {} with a second one, {} of impossible age",
            selection.rows.len(),
            selection.total,
            selection.dropped_face_score,
            selection.dropped_second_face,
            selection.dropped_age
        )?;
        for row in selection.rows {
            listing.targets.push(row.age as f64);
            listing.paths.push(row.path);
        }
    }
    split_and_write(args, ImdbWiki::LISTING, listing, CAP)
}

fn read(path: &Path, set: Set, min_score: f64) -> anyhow::Result<Selection> {
    let help =
        || format!("{}: failed to read the metadata; `imdb-wiki-dir fetch` says where it comes from", path.display());
    let bytes = Budget::current().read_file(path).with_context(help)?;
    rows(&bytes, set, min_score).with_context(|| path.display().to_string())
}

fn main() -> ExitCode {
    dir_cli::run::<PictureTask<ImdbWiki>>()
}
