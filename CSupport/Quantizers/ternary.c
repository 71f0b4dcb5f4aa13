// TQ1_0 and TQ2_0: blocks of 256 whose elements are -1, 0 or 1 times a scale.
//
// The best scale is exact. For a scale d, elements above d / 2 in magnitude are the nonzero ones: so for some k they are the
// k largest, d is the mean of their magnitudes, and their sum times d is what the squared error is less than that of zeros.
// All k are tried. There are no vectors here: one function serves every search.
#include <stdbool.h>

#define LANES 4
#include "search/candidates.h"

typedef struct element {
    float magnitude, weight;
} element;

// The largest first, equal ones in their order: a merge sort.
static void sort_elements(element elements[SWL_SUPER_BLOCK]) {
    element other[SWL_SUPER_BLOCK], *from = elements, *to = other;
    for (int run = 1; run < SWL_SUPER_BLOCK; run *= 2) {
        for (int start = 0; start < SWL_SUPER_BLOCK; start += 2 * run) {
            int a = start, b = start + run, a_end = b, b_end = start + 2 * run;
            for (int i = start; i < b_end; i++) {
                bool takes_first = a < a_end && (b == b_end || from[a].magnitude >= from[b].magnitude);
                to[i] = from[takes_first ? a++ : b++];
            }
        }
        element *swapped = from;
        from = to;
        to = swapped;
    }
    // Eight rounds: the last one wrote to `elements`.
}

// The scale of the least weighted squared error, as float16.
static uint16_t best_scale(const float x[SWL_SUPER_BLOCK], const float weights[SWL_SUPER_BLOCK]) {
    element elements[SWL_SUPER_BLOCK];
    for (int i = 0; i < SWL_SUPER_BLOCK; i++) elements[i] = (element){x[i] < 0 ? -x[i] : x[i], weights[i]};
    sort_elements(elements);
    double sum = 0, weight = 0, best = 0, scale = 0;
    for (int k = 0; k < SWL_SUPER_BLOCK; k++) {
        sum += (double)elements[k].weight * elements[k].magnitude;
        weight += elements[k].weight;
        double gain = weight > 0 ? sum * sum / weight : 0;
        if (gain <= best) continue;
        best = gain;
        scale = sum / weight;
    }
    return f16_of((float)scale);
}

// Each element plus 1: 0, 1 or 2.
static uint16_t quantize_block(const float *x, const float *importance, uint8_t quants[SWL_SUPER_BLOCK]) {
    float clamped[SWL_SUPER_BLOCK], weights[SWL_SUPER_BLOCK];
    clamp_block(x, SWL_SUPER_BLOCK, clamped);
    normalize_importance(importance, SWL_SUPER_BLOCK, weights);
    uint16_t scale = best_scale(clamped, weights);
    float half = f16_value(scale) / 2;
    for (int i = 0; i < SWL_SUPER_BLOCK; i++) {
        quants[i] = (uint8_t)(half > 0 ? 1 + (clamped[i] > half) - (clamped[i] < -half) : 1);
    }
    return scale;
}

// Bytes of five digits: elements `bytes` apart, the first the highest digit. Digits beyond `digits` are zero.
static void pack_digits(const uint8_t *quants, int bytes, int digits, uint8_t *out) {
    for (int i = 0; i < bytes; i++) {
        int number = 0;
        for (int n = 0; n < 5; n++) number = number * 3 + (n < digits ? quants[n * bytes + i] : 0);
        out[i] = (uint8_t)((number * 256 + 242) / 243);  // as a fraction of 256, rounded up
    }
}

static void pack_tq1_0(const uint8_t quants[SWL_SUPER_BLOCK], swl_tq1_0 *out) {
    pack_digits(quants, 32, 5, out->quants);
    pack_digits(quants + 160, 16, 5, out->quants + 32);
    pack_digits(quants + 240, 4, 4, out->last);
}

static void pack_tq2_0(const uint8_t quants[SWL_SUPER_BLOCK], swl_tq2_0 *out) {
    for (int i = 0; i < 64; i++) {
        const uint8_t *of = quants + i / 32 * 128 + i % 32;
        out->quants[i] = (uint8_t)(of[0] | of[32] << 2 | of[64] << 4 | of[96] << 6);
    }
}

#define TERNARY_ROWS(name)                                                                                  \
    void swl_rows_##name(size_t columns, const float *x, const float *importance, void *out) {              \
        for (size_t i = 0; i < columns; i += SWL_SUPER_BLOCK) {                                             \
            uint8_t quants[SWL_SUPER_BLOCK];                                                                \
            swl_##name block;                                                                               \
            block.scale = quantize_block(x + i, importance ? importance + i : NULL, quants);                \
            pack_##name(quants, &block);                                                                    \
            memcpy((char *)out + i / SWL_SUPER_BLOCK * sizeof block, &block, sizeof block);                 \
        }                                                                                                   \
    }
TERNARY_ROWS(tq1_0)
TERNARY_ROWS(tq2_0)
