//! Shots: how well was a bin covered in training?
//!
//! With `n` training rows, a bin is *many* shot if `n > 100`, *medium* if `20 <= n <= 100`, *few* if `n < 20`. The paper
//! counts bins without any training row as few; here such a bin is [`Shot::Zero`], so that it can be listed apart too, and
//! [`Region::Few`] takes it in again.
//!
//! # Source
//! Yang et al., ICML 2021 (arXiv 2102.09554), section 4; official `agedb-dir/train.py` (`shot_metrics`), and the fixed lists
//! in `sts-b-dir/util.py:109-113` and `nyud2-dir/util.py:37-43` at a6fdc45. Shares and quantiles are ours: 100 rows mean
//! little for a data set of another size, which is why the official STS-B and NYUD2 programs left that rule, too.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::metric::quantile;

/// Why bins can't be sorted into shots. Worded to follow "failed to find the shots: ".
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum ShotError {
    /// No bin to sort.
    #[error("found no bins, expected at least 1")]
    NoBins,
    /// A share or quantile outside 0 to 1.
    #[error("found {name} = {value}, expected 0 to 1")]
    Threshold {
        /// Which threshold.
        name: &'static str,
        /// Its value.
        value: f64,
    },
    /// Thresholds that make some bin both many and few shot.
    #[error("found few_below = {few_below} and many_above = {many_above}, by which a bin could be both")]
    Overlap {
        /// Bins below are few shot.
        few_below: f64,
        /// Bins above are many shot.
        many_above: f64,
    },
    /// A bin that no list holds.
    #[error("found bin {bin} in none of the lists, expected each of the {bins} bins in one")]
    Unlisted {
        /// The bin.
        bin: usize,
        /// Number of bins.
        bins: usize,
    },
    /// A bin that was listed before.
    #[error("found bin {bin} both as {first} and as {second} shot, expected it once")]
    ListedTwice {
        /// The bin.
        bin: usize,
        /// The list that held it first.
        first: &'static str,
        /// The list that held it again.
        second: &'static str,
    },
    /// A listed bin that does not exist.
    #[error("found bin {bin} in the list of {list} shot bins, expected 0 to {last}", last = bins - 1)]
    NoSuchBin {
        /// The bin.
        bin: usize,
        /// The list.
        list: &'static str,
        /// Number of bins.
        bins: usize,
    },
}

/// How well a bin was covered in training.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shot {
    /// Many training rows.
    Many,
    /// Neither many nor few.
    Medium,
    /// Few training rows, but some.
    Few,
    /// No training row: the paper counts these as few.
    Zero,
}

impl Shot {
    /// Every shot, from many to zero.
    pub const EACH: [Self; 4] = [Self::Many, Self::Medium, Self::Few, Self::Zero];

    /// Lower-case name, as in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Many => "many",
            Self::Medium => "medium",
            Self::Few => "few",
            Self::Zero => "zero",
        }
    }
}

/// A part of the target range over which metrics are reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Region {
    /// Every bin.
    All,
    /// Many-shot bins.
    Many,
    /// Medium-shot bins.
    Medium,
    /// Few-shot bins with those of [`Region::Zero`], as in the paper's tables.
    Few,
    /// Bins without training rows: a part of [`Region::Few`].
    Zero,
}

impl Region {
    /// Every region, in the order of the paper's tables.
    pub const EACH: [Self; 5] = [Self::All, Self::Many, Self::Medium, Self::Few, Self::Zero];

    /// Is a bin of this shot in the region?
    #[must_use]
    pub fn contains(self, shot: Shot) -> bool {
        match self {
            Self::All => true,
            Self::Many => shot == Shot::Many,
            Self::Medium => shot == Shot::Medium,
            Self::Few => matches!(shot, Shot::Few | Shot::Zero),
            Self::Zero => shot == Shot::Zero,
        }
    }

    /// Lower-case name, as in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Many => "many",
            Self::Medium => "medium",
            Self::Few => "few",
            Self::Zero => "zero",
        }
    }
}

/// Which bins are many, medium and few shot. The default is the paper's rule.
///
/// # Example
/// ```
/// use dir_core::shot::{Shot, ShotRule};
/// let shots = ShotRule::default().shots(&[0, 19, 20, 100, 101])?;
/// assert_eq!(shots, [Shot::Zero, Shot::Few, Shot::Medium, Shot::Medium, Shot::Many]);
/// # Ok::<(), dir_core::shot::ShotError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", deny_unknown_fields)]
pub enum ShotRule {
    /// By training rows of the bin.
    Rows {
        /// More rows than this are many. The paper: 100.
        #[serde(default = "paper_many_above")]
        many_above: u64,
        /// Fewer rows than this are few. The paper: 20.
        #[serde(default = "paper_few_below")]
        few_below: u64,
    },
    /// By the bin's share of all training rows. 0.0074 and 0.0028 give the official NYUD2 lists.
    Share {
        /// A larger share is many.
        many_above: f64,
        /// A smaller share is few.
        few_below: f64,
    },
    /// By quantiles of the row counts over the bins that have rows: 0.75 and 0.25 call a quarter of them many, a quarter few.
    Quantile {
        /// More rows than this quantile are many.
        many_above: f64,
        /// Fewer rows than this quantile are few.
        few_below: f64,
    },
    /// Bin by bin. Listed few-shot bins without rows are [`Shot::Zero`]; in the other two lists, the list decides.
    Lists {
        /// Many-shot bins.
        many: Vec<usize>,
        /// Medium-shot bins.
        medium: Vec<usize>,
        /// Few-shot bins.
        few: Vec<usize>,
    },
}

fn paper_many_above() -> u64 {
    100
}

fn paper_few_below() -> u64 {
    20
}

impl Default for ShotRule {
    fn default() -> Self {
        Self::Rows { many_above: paper_many_above(), few_below: paper_few_below() }
    }
}

impl ShotRule {
    /// What makes a bin many, medium, few and zero shot, in words.
    ///
    /// # Example
    /// ```
    /// use dir_core::shot::ShotRule;
    /// assert_eq!(ShotRule::default().words(), ["more than 100 rows", "20 to 100 rows", "fewer than 20 rows", "no rows"]);
    /// ```
    #[must_use]
    pub fn words(&self) -> [String; 4] {
        let [many, medium, few] = match self {
            Self::Rows { many_above, few_below } => [
                format!("more than {many_above} rows"),
                format!("{few_below} to {many_above} rows"),
                format!("fewer than {few_below} rows"),
            ],
            Self::Share { many_above, few_below } => {
                let [many, few] = [many_above, few_below].map(|share| 100.0 * share);
                [
                    format!("over {many:.2} % of the rows"),
                    format!("{few:.2} to {many:.2} %"),
                    format!("under {few:.2} %"),
                ]
            }
            Self::Quantile { many_above, few_below } => [
                format!("above the {many_above} quantile of bins"),
                "between the quantiles".into(),
                format!("below the {few_below} quantile"),
            ],
            Self::Lists { .. } => ["as listed"; 3].map(String::from),
        };
        [many, medium, few, "no rows".into()]
    }

    /// The official lists for STS-B: 50 bins of 0.1. They follow a threshold near 30 rows for few, not the paper's 20.
    ///
    /// # Source
    /// `sts-b-dir/util.py:109-113` at a6fdc45.
    #[must_use]
    pub fn stsb() -> Self {
        let many = [vec![0], (10..=48).step_by(2).collect(), vec![49]].concat();
        Self::rest_is_few(50, many, vec![2, 4, 6, 8, 27, 35, 37])
    }

    /// The official lists for NYUD2: 100 bins of 0.1 m. They follow thresholds near 26 and 10 million pixels.
    ///
    /// # Source
    /// `nyud2-dir/util.py:37-43` at a6fdc45.
    #[must_use]
    pub fn nyud2() -> Self {
        let many = (9..=45).chain([47, 49]).collect();
        let medium = [7, 8, 46, 48].into_iter().chain(50..=56).chain([58, 60, 61, 63]).collect();
        Self::rest_is_few(100, many, medium)
    }

    fn rest_is_few(bins: usize, many: Vec<usize>, medium: Vec<usize>) -> Self {
        let few = (0..bins).filter(|b| !many.contains(b) && !medium.contains(b)).collect();
        Self::Lists { many, medium, few }
    }

    /// The shot of every bin, from its number of **training** rows: counts of another split would leak it.
    ///
    /// # Errors
    /// No bins; thresholds that overlap or are no shares; lists that miss a bin, hold it twice or name one that isn't there.
    pub fn shots(&self, train_counts: &[u64]) -> Result<Vec<Shot>, ShotError> {
        if train_counts.is_empty() {
            return Err(ShotError::NoBins);
        }
        match (self, self.limits(train_counts)?) {
            (Self::Lists { many, medium, few }, _) => by_list(train_counts, many, medium, few),
            (_, limits) => Ok(by_threshold(train_counts, limits.unwrap_or([f64::INFINITY, 0.0]))),
        }
    }

    /// Training rows above which a bin is many shot, and below which it is few; `None` where bins are listed.
    ///
    /// # Errors
    /// Thresholds that overlap or are no shares.
    /// # Example
    /// ```
    /// use dir_core::shot::ShotRule;
    /// let rule = ShotRule::Share { many_above: 0.5, few_below: 0.1 };
    /// assert_eq!(rule.limits(&[30, 7, 3])?, Some([20.0, 4.0]));
    /// # Ok::<(), dir_core::shot::ShotError>(())
    /// ```
    pub fn limits(&self, train_counts: &[u64]) -> Result<Option<[f64; 2]>, ShotError> {
        match self {
            Self::Rows { many_above, few_below } => {
                let (many_above, few_below) = (*many_above as f64, *few_below as f64);
                // Rows are whole: more than 99 and fewer than 100 exclude each other.
                if few_below > many_above + 1.0 {
                    return Err(ShotError::Overlap { few_below, many_above });
                }
                Ok(Some([many_above, few_below]))
            }
            Self::Share { many_above, few_below } => {
                check_shares(*many_above, *few_below)?;
                let total: f64 = train_counts.iter().map(|&n| n as f64).sum();
                Ok(Some([many_above * total, few_below * total]))
            }
            Self::Quantile { many_above, few_below } => {
                check_shares(*many_above, *few_below)?;
                let mut filled: Vec<f64> = train_counts.iter().filter(|&&n| n > 0).map(|&n| n as f64).collect();
                filled.sort_by(f64::total_cmp);
                // Without rows anywhere all bins are zero shot, whatever the thresholds.
                let rows_at = |q| quantile::of_sorted(&filled, q).unwrap_or_default();
                Ok(Some([rows_at(*many_above), rows_at(*few_below)]))
            }
            Self::Lists { .. } => Ok(None),
        }
    }
}

fn check_shares(many_above: f64, few_below: f64) -> Result<(), ShotError> {
    for (name, value) in [("many_above", many_above), ("few_below", few_below)] {
        if !(0.0..=1.0).contains(&value) {
            return Err(ShotError::Threshold { name, value });
        }
    }
    if few_below > many_above { Err(ShotError::Overlap { few_below, many_above }) } else { Ok(()) }
}

fn by_threshold(train_counts: &[u64], [many_above, few_below]: [f64; 2]) -> Vec<Shot> {
    let shot = |&n: &u64| match n as f64 {
        0.0 => Shot::Zero,
        n if n > many_above => Shot::Many,
        n if n < few_below => Shot::Few,
        _ => Shot::Medium,
    };
    train_counts.iter().map(shot).collect()
}

fn by_list(train_counts: &[u64], many: &[usize], medium: &[usize], few: &[usize]) -> Result<Vec<Shot>, ShotError> {
    let bins = train_counts.len();
    let mut shots: Vec<Option<Shot>> = vec![None; bins];
    for (list, shot) in [(many, Shot::Many), (medium, Shot::Medium), (few, Shot::Few)] {
        for &bin in list {
            let place = shots.get_mut(bin).ok_or(ShotError::NoSuchBin { bin, list: shot.name(), bins })?;
            if let Some(first) = place.replace(shot) {
                return Err(ShotError::ListedTwice { bin, first: first.name(), second: shot.name() });
            }
        }
    }
    let named = shots.into_iter().zip(train_counts).enumerate();
    named
        .map(|(bin, (shot, &rows))| match shot {
            Some(Shot::Few) if rows == 0 => Ok(Shot::Zero),
            Some(shot) => Ok(shot),
            None => Err(ShotError::Unlisted { bin, bins }),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Training rows of the 50 STS-B bins (counted in the shipped `train_new.tsv`).
    const STSB_ROWS: [u64; 50] = [
        428, 4, 96, 2, 98, 9, 86, 14, 97, 1, 203, 1, 139, 7, 117, 22, 111, 17, 118, 1, 186, 3, 192, 7, 111, 27, 150,
        35, 143, 1, 357, 6, 332, 22, 239, 55, 209, 71, 257, 5, 352, 3, 229, 4, 126, 20, 115, 25, 133, 263,
    ];

    /// Training pixels of the 100 NYUD2 bins (the histogram in the official program; 50,688 images of 304 x 228).
    const NYUD2_PIXELS: [u64; 100] = [
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        25_848_691,
        24_732_940,
        53_324_326,
        69_112_955,
        54_455_432,
        95_637_682,
        71_403_954,
        117_244_217,
        84_813_007,
        126_524_456,
        84_486_706,
        133_130_272,
        95_464_874,
        146_051_415,
        146_133_612,
        96_561_379,
        138_366_677,
        89_680_276,
        127_689_043,
        81_608_990,
        119_121_178,
        74_360_607,
        106_839_384,
        97_595_765,
        66_718_296,
        90_661_239,
        53_103_021,
        83_340_912,
        51_365_604,
        71_262_770,
        42_243_737,
        65_860_580,
        38_415_940,
        53_647_559,
        54_038_467,
        28_335_524,
        41_485_143,
        32_106_001,
        35_936_734,
        23_966_211,
        32_018_765,
        19_297_203,
        31_503_743,
        21_681_574,
        16_363_187,
        25_743_420,
        12_769_509,
        17_675_327,
        13_147_819,
        15_798_560,
        9_547_180,
        14_933_200,
        9_663_019,
        12_887_283,
        11_803_562,
        7_656_609,
        11_515_700,
        7_756_306,
        9_046_228,
        5_114_894,
        8_653_419,
        6_859_433,
        8_001_904,
        6_430_700,
        3_305_839,
        6_318_461,
        3_486_268,
        5_621_065,
        4_030_498,
        3_839_488,
        3_220_208,
        4_483_027,
        2_555_777,
        4_685_983,
        3_145_082,
        2_951_048,
        2_762_369,
        2_367_581,
        2_546_089,
        2_343_867,
        2_481_579,
        1_722_140,
        3_018_892,
        2_325_197,
        1_952_354,
        2_047_038,
        1_858_707,
        2_052_729,
        1_348_558,
        2_487_278,
        1_314_198,
        3_338_550,
        1_132_666,
    ];

    fn number_of(shots: &[Shot], region: Region) -> usize {
        shots.iter().filter(|&&s| region.contains(s)).count()
    }

    #[test]
    fn few_holds_zero() {
        let shots = ShotRule::default().shots(&[0, 3, 0, 500]).expect("valid");
        assert_eq!(Region::EACH.map(|r| number_of(&shots, r)), [4, 1, 0, 3, 2]);
    }

    #[test]
    fn official_stsb_lists_follow_thirty_rows() {
        let listed = ShotRule::stsb().shots(&STSB_ROWS).expect("50 bins");
        assert_eq!(Region::EACH.map(|r| number_of(&listed, r)), [50, 22, 7, 21, 0]);
        // Counts in the lists: 111 to 428, 35 to 98, 1 to 27 (the official util.py, read with the shipped counts).
        let by_rows = ShotRule::Rows { many_above: 100, few_below: 30 }.shots(&STSB_ROWS).expect("valid");
        assert_eq!(listed, by_rows);
        // By the paper's rule, bins 15, 25, 33, 45, 47 would be medium.
        let paper = ShotRule::default().shots(&STSB_ROWS).expect("valid");
        let moved: Vec<usize> = (0..50).filter(|&b| paper[b] != listed[b]).collect();
        assert_eq!(moved, [15, 25, 33, 45, 47]);
    }

    #[test]
    fn official_nyud2_lists_follow_shares() {
        let listed = ShotRule::nyud2().shots(&NYUD2_PIXELS).expect("100 bins");
        assert_eq!(Region::EACH.map(|r| number_of(&listed, r)), [100, 39, 15, 46, 7]);
        let by_share = ShotRule::Share { many_above: 0.0074, few_below: 0.0028 }.shots(&NYUD2_PIXELS);
        assert_eq!(by_share, Ok(listed));
    }

    #[test]
    fn shares_and_quantiles() {
        let counts = [0, 1, 9, 40, 50]; // by hand: shares 0, .01, .09, .4, .5
        let share = ShotRule::Share { many_above: 0.4, few_below: 0.05 }.shots(&counts).expect("valid");
        assert_eq!(share, [Shot::Zero, Shot::Few, Shot::Medium, Shot::Medium, Shot::Many]);
        // By hand, over 1 9 40 50: quantile .75 = 42.5, quantile .25 = 7.
        let quantile = ShotRule::Quantile { many_above: 0.75, few_below: 0.25 }.shots(&counts).expect("valid");
        assert_eq!(quantile, [Shot::Zero, Shot::Few, Shot::Medium, Shot::Medium, Shot::Many]);
        let none = ShotRule::Quantile { many_above: 0.75, few_below: 0.25 }.shots(&[0, 0]).expect("valid");
        assert_eq!(none, [Shot::Zero; 2]);
    }

    #[test]
    fn errors_name_what_is_wrong() {
        let wrong = |rule: ShotRule, counts: &[u64]| rule.shots(counts).expect_err("is wrong");
        let lists = |few: &[usize]| ShotRule::Lists { many: vec![0], medium: vec![], few: few.to_vec() };
        assert_eq!(wrong(ShotRule::default(), &[]), ShotError::NoBins);
        assert_eq!(wrong(ShotRule::stsb(), &[1; 51]), ShotError::Unlisted { bin: 50, bins: 51 });
        assert_eq!(wrong(lists(&[1, 2]), &[1; 2]), ShotError::NoSuchBin { bin: 2, list: "few", bins: 2 });
        assert_eq!(wrong(lists(&[0]), &[1; 2]), ShotError::ListedTwice { bin: 0, first: "many", second: "few" });
        let rows = ShotRule::Rows { many_above: 10, few_below: 12 };
        assert_eq!(wrong(rows, &[1]), ShotError::Overlap { few_below: 12.0, many_above: 10.0 });
        let share = ShotRule::Share { many_above: f64::NAN, few_below: 0.1 };
        assert!(matches!(wrong(share, &[1]), ShotError::Threshold { name: "many_above", .. }));
    }

    #[test]
    fn a_rule_reads_from_a_config_and_refuses_unknown_keys() {
        let read = serde_json::from_str::<ShotRule>;
        assert_eq!(read(r#"{"kind":"rows"}"#).expect("defaults"), ShotRule::default());
        let tutorial = ShotRule::Rows { many_above: 10, few_below: 2 };
        assert_eq!(read(r#"{"kind":"rows","many_above":10,"few_below":2}"#).expect("valid"), tutorial);
        assert!(read(r#"{"kind":"rows","many":10}"#).is_err());
        let text = serde_json::to_string(&ShotRule::stsb()).expect("serialises");
        assert_eq!(read(&text).expect("reads back"), ShotRule::stsb());
    }

    proptest! {
        #[test]
        fn more_rows_never_mean_a_lower_shot(counts in prop::collection::vec(0..300_u64, 1..60), a in 0.0..1.0_f64, b in 0.0..1.0_f64) {
            let (many_above, few_below) = (a.max(b), a.min(b));
            let rules = [
                ShotRule::default(),
                ShotRule::Share { many_above, few_below },
                ShotRule::Quantile { many_above, few_below },
            ];
            for rule in rules {
                let shots = rule.shots(&counts).expect("valid");
                let mut sorted: Vec<(u64, Shot)> = counts.iter().copied().zip(shots).collect();
                sorted.sort_by_key(|&(n, _)| n);
                let level = |s| match s { Shot::Zero => 0, Shot::Few => 1, Shot::Medium => 2, Shot::Many => 3 };
                prop_assert!(sorted.windows(2).all(|p| level(p[0].1) <= level(p[1].1)));
                prop_assert!(sorted.iter().all(|&(n, s)| (n == 0) == (s == Shot::Zero)));
            }
        }
    }
}
