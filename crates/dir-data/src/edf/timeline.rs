//! When the records of a file start: one run without gaps, or several in a discontinuous file.

/// Records that follow each other without a gap.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Run {
    /// The first record of the run.
    pub(super) record: u64,
    /// When it starts, in seconds from the header's start time.
    pub(super) start: f64,
}

/// The runs of a file, in order of record and of time.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Timeline {
    /// At least one.
    runs: Vec<Run>,
    record_seconds: f64,
    records: u64,
    /// How far a record's time may be off before it starts a run of its own.
    tolerance: f64,
}

impl Timeline {
    /// The time of a continuous file, or of the first record of a discontinuous one. `fastest` is the highest rate.
    pub(super) fn new(start: f64, record_seconds: f64, fastest: f64) -> Self {
        let tolerance = if fastest > 0.0 { 0.5 / fastest } else { 0.0 };
        Timeline { runs: vec![Run { record: 0, start }], record_seconds, records: 0, tolerance }
    }

    /// Takes `count` records more that follow without a gap.
    pub(super) fn extend(&mut self, count: u64) {
        self.records += count;
    }

    /// Takes one record more that starts at `start`; `false` where that is before the last one ends.
    ///
    /// Times are written rounded: what is less than half a sample of the fastest signal off is no gap.
    pub(super) fn push(&mut self, start: f64) -> bool {
        let end = self.end();
        if start < end - self.tolerance {
            return false;
        }
        if start > end + self.tolerance {
            self.runs.push(Run { record: self.records, start });
        }
        self.records += 1;
        true
    }

    /// Bytes that the runs take.
    pub(super) fn bytes(&self) -> u64 {
        (self.runs.len() * size_of::<Run>()) as u64
    }

    /// When a record starts; the time goes on evenly past the last.
    pub(super) fn record_start(&self, record: u64) -> f64 {
        let next = self.runs.partition_point(|run| run.record <= record);
        let run = self.runs.get(next.saturating_sub(1)).copied().unwrap_or(Run { record: 0, start: 0.0 });
        run.start + (record - run.record) as f64 * self.record_seconds
    }

    /// When the first record starts.
    pub(super) fn start(&self) -> f64 {
        self.record_start(0)
    }

    /// When the last record ends.
    pub(super) fn end(&self) -> f64 {
        self.record_start(self.records)
    }

    /// The runs that have samples within `from..to` seconds, each with the record that follows it.
    pub(super) fn runs(&self, from: f64, to: f64) -> impl Iterator<Item = (Run, u64)> {
        // The run before the first that starts after `from` may still last.
        let first = self.runs.partition_point(|run| run.start <= from).saturating_sub(1);
        let runs = self.runs.get(first..).unwrap_or_default();
        let ends = runs.iter().skip(1).map(|run| run.record).chain([self.records]);
        runs.iter().copied().zip(ends).take_while(move |(run, _)| run.start < to)
    }
}
