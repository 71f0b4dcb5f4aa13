// AVX-512 with VNNI (Ice Lake, Zen 4 and later).
#if defined(__x86_64__)

#include <immintrin.h>
#include <math.h>
#include <string.h>

#include "../tables.h"

#pragma clang attribute push(                                                                                  \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c"))), apply_to = function)

#define LANES 16
#include "../vector/attention.h"
#include "../vector/ops.h"
#include "../vector/products.h"
#include "avx512_few.h"
#include "avx512_many.h"
#include "avx512_panels.h"

// MARK: - Quantized weights

#define QUANTIZED(format, FORMAT) \
    FEW(format, FORMAT)           \
    MANY(format, FORMAT)
QUANTIZED(q4_0, Q4_0)
QUANTIZED(q4_1, Q4_1)
QUANTIZED(q5_0, Q5_0)
QUANTIZED(q5_1, Q5_1)
QUANTIZED(q8_0, Q8_0)
QUANTIZED(q2_k, Q2_K)
QUANTIZED(q3_k, Q3_K)
QUANTIZED(q4_k, Q4_K)
QUANTIZED(q5_k, Q5_K)
QUANTIZED(q6_k, Q6_K)
QUANTIZED(iq4_nl, IQ4_NL)
QUANTIZED(iq4_xs, IQ4_XS)

static size_t product_scratch_bytes(size_t columns) {
    size_t bytes = few_scratch_bytes(columns);
    if (bytes < MANY_SCRATCH_BYTES) bytes = MANY_SCRATCH_BYTES;
    return bytes < FLOAT_SCRATCH_BYTES ? FLOAT_SCRATCH_BYTES : bytes;
}

// MARK: - Table

const swl_kernels swl_avx512 = {
    .name = "avx512",
    .products =
        {
            [SWL_F32] = {few_f32, many_f32, .many_from = 12, .panel_rows = PANEL_ROWS},
            [SWL_F16] = {few_f16, many_f16, .many_from = 8, .panel_rows = PANEL_ROWS},
            [SWL_BF16] = {few_bf16, many_bf16, .many_from = 8, .panel_rows = PANEL_ROWS},
            [SWL_Q4_0] = {few_q4_0, many_q4_0, .many_from = 7, .panel_rows = BYTE_ROWS},
            [SWL_Q4_1] = {few_q4_1, many_q4_1, .many_from = 8, .panel_rows = BYTE_ROWS},
            [SWL_Q5_0] = {few_q5_0, many_q5_0, .many_from = 8, .panel_rows = BYTE_ROWS},
            [SWL_Q5_1] = {few_q5_1, many_q5_1, .many_from = 7, .panel_rows = BYTE_ROWS},
            [SWL_Q8_0] = {few_q8_0, many_q8_0, .many_from = 10, .panel_rows = BYTE_ROWS},
            [SWL_Q2_K] = {few_q2_k, many_q2_k, .many_from = 8, .panel_rows = BYTE_ROWS},
            [SWL_Q3_K] = {few_q3_k, many_q3_k, .many_from = 6, .panel_rows = BYTE_ROWS},
            [SWL_Q4_K] = {few_q4_k, many_q4_k, .many_from = 6, .panel_rows = BYTE_ROWS},
            [SWL_Q5_K] = {few_q5_k, many_q5_k, .many_from = 6, .panel_rows = BYTE_ROWS},
            [SWL_Q6_K] = {few_q6_k, many_q6_k, .many_from = 12, .panel_rows = BYTE_ROWS},
            [SWL_IQ4_NL] = {few_iq4_nl, many_iq4_nl, .many_from = 7, .panel_rows = BYTE_ROWS},
            [SWL_IQ4_XS] = {few_iq4_xs, many_iq4_xs, .many_from = 6, .panel_rows = BYTE_ROWS},
        },
    .product_scratch_bytes = product_scratch_bytes,
    .unpack = {UNPACK_OPERATIONS},
    .multiply_panels = multiply_panels,
    SIMPLE_OPERATIONS,
    ATTENTION_OPERATIONS,
};

#pragma clang attribute pop

#endif
