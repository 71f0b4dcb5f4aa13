// Elements of the formats of codebooks and of few values, taken from the bits of a block one at a time.
#include <math.h>
#include <string.h>

#include "swl_codebooks.h"
#include "weights.h"

#define WORDS(...) __VA_ARGS__,
static const uint16_t iq1_words[] = {SWL_IQ1_CODEBOOK(WORDS)};
static const uint16_t iq2_xxs_words[] = {SWL_IQ2_XXS_CODEBOOK(WORDS)};
static const uint16_t iq2_xs_words[] = {SWL_IQ2_XS_CODEBOOK(WORDS)};
static const uint16_t iq2_s_words[] = {SWL_IQ2_S_CODEBOOK(WORDS)};
static const uint16_t iq3_xxs_words[] = {SWL_IQ3_XXS_CODEBOOK(WORDS)};
static const uint16_t iq3_s_words[] = {SWL_IQ3_S_CODEBOOK(WORDS)};

static double of_two_bits(unsigned word, size_t i) {
    static const double values[4] = {8, 25, 43};
    return values[word >> 2 * (i % 8) & 3];
}

static double of_three_bits(const double values[8], unsigned word, size_t i) {
    return values[word >> (i % 4 / 2 * 8 + i % 2 * 3) & 7];
}

// Element i % 8 of eight signs. Seven are stored; the product of all is positive.
static double sign_of_seven(unsigned seven, size_t i) {
    double product = 1;
    for (size_t bit = 0; bit < 7; bit++) product *= seven >> bit & 1 ? -1 : 1;
    return i % 8 == 7 ? product : seven >> i % 8 & 1 ? -1 : 1;
}

static double sign_at(const uint8_t *bytes, size_t i) { return bits_at(bytes, i, 1) ? -1 : 1; }

static double shifted(unsigned index, size_t i, unsigned is_less) {
    return (double)(iq1_words[index] >> 2 * (i % 8) & 3) - 1 + (is_less ? -0.125 : 0.125);
}

// Digit n of a fraction of 256 to the base 3.
static double digit_at(uint8_t byte, size_t n) {
    double fraction = byte / 256.0;
    for (size_t k = 0; k < n; k++) fraction = fraction * 3 - floor(fraction * 3);
    return floor(fraction * 3);
}

static double half_of_e4m3(unsigned bits) {
    unsigned exponent = bits >> 3 & 15, fraction = bits & 7;
    if (bits == 127) return 0;
    return exponent ? ldexp(1 + fraction / 8.0, (int)exponent - 8) : ldexp(fraction, -10);
}

bool few_bits_at(int32_t format, const uint8_t *b, size_t i, double *scale, double *quant) {
    static const double xxs_values[8] = {4, 12, 20, 28, 36, 44, 52, 62}, s_values[8] = {1, 3, 5, 7, 9, 11, 13, 15};
    const size_t eighth = i % 32 / 8;
    switch (format) {
        case SWL_IQ2_XXS: {
            const uint8_t *group = b + 2 + i / 32 * 8;
            *scale = half_value(half_at(b, 0)) * (bits_at(group + 4, 28, 4) + 0.5) / 4;
            *quant = of_two_bits(iq2_xxs_words[group[eighth]], i) * sign_of_seven(bits_at(group + 4, eighth * 7, 7), i);
            return true;
        }
        case SWL_IQ2_XS:
            *scale = half_value(half_at(b, 0)) * (bits_at(b + 66, i / 16 * 4, 4) + 0.5) / 4;
            *quant = of_two_bits(iq2_xs_words[bits_at(b + 2, i / 8 * 16, 9)], i) *
                     sign_of_seven(bits_at(b + 2, i / 8 * 16 + 9, 7), i);
            return true;
        case SWL_IQ2_S:
            *scale = half_value(half_at(b, 0)) * (bits_at(b + 74, i / 16 * 4, 4) + 0.5) / 4;
            *quant = of_two_bits(iq2_s_words[b[2 + i / 8] | bits_at(b + 66, i / 8 * 2, 2) << 8], i) * sign_at(b + 34, i);
            return true;
        case SWL_IQ3_XXS: {
            const uint8_t *signs = b + 66 + i / 32 * 4;
            *scale = half_value(half_at(b, 0)) * (bits_at(signs, 28, 4) + 0.5) / 2;
            *quant = of_three_bits(xxs_values, iq3_xxs_words[b[2 + i / 4]], i) *
                     sign_of_seven(bits_at(signs, eighth * 7, 7), i);
            return true;
        }
        case SWL_IQ3_S:
            *scale = half_value(half_at(b, 0)) * (2 * bits_at(b + 106, i / 32 * 4, 4) + 1);
            *quant = of_three_bits(s_values, iq3_s_words[b[2 + i / 4] | bits_at(b + 66, i / 4, 1) << 8], i) *
                     sign_at(b + 74, i);
            return true;
        case SWL_IQ1_S: {
            const uint8_t *high = b + 34 + i / 32 * 2;
            *scale = half_value(half_at(b, 0)) * (2 * bits_at(high, 12, 3) + 1);
            *quant = shifted(b[2 + i / 8] | bits_at(high, eighth * 3, 3) << 8, i, bits_at(high, 15, 1));
            return true;
        }
        case SWL_IQ1_M: {
            unsigned half = 0;
            for (size_t k = 0; k < 4; k++) half |= bits_at(b + 48, k * 16 + 12, 4) << 4 * k;
            *scale = half_value((uint16_t)half) * (2 * bits_at(b + 48, i / 64 * 16 + i % 64 / 16 * 3, 3) + 1);
            *quant = shifted(b[i / 8] | bits_at(b + 32, i / 8 * 4, 3) << 8, i, bits_at(b + 32, i / 8 * 4 + 3, 1));
            return true;
        }
        case SWL_TQ1_0:
            *scale = half_value(half_at(b, 52));
            *quant = i < 160   ? digit_at(b[i % 32], i / 32) - 1
                     : i < 240 ? digit_at(b[32 + i % 16], (i - 160) / 16) - 1
                               : digit_at(b[48 + i % 4], (i - 240) / 4) - 1;
            return true;
        case SWL_TQ2_0:
            *scale = half_value(half_at(b, 64));
            *quant = (double)bits_at(b, (i / 128 * 32 + i % 32) * 8 + i % 128 / 32 * 2, 2) - 1;
            return true;
        case SWL_Q1_0:
            *scale = half_value(half_at(b, 0));
            *quant = bits_at(b + 2, i, 1) ? 1 : -1;
            return true;
        case SWL_Q2_0:
            *scale = half_value(half_at(b, 0));
            *quant = (double)bits_at(b + 2, 2 * i, 2) - 1;
            return true;
        case SWL_NVFP4:
            *scale = half_of_e4m3(b[i / 16] & (b[i / 16] == 255 ? 255 : 127));
            *quant = twice_e2m1(bits_at(b + 4, (i / 16 * 8 + i % 8) * 8 + i % 16 / 8 * 4, 4));
            return true;
        default: return false;
    }
}

void put_scale_of_iq1_m(uint8_t *block, uint16_t scale) {
    for (size_t k = 0; k < 4; k++) block[49 + 2 * k] = (uint8_t)((block[49 + 2 * k] & 15) | (scale >> 4 * k & 15) << 4);
}
