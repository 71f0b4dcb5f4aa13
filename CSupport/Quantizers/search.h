// The searches that the ISAs' files compile, each for itself; and what their files share.
#ifndef SWL_SEARCH_H
#define SWL_SEARCH_H

#include <string.h>

#include "swl_blocks.h"
#include "swl_quantizers.h"

#pragma GCC visibility push(hidden)

// Quantizes a row of whole blocks. Every x is finite; importance may be NULL.
typedef void (*swl_row_quantizer)(size_t columns, const float *x, const float *importance, void *out);

typedef struct swl_search {
    const char *name;
    swl_row_quantizer rows[SWL_FORMAT_LIMIT];  // NULL where there is nothing to search for
} swl_search;

void swl_rows_tq1_0(size_t columns, const float *x, const float *importance, void *out);
void swl_rows_tq2_0(size_t columns, const float *x, const float *importance, void *out);

// Quantizes rows of a format with codebooks, all with the same importance; NULL for other formats.
typedef void (*swl_book_quantizer)(size_t rows, size_t columns, const float *x, const float *importance, void *out);
swl_book_quantizer swl_book_quantizer_of(uint32_t format);

extern const swl_search swl_search_portable;
extern const swl_search swl_search_avx2;
extern const swl_search swl_search_avx512;

#pragma GCC visibility pop

// The nearest float16, half to even; what is beyond the largest becomes that.
static inline uint16_t f16_of(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    uint32_t sign = bits >> 16 & 0x8000, magnitude_bits = bits & 0x7fffffff;
    float magnitude;
    memcpy(&magnitude, &magnitude_bits, sizeof magnitude);
    if (magnitude > 65504) return (uint16_t)(sign | 0x7bff);
    if (magnitude < 0x1p-14f) {  // subnormal: a multiple of 2^-24, which is what a float32 from 0.5 to 1 tells apart
        float rounded = magnitude + 0.5f;
        memcpy(&bits, &rounded, sizeof bits);
        return (uint16_t)(sign | (bits & 0x7ff));
    }
    return (uint16_t)(sign | ((magnitude_bits + 0xfff + (magnitude_bits >> 13 & 1)) >> 13) - (112 << 10));
}

#endif
