//! The same work in PyTorch and NumPy, in the same run: a script of `benches/peers`, if `DIR_PEERS_PYTHON` names a Python
//! that has what it needs.

use std::path::PathBuf;
use std::process::Command;

/// What a peer's script timed.
#[derive(Debug, Clone)]
pub struct Timed {
    /// The peer and its form, as it calls itself.
    pub peer: String,
    /// The work, in our words.
    pub work: String,
    /// The median.
    pub seconds: f64,
}

/// Runs a script and prints their lines in the form of ours; says how to, where no Python is named. Lines that name a peer and a
/// work beside two times come back.
pub fn run(script: &str, arguments: &[&str]) -> Vec<Timed> {
    let mut timed = Vec::new();
    let Some(python) = std::env::var_os("DIR_PEERS_PYTHON") else {
        println!(
            "peers: not run; DIR_PEERS_PYTHON=PYTHON, one with torch, numpy, scipy and Pillow (for `resample` smogn), runs them here"
        );
        return timed;
    };
    // Where cargo runs it: what it was compiled in may be another checkout that shares the target folder.
    let here = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
    let script = here.join("peers").join(script);
    match Command::new(&python).arg(script).args(arguments).output() {
        Ok(output) if output.status.success() => {
            for line in String::from_utf8_lossy(&output.stdout).lines() {
                let parts: Vec<&str> = line.split('\t').collect();
                if let [what, median, least] = parts[..]
                    && let (Ok(median), Ok(least)) = (median.parse(), least.parse())
                {
                    crate::line(what, (median, least), "");
                } else if let [peer, work, median, least] = parts[..]
                    && let (Ok(median), Ok(least)) = (median.parse(), least.parse())
                {
                    crate::line(&format!("  {peer}, {work}"), (median, least), "");
                    timed.push(Timed { peer: peer.into(), work: work.into(), seconds: median });
                } else {
                    println!("{line}");
                }
            }
        }
        Ok(output) => println!("peers: failed: {}", String::from_utf8_lossy(&output.stderr).trim()),
        Err(error) => println!("peers: {} does not start: {error}", python.display()),
    }
    timed
}
