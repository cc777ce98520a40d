/* What launches ask of the device and its memory. */
#pragma once
#include <cuda.h>
#include <stddef.h>

int compute_capability(void);
int shared_memory_limit(void);
/* Whether the calling thread has a current context; a fault otherwise. */
int has_context(const char *call);
/* Whether all bytes lie in one allocation. */
int is_allocated(CUdeviceptr start, size_t size);
