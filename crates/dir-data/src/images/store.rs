//! Where picture files are: a folder, or a tar that is read in place.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs::{File, Metadata};
use std::io::Read;
use std::path::{Component, Path, PathBuf};

use super::PictureError;
use crate::budget::Budget;
use crate::content_digest::{self, Hash};
use crate::read_limit::ReadLimit;

/// Bytes of a member's headers and name, at most.
const LONGEST_NAME: u64 = 1 << 20;

/// A folder or a tar of pictures.
#[derive(Debug)]
pub struct Store {
    place: PathBuf,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Folder,
    Tar { file: File, members: HashMap<String, Member>, short: HashMap<String, Option<Member>> },
}

#[derive(Debug, Clone, Copy)]
struct Member {
    offset: u64,
    length: u64,
}

/// Where a picture is.
#[derive(Debug, Clone)]
pub(crate) struct Located {
    pub(crate) name: String,
    path: Option<PathBuf>,
    member: Option<Member>,
}

impl Store {
    /// Opens a folder, or a tar (its list of members is read, its content is not).
    ///
    /// # Errors
    /// [`PictureError::Store`]; [`PictureError::Outside`] for a tar with a member that leads out of it.
    pub fn open(place: &Path) -> Result<Self, PictureError> {
        let wrong = |found: String| PictureError::Store { place: place.into(), found };
        if place.is_dir() {
            return Ok(Self { place: place.into(), kind: Kind::Folder });
        }
        let file = File::open(place).map_err(|error| wrong(format!("'{error}'")))?;
        let length = file.metadata().map_err(|error| wrong(format!("'{error}'")))?.len();
        let mut members = HashMap::new();
        // Content is passed over, so that what is read between two members are headers and long names.
        let headers =
            ReadLimit::new(file.try_clone().map_err(|e| wrong(e.to_string()))?, LONGEST_NAME, "a member's name", "");
        let reset = headers.reset();
        let mut archive = tar::Archive::new(headers);
        for entry in archive.entries_with_seek().map_err(|error| wrong(format!("no tar ({})", brief(&error))))? {
            reset.now();
            let entry = entry.map_err(|error| wrong(format!("no tar, or a damaged one ({})", brief(&error))))?;
            if !entry.header().entry_type().is_file() {
                continue;
            }
            let name = entry.path().map_err(|error| wrong(format!("a member without a name ({})", brief(&error))))?;
            let name = inside(&name.to_string_lossy(), place)?;
            let member = Member { offset: entry.raw_file_position(), length: entry.size() };
            if member.offset.checked_add(member.length).is_none_or(|end| end > length) {
                return Err(wrong(format!("a tar that ends within its member {name}")));
            }
            members.insert(name, member);
        }
        if members.is_empty() {
            return Err(wrong("no file in the tar".into()));
        }
        let short = by_stem(&members);
        Ok(Self { place: place.into(), kind: Kind::Tar { file, members, short } })
    }

    /// Names of all JPEG and PNG files, sorted: those of a tar, or of a folder itself without the folders in it.
    ///
    /// # Errors
    /// [`PictureError::Store`] for a folder that can't be listed.
    pub fn names(&self) -> Result<Vec<String>, PictureError> {
        let is_picture = |name: &str| {
            let name = name.to_lowercase();
            [".jpg", ".jpeg", ".png"].iter().any(|end| name.ends_with(end))
        };
        let mut names: Vec<String> = match &self.kind {
            Kind::Tar { members, .. } => members.keys().filter(|name| is_picture(name)).cloned().collect(),
            Kind::Folder => {
                let wrong =
                    |e: std::io::Error| PictureError::Store { place: self.place.clone(), found: format!("'{e}'") };
                let entries: Result<Vec<_>, _> = std::fs::read_dir(&self.place).map_err(wrong)?.collect();
                let names = entries.map_err(wrong)?.into_iter().map(|entry| entry.file_name());
                let pictures = names.filter(|name| is_picture(&name.to_string_lossy()));
                let not_utf8 = |name: OsString| PictureError::Name { path: self.place.join(name) };
                pictures.map(|name| name.into_string().map_err(not_utf8)).collect::<Result<_, _>>()?
            }
        };
        names.sort_unstable();
        Ok(names)
    }

    /// Finds a picture: by its path, or in a tar also by its file name up to the first dot, where that is unique. Some
    /// lists give pictures more endings than their archives.
    pub(crate) fn locate(&self, name: &str) -> Result<Located, PictureError> {
        let path = inside(name, &self.place)?;
        let missing = || PictureError::Missing { name: name.into(), place: self.place.clone() };
        match &self.kind {
            Kind::Folder => {
                let full = self.place.join(&path);
                if !full.is_file() {
                    return Err(missing());
                }
                Ok(Located { name: name.into(), path: Some(full), member: None })
            }
            Kind::Tar { members, short, .. } => {
                let found = members.get(&path).copied().or_else(|| short.get(stem(&path)).copied().flatten());
                Ok(Located { name: name.into(), path: None, member: Some(found.ok_or_else(missing)?) })
            }
        }
    }

    /// Bytes of a picture.
    pub(crate) fn read(&self, located: &Located) -> Result<Vec<u8>, PictureError> {
        let io = |error| PictureError::Io { name: located.name.clone(), error };
        match (&self.kind, &located.path, located.member) {
            (Kind::Tar { file, .. }, _, Some(member)) => {
                let fits = Budget::current().check(member.length, || "a member of the tar".into());
                fits.map_err(|error| io(std::io::Error::other(error)))?;
                let mut bytes = vec![0; member.length as usize];
                read_at(file, &mut bytes, member.offset).map_err(io)?;
                Ok(bytes)
            }
            (_, Some(path), _) => Budget::current().read_file(path).map_err(io),
            _ => Err(PictureError::Missing { name: located.name.clone(), place: self.place.clone() }),
        }
    }

    /// Digest of an image's file, for telling data sets apart.
    ///
    /// # Errors
    /// [`PictureError::Missing`]; [`PictureError::Io`].
    pub fn digest(&self, name: &str) -> Result<Hash, PictureError> {
        self.digest_of(&self.locate(name)?)
    }

    pub(crate) fn digest_of(&self, located: &Located) -> Result<Hash, PictureError> {
        let hash = match (&self.kind, &located.path, located.member) {
            (Kind::Tar { file, .. }, _, Some(member)) => content_digest::of_range(file, member.offset, member.length),
            (_, Some(path), _) => content_digest::of_file(path),
            _ => return Err(PictureError::Missing { name: located.name.clone(), place: self.place.clone() }),
        };
        hash.map_err(|error| PictureError::Io { name: located.name.clone(), error })
    }

    /// Which version of a picture there is, for telling caches apart: length and times of its file, and of a tar also the place in it.
    /// Content is not hashed: that would read every file at every start, which a cache is there to avoid.
    pub(super) fn version(&self, located: &Located) -> String {
        match (&self.kind, located.member, &located.path) {
            (Kind::Tar { file, .. }, Some(Member { offset, length }), _) => {
                format!(
                    "{length} at {offset} of {}",
                    file.metadata().map_or_else(|_| String::new(), |data| file_version(&data))
                )
            }
            (_, _, Some(path)) => path.metadata().map_or_else(|_| String::new(), |data| file_version(&data)),
            _ => String::new(),
        }
    }
}

/// Length, time of the last change and inode. The system sets that time itself, so a copy that keeps the time of modification differs
/// too; so does one of the same content, which costs a decoding and no more.
#[cfg(unix)]
fn file_version(data: &Metadata) -> String {
    use std::os::unix::fs::MetadataExt;
    format!(
        "{} {}.{} {}.{} {}",
        data.len(),
        data.mtime(),
        data.mtime_nsec(),
        data.ctime(),
        data.ctime_nsec(),
        data.ino()
    )
}

#[cfg(not(unix))]
fn file_version(data: &Metadata) -> String {
    format!("{} {:?} {:?}", data.len(), data.modified().ok(), data.created().ok())
}

/// The beginning of a message; the library quotes what it found, at any length.
fn brief(error: &std::io::Error) -> String {
    error.to_string().lines().next().unwrap_or_default().chars().take(60).collect()
}

/// Unpacks a tar into a folder; nothing leaves it.
///
/// # Errors
/// What the tar or the disk is to blame for.
pub fn unpack_tar(tar: impl Read, folder: &Path) -> std::io::Result<()> {
    tar::Archive::new(tar).unpack(folder)
}

/// A path without `.`; one with `..` or a root leads out of the place.
fn inside(name: &str, place: &Path) -> Result<String, PictureError> {
    let mut parts = Vec::new();
    for component in Path::new(name).components() {
        match component {
            Component::Normal(part) => parts.push(part.to_string_lossy().into_owned()),
            Component::CurDir => {}
            _ => return Err(PictureError::Outside { name: name.into(), place: place.into() }),
        }
    }
    Ok(parts.join("/"))
}

fn stem(path: &str) -> &str {
    let file = path.rsplit('/').next().unwrap_or(path);
    file.split('.').next().unwrap_or(file)
}

/// Members by the stem of their names; `None` where two have the same.
fn by_stem(members: &HashMap<String, Member>) -> HashMap<String, Option<Member>> {
    let mut short: HashMap<String, Option<Member>> = HashMap::with_capacity(members.len());
    for (name, &member) in members {
        short.entry(stem(name).to_owned()).and_modify(|found| *found = None).or_insert(Some(member));
    }
    short
}

/// Reads a place of a file that other threads read too.
pub(crate) fn read_at(file: &File, bytes: &mut [u8], offset: u64) -> std::io::Result<()> {
    #[cfg(unix)]
    {
        std::os::unix::fs::FileExt::read_exact_at(file, bytes, offset)
    }
    #[cfg(windows)]
    {
        use std::os::windows::fs::FileExt;
        let mut done = 0;
        while done < bytes.len() {
            match file.seek_read(&mut bytes[done..], offset + done as u64)? {
                0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
                n => done += n,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tar_of(files: &[(&str, &[u8])]) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("pictures.tar");
        let mut builder = tar::Builder::new(File::create(&path).expect("creates"));
        for (name, bytes) in files {
            let mut header = tar::Header::new_gnu();
            // By hand: the library refuses to write what an attacker would.
            header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
            header.set_size(bytes.len() as u64);
            header.set_mode(0o644);
            header.set_cksum();
            builder.append(&header, *bytes).expect("appends");
        }
        builder.finish().expect("finishes");
        (folder, path)
    }

    #[test]
    fn a_tar_is_read_in_place() {
        let (_folder, path) = tar_of(&[("a/1.jpg", b"one"), ("a/2.x.jpg", b"three"), ("b/2.jpg", b"other")]);
        let store = Store::open(&path).expect("a tar");
        let read = |name: &str| store.locate(name).and_then(|l| store.read(&l));
        assert_eq!(read("a/1.jpg").expect("there"), b"one");
        assert_eq!(read("./a/2.x.jpg").expect("there"), b"three");
        assert_eq!(read("elsewhere/1.jpg.chip.jpg").expect("by its stem"), b"one");
        assert!(matches!(read("c/2.png"), Err(PictureError::Missing { .. })), "two have that stem");
        assert!(matches!(read("../1.jpg"), Err(PictureError::Outside { .. })));
        assert!(matches!(read("/etc/passwd"), Err(PictureError::Outside { .. })));
    }

    #[test]
    fn sizes_and_names_in_a_tar_are_limited() {
        let (_folder, path) = tar_of(&[("a.jpg", b"one")]);
        let whole = std::fs::read(&path).expect("reads");
        let mut header = tar::Header::new_gnu();
        header.set_path("b.jpg").expect("a name");
        header.set_size(1 << 40);
        header.set_cksum();
        std::fs::write(&path, [&whole[..1024], header.as_bytes(), &[0; 4096]].concat()).expect("writes");
        let error = Store::open(&path).expect_err("a terabyte").to_string();
        assert!(error.contains("found a tar that ends within its member b.jpg"), "{error}");

        header.set_entry_type(tar::EntryType::GNULongName);
        header.set_size(2 << 20);
        header.set_cksum();
        let name = vec![b'n'; 2 << 20];
        std::fs::write(&path, [&whole[..1024], header.as_bytes(), &name, &whole].concat()).expect("writes");
        let error = Store::open(&path).expect_err("a name of 2 MiB").to_string();
        assert!(error.contains("a member's name of more than 1 MiB"), "{error}");
    }

    #[test]
    fn what_is_no_store_is_told() {
        let (folder, path) = tar_of(&[("../evil.jpg", b"x")]);
        assert!(matches!(Store::open(&path), Err(PictureError::Outside { .. })));
        let text = folder.path().join("no.tar");
        std::fs::write(&text, "hello").expect("writes");
        assert!(Store::open(&text).is_err() && Store::open(&folder.path().join("absent")).is_err());
        let store = Store::open(folder.path()).expect("a folder");
        assert!(matches!(store.locate("absent.jpg"), Err(PictureError::Missing { .. })));
        assert!(matches!(store.locate("../x"), Err(PictureError::Outside { .. })));
    }
}
