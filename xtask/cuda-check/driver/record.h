/*
 * Settings and the event log, for the stand-in driver and the NVRTC recorder.
 *
 * CUDA_CHECK_CC         compute capability of the device, such as 8.0
 * CUDA_CHECK_NVRTC      path of NVIDIA's libnvrtc.so.N
 * CUDA_CHECK_LOG        existing folder for events.tsv, and for each kernel HASH.cu and HASH.ptx
 * CUDA_CHECK_EMULATION  folder of the emulation's headers; unset: launches are checked and compute nothing
 * CUDA_CHECK_KERNELS    existing folder for kernels built for the CPU, shared between runs
 * CUDA_CHECK_CXXFLAGS   more flags for these builds
 * CUDA_PATH             the toolkit, for its headers
 *
 * events.tsv has one line per event, tab-separated:
 *   compiled  HASH  ARCH      MILLISECONDS   NVRTC accepted a source
 *   refused   HASH  ARCH      MILLISECONDS   NVRTC refused it; HASH.log says why
 *   loaded    HASH  KERNEL                   a module's kernel was loaded
 *   emulated  HASH  KERNEL    serial|fibers  it was built for the CPU
 *   launched  HASH  KERNEL    COUNT          at exit
 *   fault     TEXT                           a driver would have refused this, or the emulation could not do it
 */
#pragma once
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define API __attribute__((visibility("default")))

typedef unsigned long long u64;

static inline const char *setting(const char *name) {
  const char *value = getenv(name);
  return value && *value ? value : NULL;
}

/* FNV-1a over a C string. */
static inline u64 hash_text(u64 seed, const char *text) {
  for (u64 hash = seed ^ 0xcbf29ce484222325u;; text++) {
    if (!*text) return hash;
    hash = (hash ^ (unsigned char)*text) * 0x100000001b3u;
  }
}

/* Opens FOLDER/HASH.EXTENSION; the folder is a setting's. */
static inline FILE *open_kernel_file(const char *folder, u64 hash, const char *extension, const char *mode) {
  char path[4096];
  if (!setting(folder)) return NULL;
  snprintf(path, sizeof path, "%s/%016llx.%s", setting(folder), hash, extension);
  return fopen(path, mode);
}

static inline void save_kernel_text(u64 hash, const char *extension, const char *text) {
  FILE *file = open_kernel_file("CUDA_CHECK_LOG", hash, extension, "w");
  if (!file) return;
  fputs(text, file);
  fclose(file);
}

/* Appends one line in one write: processes share the file. */
__attribute__((format(printf, 1, 2))) static inline void event(const char *format, ...) {
  char line[2048], path[4096];
  va_list values;
  va_start(values, format);
  int length = vsnprintf(line, sizeof line - 1, format, values);
  va_end(values);
  if (length < 0 || !setting("CUDA_CHECK_LOG")) return;
  if (length > (int)sizeof line - 2) length = sizeof line - 2;
  line[length++] = '\n';
  snprintf(path, sizeof path, "%s/events.tsv", setting("CUDA_CHECK_LOG"));
  FILE *file = fopen(path, "a");
  if (!file) return;
  setvbuf(file, NULL, _IOFBF, sizeof line);
  fwrite(line, 1, (size_t)length, file);
  fclose(file);
}
