// Reading memory as fast as the machine can: what a decode step is bound by, to set its speed against. And asking for it
// ahead.
#ifndef SWL_MEMORY_H
#define SWL_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(hidden)

// Reads all of `bytes` once, in several streams with prefetches ahead of each, and returns the exclusive or of its
// 8-byte words (the last one filled up with zeros). Needs no alignment.
uint64_t swl_read_memory(const void *bytes, size_t count);

// Asks for memory to be used soon. A hint: it may point anywhere, and changes nothing but time.
static inline void swl_prefetch(const void *bytes, size_t count) {
    for (size_t i = 0; i < count; i += 64) __builtin_prefetch((const char *)bytes + i);
}

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
