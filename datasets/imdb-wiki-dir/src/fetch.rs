//! `fetch`: the two public archives, by the system's own curl, which resumes; unpacked here.

use std::io::BufReader;

use anyhow::Context;
use dir_cli::fetch::download;
use dir_cli::pictures::FetchArgs;
use dir_data::images::unpack_tar;
use dir_train::{files, outputln};

const ADDRESS: &str = "https://data.vision.ee.ethz.ch/cvl/rrothe/imdb-wiki/static/";
/// Name, size as its owners state it.
const ARCHIVES: [(&str, &str); 2] = [("imdb_crop.tar", "7 GB"), ("wiki_crop.tar", "1 GB")];

pub(crate) fn run(args: &FetchArgs) -> anyhow::Result<()> {
    outputln!("IMDB-WIKI (Rothe, Timofte, Van Gool): faces cropped with a margin, for academic research only; see")?;
    outputln!("  https://data.vision.ee.ethz.ch/cvl/rrothe/imdb-wiki/")?;
    for (name, size) in ARCHIVES {
        outputln!("  {ADDRESS}{name}  {size}  (its owners publish no checksum)")?;
    }
    if !args.download {
        outputln!("repeat with --download to download and unpack both into {}", args.data.display())?;
        return Ok(());
    }
    files::create_folder(&args.data)?;
    for (name, _) in ARCHIVES {
        let archive = args.data.join(name);
        download(&format!("{ADDRESS}{name}"), &archive, None)?;
        outputln!("unpacking {}", archive.display())?;
        unpack_tar(BufReader::new(files::open(&archive)?), &args.data)
            .with_context(|| format!("{}: failed to unpack", archive.display()))?;
    }
    outputln!("now: imdb-wiki-dir prepare --data {}", args.data.display())?;
    Ok(())
}
