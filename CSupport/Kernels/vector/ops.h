// The table's simple operations over vectors of LANES floats; `SIMPLE_OPERATIONS` enters them in an ISA's table.
#ifndef SWL_VECTOR_OPS_H
#define SWL_VECTOR_OPS_H

#include "vector.h"
#include "functions.h"
#include "elements.h"
#include "gelu_groups.h"
#include "linear_attention.h"
#include "quantize_groups.h"
#include "recurrent.h"
#include "head_scan.h"
#include "top_k.h"

#define SIMPLE_OPERATIONS                                                                                    \
    .quantize = quantize, .quantize_groups = quantize_groups, .gelu_groups = gelu_groups,                    \
    .pack_f16 = pack_f16, .rms_norm = rms_norm, .layer_norm = layer_norm, .softmax = softmax,                \
    .greatest = greatest_of, .sum_exponentials = sum_exponentials, .rope = rope,                             \
    .top_k = top_k, ELEMENT_OPERATIONS, RECURRENT_OPERATIONS, .head_scan = head_scan, LINEAR_ATTENTION_OPERATIONS

// MARK: - To float16

static void pack_f16(size_t n, const float *x, uint16_t *out) {
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        vh halves = __builtin_convertvector(load(x + i), vh);
        memcpy(out + i, &halves, sizeof halves);
    }
    if (i < n) {
        vh halves = __builtin_convertvector(load_part(x + i, n - i), vh);
        memcpy(out + i, &halves, (n - i) * sizeof(uint16_t));
    }
}

// MARK: - Rows

enum { SUMS = 4 };  // side by side: an addition need not wait for the one before it

// The sum of (x - high - low)^2 over whole vectors.
INLINE double sum_squares(size_t whole, const float *x, float high, float low) {
    vf sums[SUMS] = {0};
    for (size_t i = 0; i < whole; i += SUMS * LANES) {
#pragma clang loop unroll(full)
        for (size_t j = 0; j < SUMS; j++) {
            if (i + j * LANES >= whole) break;
            vf centred = load(x + i + j * LANES) - high - low;
            sums[j] = multiply_add(centred, centred, sums[j]);
        }
    }
    vd sum = WIDEN((sums[0] + sums[2]) + (sums[1] + sums[3]));
    return sum_lanes_double(&sum);
}

// Whether the float32 squares with this mean neither overflowed nor, where it matters, underflowed.
INLINE bool is_ordinary(double square) { return square > 0x1p-100 && square < 0x1p120; }

// For rows of any numbers; what those of ordinary ones are spared.
static __attribute__((noinline)) void rms_norm_wide(size_t n, const float *x, const float *weight, float epsilon,
                                                    float *out) {
    double squares = 0;
    for (size_t i = 0; i < n; i++) squares += (double)x[i] * x[i];
    double factor = 1 / sqrt(squares / (double)n + epsilon);
    for (size_t i = 0; i < n; i++) out[i] = (float)(x[i] * factor * (weight ? weight[i] : 1));
}

// `weighted` is a constant of the caller's: the loop over weights has no question in it.
INLINE void rms_norm_of(const bool weighted, size_t n, const float *x, const float *weight, float epsilon,
                        float *out) {
    size_t whole = n / LANES * LANES;
    double squares = sum_squares(whole, x, 0, 0);
    for (size_t i = whole; i < n; i++) squares += (double)x[i] * x[i];
    double mean_square = squares / (double)n + epsilon;
    if (!is_ordinary(mean_square)) return rms_norm_wide(n, x, weight, epsilon, out);

    float factor = (float)(1 / sqrt(mean_square));
    for (size_t i = 0; i < whole; i += LANES) {
        store(out + i, weighted ? load(x + i) * factor * load(weight + i) : load(x + i) * factor);
    }
    for (size_t i = whole; i < n; i++) out[i] = weighted ? x[i] * factor * weight[i] : x[i] * factor;
}

static __attribute__((noinline)) void rms_norm_plain(size_t n, const float *x, float epsilon, float *out) {
    rms_norm_of(false, n, x, NULL, epsilon, out);
}

static void rms_norm(size_t n, const float *x, const float *weight, float epsilon, float *out) {
    if (!weight) return rms_norm_plain(n, x, epsilon, out);
    rms_norm_of(true, n, x, weight, epsilon, out);
}

static __attribute__((noinline)) void layer_norm_wide(size_t n, const float *x, const float *weight, const float *bias,
                                                      float epsilon, double mean, float *out) {
    double squares = 0;
    for (size_t i = 0; i < n; i++) squares += (x[i] - mean) * (x[i] - mean);
    double factor = 1 / sqrt(squares / (double)n + epsilon);
    for (size_t i = 0; i < n; i++) {
        out[i] = (float)((x[i] - mean) * factor * (weight ? weight[i] : 1) + (bias ? bias[i] : 0));
    }
}

// The mean is a double's, kept in two floats: an element near it is left with all its digits by the first difference,
// which is exact, and loses none by the second.
INLINE void layer_norm_of(const bool weighted, size_t n, const float *x, const float *weight, const float *bias,
                          float epsilon, float *out) {
    size_t whole = n / LANES * LANES, i = 0;
    vd sums = {0}, other_sums = {0};
    for (; i + 2 * LANES <= whole; i += 2 * LANES) {
        sums += WIDEN(load(x + i));
        other_sums += WIDEN(load(x + i + LANES));
    }
    if (i < whole) sums += WIDEN(load(x + i));
    sums += other_sums;
    double sum = sum_lanes_double(&sums);
    for (i = whole; i < n; i++) sum += x[i];
    double mean = sum / (double)n;
    float high = (float)mean, low = (float)(mean - high);

    double squares = sum_squares(whole, x, high, low);
    for (i = whole; i < n; i++) squares += (x[i] - mean) * (x[i] - mean);
    double variance = squares / (double)n + epsilon;
    if (!is_ordinary(variance)) return layer_norm_wide(n, x, weight, bias, epsilon, mean, out);

    float factor = (float)(1 / sqrt(variance));
    for (i = 0; i < whole; i += LANES) {
        vf scaled = (load(x + i) - high - low) * factor, w = weighted ? load(weight + i) : broadcast(1);
        store(out + i, bias ? multiply_add(scaled, w, load(bias + i)) : scaled * w);
    }
    for (i = whole; i < n; i++) {
        out[i] = (float)((x[i] - mean) * factor * (weighted ? weight[i] : 1) + (bias ? bias[i] : 0));
    }
}

static __attribute__((noinline)) void layer_norm_plain(size_t n, const float *x, const float *bias, float epsilon,
                                                       float *out) {
    layer_norm_of(false, n, x, NULL, bias, epsilon, out);
}

static void layer_norm(size_t n, const float *x, const float *weight, const float *bias, float epsilon, float *out) {
    if (!weight) return layer_norm_plain(n, x, bias, epsilon, out);
    layer_norm_of(true, n, x, weight, bias, epsilon, out);
}

static void softmax(size_t n, float *x) {
    size_t whole = n / LANES * LANES;
    vf highest = broadcast(-INFINITY);
    for (size_t i = 0; i < whole; i += LANES) highest = greater(load(x + i), highest);
    float greatest = greatest_lane(highest);
    for (size_t i = whole; i < n; i++) greatest = x[i] > greatest ? x[i] : greatest;

    vd sums = {0};
    for (size_t i = 0; i < whole; i += LANES) {
        vf e = exponential(load(x + i) - greatest);
        sums += WIDEN(e);
        store(x + i, e);
    }
    double sum = sum_lanes_double(&sums);
    if (whole < n) {
        store_part(x + whole, exponential(load_part(x + whole, n - whole) - greatest), n - whole);
        for (size_t i = whole; i < n; i++) sum += x[i];
    }

    float factor = (float)(1 / sum);
    for (size_t i = 0; i < whole; i += LANES) store(x + i, load(x + i) * factor);
    for (size_t i = whole; i < n; i++) x[i] *= factor;
}

static float greatest_of(size_t n, const float *x) {
    size_t whole = n / LANES * LANES;
    vf highest = broadcast(-INFINITY);
    for (size_t i = 0; i < whole; i += LANES) {
        vf next = load(x + i);
        highest = choose(next > highest, next, highest);
    }
    float found = greatest_lane(highest);
    for (size_t i = whole; i < n; i++) found = x[i] > found ? x[i] : found;
    return found;
}

static double sum_exponentials(size_t n, const float *x, float high, float factor) {
    size_t whole = n / LANES * LANES;
    vd sums = {0};
    for (size_t i = 0; i < whole; i += LANES) sums += WIDEN(exponential((load(x + i) - high) * factor));
    double sum = sum_lanes_double(&sums);
    if (whole < n) {
        float rest[LANES];
        store(rest, exponential((load_part(x + whole, n - whole) - high) * factor));
        for (size_t i = 0; i < n - whole; i++) sum += rest[i];
    }
    return sum;
}

// Plain loops: clang turns both into vector code.
static void rope(swl_pairing pairing, size_t heads, size_t head_dimension, size_t rotated, const float *cosines,
                 const float *sines, float *x) {
    size_t half = rotated / 2;
    for (size_t h = 0; h < heads; h++) {
        float *restrict head = x + h * head_dimension;
        if (pairing == SWL_INTERLEAVED) {
            for (size_t i = 0; i < half; i++) {
                float a = head[2 * i], b = head[2 * i + 1];
                head[2 * i] = a * cosines[i] - b * sines[i];
                head[2 * i + 1] = a * sines[i] + b * cosines[i];
            }
        } else {
            float *restrict second = head + half;
            for (size_t i = 0; i < half; i++) {
                float a = head[i], b = second[i];
                head[i] = a * cosines[i] - b * sines[i];
                second[i] = a * sines[i] + b * cosines[i];
            }
        }
    }
}

#endif
