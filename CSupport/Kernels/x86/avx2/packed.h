// Products with panels (swl_panels.h), for the tables of AVX2 and AVX-VNNI.
//
// CALL_PANELS panels meet PANEL_TOKENS tokens, group by group: the group's activations are arranged once for them all,
// each panel's dots are summed up in registers, then added to `out`, which holds the sums of the groups before. A vector
// of weights, four columns of eight rows, meets the same four activations of a token in all of its lanes.
//
// The table's file says how; an int32 lane takes in 256 products of at most 127 * 255:
//
// - PANEL_TOKENS: tokens of a tile, what the registers hold;
// - LESS: what activations are less by once arranged, so that they fit the instruction;
// - split_quants: activations as the PANEL_PARTS vectors that products need;
// - add_panel_products: products with weights, added to int32 lanes.
#ifndef SWL_AVX2_PACKED_H
#define SWL_AVX2_PACKED_H

#include "../../panels_call.h"
#include "gemm.h"

enum { GROUP_STEPS = SWL_WIDEST_GROUP / 4 };

typedef struct arranged_group {
    int32_t quants[PANEL_TOKENS][PANEL_PARTS][GROUP_STEPS];
} arranged_group;

INLINE void arrange_group(const panels_call *p, int tokens, size_t first, size_t count, arranged_group *group) {
    for (int t = 0; t < tokens; t++) {
        for (size_t k = 0; k < count; k += 32) {
            __m256i parts[PANEL_PARTS];
            split_quants(load_vector(p->x + (size_t)t * p->columns + first + k), parts);
            for (int i = 0; i < PANEL_PARTS; i++) _mm256_storeu_si256((void *)&group->quants[t][i][k / 4], parts[i]);
        }
    }
}

INLINE void dots_of_group(const int tokens, const int8_t *weights, const arranged_group *x, size_t steps,
                          __m256i dots[TILE_VECTORS][PANEL_TOKENS]) {
#pragma clang loop unroll(full)
    for (int t = 0; t < tokens; t++) {
        for (int v = 0; v < TILE_VECTORS; v++) dots[v][t] = _mm256_setzero_si256();
    }
#pragma clang loop unroll(disable)
    for (size_t k = 0; k < steps; k++) {
        __m256i columns[TILE_VECTORS];
        for (size_t v = 0; v < TILE_VECTORS; v++) {
            columns[v] = _mm256_load_si256((const void *)(weights + (k * TILE_VECTORS + v) * 32));
        }
#pragma clang loop unroll(full)
        for (int t = 0; t < tokens; t++) {
            __m256i quants[PANEL_PARTS];
            for (int i = 0; i < PANEL_PARTS; i++) quants[i] = _mm256_set1_epi32(x->quants[t][i][k]);
            for (int v = 0; v < TILE_VECTORS; v++) dots[v][t] = add_panel_products(dots[v][t], columns[v], quants);
        }
    }
}

INLINE __m256 load_rows(const float *p, const bool all, __m256i exist) {
    return all ? _mm256_loadu_ps(p) : _mm256_maskload_ps(p, exist);
}

// The accumulator of a group's sums: bias and residual at first, then the sums so far; zeros where there is none.
typedef struct addend {
    const float *bias;
    const float *earlier;  // of the tokens, `stride` apart
    size_t stride;
} addend;

static const float no_addend[CALL_PANELS * SWL_PANEL_ROWS];

INLINE addend addend_of_group(const panels_call *p, size_t g) {
    if (g > 0) return (addend){no_addend, p->out, p->out_stride};
    const float *bias = p->bias ? p->bias : no_addend;
    return p->residual ? (addend){bias, p->residual, p->residual_stride} : (addend){bias, no_addend, 0};
}

// Half a panel's rows. `exist`: a mask of those there are, where not all are.
INLINE void add_rows(const panels_call *p, const int tokens, const bool all, __m256i exist, addend to, size_t row,
                     size_t g, __m256 scales, __m256 sums, const __m256i dots[PANEL_TOKENS]) {
    __m256 bias = load_rows(to.bias + row, all, exist);
#pragma clang loop unroll(full)
    for (int t = 0; t < tokens; t++) {
        const swl_group_range *range = p->ranges + (size_t)t * p->group_count + g;
        float *out = p->out + (size_t)t * p->out_stride + row;
        __m256 sum = _mm256_add_ps(bias, load_rows(to.earlier + (size_t)t * to.stride + row, all, exist));
        sum = _mm256_fmadd_ps(sums, _mm256_set1_ps(range->least + LESS * range->scale), sum);
        __m256 scale = _mm256_mul_ps(scales, _mm256_broadcast_ss(&range->scale));
        sum = _mm256_fmadd_ps(_mm256_cvtepi32_ps(dots[t]), scale, sum);
        if (all) _mm256_storeu_ps(out, sum);
        else _mm256_maskstore_ps(out, exist, sum);
    }
}

INLINE void add_group(const panels_call *p, const int tokens, size_t panel, size_t g,
                      __m256i dots[TILE_VECTORS][PANEL_TOKENS]) {
    const swl_panel_group *group = p->groups + panel * p->group_count + g;
    const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    addend to = addend_of_group(p, g);
    size_t rows = p->rows;
#pragma clang loop unroll(full)
    for (int v = 0; v < TILE_VECTORS; v++) {
        size_t row = panel * SWL_PANEL_ROWS + (size_t)v * 8;
        __m256 scales = _mm256_load_ps(group->scales + v * 8), sums = _mm256_load_ps(group->sums + v * 8);
        if (rows - row >= 8 && row < rows) {
            add_rows(p, tokens, true, lanes, to, row, g, scales, sums, dots[v]);
        } else if (row < rows) {
            __m256i exist = _mm256_cmpgt_epi32(_mm256_set1_epi32((int)(rows - row)), lanes);
            add_rows(p, tokens, false, exist, to, row, g, scales, sums, dots[v]);
        }
    }
}

INLINE void multiply_panel_tile(const panels_call *p, const int tokens) {
    for (size_t g = 0; g < p->group_count; g++) {
        size_t first = g * p->group, count = swl_least(p->group, p->columns - first);
        arranged_group x;
        arrange_group(p, tokens, first, count, &x);
        for (size_t panel = 0; panel * SWL_PANEL_ROWS < p->rows; panel++) {
            const int8_t *weights = p->quants + (panel * p->columns + first) * SWL_PANEL_ROWS;
            __m256i dots[TILE_VECTORS][PANEL_TOKENS];
            dots_of_group(tokens, weights, &x, count / 4, dots);
            add_group(p, tokens, panel, g, dots);
        }
    }
}

static void multiply_panel_tokens(panels_call p, size_t tokens) {
    while (tokens > 0) {
        size_t count = tokens >= PANEL_TOKENS ? PANEL_TOKENS : tokens >= 4 ? 4 : tokens >= 2 ? 2 : 1;
        if (count == PANEL_TOKENS) multiply_panel_tile(&p, PANEL_TOKENS);
        else if (PANEL_TOKENS > 4 && count == 4) multiply_panel_tile(&p, 4);
        else if (count == 2) multiply_panel_tile(&p, 2);
        else multiply_panel_tile(&p, 1);
        skip_tokens(&p, count);
        tokens -= count;
    }
}

static void multiply_panels(const swl_panel_weights *weights, size_t first_row, size_t rows,
                            const swl_group_activations *x, size_t first, size_t tokens, const swl_addends *addends,
                            float *out, size_t out_stride) {
    for (size_t r = 0; r < rows; r += CALL_PANELS * SWL_PANEL_ROWS) {
        size_t count = swl_least(CALL_PANELS * SWL_PANEL_ROWS, rows - r);
        multiply_panel_tokens(panels_call_at(weights, first_row, r, count, x, first, addends, out, out_stride), tokens);
    }
}

#endif
