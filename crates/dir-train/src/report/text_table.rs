//! Table of texts: the same cells for a terminal and a page.

/// Head and rows; the first column is the title of a row, the second line of a cell an interval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextTable {
    /// Titles of the columns.
    pub head: Vec<String>,
    /// Rows, as long as the head.
    pub rows: Vec<Vec<String>>,
}

impl TextTable {
    /// Aligned text for a terminal: a line per row, and one for second lines where a row has any.
    #[must_use]
    pub fn to_text(&self) -> String {
        let lines = |row: &Vec<String>| {
            let mut lines = vec![row.iter().map(|cell| line(cell, 0)).collect::<Vec<&str>>()];
            let second: Vec<&str> = row.iter().map(|cell| line(cell, 1)).collect();
            lines.extend(second.iter().any(|text| !text.is_empty()).then_some(second));
            lines.into_iter().map(|line| line.into_iter().map(str::to_owned).collect()).collect::<Vec<Vec<String>>>()
        };
        let all: Vec<Vec<String>> = lines(&self.head).into_iter().chain(self.rows.iter().flat_map(lines)).collect();
        let width = |k: usize| all.iter().filter_map(|line| line.get(k)).map(|cell| cell.chars().count()).max();
        let widths: Vec<usize> = (0..self.head.len()).map(|k| width(k).unwrap_or(0)).collect();
        let mut text = String::new();
        for line in &all {
            let cell = |(k, cell): (usize, &String)| match k {
                0 => format!("{cell:<0$}", widths[0]),
                k => format!("  {cell:>0$}", widths[k].max(8)),
            };
            let line: String = line.iter().enumerate().map(cell).collect();
            text += &format!("{}\n", line.trim_end());
        }
        text
    }
}

fn line(cell: &str, number: usize) -> &str {
    cell.split('\n').nth(number).unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_second_lines_stand_below() {
        let texts = |texts: [&str; 3]| texts.map(str::to_owned).to_vec();
        let table = TextTable {
            head: texts(["region", "MAE", "bias"]),
            rows: vec![texts(["all", "1.5\n1.2 to 1.9", "+0.1"]), texts(["few", "-", "-"])],
        };
        let expected = "region         MAE      bias\n\
                        all            1.5      +0.1\n\
                        \x20       1.2 to 1.9\n\
                        few              -         -\n";
        assert_eq!(table.to_text(), expected);
    }
}
