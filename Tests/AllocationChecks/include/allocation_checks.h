// Counts the memory that a thread asks the C library for.
#ifndef ALLOCATION_CHECKS_H
#define ALLOCATION_CHECKS_H

#include <stdbool.h>
#include <stddef.h>

// Whether calls are counted here: Linux with glibc, and no sanitizer, which has an allocator of its own.
bool allocation_checks_available(void);

// Calls of malloc, calloc, realloc, posix_memalign and aligned_alloc by the calling thread since it began.
size_t allocation_checks_count(void);

#endif
