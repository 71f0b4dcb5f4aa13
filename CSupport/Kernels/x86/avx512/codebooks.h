// Expansion of the formats with codebooks, for AVX-512: 32 entries are looked up at once.
//
// vpermi2w finds 32 words in a table of 64. So a codebook is pairs of vectors: each is asked, and the bits of an index above
// the sixth choose among their answers. That is a quarter or an eighth of what as many loads cost.
#ifndef SWL_AVX512_CODEBOOKS_H
#define SWL_AVX512_CODEBOOKS_H

#include "swl_codebooks.h"
#include "../../vector/expand_parts.h"

#define WORDS(...) __VA_ARGS__,
#define ALIGNED static const __attribute__((aligned(64)))

ALIGNED uint16_t iq1_words[2048] = {SWL_IQ1_CODEBOOK(WORDS)};
ALIGNED uint16_t iq2_xxs_words[256] = {SWL_IQ2_XXS_CODEBOOK(WORDS)};
ALIGNED uint16_t iq2_xs_words[512] = {SWL_IQ2_XS_CODEBOOK(WORDS)};
ALIGNED uint16_t iq2_s_words[1024] = {SWL_IQ2_S_CODEBOOK(WORDS)};
ALIGNED uint16_t iq3_xxs_words[256] = {SWL_IQ3_XXS_CODEBOOK(WORDS)};
ALIGNED uint16_t iq3_s_words[512] = {SWL_IQ3_S_CODEBOOK(WORDS)};

// The entries of 32 indices in a codebook of `count` words, at most 1024.
INLINE __m512i look_up_words(const uint16_t *codebook, const int count, __m512i indices) {
    const int pairs = count / 64;
    __m512i found[16];
#pragma clang loop unroll(full)
    for (int i = 0; i < pairs; i++) {
        const uint16_t *pair = codebook + 64 * i;
        found[i] = _mm512_permutex2var_epi16(_mm512_load_si512(pair), indices, _mm512_load_si512(pair + 32));
    }
#pragma clang loop unroll(full)
    for (int left = pairs, bit = 64; left > 1; left /= 2, bit *= 2) {
        __mmask32 upper = _mm512_test_epi16_mask(indices, _mm512_set1_epi16((short)bit));
#pragma clang loop unroll(full)
        for (int i = 0; i < left / 2; i++) found[i] = _mm512_mask_mov_epi16(found[2 * i], upper, found[2 * i + 1]);
    }
    return found[0];
}

// A byte of each value, plus EXPANDED_ZERO, or negative and then plus it.
INLINE void store_signed(uint8_t *quants, __m512i values, const uint8_t signs[8]) {
    uint64_t negative;
    memcpy(&negative, signs, sizeof negative);
    const __m512i twice_zero = _mm512_set1_epi8((char)(2 * EXPANDED_ZERO));
    _mm512_storeu_si512(quants, _mm512_mask_sub_epi8(values, negative, twice_zero, values));
}

INLINE __m512i widen_32(const uint8_t *bytes) {
    return _mm512_cvtepu8_epi16(_mm256_loadu_si256((const __m256i_u *)bytes));
}

INLINE void store_words(words8 words, uint8_t out[32]) { memcpy(out, &words, sizeof words); }

// MARK: - Two bits

// Eight bits of a word go to each of eight bytes: which of its bytes.
INLINE __m512i places_of_two_bits(void) {
    return _mm512_set_epi32(0x0f0f0f0f, 0x0e0e0e0e, 0x0d0d0d0d, 0x0c0c0c0c, 0x0b0b0b0b, 0x0a0a0a0a, 0x09090909, 0x08080808,
                            0x07070707, 0x06060606, 0x05050505, 0x04040404, 0x03030303, 0x02020202, 0x01010101, 0);
}

// Values of the levels 0, 1 and 2 of 64 columns, which are words 8 v to 8 v + 7 of the entries.
INLINE __m512i values_of_two_bits(__m512i entries, const int v, int low, int middle, int high) {
    const __m512i lanes[4] = {_mm512_shuffle_i32x4(entries, entries, 0x00), _mm512_shuffle_i32x4(entries, entries, 0x55),
                              _mm512_shuffle_i32x4(entries, entries, 0xaa), _mm512_shuffle_i32x4(entries, entries, 0xff)};
    __m512i bytes = _mm512_shuffle_epi8(lanes[v], places_of_two_bits());
    __mmask64 is_middle = _mm512_test_epi8_mask(bytes, _mm512_set1_epi32(0x40100401));
    __mmask64 is_high = _mm512_test_epi8_mask(bytes, _mm512_set1_epi32((int)0x80200802u));
    __m512i values = _mm512_mask_blend_epi8(is_middle, _mm512_set1_epi8((char)low), _mm512_set1_epi8((char)middle));
    return _mm512_mask_mov_epi8(values, is_high, _mm512_set1_epi8((char)high));
}

INLINE void store_two_bits(__m512i entries, const uint8_t signs[32], uint8_t *quants) {
#pragma clang loop unroll(full)
    for (int v = 0; v < 4; v++) {
        const int zero = EXPANDED_ZERO;
        store_signed(quants + 64 * v, values_of_two_bits(entries, v, zero + 8, zero + 25, zero + 43), signs + 8 * v);
    }
}

INLINE void expand_block_iq2_xxs(const void *block, uint8_t *quants, float *scales) {
    const swl_iq2_xxs *w = block;
    __m512i groups = _mm512_loadu_si512(w->groups);
    words8 words = (words8)_mm512_cvtepi64_epi32(_mm512_srli_epi64(groups, 32));
    __m512i indices = _mm512_cvtepu8_epi16(_mm512_cvtepi64_epi32(groups));
    uint8_t signs[32];
    store_words(signs_of_sevens(words), signs);
    store_odd_scales(f16_to_float(w->scale) / 8, words >> 28, scales);
    store_two_bits(look_up_words(iq2_xxs_words, 256, indices), signs, quants);
}

INLINE void expand_block_iq2_xs(const void *block, uint8_t *quants, float *scales) {
    const swl_iq2_xs *w = block;
    __m512i both = _mm512_loadu_si512(w->quants);
    __m512i indices = _mm512_and_si512(both, _mm512_set1_epi16(511));
    uint8_t signs[32];
    store_words(add_parity((words8)_mm512_cvtepi16_epi8(_mm512_srli_epi16(both, 9))), signs);
    store_nibble_scales(f16_to_float(w->scale) / 8, w->scales, scales);
    store_two_bits(look_up_words(iq2_xs_words, 512, indices), signs, quants);
}

// Fields of `bits` bits of eight bytes, 32 of them, each in the upper byte of a word from its lowest bit on; the bits above are
// others'.
INLINE __m512i upper_fields(uint64_t eight, __m512i places, __m512i shifts) {
    return _mm512_srlv_epi16(_mm512_shuffle_epi8(_mm512_set1_epi64((long long)eight), places), shifts);
}

INLINE void expand_block_iq2_s(const void *block, uint8_t *quants, float *scales) {
    const swl_iq2_s *w = block;
    // Byte i / 4 to the upper byte of word i, then its bits 2 (i % 4) and the next one down to the lowest.
    const __m512i places = _mm512_set_epi64(0x0780078007800780, 0x0680068006800680, 0x0580058005800580,
                                            0x0480048004800480, 0x0380038003800380, 0x0280028002800280,
                                            0x0180018001800180, 0x0080008000800080);
    const __m512i shifts = _mm512_set1_epi64(0x0006000400020000);
    uint64_t high;
    memcpy(&high, w->high, sizeof high);
    __m512i upper = _mm512_and_si512(upper_fields(high, places, shifts), _mm512_set1_epi16(0x300));
    store_nibble_scales(f16_to_float(w->scale) / 8, w->scales, scales);
    store_two_bits(look_up_words(iq2_s_words, 1024, _mm512_or_si512(widen_32(w->quants), upper)), w->signs, quants);
}

// MARK: - Three bits

// 128 columns: each entry's word has four levels. values: of each level, plus EXPANDED_ZERO.
INLINE void store_three_bits(__m512i entries, __m512i values, const uint8_t signs[16], uint8_t *quants) {
    const __m512i first = _mm512_set_epi64(3, 3, 2, 2, 1, 1, 0, 0), second = _mm512_set_epi64(7, 7, 6, 6, 5, 5, 4, 4);
    const __m512i bytes = _mm512_set_epi64(0x8007800680058004, 0x8003800280018000, 0x8007800680058004, 0x8003800280018000,
                                           0x8007800680058004, 0x8003800280018000, 0x8007800680058004, 0x8003800280018000);
#pragma clang loop unroll(full)
    for (int v = 0; v < 2; v++) {
        // Each byte, six bits, becomes a word; then three bits a byte.
        __m512i six = _mm512_shuffle_epi8(_mm512_permutexvar_epi64(v ? second : first, entries), bytes);
        __m512i levels = _mm512_ternarylogic_epi32(six, _mm512_slli_epi16(six, 5), _mm512_set1_epi16(0x0707), 0xa8);
        store_signed(quants + 64 * v, _mm512_shuffle_epi8(values, levels), signs + 8 * v);
    }
}

INLINE __m512i values_of_levels(long long eight) {
    return _mm512_add_epi8(_mm512_set1_epi64(eight), _mm512_set1_epi8(EXPANDED_ZERO));
}

INLINE void expand_block_iq3_xxs(const void *block, uint8_t *quants, float *scales) {
    const swl_iq3_xxs *w = block;
    const __m512i values = values_of_levels(0x3e342c241c140c04);
    words8 words = (words8)load_32(w->signs);
    uint8_t signs[32];
    store_words(signs_of_sevens(words), signs);
    store_odd_scales(f16_to_float(w->scale) / 4, words >> 28, scales);
#pragma clang loop unroll(full)
    for (int half = 0; half < 2; half++) {
        __m512i entries = look_up_words(iq3_xxs_words, 256, widen_32(w->quants + 32 * half));
        store_three_bits(entries, values, signs + 16 * half, quants + 128 * half);
    }
}

INLINE void expand_block_iq3_s(const void *block, uint8_t *quants, float *scales) {
    const swl_iq3_s *w = block;
    const __m512i values = values_of_levels(0x0f0d0b0907050301);
    const words8 shifts = {0, 4, 8, 12, 16, 20, 24, 28};
    store_odd_scales(f16_to_float(w->scale), (load_word(w->scales) - (words8){0}) >> shifts & 15, scales);
#pragma clang loop unroll(full)
    for (int half = 0; half < 2; half++) {
        __m512i indices = widen_32(w->quants + 32 * half);
        indices = _mm512_mask_add_epi16(indices, load_word(w->high + 4 * half), indices, _mm512_set1_epi16(256));
        store_three_bits(look_up_words(iq3_s_words, 512, indices), values, w->signs + 16 * half, quants + 128 * half);
    }
}

// MARK: - One bit

// 2048 words in four tables of 512.
INLINE __m512i look_up_iq1(__m512i indices) {
    __m512i found = look_up_words(iq1_words, 512, indices);
#pragma clang loop unroll(disable)
    for (int i = 1; i < 4; i++) {
        __mmask32 is_there = _mm512_cmpeq_epi16_mask(_mm512_srli_epi16(indices, 9), _mm512_set1_epi16((short)i));
        found = _mm512_mask_mov_epi16(found, is_there, look_up_words(iq1_words + 512 * i, 512, indices));
    }
    return found;
}

// less: a bit for each column.
INLINE void store_one_bit(__m512i entries, const uint8_t less[32], uint8_t *quants) {
    const __m512i one = _mm512_set1_epi8(1);
#pragma clang loop unroll(full)
    for (int v = 0; v < 4; v++) {
        const int zero = EXPANDED_ZERO;
        uint64_t is_less;
        memcpy(&is_less, less + 8 * v, sizeof is_less);
        __m512i values = values_of_two_bits(entries, v, zero - 8 + 1, zero + 1, zero + 8 + 1);
        values = _mm512_mask_sub_epi8(values, is_less, values, _mm512_add_epi8(one, one));
        _mm512_storeu_si512(quants + 64 * v, values);
    }
}

INLINE void expand_block_iq1_s(const void *block, uint8_t *quants, float *scales) {
    const swl_iq1_s *w = block;
    // Word i / 4 to word i; its bits 3 (i % 4) on to bits 8 on.
    const __m128i high = _mm_loadu_si128((const __m128i_u *)w->high);
    __m512i words = _mm512_permutexvar_epi16(
        _mm512_set_epi64(0x0007000700070007, 0x0006000600060006, 0x0005000500050005, 0x0004000400040004,
                         0x0003000300030003, 0x0002000200020002, 0x0001000100010001, 0),
        _mm512_castsi128_si512(high));
    __m512i low = _mm512_mullo_epi16(words, _mm512_set1_epi64(0x0000000400200100));
    low = _mm512_mask_srli_epi16(low, 0x88888888, words, 1);
    __m512i indices = _mm512_or_si512(widen_32(w->quants), _mm512_and_si512(low, _mm512_set1_epi16(0x700)));
    words8 sub_scales = (words8)_mm256_cvtepu16_epi32(_mm_and_si128(_mm_srli_epi16(high, 12), _mm_set1_epi16(7)));
    store_odd_scales(f16_to_float(w->scale) / 8, sub_scales, scales);
    uint8_t less[32];
    store_words((words8)_mm256_cvtepi16_epi32(_mm_srai_epi16(high, 15)), less);
    store_one_bit(look_up_iq1(indices), less, quants);
}

INLINE void expand_block_iq1_m(const void *block, uint8_t *quants, float *scales) {
    const swl_iq1_m *w = block;
    // Nibbles to words: three bits above the index, then the shift's sign.
    __m128i high = _mm_loadu_si128((const __m128i_u *)w->high);
    __m128i low_nibbles = _mm_and_si128(high, _mm_set1_epi8(15));
    __m128i high_nibbles = _mm_and_si128(_mm_srli_epi16(high, 4), _mm_set1_epi8(15));
    __m256i nibbles = _mm256_setr_m128i(_mm_unpacklo_epi8(low_nibbles, high_nibbles),
                                        _mm_unpackhi_epi8(low_nibbles, high_nibbles));
    __m512i upper = _mm512_slli_epi16(_mm512_cvtepu8_epi16(nibbles), 8);
    __m512i indices = _mm512_or_si512(widen_32(w->quants), _mm512_and_si512(upper, _mm512_set1_epi16(0x700)));
    uint8_t less[32];
    __mmask32 is_less = _mm256_test_epi8_mask(nibbles, _mm256_set1_epi8(8));
    _mm256_storeu_si256((__m256i_u *)less, _mm256_movm_epi8(is_less));
    uint64_t words;
    memcpy(&words, w->scales, sizeof words);
    uint16_t scale = (uint16_t)((words >> 12 & 15) | (words >> 24 & 0xf0) | (words >> 36 & 0xf00) | (words >> 48 & 0xf000));
    // Word i / 4, from bit 3 (i % 4) on.
    const __m256i shifts = _mm256_set1_epi64x(0x0009000600030000);
    __m256i fours = _mm256_permutexvar_epi16(_mm256_setr_epi16(0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3),
                                             _mm256_set1_epi64x((long long)words));
    __m256i sub_scales = _mm256_and_si256(_mm256_srlv_epi16(fours, shifts), _mm256_set1_epi16(7));
    __m512 odd = _mm512_cvtepi32_ps(_mm512_cvtepu16_epi32(
        _mm256_add_epi16(_mm256_add_epi16(sub_scales, sub_scales), _mm256_set1_epi16(1))));
    _mm512_storeu_ps(scales, _mm512_mul_ps(odd, _mm512_set1_ps(f16_to_float(scale) / 8)));
    store_one_bit(look_up_iq1(indices), less, quants);
}

#endif
