/*
 * Matrix units as CUDA's WMMA describes them, for device.h: the first lane of a warp holds and computes whole fragments.
 *
 * Loads and stores wait for the warp before, so that what its lanes have written is seen, and after, so that no lane overwrites what
 * is still read. Products touch no memory and need no waiting. Factors of TF32 lose their low 13 bits, which the hardware ignores;
 * with -DGPU_EXACT they keep them, and what is left of a deviation is not TF32's.
 */
#pragma once
#include "device.h"

namespace nvcuda {
namespace wmma {

struct matrix_a;
struct matrix_b;
struct accumulator;
struct row_major;
struct col_major;
enum layout_t { mem_row_major, mem_col_major };
namespace precision {
struct tf32;
}

template <class T> struct Stored { typedef T type; };
template <> struct Stored<precision::tf32> { typedef float type; };
template <class Use, int M, int N, int K> struct Shape { enum { rows = M, columns = N }; };
template <int M, int N, int K> struct Shape<matrix_a, M, N, K> { enum { rows = M, columns = K }; };
template <int M, int N, int K> struct Shape<matrix_b, M, N, K> { enum { rows = K, columns = N }; };

/* Elements by rows. */
template <class Use, int M, int N, int K, class T, class Layout = void> struct fragment : Shape<Use, M, N, K> {
  enum { num_elements = Shape<Use, M, N, K>::rows * Shape<Use, M, N, K>::columns };
  typename Stored<T>::type x[num_elements];
};

static inline float with_bits(float x, unsigned add) {
  unsigned bits;
  memcpy(&bits, &x, sizeof bits);
  if ((~bits & 0x7f800000u) != 0) bits = (bits + add) & ~0x1fffu; /* infinities and NaN stay */
  memcpy(&x, &bits, sizeof bits);
  return x;
}

#ifdef GPU_EXACT
static inline float __float_to_tf32(float x) { return x; }
template <class T> static float factor(float x) { return x; }
#else
/* cvt.rna.tf32: to nearest, ties away from zero. */
static inline float __float_to_tf32(float x) { return with_bits(x, 0x1000u); }
template <class T> static float factor(float x) { return std::is_same<T, precision::tf32>::value ? with_bits(x, 0) : x; }
#endif

static inline bool leads() { return gpu::lane() == 0; }

template <class F, class V> static void fill_fragment(F &f, V value) {
  if (!leads()) return;
  for (int k = 0; k < F::num_elements; k++) f.x[k] = value;
}

/* Calls `move(element, offset)` for all elements of a fragment, in a matrix in memory. */
template <class F, class Move> static void walk(int place, F &f, bool by_rows, unsigned stride, Move move) {
  gpu::converge(place);
  if (leads())
    for (int i = 0; i < F::rows; i++)
      for (int j = 0; j < F::columns; j++) move(f.x[i * F::columns + j], by_rows ? (size_t)i * stride + j : (size_t)j * stride + i);
  gpu::converge(place);
}

template <class Use, int M, int N, int K, class T, class Layout, class P>
static void load_at(int place, fragment<Use, M, N, K, T, Layout> &f, const P *from, unsigned stride) {
  walk(place, f, std::is_same<Layout, row_major>::value, stride, [=](auto &element, size_t at) { element = from[at]; });
}

template <int M, int N, int K, class T, class P>
static void load_at(int place, fragment<accumulator, M, N, K, T> &f, const P *from, unsigned stride, layout_t layout) {
  walk(place, f, layout == mem_row_major, stride, [=](auto &element, size_t at) { element = from[at]; });
}

template <int M, int N, int K, class T, class P>
static void store_at(int place, P *to, fragment<accumulator, M, N, K, T> &f, unsigned stride, layout_t layout) {
  walk(place, f, layout == mem_row_major, stride, [=](auto &element, size_t at) { to[at] = element; });
}

#define load_matrix_sync(...) load_at(__COUNTER__, __VA_ARGS__)
#define store_matrix_sync(...) store_at(__COUNTER__, __VA_ARGS__)

/* Sums in f32, by the order of k. */
template <int M, int N, int K, class A, class LA, class B, class LB, class C>
static void mma_sync(fragment<accumulator, M, N, K, C> &d, const fragment<matrix_a, M, N, K, A, LA> &a, const fragment<matrix_b, M, N, K, B, LB> &b,
                     const fragment<accumulator, M, N, K, C> &c) {
  if (!leads()) return;
  for (int i = 0; i < M; i++) {
    float sums[N];
    for (int j = 0; j < N; j++) sums[j] = (float)c.x[i * N + j];
    for (int k = 0; k < K; k++) {
      float left = factor<A>((float)a.x[i * K + k]);
      for (int j = 0; j < N; j++) sums[j] += left * factor<B>((float)b.x[k * N + j]);
    }
    for (int j = 0; j < N; j++) d.x[i * N + j] = (C)sums[j];
  }
}

} /* namespace wmma */
} /* namespace nvcuda */
