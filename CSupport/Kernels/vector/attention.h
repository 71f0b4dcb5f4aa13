// Attention in blocks of keys with a running softmax (arXiv:2205.14135), over vectors of LANES floats.
//
// Blocks lie at multiples of KEYS from key 0, wherever a query's range begins and ends; a block that a query does not
// reach into is passed over. So a query's result depends on its own range alone, not on the call it came with.
//
// Each block of keys is converted to float32 once and shared by all queries of the call: K transposed, [dimension,
// KEYS], so that a vector holds one dimension of LANES keys and no sum across lanes is needed; V as [KEYS, dimension].
// Scores and weighted values are then the same register-blocked product, `accumulate`.
#ifndef SWL_VECTOR_ATTENTION_H
#define SWL_VECTOR_ATTENTION_H

#include "vector.h"
#include "functions.h"

#define ATTENTION_OPERATIONS .attention = attention, .attention_scratch_bytes = attention_scratch_bytes

enum {
    KEYS = 32,
    KEY_VECTORS = KEYS / LANES,
    QUERY_TILE = LANES == 16 ? 6 : 3,  // queries whose accumulators fit the registers
};

typedef struct attention_scratch {
    float *keys;     // [key_dimension padded to LANES, KEYS]
    float *values;   // [KEYS, padded]
    float *results;  // [queries, padded]: weighted values so far
    float *highest;  // [queries]: the greatest score so far
    float *sums;     // [queries]: the sum of weights so far
    size_t padded;   // value_dimension, padded to KEYS
} attention_scratch;

static size_t attention_scratch_bytes(size_t queries, size_t key_dimension, size_t value_dimension) {
    size_t padded = swl_round_up(value_dimension, KEYS);
    return sizeof(float) *
           (swl_round_up(key_dimension, LANES) * KEYS + KEYS * padded + queries * padded + 2 * queries);
}

INLINE attention_scratch divide_scratch(const swl_attention *a) {
    attention_scratch s;
    s.padded = swl_round_up(a->value_dimension, KEYS);
    s.keys = a->scratch;
    s.values = s.keys + swl_round_up(a->key_dimension, LANES) * KEYS;
    s.results = s.values + KEYS * s.padded;
    s.highest = s.results + a->queries * s.padded;
    s.sums = s.highest + a->queries;
    return s;
}

// MARK: - Ranges

typedef struct key_range {
    size_t begin, end;  // empty when begin >= end
} key_range;

INLINE key_range query_range(const swl_attention *a, size_t query) {
    return (key_range){(size_t)(a->begin[query] > 0 ? a->begin[query] : 0),
                       (size_t)(a->end[query] > 0 ? a->end[query] : 0)};
}

// What a query sees of the block, counted from its start.
INLINE key_range range_in_block(key_range range, size_t block) {
    key_range inside = {range.begin > block ? range.begin - block : 0, range.end > block ? range.end - block : 0};
    inside.end = swl_least(inside.end, KEYS);
    if (range.begin >= range.end || inside.begin >= inside.end) return (key_range){0, 0};
    return inside;
}

// The least range that holds the ranges of all queries within the block.
static key_range union_in_block(const swl_attention *a, size_t block) {
    key_range all = {KEYS, 0};
    for (size_t i = 0; i < a->queries; i++) {
        key_range inside = range_in_block(query_range(a, i), block);
        if (inside.end == 0) continue;
        all.begin = swl_least(all.begin, inside.begin);
        if (inside.end > all.end) all.end = inside.end;
    }
    return all;
}

// MARK: - One block of the cache to float32

INLINE vf load_cache(swl_format format, const char *row, size_t i, size_t dimension) {
    bool whole = i + LANES <= dimension;
    if (format == SWL_F32) {
        const float *p = (const float *)row + i;
        return whole ? load(p) : load_part(p, dimension - i);
    }
    const uint16_t *p = (const uint16_t *)row + i;
    return whole ? load_f16(p) : load_f16_part(p, dimension - i);
}

// Keys `begin`..<`end` of the block at key `block` to [dimension, KEYS]; zero in the others' place.
static void unpack_keys(const swl_attention *a, size_t block, size_t begin, size_t end, float *keys) {
    for (size_t d = 0; d < a->key_dimension; d += LANES) {
        for (size_t first = block; first < block + KEYS; first += LANES) {
            vf rows[LANES];
            for (size_t j = 0; j < LANES; j++) {
                bool inside = first + j >= begin && first + j < end;
                const char *row = (const char *)a->k + (first + j) * a->k_stride;
                rows[j] = inside ? load_cache(a->format, row, d, a->key_dimension) : broadcast(0);
            }
            transpose(rows);
            for (size_t j = 0; j < LANES; j++) store(keys + (d + j) * KEYS + first - block, rows[j]);
        }
    }
}

// Values `begin`..<`end` of the block at key `block` to [KEYS, padded], each row zero beyond its dimension.
static void unpack_values(const swl_attention *a, size_t block, size_t begin, size_t end, size_t padded,
                          float *values) {
    for (size_t j = begin; j < end; j++) {
        const char *row = (const char *)a->v + j * a->v_stride;
        float *out = values + (j - block) * padded;
        for (size_t d = 0; d < padded; d += LANES) {
            store(out + d, d < a->value_dimension ? load_cache(a->format, row, d, a->value_dimension) : broadcast(0));
        }
    }
}

// MARK: - The products

INLINE void accumulate_tile(const int queries, size_t begin, size_t end, const float *const factors[],
                            const float *rows, size_t stride, vf sums[][KEY_VECTORS]) {
    vf local[QUERY_TILE][KEY_VECTORS];
#pragma clang loop unroll(full)
    for (int q = 0; q < queries; q++) {
        for (int v = 0; v < KEY_VECTORS; v++) local[q][v] = sums[q][v];
    }
    for (size_t i = begin; i < end; i++) {
        vf factor[QUERY_TILE];
#pragma clang loop unroll(full)
        for (int q = 0; q < queries; q++) factor[q] = broadcast(factors[q][i]);
#pragma clang loop unroll(full)
        for (int v = 0; v < KEY_VECTORS; v++) {
            vf row = load(rows + i * stride + v * LANES);
#pragma clang loop unroll(full)
            for (int q = 0; q < queries; q++) local[q][v] = multiply_add(factor[q], row, local[q][v]);
        }
    }
#pragma clang loop unroll(full)
    for (int q = 0; q < queries; q++) {
        for (int v = 0; v < KEY_VECTORS; v++) sums[q][v] = local[q][v];
    }
}

// sums[q][0 ..< KEYS] += factors[q][i] * rows[i][0 ..< KEYS] for i from `begin` to `end`, in that order.
static void accumulate(int queries, size_t begin, size_t end, const float *const factors[], const float *rows,
                       size_t stride, vf sums[][KEY_VECTORS]) {
    if (queries == QUERY_TILE) {
        accumulate_tile(QUERY_TILE, begin, end, factors, rows, stride, sums);
        return;
    }
    for (; queries >= 2; queries -= 2, factors += 2, sums += 2) {
        accumulate_tile(2, begin, end, factors, rows, stride, sums);
    }
    if (queries == 1) accumulate_tile(1, begin, end, factors, rows, stride, sums);
}

// A query's running softmax takes in the scores of a range of a block's keys: scores become weights, and the
// factor comes back by which what was summed up so far is to shrink.
//
// Where all scores yet are -infinity, zero stands in for their maximum: weights are 0 then, not NaN, as a later block
// may hold finite ones; a NaN score still makes NaN.
INLINE float update_softmax(float scale, key_range range, vf scores[KEY_VECTORS], float *highest, float *sum) {
    for (int v = 0; v < KEY_VECTORS; v++) scores[v] *= scale;
    if (range.begin > 0 || range.end < KEYS) {
        float lanes[KEYS];
        memcpy(lanes, scores, sizeof lanes);
        for (size_t j = 0; j < range.begin; j++) lanes[j] = -INFINITY;
        for (size_t j = range.end; j < KEYS; j++) lanes[j] = -INFINITY;
        memcpy(scores, lanes, sizeof lanes);
    }
    vf top = broadcast(*highest), weights = {0};
    for (int v = 0; v < KEY_VECTORS; v++) top = greater(scores[v], top);
    float greatest = greatest_lane(top), reference = greatest == -INFINITY ? 0 : greatest;
    for (int v = 0; v < KEY_VECTORS; v++) {
        scores[v] = exponential(scores[v] - reference);
        weights += scores[v];
    }
    float factor = greatest == *highest ? 1 : exponential(broadcast(*highest - reference))[0];
    *sum = *sum * factor + sum_lanes(weights);
    *highest = greatest;
    return factor;
}

// Adds up the values of a block for queries from `first` on, all of which see the same range of it.
static void add_values(int count, const attention_scratch *s, size_t first, key_range range,
                       const float *const weights[], const float *shrink) {
    for (size_t d = 0; d < s->padded; d += KEYS) {
        vf sums[QUERY_TILE][KEY_VECTORS];
        for (int q = 0; q < count; q++) {
            const float *results = s->results + (first + (size_t)q) * s->padded + d;
            for (int v = 0; v < KEY_VECTORS; v++) sums[q][v] = load(results + v * LANES) * shrink[q];
        }
        accumulate(count, range.begin, range.end, weights, s->values + d, s->padded, sums);
        for (int q = 0; q < count; q++) {
            float *results = s->results + (first + (size_t)q) * s->padded + d;
            for (int v = 0; v < KEY_VECTORS; v++) store(results + v * LANES, sums[q][v]);
        }
    }
}

// One block of keys for a tile of queries from `first` on. Scores are had of the whole block, which holds zeros for
// keys that no query sees; each query then takes what it sees.
static void attend(int count, const swl_attention *a, const attention_scratch *s, size_t first, size_t block) {
    const float *queries[QUERY_TILE], *weights[QUERY_TILE];
    float weight_rows[QUERY_TILE][KEYS], shrink[QUERY_TILE];
    key_range ranges[QUERY_TILE];
    vf scores[QUERY_TILE][KEY_VECTORS] = {0};
    bool alike = true, seen = false;
    for (int q = 0; q < count; q++) {
        size_t i = first + (size_t)q;
        queries[q] = a->q + a->q_offsets[i];
        weights[q] = weight_rows[q];
        ranges[q] = range_in_block(query_range(a, i), block);
        alike = alike && ranges[q].begin == ranges[0].begin && ranges[q].end == ranges[0].end;
        seen = seen || ranges[q].end > 0;
    }
    if (!seen) return;
    accumulate(count, 0, a->key_dimension, queries, s->keys, KEYS, scores);
    for (int q = 0; q < count; q++) {
        if (ranges[q].end == 0) continue;
        size_t i = first + (size_t)q;
        shrink[q] = update_softmax(a->scale, ranges[q], scores[q], &s->highest[i], &s->sums[i]);
        for (int v = 0; v < KEY_VECTORS; v++) store(weight_rows[q] + v * LANES, scores[q][v]);
    }
    if (alike) {
        add_values(count, s, first, ranges[0], weights, shrink);
        return;
    }
    for (int q = 0; q < count; q++) {
        if (ranges[q].end > 0) add_values(1, s, first + (size_t)q, ranges[q], weights + q, shrink + q);
    }
}

// MARK: - The whole

static void attention(const swl_attention *a) {
    attention_scratch s = divide_scratch(a);
    size_t end = 0;
    for (size_t i = 0; i < a->queries; i++) {
        key_range range = query_range(a, i);
        if (range.begin < range.end && range.end > end) end = range.end;
        s.highest[i] = -INFINITY;
        s.sums[i] = 0;
        memset(s.results + i * s.padded, 0, s.padded * sizeof(float));
    }
    for (size_t block = 0; block < end; block += KEYS) {
        key_range all = union_in_block(a, block);
        if (all.begin >= all.end) continue;
        unpack_keys(a, block, block + all.begin, block + all.end, s.keys);
        unpack_values(a, block, block + all.begin, block + all.end, s.padded, s.values);
        for (size_t i = 0; i < a->queries; i += QUERY_TILE) {
            attend((int)swl_least(QUERY_TILE, a->queries - i), a, &s, i, block);
        }
    }
    for (size_t i = 0; i < a->queries; i++) {
        key_range range = query_range(a, i);
        float *out = a->out + a->out_offsets[i];
        for (size_t d = 0; d < a->value_dimension; d++) {
            out[d] = range.begin < range.end ? s.results[i * s.padded + d] / s.sums[i] : 0;
        }
    }
}

#endif
