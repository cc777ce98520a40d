//! Decimals: as many as numbers of a size need, whatever the unit of the target.

/// Decimals of numbers up to a size: three or fewer from 0.1 on, and three significant digits below.
pub(super) fn decimals(size: f64) -> usize {
    match size {
        size if size >= 100.0 => 1,
        size if size >= 10.0 => 2,
        size if size >= 0.1 || size <= 0.0 || !size.is_finite() => 3,
        size => (2 - size.log10().floor() as i32).clamp(3, 15) as usize,
    }
}

/// A number with its sign; one that is rounded to 0 has a plus.
pub(super) fn signed(value: f64, decimals: usize) -> String {
    let text = format!("{value:+.decimals$}");
    let is_zero = !text.bytes().any(|byte| (b'1'..=b'9').contains(&byte));
    if is_zero { text.replacen('-', "+", 1) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_numbers_keep_three_digits() {
        let of = |size: f64| format!("{size:.*}", decimals(size));
        assert_eq!([117.04, 44.25, 2.5, 0.123].map(of), ["117.0", "44.25", "2.500", "0.123"]);
        assert_eq!([0.0123, 0.000_123_4, 4.2e-9].map(of), ["0.0123", "0.000123", "0.00000000420"]);
        assert_eq!([0.0, f64::NAN].map(decimals), [3, 3]);
    }

    #[test]
    fn nothing_has_no_minus() {
        assert_eq!([-0.0004, 0.0, -0.5].map(|value| signed(value, 3)), ["+0.000", "+0.000", "-0.500"]);
    }
}
