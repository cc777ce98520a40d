/* NVIDIA's cuda_fp16.h and the functions that it has for devices alone, for device.h: computed in f32, then rounded. */
#pragma once
#include_next <cuda_fp16.h>

#define GPU_HALF(NAME, RESULT)                                                                   \
  static inline __half h##NAME(__half a) { float x = __half2float(a); return __float2half_rn(RESULT); } \
  static inline __half2 h2##NAME(__half2 a) { return __half2(h##NAME(a.x), h##NAME(a.y)); }

GPU_HALF(ceil, ceilf(x))
GPU_HALF(cos, cosf(x))
GPU_HALF(exp, expf(x))
GPU_HALF(floor, floorf(x))
GPU_HALF(log, logf(x))
GPU_HALF(rcp, 1.0f / x)
GPU_HALF(rint, rintf(x))
GPU_HALF(rsqrt, 1.0f / sqrtf(x))
GPU_HALF(sin, sinf(x))
GPU_HALF(sqrt, sqrtf(x))
GPU_HALF(tanh, tanhf(x))
GPU_HALF(trunc, truncf(x))

static inline __half __hfma(__half a, __half b, __half c) { return __float2half_rn(fmaf(__half2float(a), __half2float(b), __half2float(c))); }
static inline __half2 __hfma2(__half2 a, __half2 b, __half2 c) { return __half2(__hfma(a.x, b.x, c.x), __hfma(a.y, b.y, c.y)); }
