// Activations to int8 blocks, over vectors of LANES floats.
//
// Products and sums are kept apart here, never fused, and sums are taken in the order of scalar.c: every ISA is
// bit-identical to it. Four blocks are taken together, so that one reduction across lanes serves them all.
#ifndef SWL_VECTOR_QUANTIZE_H
#define SWL_VECTOR_QUANTIZE_H

#include "vector.h"

enum { BLOCK_VECTORS = SWL_BLOCK / LANES, TOGETHER = 4 };

typedef int16_t v8s __attribute__((vector_size(16)));
typedef int16_t v16s __attribute__((vector_size(32)));
typedef int8_t v16b __attribute__((vector_size(16)));

// A block's elements added in halves down to four: the order of scalar.c, whatever LANES is.
INLINE v4f fold_block(const vf *v) {
    vf sums[BLOCK_VECTORS];
    memcpy(sums, v, sizeof sums);
    for (int half = BLOCK_VECTORS / 2; half > 0; half /= 2) {
        for (int i = 0; i < half; i++) sums[i] += sums[i + half];
    }
    return fold_to_four(sums[0]);
}

// To the nearest whole number, ties to even, of magnitudes below 2^22.
INLINE vf round_to_nearest(vf x) {
    const vf round = broadcast(0x1.8p23f);
    vf shifted = x + round;
    return shifted - round;
}

// The result of rounding a block: its product with the quants and their square, each still in four parts.
INLINE void try_rounding(const vf *scaled, float wider, v4f *product, v4f *square) {
    vf products[BLOCK_VECTORS], squares[BLOCK_VECTORS], narrowing = broadcast(1 / wider);
    for (int i = 0; i < BLOCK_VECTORS; i++) {
        vf rounded = round_to_nearest(scaled[i] * narrowing);
        products[i] = scaled[i] * rounded;
        squares[i] = rounded * rounded;
    }
    *product = fold_block(products);
    *square = fold_block(squares);
}

// The greatest |x| of each block. As bit patterns numbers sort as they do in value, infinity and NaN above all.
INLINE void find_magnitudes(size_t blocks, const float *x, float *magnitudes) {
    for (size_t b = 0; b < blocks; b++) {
        vi greatest = {0};
        for (size_t i = 0; i < BLOCK_VECTORS; i++) {
            greatest = __builtin_elementwise_max(greatest, (vi)absolute(load(x + b * SWL_BLOCK + i * LANES)));
        }
        int32_t bits = __builtin_reduce_max(greatest);
        memcpy(magnitudes + b, &bits, sizeof bits);
    }
}

// Neighbouring lanes of `a`, then of `b`, added.
INLINE v8s add_neighbours(v8s a, v8s b) {
    return __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14) +
           __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15);
}

// The sums of each 16 of TOGETHER blocks' quants: at most 16 * 127.
INLINE void sum_quants(const int8_t *quants, int16_t *sums) {
    v8s halves[2 * TOGETHER];
    for (int i = 0; i < 2 * TOGETHER; i++) {
        v16b bytes;
        memcpy(&bytes, quants + i * 16, sizeof bytes);
        v16s wide = __builtin_convertvector(bytes, v16s);
        halves[i] = __builtin_shufflevector(wide, wide, 0, 1, 2, 3, 4, 5, 6, 7) +
                    __builtin_shufflevector(wide, wide, 8, 9, 10, 11, 12, 13, 14, 15);
    }
    v8s first = add_neighbours(add_neighbours(halves[0], halves[1]), add_neighbours(halves[2], halves[3]));
    v8s second = add_neighbours(add_neighbours(halves[4], halves[5]), add_neighbours(halves[6], halves[7]));
    v8s all = add_neighbours(first, second);
    memcpy(sums, &all, sizeof all);
}

// TOGETHER blocks, whose magnitudes `scales` holds. A block that is not finite, or all but zero, leaves quants 0 and the
// scale that says so.
INLINE void quantize_blocks(const float *x, int8_t *quants, float *scales, int16_t *sums) {
    v4i greatest;
    memcpy(&greatest, scales, sizeof greatest);
    v4f least_scales = (v4f)greatest / 127;
    v4i finite = greatest < 0x7f800000, regular = finite & (least_scales >= 0x1p-126f);
    least_scales = (v4f)(((v4i)least_scales & regular) | (~regular & (v4i)(v4f){1, 1, 1, 1}));
    v4f inverses = 1 / least_scales;

    v4f products[2][TOGETHER], squares[2][TOGETHER];  // narrow, wide
    vf scaled[TOGETHER][BLOCK_VECTORS];
#pragma clang loop unroll(full)
    for (int b = 0; b < TOGETHER; b++) {
        // Elements of an irregular block are not rounded: infinity and NaN have no int8.
        vi keep = (vi){0} + regular[b];
        for (int i = 0; i < BLOCK_VECTORS; i++) {
            scaled[b][i] = (vf)(keep & (vi)(load(x + b * SWL_BLOCK + i * LANES) * inverses[b]));
        }
        try_rounding(scaled[b], 1, &products[0][b], &squares[0][b]);
        try_rounding(scaled[b], SWL_WIDER, &products[1][b], &squares[1][b]);
    }
    v4f narrow_product = sum_each(products[0]), narrow_square = sum_each(squares[0]);
    v4f wide_product = sum_each(products[1]), wide_square = sum_each(squares[1]);
    v4f wide_gain = wide_product * wide_product * narrow_square;
    v4f narrow_gain = narrow_product * narrow_product * wide_square;
    v4i wider = wide_gain > narrow_gain;
    v4f narrow_factor = narrow_product / narrow_square, wide_factor = wide_product / wide_square;
    v4f factors = (v4f)((wider & (v4i)wide_factor) | (~wider & (v4i)narrow_factor));
    v4f result = least_scales * factors, damaged = {NAN, NAN, NAN, NAN};
    result = (v4f)((regular & (v4i)result) | (~finite & (v4i)damaged));
    memcpy(scales, &result, sizeof result);
    const v4f one = {1, 1, 1, 1}, narrower = one / SWL_WIDER;
    v4f narrowing = (v4f)((wider & (v4i)narrower) | (~wider & (v4i)one));
    for (int b = 0; b < TOGETHER; b++) {
        for (int i = 0; i < BLOCK_VECTORS; i++) {
            vf rounded = round_to_nearest(scaled[b][i] * narrowing[b]);
            vsb bytes = __builtin_convertvector(__builtin_convertvector(rounded, vi), vsb);
            memcpy(quants + b * SWL_BLOCK + i * LANES, &bytes, sizeof bytes);
        }
    }
    sum_quants(quants, sums);
}

static void quantize(size_t columns, const float *x, int8_t *quants, float *scales, int16_t *sums) {
    size_t blocks = columns / SWL_BLOCK, b = 0;
    find_magnitudes(blocks, x, scales);  // in a pass of their own: the divisions that follow wait for nothing
    for (; b + TOGETHER <= blocks; b += TOGETHER) {
        quantize_blocks(x + b * SWL_BLOCK, quants + b * SWL_BLOCK, scales + b, sums + 2 * b);
    }
    if (b == blocks) return;
    size_t count = blocks - b;
    float last[TOGETHER * SWL_BLOCK] = {0}, last_scales[TOGETHER] = {0};
    int8_t last_quants[TOGETHER * SWL_BLOCK];
    int16_t last_sums[2 * TOGETHER];
    memcpy(last, x + b * SWL_BLOCK, count * SWL_BLOCK * sizeof *x);
    memcpy(last_scales, scales + b, count * sizeof *scales);
    quantize_blocks(last, last_quants, last_scales, last_sums);
    memcpy(quants + b * SWL_BLOCK, last_quants, count * SWL_BLOCK);
    memcpy(scales + b, last_scales, count * sizeof *scales);
    memcpy(sums + 2 * b, last_sums, count * 2 * sizeof *sums);
}

#endif
