//! Damage: a checkpoint is cut short or has a bit flipped while no process works on the run.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;

use super::random::Random;
use super::run_state::{names, updates_of};

/// What becomes of a file, at a place from 0 to 1 of its length.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Harm {
    Truncate(f64),
    Flip(f64),
}

/// Which file is damaged and how.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Damage {
    /// The model of the best epoch instead of the newest checkpoint.
    pub(super) best: bool,
    pub(super) harm: Harm,
}

/// A file that was damaged.
#[derive(Debug, Clone)]
pub(super) struct Damaged {
    pub(super) path: PathBuf,
    /// Content after the damage, which must be found in the run folder for ever.
    pub(super) content: Vec<u8>,
    /// Updates of the newest checkpoint that is still whole.
    pub(super) whole: u64,
}

impl Damaged {
    /// Whether no program has moved the file aside or replaced it yet.
    pub(super) fn stands(&self) -> bool {
        fs::read(&self.path).is_ok_and(|content| content == self.content)
    }
}

impl Damage {
    pub(super) fn draw(random: &mut Random) -> Option<Self> {
        let (best, at) = (random.happens(0.3), random.unit());
        let harm = random.choose(&[Harm::Truncate(at), Harm::Flip(at)]);
        random.happens(0.6).then_some(Self { best, harm })
    }

    /// Damages a file of the run. One that has no whole copy, or no older checkpoint that is whole, is left alone, since the run
    /// would have nothing to go back to.
    pub(super) fn inflict(self, run: &Path, earlier: &[Damaged]) -> anyhow::Result<Option<Damaged>> {
        let folder = run.join("checkpoints");
        let is_damaged =
            |name: &str| earlier.iter().any(|damaged| damaged.path == folder.join(name) && damaged.stands());
        let (damaged, whole): (Vec<String>, Vec<String>) =
            names(&folder).into_iter().filter(|name| name.ends_with(".ckpt")).partition(|name| is_damaged(name));
        let updates: Vec<u64> = whole.iter().filter_map(|name| updates_of(name)).collect();
        let [.., before, newest] = updates.as_slice() else { return Ok(None) };
        let best = whole.iter().rfind(|name| is_best(name));
        let has_copy = !damaged.iter().any(|name| is_best(name));
        let (name, whole) = match best {
            Some(best) if self.best && has_copy => (best.clone(), *newest),
            _ if self.best => return Ok(None),
            _ => (format!("update-{newest:012}.ckpt"), *before),
        };
        let path = folder.join(name);
        let content = self.harm.apply(&fs::read(&path)?);
        fs::write(&path, &content).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(Some(Damaged { path, content, whole }))
    }
}

/// Whether a file is the model of a best epoch, and not its copy.
fn is_best(name: &str) -> bool {
    name.starts_with("best-") && !name.ends_with(".copy.ckpt")
}

impl Harm {
    fn apply(self, content: &[u8]) -> Vec<u8> {
        let mut content = content.to_vec();
        let place = |at: f64| ((at * content.len() as f64) as usize).min(content.len().saturating_sub(1));
        match self {
            Self::Truncate(at) => {
                let length = place(at);
                content.truncate(length);
            }
            Self::Flip(at) => {
                let place = place(at);
                if let Some(byte) = content.get_mut(place) {
                    *byte ^= 4;
                }
            }
        }
        content
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_cut_or_changed_in_one_bit() {
        assert_eq!(Harm::Truncate(0.5).apply(b"abcd"), b"ab");
        assert_eq!(Harm::Flip(0.99).apply(b"abcd"), b"abc`");
        assert!(Harm::Flip(0.5).apply(b"").is_empty());
    }
}
