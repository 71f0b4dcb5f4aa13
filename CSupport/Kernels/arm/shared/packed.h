// Products with panels (swl_panels.h), for all ARM tables.
//
// CALL_PANELS panels meet PANEL_TOKENS tokens, group by group: the group's activations are arranged once for them all, a
// step's dots are summed up in registers, then added to `out`, which holds the sums of the groups before. The file that
// includes this one defines:
//
// - PANEL_TOKENS: tokens of a tile, a multiple of VECTOR_TOKENS;
// - STEP_VECTORS: vectors of four rows that are multiplied at once;
// - LESS: what activations are less by once arranged, so that they fit the instruction;
// - arranged_group, and arrange_group, which fills it; tokens of a last vector that are not there are zero or any;
// - dots_of_group: of `vectors` vectors of tokens with the rows that begin at `weights`.
#ifndef SWL_ARM_PACKED_H
#define SWL_ARM_PACKED_H

#include "../../panels_call.h"
#include "gemm.h"

enum {
    STEP_ROWS = 4 * STEP_VECTORS,
    COLUMN_STEP = 4 * SWL_PANEL_ROWS,  // bytes from four columns of a panel to the next four
};

INLINE void arrange_group(const uint8_t *x, size_t columns, size_t tokens, size_t count, arranged_group *group);
INLINE void dots_of_group(const int vectors, const int8_t *weights, const arranged_group *x, size_t count,
                          int32x4_t dots[PANEL_TOKENS][STEP_VECTORS]);

INLINE float32x4_t load_four(const float *p, size_t count) {
    return (float32x4_t)(count >= 4 ? load(p) : load_part(p, count));
}

// A group's part of `count` of four rows' results for one token.
INLINE void add_four(const panels_call *p, size_t token, size_t row, size_t count, size_t g, float32x4_t scales,
                     float32x4_t sums, int32x4_t dots) {
    swl_group_range range = p->ranges[token * p->group_count + g];
    float *out = p->out + token * p->out_stride + row;
    float32x4_t sum = vdupq_n_f32(0);
    if (g > 0) sum = load_four(out, count);
    else if (p->bias) sum = load_four(p->bias + row, count);
    if (g == 0 && p->residual) sum = vaddq_f32(sum, load_four(p->residual + token * p->residual_stride + row, count));
    sum = vfmaq_n_f32(sum, sums, range.least + LESS * range.scale);
    sum = vfmaq_f32(sum, vcvtq_f32_s32(dots), vmulq_n_f32(scales, range.scale));
    if (count >= 4) store(out, (vf)sum);
    else store_part(out, (vf)sum, count);
}

INLINE void add_group(const panels_call *p, const int vectors, size_t tokens, size_t row, size_t g,
                      int32x4_t dots[PANEL_TOKENS][STEP_VECTORS]) {
    const swl_panel_group *group = p->groups + row / SWL_PANEL_ROWS * p->group_count + g;
#pragma clang loop unroll(full)
    for (size_t v = 0; v < STEP_VECTORS; v++) {
        size_t at = row + 4 * v, count = at < p->rows ? swl_least(4, p->rows - at) : 0;
        float32x4_t scales = vld1q_f32(group->scales + at % SWL_PANEL_ROWS);
        float32x4_t sums = vld1q_f32(group->sums + at % SWL_PANEL_ROWS);
#pragma clang loop unroll(full)
        for (size_t t = 0; t < VECTOR_TOKENS * (size_t)vectors; t++) {
            if (t < tokens && count > 0) add_four(p, t, at, count, g, scales, sums, dots[t][v]);
        }
    }
}

INLINE void multiply_panels_tile(const panels_call *p, const int vectors, size_t tokens) {
    for (size_t g = 0; g < p->group_count; g++) {
        size_t first = g * p->group, count = swl_least(p->group, p->columns - first);
        arranged_group x;
        arrange_group(p->x + first, p->columns, tokens, count, &x);
        for (size_t row = 0; row < p->rows; row += STEP_ROWS) {
            size_t panel = row / SWL_PANEL_ROWS, within = row % SWL_PANEL_ROWS;
            const int8_t *weights = p->quants + (panel * p->columns + first) * SWL_PANEL_ROWS + within * 4;
            int32x4_t dots[PANEL_TOKENS][STEP_VECTORS];
            dots_of_group(vectors, weights, &x, count, dots);
            add_group(p, vectors, tokens, row, g, dots);
        }
    }
}

static void multiply_panels_tokens(panels_call p, size_t tokens) {
    while (tokens > 0) {
        size_t count = swl_least(PANEL_TOKENS, tokens);
        switch ((count + VECTOR_TOKENS - 1) / VECTOR_TOKENS) {
            case 1: multiply_panels_tile(&p, 1, count); break;
            case 2: multiply_panels_tile(&p, 2, count); break;
            case 3: multiply_panels_tile(&p, 3, count); break;
            default: multiply_panels_tile(&p, PANEL_TOKENS / VECTOR_TOKENS, count); break;
        }
        skip_tokens(&p, count);
        tokens -= count;
    }
}

static void multiply_panels(const swl_panel_weights *weights, size_t first_row, size_t rows,
                            const swl_group_activations *x, size_t first, size_t tokens, const swl_addends *addends,
                            float *out, size_t out_stride) {
    for (size_t r = 0; r < rows; r += CALL_PANELS * SWL_PANEL_ROWS) {
        size_t count = swl_least(CALL_PANELS * SWL_PANEL_ROWS, rows - r);
        multiply_panels_tokens(
            panels_call_at(weights, first_row, r, count, x, first, addends, out, out_stride), tokens);
    }
}

#endif
