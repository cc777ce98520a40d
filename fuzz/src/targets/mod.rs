//! Registry of the fuzz targets, by the kind of what they read.

mod arrays;
mod images;
mod lists;
mod run_folder;
mod runs;
mod settings;
mod signals;
mod stores;
mod tables;
mod text;
mod weights;

use crate::target::Target;

/// All targets in the order of the table.
pub(crate) fn all() -> impl Iterator<Item = &'static Target> {
    let areas: [&'static [Target]; 10] = [
        &images::TARGETS,
        &signals::TARGETS,
        &arrays::TARGETS,
        &tables::TARGETS,
        &lists::TARGETS,
        &text::TARGETS,
        &stores::TARGETS,
        &weights::TARGETS,
        &runs::TARGETS,
        &settings::TARGETS,
    ];
    areas.into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn target_names_are_unique_and_folder_names() {
        let names: BTreeSet<&str> = all().map(|target| target.name).collect();
        assert_eq!(names.len(), all().count());
        let plain = |name: &&str| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
        assert!(names.iter().all(plain), "{names:?}");
    }

    #[test]
    fn every_target_reads_its_own_seeds() {
        for target in all() {
            let folder = crate::campaign::scratch().expect("a folder");
            let scratch = crate::target::Scratch::new(folder.path());
            let seeds = (target.seeds)().expect("makes seeds");
            assert!(!seeds.is_empty(), "{}", target.name);
            for (name, bytes) in seeds {
                assert!(bytes.len() <= target.largest, "{}: {name} is too large", target.name);
                if let Err(error) = (target.run)(&bytes, &scratch) {
                    panic!("{}: seed {name} is refused: {error:#}", target.name);
                }
            }
        }
    }
}
