//! The same code, compiled for wider vectors and chosen at run time: a plain build uses what the processor has.

/// Runs a loop with the widest vectors there are.
///
/// Rust never contracts `a * b + c`, so the numbers are the same with every width, bit for bit.
///
/// # Example
/// ```
/// use dir_core::simd::wide;
/// let mut values = [1.0_f32, 2.0, 3.0];
/// wide(|| values.iter_mut().for_each(|x| *x = x.sqrt()));
/// assert_eq!(values[0], 1.0);
/// ```
#[inline(always)]
pub fn wide<R>(body: impl FnOnce() -> R) -> R {
    #[cfg(target_arch = "x86_64")]
    #[allow(unsafe_code)]
    {
        use std::arch::is_x86_feature_detected as has;
        if has!("avx512f") && has!("avx512dq") && has!("avx512vl") {
            // SAFETY: the processor was just asked for these.
            return unsafe { eight(body) };
        }
        if has!("avx2") {
            // SAFETY: as above.
            return unsafe { four(body) };
        }
    }
    body()
}

/// Vectors of eight `f64`.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq,avx512vl")]
fn eight<R>(body: impl FnOnce() -> R) -> R {
    body()
}

/// Vectors of four `f64`.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn four<R>(body: impl FnOnce() -> R) -> R {
    body()
}
