//! A sum that keeps what rounding loses, so that a million rows cost no digits and chunks merge to the whole.
//!
//! # Source
//! Neumaier, ZAMM 54 (1974): Kahan's compensated summation, also right when a term is larger than the sum so far.

/// Compensated sum of `f64`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Sum {
    total: f64,
    lost: f64,
}

impl Sum {
    /// Adds one number.
    pub(crate) fn push(&mut self, term: f64) {
        let total = self.total + term;
        let (large, small) = if self.total.abs() >= term.abs() { (self.total, term) } else { (term, self.total) };
        self.lost += (large - total) + small;
        self.total = total;
    }

    /// Adds another sum.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.push(other.total);
        self.lost += other.lost;
    }

    /// The sum.
    pub(crate) fn value(&self) -> f64 {
        self.total + self.lost
    }
}

impl FromIterator<f64> for Sum {
    fn from_iter<I: IntoIterator<Item = f64>>(terms: I) -> Self {
        let mut sum = Self::default();
        terms.into_iter().for_each(|term| sum.push(term));
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_what_plain_addition_loses() {
        // By hand; plain addition gives 0.
        assert_eq!([1.0, 1e100, 1.0, -1e100].into_iter().collect::<Sum>().value(), 2.0);
        // By hand: a million tenths are 100 000; plain addition is off by 1.3e-6.
        assert_eq!(std::iter::repeat_n(0.1, 1_000_000).collect::<Sum>().value(), 100_000.0);
    }

    #[test]
    fn merged_parts_equal_the_whole() {
        let terms: Vec<f64> = (1..=1000).map(|k| 1e8 / f64::from(k)).collect();
        let whole: Sum = terms.iter().copied().collect();
        for cut in [0, 1, 333, 1000] {
            let mut left: Sum = terms[..cut].iter().copied().collect();
            left.merge(&terms[cut..].iter().copied().collect());
            assert_eq!(left.value(), whole.value(), "cut at {cut}");
        }
    }
}
