//! Targets that read settings: configurations, grids, and the pipeline of a finished run.

use std::hint::black_box;
use std::path::Path;

use dir_cli::pictures::{PictureSet, PictureTask};
use dir_cli::{Config, NoVerbs, Pipeline, configured_rows};
use dir_core::bins::Bins;
use dir_core::tally::Tally;
use dir_train::evaluate::Regions;
use dir_train::readout::Readout;
use dir_train::target::{Scale, TargetScale};

use crate::target::{Outcome, Scratch, Seeds, Target, texts};

const TOML: &[&[u8]] = &[
    b"[bins]\n",
    b"[weights]\n",
    b"[weights.lds]\n",
    b"[fds]\n",
    b"[fds.kernel]\n",
    b"[train]\n",
    b"[loss]\n",
    b"[classify]\n",
    b"[retrain]\n",
    b"[shots]\n",
    b"[relevance]\n",
    b"[bootstrap]\n",
    b"[resample]\n",
    b"[test_density]\n",
    b"[[changes]]\n",
    b"kind = \"quantile\"\n",
    b"count = 5\n",
    b"width = 0.1\n",
    b"edges = [0, 1, 2]\n",
    b"size = 5\n",
    b"sigma = 2.0\n",
    b"methods = [\"inv+lds\"]\n",
    b"settings = { train.lr = 1 }\n",
];
const JSON: &[&[u8]] = &[
    b"\"bins\":{",
    b"\"kind\":\"edges\"",
    b"\"readout\":{",
    b"\"scale\":{",
    b"\"classes\":{",
    b"null",
    b"1e400",
    b"[]",
    b"{}",
];

pub(super) static TARGETS: [Target; 3] = [
    Target::text("config", config, configs, TOML, 1 << 12),
    Target::text("grid", grid, grids, TOML, 1 << 12),
    Target::text("pipeline", pipeline, pipelines, JSON, 1 << 12),
];

/// A picture program without data of its own.
struct Pictures;

impl PictureSet for Pictures {
    const PROGRAM: &'static str = "fuzz";
    const ABOUT: &'static str = "";
    const LONG_ABOUT: &'static str = "";
    const DATASET: &'static str = "fuzz";
    const LISTING: &'static str = "list.csv";
    type Verbs = NoVerbs;

    fn run_own(verb: &NoVerbs) -> anyhow::Result<()> {
        match *verb {}
    }
}

type Program = PictureTask<Pictures>;

/// Ages like those of a small set.
fn targets() -> Vec<f64> {
    (0..200).map(|k| f64::from(k % 40) + f64::from(k % 7)).collect()
}

/// Reads a configuration and does with it what training does before the first step.
fn config(bytes: &[u8], scratch: &Scratch) -> Outcome {
    let config = Config::<Program>::read(&scratch.write("config.toml", bytes)?)?;
    let recipe = config.recipe();
    recipe.check()?;
    let targets = targets();
    let bins = config.bins.init(&targets)?;
    let regions = Regions::new(bins, &recipe, &Tally::of(&targets))?;
    let kernel = recipe.lds_kernel().init()?;
    let weights = recipe.last_weights().bin_weights(&regions.bins, &regions.trained)?;
    for density in [&config.train_density, &config.test_density].into_iter().flatten() {
        let of_row = regions.bins.assign(&targets)?;
        density.keep(&regions.bins, &of_row, &regions.counts)?;
    }
    drop(weights);
    Ok(regions.shots.len() + kernel.weights().len())
}

/// Reads a grid and lays its rows over the program's settings.
fn grid(bytes: &[u8], scratch: &Scratch) -> Outcome {
    let path = scratch.write("grid.toml", bytes)?;
    Ok(configured_rows(&path.to_string_lossy(), &Config::<Program>::default())?.len())
}

/// Reads `pipeline.json` and uses its bins.
fn pipeline(bytes: &[u8], scratch: &Scratch) -> Outcome {
    scratch.write("pipeline.json", bytes)?;
    let pipeline = Pipeline::<Program>::read(scratch.folder())?;
    for target in [f64::MIN, -1.0, 0.0, 7.5, f64::MAX] {
        if let Ok(bin) = pipeline.bins.bin_of(target) {
            anyhow::ensure!(bin < pipeline.bins.len(), "bin {bin} of {}", pipeline.bins.len());
            black_box((pipeline.bins.centre(bin), pipeline.bins.range(bin)));
        }
    }
    Ok(pipeline.bins.len() + pipeline.readout.outputs())
}

fn configs() -> anyhow::Result<Seeds> {
    texts(&[
        (
            "bins.toml",
            "method = \"sqinv+lds\"\ntarget = \"plain\"\n\n[bins]\nkind = \"uniform\"\nwidth = 1.0\n\n[weights]\nreweight = \"sqrt_inv\"\n\n[weights.lds]\nshape = \"gaussian\"\nsize = 5\nsigma = 2.0\n\n[train]\nlr = 0.001\nepochs = 3\nbatch = 16\n",
        ),
        ("least.toml", "[train]\nlr = 0.001\nepochs = 1\nbatch = 8\n"),
    ])
}

fn grids() -> anyhow::Result<Seeds> {
    texts(&[(
        "grid.toml",
        "first = [\"vanilla\"]\nmethods = [\"inv+lds\", \"fds\"]\nwithin = false\n\n[[changes]]\nname = \"laplace\"\ntitle = \"Laplacian\"\nsettings = { weights.lds.shape = \"laplace\", fds.kernel.shape = \"laplace\" }\n",
    )])
}

fn pipelines() -> anyhow::Result<Seeds> {
    let targets = targets();
    let rows: Vec<usize> = (0..targets.len()).collect();
    let scale = TargetScale::fit(Scale::default(), dir_train::Targets::OfRows(&targets), &rows)?;
    let pipeline = Pipeline::<Program> {
        target: "age".into(),
        input: dir_cli::pictures::PictureInput { side: 16 },
        readout: Readout::Value(scale),
        bins: Bins::uniform(0.0, 1.0, 50)?,
        model: Default::default(),
    };
    let quantile = Pipeline::<Program> { bins: Bins::quantile(&targets, 5)?, ..pipeline };
    let text = quantile.to_json(Path::new("run"))?;
    Ok(vec![("quantile.json".into(), text.into_bytes())])
}
