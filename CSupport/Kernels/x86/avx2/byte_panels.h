// Panels of bytes for products with many tokens, for the tables of AVX2 and AVX-VNNI.
//
// A panel is TILE_ROWS rows, unpacked so that a vector holds the same four columns of eight rows as bytes, then the
// rows' scales. A tile is up to TILE_TOKENS tokens, repacked the same way, so the inner loop reads both as streams.
// Blocks are added up in order, one fused multiply-add each for scale and minimums, whatever the tile.
#ifndef SWL_AVX2_BYTE_PANELS_H
#define SWL_AVX2_BYTE_PANELS_H

#include "sums.h"
#include "formats.h"

enum {
    TILE_VECTORS = 2,
    TILE_ROWS = 8 * TILE_VECTORS,
    TILE_TOKENS = 6,
    GROUPS = SWL_BLOCK / 4,
};

typedef struct panel_block {
    int32_t weights[GROUPS][TILE_ROWS];  // four bytes each
    float scales[TILE_ROWS];
    int32_t sub_scales[2][TILE_ROWS];    // twice the same int16
    union {
        float minimums[2][TILE_ROWS];
        float half_scales[2][TILE_ROWS];  // of rows that are expanded first, instead of all other numbers
    };
} panel_block;

typedef struct tile_block {
    int32_t quants[TILE_TOKENS][GROUPS];
    float scales[TILE_TOKENS];
    int32_t starts[2][TILE_TOKENS];  // what accumulators begin with: less the center's part
    int32_t offsets[TILE_TOKENS];    // the block's sum times what the center is above the zero
    float totals[2][TILE_TOKENS];    // sums of the block, or of its sub-blocks, times the scale
} tile_block;

// MARK: - Panels

// Eight rows' vectors, turned so that their four-column groups g of sub-block s are group g of the result's first half,
// those of sub-block s + 8 its second.
INLINE void store_sub_blocks(vf rows[8], size_t s, size_t blocks, panel_block *panel, size_t first_row) {
    transpose(rows);
    for (size_t g = 0; g < 4; g++) {
        if (s / 2 < blocks) store((float *)&panel[s / 2].weights[s % 2 * 4 + g][first_row], rows[g]);
        if (s / 2 + 4 < blocks) store((float *)&panel[s / 2 + 4].weights[s % 2 * 4 + g][first_row], rows[4 + g]);
    }
}

// Lane i of each of eight rows to place i * step of `out`, for i < count.
INLINE void store_lanes(const __m256 lanes[8], size_t count, float *out, size_t step) {
    vf rows[8];
    for (size_t r = 0; r < 8; r++) rows[r] = (vf)lanes[r];
    transpose(rows);
    for (size_t i = 0; i < count; i++) store(out + i * step, rows[i]);
}

enum { PANEL_STEP = sizeof(panel_block) / sizeof(float) };

INLINE void store_scales(const format f, const chunk_scales rows[8], size_t blocks, panel_block *panel, size_t first) {
    __m256 lanes[8];
    for (size_t r = 0; r < 8; r++) lanes[r] = rows[r].scales;
    store_lanes(lanes, blocks, panel->scales + first, PANEL_STEP);
    if (f.minimums == 1) {
        for (size_t r = 0; r < 8; r++) lanes[r] = rows[r].minimums;
        store_lanes(lanes, blocks, panel->minimums[0] + first, PANEL_STEP);
    }
    // Even sub-blocks' int16 are the lower halves of words, odd ones' the upper halves.
    for (int odd = 0; odd < 2 && f.sub_scales; odd++) {
        for (size_t r = 0; r < 8; r++) {
            __m256i one = odd ? _mm256_srli_epi32(rows[r].sub_scales, 16)
                              : _mm256_and_si256(rows[r].sub_scales, _mm256_set1_epi32(0xffff));
            lanes[r] = _mm256_castsi256_ps(_mm256_or_si256(one, _mm256_slli_epi32(one, 16)));
        }
        store_lanes(lanes, blocks, (float *)panel->sub_scales[odd] + first, PANEL_STEP);
    }
    for (int odd = 0; odd < 2 && f.minimums == 2; odd++) {
        for (size_t r = 0; r < 8; r++) {
            __m256i one = odd ? _mm256_srli_epi32(rows[r].sub_minimums, 16)
                              : _mm256_and_si256(rows[r].sub_minimums, _mm256_set1_epi32(0xffff));
            lanes[r] = _mm256_mul_ps(_mm256_cvtepi32_ps(one), rows[r].minimum);
        }
        store_lanes(lanes, blocks, panel->minimums[odd] + first, PANEL_STEP);
    }
}

// MARK: - Tiles

static void fill_tile(const format f, const swl_activations *x, size_t first, size_t tokens, tile_block *tile) {
    size_t blocks = x->columns / SWL_BLOCK;
    const int center = f.sub_scales ? f.zero : center_of(f);
    for (size_t t = 0; t < tokens; t++) {
        const int8_t *quants = x->quants + (first + t) * x->columns;
        const float *scales = x->scales + (first + t) * blocks;
        const int16_t *sums = x->sums + (first + t) * 2 * blocks;
        for (size_t b = 0; b < blocks; b++, quants += SWL_BLOCK) {
            int sum = sums[2 * b] + sums[2 * b + 1];
            memcpy(tile[b].quants[t], quants, SWL_BLOCK);
            tile[b].scales[t] = scales[b];
            if (f.sub_scales) {
                for (size_t half = 0; half < 2; half++) {
                    __m128i sub_block = _mm_loadu_si128((const void *)(quants + 16 * half));
                    tile[b].starts[half][t] = start_of_pairs(_mm256_zextsi128_si256(sub_block), center);
                }
            } else {
                tile[b].starts[0][t] = start_of(load_vector(quants), sum, center);
                tile[b].offsets[t] = (center - f.zero) * sum;
            }
            tile[b].totals[0][t] = scales[b] * (float)(f.minimums == 2 ? sums[2 * b] : sum);
            tile[b].totals[1][t] = scales[b] * (float)sums[2 * b + 1];
        }
    }
}

// MARK: - Products

// The loops over a block's groups are not unrolled: clang would move loads so far ahead that the accumulators no
// longer fit the registers.
INLINE void dots_of_panel(const format f, const int tokens, const panel_block *panel, const tile_block *tile,
                          __m256i dots[TILE_TOKENS][TILE_VECTORS]) {
#pragma clang loop unroll(full)
    for (int t = 0; t < tokens; t++) {
        for (int v = 0; v < TILE_VECTORS; v++) {
            dots[t][v] = center_of(f) ? _mm256_set1_epi32(tile->starts[0][t]) : _mm256_setzero_si256();
        }
    }
#pragma clang loop unroll(disable)
    for (int g = 0; g < GROUPS; g++) {
        __m256i weights[TILE_VECTORS];
        for (int v = 0; v < TILE_VECTORS; v++) weights[v] = load_vector(&panel->weights[g][v * 8]);
#pragma clang loop unroll(full)
        for (int t = 0; t < tokens; t++) {
            __m256i quants = _mm256_set1_epi32(tile->quants[t][g]);
            for (int v = 0; v < TILE_VECTORS; v++) dots[t][v] = add_products(dots[t][v], weights[v], quants);
        }
    }
#pragma clang loop unroll(full)
    for (int t = 0; t < tokens; t++) {
        for (int v = 0; v < TILE_VECTORS; v++) {
            dots[t][v] = total(dots[t][v]);
            if (center_of(f) == f.zero) continue;
            dots[t][v] = _mm256_add_epi32(dots[t][v], _mm256_set1_epi32(tile->offsets[t]));
        }
    }
}

// An int16 lane takes in eight products of at most 32 * 127 either way, once its start is counted; what it holds in
// between may wrap around. Two lanes times the scale, of both sub-blocks: at most 32 * 32 * 127 * 128.
INLINE void dots_of_sub_panel(const format f, const int tokens, const panel_block *panel, const tile_block *tile,
                              __m256i dots[TILE_TOKENS][TILE_VECTORS]) {
#pragma clang loop unroll(disable)
    for (int half = 0; half < 2; half++) {
        __m256i pairs[TILE_TOKENS][TILE_VECTORS];
#pragma clang loop unroll(full)
        for (int t = 0; t < tokens; t++) {
            for (int v = 0; v < TILE_VECTORS; v++) {
                pairs[t][v] = f.zero ? _mm256_set1_epi32(tile->starts[half][t]) : _mm256_setzero_si256();
            }
        }
#pragma clang loop unroll(disable)
        for (int g = 4 * half; g < 4 * half + 4; g++) {
            __m256i weights[TILE_VECTORS];
            for (int v = 0; v < TILE_VECTORS; v++) weights[v] = load_vector(&panel->weights[g][v * 8]);
#pragma clang loop unroll(full)
            for (int t = 0; t < tokens; t++) {
                __m256i quants = _mm256_set1_epi32(tile->quants[t][g]);
                for (int v = 0; v < TILE_VECTORS; v++) {
                    pairs[t][v] = _mm256_add_epi16(pairs[t][v], _mm256_maddubs_epi16(weights[v], quants));
                }
            }
        }
#pragma clang loop unroll(full)
        for (int t = 0; t < tokens; t++) {
            for (int v = 0; v < TILE_VECTORS; v++) {
                __m256i scaled = _mm256_madd_epi16(pairs[t][v], load_vector(&panel->sub_scales[half][v * 8]));
                dots[t][v] = half ? _mm256_add_epi32(dots[t][v], scaled) : scaled;
            }
        }
    }
}

// Adds a block to a tile's sums, given its products as int32.
INLINE void add_scaled(const int tokens, __m256i dots[TILE_TOKENS][TILE_VECTORS], const float *row_scales,
                       const float *token_scales, __m256 sums[TILE_TOKENS][TILE_VECTORS]) {
#pragma clang loop unroll(full)
    for (int t = 0; t < tokens; t++) {
        __m256 token_scale = _mm256_broadcast_ss(token_scales + t);
        for (int v = 0; v < TILE_VECTORS; v++) {
            __m256 scale = _mm256_mul_ps(_mm256_loadu_ps(row_scales + v * 8), token_scale);
            sums[t][v] = _mm256_fmadd_ps(scale, _mm256_cvtepi32_ps(dots[t][v]), sums[t][v]);
        }
    }
}

INLINE void add_panel(const format f, const int tokens, const panel_block *panel, const tile_block *tile,
                      __m256 sums[TILE_TOKENS][TILE_VECTORS]) {
    __m256i dots[TILE_TOKENS][TILE_VECTORS];
    if (f.sub_scales) dots_of_sub_panel(f, tokens, panel, tile, dots);
    else dots_of_panel(f, tokens, panel, tile, dots);
    add_scaled(tokens, dots, panel->scales, tile->scales, sums);
#pragma clang loop unroll(full)
    for (int m = 0; m < f.minimums; m++) {
#pragma clang loop unroll(full)
        for (int t = 0; t < tokens; t++) {
            __m256 sum = _mm256_broadcast_ss(&tile->totals[m][t]);
            for (int v = 0; v < TILE_VECTORS; v++) {
                sums[t][v] = _mm256_fmadd_ps(_mm256_loadu_ps(&panel->minimums[m][v * 8]), sum, sums[t][v]);
            }
        }
    }
}

#endif
