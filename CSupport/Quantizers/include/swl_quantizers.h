// From float32 weights to the formats of GGUF files, with the least squared error that a search finds.
//
// The same input gives the same bytes on every CPU: all arithmetic is float32, multiplications and additions rounded
// separately, sums in an order of their own.
#ifndef SWL_QUANTIZERS_H
#define SWL_QUANTIZERS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(hidden)

// Results of swl_quantize_rows that are not the index of an element.
enum { SWL_QUANTIZED = -1, SWL_UNSUPPORTED = -2 };

// Quantizes `rows` rows of `columns` weights to `format`, one of swl_format's ids (swl_blocks.h); `out` has room for
// rows * columns / elements of a block * bytes of a block, and may have any alignment.
//
// importance: how much an error weighs in each of the `columns`, for every row the same; NULL: all equally. Numbers
// that are negative, infinite or NaN count as zero, and a block of nothing but zeros as all equally.
//
// Returns SWL_QUANTIZED; or the index of the first weight that is infinite or NaN, with nothing written; or
// SWL_UNSUPPORTED for a format that is unknown, or whose blocks do not divide `columns`. A magnitude beyond what the
// format can hold becomes the largest that it can; swl_first_overflow finds it.
ptrdiff_t swl_quantize_rows(uint32_t format, size_t rows, size_t columns, const float *x, const float *importance,
                            void *out);

// The index of the first weight that swl_quantize_rows could not keep: float16 and bfloat16 would have made it infinite;
// of blocks, a float16 scale or minimum is the largest there is, and the weight is the one of the largest magnitude.
// SWL_QUANTIZED where all were kept. `out` is what swl_quantize_rows wrote for the same arguments.
ptrdiff_t swl_first_overflow(uint32_t format, size_t rows, size_t columns, const float *x, const void *out);

// Adds to `error` the squares of x - y, and to `weight` those of x.
void swl_add_squares(size_t count, const float *x, const float *y, double *error, double *weight);

// Names the search that swl_quantize_rows uses on this CPU, one per vector length:
// "avx512", "avx2" or "portable". With `name` one of these, uses that from now on where this CPU can (for tests; not
// while another thread quantizes); NULL changes nothing.
const char *swl_quantizer_search(const char *name);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
