//! `fetch`: the sentences and word vectors from their owners.

use dir_cli::fetch::download;
use dir_train::{files, outputln};

use crate::own::FetchArgs;

/// Both GLUE's files and the re-split that the paper's numbers are of, which was drawn without a seed, so it can't be drawn again.
const SENTENCES: &str =
    "https://raw.githubusercontent.com/YyzHarry/imbalanced-regression/main/sts-b-dir/glue_data/STS-B/";
/// Files and their SHA-256, as the official program ships them at a6fdc45.
const SHIPPED: [(&str, &str); 5] = [
    ("train.tsv", "41c4d978b6162abdcada7e49a982211954cca5459c228db478af333124b257a2"),
    ("dev.tsv", "fe7dc0632a5033562f3cadff991f6e8d9b9b6311861660e78c3c82eb7db67f59"),
    ("train_new.tsv", "4da3322ae29f7ad1b7d03cdeafcb2480c276e5df1d08737678a7856697218a9a"),
    ("dev_new.tsv", "9ec12d785aa817ffe4b0f88fde442d3bf57161d8cbeaa84aaa1fdf764cca6dd6"),
    ("test_new.tsv", "55f90b3c5a0b2947d5ff64c41536191e9e1ba3bb5ffe64aca5465ab25fa8e94c"),
];
const VECTORS: &str = "https://nlp.stanford.edu/data/";

pub(crate) fn run(args: &FetchArgs) -> anyhow::Result<()> {
    outputln!(
        "STS-B (Cer et al., SemEval 2017), as in GLUE (Wang et al., 2018); sentences of many sources, for research"
    )?;
    outputln!("with its re-split for imbalanced regression (Yang et al., 2021), 5,249 + 1,000 + 1,000 pairs")?;
    for (name, sum) in SHIPPED {
        outputln!("  {SENTENCES}{name}  SHA-256 {}...", &sum[..16])?;
    }
    outputln!("GloVe (Pennington et al., 2014), public domain (its owners publish no checksum)")?;
    outputln!("  {VECTORS}glove.840B.300d.zip  2.0 GB, as published; read as it is, no need to unpack")?;
    outputln!("  {VECTORS}glove.6B.zip         0.8 GB, 50 to 300 numbers per word, lower case")?;
    if !args.download {
        outputln!(
            "repeat with --download for the sentences, and --vectors NAME for a file of vectors, into {}",
            args.data.display()
        )?;
        return Ok(());
    }
    files::create_folder(&args.data)?;
    for (name, sum) in SHIPPED {
        download(&format!("{SENTENCES}{name}"), &args.data.join(name), Some(sum))?;
    }
    if let Some(name) = &args.vectors {
        download(&format!("{VECTORS}{name}"), &args.data.join(name), None)?;
    }
    outputln!("now: sts-b-dir train --data {} --vectors FILE", args.data.display())?;
    Ok(())
}
