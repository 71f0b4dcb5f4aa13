// Products of the formats with codebooks or few values with one token, for the tables of AVX2 and AVX-VNNI.
//
// What expanded.h does for several tokens, without a row of bytes in between: 32 columns are looked up, multiplied, and added
// up as there, so that results are the same. Signs go to the activations: entries are unsigned as they are.
#ifndef SWL_AVX2_SINGLE_H
#define SWL_AVX2_SINGLE_H

#include "expanded.h"
#include "../../vector/expand_codebooks.h"

// A block of 256 columns, as its products need it: computed for all of them at once.
typedef struct open_block {
    uint16_t indices[64];  // of entries, where they are not bytes of the block
    uint32_t signs[8];     // a bit, or a byte of shifts for each entry
    uint16_t shifts[32];   // of IQ1_M's entries, the same byte twice
    __m256i digits[8];     // of TQ1_0
    float scales[UNIT_SCALES];
} open_block;

// What products lack: nothing, or EXPANDED_ZERO times or once the activations' sum, which is to be taken off.
typedef enum lack { LACKS_NOTHING, LACKS_ZERO, LACKS_ONE } lack;

// MARK: - Lookups

// What is stored is loaded again, number by number: clang would rather extract it from vectors, which costs twice as much.
#define LOAD_AGAIN(array) __asm__("" : "+m"(array))

INLINE __m128i two_entries(const uint64_t *codebook, size_t a, size_t b) {
    __m128d low = _mm_load_sd((const double *)(codebook + a));
    return _mm_castpd_si128(_mm_loadh_pd(low, (const double *)(codebook + b)));
}

INLINE __m256i entries_at(const uint64_t *codebook, const uint16_t *at) {
    return _mm256_set_m128i(two_entries(codebook, at[2], at[3]), two_entries(codebook, at[0], at[1]));
}

INLINE __m256i byte_entries_at(const uint64_t *codebook, const uint8_t *at) {
    return _mm256_set_m128i(two_entries(codebook, at[2], at[3]), two_entries(codebook, at[0], at[1]));
}

// Sums of four products, as lanes.
INLINE __m256i fours_of(__m256i weights, __m256i quants) { return add_fours(_mm256_setzero_si256(), weights, quants); }

INLINE __m256i signed_fours(__m256i entries, const int8_t *quants, uint32_t signs) {
    return fours_of(entries, (__m256i)negate_by((bytes32)load_vector(quants), signs));
}

// 16 bytes as 16 numbers.
INLINE __m256i numbers_of(const uint8_t *bytes) {
    return _mm256_cvtepu8_epi16(_mm_loadu_si128((const void *)bytes));
}

// Each of four numbers of 16 bits, four times.
INLINE __m256i four_times(const uint8_t *p) {
    const __m256i order = _mm256_setr_epi8(0, 1, 0, 1, 0, 1, 0, 1, 2, 3, 2, 3, 2, 3, 2, 3,  //
                                           4, 5, 4, 5, 4, 5, 4, 5, 6, 7, 6, 7, 6, 7, 6, 7);
    return _mm256_shuffle_epi8(_mm256_broadcastq_epi64(_mm_loadl_epi64((const void *)p)), order);
}

// Four numbers, four times.
INLINE __m256i repeat_numbers(int a, int b, int c, int d) {
    return _mm256_set1_epi64x((long long)((uint64_t)a | (uint64_t)b << 16 | (uint64_t)c << 32 | (uint64_t)d << 48));
}

// MARK: - Blocks

INLINE void open_iq2_xxs(const swl_iq2_xxs *w, open_block *b) {
    words8 words = words_of_pairs(w->groups[0]), signs = signs_of_sevens(words);
    memcpy(b->signs, &signs, sizeof signs);
    store_odd_scales(f16_to_float(w->scale) / 8, words >> 28, b->scales);
    LOAD_AGAIN(b->signs);
}

INLINE __m256i fours_iq2_xxs(const swl_iq2_xxs *w, const open_block *b, size_t s, const int8_t *quants) {
    return signed_fours(byte_entries_at(swl_iq2_xxs_codebook, w->groups[s]), quants, b->signs[s]);
}

INLINE void open_iq2_xs(const swl_iq2_xs *w, open_block *b) {
    const __m256i index = _mm256_set1_epi16(511);
    __m256i first = load_vector(w->quants), second = load_vector(w->quants + 32);
    _mm256_storeu_si256((void *)b->indices, _mm256_and_si256(first, index));
    _mm256_storeu_si256((void *)(b->indices + 16), _mm256_and_si256(second, index));
    __m256i sevens = _mm256_packus_epi16(_mm256_srli_epi16(first, 9), _mm256_srli_epi16(second, 9));
    words8 signs = add_parity((words8)_mm256_permute4x64_epi64(sevens, 0xd8));
    memcpy(b->signs, &signs, sizeof signs);
    store_nibble_scales(f16_to_float(w->scale) / 8, w->scales, b->scales);
    LOAD_AGAIN(b->indices);
    LOAD_AGAIN(b->signs);
}

INLINE __m256i fours_iq2_xs(const swl_iq2_xs *w, const open_block *b, size_t s, const int8_t *quants) {
    (void)w;
    return signed_fours(entries_at(swl_iq2_xs_codebook, b->indices + 4 * s), quants, b->signs[s]);
}

INLINE void open_iq2_s(const swl_iq2_s *w, open_block *b) {
    const __m256i order = _mm256_setr_epi8(0, -1, 0, -1, 0, -1, 0, -1, 1, -1, 1, -1, 1, -1, 1, -1,  //
                                           2, -1, 2, -1, 2, -1, 2, -1, 3, -1, 3, -1, 3, -1, 3, -1);
    for (size_t half = 0; half < 2; half++) {
        __m256i high = _mm256_shuffle_epi8(_mm256_set1_epi32((int)load_word(w->high + 4 * half)), order);
        high = _mm256_and_si256(_mm256_mullo_epi16(high, repeat_numbers(256, 64, 16, 4)), _mm256_set1_epi16(0x300));
        __m256i all = _mm256_or_si256(high, numbers_of(w->quants + 16 * half));
        _mm256_storeu_si256((void *)(b->indices + 16 * half), all);
    }
    store_nibble_scales(f16_to_float(w->scale) / 8, w->scales, b->scales);
    LOAD_AGAIN(b->indices);
}

INLINE __m256i fours_iq2_s(const swl_iq2_s *w, const open_block *b, size_t s, const int8_t *quants) {
    __m256i entries = entries_at(swl_iq2_s_codebook, b->indices + 4 * s);
    return signed_fours(entries, quants, load_word(w->signs + 4 * s));
}

// Indices of 16 entries: their upper three bits are in place in `placed`.
INLINE void open_iq1_indices(const uint8_t *quants, __m256i placed, uint16_t *out) {
    __m256i all = _mm256_or_si256(_mm256_and_si256(placed, _mm256_set1_epi16(0x700)), numbers_of(quants));
    _mm256_storeu_si256((void *)out, all);
}

INLINE void open_iq1_s(const swl_iq1_s *w, open_block *b) {
    for (size_t half = 0; half < 2; half++) {
        __m256i high = four_times(w->high + 8 * half);
        __m256i placed = _mm256_or_si256(_mm256_mullo_epi16(high, repeat_numbers(256, 32, 4, 0)),
                                         _mm256_mulhi_epu16(high, repeat_numbers(0, 0, 0, 0x8000)));
        open_iq1_indices(w->quants + 16 * half, placed, b->indices + 16 * half);
    }
    __m256i high = _mm256_cvtepi16_epi32(_mm_loadu_si128((const void *)w->high));
    __m256i less = _mm256_and_si256(_mm256_srai_epi32(high, 31), _mm256_set1_epi32(0x02020202));
    __m256i shifts = _mm256_sub_epi32(_mm256_set1_epi32(0x01010101 * (EXPANDED_ZERO + 1)), less);
    _mm256_storeu_si256((void *)b->signs, shifts);
    store_odd_scales(f16_to_float(w->scale) / 8, (words8)high >> 12 & 7, b->scales);
    LOAD_AGAIN(b->indices);
    LOAD_AGAIN(b->signs);
}

INLINE __m256i fours_iq1_s(const swl_iq1_s *w, const open_block *b, size_t s, const int8_t *quants) {
    (void)w;
    __m256i entries = entries_at(swl_iq1_codebook, b->indices + 4 * s);
    return fours_of(_mm256_add_epi8(entries, _mm256_set1_epi32((int)b->signs[s])), load_vector(quants));
}

INLINE void open_iq1_m(const swl_iq1_m *w, open_block *b) {
    for (size_t half = 0; half < 2; half++) {
        __m256i high = four_times(w->high + 8 * half);
        __m256i placed = _mm256_or_si256(_mm256_mullo_epi16(high, repeat_numbers(256, 16, 1, 0)),
                                         _mm256_mulhi_epu16(high, repeat_numbers(0, 0, 0, 0x1000)));
        open_iq1_indices(w->quants + 16 * half, placed, b->indices + 16 * half);
        const __m256i bit = _mm256_set1_epi16(0x800);
        __m256i less = _mm256_cmpeq_epi16(_mm256_and_si256(placed, bit), bit);
        __m256i shifts = _mm256_sub_epi16(_mm256_set1_epi16(0x0101 * (EXPANDED_ZERO + 1)),
                                          _mm256_and_si256(less, _mm256_set1_epi16(0x0202)));
        _mm256_storeu_si256((void *)(b->shifts + 16 * half), shifts);
    }
    uint64_t words;
    memcpy(&words, w->scales, sizeof words);
    uint64_t scale = (words >> 12 & 15) | (words >> 24 & 0xf0) | (words >> 36 & 0xf00) | (words >> 48 & 0xf000);
    __m256 unit = _mm256_set1_ps(f16_to_float((uint16_t)scale) / 8);
    __m256i tops = _mm256_mullo_epi16(four_times(w->scales), repeat_numbers(1 << 13, 1 << 10, 1 << 7, 1 << 4));
    __m256i odd = _mm256_add_epi16(_mm256_slli_epi16(_mm256_srli_epi16(tops, 13), 1), _mm256_set1_epi16(1));
    __m256i first = _mm256_cvtepu16_epi32(_mm256_castsi256_si128(odd));
    __m256i second = _mm256_cvtepu16_epi32(_mm256_extracti128_si256(odd, 1));
    _mm256_storeu_ps(b->scales, _mm256_mul_ps(unit, _mm256_cvtepi32_ps(first)));
    _mm256_storeu_ps(b->scales + 8, _mm256_mul_ps(unit, _mm256_cvtepi32_ps(second)));
    LOAD_AGAIN(b->indices);
    LOAD_AGAIN(b->shifts);
}

INLINE __m256i fours_iq1_m(const swl_iq1_m *w, const open_block *b, size_t s, const int8_t *quants) {
    (void)w;
    const __m256i order = _mm256_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 2, 2, 2, 2, 2, 2,  //
                                           4, 4, 4, 4, 4, 4, 4, 4, 6, 6, 6, 6, 6, 6, 6, 6);
    __m256i shifts = _mm256_broadcastq_epi64(_mm_loadl_epi64((const void *)(b->shifts + 4 * s)));
    __m256i entries = entries_at(swl_iq1_codebook, b->indices + 4 * s);
    return fours_of(_mm256_add_epi8(entries, _mm256_shuffle_epi8(shifts, order)), load_vector(quants));
}

INLINE void open_iq3_xxs(const swl_iq3_xxs *w, open_block *b) {
    words8 words = (words8)load_32(w->signs), signs = signs_of_sevens(words);
    memcpy(b->signs, &signs, sizeof signs);
    store_odd_scales(f16_to_float(w->scale) / 4, words >> 28, b->scales);
    LOAD_AGAIN(b->signs);
}

INLINE __m256i fours_iq3_xxs(const swl_iq3_xxs *w, const open_block *b, size_t s, const int8_t *quants) {
    const uint32_t *c = swl_iq3_xxs_codebook;
    const uint8_t *at = w->quants + 8 * s;
    words8 entries = {c[at[0]], c[at[1]], c[at[2]], c[at[3]], c[at[4]], c[at[5]], c[at[6]], c[at[7]]};
    return signed_fours((__m256i)entries, quants, b->signs[s]);
}

INLINE void open_iq3_s(const swl_iq3_s *w, open_block *b) {
    const __m256i bits = _mm256_setr_epi16(1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128);
    const __m256i order = _mm256_setr_epi8(0, -1, 0, -1, 0, -1, 0, -1, 0, -1, 0, -1, 0, -1, 0, -1,  //
                                           1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1);
    for (size_t i = 0; i < 4; i++) {
        __m256i high = _mm256_shuffle_epi8(_mm256_set1_epi16((short)load_half(w->high + 2 * i)), order);
        high = _mm256_cmpeq_epi16(_mm256_and_si256(high, bits), bits);
        high = _mm256_and_si256(high, _mm256_set1_epi16(0x100));
        __m256i all = _mm256_or_si256(high, numbers_of(w->quants + 16 * i));
        _mm256_storeu_si256((void *)(b->indices + 16 * i), all);
    }
    const words8 shifts = {0, 4, 8, 12, 16, 20, 24, 28};
    store_odd_scales(f16_to_float(w->scale), (load_word(w->scales) - (words8){0}) >> shifts & 15, b->scales);
    LOAD_AGAIN(b->indices);
}

INLINE __m256i fours_iq3_s(const swl_iq3_s *w, const open_block *b, size_t s, const int8_t *quants) {
    const uint32_t *c = swl_iq3_s_codebook;
    const uint16_t *at = b->indices + 8 * s;
    words8 entries = {c[at[0]], c[at[1]], c[at[2]], c[at[3]], c[at[4]], c[at[5]], c[at[6]], c[at[7]]};
    return signed_fours((__m256i)entries, quants, load_word(w->signs + 4 * s));
}

// The first digit to the base 3 of each byte.
INLINE __m256i ternary_digits(__m256i bytes) {
    const __m256i least = _mm256_set1_epi8(-128);
    __m256i moved = _mm256_xor_si256(bytes, least);  // in the order of signed bytes
    __m256i one = _mm256_cmpgt_epi8(moved, _mm256_set1_epi8(85 - 128));
    __m256i two = _mm256_cmpgt_epi8(moved, _mm256_set1_epi8(170 - 128));
    return _mm256_abs_epi8(_mm256_add_epi8(one, two));
}

INLINE void open_tq1_0(const swl_tq1_0 *w, open_block *b) {
    fill_scales(f16_to_float(w->scale), UNIT_SCALES, b->scales);
    bytes32 bytes = load_32(w->quants);
#pragma clang loop unroll(full)
    for (size_t n = 0; n < 5; n++, bytes *= 3) b->digits[n] = ternary_digits((__m256i)bytes);
    // Sixteen bytes' digits n and n + 1 side by side, and at last four bytes' four.
    bytes16 one, four;
    bytes4 last;
    memcpy(&one, w->quants + 32, sizeof one);
    memcpy(&last, w->last, sizeof last);
    four = __builtin_shufflevector(last, last, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3);
    four *= (bytes16){1, 1, 1, 1, 3, 3, 3, 3, 9, 9, 9, 9, 27, 27, 27, 27};
    bytes16 three = one * 3, nine = three * 3, more = nine * 3, most = more * 3;
    b->digits[5] = ternary_digits(_mm256_set_m128i((__m128i)three, (__m128i)one));
    b->digits[6] = ternary_digits(_mm256_set_m128i((__m128i)more, (__m128i)nine));
    b->digits[7] = ternary_digits(_mm256_set_m128i((__m128i)four, (__m128i)most));
}

INLINE __m256i fours_tq1_0(const swl_tq1_0 *w, const open_block *b, size_t s, const int8_t *quants) {
    (void)w;
    return fours_of(b->digits[s], load_vector(quants));
}

INLINE void open_tq2_0(const swl_tq2_0 *w, open_block *b) {
    fill_scales(f16_to_float(w->scale), UNIT_SCALES, b->scales);
}

INLINE __m256i fours_tq2_0(const swl_tq2_0 *w, const open_block *b, size_t s, const int8_t *quants) {
    (void)b;
    __m256i packed = _mm256_srli_epi16(load_vector(w->quants + s / 4 * 32), (int)(s % 4 * 2));
    return fours_of(_mm256_and_si256(packed, _mm256_set1_epi8(3)), load_vector(quants));
}

// MARK: - Rows

// The sums of 128 columns, as `add_four_vectors` adds them up.
INLINE __m256 add_four_products(const lack lack, const __m256i products[4], const float *row_scales,
                                const arranged_unit *x, size_t first, __m256 sum) {
    __m256i dots = fold(add_words, products), starts = load_vector(x->starts + 2 * first);
    if (lack == LACKS_ONE) starts = _mm256_srai_epi32(starts, 6);  // EXPANDED_ZERO is 64
    if (lack != LACKS_NOTHING) dots = _mm256_add_epi32(dots, starts);
    return add_scaled_sums(dots, row_scales + 2 * first, x->scales + 2 * first, sum);
}

// single_F.
#define DEFINE_SINGLE(name, lack)                                                                       \
    static vf single_##name(const void *row, size_t units, const void *arranged) {                      \
        const swl_##name *w = row;                                                                      \
        const arranged_unit *x = arranged;                                                              \
        __m256 sum = _mm256_setzero_ps();                                                               \
        for (size_t u = 0; u < units; u++, w++, x++) {                                                  \
            open_block block;                                                                           \
            for (size_t i = 0; i < sizeof *w; i += 64) prefetch(w, EXPAND_AHEAD + i);                   \
            open_##name(w, &block);                                                                     \
            _Pragma("clang loop unroll(full)") for (size_t first = 0; first < 8; first += 4) {          \
                __m256i products[4];                                                                    \
                _Pragma("clang loop unroll(full)") for (size_t i = 0; i < 4; i++) {                     \
                    const size_t s = first + i;                                                         \
                    products[i] = fours_##name(w, &block, s, x->quants + s * SWL_BLOCK);                \
                }                                                                                       \
                sum = add_four_products(lack, products, block.scales, x, first, sum);                   \
            }                                                                                           \
        }                                                                                               \
        return (vf)sum;                                                                                 \
    }
DEFINE_SINGLE(iq3_s, LACKS_NOTHING)
DEFINE_SINGLE(iq3_xxs, LACKS_NOTHING)
DEFINE_SINGLE(iq2_s, LACKS_NOTHING)
DEFINE_SINGLE(iq2_xs, LACKS_NOTHING)
DEFINE_SINGLE(iq2_xxs, LACKS_NOTHING)
DEFINE_SINGLE(iq1_s, LACKS_ZERO)
DEFINE_SINGLE(iq1_m, LACKS_ZERO)
DEFINE_SINGLE(tq1_0, LACKS_ONE)
DEFINE_SINGLE(tq2_0, LACKS_ONE)

#define SINGLE(name) single_##name

#endif
