// AVX2 with FMA and F16C (Haswell, Zen and later).
#if defined(__x86_64__)

#include <immintrin.h>
#include <math.h>
#include <string.h>

#include "../../tables.h"

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)

#define LANES 8
#include "../../vector/attention.h"
#include "../../vector/ops.h"
#include "../../vector/products.h"

enum { SIGNED_ZERO = 0 };

#include "formats.h"

// MARK: - Products of bytes
//
// vpmaddubsw multiplies unsigned by signed bytes and adds them in pairs to int16, saturating: weights of up to six bits
// do not, at 2 * 63 * 127. Partial sums are int16 too, and wrap around: what matters is that the result fits once
// `center` times the activations is taken from it. Of a block, an int16 lane takes in 16 products of at most 15 * 127
// (center 0), 8 * 127 (center 8), 12 * 127 (center 12) or 16 * 127 (center 16): 32512 < 32768.

INLINE __m256i add_products(__m256i partial, __m256i weights, __m256i quants) {
    return _mm256_add_epi16(partial, _mm256_maddubs_epi16(weights, quants));
}

INLINE __m256i add_partial(__m256i a, __m256i b) { return _mm256_add_epi16(a, b); }

INLINE __m256i subtract_partial(__m256i a, __m256i b) { return _mm256_sub_epi16(a, b); }

INLINE __m256i total(__m256i partial) { return _mm256_madd_epi16(partial, _mm256_set1_epi16(1)); }

INLINE int center_of(const format f) { return f.bits == 5 ? 16 : f.zero; }

#include "sums.h"

INLINE int32_t start_of(__m256i quants, int sum, int center) {
    (void)sum;
    return start_of_pairs(quants, center);
}

INLINE __m256i dots_of_bytes(__m256i weights, __m256i quants, int32_t offset) {
    (void)offset;
    return signed_products(weights, quants);
}

// Of rows that are expanded first.
INLINE __m256i add_fours(__m256i sums, __m256i weights, __m256i quants) {
    return _mm256_add_epi32(sums, _mm256_madd_epi16(_mm256_maddubs_epi16(weights, quants), _mm256_set1_epi16(1)));
}

#include "gemv.h"
#include "gemm.h"

// MARK: - Products with panels
//
// As `signed_products`, with the signs of the activations: less 128, they are at most 128. Pairs are at most 2 * 128 * 127.
// Widening both to int16, as above, is a tenth slower: it must be done again for each tile.

enum { PANEL_TOKENS = 4, PANEL_PARTS = 2, LESS = 128 };

INLINE void split_quants(__m256i x, __m256i parts[PANEL_PARTS]) {
    parts[0] = _mm256_xor_si256(x, _mm256_set1_epi8(-128));
    parts[1] = _mm256_abs_epi8(parts[0]);
}

INLINE __m256i add_panel_products(__m256i dots, __m256i weights, const __m256i quants[PANEL_PARTS]) {
    __m256i pairs = _mm256_maddubs_epi16(quants[1], _mm256_sign_epi8(weights, quants[0]));
    return _mm256_add_epi32(dots, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

#include "packed.h"

#include "products.h"

// MARK: - Table

const swl_kernels swl_avx2 = {
    .name = "avx2",
    .products =
        {
            [SWL_F32] = {gemv_f32, gemm_f32, .gemm_from = 12, .panel_rows = PANEL_ROWS},
            [SWL_F16] = {gemv_f16, gemm_f16, .gemm_from = 12, .panel_rows = PANEL_ROWS},
            [SWL_BF16] = {gemv_bf16, gemm_bf16, .gemm_from = 12, .panel_rows = PANEL_ROWS},
            QUANTIZED(q8_0, SWL_Q8_0, 9),
            QUANTIZED(q4_0, SWL_Q4_0, 9),
            QUANTIZED(q4_1, SWL_Q4_1, 9),
            QUANTIZED(q5_0, SWL_Q5_0, 5),
            QUANTIZED(q5_1, SWL_Q5_1, 5),
            QUANTIZED(q2_k, SWL_Q2_K, 6),
            QUANTIZED(q3_k, SWL_Q3_K, 5),
            QUANTIZED(q4_k, SWL_Q4_K, 9),
            QUANTIZED(q5_k, SWL_Q5_K, 8),
            QUANTIZED(q6_k, SWL_Q6_K, 5),
            QUANTIZED(mxfp4, SWL_MXFP4, 9),
            SWL_EXPANDED_FORMATS(EXPANDED)
            QUANTIZED(iq4_nl, SWL_IQ4_NL, 9),
            QUANTIZED(iq4_xs, SWL_IQ4_XS, 9),
        },
    .product_scratch_bytes = product_scratch_bytes,
    .unpack = {UNPACK_OPERATIONS},
    .multiply_panels = multiply_panels,
    SIMPLE_OPERATIONS,
    ATTENTION_OPERATIONS,
};

#pragma clang attribute pop

#endif
