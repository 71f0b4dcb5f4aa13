// Rows of weights as bytes with a scale for each 16 of them, and what the formats' expansion shares (expand.h).
//
// The formats of one to three bits look up codebooks: to expand a row once for all tokens, into the L1 cache, costs them little,
// and their products are those of one format, so that a format adds no more code than its expansion.
#ifndef SWL_VECTOR_EXPAND_PARTS_H
#define SWL_VECTOR_EXPAND_PARTS_H

#include "vector.h"

#if defined(__x86_64__)
#include <immintrin.h>
enum { EXPANDED_ZERO = 64 };  // quants are -62 to 62: unsigned bytes for x86
#else
#include <arm_neon.h>
enum { EXPANDED_ZERO = 0 };
#endif

enum { EXPAND_AHEAD = 2048 };  // bytes that are asked for before they are read

enum { UNIT_COLUMNS = SWL_SUPER_BLOCK, COLUMN_SCALES = 16, UNIT_SCALES = UNIT_COLUMNS / COLUMN_SCALES };

// 256 columns of a row: column i is scales[i / 16] * (quants[i] - EXPANDED_ZERO).
typedef struct expanded_unit {
    uint8_t quants[UNIT_COLUMNS];
    float scales[UNIT_SCALES];
} expanded_unit;

// Expands `blocks` blocks of 32 columns; those that the last unit lacks get scales of zero.
typedef void (*expand_fn)(const void *row, size_t blocks, expanded_unit *out);

// A row's products with one token's units, which the ISA arranged, lane by lane.
typedef vf (*single_fn)(const void *row, size_t units, const void *arranged);

// A format's: `unit_bytes` of a row are a unit.
typedef struct expansion {
    expand_fn expand;
    size_t unit_bytes;
    single_fn single;  // the same sums, without expanding the row; or NULL
} expansion;

INLINE size_t units_of(size_t columns) { return swl_round_up(columns, UNIT_COLUMNS) / UNIT_COLUMNS; }

typedef uint8_t bytes4 __attribute__((vector_size(4)));
typedef uint32_t words4 __attribute__((vector_size(16)));
typedef int32_t ints4 __attribute__((vector_size(16)));
typedef float floats4 __attribute__((vector_size(16)));
typedef uint8_t bytes8 __attribute__((vector_size(8)));
typedef uint8_t bytes16 __attribute__((vector_size(16)));
typedef uint8_t bytes32 __attribute__((vector_size(32)));
typedef int32_t ints8 __attribute__((vector_size(32)));
typedef uint32_t words8 __attribute__((vector_size(32)));
typedef uint64_t entries4 __attribute__((vector_size(32)));
typedef float floats8 __attribute__((vector_size(32)));

// MARK: - Loads and stores

INLINE bytes32 load_32(const uint8_t *p) {
    bytes32 v;
    memcpy(&v, p, sizeof v);
    return v;
}

INLINE bytes8 load_8(const uint8_t *p) {
    bytes8 v;
    memcpy(&v, p, sizeof v);
    return v;
}

INLINE uint32_t load_word(const uint8_t *p) {
    uint32_t word;
    memcpy(&word, p, sizeof word);
    return word;
}

INLINE uint16_t load_half(const uint8_t *p) {
    uint16_t half;
    memcpy(&half, p, sizeof half);
    return half;
}

// 32 signed quants.
INLINE void store_quants(uint8_t *out, bytes32 quants) {
    quants += EXPANDED_ZERO;
    memcpy(out, &quants, sizeof quants);
}

// MARK: - Signs

// Elements negated where a bit is set, the lowest bit the first element's.
INLINE bytes32 negate_by(bytes32 v, uint32_t signs) {
#if LANES == 16
    return (bytes32)_mm256_mask_sub_epi8((__m256i)v, signs, _mm256_setzero_si256(), (__m256i)v);
#else
    const bytes32 bits = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128,
                          1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
    bytes32 all = (bytes32)(signs - (words8){0});
    bytes32 spread = __builtin_shufflevector(all, all, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1,  //
                                             18, 18, 18, 18, 18, 18, 18, 18, 19, 19, 19, 19, 19, 19, 19, 19);
    bytes32 mask = (bytes32)((spread & bits) == bits);
    return (v ^ mask) - mask;
#endif
}

// The parity of the low seven bits of each byte, in its highest bit; the others stay.
INLINE words8 add_parity(words8 sevens) {
    words8 parity = sevens ^ (sevens >> 4 & 0x07070707);
    parity ^= parity >> 2 & 0x03030303;
    parity ^= parity >> 1 & 0x01010101;
    return sevens | (parity & 0x01010101) << 7;
}

// 28 bits of each word are four times seven signs: their 32.
INLINE words8 signs_of_sevens(words8 v) {
    return add_parity((v & 0x7f) | (v << 1 & 0x7f00) | (v << 2 & 0x7f0000) | (v << 3 & 0x7f000000));
}

// MARK: - Scales

INLINE floats8 floats_of_words(words8 v) { return __builtin_convertvector((ints8)v, floats8); }

INLINE words8 words_of_bytes(bytes8 v) { return __builtin_convertvector(v, words8); }

// A scale for each 32 columns.
INLINE void store_8_scales(floats8 v, float out[UNIT_SCALES]) {
    floats8 first = __builtin_shufflevector(v, v, 0, 0, 1, 1, 2, 2, 3, 3);
    floats8 second = __builtin_shufflevector(v, v, 4, 4, 5, 5, 6, 6, 7, 7);
    memcpy(out, &first, sizeof first);
    memcpy(out + 8, &second, sizeof second);
}

// unit * (2 sub_scale + 1), a sub-scale for each 32 columns.
INLINE void store_odd_scales(float unit, words8 sub_scales, float out[UNIT_SCALES]) {
    store_8_scales(floats_of_words(2 * sub_scales + 1) * unit, out);
}

// unit * (2 sub_scale + 1), a nibble for each 16 columns.
INLINE void store_nibble_scales(float unit, const uint8_t nibbles[8], float out[UNIT_SCALES]) {
    bytes8 both = load_8(nibbles), low = both & 15, high = both >> 4;
    bytes8 first = __builtin_shufflevector(low, high, 0, 8, 1, 9, 2, 10, 3, 11);
    bytes8 second = __builtin_shufflevector(low, high, 4, 12, 5, 13, 6, 14, 7, 15);
    floats8 scales[2] = {floats_of_words(2 * words_of_bytes(first) + 1) * unit,
                         floats_of_words(2 * words_of_bytes(second) + 1) * unit};
    memcpy(out, scales, sizeof scales);
}

INLINE void fill_scales(float scale, size_t count, float *out) {
    for (size_t i = 0; i < count; i++) out[i] = scale;
}

// MARK: - Bytes looked up

// Byte by byte, of sixteen values.
INLINE bytes32 look_up_bytes(bytes16 values, bytes32 indices) {
#if defined(__x86_64__)
    return (bytes32)_mm256_shuffle_epi8(_mm256_broadcastsi128_si256((__m128i)values), (__m256i)indices);
#else
    uint8x16_t low = (uint8x16_t)__builtin_shufflevector(indices, indices, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13,
                                                         14, 15);
    uint8x16_t high = (uint8x16_t)__builtin_shufflevector(indices, indices, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27,
                                                          28, 29, 30, 31);
    bytes16 a = (bytes16)vqtbl1q_u8((uint8x16_t)values, low), b = (bytes16)vqtbl1q_u8((uint8x16_t)values, high);
    return __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22,
                                   23, 24, 25, 26, 27, 28, 29, 30, 31);
#endif
}

#endif
