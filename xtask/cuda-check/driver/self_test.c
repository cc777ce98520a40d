/*
 * Self-test of the stand-in driver and the emulation: kernels with known results, and launches that a driver must refuse.
 *
 * It talks to the driver and to NVRTC as any CUDA program does, so it would run on a card too. Exit code 0 and "passed", or 1 and
 * the first thing that is wrong.
 */
#include <cuda.h>
#include <math.h>
#include <nvrtc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* As CubeCL writes kernels: dynamic shared memory by an aligned char array, `atom` as inline PTX. */
static const char *const source =
    "#include <mma.h>\n"
    "#include <cuda_fp16.h>\n"
    "extern \"C\" __global__ void __launch_bounds__(64) lanes(float *out) {\n"
    "  extern __shared__ __align__(16) char dynamic_shared_mem[];\n"
    "  float *shared = (float *)dynamic_shared_mem;\n"
    "  float sum = (float)threadIdx.x;\n"
    "  for (int step = 16; step > 0; step /= 2) sum += __shfl_xor_sync(0xffffffff, sum, step);\n"
    "  shared[threadIdx.x] = sum;\n"
    "  __syncthreads();\n"
    "  out[threadIdx.x] = shared[63 - threadIdx.x];\n"
    "  out[64 + threadIdx.x] = __shfl_down_sync(0xffffffff, (float)threadIdx.x, 4);\n"
    "  out[128 + threadIdx.x] = __shfl_up_sync(0xffffffff, (float)threadIdx.x, 4);\n"
    "  unsigned odd = __ballot_sync(0xffffffff, threadIdx.x % 2 == 1);\n"
    "  if (threadIdx.x % 32 < 8) odd = __activemask();\n"
    "  out[192 + threadIdx.x] = (float)__popc(odd);\n"
    "  out[256 + threadIdx.x] = __half2float(hsqrt(__float2half_rn((float)(threadIdx.x * threadIdx.x))));\n"
    "}\n"
    "extern \"C\" __global__ void count(float *total, unsigned *largest) {\n"
    "  float old, one = 1.0f;\n"
    "  asm volatile(\"atom.relaxed.gpu.global.add.f32 %0, [%1], %2;\" : \"=f\"(old) : \"l\"(total), \"f\"(one) );\n"
    "  atomicMax(largest, blockIdx.x * 10u + threadIdx.x);\n"
    "}\n"
    "extern \"C\" __global__ void product(float *out, const float *left, const float *right) {\n"
    "  using namespace nvcuda;\n"
    "  wmma::fragment<wmma::matrix_a, 16, 16, 8, wmma::precision::tf32, wmma::row_major> a;\n"
    "  wmma::fragment<wmma::matrix_b, 16, 16, 8, wmma::precision::tf32, wmma::col_major> b;\n"
    "  wmma::fragment<wmma::accumulator, 16, 16, 8, float> c;\n"
    "  wmma::fill_fragment(c, 0.0f);\n"
    "  for (int k = 0; k < 2; k++) {\n"
    "    wmma::load_matrix_sync(a, left + 8 * k, 16);\n"
    "    wmma::load_matrix_sync(b, right + 8 * k, 16);\n"
    "    for (int t = 0; t < a.num_elements; t++) a.x[t] = wmma::__float_to_tf32(a.x[t]);\n"
    "    for (int t = 0; t < b.num_elements; t++) b.x[t] = wmma::__float_to_tf32(b.x[t]);\n"
    "    wmma::mma_sync(c, a, b, c);\n"
    "  }\n"
    "  wmma::store_matrix_sync(out, c, 16, wmma::mem_row_major);\n"
    "}\n";

static void require(int holds, const char *what, double found, double expected) {
  if (holds) return;
  printf("%s: found %.9g, expected %.9g\n", what, found, expected);
  exit(1);
}
static void equal(const char *what, double found, double expected) { require(found == expected, what, found, expected); }

static CUmodule compile(void) {
  nvrtcProgram program;
  CUmodule module;
  char arch[40], include[4096], *ptx, *text;
  int major, minor;
  size_t size;
  cuDeviceGetAttribute(&major, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, 0);
  cuDeviceGetAttribute(&minor, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR, 0);
  snprintf(arch, sizeof arch, "--gpu-architecture=sm_%d%d", major, minor);
  snprintf(include, sizeof include, "--include-path=%s/include", getenv("CUDA_PATH"));
  const char *options[] = {arch, include};
  nvrtcCreateProgram(&program, source, NULL, 0, NULL, NULL);
  if (nvrtcCompileProgram(program, 2, options)) {
    nvrtcGetProgramLogSize(program, &size);
    nvrtcGetProgramLog(program, text = calloc(1, size + 1));
    printf("NVRTC refuses the kernels: %s\n", text);
    exit(1);
  }
  nvrtcGetPTXSize(program, &size);
  nvrtcGetPTX(program, ptx = calloc(1, size + 1));
  equal("cuModuleLoadData", cuModuleLoadData(&module, ptx), CUDA_SUCCESS);
  nvrtcDestroyProgram(&program);
  return module;
}

static CUdeviceptr upload(const void *values, size_t size) {
  CUdeviceptr pointer = 0;
  equal("cuMemAlloc", cuMemAlloc(&pointer, size), CUDA_SUCCESS);
  equal("cuMemcpyHtoD", cuMemcpyHtoD(pointer, values, size), CUDA_SUCCESS);
  return pointer;
}

static CUresult launch(CUfunction f, unsigned blocks, unsigned threads, unsigned shared, void **arguments) {
  return cuLaunchKernel(f, blocks, 1, 1, threads, 1, 1, shared, NULL, arguments, NULL);
}

static void test_lanes(CUmodule module) {
  float out[320] = {0};
  CUfunction f;
  CUdeviceptr memory = upload(out, sizeof out);
  void *arguments[] = {&memory};
  equal("cuModuleGetFunction", cuModuleGetFunction(&f, module, "lanes"), CUDA_SUCCESS);
  equal("launch of lanes", launch(f, 1, 64, 256, arguments), CUDA_SUCCESS);
  cuMemcpyDtoH(out, memory, sizeof out);
  for (int t = 0; t < 64; t++) {
    int lane = t % 32;
    equal("sum of a warp by butterflies, through shared memory", out[t], t < 32 ? 1520 : 496);
    equal("shuffle down", out[64 + t], lane < 28 ? t + 4 : t);
    equal("shuffle up", out[128 + t], lane < 4 ? t : t - 4);
    equal("ballot, and lanes of a branch", out[192 + t], lane < 8 ? 8 : 16);
    equal("half-precision square root", out[256 + t], t);
  }
  /* What a driver refuses: a block above the kernel's launch bounds, an empty grid, memory that is freed. */
  equal("launch above the bounds", launch(f, 1, 128, 256, arguments) != CUDA_SUCCESS, 1);
  equal("launch of no block", launch(f, 0, 64, 256, arguments) != CUDA_SUCCESS, 1);
  cuMemFree(memory);
  equal("launch on freed memory", launch(f, 1, 64, 256, arguments) != CUDA_SUCCESS, 1);
}

static void test_atomics(CUmodule module) {
  float total = 0;
  unsigned largest = 0;
  CUfunction f;
  CUdeviceptr sum = upload(&total, sizeof total), most = upload(&largest, sizeof largest);
  void *arguments[] = {&sum, &most};
  cuModuleGetFunction(&f, module, "count");
  equal("launch of count", launch(f, 5, 33, 0, arguments), CUDA_SUCCESS);
  cuMemcpyDtoH(&total, sum, sizeof total);
  cuMemcpyDtoH(&largest, most, sizeof largest);
  equal("atomic sum", total, 165);
  equal("atomic maximum", largest, 72);
}

static void test_product(CUmodule module, int exact) {
  float left[256], right[256], out[256] = {0};
  CUfunction f;
  for (int k = 0; k < 256; k++) left[k] = 1.0f + 1e-3f * (float)(k % 37), right[k] = 1.0f - 2e-3f * (float)(k % 29);
  CUdeviceptr c = upload(out, sizeof out), a = upload(left, sizeof left), b = upload(right, sizeof right);
  void *arguments[] = {&c, &a, &b};
  cuModuleGetFunction(&f, module, "product");
  equal("launch of product", launch(f, 1, 32, 0, arguments), CUDA_SUCCESS);
  cuMemcpyDtoH(out, c, sizeof out);
  double worst = 0;
  for (int i = 0; i < 16; i++)
    for (int j = 0; j < 16; j++) {
      double sum = 0;
      for (int k = 0; k < 16; k++) sum += (double)left[16 * i + k] * right[16 * j + k];
      worst = fmax(worst, fabs(out[16 * i + j] / sum - 1));
    }
  /* Rounding to 10 bits of mantissa moves a factor by up to 2^-11. */
  require(worst < (exact ? 1e-6 : 1e-3), "largest relative error of a matrix product", worst, 0);
  require(exact || worst > 1e-6, "rounding to TF32", worst, 2.4e-4);
}

int main(int count, char **arguments) {
  CUcontext context;
  equal("cuInit", cuInit(0), CUDA_SUCCESS);
  cuDevicePrimaryCtxRetain(&context, 0);
  cuCtxSetCurrent(context);
  CUmodule module = compile();
  test_lanes(module);
  test_atomics(module);
  test_product(module, count > 1 && !strcmp(arguments[1], "exact"));
  puts("passed");
  return 0;
}
