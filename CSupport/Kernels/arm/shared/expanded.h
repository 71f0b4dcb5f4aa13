// Products of rows that are expanded first, for all ARM tables.
#ifndef SWL_ARM_EXPANDED_H
#define SWL_ARM_EXPANDED_H

#include "gemm.h"
#include "../../vector/expand_parts.h"

enum { UNIT_BLOCKS = UNIT_COLUMNS / SWL_BLOCK, CALL_UNITS = CALL_BLOCKS / UNIT_BLOCKS };

// MARK: - Few tokens

// A unit of a token's activations; a scale for each 16, as the weights have them.
typedef struct arranged_unit {
    int8_t quants[UNIT_COLUMNS];
    float scales[UNIT_SCALES];
} arranged_unit;

static void arrange_units(const swl_activations *x, size_t token, arranged_unit *out) {
    const size_t blocks = x->columns / SWL_BLOCK;
    const int8_t *quants = x->quants + token * x->columns;
    const float *scales = x->scales + token * blocks;
    for (size_t b = 0; b < blocks; b += UNIT_BLOCKS, out++) {
        const size_t count = swl_least(UNIT_BLOCKS, blocks - b);
        if (count < UNIT_BLOCKS) memset(out, 0, sizeof *out);
        memcpy(out->quants, quants + b * SWL_BLOCK, count * SWL_BLOCK);
        for (size_t i = 0; i < 2 * count; i++) out->scales[i] = scales[b + i / 2];
    }
}

INLINE vf add_expanded(const expanded_unit *w, const arranged_unit *x, vf sum) {
    float32x4_t total = (float32x4_t)sum;
#pragma clang loop unroll(full)
    for (size_t i = 0; i < UNIT_SCALES; i += 4) {
        int32x4_t dots[4];
#pragma clang loop unroll(full)
        for (size_t j = 0; j < 4; j++) {
            int8x16_t weights = vreinterpretq_s8_u8(vld1q_u8(w->quants + (i + j) * COLUMN_SCALES));
            dots[j] = multiply_half(weights, x->quants + (i + j) * COLUMN_SCALES, vdupq_n_s32(0));
        }
        int32x4_t sums = sum_each_of_four(dots[0], dots[1], dots[2], dots[3]);
        float32x4_t scales = vmulq_f32(vld1q_f32(w->scales + i), vld1q_f32(x->scales + i));
        total = vfmaq_f32(total, vcvtq_f32_s32(sums), scales);
    }
    return (vf)total;
}

// MARK: - Many tokens

// Of all products with many tokens; the expanded units follow what the others need.
enum {
    GEMM_SCRATCH_BYTES = CALL_BLOCKS * (CALL_PANELS * sizeof(panel_block) + sizeof(tile_block)) +
                         4 * CALL_UNITS * sizeof(expanded_unit),
};

// As fill_panel: `blocks` blocks of rows that begin at `weights`, expanded four rows at a time.
static void fill_expanded_panel(expand_fn expand, size_t rows, const char *weights, size_t row_bytes, size_t blocks,
                                expanded_unit units[4][CALL_UNITS], panel_block *panel) {
    for (size_t first = 0; first < BYTE_ROWS && first < rows; first += 4) {
        const size_t count = swl_least(4, rows - first);
        for (size_t r = 0; r < count; r++) expand(weights + (first + r) * row_bytes, blocks, units[r]);
        for (size_t b = 0; b < blocks; b++) {
            const size_t u = b / UNIT_BLOCKS, at = b % UNIT_BLOCKS;
            vf low[4] = {0}, high[4] = {0};
            for (size_t r = 0; r < count; r++) {
                low[r] = (vf)vld1q_u8(units[r][u].quants + at * SWL_BLOCK);
                high[r] = (vf)vld1q_u8(units[r][u].quants + at * SWL_BLOCK + 16);
                panel[b].scales[0][first + r] = units[r][u].scales[2 * at];
                panel[b].scales[1][first + r] = units[r][u].scales[2 * at + 1];
            }
            store_columns(low, panel + b, 0, first);
            store_columns(high, panel + b, 1, first);
        }
    }
}

static void gemm_expanded(const expansion e, const product_call p) {
    panel_block *panels = p.scratch;
    tile_block *tile = (tile_block *)(panels + CALL_PANELS * CALL_BLOCKS);
    expanded_unit(*units)[CALL_UNITS] = (void *)(tile + CALL_BLOCKS);
    const size_t blocks = p.x->columns / SWL_BLOCK;
    for (size_t r = 0; r < p.rows; r += CALL_ROWS) {
        const size_t count = swl_least(CALL_ROWS, p.rows - r);
        for (size_t b = 0; b < blocks; b += CALL_BLOCKS) {
            const size_t call_blocks = swl_least(CALL_BLOCKS, blocks - b);
            const char *weights = p.weights + r * p.row_bytes + b / UNIT_BLOCKS * e.unit_bytes;
            for (size_t i = 0; i < count; i += BYTE_ROWS) {
                fill_expanded_panel(e.expand, count - i, weights + i * p.row_bytes, p.row_bytes, call_blocks, units,
                                    panels + i / BYTE_ROWS * CALL_BLOCKS);
            }
            panel_call call = {panels, tile, count, b, call_blocks, p.x, p.first, p.tokens, p.out + r, p.out_stride};
            multiply_scales(&call);
        }
    }
}

#endif
