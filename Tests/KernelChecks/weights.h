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

// `count` bits from bit `bit` on of a string of bits, the first byte's lowest bit first.
unsigned bits_at(const uint8_t *bytes, size_t bit, int count);
uint16_t half_at(const uint8_t *block, int place);

// Twice a float of a sign, two bits of exponent with bias 1, one of fraction.
int twice_e2m1(unsigned bits);

// Element i of a block of the formats with codebooks or of few values; false for the others.
bool few_bits_at(int32_t format, const uint8_t *block, size_t i, double *scale, double *quant);

// IQ1_M spreads its float16.
void put_scale_of_iq1_m(uint8_t *block, uint16_t scale);

// Fills one row.
void fill_weight_row(int32_t format, size_t row_index, size_t columns, swl_inputs inputs, source *s, void *row);

#pragma GCC visibility pop

#endif
