// Blocks of 32: one float16 scale, or a scale and a minimum.
#ifndef SWL_PLAIN_H
#define SWL_PLAIN_H

#include "candidates.h"

// The scales that a search begins with: the range of x divided by a number of quants, in steps from `first` on. More quants than the
// format has make the largest x lie outside, and all others nearer.
typedef struct starts {
    float first, step;
} starts;

// Candidates that map the extreme x to the lowest quant, and as many that map it to the highest.
INLINE void start_both_signs(trial *t, const part *p, const grid g, const starts s) {
    for (int c = 0; c < CANDIDATES; c++) {
        float reach = (c < CANDIDATES / 2 ? g.lowest : g.highest);
        float more = s.first + s.step * (float)(c % (CANDIDATES / 2));
        t->scale[c] = p->extreme / (reach < 0 ? reach - more : reach + more);
        t->minimum[c] = 0;
    }
}

// For a grid that is symmetric.
INLINE void start_one_sign(trial *t, const part *p, const grid g, const starts s) {
    for (int c = 0; c < CANDIDATES; c++) {
        t->scale[c] = p->extreme / (g.highest + s.first + s.step * (float)c);
        t->minimum[c] = 0;
    }
}

INLINE void start_with_minimum(trial *t, float lowest, float highest, const grid g, const starts s) {
    for (int c = 0; c < CANDIDATES; c++) {
        t->scale[c] = (highest - lowest) / (g.highest + s.first + s.step * (float)c);
        t->minimum[c] = lowest;
    }
}

// The best scale and minimum that float16 holds.
INLINE void search_plain(const part *p, const grid g, const starts s, int rounds, float *scale, float *minimum) {
    trial t;
    if (g.has_minimum) {
        start_with_minimum(&t, p->lowest, p->highest, g, s);
    } else if (g.lowest == -g.highest) {
        start_one_sign(&t, p, g, s);
    } else {
        start_both_signs(&t, p, g, s);
    }
    for (int round = 0; round < rounds; round++) {
        sum_up(&t, p, g);
        refit(&t, p, g, 0x1p30f);
    }
    round_to_f16(t.scale);
    // A scale that float16 does not tell from zero may be better as zero or as the smallest there is: both are tried.
    for (int c = 1; c < CANDIDATES; c += 2) {
        if (t.scale[c] == 0 && p->highest > p->lowest) t.scale[c] = f16_smallest;
    }
    round_to_f16(t.minimum);
    measure(&t, p, g);
    int best = best_of(&t);
    *scale = t.scale[best];
    *minimum = t.minimum[best];
}

// Quantizes one block: quants as they are decoded, before a format's offset.
INLINE void quantize_plain(const float *x, const float *importance, const grid g, const starts s, int rounds,
                           float quants[SWL_BLOCK], uint16_t *scale, uint16_t *minimum) {
    float values[SWL_BLOCK], weights[SWL_BLOCK], best_scale, best_minimum;
    clamp_block(x, SWL_BLOCK, values);
    normalize_importance(importance, SWL_BLOCK, weights);
    part p = part_of(values, weights, SWL_BLOCK);
    search_plain(&p, g, s, rounds, &best_scale, &best_minimum);
    quantize_part(values, best_scale, best_minimum, g, quants);
    *scale = f16_of(best_scale);
    *minimum = f16_of(best_minimum);
}

// MARK: - Packing

INLINE void pack_nibbles(const float quants[SWL_BLOCK], int offset, uint8_t out[16]) {
    for (int i = 0; i < 16; i++) {
        int low = (int)quants[i] + offset, high = (int)quants[i + 16] + offset;
        out[i] = (uint8_t)((low & 15) | (high & 15) << 4);
    }
}

INLINE void pack_fifth_bits(const float quants[SWL_BLOCK], int offset, uint8_t out[4]) {
    for (int i = 0; i < 4; i++) {
        unsigned bits = 0;
        for (int bit = 0; bit < 8; bit++) bits |= (unsigned)(((int)quants[8 * i + bit] + offset) >> 4 & 1) << bit;
        out[i] = (uint8_t)bits;
    }
}

INLINE int iq4_index(float value) {
    int index = 0;
    for (int k = 1; k < 16; k++) index += value >= iq4_values[k];
    return index;
}

INLINE void pack_q8_0(const float *quants, swl_q8_0 *out) {
    for (int i = 0; i < SWL_BLOCK; i++) out->quants[i] = (int8_t)quants[i];
}

INLINE void pack_q4_0(const float *quants, swl_q4_0 *out) { pack_nibbles(quants, 8, out->quants); }

INLINE void pack_q4_1(const float *quants, swl_q4_1 *out) { pack_nibbles(quants, 0, out->quants); }

INLINE void pack_q5_0(const float *quants, swl_q5_0 *out) {
    pack_nibbles(quants, 16, out->quants);
    pack_fifth_bits(quants, 16, out->high);
}

INLINE void pack_q5_1(const float *quants, swl_q5_1 *out) {
    pack_nibbles(quants, 0, out->quants);
    pack_fifth_bits(quants, 0, out->high);
}

INLINE void pack_iq4_nl(const float *quants, swl_iq4_nl *out) {
    for (int i = 0; i < 16; i++) {
        out->quants[i] = (uint8_t)(iq4_index(quants[i]) | iq4_index(quants[i + 16]) << 4);
    }
}

// MARK: - Rows

#define PLAIN_ROWS(name, store_minimum, rounds, first, step, ...)                                                  \
    static void rows_##name(size_t columns, const float *x, const float *importance, void *out) {                  \
        const grid g = {SWL_BLOCK, __VA_ARGS__};                                                                    \
        const starts s = {first, step};                                                                             \
        for (size_t i = 0; i < columns; i += SWL_BLOCK) {                                                           \
            float quants[SWL_BLOCK];                                                                                \
            swl_##name block;                                                                                       \
            uint16_t minimum;                                                                                       \
            quantize_plain(x + i, importance ? importance + i : NULL, g, s, rounds, quants, &block.scale, &minimum); \
            store_minimum;                                                                                          \
            pack_##name(quants, &block);                                                                            \
            memcpy((char *)out + i / SWL_BLOCK * sizeof block, &block, sizeof block);                               \
        }                                                                                                           \
    }

PLAIN_ROWS(q4_0, (void)minimum, 2, -0.6f, 0.25f, -8, 7, false, false)
PLAIN_ROWS(q5_0, (void)minimum, 2, -0.6f, 0.2f, -16, 15, false, false)
PLAIN_ROWS(q8_0, (void)minimum, 1, 0, -0.4f, -127, 127, false, false)
PLAIN_ROWS(iq4_nl, (void)minimum, 2, -10, 5, -127, 113, false, true)
PLAIN_ROWS(q4_1, block.minimum = minimum, 2, -0.8f, 0.15f, 0, 15, true, false)
PLAIN_ROWS(q5_1, block.minimum = minimum, 2, -0.8f, 0.15f, 0, 31, true, false)

#endif
