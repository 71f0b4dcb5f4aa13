// How AVX-512 unpacks weights: for each quantized format F
//
// - bytes_F(w, v, n): columns 64 v to 64 v + 63 of a unit as unsigned bytes, quants plus the format's zero;
// - scales_F(w, n, out): out[0], and for some formats out[1], what their kind says.
//
// A unit is UNIT columns: a superblock or eight blocks; the last unit of a row may have only the first n blocks.
// Columns of blocks that are not there get any bytes, their scales are zero; no byte beyond the n blocks is read.
#ifndef SWL_AVX512_UNPACK_H
#define SWL_AVX512_UNPACK_H

#include "../../vector/expand_parts.h"

enum {
    UNIT = SWL_SUPER_BLOCK,
    UNIT_BLOCKS = UNIT / SWL_BLOCK,
    UNIT_PARTS = UNIT / 16,  // the most sub-blocks with scales of their own
};

// The lanes of `scales_F`. The minimum of a format is subtracted from scale * quant.
typedef enum kind {
    SCALE_32,          // out[0]: scales of the unit's eight blocks
    SCALE_MINIMUM_32,  // out[0]: scales of the eight blocks, then their minimums
    SCALE_16,          // out[0]: scales of the sixteen half blocks
    SCALE_MINIMUM_16,  // out[0]: scales of the sixteen half blocks; out[1]: their minimums
} kind;

// How a format's weights are computed from what is unpacked. Functions take it as a constant, which the compiler folds; it
// fits two registers.
typedef struct format {
    uint8_t id;
    uint8_t kind;
    uint8_t zero;        // what quants are more than the weights' multiples of the scale
    uint8_t batch_from;  // the tokens from which a batch is faster than one token after the other (measured)
    uint16_t block_columns, block_bytes;
} format;

// Whether half blocks have scales of their own, and whether there are minimums.
INLINE bool has_halves(const format f) { return f.kind == SCALE_16 || f.kind == SCALE_MINIMUM_16; }
INLINE bool has_minimums(const format f) { return f.kind == SCALE_MINIMUM_32 || f.kind == SCALE_MINIMUM_16; }

// Bytes of a unit of a row.
INLINE size_t unit_bytes(const format f) { return (size_t)(UNIT / f.block_columns * f.block_bytes); }

typedef uint16_t words32 __attribute__((vector_size(64)));

INLINE __m512i both_halves(const void *bytes32) {
    return _mm512_broadcast_i64x4(_mm256_loadu_si256((const __m256i_u *)bytes32));
}

// 64-bit lanes of the first half shifted right by `first`, of the second half by `second`.
INLINE __m512i shift_halves(__m512i v, int first, int second) {
    return _mm512_srlv_epi64(v, _mm512_set_epi64(second, second, second, second, first, first, first, first));
}

INLINE __m512i left_shift_halves(__m512i v, int first, int second) {
    return _mm512_sllv_epi64(v, _mm512_set_epi64(second, second, second, second, first, first, first, first));
}

INLINE __m512i bytes_and(__m512i v, int mask) { return _mm512_and_si512(v, _mm512_set1_epi8((char)mask)); }

// A mask of the first `count` of 32 lanes; none where `count` is negative.
INLINE __mmask32 first_32(int count) {
    return count >= 32 ? 0xffffffffu : count <= 0 ? 0 : (1u << count) - 1;
}

INLINE __m512 spread_half(uint16_t half) { return _mm512_cvtph_ps(_mm256_set1_epi16((short)half)); }

// MARK: - Blocks of 32

// The nibbles of two blocks, each 16 bytes with the low nibbles first in order.
INLINE __m512i block_nibbles(const uint8_t *one, const uint8_t *two) {
    __m512i both = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i_u *)one));
    both = _mm512_mask_broadcast_i32x4(both, 0xff00, _mm_loadu_si128((const __m128i_u *)two));
    return bytes_and(_mm512_srlv_epi64(both, _mm512_set_epi64(4, 4, 0, 0, 4, 4, 0, 0)), 15);
}

// The second block of a vector, or the first again where there is no second; the first of the row where none is.
#define SECOND(w, v, n) ((w) + (2 * (v) + 1 < (n) ? 2 * (v) + 1 : FIRST_INDEX(v, n)))
#define FIRST_INDEX(v, n) (2 * (v) < (n) ? 2 * (v) : 0)
#define FIRST(w, v, n) ((w) + FIRST_INDEX(v, n))

#define NIBBLES(w, v, n) block_nibbles(FIRST(w, v, n)->quants, SECOND(w, v, n)->quants)

// 16 in each byte whose bit is set.
INLINE __m512i add_fifth_bits(__m512i nibbles, const uint8_t one[4], const uint8_t two[4]) {
    uint32_t low, high;
    memcpy(&low, one, 4);
    memcpy(&high, two, 4);
    return _mm512_mask_add_epi8(nibbles, (uint64_t)high << 32 | low, nibbles, _mm512_set1_epi8(16));
}

INLINE __m512i codebook(__m512i nibbles) {
    static const int8_t values[16] = {SWL_IQ4_CODEBOOK};
    __m512i table = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i_u *)values));
    return _mm512_shuffle_epi8(_mm512_xor_si512(table, _mm512_set1_epi8(-128)), nibbles);
}

INLINE __m512i bytes_q4_0(const void *unit, int v, int n) {
    const swl_q4_0 *w = unit;
    return NIBBLES(w, v, n);
}

INLINE __m512i bytes_q4_1(const void *unit, int v, int n) {
    const swl_q4_1 *w = unit;
    return NIBBLES(w, v, n);
}

INLINE __m512i bytes_iq4_nl(const void *unit, int v, int n) {
    const swl_iq4_nl *w = unit;
    return codebook(NIBBLES(w, v, n));
}

enum { MXFP4_ZERO = 12 };  // what makes values of the codebook 0 to 24

INLINE __m512i mxfp4_codebook(__m512i nibbles) {
    static const int8_t values[16] = {SWL_MXFP4_CODEBOOK};
    __m512i table = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i_u *)values));
    return _mm512_shuffle_epi8(_mm512_add_epi8(table, _mm512_set1_epi8(MXFP4_ZERO)), nibbles);
}

INLINE __m512i bytes_mxfp4(const void *unit, int v, int n) {
    const swl_mxfp4 *w = unit;
    return mxfp4_codebook(NIBBLES(w, v, n));
}

INLINE __m512i bytes_q5_0(const void *unit, int v, int n) {
    const swl_q5_0 *w = unit;
    return add_fifth_bits(NIBBLES(w, v, n), FIRST(w, v, n)->high, SECOND(w, v, n)->high);
}

INLINE __m512i bytes_q5_1(const void *unit, int v, int n) {
    const swl_q5_1 *w = unit;
    return add_fifth_bits(NIBBLES(w, v, n), FIRST(w, v, n)->high, SECOND(w, v, n)->high);
}

INLINE __m512i bytes_q8_0(const void *unit, int v, int n) {
    const swl_q8_0 *w = unit;
    __m512i one = _mm512_castsi256_si512(_mm256_loadu_si256((const __m256i_u *)FIRST(w, v, n)->quants));
    one = _mm512_inserti64x4(one, _mm256_loadu_si256((const __m256i_u *)SECOND(w, v, n)->quants), 1);
    return _mm512_xor_si512(one, _mm512_set1_epi8(-128));
}

// The first words of `n` <= 8 blocks of `words` 16-bit words, in lanes 0 to 7; in lanes 8 to 15 their second words.
// Two to four loads hold them: `each` blocks a load, the third of three loads ending where the eighth block ends.
INLINE __m512 block_scales(const void *w, const int words, int n) {
    const uint16_t *first = w;
    const int each = words <= 10 ? 4 : words <= 15 ? 3 : 2, loads = (UNIT_BLOCKS + each - 1) / each;
    words32 places = {0};
    __m512i parts[4];
#pragma clang loop unroll(full)
    for (int i = 0; i < loads; i++) {
        int start = loads == 3 && i == 2 ? UNIT_BLOCKS * words - 32 : i * each * words, there = n * words - start;
        parts[i] = n == UNIT_BLOCKS ? _mm512_loadu_si512(first + start)
                                    : _mm512_maskz_loadu_epi16(first_32(there), first + start);
#pragma clang loop unroll(full)
        for (int lane = 0; lane < 16; lane++) {
            if (lane % 8 / each == i) places[lane] = (uint16_t)(lane % 8 * words + lane / 8 - start + i % 2 * 32);
        }
    }
    const __mmask32 later_lanes = each == 3 ? 0xc0c0 : 0xf0f0;
    __m512i halves = _mm512_permutex2var_epi16(parts[0], (__m512i)places, parts[1]);
    if (loads > 2) {
        __m512i later = _mm512_permutex2var_epi16(parts[2], (__m512i)places, parts[loads == 3 ? 2 : 3]);
        halves = _mm512_mask_mov_epi16(halves, later_lanes, later);
    }
    return _mm512_cvtph_ps(_mm512_castsi512_si256(halves));
}

// GGUF's Q4_1 and Q5_1 add their minimum.
INLINE __m512 negate_minimums(__m512 v) {
    return (__m512)_mm512_mask_xor_epi32((__m512i)v, 0xff00, (__m512i)v, _mm512_set1_epi32(INT32_MIN));
}

INLINE void scales_q4_0(const void *unit, int n, __m512 out[2]) { out[0] = block_scales(unit, 9, n); }
INLINE void scales_q4_1(const void *unit, int n, __m512 out[2]) { out[0] = negate_minimums(block_scales(unit, 10, n)); }
INLINE void scales_q5_0(const void *unit, int n, __m512 out[2]) { out[0] = block_scales(unit, 11, n); }
INLINE void scales_q5_1(const void *unit, int n, __m512 out[2]) { out[0] = negate_minimums(block_scales(unit, 12, n)); }
INLINE void scales_q8_0(const void *unit, int n, __m512 out[2]) { out[0] = block_scales(unit, 17, n); }
INLINE void scales_iq4_nl(const void *unit, int n, __m512 out[2]) { out[0] = block_scales(unit, 9, n); }

// 2^(exponent - 128), the first two subnormal; zero for blocks that are not there.
#define EXPONENT_AT(i) ((i) < n ? w[i].exponent : -1)
INLINE void scales_mxfp4(const void *unit, int n, __m512 out[2]) {
    const swl_mxfp4 *w = unit;
    __m256i exponents = _mm256_setr_epi32(EXPONENT_AT(0), EXPONENT_AT(1), EXPONENT_AT(2), EXPONENT_AT(3), EXPONENT_AT(4),
                                          EXPONENT_AT(5), EXPONENT_AT(6), EXPONENT_AT(7));
    __m256i bits = _mm256_sllv_epi32(_mm256_set1_epi32(0x00200000), exponents);
    __mmask8 is_normal = _mm256_cmpgt_epi32_mask(exponents, _mm256_set1_epi32(1));
    bits = _mm256_mask_slli_epi32(bits, is_normal, _mm256_sub_epi32(exponents, _mm256_set1_epi32(1)), 23);
    out[0] = _mm512_zextps256_ps512(_mm256_castsi256_ps(bits));
}

// MARK: - Blocks of 256

INLINE __m512i bytes_q2_k(const void *unit, int v, int n) {
    (void)n;
    const swl_q2_k *w = unit;
    return bytes_and(shift_halves(both_halves(w->quants + v / 2 * 32), v % 2 * 4, v % 2 * 4 + 2), 3);
}

// One bit of `high` becomes bit `place` of each byte.
INLINE __m512i high_bits(const uint8_t high[32], int v, int place) {
    __m512i bits = both_halves(high);
    bits = place > 2 * v ? left_shift_halves(bits, place - 2 * v, place - 2 * v - 1)
                         : shift_halves(bits, 2 * v - place, 2 * v - place + 1);
    return bytes_and(bits, 1 << place);
}

INLINE __m512i bytes_q3_k(const void *unit, int v, int n) {
    (void)n;
    const swl_q3_k *w = unit;
    __m512i low = bytes_and(shift_halves(both_halves(w->quants + v / 2 * 32), v % 2 * 4, v % 2 * 4 + 2), 3);
    return _mm512_or_si512(low, high_bits(w->high, v, 2));
}

INLINE __m512i bytes_q4_k(const void *unit, int v, int n) {
    (void)n;
    const swl_q4_k *w = unit;
    return bytes_and(shift_halves(both_halves(w->quants + v * 32), 0, 4), 15);
}

INLINE __m512i bytes_q5_k(const void *unit, int v, int n) {
    (void)n;
    const swl_q5_k *w = unit;
    __m512i low = bytes_and(shift_halves(both_halves(w->quants + v * 32), 0, 4), 15);
    return _mm512_or_si512(low, high_bits(w->high, v, 4));
}

INLINE __m512i bytes_q6_k(const void *unit, int v, int n) {
    (void)n;
    const swl_q6_k *w = unit;
    __m512i low = _mm512_loadu_si512(w->low + v / 2 * 64), high = both_halves(w->high + v / 2 * 32);
    if (v % 2) low = _mm512_srli_epi16(low, 4);
    high = v % 2 ? shift_halves(high, 0, 2) : left_shift_halves(high, 4, 2);
    return _mm512_or_si512(bytes_and(low, 15), bytes_and(high, 0x30));
}

INLINE __m512i bytes_iq4_xs(const void *unit, int v, int n) {
    (void)n;
    const swl_iq4_xs *w = unit;
    return codebook(block_nibbles(w->quants + v * 32, w->quants + v * 32 + 16));
}

INLINE __m512i int_lanes(__m512i v, int mask) { return _mm512_and_si512(v, _mm512_set1_epi32(mask)); }

INLINE void scales_q2_k(const void *unit, int n, __m512 out[2]) {
    (void)n;
    const swl_q2_k *w = unit;
    __m512i both = _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i_u *)w->scales));
    out[0] = _mm512_mul_ps(spread_half(w->scale), _mm512_cvtepi32_ps(int_lanes(both, 15)));
    out[1] = _mm512_mul_ps(spread_half(w->minimum), _mm512_cvtepi32_ps(_mm512_srli_epi32(both, 4)));
}

// Bytes a and b of each int32 lane are bytes of `header`, the other two zero.
#define LANE(a, b) ((int)(0x80800000u | (unsigned)(b) << 8 | (unsigned)(a)))

INLINE __m512i header_bytes(__m128i header, __m512i places) {
    return _mm512_shuffle_epi8(_mm512_broadcast_i32x4(header), places);
}

// The bytes that end with the block's scale are read: the sub-scales begin at the third of them.
INLINE void scales_q3_k(const void *unit, int n, __m512 out[2]) {
    (void)n;
    const swl_q3_k *w = unit;
    const __m512i places =
        _mm512_set_epi32(LANE(9, 13), LANE(8, 12), LANE(7, 11), LANE(6, 10), LANE(5, 13), LANE(4, 12), LANE(3, 11),
                         LANE(2, 10), LANE(9, 13), LANE(8, 12), LANE(7, 11), LANE(6, 10), LANE(5, 13), LANE(4, 12),
                         LANE(3, 11), LANE(2, 10));
    __m512i bytes = header_bytes(_mm_loadu_si128((const __m128i_u *)((const char *)(w + 1) - 16)), places);
    __m512i low = _mm512_srlv_epi32(bytes, _mm512_set_epi32(4, 4, 4, 4, 4, 4, 4, 4, 0, 0, 0, 0, 0, 0, 0, 0));
    __m512i high = _mm512_srlv_epi32(bytes, _mm512_set_epi32(10, 10, 10, 10, 8, 8, 8, 8, 6, 6, 6, 6, 4, 4, 4, 4));
    __m512i scales = _mm512_or_si512(int_lanes(low, 15), int_lanes(high, 0x30));
    scales = _mm512_sub_epi32(scales, _mm512_set1_epi32(32));
    out[0] = _mm512_mul_ps(spread_half(w->scale), _mm512_cvtepi32_ps(scales));
}

// Of Q4_K and Q5_K, whose first 16 bytes are alike.
INLINE __m512 scales_and_minimums(const void *block) {
    const __m512i places =
        _mm512_set_epi32(LANE(15, 11), LANE(14, 10), LANE(13, 9), LANE(12, 8), LANE(11, 0x80), LANE(10, 0x80),
                         LANE(9, 0x80), LANE(8, 0x80), LANE(15, 7), LANE(14, 6), LANE(13, 5), LANE(12, 4),
                         LANE(7, 0x80), LANE(6, 0x80), LANE(5, 0x80), LANE(4, 0x80));
    const __m512i shifts = _mm512_set_epi32(4, 4, 4, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    const __m512i masks = _mm512_set_epi32(15, 15, 15, 15, 63, 63, 63, 63, 15, 15, 15, 15, 63, 63, 63, 63);
    const __m256i factor_places = _mm256_set_epi8(3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 3, 2,  //
                                                  1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0);
    __m128i header = _mm_loadu_si128((const __m128i_u *)block);
    __m512i bytes = header_bytes(header, places);
    __m512i low = _mm512_and_si512(_mm512_srlv_epi32(bytes, shifts), masks);
    __m512i both = _mm512_or_si512(low, int_lanes(_mm512_srli_epi32(bytes, 10), 0x30));
    __m256i factors = _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(header), factor_places);
    return _mm512_mul_ps(_mm512_cvtph_ps(factors), _mm512_cvtepi32_ps(both));
}

INLINE void scales_q4_k(const void *unit, int n, __m512 out[2]) {
    (void)n;
    const swl_q4_k *w = unit;
    out[0] = scales_and_minimums(w);
}

INLINE void scales_q5_k(const void *unit, int n, __m512 out[2]) {
    (void)n;
    const swl_q5_k *w = unit;
    out[0] = scales_and_minimums(w);
}

INLINE void scales_q6_k(const void *unit, int n, __m512 out[2]) {
    (void)n;
    const swl_q6_k *w = unit;
    __m512i scales = _mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i_u *)w->scales));
    out[0] = _mm512_mul_ps(spread_half(w->scale), _mm512_cvtepi32_ps(scales));
}

INLINE void scales_iq4_xs(const void *unit, int n, __m512 out[2]) {
    (void)n;
    const swl_iq4_xs *w = unit;
    // Byte 0: two low nibbles, bytes 1 and 2: the high bits; in lanes 8 to 15 zero.
    const __m512i places = _mm512_set_epi32(-1, -1, -1, -1, -1, -1, -1, -1, (int)0x80030207, (int)0x80030207,
                                            (int)0x80030206, (int)0x80030206, (int)0x80030205, (int)0x80030205,
                                            (int)0x80030204, (int)0x80030204);
    __m512i bytes = header_bytes(_mm_loadl_epi64((const __m128i_u *)w), places);
    __m512i low = _mm512_srlv_epi32(bytes, _mm512_set_epi32(0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 4, 0, 4, 0, 4, 0));
    __m512i high = _mm512_srlv_epi32(bytes, _mm512_set_epi32(0, 0, 0, 0, 0, 0, 0, 0, 18, 16, 14, 12, 10, 8, 6, 4));
    __m512i scales = _mm512_or_si512(int_lanes(low, 15), int_lanes(high, 0x30));
    scales = _mm512_sub_epi32(scales, _mm512_set1_epi32(32));
    out[0] = _mm512_mul_ps(spread_half(w->scale), _mm512_cvtepi32_ps(scales));
}

// MARK: - Rows that are expanded first

INLINE __m512i bytes_expanded(const void *unit, int v, int n) {
    (void)n;
    const expanded_unit *w = unit;
    return _mm512_loadu_si512(w->quants + v * 64);
}

INLINE void scales_expanded(const void *unit, int n, __m512 out[2]) {
    (void)n;
    const expanded_unit *w = unit;
    out[0] = _mm512_loadu_ps(w->scales);
}

// MARK: - Formats

// name, id, kind, zero, columns of a block, batch_from
#define FORMAT(name, id, kind, zero, columns, batch_from) \
    static const format format_##name = {id, kind, zero, batch_from, columns, sizeof(swl_##name)}
FORMAT(q4_0, SWL_Q4_0, SCALE_32, 8, SWL_BLOCK, 5);
FORMAT(q4_1, SWL_Q4_1, SCALE_MINIMUM_32, 0, SWL_BLOCK, 5);
FORMAT(q5_0, SWL_Q5_0, SCALE_32, 16, SWL_BLOCK, 9);
FORMAT(q5_1, SWL_Q5_1, SCALE_MINIMUM_32, 0, SWL_BLOCK, 9);
FORMAT(q8_0, SWL_Q8_0, SCALE_32, 128, SWL_BLOCK, 8);
FORMAT(iq4_nl, SWL_IQ4_NL, SCALE_32, 128, SWL_BLOCK, 5);
FORMAT(mxfp4, SWL_MXFP4, SCALE_32, MXFP4_ZERO, SWL_BLOCK, 5);
FORMAT(q2_k, SWL_Q2_K, SCALE_MINIMUM_16, 0, SWL_SUPER_BLOCK, 9);
FORMAT(q3_k, SWL_Q3_K, SCALE_16, 4, SWL_SUPER_BLOCK, 9);
FORMAT(q4_k, SWL_Q4_K, SCALE_MINIMUM_32, 0, SWL_SUPER_BLOCK, 6);
FORMAT(q5_k, SWL_Q5_K, SCALE_MINIMUM_32, 0, SWL_SUPER_BLOCK, 9);
FORMAT(q6_k, SWL_Q6_K, SCALE_16, 32, SWL_SUPER_BLOCK, 9);
FORMAT(iq4_xs, SWL_IQ4_XS, SCALE_32, 128, SWL_SUPER_BLOCK, 5);

enum { EXPANDED_FORMAT = 255 };
static const format format_expanded = {EXPANDED_FORMAT, SCALE_16, EXPANDED_ZERO, 0, UNIT, sizeof(expanded_unit)};

// The dispatch below has a constant format: one case is left of it. Direct calls are inlined before loops are unrolled, calls
// by function pointers after.

INLINE __m512i bytes_of(const format f, const void *unit, int v, int n) {
    switch (f.id) {
#define BYTES(name, id) case id: return bytes_##name(unit, v, n);
        SWL_UNPACKED_FORMATS(BYTES)
        BYTES(expanded, EXPANDED_FORMAT)
    }
    return _mm512_setzero_si512();
}

INLINE void scales_of(const format f, const void *unit, int n, __m512 out[2]) {
    switch (f.id) {
#define SCALES(name, id) case id: scales_##name(unit, n, out); break;
        SWL_UNPACKED_FORMATS(SCALES)
        SCALES(expanded, EXPANDED_FORMAT)
    }
}

#endif
