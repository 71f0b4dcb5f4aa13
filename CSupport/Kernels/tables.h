// The tables of this build and what their files share.
#ifndef SWL_TABLES_H
#define SWL_TABLES_H

#include "swl_kernels.h"

#pragma GCC visibility push(hidden)

extern const swl_kernels swl_scalar;
#if defined(__x86_64__)
extern const swl_kernels swl_avx2;
extern const swl_kernels swl_avx512;
#elif defined(__aarch64__)
extern const swl_kernels swl_neon;
#endif

#pragma GCC visibility pop

static inline size_t swl_least(size_t a, size_t b) { return a < b ? a : b; }

static inline size_t swl_round_up(size_t n, size_t step) { return (n + step - 1) / step * step; }

// The order in which `few` takes its rows: in turn from two stretches of consecutive ones. The memory is read faster
// so than along one stretch, and much faster than with neighbouring rows side by side.
enum { SWL_STREAMS = 2 };

static inline size_t swl_streamed_row(size_t turn, size_t rows) {
    return turn % SWL_STREAMS * (swl_round_up(rows, SWL_STREAMS) / SWL_STREAMS) + turn / SWL_STREAMS;
}

// A loop over all rows in that order.
#define STREAM_ROWS(r, rows)                                                                                         \
    for (size_t r, turn = 0; turn < swl_round_up(rows, SWL_STREAMS); turn++)                                         \
        if ((r = swl_streamed_row(turn, rows)) < (rows))

// `quantize` also tries the least possible scale of a block times this.
#define SWL_WIDER 1.02f

#endif
