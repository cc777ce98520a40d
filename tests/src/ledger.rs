//! A ledger of deviations: what was compared, how far off it was at worst, what was too far off.

use std::fmt::Debug;

/// `|got - expected| <= absolute + relative · |expected|`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tolerance {
    /// Allowed whatever the size.
    pub absolute: f64,
    /// Allowed per size.
    pub relative: f64,
}

impl Tolerance {
    /// Absolute only.
    #[must_use]
    pub const fn absolute(absolute: f64) -> Self {
        Self { absolute, relative: 0.0 }
    }

    /// Relative only.
    #[must_use]
    pub const fn relative(relative: f64) -> Self {
        Self { absolute: 0.0, relative }
    }

    /// The same number for both.
    #[must_use]
    pub const fn both(number: f64) -> Self {
        Self { absolute: number, relative: number }
    }
}

/// The largest deviation of a group, as a share of its tolerance.
#[derive(Debug, Clone, PartialEq)]
pub struct Worst {
    /// Numbers compared.
    pub compared: usize,
    /// `|got - expected|` where the share is largest.
    pub deviation: f64,
    /// Deviation over tolerance.
    pub share: f64,
    /// Case, quantity and index.
    pub place: String,
}

/// What the cases of one file gave.
#[derive(Debug, Default)]
pub struct Ledger {
    case: String,
    compared: usize,
    groups: Vec<(String, Worst)>,
    failures: Vec<String>,
}

impl Ledger {
    /// What follows belongs to this case.
    pub fn begin(&mut self, case: &str) {
        case.clone_into(&mut self.case);
        self.compared = 0;
    }

    /// The case is over: one that compared nothing has failed.
    pub fn end(&mut self) {
        if self.compared == 0 {
            self.fail("compared nothing".to_owned());
        }
    }

    /// Compares numbers. Groups are shown apart. Two NaN are equal.
    pub fn close(&mut self, group: &str, quantity: &str, got: &[f64], expected: &[f64], tolerance: Tolerance) {
        if got.len() != expected.len() {
            self.fail(format!("{quantity}: got {} numbers, expected {}", got.len(), expected.len()));
            return;
        }
        self.compared += got.len();
        let mut beyond = Vec::new();
        for (index, (&got, &expected)) in got.iter().zip(expected).enumerate() {
            let deviation = if got.is_nan() && expected.is_nan() { 0.0 } else { (got - expected).abs() };
            let size = if expected.is_nan() { 0.0 } else { expected.abs() };
            let allowed = tolerance.absolute + tolerance.relative * size;
            if deviation.is_nan() || deviation > allowed {
                beyond.push(format!("{quantity}[{index}]: got {got:e}, expected {expected:e}, tolerance {allowed:e}"));
            }
            let share = if deviation == 0.0 { 0.0 } else { deviation / allowed };
            self.note(group, deviation, share, || format!("{quantity}[{index}]"));
        }
        if let Some(first) = beyond.first() {
            let more = if beyond.len() > 1 { format!(" (and {} more)", beyond.len() - 1) } else { String::new() };
            self.fail(format!("{first}{more}"));
        }
    }

    /// Compares numbers within a share of the largest expected one.
    pub fn close_to_largest(&mut self, group: &str, quantity: &str, got: &[f64], expected: &[f64], share: f64) {
        let largest = expected.iter().fold(0.0, |m: f64, v| m.max(v.abs()));
        self.close(group, quantity, got, expected, Tolerance::absolute(share * largest));
    }

    fn note(&mut self, group: &str, deviation: f64, share: f64, place: impl Fn() -> String) {
        let at = self.groups.iter().position(|(name, _)| name == group).unwrap_or_else(|| {
            let worst = Worst { compared: 0, deviation: 0.0, share: 0.0, place: String::new() };
            self.groups.push((group.to_owned(), worst));
            self.groups.len() - 1
        });
        let worst = &mut self.groups[at].1;
        worst.compared += 1;
        if share > worst.share || share.is_nan() {
            (worst.deviation, worst.share) = (deviation, share);
            worst.place = format!("{}, {}", self.case, place());
        }
    }

    /// Compares what must be the same.
    pub fn equal<T: PartialEq + Debug + ?Sized>(&mut self, quantity: &str, got: &T, expected: &T) {
        self.compared += 1;
        if got != expected {
            self.fail(format!("{quantity}: got {got:?}, expected {expected:?}"));
        }
    }

    /// Notes a failure of the current case.
    pub fn fail(&mut self, what: String) {
        self.compared += 1;
        self.failures.push(format!("{}: {what}", self.case));
    }

    /// The groups, with their largest deviations.
    #[must_use]
    pub fn groups(&self) -> &[(String, Worst)] {
        &self.groups
    }

    /// All failures.
    #[must_use]
    pub fn failures(&self) -> &[String] {
        &self.failures
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_case_quantity_index_and_numbers() {
        let mut ledger = Ledger::default();
        ledger.begin("case 3");
        ledger.close("a", "w", &[1.0, 2.5, 9.0], &[1.0, 2.0, 3.0], Tolerance::relative(0.1));
        assert_eq!(ledger.failures(), ["case 3: w[1]: got 2.5e0, expected 2e0, tolerance 2e-1 (and 1 more)"]);
        assert_eq!(ledger.groups()[0].1.place, "case 3, w[2]");
    }

    #[test]
    fn nan_and_lengths() {
        let mut ledger = Ledger::default();
        ledger.end();
        assert_eq!(ledger.failures(), [": compared nothing"]);
        let mut ledger = Ledger::default();
        ledger.close("a", "both", &[f64::NAN], &[f64::NAN], Tolerance::both(1e-9));
        ledger.end();
        assert!(ledger.failures().is_empty());
        ledger.close("a", "one", &[f64::NAN], &[1.0], Tolerance::both(1e-9));
        ledger.close("a", "length", &[], &[1.0], Tolerance::both(1e-9));
        ledger.equal("flag", &true, &false);
        assert_eq!(ledger.failures().len(), 3);
    }

    #[test]
    fn exact_is_exact() {
        let mut ledger = Ledger::default();
        ledger.close("a", "zero", &[0.0], &[0.0], Tolerance::relative(1e-9));
        assert!(ledger.failures().is_empty());
        ledger.close("a", "zero", &[1e-300], &[0.0], Tolerance::relative(1e-9));
        assert_eq!(ledger.failures().len(), 1);
    }
}
