// NEON with the instructions that multiply matrices of bytes: optional in Armv8.2, in all from Armv8.6 on.
#if defined(__aarch64__)

#include <arm_neon.h>
#include <math.h>
#include <string.h>

#include "../../tables.h"

#pragma clang attribute push(__attribute__((target("i8mm,dotprod"))), apply_to = function)

#define LANES 4
#include "../../vector/attention.h"
#include "../../vector/ops.h"
#include "../../vector/products.h"
#include "../shared/gemv.h"

// smmla multiplies 2 x 8 signed bytes by 8 x 2 and adds the four sums to int32 lanes: here two tokens by two rows, so
// that the lanes are [token 0, row 0], [0, 1], [1, 0], [1, 1]. With six tokens to a
// tile instead of four the accumulators spill, at the same count of instructions for each product.
enum {
    BYTE_ROWS = 8,
    WIDTH = 8,
    TILE_WIDTH = 8,
    VECTOR_TOKENS = 2,
    GEMM_FROM = 3,
    TILE_VECTORS = 2,
};
#include "../shared/gemm.h"

// The first halves of two vectors, and the second.
INLINE float32x4_t first_halves(float32x4_t a, float32x4_t b) { return __builtin_shufflevector(a, b, 0, 1, 4, 5); }
INLINE float32x4_t second_halves(float32x4_t a, float32x4_t b) { return __builtin_shufflevector(a, b, 2, 3, 6, 7); }

INLINE void store_columns(vf rows[4], panel_block *panel, size_t half, size_t first_row) {
    for (size_t r = 0; r < 4; r += 2) {
        float32x4_t a = (float32x4_t)rows[r], b = (float32x4_t)rows[r + 1];
        store((float *)panel->quants[2 * half][first_row + r], (vf)first_halves(a, b));
        store((float *)panel->quants[2 * half + 1][first_row + r], (vf)second_halves(a, b));
    }
}

INLINE void multiply_columns(const size_t vectors, const panel_block *panel, const tile_block *tile, size_t half,
                             int32x4_t dots[TILE_VECTORS][ROW_VECTORS]) {
#pragma clang loop unroll(full)
    for (size_t group = 2 * half; group < 2 * half + 2; group++) {
        int8x16_t x[TILE_VECTORS];
        for (size_t v = 0; v < vectors; v++) x[v] = vld1q_s8(tile->quants[group][2 * v]);
#pragma clang loop unroll(full)
        for (size_t r = 0; r < ROW_VECTORS; r++) {
            int8x16_t weights = vld1q_s8(panel->quants[group][2 * r]);
#pragma clang loop unroll(full)
            for (size_t v = 0; v < vectors; v++) dots[v][r] = vmmlaq_s32(dots[v][r], x[v], weights);
        }
    }
}

// Two rows' numbers twice over.
INLINE float32x4_t load_row_numbers(const float numbers[BYTE_ROWS], size_t vector) {
    float32x2_t pair = vld1_f32(numbers + 2 * vector);
    return vcombine_f32(pair, pair);
}

INLINE void load_sums(const float *out, size_t out_stride, size_t tokens, size_t rows, float32x4_t sums[ROW_VECTORS]) {
    float32x4_t first[BYTE_ROWS / 4] = {0}, second[BYTE_ROWS / 4] = {0};
    load_rows(out, rows, first);
    if (tokens > 1) load_rows(out + out_stride, rows, second);
    for (size_t q = 0; q < BYTE_ROWS / 4; q++) {
        sums[2 * q] = first_halves(first[q], second[q]);
        sums[2 * q + 1] = second_halves(first[q], second[q]);
    }
}

INLINE void store_sums(float *out, size_t out_stride, size_t tokens, size_t rows, const float32x4_t sums[ROW_VECTORS]) {
    float32x4_t first[BYTE_ROWS / 4], second[BYTE_ROWS / 4];
    for (size_t q = 0; q < BYTE_ROWS / 4; q++) {
        first[q] = first_halves(sums[2 * q], sums[2 * q + 1]);
        second[q] = second_halves(sums[2 * q], sums[2 * q + 1]);
    }
    store_rows(out, rows, first);
    if (tokens > 1) store_rows(out + out_stride, rows, second);
}

#include "../shared/expanded.h"
#include "../../vector/expand_codebooks.h"
#include "../../vector/expanded.h"

static size_t product_scratch_bytes(size_t columns) {
    size_t bytes = GEMM_SCRATCH_BYTES, expanded = expanded_scratch_bytes(columns);
    if (expanded > bytes) bytes = expanded;
    return bytes > FLOAT_SCRATCH_BYTES ? bytes : FLOAT_SCRATCH_BYTES;
}

// MARK: - Products with panels
//
// usmmla takes unsigned activations by signed weights. Eight tokens by eight rows are 16 accumulators; four vectors of
// activations and four of weights make 24 registers. An int32 lane takes in 256 products of at most 255 * 127.

enum { PANEL_TOKENS = 8, STEP_VECTORS = 2, LESS = 0 };

typedef struct arranged_group {
    uint8_t quants[SWL_WIDEST_GROUP / 8][PANEL_TOKENS][8];
} arranged_group;

#include "../shared/packed.h"

INLINE void arrange_group(const uint8_t *x, size_t columns, size_t tokens, size_t count, arranged_group *group) {
    for (size_t t = 0; t < tokens; t += 2) {
        const uint8_t *one = x + t * columns, *other = t + 1 < tokens ? one + columns : one;
        for (size_t k = 0; k < count; k += 16) {
            uint64x2_t a = vreinterpretq_u64_u8(vld1q_u8(one + k)), b = vreinterpretq_u64_u8(vld1q_u8(other + k));
            vst1q_u8(group->quants[k / 8][t], vreinterpretq_u8_u64(vzip1q_u64(a, b)));
            vst1q_u8(group->quants[k / 8 + 1][t], vreinterpretq_u8_u64(vzip2q_u64(a, b)));
        }
    }
}

INLINE int32x4_t zip_halves(int32x4_t a, int32x4_t b, const bool second) {
    int64x2_t x = vreinterpretq_s64_s32(a), y = vreinterpretq_s64_s32(b);
    return vreinterpretq_s32_s64(second ? vzip2q_s64(x, y) : vzip1q_s64(x, y));
}

// Two vectors of four columns of four rows become two of eight columns of two rows.
INLINE void load_pairs_of_rows(const int8_t *weights, int8x16_t pairs[2]) {
    int32x4_t low = vreinterpretq_s32_s8(vld1q_s8(weights));
    int32x4_t high = vreinterpretq_s32_s8(vld1q_s8(weights + COLUMN_STEP));
    pairs[0] = vreinterpretq_s8_s32(vzip1q_s32(low, high));
    pairs[1] = vreinterpretq_s8_s32(vzip2q_s32(low, high));
}

INLINE void dots_of_group(const int vectors, const int8_t *weights, const arranged_group *x, size_t count,
                          int32x4_t dots[PANEL_TOKENS][STEP_VECTORS]) {
    int32x4_t pairs[PANEL_TOKENS / 2][2 * STEP_VECTORS];
    for (int t = 0; t < vectors; t++) {
        for (int v = 0; v < 2 * STEP_VECTORS; v++) pairs[t][v] = vdupq_n_s32(0);
    }
#pragma clang loop unroll(disable)
    for (size_t k = 0; k < count; k += 8) {
        int8x16_t rows[2 * STEP_VECTORS];
        for (int v = 0; v < STEP_VECTORS; v++) load_pairs_of_rows(weights + k / 4 * COLUMN_STEP + v * 16, rows + 2 * v);
#pragma clang loop unroll(full)
        for (int t = 0; t < vectors; t++) {
            uint8x16_t activations = vld1q_u8(x->quants[k / 8][2 * t]);
            for (int v = 0; v < 2 * STEP_VECTORS; v++) pairs[t][v] = vusmmlaq_s32(pairs[t][v], activations, rows[v]);
        }
    }
#pragma clang loop unroll(full)
    for (int t = 0; t < vectors; t++) {
        for (int v = 0; v < STEP_VECTORS; v++) {
            dots[2 * t][v] = zip_halves(pairs[t][2 * v], pairs[t][2 * v + 1], false);
            dots[2 * t + 1][v] = zip_halves(pairs[t][2 * v], pairs[t][2 * v + 1], true);
        }
    }
}

// MARK: - Table

const swl_kernels swl_i8mm = {
    .name = "i8mm",
    .products = {FLOAT_PRODUCTS, QUANTIZED_PRODUCTS},
    .product_scratch_bytes = product_scratch_bytes,
    .unpack = {UNPACK_OPERATIONS},
    .multiply_panels = multiply_panels,
    SIMPLE_OPERATIONS,
    ATTENTION_OPERATIONS,
};

#pragma clang attribute pop

#endif
