// The formats with codebooks, decoded as the comments of swl_blocks.h say. Scales are exact: a float16 times an odd number below
// 32, divided by a power of two.
#include "formats.h"

#include <string.h>

// MARK: - Parts

static unsigned word_16(const uint8_t *bytes) { return bytes[0] | (unsigned)bytes[1] << 8; }

static uint32_t word_32(const uint8_t *bytes) { return word_16(bytes) | (uint32_t)word_16(bytes + 2) << 16; }

static unsigned nibble(const uint8_t *bytes, size_t i) { return bytes[i / 2] >> i % 2 * 4 & 15; }

// Sets the scale of the `count` elements from `first` on to `unit` * (2 sub_scale + 1).
static void set_scale(swl_decoded *out, size_t first, size_t count, float unit, unsigned sub_scale) {
    for (size_t i = first; i < first + count; i += SWL_SUB_BLOCK) {
        out->scales[i / SWL_SUB_BLOCK] = unit * (float)(2 * sub_scale + 1);
        out->minimums[i / SWL_SUB_BLOCK] = 0;
    }
}

// Elements of an entry, negative where a bit of `signs` is set.
static void set_entry(int *quants, uint64_t entry, size_t count, unsigned signs) {
    for (size_t i = 0; i < count; i++) {
        int magnitude = (int)(entry >> 8 * i & 0xff);
        quants[i] = signs >> i & 1 ? -magnitude : magnitude;
    }
}

// Eight signs of seven: the eighth makes their number even.
static unsigned eight_signs(unsigned seven) { return seven | (unsigned)__builtin_parity(seven) << 7; }

// MARK: - Two bits

void swl_decode_iq2_xxs(const void *block, swl_decoded *out) {
    const swl_iq2_xxs *w = block;
    for (size_t s = 0; s < 8; s++) {
        uint32_t signs = word_32(w->groups[s] + 4);
        set_scale(out, 32 * s, 32, swl_float_from_f16(w->scale) / 8, signs >> 28);
        for (size_t g = 0; g < 4; g++) {
            uint64_t entry = swl_iq2_xxs_codebook[w->groups[s][g]];
            set_entry(out->quants + 32 * s + 8 * g, entry, 8, eight_signs(signs >> 7 * g & 127));
        }
    }
}

void swl_decode_iq2_xs(const void *block, swl_decoded *out) {
    const swl_iq2_xs *w = block;
    for (size_t s = 0; s < 16; s++) set_scale(out, 16 * s, 16, swl_float_from_f16(w->scale) / 8, nibble(w->scales, s));
    for (size_t g = 0; g < 32; g++) {
        unsigned quant = word_16(w->quants + 2 * g);
        set_entry(out->quants + 8 * g, swl_iq2_xs_codebook[quant & 511], 8, eight_signs(quant >> 9));
    }
}

void swl_decode_iq2_s(const void *block, swl_decoded *out) {
    const swl_iq2_s *w = block;
    for (size_t s = 0; s < 16; s++) set_scale(out, 16 * s, 16, swl_float_from_f16(w->scale) / 8, nibble(w->scales, s));
    for (size_t g = 0; g < 32; g++) {
        unsigned index = w->quants[g] | (w->high[g / 4] >> g % 4 * 2 & 3u) << 8;
        set_entry(out->quants + 8 * g, swl_iq2_s_codebook[index], 8, w->signs[g]);
    }
}

// MARK: - Three bits

void swl_decode_iq3_xxs(const void *block, swl_decoded *out) {
    const swl_iq3_xxs *w = block;
    for (size_t s = 0; s < 8; s++) {
        uint32_t signs = word_32(w->signs + 4 * s);
        set_scale(out, 32 * s, 32, swl_float_from_f16(w->scale) / 4, signs >> 28);
        for (size_t g = 0; g < 8; g++) {
            unsigned of_entry = eight_signs(signs >> g / 2 * 7 & 127) >> g % 2 * 4;
            set_entry(out->quants + 32 * s + 4 * g, swl_iq3_xxs_codebook[w->quants[8 * s + g]], 4, of_entry);
        }
    }
}

void swl_decode_iq3_s(const void *block, swl_decoded *out) {
    const swl_iq3_s *w = block;
    for (size_t s = 0; s < 8; s++) set_scale(out, 32 * s, 32, swl_float_from_f16(w->scale), nibble(w->scales, s));
    for (size_t g = 0; g < 64; g++) {
        unsigned index = w->quants[g] | (w->high[g / 8] >> g % 8 & 1u) << 8;
        set_entry(out->quants + 4 * g, swl_iq3_s_codebook[index], 4, (unsigned)w->signs[g / 2] >> g % 2 * 4);
    }
}

// MARK: - One bit

// Elements of an entry: eight times the level's value, and 1 more or less.
static void set_shifted(int *quants, uint64_t entry, bool is_less) {
    for (size_t i = 0; i < 8; i++) quants[i] = (int8_t)(entry >> 8 * i & 0xff) + (is_less ? -1 : 1);
}

void swl_decode_iq1_s(const void *block, swl_decoded *out) {
    const swl_iq1_s *w = block;
    for (size_t s = 0; s < 8; s++) {
        unsigned high = word_16(w->high + 2 * s);
        set_scale(out, 32 * s, 32, swl_float_from_f16(w->scale) / 8, high >> 12 & 7);
        for (size_t g = 0; g < 4; g++) {
            unsigned index = w->quants[4 * s + g] | (high >> 3 * g & 7) << 8;
            set_shifted(out->quants + 32 * s + 8 * g, swl_iq1_codebook[index], high >> 15);
        }
    }
}

void swl_decode_iq1_m(const void *block, swl_decoded *out) {
    const swl_iq1_m *w = block;
    unsigned scale = 0;
    for (size_t i = 0; i < 4; i++) scale |= word_16(w->scales + 2 * i) >> 12 << 4 * i;
    for (size_t s = 0; s < 16; s++) {
        unsigned sub_scale = word_16(w->scales + s / 4 * 2) >> s % 4 * 3 & 7;
        set_scale(out, 16 * s, 16, swl_float_from_f16((uint16_t)scale) / 8, sub_scale);
    }
    for (size_t g = 0; g < 32; g++) {
        unsigned high = nibble(w->high, g), index = w->quants[g] | (high & 7) << 8;
        set_shifted(out->quants + 8 * g, swl_iq1_codebook[index], high >> 3);
    }
}
