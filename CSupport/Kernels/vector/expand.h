// The formats that are expanded: expand_block_F writes a block's quants and scales, expand_F a row's units.
//
// The file that includes this one has included expand_codebooks.h or its own.
#ifndef SWL_VECTOR_EXPAND_H
#define SWL_VECTOR_EXPAND_H

#include "expand_parts.h"

// MARK: - Few values

// The first digit to the base 3 of each byte, less 1: thirds of 256 begin at 86 and 171.
INLINE bytes32 first_digits(bytes32 bytes) { return -1 - (bytes32)(bytes >= 86) - (bytes32)(bytes >= 171); }

INLINE void expand_block_tq1_0(const void *block, uint8_t *quants, float *scales) {
    const swl_tq1_0 *w = block;
    fill_scales(f16_to_float(w->scale), UNIT_SCALES, scales);
    bytes32 bytes = load_32(w->quants);
    for (size_t n = 0; n < 5; n++, bytes *= 3) store_quants(quants + 32 * n, first_digits(bytes));
    // Sixteen bytes' digits n and n + 1 stand side by side, and at last four bytes' four.
    uint8_t digits[6][16];
    memcpy(digits[0], w->quants + 32, 16);
    for (size_t n = 1; n < 5; n++) {
        for (size_t i = 0; i < 16; i++) digits[n][i] = (uint8_t)(digits[n - 1][i] * 3);
    }
    for (size_t i = 0; i < 16; i++) digits[5][i] = i < 4 ? w->last[i] : (uint8_t)(digits[5][i - 4] * 3);
    for (size_t n = 0; n < 6; n += 2) store_quants(quants + 160 + 16 * n, first_digits(load_32(digits[n])));
}

INLINE void expand_block_tq2_0(const void *block, uint8_t *quants, float *scales) {
    const swl_tq2_0 *w = block;
    fill_scales(f16_to_float(w->scale), UNIT_SCALES, scales);
    for (size_t half = 0; half < 2; half++, quants += 128) {
        bytes32 packed = load_32(w->quants + 32 * half);
        store_quants(quants, (packed & 3) - 1);
        store_quants(quants + 32, (packed >> 2 & 3) - 1);
        store_quants(quants + 64, (packed >> 4 & 3) - 1);
        store_quants(quants + 96, (packed >> 6) - 1);
    }
}

INLINE void expand_block_q1_0(const void *block, uint8_t *quants, float *scales) {
    const swl_q1_0 *w = block;
    const bytes32 less = (bytes32)(0xffffffff - (words8){0});
    fill_scales(f16_to_float(w->scale), SWL_Q1_0_BLOCK / COLUMN_SCALES, scales);
    for (size_t i = 0; i < 4; i++) store_quants(quants + 32 * i, negate_by(less, load_word(w->quants + 4 * i)));
}

INLINE void expand_block_q2_0(const void *block, uint8_t *quants, float *scales) {
    const swl_q2_0 *w = block;
    fill_scales(f16_to_float(w->scale), SWL_Q2_0_BLOCK / COLUMN_SCALES, scales);
    for (size_t i = 0; i < 2; i++) {
        // Two bits of a byte to each byte of its word.
        words8 bytes = words_of_bytes(load_8(w->quants + 8 * i));
        words8 pairs = (bytes | bytes << 6 | bytes << 12 | bytes << 18) & 0x03030303;
        store_quants(quants + 32 * i, (bytes32)pairs - 1);
    }
}

INLINE void expand_block_nvfp4(const void *block, uint8_t *quants, float *scales) {
    const swl_nvfp4 *w = block;
    const bytes16 values = (bytes16)(__attribute__((vector_size(16))) int8_t){SWL_MXFP4_CODEBOOK};
    // Exponent and fraction moved to float32's places; the biases differ by 120, the half takes 1. Without an exponent the
    // fraction counts 2^-10.
    bytes4 bytes;
    memcpy(&bytes, w->scales, sizeof bytes);
    words4 bits = __builtin_convertvector(bytes, words4);
    floats4 subnormal = __builtin_convertvector((ints4)(bits & 7), floats4) * 0x1p-10f;
    words4 normal = ((bits & 127) << 20) + (119u << 23), is_normal = (words4)((bits & 0x78) != 0);
    words4 chosen = ((normal & is_normal) | ((words4)subnormal & ~is_normal)) & ~(words4)(bits == 127);
    memcpy(scales, &chosen, sizeof chosen);
    bytes32 packed = load_32(w->quants);
    entries4 low = (entries4)look_up_bytes(values, packed & 15), high = (entries4)look_up_bytes(values, packed >> 4);
    store_quants(quants, (bytes32)__builtin_shufflevector(low, high, 0, 4, 1, 5));
    store_quants(quants + 32, (bytes32)__builtin_shufflevector(low, high, 2, 6, 3, 7));
}

// MARK: - Rows

typedef void (*expand_block_fn)(const void *block, uint8_t *quants, float *scales);

// A row of blocks with `elements` columns each.
INLINE void expand_blocks(expand_block_fn expand_block, const size_t elements, const size_t block_bytes, const void *row,
                          size_t blocks, expanded_unit *out) {
    const size_t each = elements / SWL_BLOCK, unit_blocks = UNIT_COLUMNS / SWL_BLOCK;
    const char *w = row;
    if (blocks % unit_blocks) memset(out + blocks / unit_blocks, 0, sizeof *out);
    for (size_t b = 0; b < blocks; b += each, w += block_bytes) {
        expanded_unit *unit = out + b / unit_blocks;
        const size_t at = b % unit_blocks * SWL_BLOCK;
        for (size_t i = 0; i < block_bytes; i += 64) prefetch(w, EXPAND_AHEAD + i);
        expand_block(w, unit->quants + at, unit->scales + at / COLUMN_SCALES);
    }
}

// The ISA's function for one token.
#ifndef SINGLE
#define SINGLE(name) NULL
#endif

// expansion_F.
#define EXPAND(name, elements, single)                                                                \
    static void expand_##name(const void *row, size_t blocks, expanded_unit *out) {                   \
        expand_blocks(expand_block_##name, elements, sizeof(swl_##name), row, blocks, out);           \
    }                                                                                                 \
    static const expansion expansion_##name = {expand_##name, UNIT_COLUMNS / (elements) * sizeof(swl_##name), single};
EXPAND(iq3_s, SWL_SUPER_BLOCK, SINGLE(iq3_s))
EXPAND(iq3_xxs, SWL_SUPER_BLOCK, SINGLE(iq3_xxs))
EXPAND(iq2_s, SWL_SUPER_BLOCK, SINGLE(iq2_s))
EXPAND(iq2_xs, SWL_SUPER_BLOCK, SINGLE(iq2_xs))
EXPAND(iq2_xxs, SWL_SUPER_BLOCK, SINGLE(iq2_xxs))
EXPAND(iq1_s, SWL_SUPER_BLOCK, SINGLE(iq1_s))
EXPAND(iq1_m, SWL_SUPER_BLOCK, SINGLE(iq1_m))
EXPAND(tq1_0, SWL_SUPER_BLOCK, SINGLE(tq1_0))
EXPAND(tq2_0, SWL_SUPER_BLOCK, SINGLE(tq2_0))
EXPAND(nvfp4, SWL_Q2_0_BLOCK, NULL)
EXPAND(q1_0, SWL_Q1_0_BLOCK, NULL)
EXPAND(q2_0, SWL_Q2_0_BLOCK, NULL)

#endif
