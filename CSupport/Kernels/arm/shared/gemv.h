// Products of quantized weights with few tokens, for all ARM tables.
//
// A row is taken four blocks of 32 at a time. Each block's integer sum comes to stand in a lane of its own, or those of
// its halves in two neighbouring lanes; so do the scales of the weights and those of the activations.
#ifndef SWL_ARM_GEMV_H
#define SWL_ARM_GEMV_H

#include "../../product_call.h"
#include "unpack.h"

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

// Weights times quants of each of four blocks: part `s` of the first block at `w` for a format of blocks of 256, else four
// blocks at `w`.
INLINE float32x4_t products(const format f, const char *w, size_t s, activation_chunk x) {
    const size_t step = blocks_of(f) == 1;
    chunk_scales scales = scales_of(f, w, s / CHUNK);
    int32x4_t dots[2 * CHUNK];
#pragma clang loop unroll(full)
    for (size_t i = 0; i < CHUNK; i++) {
        int8x16x2_t weights = unpack(f, w + i * step * f.block_bytes, s + i * !step);
        const int8_t *quants = x.quants + i * SWL_BLOCK;
        dots[2 * i] = multiply_half(weights.val[0], quants, vdupq_n_s32(0));
        dots[2 * i + 1] = f.scales == 2 ? multiply_half(weights.val[1], quants + 16, vdupq_n_s32(0))
                                        : multiply_half(weights.val[1], quants + 16, dots[2 * i]);
    }
    float32x4_t values;
    if (f.scales == 2) {
        int32x4_t first = sum_each_of_four(dots[0], dots[1], dots[2], dots[3]);
        int32x4_t second = sum_each_of_four(dots[4], dots[5], dots[6], dots[7]);
        values = vpaddq_f32(vmulq_f32(vcvtq_f32_s32(first), scales.scales[0]),
                            vmulq_f32(vcvtq_f32_s32(second), scales.scales[1]));
    } else {
        int32x4_t sums = sum_each_of_four(dots[1], dots[3], dots[5], dots[7]);
        if (f.offset != 0) sums = vmlaq_n_s32(sums, vpaddlq_s16(x.sums), f.offset);
        values = vmulq_f32(vcvtq_f32_s32(sums), scales.scales[0]);
    }
    if (f.minimums == 1) {
        values = vfmsq_f32(values, scales.minimums[0], vcvtq_f32_s32(vpaddlq_s16(x.sums)));
    } else if (f.minimums == 2) {
        float32x4_t first = vcvtq_f32_s32(vmovl_s16(vget_low_s16(x.sums)));
        float32x4_t second = vcvtq_f32_s32(vmovl_high_s16(x.sums));
        values = vsubq_f32(values, vpaddq_f32(vmulq_f32(first, scales.minimums[0]), vmulq_f32(second, scales.minimums[1])));
    }
    return values;
}

// The last four blocks of a row once more, less those that were counted: their scales are zero. A damaged block makes
// the row infinite or NaN the second time too.
INLINE float32x4_t scales_of_last(float32x4_t scales, size_t last) {
    const uint32x4_t place = {0, 1, 2, 3};
    uint32x4_t counted = vcltq_u32(place, vdupq_n_u32((uint32_t)(CHUNK - last)));
    return vreinterpretq_f32_u32(vbicq_u32(vreinterpretq_u32_f32(scales), counted));
}

// A row of blocks of 32 that are fewer than a chunk's.
static inline float dot_short(const format f, const char *w, size_t blocks, const int8_t *quants, const float *scales,
                              const int16_t *sums) {
    _Alignas(8) char row[CHUNK * 2 * SWL_BLOCK] = {0};
    int8_t row_quants[CHUNK * SWL_BLOCK] = {0};
    float row_scales[CHUNK] = {0};
    int16_t row_sums[2 * CHUNK] = {0};
    memcpy(row, w, blocks * f.block_bytes);
    memcpy(row_quants, quants, blocks * SWL_BLOCK);
    memcpy(row_scales, scales, blocks * sizeof *scales);
    memcpy(row_sums, sums, 2 * blocks * sizeof *sums);
    activation_chunk x = load_chunk(row_quants, row_scales, row_sums);
    return sum_lanes((vf)vmulq_f32(products(f, row, 0, x), x.scales));
}

INLINE float dot_blocks(const format f, const char *w, size_t blocks, const int8_t *quants, const float *scales,
                        const int16_t *sums) {
    if (blocks < CHUNK) return dot_short(f, w, blocks, quants, scales, sums);
    float32x4_t total = vdupq_n_f32(0);
    for (size_t b = 0; b < blocks; b += CHUNK) {
        size_t start = swl_least(b, blocks - CHUNK);
        activation_chunk x = load_chunk(quants + start * SWL_BLOCK, scales + start, sums + 2 * start);
        if (start < b) x.scales = scales_of_last(x.scales, blocks - b);
        total = vfmaq_f32(total, products(f, w + start * f.block_bytes, 0, x), x.scales);
    }
    return sum_lanes((vf)total);
}

// The same of blocks of 256.
INLINE float dot_super_blocks(const format f, const char *w, size_t blocks, const int8_t *quants, const float *scales,
                              const int16_t *sums) {
    float32x4_t total = vdupq_n_f32(0);
    for (size_t b = 0; b < blocks; b += 2 * CHUNK, w += f.block_bytes) {
        activation_chunk x = load_chunk(quants + b * SWL_BLOCK, scales + b, sums + 2 * b);
        total = vfmaq_f32(total, products(f, w, 0, x), x.scales);
        x = load_chunk(quants + (b + CHUNK) * SWL_BLOCK, scales + b + CHUNK, sums + 2 * (b + CHUNK));
        total = vfmaq_f32(total, products(f, w, CHUNK, x), x.scales);
    }
    return sum_lanes((vf)total);
}

INLINE void gemv(const format f, const product_call p) {
    const size_t blocks = p.x->columns / SWL_BLOCK;
    STREAM_ROWS(r, p.rows) {
        const char *row = p.weights + r * p.row_bytes;
        for (size_t t = 0; t < p.tokens; t++) {
            const size_t index = (p.first + t) * blocks;
            const int8_t *quants = p.x->quants + index * SWL_BLOCK;
            const float *scales = p.x->scales + index;
            const int16_t *sums = p.x->sums + 2 * index;
            p.out[t * p.out_stride + r] = blocks_of(f) == 1 ? dot_blocks(f, row, blocks, quants, scales, sums)
                                                            : dot_super_blocks(f, row, blocks, quants, scales, sums);
        }
    }
}

#endif
