/*
 * Stand-in for NVIDIA's driver library: one device without hardware.
 *
 * Device memory is host memory. Every call is done when it returns, so streams and events carry no work. The set of functions is
 * what Burn's CUDA runtime (cudarc, CubeCL 0.11) looks up without `autotune`; a later version that needs another one fails with
 * "Missing symbol", which names it.
 */
#include "record.h"
#include "memory.h"

#include <pthread.h>
#include <time.h>

/* ---- Device ----------------------------------------------------------------------------------------------------------------- */

#define DEVICE_MEMORY ((size_t)16 << 30)

/* Major * 10 + minor. */
int compute_capability(void) {
  int major = 8, minor = 0;
  if (setting("CUDA_CHECK_CC")) sscanf(setting("CUDA_CHECK_CC"), "%d.%d", &major, &minor);
  return 10 * major + minor;
}

/* Bytes of shared memory that a block may opt in to: CUDA C++ Programming Guide, table "Technical Specifications per CC". */
int shared_memory_limit(void) {
  switch (compute_capability()) {
  case 70: case 72: return 96 << 10;
  case 75: return 64 << 10;
  case 80: case 87: return 163 << 10;
  case 86: case 89: case 120: case 121: return 99 << 10;
  default: return 227 << 10;
  }
}

API CUresult cuInit(unsigned flags) { return flags == 0 ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE; }

API CUresult cuDriverGetVersion(int *version) {
  *version = CUDA_VERSION;
  return CUDA_SUCCESS;
}

API CUresult cuDeviceGetCount(int *count) {
  *count = 1;
  return CUDA_SUCCESS;
}

API CUresult cuDeviceGet(CUdevice *device, int ordinal) {
  *device = 0;
  return ordinal == 0 ? CUDA_SUCCESS : CUDA_ERROR_INVALID_DEVICE;
}

API CUresult cuDeviceGetName(char *name, int size, CUdevice device) {
  (void)device;
  snprintf(name, (size_t)size, "stand-in GPU, compute capability %d.%d", compute_capability() / 10, compute_capability() % 10);
  return CUDA_SUCCESS;
}

API CUresult cuDeviceTotalMem(size_t *bytes, CUdevice device) {
  (void)device;
  *bytes = DEVICE_MEMORY;
  return CUDA_SUCCESS;
}

API CUresult cuDeviceGetPCIBusId(char *text, int size, CUdevice device) {
  (void)device;
  snprintf(text, (size_t)size, "0000:00:00.0");
  return CUDA_SUCCESS;
}

#undef cuDeviceGetUuid
API CUresult cuDeviceGetUuid(CUuuid *id, CUdevice device) {
  (void)device;
  memset(id, 0, sizeof *id);
  return CUDA_SUCCESS;
}
API CUresult cuDeviceGetUuid_v2(CUuuid *id, CUdevice device) { return cuDeviceGetUuid(id, device); }

API CUresult cuDeviceGetAttribute(int *value, CUdevice_attribute attribute, CUdevice device) {
  (void)device;
  static const struct { CUdevice_attribute attribute; int value; } fixed[] = {
      {CU_DEVICE_ATTRIBUTE_WARP_SIZE, 32},
      {CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK, 1024},
      {CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_X, 1024},
      {CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Y, 1024},
      {CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Z, 64},
      {CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_X, 0x7fffffff},
      {CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Y, 65535},
      {CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Z, 65535},
      {CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK, 48 << 10},
      {CU_DEVICE_ATTRIBUTE_MAX_REGISTERS_PER_BLOCK, 65536},
      {CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_MULTIPROCESSOR, 2048},
      {CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT, 108},
      {CU_DEVICE_ATTRIBUTE_UNIFIED_ADDRESSING, 1},
      {CU_DEVICE_ATTRIBUTE_MEMORY_POOLS_SUPPORTED, 1},
  };
  *value = 0; /* an optional feature that is absent */
  for (size_t k = 0; k < sizeof fixed / sizeof *fixed; k++)
    if (fixed[k].attribute == attribute) *value = fixed[k].value;
  if (attribute == CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR) *value = compute_capability() / 10;
  if (attribute == CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR) *value = compute_capability() % 10;
  if (attribute == CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN) *value = shared_memory_limit();
  return CUDA_SUCCESS;
}

/* ---- Context and errors ----------------------------------------------------------------------------------------------------- */

struct CUctx_st { char unused; };
static struct CUctx_st primary;
static __thread CUcontext current;

int has_context(const char *call) {
  if (!current) event("fault\t%s without a current context", call);
  return current != NULL;
}

API CUresult cuDevicePrimaryCtxRetain(CUcontext *context, CUdevice device) {
  (void)device;
  *context = &primary;
  return CUDA_SUCCESS;
}
API CUresult cuDevicePrimaryCtxRelease(CUdevice device) { return (void)device, CUDA_SUCCESS; }
API CUresult cuCtxSetCurrent(CUcontext context) { return current = context, CUDA_SUCCESS; }
API CUresult cuCtxGetCurrent(CUcontext *context) { return *context = current, CUDA_SUCCESS; }
API CUresult cuCtxGetDevice(CUdevice *device) { return *device = 0, CUDA_SUCCESS; }
API CUresult cuCtxSynchronize(void) { return CUDA_SUCCESS; }
API CUresult cuCtxGetStreamPriorityRange(int *least, int *greatest) { return *least = *greatest = 0, CUDA_SUCCESS; }
API CUresult cuDeviceCanAccessPeer(int *can, CUdevice a, CUdevice b) { return (void)a, (void)b, *can = 0, CUDA_SUCCESS; }

/* Private tables for NVIDIA's own libraries: NVRTC asks for one and does without. */
API CUresult cuGetExportTable(const void **table, const CUuuid *id) { return (void)id, *table = NULL, CUDA_ERROR_NOT_FOUND; }

API CUresult cuGetErrorName(CUresult error, const char **text) {
  static __thread char name[40];
  snprintf(name, sizeof name, error ? "CUDA_ERROR_%d" : "CUDA_SUCCESS", (int)error);
  *text = name;
  return CUDA_SUCCESS;
}
API CUresult cuGetErrorString(CUresult error, const char **text) { return cuGetErrorName(error, text); }

/* ---- Memory ----------------------------------------------------------------------------------------------------------------- */

struct allocation { struct allocation *next; void *base; CUdeviceptr start; size_t size; };
static struct allocation *allocations;
static pthread_mutex_t allocations_lock = PTHREAD_MUTEX_INITIALIZER;

/* Alignment of cuMemAlloc on hardware, which kernels with vector loads rely on. */
#define ALIGNMENT 512
/* Fresh memory holds this byte, so that a kernel that reads what nothing wrote gives wrong values. Pages of a large pool that
 * are never used stay unmapped. */
#define FRESH 0xA5
#define MOST_FILLED ((size_t)64 << 20)

static CUresult allocate(CUdeviceptr *pointer, size_t size) {
  if (!has_context("allocation")) return CUDA_ERROR_INVALID_CONTEXT;
  if (size == 0) return CUDA_ERROR_INVALID_VALUE;
  if (size > DEVICE_MEMORY) return CUDA_ERROR_OUT_OF_MEMORY;
  struct allocation *made = malloc(sizeof *made);
  void *base = calloc(1, size + ALIGNMENT);
  if (!made || !base) return free(made), free(base), CUDA_ERROR_OUT_OF_MEMORY;
  CUdeviceptr start = ((CUdeviceptr)(uintptr_t)base + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  memset((void *)(uintptr_t)start, FRESH, size < MOST_FILLED ? size : MOST_FILLED);
  pthread_mutex_lock(&allocations_lock);
  *made = (struct allocation){allocations, base, start, size};
  allocations = made;
  pthread_mutex_unlock(&allocations_lock);
  *pointer = start;
  return CUDA_SUCCESS;
}

static CUresult release(CUdeviceptr pointer) {
  pthread_mutex_lock(&allocations_lock);
  struct allocation **link = &allocations;
  while (*link && (*link)->start != pointer) link = &(*link)->next;
  struct allocation *found = *link;
  if (found) *link = found->next;
  pthread_mutex_unlock(&allocations_lock);
  if (!found) {
    if (pointer) event("fault\tfree of %#llx, which is not allocated", (u64)pointer);
    return pointer ? CUDA_ERROR_INVALID_VALUE : CUDA_SUCCESS;
  }
  free(found->base);
  free(found);
  return CUDA_SUCCESS;
}

int is_allocated(CUdeviceptr start, size_t size) {
  int inside = 0;
  pthread_mutex_lock(&allocations_lock);
  for (struct allocation *a = allocations; a && !inside; a = a->next)
    inside = start >= a->start && start + size <= a->start + a->size;
  pthread_mutex_unlock(&allocations_lock);
  return inside;
}

/* The host's address of device memory, or NULL with a fault. */
static void *device_memory(const char *call, CUdeviceptr start, size_t size) {
  if (size == 0 || is_allocated(start, size)) return (void *)(uintptr_t)start;
  event("fault\t%s: %zu bytes at %#llx are not allocated", call, size, (u64)start);
  return NULL;
}

static CUresult copy(void *to, const void *from, size_t size) {
  if (size && (!to || !from)) return CUDA_ERROR_INVALID_VALUE;
  memmove(to, from, size);
  return CUDA_SUCCESS;
}

API CUresult cuMemAlloc(CUdeviceptr *pointer, size_t size) { return allocate(pointer, size); }
API CUresult cuMemAllocAsync(CUdeviceptr *pointer, size_t size, CUstream s) { return (void)s, allocate(pointer, size); }
API CUresult cuMemFree(CUdeviceptr pointer) { return release(pointer); }
API CUresult cuMemFreeAsync(CUdeviceptr pointer, CUstream s) { return (void)s, release(pointer); }
API CUresult cuMemGetInfo(size_t *unused, size_t *total) { return *unused = *total = DEVICE_MEMORY, CUDA_SUCCESS; }

API CUresult cuMemHostAlloc(void **pointer, size_t size, unsigned flags) {
  (void)flags;
  *pointer = calloc(1, size + 1);
  return *pointer ? CUDA_SUCCESS : CUDA_ERROR_OUT_OF_MEMORY;
}
API CUresult cuMemAllocHost(void **pointer, size_t size) { return cuMemHostAlloc(pointer, size, 0); }
API CUresult cuMemFreeHost(void *pointer) { return free(pointer), CUDA_SUCCESS; }

API CUresult cuMemcpyHtoD(CUdeviceptr to, const void *from, size_t size) {
  return copy(device_memory("copy to the device", to, size), from, size);
}
API CUresult cuMemcpyDtoH(void *to, CUdeviceptr from, size_t size) {
  return copy(to, device_memory("copy to the host", from, size), size);
}
API CUresult cuMemcpyDtoD(CUdeviceptr to, CUdeviceptr from, size_t size) {
  return copy(device_memory("copy on the device", to, size), device_memory("copy on the device", from, size), size);
}
API CUresult cuMemcpyHtoDAsync(CUdeviceptr to, const void *from, size_t size, CUstream s) { return (void)s, cuMemcpyHtoD(to, from, size); }
API CUresult cuMemcpyDtoHAsync(void *to, CUdeviceptr from, size_t size, CUstream s) { return (void)s, cuMemcpyDtoH(to, from, size); }
API CUresult cuMemcpyDtoDAsync(CUdeviceptr to, CUdeviceptr from, size_t size, CUstream s) { return (void)s, cuMemcpyDtoD(to, from, size); }

API CUresult cuMemcpy2D(const CUDA_MEMCPY2D *c) {
  size_t width = c->WidthInBytes, from_pitch = c->srcPitch ? c->srcPitch : width, to_pitch = c->dstPitch ? c->dstPitch : width;
  for (size_t row = 0; row < c->Height; row++) {
    size_t from = (c->srcY + row) * from_pitch + c->srcXInBytes, to = (c->dstY + row) * to_pitch + c->dstXInBytes;
    const void *source = c->srcMemoryType == CU_MEMORYTYPE_HOST ? (const char *)c->srcHost + from
                                                                : device_memory("2D copy", c->srcDevice + from, width);
    void *target = c->dstMemoryType == CU_MEMORYTYPE_HOST ? (char *)c->dstHost + to : device_memory("2D copy", c->dstDevice + to, width);
    if (copy(target, source, width)) return CUDA_ERROR_INVALID_VALUE;
  }
  return CUDA_SUCCESS;
}
API CUresult cuMemcpy2DAsync(const CUDA_MEMCPY2D *c, CUstream s) { return (void)s, cuMemcpy2D(c); }

API CUresult cuMemsetD8(CUdeviceptr to, unsigned char value, size_t size) {
  void *target = device_memory("memset", to, size);
  return target || !size ? memset(target, value, size), CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}
API CUresult cuMemsetD8Async(CUdeviceptr to, unsigned char value, size_t size, CUstream s) { return (void)s, cuMemsetD8(to, value, size); }

/* ---- Streams and events ----------------------------------------------------------------------------------------------------- */

struct CUstream_st { char unused; };
struct CUevent_st { struct timespec at; };

API CUresult cuStreamCreate(CUstream *stream, unsigned flags) {
  (void)flags;
  if (!has_context("cuStreamCreate")) return CUDA_ERROR_INVALID_CONTEXT;
  *stream = calloc(1, sizeof **stream);
  return *stream ? CUDA_SUCCESS : CUDA_ERROR_OUT_OF_MEMORY;
}
API CUresult cuStreamCreateWithPriority(CUstream *s, unsigned flags, int priority) { return (void)priority, cuStreamCreate(s, flags); }
API CUresult cuStreamDestroy(CUstream s) { return free(s), CUDA_SUCCESS; }
API CUresult cuStreamSynchronize(CUstream s) { return (void)s, CUDA_SUCCESS; }
API CUresult cuStreamQuery(CUstream s) { return (void)s, CUDA_SUCCESS; }
API CUresult cuStreamWaitEvent(CUstream s, CUevent e, unsigned flags) { return (void)s, (void)e, (void)flags, CUDA_SUCCESS; }
API CUresult cuStreamIsCapturing(CUstream s, CUstreamCaptureStatus *status) {
  return (void)s, *status = CU_STREAM_CAPTURE_STATUS_NONE, CUDA_SUCCESS;
}
API CUresult cuLaunchHostFunc(CUstream s, CUhostFn function, void *data) { return (void)s, function(data), CUDA_SUCCESS; }

API CUresult cuEventCreate(CUevent *e, unsigned flags) {
  (void)flags;
  *e = calloc(1, sizeof **e);
  return *e ? CUDA_SUCCESS : CUDA_ERROR_OUT_OF_MEMORY;
}
API CUresult cuEventDestroy(CUevent e) { return free(e), CUDA_SUCCESS; }
API CUresult cuEventRecord(CUevent e, CUstream s) { return (void)s, clock_gettime(CLOCK_MONOTONIC, &e->at), CUDA_SUCCESS; }
API CUresult cuEventSynchronize(CUevent e) { return (void)e, CUDA_SUCCESS; }
API CUresult cuEventQuery(CUevent e) { return (void)e, CUDA_SUCCESS; }

#undef cuEventElapsedTime
API CUresult cuEventElapsedTime(float *milliseconds, CUevent from, CUevent to) {
  *milliseconds = 1e3f * (float)(to->at.tv_sec - from->at.tv_sec) + 1e-6f * (float)(to->at.tv_nsec - from->at.tv_nsec);
  return CUDA_SUCCESS;
}
API CUresult cuEventElapsedTime_v2(float *milliseconds, CUevent from, CUevent to) { return cuEventElapsedTime(milliseconds, from, to); }
