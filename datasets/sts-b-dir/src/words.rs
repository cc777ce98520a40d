//! How sentences become word numbers, and what vectors the words have.

use std::sync::Arc;

use anyhow::Context;
use dir_core::random::Stream;
use dir_data::text::{PairColumns, Pairs, Vocabulary, WordVectors, first_tokens};
use serde::{Deserialize, Serialize};

use crate::settings::DataConfig;
use crate::task::Rows;

/// What a run knows of words; and, while it is made, their vectors.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Words {
    /// Columns that hold the sentences.
    pub(crate) columns: PairColumns,
    vocabulary: Vocabulary,
    max_tokens: usize,
    width: usize,
    /// `[words, width]`; a finished run has them in its network.
    #[serde(skip)]
    table: Arc<Vec<f32>>,
    /// What was found where.
    #[serde(skip)]
    note: String,
}

/// Words of a sentence, `most` at most.
pub(crate) fn tokens(sentence: &str, most: usize) -> Vec<String> {
    first_tokens(sentence, most)
}

impl Words {
    /// The vocabulary of all sentences, also those of the test, as in the official program: what the network knows of a word
    /// is its vector, which comes from elsewhere.
    pub(crate) fn of(rows: &Rows, data: &DataConfig) -> anyhow::Result<Self> {
        anyhow::ensure!(data.max_tokens > 0, "found --max-tokens 0, expected at least 1");
        let path = data.vectors();
        let vocabulary = Vocabulary::of(rows.first.iter().chain(&rows.second), data.max_words);
        let vectors = WordVectors::read(&path, vocabulary, data.max_words).context(
            "failed to read word vectors; --vectors names them, `sts-b-dir fetch` says where they come from",
        )?;
        // Words without a vector get the same in every run, as words with one do.
        let table = vectors.table(|word| Stream::new(&[u64::from(word)]));
        let note = format!("{}: {}", path.display(), vectors.coverage());
        let WordVectors { vocabulary, width, .. } = vectors;
        let (columns, max_tokens) = (data.columns(), data.max_tokens);
        Ok(Self { columns, vocabulary, max_tokens, width, table: Arc::new(table), note })
    }

    /// Numbers of words.
    pub(crate) fn ids(&self, tokens: &[String]) -> Vec<u32> {
        self.vocabulary.ids(tokens)
    }

    /// Numbers of the words of a sentence.
    pub(crate) fn ids_of(&self, sentence: &str) -> Vec<u32> {
        self.ids(&tokens(sentence, self.max_tokens))
    }

    /// Words of the sentences that the network does not know.
    pub(crate) fn unknown(&self, pairs: &Pairs) -> usize {
        let words = pairs.first.iter().chain(&pairs.second).flat_map(|sentence| tokens(sentence, self.max_tokens));
        words.filter(|word| self.vocabulary.id(word).is_none()).count()
    }

    /// Words and numbers per word.
    pub(crate) fn shape(&self) -> [usize; 2] {
        [self.vocabulary.len(), self.width]
    }

    /// The vectors, empty in a finished run.
    pub(crate) fn table(&self) -> &[f32] {
        &self.table
    }

    /// Where the vectors come from, and how many words have one.
    pub(crate) fn note(&self) -> &str {
        &self.note
    }
}
