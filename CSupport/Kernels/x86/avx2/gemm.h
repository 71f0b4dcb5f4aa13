// Quantized weights by many tokens, for the tables of AVX2 and AVX-VNNI.
//
// A panel is TILE_ROWS rows, a tile up to TILE_TOKENS tokens, both repacked in scratch so that the inner loop reads them as
// streams. Blocks are added up in order, one fused multiply-add each for scale and minimums, whatever the tile.
#ifndef SWL_AVX2_GEMM_H
#define SWL_AVX2_GEMM_H

#include "../../product_call.h"
#include "byte_panels.h"
#include "expanded_panels.h"
#include "wide_panels.h"

enum { CALL_PANELS = 4 };  // unpacked together, so that a tile is repacked once for them all

enum { EXPANDED_FORMAT = 255 };

static const format format_expanded = {.id = EXPANDED_FORMAT};

// What lies in panels and tiles, by format: bytes, int16, or bytes of rows that are expanded first.
INLINE bool is_expanded(const format f) { return f.id == EXPANDED_FORMAT; }
INLINE bool is_wide(const format f) { return f.bits == 8 && SIGNED_ZERO == 0; }

// Of a block of a panel, and of a tile.
INLINE size_t panel_bytes(const format f) { return is_wide(f) ? sizeof(wide_panel_block) : sizeof(panel_block); }
INLINE size_t tile_bytes(const format f) { return is_wide(f) ? sizeof(wide_tile_block) : sizeof(tile_block); }

static size_t gemm_scratch_bytes(size_t columns) {
    size_t panel = sizeof(panel_block), tile = sizeof(tile_block);
    if (SIGNED_ZERO == 0 && panel < sizeof(wide_panel_block)) panel = sizeof(wide_panel_block);
    if (SIGNED_ZERO == 0 && tile < sizeof(wide_tile_block)) tile = sizeof(wide_tile_block);
    return columns / SWL_BLOCK * (CALL_PANELS * panel + tile);
}

INLINE void prefetch_bytes(const void *p, size_t bytes, size_t ahead) {
    for (size_t i = 0; i < bytes; i += 64) prefetch((const char *)p + i, ahead);
}

// A chunk of eight rows; those that are not there stay as they are.
INLINE void load_chunk(const format f, size_t rows, const char *weights, size_t row_bytes, size_t count,
                       __m256i bytes[8][8], chunk_scales scales[8]) {
    const size_t chunk_bytes = (size_t)(CHUNK_COLUMNS / f.block_columns * f.block_bytes);
    for (size_t r = 0; r < 8 && r < rows; r++) {
        const char *w = weights + r * row_bytes;
        prefetch_bytes(w, chunk_bytes, 8 * row_bytes);
        if (count == CHUNK) {
            unpack(f, w, CHUNK, bytes[r]);
            scales[r] = scales_of(f, w, CHUNK);
        } else {
            unpack(f, w, count, bytes[r]);
            scales[r] = scales_of(f, w, count);
        }
    }
}

// Unpacks TILE_ROWS rows or fewer; those that are not there are zero.
INLINE void fill_panel(const format f, const expansion e, size_t rows, const char *weights, size_t row_bytes,
                       size_t blocks, char *panel) {
    if (is_expanded(f)) return fill_expanded_panel(e, rows, weights, row_bytes, blocks, (panel_block *)panel);
    const size_t chunk_bytes = (size_t)(CHUNK_COLUMNS / f.block_columns * f.block_bytes);
    for (size_t first = 0; first < TILE_ROWS; first += 8) {
        for (size_t b = 0; b < blocks; b += CHUNK) {
            const size_t count = swl_least(CHUNK, blocks - b), there = first < rows ? rows - first : 0;
            const char *w = weights + first * row_bytes + b / CHUNK * chunk_bytes;
            void *to = panel + b * panel_bytes(f);
            __m256i bytes[8][8] = {0};
            chunk_scales scales[8] = {0};
            load_chunk(f, there, w, row_bytes, count, bytes, scales);
            for (size_t s = 0; s < 8; s++) {
                vf lanes[8];
                for (size_t r = 0; r < 8; r++) lanes[r] = (vf)bytes[r][s];
                if (is_wide(f)) store_wide_sub_blocks(lanes, s, count, to, first);
                else store_sub_blocks(lanes, s, count, to, first);
            }
            if (is_wide(f)) store_wide_scales(scales, count, to, first);
            else store_scales(f, scales, count, to, first);
        }
    }
}

INLINE void fill_tile_of(const format f, const swl_activations *x, size_t first, size_t tokens, void *tile) {
    if (is_expanded(f)) fill_expanded_tile(x, first, tokens, tile);
    else if (is_wide(f)) fill_wide_tile(x, first, tokens, tile);
    else fill_tile(f, x, first, tokens, tile);
}

INLINE void add_block(const format f, const int tokens, const void *panel, const void *tile,
                      __m256 sums[TILE_TOKENS][TILE_VECTORS]) {
    if (is_expanded(f)) add_expanded_panel(tokens, panel, tile, sums);
    else if (is_wide(f)) add_wide_panel(tokens, panel, tile, sums);
    else add_panel(f, tokens, panel, tile, sums);
}

INLINE void multiply_block_tile(const format f, const int tokens, size_t blocks, const char *panel, const char *tile,
                                float *out, size_t out_stride, size_t rows) {
    __m256 sums[TILE_TOKENS][TILE_VECTORS] = {0};
    for (size_t b = 0; b < blocks; b++) add_block(f, tokens, panel + b * panel_bytes(f), tile + b * tile_bytes(f), sums);
    for (int t = 0; t < tokens; t++) {
        for (size_t v = 0; v < TILE_VECTORS && v * 8 < rows; v++) {
            float *o = out + (size_t)t * out_stride + v * 8;
            if (rows - v * 8 >= 8) store(o, (vf)sums[t][v]);
            else store_part(o, (vf)sums[t][v], rows - v * 8);
        }
    }
}

INLINE void multiply_block_tiles(const format f, size_t tokens, size_t blocks, const char *panel, const char *tile,
                                 float *out, size_t out_stride, size_t rows) {
    switch (tokens) {
        case 1: multiply_block_tile(f, 1, blocks, panel, tile, out, out_stride, rows); break;
        case 2: multiply_block_tile(f, 2, blocks, panel, tile, out, out_stride, rows); break;
        case 3: multiply_block_tile(f, 3, blocks, panel, tile, out, out_stride, rows); break;
        case 4: multiply_block_tile(f, 4, blocks, panel, tile, out, out_stride, rows); break;
        case 5: multiply_block_tile(f, 5, blocks, panel, tile, out, out_stride, rows); break;
        default: multiply_block_tile(f, TILE_TOKENS, blocks, panel, tile, out, out_stride, rows);
    }
}

INLINE void gemm_of(const format f, const expansion e, const product_call p) {
    const size_t blocks = p.x->columns / SWL_BLOCK, bytes = blocks * panel_bytes(f);
    char *panels = p.scratch, *tile = panels + CALL_PANELS * bytes;
    for (size_t start = 0; start < p.rows; start += CALL_PANELS * TILE_ROWS) {
        const size_t end = swl_least(p.rows, start + CALL_PANELS * TILE_ROWS);
        for (size_t r = start; r < end; r += TILE_ROWS) {
            char *panel = panels + (r - start) / TILE_ROWS * bytes;
            fill_panel(f, e, end - r, p.weights + r * p.row_bytes, p.row_bytes, blocks, panel);
        }
        for (size_t t = 0; t < p.tokens; t += TILE_TOKENS) {
            const size_t count = swl_least(TILE_TOKENS, p.tokens - t);
            fill_tile_of(f, p.x, p.first + t, count, tile);
            for (size_t r = start; r < end; r += TILE_ROWS) {
                multiply_block_tiles(f, count, blocks, panels + (r - start) / TILE_ROWS * bytes, tile,
                                     p.out + t * p.out_stride + r, p.out_stride, swl_least(TILE_ROWS, end - r));
            }
        }
    }
}

INLINE void gemm(const format f, const product_call p) { gemm_of(f, (expansion){0}, p); }

#endif
