// Weight formats of GGUF files and the layout of their blocks.
//
// Ids and layouts are GGUF's (ggml-org/ggml docs/gguf.md, src/ggml-common.h). All numbers little-endian, scales float16 but
// in MXFP4.
// Each block says how element i of it is decoded; `/` and `%` are those of C. scalar/formats.c is the same in C.
#ifndef SWL_BLOCKS_H
#define SWL_BLOCKS_H

#include <stddef.h>
#include <stdint.h>

typedef enum swl_format {
    SWL_F32 = 0,
    SWL_F16 = 1,
    SWL_Q4_0 = 2,
    SWL_Q4_1 = 3,
    SWL_Q5_0 = 6,
    SWL_Q5_1 = 7,
    SWL_Q8_0 = 8,
    SWL_Q2_K = 10,
    SWL_Q3_K = 11,
    SWL_Q4_K = 12,
    SWL_Q5_K = 13,
    SWL_Q6_K = 14,
    SWL_IQ4_NL = 20,
    SWL_IQ4_XS = 23,
    SWL_BF16 = 30,
    SWL_MXFP4 = 39,
} swl_format;

enum { SWL_FORMAT_LIMIT = 40 };  // ids are below this; the table is indexed by id

enum {
    SWL_BLOCK = 32,         // elements of a block of the plain formats, and of quantized activations
    SWL_SUPER_BLOCK = 256,  // elements of a block of the K and XS formats
};

// MARK: - Blocks of 32 elements: one scale, or a scale and a minimum

// Q4_0: 18 bytes, 4.5 bits per weight. Element i < 16 is the low nibble of quants[i], element i >= 16 the high nibble of
// quants[i - 16]; value = scale * (nibble - 8).
typedef struct swl_q4_0 {
    uint16_t scale;
    uint8_t quants[16];
} swl_q4_0;
_Static_assert(sizeof(swl_q4_0) == 18, "GGUF's Q4_0 block is 18 bytes");

// Q4_1: 20 bytes, 5 bits per weight. Nibbles as Q4_0's; value = scale * nibble + minimum.
typedef struct swl_q4_1 {
    uint16_t scale, minimum;
    uint8_t quants[16];
} swl_q4_1;
_Static_assert(sizeof(swl_q4_1) == 20, "GGUF's Q4_1 block is 20 bytes");

// Q5_0: 22 bytes, 5.5 bits per weight. Nibbles as Q4_0's; bit i of `high`, taken as a 32-bit number, is the fifth bit;
// value = scale * (quant - 16).
typedef struct swl_q5_0 {
    uint16_t scale;
    uint8_t high[4];
    uint8_t quants[16];
} swl_q5_0;
_Static_assert(sizeof(swl_q5_0) == 22, "GGUF's Q5_0 block is 22 bytes");

// Q5_1: 24 bytes, 6 bits per weight. Quants as Q5_0's; value = scale * quant + minimum.
typedef struct swl_q5_1 {
    uint16_t scale, minimum;
    uint8_t high[4];
    uint8_t quants[16];
} swl_q5_1;
_Static_assert(sizeof(swl_q5_1) == 24, "GGUF's Q5_1 block is 24 bytes");

// Q8_0: 34 bytes, 8.5 bits per weight. value = scale * quant. A foreign file may hold -128.
typedef struct swl_q8_0 {
    uint16_t scale;
    int8_t quants[32];
} swl_q8_0;
_Static_assert(sizeof(swl_q8_0) == 34, "GGUF's Q8_0 block is 34 bytes");

// IQ4_NL: 18 bytes, 4.5 bits per weight. Nibbles as Q4_0's; value = scale * codebook[nibble].
typedef struct swl_iq4_nl {
    uint16_t scale;
    uint8_t quants[16];
} swl_iq4_nl;
_Static_assert(sizeof(swl_iq4_nl) == 18, "GGUF's IQ4_NL block is 18 bytes");

// The values of the nibbles of IQ4_NL and IQ4_XS.
#define SWL_IQ4_CODEBOOK -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113

// MXFP4: 17 bytes, 4.25 bits per weight (OCP Microscaling Formats 1.0). The scale is a power of two, 2^(exponent - 128); nibbles as
// Q4_0's; value = scale * codebook[nibble]. All 256 exponents are numbers, where the standard has NaN for the last.
typedef struct swl_mxfp4 {
    uint8_t exponent;
    uint8_t quants[16];
} swl_mxfp4;
_Static_assert(sizeof(swl_mxfp4) == 17, "GGUF's MXFP4 block is 17 bytes");

// Twice what the nibbles of MXFP4 stand for: floats of one sign bit, two of exponent, one of fraction.
#define SWL_MXFP4_CODEBOOK 0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12

// MARK: - Blocks of 256 elements, divided into sub-blocks with scales of their own

// Q2_K: 84 bytes, 2.625 bits per weight. Sub-blocks of 16: s = i / 16.
// quant = two bits of quants[i / 128 * 32 + i % 32], from bit i % 128 / 32 * 2 on;
// value = scale * (scales[s] % 16) * quant - minimum * (scales[s] / 16).
typedef struct swl_q2_k {
    uint8_t scales[16];
    uint8_t quants[64];
    uint16_t scale, minimum;
} swl_q2_k;
_Static_assert(sizeof(swl_q2_k) == 84, "GGUF's Q2_K block is 84 bytes");

// Q3_K: 110 bytes, 3.4375 bits per weight. Sub-blocks of 16: s = i / 16.
// quant = two bits as Q2_K's, plus 4 times bit i / 32 of high[i % 32];
// sub_scale = nibble s / 8 of scales[s % 8], plus 16 times two bits of scales[8 + s % 4], from bit s / 4 * 2 on;
// value = scale * (sub_scale - 32) * (quant - 4).
typedef struct swl_q3_k {
    uint8_t high[32];
    uint8_t quants[64];
    uint8_t scales[12];
    uint16_t scale;
} swl_q3_k;
_Static_assert(sizeof(swl_q3_k) == 110, "GGUF's Q3_K block is 110 bytes");

// Q4_K: 144 bytes, 4.5 bits per weight. Sub-blocks of 32: s = i / 32.
// quant = nibble i % 64 / 32 of quants[i / 64 * 32 + i % 32];
// for s < 4: sub_scale = scales[s] % 64, sub_minimum = scales[s + 4] % 64;
// for s >= 4: sub_scale = scales[s + 4] % 16 + scales[s - 4] / 64 * 16,
//             sub_minimum = scales[s + 4] / 16 + scales[s] / 64 * 16;
// value = scale * sub_scale * quant - minimum * sub_minimum.
typedef struct swl_q4_k {
    uint16_t scale, minimum;
    uint8_t scales[12];
    uint8_t quants[128];
} swl_q4_k;
_Static_assert(sizeof(swl_q4_k) == 144, "GGUF's Q4_K block is 144 bytes");

// Q5_K: 176 bytes, 5.5 bits per weight. As Q4_K, with 16 times bit i / 32 of high[i % 32] added to quant.
typedef struct swl_q5_k {
    uint16_t scale, minimum;
    uint8_t scales[12];
    uint8_t high[32];
    uint8_t quants[128];
} swl_q5_k;
_Static_assert(sizeof(swl_q5_k) == 176, "GGUF's Q5_K block is 176 bytes");

// Q6_K: 210 bytes, 6.5625 bits per weight. Sub-blocks of 16: s = i / 16.
// quant = nibble i % 128 / 64 of low[i / 128 * 64 + i % 64],
//         plus 16 times two bits of high[i / 128 * 32 + i % 32], from bit i % 128 / 32 * 2 on;
// value = scale * scales[s] * (quant - 32).
typedef struct swl_q6_k {
    uint8_t low[128];
    uint8_t high[64];
    int8_t scales[16];
    uint16_t scale;
} swl_q6_k;
_Static_assert(sizeof(swl_q6_k) == 210, "GGUF's Q6_K block is 210 bytes");

// IQ4_XS: 136 bytes, 4.25 bits per weight. Sub-blocks of 32: s = i / 32.
// nibble = nibble i % 32 / 16 of quants[i / 32 * 16 + i % 16];
// sub_scale = nibble s % 2 of scales_low[s / 2], plus 16 times two bits of scales_high, from bit 2 s on;
// value = scale * (sub_scale - 32) * codebook[nibble].
typedef struct swl_iq4_xs {
    uint16_t scale;
    uint16_t scales_high;
    uint8_t scales_low[4];
    uint8_t quants[128];
} swl_iq4_xs;
_Static_assert(sizeof(swl_iq4_xs) == 136, "GGUF's IQ4_XS block is 136 bytes");

#endif
