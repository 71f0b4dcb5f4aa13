// Blocks of 256: parts with a scale of their own, an integer times the block's float16 scale; some with a minimum.
#ifndef SWL_SUPER_H
#define SWL_SUPER_H

#include "plain.h"

enum { MOST_PARTS = 16 };

// The range of the integer scales of a format's sub-blocks.
typedef struct levels {
    float lowest, highest;
} levels;

// A block that is being searched for. The minimums of the formats are subtracted: value = scale * scales[j] * quant
// - minimum * minimums[j].
typedef struct super_block {
    float x[SWL_SUPER_BLOCK], weights[SWL_SUPER_BLOCK];
    part parts[MOST_PARTS];
    float scale, minimum;
    float scales[MOST_PARTS], minimums[MOST_PARTS];
    double error;
    // For the least squares of scale and minimum: sums over the parts, of those that their best candidates left.
    double ss, sm, mm, sx, mx;
} super_block;

INLINE float rounded(float v) { return (v + 0x1.8p23f) - 0x1.8p23f; }

INLINE float clamped(float v, float lowest, float highest) { return v < lowest ? lowest : v > highest ? highest : v; }

// The nearest float16 that is not zero unless v is.
INLINE float f16_not_zero(float v) {
    float value = f16_value(f16_of(v));
    return value != 0 || v == 0 ? value : v < 0 ? -f16_smallest : f16_smallest;
}

// MARK: - Parts

// The best scale and minimum of a part if they could be any.
INLINE void search_free(const part *p, const grid g, const starts s, int rounds, float *scale, float *minimum) {
    trial t;
    float lowest = p->lowest < 0 ? p->lowest : 0;
    if (g.has_minimum) {
        start_with_minimum(&t, lowest, p->highest, g, s);
    } else {
        start_both_signs(&t, p, g, s);
    }
    for (int round = 0; round < rounds; round++) {
        sum_up(&t, p, g);
        refit(&t, p, g, 0);
    }
    measure(&t, p, g);
    int best = best_of(&t);
    *scale = t.scale[best];
    *minimum = g.has_minimum ? -t.minimum[best] : 0;
}

// Sets the integers of part j to the best of the sixteen around those it has, and adds up what they lead to.
INLINE void search_part(super_block *b, int j, const grid g, const levels l) {
    candidates scales, minimums;
    trial t;
    for (int c = 0; c < CANDIDATES; c++) {
        float scale_step = g.has_minimum ? (float)(c % 5 - 2) : (float)(c - CANDIDATES / 2);
        float minimum_step = g.has_minimum && c < 15 ? (float)(c / 5 - 1) : 0;
        scales[c] = clamped(b->scales[j] + scale_step, l.lowest, l.highest);
        minimums[c] = g.has_minimum ? clamped(b->minimums[j] + minimum_step, l.lowest, l.highest) : 0;
        t.scale[c] = b->scale * scales[c];
        t.minimum[c] = -(b->minimum * minimums[c]);
    }
    const part *p = &b->parts[j];
    measure(&t, p, g);
    int best = best_of(&t);
    double scale = scales[best], minimum = minimums[best];
    b->scales[j] = scales[best];
    b->minimums[j] = minimums[best];
    b->error += t.error[best];
    b->ss += scale * scale * t.qq[best];
    b->sx += scale * t.xq[best];
    if (!g.has_minimum) return;
    b->sm += scale * minimum * t.q[best];
    b->mm += minimum * minimum * p->sum_of_weights;
    b->mx += minimum * p->sum;
}

// MARK: - Blocks

INLINE void search_parts(super_block *b, const grid g, const levels l) {
    b->error = b->ss = b->sm = b->mm = b->sx = b->mx = 0;
    for (int j = 0; j < SWL_SUPER_BLOCK / g.elements; j++) search_part(b, j, g, l);
}

// The scale and minimum of the least squares for the integers and quants that the block has.
INLINE void refit_block(super_block *b, const grid g) {
    double scale = b->ss > 0 ? b->sx / b->ss : b->scale, minimum = b->minimum;
    double determinant = b->ss * b->mm - b->sm * b->sm;
    if (g.has_minimum && determinant > b->ss * b->mm * 0x1p-20) {
        double fitted = (b->sx * b->mm - b->mx * b->sm) / determinant;
        double fitted_minimum = (b->sx * b->sm - b->mx * b->ss) / determinant;
        if (fitted > 0 && fitted_minimum >= 0) scale = fitted, minimum = fitted_minimum;
    } else if (g.has_minimum) {
        return;
    }
    b->scale = f16_not_zero((float)scale);
    b->minimum = f16_not_zero((float)minimum);
}

// The first scales and minimums: the greatest gets the greatest integer.
INLINE void start_block(super_block *b, const grid g, const levels l, const starts s, int rounds) {
    float greatest = 0, greatest_minimum = 0;
    for (int j = 0; j < SWL_SUPER_BLOCK / g.elements; j++) {
        b->parts[j] = part_of(b->x + j * g.elements, b->weights + j * g.elements, g.elements);
        search_free(&b->parts[j], g, s, rounds, &b->scales[j], &b->minimums[j]);
        float scale = b->scales[j];
        if ((scale < 0 ? -scale : scale) > (greatest < 0 ? -greatest : greatest)) greatest = scale;
        greatest_minimum = b->minimums[j] > greatest_minimum ? b->minimums[j] : greatest_minimum;
    }
    b->scale = f16_not_zero(greatest / (l.lowest < 0 ? l.lowest : l.highest));
    b->minimum = f16_not_zero(greatest_minimum / l.highest);
    float inverse = inverse_of_one(b->scale), inverse_minimum = inverse_of_one(b->minimum);
    for (int j = 0; j < SWL_SUPER_BLOCK / g.elements; j++) {
        b->scales[j] = rounded(clamped(b->scales[j] * inverse, l.lowest, l.highest));
        b->minimums[j] = rounded(clamped(b->minimums[j] * inverse_minimum, l.lowest, l.highest));
    }
}

// The block's scales, minimums and quants.
INLINE void quantize_super(const float *x, const float *importance, const grid g, const levels l, const starts s,
                           int rounds, super_block *best, float quants[SWL_SUPER_BLOCK]) {
    super_block b;
    clamp_block(x, SWL_SUPER_BLOCK, b.x);
    normalize_importance(importance, SWL_SUPER_BLOCK, b.weights);
    start_block(&b, g, l, s, rounds);
    search_parts(&b, g, l);
    *best = b;
    for (int round = 0; round < rounds; round++) {
        refit_block(&b, g);
        search_parts(&b, g, l);
        if (b.error < best->error) *best = b;
    }
    for (int j = 0; j < SWL_SUPER_BLOCK / g.elements; j++) {
        quantize_part(best->x + j * g.elements, best->scale * best->scales[j], -(best->minimum * best->minimums[j]), g,
                      quants + j * g.elements);
    }
}

// MARK: - Packing

// Two bits of a quant are stored from bit i % 128 / 32 * 2 of byte i / 128 * 32 + i % 32 on.
INLINE void pack_two_bits(const uint8_t bits[SWL_SUPER_BLOCK], uint8_t out[64]) {
    for (int half = 0; half < 2; half++) {
        const uint8_t *of = bits + half * 128;
        for (int i = 0; i < 32; i++) {
            out[half * 32 + i] = (uint8_t)(of[i] | of[i + 32] << 2 | of[i + 64] << 4 | of[i + 96] << 6);
        }
    }
}

// Bit i / 32 of byte i % 32.
INLINE void pack_high_bits(const uint8_t bits[SWL_SUPER_BLOCK], uint8_t out[32]) {
    for (int i = 0; i < 32; i++) {
        unsigned byte = 0;
        for (int k = 0; k < 8; k++) byte |= (unsigned)bits[k * 32 + i] << k;
        out[i] = (uint8_t)byte;
    }
}

INLINE void pack_q2_k(const super_block *b, const float *quants, swl_q2_k *out) {
    uint8_t bits[SWL_SUPER_BLOCK];
    for (int i = 0; i < SWL_SUPER_BLOCK; i++) bits[i] = (uint8_t)quants[i];
    pack_two_bits(bits, out->quants);
    for (int j = 0; j < 16; j++) out->scales[j] = (uint8_t)((int)b->scales[j] | (int)b->minimums[j] << 4);
    out->scale = f16_of(b->scale);
    out->minimum = f16_of(b->minimum);
}

INLINE void pack_q3_k(const super_block *b, const float *quants, swl_q3_k *out) {
    uint8_t low[SWL_SUPER_BLOCK], high[SWL_SUPER_BLOCK];
    for (int i = 0; i < SWL_SUPER_BLOCK; i++) {
        int quant = (int)quants[i] + 4;
        low[i] = (uint8_t)(quant & 3);
        high[i] = (uint8_t)(quant >> 2);
    }
    pack_two_bits(low, out->quants);
    pack_high_bits(high, out->high);
    memset(out->scales, 0, sizeof out->scales);
    for (int j = 0; j < 16; j++) {
        int scale = (int)b->scales[j] + 32;
        out->scales[j % 8] |= (uint8_t)((scale & 15) << j / 8 * 4);
        out->scales[8 + j % 4] |= (uint8_t)(scale >> 4 << j / 4 * 2);
    }
    out->scale = f16_of(b->scale);
}

// The 6-bit scales and minimums of Q4_K and Q5_K.
INLINE void pack_sub_scales(const super_block *b, uint8_t out[12]) {
    for (int j = 0; j < 4; j++) {
        int scale = (int)b->scales[j], minimum = (int)b->minimums[j];
        int scale_4 = (int)b->scales[j + 4], minimum_4 = (int)b->minimums[j + 4];
        out[j] = (uint8_t)(scale | scale_4 >> 4 << 6);
        out[j + 4] = (uint8_t)(minimum | minimum_4 >> 4 << 6);
        out[j + 8] = (uint8_t)((scale_4 & 15) | (minimum_4 & 15) << 4);
    }
}

INLINE void pack_k_nibbles(const float *quants, uint8_t out[128]) {
    for (int i = 0; i < 128; i++) {
        int low = (int)quants[i / 32 * 64 + i % 32], high = (int)quants[i / 32 * 64 + 32 + i % 32];
        out[i] = (uint8_t)((low & 15) | (high & 15) << 4);
    }
}

INLINE void pack_q4_k(const super_block *b, const float *quants, swl_q4_k *out) {
    out->scale = f16_of(b->scale);
    out->minimum = f16_of(b->minimum);
    pack_sub_scales(b, out->scales);
    pack_k_nibbles(quants, out->quants);
}

INLINE void pack_q5_k(const super_block *b, const float *quants, swl_q5_k *out) {
    uint8_t high[SWL_SUPER_BLOCK];
    for (int i = 0; i < SWL_SUPER_BLOCK; i++) high[i] = (uint8_t)((int)quants[i] >> 4);
    out->scale = f16_of(b->scale);
    out->minimum = f16_of(b->minimum);
    pack_sub_scales(b, out->scales);
    pack_high_bits(high, out->high);
    pack_k_nibbles(quants, out->quants);
}

INLINE void pack_q6_k(const super_block *b, const float *quants, swl_q6_k *out) {
    uint8_t all_bits[SWL_SUPER_BLOCK], high[SWL_SUPER_BLOCK];
    for (int i = 0; i < SWL_SUPER_BLOCK; i++) {
        all_bits[i] = (uint8_t)((int)quants[i] + 32);
        high[i] = all_bits[i] >> 4;
    }
    for (int i = 0; i < 128; i++) {
        const uint8_t *of = all_bits + i / 64 * 128 + i % 64;
        out->low[i] = (uint8_t)((of[0] & 15) | (of[64] & 15) << 4);
    }
    pack_two_bits(high, out->high);
    for (int j = 0; j < 16; j++) out->scales[j] = (int8_t)b->scales[j];
    out->scale = f16_of(b->scale);
}

INLINE void pack_iq4_xs(const super_block *b, const float *quants, swl_iq4_xs *out) {
    unsigned high = 0;
    memset(out->scales_low, 0, sizeof out->scales_low);
    for (int j = 0; j < 8; j++) {
        int scale = (int)b->scales[j] + 32;
        out->scales_low[j / 2] |= (uint8_t)((scale & 15) << j % 2 * 4);
        high |= (unsigned)(scale >> 4) << 2 * j;
    }
    for (int i = 0; i < 128; i++) {
        const float *of = quants + i / 16 * 32 + i % 16;
        out->quants[i] = (uint8_t)(iq4_index(of[0]) | iq4_index(of[16]) << 4);
    }
    out->scales_high = (uint16_t)high;
    out->scale = f16_of(b->scale);
}

// MARK: - Rows

#define SUPER_ROWS(name, rounds, first, step, least, most, elements, ...)                                             \
    static void rows_##name(size_t columns, const float *x, const float *importance, void *out) {                     \
        const grid g = {elements, __VA_ARGS__};                                                                        \
        const levels l = {least, most};                                                                                \
        const starts s = {first, step};                                                                                \
        for (size_t i = 0; i < columns; i += SWL_SUPER_BLOCK) {                                                        \
            super_block found;                                                                                         \
            float quants[SWL_SUPER_BLOCK];                                                                             \
            swl_##name block;                                                                                          \
            quantize_super(x + i, importance ? importance + i : NULL, g, l, s, rounds, &found, quants);                \
            pack_##name(&found, quants, &block);                                                                       \
            memcpy((char *)out + i / SWL_SUPER_BLOCK * sizeof block, &block, sizeof block);                            \
        }                                                                                                              \
    }

SUPER_ROWS(q2_k, 2, -0.8f, 0.2f, 0, 15, 16, 0, 3, true, false)
SUPER_ROWS(q3_k, 2, -0.8f, 0.3f, -32, 31, 16, -4, 3, false, false)
SUPER_ROWS(q4_k, 2, -0.8f, 0.2f, 0, 63, 32, 0, 15, true, false)
SUPER_ROWS(q5_k, 2, -0.8f, 0.2f, 0, 63, 32, 0, 31, true, false)
SUPER_ROWS(q6_k, 2, -0.8f, 0.3f, -128, 127, 16, -32, 31, false, false)
SUPER_ROWS(iq4_xs, 2, -10, 5, -32, 31, 32, -127, 113, false, true)

#endif
