// Checks of the compute kernels: each table, `scalar` too, against double-precision arithmetic of the checks' own.
//
// A check returns 0 when it passes. Otherwise `message` (NUL-terminated, cut at `capacity`) says what failed, at which
// element, what was expected and what was found. Inputs end at a page that cannot be read, outputs between canaries: a
// kernel that reads past its inputs crashes, one that writes past its outputs fails.
#ifndef KERNEL_CHECKS_H
#define KERNEL_CHECKS_H

#include <stddef.h>
#include <stdint.h>

#include "swl_blocks.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(hidden)

// Distributions of the weights and activations of a product.
typedef enum swl_inputs {
    SWL_INPUTS_RANDOM,
    SWL_INPUTS_EXTREME_QUANTS,  // quants -128, -127 and 127, activations at either end; floats of one magnitude
    SWL_INPUTS_EXTREME_SCALES,  // zero, subnormal and largest scales; such numbers as float weights
    SWL_INPUTS_DAMAGED_WEIGHTS,      // infinities and NaN among scales or float weights
    SWL_INPUTS_DAMAGED_ACTIVATIONS,  // tokens of zeros, of huge numbers, with an infinity, with a NaN
    SWL_INPUTS_LIMIT,
} swl_inputs;

// Tables that can be checked on this CPU: NULL from the end on.
const char *swl_checkable_isa(size_t index);

// The supported formats; -1 from the end on.
int32_t swl_checkable_format(size_t index);
const char *swl_format_name(int32_t format);

// `gemv` and `gemm` for one shape: within tolerance of exact arithmetic, bit-identical when rows and tokens are
// divided among calls, and nothing written but the result.
int swl_check_product(const char *isa, int32_t format, size_t rows, size_t columns, size_t tokens, swl_inputs inputs,
                      unsigned seed, char *message, size_t capacity);

// `swl_check_product` over odd and even shapes and all kinds of inputs.
int swl_check_products(const char *isa, int32_t format, char *message, size_t capacity);

// Rows of weights to float32: exact.
int swl_check_unpack(const char *isa, int32_t format, char *message, size_t capacity);

// The other kernels, one check each.
size_t swl_check_count(void);
const char *swl_check_name(size_t check);
int swl_check_run(size_t check, const char *isa, char *message, size_t capacity);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
