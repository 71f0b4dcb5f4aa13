// The bias of relative positions, the specification.
#ifndef SWL_SCALAR_POSITION_BIAS_H
#define SWL_SCALAR_POSITION_BIAS_H

#include "../tables.h"

static void position_bias(const swl_position_bias *b) {
    for (size_t i = 0; i < b->queries; i++) {
        for (size_t j = 0; j < b->keys; j++) {
            int32_t row = b->table_rows[(ptrdiff_t)j - (ptrdiff_t)i];
            float sum = b->by_query ? b->by_query[i * b->query_stride + (size_t)(row - b->query_first)] : 0;
            if (b->by_key) sum += b->by_key[j * b->key_stride + (size_t)(row - b->key_first)];
            b->out[i * b->out_stride + j] = sum * b->scale;
        }
    }
}

#endif
