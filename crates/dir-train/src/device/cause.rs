//! Causes of device failures: what a driver's or a compiler's message says is missing, in one line.

/// Signs in a message, and what they mean; the first that fits.
const CAUSES: [(&[&str], &str); 12] = [
    (
        &["\"cuda\" shared library"],
        "the CUDA driver (libcuda.so.1) was not found; install NVIDIA's driver, or put the folder of libcuda.so.1 on \
         LD_LIBRARY_PATH",
    ),
    (
        &["\"nvrtc\" shared library"],
        "NVRTC (libnvrtc.so) was not found; install the CUDA toolkit, or put the folder of libnvrtc.so on LD_LIBRARY_PATH",
    ),
    (
        &["CUDA installation not found"],
        "the CUDA toolkit's headers were not found; set CUDA_PATH to the folder that holds include/, or install the toolkit \
         in /usr/local/cuda",
    ),
    (
        &["cannot open source file", "could not open source file"],
        "NVRTC did not find the CUDA toolkit's headers; set CUDA_PATH to the folder that holds include/cuda_runtime.h",
    ),
    (
        &["libdevice.10.bc"],
        "libdevice.10.bc was not found; set CUDA_PATH to a CUDA toolkit that holds nvvm/libdevice/libdevice.10.bc",
    ),
    (
        &["UNSUPPORTED_PTX_VERSION"],
        "NVRTC is newer than the driver supports; install a newer driver, or an NVRTC of the driver's CUDA version",
    ),
    (&["CUDA_ERROR_NO_DEVICE"], "the CUDA driver found no GPU"),
    (&["CUDA_ERROR_INVALID_DEVICE"], "the CUDA driver has no GPU of that number; `devices` lists those that it has"),
    (&["CUDA_ERROR_STUB_LIBRARY"], "libcuda.so.1 is the toolkit's link stub; install NVIDIA's driver"),
    (&["OUT_OF_MEMORY", "OutOfMemory", "out of memory"], "the GPU's memory is full; use a smaller batch or network"),
    (
        &["No supported backend", "No adapter", "no adapter", "RequestAdapterError", "acquire wgpu device"],
        "no graphics adapter was found; install the GPU's Vulkan driver and the Vulkan loader (libvulkan.so.1)",
    ),
    (&["Device lost", "DeviceLost", "device is lost"], "the GPU's driver has reset the device; see the system's log"),
];

/// Longest piece of an unknown message, in characters.
const LONGEST: usize = 300;

/// What a panic's message says, in one line.
pub(super) fn of(message: &str) -> String {
    let known = CAUSES.iter().find(|(signs, _)| signs.iter().any(|sign| message.contains(sign)));
    known.map_or_else(|| one_line(message), |(_, meaning)| (*meaning).to_owned())
}

fn one_line(message: &str) -> String {
    let words = message.split_whitespace().collect::<Vec<_>>().join(" ");
    if words.chars().count() <= LONGEST {
        return words;
    }
    words.chars().take(LONGEST).chain(" ...".chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Messages as cudarc 0.19.10 and cubecl-cuda 0.11.3 word them.
    #[test]
    fn missing_libraries_are_named() {
        let library = |name: &str| {
            format!(
                "Unable to dynamically load the \"{name}\" shared library - searched for library names: [\"lib{name}.so\"]."
            )
        };
        assert!(of(&library("cuda")).starts_with("the CUDA driver (libcuda.so.1) was not found; install"));
        assert!(of(&library("nvrtc")).starts_with("NVRTC (libnvrtc.so) was not found; install"));
        assert!(of("\n        CUDA installation not found.\n   Please ensure").contains("set CUDA_PATH"));
        let log =
            "[Compilation Error] \n    default_program(1): catastrophic error: cannot open source file \"cuda_fp16.h\"";
        assert!(of(log).contains("set CUDA_PATH"));
    }

    #[test]
    fn an_unknown_message_is_cut_to_one_line() {
        assert_eq!(of("a\n  b"), "a b");
        let long = of(&"word\n".repeat(1000));
        assert_eq!((long.lines().count(), long.chars().count()), (1, LONGEST + 4));
    }
}
