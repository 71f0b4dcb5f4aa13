// Panels of rows that are expanded first, for the tables of AVX2 and AVX-VNNI.
//
// Quants plus EXPANDED_ZERO are 2 to 126. The table's file says how `add_fours` adds their products with activations, four
// to an int32 lane: those of pairs are at most 2 * 126 * 127 = 32004, within int16. The products of 16 columns have a scale
// of their own.
#ifndef SWL_AVX2_EXPANDED_PANELS_H
#define SWL_AVX2_EXPANDED_PANELS_H

#include "../../vector/expand_parts.h"
#include "byte_panels.h"

// Units of TILE_ROWS rows, which are expanded one after the other.
INLINE void fill_expanded_panel(const expansion e, size_t rows, const char *weights, size_t row_bytes, size_t blocks,
                                panel_block *panel) {
    for (size_t first = 0; first < TILE_ROWS; first += 8) {
        for (size_t b = 0; b < blocks; b += CHUNK) {
            const size_t count = swl_least(CHUNK, blocks - b);
            expanded_unit units[8] = {0};
            for (size_t r = 0; r < 8 && first + r < rows; r++) {
                e.expand(weights + (first + r) * row_bytes + b / CHUNK * e.unit_bytes, count, &units[r]);
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

INLINE void add_expanded_panel(const int tokens, const panel_block *panel, const tile_block *tile,
                               __m256 sums[TILE_TOKENS][TILE_VECTORS]) {
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

#endif
