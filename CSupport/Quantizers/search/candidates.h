// Sixteen candidates for a block's scale and minimum, measured at once: a lane for each.
//
// A file defines LANES (4, 8 or 16), what a vector of its ISA holds. Candidates do not meet until the best is chosen,
// and each sums up over the elements in their order, so that LANES changes no result.
#ifndef SWL_CANDIDATES_H
#define SWL_CANDIDATES_H

#include <string.h>

#include "../search.h"

#pragma STDC FP_CONTRACT OFF

#define INLINE static inline __attribute__((always_inline))

typedef float vf __attribute__((ext_vector_type(LANES)));
typedef int32_t vi __attribute__((ext_vector_type(LANES)));

enum { CANDIDATES = 16 };

// The values that a block of a format can hold: value = scale * quant + minimum.
typedef struct grid {
    int elements;
    float lowest, highest;  // quants
    bool has_minimum;
    bool is_iq4;  // quants are those of SWL_IQ4_CODEBOOK
} grid;

typedef float candidates[CANDIDATES];

// Scales with their minimums; sums of weighted quants, of their squares, of their products with x; squared errors.
typedef struct trial {
    candidates scale, minimum;
    candidates q, qq, xq, error;
} trial;

// A block, or a part of a block with a scale of its own.
typedef struct part {
    const float *x, *weights;
    float sum_of_weights, sum;  // sum: of weighted x
    float lowest, highest, extreme;  // extreme: the largest magnitude, with its sign
} part;

INLINE vf load(const float *p) {
    vf v;
    memcpy(&v, p, sizeof v);
    return v;
}

INLINE void store(float *p, vf v) { memcpy(p, &v, sizeof v); }

INLINE vf all(float value) { return (vf)value; }

// MARK: - Quants

static const float iq4_values[16] = {SWL_IQ4_CODEBOOK};

// The nearest quant. Adding and subtracting 1.5 * 2^23 rounds to an integer, half to even: quants are below 2^22.
INLINE vf nearest(vf v, const grid g) {
    if (g.is_iq4) {
        vf value = all(iq4_values[0]);
#pragma clang loop unroll(full)
        for (int k = 0; k < 15; k++) {
            float step = iq4_values[k + 1] - iq4_values[k], middle = iq4_values[k] + step / 2;
            value += v > all(middle) ? all(step) : all(0);
        }
        return value;
    }
    v = v < all(g.lowest) ? all(g.lowest) : v;
    v = v > all(g.highest) ? all(g.highest) : v;
    return (v + all(0x1.8p23f)) - all(0x1.8p23f);
}

INLINE vf inverse_of(vf scale) { return scale == all(0) ? all(0) : all(1) / scale; }

INLINE float inverse_of_one(float scale) { return scale == 0 ? 0 : 1 / scale; }

// The quants of n elements, by the arithmetic of `measure`.
INLINE void quantize_part(const float *x, float scale, float minimum, const grid g, float *quants) {
    float inverse = inverse_of_one(scale);
    for (int i = 0; i < g.elements; i += LANES) {
        vf v = g.has_minimum ? load(x + i) - all(minimum) : load(x + i);
        store(quants + i, nearest(v * all(inverse), g));
    }
}

// MARK: - Measuring

// Sums up over the part, for each scale and minimum of the trial. The greatest sums: x is at most 2^30, a weight 1, a
// quant 2^7, of 32 elements: 2^79.
INLINE void measure(trial *t, const part *p, const grid g) {
    for (int c = 0; c < CANDIDATES; c += LANES) {
        vf scale = load(t->scale + c), minimum = load(t->minimum + c), inverse = inverse_of(scale);
        vf q_sum = all(0), qq_sum = all(0), xq_sum = all(0), error_sum = all(0);
        for (int i = 0; i < g.elements; i++) {
            vf x = all(p->x[i]), weight = all(p->weights[i]);
            vf q = nearest(g.has_minimum ? (x - minimum) * inverse : x * inverse, g);
            vf error = g.has_minimum ? (x - minimum) - scale * q : x - scale * q;
            vf wq = weight * q;
            if (g.has_minimum) q_sum += wq;
            qq_sum += wq * q;
            xq_sum += wq * x;
            error_sum += weight * error * error;
        }
        store(t->q + c, q_sum);
        store(t->qq + c, qq_sum);
        store(t->xq + c, xq_sum);
        store(t->error + c, error_sum);
    }
}

// As `measure`, without the errors.
INLINE void sum_up(trial *t, const part *p, const grid g) {
    for (int c = 0; c < CANDIDATES; c += LANES) {
        vf minimum = load(t->minimum + c), inverse = inverse_of(load(t->scale + c));
        vf q_sum = all(0), qq_sum = all(0), xq_sum = all(0);
        for (int i = 0; i < g.elements; i++) {
            vf x = all(p->x[i]);
            vf q = nearest(g.has_minimum ? (x - minimum) * inverse : x * inverse, g);
            vf wq = all(p->weights[i]) * q;
            if (g.has_minimum) q_sum += wq;
            qq_sum += wq * q;
            xq_sum += wq * x;
        }
        store(t->q + c, q_sum);
        store(t->qq + c, qq_sum);
        store(t->xq + c, xq_sum);
    }
}

INLINE int best_of(const trial *t) {
    int best = 0;
    for (int c = 1; c < CANDIDATES; c++) {
        if (t->error[c] < t->error[best]) best = c;
    }
    return best;
}

// MARK: - Refitting

// Replaces each scale and minimum by those of the least squares for the quants that were summed up; a candidate whose
// quants are all the same stays as it is.
//
// greatest_minimum: the formats of 256 elements have no minimum above zero.
INLINE void refit(trial *t, const part *p, const grid g, float greatest_minimum) {
    for (int c = 0; c < CANDIDATES; c += LANES) {
        vf scale = load(t->scale + c), qq = load(t->qq + c), xq = load(t->xq + c);
        vf alone = qq > all(0) ? xq / qq : scale;
        if (!g.has_minimum) {
            store(t->scale + c, alone);
            continue;
        }
        vf minimum = load(t->minimum + c), q = load(t->q + c);
        vf n = all(p->sum_of_weights), x = all(p->sum), determinant = n * qq - q * q;
        // Quants that differ at all make it at least n * n * 2^-10 with equal weights.
        vi is_regular = determinant > n * qq * all(0x1p-16f);
        vf fitted = is_regular ? (n * xq - q * x) / determinant : scale;
        vf fitted_minimum = is_regular ? (x - fitted * q) / n : minimum;
        vi is_above = fitted_minimum > all(greatest_minimum);
        store(t->minimum + c, is_above ? all(greatest_minimum) : fitted_minimum);
        store(t->scale + c, is_above ? (qq > all(0) ? (xq - all(greatest_minimum) * q) / qq : scale) : fitted);
    }
}

// MARK: - Preparing

// The weights of a block, at most 1.
INLINE void normalize_importance(const float *importance, int elements, float *weights) {
    float greatest = 0;
    for (int i = 0; importance && i < elements; i++) {
        float weight = importance[i];
        weights[i] = weight > 0 && weight <= 0x1.fffffep127f ? weight : 0;
        greatest = weights[i] > greatest ? weights[i] : greatest;
    }
    for (int i = 0; i < elements; i++) weights[i] = greatest > 0 ? weights[i] / greatest : 1;
}

// The weights of the model: no format holds more than 2^30, or tells less than 2^-26 from zero.
INLINE void clamp_block(const float *x, int elements, float *out) {
    for (int i = 0; i < elements; i++) {
        float value = x[i] < -0x1p30f ? -0x1p30f : x[i] > 0x1p30f ? 0x1p30f : x[i];
        out[i] = value < 0x1p-26f && value > -0x1p-26f ? 0 : value;
    }
}

INLINE part part_of(const float *x, const float *weights, int elements) {
    part p = {x, weights, 0, 0, x[0], x[0], x[0]};
    for (int i = 0; i < elements; i++) {
        p.sum_of_weights += weights[i];
        p.sum += weights[i] * x[i];
        p.lowest = x[i] < p.lowest ? x[i] : p.lowest;
        p.highest = x[i] > p.highest ? x[i] : p.highest;
    }
    p.extreme = -p.lowest > p.highest ? p.lowest : p.highest;
    return p;
}

// MARK: - float16

static const float f16_largest = 65504, f16_smallest = 0x1p-24f;

INLINE float f16_value(uint16_t half) {
    uint32_t exponent = half >> 10 & 31, fraction = half & 1023;
    uint32_t bits = (exponent + 112) << 23 | fraction << 13;
    float value;
    memcpy(&value, &bits, sizeof value);
    if (exponent == 0) value = (float)fraction * 0x1p-24f;
    return half & 0x8000 ? -value : value;
}

INLINE void round_to_f16(candidates values) {
    for (int c = 0; c < CANDIDATES; c++) values[c] = f16_value(f16_of(values[c]));
}

#endif
