// Attention where all queries of a call see the same keys, and those lie within one block: encoders of short texts.
//
// To the bit what the general way gives: the same sums in the same order. But there is one softmax, so nothing is kept
// between blocks, rescaled or merged: a tile of queries goes from scores to results at once.
#ifndef SWL_VECTOR_ATTENTION_SHORT_H
#define SWL_VECTOR_ATTENTION_SHORT_H

#include "attention_block.h"

// Whether all queries see the same, some keys of one block, in rows of float32 that need no padding.
static bool is_short(const swl_attention *a) {
    if (a->format != SWL_F32 || a->partial || a->slopes || a->queries == 0) return false;
    if (a->key_dimension % LANES != 0 || a->value_dimension % LANES != 0) return false;
    int32_t begin = a->begin[0], end = a->end[0], others = 0;
    if (begin < 0 || begin >= end || begin / KEYS != (end - 1) / KEYS) return false;
    for (size_t i = 1; i < a->queries; i++) others |= (a->begin[i] ^ begin) | (a->end[i] ^ end);
    return others == 0;
}

// Asks for what lies behind a head's part of some rows: the next head's, which is likely the next call's. A few rows at
// a time between computations: were there many, they would wait for one another, and everything for them.
INLINE void prefetch_next_head(const void *rows, size_t stride, size_t begin, size_t end, size_t columns) {
    size_t bytes = columns * sizeof(float);
    for (size_t j = begin; j < end; j++) {
        for (size_t i = 0; i < bytes; i += 64) prefetch(rows, j * stride + bytes + i);
    }
}

// `unpack_keys`, of rows as they are.
static void arrange_keys(const swl_attention *a, const key_block *block, float *keys) {
    size_t n = a->key_dimension;
    for (size_t panel = block->seen.begin / LANES; panel * LANES < block->seen.end; panel++) {
        const char *rows[LANES];
        panel_rows(a, block, panel, rows);
        for (size_t d = 0; d < n; d += LANES) {
            float *out = keys + panel * LANES * n + d * LANES;
#pragma clang loop unroll(full)
            for (int set = 0; set < 4; set++) {
                vf units[UNITS];
                load_set(ROWS_F32, rows, NULL, set, d, units);
                for (size_t u = 0; u < UNITS; u++) store(out + (4 * u + (size_t)set) * LANES, units[u]);
            }
        }
    }
}

static void attend_short(const swl_attention *a, const attention_scratch *s) {
    size_t first = (size_t)a->begin[0] / KEYS * KEYS, n = a->key_dimension;
    key_block block = {.first = first, .seen = {(size_t)a->begin[0] - first, (size_t)a->end[0] - first}};
    const char *keys = (const char *)((uintptr_t)a->k + first * a->k_stride);
    const char *values = (const char *)((uintptr_t)a->v + first * a->v_stride);
    arrange_keys(a, &block, s->keys);
    float scale = a->scale * 0x1.715476p0f;  // 1 / ln 2
    float scores[QUERY_TILE][KEYS], sums[QUERY_TILE];
    const float *queries[QUERY_TILE], *weights[QUERY_TILE];
    float *results[QUERY_TILE];
    for (size_t q = 0; q < QUERY_TILE; q++) weights[q] = scores[q];
    for (size_t i = 0; i < a->queries; i++) {  // all at once: they come from far
        const float *query = a->q + a->q_offsets[i];
        for (size_t d = 0; d < n; d += LANES) store(s->queries + i * n + d, load(query + d) * scale);
    }
    size_t tiles = (a->queries + QUERY_TILE - 1) / QUERY_TILE;
    size_t share = (block.seen.end - block.seen.begin + tiles - 1) / tiles, ahead = block.seen.begin;
    for (size_t i = 0; i < a->queries; i += QUERY_TILE, ahead += share) {
        size_t ahead_end = swl_least(ahead + share, block.seen.end);
        size_t count = swl_least(QUERY_TILE, a->queries - i);
        for (size_t q = 0; q < count; q++) {
            queries[q] = s->queries + (i + q) * n;
            results[q] = a->out + a->out_offsets[i + q];
            prefetch_next_head(a->q + a->q_offsets[i + q], 0, 0, 1, n);
        }
        for (size_t panel = block.seen.begin / LANES; panel * LANES < block.seen.end; panel++) {
            score_block(count, NULL, s->keys + panel * LANES * n, queries, n, scores[0] + panel * LANES, KEYS);
        }
        prefetch_next_head(keys, a->k_stride, ahead, ahead_end, n);
        weigh_all(count, block.seen, KEYS, scores[0], sums);
        prefetch_next_head(values, a->v_stride, ahead, ahead_end, a->value_dimension);
        values_f32(count, values, a->v_stride, a->value_dimension, block.seen.begin, block.seen.end, weights, sums,
                   results);
    }
}

#endif
