// Scratch of attention, the key range of each query, and a block of the cache as the tiles read it.
#ifndef SWL_VECTOR_ATTENTION_BLOCK_H
#define SWL_VECTOR_ATTENTION_BLOCK_H

#include "attention_softmax.h"
#include "attention_tiles.h"

enum {
    KEYS = 64,
    DIRECT_QUERIES = 8,  // max queries that read the cache's rows as they are
    STATE = SWL_ATTENTION_STATE,
};

// Rows are padded to LANES floats, with zeros or what no one reads.
typedef struct attention_scratch {
    float *queries;           // [queries, key_padded], scaled
    float *results;           // [queries, value_padded]: weighted values of the split so far
    float *totals;            // [queries, value_padded]: those of the splits before
    float *sums;              // [queries, LANES]: the sums of weights, key j in lane j % LANES
    float *highest;           // [queries]: the max score of the split so far
    float *states;            // [queries, STATE]: max score and sum of weights of the splits before
    uint32_t *active;         // [queries]: those that see something of the block, in order
    float *keys;              // [KEYS / LANES tiles, key_padded / 4, 4 sets, LANES]
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

// The part of a query's range within the `count` keys from `first` on, relative to `first`; 0..<0 if empty.
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
    const char *keys, *values;            // its rows in the cache
    const char *next_keys, *next_values;  // those of the block after it, to be prefetched
} key_block;

_Static_assert(SWL_PAGE % KEYS == 0 && SWL_KV_SPLIT % SWL_PAGE == 0, "a block lies within a page");

// Of keys below `end`. The last block stands in for the one after it, which may have no page.
INLINE key_block block_from(const swl_attention *a, size_t first, size_t end) {
    size_t next = first + KEYS < end ? first + KEYS : first;
    return (key_block){.first = first,
                       .keys = swl_key_value_row(&a->k, first),
                       .values = swl_key_value_row(&a->v, first),
                       .next_keys = swl_key_value_row(&a->k, next),
                       .next_values = swl_key_value_row(&a->v, next)};
}

// The rows of a tile of keys. What nobody sees need not exist: the nearest that someone sees stands in for it.
INLINE void key_tile_rows(const swl_attention *a, const key_block *block, size_t key_tile, const char *rows[LANES]) {
    for (size_t j = 0; j < LANES; j++) {
        size_t key = key_tile * LANES + j;
        key = key < block->seen.begin ? block->seen.begin : swl_least(key, block->seen.end - 1);
        rows[j] = block->keys + key * a->k.stride;
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

// Asks for the rows of a tile of keys and values of the block after this one.
INLINE void prefetch_key_tile(const swl_attention *a, const key_block *block, size_t key_tile) {
    size_t first = key_tile * LANES;
    size_t key_bytes = cache_row_bytes(a->format, a->key_dimension);
    size_t value_bytes = cache_row_bytes(a->format, a->value_dimension);
    for (size_t j = first; j < first + LANES; j++) {
        for (size_t i = 0; i < key_bytes; i += 64) prefetch(block->next_keys, j * a->k.stride + i);
        for (size_t i = 0; i < value_bytes; i += 64) prefetch(block->next_values, j * a->v.stride + i);
    }
}

// Asks for a row of the block after this one, while this one is computed.
INLINE void prefetch_next(const char *row, size_t bytes) {
    for (size_t i = 0; i < bytes; i += 64) __builtin_prefetch((const void *)((uintptr_t)row + i), 0, 2);
}

static void unpack_keys(const swl_attention *a, const key_block *block, const attention_scratch *s) {
    size_t key_bytes = cache_row_bytes(a->format, a->key_dimension);
    for (size_t key_tile = block->seen.begin / LANES; key_tile * LANES < block->seen.end; key_tile++) {
        const char *rows[LANES];
        key_tile_rows(a, block, key_tile, rows);
        for (size_t j = 0; j < LANES; j++) prefetch_next(block->next_keys + (rows[j] - block->keys), key_bytes);
        for (size_t d = 0; d < s->key_padded; d += LANES) {
            float *out = s->keys + key_tile * LANES * s->key_padded + d * LANES;
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
        const char *row = block->values + j * a->v.stride;
        prefetch_next(block->next_values + j * a->v.stride, value_bytes);
        for (size_t d = 0; d < s->value_padded; d += LANES) {
            store(s->values + j * s->value_padded + d, load_cache(a->format, row, d, a->value_dimension));
        }
    }
}

#endif
