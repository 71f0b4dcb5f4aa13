// The bias of relative positions over vectors of LANES keys: see `scalar/position_bias.h`. Results are the same.
#ifndef SWL_VECTOR_POSITION_BIAS_H
#define SWL_VECTOR_POSITION_BIAS_H

#include "vector.h"

// Elements `rows[l] + l * step` of `from`.
INLINE vf gather(const float *from, const int32_t *rows, size_t step) {
    vf v;
#pragma clang loop unroll(full)
    for (int l = 0; l < LANES; l++) v[l] = from[(size_t)rows[l] + (size_t)l * step];
    return v;
}

// LANES keys from `j` on for a query. Neighbours that have a row each are read at once.
INLINE vf bias_of_keys(const swl_position_bias *b, const int32_t *rows, const float *by_query, size_t j) {
    bool neighbours = rows[LANES - 1] - rows[0] == LANES - 1;
    vf sum = broadcast(0);
    if (by_query) sum = neighbours ? load(by_query + rows[0]) : gather(by_query, rows, 0);
    if (!b->by_key) return sum;
    const float *by_key = b->by_key + j * b->key_stride - b->key_first;
    return sum + gather(by_key, rows, b->key_stride);
}

static void position_bias(const swl_position_bias *b) {
    for (size_t i = 0; i < b->queries; i++) {
        const int32_t *rows = b->table_rows - i;
        const float *by_query = b->by_query ? b->by_query + i * b->query_stride - b->query_first : NULL;
        float *out = b->out + i * b->out_stride;
        size_t j = 0;
        for (; j + LANES <= b->keys; j += LANES) {
            store(out + j, bias_of_keys(b, rows + j, by_query, j) * b->scale);
        }
        for (; j < b->keys; j++) {
            float sum = by_query ? by_query[rows[j]] : 0;
            if (b->by_key) sum += b->by_key[j * b->key_stride + (size_t)(rows[j] - b->key_first)];
            out[j] = sum * b->scale;
        }
    }
}

#endif
