// AVX-VNNI: 256-bit dot products of bytes without AVX-512 (Alder Lake, Zen 5 and later).
#if defined(__x86_64__)

#include <immintrin.h>
#include <math.h>
#include <string.h>

#include "../../tables.h"

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c,avxvnni"))), apply_to = function)

#define LANES 8
#include "../../vector/attention.h"
#include "../../vector/ops.h"
#include "../../vector/products.h"

enum { SIGNED_ZERO = 128 };

#include "../avx2/formats.h"

// MARK: - Products of bytes
//
// vpdpbusd multiplies unsigned by signed bytes and adds four products to an int32. A block's sum is at most
// 32 * 255 * 127; signed weights are made unsigned by adding 128.

INLINE __m256i add_products(__m256i partial, __m256i weights, __m256i quants) {
    return _mm256_dpbusd_avx_epi32(partial, weights, quants);
}

INLINE __m256i add_partial(__m256i a, __m256i b) { return _mm256_add_epi32(a, b); }

INLINE __m256i subtract_partial(__m256i a, __m256i b) { return _mm256_sub_epi32(a, b); }

INLINE __m256i total(__m256i partial) { return partial; }

INLINE int center_of(const format f) { return f.zero; }

#include "../avx2/sums.h"

INLINE int32_t start_of(__m256i quants, int sum, int center) {
    (void)quants;
    return -center * sum;
}

// offset: -16 times the block's sum, for each of eight lanes.
INLINE __m256i dots_of_bytes(__m256i weights, __m256i quants, int32_t offset) {
    return add_products(_mm256_set1_epi32(offset), _mm256_xor_si256(weights, _mm256_set1_epi8(-128)), quants);
}

// Of rows that are expanded first.
INLINE __m256i add_fours(__m256i sums, __m256i weights, __m256i quants) {
    return _mm256_dpbusd_avx_epi32(sums, weights, quants);
}

#include "../avx2/gemv.h"
#include "../avx2/gemm.h"

// MARK: - Products with panels: activations are unsigned, weights signed, as vpdpbusd has them

enum { PANEL_TOKENS = 6, PANEL_PARTS = 1, LESS = 0 };

INLINE void split_quants(__m256i x, __m256i parts[PANEL_PARTS]) { parts[0] = x; }

INLINE __m256i add_panel_products(__m256i dots, __m256i weights, const __m256i quants[PANEL_PARTS]) {
    return _mm256_dpbusd_avx_epi32(dots, quants[0], weights);
}

#include "../avx2/packed.h"

#include "../avx2/products.h"

// MARK: - Table

const swl_kernels swl_avxvnni = {
    .name = "avxvnni",
    .products =
        {
            [SWL_F32] = {gemv_f32, gemm_f32, .gemm_from = 12, .panel_rows = PANEL_ROWS},
            [SWL_F16] = {gemv_f16, gemm_f16, .gemm_from = 12, .panel_rows = PANEL_ROWS},
            [SWL_BF16] = {gemv_bf16, gemm_bf16, .gemm_from = 12, .panel_rows = PANEL_ROWS},
            QUANTIZED(q8_0, SWL_Q8_0, 5),
            QUANTIZED(q4_0, SWL_Q4_0, 9),
            QUANTIZED(q4_1, SWL_Q4_1, 9),
            QUANTIZED(q5_0, SWL_Q5_0, 5),
            QUANTIZED(q5_1, SWL_Q5_1, 5),
            QUANTIZED(q2_k, SWL_Q2_K, 6),
            QUANTIZED(q3_k, SWL_Q3_K, 5),
            QUANTIZED(q4_k, SWL_Q4_K, 9),
            QUANTIZED(q5_k, SWL_Q5_K, 6),
            QUANTIZED(q6_k, SWL_Q6_K, 5),
            QUANTIZED(mxfp4, SWL_MXFP4, 9),
            SWL_EXPANDED_FORMATS(EXPANDED)
            QUANTIZED(iq4_nl, SWL_IQ4_NL, 8),
            QUANTIZED(iq4_xs, SWL_IQ4_XS, 8),
        },
    .product_scratch_bytes = product_scratch_bytes,
    .unpack = {UNPACK_OPERATIONS},
    .multiply_panels = multiply_panels,
    SIMPLE_OPERATIONS,
    ATTENTION_OPERATIONS,
};

#pragma clang attribute pop

#endif
