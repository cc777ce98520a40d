//! Grids: which rows a comparison has.
//!
//! A grid is data. The paper's tables are CSV files with its numbers (`paper/`), the studies of its appendix TOML files in the form
//! that a user's own grid has ([`file`]).

mod baselines;
mod file;
mod paper;
mod rows;
mod variant;

use std::collections::HashSet;
use std::path::Path;

use dir_train::compare::Areas;

use crate::config::{Config, ConfigError};
use crate::stated::row_agrees;
use crate::suggest;
use crate::task::Task;

pub(crate) use baselines::baselines;
pub(crate) use paper::Paper;
pub(crate) use rows::{Row, cells, density_notes, rows};
pub(crate) use variant::Variant;

/// The studies of the paper's appendix E.
const STUDIES: [(&str, &str); 5] = [
    ("kernels", include_str!("kernels.toml")),
    ("losses", include_str!("losses.toml")),
    ("hyper", include_str!("hyper.toml")),
    ("densities", include_str!("densities.toml")),
    ("classification", include_str!("classification.toml")),
];

/// The study and the change whose data the paper's table 6 is about.
const SUBSET: (&str, &str) = ("densities", "2-peaks");

/// Help for `--grid`.
pub(crate) fn help() -> String {
    let of_tables = Paper::names().collect::<Vec<_>>().join(", ");
    let studies = STUDIES.map(|(name, _)| name).join(", ");
    format!(
        "A grid of rows instead: {of_tables} (the paper's tables, beside its numbers on its data), {studies} (the studies of its \
         appendix), or a TOML file"
    )
}

/// A grid that does not exist.
fn unknown(name: &str) -> ConfigError {
    let names = || Paper::names().chain(STUDIES.map(|(name, _)| name));
    let all = names().collect::<Vec<_>>().join(", ");
    let hint = suggest::hint(name, names());
    let expected = format!("{all}, or a TOML file that docs/configuration.md describes{hint}");
    ConfigError::Grid { name: name.into(), found: "no such grid".into(), expected }
}

/// Rows of a comparison.
#[derive(Debug)]
pub(crate) struct Grid {
    /// Name of its folder.
    pub(crate) name: String,
    /// Rows in their order; the first is what the others are compared with.
    pub(crate) variants: Vec<Variant>,
    /// The paper's table that it is, if it is one.
    pub(crate) paper: Option<&'static Paper>,
}

impl Grid {
    /// Methods as they are.
    ///
    /// # Errors
    /// [`ConfigError::Grid`]: a method twice.
    pub(crate) fn of_methods(methods: &[String]) -> Result<Self, ConfigError> {
        let variants = methods.iter().map(|method| Variant::of_method(method.trim())).collect();
        Self { name: "compare".into(), variants, paper: None }.checked()
    }

    /// A table, a study, or a file.
    ///
    /// # Errors
    /// [`ConfigError`]: neither; a file that is no grid; rows whose names are no folders of their own.
    pub(crate) fn of_name(name: &str) -> Result<Self, ConfigError> {
        if let Some(paper) = Paper::of_name(name) {
            let (study, change) = SUBSET;
            let subset = if paper.areas == Areas::Seen { Some(file::change(&study_of(study)?, change)?) } else { None };
            let variants = paper.variants(&subset.unwrap_or_default());
            return Self { name: name.into(), variants, paper: Some(paper) }.checked();
        }
        if let Ok(study) = study_of(name) {
            return Self { name: name.into(), variants: study.variants(), paper: None }.checked();
        }
        let path = Path::new(name);
        if !path.is_file() {
            return Err(unknown(name));
        }
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(path).map_err(|error| ConfigError::Io { path: path.into(), error })?;
        Self { name: stem, variants: file::GridFile::read(path, &text)?.variants(), paper: None }.checked()
    }

    /// Every row has a folder of its own.
    fn checked(self) -> Result<Self, ConfigError> {
        let wrong = |found: String, expected: &str| {
            Err(ConfigError::Grid { name: self.name.clone(), found, expected: expected.into() })
        };
        let plain = |c: char| c.is_alphanumeric() || "+-_. ".contains(c);
        let mut names = HashSet::new();
        for variant in &self.variants {
            let name = &variant.name;
            if !name.chars().all(plain) || name.starts_with('.') || name.is_empty() {
                return wrong(
                    format!("row {name:?}"),
                    "a name of letters, digits, +, -, _ and . that a folder can have",
                );
            }
            if !row_agrees(name, &variant.method) {
                return wrong(
                    format!("row {name:?} of method {:?}", variant.method),
                    "a change whose name is no word of a method",
                );
            }
            if !names.insert(name.to_lowercase()) {
                return wrong(format!("row {name} twice"), "every row once");
            }
        }
        if self.variants.is_empty() { wrong("no row".into(), "at least 1") } else { Ok(self) }
    }
}

/// Grid: reads a table, a study or a file and configures its rows; their names in order.
///
/// # Errors
/// No such grid; a file that is none; a method or setting that does not exist.
pub fn configured_rows<T: Task>(name: &str, base: &Config<T>) -> Result<Vec<String>, ConfigError> {
    let configured = |variant: &Variant| variant.configure(base).map(|config| config.name().to_owned());
    Grid::of_name(name)?.variants.iter().map(configured).collect()
}

fn study_of(name: &str) -> Result<file::GridFile, ConfigError> {
    match STUDIES.iter().find(|(study, _)| *study == name) {
        Some((_, text)) => file::GridFile::read(Path::new(name), text),
        None => Err(unknown(name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::stub::Stub;

    fn names(grid: &Grid) -> Vec<&str> {
        grid.variants.iter().map(|variant| variant.name.as_str()).collect()
    }

    #[test]
    fn studies_have_the_rows_of_the_appendix() {
        for (name, rows) in [("kernels", 10), ("losses", 12), ("hyper", 19), ("densities", 8), ("classification", 10)] {
            let grid = Grid::of_name(name).expect("a study");
            assert_eq!((grid.variants.len(), grid.paper.is_some()), (rows, false), "{name}");
            for variant in &grid.variants {
                let config = variant.configure(&Config::<Stub>::default()).expect("settings");
                assert_eq!(config.name(), variant.name);
                assert!(variant.title.starts_with(&config.title()), "{}: {}", variant.title, config.title());
            }
        }
        let kernels = Grid::of_name("kernels").expect("a study");
        assert_eq!(names(&kernels)[..4], ["vanilla", "inv+lds+gaussian", "fds+gaussian", "inv+lds+fds+gaussian"]);
        assert_eq!(kernels.variants[9].title, "INV + LDS + FDS, Laplacian");
        let densities = Grid::of_name("densities").expect("a study");
        assert_eq!(densities.variants[3].group.as_deref(), Some("2 peaks"));
    }

    #[test]
    fn tables_have_the_rows_of_the_paper() {
        let table2 = Grid::of_name("table2").expect("a table");
        assert_eq!(names(&table2)[3], "smogn+lds");
        assert!(table2.variants.len() == 18 && table2.variants.iter().all(|variant| variant.settings.is_empty()));
        let table6 = Grid::of_name("table6").expect("a table");
        assert_eq!(names(&table6), ["vanilla", "inv+lds", "fds", "inv+lds+fds"]);
        let config = table6.variants[1].configure(&Config::<Stub>::default()).expect("settings");
        assert_eq!(config.train_density.map(|density| (density.peaks.len(), density.cut)), Some((2, 0.1)));
    }

    #[test]
    fn a_file_is_a_grid_and_what_is_none_is_named() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("own.toml");
        let read = |text: &str| {
            std::fs::write(&path, text).expect("writes");
            Grid::of_name(&path.to_string_lossy())
        };
        let change = "[[changes]]\nname = \"a\"\ntitle = \"A\"\nsettings = { train.lr = 0.1 }\n";
        let grid = read(&format!("methods = [\"vanilla\", \"inv\"]\n{change}")).expect("a grid");
        assert_eq!((grid.name.as_str(), names(&grid)), ("own", vec!["vanilla+a", "inv+a"]));
        for (text, words) in [
            ("methods = []\n", "found no row"),
            ("methods = [\"inv\", \"INV\"]\n", "row INV twice"),
            ("methods = [\"../inv\"]\n", "\"../inv\""),
            (
                "methods = [\"inv\"]\n[[changes]]\nname = \"fds\"\ntitle = \"F\"\nsettings = {}\n",
                "row \"inv+fds\" of method \"inv\"",
            ),
            ("mehtods = [\"inv\"]\n", "line 1: found unknown field `mehtods`"),
        ] {
            let message = read(text).map(drop).expect_err("a mistake").to_string();
            assert!(message.contains(words), "{message}");
        }
        let message = Grid::of_name("table7").map(drop).expect_err("no grid").to_string();
        assert!(
            message.contains("table7") && message.contains("kernels, losses, hyper, densities, classification"),
            "{message}"
        );
    }
}
