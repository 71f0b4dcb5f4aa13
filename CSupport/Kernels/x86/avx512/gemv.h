// Quantized weights, few tokens: AVX-512.
//
// Row after row, a unit of 256 columns at a time (unpack.h), for up to GEMV_TOKENS tokens. vpdpbusd multiplies
// unsigned weights by signed activations: four vectors of int32 lanes, four lanes for 16 columns. Those are added up to
// one vector that holds in lane 4 k + v the sum of sub-block 4 v + k. Where sub-blocks have scales of their own, it takes
// them at once. Where blocks have them, two rows are taken side by side, and their two vectors become one with the sums
// of the blocks: of the first row in lanes 0 to 7, even blocks first, of the second in lanes 8 to 15.
// The zero point is accounted for by what is added: -zero * sum of the activations.
//
// A block's sum takes in 32 products of at most 255 * 127 and starts from at most 128 * 32 * 127 either way.
#ifndef SWL_AVX512_GEMV_H
#define SWL_AVX512_GEMV_H

#include "../../product_call.h"
#include "unpack.h"

enum { GEMV_TOKENS = 8, GEMV_AHEAD = 3072 };

// A unit of a token's activations, arranged once for all rows of a call. Blocks beyond the last are zero.
typedef struct gemv_unit {
    int8_t quants[UNIT];
    float scales[UNIT_PARTS];    // in the order of the sums' lanes, as the next two
    int32_t starts[UNIT_PARTS];  // -zero point * sum of quants
    float sums[UNIT_PARTS];      // scale * sum of quants
} gemv_unit;

static size_t gemv_scratch_bytes(size_t columns) {
    return swl_round_up(columns, UNIT) / UNIT * sizeof(gemv_unit) * GEMV_TOKENS;
}

// Which sub-block's sum, or which block's, is in each lane.
INLINE __m512i lane_halves(void) { return _mm512_set_epi32(15, 11, 7, 3, 14, 10, 6, 2, 13, 9, 5, 1, 12, 8, 4, 0); }
INLINE __m512i lane_blocks(void) { return _mm512_set_epi32(7, 5, 3, 1, 6, 4, 2, 0, 7, 5, 3, 1, 6, 4, 2, 0); }

INLINE void arrange_token(const format f, const swl_activations *x, size_t token, gemv_unit *units) {
    size_t blocks = x->columns / SWL_BLOCK;
    const int8_t *quants = x->quants + token * x->columns;
    const float *scales = x->scales + token * blocks;
    const int16_t *sums = x->sums + token * 2 * blocks;
    const __m512i order = has_halves(f) ? lane_halves() : lane_blocks();
    for (size_t b = 0; b < blocks; b += UNIT_BLOCKS, units++) {
        unsigned n = (unsigned)swl_least(UNIT_BLOCKS, blocks - b);
        for (unsigned v = 0; v < 4; v++) {
            __mmask64 present = 2 * v + 1 < n ? ~0ull : 2 * v < n ? 0xffffffffu : 0;
            __m512i part = _mm512_maskz_loadu_epi8(present, quants + b * SWL_BLOCK + v * 64);
            _mm512_store_si512(units->quants + v * 64, part);
        }
        __m512 own_scales = _mm512_maskz_loadu_ps((__mmask16)((1u << n) - 1), scales + b);
        __m256i halves = _mm256_maskz_loadu_epi16((__mmask16)((1u << 2 * n) - 1), sums + 2 * b);
        __m512i totals;
        if (has_halves(f)) {
            const __m512i pairs = _mm512_set_epi32(7, 7, 6, 6, 5, 5, 4, 4, 3, 3, 2, 2, 1, 1, 0, 0);
            own_scales = _mm512_permutexvar_ps(pairs, own_scales);
            totals = _mm512_cvtepi16_epi32(halves);
        } else {
            totals = _mm512_castsi256_si512(_mm256_madd_epi16(halves, _mm256_set1_epi16(1)));
        }
        totals = _mm512_permutexvar_epi32(order, totals);
        own_scales = _mm512_permutexvar_ps(order, own_scales);
        _mm512_store_ps(units->scales, own_scales);
        _mm512_store_si512(units->starts, _mm512_mullo_epi32(totals, _mm512_set1_epi32(-f.zero)));
        _mm512_store_ps(units->sums, _mm512_mul_ps(_mm512_cvtepi32_ps(totals), own_scales));
    }
}

// Lane 4 k + v: the sum of lanes 4 k to 4 k + 3 of dots[v].
INLINE __m512i add_fours(const __m512i dots[4]) {
    __m512i a = _mm512_add_epi32(_mm512_unpacklo_epi32(dots[0], dots[1]), _mm512_unpackhi_epi32(dots[0], dots[1]));
    __m512i b = _mm512_add_epi32(_mm512_unpacklo_epi32(dots[2], dots[3]), _mm512_unpackhi_epi32(dots[2], dots[3]));
    return _mm512_add_epi32(_mm512_unpacklo_epi64(a, b), _mm512_unpackhi_epi64(a, b));
}

// A row's dots with a unit, by sub-blocks. vectors: of the four, those that hold weights.
INLINE __m512i dots_of_row(const int vectors, const __m512i bytes[4], const gemv_unit *x) {
    __m512i dots[4];
#pragma clang loop unroll(full)
    for (int v = 0; v < 4; v++) {
        if (v >= vectors) {
            dots[v] = _mm512_setzero_si512();
            continue;
        }
        dots[v] = _mm512_dpbusd_epi32(_mm512_setzero_si512(), bytes[v], _mm512_load_si512(x->quants + v * 64));
    }
    return add_fours(dots);
}

// Adds a unit of the rows at hand to a token's sums.
INLINE void add_unit(const format f, const int vectors, const __m512i bytes[2][4], const __m512 row_scales,
                     const __m512 minimums, const gemv_unit *x, __m512 *sum) {
    __m512i totals = dots_of_row(vectors, bytes[0], x);
    if (!has_halves(f)) {
        __m512i second = dots_of_row(vectors, bytes[1], x);
        __m512i first_halves = _mm512_shuffle_i32x4(totals, second, 0x88);
        totals = _mm512_add_epi32(first_halves, _mm512_shuffle_i32x4(totals, second, 0xdd));
    }
    if (!has_minimums(f)) totals = _mm512_add_epi32(totals, _mm512_load_si512(x->starts));
    __m512 scales = _mm512_mul_ps(row_scales, _mm512_load_ps(x->scales));
    *sum = _mm512_fmadd_ps(scales, _mm512_cvtepi32_ps(totals), *sum);
    if (has_minimums(f)) *sum = _mm512_fnmadd_ps(minimums, _mm512_load_ps(x->sums), *sum);
}

// The sum of the lanes of a row.
INLINE float sum_row(const format f, const __m512 sum, const int row) {
    if (has_halves(f)) return sum_lanes((vf)sum);
    __m256 half = row == 0 ? _mm512_castps512_ps256(sum) : _mm512_extractf32x8_ps(sum, 1);
    __m128 four = _mm_add_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1));
    four = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(four, _mm_movehdup_ps(four)));
}

// A unit of the rows at hand, one or two, to the sums of `count` tokens; x: the first token's, the others' are `units` apart.
INLINE void add_unit_of_rows(const format f, const int count, const int vectors, const char *const w[2], int n,
                             const gemv_unit *x, size_t units, __m512 *sums) {
    const int rows = has_halves(f) ? 1 : 2;
    __m512i bytes[2][4];
    __m512 scales[2][2], ordered, minimums = _mm512_setzero_ps();
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++) {
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) bytes[r][v] = bytes_of(f, w[r], v, n);
        scales_of(f, w[r], n, scales[r]);
    }
    if (has_halves(f)) {
        ordered = _mm512_permutexvar_ps(lane_halves(), scales[0][0]);
        if (f.kind == SCALE_MINIMUM_16) minimums = _mm512_permutexvar_ps(lane_halves(), scales[0][1]);
    } else {
        const __m512i of_row = _mm512_maskz_set1_epi32(0xff00, 16);
        const __m512i blocks = _mm512_add_epi32(lane_blocks(), of_row);
        ordered = _mm512_permutex2var_ps(scales[0][0], blocks, scales[1][0]);
        if (f.kind == SCALE_MINIMUM_32) {
            __m512i behind = _mm512_add_epi32(blocks, _mm512_set1_epi32(UNIT_BLOCKS));
            minimums = _mm512_permutex2var_ps(scales[0][0], behind, scales[1][0]);
        }
    }
#pragma clang loop unroll(full)
    for (int t = 0; t < count; t++) add_unit(f, vectors, bytes, ordered, minimums, x + t * units, sums + t);
}

// One row or two by `count` tokens, whose arranged units are `units` apart; out: of the first token, for each row.
INLINE void dot_rows(const format f, const int count, const char *const first[2], const gemv_unit *x, size_t blocks,
                     float *const out[2], size_t out_stride) {
    const int rows = has_halves(f) ? 1 : 2;
    const char *w[2] = {first[0], first[1]};
    const size_t units = swl_round_up(blocks, UNIT_BLOCKS) / UNIT_BLOCKS, full = blocks / UNIT_BLOCKS;
    __m512 sums[GEMV_TOKENS];
    for (int t = 0; t < count; t++) sums[t] = _mm512_setzero_ps();
    for (size_t u = 0; u < full; u++, x++) {
        for (int r = 0; r < rows; r++) {
            for (size_t i = 0; i < unit_bytes(f); i += 64) prefetch(w[r], GEMV_AHEAD + i);
        }
        add_unit_of_rows(f, count, 4, w, UNIT_BLOCKS, x, units, sums);
        for (int r = 0; r < rows; r++) w[r] += unit_bytes(f);
    }
    const int rest = (int)(blocks % UNIT_BLOCKS);
    for (int r = 0; r < rows; r++) {
        for (size_t i = 0; i < (size_t)rest * f.block_bytes; i += 64) prefetch(w[r], GEMV_AHEAD + i);
    }
    if (rest > 2) add_unit_of_rows(f, count, 4, w, rest, x, units, sums);
    else if (rest > 0) add_unit_of_rows(f, count, 1, w, rest, x, units, sums);
    for (int t = 0; t < count; t++) {
        for (int r = 0; r < rows; r++) out[r][(size_t)t * out_stride] = sum_row(f, sums[t], r);
    }
}

// Passes through the weights for fewer tokens than a batch has.
INLINE void gemv_stream(const format f, const product_call p) {
    const size_t most = f.batch_from - 1, blocks = p.x->columns / SWL_BLOCK;
    const size_t units = swl_round_up(blocks, UNIT_BLOCKS) / UNIT_BLOCKS;
    const size_t turns = has_halves(f) ? swl_round_up(p.rows, SWL_STREAMS) : (p.rows + 1) / 2;
    gemv_unit *x = p.scratch;
    for (size_t start = 0; start < p.tokens; start += most) {
        const size_t count = swl_least(p.tokens - start, most);
        for (size_t t = 0; t < count; t++) arrange_token(f, p.x, p.first + start + t, x + t * units);
        for (size_t turn = 0; turn < turns; turn++) {
            const size_t r = has_halves(f) ? swl_streamed_row(turn, p.rows) : turn;
            if (r >= p.rows) continue;
            const size_t second = r + turns < p.rows ? r + turns : r;
            const char *const w[2] = {p.weights + r * p.row_bytes, p.weights + second * p.row_bytes};
            float *const out[2] = {p.out + start * p.out_stride + r, p.out + start * p.out_stride + second};
            switch (count) {
                case 1: dot_rows(f, 1, w, x, blocks, out, p.out_stride); break;
                case 2: dot_rows(f, 2, w, x, blocks, out, p.out_stride); break;
                case 3: dot_rows(f, 3, w, x, blocks, out, p.out_stride); break;
                case 4: dot_rows(f, 4, w, x, blocks, out, p.out_stride); break;
                case 5: if (most >= 5) dot_rows(f, 5, w, x, blocks, out, p.out_stride); break;
                case 6: if (most >= 6) dot_rows(f, 6, w, x, blocks, out, p.out_stride); break;
                case 7: if (most >= 7) dot_rows(f, 7, w, x, blocks, out, p.out_stride); break;
                case 8: if (most >= 8) dot_rows(f, 8, w, x, blocks, out, p.out_stride); break;
                default: break;
            }
        }
    }
}

#endif
