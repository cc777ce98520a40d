//! Suggestions: the known name that a mistyped one resembles.

/// Similarity of a name that is one insertion, deletion, replacement or swap of neighbours away, as `mea` is from `mae`.
const ONE_SLIP: f64 = 0.9;
/// Characters from which one slip leaves enough to recognise.
const LONG_ENOUGH: usize = 3;
/// Jaro-Winkler similarity from which a name counts as meant: `smotr` and `smoter` have 0.97, `bananas` and `vanilla` 0.62.
const SIMILAR: f64 = 0.8;

/// `; did you mean "x"?` for the known name that is most alike, or nothing where none is.
pub(crate) fn hint<'a>(found: &str, known: impl Iterator<Item = &'a str>) -> String {
    let found = found.to_lowercase();
    let similarity = |name: &str| {
        let slipped = found.chars().count() >= LONG_ENOUGH && strsim::osa_distance(&found, name) == 1;
        strsim::jaro_winkler(&found, name).max(if slipped { ONE_SLIP } else { 0.0 })
    };
    let alike = known.map(|name| (similarity(name), name)).filter(|(alike, _)| *alike >= SIMILAR);
    let best = alike.max_by(|(a, _), (b, _)| a.total_cmp(b));
    best.map_or_else(String::new, |(_, name)| format!("; did you mean {name:?}?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_resembles_is_suggested() {
        let names = ["vanilla", "inv", "sqinv", "smoter", "smogn"];
        let of = |found: &str| hint(found, names.into_iter());
        assert_eq!(of("smotr"), "; did you mean \"smoter\"?");
        assert_eq!(of("VANILA"), "; did you mean \"vanilla\"?");
        assert_eq!(of("sqrtinv"), "; did you mean \"sqinv\"?");
        assert_eq!([of("bananas"), of("x"), of("")], ["", "", ""]);
        assert_eq!(hint("mea", ["gm", "mae"].into_iter()), "; did you mean \"mae\"?");
    }
}
