//! Parts.

/// A part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    /// Train.
    Train,
    /// Val.
    Val,
    /// Test.
    Test,
}
