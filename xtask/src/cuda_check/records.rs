//! Events that the stand-in recorded during a run (`events.tsv`, see `cuda-check/driver/record.h`).

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Context;

/// What happened in a run.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Records {
    /// Kernels by hash, with the architecture that NVRTC compiled them for.
    pub(super) compiled: BTreeMap<String, String>,
    /// Launches of all kernels.
    pub(super) launches: u64,
    /// What a driver would refuse, what NVRTC refused, and what the emulation cannot do.
    pub(super) faults: Vec<String>,
}

impl Records {
    pub(super) fn read(folder: &Path) -> anyhow::Result<Self> {
        let path = folder.join("events.tsv");
        let text = fs::read_to_string(&path).with_context(|| format!("{}: nothing was recorded", path.display()))?;
        Ok(Self::of(&text))
    }

    fn of(text: &str) -> Self {
        let mut records = Self::default();
        for line in text.lines() {
            match line.split('\t').collect::<Vec<_>>().as_slice() {
                ["compiled", hash, arch, ..] => {
                    records.compiled.insert((*hash).into(), (*arch).into());
                }
                ["refused", hash, arch, ..] => {
                    records.faults.push(format!("NVRTC refused {hash}.cu for {arch}, see {hash}.log"))
                }
                ["launched", _, _, count] => records.launches += count.parse::<u64>().unwrap_or(0),
                ["fault", text @ ..] => records.faults.push(text.join(" ")),
                _ => {}
            }
        }
        records
    }

    /// Assembles each PTX for the architecture it was compiled for; how many there were.
    pub(super) fn assemble(&self, toolkit: &Path, folder: &Path) -> Result<usize, String> {
        for (hash, arch) in &self.compiled {
            let ptx = folder.join(format!("{hash}.ptx"));
            let mut command = Command::new(toolkit.join("bin/ptxas"));
            let output = command.arg(format!("-arch={arch}")).args(["-o", "/dev/null"]).arg(&ptx).output();
            let output = output.map_err(|error| format!("ptxas does not start: {error}"))?;
            if !output.status.success() {
                let text = String::from_utf8_lossy(&output.stderr);
                return Err(format!("ptxas refuses {}: {}", ptx.display(), text.lines().next().unwrap_or_default()));
            }
        }
        Ok(self.compiled.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_counted() {
        let text = "compiled\t0a\tsm_80\t120\nloaded\t0a\tadd\nemulated\t0a\tadd\tserial\ncompiled\t0b\tsm_80\t90\n\
                    refused\t0c\tsm_80\t9\nfault\tlaunch of add: grid size\nlaunched\t0a\tadd\t7\nlaunched\t0b\tmul\t2\n";
        let records = Records::of(text);
        assert_eq!((records.compiled.len(), records.launches), (2, 9));
        assert_eq!(records.faults, ["NVRTC refused 0c.cu for sm_80, see 0c.log", "launch of add: grid size"]);
    }
}
