// Quantized weights by few tokens, for the tables of AVX2 and AVX-VNNI.
//
// A row is taken chunk by chunk, unpacked in registers once for up to GEMV_TOKENS tokens; the activations are arranged
// once for all rows as the unpacked weights are. Products of a block are added up to one int32 lane, so that a vector
// holds the eight blocks' dot products, which their scales are then multiplied by.
//
// The table's file says how: see `add_products` there, and what follows it.
#ifndef SWL_AVX2_GEMV_H
#define SWL_AVX2_GEMV_H

#include "../../product_call.h"
#include "sums.h"
#include "formats.h"

enum {
    GEMV_TOKENS = 4,
    GEMV_BATCH = 16,  // tokens that are arranged at once
    GEMV_ROWS = 64,   // rows whose weights stay in the cache for all tokens of a batch
};

// A chunk of a token's activations. Blocks that the chunk before it has, or the row has not, are zero.
typedef struct arranged_chunk {
    int8_t quants[8][2][16];  // sub-blocks s and s + 8; for Q8_0 in order
    float scales[CHUNK];
    __m256i starts;          // what the center of the quants adds to the partial sums
    int32_t offsets[CHUNK];  // sums of blocks times a factor: see `arrange`
    float totals[CHUNK];     // sums of blocks times their scales
    int16_t sums[SUB_BLOCKS];
} arranged_chunk;

static size_t chunks_of(size_t columns) { return swl_round_up(columns, CHUNK_COLUMNS) / CHUNK_COLUMNS; }

// Where a chunk starts in a row of `blocks`. The last one of a row that has at least one whole chunk is whole too: the
// blocks that it shares with the one before it meet activations and scales of zero.
INLINE size_t chunk_start(size_t chunk, size_t blocks) {
    return blocks < CHUNK ? 0 : swl_least(chunk * CHUNK, blocks - CHUNK);
}

// MARK: - Dot products of a chunk's eight blocks

// One scale a block. See `add_products` for the worst case of partial sums.
INLINE __m256i dots_of_blocks(const format f, const __m256i w[8], const arranged_chunk *x) {
    __m256i partial[4];
    if (f.bits == 8 && SIGNED_ZERO == 0) {
        for (int i = 0; i < 4; i++) {
            partial[i] = _mm256_add_epi32(signed_products(w[2 * i], load_vector(x->quants[2 * i])),
                                          signed_products(w[2 * i + 1], load_vector(x->quants[2 * i + 1])));
        }
        return fold(add_words, partial);
    }
    for (int i = 0; i < 4; i++) {
        partial[i] = add_products(_mm256_setzero_si256(), w[2 * i], load_vector(x->quants[2 * i]));
        partial[i] = add_products(partial[i], w[2 * i + 1], load_vector(x->quants[2 * i + 1]));
    }
    __m256i sums = fold(add_partial, partial);
    if (center_of(f)) sums = subtract_partial(sums, x->starts);
    __m256i dots = total(sums);
    return center_of(f) == f.zero ? dots : _mm256_add_epi32(dots, load_vector(x->offsets));
}

// A scale for each sub-block: pairs of at most 2 * 63 * 127 times -128...127; a block's sum is at most
// 32 * 63 * 127 * 128, and as much again is taken from it for the zero.
INLINE __m256i dots_of_sub_blocks(const format f, const __m256i w[8], __m256i sub_scales, const arranged_chunk *x) {
    __m256i partial[4];
#pragma clang loop unroll(full)
    for (int i = 0; i < 4; i++) {
        const __m256i first = _mm256_set1_epi16((short)(0x0100 + 0x0404 * i));
        const __m256i second = _mm256_add_epi8(first, _mm256_set1_epi8(2));
        __m256i even = _mm256_maddubs_epi16(w[2 * i], load_vector(x->quants[2 * i]));
        __m256i odd = _mm256_maddubs_epi16(w[2 * i + 1], load_vector(x->quants[2 * i + 1]));
        partial[i] = _mm256_add_epi32(_mm256_madd_epi16(even, _mm256_shuffle_epi8(sub_scales, first)),
                                      _mm256_madd_epi16(odd, _mm256_shuffle_epi8(sub_scales, second)));
    }
    __m256i dots = fold(add_words, partial);
    if (!f.zero) return dots;
    __m256i sums = _mm256_madd_epi16(sub_scales, load_vector(x->sums));
    return _mm256_sub_epi32(dots, _mm256_slli_epi32(sums, __builtin_ctz((unsigned)f.zero)));
}

// Adds a chunk to a token's sum.
INLINE __m256 add_chunk(const format f, const __m256i w[8], const chunk_scales *s, const arranged_chunk *x, __m256 sum) {
    __m256i dots = f.sub_scales ? dots_of_sub_blocks(f, w, s->sub_scales, x) : dots_of_blocks(f, w, x);
    __m256 x_scales = _mm256_loadu_ps(x->scales);
    sum = _mm256_fmadd_ps(_mm256_mul_ps(s->scales, x_scales), _mm256_cvtepi32_ps(dots), sum);
    if (f.minimums == 1) sum = _mm256_fmadd_ps(s->minimums, _mm256_loadu_ps(x->totals), sum);
    if (f.minimums == 2) {
        __m256i sums = _mm256_madd_epi16(s->sub_minimums, load_vector(x->sums));
        sum = _mm256_fmadd_ps(_mm256_mul_ps(s->minimum, x_scales), _mm256_cvtepi32_ps(sums), sum);
    }
    return sum;
}

// MARK: - Activations

static void arrange(const format f, const swl_activations *x, size_t token, arranged_chunk *out) {
    size_t blocks = x->columns / SWL_BLOCK;
    const int factor = f.in_order ? -16 : center_of(f) - f.zero;
    const int8_t *quants = x->quants + token * x->columns;
    const float *scales = x->scales + token * blocks;
    const int16_t *sums = x->sums + token * 2 * blocks;
    const __m256i center = _mm256_set1_epi8((char)center_of(f));
    for (size_t c = 0; c < blocks; c += CHUNK, out++) {
        size_t start = chunk_start(c / CHUNK, blocks);
        if (blocks - c < CHUNK) memset(out, 0, sizeof *out);
        for (size_t b = c; b < c + CHUNK && b < blocks; b++, quants += SWL_BLOCK) {
            size_t i = b - start;
            if (f.in_order) {
                memcpy(out->quants[i], quants, SWL_BLOCK);
            } else {
                memcpy(out->quants[2 * i % 8][i / 4], quants, 16);
                memcpy(out->quants[2 * i % 8 + 1][i / 4], quants + 16, 16);
            }
            int sum = sums[2 * b] + sums[2 * b + 1];
            out->scales[i] = scales[b];
            out->offsets[i] = factor * sum;
            out->totals[i] = scales[b] * (float)sum;
            memcpy(out->sums + 2 * i, sums + 2 * b, 2 * sizeof *sums);
        }
        if (f.in_order || f.sub_scales || !center_of(f)) continue;
        __m256i partial[4];
        for (int i = 0; i < 4; i++) {
            partial[i] = add_products(_mm256_setzero_si256(), center, load_vector(out->quants[2 * i]));
            partial[i] = add_products(partial[i], center, load_vector(out->quants[2 * i + 1]));
        }
        out->starts = fold(add_partial, partial);
    }
}

static size_t gemv_scratch_bytes(size_t columns) { return GEMV_BATCH * chunks_of(columns) * sizeof(arranged_chunk); }

// MARK: - Rows

// Adds a chunk of `count` blocks to the tokens' sums; x: the chunk of the first token, the others follow at `stride`.
INLINE void add_unpacked(const format f, const int tokens, const void *w, size_t count, const arranged_chunk *x,
                         size_t stride, __m256 sums[GEMV_TOKENS]) {
    __m256i unpacked[8];
    unpack(f, w, count, unpacked);
    chunk_scales scales = scales_of(f, w, count);
    for (int t = 0; t < tokens; t++) sums[t] = add_chunk(f, unpacked, &scales, x + (size_t)t * stride, sums[t]);
}

// Q8_0 needs no unpacking: a block is a vector, and its scale is broadcast.
INLINE void add_in_order(const int tokens, const swl_q8_0 *w, size_t count, const arranged_chunk *x, size_t stride,
                         __m256 sums[GEMV_TOKENS]) {
    __m256 scales = gather_f16(&w->scale, sizeof *w, count);
    float each[GEMV_TOKENS][CHUNK];
#pragma clang loop unroll(full)
    for (int t = 0; t < tokens; t++) {
        _mm256_storeu_ps(each[t], _mm256_mul_ps(scales, _mm256_loadu_ps(x[(size_t)t * stride].scales)));
    }
#pragma clang loop unroll(full)
    for (size_t i = 0; i < CHUNK; i++) {
        if (i >= count) continue;
        __m256i weights = load_vector(w[i].quants);
#pragma clang loop unroll(full)
        for (int t = 0; t < tokens; t++) {
            const arranged_chunk *at = x + (size_t)t * stride;
            __m256i dots = dots_of_bytes(weights, load_vector(at->quants[i]), at->offsets[i]);
            sums[t] = _mm256_fmadd_ps(_mm256_broadcast_ss(&each[t][i]), _mm256_cvtepi32_ps(dots), sums[t]);
        }
    }
}

INLINE void add_weights(const format f, const int tokens, const void *w, size_t count, const arranged_chunk *x,
                        size_t stride, __m256 sums[GEMV_TOKENS]) {
    if (f.in_order) add_in_order(tokens, w, count, x, stride, sums);
    else add_unpacked(f, tokens, w, count, x, stride, sums);
}

INLINE void gemv_rows(const format f, const int tokens, const product_call p, const arranged_chunk *x) {
    const size_t blocks = p.x->columns / SWL_BLOCK, chunks = chunks_of(p.x->columns);
    STREAM_ROWS(r, p.rows) {
        const char *row = p.weights + r * p.row_bytes;
        __m256 sums[GEMV_TOKENS] = {0};
        if (blocks < CHUNK) add_weights(f, tokens, row, blocks, x, chunks, sums);
        for (size_t c = 0; c < chunks && blocks >= CHUNK; c++) {
            const char *at = row + chunk_start(c, blocks) / (f.block_columns / SWL_BLOCK) * f.block_bytes;
            add_weights(f, tokens, at, CHUNK, x + c, chunks, sums);
        }
        for (int t = 0; t < tokens; t++) p.out[(size_t)t * p.out_stride + r] = sum_lanes((vf)sums[t]);
    }
}

INLINE void gemv_tokens(const format f, const product_call p, const arranged_chunk *x) {
    switch (p.tokens) {
        case 1: gemv_rows(f, 1, p, x); break;
        case 2: gemv_rows(f, 2, p, x); break;
        case 3: gemv_rows(f, 3, p, x); break;
        default: gemv_rows(f, GEMV_TOKENS, p, x);
    }
}

INLINE void gemv(const format f, const product_call p) {
    arranged_chunk *arranged = p.scratch;
    const size_t chunks = chunks_of(p.x->columns);
    for (size_t start = 0; start < p.tokens; start += GEMV_BATCH) {
        const size_t count = swl_least(p.tokens - start, GEMV_BATCH), block = count > GEMV_TOKENS ? GEMV_ROWS : p.rows;
        for (size_t t = 0; t < count; t++) arrange(f, p.x, p.first + start + t, arranged + t * chunks);
        for (size_t r = 0; r < p.rows; r += block) {
            for (size_t t = 0; t < count; t += GEMV_TOKENS) {
                product_call part = p;
                part.rows = swl_least(block, p.rows - r);
                part.weights += r * p.row_bytes;
                part.tokens = swl_least(count - t, GEMV_TOKENS);
                part.out += (start + t) * p.out_stride + r;
                gemv_tokens(f, part, arranged + t * chunks);
            }
        }
    }
}

#endif
