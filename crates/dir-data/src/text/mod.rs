//! Pairs of sentences with a number: lists, words, word vectors, and the files of STS-B.

pub mod grammar;
mod pairs;
pub mod stsb;
mod tokenize;
pub mod vectors;
mod vocabulary;

pub use pairs::{LeftOut, PairColumns, Pairs, PairsError};
pub use tokenize::{first_tokens, tokenize};
pub use vectors::{Coverage, VectorsError, WordVectors};
pub use vocabulary::Vocabulary;
