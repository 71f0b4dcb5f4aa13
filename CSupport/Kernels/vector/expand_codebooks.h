// Expansion of the formats with codebooks, for all ISAs but AVX-512: entries are loaded one by one.
#ifndef SWL_VECTOR_EXPAND_CODEBOOKS_H
#define SWL_VECTOR_EXPAND_CODEBOOKS_H

#include "expand_parts.h"

// MARK: - Codebooks of eight elements

INLINE bytes32 four_entries(const uint64_t *codebook, size_t a, size_t b, size_t c, size_t d) {
    return (bytes32)(entries4){codebook[a], codebook[b], codebook[c], codebook[d]};
}

// `word` of each of eight pairs of words.
INLINE words8 words_of_pairs(const uint8_t pairs[64]) {
    words8 first, second;
    memcpy(&first, pairs, sizeof first);
    memcpy(&second, pairs + 32, sizeof second);
    return __builtin_shufflevector(first, second, 1, 3, 5, 7, 9, 11, 13, 15);
}

INLINE void expand_block_iq2_xxs(const void *block, uint8_t *quants, float *scales) {
    const swl_iq2_xxs *w = block;
    words8 words = words_of_pairs(w->groups[0]);
    uint32_t signs[8];
    words8 all = signs_of_sevens(words);
    memcpy(signs, &all, sizeof signs);
    store_odd_scales(f16_to_float(w->scale) / 8, words >> 28, scales);
    for (size_t s = 0; s < 8; s++) {
        const uint8_t *at = w->groups[s];
        bytes32 entries = four_entries(swl_iq2_xxs_codebook, at[0], at[1], at[2], at[3]);
        store_quants(quants + 32 * s, negate_by(entries, signs[s]));
    }
}

// Expands a block whose 32 entries' indices and signs are at hand.
INLINE void expand_entries(const uint64_t *codebook, const uint16_t indices[32], const uint8_t signs[32],
                           uint8_t *quants) {
    for (size_t s = 0; s < 8; s++) {
        const uint16_t *at = indices + 4 * s;
        bytes32 entries = four_entries(codebook, at[0], at[1], at[2], at[3]);
        store_quants(quants + 32 * s, negate_by(entries, load_word(signs + 4 * s)));
    }
}

INLINE void expand_block_iq2_xs(const void *block, uint8_t *quants, float *scales) {
    const swl_iq2_xs *w = block;
    uint16_t indices[32];
    uint8_t sevens[32], signs[32];
    for (size_t i = 0; i < 32; i++) {
        uint16_t quant = load_half(w->quants + 2 * i);
        indices[i] = quant & 511;
        sevens[i] = (uint8_t)(quant >> 9);
    }
    words8 all = add_parity((words8)load_32(sevens));
    memcpy(signs, &all, sizeof signs);
    store_nibble_scales(f16_to_float(w->scale) / 8, w->scales, scales);
    expand_entries(swl_iq2_xs_codebook, indices, signs, quants);
}

INLINE void expand_block_iq2_s(const void *block, uint8_t *quants, float *scales) {
    const swl_iq2_s *w = block;
    uint16_t indices[32];
    for (size_t s = 0; s < 8; s++) {
        for (size_t g = 0; g < 4; g++) {
            indices[4 * s + g] = (uint16_t)(w->quants[4 * s + g] | (w->high[s] << (8 - 2 * g) & 0x300));
        }
    }
    store_nibble_scales(f16_to_float(w->scale) / 8, w->scales, scales);
    expand_entries(swl_iq2_s_codebook, indices, w->signs, quants);
}

// 8 (level - 1), plus 1 or, where a bit of `less` is set, minus 1.
INLINE bytes32 shift_by(bytes32 entries, uint32_t less) {
    const bytes32 one = (bytes32)(0x01010101 - (words8){0});
    return entries + negate_by(one, less);
}

INLINE void expand_block_iq1_s(const void *block, uint8_t *quants, float *scales) {
    const swl_iq1_s *w = block;
    uint32_t sub_scales[8];
    for (size_t s = 0; s < 8; s++) {
        const uint8_t *at = w->quants + 4 * s;
        size_t high = load_half(w->high + 2 * s);
        sub_scales[s] = (uint32_t)(high >> 12 & 7);
        bytes32 entries = four_entries(swl_iq1_codebook, at[0] | (high << 8 & 0x700), at[1] | (high << 5 & 0x700),
                                       at[2] | (high << 2 & 0x700), at[3] | (high >> 1 & 0x700));
        store_quants(quants + 32 * s, shift_by(entries, high >> 15 ? ~0u : 0));
    }
    words8 all;
    memcpy(&all, sub_scales, sizeof all);
    store_odd_scales(f16_to_float(w->scale) / 8, all, scales);
}

INLINE void expand_block_iq1_m(const void *block, uint8_t *quants, float *scales) {
    const swl_iq1_m *w = block;
    uint32_t sub_scales[16], scale = 0;
    for (size_t i = 0; i < 4; i++) {
        uint32_t four = load_half(w->scales + 2 * i);
        scale |= four >> 12 << 4 * i;
        for (size_t j = 0; j < 4; j++) sub_scales[4 * i + j] = four >> 3 * j & 7;
    }
    float unit = f16_to_float((uint16_t)scale) / 8;
    for (size_t i = 0; i < 16; i++) scales[i] = unit * (float)(int32_t)(2 * sub_scales[i] + 1);
    for (size_t s = 0; s < 8; s++) {
        const uint8_t *at = w->quants + 4 * s;
        size_t high = load_half(w->high + 2 * s);
        bytes32 entries = four_entries(swl_iq1_codebook, at[0] | (high << 8 & 0x700), at[1] | (high << 4 & 0x700),
                                       at[2] | (high & 0x700), at[3] | (high >> 4 & 0x700));
        // Bits 3, 7, 11 and 15: a byte of ones for each.
        uint32_t bits = (uint32_t)((high >> 3 & 1) | (high << 1 & 0x100) | (high << 5 & 0x10000) | (high << 9 & 0x1000000));
        store_quants(quants + 32 * s, shift_by(entries, bits * 255));
    }
}

// MARK: - Codebooks of four elements

INLINE bytes32 eight_entries(const uint32_t *codebook, const uint8_t *low, size_t high) {
    return (bytes32)(words8){codebook[low[0] | (high << 8 & 0x100)], codebook[low[1] | (high << 7 & 0x100)],
                             codebook[low[2] | (high << 6 & 0x100)], codebook[low[3] | (high << 5 & 0x100)],
                             codebook[low[4] | (high << 4 & 0x100)], codebook[low[5] | (high << 3 & 0x100)],
                             codebook[low[6] | (high << 2 & 0x100)], codebook[low[7] | (high << 1 & 0x100)]};
}

INLINE void expand_block_iq3_xxs(const void *block, uint8_t *quants, float *scales) {
    const swl_iq3_xxs *w = block;
    words8 words = (words8)load_32(w->signs), all = signs_of_sevens(words);
    uint32_t signs[8];
    memcpy(signs, &all, sizeof signs);
    store_odd_scales(f16_to_float(w->scale) / 4, words >> 28, scales);
    for (size_t s = 0; s < 8; s++) {
        bytes32 entries = eight_entries(swl_iq3_xxs_codebook, w->quants + 8 * s, 0);
        store_quants(quants + 32 * s, negate_by(entries, signs[s]));
    }
}

INLINE void expand_block_iq3_s(const void *block, uint8_t *quants, float *scales) {
    const swl_iq3_s *w = block;
    const words8 shifts = {0, 4, 8, 12, 16, 20, 24, 28};
    store_odd_scales(f16_to_float(w->scale), (load_word(w->scales) - (words8){0}) >> shifts & 15, scales);
    for (size_t s = 0; s < 8; s++) {
        bytes32 entries = eight_entries(swl_iq3_s_codebook, w->quants + 8 * s, w->high[s]);
        store_quants(quants + 32 * s, negate_by(entries, load_word(w->signs + 4 * s)));
    }
}

#endif
