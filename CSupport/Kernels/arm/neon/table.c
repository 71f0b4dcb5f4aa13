// NEON with the dot product instructions: optional in Armv8.2, in all from Armv8.4 on.
#if defined(__aarch64__)

#include <arm_neon.h>
#include <math.h>
#include <string.h>

#include "../../tables.h"

#pragma clang attribute push(__attribute__((target("dotprod"))), apply_to = function)

#define LANES 4
#include "../../vector/attention.h"
#include "../../vector/ops.h"
#include "../../vector/products.h"
#include "../shared/gemv.h"

// sdot multiplies signed bytes and adds four products to an int32 lane. A vector of weights holds four columns of four
// rows; a lane of its second factor, four columns of one token, multiplies them all. A tile's int32 and float32
// accumulators, four vectors of activations and two of weights are 22 of the 32 registers.
enum {
    BYTE_ROWS = 8,
    WIDTH = 4,
    TILE_WIDTH = 16,
    VECTOR_TOKENS = 1,
    GEMM_FROM = 3,
    TILE_VECTORS = 4,
};
#include "../shared/gemm.h"

// Four columns to a 32-bit lane, as `rows` has them, become a vector for each four columns.
INLINE void store_columns(vf rows[4], panel_block *panel, size_t half, size_t first_row) {
    transpose(rows);
    for (size_t g = 0; g < 4; g++) store((float *)panel->quants[4 * half + g][first_row], rows[g]);
}

// Four columns of each of the panel's rows by lane `group` of each token's activations.
#define MULTIPLY_GROUP(group)                                                              \
    do {                                                                                   \
        int8x16x2_t weights = vld1q_s8_x2(panel->quants[4 * half + group][0]);             \
        _Pragma("clang loop unroll(full)") for (size_t t = 0; t < vectors; t++) {          \
            dots[t][0] = vdotq_laneq_s32(dots[t][0], weights.val[0], x[t], group);         \
            dots[t][1] = vdotq_laneq_s32(dots[t][1], weights.val[1], x[t], group);         \
        }                                                                                  \
    } while (0)

INLINE void multiply_columns(const size_t vectors, const panel_block *panel, const tile_block *tile, size_t half,
                             int32x4_t dots[TILE_VECTORS][ROW_VECTORS]) {
    int8x16_t x[TILE_VECTORS];
    for (size_t t = 0; t < vectors; t++) x[t] = vld1q_s8(tile->quants[half][t]);
    MULTIPLY_GROUP(0);
    MULTIPLY_GROUP(1);
    MULTIPLY_GROUP(2);
    MULTIPLY_GROUP(3);
}

INLINE float32x4_t load_row_numbers(const float numbers[BYTE_ROWS], size_t vector) {
    return vld1q_f32(numbers + 4 * vector);
}

INLINE void load_sums(const float *out, size_t out_stride, size_t tokens, size_t rows, float32x4_t sums[ROW_VECTORS]) {
    (void)out_stride, (void)tokens;
    load_rows(out, rows, sums);
}

INLINE void store_sums(float *out, size_t out_stride, size_t tokens, size_t rows, const float32x4_t sums[ROW_VECTORS]) {
    (void)out_stride, (void)tokens;
    store_rows(out, rows, sums);
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
// sdot takes signed activations: less 128. Sixteen accumulators, four vectors of activations and four of weights are
// 24 registers. An int32 lane takes in 256 products of at most 128 * 127.

enum { PANEL_TOKENS = 4, STEP_VECTORS = 4, LESS = 128 };

typedef struct arranged_group {
    int8_t quants[PANEL_TOKENS][SWL_WIDEST_GROUP];
} arranged_group;

#include "../shared/packed.h"

INLINE void arrange_group(const uint8_t *x, size_t columns, size_t tokens, size_t count, arranged_group *group) {
    for (size_t t = 0; t < tokens; t++) {
        for (size_t k = 0; k < count; k += 16) {
            uint8x16_t less = veorq_u8(vld1q_u8(x + t * columns + k), vdupq_n_u8(128));
            vst1q_s8(group->quants[t] + k, vreinterpretq_s8_u8(less));
        }
    }
}

// Four columns of 16 rows by lane `lane` of each token's activations.
#define MULTIPLY_STEP(lane)                                                                          \
    do {                                                                                             \
        int8x16x4_t columns = vld1q_s8_x4(weights + (k / 4 + lane) * COLUMN_STEP);                   \
        _Pragma("clang loop unroll(full)") for (int t = 0; t < vectors; t++) {                       \
            for (int v = 0; v < STEP_VECTORS; v++) {                                                 \
                dots[t][v] = vdotq_laneq_s32(dots[t][v], columns.val[v], activations[t], lane);      \
            }                                                                                        \
        }                                                                                            \
    } while (0)

INLINE void dots_of_group(const int vectors, const int8_t *weights, const arranged_group *x, size_t count,
                          int32x4_t dots[PANEL_TOKENS][STEP_VECTORS]) {
    for (int t = 0; t < vectors; t++) {
        for (int v = 0; v < STEP_VECTORS; v++) dots[t][v] = vdupq_n_s32(0);
    }
#pragma clang loop unroll(disable)
    for (size_t k = 0; k < count; k += 16) {
        int8x16_t activations[PANEL_TOKENS];
        for (int t = 0; t < vectors; t++) activations[t] = vld1q_s8(x->quants[t] + k);
        MULTIPLY_STEP(0);
        MULTIPLY_STEP(1);
        MULTIPLY_STEP(2);
        MULTIPLY_STEP(3);
    }
}

// MARK: - Table

const swl_kernels swl_neon = {
    .name = "neon",
    .products = {FLOAT_PRODUCTS, QUANTIZED_PRODUCTS},
    .product_scratch_bytes = product_scratch_bytes,
    .unpack = {UNPACK_OPERATIONS},
    .multiply_panels = multiply_panels,
    SIMPLE_OPERATIONS,
    ATTENTION_OPERATIONS,
};

#pragma clang attribute pop

#endif
