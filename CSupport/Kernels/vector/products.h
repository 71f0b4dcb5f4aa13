// Products with weights in float formats and rows of weights to float32, over vectors of LANES floats.
//
// `gemv` takes one row after the other: four vectors of partial sums along the row. `gemm` transposes a panel of
// PANEL_ROWS rows, PANEL_COLUMNS columns at a time, to [column, row] in float32, so that a vector holds LANES rows of
// one column and no sum across lanes is needed; it then runs over the tokens in tiles of TOKEN_TILE.
#ifndef SWL_VECTOR_PRODUCTS_H
#define SWL_VECTOR_PRODUCTS_H

#include "vector.h"

enum {
    PANEL_VECTORS = LANES == 4 ? 4 : 2,
    PANEL_ROWS = PANEL_VECTORS * LANES,
    PANEL_COLUMNS = 256,  // a panel is 32 KiB at most: between L1 and L2
    TOKEN_TILE = 6,       // PANEL_VECTORS * TOKEN_TILE accumulators fit the registers
    STREAM_AHEAD = 3072,  // bytes of a row, and of those after it, that `gemv` asks for before it needs them
    FLOAT_SCRATCH_BYTES = PANEL_ROWS * PANEL_COLUMNS * (int)sizeof(float),
};

// out[t, 0..<PANEL_ROWS] for a tile of tokens: plus the panel's columns. `rows` of them are stored.
//
// Sums run column by column within a panel and panel by panel, whatever the tile.
INLINE void multiply_tile(const int tokens, const float *panel, size_t columns, const float *x, size_t stride,
                          bool first_panel, float *out, size_t out_stride, size_t rows) {
    vf sums[TOKEN_TILE][PANEL_VECTORS] = {0};
    for (size_t c = 0; c < columns; c++) {
        vf weights[PANEL_VECTORS];
#pragma clang loop unroll(full)
        for (int v = 0; v < PANEL_VECTORS; v++) weights[v] = load(panel + c * PANEL_ROWS + v * LANES);
#pragma clang loop unroll(full)
        for (int t = 0; t < tokens; t++) {
            vf value = broadcast(x[(size_t)t * stride + c]);
#pragma clang loop unroll(full)
            for (int v = 0; v < PANEL_VECTORS; v++) sums[t][v] = multiply_add(weights[v], value, sums[t][v]);
        }
    }
    for (int t = 0; t < tokens; t++) {
        for (size_t v = 0; v < PANEL_VECTORS && v * LANES < rows; v++) {
            float *o = out + (size_t)t * out_stride + v * LANES;
            size_t count = rows - v * LANES;
            vf sum = sums[t][v];
            if (count >= LANES) {
                store(o, first_panel ? sum : load(o) + sum);
            } else {
                store_part(o, first_panel ? sum : load_part(o, count) + sum, count);
            }
        }
    }
}

#define MULTIPLY_TILE_OF(count) multiply_tile(count, panel, columns, x, stride, first_panel, out, out_stride, rows)

static void multiply_tokens(const float *panel, size_t columns, const float *x, size_t stride, size_t tokens,
                            bool first_panel, float *out, size_t out_stride, size_t rows) {
    for (; tokens >= TOKEN_TILE; tokens -= TOKEN_TILE, x += TOKEN_TILE * stride, out += TOKEN_TILE * out_stride) {
        MULTIPLY_TILE_OF(TOKEN_TILE);
    }
    switch (tokens) {
        case 0: break;
        case 1: MULTIPLY_TILE_OF(1); break;
        case 2: MULTIPLY_TILE_OF(2); break;
        case 3: MULTIPLY_TILE_OF(3); break;
        case 4: MULTIPLY_TILE_OF(4); break;
        default: MULTIPLY_TILE_OF(TOKEN_TILE - 1); break;
    }
}

// What `FLOAT_PRODUCT` makes of a format, `element` being the C type of its weights:
// gemv_F, gemm_F for the table's products and unpack_F.
#define FLOAT_PRODUCT(format, element)                                                                               \
    INLINE float dot_##format(size_t columns, const element *w, const float *x) {                                    \
        vf sums[4] = {0};                                                                                            \
        size_t c = 0;                                                                                                \
        for (; c + 4 * LANES <= columns; c += 4 * LANES) {                                                           \
            for (size_t i = 0; i < 4 * LANES * sizeof *w; i += 64) prefetch(w + c, STREAM_AHEAD + i);                \
            for (size_t i = 0; i < 4; i++) {                                                                         \
                sums[i] = multiply_add(load_##format(w + c + i * LANES), load(x + c + i * LANES), sums[i]);          \
            }                                                                                                        \
        }                                                                                                            \
        for (; c + LANES <= columns; c += LANES) sums[0] = multiply_add(load_##format(w + c), load(x + c), sums[0]); \
        if (c < columns) {                                                                                           \
            vf weights = load_##format##_part(w + c, columns - c);                                                   \
            sums[1] = multiply_add(weights, load_part(x + c, columns - c), sums[1]);                                 \
        }                                                                                                            \
        return sum_lanes((sums[0] + sums[1]) + (sums[2] + sums[3]));                                                 \
    }                                                                                                                \
                                                                                                                     \
    static void gemv_##format(size_t rows, const void *weights, size_t row_bytes, const swl_activations *x,           \
                             size_t first, size_t tokens, float *out, size_t out_stride, void *scratch) {            \
        (void)scratch;                                                                                               \
        STREAM_ROWS(r, rows) {                                                                                       \
            const void *row = (const char *)weights + r * row_bytes;                                                 \
            for (size_t t = 0; t < tokens; t++) {                                                                    \
                const float *values = x->values + (first + t) * x->stride;                                           \
                out[t * out_stride + r] = dot_##format(x->columns, row, values);                                     \
            }                                                                                                        \
        }                                                                                                            \
    }                                                                                                                \
                                                                                                                     \
    static void fill_panel_##format(size_t rows, const void *weights, size_t row_bytes, size_t start,                \
                                    size_t columns, float *panel) {                                                  \
        for (size_t c = 0; c < columns; c += LANES) {                                                                \
            for (size_t v = 0; v < PANEL_VECTORS; v++) {                                                             \
                vf block[LANES];                                                                                     \
                for (size_t i = 0; i < LANES; i++) {                                                                 \
                    size_t r = v * LANES + i;                                                                        \
                    const element *w = (const element *)((const char *)weights + r * row_bytes) + start + c;         \
                    prefetch(w, PANEL_COLUMNS * sizeof *w);                                                          \
                    if (r >= rows) {                                                                                 \
                        block[i] = broadcast(0);                                                                     \
                    } else if (c + LANES <= columns) {                                                               \
                        block[i] = load_##format(w);                                                                 \
                    } else {                                                                                         \
                        block[i] = load_##format##_part(w, columns - c);                                             \
                    }                                                                                                \
                }                                                                                                    \
                transpose(block);                                                                                    \
                for (size_t i = 0; i < LANES; i++) store(panel + (c + i) * PANEL_ROWS + v * LANES, block[i]);        \
            }                                                                                                        \
        }                                                                                                            \
    }                                                                                                                \
                                                                                                                     \
    static void gemm_##format(size_t rows, const void *weights, size_t row_bytes, const swl_activations *x,          \
                              size_t first, size_t tokens, float *out, size_t out_stride, void *scratch) {           \
        for (size_t r = 0; r < rows; r += PANEL_ROWS) {                                                              \
            size_t count = swl_least(PANEL_ROWS, rows - r);                                                          \
            const char *panel_weights = (const char *)weights + r * row_bytes;                                       \
            for (size_t c = 0; c == 0 || c < x->columns; c += PANEL_COLUMNS) {                                       \
                size_t columns = swl_least(PANEL_COLUMNS, x->columns - c);                                           \
                fill_panel_##format(count, panel_weights, row_bytes, c, columns, scratch);                           \
                multiply_tokens(scratch, columns, x->values + first * x->stride + c, x->stride, tokens, c == 0,      \
                                out + r, out_stride, count);                                                         \
            }                                                                                                        \
        }                                                                                                            \
    }                                                                                                                \
                                                                                                                     \
    static void unpack_##format(size_t columns, const void *row, float *out) {                                       \
        const element *w = row;                                                                                      \
        size_t c = 0;                                                                                                \
        for (; c + LANES <= columns; c += LANES) store(out + c, load_##format(w + c));                               \
        if (c < columns) store_part(out + c, load_##format##_part(w + c, columns - c), columns - c);                 \
    }

#define load_f32 load
#define load_f32_part load_part
FLOAT_PRODUCT(f32, float)
FLOAT_PRODUCT(f16, uint16_t)
FLOAT_PRODUCT(bf16, uint16_t)

#define UNPACK_OPERATIONS                                                             \
    [SWL_F32] = unpack_f32, [SWL_F16] = unpack_f16, [SWL_BF16] = unpack_bf16,         \
    SWL_QUANTIZED_FORMATS(SWL_SCALAR_UNPACK)

#endif
