// AVX-512 with VNNI (Ice Lake, Zen 4 and later).
#if defined(__x86_64__)

#include <immintrin.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "../../tables.h"

#pragma clang attribute push(                                                                                  \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c"))), apply_to = function)

#define LANES 16
#include "../../vector/attention.h"
#include "../../vector/ops.h"
#include "../../vector/products.h"
#include "gemv.h"
#include "gemv_batch.h"
#include "gemm.h"
#include "packed.h"
#include "codebooks.h"
#include "expanded.h"
#include "../../vector/expanded.h"

// MARK: - Quantized weights

#define PRODUCTS(name, id) PRODUCT(gemv_##name, gemv, format_##name) PRODUCT(gemm_##name, gemm, format_##name)
SWL_UNPACKED_FORMATS(PRODUCTS)

static size_t product_scratch_bytes(size_t columns) {
    size_t bytes = gemv_scratch_bytes(columns), batch = batch_scratch_bytes(columns);
    if (bytes < batch) bytes = batch;
    if (bytes < EXPANDED_GEMM_BYTES) bytes = EXPANDED_GEMM_BYTES;
    if (bytes < expanded_scratch_bytes(columns)) bytes = expanded_scratch_bytes(columns);
    return bytes < FLOAT_SCRATCH_BYTES ? FLOAT_SCRATCH_BYTES : bytes;
}

// MARK: - Table

#define EXPANDED(name, id) [id] = {gemv_##name, gemm_##name, .gemm_from = 6, .panel_rows = BYTE_ROWS},

const swl_kernels swl_avx512 = {
    .name = "avx512",
    .products =
        {
            [SWL_F32] = {gemv_f32, gemm_f32, .gemm_from = 12, .panel_rows = PANEL_ROWS},
            [SWL_F16] = {gemv_f16, gemm_f16, .gemm_from = 8, .panel_rows = PANEL_ROWS},
            [SWL_BF16] = {gemv_bf16, gemm_bf16, .gemm_from = 8, .panel_rows = PANEL_ROWS},
            [SWL_Q4_0] = {gemv_q4_0, gemm_q4_0, .gemm_from = 9, .panel_rows = BYTE_ROWS},
            [SWL_Q4_1] = {gemv_q4_1, gemm_q4_1, .gemm_from = 8, .panel_rows = BYTE_ROWS},
            [SWL_Q5_0] = {gemv_q5_0, gemm_q5_0, .gemm_from = 8, .panel_rows = BYTE_ROWS},
            [SWL_Q5_1] = {gemv_q5_1, gemm_q5_1, .gemm_from = 7, .panel_rows = BYTE_ROWS},
            [SWL_Q8_0] = {gemv_q8_0, gemm_q8_0, .gemm_from = 10, .panel_rows = BYTE_ROWS},
            [SWL_Q2_K] = {gemv_q2_k, gemm_q2_k, .gemm_from = 8, .panel_rows = BYTE_ROWS},
            [SWL_Q3_K] = {gemv_q3_k, gemm_q3_k, .gemm_from = 6, .panel_rows = BYTE_ROWS},
            [SWL_Q4_K] = {gemv_q4_k, gemm_q4_k, .gemm_from = 6, .panel_rows = BYTE_ROWS},
            [SWL_Q5_K] = {gemv_q5_k, gemm_q5_k, .gemm_from = 6, .panel_rows = BYTE_ROWS},
            [SWL_Q6_K] = {gemv_q6_k, gemm_q6_k, .gemm_from = 12, .panel_rows = BYTE_ROWS},
            [SWL_IQ4_NL] = {gemv_iq4_nl, gemm_iq4_nl, .gemm_from = 7, .panel_rows = BYTE_ROWS},
            [SWL_IQ4_XS] = {gemv_iq4_xs, gemm_iq4_xs, .gemm_from = 6, .panel_rows = BYTE_ROWS},
            [SWL_MXFP4] = {gemv_mxfp4, gemm_mxfp4, .gemm_from = 9, .panel_rows = BYTE_ROWS},
            SWL_EXPANDED_FORMATS(EXPANDED)
        },
    .product_scratch_bytes = product_scratch_bytes,
    .unpack = {UNPACK_OPERATIONS},
    .multiply_panels = multiply_panels,
    SIMPLE_OPERATIONS,
    ATTENTION_OPERATIONS,
};

#pragma clang attribute pop

#endif
