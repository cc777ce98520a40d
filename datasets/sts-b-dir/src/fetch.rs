//! `fetch`: the sentences and word vectors from their owners.

use std::fs::File;
use std::io;
use std::path::Path;

use anyhow::Context;
use dir_cli::fetch::{check_sha256, download};

use crate::own::FetchArgs;

const SENTENCES: &str = "https://dl.fbaipublicfiles.com/glue/data/STS-B.zip";
/// The re-split that the paper's numbers are of. It was drawn without a seed, so it can't be drawn again.
const RESPLIT: &str =
    "https://raw.githubusercontent.com/YyzHarry/imbalanced-regression/main/sts-b-dir/glue_data/STS-B/";
/// Files and their SHA-256, as the official program ships them at a6fdc45.
const SHIPPED: [(&str, &str); 3] = [
    ("train_new.tsv", "4da3322ae29f7ad1b7d03cdeafcb2480c276e5df1d08737678a7856697218a9a"),
    ("dev_new.tsv", "9ec12d785aa817ffe4b0f88fde442d3bf57161d8cbeaa84aaa1fdf764cca6dd6"),
    ("test_new.tsv", "55f90b3c5a0b2947d5ff64c41536191e9e1ba3bb5ffe64aca5465ab25fa8e94c"),
];
const VECTORS: &str = "https://nlp.stanford.edu/data/";

pub(crate) fn run(args: &FetchArgs) -> anyhow::Result<()> {
    println!(
        "STS-B (Cer et al., SemEval 2017), as in GLUE (Wang et al., 2018); sentences of many sources, for research"
    );
    println!("  {SENTENCES}  800 KB (its owners publish no checksum)");
    println!("its re-split for imbalanced regression (Yang et al., 2021), 5,249 + 1,000 + 1,000 pairs");
    SHIPPED.iter().for_each(|(name, sum)| println!("  {RESPLIT}{name}  SHA-256 {}...", &sum[..16]));
    println!("GloVe (Pennington et al., 2014), public domain (its owners publish no checksum)");
    println!("  {VECTORS}glove.840B.300d.zip  2.0 GB, as published; read as it is, no need to unpack");
    println!("  {VECTORS}glove.6B.zip         0.8 GB, 50 to 300 numbers per word, lower case");
    if !args.download {
        println!(
            "repeat with --download for the sentences, and --vectors NAME for a file of vectors, into {}",
            args.data.display()
        );
        return Ok(());
    }
    std::fs::create_dir_all(&args.data).with_context(|| args.data.display().to_string())?;
    for (name, sum) in SHIPPED {
        let path = args.data.join(name);
        download(&format!("{RESPLIT}{name}"), &path)?;
        check_sha256(&path, sum)?;
    }
    let archive = args.data.join("STS-B.zip");
    download(SENTENCES, &archive)?;
    for name in ["train.tsv", "dev.tsv"] {
        unzip(&archive, &format!("STS-B/{name}"), &args.data.join(name))?;
    }
    if let Some(name) = &args.vectors {
        download(&format!("{VECTORS}{name}"), &args.data.join(name))?;
    }
    println!("now: sts-b-dir train --data {} --vectors FILE", args.data.display());
    Ok(())
}

fn unzip(archive: &Path, entry: &str, to: &Path) -> anyhow::Result<()> {
    let named = || format!("{}: entry {entry}", archive.display());
    let mut zip = zip::ZipArchive::new(File::open(archive).with_context(named)?).with_context(named)?;
    let mut from = zip.by_name(entry).with_context(named)?;
    io::copy(&mut from, &mut File::create(to).with_context(|| to.display().to_string())?).with_context(named)?;
    Ok(())
}
