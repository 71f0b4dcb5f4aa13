// How fast the dot instructions of this CPU can be: what a product of quantized weights is bound by, to set it against.
#ifndef SWL_PEAK_H
#define SWL_PEAK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(hidden)

typedef struct swl_peak {
    const char *name;       // "avx2", "avx-vnni", "avx512-vnni", "neon-dot", "neon-i8mm"
    size_t products;        // int8 multiplications of one round
    bool (*runs_here)(void);
    uint32_t (*run)(size_t rounds);  // chains of independent accumulators in registers; returns a number made of them
} swl_peak;

// The ways of this architecture to multiply int8, slowest first; NULL from the end on.
const swl_peak *swl_peak_at(size_t index);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
