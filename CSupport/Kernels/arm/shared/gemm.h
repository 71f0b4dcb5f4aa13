// Products of quantized weights with many tokens, for all ARM tables.
//
// A panel is BYTE_ROWS rows of up to CALL_BLOCKS blocks of 32 columns, unpacked to signed bytes: groups of WIDTH
// columns, in each the rows in order. A tile is up to TILE_TOKENS tokens, in groups of TILE_WIDTH columns, the tokens in order.
// A call unpacks CALL_PANELS panels, so that each tile is packed once for them all.
//
// An accumulator has four sums: those of VECTOR_TOKENS tokens, each with 4 / VECTOR_TOKENS rows. The file that includes
// this one defines these constants and what depends on them:
//
// - store_columns: sixteen columns of four rows to a panel;
// - multiply_columns: sixteen columns of a tile by those of a panel, added to integer accumulators;
// - load_row_numbers: a number of each of an accumulator's rows, in its order;
// - store_sums, load_sums: a vector of tokens' accumulators to and from their rows of `out`.
//
// Blocks are added up in order, whatever the tile; between panels of the same rows the sums lie in `out`.
#ifndef SWL_ARM_GEMM_H
#define SWL_ARM_GEMM_H

#include "../../product_call.h"
#include "unpack.h"

enum {
    ROW_VECTORS = BYTE_ROWS * VECTOR_TOKENS / 4,
    TILE_TOKENS = TILE_VECTORS * VECTOR_TOKENS,
    THREE_VECTORS = TILE_VECTORS < 3 ? TILE_VECTORS : 3,
    CALL_BLOCKS = 16,
    CALL_PANELS = 4,  // with a tile 30 KiB: they stay in L1 while all tokens pass
    CALL_ROWS = CALL_PANELS * BYTE_ROWS,
};
_Static_assert(CALL_BLOCKS % CHUNK == 0, "scales are made for a chunk at a time");

typedef struct panel_block {
    int8_t quants[SWL_BLOCK / WIDTH][BYTE_ROWS][WIDTH];
    float scales[2][BYTE_ROWS];    // [1]: of columns 16 to 31, for a format with two
    float minimums[2][BYTE_ROWS];
} panel_block;

typedef struct tile_block {
    int8_t quants[SWL_BLOCK / TILE_WIDTH][TILE_TOKENS][TILE_WIDTH];
    float scales[TILE_TOKENS][4 / VECTOR_TOKENS];   // a token's as often as an accumulator has its rows
    float sums[2][TILE_TOKENS][4 / VECTOR_TOKENS];  // of what meets the minimums, times the scale
} tile_block;

INLINE void store_columns(vf rows[4], panel_block *panel, size_t half, size_t first_row);
INLINE void multiply_columns(const size_t vectors, const panel_block *panel, const tile_block *tile, size_t half,
                             int32x4_t dots[TILE_VECTORS][ROW_VECTORS]);
INLINE float32x4_t load_row_numbers(const float numbers[BYTE_ROWS], size_t vector);
INLINE void load_sums(const float *out, size_t out_stride, size_t tokens, size_t rows, float32x4_t sums[ROW_VECTORS]);
INLINE void store_sums(float *out, size_t out_stride, size_t tokens, size_t rows, const float32x4_t sums[ROW_VECTORS]);

// MARK: - A panel

// Numbers of four rows, `each` for 32 columns: four that follow one another, from number `number` of block `panel` on.
INLINE void store_row_numbers(vf rows[4], size_t each, size_t number, panel_block *panel, size_t offset) {
    transpose(rows);
    for (size_t i = 0; i < 4; i++, number++) {
        store((float *)((char *)&panel[number / each] + offset) + number % each * BYTE_ROWS, rows[i]);
    }
}

// Numbers [i] of four rows to the panel's blocks from `panel` on. numbers: of each row; offset: theirs in a block.
INLINE void store_chunk(const size_t each, const float32x4_t numbers[4][2], panel_block *panel, size_t offset) {
    for (size_t i = 0; i < each; i++) {
        vf rows[4] = {(vf)numbers[0][i], (vf)numbers[1][i], (vf)numbers[2][i], (vf)numbers[3][i]};
        store_row_numbers(rows, each, 4 * i, panel, offset);
    }
}

INLINE chunk_scales scales_of_chunk(const format f, const char *w, size_t s, size_t count) {
    if (blocks_of(f) > 1 || count == CHUNK) return scales_of(f, w, s / CHUNK);
    _Alignas(8) char last[CHUNK * 2 * SWL_BLOCK] = {0};
    memcpy(last, w, count * f.block_bytes);
    return scales_of(f, last, 0);
}

INLINE void fill_columns(const format f, size_t rows, const char *weights, size_t row_bytes, size_t block,
                         panel_block *panel, size_t first_row) {
    vf low[4] = {0}, high[4] = {0};
    for (size_t r = 0; r < 4 && r < rows; r++) {
        const char *w = weights + r * row_bytes + block / blocks_of(f) * f.block_bytes;
        int8x16x2_t quants = unpack(f, w, block % blocks_of(f));
        low[r] = (vf)(quants.val[0] + f.offset);
        high[r] = (vf)(quants.val[1] + f.offset);
    }
    store_columns(low, panel, 0, first_row);
    store_columns(high, panel, 1, first_row);
}

// Blocks from `start` on. Rows beyond `rows` are zero.
INLINE void fill_panel(const format f, size_t rows, const char *weights, size_t row_bytes, size_t start, size_t blocks,
                       panel_block *panel) {
    for (size_t first = 0; first < BYTE_ROWS && first < rows; first += 4) {
        const char *four = weights + first * row_bytes;
        for (size_t b = 0; b < blocks; b += CHUNK) {
            const size_t block = start + b, count = swl_least(CHUNK, blocks - b), at = first * sizeof(float);
            float32x4_t scales[4][2] = {0}, minimums[4][2] = {0};
            for (size_t r = 0; r < 4 && first + r < rows; r++) {
                const char *w = four + r * row_bytes + block / blocks_of(f) * f.block_bytes;
                prefetch(w, 4 * row_bytes);
                chunk_scales chunk = scales_of_chunk(f, w, block % blocks_of(f), count);
                memcpy(scales[r], chunk.scales, sizeof chunk.scales);
                memcpy(minimums[r], chunk.minimums, sizeof chunk.minimums);
            }
            store_chunk(f.scales, scales, panel + b, offsetof(panel_block, scales) + at);
            store_chunk(f.minimums, minimums, panel + b, offsetof(panel_block, minimums) + at);
            for (size_t i = 0; i < count; i++) {
                fill_columns(f, rows - first, four, row_bytes, block + i, panel + b + i, first);
            }
        }
    }
}

// MARK: - A tile

// The last token stands for those that are missing in the last vector.
INLINE void pack_tile(size_t minimums, size_t vectors, size_t tokens, const swl_activations *x, size_t first,
                      size_t start, size_t blocks, tile_block *tile) {
    for (size_t t = 0; t < vectors * VECTOR_TOKENS; t++) {
        size_t index = (first + swl_least(t, tokens - 1)) * (x->columns / SWL_BLOCK) + start;
        const int8_t *quants = x->quants + index * SWL_BLOCK;
        const int16_t *sums = x->sums + 2 * index;
        for (size_t b = 0; b < blocks; b++, quants += SWL_BLOCK, sums += 2) {
            for (size_t g = 0; g < SWL_BLOCK / TILE_WIDTH; g++) {
                memcpy(tile[b].quants[g][t], quants + g * TILE_WIDTH, TILE_WIDTH);
            }
            float scale = x->scales[index + b];
            float first_sum = scale * (float)(minimums == 1 ? sums[0] + sums[1] : sums[0]);
            for (size_t i = 0; i < 4 / VECTOR_TOKENS; i++) {
                tile[b].scales[t][i] = scale;
                if (minimums > 0) tile[b].sums[0][t][i] = first_sum;
                if (minimums > 1) tile[b].sums[1][t][i] = scale * (float)sums[1];
            }
        }
    }
}

// Adds a block's columns to a tile's sums. An int32 lane takes in 32 products of at most 128 * 127.
INLINE void add_block(const size_t scales, const size_t minimums, const size_t vectors, const panel_block *panel,
                      const tile_block *tile, float32x4_t sums[TILE_VECTORS][ROW_VECTORS]) {
    int32x4_t dots[TILE_VECTORS][ROW_VECTORS] = {0};
    float32x4_t numbers[TILE_VECTORS];  // of the tokens
#pragma clang loop unroll(full)
    for (size_t half = 0; half < 2; half++) {
        multiply_columns(vectors, panel, tile, half, dots);
        if (scales == 1 && half == 0) continue;
        for (size_t v = 0; v < vectors; v++) numbers[v] = vld1q_f32(tile->scales[v * VECTOR_TOKENS]);
#pragma clang loop unroll(full)
        for (size_t r = 0; r < ROW_VECTORS; r++) {
            float32x4_t scale = load_row_numbers(panel->scales[scales == 1 ? 0 : half], r);
#pragma clang loop unroll(full)
            for (size_t v = 0; v < vectors; v++) {
                sums[v][r] = vfmaq_f32(sums[v][r], vcvtq_f32_s32(dots[v][r]), vmulq_f32(numbers[v], scale));
                dots[v][r] = vdupq_n_s32(0);
            }
        }
    }
#pragma clang loop unroll(full)
    for (size_t m = 0; m < minimums; m++) {
        for (size_t v = 0; v < vectors; v++) numbers[v] = vld1q_f32(tile->sums[m][v * VECTOR_TOKENS]);
#pragma clang loop unroll(full)
        for (size_t r = 0; r < ROW_VECTORS; r++) {
            float32x4_t minimum = load_row_numbers(panel->minimums[m], r);
#pragma clang loop unroll(full)
            for (size_t v = 0; v < vectors; v++) sums[v][r] = vfmsq_f32(sums[v][r], numbers[v], minimum);
        }
    }
}

// MARK: - A call

// The operands of a call: `blocks` blocks of `rows` rows, unpacked, by `tokens` tokens from `first` on.
typedef struct panel_call {
    const panel_block *panels;
    tile_block *tile;
    size_t rows, start, blocks;
    const swl_activations *x;
    size_t first, tokens;
    float *out;
    size_t out_stride;
} panel_call;

INLINE void multiply_panel(const size_t scales, const size_t minimums, const size_t vectors, const panel_call *call,
                           const panel_block *panel, size_t tokens, size_t rows, float *out) {
    float32x4_t sums[TILE_VECTORS][ROW_VECTORS] = {0};
    if (call->start > 0) {
        for (size_t v = 0; v < vectors; v++) {
            size_t t = v * VECTOR_TOKENS;
            load_sums(out + t * call->out_stride, call->out_stride, tokens - t, rows, sums[v]);
        }
    }
    for (size_t b = 0; b < call->blocks; b++) add_block(scales, minimums, vectors, panel + b, call->tile + b, sums);
    for (size_t v = 0; v < vectors; v++) {
        size_t t = v * VECTOR_TOKENS;
        store_sums(out + t * call->out_stride, call->out_stride, tokens - t, rows, sums[v]);
    }
}

INLINE void multiply_tile_of(const size_t scales, const size_t minimums, const size_t vectors, const panel_call *call,
                             size_t token, size_t tokens) {
    pack_tile(minimums, vectors, tokens, call->x, call->first + token, call->start, call->blocks, call->tile);
    const panel_block *panel = call->panels;
    for (size_t r = 0; r < call->rows; r += BYTE_ROWS, panel += CALL_BLOCKS) {
        float *out = call->out + token * call->out_stride + r;
        multiply_panel(scales, minimums, vectors, call, panel, tokens, swl_least(BYTE_ROWS, call->rows - r), out);
    }
}

INLINE void multiply_call(const size_t scales, const size_t minimums, const panel_call *call) {
    for (size_t t = 0; t < call->tokens; t += TILE_TOKENS) {
        const size_t tokens = swl_least(TILE_TOKENS, call->tokens - t);
        switch ((tokens + VECTOR_TOKENS - 1) / VECTOR_TOKENS) {
            case 1: multiply_tile_of(scales, minimums, 1, call, t, tokens); break;
            case 2: multiply_tile_of(scales, minimums, 2, call, t, tokens); break;
            case 3: multiply_tile_of(scales, minimums, THREE_VECTORS, call, t, tokens); break;
            default: multiply_tile_of(scales, minimums, TILE_VECTORS, call, t, tokens);
        }
    }
}

// The formats with as many scales and minimums share this code.
static void multiply_scale(const panel_call *call) { multiply_call(1, 0, call); }
static void multiply_scale_minimum(const panel_call *call) { multiply_call(1, 1, call); }
static void multiply_scale_minimums(const panel_call *call) { multiply_call(1, 2, call); }
static void multiply_scales(const panel_call *call) { multiply_call(2, 0, call); }

INLINE void multiply_panels_of(const format f, const panel_call *call) {
    if (f.scales == 2) multiply_scales(call);
    else if (f.minimums == 2) multiply_scale_minimums(call);
    else if (f.minimums == 1) multiply_scale_minimum(call);
    else multiply_scale(call);
}

INLINE void gemm(const format f, const product_call p) {
    panel_block *panels = p.scratch;
    tile_block *tile = (tile_block *)(panels + CALL_PANELS * CALL_BLOCKS);
    const size_t blocks = p.x->columns / SWL_BLOCK;
    for (size_t r = 0; r < p.rows; r += CALL_ROWS) {
        const size_t count = swl_least(CALL_ROWS, p.rows - r);
        for (size_t b = 0; b < blocks; b += CALL_BLOCKS) {
            const size_t call_blocks = swl_least(CALL_BLOCKS, blocks - b);
            for (size_t i = 0; i < count; i += BYTE_ROWS) {
                fill_panel(f, count - i, p.weights + (r + i) * p.row_bytes, p.row_bytes, b, call_blocks,
                           panels + i / BYTE_ROWS * CALL_BLOCKS);
            }
            panel_call call = {panels, tile, count, b, call_blocks, p.x, p.first, p.tokens, p.out + r, p.out_stride};
            multiply_panels_of(f, &call);
        }
    }
}

// MARK: - Parts of the including file's functions

// One token's sums of a panel's rows, `rows` of them in memory.
INLINE void load_rows(const float *p, size_t rows, float32x4_t sums[BYTE_ROWS / 4]) {
    for (size_t q = 0; q < BYTE_ROWS / 4 && q * 4 < rows; q++) {
        sums[q] = (float32x4_t)(rows - q * 4 >= 4 ? load(p + q * 4) : load_part(p + q * 4, rows - q * 4));
    }
}

INLINE void store_rows(float *p, size_t rows, const float32x4_t sums[BYTE_ROWS / 4]) {
    for (size_t q = 0; q < BYTE_ROWS / 4 && q * 4 < rows; q++) {
        if (rows - q * 4 >= 4) {
            store(p + q * 4, (vf)sums[q]);
        } else {
            store_part(p + q * 4, (vf)sums[q], rows - q * 4);
        }
    }
}

// MARK: - Table

#define PRODUCTS(name, id) PRODUCT(gemv_##name, gemv, format_##name) PRODUCT(gemm_##name, gemm, format_##name)
SWL_UNPACKED_FORMATS(PRODUCTS)

#define FLOAT_PRODUCTS                                                                  \
    [SWL_F32] = {gemv_f32, gemm_f32, .gemm_from = 8, .panel_rows = PANEL_ROWS},          \
    [SWL_F16] = {gemv_f16, gemm_f16, .gemm_from = 8, .panel_rows = PANEL_ROWS},          \
    [SWL_BF16] = {gemv_bf16, gemm_bf16, .gemm_from = 8, .panel_rows = PANEL_ROWS}

// `gemm_from` is counted in instructions, not measured: a block of 32 of a row costs `gemv` 12 to 25 for each token,
// `gemm` about as many once and 3 to 5 for each token.
#define QUANTIZED_PRODUCT(name, format) \
    [format] = {gemv_##name, gemm_##name, .gemm_from = GEMM_FROM, .panel_rows = CALL_ROWS},
#define QUANTIZED_PRODUCTS SWL_QUANTIZED_FORMATS(QUANTIZED_PRODUCT)

#endif
