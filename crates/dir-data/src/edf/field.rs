//! The fixed-width text fields of a header.

use std::path::Path;

use super::EdfError;

/// The text of a field without its padding: UTF-8 where it is valid, Latin-1 otherwise.
///
/// The formats ask for printable ASCII; recorders write `µ` and names in either.
pub(super) fn text(bytes: &[u8]) -> String {
    let whole = match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().copied().map(char::from).collect(),
    };
    whole.trim_matches(|c: char| c == '\0' || c.is_whitespace()).to_owned()
}

/// A field with the words for its error.
pub(super) struct Field<'a> {
    pub(super) path: &'a Path,
    pub(super) name: &'a str,
    pub(super) text: String,
    /// What the field can hold.
    pub(super) expected: &'static str,
}

impl Field<'_> {
    /// The field as a finite number for which `fits` holds.
    pub(super) fn number(self, fits: impl FnOnce(f64) -> bool) -> Result<f64, EdfError> {
        // Rust also reads "inf" and "nan", which the check for finite numbers turns away.
        match self.text.parse::<f64>() {
            Ok(number) if number.is_finite() && fits(number) => Ok(number),
            _ => Err(EdfError::Field {
                path: self.path.to_owned(),
                field: self.name.to_owned(),
                found: self.text,
                expected: self.expected,
            }),
        }
    }

    /// The field as a whole number from `min` to `max`; some recorders write `-2048.0`.
    pub(super) fn whole(self, min: i32, max: i32) -> Result<i32, EdfError> {
        let fits = |number: f64| number.fract() == 0.0 && (f64::from(min)..=f64::from(max)).contains(&number);
        self.number(fits).map(|number| number as i32)
    }
}
