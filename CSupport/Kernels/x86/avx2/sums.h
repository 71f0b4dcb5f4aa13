// Sums of products of bytes, for the tables of AVX2 and AVX-VNNI.
#ifndef SWL_AVX2_SUMS_H
#define SWL_AVX2_SUMS_H

#include <immintrin.h>

#include "../../vector/vector.h"

INLINE __m256i load_vector(const void *p) { return _mm256_loadu_si256(p); }

INLINE __m256i shuffle_words(__m256i a, __m256i b, const int odd) {
    __m256 x = _mm256_castsi256_ps(a), y = _mm256_castsi256_ps(b);
    return _mm256_castps_si256(odd ? _mm256_shuffle_ps(x, y, 0xdd) : _mm256_shuffle_ps(x, y, 0x88));
}

INLINE __m256i add_words(__m256i a, __m256i b) { return _mm256_add_epi32(a, b); }

// The 32-bit lanes of each half of four vectors, added up: vector i's to lanes i and i + 4.
INLINE __m256i fold(__m256i (*add)(__m256i, __m256i), const __m256i v[4]) {
    __m256i a = add(_mm256_unpacklo_epi64(v[0], v[1]), _mm256_unpackhi_epi64(v[0], v[1]));
    __m256i b = add(_mm256_unpacklo_epi64(v[2], v[3]), _mm256_unpackhi_epi64(v[2], v[3]));
    return add(shuffle_words(a, b, 0), shuffle_words(a, b, 1));
}

// Adjacent pairs of 32 products of signed bytes, then pairs of those: eight sums of four.
//
// vpmaddubsw multiplies unsigned by signed bytes and saturates: so |w| by x with the sign of w. |-128| is 128 as an
// unsigned byte, x is within -127...127 and can be negated: at most 2 * 128 * 127 = 32512 < 32768.
INLINE __m256i signed_products(__m256i w, __m256i x) {
    __m256i pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(w), _mm256_sign_epi8(x, w));
    return _mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
}

// The start value of int16 lanes, two of them for the products of each group of four columns: minus `center` times the
// activations, modulo 2^16.
INLINE int32_t start_of_pairs(__m256i quants, int center) {
    __m256i pairs = _mm256_maddubs_epi16(_mm256_set1_epi8((char)center), quants);
    __m128i sums = _mm_add_epi16(_mm256_castsi256_si128(pairs), _mm256_extracti128_si256(pairs, 1));
    sums = _mm_add_epi16(sums, _mm_shuffle_epi32(sums, 0x4e));
    sums = _mm_add_epi16(sums, _mm_shuffle_epi32(sums, 0xb1));
    return _mm_cvtsi128_si32(_mm_sub_epi16(_mm_setzero_si128(), sums));
}

#endif
