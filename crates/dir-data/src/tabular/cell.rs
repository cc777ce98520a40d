//! What a field's text stands for.

/// Whether the text stands for a missing value.
pub(super) fn is_missing(text: &str) -> bool {
    let text = text.trim();
    text.is_empty() || ["na", "n/a", "nan", "null", "none", "?"].iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// The number that the text stands for; infinities are numbers here, and refused later with a better message.
pub(super) fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|v: &f64| !v.is_nan())
}

/// Whether the text looks like a date: 2020-01-31, 31/01/2020, 31.1.2020, each with or without a time.
pub(super) fn is_date(text: &str) -> bool {
    let day = text.trim().split(['T', ' ']).next().unwrap_or_default();
    ['-', '/', '.'].iter().any(|&separator| {
        let parts: Vec<&str> = day.split(separator).collect();
        let digits = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        let lengths: Vec<usize> = parts.iter().map(|p| p.len()).collect();
        parts.iter().all(digits) && matches!(lengths.as_slice(), [4, 1 | 2, 1 | 2] | [1 | 2, 1 | 2, 2 | 4])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_told_apart() {
        assert!(["", " ", "NA", "nan", "NULL", "?", "None"].iter().all(|t| is_missing(t)));
        assert!(!is_missing("0") && !is_missing("Nancy"));
        assert_eq!(
            [number("-1e3"), number(" 7 "), number("seven"), number("NaN")],
            [Some(-1000.0), Some(7.0), None, None]
        );
        assert!(
            ["2020-01-31", "31/01/2020", "1.2.1999", "2020-01-31T10:00", "1/2/20 10:11"].iter().all(|t| is_date(t))
        );
        assert!(!["1.2", "1-2", "10.5.1", "192.168.1.1", "abc", "-5"].iter().any(|t| is_date(t)));
    }
}
