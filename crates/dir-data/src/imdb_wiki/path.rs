//! Paths in the metadata, which must stay inside the data set's folder.

use super::ImdbWikiError;
use crate::mat::Value;

/// The path in one cell, if it is a relative path that stays inside its folder on any system.
pub(super) fn checked(cell: Value, row: usize) -> Result<String, ImdbWikiError> {
    let Value::Text(path) = cell else {
        return Err(ImdbWikiError::PathKind { row });
    };
    match fault(&path) {
        Some(reason) => Err(ImdbWikiError::Path { row, path, reason }),
        None => Ok(path),
    }
}

/// What is wrong with a path. Backslashes and drive letters count too: the file may be read on Windows.
fn fault(path: &str) -> Option<&'static str> {
    if path.is_empty() {
        Some("is empty")
    } else if path.starts_with(['/', '\\']) || path.as_bytes().get(1) == Some(&b':') {
        Some("is absolute")
    } else if path.split(['/', '\\']).any(|part| part == "..") {
        Some("has '..' in it")
    } else if path.chars().any(char::is_control) {
        Some("has control characters in it")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_relative_paths_pass() {
        for path in ["01/nm0000001_rm124825600_1899-5-10_1968.jpg", "a..b/..c/d..", "x", "17/J\u{f6}rg.jpg", "./a"] {
            assert_eq!(checked(Value::Text(path.to_owned()), 1), Ok(path.to_owned()));
        }
    }

    #[test]
    fn paths_out_of_the_folder_are_refused_by_row() {
        for path in
            ["", "/etc/passwd", "\\\\host\\x", "C:\\x", "..", "../x", "a/../x", "a\\..\\x", "a/..", "a\nb", "a\0"]
        {
            let error = checked(Value::Text(path.to_owned()), 7).expect_err(path);
            assert!(error.to_string().starts_with("row 7 of 'full_path'"), "{error}");
        }
        assert_eq!(checked(Value::Other, 9), Err(ImdbWikiError::PathKind { row: 9 }));
    }
}
