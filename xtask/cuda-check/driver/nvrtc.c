/*
 * Recorder in front of NVIDIA's run-time compiler: every request goes to the real NVRTC, and the source and its PTX are kept.
 *
 * A kernel is named by the hash of its PTX, by which the driver's half finds the source again.
 */
#include "record.h"

#include <dlfcn.h>
#include <pthread.h>
#include <time.h>

struct program { void *real; char *source; };

/* A function of the real NVRTC. Its own handle is asked, for the names here are the same. */
static void *real(const char *name) {
  static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  static void *library;
  pthread_mutex_lock(&lock);
  const char *path = setting("CUDA_CHECK_NVRTC");
  if (!library && path) library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  pthread_mutex_unlock(&lock);
  void *function = library ? dlsym(library, name) : NULL;
  if (!function) {
    fprintf(stderr, "cuda-check: no %s in CUDA_CHECK_NVRTC=%s\n", name, path ? path : "");
    abort();
  }
  return function;
}

#define CALL(RESULT, NAME, TYPES, ...) (((RESULT (*) TYPES)real(NAME))(__VA_ARGS__))

API int nvrtcVersion(int *major, int *minor) { return CALL(int, "nvrtcVersion", (int *, int *), major, minor); }
API const char *nvrtcGetErrorString(int code) { return CALL(const char *, "nvrtcGetErrorString", (int), code); }

API int nvrtcCreateProgram(struct program **out, const char *source, const char *name, int n, const char *const *texts, const char *const *names) {
  struct program *made = calloc(1, sizeof *made);
  made->source = strdup(source);
  *out = made;
  return CALL(int, "nvrtcCreateProgram", (void **, const char *, const char *, int, const char *const *, const char *const *), &made->real,
              source, name, n, texts, names);
}

API int nvrtcDestroyProgram(struct program **program) {
  int code = CALL(int, "nvrtcDestroyProgram", (void **), &(*program)->real);
  free((*program)->source);
  free(*program);
  *program = NULL;
  return code;
}

API int nvrtcGetProgramLogSize(struct program *p, size_t *size) { return CALL(int, "nvrtcGetProgramLogSize", (void *, size_t *), p->real, size); }
API int nvrtcGetProgramLog(struct program *p, char *text) { return CALL(int, "nvrtcGetProgramLog", (void *, char *), p->real, text); }
API int nvrtcGetPTXSize(struct program *p, size_t *size) { return CALL(int, "nvrtcGetPTXSize", (void *, size_t *), p->real, size); }
API int nvrtcGetPTX(struct program *p, char *text) { return CALL(int, "nvrtcGetPTX", (void *, char *), p->real, text); }

/* A text of the program, such as its PTX; the caller frees it. */
static char *text_of(struct program *p, int (*size_of)(struct program *, size_t *), int (*get)(struct program *, char *)) {
  size_t size = 0;
  if (size_of(p, &size)) return NULL;
  char *text = calloc(1, size + 1);
  if (text && get(p, text) == 0) return text;
  return free(text), NULL;
}

API int nvrtcCompileProgram(struct program *p, int n, const char *const *options) {
  const char *arch = "?";
  static const char flag[] = "--gpu-architecture=";
  for (int k = 0; k < n; k++)
    if (!strncmp(options[k], flag, sizeof flag - 1)) arch = options[k] + sizeof flag - 1;

  struct timespec from, to;
  clock_gettime(CLOCK_MONOTONIC, &from);
  int code = CALL(int, "nvrtcCompileProgram", (void *, int, const char *const *), p->real, n, options);
  clock_gettime(CLOCK_MONOTONIC, &to);
  double milliseconds = 1e3 * (double)(to.tv_sec - from.tv_sec) + 1e-6 * (double)(to.tv_nsec - from.tv_nsec);

  char *ptx = code ? NULL : text_of(p, nvrtcGetPTXSize, nvrtcGetPTX), *log = code ? text_of(p, nvrtcGetProgramLogSize, nvrtcGetProgramLog) : NULL;
  u64 hash = hash_text(0, ptx ? ptx : p->source);
  save_kernel_text(hash, "cu", p->source);
  if (log) save_kernel_text(hash, "log", log);
  event("%s\t%016llx\t%s\t%.0f", code ? "refused" : "compiled", hash, arch, milliseconds);
  free(ptx);
  free(log);
  return code;
}
