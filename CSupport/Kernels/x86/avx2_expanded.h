// Products of rows that are expanded first, for the tables of AVX2 and AVX-VNNI.
//
// Quants plus EXPANDED_ZERO are 2 to 126. The table's file says how `add_fours` adds their products with activations, four
// to an int32 lane: those of pairs are at most 2 * 126 * 127 = 32004, within int16. The products of 16 columns, four lanes of
// a vector, have a scale of their own.
#ifndef SWL_AVX2_EXPANDED_H
#define SWL_AVX2_EXPANDED_H

#include "avx2_gemm.h"
#include "../vector/expand_parts.h"

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

INLINE __m256 add_four_vectors(const expanded_unit *w, const arranged_unit *x, const size_t first, __m256 sum) {
    const __m256i order = _mm256_setr_epi32(0, 2, 4, 6, 1, 3, 5, 7);
    __m256i products[4];
#pragma clang loop unroll(full)
    for (size_t i = 0; i < 4; i++) {
        products[i] = add_fours(_mm256_setzero_si256(), load_vector(w->quants + (first + i) * SWL_BLOCK),
                                load_vector(x->quants + (first + i) * SWL_BLOCK));
    }
    __m256i dots = _mm256_add_epi32(FOLD(_mm256_add_epi32, products), load_vector(x->starts + 2 * first));
    __m256 scales = _mm256_permutevar8x32_ps(_mm256_loadu_ps(w->scales + 2 * first), order);
    scales = _mm256_mul_ps(scales, _mm256_loadu_ps(x->scales + 2 * first));
    return _mm256_fmadd_ps(scales, _mm256_cvtepi32_ps(dots), sum);
}

INLINE vf add_expanded(const expanded_unit *w, const arranged_unit *x, vf sum) {
    return (vf)add_four_vectors(w, x, 4, add_four_vectors(w, x, 0, (__m256)sum));
}

// MARK: - Many tokens

// Units of TILE_ROWS rows, which are expanded one after the other.
INLINE void fill_expanded_panel(expand_fn expand, size_t unit_bytes, size_t rows, const char *weights, size_t row_bytes,
                                size_t blocks, panel_block *panel) {
    for (size_t first = 0; first < TILE_ROWS; first += 8) {
        for (size_t b = 0; b < blocks; b += CHUNK) {
            const size_t count = swl_least(CHUNK, blocks - b);
            expanded_unit units[8] = {0};
            for (size_t r = 0; r < 8 && first + r < rows; r++) {
                expand(weights + (first + r) * row_bytes + b / CHUNK * unit_bytes, count, &units[r]);
            }
            for (size_t s = 0; s < 8; s++) {
                vf lanes[8];
                for (size_t r = 0; r < 8; r++) {
                    lanes[r] = (vf)load_halves(units[r].quants + s * SUB_BLOCK, units[r].quants + (s + 8) * SUB_BLOCK);
                }
                store_sub_blocks(lanes, s, count, panel + b, first);
            }
            for (size_t i = 0; i < 2 * count; i++) {
                for (size_t r = 0; r < 8; r++) panel[b + i / 2].half_scales[i % 2][first + r] = units[r].scales[i];
            }
        }
    }
}

static void fill_expanded_tile(const swl_activations *x, size_t first, size_t tokens, tile_block *tile) {
    const size_t blocks = x->columns / SWL_BLOCK;
    for (size_t t = 0; t < tokens; t++) {
        const int8_t *quants = x->quants + (first + t) * x->columns;
        const float *scales = x->scales + (first + t) * blocks;
        const int16_t *sums = x->sums + (first + t) * 2 * blocks;
        for (size_t b = 0; b < blocks; b++) {
            memcpy(tile[b].quants[t], quants + b * SWL_BLOCK, SWL_BLOCK);
            tile[b].scales[t] = scales[b];
            for (size_t half = 0; half < 2; half++) tile[b].starts[half][t] = -EXPANDED_ZERO * sums[2 * b + half];
        }
    }
}

INLINE void add_expanded_panel(const kind k, const int tokens, const panel_block *panel, const tile_block *tile,
                               __m256 sums[TILE_TOKENS][TILE_VECTORS]) {
    (void)k;
#pragma clang loop unroll(disable)
    for (int half = 0; half < 2; half++) {
        __m256i dots[TILE_TOKENS][TILE_VECTORS];
#pragma clang loop unroll(full)
        for (int t = 0; t < tokens; t++) {
            for (int v = 0; v < TILE_VECTORS; v++) dots[t][v] = _mm256_set1_epi32(tile->starts[half][t]);
        }
#pragma clang loop unroll(disable)
        for (int g = 4 * half; g < 4 * half + 4; g++) {
            __m256i weights[TILE_VECTORS];
            for (int v = 0; v < TILE_VECTORS; v++) weights[v] = load_vector(&panel->weights[g][v * 8]);
#pragma clang loop unroll(full)
            for (int t = 0; t < tokens; t++) {
                __m256i quants = _mm256_set1_epi32(tile->quants[t][g]);
                for (int v = 0; v < TILE_VECTORS; v++) dots[t][v] = add_fours(dots[t][v], weights[v], quants);
            }
        }
        add_scaled(tokens, dots, panel->half_scales[half], tile->scales, sums);
    }
}

static const kind kind_expanded = {.bits = 7, .zero = EXPANDED_ZERO};

MULTIPLY_TILES(expanded, panel_block, tile_block, add_expanded_panel)

static void gemm_expanded(expand_fn expand, size_t unit_bytes, size_t rows, const char *weights, size_t row_bytes,
                          const swl_activations *x, size_t first, size_t tokens, float *out, size_t out_stride,
                          void *scratch) {
    const size_t blocks = x->columns / SWL_BLOCK;
    panel_block *panels = scratch;
    tile_block *tile = (tile_block *)(panels + CALL_PANELS * blocks);
    for (size_t start = 0; start < rows; start += CALL_PANELS * TILE_ROWS) {
        const size_t end = swl_least(rows, start + CALL_PANELS * TILE_ROWS);
        for (size_t r = start; r < end; r += TILE_ROWS) {
            fill_expanded_panel(expand, unit_bytes, end - r, weights + r * row_bytes, row_bytes, blocks,
                                panels + (r - start) / TILE_ROWS * blocks);
        }
        for (size_t t = 0; t < tokens; t += TILE_TOKENS) {
            const size_t count = swl_least(TILE_TOKENS, tokens - t);
            fill_expanded_tile(x, first + t, count, tile);
            for (size_t r = start; r < end; r += TILE_ROWS) {
                multiply_tiles_expanded(count, blocks, panels + (r - start) / TILE_ROWS * blocks, tile,
                                        out + t * out_stride + r, out_stride, swl_least(TILE_ROWS, end - r));
            }
        }
    }
}

#endif
