// Quantized weights, few tokens: AVX-512.
//
// One row after the other, a unit of 256 columns at a time (avx512_formats.h), for up to GEMV_TOKENS tokens. vpdpbusd
// multiplies unsigned weights by signed activations: four vectors of int32 lanes, four lanes for 16 columns. Those are
// added up to one vector that holds in lane 4 k + v the sum of sub-block 4 v + k, and that takes its scales at once.
// The zero point is accounted for by what that vector starts from: -zero point * sum of the sub-block's activations.
//
// A sub-block's sum takes in 16 products of at most 255 * 127 and starts from at most 128 * 16 * 127 either way.
#ifndef SWL_AVX512_GEMV_H
#define SWL_AVX512_GEMV_H

#include "avx512_formats.h"

enum { GEMV_TOKENS = 8, GEMV_AHEAD = 3072 };

// A unit of a token's activations, arranged once for all rows of a call. Blocks beyond the last are zero.
typedef struct gemv_unit {
    int8_t quants[UNIT];
    float scales[UNIT_PARTS];    // of sub-blocks, in the order of the sums' lanes
    int32_t starts[UNIT_PARTS];  // in that order
    float sums[UNIT_PARTS];      // scale * sum of quants, in the order in which `scales_F` has the minimums
} gemv_unit;

static size_t gemv_scratch_bytes(size_t columns) {
    return swl_round_up(columns, UNIT) / UNIT * sizeof(gemv_unit) * GEMV_TOKENS;
}

// Which sub-block's sum is in each lane, and which block it belongs to.
INLINE __m512i lane_parts(void) { return _mm512_set_epi32(15, 11, 7, 3, 14, 10, 6, 2, 13, 9, 5, 1, 12, 8, 4, 0); }
INLINE __m512i lane_blocks(void) { return _mm512_srli_epi32(lane_parts(), 1); }

INLINE void arrange_token(const kind kind, const int zero_point, const swl_activations *x, size_t token,
                          gemv_unit *units) {
    size_t blocks = x->columns / SWL_BLOCK;
    const int8_t *quants = x->quants + token * x->columns;
    const float *scales = x->scales + token * blocks;
    const int16_t *sums = x->sums + token * 2 * blocks;
    for (size_t b = 0; b < blocks; b += UNIT_BLOCKS, units++) {
        unsigned n = (unsigned)swl_least(UNIT_BLOCKS, blocks - b);
        for (unsigned v = 0; v < 4; v++) {
            __mmask64 present = 2 * v + 1 < n ? ~0ull : 2 * v < n ? 0xffffffffu : 0;
            __m512i part = _mm512_maskz_loadu_epi8(present, quants + b * SWL_BLOCK + v * 64);
            _mm512_store_si512(units->quants + v * 64, part);
        }
        __m512 block_scales = _mm512_maskz_loadu_ps((__mmask16)((1u << n) - 1), scales + b);
        __m256i halves = _mm256_maskz_loadu_epi16((__mmask16)((1u << 2 * n) - 1), sums + 2 * b);
        _mm512_store_ps(units->scales, _mm512_permutexvar_ps(lane_blocks(), block_scales));
        if (kind == SCALE_32 || kind == SCALE_16) {
            __m512i starts = _mm512_mullo_epi32(_mm512_cvtepi16_epi32(halves), _mm512_set1_epi32(-zero_point));
            _mm512_store_si512(units->starts, _mm512_permutexvar_epi32(lane_parts(), starts));
        } else if (kind == SCALE_MINIMUM_16) {
            const __m512i pairs = _mm512_set_epi32(7, 7, 6, 6, 5, 5, 4, 4, 3, 3, 2, 2, 1, 1, 0, 0);
            __m512 totals = _mm512_cvtepi32_ps(_mm512_cvtepi16_epi32(halves));
            _mm512_store_ps(units->sums, _mm512_mul_ps(totals, _mm512_permutexvar_ps(pairs, block_scales)));
        } else {
            __m256 totals = _mm256_cvtepi32_ps(_mm256_madd_epi16(halves, _mm256_set1_epi16(1)));
            _mm256_store_ps(units->sums, _mm256_setzero_ps());
            _mm256_store_ps(units->sums + 8, _mm256_mul_ps(totals, _mm512_castps512_ps256(block_scales)));
        }
    }
}

// Lane 4 k + v: the sum of lanes 4 k to 4 k + 3 of dots[v].
INLINE __m512i add_fours(const __m512i dots[4]) {
    __m512i a = _mm512_add_epi32(_mm512_unpacklo_epi32(dots[0], dots[1]), _mm512_unpackhi_epi32(dots[0], dots[1]));
    __m512i b = _mm512_add_epi32(_mm512_unpacklo_epi32(dots[2], dots[3]), _mm512_unpackhi_epi32(dots[2], dots[3]));
    return _mm512_add_epi32(_mm512_unpacklo_epi64(a, b), _mm512_unpackhi_epi64(a, b));
}

// Adds a unit to a token's sums. vectors: of its four, those that hold weights.
INLINE void add_unit(const kind kind, const int vectors, const __m512i bytes[4], const __m512 row_scales,
                     const __m512 minimums, const gemv_unit *x, __m512 *sum, __m512 *minimum_sum) {
    __m512i dots[4];
#pragma clang loop unroll(full)
    for (int v = 0; v < 4; v++) {
        __m512i quants = _mm512_load_si512(x->quants + v * 64);
        if (v >= vectors) {
            dots[v] = _mm512_setzero_si512();
            continue;
        }
        dots[v] = _mm512_dpbusd_epi32(_mm512_setzero_si512(), bytes[v], quants);
    }
    __m512i totals = add_fours(dots);
    if (kind == SCALE_32 || kind == SCALE_16) totals = _mm512_add_epi32(totals, _mm512_load_si512(x->starts));
    __m512 scales = _mm512_mul_ps(row_scales, _mm512_load_ps(x->scales));
    *sum = _mm512_fmadd_ps(scales, _mm512_cvtepi32_ps(totals), *sum);
    if (kind == SCALE_MINIMUM_32 || kind == SCALE_MINIMUM_16) {
        *minimum_sum = _mm512_fnmadd_ps(minimums, _mm512_load_ps(x->sums), *minimum_sum);
    }
}

// gemv_F. A row by `count` tokens, whose arranged units are `units` apart.
#define GEMV(format, FORMAT) GEMV_OF(format, FORMAT_##FORMAT)
#define GEMV_OF(format, ...) GEMV_WITH(format, __VA_ARGS__)
#define GEMV_WITH(format, kind, zero_point, elements)                                                                  \
    INLINE void add_unit_##format(const int count, const int vectors, const swl_##format *w, int n,                   \
                                  const gemv_unit *x, size_t units, __m512 *sums, __m512 *minimum_sums) {              \
        __m512i bytes[4];                                                                                             \
        __m512 scales[2];                                                                                             \
        _Pragma("clang loop unroll(full)") for (int v = 0; v < vectors; v++) bytes[v] = bytes_##format(w, v, n);      \
        scales_##format(w, n, scales);                                                                                \
        __m512i order = kind == SCALE_16 || kind == SCALE_MINIMUM_16 ? lane_parts() : lane_blocks();                  \
        __m512 ordered = _mm512_permutexvar_ps(order, scales[0]);                                                     \
        __m512 minimums = kind == SCALE_MINIMUM_16 ? scales[1] : scales[0];                                           \
        _Pragma("clang loop unroll(full)") for (int t = 0; t < count; t++) {                                          \
            add_unit(kind, vectors, bytes, ordered, minimums, x + t * units, sums + t, minimum_sums + t);             \
        }                                                                                                             \
    }                                                                                                                 \
                                                                                                                      \
    INLINE void dot_##format(const int count, const swl_##format *w, const gemv_unit *x, size_t blocks, float *out,    \
                             size_t out_stride) {                                                                     \
        const size_t step = UNIT / elements * sizeof *w, unit_blocks = UNIT / elements;                               \
        size_t units = swl_round_up(blocks, UNIT_BLOCKS) / UNIT_BLOCKS, full = blocks / UNIT_BLOCKS;                  \
        __m512 sums[GEMV_TOKENS], minimum_sums[GEMV_TOKENS];                                                            \
        for (int t = 0; t < count; t++) sums[t] = minimum_sums[t] = _mm512_setzero_ps();                              \
        for (size_t u = 0; u < full; u++, w += unit_blocks, x++) {                                                    \
            for (size_t i = 0; i < step; i += 64) prefetch(w, GEMV_AHEAD + i);                                         \
            add_unit_##format(count, 4, w, UNIT_BLOCKS, x, units, sums, minimum_sums);                                \
        }                                                                                                             \
        int rest = (int)(blocks % UNIT_BLOCKS);                                                                       \
        for (size_t i = 0; i < (size_t)rest * sizeof *w; i += 64) prefetch(w, GEMV_AHEAD + i);                         \
        if (rest > 2) {                                                                                               \
            add_unit_##format(count, 4, w, rest, x, units, sums, minimum_sums);                                       \
        } else if (rest > 0) {                                                                                        \
            add_unit_##format(count, 1, w, rest, x, units, sums, minimum_sums);                                       \
        }                                                                                                             \
        for (int t = 0; t < count; t++) {                                                                             \
            out[(size_t)t * out_stride] = sum_lanes((vf)_mm512_add_ps(sums[t], minimum_sums[t]));              \
        }                                                                                                             \
    }                                                                                                                 \
                                                                                                                      \
    static void gemv_stream_##format(size_t rows, const void *weights, size_t row_bytes, const swl_activations *x,     \
                             size_t first, size_t tokens, float *out, size_t out_stride, void *scratch) {             \
        size_t blocks = x->columns / SWL_BLOCK, units = swl_round_up(blocks, UNIT_BLOCKS) / UNIT_BLOCKS;              \
        gemv_unit *arranged = scratch;                                                                                 \
        for (size_t start = 0; start < tokens; start += GEMV_TOKENS) {                                                 \
            size_t count = swl_least(tokens - start, GEMV_TOKENS);                                                     \
            for (size_t t = 0; t < count; t++) {                                                                      \
                arrange_token(kind, zero_point, x, first + start + t, arranged + t * units);                          \
            }                                                                                                         \
            STREAM_ROWS(r, rows) {                                                                                    \
                const void *row = (const char *)weights + r * row_bytes;                                              \
                float *o = out + start * out_stride + r;                                                              \
                switch (count) {                                                                                      \
                    case 1: dot_##format(1, row, arranged, blocks, o, out_stride); break;                             \
                    case 2: dot_##format(2, row, arranged, blocks, o, out_stride); break;                             \
                    case 3: dot_##format(3, row, arranged, blocks, o, out_stride); break;                             \
                    case 4: dot_##format(4, row, arranged, blocks, o, out_stride); break;                             \
                    case 5: dot_##format(5, row, arranged, blocks, o, out_stride); break;                             \
                    case 6: dot_##format(6, row, arranged, blocks, o, out_stride); break;                             \
                    case 7: dot_##format(7, row, arranged, blocks, o, out_stride); break;                             \
                    default: dot_##format(GEMV_TOKENS, row, arranged, blocks, o, out_stride); break;                   \
                }                                                                                                     \
            }                                                                                                         \
        }                                                                                                             \
    }

#endif
