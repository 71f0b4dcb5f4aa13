// Activations to bytes, group by group, over vectors of LANES floats: to the bit what scalar/panels.h gives, as products
// and sums are kept apart here, never fused.
#ifndef SWL_VECTOR_QUANTIZE_GROUPS_H
#define SWL_VECTOR_QUANTIZE_GROUPS_H

#include "quantize.h"

typedef uint8_t vub __attribute__((vector_size(LANES)));

enum { AT_ONCE = 4 };  // groups

INLINE vf lesser(vf a, vf b) { return choose(a < b, a, b); }

INLINE float least_lane(vf v) {
    v = lesser(HALVES_SWAPPED(v), v);
    v = lesser(QUARTERS_SWAPPED(v), v);
    v = lesser(PAIRS_SWAPPED(v), v);
    return lesser(LANES_SWAPPED(v), v)[0];
}

// The least and the greatest of `count` elements, a multiple of LANES; both NaN where one is infinite or NaN.
INLINE void find_extremes(const size_t count, const float *x, float *least, float *greatest) {
    vf low = load(x), high = low, damage = low * 0.0f;  // NaN with an infinity or a NaN
#pragma clang loop unroll(full)
    for (size_t i = LANES; i < count; i += LANES) {
        vf v = load(x + i);
        low = lesser(v, low);
        high = greater(v, high);
        damage += v * 0.0f;
    }
    bool finite = __builtin_reduce_and(damage == damage) != 0;
    *least = finite ? least_lane(low) : NAN;
    *greatest = finite ? greatest_lane(high) : NAN;
}

// To the nearest whole number, ties to even: it is in the low bits of the sum with 2^23. A NaN has low bits of zero.
INLINE void round_group(const size_t count, const float *x, float least, float inverse, uint8_t *quants) {
#pragma clang loop unroll(full)
    for (size_t i = 0; i < count; i += LANES) {
        vf shifted = load(x + i) - least, scaled = shifted * inverse, sum = scaled + 0x1p23f;
        vub bytes = __builtin_convertvector((vu)sum, vub);
        memcpy(quants + i, &bytes, sizeof bytes);
    }
}

// Groups of `size` columns: pass by pass, so that one does not wait for the divisions of another.
INLINE void quantize_some_groups(const size_t groups, const size_t size, const float *x, uint8_t *quants,
                                 swl_group_range *ranges) {
    float least[AT_ONCE], greatest[AT_ONCE], inverse[AT_ONCE];
    for (size_t g = 0; g < groups; g++) find_extremes(size, x + g * size, &least[g], &greatest[g]);
    for (size_t g = 0; g < groups; g++) {
        float scale = (greatest[g] - least[g]) / 255;
        bool finite = scale < INFINITY, regular = finite && scale >= 0x1p-126f;
        ranges[g] = finite ? (swl_group_range){regular ? scale : 0, least[g]} : (swl_group_range){NAN, NAN};
        inverse[g] = regular ? 1 / scale : 0;
        if (!finite) least[g] = NAN;
    }
    for (size_t g = 0; g < groups; g++) round_group(size, x + g * size, least[g], inverse[g], quants + g * size);
}

static void quantize_groups(size_t columns, const float *x, uint8_t *quants, swl_group_range *ranges) {
    size_t whole = columns / SWL_GROUP, g = 0;
    for (; g + AT_ONCE <= whole; g += AT_ONCE) {
        quantize_some_groups(AT_ONCE, SWL_GROUP, x + g * SWL_GROUP, quants + g * SWL_GROUP, ranges + g);
    }
    quantize_some_groups(whole - g, SWL_GROUP, x + g * SWL_GROUP, quants + g * SWL_GROUP, ranges + g);
    size_t last = columns - whole * SWL_GROUP, first = whole * SWL_GROUP;
    switch (last) {
        case 32: quantize_some_groups(1, 32, x + first, quants + first, ranges + whole); break;
        case 64: quantize_some_groups(1, 64, x + first, quants + first, ranges + whole); break;
        case 96: quantize_some_groups(1, 96, x + first, quants + first, ranges + whole); break;
    }
}

#endif
