// Quantized weights, many tokens: AVX-512.
//
// A panel is BYTE_ROWS rows of up to PANEL_UNITS units (unpack.h), unpacked: for each block, [8, BYTE_ROWS]
// groups of four columns as unsigned bytes, so that a vector holds the same four columns of 16 rows, then scales and
// minimums as float32. It stays in the L1 cache while all tokens pass by it in tiles of BYTE_TOKENS, whose activations
// are broadcast from where they are. Between the panels of the same rows, sums wait in `out`.
//
// An int32 lane takes in 32 products of at most 255 * 127, and starts from at most 128 * 32 * 127 either way.
// Blocks are added up in order, whatever the tile.
#ifndef SWL_AVX512_GEMM_H
#define SWL_AVX512_GEMM_H

#include "../../product_call.h"
#include "unpack.h"

enum {
    BYTE_VECTORS = 2,
    BYTE_ROWS = 16 * BYTE_VECTORS,
    BYTE_TOKENS = 6,
    GROUPS = SWL_BLOCK / 4,
    PANEL_UNITS = 2,
    PANEL_BLOCKS = PANEL_UNITS * UNIT_BLOCKS,
};

typedef struct panel_unit {
    uint8_t weights[UNIT_BLOCKS][GROUPS][BYTE_ROWS][4];
    float scales[UNIT_PARTS][BYTE_ROWS];  // of blocks or half blocks
    float minimums[UNIT_PARTS][BYTE_ROWS];
} panel_unit;

enum { GEMM_SCRATCH_BYTES = PANEL_UNITS * sizeof(panel_unit) };

// Quants, scales and sums of a tile's tokens, for the blocks of a panel.
typedef struct tile {
    const int8_t *quants[BYTE_TOKENS];
    float scales[BYTE_TOKENS][PANEL_BLOCKS];
    int32_t starts[BYTE_TOKENS][2 * PANEL_BLOCKS];  // -zero point * sum of the block's or the half block's quants
    float sums[BYTE_TOKENS][2 * PANEL_BLOCKS];      // -scale * that sum
} tile;

// The kinds for which a compiler would otherwise load ahead, for want of registers part with sums in the innermost loop, and
// lose more by it than by a load of its own for each activation.
INLINE bool keeps_order(const format f) { return f.kind == SCALE_32 || f.kind == SCALE_MINIMUM_16; }

// blocks: up to PANEL_BLOCKS from block `b` on.
INLINE void fill_tile(const format f, const swl_activations *x, size_t first, size_t tokens, size_t b, size_t blocks,
                      tile *tile) {
    const __m512i pairs = _mm512_set_epi32(7, 7, 6, 6, 5, 5, 4, 4, 3, 3, 2, 2, 1, 1, 0, 0);
    const __m512i factor = _mm512_set1_epi32(has_minimums(f) ? -1 : -f.zero);
    size_t row_blocks = x->columns / SWL_BLOCK;
    __mmask16 present = (__mmask16)((1u << blocks) - 1);
    __mmask32 halves_present = (__mmask32)((1ull << 2 * blocks) - 1);
    for (size_t t = 0; t < tokens; t++) {
        size_t block = (first + t) * row_blocks + b;
        tile->quants[t] = x->quants + block * SWL_BLOCK;
        prefetch(x->scales + block, BYTE_TOKENS * row_blocks * sizeof *x->scales);
        prefetch(x->sums + 2 * block, BYTE_TOKENS * 2 * row_blocks * sizeof *x->sums);
        __m512 scales = _mm512_maskz_loadu_ps(present, x->scales + block);
        __m512i halves = _mm512_maskz_loadu_epi16(halves_present, x->sums + 2 * block);
        _mm512_storeu_ps(tile->scales[t], scales);
        if (!has_halves(f)) {
            __m512i starts = _mm512_madd_epi16(halves, _mm512_set1_epi16(1));
            starts = _mm512_mullo_epi32(starts, factor);
            _mm512_storeu_si512(tile->starts[t], starts);
            if (has_minimums(f)) {
                _mm512_storeu_ps(tile->sums[t], _mm512_mul_ps(scales, _mm512_cvtepi32_ps(starts)));
            }
            continue;
        }
        for (int i = 0; i < 2; i++) {
            __m256i part = i == 0 ? _mm512_castsi512_si256(halves) : _mm512_extracti64x4_epi64(halves, 1);
            __m512i starts = _mm512_mullo_epi32(_mm512_cvtepi16_epi32(part), factor);
            _mm512_storeu_si512(tile->starts[t] + 16 * i, starts);
            if (has_minimums(f)) {
                __m512i spread = _mm512_add_epi32(pairs, _mm512_set1_epi32(8 * i));
                __m512 half_scales = _mm512_permutexvar_ps(spread, scales);
                _mm512_storeu_ps(tile->sums[t] + 16 * i, _mm512_mul_ps(half_scales, _mm512_cvtepi32_ps(starts)));
            }
        }
    }
}

// A panel of `blocks` blocks and `rows` rows, and a tile of `tokens` tokens.
typedef struct tile_call {
    size_t tokens, blocks, rows;
    const panel_unit *panel;
    const tile *tile;
    bool first_panel;  // of its rows: `out` holds no sums yet
    float *out;
    size_t out_stride;
} tile_call;

// Adds a panel's columns to out[t, 0..<rows] for a tile of `tokens` tokens.
INLINE void multiply_byte_tile(const format f, const int tokens, const tile_call c) {
    const panel_unit *panel = c.panel;
    const tile *tile = c.tile;
    const size_t blocks = c.blocks, rows = c.rows, out_stride = c.out_stride;
    float *out = c.out;
    const int parts = has_halves(f) ? 2 : 1;
    __m512 sums[BYTE_TOKENS][BYTE_VECTORS];
    __mmask16 present[BYTE_VECTORS];
    for (size_t v = 0; v < BYTE_VECTORS; v++) {
        size_t count = rows < v * 16 ? 0 : rows - v * 16;
        present[v] = (__mmask16)(count >= 16 ? 0xffff : (1u << count) - 1);
    }
#pragma clang loop unroll(full)
    for (int t = 0; t < tokens; t++) {
        for (int v = 0; v < BYTE_VECTORS; v++) {
            __mmask16 loaded = c.first_panel ? 0 : present[v];
            sums[t][v] = _mm512_maskz_loadu_ps(loaded, out + (size_t)t * out_stride + v * 16);
            __builtin_prefetch(out + (size_t)(t + BYTE_TOKENS) * out_stride + v * 16, 1);
        }
    }
    for (size_t b = 0; b < blocks; b++) {
        const panel_unit *unit = panel + b / UNIT_BLOCKS;
        size_t unit_block = b % UNIT_BLOCKS;
        __m512 block_sums[BYTE_TOKENS][BYTE_VECTORS];
#pragma clang loop unroll(full)
        for (int part = 0; part < parts; part++) {
            __m512i dots[BYTE_TOKENS][BYTE_VECTORS];
#pragma clang loop unroll(full)
            for (int t = 0; t < tokens; t++) {
                for (int v = 0; v < BYTE_VECTORS; v++) {
                    dots[t][v] = has_minimums(f) ? _mm512_setzero_si512()
                                                    : _mm512_set1_epi32(tile->starts[t][b * parts + part]);
                }
            }
#pragma clang loop unroll(full)
            for (int g = part * (GROUPS / parts); g < (part + 1) * (GROUPS / parts); g++) {
                __m512i weights[BYTE_VECTORS];
                for (int v = 0; v < BYTE_VECTORS; v++) {
                    weights[v] = _mm512_load_si512(unit->weights[unit_block][g][v * 16]);
                }
#pragma clang loop unroll(full)
                for (int t = 0; t < tokens; t++) {
                    int32_t four;
                    memcpy(&four, tile->quants[t] + b * SWL_BLOCK + g * 4, 4);
                    __m512i quants = _mm512_set1_epi32(four);
                    for (int v = 0; v < BYTE_VECTORS; v++) {
                        dots[t][v] = _mm512_dpbusd_epi32(dots[t][v], weights[v], quants);
                    }
                    if (keeps_order(f)) __asm__ volatile("" : "+v"(dots[t][0]), "+v"(dots[t][1]));
                }
            }
#pragma clang loop unroll(full)
            for (int t = 0; t < tokens; t++) {
                for (int v = 0; v < BYTE_VECTORS; v++) {
                    __m512 scales = _mm512_load_ps(unit->scales[unit_block * parts + part] + v * 16);
                    __m512 values = _mm512_cvtepi32_ps(dots[t][v]);
                    block_sums[t][v] = part == 0 ? _mm512_mul_ps(values, scales)
                                                 : _mm512_fmadd_ps(values, scales, block_sums[t][v]);
                }
            }
        }
#pragma clang loop unroll(full)
        for (int t = 0; t < tokens; t++) {
            __m512 token_scale = _mm512_set1_ps(tile->scales[t][b]);
            for (int v = 0; v < BYTE_VECTORS; v++) {
                sums[t][v] = _mm512_fmadd_ps(block_sums[t][v], token_scale, sums[t][v]);
            }
            for (int part = 0; has_minimums(f) && part < parts; part++) {
                __m512 total = _mm512_set1_ps(tile->sums[t][b * parts + part]);
                for (int v = 0; v < BYTE_VECTORS; v++) {
                    __m512 minimums = _mm512_load_ps(unit->minimums[unit_block * parts + part] + v * 16);
                    sums[t][v] = _mm512_fmadd_ps(minimums, total, sums[t][v]);
                }
            }
        }
    }
#pragma clang loop unroll(full)
    for (int t = 0; t < tokens; t++) {
        for (int v = 0; v < BYTE_VECTORS; v++) {
            _mm512_mask_storeu_ps(out + (size_t)t * out_stride + v * 16, present[v], sums[t][v]);
        }
    }
}

INLINE void multiply_byte_tiles(const format f, const tile_call c) {
    switch (c.tokens) {
        case 1: multiply_byte_tile(f, 1, c); break;
        case 2: multiply_byte_tile(f, 2, c); break;
        case 3: multiply_byte_tile(f, 3, c); break;
        case 4: multiply_byte_tile(f, 4, c); break;
        case 5: multiply_byte_tile(f, 5, c); break;
        default: multiply_byte_tile(f, BYTE_TOKENS, c);
    }
}

// The formats of a kind share this code.
static void multiply_scale_32(const tile_call *c) { multiply_byte_tiles((format){.kind = SCALE_32}, *c); }
static void multiply_scale_minimum_32(const tile_call *c) { multiply_byte_tiles((format){.kind = SCALE_MINIMUM_32}, *c); }
static void multiply_scale_16(const tile_call *c) { multiply_byte_tiles((format){.kind = SCALE_16}, *c); }
static void multiply_scale_minimum_16(const tile_call *c) { multiply_byte_tiles((format){.kind = SCALE_MINIMUM_16}, *c); }

INLINE void multiply_panel_and_tile(const format f, const tile_call *c) {
    switch ((kind)f.kind) {
        case SCALE_32: multiply_scale_32(c); break;
        case SCALE_MINIMUM_32: multiply_scale_minimum_32(c); break;
        case SCALE_16: multiply_scale_16(c); break;
        case SCALE_MINIMUM_16: multiply_scale_minimum_16(c); break;
    }
}

// Unpacks one unit; rows beyond the last repeat it. `ahead`: bytes to what is unpacked next.
INLINE void fill_panel(const format f, size_t rows, const char *weights, size_t row_bytes, int n, size_t ahead,
                       panel_unit *panel) {
    for (size_t first = 0; first < BYTE_ROWS; first += 16) {
        vf lanes[2][16];
        for (size_t r = 0; r < 16; r++) {
            const char *row = weights + swl_least(first + r, rows - 1) * row_bytes;
            __m512 scales[2];
            for (size_t i = 0; i < unit_bytes(f); i += 64) prefetch(row, ahead + i);
            scales_of(f, row, n, scales);
            lanes[0][r] = (vf)scales[0];
            if (f.kind == SCALE_MINIMUM_16) lanes[1][r] = (vf)scales[1];
        }
        transpose(lanes[0]);
        if (f.kind == SCALE_MINIMUM_16) transpose(lanes[1]);
        for (int i = 0; i < UNIT_PARTS; i++) {
            store(panel->scales[i] + first, lanes[0][i]);
            if (f.kind == SCALE_MINIMUM_16) store(panel->minimums[i] + first, lanes[1][i]);
            if (f.kind == SCALE_MINIMUM_32 && i >= 8) store(panel->minimums[i - 8] + first, lanes[0][i]);
        }
#pragma clang loop unroll(full)
        for (int v = 0; v < 4; v++) {
            if (2 * v >= n) break;
            vf bytes[16];
            for (size_t r = 0; r < 16; r++) {
                const char *row = weights + swl_least(first + r, rows - 1) * row_bytes;
                bytes[r] = (vf)bytes_of(f, row, v, n);
            }
            transpose(bytes);
            for (int g = 0; g < GROUPS; g++) {
                store((float *)panel->weights[2 * v][g][first], bytes[g]);
                store((float *)panel->weights[2 * v + 1][g][first], bytes[g + GROUPS]);
            }
        }
    }
}

// Multiplies a panel of BYTE_ROWS rows or fewer, columns from block `b` on, by all tokens; `part` has the rows at hand.
INLINE void multiply_panel(const format f, const panel_unit *panel, size_t b, size_t blocks, const product_call part) {
    for (size_t t = 0; t < part.tokens; t += BYTE_TOKENS) {
        const size_t tokens = swl_least(BYTE_TOKENS, part.tokens - t);
        tile tile;
        fill_tile(f, part.x, part.first + t, tokens, b, blocks, &tile);
        const tile_call call = {.tokens = tokens, .blocks = blocks, .rows = swl_least(BYTE_ROWS, part.rows),
                                .panel = panel, .tile = &tile, .first_panel = b == 0,
                                .out = part.out + t * part.out_stride, .out_stride = part.out_stride};
        multiply_panel_and_tile(f, &call);
    }
}

// The call without its first `r` rows.
INLINE product_call from_row(product_call p, size_t r) {
    p.rows -= r, p.weights += r * p.row_bytes, p.out += r;
    return p;
}

INLINE void gemm(const format f, const product_call p) {
    const size_t blocks = p.x->columns / SWL_BLOCK;
    panel_unit *panel = p.scratch;
    for (size_t r = 0; r < p.rows; r += BYTE_ROWS) {
        const product_call part = from_row(p, r);
        for (size_t b = 0; b == 0 || b < blocks; b += PANEL_BLOCKS) {
            const size_t count = swl_least(PANEL_BLOCKS, blocks - b);
            for (size_t i = 0; i < count; i += UNIT_BLOCKS) {
                const size_t n = swl_least(UNIT_BLOCKS, count - i), u = (b + i) / UNIT_BLOCKS;
                const size_t ahead = b + PANEL_BLOCKS < blocks
                                         ? PANEL_UNITS * unit_bytes(f)
                                         : BYTE_ROWS * p.row_bytes - b / UNIT_BLOCKS * unit_bytes(f);
                fill_panel(f, part.rows, part.weights + u * unit_bytes(f), p.row_bytes, (int)n, ahead,
                           panel + i / UNIT_BLOCKS);
            }
            multiply_panel(f, panel, b, count, part);
        }
    }
}

#endif
