//! The device that a name stands for.

use burn::tensor::Device;

use crate::error::TrainError;

/// Opens `auto`, `cpu`, `wgpu[:N]`, `vulkan[:N]` or `cuda[:N]`, as far as this build has them.
///
/// # Errors
/// [`TrainError::Device`] names what this build has.
pub fn open(name: &str) -> Result<Device, TrainError> {
    let (kind, index) = match name.split_once(':') {
        Some((kind, index)) => (kind, index.parse::<usize>().map_err(|_| unknown(name))?),
        None => (name, 0),
    };
    match kind {
        "auto" => Ok(Device::default()),
        #[cfg(feature = "flex")]
        "cpu" if index == 0 => Ok(Device::flex()),
        #[cfg(feature = "cuda")]
        "cuda" => Ok(Device::cuda(index)),
        #[cfg(feature = "vulkan")]
        "vulkan" => Ok(Device::vulkan(burn::tensor::DeviceKind::DiscreteGpu(index))),
        #[cfg(feature = "wgpu")]
        "wgpu" if name == "wgpu" => Ok(Device::wgpu(burn::tensor::DeviceKind::DefaultDevice)),
        #[cfg(feature = "wgpu")]
        "wgpu" => Ok(Device::wgpu(burn::tensor::DeviceKind::DiscreteGpu(index))),
        _ => {
            let _ = index;
            Err(unknown(name))
        }
    }
}

fn unknown(name: &str) -> TrainError {
    let has: Vec<&str> = [
        ("cpu", cfg!(feature = "flex")),
        ("wgpu[:N]", cfg!(feature = "wgpu")),
        ("vulkan[:N]", cfg!(feature = "vulkan")),
        ("cuda[:N]", cfg!(feature = "cuda")),
    ]
    .into_iter()
    .filter_map(|(name, built)| built.then_some(name))
    .collect();
    TrainError::Device {
        found: name.to_owned(),
        expected: format!(
            "auto or one that this build has ({}); others need a Cargo feature of that name",
            has.join(", ")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_device_is_named() {
        let text = open("tpu").expect_err("no such device").to_string();
        assert!(text.contains("--device tpu") && text.contains("cpu"), "{text}");
        assert!(open("cpu:x").is_err());
        #[cfg(feature = "flex")]
        assert!(open("cpu").is_ok());
    }
}
