// Products with weights in float formats and rows of weights to float32, over vectors of LANES floats.
//
// `gemv` takes one row after the other: four vectors of partial sums along the row. `gemm` transposes a panel of
// PANEL_ROWS rows, PANEL_COLUMNS columns at a time, to [column, row] in float32, so that a vector holds LANES rows of
// one column and no sum across lanes is needed; it then runs over the tokens in tiles of TOKEN_TILE.
#ifndef SWL_VECTOR_PRODUCTS_H
#define SWL_VECTOR_PRODUCTS_H

#include "../product_call.h"
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

// A panel's columns by all tokens.
static void multiply_tokens(const float *panel, size_t columns, const float *x, size_t stride, size_t tokens,
                            bool first_panel, float *out, size_t out_stride, size_t rows) {
    for (; tokens >= TOKEN_TILE; tokens -= TOKEN_TILE, x += TOKEN_TILE * stride, out += TOKEN_TILE * out_stride) {
        multiply_tile(TOKEN_TILE, panel, columns, x, stride, first_panel, out, out_stride, rows);
    }
    switch (tokens) {
        case 0: break;
        case 1: multiply_tile(1, panel, columns, x, stride, first_panel, out, out_stride, rows); break;
        case 2: multiply_tile(2, panel, columns, x, stride, first_panel, out, out_stride, rows); break;
        case 3: multiply_tile(3, panel, columns, x, stride, first_panel, out, out_stride, rows); break;
        case 4: multiply_tile(4, panel, columns, x, stride, first_panel, out, out_stride, rows); break;
        default: multiply_tile(TOKEN_TILE - 1, panel, columns, x, stride, first_panel, out, out_stride, rows);
    }
}

// MARK: - Formats: a constant, which the compiler folds

INLINE size_t weight_bytes(const swl_format format) { return format == SWL_F32 ? sizeof(float) : sizeof(uint16_t); }

// LANES weights from `w` on.
INLINE vf load_weights(const swl_format format, const char *w) {
    if (format == SWL_F32) return load((const float *)w);
    return format == SWL_F16 ? load_f16((const uint16_t *)w) : load_bf16((const uint16_t *)w);
}

// The first `count` of them, and zeros.
INLINE vf load_weights_part(const swl_format format, const char *w, size_t count) {
    if (format == SWL_F32) return load_part((const float *)w, count);
    return format == SWL_F16 ? load_f16_part((const uint16_t *)w, count) : load_bf16_part((const uint16_t *)w, count);
}

INLINE float float_dot(const swl_format format, size_t columns, const char *w, const float *x) {
    const size_t bytes = weight_bytes(format);
    vf sums[4] = {0};
    size_t c = 0;
    for (; c + 4 * LANES <= columns; c += 4 * LANES) {
        for (size_t i = 0; i < 4 * LANES * bytes; i += 64) prefetch(w + c * bytes, STREAM_AHEAD + i);
        for (size_t i = 0; i < 4; i++) {
            vf weights = load_weights(format, w + (c + i * LANES) * bytes);
            sums[i] = multiply_add(weights, load(x + c + i * LANES), sums[i]);
        }
    }
    for (; c + LANES <= columns; c += LANES) {
        sums[0] = multiply_add(load_weights(format, w + c * bytes), load(x + c), sums[0]);
    }
    if (c < columns) {
        vf weights = load_weights_part(format, w + c * bytes, columns - c);
        sums[1] = multiply_add(weights, load_part(x + c, columns - c), sums[1]);
    }
    return sum_lanes((sums[0] + sums[1]) + (sums[2] + sums[3]));
}

INLINE void float_gemv(const swl_format format, const product_call p) {
    STREAM_ROWS(r, p.rows) {
        const char *row = p.weights + r * p.row_bytes;
        for (size_t t = 0; t < p.tokens; t++) {
            const float *values = p.x->values + (p.first + t) * p.x->stride;
            p.out[t * p.out_stride + r] = float_dot(format, p.x->columns, row, values);
        }
    }
}

// Columns from `start` on of PANEL_ROWS rows; those that are not there are zero.
INLINE void fill_float_panel(const swl_format format, size_t rows, const char *weights, size_t row_bytes, size_t start,
                             size_t columns, float *panel) {
    const size_t bytes = weight_bytes(format);
    for (size_t c = 0; c < columns; c += LANES) {
        for (size_t v = 0; v < PANEL_VECTORS; v++) {
            vf block[LANES];
            for (size_t i = 0; i < LANES; i++) {
                const size_t r = v * LANES + i;
                const char *w = weights + r * row_bytes + (start + c) * bytes;
                prefetch(w, PANEL_COLUMNS * bytes);
                if (r >= rows) block[i] = broadcast(0);
                else if (c + LANES <= columns) block[i] = load_weights(format, w);
                else block[i] = load_weights_part(format, w, columns - c);
            }
            transpose(block);
            for (size_t i = 0; i < LANES; i++) store(panel + (c + i) * PANEL_ROWS + v * LANES, block[i]);
        }
    }
}

INLINE void float_gemm(const swl_format format, const product_call p) {
    const size_t stride = p.x->stride;
    for (size_t r = 0; r < p.rows; r += PANEL_ROWS) {
        const size_t count = swl_least(PANEL_ROWS, p.rows - r);
        for (size_t c = 0; c == 0 || c < p.x->columns; c += PANEL_COLUMNS) {
            const size_t columns = swl_least(PANEL_COLUMNS, p.x->columns - c);
            fill_float_panel(format, count, p.weights + r * p.row_bytes, p.row_bytes, c, columns, p.scratch);
            multiply_tokens(p.scratch, columns, p.x->values + p.first * stride + c, stride, p.tokens, c == 0, p.out + r,
                            p.out_stride, count);
        }
    }
}

INLINE void unpack_floats(const swl_format format, size_t columns, const char *w, float *out) {
    const size_t bytes = weight_bytes(format);
    size_t c = 0;
    for (; c + LANES <= columns; c += LANES) store(out + c, load_weights(format, w + c * bytes));
    if (c < columns) store_part(out + c, load_weights_part(format, w + c * bytes, columns - c), columns - c);
}

#define FLOAT_FORMAT(name, id)                                                                                        \
    PRODUCT(gemv_##name, float_gemv, id)                                                                              \
    PRODUCT(gemm_##name, float_gemm, id)                                                                              \
    static void unpack_##name(size_t columns, const void *row, float *out) { unpack_floats(id, columns, row, out); }
FLOAT_FORMAT(f32, SWL_F32)
FLOAT_FORMAT(f16, SWL_F16)
FLOAT_FORMAT(bf16, SWL_BF16)

#define UNPACK_OPERATIONS                                                             \
    [SWL_F32] = unpack_f32, [SWL_F16] = unpack_f16, [SWL_BF16] = unpack_bf16,         \
    SWL_QUANTIZED_FORMATS(SWL_SCALAR_UNPACK)

#endif
