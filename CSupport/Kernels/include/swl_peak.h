// How fast the dot instructions of this CPU can be: what a product of quantized weights is bound by, to set it against.
#ifndef SWL_PEAK_H
#define SWL_PEAK_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(hidden)

typedef struct swl_peak {
    const char *name;  // of the table of kernels that uses these instructions
    size_t products;   // multiplications of one round, of any int8: 32 need three instructions of AVX2
    // Chains of independent accumulators in registers; returns a number made of them.
    uint32_t (*run)(size_t rounds);
} swl_peak;

// How the table of that name multiplies int8; NULL when it has no instructions for that.
// To be run where the table runs.
const swl_peak *swl_peak_named(const char *name);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
