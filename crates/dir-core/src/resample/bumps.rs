//! Bumps: runs of targets in rising order on the same side of the relevance threshold, and how many rows each shall have.

use super::Amount;

/// Rows whose targets follow one another and are all rare, or all frequent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bump {
    /// Positions of the rows, by rising target.
    pub rows: Vec<usize>,
    /// Whether their relevance is at the threshold or above.
    pub rare: bool,
}

/// Cuts rows into bumps.
pub(super) fn bumps(targets: &[f64], is_rare: &[bool]) -> Vec<Bump> {
    let mut order: Vec<usize> = (0..targets.len()).collect();
    order.sort_by(|&a, &b| targets[a].total_cmp(&targets[b]));
    let run = |rows: &[usize]| Bump { rows: rows.to_vec(), rare: is_rare[rows[0]] };
    order.chunk_by(|&a, &b| is_rare[a] == is_rare[b]).map(run).collect()
}

/// How many rows each bump shall have. With `N` rows in `B` bumps: `N / B` each, or in inverse proportion to their size.
pub(super) fn goals(bumps: &[Bump], amount: Amount) -> Vec<usize> {
    let rows: f64 = bumps.iter().map(|bump| bump.rows.len() as f64).sum();
    let each = rows / bumps.len().max(1) as f64;
    match amount {
        Amount::Balance => vec![each.round() as usize; bumps.len()],
        Amount::Extreme => {
            let inverse = |bump: &Bump| each * each / bump.rows.len() as f64;
            let scale = rows / bumps.iter().map(inverse).sum::<f64>();
            bumps.iter().map(|bump| (scale * inverse(bump)).round() as usize).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_rising_targets() {
        let targets = [5.0, 1.0, 9.0, 2.0, 3.0, 9.5];
        let rare = [false, true, true, false, false, true];
        let found = bumps(&targets, &rare);
        let rows: Vec<_> = found.iter().map(|bump| (bump.rows.clone(), bump.rare)).collect();
        assert_eq!(rows, [(vec![1], true), (vec![3, 4, 0], false), (vec![2, 5], true)]);
    }

    #[test]
    fn amounts_by_hand() {
        let of = |sizes: &[usize]| sizes.iter().map(|&n| Bump { rows: vec![0; n], rare: true }).collect::<Vec<_>>();
        assert_eq!(goals(&of(&[2, 10]), Amount::Balance), [6, 6]);
        // 36 / 2 = 18 and 36 / 10 = 3.6, times 12 / 21.6.
        assert_eq!(goals(&of(&[2, 10]), Amount::Extreme), [10, 2]);
    }
}
