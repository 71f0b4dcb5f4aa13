// Activations to bytes, group by group, over vectors of LANES floats: bit-identical to scalar/panels.h, as products
// and sums are kept apart here, never fused.
//
// Ranges are found for four groups at once, so that one reduction across lanes and one division serve them all; and for
// some groups before any is rounded, so that nothing waits for either.
#ifndef SWL_VECTOR_QUANTIZE_GROUPS_H
#define SWL_VECTOR_QUANTIZE_GROUPS_H

#include "quantize.h"

typedef uint8_t vub __attribute__((vector_size(LANES)));

enum { GROUPS_AT_ONCE = 12 };  // a multiple of four

// A group of activations, and where it goes.
typedef struct group_place {
    const float *x;
    uint8_t *quants;
    swl_group_range *range;
} group_place;

INLINE vf lesser(vf a, vf b) { return choose(a < b, a, b); }

// The range of each of four groups of `size` columns, and what distances from its least are multiplied by.
INLINE void find_ranges(const size_t size, const group_place *places, float *least_of, float *inverse_of) {
    v4f lows[4], highs[4], damages[4];
#pragma clang loop unroll(full)
    for (int g = 0; g < 4; g++) {
        const float *x = places[g].x;
        vf low = load(x), high = low, damage = low * 0.0f;  // NaN with an infinity or a NaN
#pragma clang loop unroll(full)
        for (size_t i = LANES; i < size; i += LANES) {
            vf v = load(x + i);
            low = lesser(v, low);
            high = greater(v, high);
            damage = multiply_add(v, broadcast(0), damage);
        }
        lows[g] = greatest_four(-low);
        highs[g] = greatest_four(high);
        damages[g] = fold_to_four(damage);
    }
    v4f least = -greatest_each(lows), scale = (greatest_each(highs) - least) / 255 + sum_each(damages);
    v4i finite = scale < INFINITY, regular = finite & (scale >= 0x1p-126f);
    v4f none = {0}, not_a_number = none + NAN;
    v4f inverse = choose_four(regular, 1 / scale, none);
    scale = choose_four(finite, choose_four(regular, scale, none), not_a_number);
    least = choose_four(finite, least, not_a_number);
    memcpy(least_of, &least, sizeof least);
    memcpy(inverse_of, &inverse, sizeof inverse);
#pragma clang loop unroll(full)
    for (int g = 0; g < 4; g++) *places[g].range = (swl_group_range){scale[g], least[g]};
}

// To the nearest whole number, ties to even: it is in the low bits of the sum with 2^23. A NaN has low bits of zero.
INLINE void round_group(const size_t size, const float *x, float least, float inverse, uint8_t *quants) {
#pragma clang loop unroll(full)
    for (size_t i = 0; i < size; i += LANES) {
        vf shifted = load(x + i) - least, scaled = shifted * inverse, sum = scaled + 0x1p23f;
        vub bytes = __builtin_convertvector((vu)sum, vub);
        memcpy(quants + i, &bytes, sizeof bytes);
    }
}

INLINE void quantize_places(const size_t size, size_t count, group_place places[GROUPS_AT_ONCE]) {
    float least[GROUPS_AT_ONCE], inverse[GROUPS_AT_ONCE];
    for (size_t i = count; i % 4 != 0; i++) places[i] = places[0];  // found twice, to the same end
    for (size_t i = 0; i < count; i += 4) find_ranges(size, places + i, least + i, inverse + i);
    for (size_t i = 0; i < count; i++) round_group(size, places[i].x, least[i], inverse[i], places[i].quants);
}

// `groups` groups of `size` columns of each row, from column `first` on.
INLINE void quantize_columns(const size_t size, size_t first, size_t groups, size_t rows, const float *x,
                             size_t x_stride, const swl_group_target *out) {
    group_place places[GROUPS_AT_ONCE];
    size_t count = 0;
    for (size_t r = 0; r < rows; r++) {
        for (size_t g = 0; g < groups; g++) {
            size_t column = first + g * size;
            places[count++] = (group_place){x + r * x_stride + column, out->quants + r * out->quant_stride + column,
                                            out->ranges + r * out->range_stride + column / SWL_GROUP};
            if (count < GROUPS_AT_ONCE) continue;
            quantize_places(size, count, places);
            count = 0;
        }
    }
    if (count > 0) quantize_places(size, count, places);
}

static void quantize_groups(size_t rows, size_t columns, const float *x, size_t x_stride, const swl_group_target *out) {
    size_t whole = columns / SWL_GROUP, end = whole * SWL_GROUP;
    if (whole > 0) quantize_columns(SWL_GROUP, 0, whole, rows, x, x_stride, out);
    switch (columns - end) {
        case 32: quantize_columns(32, end, 1, rows, x, x_stride, out); break;
        case 64: quantize_columns(64, end, 1, rows, x, x_stride, out); break;
        case 96: quantize_columns(96, end, 1, rows, x, x_stride, out); break;
    }
}

#endif
