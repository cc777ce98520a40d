//! A panic on a device's thread ends the command that computes. One test: the record of failures is the process's.

use std::thread::Builder;

use dir_train::{TrainError, device};

/// What CubeCL's device thread does with a kernel that can't be compiled: it panics, and the caller's reads go on.
fn device_thread_panics(message: &'static str) {
    let thread = Builder::new().name("DSD-0-0".into()).spawn(move || panic!("{message}")).expect("starts");
    assert!(thread.join().is_err());
}

#[test]
fn a_panic_on_the_device_thread_is_an_error_once_and_for_all() {
    device::open("auto").expect("the CPU is always there");
    assert!(device::guarded(|| Ok::<_, TrainError>(3)).is_ok_and(|value| value == 3));

    let missing = "Unable to dynamically load the \"nvrtc\" shared library - searched for library names: []";
    let result = device::guarded(|| {
        device_thread_panics(missing);
        device_thread_panics("a second one, of a later kernel");
        Ok::<_, TrainError>("garbage")
    });
    let expected = "the device failed: NVRTC (libnvrtc.so) was not found; install the CUDA toolkit, or put the folder of \
                    libnvrtc.so on LD_LIBRARY_PATH; a run goes on from its last checkpoint when the command is repeated";
    assert_eq!(result.expect_err("nothing was computed").to_string(), expected);
    assert_eq!(device::check().expect_err("the failure stays").to_string(), expected);

    // A caller that panics because of it is told the cause; what was an error already stays that error.
    let result = device::guarded(|| -> Result<(), TrainError> { panic!("a read that got nothing") });
    assert_eq!(result.expect_err("the device has failed").to_string(), expected);
    let result = device::guarded(|| Err::<(), _>(TrainError::NoRows { part: "test" }));
    assert!(matches!(result, Err(TrainError::NoRows { part: "test" })));
}
