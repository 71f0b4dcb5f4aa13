// MXFP4: blocks of 32 whose scale is a power of two. All exponents that can be the best are measured.
#ifndef SWL_POWERS_H
#define SWL_POWERS_H

#include "candidates.h"

enum {
    POWERS = 4,
    POWER_LIMIT = 252,  // 12 times the next scale is beyond float32
};

static const float mxfp4_values[8] = {0, 1, 2, 3, 4, 6, 8, 12};

// The index of the nearest of mxfp4_values; of two that are as near, the lower.
INLINE int mxfp4_index(double magnitude) {
    int index = 0;
    for (int k = 1; k < 8; k++) index += magnitude > (mxfp4_values[k - 1] + mxfp4_values[k]) / 2;
    return index;
}

INLINE double power_of_two(int exponent) {
    uint64_t bits = (uint64_t)(exponent + 1023) << 52;
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

INLINE double magnitude_of_one(float x) { return x < 0 ? -(double)x : x; }

// The squared error with the scale 2^(exponent - 128), in units of that scale's square.
INLINE double error_of_power(const float *x, const float *weights, int exponent) {
    double inverse = power_of_two(128 - exponent), error = 0;
    for (int i = 0; i < SWL_BLOCK; i++) {
        double scaled = magnitude_of_one(x[i]) * inverse, left = scaled - mxfp4_values[mxfp4_index(scaled)];
        error += weights[i] * (left * left);
    }
    return error;
}

// The exponent of the least error: the largest weight becomes 16 to 32 scales, 8 to 16, 4 to 8, or 2 to 4.
INLINE int best_power(const float *x, const float *weights) {
    float largest = 0;
    for (int i = 0; i < SWL_BLOCK; i++) {
        float magnitude = x[i] < 0 ? -x[i] : x[i];
        largest = magnitude > largest ? magnitude : largest;
    }
    uint32_t bits;
    memcpy(&bits, &largest, sizeof bits);
    int first = (int)(bits >> 23) - 3, best = 0;
    double least = -1;
    for (int p = first; p < first + POWERS; p++) {
        int exponent = p < 0 ? 0 : p > POWER_LIMIT ? POWER_LIMIT : p;
        double unit = power_of_two(exponent - 128), error = error_of_power(x, weights, exponent) * unit * unit;
        if (least >= 0 && error >= least) continue;
        least = error;
        best = exponent;
    }
    return best;
}

static void rows_mxfp4(size_t columns, const float *x, const float *importance, void *out) {
    for (size_t start = 0; start < columns; start += SWL_BLOCK, x += SWL_BLOCK) {
        float weights[SWL_BLOCK];
        normalize_importance(importance ? importance + start : NULL, SWL_BLOCK, weights);
        int exponent = best_power(x, weights);
        swl_mxfp4 block = {.exponent = (uint8_t)exponent};
        double inverse = power_of_two(128 - exponent);
        for (int i = 0; i < SWL_BLOCK; i++) {
            int index = mxfp4_index(magnitude_of_one(x[i]) * inverse);
            block.quants[i % 16] |= (uint8_t)((x[i] < 0 && index > 0 ? index + 8 : index) << i / 16 * 4);
        }
        memcpy((char *)out + start / SWL_BLOCK * sizeof block, &block, sizeof block);
    }
}

#endif
