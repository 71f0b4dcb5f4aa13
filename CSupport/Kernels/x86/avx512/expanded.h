// Products of rows that are expanded first, for AVX-512: `gemv` and `gemm` of a format whose units are expanded ones.
#ifndef SWL_AVX512_EXPANDED_H
#define SWL_AVX512_EXPANDED_H

#include "gemm.h"
#include "gemv.h"
#include "../../vector/expand_parts.h"

typedef gemv_unit arranged_unit;

INLINE void arrange_units(const swl_activations *x, size_t token, arranged_unit *out) {
    arrange_token(format_expanded, x, token, out);
}

INLINE vf add_expanded(const expanded_unit *w, const arranged_unit *x, vf sum) {
    const __m512i bytes[2][4] = {{bytes_expanded(w, 0, UNIT_BLOCKS), bytes_expanded(w, 1, UNIT_BLOCKS),
                                  bytes_expanded(w, 2, UNIT_BLOCKS), bytes_expanded(w, 3, UNIT_BLOCKS)}};
    __m512 total = (__m512)sum;
    __m512 scales = _mm512_permutexvar_ps(lane_halves(), _mm512_loadu_ps(w->scales));
    add_unit(format_expanded, 4, bytes, scales, _mm512_setzero_ps(), x, &total);
    return (vf)total;
}

enum { EXPANDED_GEMM_BYTES = GEMM_SCRATCH_BYTES + BYTE_ROWS * PANEL_UNITS * sizeof(expanded_unit) };

static void gemm_expanded(const expansion e, const product_call p) {
    const size_t blocks = p.x->columns / SWL_BLOCK;
    panel_unit *panel = p.scratch;
    expanded_unit *expanded = (expanded_unit *)(panel + PANEL_UNITS);  // [BYTE_ROWS, PANEL_UNITS]
    for (size_t r = 0; r < p.rows; r += BYTE_ROWS) {
        const product_call part = from_row(p, r);
        const size_t width = swl_least(BYTE_ROWS, part.rows);
        for (size_t b = 0; b == 0 || b < blocks; b += PANEL_BLOCKS) {
            const size_t count = swl_least(PANEL_BLOCKS, blocks - b);
            for (size_t i = 0; i < width; i++) {
                const char *at = part.weights + i * p.row_bytes + b / UNIT_BLOCKS * e.unit_bytes;
                e.expand(at, count, expanded + i * PANEL_UNITS);
            }
            for (size_t u = 0; u * UNIT_BLOCKS < count; u++) {
                fill_panel(format_expanded, width, (const char *)(expanded + u), PANEL_UNITS * sizeof *expanded,
                           (int)swl_least(UNIT_BLOCKS, count - u * UNIT_BLOCKS), 0, panel + u);
            }
            multiply_panel(format_expanded, panel, b, count, part);
        }
    }
}

#endif
