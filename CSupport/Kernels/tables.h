// The tables of this build and what their files share.
#ifndef SWL_TABLES_H
#define SWL_TABLES_H

#include "swl_codebook_bytes.h"
#include "swl_kernels.h"

#pragma GCC visibility push(hidden)

extern const swl_kernels swl_scalar;
#if defined(__x86_64__)
extern const swl_kernels swl_avx2;
extern const swl_kernels swl_avxvnni;
extern const swl_kernels swl_avx512;
#elif defined(__aarch64__)
extern const swl_kernels swl_neon;
extern const swl_kernels swl_i8mm;
#endif

// The quantized formats: name in the functions' names, id.
#define SWL_QUANTIZED_FORMATS(DO) SWL_UNPACKED_FORMATS(DO) SWL_EXPANDED_FORMATS(DO)

// Those whose products unpack weights in registers.
#define SWL_UNPACKED_FORMATS(DO)                                                                                   \
    DO(q4_0, SWL_Q4_0) DO(q4_1, SWL_Q4_1) DO(q5_0, SWL_Q5_0) DO(q5_1, SWL_Q5_1) DO(q8_0, SWL_Q8_0)                 \
    DO(q2_k, SWL_Q2_K) DO(q3_k, SWL_Q3_K) DO(q4_k, SWL_Q4_K) DO(q5_k, SWL_Q5_K) DO(q6_k, SWL_Q6_K)                 \
    DO(iq4_nl, SWL_IQ4_NL) DO(iq4_xs, SWL_IQ4_XS) DO(mxfp4, SWL_MXFP4)

// Those whose products expand a row to bytes first: vector/expanded.h.
#define SWL_EXPANDED_FORMATS(DO)                                                                                   \
    DO(iq3_s, SWL_IQ3_S) DO(iq3_xxs, SWL_IQ3_XXS) DO(iq2_s, SWL_IQ2_S) DO(iq2_xs, SWL_IQ2_XS)                      \
    DO(iq2_xxs, SWL_IQ2_XXS) DO(iq1_s, SWL_IQ1_S) DO(iq1_m, SWL_IQ1_M) DO(tq1_0, SWL_TQ1_0)                        \
    DO(tq2_0, SWL_TQ2_0) DO(nvfp4, SWL_NVFP4) DO(q1_0, SWL_Q1_0) DO(q2_0, SWL_Q2_0)

// The specification's functions for them. Every table unpacks rows by these; only lookups of embeddings do so.
#define SWL_DECLARE_SCALAR(name, format)                                                                           \
    void swl_scalar_product_##name(size_t rows, const void *weights, size_t row_bytes, const swl_activations *x,   \
                                   size_t first, size_t tokens, float *out, size_t out_stride, void *scratch);     \
    void swl_scalar_unpack_##name(size_t columns, const void *row, float *out);
SWL_QUANTIZED_FORMATS(SWL_DECLARE_SCALAR)

#pragma GCC visibility pop

// Their lines in a table.
#define SWL_SCALAR_PRODUCT(name, format) \
    [format] = {swl_scalar_product_##name, swl_scalar_product_##name, .gemm_from = 1, .panel_rows = 1},
#define SWL_SCALAR_UNPACK(name, format) [format] = swl_scalar_unpack_##name,

static inline size_t swl_least(size_t a, size_t b) { return a < b ? a : b; }

static inline size_t swl_round_up(size_t n, size_t step) { return (n + step - 1) / step * step; }

// The order in which `gemv` takes its rows: in turn from two stretches of consecutive ones. The memory is read faster
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
