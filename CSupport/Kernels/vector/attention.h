// Attention in blocks of keys with a running softmax (arXiv:2205.14135), over vectors of LANES floats.
//
// Blocks lie at multiples of KEYS from key 0, KV splits at multiples of SWL_KV_SPLIT, wherever a query's range
// begins and ends; a block that a query does not reach into is passed over. Each split has a softmax of its own, and
// these are merged in order, within a call or between calls. So a query's result depends on its own range alone.
//
// Few queries read the cache's rows as they are. For more, each block is converted to float32 once. Where one block is
// all that any query sees, see `attention_short.h`.
//
// Scores are had in units of ln 2, as queries are scaled by that too: weights are powers of two.
#ifndef SWL_VECTOR_ATTENTION_H
#define SWL_VECTOR_ATTENTION_H

#include "attention_block.h"
#include "attention_short.h"
#include "position_bias.h"

#define ATTENTION_OPERATIONS \
    .attention = attention, .attention_merge = attention_merge, .attention_scratch_bytes = attention_scratch_bytes, \
    .position_bias = position_bias

// MARK: - A block for a tile of queries

typedef struct query_tile {
    size_t count;
    uint32_t index[QUERY_TILE];
    key_range ranges[QUERY_TILE];       // of the block
    key_range common;                   // what all of them see; may be empty
    const float *queries[QUERY_TILE];
    float *results[QUERY_TILE];
    const float *weights[QUERY_TILE];   // rows of `scores`
    float scores[QUERY_TILE][KEYS];
} query_tile;

static void score(const swl_attention *a, const key_block *block, const attention_scratch *s, query_tile *tile) {
    size_t begin = KEYS, end = 0;
    for (size_t q = 0; q < tile->count; q++) {
        begin = swl_least(begin, tile->ranges[q].begin);
        if (tile->ranges[q].end > end) end = tile->ranges[q].end;
    }
    for (size_t key_tile = begin / LANES; key_tile * LANES < end; key_tile++) {
        float *out = tile->scores[0] + key_tile * LANES;
        const char *rows[LANES];
        if (!block->direct) {
            score_block(tile->count, NULL, s->keys + key_tile * LANES * s->key_padded, tile->queries, s->key_padded,
                        out, KEYS);
            continue;
        }
        key_tile_rows(a, block, key_tile, rows);
        prefetch_key_tile(a, block, key_tile);
        switch (a->format) {
            case SWL_F32: score_f32(tile->count, rows, NULL, tile->queries, s->key_padded, out, KEYS); break;
            case SWL_Q8_0: score_q8_0(tile->count, rows, NULL, tile->queries, s->key_padded, out, KEYS); break;
            default: score_f16(tile->count, rows, NULL, tile->queries, s->key_padded, out, KEYS); break;
        }
    }
}

static void add_values(const swl_attention *a, const key_block *block, const attention_scratch *s, size_t count,
                       key_range range, const float *const weights[], float *const results[]) {
    if (range.begin >= range.end) return;
    size_t begin = range.begin, end = range.end, n = s->value_padded;
    if (!block->direct) {
        values_f32(count, (const char *)s->values, n * sizeof(float), n, begin, end, weights, NULL, results);
        return;
    }
    switch (a->format) {
        case SWL_F32: values_f32(count, block->values, a->v.stride, n, begin, end, weights, NULL, results); break;
        case SWL_Q8_0: values_q8_0(count, block->values, a->v.stride, n, begin, end, weights, NULL, results); break;
        default: values_f16(count, block->values, a->v.stride, n, begin, end, weights, NULL, results); break;
    }
}

// `count` of the block's active queries.
static void attend(const swl_attention *a, const key_block *block, const attention_scratch *s, size_t count,
                   const uint32_t *active) {
    query_tile tile = {.count = count, .common = {0, KEYS}};
    for (size_t q = 0; q < count; q++) {
        size_t i = active[q];
        tile.ranges[q] = part_of_range(query_range(a, i), block->first, KEYS);
        if (tile.ranges[q].begin > tile.common.begin) tile.common.begin = tile.ranges[q].begin;
        tile.common.end = swl_least(tile.common.end, tile.ranges[q].end);
        tile.queries[q] = s->queries + i * s->key_padded;
        tile.results[q] = s->results + i * s->value_padded;
        tile.weights[q] = tile.scores[q];
    }
    score(a, block, s, &tile);
    // Step by step for all queries: one's chain of dependent instructions runs beside the others'.
    softmax_step steps[QUERY_TILE];
    const key_range whole = {0, KEYS};
    for (size_t q = 0; q < count; q++) {
        size_t i = active[q];
        key_range range = tile.ranges[q];
        if (a->softcap != 0) cap_scores(range, a->softcap, tile.scores[q]);
        if (a->bias) add_bias(range, a->bias[i] + ((ptrdiff_t)block->first - a->at[i]), tile.scores[q]);
        if (range.begin == 0 && range.end == KEYS) {
            steps[q] = find_max(whole, tile.scores[q], s->highest[i]);
        } else {
            steps[q] = find_max(range, tile.scores[q], s->highest[i]);
        }
        s->highest[i] = steps[q].max;
    }
    for (size_t q = 0; q < count; q++) {
        float *sums = s->sums + (size_t)active[q] * LANES;
        key_range range = tile.ranges[q];
        if (range.begin == 0 && range.end == KEYS) {
            weigh(whole, tile.scores[q], steps[q], sums);
        } else {
            weigh(range, tile.scores[q], steps[q], sums);
        }
    }
    for (size_t q = 0; q < count; q++) {
        if (steps[q].shrink == 1) continue;
        float *results = tile.results[q];
        for (size_t d = 0; d < s->value_padded; d += LANES) store(results + d, load(results + d) * steps[q].shrink);
    }
    if (tile.common.begin >= tile.common.end) {
        for (size_t q = 0; q < count; q++) {
            add_values(a, block, s, 1, tile.ranges[q], tile.weights + q, tile.results + q);
        }
        return;
    }
    for (size_t q = 0; q < count; q++) {
        key_range before = {tile.ranges[q].begin, tile.common.begin};
        add_values(a, block, s, 1, before, tile.weights + q, tile.results + q);
    }
    add_values(a, block, s, count, tile.common, tile.weights, tile.results);
    for (size_t q = 0; q < count; q++) {
        key_range after = {tile.common.end, tile.ranges[q].end};
        add_values(a, block, s, 1, after, tile.weights + q, tile.results + q);
    }
}

// MARK: - KV splits

// Adds a later split's softmax to those before it: max scores and sums of weights, `n` weighted values.
INLINE void merge_split(size_t n, const float *state, const float *values, float *total_state, float *total) {
    if (total_state[0] == -INFINITY && total_state[1] == 0) {  // the first: as it is
        memcpy(total_state, state, STATE * sizeof *state);
        memcpy(total, values, n * sizeof *values);
        return;
    }
    float max = state[0] > total_state[0] ? state[0] : total_state[0];
    float reference = max == -INFINITY ? 0 : max;
    float old = max == total_state[0] ? 1 : power_of_two(broadcast(total_state[0] - reference))[0];
    float new = max == state[0] ? 1 : power_of_two(broadcast(state[0] - reference))[0];
    total_state[0] = max;
    total_state[1] = __builtin_elementwise_fma(state[1], new, total_state[1] * old);
    for (size_t d = 0; d < n; d++) total[d] = __builtin_elementwise_fma(values[d], new, total[d] * old);
}

// Keys from `split` on, of those below `keys`.
static void attend_split(const swl_attention *a, const attention_scratch *s, size_t split, size_t keys) {
    for (size_t i = 0; i < a->queries; i++) s->highest[i] = -INFINITY;
    memset(s->sums, 0, a->queries * LANES * sizeof(float));
    memset(s->results, 0, a->queries * s->value_padded * sizeof(float));
    for (size_t first = split; first < split + SWL_KV_SPLIT; first += KEYS) {
        key_range seen;
        size_t active = find_active(a, first, s->active, &seen);
        if (active == 0) continue;
        key_block block = block_from(a, first, keys);
        block.seen = seen;
        block.direct =
            active <= DIRECT_QUERIES && a->key_dimension == s->key_padded && a->value_dimension == s->value_padded;
        if (!block.direct) {
            unpack_keys(a, &block, s);
            unpack_values(a, &block, s);
        }
        for (size_t i = 0; i < active; i += QUERY_TILE) {
            attend(a, &block, s, swl_least(QUERY_TILE, active - i), s->active + i);
        }
    }
    for (size_t i = 0; i < a->queries; i++) {
        if (part_of_range(query_range(a, i), split, SWL_KV_SPLIT).end == 0) continue;
        float state[STATE] = {s->highest[i], sum_lanes(load(s->sums + i * LANES))};
        merge_split(s->value_padded, state, s->results + i * s->value_padded, s->states + i * STATE,
                      s->totals + i * s->value_padded);
    }
}

// The sink's score joins a query's softmax, without a value.
INLINE void join_sink(size_t n, float sink, float *state, float *total) {
    sink *= PER_LN2;
    float max = sink > state[0] ? sink : state[0], reference = max == -INFINITY ? 0 : max;
    float old = max == state[0] ? 1 : power_of_two(broadcast(state[0] - reference))[0];
    float new = max == sink ? 1 : power_of_two(broadcast(sink - reference))[0];
    state[0] = max;
    state[1] = __builtin_elementwise_fma(state[1], old, new);
    for (size_t d = 0; d < n; d++) total[d] *= old;
}

static void attention(const swl_attention *a) {
    attention_scratch s = divide_scratch(a->scratch, a->queries, a->key_dimension, a->value_dimension);
    if (is_short(a)) {
        attend_short(a, &s);
        return;
    }
    size_t begin = SIZE_MAX, end = 0;
    for (size_t i = 0; i < a->queries; i++) {
        key_range range = query_range(a, i);
        if (range.begin < range.end) {
            begin = swl_least(begin, range.begin);
            if (range.end > end) end = range.end;
        }
        const float *q = a->q + a->q_offsets[i];
        float *scaled = s.queries + i * s.key_padded, scale = a->scale * PER_LN2;
        for (size_t d = 0; d < s.key_padded; d++) scaled[d] = d < a->key_dimension ? q[d] * scale : 0;
        s.states[i * STATE] = -INFINITY;
        s.states[i * STATE + 1] = 0;
    }
    memset(s.totals, 0, a->queries * s.value_padded * sizeof(float));
    if (begin < end) {
        for (size_t split = begin / SWL_KV_SPLIT * SWL_KV_SPLIT; split < end; split += SWL_KV_SPLIT) {
            attend_split(a, &s, split, end);
        }
    }
    for (size_t i = 0; i < a->queries; i++) {
        key_range range = query_range(a, i);
        float *state = s.states + i * STATE, *total = s.totals + i * s.value_padded;
        float *out = a->out + a->out_offsets[i];
        if (a->partial) {
            memcpy(out, state, STATE * sizeof(float));
            memcpy(out + STATE, total, a->value_dimension * sizeof(float));
            continue;
        }
        if (a->sinks) join_sink(a->value_dimension, a->sinks[i], state, total);
        float inverse = 1 / state[1];
        for (size_t d = 0; d < a->value_dimension; d++) out[d] = range.begin < range.end ? total[d] * inverse : 0;
    }
}

static void attention_merge(size_t count, size_t value_dimension, float *states, const float *sink, float *out) {
    for (size_t i = 1; i < count; i++) {
        const float *later = states + i * (STATE + value_dimension);
        merge_split(value_dimension, later, later + STATE, states, states + STATE);
    }
    if (sink) join_sink(value_dimension, *sink, states, states + STATE);
    float inverse = 1 / states[1];
    for (size_t d = 0; d < value_dimension; d++) out[d] = states[STATE + d] * inverse;
}

#endif
