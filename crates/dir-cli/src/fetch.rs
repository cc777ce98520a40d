//! Downloads by the system's own curl, which resumes, knows proxies and needs no code here: by https alone, to a partial file that
//! gets its name once its SHA-256 is checked.

use std::ffi::OsString;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};
use dir_train::{files, outputln, status};
use sha2::{Digest, Sha256};

/// Https alone, for redirects too. A partial file is continued.
const FLAGS: [&str; 9] =
    ["--fail", "--location", "--proto", "=https", "--proto-redir", "=https", "--continue-at", "-", "--output"];

/// Downloads an address to a file, or goes on downloading. A file that is there already with the right sum, or without a known one, is
/// kept. Content of another sum is deleted.
///
/// # Errors
/// No curl; whatever it ended with; another SHA-256 than the known one; a file that can't be written.
pub fn download(address: &str, to: &Path, sha256: Option<&str>) -> anyhow::Result<()> {
    download_by(Path::new("curl"), address, to, sha256)
}

fn download_by(curl: &Path, address: &str, to: &Path, sha256: Option<&str>) -> anyhow::Result<()> {
    if files::exists(to)? {
        match sha256 {
            None => return Ok(outputln!("{}: kept, since it is there already", to.display())?),
            Some(known) if sum_of(to)? == known => return Ok(()),
            Some(_) => status!("{}: found another SHA-256 than the known one; downloading it anew", to.display()),
        }
    }
    let partial = partial(to);
    run_curl(curl, address, &partial)?;
    let found = sum_of(&partial)?;
    match sha256 {
        Some(known) if found != known => {
            files::remove_file(&partial)?;
            bail!(
                "{address}: found SHA-256 {found}, expected {known}; what was downloaded is deleted: repeat the command, and if the sum \
                 is the same then, the owners have another version"
            )
        }
        Some(_) => {}
        None => outputln!("{}: SHA-256 {found}; none is known to compare it with", to.display())?,
    }
    files::sync(&partial)?;
    Ok(files::rename(&partial, to)?)
}

/// Where a download is until it is complete and checked.
fn partial(to: &Path) -> PathBuf {
    let mut name: OsString = to.as_os_str().to_owned();
    name.push(".part");
    name.into()
}

fn run_curl(curl: &Path, address: &str, to: &Path) -> anyhow::Result<()> {
    let part = to.display();
    match Command::new(curl).args(FLAGS).arg(to).arg(address).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => bail!(
            "{address}: curl ended with {status}; repeat the command to go on where it stopped, or delete {part} to start anew"
        ),
        Err(error) => bail!(
            "found no curl ({error}), expected it on the path; or download {address} yourself, without .part at the end of {part}"
        ),
    }
}

fn sum_of(path: &Path) -> anyhow::Result<String> {
    let mut reader = BufReader::new(files::open(path)?);
    let (mut hash, mut block) = (Sha256::new(), vec![0; 1 << 20]);
    loop {
        match reader.read(&mut block).with_context(|| path.display().to_string())? {
            0 => break,
            n => hash.update(&block[..n]),
        }
    }
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::fs;

    use super::*;

    /// SHA-256 of `abc`: FIPS 180-2, appendix B.1.
    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    const ADDRESS: &str = "https://example.org/abc";

    /// A curl that appends a text to the output file, as one that continues does, and ends with a code.
    fn curl(folder: &Path, text: &str, code: i32) -> PathBuf {
        let path = folder.join("curl");
        let script = format!(
            "#!/bin/sh\necho \"$@\" >> {}/calls\nwhile [ \"$1\" != --output ]; do shift; done\nprintf %s '{text}' >> \"$2\"\nexit {code}\n",
            folder.display()
        );
        let text = folder.join("curl.sh");
        fs::write(&text, script).expect("writes");
        // Another process makes it a program: a child that another test starts meanwhile would hold a file that this one has open for
        // writing, which can't be run then.
        let made = Command::new("install").args(["-m", "755"]).args([&text, &path]).status().expect("starts");
        assert!(made.success());
        path
    }

    fn calls(folder: &Path) -> String {
        fs::read_to_string(folder.join("calls")).expect("curl was called")
    }

    #[test]
    fn a_download_is_https_alone_and_appears_once_it_is_checked() {
        let folder = tempfile::tempdir().expect("a folder");
        let to = folder.path().join("abc.txt");
        let get = |text, code, sum| download_by(&curl(folder.path(), text, code), ADDRESS, &to, sum);
        let stopped = get("a", 56, Some(ABC)).expect_err("curl failed").to_string();
        assert!(stopped.contains("curl ended") && stopped.contains("abc.txt.part") && !to.exists(), "{stopped}");
        get("bc", 0, Some(ABC)).expect("goes on");
        assert_eq!(fs::read(&to).expect("is there"), b"abc");
        assert!(!partial(&to).exists());
        let lines = calls(folder.path());
        assert!(lines.lines().all(|line| line.contains("--proto =https --proto-redir =https")), "{lines}");
        get("?", 0, Some(ABC)).expect("is there already");
        get("?", 0, None).expect("is there already");
        assert_eq!(calls(folder.path()).lines().count(), 2);
    }

    #[test]
    fn a_wrong_sum_is_named_deleted_and_recovered_from() {
        let folder = tempfile::tempdir().expect("a folder");
        let to = folder.path().join("abc.txt");
        let get = |text, sum| download_by(&curl(folder.path(), text, 0), ADDRESS, &to, sum);
        let wrong = get("abd", Some(ABC)).expect_err("is wrong").to_string();
        assert!(wrong.starts_with(ADDRESS) && wrong.contains(ABC) && wrong.contains("is deleted"), "{wrong}");
        assert!(!to.exists() && !partial(&to).exists());
        get("abc", Some(ABC)).expect("is right");
        // What an earlier version of the program left under the name itself.
        fs::write(&to, "ab").expect("writes");
        get("abc", Some(ABC)).expect("is replaced");
        assert_eq!(fs::read(&to).expect("is there"), b"abc");
    }

    #[test]
    fn no_curl_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let to = folder.path().join("abc.txt");
        let none = download_by(Path::new("/nonexistent/curl"), ADDRESS, &to, None).expect_err("is none").to_string();
        assert!(none.contains("found no curl") && none.contains(ADDRESS), "{none}");
    }
}
