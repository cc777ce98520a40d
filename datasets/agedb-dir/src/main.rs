//! `agedb-dir`: ages from faces on AgeDB-DIR, or any number from any pictures.

use std::process::ExitCode;

use dir_cli::pictures::{OwnVerbs, PictureSet, PictureTask, equal_densities, export, split_and_write, synth};
use dir_data::agedb;
use dir_train::outputln;

/// AgeDB (Moschoglou et al., 2017) with the balanced split of the official program.
struct AgeDb;

const FETCH: &str = "\
AgeDB: 16,488 pictures of 568 people, ages 1 to 101.
  ask     its authors at Imperial College London for the password, on an academic address:
          https://ibug.doc.ic.ac.uk/resources/agedb/
  unpack  AgeDB.zip so that the pictures are DATA/AgeDB/id_name_age_gender.jpg
  then    agedb-dir prepare --data DATA
Nothing of it is public, so nothing is downloaded. To try everything at once: agedb-dir synth --out DATA";

/// Pictures of an age that validate, and that test, at most.
const CAP: usize = 30;

impl PictureSet for AgeDb {
    const PROGRAM: &'static str = "agedb-dir";
    const ABOUT: &'static str = "Ages from faces on AgeDB-DIR, or any number from any pictures";
    const LONG_ABOUT: &'static str = "Ages from faces on AgeDB-DIR, or any number from any pictures.\n\nStart with `synth`, which \
        draws a data set, or with `fetch`, which says where AgeDB comes from. With --csv and --pictures every verb works on \
        your own pictures: a list with path, a target and maybe split, and a folder or a tar.";
    const DATASET: &'static str = "agedb";
    const LISTING: &'static str = "agedb.csv";
    type Verbs = OwnVerbs;

    fn run_own(verb: &OwnVerbs) -> anyhow::Result<()> {
        match verb {
            OwnVerbs::Fetch(_) => {
                outputln!("{FETCH}")?;
                Ok(())
            }
            OwnVerbs::Prepare(args) => split_and_write(args, Self::LISTING, agedb::list(&args.data)?, CAP),
            OwnVerbs::Synth(args) => synth(args, agedb::FOLDER, Self::LISTING),
            OwnVerbs::EqualDensities(args) => equal_densities(args, Self::PROGRAM),
            OwnVerbs::Export(args) => export::<Self>(args),
        }
    }
}

fn main() -> ExitCode {
    dir_cli::run::<PictureTask<AgeDb>>()
}
