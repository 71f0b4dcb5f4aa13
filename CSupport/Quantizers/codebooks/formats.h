// The formats with codebooks: their entries, and how a block that was found is packed.
#ifndef SWL_CODEBOOK_FORMATS_H
#define SWL_CODEBOOK_FORMATS_H

#include "search.h"

static uint64_t iq1_entry(int number) { return swl_iq1_codebook[number]; }
static uint64_t iq2_xxs_entry(int number) { return swl_iq2_xxs_codebook[number]; }
static uint64_t iq2_xs_entry(int number) { return swl_iq2_xs_codebook[number]; }
static uint64_t iq2_s_entry(int number) { return swl_iq2_s_codebook[number]; }
static uint64_t iq3_xxs_entry(int number) { return swl_iq3_xxs_codebook[number]; }
static uint64_t iq3_s_entry(int number) { return swl_iq3_s_codebook[number]; }

static void put_16(uint8_t *out, unsigned value) {
    out[0] = (uint8_t)value;
    out[1] = (uint8_t)(value >> 8);
}

// Seven signs of each eight elements of a sub-block of 32, and above them its code.
static void pack_signs_and_code(const book_block *b, int s, uint8_t *out) {
    uint32_t word = (uint32_t)b->codes[s] << 28;
    for (int g = 0; g < 4; g++) word |= (uint32_t)(b->signs[4 * s + g] & 127) << 7 * g;
    put_16(out, word & 0xffff);
    put_16(out + 2, word >> 16);
}

// Codes as nibbles.
static void pack_codes(const book_block *b, int count, uint8_t *out) {
    for (int s = 0; s < count; s += 2) out[s / 2] = (uint8_t)(b->codes[s] | b->codes[s + 1] << 4);
}

static void pack_iq2_xxs(const book_block *b, swl_iq2_xxs *out) {
    out->scale = f16_of(b->scale);
    for (int s = 0; s < 8; s++) {
        for (int g = 0; g < 4; g++) out->groups[s][g] = (uint8_t)b->numbers[4 * s + g];
        pack_signs_and_code(b, s, out->groups[s] + 4);
    }
}

static void pack_iq2_xs(const book_block *b, swl_iq2_xs *out) {
    out->scale = f16_of(b->scale);
    for (int g = 0; g < 32; g++) put_16(out->quants + 2 * g, b->numbers[g] | (unsigned)(b->signs[g] & 127) << 9);
    pack_codes(b, 16, out->scales);
}

static void pack_iq2_s(const book_block *b, swl_iq2_s *out) {
    out->scale = f16_of(b->scale);
    memset(out->high, 0, sizeof out->high);
    for (int g = 0; g < 32; g++) {
        out->quants[g] = (uint8_t)b->numbers[g];
        out->signs[g] = b->signs[g];
        out->high[g / 4] |= (uint8_t)(b->numbers[g] >> 8 << g % 4 * 2);
    }
    pack_codes(b, 16, out->scales);
}

static void pack_iq3_xxs(const book_block *b, swl_iq3_xxs *out) {
    out->scale = f16_of(b->scale);
    for (int g = 0; g < 64; g++) out->quants[g] = (uint8_t)b->numbers[g];
    for (int s = 0; s < 8; s++) pack_signs_and_code(b, s, out->signs + 4 * s);
}

static void pack_iq3_s(const book_block *b, swl_iq3_s *out) {
    out->scale = f16_of(b->scale);
    memset(out->high, 0, sizeof out->high);
    for (int g = 0; g < 64; g++) {
        out->quants[g] = (uint8_t)b->numbers[g];
        out->high[g / 8] |= (uint8_t)(b->numbers[g] >> 8 << g % 8);
    }
    memcpy(out->signs, b->signs, sizeof out->signs);
    pack_codes(b, 8, out->scales);
}

static void pack_iq1_s(const book_block *b, swl_iq1_s *out) {
    out->scale = f16_of(b->scale);
    for (int s = 0; s < 8; s++) {
        unsigned high = (unsigned)b->codes[s] << 12 | (unsigned)b->is_less[4 * s] << 15;
        for (int g = 0; g < 4; g++) {
            out->quants[4 * s + g] = (uint8_t)b->numbers[4 * s + g];
            high |= (unsigned)(b->numbers[4 * s + g] >> 8) << 3 * g;
        }
        put_16(out->high + 2 * s, high);
    }
}

static void pack_iq1_m(const book_block *b, swl_iq1_m *out) {
    unsigned scale = f16_of(b->scale);
    for (int g = 0; g < 32; g += 2) {
        unsigned low = b->numbers[g] >> 8 | (unsigned)b->is_less[g] << 3;
        unsigned high = b->numbers[g + 1] >> 8 | (unsigned)b->is_less[g + 1] << 3;
        out->quants[g] = (uint8_t)b->numbers[g];
        out->quants[g + 1] = (uint8_t)b->numbers[g + 1];
        out->high[g / 2] = (uint8_t)(low | high << 4);
    }
    for (int i = 0; i < 4; i++) {
        unsigned word = (scale >> 4 * i & 15) << 12;
        for (int s = 0; s < 4; s++) word |= (unsigned)b->codes[4 * i + s] << 3 * s;
        put_16(out->scales + 2 * i, word);
    }
}

#endif
