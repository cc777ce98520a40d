//! General Health, one of the eight scales of the SF-36 survey: five answers of 1 to 5 become a score of 0 to 100.
//!
//! | item | answers | value |
//! |---|---|---|
//! | In general, would you say your health is | 1 excellent, 2 very good, 3 good, 4 fair, 5 poor | 5, 4.4, 3.4, 2, 1 |
//! | I seem to get sick a little easier than other people | 1 definitely true .. 5 definitely false | answer |
//! | I am as healthy as anybody I know | the same | 6 - answer |
//! | I expect my health to get worse | the same | answer |
//! | My health is excellent | the same | 6 - answer |
//!
//! `raw` is the sum of the values, 5 to 25, and `score = (raw - 5) / 20 * 100`. Where at least half of the items are answered
//! (three), a missing one counts as the mean of the values of the others; else there is no score.
//!
//! RAND's free scoring of the same questions differs: there the first item is worth 100, 75, 50, 25 or 0 (so very good is 4,
//! not 4.4), and the score is the mean of the items that were answered, however few.
//!
//! # Source
//! Ware, Snow, Kosinski and Gandek, "SF-36 Health Survey: Manual and Interpretation Guide", 1993.

use thiserror::Error;

/// Tenths of a point that the first item's answers are worth: in whole numbers a full survey's score is exact.
pub(crate) const GENERAL: [u32; 5] = [50, 44, 34, 20, 10];
/// Answers that there must be: half of five, rounded up.
const FEWEST: u32 = 3;

/// An item of the scale, in the survey's order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Item {
    /// "In general, would you say your health is".
    General,
    /// "I seem to get sick a little easier than other people".
    SickEasier,
    /// "I am as healthy as anybody I know".
    AsHealthy,
    /// "I expect my health to get worse".
    ExpectWorse,
    /// "My health is excellent".
    Excellent,
}

impl Item {
    /// All items, in the survey's order.
    pub const EACH: [Self; 5] = [Self::General, Self::SickEasier, Self::AsHealthy, Self::ExpectWorse, Self::Excellent];

    /// The words of the survey.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::General => "In general, would you say your health is",
            Self::SickEasier => "I seem to get sick a little easier than other people",
            Self::AsHealthy => "I am as healthy as anybody I know",
            Self::ExpectWorse => "I expect my health to get worse",
            Self::Excellent => "My health is excellent",
        }
    }

    /// Tenths of a point that an answer is worth, 10 to 50.
    fn tenths(self, answer: u8) -> Result<u32, Sf36Error> {
        if !(1..=5).contains(&answer) {
            return Err(Sf36Error { item: self, found: answer });
        }
        Ok(match self {
            Self::General => GENERAL[usize::from(answer) - 1],
            Self::SickEasier | Self::ExpectWorse => 10 * u32::from(answer),
            Self::AsHealthy | Self::Excellent => 10 * u32::from(6 - answer),
        })
    }
}

/// An answer that the survey does not offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("item {:?}: found answer {found}, expected 1 to 5, or none; correct it", item.words())]
pub struct Sf36Error {
    /// The item.
    pub item: Item,
    /// The answer.
    pub found: u8,
}

/// Answers to the five items in the survey's order, 1 to 5 each as printed; `None` where there is none.
///
/// # Example
/// ```
/// use dir_data::sf36::GeneralHealth;
/// // Very good; definitely false, mostly true, definitely false, mostly true: 4.4 + 5 + 4 + 5 + 4 = 22.4.
/// let answers = GeneralHealth {
///     general: Some(2),
///     sick_easier: Some(5),
///     as_healthy: Some(2),
///     expect_worse: Some(5),
///     excellent: Some(2),
/// };
/// assert_eq!(answers.raw()?, Some(22.4));
/// assert_eq!(answers.score()?, Some(87.0));
/// # Ok::<(), dir_data::sf36::Sf36Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct GeneralHealth {
    /// "In general, would you say your health is": 1 excellent to 5 poor.
    pub general: Option<u8>,
    /// "I seem to get sick a little easier than other people": 1 definitely true to 5 definitely false, as all that follow.
    pub sick_easier: Option<u8>,
    /// "I am as healthy as anybody I know".
    pub as_healthy: Option<u8>,
    /// "I expect my health to get worse".
    pub expect_worse: Option<u8>,
    /// "My health is excellent".
    pub excellent: Option<u8>,
}

impl GeneralHealth {
    /// Answers as a list in the survey's order.
    #[must_use]
    pub fn of(answers: [Option<u8>; 5]) -> Self {
        let [general, sick_easier, as_healthy, expect_worse, excellent] = answers;
        Self { general, sick_easier, as_healthy, expect_worse, excellent }
    }

    /// Sum of the values, 5 to 25; `None` with fewer than three answers.
    ///
    /// # Errors
    /// [`Sf36Error`] names the first answer outside 1 to 5, however many there are.
    pub fn raw(&self) -> Result<Option<f64>, Sf36Error> {
        Ok(self.tenths()?.map(|tenths| tenths / 10.0))
    }

    /// The score, 0 to 100; `None` with fewer than three answers.
    ///
    /// # Errors
    /// [`Sf36Error`] names the first answer outside 1 to 5, however many there are.
    pub fn score(&self) -> Result<Option<f64>, Sf36Error> {
        Ok(self.tenths()?.map(|tenths| (tenths - 50.0) / 2.0))
    }

    /// The raw score in tenths.
    fn tenths(&self) -> Result<Option<f64>, Sf36Error> {
        let answers = [self.general, self.sick_easier, self.as_healthy, self.expect_worse, self.excellent];
        let (mut sum, mut answered) = (0, 0);
        for (item, answer) in Item::EACH.into_iter().zip(answers) {
            if let Some(answer) = answer {
                sum += item.tenths(answer)?;
                answered += 1;
            }
        }
        // The others' mean for every missing item is five times the mean in all.
        Ok((answered >= FEWEST).then(|| f64::from(5 * sum) / f64::from(answered)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// 0 stands for no answer.
    fn health(answers: [u8; 5]) -> GeneralHealth {
        GeneralHealth::of(answers.map(|answer| (answer > 0).then_some(answer)))
    }

    #[test]
    fn full_surveys_score_as_worked_out_by_hand() {
        for (answers, raw, score) in [
            ([1, 5, 1, 5, 1], 25.0, 100.0),
            ([5, 1, 5, 1, 5], 5.0, 0.0),
            ([2, 5, 2, 5, 2], 22.4, 87.0), // 4.4 + 5 + 4 + 5 + 4; the pair stands in rawgh_s1 and gh_s1 of SHHS-1
            ([4, 3, 2, 3, 3], 15.0, 50.0), // 2 + 3 + 4 + 3 + 3; so does this one
            ([3, 4, 2, 1, 5], 13.4, 42.0), // 3.4 + 4 + 4 + 1 + 1: no two items may be swapped
            ([1, 2, 5, 3, 4], 13.0, 40.0), // 5 + 2 + 1 + 3 + 2
        ] {
            assert_eq!(health(answers).raw(), Ok(Some(raw)), "{answers:?}");
            assert_eq!(health(answers).score(), Ok(Some(score)), "{answers:?}");
        }
    }

    #[test]
    fn missing_answers_count_as_the_mean_of_the_others() {
        // 4 + 5 + 3 = 12, mean 4, raw 20.
        assert_eq!(health([0, 4, 1, 0, 3]).score(), Ok(Some(75.0)));
        // 4.4 + 1 + 2 = 7.4, raw 7.4 / 3 * 5 = 12.333; the mean is of values, not of answers.
        let raw = health([2, 1, 4, 0, 0]).raw().expect("answers of the survey").expect("three");
        assert!((raw - 37.0 / 3.0).abs() < 1e-12, "{raw}");
        // 3.4 + 2 + 5 + 4 = 14.4, raw 18.
        assert_eq!(health([3, 2, 1, 4, 0]).score(), Ok(Some(65.0)));
        for few in [[0, 4, 1, 0, 0], [1, 0, 0, 0, 0], [0; 5]] {
            assert_eq!((health(few).raw(), health(few).score()), (Ok(None), Ok(None)), "{few:?}");
        }
    }

    #[test]
    fn other_answers_are_refused_by_name() {
        let wrong = GeneralHealth::of([Some(1), Some(6), None, None, Some(0)]).score().expect_err("no such answer");
        assert_eq!(wrong, Sf36Error { item: Item::SickEasier, found: 6 });
        let message = "item \"I seem to get sick a little easier than other people\": found answer 6, expected 1 to 5, \
            or none; correct it";
        assert_eq!(wrong.to_string(), message);
        assert_eq!(GeneralHealth { excellent: Some(0), ..health([1; 5]) }.raw().expect_err("0").item, Item::Excellent);
    }

    proptest! {
        #[test]
        fn scores_lie_within_0_and_100(answers in proptest::array::uniform5(0_u8..=5)) {
            let answered = answers.iter().filter(|&&answer| answer > 0).count();
            match health(answers).score().expect("answers of the survey") {
                Some(score) => prop_assert!(answered >= 3 && (0.0..=100.0).contains(&score)),
                None => prop_assert!(answered < 3),
            }
        }

        #[test]
        fn a_healthier_answer_never_lowers_the_score(answers in proptest::array::uniform5(0_u8..=5), item in 0_usize..5) {
            // "Sick easier" and "expect worse" are healthier the falser they are.
            let better = if item == 1 || item == 3 { answers[item] + 1 } else { answers[item].wrapping_sub(1) };
            prop_assume!(answers[item] > 0 && (1..=5).contains(&better));
            let mut healthier = answers;
            healthier[item] = better;
            let [before, after] = [answers, healthier].map(|a| health(a).score().expect("answers of the survey"));
            prop_assert!(before.is_none() && after.is_none() || after > before, "{before:?} {after:?}");
        }
    }
}
