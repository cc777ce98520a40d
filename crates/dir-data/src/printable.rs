//! Printable text: escapes what a terminal would obey, and shortens, where text of a file enters a message.

use std::fmt::{self, Display, Write};

/// Characters of a field's or file's text that a message shows.
const LONGEST: usize = 1000;

/// Text for a message: control, format and direction characters are shown as Rust escapes them, and at most 1000 characters.
///
/// A column name or the name of an archive's entry may hold line breaks, which forge messages, or escape sequences, which move
/// the cursor, set the window's title or hide what was printed.
///
/// # Example
/// ```
/// use dir_data::printable::printable;
/// assert_eq!(printable("a\u{1b}[31mb\nc").to_string(), "a\\u{1b}[31mb\\nc");
/// assert_eq!(printable("größer, \"quoted\"").to_string(), "größer, \"quoted\"");
/// ```
pub fn printable<T: Display>(text: T) -> Printable<T> {
    Printable { text, longest: LONGEST, keep_lines: false }
}

/// Text of several lines for a terminal: escaped as by [`printable`], but for its line breaks and tabs, and whole.
pub fn printable_lines<T: Display>(text: T) -> Printable<T> {
    Printable { text, longest: usize::MAX, keep_lines: true }
}

/// A number for a message: as short as reads back, with an exponent where it would have many zeros.
///
/// # Example
/// ```
/// use dir_data::printable::printable_number;
/// assert_eq!([9999.0, 0.25, 1e300, -2e-9, 0.0].map(printable_number), ["9999", "0.25", "1e300", "-2e-9", "0"]);
/// ```
#[must_use]
pub fn printable_number(value: f64) -> String {
    let plain = value == 0.0 || (1e-5..1e15).contains(&value.abs());
    if plain { format!("{value}") } else { format!("{value:e}") }
}

/// Text whose display is escaped.
#[derive(Debug, Clone, Copy)]
pub struct Printable<T> {
    text: T,
    longest: usize,
    keep_lines: bool,
}

impl<T: Display> Display for Printable<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut escape = Escape { out: f, left: self.longest, keep_lines: self.keep_lines, more: 0 };
        write!(escape, "{}", self.text)?;
        match escape.more {
            0 => Ok(()),
            more => write!(f, "... ({more} more characters)"),
        }
    }
}

struct Escape<'a, 'b> {
    out: &'a mut fmt::Formatter<'b>,
    left: usize,
    keep_lines: bool,
    /// Characters that were left out.
    more: usize,
}

impl Write for Escape<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for c in text.chars() {
            if self.left == 0 {
                self.more += 1;
                continue;
            }
            self.left -= 1;
            match c {
                '\n' | '\t' if self.keep_lines => self.out.write_char(c)?,
                '\n' => self.out.write_str("\\n")?,
                '\r' => self.out.write_str("\\r")?,
                '\t' => self.out.write_str("\\t")?,
                c if is_unprintable(c) => write!(self.out, "{}", c.escape_unicode())?,
                c => self.out.write_char(c)?,
            }
        }
        Ok(())
    }
}

/// Control characters, and those that change direction, order or width of what stands around them without being seen.
fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{AD}' | '\u{61C}' | '\u{FEFF}')
        || matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}')
        || matches!(c, '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_terminal_obeys_is_left() {
        // Escape, single-character CSI, bell, delete, override of the direction, line separator.
        let text = "\u{1b}]0;title\u{7}\u{9b}2J\u{7f}\u{202e}abc\u{2028}";
        assert_eq!(printable(text).to_string(), "\\u{1b}]0;title\\u{7}\\u{9b}2J\\u{7f}\\u{202e}abc\\u{2028}");
        assert_eq!(printable_lines("a\tb\n\u{1b}c\r").to_string(), "a\tb\n\\u{1b}c\\r");
        let every: String = (0..=0xFFFF).filter_map(char::from_u32).collect();
        assert!(!printable_lines(every).to_string().chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')));
    }

    #[test]
    fn long_text_is_shortened() {
        let shown = printable("é".repeat(5000)).to_string();
        assert_eq!(shown, "é".repeat(1000) + "... (4000 more characters)");
        assert_eq!(printable_lines("é".repeat(5000)).to_string(), "é".repeat(5000));
    }
}
