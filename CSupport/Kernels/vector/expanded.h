// Products of rows that are expanded first (expand_parts.h): gemv_F and gemm_F of these formats.
//
// The file that includes this one defines, beside what the other files ask for,
//
// - arranged_unit, arrange_units: a token's activations, arranged once for all rows of a call;
// - add_expanded: adds a unit's products to a token's lanes of partial sums;
// - gemm_expanded: the product with many tokens.
#ifndef SWL_VECTOR_EXPANDED_H
#define SWL_VECTOR_EXPANDED_H

#include "../product_call.h"
#include "expand.h"

enum {
    EXPANDED_TOKENS = 8,  // for which a row is expanded once
    EXPANDED_TILE = 4,    // whose sums stay in registers
};

// A row, and the tokens' activations.
static size_t expanded_scratch_bytes(size_t columns) {
    return units_of(columns) * (sizeof(expanded_unit) + EXPANDED_TOKENS * sizeof(arranged_unit));
}

INLINE void multiply_expanded_row(const int tokens, const expanded_unit *row, size_t units, const arranged_unit *x,
                                  float *out, size_t out_stride) {
    vf sums[EXPANDED_TILE] = {0};
    for (size_t u = 0; u < units; u++) {
#pragma clang loop unroll(full)
        for (int t = 0; t < tokens; t++) sums[t] = add_expanded(row + u, x + (size_t)t * units + u, sums[t]);
    }
    for (int t = 0; t < tokens; t++) out[(size_t)t * out_stride] = sum_lanes(sums[t]);
}

static void gemv_expanded(const expansion e, const product_call p) {
    const size_t units = units_of(p.x->columns);
    expanded_unit *row = p.scratch;
    arranged_unit *arranged = (arranged_unit *)(row + units);
    if (e.single && p.tokens == 1) {
        arrange_units(p.x, p.first, arranged);
        STREAM_ROWS(r, p.rows) p.out[r] = sum_lanes(e.single(p.weights + r * p.row_bytes, units, arranged));
        return;
    }
    for (size_t start = 0; start < p.tokens; start += EXPANDED_TOKENS) {
        const size_t count = swl_least(EXPANDED_TOKENS, p.tokens - start);
        for (size_t t = 0; t < count; t++) arrange_units(p.x, p.first + start + t, arranged + t * units);
        STREAM_ROWS(r, p.rows) {
            e.expand(p.weights + r * p.row_bytes, p.x->columns / SWL_BLOCK, row);
            for (size_t t = 0; t < count; t += EXPANDED_TILE) {
                const arranged_unit *x = arranged + t * units;
                float *out = p.out + (start + t) * p.out_stride + r;
                switch (count - t) {
                    case 1: multiply_expanded_row(1, row, units, x, out, p.out_stride); break;
                    case 2: multiply_expanded_row(2, row, units, x, out, p.out_stride); break;
                    case 3: multiply_expanded_row(3, row, units, x, out, p.out_stride); break;
                    default: multiply_expanded_row(EXPANDED_TILE, row, units, x, out, p.out_stride);
                }
            }
        }
    }
}

#define EXPANDED_PRODUCTS(name, id)                      \
    PRODUCT(gemv_##name, gemv_expanded, expansion_##name) \
    PRODUCT(gemm_##name, gemm_expanded, expansion_##name)
SWL_EXPANDED_FORMATS(EXPANDED_PRODUCTS)

#endif
