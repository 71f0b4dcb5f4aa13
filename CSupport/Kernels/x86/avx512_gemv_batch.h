// Quantized weights, a batch of tokens: AVX-512. Bit-identical to `gemv` of each token, and faster from BATCH_FROM on.
//
// Rows are taken BATCH_ROWS at a time and unpacked once for up to BATCH_TOKENS tokens, so that a vector holds the same four
// columns of 16 rows, and no sum across lanes is needed. Where `gemv` keeps 16 sums of a row in the lanes of a vector, one
// for each sub-block of a unit, here they are computed one after the other, each over all units; then they are added up as
// `gemv` adds its lanes. Integer sums are exact in any order.
//
// Layout: [16 sub-blocks, units, 4, BATCH_ROWS] groups of four columns as unsigned bytes; [16, units, BATCH_ROWS] scales and
// minimums as float32. Room is made for an odd number of units: at a multiple of 4096 bytes, sub-blocks would share the few
// lines of one set of the L1 cache.
#ifndef SWL_AVX512_GEMV_BATCH_H
#define SWL_AVX512_GEMV_BATCH_H

#include "avx512_formats.h"

enum {
    BATCH_FROM = 9,
    BATCH_TOKENS = 16,
    BATCH_VECTORS = 2,
    BATCH_ROWS = 16 * BATCH_VECTORS,
    BATCH_SUMS = 2 * UNIT_PARTS + 1,
    BATCH_TILE = 6,                     // tokens whose sums fit the registers
    BATCH_STEP = UNIT / 4 * BATCH_ROWS / UNIT_PARTS * 4,  // bytes of a sub-block's weights
};

// What a call's tokens bring besides their quants, and the rows at hand.
typedef struct batch {
    size_t units, blocks;
    int32_t *starts;    // [tokens, 16 units]: -zero point * sum of the sub-block's quants
    float *totals;      // [tokens, 16 units]: scale * sum of the half block's quants; or of the block's, [tokens, 8 units]
    float *scales;      // [16, units, BATCH_ROWS]
    float *minimums;    // [16, units, BATCH_ROWS]
    float *sums;        // [BATCH_TOKENS, 33, BATCH_ROWS]: of sub-blocks, then of minimums
    uint8_t *weights;   // [16, units, 4, BATCH_ROWS, 4]
    const char *next;   // what is unpacked next, and how many bytes
    size_t next_bytes;
} batch;

static size_t batch_scratch_bytes(size_t columns) {
    size_t units = swl_round_up(columns, UNIT) / UNIT | 1, row = BATCH_ROWS * sizeof(float);
    return units * (BATCH_TOKENS * UNIT_PARTS * 8 + 2 * UNIT_PARTS * row + UNIT * BATCH_ROWS) +
           BATCH_TOKENS * BATCH_SUMS * row;
}

INLINE batch batch_in(void *scratch, size_t blocks) {
    size_t units = swl_round_up(blocks, UNIT_BLOCKS) / UNIT_BLOCKS | 1, row = UNIT_PARTS * BATCH_ROWS;
    batch b = {.units = units, .blocks = blocks, .starts = scratch};
    b.totals = (float *)(b.starts + BATCH_TOKENS * UNIT_PARTS * units);
    b.scales = b.totals + BATCH_TOKENS * UNIT_PARTS * units;
    b.minimums = b.scales + row * units;
    b.sums = b.minimums + row * units;
    b.weights = (uint8_t *)(b.sums + BATCH_TOKENS * BATCH_SUMS * BATCH_ROWS);
    return b;
}

INLINE void arrange_batch(const kind kind, const int zero_point, const swl_activations *x, size_t first, size_t tokens,
                          const batch *b) {
    for (size_t t = 0; t < tokens; t++) {
        const int16_t *halves = x->sums + (first + t) * 2 * b->blocks;
        const float *scales = x->scales + (first + t) * b->blocks;
        int32_t *starts = b->starts + t * UNIT_PARTS * b->units;
        float *totals = b->totals + t * UNIT_PARTS * b->units;
        if (kind == SCALE_32 || kind == SCALE_16) {
            for (size_t i = 0; i < 2 * b->blocks; i++) starts[i] = -zero_point * halves[i];
        } else if (kind == SCALE_MINIMUM_16) {
            for (size_t i = 0; i < 2 * b->blocks; i++) totals[i] = (float)halves[i] * scales[i / 2];
        } else {
            for (size_t i = 0; i < b->blocks; i++) totals[i] = (float)(halves[2 * i] + halves[2 * i + 1]) * scales[i];
        }
    }
}

// The sums of sub-block `part` of all units, for a tile of tokens from `t` on.
INLINE void multiply_part(const kind kind, const int tokens, const batch *b, const swl_activations *x, size_t first,
                          size_t t, size_t part) {
    const bool halves = kind == SCALE_16 || kind == SCALE_MINIMUM_16;
    const bool centered = kind == SCALE_32 || kind == SCALE_16;
    size_t scale_part = halves ? part : part / 2, units = (2 * b->blocks - part + UNIT_PARTS - 1) / UNIT_PARTS;
    const int8_t *quants = x->quants + (first + t) * x->columns + part * 16;
    const float *scales = x->scales + (first + t) * b->blocks + part / 2;
    const int32_t *starts = b->starts + t * UNIT_PARTS * b->units + part;
    const uint8_t *weights = b->weights + part * b->units * BATCH_STEP;
    __m512 sums[BATCH_TILE][BATCH_VECTORS];
#pragma clang loop unroll(full)
    for (int i = 0; i < tokens; i++) {
        for (int v = 0; v < BATCH_VECTORS; v++) sums[i][v] = _mm512_setzero_ps();
    }
    if (2 * b->blocks <= part) units = 0;
    for (size_t u = 0; u < units; u++, weights += BATCH_STEP) {
        __m512i dots[BATCH_TILE][BATCH_VECTORS];
#pragma clang loop unroll(full)
        for (int i = 0; i < tokens; i++) {
            for (int v = 0; v < BATCH_VECTORS; v++) {
                dots[i][v] = centered ? _mm512_set1_epi32(starts[i * UNIT_PARTS * b->units + u * UNIT_PARTS])
                                      : _mm512_setzero_si512();
            }
        }
#pragma clang loop unroll(full)
        for (int g = 0; g < 4; g++) {
            __m512i four_columns[BATCH_VECTORS];
            for (int v = 0; v < BATCH_VECTORS; v++) {
                four_columns[v] = _mm512_load_si512(weights + (g * BATCH_VECTORS + v) * 64);
            }
#pragma clang loop unroll(full)
            for (int i = 0; i < tokens; i++) {
                int32_t four;
                memcpy(&four, quants + i * x->columns + u * UNIT + g * 4, 4);
                __m512i quant = _mm512_set1_epi32(four);
                for (int v = 0; v < BATCH_VECTORS; v++) {
                    dots[i][v] = _mm512_dpbusd_epi32(dots[i][v], four_columns[v], quant);
                }
                __asm__ volatile("" : "+v"(dots[i][0]), "+v"(dots[i][1]));
            }
        }
        const float *row_scales = b->scales + (scale_part * b->units + u) * BATCH_ROWS;
        __m512 rows[BATCH_VECTORS];
        for (int v = 0; v < BATCH_VECTORS; v++) rows[v] = _mm512_load_ps(row_scales + v * 16);
#pragma clang loop unroll(full)
        for (int i = 0; i < tokens; i++) {
            __m512 scale = _mm512_set1_ps(scales[i * b->blocks + u * UNIT_BLOCKS]);
            for (int v = 0; v < BATCH_VECTORS; v++) {
                sums[i][v] = _mm512_fmadd_ps(_mm512_mul_ps(rows[v], scale), _mm512_cvtepi32_ps(dots[i][v]), sums[i][v]);
            }
        }
    }
    float *out = b->sums + (t * BATCH_SUMS + part) * BATCH_ROWS;
#pragma clang loop unroll(full)
    for (int i = 0; i < tokens; i++) {
        for (int v = 0; v < BATCH_VECTORS; v++) {
            _mm512_store_ps(out + i * BATCH_SUMS * BATCH_ROWS + v * 16, sums[i][v]);
        }
    }
}

// The sums of the minimums of all units: lane `lane` of `gemv`.
INLINE void multiply_minimums(const kind kind, const batch *b, size_t t, size_t lane) {
    const size_t each = kind == SCALE_MINIMUM_16 ? UNIT_PARTS : UNIT_BLOCKS, shift = UNIT_PARTS - each;
    const float *totals = b->totals + t * UNIT_PARTS * b->units;
    size_t count = kind == SCALE_MINIMUM_16 ? 2 * b->blocks : b->blocks;
    for (int v = 0; v < BATCH_VECTORS; v++) {
        __m512 sum = _mm512_setzero_ps();
        for (size_t u = 0; lane >= shift && u * each + lane - shift < count; u++) {
            const float *minimums = b->minimums + ((lane - shift) * b->units + u) * BATCH_ROWS + v * 16;
            sum = _mm512_fnmadd_ps(_mm512_load_ps(minimums), _mm512_set1_ps(totals[u * each + lane - shift]), sum);
        }
        _mm512_store_ps(b->sums + (t * BATCH_SUMS + UNIT_PARTS + lane) * BATCH_ROWS + v * 16, sum);
    }
}

// Adds the sums of a token as `gemv` adds its lanes, whose lane i has sub-block 4 (i % 4) + i / 4.
INLINE void add_parts(const kind kind, const batch *b, size_t t, size_t rows, float *out) {
    for (size_t v = 0; v < BATCH_VECTORS && v * 16 < rows; v++) {
        const float *parts = b->sums + t * BATCH_SUMS * BATCH_ROWS + v * 16;
        __m512 lanes[UNIT_PARTS];
#pragma clang loop unroll(full)
        for (int i = 0; i < UNIT_PARTS; i++) {
            lanes[i] = _mm512_load_ps(parts + (4 * (i % 4) + i / 4) * BATCH_ROWS);
            if (kind == SCALE_MINIMUM_32 || kind == SCALE_MINIMUM_16) {
                lanes[i] = _mm512_add_ps(lanes[i], _mm512_load_ps(parts + (UNIT_PARTS + i) * BATCH_ROWS));
            }
        }
#pragma clang loop unroll(full)
        for (int i = 0; i < 8; i++) lanes[i] = _mm512_add_ps(lanes[i], lanes[i + 8]);
#pragma clang loop unroll(full)
        for (int i = 0; i < 4; i++) lanes[i] = _mm512_add_ps(lanes[i], lanes[i + 4]);
        lanes[0] = _mm512_add_ps(_mm512_add_ps(lanes[0], lanes[2]), _mm512_add_ps(lanes[1], lanes[3]));
        size_t count = rows - v * 16;
        _mm512_mask_storeu_ps(out + v * 16, (__mmask16)(count >= 16 ? 0xffff : (1u << count) - 1), lanes[0]);
    }
}

// Asks for one of `shares` equal shares of what is unpacked next. All at once, they would wait for one another.
INLINE void prefetch_share(const batch *b, size_t share, size_t shares) {
    size_t lines = b->next_bytes / 64;
    for (size_t i = lines * share / shares; i < lines * (share + 1) / shares; i++) prefetch(b->next, i * 64);
}

#define MULTIPLY_PARTS(kind)                                                                                          \
    static void multiply_parts_##kind(size_t tokens, const batch *b, const swl_activations *x, size_t first) {        \
        const size_t tiles = (tokens + BATCH_TILE - 1) / BATCH_TILE;                                                  \
        for (size_t part = 0; part < UNIT_PARTS; part++) {                                                            \
            for (size_t tile = 0; tile < tiles; tile++) {                                                             \
                size_t t = tokens * tile / tiles, count = tokens * (tile + 1) / tiles - t;                            \
                prefetch_share(b, part * tiles + tile, UNIT_PARTS * tiles);                                           \
                switch (count) {                                                                                      \
                    case 1: multiply_part(kind, 1, b, x, first, t, part); break;                                      \
                    case 2: multiply_part(kind, 2, b, x, first, t, part); break;                                      \
                    case 3: multiply_part(kind, 3, b, x, first, t, part); break;                                      \
                    case 4: multiply_part(kind, 4, b, x, first, t, part); break;                                      \
                    case 5: multiply_part(kind, 5, b, x, first, t, part); break;                                      \
                    default: multiply_part(kind, BATCH_TILE, b, x, first, t, part); break;                            \
                }                                                                                                     \
            }                                                                                                         \
            if (kind == SCALE_32 || kind == SCALE_16) continue;                                                       \
            for (size_t t = 0; t < tokens; t++) multiply_minimums(kind, b, t, part);                                  \
        }                                                                                                             \
    }
MULTIPLY_PARTS(SCALE_32)
MULTIPLY_PARTS(SCALE_MINIMUM_32)
MULTIPLY_PARTS(SCALE_16)
MULTIPLY_PARTS(SCALE_MINIMUM_16)

// MARK: - Unpacking: 16 rows at a time, `rows` being where each has the unit at hand

// The 16 bytes at `offset` of each row: vector g has bytes 4 g to 4 g + 3 of all rows.
INLINE void take_bytes(const char *const rows[16], size_t offset, __m512i out[4]) {
    __m512i fours[4];  // of rows i, 4 + i, 8 + i, 12 + i
#pragma clang loop unroll(full)
    for (int i = 0; i < 4; i++) {
        fours[i] = _mm512_castsi128_si512(_mm_loadu_si128((const __m128i_u *)(rows[i] + offset)));
        fours[i] = _mm512_inserti32x4(fours[i], _mm_loadu_si128((const __m128i_u *)(rows[4 + i] + offset)), 1);
        fours[i] = _mm512_inserti32x4(fours[i], _mm_loadu_si128((const __m128i_u *)(rows[8 + i] + offset)), 2);
        fours[i] = _mm512_inserti32x4(fours[i], _mm_loadu_si128((const __m128i_u *)(rows[12 + i] + offset)), 3);
    }
    __m512i a = _mm512_unpacklo_epi32(fours[0], fours[1]), b = _mm512_unpackhi_epi32(fours[0], fours[1]);
    __m512i c = _mm512_unpacklo_epi32(fours[2], fours[3]), d = _mm512_unpackhi_epi32(fours[2], fours[3]);
    out[0] = _mm512_unpacklo_epi64(a, c);
    out[1] = _mm512_unpackhi_epi64(a, c);
    out[2] = _mm512_unpacklo_epi64(b, d);
    out[3] = _mm512_unpackhi_epi64(b, d);
}

// Rows of `count` floats each to [count, BATCH_ROWS] with `stride` floats between them. `damage` becomes NaN for infinities and
// NaN.
INLINE void transpose_floats(const float rows[16][16], int count, float *out, size_t stride, __m512 *damage) {
    const char *places[16];
    for (int r = 0; r < 16; r++) places[r] = (const char *)rows[r];
    for (int i = 0; i < count; i += 4) {
        __m512i four[4];
        take_bytes(places, (size_t)i * sizeof(float), four);
        for (int j = 0; j < 4; j++) {
            *damage = _mm512_fmadd_ps((__m512)four[j], _mm512_setzero_ps(), *damage);
            _mm512_store_ps(out + (size_t)(i + j) * stride, (__m512)four[j]);
        }
    }
}

INLINE void store_part_of_rows(uint8_t *out, const __m512i four[4]) {
    for (int g = 0; g < 4; g++) _mm512_store_si512(out + g * BATCH_ROWS * 4, four[g]);
}

// 16 bytes of nibbles: the low ones are sub-block `low`, the high ones sub-block `high`.
INLINE void unpack_nibbles(const char *const rows[16], size_t offset, const bool coded, uint8_t *out, size_t step,
                           size_t low, size_t high) {
    __m512i both[4], nibbles[4];
    take_bytes(rows, offset, both);
    for (int g = 0; g < 4; g++) {
        nibbles[g] = bytes_and(both[g], 15);
        if (coded) nibbles[g] = codebook(nibbles[g]);
    }
    store_part_of_rows(out + low * step, nibbles);
    for (int g = 0; g < 4; g++) {
        nibbles[g] = bytes_and(_mm512_srli_epi16(both[g], 4), 15);
        if (coded) nibbles[g] = codebook(nibbles[g]);
    }
    store_part_of_rows(out + high * step, nibbles);
}

// batch_weights_F: the sub-blocks of the first `n` blocks of 16 rows.
#define BATCH_NIBBLES(format, coded, offset, low, high)                                                               \
    INLINE void batch_weights_##format(const char *const rows[16], int n, uint8_t *out, size_t step) {                \
        for (size_t i = 0; i < (size_t)n; i++) unpack_nibbles(rows, offset, coded, out, step, low, high);             \
    }
#define BLOCK_QUANTS(format) (i * sizeof(swl_##format) + offsetof(swl_##format, quants))
BATCH_NIBBLES(q4_0, false, BLOCK_QUANTS(q4_0), 2 * i, 2 * i + 1)
BATCH_NIBBLES(q4_1, false, BLOCK_QUANTS(q4_1), 2 * i, 2 * i + 1)
BATCH_NIBBLES(iq4_nl, true, BLOCK_QUANTS(iq4_nl), 2 * i, 2 * i + 1)
BATCH_NIBBLES(iq4_xs, true, offsetof(swl_iq4_xs, quants) + 16 * i, 2 * i, 2 * i + 1)
BATCH_NIBBLES(q4_k, false, offsetof(swl_q4_k, quants) + 16 * i, i / 2 * 4 + i % 2, i / 2 * 4 + i % 2 + 2)

INLINE void batch_weights_q8_0(const char *const rows[16], int n, uint8_t *out, size_t step) {
    for (size_t i = 0; i < 2 * (size_t)n; i++) {
        __m512i four[4];
        take_bytes(rows, i / 2 * sizeof(swl_q8_0) + offsetof(swl_q8_0, quants) + i % 2 * 16, four);
        for (int g = 0; g < 4; g++) four[g] = _mm512_xor_si512(four[g], _mm512_set1_epi8(-128));
        store_part_of_rows(out + i * step, four);
    }
}

// By way of the bytes of each row.
#define BATCH_BYTES(format)                                                                                           \
    INLINE void batch_weights_##format(const char *const rows[16], int n, uint8_t *out, size_t step) {                \
        _Pragma("clang loop unroll(full)") for (int v = 0; v < 4; v++) {                                              \
            uint8_t bytes[16][64];                                                                                    \
            const char *places[16];                                                                                   \
            if (2 * v >= n) continue;                                                                                 \
            for (int r = 0; r < 16; r++) {                                                                            \
                _mm512_storeu_si512(bytes[r], bytes_##format((const swl_##format *)rows[r], v, n));                   \
                places[r] = (const char *)bytes[r];                                                                   \
            }                                                                                                         \
            for (size_t i = 0; i < 4; i++) {                                                                          \
                __m512i four[4];                                                                                      \
                take_bytes(places, 16 * i, four);                                                                     \
                store_part_of_rows(out + (4 * (size_t)v + i) * step, four);                                           \
            }                                                                                                         \
        }                                                                                                             \
    }
BATCH_BYTES(q5_0)
BATCH_BYTES(q5_1)
BATCH_BYTES(mxfp4)
BATCH_BYTES(q2_k)
BATCH_BYTES(q3_k)
BATCH_BYTES(q5_k)
BATCH_BYTES(q6_k)

// MARK: - Products

// gemv_batch_F. `unpack_rows_F` unpacks all units of some rows, those beyond the last repeat it; returns whether all scales
// are finite. A damaged scale makes lanes of `gemv` infinite or NaN that have no part here: such rows are left to it.
#define GEMV_BATCH(format, FORMAT) GEMV_BATCH_OF(format, FORMAT_##FORMAT)
#define GEMV_BATCH_OF(format, ...) GEMV_BATCH_WITH(format, __VA_ARGS__)
#define GEMV_BATCH_WITH(format, kind, zero_point, elements)                                                           \
    static bool unpack_rows_##format(size_t count, const char *weights, size_t row_bytes, const batch *b) {           \
        const size_t step = UNIT / elements * sizeof(swl_##format), part = b->units * BATCH_STEP;                     \
        const bool halves = kind == SCALE_16 || kind == SCALE_MINIMUM_16;                                             \
        __m512 damage = _mm512_setzero_ps();                                                                          \
        for (size_t first = 0; first < BATCH_ROWS; first += 16) {                                                     \
            const char *rows[16];                                                                                     \
            for (size_t r = 0; r < 16; r++) rows[r] = weights + swl_least(first + r, count - 1) * row_bytes;          \
            for (size_t u = 0; u * UNIT_BLOCKS < b->blocks; u++) {                                                    \
                int n = (int)swl_least(UNIT_BLOCKS, b->blocks - u * UNIT_BLOCKS);                                     \
                float scales[16][16], minimums[16][16];                                                               \
                for (size_t r = 0; r < 16; r++) {                                                                     \
                    __m512 own[2];                                                                                    \
                    scales_##format((const swl_##format *)rows[r], n, own);                                           \
                    _mm512_storeu_ps(scales[r], own[0]);                                                              \
                    if (kind == SCALE_MINIMUM_16) _mm512_storeu_ps(minimums[r], own[1]);                              \
                    if (kind == SCALE_MINIMUM_32) {                                                                   \
                        _mm256_storeu_ps(minimums[r], _mm512_extractf32x8_ps(own[0], 1));                             \
                    }                                                                                                 \
                }                                                                                                     \
                size_t place = u * BATCH_ROWS + first, stride = b->units * BATCH_ROWS;                                \
                transpose_floats(scales, halves ? 16 : 8, b->scales + place, stride, &damage);                        \
                if (kind == SCALE_MINIMUM_16 || kind == SCALE_MINIMUM_32) {                                           \
                    transpose_floats(minimums, halves ? 16 : 8, b->minimums + place, stride, &damage);                \
                }                                                                                                     \
                batch_weights_##format(rows, n, b->weights + u * BATCH_STEP + first * 4, part);                       \
                for (size_t r = 0; r < 16; r++) rows[r] += step;                                                      \
            }                                                                                                         \
        }                                                                                                             \
        return _mm512_cmp_ps_mask(damage, damage, _CMP_UNORD_Q) == 0;                                                 \
    }                                                                                                                 \
                                                                                                                      \
    static void gemv_batch_##format(size_t rows, const void *weights, size_t row_bytes, const swl_activations *x,     \
                                    size_t first, size_t tokens, float *out, size_t out_stride, void *scratch) {      \
        batch b = batch_in(scratch, x->columns / SWL_BLOCK);                                                          \
        arrange_batch(kind, zero_point, x, first, tokens, &b);                                                        \
        for (size_t r = 0; r < rows; r += BATCH_ROWS) {                                                               \
            const char *row = (const char *)weights + r * row_bytes;                                                  \
            size_t count = swl_least(BATCH_ROWS, rows - r);                                                           \
            b.next = row + count * row_bytes;                                                                         \
            b.next_bytes = swl_least(BATCH_ROWS, rows - r - count) * row_bytes;                                       \
            if (unpack_rows_##format(count, row, row_bytes, &b)) {                                                    \
                multiply_parts_##kind(tokens, &b, x, first);                                                          \
                for (size_t t = 0; t < tokens; t++) add_parts(kind, &b, t, count, out + t * out_stride + r);          \
            } else {                                                                                                  \
                gemv_stream_##format(count, row, row_bytes, x, first, tokens, out + r, out_stride, scratch);          \
                arrange_batch(kind, zero_point, x, first, tokens, &b);                                                \
            }                                                                                                         \
        }                                                                                                             \
    }                                                                                                                 \
                                                                                                                      \
    static void gemv_##format(size_t rows, const void *weights, size_t row_bytes, const swl_activations *x,           \
                              size_t first, size_t tokens, float *out, size_t out_stride, void *scratch) {            \
        const size_t calls = (tokens + BATCH_TOKENS - 1) / BATCH_TOKENS;                                              \
        for (size_t i = 0; i < calls; i++) {                                                                          \
            size_t start = tokens * i / calls, count = tokens * (i + 1) / calls - start;                              \
            float *o = out + start * out_stride;                                                                      \
            if (count < BATCH_FROM) {                                                                                 \
                gemv_stream_##format(rows, weights, row_bytes, x, first + start, count, o, out_stride, scratch);      \
            } else {                                                                                                  \
                gemv_batch_##format(rows, weights, row_bytes, x, first + start, count, o, out_stride, scratch);       \
            }                                                                                                         \
        }                                                                                                             \
    }

#endif
