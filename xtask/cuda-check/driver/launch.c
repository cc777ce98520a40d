/*
 * Modules and kernel launches of the stand-in driver.
 *
 * A launch is checked against the limits of the device and those that the kernel's PTX declares, and its pointers against the
 * allocations. With CUDA_CHECK_EMULATION it then runs a build of the kernel's CUDA source for the CPU, made at the first launch.
 */
#include "memory.h"
#include "record.h"

#include <ctype.h>
#include <dlfcn.h>
#include <pthread.h>

enum { MOST_PARAMETERS = 256, BLOCK_LIMIT = 1024, DEFAULT_SHARED = 48 << 10 };

struct parameter { size_t size; int is_pointer; };

struct CUfunc_st {
  struct CUfunc_st *next; /* of the module */
  struct CUfunc_st *earlier; /* of the process */
  char name[256];
  u64 hash;
  int parameter_count;
  struct parameter parameters[MOST_PARAMETERS];
  unsigned most_threads[3], exact_threads[3], cluster[3]; /* .maxntid, .reqntid, .reqnctapercluster; zeros where absent */
  unsigned shared_limit;
  unsigned long launches;
  int is_built;
  void (*emulated)(const unsigned *grid, const unsigned *block, void **arguments, unsigned shared);
};
struct CUmod_st { u64 hash; struct CUfunc_st *functions; };

static struct CUfunc_st *all_functions;
static pthread_mutex_t launch_lock = PTHREAD_MUTEX_INITIALIZER;

/* ---- PTX -------------------------------------------------------------------------------------------------------------------- */

/* One declaration such as `.param .u64 .ptr .align 1 k_param_0` or `.param .align 8 .b8 k_param_2[64]`. */
static struct parameter read_parameter(const char *text, const char *end) {
  struct parameter p = {8, 0};
  int bits = 64, count = 1, is_array = 0, has_type = 0;
  for (const char *at = text; at < end; at++) {
    if (*at == '[') is_array = 1, count = atoi(at + 1);
    if (*at == '.' && !has_type && strchr("busf", at[1]) && isdigit((unsigned char)at[2])) has_type = 1, bits = atoi(at + 2);
  }
  p.size = (size_t)count * (size_t)bits / 8;
  p.is_pointer = !is_array && bits == 64;
  return p;
}

static void read_sizes(const char *directive, const char *from, const char *end, unsigned *sizes) {
  const char *at = strstr(from, directive);
  if (!at || at >= end) return;
  sizes[0] = sizes[1] = sizes[2] = 1;
  sscanf(at + strlen(directive), " %u , %u , %u", &sizes[0], &sizes[1], &sizes[2]);
}

/* A kernel's declaration, from `.entry` to the brace that opens its body. */
static struct CUfunc_st *read_entry(const char *text, u64 hash) {
  struct CUfunc_st *f = calloc(1, sizeof *f);
  const char *body = strchr(text, '{'), *open = strchr(text, '(');
  if (!f || !body) return free(f), NULL;
  f->hash = hash;
  sscanf(text, ".entry %255[A-Za-z0-9_$]", f->name);
  const char *directives = text;
  if (open && open < body) {
    const char *close = strchr(open, ')');
    directives = close;
    for (const char *at = open + 1; at < close && f->parameter_count < MOST_PARAMETERS;) {
      const char *end = at + strcspn(at, ",)");
      if (memchr(at, '.', (size_t)(end - at))) f->parameters[f->parameter_count++] = read_parameter(at, end);
      at = end + 1;
    }
  }
  read_sizes(".maxntid", directives, body, f->most_threads);
  read_sizes(".reqntid", directives, body, f->exact_threads);
  read_sizes(".reqnctapercluster", directives, body, f->cluster);
  return f;
}

/* ---- Modules ---------------------------------------------------------------------------------------------------------------- */

static void record_launches(void) {
  for (struct CUfunc_st *f = all_functions; f; f = f->earlier)
    if (f->launches) event("launched\t%016llx\t%s\t%lu", f->hash, f->name, f->launches);
}

API CUresult cuModuleLoadData(CUmodule *out, const void *image) {
  const char *text = image;
  if (!has_context("cuModuleLoadData")) return CUDA_ERROR_INVALID_CONTEXT;
  if (!text || !strstr(text, ".target") || !strstr(text, ".entry ")) {
    event("fault\ta module that is no PTX with a kernel");
    return CUDA_ERROR_INVALID_IMAGE;
  }
  struct CUmod_st *module = calloc(1, sizeof *module);
  module->hash = hash_text(0, text);
  save_kernel_text(module->hash, "ptx", text);
  pthread_mutex_lock(&launch_lock);
  if (!all_functions) atexit(record_launches);
  for (const char *at = strstr(text, ".entry "); at; at = strstr(at + 1, ".entry ")) {
    struct CUfunc_st *f = read_entry(at, module->hash);
    if (!f) continue;
    f->next = module->functions, module->functions = f;
    f->earlier = all_functions, all_functions = f;
    event("loaded\t%016llx\t%s", f->hash, f->name);
  }
  pthread_mutex_unlock(&launch_lock);
  *out = module;
  return CUDA_SUCCESS;
}

API CUresult cuModuleUnload(CUmodule module) { return (void)module, CUDA_SUCCESS; }

API CUresult cuModuleGetFunction(CUfunction *out, CUmodule module, const char *name) {
  for (struct CUfunc_st *f = module->functions; f; f = f->next)
    if (!strcmp(f->name, name)) return *out = f, CUDA_SUCCESS;
  event("fault\tmodule %016llx has no kernel %s", module->hash, name);
  return CUDA_ERROR_NOT_FOUND;
}

API CUresult cuFuncSetAttribute(CUfunction f, CUfunction_attribute attribute, int value) {
  if (attribute != CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES) return CUDA_SUCCESS;
  if (value < 0 || value > shared_memory_limit()) {
    event("fault\t%s wants %d bytes of shared memory, the device has %d", f->name, value, shared_memory_limit());
    return CUDA_ERROR_INVALID_VALUE;
  }
  f->shared_limit = (unsigned)value;
  return CUDA_SUCCESS;
}

API CUresult cuFuncGetAttribute(int *value, CUfunction_attribute attribute, CUfunction f) {
  return (void)attribute, (void)f, *value = 0, CUDA_SUCCESS;
}

/* ---- A kernel's build for the CPU ------------------------------------------------------------------------------------------- */

static char *read_source(u64 hash) {
  FILE *file = open_kernel_file("CUDA_CHECK_LOG", hash, "cu", "r");
  if (!file) return NULL;
  fseek(file, 0, SEEK_END);
  long size = ftell(file);
  rewind(file);
  char *text = calloc(1, (size_t)size + 1);
  size_t got = text ? fread(text, 1, (size_t)size, file) : 0;
  fclose(file);
  return got == (size_t)size ? text : (free(text), NULL);
}

/* `extern __shared__ __align__(16) char NAME[];` becomes a pointer to the block's shared memory. */
static const char *write_shared(const char *at, FILE *out) {
  const char *end = strchr(at, ';'), *bracket = end ? memchr(at, '[', (size_t)(end - at)) : NULL, *name = bracket;
  while (name && name > at && (isalnum((unsigned char)name[-1]) || name[-1] == '_')) name--;
  if (!name) return NULL;
  fprintf(out, "char *%.*s = gpu::shared_memory", (int)(bracket - name), name);
  return end;
}

/* `asm volatile("atom.relaxed.add.f32 %0, [%1], %2;" : "=f"(RESULT) : "l"(AT), "f"(VALUE));` becomes a call; a vector does not. */
static const char *write_atom(const char *at, FILE *out) {
  static const char *const operations[] = {".add.", ".min.", ".max."};
  char name[3][64];
  const char *operands = strchr(at, ':'), *operation = NULL;
  for (int k = 0; operands && k < 3; k++) {
    const char *found = strstr(at, operations[k]);
    if (found && found < operands) operation = operations[k] + 1;
  }
  const char *vector = strstr(at, ".v");
  if (!operation || (vector && vector < operands)) return NULL;
  for (int k = 0; k < 3; k++) {
    operands = strchr(operands, '(');
    if (!operands || sscanf(operands++, "(%63[A-Za-z0-9_])", name[k]) != 1) return NULL;
  }
  fprintf(out, "%s = gpu::atom_%.3s(%s, %s)", name[0], operation, name[1], name[2]);
  return strchr(operands, ';');
}

/* The source as C++; the compiler refuses what is left of PTX. */
static void write_cpp(const char *source, FILE *out) {
  static const char shared[] = "extern __shared__", atom[] = "asm volatile(\"atom.";
  const char *done = source;
  for (const char *at = source; *at; at++) {
    int is_shared = !strncmp(at, shared, sizeof shared - 1), is_atom = !strncmp(at, atom, sizeof atom - 1);
    if (!is_shared && !is_atom) continue;
    fwrite(done, 1, (size_t)(at - done), out);
    const char *end = is_shared ? write_shared(at, out) : write_atom(at, out);
    done = end ? end : at;
    if (end) at = end - 1;
  }
  fputs(done, out);
}

/* Threads that never wait for each other run one after the other, without a stack each. */
static int is_serial(const char *source) {
  static const char *const waits[] = {"__sync", "_sync(", "__activemask", "wmma::"};
  for (size_t k = 0; k < sizeof waits / sizeof *waits; k++)
    if (strstr(source, waits[k])) return 0;
  return 1;
}

static void build(CUfunction f) {
  const char *headers = setting("CUDA_CHECK_EMULATION"), *folder = setting("CUDA_CHECK_KERNELS"), *toolkit = setting("CUDA_PATH");
  const char *flags = setting("CUDA_CHECK_CXXFLAGS") ? setting("CUDA_CHECK_CXXFLAGS") : "";
  char *source = read_source(f->hash);
  f->is_built = 1;
  if (!source || !folder || !toolkit) {
    event("fault\t%s (%016llx): no source, CUDA_CHECK_KERNELS or CUDA_PATH to build it for the CPU", f->name, f->hash);
    return;
  }
  int serial = is_serial(source);
  u64 hash = hash_text(hash_text(hash_text(0, source), flags), f->name);
  char path[4096], command[16384];
  snprintf(path, sizeof path, "%s/%016llx.so", folder, hash);
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  FILE *out = library ? NULL : open_kernel_file("CUDA_CHECK_KERNELS", hash, "cpp", "w");
  if (out) {
    write_cpp(source, out);
    fprintf(out, "\nGPU_ENTRY(%s, %s)\n", f->name, serial ? "true" : "false");
    fclose(out);
    /* Contraction as NVRTC's default --fmad=true; math without errno, which vectorises. */
    snprintf(command, sizeof command,
             "g++ -std=c++17 -O2 -march=native -ffp-contract=fast -fno-math-errno -fno-strict-aliasing -w -shared -fPIC "
             "-fvisibility=hidden %s -I '%s' -I '%s/include' -include device.h '%s/%016llx.cpp' -o '%s/%016llx.part' 2>'%s/%016llx.txt' "
             "&& mv '%s/%016llx.part' '%s'",
             flags, headers, toolkit, folder, hash, folder, hash, folder, hash, folder, hash, path);
    library = system(command) == 0 ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
  }
  free(source);
  if (library) *(void **)&f->emulated = dlsym(library, "emulated_kernel");
  if (f->emulated) event("emulated\t%016llx\t%s\t%s", f->hash, f->name, serial ? "serial" : "fibers");
  else event("fault\t%s (%016llx) does not build for the CPU: see %016llx.txt among the kernels", f->name, f->hash, hash);
}

/* ---- Launches --------------------------------------------------------------------------------------------------------------- */

static u64 volume(const unsigned *size) { return (u64)size[0] * size[1] * size[2]; }

/* What a driver would refuse a launch for, or NULL. */
static const char *wrong_launch(CUfunction f, const unsigned *grid, const unsigned *block, unsigned shared, void **arguments) {
  if (!volume(grid) || grid[0] > 0x7fffffffu || grid[1] > 65535 || grid[2] > 65535) return "grid size";
  if (!volume(block) || block[2] > 64 || volume(block) > BLOCK_LIMIT) return "block size";
  if (volume(f->most_threads) && volume(block) > volume(f->most_threads)) return "block larger than the kernel's .maxntid";
  if (volume(f->exact_threads) && memcmp(block, f->exact_threads, 3 * sizeof *block)) return "block other than the kernel's .reqntid";
  for (int axis = 0; axis < 3; axis++)
    if (f->cluster[axis] && grid[axis] % f->cluster[axis]) return "grid that is no multiple of the kernel's cluster";
  if (shared > DEFAULT_SHARED && shared > f->shared_limit) return "more shared memory than was asked for";
  if (f->parameter_count && !arguments) return "no arguments";
  for (int k = 0; k < f->parameter_count; k++) {
    CUdeviceptr pointer;
    if (!arguments[k]) return "a missing argument";
    if (!f->parameters[k].is_pointer) continue;
    memcpy(&pointer, arguments[k], sizeof pointer);
    if (pointer && !is_allocated(pointer, 0)) return "a pointer that is not allocated";
  }
  return NULL;
}

API CUresult cuLaunchKernel(CUfunction f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned shared,
                            CUstream stream, void **arguments, void **extra) {
  const unsigned grid[3] = {gx, gy, gz}, block[3] = {bx, by, bz};
  (void)stream, (void)extra;
  if (!has_context("cuLaunchKernel")) return CUDA_ERROR_INVALID_CONTEXT;
  const char *wrong = wrong_launch(f, grid, block, shared, arguments);
  if (wrong) {
    event("fault\tlaunch of %s (%016llx), grid %u %u %u, block %u %u %u, %u bytes shared: %s", f->name, f->hash, gx, gy, gz, bx, by, bz, shared, wrong);
    return CUDA_ERROR_INVALID_VALUE;
  }
  pthread_mutex_lock(&launch_lock);
  f->launches++;
  if (setting("CUDA_CHECK_EMULATION")) {
    if (!f->is_built) build(f);
    if (f->emulated) f->emulated(grid, block, arguments, shared);
  }
  pthread_mutex_unlock(&launch_lock);
  return CUDA_SUCCESS;
}

API CUresult cuLaunchCooperativeKernel(CUfunction f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz,
                                       unsigned shared, CUstream stream, void **arguments) {
  return cuLaunchKernel(f, gx, gy, gz, bx, by, bz, shared, stream, arguments, NULL);
}
