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

// `quantize` also tries the least possible scale of a block times this.
#define SWL_WIDER 1.02f

static inline size_t swl_least(size_t a, size_t b) { return a < b ? a : b; }

static inline size_t swl_round_up(size_t n, size_t step) { return (n + step - 1) / step * step; }

#endif
