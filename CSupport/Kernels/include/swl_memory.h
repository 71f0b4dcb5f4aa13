// Reading memory as fast as the machine can: what a decode step is bound by, to set its speed against.
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

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
