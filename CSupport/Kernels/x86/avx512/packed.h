// Products with panels (swl_panels.h): AVX-512 VNNI.
//
// A tile is up to TILE_PANELS panels by TILE_TOKENS tokens: each group's dots are summed up in registers, then added to
// `out`, which holds the sums of the groups before. A panel's vector of weights, four columns of 16 rows, meets the same
// four activations of a token in all of its lanes.
//
// An int32 lane takes in 256 products of at most 255 * 127.
#ifndef SWL_AVX512_PACKED_H
#define SWL_AVX512_PACKED_H

#include <immintrin.h>

#include "../../panels_call.h"
#include "../../vector/vector.h"

enum { TILE_PANELS = 4, TILE_TOKENS = 6 };

// Where a sum will go: it is often far down the caches.
INLINE void prefetch_to_write(const float *out) { __builtin_prefetch(out, 1); }

// No instruction; but no load comes sooner than it is written. A compiler that loads ahead needs more registers than there
// are, and parts with sums in the innermost loop.
INLINE void keep_order(const int panels, __m512i dots[TILE_PANELS]) {
    if (panels == TILE_PANELS) {
        __asm__ volatile("" : "+v"(dots[0]), "+v"(dots[1]), "+v"(dots[2]), "+v"(dots[3])::"memory");
    } else {
        __asm__ volatile("" : "+v"(dots[0])::"memory");
    }
}

// Only a tile of one panel may lack rows.
INLINE __mmask16 rows_of_panel(const panels_call *p, const int panels) {
    return panels == 1 ? (__mmask16)(0xffffu >> (SWL_PANEL_ROWS - p->rows)) : (__mmask16)0xffff;
}

// The accumulator of a group's sums.
typedef enum addend { BIAS, BIAS_AND_RESIDUAL, EARLIER_GROUPS } addend;

INLINE void add_group(const panels_call *p, const int panels, const int tokens, const addend addend, size_t g,
                      const __m512i dots[TILE_TOKENS][TILE_PANELS]) {
    __mmask16 rows = rows_of_panel(p, panels);
    const swl_panel_group *group = p->groups + g;
    const swl_group_range *range = p->ranges + g;
    const float *residual = p->residual;
    float *out = p->out;
    // No instruction: addresses are had token by token, as all at once they would not stay in registers.
    __asm__ volatile("" : "+r"(group), "+r"(range), "+r"(residual), "+r"(out));
#pragma clang loop unroll(full)
    for (int t = 0; t < tokens; t++) {
        __m512 range_scale = _mm512_set1_ps(range->scale), least = _mm512_set1_ps(range->least);
#pragma clang loop unroll(full)
        for (int v = 0; v < panels; v++) {
            const swl_panel_group *of_panel = group + (size_t)v * p->group_count;
            __m512 sum = addend == EARLIER_GROUPS ? _mm512_maskz_loadu_ps(rows, out + v * SWL_PANEL_ROWS)
                                                  : _mm512_maskz_loadu_ps(rows, p->bias + v * SWL_PANEL_ROWS);
            if (addend == BIAS_AND_RESIDUAL) {
                sum = _mm512_add_ps(sum, _mm512_maskz_loadu_ps(rows, residual + v * SWL_PANEL_ROWS));
                prefetch(residual + v * SWL_PANEL_ROWS, TILE_TOKENS * p->residual_stride * sizeof *residual);
            }
            sum = _mm512_fmadd_ps(least, _mm512_load_ps(of_panel->sums), sum);
            __m512 scale = _mm512_mul_ps(range_scale, _mm512_load_ps(of_panel->scales));
            sum = _mm512_fmadd_ps(_mm512_cvtepi32_ps(dots[t][v]), scale, sum);
            _mm512_mask_storeu_ps(out + v * SWL_PANEL_ROWS, rows, sum);
        }
        range += p->group_count, out += p->out_stride;
        if (addend == BIAS_AND_RESIDUAL) residual += p->residual_stride;
    }
}

// `ahead`: bytes from this call's weights to what is asked for beside the dots, a line for each 16 columns. Asked for all at
// once, lines would keep the activations waiting.
INLINE void multiply_panel_tile(const panels_call *p, const int panels, const int tokens, size_t ahead) {
#pragma clang loop unroll(full)
    for (int t = 0; t < tokens; t++) {
        for (int v = 0; v < panels; v++) prefetch_to_write(p->out + (size_t)t * p->out_stride + v * SWL_PANEL_ROWS);
    }
    for (size_t g = 0; g < p->group_count; g++) {
        size_t first = g * p->group, count = swl_least(p->group, p->columns - first);
        const int8_t *weights = p->quants + first * SWL_PANEL_ROWS;
        const uint8_t *x = p->x + first;
        __m512i dots[TILE_TOKENS][TILE_PANELS];
#pragma clang loop unroll(full)
        for (int t = 0; t < tokens; t++) {
            for (int v = 0; v < panels; v++) dots[t][v] = _mm512_setzero_si512();
        }
#pragma clang loop unroll_count(4)
        for (size_t k = 0; k < count; k += 4) {
            if (k % 16 == 0) prefetch(p->quants, ahead + 4 * (first + k));
            __m512i columns[TILE_PANELS];
            for (int v = 0; v < panels; v++) {
                columns[v] = _mm512_load_si512(weights + (size_t)v * SWL_PANEL_ROWS * p->columns + k * SWL_PANEL_ROWS);
            }
#pragma clang loop unroll(full)
            for (int t = 0; t < tokens; t++) {
                int32_t four;
                memcpy(&four, x + (size_t)t * p->columns + k, sizeof four);
                __m512i activations = _mm512_set1_epi32(four);
                for (int v = 0; v < panels; v++) {
                    dots[t][v] = _mm512_dpbusd_epi32(dots[t][v], activations, columns[v]);
                }
                keep_order(panels, dots[t]);
            }
        }
        if (g > 0) {
            add_group(p, panels, tokens, EARLIER_GROUPS, g, dots);
        } else if (p->residual) {
            add_group(p, panels, tokens, BIAS_AND_RESIDUAL, g, dots);
        } else {
            add_group(p, panels, tokens, BIAS, g, dots);
        }
    }
}

// Beside the dots of its 16 tiles a call of 96 tokens asks for the weights of the rows behind its own, which are likely the
// next call's.
#define PANEL_TILES(name, panels)                                                      \
    static void multiply_tiles_##name(panels_call p, size_t tokens) {                   \
        size_t bytes = (panels) * SWL_PANEL_ROWS * p.columns, ahead = bytes;           \
        while (tokens > 0) {                                                           \
            size_t count = tokens >= 6 ? 6 : tokens >= 4 ? 4 : tokens >= 2 ? 2 : 1;    \
            switch (count) {                                                           \
                case 6: multiply_panel_tile(&p, panels, 6, ahead); break;              \
                case 4: multiply_panel_tile(&p, panels, 4, ahead); break;              \
                case 2: multiply_panel_tile(&p, panels, 2, ahead); break;              \
                default: multiply_panel_tile(&p, panels, 1, ahead); break;             \
            }                                                                          \
            skip_tokens(&p, count);                                                    \
            tokens -= count;                                                           \
            ahead = ahead + 4 * p.columns < 2 * bytes ? ahead + 4 * p.columns : bytes; \
        }                                                                              \
    }
PANEL_TILES(whole, TILE_PANELS)
PANEL_TILES(single, 1)

static void multiply_panels(const swl_panel_weights *weights, size_t first_row, size_t rows,
                            const swl_group_activations *x, size_t first, size_t tokens, const swl_addends *addends,
                            float *out, size_t out_stride) {
    static const float no_bias[TILE_PANELS * SWL_PANEL_ROWS];
    for (size_t r = 0; r < rows;) {
        size_t panels = rows - r >= TILE_PANELS * SWL_PANEL_ROWS ? TILE_PANELS : 1;
        size_t count = swl_least(panels * SWL_PANEL_ROWS, rows - r);
        panels_call call = panels_call_at(weights, first_row, r, count, x, first, addends, out, out_stride);
        if (!call.bias) call.bias = no_bias;
        if (panels == TILE_PANELS) {
            multiply_tiles_whole(call, tokens);
        } else {
            multiply_tiles_single(call, tokens);
        }
        r += count;
    }
}

#endif
