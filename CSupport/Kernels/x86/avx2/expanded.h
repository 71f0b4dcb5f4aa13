// Products of rows that are expanded first with few tokens, for the tables of AVX2 and AVX-VNNI.
//
// What expanded_panels.h says of `add_fours` holds here, too: the products of 16 columns, four lanes of a vector, have a
// scale of their own.
#ifndef SWL_AVX2_EXPANDED_H
#define SWL_AVX2_EXPANDED_H

#include "gemm.h"
#include "../../vector/expand_parts.h"

// MARK: - Few tokens

// A unit of a token's activations. What `order_of_sums` says of the order of scales holds for starts, too.
typedef struct arranged_unit {
    int8_t quants[UNIT_COLUMNS];
    float scales[UNIT_SCALES];
    int32_t starts[UNIT_SCALES];  // -EXPANDED_ZERO * sum of quants
} arranged_unit;

// The place of 16 columns' sum: those of four vectors' lower halves, then of their upper halves, and so the next four's.
INLINE size_t order_of_sums(size_t i) { return i / 8 * 8 + i % 2 * 4 + i % 8 / 2; }

static void arrange_units(const swl_activations *x, size_t token, arranged_unit *out) {
    const size_t blocks = x->columns / SWL_BLOCK;
    const int8_t *quants = x->quants + token * x->columns;
    const float *scales = x->scales + token * blocks;
    const int16_t *sums = x->sums + token * 2 * blocks;
    for (size_t b = 0; b < blocks; b += CHUNK, out++) {
        const size_t count = swl_least(CHUNK, blocks - b);
        if (count < CHUNK) memset(out, 0, sizeof *out);
        memcpy(out->quants, quants + b * SWL_BLOCK, count * SWL_BLOCK);
        for (size_t i = 0; i < 2 * count; i++) {
            out->scales[order_of_sums(i)] = scales[b + i / 2];
            out->starts[order_of_sums(i)] = -EXPANDED_ZERO * sums[2 * b + i];
        }
    }
}

// Adds a scaled sum to each lane. row_scales: of 16 columns each, in their order.
INLINE __m256 add_scaled_sums(__m256i dots, const float *row_scales, const float *scales, __m256 sum) {
    const __m256i order = _mm256_setr_epi32(0, 2, 4, 6, 1, 3, 5, 7);
    __m256 own = _mm256_permutevar8x32_ps(_mm256_loadu_ps(row_scales), order);
    return _mm256_fmadd_ps(_mm256_mul_ps(own, _mm256_loadu_ps(scales)), _mm256_cvtepi32_ps(dots), sum);
}

INLINE __m256 add_four_vectors(const expanded_unit *w, const arranged_unit *x, const size_t first, __m256 sum) {
    __m256i products[4];
#pragma clang loop unroll(full)
    for (size_t i = 0; i < 4; i++) {
        products[i] = add_fours(_mm256_setzero_si256(), load_vector(w->quants + (first + i) * SWL_BLOCK),
                                load_vector(x->quants + (first + i) * SWL_BLOCK));
    }
    __m256i dots = _mm256_add_epi32(fold(add_words, products), load_vector(x->starts + 2 * first));
    return add_scaled_sums(dots, w->scales + 2 * first, x->scales + 2 * first, sum);
}

INLINE vf add_expanded(const expanded_unit *w, const arranged_unit *x, vf sum) {
    return (vf)add_four_vectors(w, x, 4, add_four_vectors(w, x, 0, (__m256)sum));
}

static void gemm_expanded(const expansion e, const product_call p) { gemm_of(format_expanded, e, p); }

#endif
