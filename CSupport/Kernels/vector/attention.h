// Attention in blocks of keys with a running softmax (arXiv:2205.14135), over vectors of LANES floats.
//
// Blocks lie at multiples of KEYS from key 0, stretches of blocks at multiples of SWL_STRETCH, wherever a query's range
// begins and ends; a block that a query does not reach into is passed over. Each stretch has a softmax of its own, and
// these are merged in order, within a call or between calls. So a query's result depends on its own range alone.
//
// Few queries read the cache's rows as they are. For more, each block is converted to float32 once.
//
// Scores are had in units of ln 2, as queries are scaled by that too: weights are powers of two.
#ifndef SWL_VECTOR_ATTENTION_H
#define SWL_VECTOR_ATTENTION_H

#include "attention_softmax.h"
#include "attention_tiles.h"

#define ATTENTION_OPERATIONS \
    .attention = attention, .attention_merge = attention_merge, .attention_scratch_bytes = attention_scratch_bytes

enum {
    KEYS = 64,
    DIRECT_QUERIES = 8,  // most queries that read the cache's rows as they are
    STATE = SWL_ATTENTION_STATE,
};

// Rows are padded to LANES floats, with zeros or what no one reads.
typedef struct attention_scratch {
    float *queries;           // [queries, key_padded], scaled
    float *results;           // [queries, value_padded]: weighted values of the stretch so far
    float *totals;            // [queries, value_padded]: those of the stretches before
    float *sums;              // [queries, LANES]: the sums of weights, key j in lane j % LANES
    float *highest;           // [queries]: the greatest score of the stretch so far
    float *states;            // [queries, STATE]: greatest score and sum of weights of the stretches before
    uint32_t *active;         // [queries]: those that see something of the block, in order
    float *keys;              // [KEYS / LANES panels, key_padded / 4, 4 sets, LANES]
    float *values;            // [KEYS, value_padded]
    size_t key_padded, value_padded, bytes;
} attention_scratch;

static attention_scratch divide_scratch(void *scratch, size_t queries, size_t key_dimension, size_t value_dimension) {
    attention_scratch s = {.key_padded = swl_round_up(key_dimension, LANES),
                           .value_padded = swl_round_up(value_dimension, LANES)};
    size_t counts[] = {KEYS * s.key_padded, KEYS * s.value_padded, queries * s.key_padded, queries * s.value_padded,
                       queries * s.value_padded, queries * LANES, queries, queries * STATE, queries};
    void *parts[sizeof counts / sizeof counts[0]];
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        parts[i] = (void *)((uintptr_t)scratch + s.bytes);
        s.bytes += swl_round_up(counts[i] * sizeof(float), 64);
    }
    s.keys = parts[0], s.values = parts[1], s.queries = parts[2], s.results = parts[3], s.totals = parts[4];
    s.sums = parts[5], s.highest = parts[6], s.states = parts[7], s.active = parts[8];
    return s;
}

static size_t attention_scratch_bytes(size_t queries, size_t key_dimension, size_t value_dimension) {
    return divide_scratch(NULL, queries, key_dimension, value_dimension).bytes;
}

// MARK: - Ranges

INLINE key_range query_range(const swl_attention *a, size_t query) {
    return (key_range){(size_t)(a->begin[query] > 0 ? a->begin[query] : 0),
                       (size_t)(a->end[query] > 0 ? a->end[query] : 0)};
}

// What a query sees of the `count` keys from `first` on, counted from there; 0..<0 for nothing.
INLINE key_range part_of_range(key_range range, size_t first, size_t count) {
    key_range inside = {range.begin > first ? range.begin - first : 0, range.end > first ? range.end - first : 0};
    inside.end = swl_least(inside.end, count);
    if (range.begin >= range.end || inside.begin >= inside.end) return (key_range){0, 0};
    return inside;
}

// Notes which queries see something of a block, and returns how many; `all` becomes the least range, counted from the
// block's start, that holds what they see.
static size_t find_active(const swl_attention *a, size_t block, uint32_t *active, key_range *all) {
    size_t count = 0;
    *all = (key_range){KEYS, 0};
    for (size_t i = 0; i < a->queries; i++) {
        key_range inside = part_of_range(query_range(a, i), block, KEYS);
        if (inside.end == 0) continue;
        active[count++] = (uint32_t)i;
        all->begin = swl_least(all->begin, inside.begin);
        if (inside.end > all->end) all->end = inside.end;
    }
    return count;
}

// MARK: - A block of the cache

// A block as the tiles read it: the cache's own rows, or `keys` and `values`.
typedef struct key_block {
    size_t first;    // its first key
    key_range seen;  // counted from there
    bool direct;
} key_block;

// The rows of a panel's keys. What nobody sees need not exist: the nearest that someone sees stands in for it.
INLINE void panel_rows(const swl_attention *a, const key_block *block, size_t panel, const char *rows[LANES]) {
    for (size_t j = 0; j < LANES; j++) {
        size_t key = panel * LANES + j;
        key = key < block->seen.begin ? block->seen.begin : swl_least(key, block->seen.end - 1);
        rows[j] = (const char *)a->k + (block->first + key) * a->k_stride;
    }
}

INLINE size_t cache_row_bytes(swl_format format, size_t dimension) {
    switch (format) {
        case SWL_F32: return dimension * sizeof(float);
        case SWL_Q8_0: return dimension / SWL_BLOCK * sizeof(swl_q8_0);
        default: return dimension * sizeof(uint16_t);
    }
}

// LANES elements of a row of `dimension`, zero beyond.
INLINE vf load_cache(swl_format format, const char *row, size_t i, size_t dimension) {
    bool whole = i + LANES <= dimension;
    if (format == SWL_Q8_0) return load_row(ROWS_Q8_0, row, i);
    if (format == SWL_F32) {
        return whole ? load_row(ROWS_F32, row, i) : load_part((const float *)row + i, dimension - i);
    }
    return whole ? load_row(ROWS_F16, row, i) : load_f16_part((const uint16_t *)row + i, dimension - i);
}

// Asks for a panel's rows of keys and values of the block after this one.
INLINE void prefetch_panel(const swl_attention *a, const key_block *block, size_t panel) {
    size_t first = block->first + KEYS + panel * LANES;
    size_t key_bytes = cache_row_bytes(a->format, a->key_dimension);
    size_t value_bytes = cache_row_bytes(a->format, a->value_dimension);
    for (size_t j = first; j < first + LANES; j++) {
        for (size_t i = 0; i < key_bytes; i += 64) prefetch(a->k, j * a->k_stride + i);
        for (size_t i = 0; i < value_bytes; i += 64) prefetch(a->v, j * a->v_stride + i);
    }
}

// Asks for part of a row of the block after this one, while this one is computed.
INLINE void prefetch_next(const char *row, size_t stride, size_t bytes) {
    for (size_t i = 0; i < bytes; i += 64) {
        __builtin_prefetch((const void *)((uintptr_t)row + KEYS * stride + i), 0, 2);
    }
}

static void unpack_keys(const swl_attention *a, const key_block *block, const attention_scratch *s) {
    size_t key_bytes = cache_row_bytes(a->format, a->key_dimension);
    for (size_t panel = block->seen.begin / LANES; panel * LANES < block->seen.end; panel++) {
        const char *rows[LANES];
        panel_rows(a, block, panel, rows);
        for (size_t j = 0; j < LANES; j++) prefetch_next(rows[j], a->k_stride, key_bytes);
        for (size_t d = 0; d < s->key_padded; d += LANES) {
            float *out = s->keys + panel * LANES * s->key_padded + d * LANES;
            for (size_t set = 0; set < 4; set++, out += LANES) {
                vf units[UNITS];
                for (size_t u = 0; u < UNITS; u++) {
                    units[u] = load_cache(a->format, rows[4 * u + set], d, a->key_dimension);
                }
                transpose_units(units);
                for (size_t u = 0; u < UNITS; u++) store(out + 4 * u * LANES, units[u]);
            }
        }
    }
}

static void unpack_values(const swl_attention *a, const key_block *block, const attention_scratch *s) {
    size_t value_bytes = cache_row_bytes(a->format, a->value_dimension);
    for (size_t j = block->seen.begin; j < block->seen.end; j++) {
        const char *row = (const char *)a->v + (block->first + j) * a->v_stride;
        prefetch_next(row, a->v_stride, value_bytes);
        for (size_t d = 0; d < s->value_padded; d += LANES) {
            store(s->values + j * s->value_padded + d, load_cache(a->format, row, d, a->value_dimension));
        }
    }
}

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
    for (size_t panel = begin / LANES; panel * LANES < end; panel++) {
        float *out = tile->scores[0] + panel * LANES;
        const char *rows[LANES];
        if (!block->direct) {
            score_block(tile->count, NULL, s->keys + panel * LANES * s->key_padded, tile->queries, s->key_padded, out,
                        KEYS);
            continue;
        }
        panel_rows(a, block, panel, rows);
        prefetch_panel(a, block, panel);
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
        values_f32(count, (const char *)s->values, n * sizeof(float), n, begin, end, weights, results);
        return;
    }
    const char *rows = (const char *)((uintptr_t)a->v + block->first * a->v_stride);
    switch (a->format) {
        case SWL_F32: values_f32(count, rows, a->v_stride, n, begin, end, weights, results); break;
        case SWL_Q8_0: values_q8_0(count, rows, a->v_stride, n, begin, end, weights, results); break;
        default: values_f16(count, rows, a->v_stride, n, begin, end, weights, results); break;
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
        if (a->slopes) add_distances(range, block->first, a->slopes[i], a->at[i], tile.scores[q]);
        if (range.begin == 0 && range.end == KEYS) {
            steps[q] = find_greatest(whole, tile.scores[q], s->highest[i]);
        } else {
            steps[q] = find_greatest(range, tile.scores[q], s->highest[i]);
        }
        s->highest[i] = steps[q].greatest;
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

// MARK: - Stretches

// Adds a later stretch's softmax to those before it: greatest scores and sums of weights, `n` weighted values.
INLINE void merge_stretch(size_t n, const float *state, const float *values, float *total_state, float *total) {
    if (total_state[0] == -INFINITY && total_state[1] == 0) {  // the first: as it is
        memcpy(total_state, state, STATE * sizeof *state);
        memcpy(total, values, n * sizeof *values);
        return;
    }
    float greatest = state[0] > total_state[0] ? state[0] : total_state[0];
    float reference = greatest == -INFINITY ? 0 : greatest;
    float old = greatest == total_state[0] ? 1 : power_of_two(broadcast(total_state[0] - reference))[0];
    float new = greatest == state[0] ? 1 : power_of_two(broadcast(state[0] - reference))[0];
    total_state[0] = greatest;
    total_state[1] = __builtin_elementwise_fma(state[1], new, total_state[1] * old);
    for (size_t d = 0; d < n; d++) total[d] = __builtin_elementwise_fma(values[d], new, total[d] * old);
}

static void attend_stretch(const swl_attention *a, const attention_scratch *s, size_t stretch) {
    for (size_t i = 0; i < a->queries; i++) s->highest[i] = -INFINITY;
    memset(s->sums, 0, a->queries * LANES * sizeof(float));
    memset(s->results, 0, a->queries * s->value_padded * sizeof(float));
    for (size_t first = stretch; first < stretch + SWL_STRETCH; first += KEYS) {
        key_block block = {.first = first};
        size_t active = find_active(a, first, s->active, &block.seen);
        if (active == 0) continue;
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
        if (part_of_range(query_range(a, i), stretch, SWL_STRETCH).end == 0) continue;
        float state[STATE] = {s->highest[i], sum_lanes(load(s->sums + i * LANES))};
        merge_stretch(s->value_padded, state, s->results + i * s->value_padded, s->states + i * STATE,
                      s->totals + i * s->value_padded);
    }
}

static void attention(const swl_attention *a) {
    attention_scratch s = divide_scratch(a->scratch, a->queries, a->key_dimension, a->value_dimension);
    size_t begin = SIZE_MAX, end = 0;
    for (size_t i = 0; i < a->queries; i++) {
        key_range range = query_range(a, i);
        if (range.begin < range.end) {
            begin = swl_least(begin, range.begin);
            if (range.end > end) end = range.end;
        }
        const float *q = a->q + a->q_offsets[i];
        float *scaled = s.queries + i * s.key_padded, scale = a->scale * 0x1.715476p0f;  // 1 / ln 2
        for (size_t d = 0; d < s.key_padded; d++) scaled[d] = d < a->key_dimension ? q[d] * scale : 0;
        s.states[i * STATE] = -INFINITY;
        s.states[i * STATE + 1] = 0;
    }
    memset(s.totals, 0, a->queries * s.value_padded * sizeof(float));
    if (begin < end) {
        for (size_t stretch = begin / SWL_STRETCH * SWL_STRETCH; stretch < end; stretch += SWL_STRETCH) {
            attend_stretch(a, &s, stretch);
        }
    }
    for (size_t i = 0; i < a->queries; i++) {
        key_range range = query_range(a, i);
        const float *state = s.states + i * STATE, *total = s.totals + i * s.value_padded;
        float *out = a->out + a->out_offsets[i];
        if (a->partial) {
            memcpy(out, state, STATE * sizeof(float));
            memcpy(out + STATE, total, a->value_dimension * sizeof(float));
            continue;
        }
        for (size_t d = 0; d < a->value_dimension; d++) out[d] = range.begin < range.end ? total[d] / state[1] : 0;
    }
}

static void attention_merge(size_t count, size_t value_dimension, float *states, float *out) {
    for (size_t i = 1; i < count; i++) {
        const float *later = states + i * (STATE + value_dimension);
        merge_stretch(value_dimension, later, later + STATE, states, states + STATE);
    }
    for (size_t d = 0; d < value_dimension; d++) out[d] = states[STATE + d] / states[1];
}

#endif
