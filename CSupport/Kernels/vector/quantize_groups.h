// Activations to bytes, group by group, over vectors of LANES floats: to the bit what scalar/panels.h gives, as products
// and sums are kept apart here, never fused.
#ifndef SWL_VECTOR_QUANTIZE_GROUPS_H
#define SWL_VECTOR_QUANTIZE_GROUPS_H

#include "quantize.h"

typedef uint8_t vub __attribute__((vector_size(LANES)));

INLINE vf lesser(vf a, vf b) { return choose(a < b, a, b); }

INLINE float least_lane(vf v) {
    v = lesser(HALVES_SWAPPED(v), v);
    v = lesser(QUARTERS_SWAPPED(v), v);
    v = lesser(PAIRS_SWAPPED(v), v);
    return lesser(LANES_SWAPPED(v), v)[0];
}

// The least and the greatest of `count` elements, a multiple of LANES; both NaN where one is infinite or NaN.
INLINE void find_extremes(size_t count, const float *x, float *least, float *greatest) {
    vf low = load(x), high = low, damage = low * 0.0f;  // NaN with an infinity or a NaN
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

INLINE void round_group(size_t count, const float *x, float least, float inverse, uint8_t *quants) {
    for (size_t i = 0; i < count; i += LANES) {
        vf shifted = load(x + i) - least, scaled = shifted * inverse;
        vub bytes = __builtin_convertvector(__builtin_convertvector(round_to_nearest(scaled), vi), vub);
        memcpy(quants + i, &bytes, sizeof bytes);
    }
}

static void quantize_groups(size_t columns, const float *x, uint8_t *quants, swl_group_range *ranges) {
    for (size_t first = 0; first < columns; first += SWL_GROUP, ranges++) {
        size_t count = swl_least(SWL_GROUP, columns - first);
        float least, greatest;
        find_extremes(count, x + first, &least, &greatest);
        float scale = (greatest - least) / 255;
        if (!(scale < INFINITY)) {
            *ranges = (swl_group_range){NAN, NAN};
            memset(quants + first, 0, count);
            continue;
        }
        bool regular = scale >= 0x1p-126f;
        *ranges = (swl_group_range){regular ? scale : 0, least};
        round_group(count, x + first, least, regular ? 1 / scale : 0, quants + first);
    }
}

#endif
