//! `devices`: what this build can compute on.

use anyhow::bail;
use dir_train::outputln;

pub(crate) fn run() -> anyhow::Result<()> {
    let entries = dir_train::device::list();
    if entries.is_empty() {
        bail!("found no device, expected a GPU with its driver, or a build with the feature `flex`");
    }
    outputln!("{:<18}{:>12}{:>16}  what it is", "--device", "memory", "largest tensor")?;
    let gib = |bytes: Option<u64>| {
        bytes.map_or("-".into(), |bytes| format!("{:.1} GiB", bytes as f64 / (1_u64 << 30) as f64))
    };
    for entry in entries {
        let note = if entry.info.software { " (software: slower than --device cpu)" } else { "" };
        let (memory, largest) = (gib(entry.info.memory), gib(entry.info.largest_tensor));
        outputln!("{:<18}{memory:>12}{largest:>16}  {}{note}", entry.name, entry.info.name)?;
    }
    Ok(())
}
