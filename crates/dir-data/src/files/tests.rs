//! What a file system can refuse, and what must not be replaced.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use super::faults::{self, Fault};
use super::*;

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn names(folder: &Path) -> Vec<PathBuf> {
    list(folder).expect("lists")
}

#[test]
fn a_write_that_fails_anywhere_leaves_the_old_file_and_nothing_else() {
    let folder = folder();
    let path = folder.path().join("file");
    write_atomic(&path, b"old").expect("writes");
    let counted = faults::count(folder.path());
    write_atomic(&path, b"old").expect("writes");
    let calls = counted.calls();
    assert_eq!(calls, 6, "look, create, write, flush, rename, flush of the folder");
    for (n, fault) in (0..calls).flat_map(|n| Fault::EACH.map(|fault| (n, fault))) {
        let injection = faults::fail_nth(folder.path(), n, fault);
        let written = write_atomic(&path, b"new");
        // After the rename the new file is there; a file system may refuse to flush a folder.
        let last = n == calls - 1;
        assert_eq!(written.is_ok(), last && fault == Fault::Invalid, "call {n}, {fault:?}");
        if let Err(error) = written {
            assert!(error.to_string().starts_with(&folder.path().display().to_string()), "{error}");
        }
        assert_eq!(fs::read(&path).expect("is there"), if last { b"new" } else { b"old" }, "call {n}, {fault:?}");
        assert_eq!(names(folder.path()), [path.as_path()]);
        drop(injection);
        write_atomic(&path, b"old").expect("writes");
    }
    let _injection = faults::fail_nth(folder.path(), calls - 1, Fault::Unsupported);
    write_atomic(&path, b"new").expect("a folder that can't be flushed is usable");
}

#[test]
fn a_file_that_is_not_committed_vanishes() {
    let folder = folder();
    let path = folder.path().join("file");
    let mut file = AtomicFile::create(&path).expect("starts");
    file.write_all(&vec![7; 1 << 20]).expect("writes");
    assert!(!path.exists() && names(folder.path()).len() == 1);
    remove_temporaries(folder.path()).expect("looks");
    assert_eq!(names(folder.path()).len(), 1, "one that is being written stays");
    drop(file);
    assert!(names(folder.path()).is_empty());
    fs::write(folder.path().join(".file.killed.tmp"), "half").expect("writes");
    fs::write(folder.path().join(".other"), "whole").expect("writes");
    remove_temporaries(folder.path()).expect("looks");
    assert_eq!(names(folder.path()), [folder.path().join(".other")]);
}

#[test]
fn names_of_any_length_and_without_a_folder_are_written() {
    let folder = folder();
    for name in ["ä".repeat(127), "x".repeat(255), "x".into()] {
        write_atomic(&folder.path().join(&name), b"new").expect("writes");
    }
    assert_eq!(names(folder.path()).len(), 3);
    for wrong in [folder.path(), &folder.path().join("absent/file"), Path::new("")] {
        assert!(write_atomic(wrong, b"new").is_err(), "{}", wrong.display());
    }
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
    use std::process::Command;

    use super::*;

    fn mode(path: &Path) -> u32 {
        path.metadata().expect("is there").permissions().mode() & 0o7777
    }

    #[test]
    fn permissions_of_an_old_file_are_kept_and_those_of_a_new_one_are_the_usual() {
        let folder = folder();
        let [old, new, usual] = ["old", "new", "usual"].map(|name| folder.path().join(name));
        for permissions in [0o600, 0o640, 0o664, 0o777] {
            fs::write(&old, "old").expect("writes");
            fs::set_permissions(&old, fs::Permissions::from_mode(permissions)).expect("sets");
            write_atomic(&old, b"new").expect("writes");
            assert_eq!(mode(&old), permissions);
        }
        File::create(&usual).expect("creates");
        write_atomic(&new, b"new").expect("writes");
        assert_eq!(mode(&new), mode(&usual));
    }

    #[test]
    fn a_symbolic_link_is_kept_and_its_file_replaced() {
        let folder = folder();
        let [file, link, second] = ["sub/file", "link", "second"].map(|name| folder.path().join(name));
        fs::create_dir(folder.path().join("sub")).expect("makes");
        symlink("sub/file", &link).expect("links");
        symlink("link", &second).expect("links");
        for content in [b"one", b"two"] {
            write_atomic(&second, content).expect("writes, also where there is no file yet");
            assert_eq!(fs::read(&file).expect("reads"), content);
            assert!([&link, &second].iter().all(|path| path.is_symlink()));
            assert!(!file.is_symlink() && names(&folder.path().join("sub")).len() == 1);
        }
        symlink("loop", folder.path().join("loop")).expect("links");
        assert!(write_atomic(&folder.path().join("loop"), b"x").is_err());
    }

    #[test]
    fn devices_and_pipes_are_written_to_and_never_replaced() {
        let folder = folder();
        let [pipe, null] = ["pipe", "null"].map(|name| folder.path().join(name));
        symlink("/dev/null", &null).expect("links");
        write_atomic(&null, b"text").expect("writes");
        assert!(null.is_symlink() && null.metadata().expect("is there").file_type().is_char_device());

        assert!(Command::new("mkfifo").arg(&pipe).status().expect("starts").success());
        let reader = std::thread::spawn({
            let pipe = pipe.clone();
            move || fs::read(pipe).expect("reads")
        });
        write_atomic(&pipe, b"text").expect("writes");
        assert_eq!(reader.join().expect("ends"), b"text");
        assert!(pipe.metadata().expect("is there").file_type().is_fifo());
        assert_eq!(names(folder.path()).len(), 2);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_device_is_an_error_and_an_open_file_is_appended_to() {
        use std::os::fd::AsRawFd;
        let full = write_atomic(Path::new("/dev/full"), b"text").expect_err("is full").to_string();
        assert!(full.starts_with("/dev/full: ") && full.contains("write the file"), "{full}");
        // What /dev/stdout is where a shell has sent it to a file.
        let folder = folder();
        let path = folder.path().join("file");
        fs::write(&path, "before ").expect("writes");
        let open = File::options().append(true).open(&path).expect("opens");
        write_atomic(Path::new(&format!("/dev/fd/{}", open.as_raw_fd())), b"after").expect("writes");
        assert_eq!(fs::read(&path).expect("reads"), b"before after");
    }
}
