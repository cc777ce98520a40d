/* NVIDIA's cuda_fp16.h and the functions that it has for devices alone, for device.h: computed in f32, then rounded. */
#pragma once
#include_next <cuda_fp16.h>

#define HALF_FUNCTION(NAME, RESULT)                                                                   \
  static inline __half h##NAME(__half a) { float x = __half2float(a); return __float2half_rn(RESULT); } \
  static inline __half2 h2##NAME(__half2 a) { return __half2(h##NAME(a.x), h##NAME(a.y)); }

#include "half_functions.h"

static inline __half __hfma(__half a, __half b, __half c) { return __float2half_rn(fmaf(__half2float(a), __half2float(b), __half2float(c))); }
static inline __half2 __hfma2(__half2 a, __half2 b, __half2 c) { return __half2(__hfma(a.x, b.x, c.x), __hfma(a.y, b.y, c.y)); }
