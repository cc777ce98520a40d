//! What a device is and holds.

use burn::tensor::Device;

/// A device as it describes itself. Asking opens it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceInfo {
    /// Its own name, such as `NVIDIA H100 PCIe`.
    pub name: String,
    /// Whether it is a program that plays a GPU: right, but slower than the CPU backend.
    pub software: bool,
    /// Bytes of its memory, if it says so.
    pub memory: Option<u64>,
    /// Bytes of the largest single tensor, if there is a limit.
    pub largest_tensor: Option<u64>,
}

impl DeviceInfo {
    /// Whether the device is a GPU, a software one included.
    #[must_use]
    pub fn is_gpu(&self) -> bool {
        self.largest_tensor.is_some()
    }

    /// Asks a device.
    #[must_use]
    pub fn of(device: &Device) -> Self {
        let device = device.clone().without_autodiff();
        #[cfg(feature = "cube")]
        if let burn::backend::DispatchDevice::Cube(cube) = device.as_dispatch() {
            let identity = device.identity();
            let memory = cube.client().properties().memory.clone();
            return Self {
                name: identity.as_ref().map_or_else(|| format!("{device:?}"), |identity| identity.name.clone()),
                software: identity.is_some_and(|identity| identity.physical.is_none()),
                memory: memory.max_memory(),
                largest_tensor: Some(memory.max_page_size),
            };
        }
        let _ = device;
        let name = format!("CPU, {} threads", rayon::current_num_threads());
        Self { name, software: false, memory: None, largest_tensor: None }
    }
}
