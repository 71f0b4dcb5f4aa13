#include "include/swl_memory.h"

#include <string.h>

// Streams side by side: the memory serves several better than one, since each has its own misses in flight.
enum { STREAMS = 4, LINE = 64, PREFETCH_DISTANCE = 1024 };

typedef uint64_t words __attribute__((vector_size(16)));

static inline __attribute__((always_inline)) words load(const char *bytes) {
    words value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

// Prefetches run past the end of a stream; they never fault.
static inline __attribute__((always_inline)) words load_line(const char *bytes) {
    __builtin_prefetch((const char *)((uintptr_t)bytes + PREFETCH_DISTANCE));
    return (load(bytes) ^ load(bytes + 16)) ^ (load(bytes + 32) ^ load(bytes + 48));
}

uint64_t swl_read_memory(const void *bytes, size_t count) {
    const char *first = bytes;
    const size_t stream = count / (STREAMS * LINE) * LINE;
    words a = {0}, b = {0}, c = {0}, d = {0};
    for (size_t i = 0; i < stream; i += LINE) {
        a ^= load_line(first + i);
        b ^= load_line(first + stream + i);
        c ^= load_line(first + 2 * stream + i);
        d ^= load_line(first + 3 * stream + i);
    }
    const words sums = (a ^ b) ^ (c ^ d);
    uint64_t sum = sums[0] ^ sums[1];
    for (size_t i = STREAMS * stream; i < count; i += sizeof sum) {
        uint64_t word = 0;
        memcpy(&word, first + i, count - i < sizeof word ? count - i : sizeof word);
        sum ^= word;
    }
    return sum;
}
