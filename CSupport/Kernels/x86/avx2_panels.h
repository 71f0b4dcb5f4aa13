// Products with panels (swl_panels.h), for the tables of AVX2 and AVX-VNNI.
//
// CALL_PANELS panels meet PANEL_TOKENS tokens, group by group: the group's activations are arranged once for them all,
// each panel's dots are summed up in registers, then added to `out`, which holds the sums of the groups before. A vector
// of weights, four columns of eight rows, meets the same four activations of a token in all of its lanes.
//
// The table's file says how; an int32 lane takes in 128 products of at most 255 * 127:
//
// - PANEL_TOKENS: what the registers hold; PANEL_PARTS: vectors that weights and activations are split into;
// - split_quants, split_weights: into those parts;
// - add_panel_products: a part's products, added to int32 lanes.
#ifndef SWL_AVX2_PANELS_H
#define SWL_AVX2_PANELS_H

#include "avx2_many.h"

enum { GROUP_STEPS = SWL_GROUP / 4 };

typedef struct arranged_group {
    int32_t quants[PANEL_TOKENS][PANEL_PARTS][GROUP_STEPS];
} arranged_group;

// What a call is about, at its first row and token.
typedef struct panel_call {
    const int8_t *quants;
    const swl_panel_group *groups;
    size_t columns, group_count;
    const uint8_t *x;
    const swl_group_range *ranges;
    const float *bias;
    const float *residual;  // NULL for none
    float *out;
    size_t out_stride, residual_stride;
} panel_call;

// What a group's sums are added to.
typedef enum addend { BIAS, BIAS_AND_RESIDUAL, EARLIER_GROUPS } addend;

INLINE void arrange_group(const panel_call *p, int tokens, size_t first, size_t count, arranged_group *group) {
    for (int t = 0; t < tokens; t++) {
        for (size_t k = 0; k < count; k += 32) {
            __m256i parts[PANEL_PARTS];
            split_quants(load_vector(p->x + (size_t)t * p->columns + first + k), parts);
            for (int i = 0; i < PANEL_PARTS; i++) _mm256_storeu_si256((void *)&group->quants[t][i][k / 4], parts[i]);
        }
    }
}

INLINE void dots_of_group(const int tokens, const int8_t *weights, const arranged_group *x, size_t steps,
                          __m256i dots[PANEL_TOKENS][TILE_VECTORS]) {
#pragma clang loop unroll(full)
    for (int t = 0; t < tokens; t++) {
        for (int v = 0; v < TILE_VECTORS; v++) dots[t][v] = _mm256_setzero_si256();
    }
#pragma clang loop unroll(disable)
    for (size_t k = 0; k < steps; k++) {
        __m256i parts[TILE_VECTORS][PANEL_PARTS];
        for (int v = 0; v < TILE_VECTORS; v++) {
            split_weights(_mm256_load_si256((const void *)(weights + (k * TILE_VECTORS + (size_t)v) * 32)), parts[v]);
        }
#pragma clang loop unroll(full)
        for (int t = 0; t < tokens; t++) {
            for (int i = 0; i < PANEL_PARTS; i++) {
                __m256i quants = _mm256_set1_epi32(x->quants[t][i][k]);
                for (int v = 0; v < TILE_VECTORS; v++) {
                    dots[t][v] = add_panel_products(dots[t][v], parts[v][i], quants);
                }
            }
        }
    }
}

INLINE __m256 load_rows(const float *p, bool whole, __m256i rows) {
    return whole ? _mm256_loadu_ps(p) : _mm256_maskload_ps(p, rows);
}

INLINE void add_group(const panel_call *p, const int tokens, const addend addend, size_t panel, size_t g, size_t rows,
                      __m256i dots[TILE_TOKENS][TILE_VECTORS]) {
    const swl_panel_group *group = p->groups + panel * p->group_count + g;
    const bool whole = rows >= SWL_PANEL_ROWS;
#pragma clang loop unroll(full)
    for (int v = 0; v < TILE_VECTORS; v++) {
        size_t row = panel * SWL_PANEL_ROWS + (size_t)v * 8;
        __m256i lanes = _mm256_add_epi32(_mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7), _mm256_set1_epi32(v * 8));
        __m256i exist = _mm256_cmpgt_epi32(_mm256_set1_epi32((int)swl_least(rows, SWL_PANEL_ROWS)), lanes);
        __m256 scales = _mm256_load_ps(group->scales + v * 8), sums = _mm256_load_ps(group->sums + v * 8);
        __m256 bias = addend == EARLIER_GROUPS ? _mm256_setzero_ps() : load_rows(p->bias + row, whole, exist);
#pragma clang loop unroll(full)
        for (int t = 0; t < tokens; t++) {
            const swl_group_range *range = p->ranges + (size_t)t * p->group_count + g;
            float *out = p->out + (size_t)t * p->out_stride + row;
            __m256 sum = addend == EARLIER_GROUPS ? load_rows(out, whole, exist) : bias;
            if (addend == BIAS_AND_RESIDUAL) {
                const float *residual = p->residual + (size_t)t * p->residual_stride + row;
                sum = _mm256_add_ps(sum, load_rows(residual, whole, exist));
            }
            sum = _mm256_fmadd_ps(sums, _mm256_broadcast_ss(&range->least), sum);
            __m256 scale = _mm256_mul_ps(scales, _mm256_broadcast_ss(&range->scale));
            sum = _mm256_fmadd_ps(_mm256_cvtepi32_ps(dots[t][v]), scale, sum);
            if (whole) _mm256_storeu_ps(out, sum);
            else _mm256_maskstore_ps(out, exist, sum);
        }
    }
}

INLINE void multiply_panel_tile(const panel_call *p, const int tokens, size_t rows) {
    for (size_t g = 0; g < p->group_count; g++) {
        size_t first = g * SWL_GROUP, count = swl_least(SWL_GROUP, p->columns - first);
        arranged_group x;
        arrange_group(p, tokens, first, count, &x);
        for (size_t panel = 0; panel * SWL_PANEL_ROWS < rows; panel++) {
            const int8_t *weights = p->quants + (panel * p->columns + first) * SWL_PANEL_ROWS;
            size_t left = rows - panel * SWL_PANEL_ROWS;
            __m256i dots[PANEL_TOKENS][TILE_VECTORS];
            dots_of_group(tokens, weights, &x, count / 4, dots);
            if (g > 0) add_group(p, tokens, EARLIER_GROUPS, panel, g, left, dots);
            else if (p->residual) add_group(p, tokens, BIAS_AND_RESIDUAL, panel, g, left, dots);
            else add_group(p, tokens, BIAS, panel, g, left, dots);
        }
    }
}

static void multiply_panel_tokens(panel_call p, size_t tokens, size_t rows) {
    while (tokens > 0) {
        size_t count = swl_least(PANEL_TOKENS, tokens);
        switch (count) {
            case 1: multiply_panel_tile(&p, 1, rows); break;
            case 2: multiply_panel_tile(&p, 2, rows); break;
            case 3: multiply_panel_tile(&p, 3, rows); break;
#if PANEL_TOKENS > 4
            case 4: multiply_panel_tile(&p, 4, rows); break;
#endif
#if PANEL_TOKENS > 5
            case 5: multiply_panel_tile(&p, 5, rows); break;
#endif
            default: multiply_panel_tile(&p, PANEL_TOKENS, rows); break;
        }
        p.x += count * p.columns;
        p.ranges += count * p.group_count;
        p.out += count * p.out_stride;
        if (p.residual) p.residual += count * p.residual_stride;
        tokens -= count;
    }
}

static void multiply_panels(const swl_panel_weights *weights, size_t first_row, size_t rows,
                            const swl_group_activations *x, size_t first, size_t tokens, const swl_addends *addends,
                            float *out, size_t out_stride) {
    static const float no_bias[CALL_PANELS * SWL_PANEL_ROWS];
    size_t groups = swl_groups(weights->columns);
    for (size_t r = 0; r < rows; r += CALL_PANELS * SWL_PANEL_ROWS) {
        size_t panel = (first_row + r) / SWL_PANEL_ROWS;
        panel_call call = {
            .quants = weights->quants + panel * SWL_PANEL_ROWS * weights->columns,
            .groups = weights->groups + panel * groups,
            .columns = weights->columns,
            .group_count = groups,
            .x = x->quants + first * x->columns,
            .ranges = x->ranges + first * groups,
            .bias = addends->bias ? addends->bias + r : no_bias,
            .residual = addends->residual ? addends->residual + r : NULL,
            .out = out + r,
            .out_stride = out_stride,
            .residual_stride = addends->residual_stride,
        };
        multiply_panel_tokens(call, tokens, swl_least(CALL_PANELS * SWL_PANEL_ROWS, rows - r));
    }
}

#endif
