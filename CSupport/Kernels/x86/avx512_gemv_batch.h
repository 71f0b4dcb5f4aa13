// Quantized weights, a batch of tokens: AVX-512. Bit-identical to `gemv_stream` of each token, and faster from `batch_from`
// tokens on.
//
// Rows are taken BATCH_ROWS at a time, two vectors of 16. A block of them, 32 columns, is unpacked into 16 registers that
// hold four columns of 16 rows each, and meets all tokens there; no sum across lanes is needed. What `gemv` sums up in a
// lane, a sub-block of every unit, has a sum of its own here, in the L1 cache, which takes in unit after unit as the lane
// does; after the last they are added up as `gemv` adds its lanes. Integer sums are exact in any order.
#ifndef SWL_AVX512_GEMV_BATCH_H
#define SWL_AVX512_GEMV_BATCH_H

#include "avx512_gemv.h"

enum {
    BATCH_TOKENS = 16,
    BATCH_VECTORS = 2,
    BATCH_ROWS = 16 * BATCH_VECTORS,
    BATCH_GROUPS = SWL_BLOCK / 4,
};

// A unit of the rows at hand: scales and minimums of blocks or half blocks.
typedef struct batch_unit {
    float scales[UNIT_PARTS][BATCH_ROWS];
    float minimums[UNIT_PARTS][BATCH_ROWS];
} batch_unit;

// A token's sums of the rows at hand, of blocks or half blocks. The last floats keep the tokens' sums from sharing a few
// sets of the cache.
typedef struct batch_sums {
    float parts[UNIT_PARTS][BATCH_ROWS];
    float apart[BATCH_ROWS / 2];
} batch_sums;

// What the tokens bring, and the rows at hand. A part is a block, or half a block if that has a scale of its own.
typedef struct batch {
    size_t columns, blocks, tokens;
    const int8_t *quants;  // [tokens, columns]
    const float *scales;   // [tokens, blocks]
    int32_t *starts;       // [tokens, 2 blocks], of parts: -zero point * sum of quants
    float *totals;         // [tokens, 2 blocks], of parts: scale * sum of quants
    batch_unit *unit;
    batch_sums *sums;      // [tokens]
    const char *next;      // what is read after these rows
} batch;

static size_t batch_scratch_bytes(size_t columns) {
    return sizeof(batch_unit) + BATCH_TOKENS * (sizeof(batch_sums) + 2 * columns / SWL_BLOCK * 8);
}

INLINE int block_parts(const kind kind) { return has_own_halves(kind) ? 2 : 1; }

INLINE batch batch_of(const kind kind, const int zero_point, const swl_activations *x, size_t first, size_t tokens,
                      void *scratch) {
    const size_t blocks = x->columns / SWL_BLOCK, parts = (size_t)block_parts(kind);
    batch b = {.columns = x->columns, .blocks = blocks, .tokens = tokens, .unit = scratch};
    b.quants = x->quants + first * x->columns;
    b.scales = x->scales + first * blocks;
    b.sums = (batch_sums *)(b.unit + 1);
    b.starts = (int32_t *)(b.sums + BATCH_TOKENS);
    b.totals = (float *)(b.starts + BATCH_TOKENS * 2 * blocks);
    for (size_t t = 0; t < tokens; t++) {
        const int16_t *halves = x->sums + (first + t) * 2 * blocks;
        for (size_t i = 0; i < parts * blocks; i++) {
            int32_t sum = parts == 2 ? halves[i] : halves[2 * i] + halves[2 * i + 1];
            b.starts[t * 2 * blocks + i] = -zero_point * sum;
            b.totals[t * 2 * blocks + i] = (float)sum * b.scales[t * blocks + i / parts];
        }
    }
    return b;
}

INLINE __m512 rows_at(const float rows[BATCH_ROWS], int v) { return _mm512_load_ps(rows + v * 16); }

// A block of the rows at hand: vector [g][v] has columns 4 g to 4 g + 3 of rows 16 v to 16 v + 15.
typedef __m512i batch_block[BATCH_GROUPS][BATCH_VECTORS];

// Adds block `block` of unit `u` to the sums of all tokens.
INLINE void add_block(const kind kind, const batch b, size_t u, size_t block, batch_block weights) {
    const int parts = block_parts(kind), part_groups = BATCH_GROUPS / parts;
    const size_t first = block * (size_t)parts, stride = 2 * b.blocks;
    const int8_t *quants = b.quants + u * UNIT + block * SWL_BLOCK;
    const float *scales = b.scales + u * UNIT_BLOCKS + block;
    const int32_t *starts = b.starts + u * UNIT_BLOCKS * (size_t)parts + first;
    const float *totals = b.totals + u * UNIT_BLOCKS * (size_t)parts + first;
    batch_sums *sums = b.sums;
    __m512 row_scales[2][BATCH_VECTORS], row_minimums[2][BATCH_VECTORS];
#pragma clang loop unroll(full)
    for (int part = 0; part < parts; part++) {
        for (int v = 0; v < BATCH_VECTORS; v++) {
            row_scales[part][v] = rows_at(b.unit->scales[first + (size_t)part], v);
            row_minimums[part][v] = rows_at(b.unit->minimums[first + (size_t)part], v);
        }
    }
#pragma clang loop unroll(disable)
    for (size_t t = 0; t < b.tokens; t++) {
        __m512 scale = _mm512_set1_ps(*scales);
#pragma clang loop unroll(full)
        for (int part = 0; part < parts; part++) {
            __m512i dots[BATCH_VECTORS];
            for (int v = 0; v < BATCH_VECTORS; v++) {
                dots[v] = subtracts_minimum(kind) ? _mm512_setzero_si512() : _mm512_set1_epi32(starts[part]);
            }
#pragma clang loop unroll(full)
            for (int g = part * part_groups; g < (part + 1) * part_groups; g++) {
                int32_t four;
                memcpy(&four, quants + g * 4, 4);
                __m512i four_columns = _mm512_set1_epi32(four);
                for (int v = 0; v < BATCH_VECTORS; v++) {
                    dots[v] = _mm512_dpbusd_epi32(dots[v], weights[g][v], four_columns);
                }
            }
            float *sums_of_part = sums->parts[first + (size_t)part];
            for (int v = 0; v < BATCH_VECTORS; v++) {
                __m512 both = _mm512_mul_ps(row_scales[part][v], scale);
                __m512 sum = _mm512_fmadd_ps(both, _mm512_cvtepi32_ps(dots[v]), rows_at(sums_of_part, v));
                if (subtracts_minimum(kind)) {
                    sum = _mm512_fnmadd_ps(row_minimums[part][v], _mm512_set1_ps(totals[part]), sum);
                }
                _mm512_store_ps(sums_of_part + v * 16, sum);
            }
        }
        quants += b.columns, scales += b.blocks, starts += stride, totals += stride, sums++;
    }
}

// Adds up a token's sums as `gemv` adds its lanes.
INLINE void add_sums(const kind kind, const batch_sums *sums, float *out) {
    for (int v = 0; v < BATCH_VECTORS; v++) {
        __m512 lanes[4];
#pragma clang loop unroll(full)
        for (int i = 0; i < 4; i++) {
            if (has_own_halves(kind)) {
                __m512 parts[4];  // of lanes i, 4 + i, 8 + i, 12 + i
                for (int k = 0; k < 4; k++) parts[k] = rows_at(sums->parts[4 * i + k], v);
                lanes[i] = _mm512_add_ps(_mm512_add_ps(parts[0], parts[2]), _mm512_add_ps(parts[1], parts[3]));
            } else {
                lanes[i] = _mm512_add_ps(rows_at(sums->parts[2 * i], v), rows_at(sums->parts[2 * i + 1], v));
            }
        }
        lanes[0] = _mm512_add_ps(_mm512_add_ps(lanes[0], lanes[2]), _mm512_add_ps(lanes[1], lanes[3]));
        _mm512_storeu_ps(out + v * 16, lanes[0]);
    }
}

// MARK: - Unpacking: `rows` is where the first row has the unit at hand, the others follow at `row_bytes`

// The first 16 bytes of 16 rows: vector g has bytes 4 g to 4 g + 3 of all rows.
INLINE void take_bytes(const void *rows, size_t row_bytes, __m512i out[4]) {
    const size_t four_rows = 4 * row_bytes;
    __m512i fours[4];  // of rows i, 4 + i, 8 + i, 12 + i
#pragma clang loop unroll(full)
    for (size_t i = 0; i < 4; i++) {
        const char *row = (const char *)rows + i * row_bytes;
        fours[i] = _mm512_castsi128_si512(_mm_loadu_si128((const __m128i_u *)row));
        fours[i] = _mm512_inserti32x4(fours[i], _mm_loadu_si128((const __m128i_u *)(row + four_rows)), 1);
        fours[i] = _mm512_inserti32x4(fours[i], _mm_loadu_si128((const __m128i_u *)(row + 2 * four_rows)), 2);
        fours[i] = _mm512_inserti32x4(fours[i], _mm_loadu_si128((const __m128i_u *)(row + 3 * four_rows)), 3);
    }
    __m512i a = _mm512_unpacklo_epi32(fours[0], fours[1]), b = _mm512_unpackhi_epi32(fours[0], fours[1]);
    __m512i c = _mm512_unpacklo_epi32(fours[2], fours[3]), d = _mm512_unpackhi_epi32(fours[2], fours[3]);
    out[0] = _mm512_unpacklo_epi64(a, c);
    out[1] = _mm512_unpackhi_epi64(a, c);
    out[2] = _mm512_unpacklo_epi64(b, d);
    out[3] = _mm512_unpackhi_epi64(b, d);
}

// Rows of `count` floats each to [count, BATCH_ROWS].
INLINE void transpose_floats(const float rows[16][16], int count, float *out) {
    for (int i = 0; i < count; i += 4) {
        __m512i four[4];
        take_bytes(rows[0] + i, sizeof rows[0], four);
        for (int j = 0; j < 4; j++) _mm512_store_ps(out + (i + j) * BATCH_ROWS, (__m512)four[j]);
    }
}

// batch_block_F: block `i` of the unit.

INLINE __m512i plain_nibbles(__m512i nibbles) { return nibbles; }

// 16 bytes of nibbles, the low ones first. decode: of a vector of nibbles.
#define BATCH_NIBBLES(name, decode, quants)                                                                           \
    INLINE void name(const char *rows, size_t row_bytes, size_t i, batch_block out) {                                 \
        for (int v = 0; v < BATCH_VECTORS; v++, rows += 16 * row_bytes) {                                             \
            __m512i both[4];                                                                                          \
            take_bytes(rows + (quants), row_bytes, both);                                                             \
            for (int g = 0; g < 4; g++) {                                                                             \
                out[g][v] = decode(bytes_and(both[g], 15));                                                           \
                out[4 + g][v] = decode(bytes_and(_mm512_srli_epi16(both[g], 4), 15));                                 \
            }                                                                                                         \
        }                                                                                                             \
    }
#define BLOCK_FIELD(format, field) i * sizeof(swl_##format) + offsetof(swl_##format, field)
BATCH_NIBBLES(batch_block_q4_0, plain_nibbles, BLOCK_FIELD(q4_0, quants))
BATCH_NIBBLES(batch_block_q4_1, plain_nibbles, BLOCK_FIELD(q4_1, quants))
BATCH_NIBBLES(batch_block_iq4_nl, codebook, BLOCK_FIELD(iq4_nl, quants))
BATCH_NIBBLES(batch_block_iq4_xs, codebook, i * 16 + offsetof(swl_iq4_xs, quants))
BATCH_NIBBLES(batch_block_mxfp4, mxfp4_codebook, BLOCK_FIELD(mxfp4, quants))

// Nibbles and, in 4 bytes of each row, a fifth bit for every column.
#define BATCH_FIVE_BITS(format)                                                                                       \
    INLINE void batch_block_##format(const char *rows, size_t row_bytes, size_t i, batch_block out) {                 \
        batch_nibbles_##format(rows, row_bytes, i, out);                                                              \
        for (int v = 0; v < BATCH_VECTORS; v++, rows += 16 * row_bytes) {                                             \
            __m512i bits[4];                                                                                          \
            take_bytes(rows + BLOCK_FIELD(format, high), row_bytes, bits);                                            \
            _Pragma("clang loop unroll(full)") for (int g = 0; g < BATCH_GROUPS; g++) {                               \
                const int byte = 0x01010101 * (g / 2);                                                                \
                const __m512i places = _mm512_broadcast_i32x4(                                                        \
                    _mm_set_epi32(byte + 0x0c0c0c0c, byte + 0x08080808, byte + 0x04040404, byte));                    \
                __m512i own = _mm512_set1_epi32((int)(g % 2 == 0 ? 0x08040201u : 0x80402010u));                       \
                __mmask64 set = _mm512_test_epi8_mask(_mm512_shuffle_epi8(bits[0], places), own);                     \
                out[g][v] = _mm512_mask_add_epi8(out[g][v], set, out[g][v], _mm512_set1_epi8(16));                    \
            }                                                                                                         \
        }                                                                                                             \
    }
BATCH_NIBBLES(batch_nibbles_q5_0, plain_nibbles, BLOCK_FIELD(q5_0, quants))
BATCH_NIBBLES(batch_nibbles_q5_1, plain_nibbles, BLOCK_FIELD(q5_1, quants))
BATCH_FIVE_BITS(q5_0)
BATCH_FIVE_BITS(q5_1)

// Bits of two fields, 32 bytes each: `mask` of the first after a shift, below those of the second.
#define BATCH_BITS(format, low, low_shift, low_mask, high, high_shift, high_mask, high_place)                         \
    INLINE void batch_block_##format(const char *rows, size_t row_bytes, size_t i, batch_block out) {                 \
        const __m128i low_count = _mm_cvtsi32_si128((int)(low_shift));                                                \
        const __m128i high_count = _mm_cvtsi32_si128((int)(high_shift));                                              \
        _Pragma("clang loop unroll(full)") for (size_t half = 0; half < 2 * BATCH_VECTORS; half++) {                  \
            const char *at = rows + half / 2 * 16 * row_bytes + half % 2 * 16;                                        \
            __m512i lower[4], upper[4];                                                                               \
            take_bytes(at + (low), row_bytes, lower);                                                                 \
            if (high_mask) take_bytes(at + (high), row_bytes, upper);                                                 \
            for (size_t g = 0; g < 4; g++) {                                                                          \
                __m512i bits = bytes_and(_mm512_srl_epi16(lower[g], low_count), low_mask);                            \
                if (high_mask) {                                                                                      \
                    __m512i more = bytes_and(_mm512_srl_epi16(upper[g], high_count), high_mask);                      \
                    bits = _mm512_or_si512(bits, _mm512_slli_epi16(more, high_place));                                \
                }                                                                                                     \
                out[half % 2 * 4 + g][half / 2] = bits;                                                               \
            }                                                                                                         \
        }                                                                                                             \
    }
#define FIELD(format, field) offsetof(swl_##format, field)
BATCH_BITS(q2_k, FIELD(q2_k, quants) + i / 4 * 32, i % 4 * 2, 3, 0, 0, 0, 0)
BATCH_BITS(q3_k, FIELD(q3_k, quants) + i / 4 * 32, i % 4 * 2, 3, FIELD(q3_k, high), i, 1, 2)
BATCH_BITS(q4_k, FIELD(q4_k, quants) + i / 2 * 32, i % 2 * 4, 15, 0, 0, 0, 0)
BATCH_BITS(q5_k, FIELD(q5_k, quants) + i / 2 * 32, i % 2 * 4, 15, FIELD(q5_k, high), i, 1, 4)
BATCH_BITS(q6_k, FIELD(q6_k, low) + i / 4 * 64 + i % 2 * 32, i % 4 / 2 * 4, 15, FIELD(q6_k, high) + i / 4 * 32,
           i % 4 * 2, 3, 4)

INLINE void batch_block_q8_0(const char *rows, size_t row_bytes, size_t i, batch_block out) {
#pragma clang loop unroll(full)
    for (size_t half = 0; half < 2 * BATCH_VECTORS; half++) {
        __m512i four[4];
        take_bytes(rows + BLOCK_FIELD(q8_0, quants) + half / 2 * 16 * row_bytes + half % 2 * 16, row_bytes, four);
        for (size_t g = 0; g < 4; g++) {
            out[half % 2 * 4 + g][half / 2] = _mm512_xor_si512(four[g], _mm512_set1_epi8(-128));
        }
    }
}

// MARK: - Products

// Asks for `bytes` of the rows after these, into the L2 cache. All at once, they would wait for one another.
INLINE void prefetch_next_rows(batch *b, size_t bytes) {
    for (size_t i = 0; i < bytes; i += 64) __builtin_prefetch((const void *)((uintptr_t)b->next + i), 0, 2);
    b->next = (const char *)((uintptr_t)b->next + bytes);
}

// gemv_batch_F: whole groups of BATCH_ROWS rows.
#define GEMV_BATCH(format, FORMAT, batch_from) GEMV_BATCH_OF(format, batch_from, FORMAT_##FORMAT)
#define GEMV_BATCH_OF(format, batch_from, ...) GEMV_BATCH_WITH(format, batch_from, __VA_ARGS__)
#define GEMV_BATCH_WITH(format, batch_from, kind, zero_point, elements)                                               \
    INLINE void unpack_scales_##format(batch_unit *unit, const char *rows, size_t row_bytes, int n) {                 \
        const int count = UNIT_BLOCKS * block_parts(kind);                                                            \
        for (size_t first = 0; first < BATCH_ROWS; first += 16) {                                                     \
            float scales[16][16], minimums[16][16];                                                                   \
            for (size_t r = 0; r < 16; r++) {                                                                         \
                __m512 own[2];                                                                                        \
                scales_##format((const swl_##format *)(rows + (first + r) * row_bytes), n, own);                      \
                _mm512_storeu_ps(scales[r], own[0]);                                                                  \
                if (kind == SCALE_MINIMUM_16) _mm512_storeu_ps(minimums[r], own[1]);                                  \
                if (kind == SCALE_MINIMUM_32) _mm256_storeu_ps(minimums[r], _mm512_extractf32x8_ps(own[0], 1));       \
            }                                                                                                         \
            transpose_floats(scales, count, unit->scales[0] + first);                                                 \
            if (subtracts_minimum(kind)) transpose_floats(minimums, count, unit->minimums[0] + first);                \
        }                                                                                                             \
    }                                                                                                                 \
                                                                                                                      \
    static void gemv_batch_##format(size_t rows, const void *weights, size_t row_bytes, const swl_activations *x,     \
                                    size_t first, size_t tokens, float *out, size_t out_stride, void *scratch) {      \
        const size_t step = UNIT / elements * sizeof(swl_##format);                                                   \
        batch b = batch_of(kind, zero_point, x, first, tokens, scratch);                                              \
        for (size_t r = 0; r < rows; r += BATCH_ROWS) {                                                               \
            const char *row = (const char *)weights + r * row_bytes;                                                  \
            size_t ahead = r + BATCH_ROWS < rows ? BATCH_ROWS * row_bytes / b.blocks : 0;                             \
            b.next = row + BATCH_ROWS * row_bytes;                                                                    \
            memset(b.sums, 0, tokens * sizeof *b.sums);                                                               \
            for (size_t u = 0; u * UNIT_BLOCKS < b.blocks; u++, row += step) {                                        \
                size_t n = swl_least(UNIT_BLOCKS, b.blocks - u * UNIT_BLOCKS);                                        \
                unpack_scales_##format(b.unit, row, row_bytes, (int)n);                                               \
                for (size_t i = 0; i < n; i++) {                                                                      \
                    batch_block block;                                                                                \
                    prefetch_next_rows(&b, ahead);                                                                    \
                    batch_block_##format(row, row_bytes, i, block);                                                   \
                    add_block(kind, b, u, i, block);                                                                  \
                }                                                                                                     \
            }                                                                                                         \
            for (size_t t = 0; t < tokens; t++) add_sums(kind, b.sums + t, out + t * out_stride + r);                 \
        }                                                                                                             \
    }                                                                                                                 \
                                                                                                                      \
    static void gemv_##format(size_t rows, const void *weights, size_t row_bytes, const swl_activations *x,           \
                              size_t first, size_t tokens, float *out, size_t out_stride, void *scratch) {            \
        const size_t calls = (tokens + BATCH_TOKENS - 1) / BATCH_TOKENS;                                              \
        for (size_t i = 0; i < calls; i++) {                                                                          \
            size_t start = tokens * i / calls, count = tokens * (i + 1) / calls - start;                              \
            size_t batched = count < batch_from ? 0 : rows / BATCH_ROWS * BATCH_ROWS;                                 \
            float *o = out + start * out_stride;                                                                      \
            if (batched > 0) {                                                                                        \
                gemv_batch_##format(batched, weights, row_bytes, x, first + start, count, o, out_stride, scratch);    \
            }                                                                                                         \
            if (batched < rows) {                                                                                     \
                gemv_stream_##format(rows - batched, (const char *)weights + batched * row_bytes, row_bytes, x,       \
                                     first + start, count, o + batched, out_stride, scratch);                         \
            }                                                                                                         \
        }                                                                                                             \
    }

#endif
