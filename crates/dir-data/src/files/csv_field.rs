//! Fields of CSV files.

/// Text as a field of a CSV: quoted where it would not read back otherwise.
#[must_use]
pub fn csv_field(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Fields of a row as a reader finds them; the row has others before and behind, since a file does not begin with one.
    fn read_back(fields: &[String]) -> Vec<String> {
        let line = format!("0,{},0\n", fields.iter().map(|field| csv_field(field)).collect::<Vec<_>>().join(","));
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(line.as_bytes());
        let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.expect("is CSV")).collect();
        assert_eq!(rows.len(), 1, "{line:?}");
        rows[0].iter().skip(1).take(rows[0].len() - 2).map(ToOwned::to_owned).collect()
    }

    #[test]
    fn awkward_fields_read_back() {
        let awkward = [
            "",
            " ",
            "a b",
            "a,b",
            "\"",
            "\"\"",
            "a\"b",
            "\"a\"",
            "a\nb",
            "a\rb",
            "a\r\nb",
            "\r",
            "\n",
            "\r\n",
            "\t",
            "#a",
            "=1+1",
            "\u{feff}a",
            "\0",
            "ä",
            "\u{2028}",
            "'",
            "\\",
            "\\\"",
            "a;b",
            ",",
            " \"a\"",
        ];
        let fields: Vec<String> = awkward.iter().map(|&text| text.to_owned()).collect();
        for field in &fields {
            assert_eq!(read_back(std::slice::from_ref(field)), std::slice::from_ref(field));
        }
        assert_eq!(read_back(&fields), fields);
    }

    proptest! {
        #[test]
        fn any_fields_read_back(fields in prop::collection::vec("[\\PC\r\n\t\",;' ]{0,8}", 1..5)) {
            prop_assert_eq!(read_back(&fields), fields);
        }
    }
}
