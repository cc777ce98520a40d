//! Sequences of different lengths as one matrix without padding: what is computed is what is there.
//!
//! Sequences are sorted by falling length and cut into groups of about as many rows; the rows of a group come step by step, at
//! every step those sequences that are still running. So the rows of a group lie together, and those of a step within it.

use std::ops::Range;
use std::sync::Arc;

/// Where the steps of every sequence lie in a packed matrix `[rows, width]`.
///
/// # Source
/// The idea of PyTorch's `PackedSequence`; groups are ours: they let threads work without meeting.
/// # Example
/// ```
/// use dir_nn::sequence::Packing;
/// let packing = Packing::new(&[1, 3, 2], 1);
/// assert_eq!((packing.rows(), packing.sequences()), (6, 3));
/// // The second sequence is the longest: its steps are rows 0, 3 and 5.
/// assert_eq!((0..3).map(|step| packing.row(1, step)).collect::<Vec<_>>(), [0, 3, 5]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packing {
    inner: Arc<Inner>,
}

#[derive(Debug, PartialEq, Eq)]
struct Inner {
    /// Sequences, longest first.
    order: Vec<usize>,
    /// Place of every sequence in that order.
    place: Vec<usize>,
    /// Group of every sequence.
    group: Vec<usize>,
    lengths: Vec<usize>,
    groups: Vec<Group>,
    rows: usize,
}

/// Some sequences whose rows lie together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Group {
    /// First row.
    pub(crate) start: usize,
    /// Rows before each step and, at the end, all of the group.
    pub(crate) before: Vec<usize>,
    /// Places of its sequences in the order by length.
    pub(crate) places: Range<usize>,
}

/// Cuts a list into at most so many parts of about the same sum.
fn even_parts(values: &[usize], parts: usize) -> Vec<Range<usize>> {
    let total: usize = values.iter().sum();
    let (mut found, mut start, mut sum) = (Vec::new(), 0, 0);
    for (place, value) in values.iter().enumerate() {
        sum += value;
        // The part ends where the sum passes its share of the whole.
        if sum * parts.max(1) >= total * (found.len() + 1) {
            found.push(start..place + 1);
            start = place + 1;
        }
    }
    found
}

impl Group {
    /// Sequences of these lengths, longest first, whose rows begin at `start`.
    fn new(start: usize, lengths: &[usize], places: Range<usize>) -> Self {
        let mut before = vec![0];
        for step in 0..lengths.first().copied().unwrap_or(0) {
            before.push(before[step] + lengths.partition_point(|&length| length > step));
        }
        Self { start, before, places }
    }

    /// Sequences that are running at a step.
    pub(crate) fn active(&self, step: usize) -> usize {
        self.before.get(step + 1).map_or(0, |end| end - self.before[step])
    }

    /// Rows of a step within the group.
    pub(crate) fn step(&self, step: usize) -> Range<usize> {
        self.before[step]..self.before[step + 1]
    }

    /// Rows, within the group, of the states that a step starts from: of its first sequences, those that did not just begin.
    pub(crate) fn before_step(&self, step: usize, direction: Direction) -> Option<Range<usize>> {
        let other = match direction {
            Direction::Forward => step.checked_sub(1)?,
            Direction::Reverse => Some(step + 1).filter(|&next| next < self.steps())?,
        };
        let start = self.before[other];
        Some(start..start + self.active(step).min(self.active(other)))
    }

    /// Number of steps.
    pub(crate) fn steps(&self) -> usize {
        self.before.len() - 1
    }

    /// Number of rows.
    pub(crate) fn rows(&self) -> usize {
        self.before.last().copied().unwrap_or(0)
    }
}

impl Packing {
    /// Packs sequences of these lengths in at most so many groups. A length of 0 counts as 1: its one row must be given, too.
    #[must_use]
    pub fn new(lengths: &[usize], groups: usize) -> Self {
        let lengths: Vec<usize> = lengths.iter().map(|&n| n.max(1)).collect();
        let mut order: Vec<usize> = (0..lengths.len()).collect();
        order.sort_by_key(|&k| std::cmp::Reverse(lengths[k])); // stable
        let mut place = vec![0; order.len()];
        order.iter().enumerate().for_each(|(at, &sequence)| place[sequence] = at);
        let sorted: Vec<usize> = order.iter().map(|&k| lengths[k]).collect();
        let (mut packed, mut group, mut rows) = (Vec::new(), vec![0; order.len()], 0);
        for places in even_parts(&sorted, groups) {
            order[places.clone()].iter().for_each(|&k| group[k] = packed.len());
            let next = Group::new(rows, &sorted[places.clone()], places);
            rows += next.rows();
            packed.push(next);
        }
        Self { inner: Arc::new(Inner { order, place, group, lengths, groups: packed, rows }) }
    }

    /// Rows of the packed matrix: all steps of all sequences.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.inner.rows
    }

    /// Number of sequences.
    #[must_use]
    pub fn sequences(&self) -> usize {
        self.inner.order.len()
    }

    /// Steps of the longest sequence.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.inner.groups.iter().map(Group::steps).max().unwrap_or(0)
    }

    /// Steps of a sequence.
    #[must_use]
    pub fn length(&self, sequence: usize) -> usize {
        self.inner.lengths[sequence]
    }

    /// Row of a step of a sequence.
    ///
    /// # Panics
    /// If there is no such sequence or step.
    #[must_use]
    pub fn row(&self, sequence: usize, step: usize) -> usize {
        assert!(step < self.length(sequence), "row: found step {step}, expected less than {}", self.length(sequence));
        let place = self.inner.place[sequence];
        let group = &self.inner.groups[self.inner.group[sequence]];
        group.start + group.before[step] + place - group.places.start
    }

    /// Which sequence and step every row is.
    #[must_use]
    pub fn origins(&self) -> Vec<(usize, usize)> {
        let mut origins = Vec::with_capacity(self.rows());
        for group in self.groups() {
            for step in 0..group.steps() {
                let running = group.places.start..group.places.start + group.active(step);
                origins.extend(running.map(|place| (self.inner.order[place], step)));
            }
        }
        origins
    }

    pub(crate) fn groups(&self) -> &[Group] {
        &self.inner.groups
    }

    /// Sequences of a group, longest first.
    #[cfg(feature = "flex")]
    pub(crate) fn members(&self, group: &Group) -> &[usize] {
        &self.inner.order[group.places.clone()]
    }

    /// Row that each row follows in the order of time, or against it; `None` where a sequence begins.
    pub(crate) fn predecessors(&self, direction: Direction) -> Vec<Option<usize>> {
        let before = |(sequence, step): (usize, usize)| match direction {
            Direction::Forward => step.checked_sub(1).map(|step| self.row(sequence, step)),
            Direction::Reverse => (step + 1 < self.length(sequence)).then(|| self.row(sequence, step + 1)),
        };
        self.origins().into_iter().map(before).collect()
    }
}

/// From which end a sequence is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From its first step.
    Forward,
    /// From its last step, whatever its length.
    Reverse,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_step_has_one_row(lengths in proptest::collection::vec(0..9_usize, 0..20), groups in 0..7_usize) {
            let packing = Packing::new(&lengths, groups);
            let origins = packing.origins();
            prop_assert_eq!(origins.len(), lengths.iter().map(|&n| n.max(1)).sum::<usize>());
            prop_assert_eq!(origins.len(), packing.rows());
            for (row, &(sequence, step)) in origins.iter().enumerate() {
                prop_assert_eq!(packing.row(sequence, step), row);
            }
        }

        #[test]
        fn predecessors_are_neighbours_in_time(lengths in proptest::collection::vec(1..9_usize, 1..12)) {
            let packing = Packing::new(&lengths, 4);
            let origins = packing.origins();
            for (row, before) in packing.predecessors(Direction::Reverse).into_iter().enumerate() {
                let (sequence, step) = origins[row];
                match before {
                    Some(before) => prop_assert_eq!(origins[before], (sequence, step + 1)),
                    None => prop_assert_eq!(step + 1, lengths[sequence]),
                }
            }
        }
    }

    #[test]
    fn groups_lie_one_after_the_other() {
        let packing = Packing::new(&[2, 4, 1, 3], 2);
        // Longest first: sequences 1 and 3 pass half of the ten rows, then 0 and 2.
        let expected = [(1, 0), (3, 0), (1, 1), (3, 1), (1, 2), (3, 2), (1, 3), (0, 0), (2, 0), (0, 1)];
        assert_eq!(packing.origins(), expected);
        assert_eq!(even_parts(&[5, 1, 1, 1, 1, 1], 2), [0..1, 1..6]);
        assert_eq!((even_parts(&[1, 1], 9), even_parts(&[], 3)), (vec![0..1, 1..2], vec![]));
    }
}
