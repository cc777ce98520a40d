//! `fetch`: the two public archives, by the system's own curl, which resumes; unpacked here.

use std::fs::File;
use std::io::BufReader;

use anyhow::Context;
use dir_cli::fetch::download;
use dir_cli::pictures::FetchArgs;
use dir_data::images::unpack_tar;

const ADDRESS: &str = "https://data.vision.ee.ethz.ch/cvl/rrothe/imdb-wiki/static/";
/// Name, size as its owners state it.
const ARCHIVES: [(&str, &str); 2] = [("imdb_crop.tar", "7 GB"), ("wiki_crop.tar", "1 GB")];

pub(crate) fn run(args: &FetchArgs) -> anyhow::Result<()> {
    println!("IMDB-WIKI (Rothe, Timofte, Van Gool): faces cropped with a margin, for academic research only; see");
    println!("  https://data.vision.ee.ethz.ch/cvl/rrothe/imdb-wiki/");
    for (name, size) in ARCHIVES {
        println!("  {ADDRESS}{name}  {size}  (its owners publish no checksum)");
    }
    if !args.download {
        println!("repeat with --download to download and unpack both into {}", args.data.display());
        return Ok(());
    }
    std::fs::create_dir_all(&args.data).with_context(|| args.data.display().to_string())?;
    for (name, _) in ARCHIVES {
        let archive = args.data.join(name);
        download(&format!("{ADDRESS}{name}"), &archive)?;
        println!("unpacking {}", archive.display());
        let file = File::open(&archive).with_context(|| archive.display().to_string())?;
        unpack_tar(BufReader::new(file), &args.data)
            .with_context(|| format!("{}: failed to unpack", archive.display()))?;
    }
    println!("now: imdb-wiki-dir prepare --data {}", args.data.display());
    Ok(())
}
