/* NVIDIA's cuda_bf16.h and the functions that it has for devices alone, for device.h: computed in f32, then rounded. */
#pragma once
#include_next <cuda_bf16.h>

#define HALF_FUNCTION(NAME, RESULT)                                                                   \
  static inline __nv_bfloat16 h##NAME(__nv_bfloat16 a) { float x = __bfloat162float(a); return __float2bfloat16(RESULT); } \
  static inline __nv_bfloat162 h2##NAME(__nv_bfloat162 a) { return __nv_bfloat162(h##NAME(a.x), h##NAME(a.y)); }

#include "half_functions.h"

static inline __nv_bfloat16 __hfma(__nv_bfloat16 a, __nv_bfloat16 b, __nv_bfloat16 c) { return __float2bfloat16(fmaf(__bfloat162float(a), __bfloat162float(b), __bfloat162float(c))); }
static inline __nv_bfloat162 __hfma2(__nv_bfloat162 a, __nv_bfloat162 b, __nv_bfloat162 c) { return __nv_bfloat162(__hfma(a.x, b.x, c.x), __hfma(a.y, b.y, c.y)); }
