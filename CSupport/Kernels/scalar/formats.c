// Every quantized format, decoded as the comments of swl_blocks.h say. The sub-scales and quants of a format are small
// integers, so that scales, products of a float16 and such an integer, are exact in float32.
#include "formats.h"

#include <string.h>

// MARK: - Numbers

float swl_float_from_bits(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

float swl_float_from_f16(uint16_t half) {
    uint32_t sign = (uint32_t)(half & 0x8000) << 16, exponent = (half >> 10) & 0x1f, fraction = half & 0x3ff;
    if (exponent == 0) {  // zero or subnormal: fraction * 2^-24, exact in float32
        float magnitude = (float)fraction * 0x1p-24f;
        return sign ? -magnitude : magnitude;
    }
    if (exponent == 0x1f) return swl_float_from_bits(sign | 0x7f800000 | fraction << 13);
    return swl_float_from_bits(sign | (exponent + 112) << 23 | fraction << 13);
}

static int nibble(const uint8_t *bytes, size_t i, size_t which) { return which ? bytes[i] >> 4 : bytes[i] & 15; }

// Bits `bit` and `bit + 1`.
static int two_bits(unsigned value, size_t bit) { return value >> bit & 3; }

static int one_bit(unsigned value, size_t bit) { return value >> bit & 1; }

// MARK: - Blocks of 32

static void share_scale(swl_decoded *out, float scale, float minimum) {
    for (size_t s = 0; s < SWL_BLOCK / SWL_SUB_BLOCK; s++) {
        out->scales[s] = scale;
        out->minimums[s] = minimum;
    }
}

static void decode_q8_0(const void *block, swl_decoded *out) {
    const swl_q8_0 *w = block;
    share_scale(out, swl_float_from_f16(w->scale), 0);
    for (size_t i = 0; i < SWL_BLOCK; i++) out->quants[i] = w->quants[i];
}

static void decode_q4_0(const void *block, swl_decoded *out) {
    const swl_q4_0 *w = block;
    share_scale(out, swl_float_from_f16(w->scale), 0);
    for (size_t i = 0; i < SWL_BLOCK; i++) out->quants[i] = nibble(w->quants, i % 16, i / 16) - 8;
}

static void decode_q4_1(const void *block, swl_decoded *out) {
    const swl_q4_1 *w = block;
    share_scale(out, swl_float_from_f16(w->scale), -swl_float_from_f16(w->minimum));
    for (size_t i = 0; i < SWL_BLOCK; i++) out->quants[i] = nibble(w->quants, i % 16, i / 16);
}

static int fifth_bit(const uint8_t high[4], size_t i) { return one_bit(high[i / 8], i % 8) * 16; }

static void decode_q5_0(const void *block, swl_decoded *out) {
    const swl_q5_0 *w = block;
    share_scale(out, swl_float_from_f16(w->scale), 0);
    for (size_t i = 0; i < SWL_BLOCK; i++) {
        out->quants[i] = nibble(w->quants, i % 16, i / 16) + fifth_bit(w->high, i) - 16;
    }
}

static void decode_q5_1(const void *block, swl_decoded *out) {
    const swl_q5_1 *w = block;
    share_scale(out, swl_float_from_f16(w->scale), -swl_float_from_f16(w->minimum));
    for (size_t i = 0; i < SWL_BLOCK; i++) out->quants[i] = nibble(w->quants, i % 16, i / 16) + fifth_bit(w->high, i);
}

static const int codebook[16] = {SWL_IQ4_CODEBOOK};

static void decode_iq4_nl(const void *block, swl_decoded *out) {
    const swl_iq4_nl *w = block;
    share_scale(out, swl_float_from_f16(w->scale), 0);
    for (size_t i = 0; i < SWL_BLOCK; i++) out->quants[i] = codebook[nibble(w->quants, i % 16, i / 16)];
}

static const int mxfp4_codebook[16] = {SWL_MXFP4_CODEBOOK};

static void decode_mxfp4(const void *block, swl_decoded *out) {
    const swl_mxfp4 *w = block;
    // 2^(exponent - 128); float32 holds the first two as subnormal numbers.
    uint32_t bits = w->exponent < 2 ? 0x00200000u << w->exponent : (w->exponent - 1u) << 23;
    share_scale(out, swl_float_from_bits(bits), 0);
    for (size_t i = 0; i < SWL_BLOCK; i++) out->quants[i] = mxfp4_codebook[nibble(w->quants, i % 16, i / 16)];
}

// MARK: - Blocks of 256

static void decode_q2_k(const void *block, swl_decoded *out) {
    const swl_q2_k *w = block;
    for (size_t s = 0; s < 16; s++) {
        out->scales[s] = swl_float_from_f16(w->scale) * (float)(w->scales[s] & 15);
        out->minimums[s] = swl_float_from_f16(w->minimum) * (float)(w->scales[s] >> 4);
    }
    for (size_t i = 0; i < SWL_SUPER_BLOCK; i++) {
        out->quants[i] = two_bits(w->quants[i / 128 * 32 + i % 32], i % 128 / 32 * 2);
    }
}

static void decode_q3_k(const void *block, swl_decoded *out) {
    const swl_q3_k *w = block;
    for (size_t s = 0; s < 16; s++) {
        int sub_scale = nibble(w->scales, s % 8, s / 8) + 16 * two_bits(w->scales[8 + s % 4], s / 4 * 2);
        out->scales[s] = swl_float_from_f16(w->scale) * (float)(sub_scale - 32);
        out->minimums[s] = 0;
    }
    for (size_t i = 0; i < SWL_SUPER_BLOCK; i++) {
        int low = two_bits(w->quants[i / 128 * 32 + i % 32], i % 128 / 32 * 2);
        out->quants[i] = low + 4 * one_bit(w->high[i % 32], i / 32) - 4;
    }
}

// The 6-bit scales and minimums of Q4_K and Q5_K.
static void decode_sub_scales(const uint8_t scales[12], float scale, float minimum, swl_decoded *out) {
    for (size_t s = 0; s < 8; s++) {
        int sub_scale = s < 4 ? scales[s] & 63 : (scales[s + 4] & 15) + (scales[s - 4] >> 6) * 16;
        int sub_minimum = s < 4 ? scales[s + 4] & 63 : (scales[s + 4] >> 4) + (scales[s] >> 6) * 16;
        for (size_t half = 0; half < 2; half++) {
            out->scales[2 * s + half] = scale * (float)sub_scale;
            out->minimums[2 * s + half] = minimum * (float)sub_minimum;
        }
    }
}

static void decode_q4_k(const void *block, swl_decoded *out) {
    const swl_q4_k *w = block;
    decode_sub_scales(w->scales, swl_float_from_f16(w->scale), swl_float_from_f16(w->minimum), out);
    for (size_t i = 0; i < SWL_SUPER_BLOCK; i++) {
        out->quants[i] = nibble(w->quants, i / 64 * 32 + i % 32, i % 64 / 32);
    }
}

static void decode_q5_k(const void *block, swl_decoded *out) {
    const swl_q5_k *w = block;
    decode_sub_scales(w->scales, swl_float_from_f16(w->scale), swl_float_from_f16(w->minimum), out);
    for (size_t i = 0; i < SWL_SUPER_BLOCK; i++) {
        out->quants[i] = nibble(w->quants, i / 64 * 32 + i % 32, i % 64 / 32) + 16 * one_bit(w->high[i % 32], i / 32);
    }
}

static void decode_q6_k(const void *block, swl_decoded *out) {
    const swl_q6_k *w = block;
    for (size_t s = 0; s < 16; s++) {
        out->scales[s] = swl_float_from_f16(w->scale) * (float)w->scales[s];
        out->minimums[s] = 0;
    }
    for (size_t i = 0; i < SWL_SUPER_BLOCK; i++) {
        int low = nibble(w->low, i / 128 * 64 + i % 64, i % 128 / 64);
        out->quants[i] = low + 16 * two_bits(w->high[i / 128 * 32 + i % 32], i % 128 / 32 * 2) - 32;
    }
}

static void decode_iq4_xs(const void *block, swl_decoded *out) {
    const swl_iq4_xs *w = block;
    for (size_t s = 0; s < 8; s++) {
        int sub_scale = nibble(w->scales_low, s / 2, s % 2) + 16 * two_bits(w->scales_high, 2 * s);
        for (size_t half = 0; half < 2; half++) {
            out->scales[2 * s + half] = swl_float_from_f16(w->scale) * (float)(sub_scale - 32);
            out->minimums[2 * s + half] = 0;
        }
    }
    for (size_t i = 0; i < SWL_SUPER_BLOCK; i++) {
        out->quants[i] = codebook[nibble(w->quants, i / 32 * 16 + i % 16, i % 32 / 16)];
    }
}

// MARK: - Few values, one scale

static void share_scale_of(size_t elements, uint16_t scale, swl_decoded *out) {
    for (size_t s = 0; s < elements / SWL_SUB_BLOCK; s++) {
        out->scales[s] = swl_float_from_f16(scale);
        out->minimums[s] = 0;
    }
}

// Digit n to the base 3, less 1.
static int ternary_digit(uint8_t byte, size_t n) {
    for (size_t i = 0; i < n; i++) byte = (uint8_t)(byte * 3);
    return byte * 3 / 256 - 1;
}

static void decode_tq1_0(const void *block, swl_decoded *out) {
    const swl_tq1_0 *w = block;
    share_scale_of(SWL_SUPER_BLOCK, w->scale, out);
    for (size_t i = 0; i < 160; i++) out->quants[i] = ternary_digit(w->quants[i % 32], i / 32);
    for (size_t i = 0; i < 80; i++) out->quants[160 + i] = ternary_digit(w->quants[32 + i % 16], i / 16);
    for (size_t i = 0; i < 16; i++) out->quants[240 + i] = ternary_digit(w->last[i % 4], i / 4);
}

static void decode_tq2_0(const void *block, swl_decoded *out) {
    const swl_tq2_0 *w = block;
    share_scale_of(SWL_SUPER_BLOCK, w->scale, out);
    for (size_t i = 0; i < SWL_SUPER_BLOCK; i++) {
        out->quants[i] = two_bits(w->quants[i / 128 * 32 + i % 32], i % 128 / 32 * 2) - 1;
    }
}

static void decode_q1_0(const void *block, swl_decoded *out) {
    const swl_q1_0 *w = block;
    share_scale_of(SWL_Q1_0_BLOCK, w->scale, out);
    for (size_t i = 0; i < SWL_Q1_0_BLOCK; i++) out->quants[i] = 2 * one_bit(w->quants[i / 8], i % 8) - 1;
}

static void decode_q2_0(const void *block, swl_decoded *out) {
    const swl_q2_0 *w = block;
    share_scale_of(SWL_Q2_0_BLOCK, w->scale, out);
    for (size_t i = 0; i < SWL_Q2_0_BLOCK; i++) out->quants[i] = two_bits(w->quants[i / 4], i % 4 * 2) - 1;
}

// Half of E4M3 without its sign: the exponent's bias is 7, one more for the half.
static float nvfp4_scale(uint8_t bits) {
    unsigned exponent = bits >> 3 & 15, fraction = bits & 7;
    if ((bits & 127) == 127) return bits == 127 ? 0 : 240;
    if (exponent == 0) return (float)fraction * 0x1p-10f;
    return swl_float_from_bits((exponent + 119) << 23 | fraction << 20);
}

static void decode_nvfp4(const void *block, swl_decoded *out) {
    const swl_nvfp4 *w = block;
    for (size_t s = 0; s < 4; s++) {
        out->scales[s] = nvfp4_scale(w->scales[s]);
        out->minimums[s] = 0;
        for (size_t i = 0; i < 16; i++) {
            out->quants[16 * s + i] = mxfp4_codebook[nibble(w->quants, 8 * s + i % 8, i / 8)];
        }
    }
}

// MARK: - All of them

swl_decoder swl_decoder_of(swl_format format) {
    switch (format) {
        case SWL_Q4_0: return (swl_decoder){SWL_BLOCK, sizeof(swl_q4_0), decode_q4_0};
        case SWL_Q4_1: return (swl_decoder){SWL_BLOCK, sizeof(swl_q4_1), decode_q4_1};
        case SWL_Q5_0: return (swl_decoder){SWL_BLOCK, sizeof(swl_q5_0), decode_q5_0};
        case SWL_Q5_1: return (swl_decoder){SWL_BLOCK, sizeof(swl_q5_1), decode_q5_1};
        case SWL_Q8_0: return (swl_decoder){SWL_BLOCK, sizeof(swl_q8_0), decode_q8_0};
        case SWL_IQ4_NL: return (swl_decoder){SWL_BLOCK, sizeof(swl_iq4_nl), decode_iq4_nl};
        case SWL_MXFP4: return (swl_decoder){SWL_BLOCK, sizeof(swl_mxfp4), decode_mxfp4};
        case SWL_Q2_K: return (swl_decoder){SWL_SUPER_BLOCK, sizeof(swl_q2_k), decode_q2_k};
        case SWL_Q3_K: return (swl_decoder){SWL_SUPER_BLOCK, sizeof(swl_q3_k), decode_q3_k};
        case SWL_Q4_K: return (swl_decoder){SWL_SUPER_BLOCK, sizeof(swl_q4_k), decode_q4_k};
        case SWL_Q5_K: return (swl_decoder){SWL_SUPER_BLOCK, sizeof(swl_q5_k), decode_q5_k};
        case SWL_Q6_K: return (swl_decoder){SWL_SUPER_BLOCK, sizeof(swl_q6_k), decode_q6_k};
        case SWL_IQ4_XS: return (swl_decoder){SWL_SUPER_BLOCK, sizeof(swl_iq4_xs), decode_iq4_xs};
        case SWL_IQ1_S: return (swl_decoder){SWL_SUPER_BLOCK, sizeof(swl_iq1_s), swl_decode_iq1_s};
        case SWL_IQ1_M: return (swl_decoder){SWL_SUPER_BLOCK, sizeof(swl_iq1_m), swl_decode_iq1_m};
        case SWL_IQ2_XXS: return (swl_decoder){SWL_SUPER_BLOCK, sizeof(swl_iq2_xxs), swl_decode_iq2_xxs};
        case SWL_IQ2_XS: return (swl_decoder){SWL_SUPER_BLOCK, sizeof(swl_iq2_xs), swl_decode_iq2_xs};
        case SWL_IQ2_S: return (swl_decoder){SWL_SUPER_BLOCK, sizeof(swl_iq2_s), swl_decode_iq2_s};
        case SWL_IQ3_XXS: return (swl_decoder){SWL_SUPER_BLOCK, sizeof(swl_iq3_xxs), swl_decode_iq3_xxs};
        case SWL_IQ3_S: return (swl_decoder){SWL_SUPER_BLOCK, sizeof(swl_iq3_s), swl_decode_iq3_s};
        case SWL_TQ1_0: return (swl_decoder){SWL_SUPER_BLOCK, sizeof(swl_tq1_0), decode_tq1_0};
        case SWL_TQ2_0: return (swl_decoder){SWL_SUPER_BLOCK, sizeof(swl_tq2_0), decode_tq2_0};
        case SWL_Q1_0: return (swl_decoder){SWL_Q1_0_BLOCK, sizeof(swl_q1_0), decode_q1_0};
        case SWL_Q2_0: return (swl_decoder){SWL_Q2_0_BLOCK, sizeof(swl_q2_0), decode_q2_0};
        case SWL_NVFP4: return (swl_decoder){SWL_Q2_0_BLOCK, sizeof(swl_nvfp4), decode_nvfp4};
        case SWL_F32:
        case SWL_F16:
        case SWL_BF16: break;
    }
    return (swl_decoder){1, 0, NULL};
}
