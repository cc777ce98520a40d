//! Devices: opens what `--device` names, lists what this machine has, and watches for failures during a run.

mod cause;
mod failure;
mod self_test;

use burn::tensor::Device;
#[cfg(any(feature = "wgpu", feature = "vulkan"))]
use burn::tensor::DeviceKind;
use dir_core::ops::DeviceInfo;

use crate::error::TrainError;

pub use failure::{check, guarded};

use failure::attempt;

/// Devices of one kind that are looked for.
#[cfg(any(feature = "wgpu", feature = "vulkan", feature = "cuda"))]
const MOST: usize = 16;

/// A device that can be computed on.
#[derive(Debug, Clone)]
pub struct Entry {
    /// What `--device` calls it.
    pub name: String,
    /// What it says of itself.
    pub info: DeviceInfo,
}

/// Opens `auto`, `cpu`, `wgpu[:N]`, `vulkan[:N]` or `cuda[:N]`, as far as this build and this machine have them.
///
/// `wgpu` and `vulkan` alone stand for the best adapter, `:N` for the N-th discrete one, `:integrated`, `:virtual` and
/// `:software` for the other kinds.
///
/// The device computes a few known results, so that one which opens but cannot compute is refused.
///
/// # Errors
/// [`TrainError::Device`] names what this build has, or what the machine lacks.
pub fn open(name: &str) -> Result<Device, TrainError> {
    let device = attempt(|| of_name(name)).map_err(|message| unopened(name, &message))?.ok_or_else(|| unknown(name))?;
    attempt(|| self_test::run(&device)).and_then(|result| result).map_err(|message| unopened(name, &message))?;
    Ok(device)
}

/// Every device that this build can open on this machine. Opens each of them.
#[must_use]
pub fn list() -> Vec<Entry> {
    let entry = |name: String| {
        let device = open(&name).ok()?;
        Some(Entry { info: attempt(|| DeviceInfo::of(&device)).ok()?, name })
    };
    candidates().into_iter().filter_map(entry).collect()
}

fn of_name(name: &str) -> Option<Device> {
    let (kind, which) = name.split_once(':').map_or((name, None), |(kind, which)| (kind, Some(which)));
    match kind {
        "auto" if which.is_none() => Some(Device::default()),
        #[cfg(feature = "flex")]
        "cpu" if which.is_none() => Some(Device::flex()),
        #[cfg(feature = "cuda")]
        "cuda" => Some(Device::cuda(which.unwrap_or("0").parse::<usize>().ok()?)),
        #[cfg(feature = "vulkan")]
        "vulkan" => Some(Device::vulkan(adapter(which)?)),
        #[cfg(feature = "wgpu")]
        "wgpu" => Some(Device::wgpu(adapter(which)?)),
        _ => None,
    }
}

#[cfg(any(feature = "wgpu", feature = "vulkan"))]
fn adapter(which: Option<&str>) -> Option<DeviceKind> {
    Some(match which {
        None => DeviceKind::DefaultDevice,
        Some("integrated") => DeviceKind::IntegratedGpu(0),
        Some("virtual") => DeviceKind::VirtualGpu(0),
        Some("software") => DeviceKind::Cpu,
        Some(index) => DeviceKind::DiscreteGpu(index.parse().ok()?),
    })
}

/// Names worth trying: only of adapters that the driver lists, since asking for another ends in a long wait.
fn candidates() -> Vec<String> {
    #[allow(unused_mut)]
    let mut names: Vec<String> = if cfg!(feature = "flex") { vec!["cpu".into()] } else { Vec::new() };
    #[cfg(any(feature = "wgpu", feature = "vulkan", feature = "cuda"))]
    {
        use burn::tensor::DeviceType;
        let mut add = |kind: &str, of: DeviceType| {
            // A driver that is missing lists nothing.
            let there = attempt(|| Device::enumerate(of).into_vec()).unwrap_or_else(|_| Vec::new());
            let suffixes = (0..MOST).map(|n| format!(":{n}"));
            let suffixes = suffixes.chain([":integrated", ":virtual", ":software"].map(String::from));
            let named = suffixes.map(|suffix| format!("{kind}{suffix}"));
            names.extend(named.filter(|name| of_name(name).is_some_and(|device| there.contains(&device))));
        };
        #[cfg(feature = "cuda")]
        add("cuda", DeviceType::Cuda);
        #[cfg(feature = "vulkan")]
        add("vulkan", DeviceType::Vulkan);
        #[cfg(feature = "wgpu")]
        add("wgpu", DeviceType::Wgpu);
    }
    names
}

fn built() -> String {
    let has: Vec<&str> = [
        ("cpu", cfg!(feature = "flex")),
        ("wgpu[:N]", cfg!(feature = "wgpu")),
        ("vulkan[:N]", cfg!(feature = "vulkan")),
        ("cuda[:N]", cfg!(feature = "cuda")),
    ]
    .into_iter()
    .filter_map(|(name, built)| built.then_some(name))
    .collect();
    has.join(", ")
}

fn unknown(name: &str) -> TrainError {
    TrainError::Device {
        found: name.to_owned(),
        expected: format!("auto or one that this build has ({}); others need a Cargo feature of that name", built()),
    }
}

fn unopened(name: &str, message: &str) -> TrainError {
    TrainError::Device {
        found: format!("{name}, which does not compute: {}", cause::of(message)),
        expected: format!("a device that works (this build has {}); `devices` lists them", built()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_device_is_named() {
        let text = open("tpu").expect_err("no such device").to_string();
        assert!(text.contains("--device tpu") && text.contains("this build has"), "{text}");
        assert!(open("cpu:x").is_err() && open("auto:1").is_err());
    }

    #[cfg(feature = "flex")]
    #[test]
    fn the_cpu_is_always_there() {
        assert!(open("cpu").is_ok());
        let entries = list();
        let cpu = entries.iter().find(|entry| entry.name == "cpu").expect("the CPU is listed");
        assert!(cpu.info.name.contains("threads") && !cpu.info.software);
    }
}
