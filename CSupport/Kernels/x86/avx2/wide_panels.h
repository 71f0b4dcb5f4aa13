// Panels of weights of eight bits for products with many tokens, for AVX2 without VNNI.
//
// Unsigned bytes up to 255 would saturate vpmaddubsw: weights and activations are widened to int16, so that a panel's
// vector holds two columns of eight rows. An int32 lane takes in 32 products of at most 128 * 127.
#ifndef SWL_AVX2_WIDE_PANELS_H
#define SWL_AVX2_WIDE_PANELS_H

#include "byte_panels.h"

enum { WIDE_GROUPS = SWL_BLOCK / 2 };

typedef struct wide_panel_block {
    int32_t weights[WIDE_GROUPS][TILE_ROWS];  // two int16 each
    float scales[TILE_ROWS];
} wide_panel_block;

typedef struct wide_tile_block {
    int32_t quants[TILE_TOKENS][WIDE_GROUPS];
    float scales[TILE_TOKENS];
} wide_tile_block;

// Sub-block s of eight rows, which lie in the lower halves, and sub-block s + 8, in the upper ones.
INLINE void store_wide_sub_blocks(const vf rows[8], size_t s, size_t blocks, wide_panel_block *panel,
                                  size_t first_row) {
    for (size_t upper = 0; upper < 2 && s / 2 + 4 * upper < blocks; upper++) {
        vf wide[8];
        for (size_t r = 0; r < 8; r++) {
            __m256i row = (__m256i)rows[r];
            __m128i bytes = upper ? _mm256_extracti128_si256(row, 1) : _mm256_castsi256_si128(row);
            wide[r] = (vf)_mm256_cvtepi8_epi16(bytes);
        }
        transpose(wide);
        int32_t(*groups)[TILE_ROWS] = panel[s / 2 + 4 * upper].weights + s % 2 * 8;
        for (size_t g = 0; g < 8; g++) store((float *)&groups[g][first_row], wide[g]);
    }
}

INLINE void store_wide_scales(const chunk_scales rows[8], size_t blocks, wide_panel_block *panel, size_t first) {
    __m256 lanes[8];
    for (size_t r = 0; r < 8; r++) lanes[r] = rows[r].scales;
    store_lanes(lanes, blocks, panel->scales + first, sizeof *panel / sizeof(float));
}

static void fill_wide_tile(const swl_activations *x, size_t first, size_t tokens, wide_tile_block *tile) {
    size_t blocks = x->columns / SWL_BLOCK;
    for (size_t t = 0; t < tokens; t++) {
        const int8_t *quants = x->quants + (first + t) * x->columns;
        const float *scales = x->scales + (first + t) * blocks;
        for (size_t b = 0; b < blocks; b++, quants += SWL_BLOCK) {
            __m256i low = _mm256_cvtepi8_epi16(_mm_loadu_si128((const void *)quants));
            __m256i high = _mm256_cvtepi8_epi16(_mm_loadu_si128((const void *)(quants + 16)));
            _mm256_storeu_si256((void *)tile[b].quants[t], low);
            _mm256_storeu_si256((void *)(tile[b].quants[t] + 8), high);
            tile[b].scales[t] = scales[b];
        }
    }
}

INLINE void add_wide_panel(const int tokens, const wide_panel_block *panel, const wide_tile_block *tile,
                           __m256 sums[TILE_TOKENS][TILE_VECTORS]) {
    __m256i dots[TILE_TOKENS][TILE_VECTORS] = {0};
#pragma clang loop unroll(disable)
    for (int g = 0; g < WIDE_GROUPS; g++) {
        __m256i weights[TILE_VECTORS];
        for (int v = 0; v < TILE_VECTORS; v++) weights[v] = load_vector(&panel->weights[g][v * 8]);
#pragma clang loop unroll(full)
        for (int t = 0; t < tokens; t++) {
            __m256i quants = _mm256_set1_epi32(tile->quants[t][g]);
            for (int v = 0; v < TILE_VECTORS; v++) {
                dots[t][v] = _mm256_add_epi32(dots[t][v], _mm256_madd_epi16(weights[v], quants));
            }
        }
    }
    add_scaled(tokens, dots, panel->scales, tile->scales, sums);
}

#endif
