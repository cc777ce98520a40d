/* NVIDIA's cuda_bf16.h and the functions that it has for devices alone, for device.h: computed in f32, then rounded. */
#pragma once
#include_next <cuda_bf16.h>

#define GPU_BF16(NAME, RESULT)                                                                   \
  static inline __nv_bfloat16 h##NAME(__nv_bfloat16 a) { float x = __bfloat162float(a); return __float2bfloat16(RESULT); } \
  static inline __nv_bfloat162 h2##NAME(__nv_bfloat162 a) { return __nv_bfloat162(h##NAME(a.x), h##NAME(a.y)); }

GPU_BF16(ceil, ceilf(x))
GPU_BF16(cos, cosf(x))
GPU_BF16(exp, expf(x))
GPU_BF16(floor, floorf(x))
GPU_BF16(log, logf(x))
GPU_BF16(rcp, 1.0f / x)
GPU_BF16(rint, rintf(x))
GPU_BF16(rsqrt, 1.0f / sqrtf(x))
GPU_BF16(sin, sinf(x))
GPU_BF16(sqrt, sqrtf(x))
GPU_BF16(tanh, tanhf(x))
GPU_BF16(trunc, truncf(x))

static inline __nv_bfloat16 __hfma(__nv_bfloat16 a, __nv_bfloat16 b, __nv_bfloat16 c) { return __float2bfloat16(fmaf(__bfloat162float(a), __bfloat162float(b), __bfloat162float(c))); }
static inline __nv_bfloat162 __hfma2(__nv_bfloat162 a, __nv_bfloat162 b, __nv_bfloat162 c) { return __nv_bfloat162(__hfma(a.x, b.x, c.x), __hfma(a.y, b.y, c.y)); }
