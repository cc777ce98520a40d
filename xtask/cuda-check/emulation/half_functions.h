/* Functions of one number that NVIDIA's headers of half precision have for devices alone. No include guard: a header of one of the
 * number types defines HALF_FUNCTION(NAME, RESULT), where RESULT is of float x, and includes this. */
HALF_FUNCTION(ceil, ceilf(x))
HALF_FUNCTION(cos, cosf(x))
HALF_FUNCTION(exp, expf(x))
HALF_FUNCTION(floor, floorf(x))
HALF_FUNCTION(log, logf(x))
HALF_FUNCTION(rcp, 1.0f / x)
HALF_FUNCTION(rint, rintf(x))
HALF_FUNCTION(rsqrt, 1.0f / sqrtf(x))
HALF_FUNCTION(sin, sinf(x))
HALF_FUNCTION(sqrt, sqrtf(x))
HALF_FUNCTION(tanh, tanhf(x))
HALF_FUNCTION(trunc, truncf(x))
#undef HALF_FUNCTION
