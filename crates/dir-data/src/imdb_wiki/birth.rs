//! Birth dates in the IMDB-WIKI metadata: MATLAB day numbers, and the age they give.

/// MATLAB counts days from the start of year 0, ordinals from the start of year 1: year 0 has 366 days between.
const MATLAB_OFFSET: i64 = 366;

/// The ordinal of 9999-12-31, the last day that the reference's calendar has.
const LAST_ORDINAL: i64 = 3_652_059;

/// The days of 400 years of the Gregorian calendar, after which it repeats.
const ERA: i64 = 146_097;

/// A day of the proleptic Gregorian calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Date {
    pub(super) year: i64,
    pub(super) month: i64,
    pub(super) day: i64,
}

/// The date of an ordinal day; day 1 is 0001-01-01.
pub(super) fn date(ordinal: i64) -> Date {
    // Counted from 0000-03-01, a leap day is the last day of its year, and months have a fixed pattern of lengths.
    let days = ordinal + 305;
    let era = days.div_euclid(ERA);
    let in_era = days.rem_euclid(ERA);
    let year_of_era = (in_era - in_era / 1460 + in_era / 36_524 - in_era / (ERA - 1)) / 365;
    let in_year = in_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let months_from_march = (5 * in_year + 2) / 153;
    let day = in_year - (153 * months_from_march + 2) / 5 + 1;
    let month = (months_from_march + 2) % 12 + 1;
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    Date { year, month, day }
}

/// The date of a MATLAB day number: its whole days, and 0001-01-01 for anything earlier.
///
/// `None` where the reference raises an error: a number that is not finite, or a day after the year 9999.
pub(super) fn birth_date(datenum: f64) -> Option<Date> {
    if !datenum.is_finite() {
        return None;
    }
    // The cast saturates, so that a huge number stays out of range.
    let ordinal = (datenum.trunc() as i64).saturating_sub(MATLAB_OFFSET).max(1);
    (ordinal <= LAST_ORDINAL).then(|| date(ordinal))
}

/// The age in a photo taken in the middle of the year `taken`: a birthday from July on has not come yet.
pub(super) fn age(taken: i64, birth: Date) -> i64 {
    let years = taken.saturating_sub(birth.year);
    if birth.month < 7 { years } else { years.saturating_sub(1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ymd(ordinal: i64) -> (i64, i64, i64) {
        let Date { year, month, day } = date(ordinal);
        (year, month, day)
    }

    #[test]
    fn known_days_have_their_dates() {
        // From Python's datetime.date.toordinal.
        let known = [
            (1, (1, 1, 1)),
            (59, (1, 2, 28)),
            (60, (1, 3, 1)),
            (365, (1, 12, 31)),
            (366, (2, 1, 1)),
            (1155, (4, 2, 29)),
            (36_525, (101, 1, 1)),
            (146_097, (400, 12, 31)),
            (146_098, (401, 1, 1)),
            (577_736, (1582, 10, 15)),
            (693_654, (1900, 2, 28)),
            (693_655, (1900, 3, 1)),
            (719_163, (1970, 1, 1)),
            (730_120, (2000, 1, 1)),
            (730_179, (2000, 2, 29)),
            (730_485, (2000, 12, 31)),
            (738_945, (2024, 2, 29)),
            (LAST_ORDINAL, (9999, 12, 31)),
        ];
        for (ordinal, expected) in known {
            assert_eq!(ymd(ordinal), expected, "ordinal {ordinal}");
        }
    }

    #[test]
    fn every_day_follows_the_one_before() {
        let leap = |year: i64| (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        let length = |year, month| match month {
            4 | 6 | 9 | 11 => 30,
            2 => 28 + i64::from(leap(year)),
            _ => 31,
        };
        let (mut year, mut month, mut day) = (1, 1, 1);
        for ordinal in 1..=LAST_ORDINAL {
            assert_eq!(ymd(ordinal), (year, month, day), "ordinal {ordinal}");
            day += 1;
            if day > length(year, month) {
                (month, day) = (month + 1, 1);
            }
            if month > 12 {
                (year, month) = (year + 1, 1);
            }
        }
        assert_eq!((year, month, day), (10_000, 1, 1));
    }

    #[test]
    fn datenums_are_cut_shifted_and_clamped() {
        let date_of = |datenum| birth_date(datenum).map(|Date { year, month, day }| (year, month, day));
        // MATLAB's datenum(2000, 1, 1) is 730486.
        assert_eq!(date_of(730_486.0), Some((2000, 1, 1)));
        assert_eq!(date_of(730_486.99), Some((2000, 1, 1)));
        assert_eq!(date_of(367.0), Some((1, 1, 1)));
        assert_eq!(date_of(368.0), Some((1, 1, 2)));
        for early in [366.0, 47.0, 0.0, -0.5, -1e300] {
            assert_eq!(date_of(early), Some((1, 1, 1)), "{early}");
        }
        assert_eq!(date_of((LAST_ORDINAL + MATLAB_OFFSET) as f64), Some((9999, 12, 31)));
        for bad in [(LAST_ORDINAL + MATLAB_OFFSET + 1) as f64, 1e300, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(date_of(bad), None, "{bad}");
        }
    }

    #[test]
    fn birthdays_from_july_on_count_one_year_less() {
        assert_eq!(age(2000, Date { year: 1980, month: 6, day: 30 }), 20);
        assert_eq!(age(2000, Date { year: 1980, month: 7, day: 1 }), 19);
        assert_eq!(age(1979, Date { year: 1980, month: 1, day: 1 }), -1);
    }
}
