// AVX2 with FMA and F16C (Haswell, Zen and later).
#if defined(__x86_64__)

#include <immintrin.h>
#include <math.h>
#include <string.h>

#include "../tables.h"

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)

#define LANES 8
#include "../vector/attention.h"
#include "../vector/ops.h"
#include "../vector/products.h"

// MARK: - Quantized weights, few tokens

//
// A row is taken in chunks of eight blocks, as many as a vector holds of scales. Eight int32 lanes hold a block.

enum { CHUNK = 8 };

// The blocks' scales times the activations', in memory: from there they are broadcast.
#define CHUNK_SCALES(w, x_scales, out)                                                                               \
    _mm256_storeu_ps(out, _mm256_mul_ps(_mm256_loadu_ps(x_scales),                                                   \
                                        _mm256_cvtph_ps(_mm_set_epi16((short)(w)[7].scale, (short)(w)[6].scale,      \
                                                                      (short)(w)[5].scale, (short)(w)[4].scale,      \
                                                                      (short)(w)[3].scale, (short)(w)[2].scale,      \
                                                                      (short)(w)[1].scale, (short)(w)[0].scale))))

// Adds a chunk to the sums.
//
// vpmaddubsw multiplies unsigned by signed bytes and saturates: so |w| by x with the sign of w. |-128| is 128 as an
// unsigned byte, x is within -127...127 and can be negated: at most 2 * 128 * 127 = 32512 < 32768.
INLINE void add_chunk_q8_0(const swl_q8_0 *w, const int8_t *quants, const float *x_scales, const int16_t *x_sums,
                           __m256 sums[2]) {
    (void)x_sums;
    float scales[CHUNK];
    CHUNK_SCALES(w, x_scales, scales);
#pragma clang loop unroll(full)
    for (int i = 0; i < CHUNK; i++) {
        __m256i weights = _mm256_loadu_si256((const void *)w[i].quants);
        __m256i x = _mm256_sign_epi8(_mm256_loadu_si256((const void *)(quants + i * SWL_BLOCK)), weights);
        __m256i pairs = _mm256_maddubs_epi16(_mm256_sign_epi8(weights, weights), x);
        __m256 dots = _mm256_cvtepi32_ps(_mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
        sums[i % 2] = _mm256_fmadd_ps(_mm256_broadcast_ss(scales + i), dots, sums[i % 2]);
    }
}

// Adds a chunk to the sums. Two blocks lie in the two halves of a vector, low nibbles in one and high in another; an
// int16 lane takes in four products of at most 15 * 127. Each of a block's four int32 lanes is then lessened by twice
// the sum of the activations, for the zero point of 8.
INLINE void add_chunk_q4_0(const swl_q4_0 *w, const int8_t *quants, const float *x_scales, const int16_t *x_sums,
                           __m256 sums[2]) {
    const __m256i first_pair = _mm256_set_epi32(1, 1, 1, 1, 0, 0, 0, 0), low_nibbles = _mm256_set1_epi8(15);
    float scales[CHUNK];
    CHUNK_SCALES(w, x_scales, scales);
    __m256i offsets = _mm256_madd_epi16(_mm256_loadu_si256((const void *)x_sums), _mm256_set1_epi16(2));
#pragma clang loop unroll(full)
    for (int i = 0; i < CHUNK; i += 2) {
        __m256i packed = _mm256_loadu2_m128i((const void *)w[i + 1].quants, (const void *)w[i].quants);
        __m256i low = _mm256_and_si256(packed, low_nibbles);
        __m256i high = _mm256_and_si256(_mm256_srli_epi16(packed, 4), low_nibbles);
        __m256i first = _mm256_loadu_si256((const void *)(quants + i * SWL_BLOCK));
        __m256i second = _mm256_loadu_si256((const void *)(quants + (i + 1) * SWL_BLOCK));
        __m256i pairs = _mm256_maddubs_epi16(low, _mm256_permute2x128_si256(first, second, 0x20));
        pairs = _mm256_add_epi16(pairs, _mm256_maddubs_epi16(high, _mm256_permute2x128_si256(first, second, 0x31)));

        __m256i lanes = _mm256_add_epi32(first_pair, _mm256_set1_epi32(i));
        __m256i dots = _mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
        dots = _mm256_sub_epi32(dots, _mm256_permutevar8x32_epi32(offsets, lanes));
        __m256 two_scales = _mm256_permutevar8x32_ps(_mm256_loadu_ps(scales), lanes);
        sums[i / 2 % 2] = _mm256_fmadd_ps(two_scales, _mm256_cvtepi32_ps(dots), sums[i / 2 % 2]);
    }
}

// A row by a token. The last blocks are copied to a chunk that zeros fill up.
#define FEW(format)                                                                                                  \
    INLINE float dot_##format(const swl_##format *w, const swl_activations *x, size_t token) {                       \
        size_t blocks = x->columns / SWL_BLOCK, b = 0;                                                               \
        const int8_t *quants = x->quants + token * x->columns;                                                       \
        const float *scales = x->scales + token * blocks;                                                            \
        const int16_t *x_sums = x->sums + token * 2 * blocks;                                                           \
        __m256 sums[2] = {_mm256_setzero_ps(), _mm256_setzero_ps()};                                                 \
        for (; b + CHUNK <= blocks; b += CHUNK) {                                                                    \
            add_chunk_##format(w + b, quants + b * SWL_BLOCK, scales + b, x_sums + 2 * b, sums);                       \
        }                                                                                                            \
        if (b < blocks) {                                                                                            \
            size_t count = blocks - b;                                                                               \
            swl_##format last[CHUNK] = {{0}};                                                                        \
            int8_t last_quants[CHUNK * SWL_BLOCK] = {0};                                                             \
            float last_scales[CHUNK] = {0};                                                                          \
            int16_t last_sums[2 * CHUNK] = {0};                                                                        \
            memcpy(last, w + b, count * sizeof *last);                                                               \
            memcpy(last_quants, quants + b * SWL_BLOCK, count * SWL_BLOCK);                                          \
            memcpy(last_scales, scales + b, count * sizeof *last_scales);                                            \
            memcpy(last_sums, x_sums + 2 * b, 2 * count * sizeof *x_sums);                                              \
            add_chunk_##format(last, last_quants, last_scales, last_sums, sums);                                     \
        }                                                                                                            \
        return sum_lanes((vf)_mm256_add_ps(sums[0], sums[1]));                                                       \
    }                                                                                                                \
                                                                                                                     \
    static void few_##format(size_t rows, const void *weights, size_t row_bytes, const swl_activations *x,           \
                             size_t first, size_t tokens, float *out, size_t out_stride, void *scratch) {            \
        (void)scratch;                                                                                               \
        STREAM_ROWS(r, rows) {                                                                                       \
            const void *row = (const char *)weights + r * row_bytes;                                                 \
            for (size_t t = 0; t < tokens; t++) out[t * out_stride + r] = dot_##format(row, x, first + t);           \
        }                                                                                                            \
    }
FEW(q8_0)
FEW(q4_0)

// MARK: - Quantized weights, many tokens
//
// A panel is TILE_ROWS rows, unpacked so that a vector holds the same few columns of eight rows, 32 bits a row: four
// columns as unsigned bytes (Q4_0) or two as int16 (Q8_0), then the block's scales as float32. A tile is up to
// TILE_TOKENS tokens, repacked likewise; so the inner loop reads both as streams.
//
// Q8_0 is widened because unsigned bytes up to 255 would saturate vpmaddubsw. Its int32 lanes take in 32 products of
// at most 128 * 127. Q4_0's int16 lanes take in 16 products of at most 15 * 127 = 30480 in all, and are then added up
// in pairs to int32, less 8 times the sum of the activations.
// Blocks are added up in order, one fused multiply-add each, whatever the tile. The loops over a block's groups are not
// unrolled: clang would move so many loads ahead that the accumulators no longer fit the 16 registers.

enum {
    TILE_VECTORS = 2,
    TILE_ROWS = 8 * TILE_VECTORS,
    TILE_TOKENS = 4,
    CALL_PANELS = 4,     // unpacked together, so that a tile is repacked once for them all
    GROUPS_Q8_0 = 16,    // of two columns
    GROUPS_Q4_0 = 8,     // of four columns
};

typedef struct panel_q8_0 {
    int32_t weights[GROUPS_Q8_0][TILE_ROWS];
    float scales[TILE_ROWS];
} panel_q8_0;

typedef struct tile_q8_0 {
    int32_t quants[TILE_TOKENS][GROUPS_Q8_0];
    float scales[TILE_TOKENS];
} tile_q8_0;

typedef struct panel_q4_0 {
    int32_t weights[GROUPS_Q4_0][TILE_ROWS];
    float scales[TILE_ROWS];
} panel_q4_0;

typedef struct tile_q4_0 {
    int32_t quants[TILE_TOKENS][GROUPS_Q4_0];
    int32_t offsets[TILE_TOKENS];  // 8 * the sum of the block's quants
    float scales[TILE_TOKENS];
} tile_q4_0;

static size_t product_scratch_bytes(size_t columns) {
    size_t blocks = columns / SWL_BLOCK;
    size_t bytes = blocks * (CALL_PANELS * sizeof(panel_q8_0) + sizeof(tile_q8_0));  // Q4_0's are smaller
    return bytes > FLOAT_SCRATCH_BYTES ? bytes : FLOAT_SCRATCH_BYTES;
}

INLINE void store_transposed(vf rows[8], int32_t (*groups)[TILE_ROWS], size_t first_row) {
    transpose(rows);
    for (size_t g = 0; g < 8; g++) store((float *)&groups[g][first_row], rows[g]);
}

INLINE void store_scales(const uint16_t halves[8], float *scales) { store(scales, load_f16(halves)); }

static void fill_panel_q8_0(size_t rows, const char *weights, size_t row_bytes, size_t blocks, panel_q8_0 *panel) {
    for (size_t first = 0; first < TILE_ROWS; first += 8) {
        for (size_t b = 0; b < blocks; b++) {
            vf low[8] = {0}, high[8] = {0};
            uint16_t halves[8] = {0};
            for (size_t r = 0; r < 8 && first + r < rows; r++) {
                const swl_q8_0 *w = (const swl_q8_0 *)(weights + (first + r) * row_bytes) + b;
                low[r] = (vf)_mm256_cvtepi8_epi16(_mm_loadu_si128((const void *)w->quants));
                high[r] = (vf)_mm256_cvtepi8_epi16(_mm_loadu_si128((const void *)(w->quants + 16)));
                halves[r] = w->scale;
                prefetch(w, 8 * row_bytes);
            }
            store_transposed(low, panel[b].weights, first);
            store_transposed(high, panel[b].weights + 8, first);
            store_scales(halves, panel[b].scales + first);
        }
    }
}

static void fill_panel_q4_0(size_t rows, const char *weights, size_t row_bytes, size_t blocks, panel_q4_0 *panel) {
    for (size_t first = 0; first < TILE_ROWS; first += 8) {
        for (size_t b = 0; b < blocks; b++) {
            vf nibbles[8] = {0};
            uint16_t halves[8] = {0};
            for (size_t r = 0; r < 8 && first + r < rows; r++) {
                const swl_q4_0 *w = (const swl_q4_0 *)(weights + (first + r) * row_bytes) + b;
                __m128i packed = _mm_loadu_si128((const void *)w->quants);
                __m256i both = _mm256_inserti128_si256(_mm256_castsi128_si256(packed), _mm_srli_epi16(packed, 4), 1);
                nibbles[r] = (vf)_mm256_and_si256(both, _mm256_set1_epi8(15));
                halves[r] = w->scale;
                prefetch(w, 8 * row_bytes);
            }
            store_transposed(nibbles, panel[b].weights, first);
            store_scales(halves, panel[b].scales + first);
        }
    }
}

static void fill_tile_q8_0(const swl_activations *x, size_t first, size_t tokens, tile_q8_0 *tile) {
    size_t blocks = x->columns / SWL_BLOCK;
    for (size_t t = 0; t < tokens; t++) {
        const int8_t *quants = x->quants + (first + t) * x->columns;
        const float *scales = x->scales + (first + t) * blocks;
        for (size_t b = 0; b < blocks; b++, quants += SWL_BLOCK) {
            __m256i low = _mm256_cvtepi8_epi16(_mm_loadu_si128((const void *)quants));
            __m256i high = _mm256_cvtepi8_epi16(_mm_loadu_si128((const void *)(quants + 16)));
            _mm256_storeu_si256((void *)tile[b].quants[t], low);
            _mm256_storeu_si256((void *)(tile[b].quants[t] + 8), high);
            tile[b].scales[t] = scales[b];
        }
    }
}

static void fill_tile_q4_0(const swl_activations *x, size_t first, size_t tokens, tile_q4_0 *tile) {
    size_t blocks = x->columns / SWL_BLOCK;
    for (size_t t = 0; t < tokens; t++) {
        const int8_t *quants = x->quants + (first + t) * x->columns;
        const float *scales = x->scales + (first + t) * blocks;
        const int16_t *sums = x->sums + (first + t) * 2 * blocks;
        for (size_t b = 0; b < blocks; b++, quants += SWL_BLOCK) {
            memcpy(tile[b].quants[t], quants, SWL_BLOCK);
            tile[b].offsets[t] = 8 * (sums[2 * b] + sums[2 * b + 1]);
            tile[b].scales[t] = scales[b];
        }
    }
}

// Adds a block to a tile's sums, given its products as int32.
INLINE void add_scaled(const int tokens, __m256i dots[TILE_TOKENS][TILE_VECTORS], const float *row_scales,
                       const float *token_scales, __m256 sums[TILE_TOKENS][TILE_VECTORS]) {
#pragma clang loop unroll(full)
    for (int t = 0; t < tokens; t++) {
        __m256 token_scale = _mm256_broadcast_ss(token_scales + t);
#pragma clang loop unroll(full)
        for (int v = 0; v < TILE_VECTORS; v++) {
            __m256 scale = _mm256_mul_ps(_mm256_loadu_ps(row_scales + v * 8), token_scale);
            sums[t][v] = _mm256_fmadd_ps(scale, _mm256_cvtepi32_ps(dots[t][v]), sums[t][v]);
        }
    }
}

INLINE void add_block_q8_0(const int tokens, const panel_q8_0 *panel, const tile_q8_0 *tile,
                           __m256 sums[TILE_TOKENS][TILE_VECTORS]) {
    __m256i dots[TILE_TOKENS][TILE_VECTORS] = {0};
#pragma clang loop unroll(disable)
    for (int g = 0; g < GROUPS_Q8_0; g++) {
        __m256i weights[TILE_VECTORS];
        for (int v = 0; v < TILE_VECTORS; v++) {
            weights[v] = _mm256_loadu_si256((const void *)&panel->weights[g][v * 8]);
        }
#pragma clang loop unroll(full)
        for (int t = 0; t < tokens; t++) {
            __m256i quants = _mm256_set1_epi32(tile->quants[t][g]);
            for (int v = 0; v < TILE_VECTORS; v++) {
                dots[t][v] = _mm256_add_epi32(dots[t][v], _mm256_madd_epi16(weights[v], quants));
            }
        }
    }
    add_scaled(tokens, dots, panel->scales, tile->scales, sums);
}

INLINE void add_block_q4_0(const int tokens, const panel_q4_0 *panel, const tile_q4_0 *tile,
                           __m256 sums[TILE_TOKENS][TILE_VECTORS]) {
    __m256i dots[TILE_TOKENS][TILE_VECTORS] = {0};
#pragma clang loop unroll(disable)
    for (int g = 0; g < GROUPS_Q4_0; g++) {
        __m256i weights[TILE_VECTORS];
        for (int v = 0; v < TILE_VECTORS; v++) {
            weights[v] = _mm256_loadu_si256((const void *)&panel->weights[g][v * 8]);
        }
#pragma clang loop unroll(full)
        for (int t = 0; t < tokens; t++) {
            __m256i quants = _mm256_set1_epi32(tile->quants[t][g]);
            for (int v = 0; v < TILE_VECTORS; v++) {
                dots[t][v] = _mm256_add_epi16(dots[t][v], _mm256_maddubs_epi16(weights[v], quants));
            }
        }
    }
#pragma clang loop unroll(full)
    for (int t = 0; t < tokens; t++) {
        __m256i offset = _mm256_set1_epi32(tile->offsets[t]);
        for (int v = 0; v < TILE_VECTORS; v++) {
            dots[t][v] = _mm256_sub_epi32(_mm256_madd_epi16(dots[t][v], _mm256_set1_epi16(1)), offset);
        }
    }
    add_scaled(tokens, dots, panel->scales, tile->scales, sums);
}

// out[t, 0..<rows] for a tile of `tokens` tokens.
#define MULTIPLY_TILE(format)                                                                                        \
    INLINE void multiply_tile_##format(const int tokens, size_t blocks, const panel_##format *panel,                 \
                                       const tile_##format *tile, float *out, size_t out_stride, size_t rows) {      \
        __m256 sums[TILE_TOKENS][TILE_VECTORS] = {0};                                                                \
        for (size_t b = 0; b < blocks; b++) add_block_##format(tokens, panel + b, tile + b, sums);                   \
        for (int t = 0; t < tokens; t++) {                                                                           \
            for (size_t v = 0; v < TILE_VECTORS && v * 8 < rows; v++) {                                              \
                float *o = out + (size_t)t * out_stride + v * 8;                                                     \
                if (rows - v * 8 >= 8) store(o, (vf)sums[t][v]);                                                     \
                else store_part(o, (vf)sums[t][v], rows - v * 8);                                                    \
            }                                                                                                        \
        }                                                                                                            \
    }                                                                                                                \
                                                                                                                     \
    static void multiply_tile_of_##format(size_t tokens, size_t blocks, const panel_##format *panel,                 \
                                          const tile_##format *tile, float *out, size_t out_stride, size_t rows) {   \
        switch (tokens) {                                                                                            \
            case 1: multiply_tile_##format(1, blocks, panel, tile, out, out_stride, rows); break;                    \
            case 2: multiply_tile_##format(2, blocks, panel, tile, out, out_stride, rows); break;                    \
            case 3: multiply_tile_##format(3, blocks, panel, tile, out, out_stride, rows); break;                    \
            default: multiply_tile_##format(TILE_TOKENS, blocks, panel, tile, out, out_stride, rows); break;         \
        }                                                                                                            \
    }

#define MANY(format)                                                                                                 \
    MULTIPLY_TILE(format)                                                                                            \
    static void many_##format(size_t rows, const void *weights, size_t row_bytes, const swl_activations *x,          \
                              size_t first, size_t tokens, float *out, size_t out_stride, void *scratch) {           \
        size_t blocks = x->columns / SWL_BLOCK;                                                                      \
        panel_##format *panels = scratch;                                                                            \
        tile_##format *tile = (tile_##format *)(panels + CALL_PANELS * blocks);                                      \
        for (size_t start = 0; start < rows; start += CALL_PANELS * TILE_ROWS) {                                     \
            size_t end = swl_least(rows, start + CALL_PANELS * TILE_ROWS);                                           \
            for (size_t r = start; r < end; r += TILE_ROWS) {                                                        \
                fill_panel_##format(end - r, (const char *)weights + r * row_bytes, row_bytes, blocks,               \
                                    panels + (r - start) / TILE_ROWS * blocks);                                      \
            }                                                                                                        \
            for (size_t t = 0; t < tokens; t += TILE_TOKENS) {                                                       \
                size_t count = swl_least(TILE_TOKENS, tokens - t);                                                   \
                fill_tile_##format(x, first + t, count, tile);                                                       \
                for (size_t r = start; r < end; r += TILE_ROWS) {                                                    \
                    multiply_tile_of_##format(count, blocks, panels + (r - start) / TILE_ROWS * blocks, tile,        \
                                              out + t * out_stride + r, out_stride, swl_least(TILE_ROWS, end - r));  \
                }                                                                                                    \
            }                                                                                                        \
        }                                                                                                            \
    }
MANY(q8_0)
MANY(q4_0)

// MARK: - Table

const swl_kernels swl_avx2 = {
    .name = "avx2",
    .products =
        {
            [SWL_F32] = {few_f32, many_f32, .many_from = 12, .panel_rows = PANEL_ROWS},
            [SWL_F16] = {few_f16, many_f16, .many_from = 12, .panel_rows = PANEL_ROWS},
            [SWL_BF16] = {few_bf16, many_bf16, .many_from = 12, .panel_rows = PANEL_ROWS},
            [SWL_Q8_0] = {few_q8_0, many_q8_0, .many_from = 6, .panel_rows = CALL_PANELS * TILE_ROWS},
            [SWL_Q4_0] = {few_q4_0, many_q4_0, .many_from = 3, .panel_rows = CALL_PANELS * TILE_ROWS},
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
