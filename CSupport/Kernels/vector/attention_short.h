// Attention where all queries of a call see the same keys, and those lie within one block: encoders of short texts.
//
// Bit-identical to the general kernel: the same sums in the same order. But a vector holds a key's scores for LANES
// queries, not a query's for LANES keys. So the softmax of each query stays in its lane, only keys that are there cost
// anything, and there is one softmax: nothing is kept between blocks, rescaled or merged.
#ifndef SWL_VECTOR_ATTENTION_SHORT_H
#define SWL_VECTOR_ATTENTION_SHORT_H

#include "attention_block.h"

enum {
    QUERY_VECTORS = 2,                // vectors of LANES queries that are taken at once
    KEY_TILE = LANES == 8 ? 2 : 4,    // keys that are; two accumulators for each with each of these
    TOPS = 4,                         // maxima side by side: a comparison need not wait for the one before it
};

// Whether all queries see the same, some keys of one block, in rows of float32 that need no padding.
static bool is_short(const swl_attention *a) {
    if (a->format != SWL_F32 || a->partial || a->queries < 2) return false;
    if (a->bias || a->softcap != 0 || a->sinks) return false;
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

// Scales LANES queries from `first` on, the last instead of those beyond, and transposes them: [dimension, LANES].
static void arrange_queries(const swl_attention *a, size_t first, float scale, float *transposed) {
    const char *rows[LANES];
#pragma clang loop vectorize(disable) unroll(disable)
    for (size_t i = 0; i < LANES; i++) {
        rows[i] = (const char *)(a->q + a->q_offsets[swl_least(first + i, a->queries - 1)]);
        prefetch_next_head(rows[i], 0, 0, 1, a->key_dimension);
    }
    for (size_t d = 0; d < a->key_dimension; d += LANES) {
        vf sets[4][UNITS];
#pragma clang loop unroll(full)
        for (int set = 0; set < 4; set++) load_set(ROWS_F32, rows, NULL, set, d, sets[set]);
#pragma clang loop unroll(full)
        for (size_t u = 0; u < UNITS; u++) {
            // Four dimensions, 0 and 1 of two queries each in `low`, 2 and 3 in `high`.
            vf low[2], high[2];
#pragma clang loop unroll(full)
            for (int i = 0; i < 2; i++) {
                low[i] = WITHIN_UNITS(sets[2 * i][u], sets[2 * i + 1][u], 0, 1, 0, 1);
                high[i] = WITHIN_UNITS(sets[2 * i][u], sets[2 * i + 1][u], 2, 3, 2, 3);
            }
            float *out = transposed + (d + 4 * u) * LANES;
            store(out, WITHIN_UNITS(low[0], low[1], 0, 2, 0, 2) * scale);
            store(out + LANES, WITHIN_UNITS(low[0], low[1], 1, 3, 1, 3) * scale);
            store(out + 2 * LANES, WITHIN_UNITS(high[0], high[1], 0, 2, 0, 2) * scale);
            store(out + 3 * LANES, WITHIN_UNITS(high[0], high[1], 1, 3, 1, 3) * scale);
        }
    }
}

// Scores of `count` keys, a vector for each with each vector of queries, those of two of these KEYS vectors apart. As
// `score_tile` adds up: dimensions by their number modulo 4, then 0 and 2, 1 and 3.
INLINE void score_keys(const int count, const int vectors, const float *queries, size_t dimension, const char *keys,
                       size_t stride, float *scores) {
    vf halves[2][KEY_TILE][QUERY_VECTORS];
#pragma clang loop unroll(full)
    for (size_t half = 0; half < 2; half++) {
        vf one[KEY_TILE][QUERY_VECTORS], two[KEY_TILE][QUERY_VECTORS];
#pragma clang loop unroll(full)
        for (int k = 0; k < count; k++) {
            for (int p = 0; p < vectors; p++) one[k][p] = two[k][p] = broadcast(0);
        }
#pragma clang loop unroll(disable)
        for (size_t d = half; d < dimension; d += 4) {
            vf first[QUERY_VECTORS], second[QUERY_VECTORS];
#pragma clang loop unroll(full)
            for (int p = 0; p < vectors; p++) {
                const float *lanes = queries + ((size_t)p * dimension + d) * LANES;
                first[p] = load(lanes), second[p] = load(lanes + 2 * LANES);
            }
#pragma clang loop unroll(full)
            for (int k = 0; k < count; k++) {
                const float *key = (const float *)(keys + (size_t)k * stride) + d;
                vf a = broadcast(key[0]), b = broadcast(key[2]);
#pragma clang loop unroll(full)
                for (int p = 0; p < vectors; p++) {
                    one[k][p] = multiply_add(a, first[p], one[k][p]);
                    two[k][p] = multiply_add(b, second[p], two[k][p]);
                }
            }
        }
#pragma clang loop unroll(full)
        for (int k = 0; k < count; k++) {
            for (int p = 0; p < vectors; p++) halves[half][k][p] = one[k][p] + two[k][p];
        }
    }
#pragma clang loop unroll(full)
    for (int k = 0; k < count; k++) {
        for (int p = 0; p < vectors; p++) {
            store(scores + (p * KEYS + k) * LANES, halves[0][k][p] + halves[1][k][p]);
        }
    }
}

INLINE void score_range(const int vectors, const float *queries, size_t dimension, const char *keys, size_t stride,
                        key_range range, float *scores) {
    size_t j = range.begin;
    for (; j + KEY_TILE <= range.end; j += KEY_TILE) {
        score_keys(KEY_TILE, vectors, queries, dimension, keys + j * stride, stride, scores + j * LANES);
        prefetch_next_head(keys, stride, j, j + KEY_TILE, dimension);
    }
    keys += j * stride, scores += j * LANES;
    prefetch_next_head(keys, stride, 0, range.end - j, dimension);
    switch (range.end - j) {
        case 1: score_keys(1, vectors, queries, dimension, keys, stride, scores); break;
        case 2: score_keys(KEY_TILE < 2 ? KEY_TILE : 2, vectors, queries, dimension, keys, stride, scores); break;
        case 3: score_keys(KEY_TILE < 3 ? KEY_TILE : 3, vectors, queries, dimension, keys, stride, scores); break;
    }
}

// Makes weights of the scores of a vector of queries; the inverse of each query's sum: keys by their number modulo LANES,
// then in halves.
static void weigh_keys(key_range range, float *scores, float *inverses) {
    vf tops[TOPS];
    for (int i = 0; i < TOPS; i++) tops[i] = broadcast(-INFINITY);
    size_t j = range.begin;
    for (; j + TOPS <= range.end; j += TOPS) {
#pragma clang loop unroll(full)
        for (size_t i = 0; i < TOPS; i++) tops[i] = greater(load(scores + (j + i) * LANES), tops[i]);
    }
    for (; j < range.end; j++) tops[0] = greater(load(scores + j * LANES), tops[0]);
    vf top = greater(greater(tops[0], tops[1]), greater(tops[2], tops[3]));
    vf reference = choose(top == -INFINITY, broadcast(0), top);

    size_t first = range.begin / LANES * LANES, end = swl_round_up(range.end, LANES);
    for (j = first; j < range.begin; j++) store(scores + j * LANES, broadcast(0));
#pragma clang loop unroll_count(2)
    for (j = range.begin; j < range.end; j++) {
        store(scores + j * LANES, power_of_two(load(scores + j * LANES) - reference));
    }
    for (j = range.end; j < end; j++) store(scores + j * LANES, broadcast(0));

    vf totals[LANES];
#pragma clang loop unroll(full)
    for (size_t i = 0; i < LANES; i++) totals[i] = load(scores + (first + i) * LANES);
    for (j = first + LANES; j < end; j += LANES) {
#pragma clang loop unroll(full)
        for (size_t i = 0; i < LANES; i++) totals[i] += load(scores + (j + i) * LANES);
    }
#pragma clang loop unroll(full)
    for (int half = LANES / 2; half > 0; half /= 2) {
#pragma clang loop unroll(full)
        for (int i = 0; i < half; i++) totals[i] += totals[i + half];
    }
    store(inverses, 1 / totals[0]);
}

static void attend_short(const swl_attention *a, const attention_scratch *s) {
    size_t first = (size_t)a->begin[0] / KEYS * KEYS, dimension = a->key_dimension;
    key_range seen = {(size_t)a->begin[0] - first, (size_t)a->end[0] - first};
    const char *keys = swl_key_value_row(&a->k, first), *values = swl_key_value_row(&a->v, first);
    float scale = a->scale * PER_LN2;
    float scores[QUERY_VECTORS][KEYS][LANES], inverses[QUERY_VECTORS * LANES];
    size_t tiles = (a->queries + QUERY_TILE - 1) / QUERY_TILE;
    size_t share = (seen.end - seen.begin + tiles - 1) / tiles, ahead = seen.begin;
    for (size_t i = 0; i < a->queries; i += QUERY_VECTORS * LANES) {
        size_t count = swl_least(QUERY_VECTORS * LANES, a->queries - i);
        arrange_queries(a, i, scale, s->keys);
        if (count > LANES) {
            arrange_queries(a, i + LANES, scale, s->keys + LANES * dimension);
            score_range(2, s->keys, dimension, keys, a->k.stride, seen, scores[0][0]);
            weigh_keys(seen, scores[0][0], inverses);
            weigh_keys(seen, scores[1][0], inverses + LANES);
        } else {
            score_range(1, s->keys, dimension, keys, a->k.stride, seen, scores[0][0]);
            weigh_keys(seen, scores[0][0], inverses);
        }
        for (size_t q = 0; q < count; q += QUERY_TILE, ahead += share) {
            const float *weights[QUERY_TILE];
            float *results[QUERY_TILE];
            size_t part = swl_least(QUERY_TILE, count - q);
            for (size_t t = 0; t < part; t++) {
                weights[t] = &scores[(q + t) / LANES][0][(q + t) % LANES];
                results[t] = a->out + a->out_offsets[i + q + t];
            }
            prefetch_next_head(values, a->v.stride, ahead, swl_least(ahead + share, seen.end), a->value_dimension);
            values_of_tile(part, values, a->v.stride, a->value_dimension, seen.begin, seen.end, weights, inverses + q,
                         results);
        }
    }
}

#endif
