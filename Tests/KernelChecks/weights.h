// Weights of every format: one element's meaning, and random ones.
#ifndef KERNEL_CHECKS_WEIGHTS_H
#define KERNEL_CHECKS_WEIGHTS_H

#include "support.h"

#pragma GCC visibility push(hidden)

// value = scale * quant - minimum; for a float format the scale is 1.
typedef struct weight {
    double scale, quant, minimum;
} weight;

weight weight_at(int32_t format, const void *row, size_t column);

bool is_quantized(int32_t format);

// Fills one row.
void fill_weight_row(int32_t format, size_t row_index, size_t columns, swl_inputs inputs, source *s, void *row);

#pragma GCC visibility pop

#endif
