// GELU's values to bytes, group by group, over vectors of LANES floats: they are never stored but for the groups at hand.
//
// Four groups share one reduction across lanes and one division. The least value is known beforehand.
#ifndef SWL_VECTOR_GELU_GROUPS_H
#define SWL_VECTOR_GELU_GROUPS_H

#include "quantize_groups.h"

enum { GELU_GROUPS_AT_ONCE = 4 };

// x Phi(x) within 3e-5, a twentieth of the least distance of two bytes' values; `size` is |x|.
//
// It is x where that is positive, less |x| Phi(-|x|). The tail's fourth root by a polynomial of degree 5 in |x|, as far as
// 4.5: what is lost beyond is less than 2e-5. Coefficients: minimax for the product (Lawson's iteration of least squares on
// Chebyshev nodes, in double precision, then float32).
INLINE vf gelu_for_byte(vf x, vi size) {
    vf u = (vf)__builtin_elementwise_min(size, (vi)broadcast(4.5f));  // bits sort as numbers do
    vf p = broadcast(-0x1.01d29ap-11f);
    p = multiply_add(p, u, broadcast(0x1.746d9cp-9f));
    p = multiply_add(p, u, broadcast(0x1.169a3cp-7f));
    p = multiply_add(p, u, broadcast(-0x1.bf854ap-5f));
    p = multiply_add(p, u, broadcast(-0x1.537594p-3f));
    p = multiply_add(p, u, broadcast(0x1.ae66c0p-1f));
    p *= p;
    p *= p;
    return multiply_add(-p, u, greater(x, broadcast(0)));
}

// GELU of a group, a multiple of 32 columns: the greatest value, and NaN with an infinity or a NaN in `x`.
INLINE void activate_group(size_t size, const float *x, float *values, v4f *high_of, v4f *damage_of) {
    vf high = {0};
    vi largest = {0};
#pragma clang loop unroll(disable)
    for (size_t i = 0; i < size; i += 32) {
#pragma clang loop unroll(full)
        for (size_t j = 0; j < 32; j += LANES) {
            vf v = load(x + i + j);
            vi bits = (vi)absolute(v);
            vf value = gelu_for_byte(v, bits);
            largest = __builtin_elementwise_max(largest, bits);
            high = greater(value, high);
            store(values + i + j, value);
        }
    }
    *high_of = greatest_four(high);
    *damage_of = fold_to_four((vf)(largest >= 0x7f800000));  // all bits set are a NaN
}

// `count` groups of `size` columns, GELU_GROUPS_AT_ONCE at most.
INLINE void quantize_gelu(size_t size, size_t count, const group_place *places) {
    float values[GELU_GROUPS_AT_ONCE][SWL_GELU_GROUP];
    v4f highs[GELU_GROUPS_AT_ONCE] = {{0}}, damages[GELU_GROUPS_AT_ONCE] = {{0}};
    for (size_t g = 0; g < count; g++) activate_group(size, places[g].x, values[g], highs + g, damages + g);
    v4f scale = (greatest_each(highs) - SWL_GELU_LEAST) / 255, inverse = 1 / scale, damage = sum_each(damages);
    for (size_t g = 0; g < count; g++) {
        *places[g].range = (swl_group_range){scale[g] + damage[g], SWL_GELU_LEAST + damage[g]};
        for (size_t i = 0; i < size; i += 32) {
            round_group(32, values[g] + i, SWL_GELU_LEAST, inverse[g], places[g].quants + i);
        }
    }
}

static void gelu_groups(size_t rows, size_t columns, const float *x, size_t x_stride, const swl_group_target *out) {
    for (size_t first = 0; first < columns; first += SWL_GELU_GROUP) {
        size_t size = swl_least(SWL_GELU_GROUP, columns - first);
        for (size_t r = 0; r < rows; r += GELU_GROUPS_AT_ONCE) {
            size_t count = swl_least(GELU_GROUPS_AT_ONCE, rows - r);
            group_place places[GELU_GROUPS_AT_ONCE];
            for (size_t i = 0; i < count; i++) {
                places[i] = (group_place){x + (r + i) * x_stride + first, out->quants + (r + i) * out->quant_stride + first,
                                          out->ranges + (r + i) * out->range_stride + first / SWL_GELU_GROUP};
            }
            quantize_gelu(size, count, places);
        }
    }
}

#endif
