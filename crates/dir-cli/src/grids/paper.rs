//! The tables of the paper: their rows, and the numbers that it printed.
//!
//! # Source
//! Yang et al., ICML 2021, tables 1 to 6. The RMSE of "Vanilla + LDS" in table 4 is that of the official repository's README, and its
//! δ1 is blank: neither is legible in the copy that these numbers are from. LDS without other weights is inverse re-weighting by the
//! smoothed density; with Focal-R its weights are those of the table's last rows, with SMOGN it tells what is rare.

use dir_train::TrainError;
use dir_train::compare::{Areas, Column, Gains, Printed, PrintedRow};

use super::Variant;
use crate::shared::SYNTHETIC;

/// A table.
#[derive(Debug)]
pub(crate) struct Paper {
    name: &'static str,
    /// What its columns are about.
    pub(crate) areas: Areas,
    /// Names that its data set goes by here.
    datasets: &'static [&'static str],
    /// `method,title` and its columns; the last row, without a method, is the gain of the best of LDS and FDS over vanilla. A column
    /// with `%` is in hundredths.
    rows: &'static str,
}

const TABLES: [Paper; 6] = [
    Paper {
        name: "table1",
        areas: Areas::Shots,
        datasets: &["imdb-wiki", "imdb_wiki"],
        rows: include_str!("paper/table1.csv"),
    },
    Paper { name: "table2", areas: Areas::Shots, datasets: &["agedb"], rows: include_str!("paper/table2.csv") },
    Paper { name: "table3", areas: Areas::Shots, datasets: &["sts-b"], rows: include_str!("paper/table3.csv") },
    Paper { name: "table4", areas: Areas::Shots, datasets: &["nyud2"], rows: include_str!("paper/table4.csv") },
    Paper { name: "table5", areas: Areas::Shots, datasets: &["shhs"], rows: include_str!("paper/table5.csv") },
    Paper {
        name: "table6",
        areas: Areas::Seen,
        datasets: &["imdb-wiki", "imdb_wiki"],
        rows: include_str!("paper/table6.csv"),
    },
];

impl Paper {
    /// Names of all tables.
    pub(crate) fn names() -> impl Iterator<Item = &'static str> {
        TABLES.iter().map(|table| table.name)
    }

    /// `table1` to `table6`.
    pub(crate) fn of_name(name: &str) -> Option<&'static Self> {
        TABLES.iter().find(|table| table.name == name)
    }

    /// Its rows, with settings laid over those of the program.
    pub(crate) fn variants(&self, settings: &toml::Table) -> Vec<Variant> {
        let variant = |(method, title): (&str, &str)| {
            let plain = Variant::of_method(method);
            Variant { title: title.into(), settings: settings.clone(), ..plain }
        };
        self.methods().map(variant).collect()
    }

    /// Its last row: the best of LDS and FDS against vanilla.
    pub(crate) fn gains(&self) -> Gains {
        let ours = |method: &str| method.split('+').any(|word| matches!(word, "lds" | "fds"));
        let methods = self.methods().map(|(method, _)| method.to_owned()).filter(|method| ours(method)).collect();
        let title = self.rows.lines().last().and_then(|row| row.split(',').nth(1)).unwrap_or_default();
        Gains { title: title.into(), methods }
    }

    /// Its numbers, to be shown beside those of a data set: its own, or, apart, a made-up twin of it. `None` beside others.
    ///
    /// # Errors
    /// A column that does not exist.
    pub(crate) fn printed(&self, dataset: &str) -> Result<Option<Printed>, TrainError> {
        let real = dataset.strip_suffix(SYNTHETIC);
        if !self.datasets.contains(&real.unwrap_or(dataset)) {
            return Ok(None);
        }
        let mut rows = self.rows.lines().map(|row| row.split(','));
        let head: Vec<&str> = rows.next().into_iter().flatten().skip(2).collect();
        let columns =
            head.iter().map(|name| name.trim_end_matches(" %").parse()).collect::<Result<Vec<Column>, _>>()?;
        let cell = |(text, head): (&str, &&str)| if head.ends_with('%') { hundredth(text) } else { text.to_owned() };
        let row = |mut fields: std::str::Split<'_, char>| PrintedRow {
            method: fields.next().unwrap_or_default().into(),
            title: fields.next().unwrap_or_default().into(),
            cells: fields.zip(&head).map(cell).collect(),
        };
        let (rows, gains): (Vec<_>, Vec<_>) = rows.map(row).partition(|row| !row.method.is_empty());
        let subset = if self.areas == Areas::Seen { ", on a subset that is shown in a figure only" } else { "" };
        Ok(Some(Printed {
            source: format!("Yang et al., ICML 2021, {}{subset}", self.name.replace("table", "table ")),
            of_these_data: real.is_none(),
            columns,
            rows,
            gains: gains.into_iter().next(),
        }))
    }

    /// Rows whose titles do not say by what they weight.
    pub(crate) fn meanings(&self) -> Option<String> {
        let meaning = |(method, title): (&str, &str)| {
            let words: Vec<&str> = method.split('+').collect();
            let has = |word: &str| words.contains(&word);
            // LDS without weights of its own acts on those of SQINV, RRT's are inverse, SMOGN's tell what is rare.
            let usual = has("lds") && has("focal") && !method.contains("inv") && !has("rrt");
            match method.contains("inv") && !title.contains("INV") {
                true => Some(format!("{title} is {method}")),
                false => usual.then(|| format!("{title} is {}", method.replace("focal+lds", "focal+sqinv+lds"))),
            }
        };
        let meanings: Vec<String> = self.methods().filter_map(meaning).collect();
        (!meanings.is_empty()).then(|| format!("{}.", meanings.join(", ")))
    }

    /// Name and title of every row but the last.
    fn methods(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let rows = self.rows.lines().skip(1).filter_map(|row| {
            let mut fields = row.split(',');
            Some((fields.next()?, fields.next()?))
        });
        rows.filter(|(method, _)| !method.is_empty())
    }
}

/// A hundredth of a decimal number, digit by digit: `74.2` is `0.742`.
fn hundredth(text: &str) -> String {
    let decimals = text.split_once('.').map_or(0, |(_, decimals)| decimals.len()) + 2;
    let sign = if text.starts_with('+') { "+" } else { "" };
    text.parse::<f64>().map_or_else(|_| text.to_owned(), |percent| format!("{sign}{:.decimals$}", percent / 100.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(table: &Paper) -> Printed {
        table.printed(table.datasets[0]).expect("columns").expect("its own data")
    }

    /// The printed gains are what the other rows give: this finds a digit that went astray in either.
    #[test]
    fn gains_are_those_of_the_rows() {
        for table in &TABLES {
            let Printed { columns, rows, gains, .. } = printed(table);
            let (ours, gains) = (table.gains().methods, gains.expect("the last row").cells);
            assert!(
                columns.len() == 8 && gains.len() == 8 && rows.iter().all(|row| row.cells.len() == 8),
                "{}",
                table.name
            );
            for (k, column) in columns.iter().enumerate() {
                let number = |row: &PrintedRow| row.cells[k].parse::<f64>().ok();
                let vanilla = number(&rows[0]).expect("vanilla is never blank");
                let sign = if column.metric.higher_is_better() { 1.0 } else { -1.0 };
                let others = rows.iter().filter(|row| ours.contains(&row.method)).filter_map(number);
                let gain = others.map(|value| sign * (value - vanilla)).fold(f64::NEG_INFINITY, f64::max);
                let printed: f64 = gains[k].parse().expect("a number");
                assert!((gain - printed).abs() < 1e-9, "{} {column}: {gain} for {printed}", table.name);
            }
        }
    }

    #[test]
    fn rows_are_those_of_the_paper() {
        assert_eq!(TABLES.each_ref().map(|table| table.methods().count()), [18, 18, 18, 4, 13, 4]);
        let table4 = printed(&TABLES[3]);
        assert_eq!(table4.rows[1].cells, ["1.387", "0.671", "0.913", "1.954", "", "", "", ""]);
        assert_eq!(TABLES[3].gains().methods, ["inv+lds", "fds", "inv+lds+fds"]);
        assert!(TABLES[3].meanings().is_some_and(|text| text.starts_with("Vanilla + LDS is inv+lds, ")));
        let of_ages = "Focal-R + LDS is focal+sqinv+lds, Focal-R + LDS + FDS is focal+sqinv+lds+fds.";
        assert_eq!([0, 1].map(|k| TABLES[k].meanings()), [Some(of_ages.into()), Some(of_ages.into())]);
        // Correlations are printed in percent.
        assert_eq!(printed(&TABLES[2]).rows[0].cells[4..], ["0.742", "0.720", "0.627", "0.752"]);
        assert_eq!(printed(&TABLES[2]).gains.map(|row| row.cells[4].clone()).as_deref(), Some("+0.018"));
    }

    #[test]
    fn numbers_are_shown_where_they_belong() {
        let shown = |dataset| TABLES[1].printed(dataset).expect("columns").map(|printed| printed.of_these_data);
        assert_eq!([shown("agedb"), shown("agedb-synthetic"), shown("diamonds")], [Some(true), Some(false), None]);
    }
}
