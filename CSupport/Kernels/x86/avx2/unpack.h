// Weights unpacked to bytes in 256-bit registers, for the tables of AVX2 and AVX-VNNI.
//
// A chunk is up to eight blocks of 32 elements, or one of 256. It unpacks to eight vectors: vector s holds the chunk's
// sub-block s, 16 elements, in its lower half and sub-block s + 8 in its upper half. So block i = s / 2 lies in lower
// halves, block i + 4 in upper ones, whatever the format.
//
// A vector of eight scales or minimums has block i's in lane i. Blocks of 32 that a row does not have are zero.
#ifndef SWL_AVX2_UNPACK_H
#define SWL_AVX2_UNPACK_H

#include <immintrin.h>

#include "../../vector/vector.h"

enum {
    CHUNK = 8,               // blocks of 32
    CHUNK_COLUMNS = CHUNK * SWL_BLOCK,
    SUB_BLOCK = 16,
    SUB_BLOCKS = CHUNK_COLUMNS / SUB_BLOCK,
};

// A chunk's scales.
typedef struct chunk_scales {
    __m256 scales;
    __m256 minimums;         // minimums == 1: what is added for each unit of activation
    __m256i sub_scales;      // of the 16 sub-blocks, int16
    __m256i sub_minimums;    // minimums == 2: those, int16, to be multiplied by
    __m256 minimum;          // this
} chunk_scales;

// MARK: - Parts

INLINE __m256i load_halves(const void *low, const void *high) {
    __m256i v = _mm256_castsi128_si256(_mm_loadu_si128(low));
    return _mm256_inserti128_si256(v, _mm_loadu_si128(high), 1);
}

// 16 bytes of a block `i` and of block `i + 4`, `stride` bytes apart from block to block; zero for one that is not there.
INLINE __m256i load_blocks(const void *first, size_t stride, size_t i, size_t count) {
    const char *at = (const char *)first + i * stride;
    if (i + 4 < count) return load_halves(at, at + 4 * stride);
    return i < count ? _mm256_zextsi128_si256(_mm_loadu_si128((const void *)at)) : _mm256_setzero_si256();
}

INLINE __m256i low_nibbles(__m256i v) { return _mm256_and_si256(v, _mm256_set1_epi8(15)); }

INLINE __m256i high_nibbles(__m256i v) { return low_nibbles(_mm256_srli_epi16(v, 4)); }

INLINE short half_at(const void *p) {
    short half;
    memcpy(&half, p, sizeof half);
    return half;
}

// The first `count` of eight float16, `stride` bytes apart; the others are zero.
#define HALF_AT(i) ((i) < count ? half_at((const char *)first + (i) * stride) : (short)0)
INLINE __m256 gather_f16(const void *first, size_t stride, size_t count) {
    return _mm256_cvtph_ps(_mm_setr_epi16(HALF_AT(0), HALF_AT(1), HALF_AT(2), HALF_AT(3), HALF_AT(4), HALF_AT(5),
                                          HALF_AT(6), HALF_AT(7)));
}

INLINE __m256 broadcast_f16(uint16_t half) { return _mm256_cvtph_ps(_mm_set1_epi16((short)half)); }

INLINE __m256 negative(__m256 v) { return _mm256_xor_ps(v, _mm256_set1_ps(-0.0f)); }

INLINE __m256 floats_of_bytes(uint64_t bytes) {
    return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_cvtsi64_si128((long long)bytes)));
}

INLINE uint32_t word_at(const uint8_t *bytes) {
    uint32_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

// MARK: - Blocks of 32

// quants: of the first block; the others' follow at `stride`.
INLINE void unpack_nibbles(const uint8_t *quants, size_t stride, size_t count, __m256i out[8]) {
    for (size_t i = 0; i < 4; i++) {
        __m256i packed = load_blocks(quants, stride, i, count);
        out[2 * i] = low_nibbles(packed);
        out[2 * i + 1] = high_nibbles(packed);
    }
}

INLINE void unpack_q4_0(const void *weights, size_t count, __m256i out[8]) {
    const swl_q4_0 *w = weights;
    unpack_nibbles(w->quants, sizeof *w, count, out);
}

INLINE void unpack_q4_1(const void *weights, size_t count, __m256i out[8]) {
    const swl_q4_1 *w = weights;
    unpack_nibbles(w->quants, sizeof *w, count, out);
}

// Bit i + 16 * half of each half's lowest word to byte i of that half, as 16 or 0.
INLINE __m256i fifth_bits(__m256i words, int half) {
    const __m256i bits = _mm256_set1_epi64x((long long)0x8040201008040201);
    const __m256i bytes = _mm256_broadcastsi128_si256(
        _mm_add_epi8(_mm_set_epi64x(0x0101010101010101, 0), _mm_set1_epi8((char)(2 * half))));
    __m256i set = _mm256_cmpeq_epi8(_mm256_and_si256(_mm256_shuffle_epi8(words, bytes), bits), bits);
    return _mm256_and_si256(set, _mm256_set1_epi8(16));
}

// Nibbles and, in four bytes, a fifth bit for every column.
INLINE void unpack_five_bits(const uint8_t *quants, const uint8_t *high, size_t stride, size_t count, __m256i out[8]) {
    for (size_t i = 0; i < 4; i++) {
        __m256i packed = load_blocks(quants, stride, i, count);
        int first = i < count ? (int)word_at(high + i * stride) : 0;
        int second = i + 4 < count ? (int)word_at(high + (i + 4) * stride) : 0;
        __m256i words = _mm256_zextsi128_si256(_mm_cvtsi32_si128(first));
        words = _mm256_inserti128_si256(words, _mm_cvtsi32_si128(second), 1);
        out[2 * i] = _mm256_or_si256(low_nibbles(packed), fifth_bits(words, 0));
        out[2 * i + 1] = _mm256_or_si256(high_nibbles(packed), fifth_bits(words, 1));
    }
}

INLINE void unpack_q5_0(const void *weights, size_t count, __m256i out[8]) {
    const swl_q5_0 *w = weights;
    unpack_five_bits(w->quants, w->high, sizeof *w, count, out);
}

INLINE void unpack_q5_1(const void *weights, size_t count, __m256i out[8]) {
    const swl_q5_1 *w = weights;
    unpack_five_bits(w->quants, w->high, sizeof *w, count, out);
}

INLINE void unpack_q8_0(const void *weights, size_t count, __m256i out[8]) {
    const swl_q8_0 *w = weights;
    const __m256i zero = _mm256_set1_epi8((char)SIGNED_ZERO);
    for (size_t i = 0; i < 4; i++) {
        out[2 * i] = _mm256_add_epi8(load_blocks(w->quants, sizeof *w, i, count), zero);
        out[2 * i + 1] = _mm256_add_epi8(load_blocks(w->quants + 16, sizeof *w, i, count), zero);
    }
}

INLINE __m256i decoded(__m256i nibbles) {
    const __m256i codebook = _mm256_broadcastsi128_si256(_mm_setr_epi8(SWL_IQ4_CODEBOOK));
    return _mm256_shuffle_epi8(_mm256_add_epi8(codebook, _mm256_set1_epi8((char)SIGNED_ZERO)), nibbles);
}

INLINE void unpack_iq4_nl(const void *weights, size_t count, __m256i out[8]) {
    const swl_iq4_nl *w = weights;
    for (size_t i = 0; i < 4; i++) {
        __m256i packed = load_blocks(w->quants, sizeof *w, i, count);
        out[2 * i] = decoded(low_nibbles(packed));
        out[2 * i + 1] = decoded(high_nibbles(packed));
    }
}

enum { MXFP4_ZERO = 12 };  // what makes values of the codebook 0 to 24

INLINE void unpack_mxfp4(const void *weights, size_t count, __m256i out[8]) {
    const swl_mxfp4 *w = weights;
    __m256i codebook = _mm256_broadcastsi128_si256(_mm_setr_epi8(SWL_MXFP4_CODEBOOK));
    codebook = _mm256_add_epi8(codebook, _mm256_set1_epi8(MXFP4_ZERO));
    for (size_t i = 0; i < 4; i++) {
        __m256i packed = load_blocks(w->quants, sizeof *w, i, count);
        out[2 * i] = _mm256_shuffle_epi8(codebook, low_nibbles(packed));
        out[2 * i + 1] = _mm256_shuffle_epi8(codebook, high_nibbles(packed));
    }
}

// 2^(exponent - 128), the first two subnormal; zero for blocks that are not there.
#define EXPONENT_AT(i) ((i) < count ? w[i].exponent : -1)
INLINE chunk_scales scales_mxfp4(const void *weights, size_t count) {
    const swl_mxfp4 *w = weights;
    __m256i exponents = _mm256_setr_epi32(EXPONENT_AT(0), EXPONENT_AT(1), EXPONENT_AT(2), EXPONENT_AT(3), EXPONENT_AT(4),
                                          EXPONENT_AT(5), EXPONENT_AT(6), EXPONENT_AT(7));
    __m256i subnormal = _mm256_sllv_epi32(_mm256_set1_epi32(0x00200000), exponents);
    __m256i normal = _mm256_slli_epi32(_mm256_sub_epi32(exponents, _mm256_set1_epi32(1)), 23);
    __m256i bits = _mm256_blendv_epi8(subnormal, normal, _mm256_cmpgt_epi32(exponents, _mm256_set1_epi32(1)));
    return (chunk_scales){.scales = _mm256_castsi256_ps(bits)};
}

INLINE chunk_scales scales_q4_0(const void *weights, size_t count) {
    const swl_q4_0 *w = weights;
    return (chunk_scales){.scales = gather_f16(&w->scale, sizeof *w, count)};
}

INLINE chunk_scales scales_q5_0(const void *weights, size_t count) {
    const swl_q5_0 *w = weights;
    return (chunk_scales){.scales = gather_f16(&w->scale, sizeof *w, count)};
}

INLINE chunk_scales scales_q8_0(const void *weights, size_t count) {
    const swl_q8_0 *w = weights;
    return (chunk_scales){.scales = gather_f16(&w->scale, sizeof *w, count)};
}

INLINE chunk_scales scales_iq4_nl(const void *weights, size_t count) {
    const swl_iq4_nl *w = weights;
    return (chunk_scales){.scales = gather_f16(&w->scale, sizeof *w, count)};
}

INLINE chunk_scales scales_and_minimums(const void *scale, const void *minimum, size_t stride, size_t count) {
    return (chunk_scales){.scales = gather_f16(scale, stride, count), .minimums = gather_f16(minimum, stride, count)};
}

INLINE chunk_scales scales_q4_1(const void *weights, size_t count) {
    const swl_q4_1 *w = weights;
    return scales_and_minimums(&w->scale, &w->minimum, sizeof *w, count);
}

INLINE chunk_scales scales_q5_1(const void *weights, size_t count) {
    const swl_q5_1 *w = weights;
    return scales_and_minimums(&w->scale, &w->minimum, sizeof *w, count);
}

// MARK: - Blocks of 256

INLINE void unpack_nibble_groups(const uint8_t quants[128], __m256i out[8]) {
    for (size_t s = 0; s < 4; s++) {
        const uint8_t *group = quants + s / 2 * 32 + s % 2 * 16;
        __m256i packed = load_halves(group, group + 64);
        out[s / 2 * 4 + s % 2] = low_nibbles(packed);
        out[s / 2 * 4 + s % 2 + 2] = high_nibbles(packed);
    }
}

INLINE void unpack_q4_k(const void *weights, size_t count, __m256i out[8]) {
    (void)count;
    const swl_q4_k *w = weights;
    unpack_nibble_groups(w->quants, out);
}

// Bit b of each of 16 bytes belongs to block b. Blocks 4 to 7, in the upper half, are moved to bits 0 to 3 too.
INLINE __m256i load_bit_planes(const uint8_t bytes[16]) {
    __m256i both = _mm256_broadcastsi128_si256(_mm_loadu_si128((const void *)bytes));
    return _mm256_srlv_epi64(both, _mm256_setr_epi64x(0, 0, 4, 4));
}

INLINE void unpack_q5_k(const void *weights, size_t count, __m256i out[8]) {
    (void)count;
    const swl_q5_k *w = weights;
    unpack_nibble_groups(w->quants, out);
    for (int half = 0; half < 2; half++) {
        __m256i planes = load_bit_planes(w->high + 16 * half);
        for (int i = 0; i < 4; i++) {
            __m256i bit = _mm256_and_si256(_mm256_slli_epi16(planes, 4 - i), _mm256_set1_epi8(16));
            out[2 * i + half] = _mm256_or_si256(out[2 * i + half], bit);
        }
    }
}

INLINE void unpack_q6_k(const void *weights, size_t count, __m256i out[8]) {
    (void)count;
    const swl_q6_k *w = weights;
    const __m256i two_bits = _mm256_set1_epi8(0x30);
    for (int half = 0; half < 2; half++) {
        __m256i high = load_halves(w->high + 16 * half, w->high + 32 + 16 * half);
        __m256i first = load_halves(w->low + 16 * half, w->low + 64 + 16 * half);
        __m256i second = load_halves(w->low + 32 + 16 * half, w->low + 96 + 16 * half);
        __m256i bits[4] = {_mm256_slli_epi16(high, 4), _mm256_slli_epi16(high, 2), high, _mm256_srli_epi16(high, 2)};
        __m256i low[4] = {low_nibbles(first), low_nibbles(second), high_nibbles(first), high_nibbles(second)};
        for (int i = 0; i < 4; i++) {
            out[2 * i + half] = _mm256_or_si256(low[i], _mm256_and_si256(bits[i], two_bits));
        }
    }
}

INLINE void unpack_bit_pairs(const uint8_t quants[64], __m256i out[8]) {
    const __m256i two_bits = _mm256_set1_epi8(3);
    for (int half = 0; half < 2; half++) {
        __m256i packed = load_halves(quants + 16 * half, quants + 32 + 16 * half);
        for (int i = 0; i < 4; i++) {
            out[2 * i + half] = _mm256_and_si256(_mm256_srli_epi16(packed, 2 * i), two_bits);
        }
    }
}

INLINE void unpack_q2_k(const void *weights, size_t count, __m256i out[8]) {
    (void)count;
    const swl_q2_k *w = weights;
    unpack_bit_pairs(w->quants, out);
}

INLINE void unpack_q3_k(const void *weights, size_t count, __m256i out[8]) {
    (void)count;
    const swl_q3_k *w = weights;
    unpack_bit_pairs(w->quants, out);
    for (int half = 0; half < 2; half++) {
        __m256i planes = _mm256_slli_epi16(load_bit_planes(w->high + 16 * half), 2);
        for (int i = 0; i < 4; i++) {
            __m256i bit = _mm256_and_si256(_mm256_srli_epi16(planes, i), _mm256_set1_epi8(4));
            out[2 * i + half] = _mm256_or_si256(out[2 * i + half], bit);
        }
    }
}

INLINE void unpack_iq4_xs(const void *weights, size_t count, __m256i out[8]) {
    (void)count;
    const swl_iq4_xs *w = weights;
    for (size_t i = 0; i < 4; i++) {
        __m256i packed = load_halves(w->quants + 16 * i, w->quants + 16 * i + 64);
        out[2 * i] = decoded(low_nibbles(packed));
        out[2 * i + 1] = decoded(high_nibbles(packed));
    }
}

// The 6-bit scales and minimums of Q4_K and Q5_K.
INLINE chunk_scales scales_of_six_bits(const uint8_t bytes[12], uint16_t scale, uint16_t minimum) {
    uint64_t first = word_at(bytes), second = word_at(bytes + 4), third = word_at(bytes + 8);
    uint64_t scales = (first & 0x3f3f3f3f) | ((third & 0x0f0f0f0f) | (first >> 2 & 0x30303030)) << 32;
    uint64_t minimums = (second & 0x3f3f3f3f) | ((third >> 4 & 0x0f0f0f0f) | (second >> 2 & 0x30303030)) << 32;
    return (chunk_scales){
        .scales = _mm256_mul_ps(floats_of_bytes(scales), broadcast_f16(scale)),
        .minimums = _mm256_mul_ps(floats_of_bytes(minimums), negative(broadcast_f16(minimum))),
    };
}

INLINE chunk_scales scales_q4_k(const void *weights, size_t count) {
    (void)count;
    const swl_q4_k *w = weights;
    return scales_of_six_bits(w->scales, w->scale, w->minimum);
}

INLINE chunk_scales scales_q5_k(const void *weights, size_t count) {
    (void)count;
    const swl_q5_k *w = weights;
    return scales_of_six_bits(w->scales, w->scale, w->minimum);
}

INLINE chunk_scales scales_q6_k(const void *weights, size_t count) {
    (void)count;
    const swl_q6_k *w = weights;
    return (chunk_scales){
        .scales = broadcast_f16(w->scale),
        .sub_scales = _mm256_cvtepi8_epi16(_mm_loadu_si128((const void *)w->scales)),
    };
}

INLINE chunk_scales scales_q3_k(const void *weights, size_t count) {
    (void)count;
    const swl_q3_k *w = weights;
    uint64_t low = word_at(w->scales) | (uint64_t)word_at(w->scales + 4) << 32, high = word_at(w->scales + 8);
    uint64_t high_first = (high & 0x03030303) | (high >> 2 & 0x03030303) << 32;
    uint64_t high_second = (high >> 4 & 0x03030303) | (high >> 6 & 0x03030303) << 32;
    uint64_t first = (low & 0x0f0f0f0f0f0f0f0f) | high_first << 4;
    uint64_t second = (low >> 4 & 0x0f0f0f0f0f0f0f0f) | high_second << 4;
    __m256i scales = _mm256_cvtepu8_epi16(_mm_set_epi64x((long long)second, (long long)first));
    return (chunk_scales){
        .scales = broadcast_f16(w->scale),
        .sub_scales = _mm256_sub_epi16(scales, _mm256_set1_epi16(32)),
    };
}

INLINE chunk_scales scales_q2_k(const void *weights, size_t count) {
    (void)count;
    const swl_q2_k *w = weights;
    __m256i both = _mm256_cvtepu8_epi16(_mm_loadu_si128((const void *)w->scales));
    return (chunk_scales){
        .scales = broadcast_f16(w->scale),
        .sub_scales = low_nibbles(both),
        .sub_minimums = _mm256_srli_epi16(both, 4),
        .minimum = negative(broadcast_f16(w->minimum)),
    };
}

INLINE chunk_scales scales_iq4_xs(const void *weights, size_t count) {
    (void)count;
    const swl_iq4_xs *w = weights;
    const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    __m256i low = _mm256_srlv_epi32(_mm256_set1_epi32((int)word_at(w->scales_low)), _mm256_slli_epi32(lanes, 2));
    __m256i high = _mm256_srlv_epi32(_mm256_set1_epi32(w->scales_high), _mm256_slli_epi32(lanes, 1));
    low = _mm256_and_si256(low, _mm256_set1_epi32(15));
    high = _mm256_slli_epi32(_mm256_and_si256(high, _mm256_set1_epi32(3)), 4);
    __m256i scales = _mm256_sub_epi32(_mm256_or_si256(low, high), _mm256_set1_epi32(32));
    return (chunk_scales){.scales = _mm256_mul_ps(_mm256_cvtepi32_ps(scales), broadcast_f16(w->scale))};
}

#endif
