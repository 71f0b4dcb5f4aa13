// NEON with the instructions that multiply matrices of bytes: optional in Armv8.2, in all from Armv8.6 on.
#if defined(__aarch64__)

#include <arm_neon.h>
#include <math.h>
#include <string.h>

#include "../tables.h"

#pragma clang attribute push(__attribute__((target("i8mm,dotprod"))), apply_to = function)

#define LANES 4
#include "../vector/attention.h"
#include "../vector/ops.h"
#include "../vector/products.h"
#include "few.h"

// smmla multiplies 2 x 8 signed bytes by 8 x 2 and adds the four sums to int32 lanes: here two tokens by two rows, so
// that the lanes are [token 0, row 0], [0, 1], [1, 0], [1, 1]. With six tokens to a
// tile instead of four the accumulators spill, at the same count of instructions for each product.
enum {
    BYTE_ROWS = 8,
    WIDTH = 8,
    TILE_WIDTH = 8,
    VECTOR_TOKENS = 2,
    MANY_FROM = 3,
    TILE_VECTORS = 2,
};
#include "many.h"

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

// MARK: - Table

const swl_kernels swl_i8mm = {
    .name = "i8mm",
    .products = {FLOAT_PRODUCTS, QUANTIZED_PRODUCTS},
    .product_scratch_bytes = product_scratch_bytes,
    .unpack = {UNPACK_OPERATIONS},
    SIMPLE_OPERATIONS,
    ATTENTION_OPERATIONS,
};

#pragma clang attribute pop

#endif
