// Products of quantized weights with few tokens, for all ARM tables: gemv_F for every format.
//
// A row is taken four blocks of 32 at a time. Each block's integer sum comes to stand in a lane of its own, or those of
// its halves in two neighbouring lanes; so do the scales of the weights and those of the activations.
#ifndef SWL_ARM_GEMV_H
#define SWL_ARM_GEMV_H

#include "formats.h"

// Four blocks of activations. `sums` are those of 16 quants: 16 * 127 at most.
typedef struct activation_chunk {
    const int8_t *quants;
    float32x4_t scales;
    int16x8_t sums;
} activation_chunk;

INLINE activation_chunk load_chunk(const int8_t *quants, const float *scales, const int16_t *sums) {
    return (activation_chunk){quants, vld1q_f32(scales), vld1q_s16(sums)};
}

// 32 products of at most 128 * 127, four to an instruction and lane.
INLINE int32x4_t multiply_half(int8x16_t weights, const int8_t *quants, int32x4_t sums) {
    return vdotq_s32(sums, weights, vld1q_s8(quants));
}

INLINE int32x4_t sum_each_of_four(int32x4_t a, int32x4_t b, int32x4_t c, int32x4_t d) {
    return vpaddq_s32(vpaddq_s32(a, b), vpaddq_s32(c, d));
}

// products_F: weights times quants of each of four blocks. The first `s` of `w` for a format of blocks of 256, else of
// four blocks at `w`.
#define PRODUCTS(format)                                                                                               \
    INLINE float32x4_t products_##format(const swl_##format *w, size_t s, activation_chunk x) {                        \
        const size_t step = BLOCKS_OF(format) == 1;                                                                  \
        chunk_scales scales = scales_##format(w, s / CHUNK);                                                         \
        int32x4_t dots[2 * CHUNK];                                                                                   \
        _Pragma("clang loop unroll(full)") for (size_t i = 0; i < CHUNK; i++) {                                      \
            int8x16x2_t weights = unpack_##format(w + i * step, s + i * !step);                                      \
            const int8_t *quants = x.quants + i * SWL_BLOCK;                                                         \
            dots[2 * i] = multiply_half(weights.val[0], quants, vdupq_n_s32(0));                                     \
            dots[2 * i + 1] = format##_SCALES == 2                                                                   \
                ? multiply_half(weights.val[1], quants + 16, vdupq_n_s32(0))                                         \
                : multiply_half(weights.val[1], quants + 16, dots[2 * i]);                                           \
        }                                                                                                            \
        float32x4_t values;                                                                                          \
        if (format##_SCALES == 2) {                                                                                  \
            int32x4_t first = sum_each_of_four(dots[0], dots[1], dots[2], dots[3]);                                  \
            int32x4_t second = sum_each_of_four(dots[4], dots[5], dots[6], dots[7]);                                 \
            values = vpaddq_f32(vmulq_f32(vcvtq_f32_s32(first), scales.scales[0]),                                   \
                                vmulq_f32(vcvtq_f32_s32(second), scales.scales[1]));                                 \
        } else {                                                                                                     \
            int32x4_t sums = sum_each_of_four(dots[1], dots[3], dots[5], dots[7]);                                   \
            if (format##_OFFSET != 0) sums = vmlaq_n_s32(sums, vpaddlq_s16(x.sums), format##_OFFSET);                \
            values = vmulq_f32(vcvtq_f32_s32(sums), scales.scales[0]);                                               \
        }                                                                                                            \
        if (format##_MINIMUMS == 1) {                                                                                \
            values = vfmsq_f32(values, scales.minimums[0], vcvtq_f32_s32(vpaddlq_s16(x.sums)));                      \
        } else if (format##_MINIMUMS == 2) {                                                                         \
            float32x4_t first = vcvtq_f32_s32(vmovl_s16(vget_low_s16(x.sums)));                                      \
            float32x4_t second = vcvtq_f32_s32(vmovl_high_s16(x.sums));                                              \
            values = vsubq_f32(values, vpaddq_f32(vmulq_f32(first, scales.minimums[0]),                              \
                                                  vmulq_f32(second, scales.minimums[1])));                           \
        }                                                                                                            \
        return values;                                                                                               \
    }

// The last four blocks of a row once more, less those that were counted: their scales are zero. A damaged block makes
// the row infinite or NaN the second time too.
INLINE float32x4_t scales_of_last(float32x4_t scales, size_t last) {
    const uint32x4_t place = {0, 1, 2, 3};
    uint32x4_t counted = vcltq_u32(place, vdupq_n_u32((uint32_t)(CHUNK - last)));
    return vreinterpretq_f32_u32(vbicq_u32(vreinterpretq_u32_f32(scales), counted));
}

// dot_F for blocks of 32.
#define DOT_BLOCKS(format)                                                                                           \
    static float dot_short_##format(const swl_##format *w, size_t blocks, const int8_t *quants, const float *scales, \
                                    const int16_t *sums) {                                                           \
        swl_##format row[CHUNK] = {0};                                                                               \
        int8_t row_quants[CHUNK * SWL_BLOCK] = {0};                                                                  \
        float row_scales[CHUNK] = {0};                                                                               \
        int16_t row_sums[2 * CHUNK] = {0};                                                                           \
        memcpy(row, w, blocks * sizeof *w);                                                                          \
        memcpy(row_quants, quants, blocks * SWL_BLOCK);                                                              \
        memcpy(row_scales, scales, blocks * sizeof *scales);                                                         \
        memcpy(row_sums, sums, 2 * blocks * sizeof *sums);                                                           \
        activation_chunk x = load_chunk(row_quants, row_scales, row_sums);                                           \
        return sum_lanes((vf)vmulq_f32(products_##format(row, 0, x), x.scales));                                       \
    }                                                                                                                \
                                                                                                                     \
    INLINE float dot_##format(const swl_##format *w, size_t blocks, const int8_t *quants, const float *scales,       \
                              const int16_t *sums) {                                                                 \
        if (blocks < CHUNK) return dot_short_##format(w, blocks, quants, scales, sums);                              \
        float32x4_t total = vdupq_n_f32(0);                                                                          \
        for (size_t b = 0; b < blocks; b += CHUNK) {                                                                 \
            size_t start = swl_least(b, blocks - CHUNK);                                                             \
            activation_chunk x = load_chunk(quants + start * SWL_BLOCK, scales + start, sums + 2 * start);           \
            if (start < b) x.scales = scales_of_last(x.scales, blocks - b);                                          \
            total = vfmaq_f32(total, products_##format(w + start, 0, x), x.scales);                                    \
        }                                                                                                            \
        return sum_lanes((vf)total);                                                                                 \
    }

// dot_F for blocks of 256.
#define DOT_SUPER_BLOCKS(format)                                                                                     \
    INLINE float dot_##format(const swl_##format *w, size_t blocks, const int8_t *quants, const float *scales,       \
                              const int16_t *sums) {                                                                 \
        float32x4_t total = vdupq_n_f32(0);                                                                          \
        for (size_t b = 0; b < blocks; b += 2 * CHUNK, w++) {                                                        \
            activation_chunk x = load_chunk(quants + b * SWL_BLOCK, scales + b, sums + 2 * b);                       \
            total = vfmaq_f32(total, products_##format(w, 0, x), x.scales);                                            \
            x = load_chunk(quants + (b + CHUNK) * SWL_BLOCK, scales + b + CHUNK, sums + 2 * (b + CHUNK));            \
            total = vfmaq_f32(total, products_##format(w, CHUNK, x), x.scales);                                        \
        }                                                                                                            \
        return sum_lanes((vf)total);                                                                                 \
    }

#define GEMV(format, dot)                                                                                             \
    PRODUCTS(format)                                                                                                   \
    dot(format)                                                                                                      \
    static void gemv_##format(size_t rows, const void *weights, size_t row_bytes, const swl_activations *x,           \
                             size_t first, size_t tokens, float *out, size_t out_stride, void *scratch) {            \
        (void)scratch;                                                                                               \
        size_t blocks = x->columns / SWL_BLOCK;                                                                      \
        STREAM_ROWS(r, rows) {                                                                                       \
            const void *row = (const char *)weights + r * row_bytes;                                                 \
            for (size_t t = 0; t < tokens; t++) {                                                                    \
                size_t index = (first + t) * blocks;                                                                 \
                out[t * out_stride + r] = dot_##format(row, blocks, x->quants + index * SWL_BLOCK,                   \
                                                       x->scales + index, x->sums + 2 * index);                      \
            }                                                                                                        \
        }                                                                                                            \
    }
GEMV(q8_0, DOT_BLOCKS)
GEMV(q4_0, DOT_BLOCKS)
GEMV(q4_1, DOT_BLOCKS)
GEMV(q5_0, DOT_BLOCKS)
GEMV(q5_1, DOT_BLOCKS)
GEMV(iq4_nl, DOT_BLOCKS)
GEMV(mxfp4, DOT_BLOCKS)
GEMV(q2_k, DOT_SUPER_BLOCKS)
GEMV(q3_k, DOT_SUPER_BLOCKS)
GEMV(q4_k, DOT_SUPER_BLOCKS)
GEMV(q5_k, DOT_SUPER_BLOCKS)
GEMV(q6_k, DOT_SUPER_BLOCKS)
GEMV(iq4_xs, DOT_SUPER_BLOCKS)

#endif
