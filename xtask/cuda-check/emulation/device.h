/*
 * CUDA kernels as C++ for the CPU: included before a kernel's source, runs its blocks and threads one after the other.
 *
 * Threads of a kernel that never wait run in a plain loop. In others each thread is a fiber with a stack of its own, which gives
 * way at __syncthreads and at operations of its warp. Such an operation takes in the lanes of the warp that have reached it, which
 * is what __activemask means; the mask that the kernel names is ignored.
 *
 * Fast functions (__expf and others) are computed in full precision. No inline PTX but atomics, no asynchronous copies, no
 * clusters: a kernel with these does not compile. -DGPU_REVERSE runs blocks, warps and lanes in the opposite order; values must
 * not depend on it.
 */
#pragma once
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <type_traits>
#include <utility>
#include <vector_types.h>

#ifndef __x86_64__
#error "fibers switch stacks in x86-64 assembly"
#endif

/* Kernels define these names themselves. */
#define uint64_t kernel_uint64_t
#define int64_t kernel_int64_t

#undef __launch_bounds__
#define __launch_bounds__(...)
#undef __grid_constant__
#define __grid_constant__
#ifndef __global__
#define __global__
#define __device__
#define __host__
#endif
#ifndef __forceinline__
#define __forceinline__ inline
#endif

static uint3 threadIdx, blockIdx, blockDim, gridDim;
static const int warpSize = 32;

namespace gpu {

#ifdef GPU_REVERSE
static unsigned turn(unsigned k, unsigned n) { return n - 1 - k; }
#else
static unsigned turn(unsigned k, unsigned) { return k; }
#endif

enum { WARP = 32, MOST_THREADS = 1024, STACK_SIZE = 256 << 10, MOST_SHARED = 256 << 10, SLOT_SIZE = 16 };

alignas(128) static char shared_memory[MOST_SHARED];

/* ---- Fibers ----------------------------------------------------------------------------------------------------------------- */

enum Status { RUNNING, WAITS_FOR_WARP, WAITS_FOR_BLOCK, ENDED };

struct Fiber {
  void *stack; /* stack pointer while it does not run */
  uint3 index;
  Status status;
  int place;      /* which operation of the source it waits at */
  unsigned group; /* lanes that the last operation of its warp took in */
  /* What a lane offers to others. Two slots in turn: the next offer must not overwrite one that a slower lane still reads, and a
   * lane can't be more than one operation ahead of its group. */
  alignas(16) char slots[2][SLOT_SIZE];
  unsigned next, offered;
};

static Fiber fibers[MOST_THREADS];
static unsigned count, current;
static void *scheduler;
static void (*kernel_body)(void *);
static void *kernel_arguments;

/* Saves the callee's registers of the ABI on this stack, and continues on the other one. */
extern "C" void gpu_switch(void **from, void *to) __attribute__((visibility("hidden")));
asm(R"(
  .pushsection .text
  .hidden gpu_switch
  .globl gpu_switch
gpu_switch:
  push %rbx
  push %rbp
  push %r12
  push %r13
  push %r14
  push %r15
  mov %rsp, (%rdi)
  mov %rsi, %rsp
  pop %r15
  pop %r14
  pop %r13
  pop %r12
  pop %rbp
  pop %rbx
  ret
  .popsection
)");

__attribute__((noinline)) static void wait(Status status, int place) {
  Fiber &self = fibers[current];
  self.status = status;
  self.place = place;
  gpu_switch(&self.stack, scheduler);
}

static void first_call() {
  kernel_body(kernel_arguments);
  wait(ENDED, 0);
  abort();
}

static void start_fibers() {
  static char *stacks;
  if (!stacks) {
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    void *memory = mmap(nullptr, (size_t)MOST_THREADS * STACK_SIZE, PROT_READ | PROT_WRITE, flags, -1, 0);
    if (memory == MAP_FAILED) abort();
    stacks = (char *)memory;
  }
  unsigned width = blockDim.x, area = blockDim.x * blockDim.y;
  for (unsigned k = 0; k < count; k++) {
    /* Six registers, the address that `ret` takes, and a stack that is aligned as after a call. */
    void **top = (void **)(stacks + (size_t)(k + 1) * STACK_SIZE) - 8;
    top[6] = (void *)first_call;
    Fiber &fiber = fibers[k];
    fiber.stack = top;
    fiber.index = {k % width, k / width % blockDim.y, k / area};
    fiber.status = RUNNING;
    fiber.next = fiber.offered = 0;
  }
}

static void run(unsigned fiber) {
  current = fiber;
  threadIdx = fibers[fiber].index;
  gpu_switch(&scheduler, fibers[fiber].stack);
}

/* Lets the lanes go on that wait at one operation, that of the first lane that waits; false if none does. */
static bool release_group(unsigned first, unsigned end) {
  unsigned leader = first;
  while (leader < end && fibers[leader].status != WAITS_FOR_WARP) leader++;
  if (leader == end) return false;
  unsigned group = 0;
  for (unsigned k = leader; k < end; k++)
    if (fibers[k].status == WAITS_FOR_WARP && fibers[k].place == fibers[leader].place) group |= 1u << (k - first);
  for (unsigned k = leader; k < end; k++) {
    if (!(group >> (k - first) & 1)) continue;
    Fiber &fiber = fibers[k];
    fiber.group = group;
    fiber.offered = fiber.next;
    fiber.next ^= 1;
    fiber.status = RUNNING;
  }
  return true;
}

/* Runs a warp until each of its lanes waits for the block or has ended. */
static void run_warp(unsigned first) {
  unsigned end = first + WARP < count ? first + WARP : count;
  do {
    for (unsigned k = 0; k < end - first; k++) {
      unsigned lane = first + turn(k, end - first);
      if (fibers[lane].status == RUNNING) run(lane);
    }
  } while (release_group(first, end));
}

static void run_block() {
  count = blockDim.x * blockDim.y * blockDim.z;
  start_fibers();
  for (bool waits = true; waits;) {
    unsigned warps = (count + WARP - 1) / WARP;
    for (unsigned k = 0; k < warps; k++) run_warp(WARP * turn(k, warps));
    /* A thread that has ended counts as arrived, as on hardware. */
    waits = false;
    for (unsigned k = 0; k < count; k++) {
      if (fibers[k].status != WAITS_FOR_BLOCK) continue;
      fibers[k].status = RUNNING;
      waits = true;
    }
  }
}

/* ---- Launch ----------------------------------------------------------------------------------------------------------------- */

static void run_serially() {
  unsigned threads = blockDim.x * blockDim.y * blockDim.z, area = blockDim.x * blockDim.y;
  for (unsigned step = 0; step < threads; step++) {
    unsigned k = turn(step, threads);
    threadIdx = {k % blockDim.x, k / blockDim.x % blockDim.y, k / area};
    kernel_body(kernel_arguments);
  }
}

static void run_grid(bool serial, unsigned shared) {
  for (unsigned z = 0; z < gridDim.z; z++)
    for (unsigned y = 0; y < gridDim.y; y++)
      for (unsigned x = 0; x < gridDim.x; x++) {
        blockIdx = {turn(x, gridDim.x), turn(y, gridDim.y), turn(z, gridDim.z)};
        memset(shared_memory, 0xA5, shared); /* nothing has been written to it */
        serial ? run_serially() : run_block();
      }
}

template <class... T, size_t... I> static void call(void (*kernel)(T...), void **arguments, std::index_sequence<I...>) {
  kernel(*(std::remove_cv_t<std::remove_reference_t<T>> *)arguments[I]...);
}

template <class... T> struct Call {
  void (*kernel)(T...);
  void **arguments;
  static void now(void *self) {
    Call *c = (Call *)self;
    call(c->kernel, c->arguments, std::index_sequence_for<T...>());
  }
};

template <class... T> static void launch(void (*kernel)(T...), void **arguments, bool serial, unsigned shared) {
  Call<T...> call = {kernel, arguments};
  kernel_body = Call<T...>::now;
  kernel_arguments = &call;
  run_grid(serial, shared);
}

#define GPU_ENTRY(KERNEL, SERIAL)                                                                                                   \
  extern "C" __attribute__((visibility("default"))) void emulated_kernel(const unsigned *grid, const unsigned *block, void **arguments, \
                                                                         unsigned shared) {                                        \
    gridDim = {grid[0], grid[1], grid[2]};                                                                                          \
    blockDim = {block[0], block[1], block[2]};                                                                                      \
    gpu::launch(KERNEL, arguments, SERIAL, shared);                                                                                 \
  }

/* ---- Operations of a warp ----------------------------------------------------------------------------------------------------- */

static unsigned lane() { return current % WARP; }
static unsigned first_of_warp() { return current - lane(); }

/* Waits for the lanes that come to the same place. The place is a number of the source, not of the machine code: the compiler may
 * copy a call into both branches of a condition. */
static void converge(int place) { wait(WAITS_FOR_WARP, place); }

static unsigned active(int place) { return converge(place), fibers[current].group; }

template <class T> static void offer(T value) {
  static_assert(sizeof(T) <= SLOT_SIZE, "lanes exchange up to 16 bytes");
  memcpy(fibers[current].slots[fibers[current].next], &value, sizeof value);
}

/* The value that a lane offers; one's own if that lane is not there. */
template <class T> static T take(int place, T value, unsigned from) {
  offer(value);
  unsigned group = active(place);
  const Fiber &other = fibers[first_of_warp() + (from < WARP && group >> from & 1 ? from : lane())];
  memcpy(&value, other.slots[other.offered], sizeof value);
  return value;
}

/* Lanes of the group that offer true; `group` is the group itself. */
static unsigned vote(int place, bool value, unsigned *group) {
  offer(value);
  *group = active(place);
  unsigned votes = 0;
  for (unsigned k = 0; k < WARP; k++) {
    const Fiber &other = fibers[first_of_warp() + k];
    if (*group >> k & 1 && other.slots[other.offered][0]) votes |= 1u << k;
  }
  return votes;
}
static unsigned ballot(int place, bool value) { unsigned group; return vote(place, value, &group); }
static bool all(int place, bool value) { unsigned group, votes = vote(place, value, &group); return votes == group; }

/* ---- Atomics: one thread runs at a time, so that plain memory operations are atomic ------------------------------------------- */

template <class T, class F> static T update(T *at, F change) { T old = *at; *at = change(old); return old; }
template <class T, class U> static T atom_add(const T *at, U value) { return update((T *)at, [=](T old) { return (T)(old + (T)value); }); }
template <class T, class U> static T atom_min(const T *at, U value) { return update((T *)at, [=](T old) { return (T)value < old ? (T)value : old; }); }
template <class T, class U> static T atom_max(const T *at, U value) { return update((T *)at, [=](T old) { return old < (T)value ? (T)value : old; }); }

} /* namespace gpu */

#define __syncthreads() gpu::wait(gpu::WAITS_FOR_BLOCK, 0)
#define __syncwarp(...) gpu::converge(__COUNTER__)
#define __activemask() gpu::active(__COUNTER__)
#define __shfl_sync(MASK, VALUE, FROM, ...) gpu::take(__COUNTER__, VALUE, (unsigned)(FROM) % gpu::WARP)
#define __shfl_xor_sync(MASK, VALUE, BITS, ...) gpu::take(__COUNTER__, VALUE, gpu::lane() ^ (unsigned)(BITS))
#define __shfl_up_sync(MASK, VALUE, BY, ...) gpu::take(__COUNTER__, VALUE, gpu::lane() - (unsigned)(BY)) /* below 0 is no lane */
#define __shfl_down_sync(MASK, VALUE, BY, ...) gpu::take(__COUNTER__, VALUE, gpu::lane() + (unsigned)(BY))
#define __ballot_sync(MASK, VALUE) gpu::ballot(__COUNTER__, VALUE)
#define __any_sync(MASK, VALUE) (gpu::ballot(__COUNTER__, VALUE) != 0)
#define __all_sync(MASK, VALUE) gpu::all(__COUNTER__, VALUE)
static inline void __threadfence() {}
static inline void __threadfence_block() {}

template <class T, class U> static T atomicAdd(T *at, U value) { return gpu::atom_add(at, value); }
template <class T, class U> static T atomicMin(T *at, U value) { return gpu::atom_min(at, value); }
template <class T, class U> static T atomicMax(T *at, U value) { return gpu::atom_max(at, value); }
template <class T, class U> static T atomicSub(T *at, U value) { return gpu::update(at, [=](T old) { return (T)(old - (T)value); }); }
template <class T, class U> static T atomicExch(T *at, U value) { return gpu::update(at, [=](T) { return (T)value; }); }
template <class T, class U> static T atomicAnd(T *at, U value) { return gpu::update(at, [=](T old) { return (T)(old & (T)value); }); }
template <class T, class U> static T atomicOr(T *at, U value) { return gpu::update(at, [=](T old) { return (T)(old | (T)value); }); }
template <class T, class U> static T atomicXor(T *at, U value) { return gpu::update(at, [=](T old) { return (T)(old ^ (T)value); }); }
template <class T> static T atomicCAS(T *at, T expected, T value) { return gpu::update(at, [=](T old) { return old == expected ? value : old; }); }

/* ---- Intrinsics --------------------------------------------------------------------------------------------------------------- */

static inline int __popc(unsigned x) { return __builtin_popcount(x); }
static inline int __popcll(unsigned long long x) { return __builtin_popcountll(x); }
static inline int __clz(int x) { return x ? __builtin_clz((unsigned)x) : 32; }
static inline int __clzll(long long x) { return x ? __builtin_clzll((unsigned long long)x) : 64; }
static inline int __ffs(int x) { return __builtin_ffs(x); }
static inline int __ffsll(long long x) { return __builtin_ffsll(x); }
static inline unsigned __umulhi(unsigned a, unsigned b) { return (unsigned)((unsigned long long)a * b >> 32); }
static inline int __mulhi(int a, int b) { return (int)((long long)a * b >> 32); }
static inline unsigned long long __umul64hi(unsigned long long a, unsigned long long b) { return (unsigned long long)((unsigned __int128)a * b >> 64); }
static inline long long __mul64hi(long long a, long long b) { return (long long)((__int128)a * b >> 64); }
static inline unsigned long long __brevll(unsigned long long x) {
  unsigned long long reversed = 0;
  for (int k = 0; k < 64; k++) reversed = reversed << 1 | (x >> k & 1);
  return reversed;
}
static inline unsigned __brev(unsigned x) { return (unsigned)(__brevll(x) >> 32); }

#define __expf expf
#define __logf logf
#define __sinf sinf
#define __cosf cosf
#define __tanhf tanhf
#define __powf powf
static inline float __fdividef(float x, float y) { return x / y; }
static inline float __fsqrt_rn(float x) { return sqrtf(x); }
static inline float __frcp_rn(float x) { return 1.0f / x; }
static inline float __frsqrt_rn(float x) { return 1.0f / sqrtf(x); }
static inline float rsqrtf(float x) { return 1.0f / sqrtf(x); }
static inline float rsqrt(float x) { return rsqrtf(x); }
static inline double rsqrt(double x) { return 1.0 / sqrt(x); }
static inline float rhypotf(float x, float y) { return 1.0f / hypotf(x, y); }
static inline float rhypot(float x, float y) { return rhypotf(x, y); }
static inline double rhypot(double x, double y) { return 1.0 / hypot(x, y); }

/* The number where the other is NaN, as the hardware's fmin and fmax. */
static inline float max(float a, float b) { return fmaxf(a, b); }
static inline float min(float a, float b) { return fminf(a, b); }
static inline double max(double a, double b) { return fmax(a, b); }
static inline double min(double a, double b) { return fmin(a, b); }
template <class T, class = std::enable_if_t<std::is_integral<T>::value>> static inline T max(T a, T b) { return a < b ? b : a; }
template <class T, class = std::enable_if_t<std::is_integral<T>::value>> static inline T min(T a, T b) { return b < a ? b : a; }
