// Products of rows that are expanded first, for AVX-512: `gemv` and `gemm` of a format whose units are expanded ones.
#ifndef SWL_AVX512_EXPANDED_H
#define SWL_AVX512_EXPANDED_H

#include "avx512_gemm.h"
#include "avx512_gemv.h"
#include "../vector/expand_parts.h"

typedef expanded_unit swl_expanded;

#define FORMAT_EXPANDED SCALE_16, EXPANDED_ZERO, SWL_SUPER_BLOCK

INLINE __m512i bytes_expanded(const swl_expanded *w, int v, int n) {
    (void)n;
    return _mm512_loadu_si512(w->quants + v * 64);
}

INLINE void scales_expanded(const swl_expanded *w, int n, __m512 out[2]) {
    (void)n;
    out[0] = _mm512_loadu_ps(w->scales);
}

typedef gemv_unit arranged_unit;

INLINE void arrange_units(const swl_activations *x, size_t token, arranged_unit *out) {
    arrange_token(SCALE_16, EXPANDED_ZERO, x, token, out);
}

INLINE vf add_expanded(const expanded_unit *w, const arranged_unit *x, vf sum) {
    const __m512i bytes[2][4] = {{bytes_expanded(w, 0, UNIT_BLOCKS), bytes_expanded(w, 1, UNIT_BLOCKS),
                                  bytes_expanded(w, 2, UNIT_BLOCKS), bytes_expanded(w, 3, UNIT_BLOCKS)}};
    __m512 total = (__m512)sum;
    __m512 scales = _mm512_permutexvar_ps(lane_halves(), _mm512_loadu_ps(w->scales));
    add_unit(SCALE_16, 4, bytes, scales, _mm512_setzero_ps(), x, &total);
    return (vf)total;
}

FILL_PANEL(expanded, EXPANDED)

enum { EXPANDED_GEMM_BYTES = GEMM_SCRATCH_BYTES + BYTE_ROWS * PANEL_UNITS * sizeof(expanded_unit) };

static void gemm_expanded(expand_fn expand, size_t unit_bytes, size_t rows, const char *weights, size_t row_bytes,
                          const swl_activations *x, size_t first, size_t tokens, float *out, size_t out_stride,
                          void *scratch) {
    const size_t blocks = x->columns / SWL_BLOCK;
    panel_unit *panel = scratch;
    expanded_unit *expanded = (expanded_unit *)(panel + PANEL_UNITS);  // [BYTE_ROWS, PANEL_UNITS]
    for (size_t r = 0; r < rows; r += BYTE_ROWS) {
        const size_t width = swl_least(BYTE_ROWS, rows - r);
        for (size_t b = 0; b == 0 || b < blocks; b += PANEL_BLOCKS) {
            const size_t count = swl_least(PANEL_BLOCKS, blocks - b);
            for (size_t i = 0; i < width; i++) {
                expand(weights + (r + i) * row_bytes + b / UNIT_BLOCKS * unit_bytes, count, expanded + i * PANEL_UNITS);
            }
            for (size_t u = 0; u * UNIT_BLOCKS < count; u++) {
                fill_panel_expanded(width, (const char *)(expanded + u), PANEL_UNITS * sizeof *expanded,
                                    (int)swl_least(UNIT_BLOCKS, count - u * UNIT_BLOCKS), 0, panel + u);
            }
            for (size_t t = 0; t < tokens; t += BYTE_TOKENS) {
                tile tile;
                const size_t tile_tokens = swl_least(BYTE_TOKENS, tokens - t);
                fill_tile(SCALE_16, EXPANDED_ZERO, x, first + t, tile_tokens, b, count, &tile);
                multiply_tile_SCALE_16(tile_tokens, count, panel, &tile, b == 0, out + t * out_stride + r, out_stride,
                                       width);
            }
        }
    }
}

#endif
