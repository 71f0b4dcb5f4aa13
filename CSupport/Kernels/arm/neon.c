// NEON with the dot product instructions: optional in Armv8.2, in all from Armv8.4 on.
#if defined(__aarch64__)

#include <arm_neon.h>
#include <math.h>
#include <string.h>

#include "../tables.h"

#pragma clang attribute push(__attribute__((target("dotprod"))), apply_to = function)

#define LANES 4
#include "../vector/attention.h"
#include "../vector/ops.h"
#include "../vector/products.h"

// sdot multiplies signed bytes and adds four products to an int32 lane. A block's are 32 * 128 * 127 at most.

// MARK: - Quantized weights, few tokens
//
// A row is taken four blocks at a time: each block's integer sum comes to stand in a lane of its own, and so do the
// scales of weights and activations.

enum { CHUNK = 4 };

// The quants of up to four blocks of activations, and their scales and sums, zero beyond `count`.
typedef struct activation_chunk {
    const int8_t *quants;
    float32x4_t scales;
    int32x4_t sums;
} activation_chunk;

INLINE activation_chunk load_chunk(const swl_activations *x, size_t token, size_t block, size_t count) {
    size_t index = token * (x->columns / SWL_BLOCK) + block;
    float scales[CHUNK] = {0};
    int16_t sums[2 * CHUNK] = {0};
    memcpy(scales, x->scales + index, count * sizeof(float));
    memcpy(sums, x->sums + 2 * index, 2 * count * sizeof(int16_t));
    return (activation_chunk){x->quants + index * SWL_BLOCK, vld1q_f32(scales), vpaddlq_s16(vld1q_s16(sums))};
}

INLINE int32x4_t multiply_block(int8x16_t low, int8x16_t high, const int8_t *quants) {
    return vdotq_s32(vdotq_s32(vdupq_n_s32(0), low, vld1q_s8(quants)), high, vld1q_s8(quants + 16));
}

INLINE int32x4_t multiply_q8_0(const swl_q8_0 *w, const int8_t *quants) {
    return multiply_block(vld1q_s8(w->quants), vld1q_s8(w->quants + 16), quants);
}

// With the nibbles as they are, 0...15: too much by 8 times the sum of the activations.
INLINE int32x4_t multiply_q4_0(const swl_q4_0 *w, const int8_t *quants) {
    uint8x16_t packed = vld1q_u8(w->quants);
    uint8x16_t low = vandq_u8(packed, vdupq_n_u8(15)), high = vshrq_n_u8(packed, 4);
    return multiply_block(vreinterpretq_s8_u8(low), vreinterpretq_s8_u8(high), quants);
}

// few_F for a format whose `multiply` leaves its weights too great by `zero_point`.
#define FEW(format, zero_point)                                                                                      \
    INLINE float32x4_t add_##format(const swl_##format *w, const swl_activations *x, size_t token, size_t block,     \
                                    size_t count, float32x4_t sums) {                                                \
        activation_chunk chunk = load_chunk(x, token, block, count);                                                 \
        int32x4_t dots[CHUNK] = {0};                                                                                 \
        uint16_t scales[CHUNK] = {0};                                                                                \
        for (size_t i = 0; i < count; i++) {                                                                         \
            dots[i] = multiply_##format(w + block + i, chunk.quants + i * SWL_BLOCK);                                \
            scales[i] = w[block + i].scale;                                                                          \
        }                                                                                                            \
        int32x4_t dot = vpaddq_s32(vpaddq_s32(dots[0], dots[1]), vpaddq_s32(dots[2], dots[3]));                      \
        dot = vmlsq_n_s32(dot, chunk.sums, zero_point);                                                              \
        return vfmaq_f32(sums, vcvtq_f32_s32(dot), vmulq_f32((float32x4_t)load_f16(scales), chunk.scales));          \
    }                                                                                                                \
                                                                                                                     \
    INLINE float dot_##format(const swl_##format *w, const swl_activations *x, size_t token) {                       \
        size_t blocks = x->columns / SWL_BLOCK, b = 0;                                                               \
        float32x4_t sums = vdupq_n_f32(0);                                                                           \
        for (; b + CHUNK <= blocks; b += CHUNK) sums = add_##format(w, x, token, b, CHUNK, sums);                    \
        if (b < blocks) sums = add_##format(w, x, token, b, blocks - b, sums);                                       \
        return sum_lanes((vf)sums);                                                                                  \
    }                                                                                                                \
                                                                                                                     \
    static void few_##format(size_t rows, const void *weights, size_t row_bytes, const swl_activations *x,           \
                             size_t first, size_t tokens, float *out, size_t out_stride, void *scratch) {            \
        (void)scratch;                                                                                               \
        STREAM_ROWS(r, rows) {                                                                                       \
            const void *row = (const char *)weights + r * row_bytes;                                                 \
            for (size_t t = 0; t < tokens; t++) out[t * out_stride + r] = dot_##format(row, x, first + t);           \
        }                                                                                                            \
    }
FEW(q8_0, 0)
FEW(q4_0, 8)

// MARK: - Quantized weights, many tokens
//
// A panel is TILE_ROWS rows of up to CALL_BLOCKS blocks, unpacked so that a vector holds the same four columns of four
// rows. A lane of sdot's second factor, four columns of one token, multiplies them all; so the activations are read as
// they are. A tile is up to TILE_TOKENS tokens: its int32 and float32 accumulators, TILE_TOKENS * TILE_QUADS of each,
// 8 vectors of activations and the weights fill the 32 registers.
//
// Blocks are added up in order, one fused multiply-add each, whatever the tile; between panels of the same rows the
// sums lie in `out`.

enum {
    TILE_QUADS = 2,               // of four rows
    TILE_ROWS = 4 * TILE_QUADS,
    TILE_TOKENS = 4,
    GROUPS = SWL_BLOCK / 4,       // of four columns
    CALL_BLOCKS = 32,             // a panel is 9 KiB: it stays in L1 while all tokens pass
};

typedef struct panel_block {
    int8_t quants[GROUPS][TILE_ROWS][4];
    float scales[TILE_ROWS];
} panel_block;

static size_t product_scratch_bytes(size_t columns) {
    (void)columns;
    size_t bytes = CALL_BLOCKS * sizeof(panel_block);
    return bytes > FLOAT_SCRATCH_BYTES ? bytes : FLOAT_SCRATCH_BYTES;
}

// The first and the last sixteen weights of a block.
INLINE int8x16x2_t unpack_block_q8_0(const swl_q8_0 *w) { return vld1q_s8_x2(w->quants); }

INLINE int8x16x2_t unpack_block_q4_0(const swl_q4_0 *w) {
    uint8x16_t packed = vld1q_u8(w->quants);
    uint8x16_t low = vandq_u8(packed, vdupq_n_u8(15)), high = vshrq_n_u8(packed, 4);
    int8x16_t zero_point = vdupq_n_s8(8);
    return (int8x16x2_t){{vsubq_s8(vreinterpretq_s8_u8(low), zero_point),
                          vsubq_s8(vreinterpretq_s8_u8(high), zero_point)}};
}

// Four columns to a 32-bit lane, as `rows` has them, become a vector for each four columns.
INLINE void store_transposed(vf rows[4], panel_block *panel, size_t first_group, size_t first_row) {
    transpose(rows);
    for (size_t g = 0; g < 4; g++) memcpy(panel->quants[first_group + g][first_row], &rows[g], sizeof rows[g]);
}

// fill_panel_F: rows beyond `rows` are zero.
#define FILL_PANEL(format)                                                                                           \
    static void fill_panel_##format(size_t rows, const char *weights, size_t row_bytes, size_t start, size_t blocks, \
                                    panel_block *panel) {                                                            \
        for (size_t first = 0; first < TILE_ROWS; first += 4) {                                                      \
            for (size_t b = 0; b < blocks; b++) {                                                                    \
                vf low[4] = {0}, high[4] = {0};                                                                      \
                uint16_t scales[4] = {0};                                                                            \
                for (size_t r = 0; r < 4 && first + r < rows; r++) {                                                 \
                    const swl_##format *w = (const swl_##format *)(weights + (first + r) * row_bytes) + start + b;   \
                    int8x16x2_t quants = unpack_block_##format(w);                                                   \
                    low[r] = (vf)quants.val[0];                                                                      \
                    high[r] = (vf)quants.val[1];                                                                     \
                    scales[r] = w->scale;                                                                            \
                }                                                                                                    \
                store_transposed(low, panel + b, 0, first);                                                          \
                store_transposed(high, panel + b, GROUPS / 2, first);                                                \
                store(panel[b].scales + first, load_f16(scales));                                                    \
            }                                                                                                        \
        }                                                                                                            \
    }
FILL_PANEL(q8_0)
FILL_PANEL(q4_0)

// Four columns of each of the panel's rows by lane `lane` of each token's activations.
#define MULTIPLY_GROUP(tokens, panel, group, x, lane, dots)                                        \
    do {                                                                                           \
        int8x16x2_t weights = vld1q_s8_x2((panel)->quants[group][0]);                              \
        _Pragma("clang loop unroll(full)") for (int t = 0; t < (tokens); t++) {                    \
            (dots)[t][0] = vdotq_laneq_s32((dots)[t][0], weights.val[0], (x)[t], lane);            \
            (dots)[t][1] = vdotq_laneq_s32((dots)[t][1], weights.val[1], (x)[t], lane);            \
        }                                                                                          \
    } while (0)

// Adds one block to a tile's sums. `quants` and `scales` are the first token's.
INLINE void add_block(const int tokens, const panel_block *panel, const int8_t *quants, size_t columns,
                      const float *scales, float32x4_t sums[TILE_TOKENS][TILE_QUADS]) {
    int32x4_t dots[TILE_TOKENS][TILE_QUADS] = {0};
#pragma clang loop unroll(full)
    for (int half = 0; half < 2; half++) {
        int8x16_t x[TILE_TOKENS];
        for (int t = 0; t < tokens; t++) x[t] = vld1q_s8(quants + (size_t)t * columns + half * 16);
        MULTIPLY_GROUP(tokens, panel, half * 4, x, 0, dots);
        MULTIPLY_GROUP(tokens, panel, half * 4 + 1, x, 1, dots);
        MULTIPLY_GROUP(tokens, panel, half * 4 + 2, x, 2, dots);
        MULTIPLY_GROUP(tokens, panel, half * 4 + 3, x, 3, dots);
    }
    float32x4x2_t row_scales = vld1q_f32_x2(panel->scales);
    for (int t = 0; t < tokens; t++) {
        float token_scale = scales[(size_t)t * (columns / SWL_BLOCK)];
        for (int q = 0; q < TILE_QUADS; q++) {
            float32x4_t scale = vmulq_n_f32(row_scales.val[q], token_scale);
            sums[t][q] = vfmaq_f32(sums[t][q], vcvtq_f32_s32(dots[t][q]), scale);
        }
    }
}

// One token's sums, of which `rows` are in memory.
INLINE void load_rows(const float *p, size_t rows, float32x4_t sums[TILE_QUADS]) {
    for (size_t q = 0; q < TILE_QUADS && q * 4 < rows; q++) {
        sums[q] = (float32x4_t)(rows - q * 4 >= 4 ? load(p + q * 4) : load_part(p + q * 4, rows - q * 4));
    }
}

INLINE void store_rows(float *p, size_t rows, const float32x4_t sums[TILE_QUADS]) {
    for (size_t q = 0; q < TILE_QUADS && q * 4 < rows; q++) {
        if (rows - q * 4 >= 4) {
            store(p + q * 4, (vf)sums[q]);
        } else {
            store_part(p + q * 4, (vf)sums[q], rows - q * 4);
        }
    }
}

// out[t, 0 ..< rows] for a tile of tokens: plus the panel's columns, which begin at block `start`.
INLINE void multiply_panel(const int tokens, const panel_block *panel, size_t start, size_t blocks,
                           const swl_activations *x, size_t token, float *out, size_t out_stride, size_t rows) {
    const int8_t *quants = x->quants + token * x->columns + start * SWL_BLOCK;
    const float *scales = x->scales + token * (x->columns / SWL_BLOCK) + start;
    float32x4_t sums[TILE_TOKENS][TILE_QUADS] = {0};
    if (start > 0) {
        for (int t = 0; t < tokens; t++) load_rows(out + (size_t)t * out_stride, rows, sums[t]);
    }
    for (size_t b = 0; b < blocks; b++) {
        add_block(tokens, panel + b, quants + b * SWL_BLOCK, x->columns, scales + b, sums);
    }
    for (int t = 0; t < tokens; t++) store_rows(out + (size_t)t * out_stride, rows, sums[t]);
}

static void multiply_all_tokens(const panel_block *panel, size_t start, size_t blocks, const swl_activations *x,
                                size_t first, size_t tokens, float *out, size_t out_stride, size_t rows) {
    size_t t = 0;
    for (; t + TILE_TOKENS <= tokens; t += TILE_TOKENS) {
        multiply_panel(TILE_TOKENS, panel, start, blocks, x, first + t, out + t * out_stride, out_stride, rows);
    }
    float *rest = out + t * out_stride;
    switch (tokens - t) {
        case 3: multiply_panel(3, panel, start, blocks, x, first + t, rest, out_stride, rows); break;
        case 2: multiply_panel(2, panel, start, blocks, x, first + t, rest, out_stride, rows); break;
        case 1: multiply_panel(1, panel, start, blocks, x, first + t, rest, out_stride, rows); break;
        default: break;
    }
}

#define MANY(format)                                                                                               \
    static void many_##format(size_t rows, const void *weights, size_t row_bytes, const swl_activations *x,        \
                              size_t first, size_t tokens, float *out, size_t out_stride, void *scratch) {         \
        size_t blocks = x->columns / SWL_BLOCK;                                                                    \
        for (size_t r = 0; r < rows; r += TILE_ROWS) {                                                             \
            size_t count = swl_least(TILE_ROWS, rows - r);                                                         \
            const char *panel_weights = (const char *)weights + r * row_bytes;                                     \
            for (size_t b = 0; b < blocks; b += CALL_BLOCKS) {                                                     \
                size_t panel_blocks = swl_least(CALL_BLOCKS, blocks - b);                                          \
                fill_panel_##format(count, panel_weights, row_bytes, b, panel_blocks, scratch);                    \
                multiply_all_tokens(scratch, b, panel_blocks, x, first, tokens, out + r, out_stride, count);       \
            }                                                                                                      \
        }                                                                                                          \
    }
MANY(q8_0)
MANY(q4_0)

// MARK: - Table

// `many_from` is counted in instructions, not measured: a block of a row costs `few` 12 to 14 for each token, `many`
// 14 to 17 once and 4 to 6 for each token.
const swl_kernels swl_neon = {
    .name = "neon",
    .products =
        {
            [SWL_F32] = {few_f32, many_f32, .many_from = 8, .panel_rows = PANEL_ROWS},
            [SWL_F16] = {few_f16, many_f16, .many_from = 8, .panel_rows = PANEL_ROWS},
            [SWL_BF16] = {few_bf16, many_bf16, .many_from = 8, .panel_rows = PANEL_ROWS},
            [SWL_Q8_0] = {few_q8_0, many_q8_0, .many_from = 3, .panel_rows = TILE_ROWS},
            [SWL_Q4_0] = {few_q4_0, many_q4_0, .many_from = 3, .panel_rows = TILE_ROWS},
            SWL_SCALAR_PRODUCT(q4_1, SWL_Q4_1)
            SWL_SCALAR_PRODUCT(q5_0, SWL_Q5_0)
            SWL_SCALAR_PRODUCT(q5_1, SWL_Q5_1)
            SWL_SCALAR_PRODUCT(q2_k, SWL_Q2_K)
            SWL_SCALAR_PRODUCT(q3_k, SWL_Q3_K)
            SWL_SCALAR_PRODUCT(q4_k, SWL_Q4_K)
            SWL_SCALAR_PRODUCT(q5_k, SWL_Q5_K)
            SWL_SCALAR_PRODUCT(q6_k, SWL_Q6_K)
            SWL_SCALAR_PRODUCT(iq4_nl, SWL_IQ4_NL)
            SWL_SCALAR_PRODUCT(iq4_xs, SWL_IQ4_XS)
        },
    .product_scratch_bytes = product_scratch_bytes,
    .unpack = {UNPACK_OPERATIONS},
    SIMPLE_OPERATIONS,
    ATTENTION_OPERATIONS,
};

#pragma clang attribute pop

#endif
