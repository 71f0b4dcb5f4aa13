// Weight formats of GGUF files and the layout of their blocks.
//
// Ids and layouts are GGUF's (ggml-org/ggml docs/gguf.md, src/ggml-common.h). All numbers little-endian, scales float16 but
// in MXFP4 and NVFP4.
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
    SWL_IQ2_XXS = 16,
    SWL_IQ2_XS = 17,
    SWL_IQ3_XXS = 18,
    SWL_IQ1_S = 19,
    SWL_IQ4_NL = 20,
    SWL_IQ3_S = 21,
    SWL_IQ2_S = 22,
    SWL_IQ4_XS = 23,
    SWL_IQ1_M = 29,
    SWL_BF16 = 30,
    SWL_TQ1_0 = 34,
    SWL_TQ2_0 = 35,
    SWL_MXFP4 = 39,
    SWL_NVFP4 = 40,
    SWL_Q1_0 = 41,
    SWL_Q2_0 = 42,
} swl_format;

enum { SWL_FORMAT_LIMIT = 43 };  // ids are below this; the table is indexed by id

enum {
    SWL_BLOCK = 32,         // elements of a block of the plain formats, and of quantized activations
    SWL_Q2_0_BLOCK = 64,    // of Q2_0 and NVFP4
    SWL_Q1_0_BLOCK = 128,
    SWL_SUPER_BLOCK = 256,  // of the K, TQ and IQ formats but IQ4_NL
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

// MARK: - Blocks of 256 elements: eight or four together are an entry of a codebook
//
// swl_codebooks.h has the entries. An entry's element is a level: what that stands for is said here. Signs are bits, the lowest
// that of the first element, which make the value negative. Of seven sign bits the eighth is their parity.

// IQ2_XXS: 66 bytes, 2.0625 bits per weight. Sub-blocks of 32: s = i / 32, groups[s] are four indices, i % 32 / 8, then a
// 32-bit number: seven signs for each index, and above them four bits, sub_scale.
// quant = 8, 25 or 43 by the level; value = scale / 8 * (2 sub_scale + 1) * quant.
typedef struct swl_iq2_xxs {
    uint16_t scale;
    uint8_t groups[8][8];
} swl_iq2_xxs;
_Static_assert(sizeof(swl_iq2_xxs) == 66, "GGUF's IQ2_XXS block is 66 bytes");

// IQ2_XS: 74 bytes, 2.3125 bits per weight. `quants` are 16-bit numbers, one for eight elements: nine bits of index, seven
// signs. Sub-blocks of 16: s = i / 16, sub_scale = nibble s % 2 of scales[s / 2]; value as IQ2_XXS's.
typedef struct swl_iq2_xs {
    uint16_t scale;
    uint8_t quants[64];
    uint8_t scales[8];
} swl_iq2_xs;
_Static_assert(sizeof(swl_iq2_xs) == 74, "GGUF's IQ2_XS block is 74 bytes");

// IQ2_S: 82 bytes, 2.5625 bits per weight. For g = i / 8: index = quants[g] plus 256 times two bits of high[g / 4], from bit
// g % 4 * 2 on; eight signs. Sub-scales and value as IQ2_XS's.
typedef struct swl_iq2_s {
    uint16_t scale;
    uint8_t quants[32];
    uint8_t signs[32];
    uint8_t high[8];
    uint8_t scales[8];
} swl_iq2_s;
_Static_assert(sizeof(swl_iq2_s) == 82, "GGUF's IQ2_S block is 82 bytes");

// IQ3_XXS: 98 bytes, 3.0625 bits per weight. quants[i / 4] are indices. Sub-blocks of 32: signs and sub_scale as IQ2_XXS's.
// quant = 4, 12, 20, 28, 36, 44, 52 or 62 by the level; value = scale / 4 * (2 sub_scale + 1) * quant.
typedef struct swl_iq3_xxs {
    uint16_t scale;
    uint8_t quants[64];
    uint8_t signs[32];
} swl_iq3_xxs;
_Static_assert(sizeof(swl_iq3_xxs) == 98, "GGUF's IQ3_XXS block is 98 bytes");

// IQ3_S: 110 bytes, 3.4375 bits per weight. For g = i / 4: index = quants[g] plus 256 times bit g % 8 of high[g / 8]; eight
// signs for i / 8. Sub-blocks of 32: s = i / 32, sub_scale = nibble s % 2 of scales[s / 2].
// quant = 2 level + 1; value = scale * (2 sub_scale + 1) * quant.
typedef struct swl_iq3_s {
    uint16_t scale;
    uint8_t quants[64];
    uint8_t high[8];
    uint8_t signs[32];
    uint8_t scales[4];
} swl_iq3_s;
_Static_assert(sizeof(swl_iq3_s) == 110, "GGUF's IQ3_S block is 110 bytes");

// IQ1_S: 50 bytes, 1.5625 bits per weight. Sub-blocks of 32: s = i / 32, the 16-bit number high[s] has three bits above each
// of the four indices quants[i / 8], then three of sub_scale, then the sign of a shift.
// quant = 8 (level - 1) + 1, or - 1 where the bit is set; value = scale / 8 * (2 sub_scale + 1) * quant.
typedef struct swl_iq1_s {
    uint16_t scale;
    uint8_t quants[32];
    uint8_t high[16];
} swl_iq1_s;
_Static_assert(sizeof(swl_iq1_s) == 50, "GGUF's IQ1_S block is 50 bytes");

// IQ1_M: 56 bytes, 1.75 bits per weight. For g = i / 8: nibble g % 2 of high[g / 2] has three bits above quants[g], and
// the sign of a shift as IQ1_S's. `scales` are four 16-bit numbers: four times three bits, the sub_scale of 16 elements, and
// above them four bits of the scale, a float16, lowest first.
typedef struct swl_iq1_m {
    uint8_t quants[32];
    uint8_t high[16];
    uint8_t scales[8];
} swl_iq1_m;
_Static_assert(sizeof(swl_iq1_m) == 56, "GGUF's IQ1_M block is 56 bytes");

// MARK: - Few values, one scale

// TQ1_0: 54 bytes, 1.6875 bits per weight. A byte is five digits to the base 3 as a fraction of 256, rounded up: digit n is
// (byte * 3^n mod 256) * 3 / 256. Elements 0 to 159 are the digits of the first 32 bytes, all first digits first; 160 to 239
// those of the next 16; 240 to 255 the first four of `last`. value = scale * (digit - 1).
typedef struct swl_tq1_0 {
    uint8_t quants[48];
    uint8_t last[4];
    uint16_t scale;
} swl_tq1_0;
_Static_assert(sizeof(swl_tq1_0) == 54, "GGUF's TQ1_0 block is 54 bytes");

// TQ2_0: 66 bytes, 2.0625 bits per weight. Two bits as Q2_K's; value = scale * (quant - 1).
typedef struct swl_tq2_0 {
    uint8_t quants[64];
    uint16_t scale;
} swl_tq2_0;
_Static_assert(sizeof(swl_tq2_0) == 66, "GGUF's TQ2_0 block is 66 bytes");

// Q1_0: 128 elements, 18 bytes, 1.125 bits per weight. value = scale, or -scale where bit i % 8 of quants[i / 8] is clear.
typedef struct swl_q1_0 {
    uint16_t scale;
    uint8_t quants[16];
} swl_q1_0;
_Static_assert(sizeof(swl_q1_0) == 18, "GGUF's Q1_0 block is 18 bytes");

// Q2_0: 64 elements, 18 bytes, 2.25 bits per weight. quant = two bits of quants[i / 4], from bit i % 4 * 2 on;
// value = scale * (quant - 1).
typedef struct swl_q2_0 {
    uint16_t scale;
    uint8_t quants[16];
} swl_q2_0;
_Static_assert(sizeof(swl_q2_0) == 18, "GGUF's Q2_0 block is 18 bytes");

// NVFP4: 64 elements, 36 bytes, 4.5 bits per weight. Sub-blocks of 16: s = i / 16, the scale is half a float of four bits of
// exponent and three of fraction (E4M3 without its sign, which is not read); 127 is 0. Nibble i % 16 / 8 of
// quants[s * 8 + i % 8]; value = scale * codebook[nibble], MXFP4's.
typedef struct swl_nvfp4 {
    uint8_t scales[4];
    uint8_t quants[32];
} swl_nvfp4;
_Static_assert(sizeof(swl_nvfp4) == 36, "GGUF's NVFP4 block is 36 bytes");

#endif
