// Quantized weights decoded block by block: what each format means.
#ifndef SWL_SCALAR_FORMATS_H
#define SWL_SCALAR_FORMATS_H

#include "../tables.h"

enum { SWL_SUB_BLOCK = 16 };  // the most elements that share a scale in every format

// A block's elements: value i = scales[i / 16] * quants[i] - minimums[i / 16]. Quants are -128 to 127.
typedef struct swl_decoded {
    float scales[SWL_SUPER_BLOCK / SWL_SUB_BLOCK];
    float minimums[SWL_SUPER_BLOCK / SWL_SUB_BLOCK];
    int quants[SWL_SUPER_BLOCK];
} swl_decoded;

// One block; `elements` of it are decoded.
typedef struct swl_decoder {
    size_t elements, bytes;
    void (*decode)(const void *block, swl_decoded *out);
} swl_decoder;

#pragma GCC visibility push(hidden)

// `decode` is NULL for a format that is not quantized.
swl_decoder swl_decoder_of(swl_format format);

// Those with codebooks: scalar/codebook_formats.c.
void swl_decode_iq1_s(const void *block, swl_decoded *out);
void swl_decode_iq1_m(const void *block, swl_decoded *out);
void swl_decode_iq2_xxs(const void *block, swl_decoded *out);
void swl_decode_iq2_xs(const void *block, swl_decoded *out);
void swl_decode_iq2_s(const void *block, swl_decoded *out);
void swl_decode_iq3_xxs(const void *block, swl_decoded *out);
void swl_decode_iq3_s(const void *block, swl_decoded *out);

float swl_float_from_bits(uint32_t bits);
float swl_float_from_f16(uint16_t half);

#pragma GCC visibility pop

#endif
