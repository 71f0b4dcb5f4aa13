// The greatest numbers of a row, over vectors of LANES floats.
#ifndef SWL_VECTOR_TOP_K_H
#define SWL_VECTOR_TOP_K_H

#include "vector.h"

// Puts a number among the `found` greatest so far, in order, behind those as great.
INLINE size_t insert_greatest(float value, int32_t index, size_t found, size_t k, float *values, int32_t *indices) {
    if (found == k && !(value > values[k - 1])) return found;
    size_t at = found < k ? found : k - 1;
    for (; at > 0 && value > values[at - 1]; at--) {
        values[at] = values[at - 1];
        indices[at] = indices[at - 1];
    }
    values[at] = value;
    indices[at] = index;
    return found < k ? found + 1 : k;
}

static void top_k(size_t n, const float *x, size_t k, float *values, int32_t *indices) {
    size_t found = 0;
    for (size_t first = 0; first < n; first += LANES) {
        size_t count = swl_least(LANES, n - first);
        if (found == k && count == LANES) {  // most vectors hold none of the greatest
            vf next = load(x + first);
            if (!(greatest_lane(choose(next == next, next, broadcast(-INFINITY))) > values[k - 1])) continue;
        }
        for (size_t i = first; i < first + count; i++) {
            float value = x[i] == x[i] ? x[i] : -INFINITY;
            found = insert_greatest(value, (int32_t)i, found, k, values, indices);
        }
    }
}

#endif
