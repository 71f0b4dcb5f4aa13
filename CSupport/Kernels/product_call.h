// A call of `gemv` or `gemm` as one value, for the functions behind the tables' entries.
#ifndef SWL_PRODUCT_CALL_H
#define SWL_PRODUCT_CALL_H

#include "swl_kernels.h"

// The arguments of `swl_product_fn`.
typedef struct product_call {
    size_t rows;
    const char *weights;
    size_t row_bytes;
    const swl_activations *x;
    size_t first, tokens;
    float *out;
    size_t out_stride;
    void *scratch;
} product_call;

// A table's entry: `multiply` of a format, which is a constant.
#define PRODUCT(name, multiply, format)                                                                                \
    static void name(size_t rows, const void *weights, size_t row_bytes, const swl_activations *x, size_t first,      \
                     size_t tokens, float *out, size_t out_stride, void *scratch) {                                   \
        multiply(format, (product_call){rows, weights, row_bytes, x, first, tokens, out, out_stride, scratch});       \
    }

#endif
