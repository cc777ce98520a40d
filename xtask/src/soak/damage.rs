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
    /// Updates of the newest checkpoint that is still whole and whose best epoch is, if it is known.
    pub(super) whole: Option<u64>,
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

    /// Damages a file of the run. A run without an older checkpoint that is whole is left alone, since it has nothing to go back to.
    pub(super) fn inflict(self, run: &Path, earlier: &[Damaged]) -> anyhow::Result<Option<Damaged>> {
        let folder = run.join("checkpoints");
        let is_whole = |path: &PathBuf| {
            let content = fs::read(path).unwrap_or_default();
            earlier.iter().all(|damaged| damaged.content != content)
        };
        let mut paths: Vec<PathBuf> = names(&folder).into_iter().map(|name| folder.join(name)).collect();
        paths.retain(is_whole);
        let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let mut updates: Vec<(u64, &PathBuf)> =
            paths.iter().filter_map(|path| Some((updates_of(&name(path))?, path))).collect();
        updates.sort_unstable();
        let [.., (before, _), (_, newest_path)] = updates.as_slice() else { return Ok(None) };
        let best = paths.iter().filter(|path| name(path).starts_with("best-") && name(path).ends_with(".ckpt")).max();
        let (path, whole) = match (self.best, best) {
            (true, Some(best)) => (best, None),
            (true, None) => return Ok(None),
            (false, _) => (*newest_path, Some(*before)),
        };
        let content = self.harm.apply(&fs::read(path)?);
        fs::write(path, &content).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(Some(Damaged { path: path.clone(), content, whole }))
    }
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
