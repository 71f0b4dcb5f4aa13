// AVX-512 with VNNI (Ice Lake, Zen 4 and later).
#if defined(__x86_64__)

#include <immintrin.h>
#include <math.h>
#include <string.h>

#include "../tables.h"

#pragma clang attribute push(                                                                                  \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c"))), apply_to = function)

#define LANES 16
#include "../vector/attention.h"
#include "../vector/ops.h"
#include "../vector/products.h"

// MARK: - Quantized weights, few tokens
//
// One row after the other: two or more side by side are read from memory at less than half the speed. A row is taken in
// chunks of 16 blocks, as many as a vector holds of scales and sums. Sixteen int32 lanes hold two Q8_0 or four Q4_0
// blocks, each spread over eight or four lanes; a block's scale, and what corrects its zero point, are spread over the
// same lanes by a permutation. vpdpbusd multiplies unsigned by signed bytes: weights are made unsigned by adding the
// zero point z = 128 or 8, and each of a block's n lanes starts from -z / n * sum of the activations. vpdpbusd adds
// four products to an int32 lane: at most 4 * 255 * 127 for each instruction.

enum { CHUNK = 16 };

// The scales of the chunk's blocks, in order.
INLINE __m512 chunk_scales_q8_0(const swl_q8_0 *w) {
    return _mm512_cvtph_ps(_mm256_set_epi16(
        (short)w[15].scale, (short)w[14].scale, (short)w[13].scale, (short)w[12].scale, (short)w[11].scale,
        (short)w[10].scale, (short)w[9].scale, (short)w[8].scale, (short)w[7].scale, (short)w[6].scale,
        (short)w[5].scale, (short)w[4].scale, (short)w[3].scale, (short)w[2].scale, (short)w[1].scale,
        (short)w[0].scale));
}

// The sums of blocks, given those of half blocks.
INLINE __m512i chunk_sums(__m512i halves) { return _mm512_madd_epi16(halves, _mm512_set1_epi16(1)); }

// Adds a chunk to the sums. scales, sums: of the activations.
INLINE void add_chunk_q8_0(const swl_q8_0 *w, const int8_t *quants, __m512 scales, __m512i x_sums, __m512 sums[2]) {
    const __m512i first_pair = _mm512_set_epi32(1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0);
    __m512i starts = _mm512_sub_epi32(_mm512_setzero_si512(), _mm512_slli_epi32(x_sums, 4));  // -128 / 8 = -16
    scales = _mm512_mul_ps(scales, chunk_scales_q8_0(w));
#pragma clang loop unroll(full)
    for (int i = 0; i < CHUNK; i += 2) {
        __m512i lanes = _mm512_add_epi32(first_pair, _mm512_set1_epi32(i));
        __m512i weights = _mm512_castsi256_si512(_mm256_loadu_si256((const void *)w[i].quants));
        weights = _mm512_inserti64x4(weights, _mm256_loadu_si256((const void *)w[i + 1].quants), 1);
        weights = _mm512_xor_si512(weights, _mm512_set1_epi8(-128));
        __m512i dots = _mm512_permutexvar_epi32(lanes, starts);
        dots = _mm512_dpbusd_epi32(dots, weights, _mm512_loadu_si512(quants + i * SWL_BLOCK));
        __m512 block_scales = _mm512_permutexvar_ps(lanes, scales);
        sums[i / 2 % 2] = _mm512_fmadd_ps(block_scales, _mm512_cvtepi32_ps(dots), sums[i / 2 % 2]);
    }
}

// Four blocks of activations as `add_chunk_q4_0` reads them: arranged once for all rows.
typedef struct four_blocks {
    int8_t low[4][16];   // columns 0 to 15 of each block, which meet the low nibbles
    int8_t high[4][16];  // columns 16 to 31
    int32_t starts[16];  // -8 / 4 * sum, in each block's four lanes
} four_blocks;

// x: of 16 blocks. scales: of the activations.
INLINE void add_chunk_q4_0(const swl_q4_0 *w, const four_blocks *x, __m512 scales, __m512 sums[2]) {
    const __m512i first_four = _mm512_set_epi32(3, 3, 3, 3, 2, 2, 2, 2, 1, 1, 1, 1, 0, 0, 0, 0);
    // Four blocks are 36 words; word 9 j is the scale of block j, the next eight are its quants.
    const __m512i scale_words = _mm512_set1_epi64(27ll << 48 | 18ll << 32 | 9ll << 16);
    const __m512i quant_words =
        _mm512_set_epi16(35, 34, 33, 32, 31, 30, 29, 28, 26, 25, 24, 23, 22, 21, 20, 19,  //
                         17, 16, 15, 14, 13, 12, 11, 10, 8, 7, 6, 5, 4, 3, 2, 1);
    const __m512i low_nibbles = _mm512_set1_epi8(15);
    __m512i halves = _mm512_setzero_si512(), dots[4];
#pragma clang loop unroll(full)
    for (int i = 0; i < 4; i++, w += 4) {
        __m512i head = _mm512_loadu_si512(w);  // 64 of the 72 bytes
        __m512i tail = _mm512_castsi128_si512(_mm_loadl_epi64((const void *)((const char *)w + 64)));
        halves = _mm512_mask_permutexvar_epi16(halves, 0xfu << 4 * i, scale_words, head);

        __m512i nibbles = _mm512_permutex2var_epi16(head, quant_words, tail);
        __m512i low = _mm512_and_si512(nibbles, low_nibbles);
        __m512i high = _mm512_and_si512(_mm512_srli_epi16(nibbles, 4), low_nibbles);
        dots[i] = _mm512_dpbusd_epi32(_mm512_load_si512(x[i].starts), low, _mm512_load_si512(x[i].low));
        dots[i] = _mm512_dpbusd_epi32(dots[i], high, _mm512_load_si512(x[i].high));
    }
    scales = _mm512_mul_ps(scales, _mm512_cvtph_ps(_mm512_castsi512_si256(halves)));
#pragma clang loop unroll(full)
    for (int i = 0; i < 4; i++) {
        __m512i lanes = _mm512_add_epi32(first_four, _mm512_set1_epi32(4 * i));
        __m512 block_scales = _mm512_permutexvar_ps(lanes, scales);
        sums[i % 2] = _mm512_fmadd_ps(block_scales, _mm512_cvtepi32_ps(dots[i]), sums[i % 2]);
    }
}

// The last blocks of a row are copied to a chunk that zeros fill up.
INLINE float dot_q8_0(const swl_q8_0 *w, const swl_activations *x, size_t token) {
    size_t blocks = x->columns / SWL_BLOCK, b = 0;
    const int8_t *quants = x->quants + token * x->columns;
    const float *scales = x->scales + token * blocks;
    const int16_t *x_sums = x->sums + token * 2 * blocks;
    __m512 sums[2] = {_mm512_setzero_ps(), _mm512_setzero_ps()};
    for (; b + CHUNK <= blocks; b += CHUNK) {
        add_chunk_q8_0(w + b, quants + b * SWL_BLOCK, _mm512_loadu_ps(scales + b), chunk_sums(_mm512_loadu_si512(x_sums + 2 * b)),
                       sums);
    }
    if (b < blocks) {
        swl_q8_0 last[CHUNK] = {{0}};
        int8_t last_quants[CHUNK * SWL_BLOCK] = {0};
        memcpy(last, w + b, (blocks - b) * sizeof *w);
        memcpy(last_quants, quants + b * SWL_BLOCK, (blocks - b) * SWL_BLOCK);
        __mmask16 present = (__mmask16)((1u << (blocks - b)) - 1);
        add_chunk_q8_0(last, last_quants, _mm512_maskz_loadu_ps(present, scales + b),
                       chunk_sums(_mm512_maskz_loadu_epi32(present, x_sums + 2 * b)), sums);
    }
    return _mm512_reduce_add_ps(_mm512_add_ps(sums[0], sums[1]));
}

static void few_q8_0(size_t rows, const void *weights, size_t row_bytes, const swl_activations *x, size_t first,
                     size_t tokens, float *out, size_t out_stride, void *scratch) {
    (void)scratch;
    STREAM_ROWS(r, rows) {
        const void *row = (const char *)weights + r * row_bytes;
        for (size_t t = 0; t < tokens; t++) out[t * out_stride + r] = dot_q8_0(row, x, first + t);
    }
}

enum { ARRANGED_TOKENS = 4 };

static size_t arranged_blocks(size_t columns) { return swl_round_up(columns / SWL_BLOCK, CHUNK); }

INLINE int32_t block_sum(const int16_t *sums, size_t block) { return sums[2 * block] + sums[2 * block + 1]; }

// Blocks beyond the row's are zero.
static void arrange(const swl_activations *x, size_t token, four_blocks *arranged) {
    size_t blocks = x->columns / SWL_BLOCK;
    memset(arranged, 0, arranged_blocks(x->columns) / 4 * sizeof *arranged);
    for (size_t b = 0; b < blocks; b++) {
        const int8_t *quants = x->quants + token * x->columns + b * SWL_BLOCK;
        four_blocks *four = &arranged[b / 4];
        memcpy(four->low[b % 4], quants, 16);
        memcpy(four->high[b % 4], quants + 16, 16);
        for (size_t i = 0; i < 4; i++) four->starts[b % 4 * 4 + i] = -2 * block_sum(x->sums, token * blocks + b);
    }
}

INLINE float dot_q4_0(const swl_q4_0 *w, const four_blocks *x, const float *scales, size_t blocks) {
    size_t b = 0;
    __m512 sums[2] = {_mm512_setzero_ps(), _mm512_setzero_ps()};
    for (; b + CHUNK <= blocks; b += CHUNK) add_chunk_q4_0(w + b, x + b / 4, _mm512_loadu_ps(scales + b), sums);
    if (b < blocks) {
        swl_q4_0 last[CHUNK] = {{0}};
        memcpy(last, w + b, (blocks - b) * sizeof *w);
        __mmask16 present = (__mmask16)((1u << (blocks - b)) - 1);
        add_chunk_q4_0(last, x + b / 4, _mm512_maskz_loadu_ps(present, scales + b), sums);
    }
    return _mm512_reduce_add_ps(_mm512_add_ps(sums[0], sums[1]));
}

static void few_q4_0(size_t rows, const void *weights, size_t row_bytes, const swl_activations *x, size_t first,
                     size_t tokens, float *out, size_t out_stride, void *scratch) {
    size_t blocks = x->columns / SWL_BLOCK, each = arranged_blocks(x->columns) / 4;
    four_blocks *arranged = scratch;
    for (size_t start = 0; start < tokens; start += ARRANGED_TOKENS) {
        size_t count = swl_least(tokens - start, ARRANGED_TOKENS);
        for (size_t t = 0; t < count; t++) arrange(x, first + start + t, arranged + t * each);
        STREAM_ROWS(r, rows) {
            const void *row = (const char *)weights + r * row_bytes;
            for (size_t t = 0; t < count; t++) {
                const float *scales = x->scales + (first + start + t) * blocks;
                out[(start + t) * out_stride + r] = dot_q4_0(row, arranged + t * each, scales, blocks);
            }
        }
    }
}

// MARK: - Quantized weights, many tokens
//
// A panel is BYTE_ROWS rows, unpacked to unsigned bytes: for each block, [8, BYTE_ROWS] groups of four columns, so that
// a vector holds the same four columns of 16 rows, then the rows' scales as float32. A tile is up to BYTE_TOKENS
// tokens, repacked likewise: [8, BYTE_TOKENS] groups of four columns, then what each accumulator starts from
// (-zero point * sum), then the scales; so the inner loop reads both as streams.
//
// An int32 lane takes in 32 products of at most 255 * 127, and starts from at most 128 * 32 * 127 either way.
// Blocks are added up in order, one fused multiply-add each, whatever the tile.

enum {
    BYTE_VECTORS = 2,
    BYTE_ROWS = 16 * BYTE_VECTORS,
    BYTE_TOKENS = 6,
    GROUPS = SWL_BLOCK / 4,
    CALL_PANELS = 4,  // unpacked together, so that a tile is repacked once for them all
};

typedef struct panel_block {
    uint8_t weights[GROUPS][BYTE_ROWS][4];
    float scales[BYTE_ROWS];
} panel_block;

typedef struct tile_block {
    int32_t quants[BYTE_TOKENS][GROUPS];
    int32_t starts[BYTE_TOKENS];
    float scales[BYTE_TOKENS];
} tile_block;

static size_t product_scratch_bytes(size_t columns) {
    size_t blocks = columns / SWL_BLOCK;
    size_t many = blocks * (CALL_PANELS * sizeof(panel_block) + sizeof(tile_block));
    size_t few = arranged_blocks(columns) / 4 * sizeof(four_blocks) * ARRANGED_TOKENS;
    size_t bytes = many > few ? many : few;
    return bytes > FLOAT_SCRATCH_BYTES ? bytes : FLOAT_SCRATCH_BYTES;
}

// Block `b` of 16 rows and, where there is one, the next: `rows` has one block's 32 unsigned bytes in each half.
INLINE void store_panel_rows(vf rows[16], panel_block *panel, size_t b, size_t blocks, size_t first_row) {
    transpose(rows);
    for (size_t g = 0; g < GROUPS; g++) {
        store((float *)panel[b].weights[g][first_row], rows[g]);
        if (b + 1 < blocks) store((float *)panel[b + 1].weights[g][first_row], rows[g + GROUPS]);
    }
}

INLINE void store_panel_scales(const uint16_t halves[16], float *scales) {
    _mm512_storeu_ps(scales, _mm512_cvtph_ps(_mm256_loadu_si256((const void *)halves)));
}

static void fill_panel_q8_0(size_t rows, const char *weights, size_t row_bytes, size_t blocks, panel_block *panel) {
    const __m256i zero_point = _mm256_set1_epi8(-128);
    for (size_t first = 0; first < BYTE_ROWS; first += 16) {
        for (size_t b = 0; b < blocks; b += 2) {
            vf bytes[16] = {0};
            uint16_t halves[2][16] = {0};
            for (size_t r = 0; r < 16 && first + r < rows; r++) {
                const swl_q8_0 *w = (const swl_q8_0 *)(weights + (first + r) * row_bytes) + b;
                __m256i one = _mm256_xor_si256(_mm256_loadu_si256((const void *)w[0].quants), zero_point), two = one;
                halves[0][r] = w[0].scale;
                prefetch(w, 16 * row_bytes);
                if (b + 1 < blocks) {
                    two = _mm256_xor_si256(_mm256_loadu_si256((const void *)w[1].quants), zero_point);
                    halves[1][r] = w[1].scale;
                }
                bytes[r] = (vf)_mm512_inserti64x4(_mm512_castsi256_si512(one), two, 1);
            }
            store_panel_rows(bytes, panel, b, blocks, first);
            store_panel_scales(halves[0], panel[b].scales + first);
            if (b + 1 < blocks) store_panel_scales(halves[1], panel[b + 1].scales + first);
        }
    }
}

static void fill_panel_q4_0(size_t rows, const char *weights, size_t row_bytes, size_t blocks, panel_block *panel) {
    const __m512i low_nibbles = _mm512_set1_epi8(15);
    const __m512i shifts = _mm512_set_epi64(4, 4, 0, 0, 4, 4, 0, 0);
    for (size_t first = 0; first < BYTE_ROWS; first += 16) {
        for (size_t b = 0; b < blocks; b += 2) {
            vf bytes[16] = {0};
            uint16_t halves[2][16] = {0};
            for (size_t r = 0; r < 16 && first + r < rows; r++) {
                const swl_q4_0 *w = (const swl_q4_0 *)(weights + (first + r) * row_bytes) + b;
                __m128i one = _mm_loadu_si128((const void *)w[0].quants), two = one;
                halves[0][r] = w[0].scale;
                prefetch(w, 16 * row_bytes);
                if (b + 1 < blocks) {
                    two = _mm_loadu_si128((const void *)w[1].quants);
                    halves[1][r] = w[1].scale;
                }
                __m512i both = _mm512_inserti64x4(_mm512_castsi256_si512(_mm256_broadcastsi128_si256(one)),
                                                  _mm256_broadcastsi128_si256(two), 1);
                bytes[r] = (vf)_mm512_and_si512(_mm512_srlv_epi64(both, shifts), low_nibbles);
            }
            store_panel_rows(bytes, panel, b, blocks, first);
            store_panel_scales(halves[0], panel[b].scales + first);
            if (b + 1 < blocks) store_panel_scales(halves[1], panel[b + 1].scales + first);
        }
    }
}

static void fill_tile(const swl_activations *x, size_t first, size_t tokens, int zero_point, tile_block *tile) {
    size_t blocks = x->columns / SWL_BLOCK;
    for (size_t t = 0; t < tokens; t++) {
        const int8_t *quants = x->quants + (first + t) * x->columns;
        const float *scales = x->scales + (first + t) * blocks;
        const int16_t *sums = x->sums + (first + t) * 2 * blocks;
        for (size_t b = 0; b < blocks; b++) {
            memcpy(tile[b].quants[t], quants + b * SWL_BLOCK, SWL_BLOCK);
            tile[b].starts[t] = -zero_point * (sums[2 * b] + sums[2 * b + 1]);
            tile[b].scales[t] = scales[b];
        }
    }
}

INLINE void multiply_tile_bytes(const int tokens, size_t blocks, const panel_block *panel, const tile_block *tile,
                                float *out, size_t out_stride, size_t rows) {
    __m512 sums[BYTE_TOKENS][BYTE_VECTORS];
#pragma clang loop unroll(full)
    for (int t = 0; t < tokens; t++) {
        for (int v = 0; v < BYTE_VECTORS; v++) sums[t][v] = _mm512_setzero_ps();
    }
    for (size_t b = 0; b < blocks; b++) {
        __m512i dots[BYTE_TOKENS][BYTE_VECTORS];
#pragma clang loop unroll(full)
        for (int t = 0; t < tokens; t++) {
            for (int v = 0; v < BYTE_VECTORS; v++) dots[t][v] = _mm512_set1_epi32(tile[b].starts[t]);
        }
#pragma clang loop unroll(full)
        for (int g = 0; g < GROUPS; g++) {
            __m512i weights[BYTE_VECTORS];
            for (int v = 0; v < BYTE_VECTORS; v++) weights[v] = _mm512_loadu_si512(panel[b].weights[g][v * 16]);
#pragma clang loop unroll(full)
            for (int t = 0; t < tokens; t++) {
                __m512i quants = _mm512_set1_epi32(tile[b].quants[t][g]);
                for (int v = 0; v < BYTE_VECTORS; v++) {
                    dots[t][v] = _mm512_dpbusd_epi32(dots[t][v], weights[v], quants);
                }
            }
        }
#pragma clang loop unroll(full)
        for (int t = 0; t < tokens; t++) {
            __m512 token_scale = _mm512_set1_ps(tile[b].scales[t]);
            for (int v = 0; v < BYTE_VECTORS; v++) {
                __m512 scales = _mm512_mul_ps(_mm512_loadu_ps(panel[b].scales + v * 16), token_scale);
                sums[t][v] = _mm512_fmadd_ps(scales, _mm512_cvtepi32_ps(dots[t][v]), sums[t][v]);
            }
        }
    }
    for (int t = 0; t < tokens; t++) {
        for (size_t v = 0; v < BYTE_VECTORS && v * 16 < rows; v++) {
            size_t count = rows - v * 16;
            __mmask16 present = (__mmask16)(count >= 16 ? 0xffff : (1u << count) - 1);
            _mm512_mask_storeu_ps(out + (size_t)t * out_stride + v * 16, present, sums[t][v]);
        }
    }
}

static void multiply_tile_of(size_t tokens, size_t blocks, const panel_block *panel, const tile_block *tile, float *out,
                             size_t out_stride, size_t rows) {
    switch (tokens) {
        case 1: multiply_tile_bytes(1, blocks, panel, tile, out, out_stride, rows); break;
        case 2: multiply_tile_bytes(2, blocks, panel, tile, out, out_stride, rows); break;
        case 3: multiply_tile_bytes(3, blocks, panel, tile, out, out_stride, rows); break;
        case 4: multiply_tile_bytes(4, blocks, panel, tile, out, out_stride, rows); break;
        case 5: multiply_tile_bytes(5, blocks, panel, tile, out, out_stride, rows); break;
        default: multiply_tile_bytes(BYTE_TOKENS, blocks, panel, tile, out, out_stride, rows); break;
    }
}

#define MANY(format, zero_point)                                                                                     \
    static void many_##format(size_t rows, const void *weights, size_t row_bytes, const swl_activations *x,          \
                              size_t first, size_t tokens, float *out, size_t out_stride, void *scratch) {           \
        size_t blocks = x->columns / SWL_BLOCK;                                                                      \
        panel_block *panels = scratch;                                                                               \
        tile_block *tile = (tile_block *)(panels + CALL_PANELS * blocks);                                            \
        for (size_t start = 0; start < rows; start += CALL_PANELS * BYTE_ROWS) {                                     \
            size_t end = swl_least(rows, start + CALL_PANELS * BYTE_ROWS);                                           \
            for (size_t r = start; r < end; r += BYTE_ROWS) {                                                        \
                fill_panel_##format(end - r, (const char *)weights + r * row_bytes, row_bytes, blocks,               \
                                    panels + (r - start) / BYTE_ROWS * blocks);                                      \
            }                                                                                                        \
            for (size_t t = 0; t < tokens; t += BYTE_TOKENS) {                                                       \
                size_t count = swl_least(BYTE_TOKENS, tokens - t);                                                   \
                fill_tile(x, first + t, count, zero_point, tile);                                                    \
                for (size_t r = start; r < end; r += BYTE_ROWS) {                                                    \
                    multiply_tile_of(count, blocks, panels + (r - start) / BYTE_ROWS * blocks, tile,                 \
                                     out + t * out_stride + r, out_stride, swl_least(BYTE_ROWS, end - r));           \
                }                                                                                                    \
            }                                                                                                        \
        }                                                                                                            \
    }
MANY(q8_0, 128)
MANY(q4_0, 8)

// MARK: - Table

const swl_kernels swl_avx512 = {
    .name = "avx512",
    .products =
        {
            [SWL_F32] = {few_f32, many_f32, .many_from = 12, .panel_rows = PANEL_ROWS},
            [SWL_F16] = {few_f16, many_f16, .many_from = 8, .panel_rows = PANEL_ROWS},
            [SWL_BF16] = {few_bf16, many_bf16, .many_from = 8, .panel_rows = PANEL_ROWS},
            [SWL_Q8_0] = {few_q8_0, many_q8_0, .many_from = 4, .panel_rows = 2 * BYTE_ROWS},
            [SWL_Q4_0] = {few_q4_0, many_q4_0, .many_from = 4, .panel_rows = 2 * BYTE_ROWS},
            SWL_SCALAR_PRODUCT(q4_1, SWL_Q4_1)
            SWL_SCALAR_PRODUCT(q5_0, SWL_Q5_0)
            SWL_SCALAR_PRODUCT(q5_1, SWL_Q5_1)
            SWL_SCALAR_PRODUCT(q2_k, SWL_Q2_K)
            SWL_SCALAR_PRODUCT(q3_k, SWL_Q3_K)
            SWL_SCALAR_PRODUCT(q4_k, SWL_Q4_K)
            SWL_SCALAR_PRODUCT(q5_k, SWL_Q5_K)
            SWL_SCALAR_PRODUCT(q6_k, SWL_Q6_K)
            SWL_SCALAR_PRODUCT(iq4_nl, SWL_IQ4_NL)
            SWL_SCALAR_PRODUCT(iq4_xs, SWL_IQ4_XS)
        },
    .product_scratch_bytes = product_scratch_bytes,
    .unpack = {UNPACK_OPERATIONS},
    SIMPLE_OPERATIONS,
    ATTENTION_OPERATIONS,
};

#pragma clang attribute pop

#endif
