// Quantized weights, a batch of tokens: AVX-512. Bit-identical to `gemv_stream` of each token, and faster from `batch_from`
// tokens on.
//
// Rows are taken BATCH_ROWS at a time, two vectors of 16. A block of them, 32 columns, is unpacked into 16 registers that
// hold four columns of 16 rows each, and meets all tokens there; no sum across lanes is needed. What `gemv` sums up in a
// lane, a sub-block of every unit, has a sum of its own here, in the L1 cache, which takes in unit after unit as the lane
// does; after the last they are added up as `gemv` adds its lanes. Integer sums are exact in any order.
#ifndef SWL_AVX512_GEMV_BATCH_H
#define SWL_AVX512_GEMV_BATCH_H

#include "gemv.h"

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

INLINE int block_parts(const format f) { return has_halves(f) ? 2 : 1; }

INLINE batch batch_of(const format f, const swl_activations *x, size_t first, size_t tokens, void *scratch) {
    const size_t blocks = x->columns / SWL_BLOCK, parts = (size_t)block_parts(f);
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
            b.starts[t * 2 * blocks + i] = -f.zero * sum;
            b.totals[t * 2 * blocks + i] = (float)sum * b.scales[t * blocks + i / parts];
        }
    }
    return b;
}

INLINE __m512 rows_at(const float rows[BATCH_ROWS], int v) { return _mm512_load_ps(rows + v * 16); }

// A block of the rows at hand: vector [g][v] has columns 4 g to 4 g + 3 of rows 16 v to 16 v + 15.
typedef __m512i batch_block[BATCH_GROUPS][BATCH_VECTORS];

// Adds block `block` of unit `u` to the sums of all tokens.
INLINE void add_block(const format f, const batch b, size_t u, size_t block, batch_block weights) {
    const int parts = block_parts(f), part_groups = BATCH_GROUPS / parts;
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
                dots[v] = has_minimums(f) ? _mm512_setzero_si512() : _mm512_set1_epi32(starts[part]);
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
                if (has_minimums(f)) {
                    sum = _mm512_fnmadd_ps(row_minimums[part][v], _mm512_set1_ps(totals[part]), sum);
                }
                _mm512_store_ps(sums_of_part + v * 16, sum);
            }
        }
        quants += b.columns, scales += b.blocks, starts += stride, totals += stride, sums++;
    }
}

// Adds up a token's sums as `gemv` adds its lanes.
INLINE void add_sums(const format f, const batch_sums *sums, float *out) {
    for (int v = 0; v < BATCH_VECTORS; v++) {
        __m512 lanes[4];
#pragma clang loop unroll(full)
        for (int i = 0; i < 4; i++) {
            if (has_halves(f)) {
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

INLINE __m512i decoded(const format f, __m512i nibbles) {
    if (f.id == SWL_IQ4_NL || f.id == SWL_IQ4_XS) return codebook(nibbles);
    return f.id == SWL_MXFP4 ? mxfp4_codebook(nibbles) : nibbles;
}

// 16 bytes of nibbles, the low ones first.
INLINE void batch_nibbles(const format f, const uint8_t *quants, size_t row_bytes, batch_block out) {
    for (int v = 0; v < BATCH_VECTORS; v++, quants += 16 * row_bytes) {
        __m512i both[4];
        take_bytes(quants, row_bytes, both);
        for (int g = 0; g < 4; g++) {
            out[g][v] = decoded(f, bytes_and(both[g], 15));
            out[4 + g][v] = decoded(f, bytes_and(_mm512_srli_epi16(both[g], 4), 15));
        }
    }
}

// Adds a fifth bit for every column, from 4 bytes of each row.
INLINE void batch_fifth_bits(const uint8_t *high, size_t row_bytes, batch_block out) {
    for (int v = 0; v < BATCH_VECTORS; v++, high += 16 * row_bytes) {
        __m512i bits[4];
        take_bytes(high, row_bytes, bits);
#pragma clang loop unroll(full)
        for (int g = 0; g < BATCH_GROUPS; g++) {
            const int byte = 0x01010101 * (g / 2);
            const __m512i places = _mm512_broadcast_i32x4(
                _mm_set_epi32(byte + 0x0c0c0c0c, byte + 0x08080808, byte + 0x04040404, byte));
            __m512i own = _mm512_set1_epi32((int)(g % 2 == 0 ? 0x08040201u : 0x80402010u));
            __mmask64 set = _mm512_test_epi8_mask(_mm512_shuffle_epi8(bits[0], places), own);
            out[g][v] = _mm512_mask_add_epi8(out[g][v], set, out[g][v], _mm512_set1_epi8(16));
        }
    }
}

// Signed bytes. quants: of the first row, as below.
INLINE void batch_bytes(const uint8_t *quants, size_t row_bytes, batch_block out) {
#pragma clang loop unroll(full)
    for (size_t half = 0; half < 2 * BATCH_VECTORS; half++) {
        __m512i four[4];
        take_bytes(quants + half / 2 * 16 * row_bytes + half % 2 * 16, row_bytes, four);
        for (size_t g = 0; g < 4; g++) {
            out[half % 2 * 4 + g][half / 2] = _mm512_xor_si512(four[g], _mm512_set1_epi8(-128));
        }
    }
}

// 32 bytes of each row; `mask` is taken of them after a shift.
typedef struct bit_field {
    const uint8_t *bytes;
    size_t shift;
    int mask;
} bit_field;

// Bits of two fields: those of the first below those of the second, which begin at bit `place`.
INLINE void batch_bits(const bit_field low, const bit_field high, const int place, size_t row_bytes, batch_block out) {
    const __m128i low_count = _mm_cvtsi32_si128((int)low.shift), high_count = _mm_cvtsi32_si128((int)high.shift);
#pragma clang loop unroll(full)
    for (size_t half = 0; half < 2 * BATCH_VECTORS; half++) {
        const size_t at = half / 2 * 16 * row_bytes + half % 2 * 16;
        __m512i lower[4], upper[4];
        take_bytes(low.bytes + at, row_bytes, lower);
        if (high.mask) take_bytes(high.bytes + at, row_bytes, upper);
        for (size_t g = 0; g < 4; g++) {
            __m512i bits = bytes_and(_mm512_srl_epi16(lower[g], low_count), low.mask);
            if (high.mask) {
                __m512i more = bytes_and(_mm512_srl_epi16(upper[g], high_count), high.mask);
                bits = _mm512_or_si512(bits, _mm512_slli_epi16(more, place));
            }
            out[half % 2 * 4 + g][half / 2] = bits;
        }
    }
}

INLINE void batch_q4_0(const format f, const void *unit, size_t row_bytes, size_t i, batch_block out) {
    batch_nibbles(f, ((const swl_q4_0 *)unit)[i].quants, row_bytes, out);
}

INLINE void batch_q4_1(const format f, const void *unit, size_t row_bytes, size_t i, batch_block out) {
    batch_nibbles(f, ((const swl_q4_1 *)unit)[i].quants, row_bytes, out);
}

INLINE void batch_iq4_nl(const format f, const void *unit, size_t row_bytes, size_t i, batch_block out) {
    batch_nibbles(f, ((const swl_iq4_nl *)unit)[i].quants, row_bytes, out);
}

INLINE void batch_mxfp4(const format f, const void *unit, size_t row_bytes, size_t i, batch_block out) {
    batch_nibbles(f, ((const swl_mxfp4 *)unit)[i].quants, row_bytes, out);
}

INLINE void batch_q5_0(const format f, const void *unit, size_t row_bytes, size_t i, batch_block out) {
    const swl_q5_0 *w = (const swl_q5_0 *)unit + i;
    batch_nibbles(f, w->quants, row_bytes, out);
    batch_fifth_bits(w->high, row_bytes, out);
}

INLINE void batch_q5_1(const format f, const void *unit, size_t row_bytes, size_t i, batch_block out) {
    const swl_q5_1 *w = (const swl_q5_1 *)unit + i;
    batch_nibbles(f, w->quants, row_bytes, out);
    batch_fifth_bits(w->high, row_bytes, out);
}

INLINE void batch_q8_0(const format f, const void *unit, size_t row_bytes, size_t i, batch_block out) {
    (void)f;
    batch_bytes((const uint8_t *)((const swl_q8_0 *)unit)[i].quants, row_bytes, out);
}

INLINE void batch_iq4_xs(const format f, const void *unit, size_t row_bytes, size_t i, batch_block out) {
    batch_nibbles(f, ((const swl_iq4_xs *)unit)->quants + i * 16, row_bytes, out);
}

INLINE void batch_q2_k(const format f, const void *unit, size_t row_bytes, size_t i, batch_block out) {
    (void)f;
    const swl_q2_k *w = unit;
    batch_bits((bit_field){w->quants + i / 4 * 32, i % 4 * 2, 3}, (bit_field){0}, 0, row_bytes, out);
}

INLINE void batch_q3_k(const format f, const void *unit, size_t row_bytes, size_t i, batch_block out) {
    (void)f;
    const swl_q3_k *w = unit;
    batch_bits((bit_field){w->quants + i / 4 * 32, i % 4 * 2, 3}, (bit_field){w->high, i, 1}, 2, row_bytes, out);
}

INLINE void batch_q4_k(const format f, const void *unit, size_t row_bytes, size_t i, batch_block out) {
    (void)f;
    const swl_q4_k *w = unit;
    batch_bits((bit_field){w->quants + i / 2 * 32, i % 2 * 4, 15}, (bit_field){0}, 0, row_bytes, out);
}

INLINE void batch_q5_k(const format f, const void *unit, size_t row_bytes, size_t i, batch_block out) {
    (void)f;
    const swl_q5_k *w = unit;
    batch_bits((bit_field){w->quants + i / 2 * 32, i % 2 * 4, 15}, (bit_field){w->high, i, 1}, 4, row_bytes, out);
}

INLINE void batch_q6_k(const format f, const void *unit, size_t row_bytes, size_t i, batch_block out) {
    (void)f;
    const swl_q6_k *w = unit;
    const bit_field low = {w->low + i / 4 * 64 + i % 2 * 32, i % 4 / 2 * 4, 15};
    batch_bits(low, (bit_field){w->high + i / 4 * 32, i % 4 * 2, 3}, 4, row_bytes, out);
}

// Block `i` of a unit; unit: of the first row, the others follow at `row_bytes`.
INLINE void unpack_block(const format f, const void *unit, size_t row_bytes, size_t i, batch_block out) {
    switch (f.id) {
#define BATCH(name, id) case id: batch_##name(f, unit, row_bytes, i, out); break;
        SWL_UNPACKED_FORMATS(BATCH)
    }
}

INLINE void unpack_scales(const format f, batch_unit *unit, const char *rows, size_t row_bytes, int n) {
    const int count = UNIT_BLOCKS * block_parts(f);
    for (size_t first = 0; first < BATCH_ROWS; first += 16) {
        float scales[16][16], minimums[16][16];
        for (size_t r = 0; r < 16; r++) {
            __m512 own[2];
            scales_of(f, rows + (first + r) * row_bytes, n, own);
            _mm512_storeu_ps(scales[r], own[0]);
            if (f.kind == SCALE_MINIMUM_16) _mm512_storeu_ps(minimums[r], own[1]);
            if (f.kind == SCALE_MINIMUM_32) _mm256_storeu_ps(minimums[r], _mm512_extractf32x8_ps(own[0], 1));
        }
        transpose_floats(scales, count, unit->scales[0] + first);
        if (has_minimums(f)) transpose_floats(minimums, count, unit->minimums[0] + first);
    }
}

// MARK: - Products

// Asks for `bytes` of the rows after these, into the L2 cache. All at once, they would wait for one another.
INLINE void prefetch_next_rows(batch *b, size_t bytes) {
    for (size_t i = 0; i < bytes; i += 64) __builtin_prefetch((const void *)((uintptr_t)b->next + i), 0, 2);
    b->next = (const char *)((uintptr_t)b->next + bytes);
}

// Whole groups of BATCH_ROWS rows.
INLINE void gemv_batch(const format f, const product_call p) {
    batch b = batch_of(f, p.x, p.first, p.tokens, p.scratch);
    for (size_t r = 0; r < p.rows; r += BATCH_ROWS) {
        const char *row = p.weights + r * p.row_bytes;
        const size_t ahead = r + BATCH_ROWS < p.rows ? BATCH_ROWS * p.row_bytes / b.blocks : 0;
        b.next = row + BATCH_ROWS * p.row_bytes;
        memset(b.sums, 0, p.tokens * sizeof *b.sums);
        for (size_t u = 0; u * UNIT_BLOCKS < b.blocks; u++, row += unit_bytes(f)) {
            const size_t n = swl_least(UNIT_BLOCKS, b.blocks - u * UNIT_BLOCKS);
            unpack_scales(f, b.unit, row, p.row_bytes, (int)n);
            for (size_t i = 0; i < n; i++) {
                batch_block block;
                prefetch_next_rows(&b, ahead);
                unpack_block(f, row, p.row_bytes, i, block);
                add_block(f, b, u, i, block);
            }
        }
        for (size_t t = 0; t < p.tokens; t++) add_sums(f, b.sums + t, p.out + t * p.out_stride + r);
    }
}

INLINE void gemv(const format f, const product_call p) {
    const size_t calls = (p.tokens + BATCH_TOKENS - 1) / BATCH_TOKENS;
    for (size_t i = 0; i < calls; i++) {
        const size_t start = p.tokens * i / calls;
        product_call part = p;
        part.first += start;
        part.tokens = p.tokens * (i + 1) / calls - start;
        part.out += start * p.out_stride;
        const size_t batched = part.tokens < f.batch_from ? 0 : p.rows / BATCH_ROWS * BATCH_ROWS;
        part.rows = batched;
        if (batched > 0) gemv_batch(f, part);
        part.rows = p.rows - batched;
        part.weights += batched * p.row_bytes;
        part.out += batched;
        if (batched < p.rows) gemv_stream(f, part);
    }
}

#endif
