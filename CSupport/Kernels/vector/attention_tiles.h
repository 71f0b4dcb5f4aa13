// The two products of attention over vectors of LANES floats: scores of a tile of keys, sums of weighted values.
//
// Both take up to QUERY_TILE queries at once and read the cache's rows as they are, or a block of them that was
// converted to float32 before. The order of each sum is the same either way, and for any number of queries.
#ifndef SWL_VECTOR_ATTENTION_TILES_H
#define SWL_VECTOR_ATTENTION_TILES_H

#include "vector.h"

enum {
    UNITS = LANES / 4,                 // a unit is four lanes
    QUERY_TILE = LANES == 8 ? 4 : 8,   // two accumulators for each query, two rows of keys' units: 16 or 32 registers
    VALUE_VECTORS = 2,                 // vectors of a row of values that are taken at once
};

typedef enum source {
    ROWS_F32,
    ROWS_F16,
    ROWS_Q8_0,
    BLOCK_F32,  // keys arranged by `unpack_keys`
} source;

// LANES elements of a row from element `i` on. Those of Q8_0, scale * quant, have 19 bits and so are exact.
INLINE vf load_row(const source from, const char *row, size_t i) {
    if (from == ROWS_Q8_0) {
        const char *block = row + i / SWL_BLOCK * sizeof(swl_q8_0);
        uint16_t scale;
        vsb quants;
        memcpy(&scale, block + offsetof(swl_q8_0, scale), sizeof scale);
        memcpy(&quants, block + offsetof(swl_q8_0, quants) + i % SWL_BLOCK, sizeof quants);
        return __builtin_convertvector(__builtin_convertvector(quants, vi), vf) * f16_to_float(scale);
    }
    return from == ROWS_F16 ? load_f16((const uint16_t *)row + i) : load((const float *)row + i);
}

// MARK: - Units

// Lanes i, j of each unit of `a`, then lanes k, l of the same unit of `b`.
#if LANES == 4
#define WITHIN_UNITS(a, b, i, j, k, l) __builtin_shufflevector(a, b, i, j, 4 + k, 4 + l)
#elif LANES == 8
#define WITHIN_UNITS(a, b, i, j, k, l) __builtin_shufflevector(a, b, i, j, 8 + k, 8 + l, 4 + i, 4 + j, 12 + k, 12 + l)
#elif LANES == 16
#define WITHIN_UNITS(a, b, i, j, k, l)                                                                              \
    __builtin_shufflevector(a, b, i, j, 16 + k, 16 + l, 4 + i, 4 + j, 20 + k, 20 + l, 8 + i, 8 + j, 24 + k, 24 + l, \
                            12 + i, 12 + j, 28 + k, 28 + l)
#endif

// Lane 4 u + i is the sum of unit u of v[i].
INLINE vf sum_units(const vf v[4]) {
    vf a = WITHIN_UNITS(v[0], v[1], 0, 1, 0, 1) + WITHIN_UNITS(v[0], v[1], 2, 3, 2, 3);
    vf b = WITHIN_UNITS(v[2], v[3], 0, 1, 0, 1) + WITHIN_UNITS(v[2], v[3], 2, 3, 2, 3);
    return WITHIN_UNITS(a, b, 0, 2, 0, 2) + WITHIN_UNITS(a, b, 1, 3, 1, 3);
}

// Transposes UNITS vectors as a matrix of units.
INLINE void transpose_units(vf v[UNITS]) {
#if LANES == 8
    vf low = __builtin_shufflevector(v[0], v[1], 0, 1, 2, 3, 8, 9, 10, 11);
    v[1] = __builtin_shufflevector(v[0], v[1], 4, 5, 6, 7, 12, 13, 14, 15);
    v[0] = low;
#elif LANES == 16
#define UNITS_OF(a, b, i, j)                                                                                        \
    __builtin_shufflevector(a, b, 4 * i, 4 * i + 1, 4 * i + 2, 4 * i + 3, 4 * j, 4 * j + 1, 4 * j + 2, 4 * j + 3,    \
                            16 + 4 * i, 17 + 4 * i, 18 + 4 * i, 19 + 4 * i, 16 + 4 * j, 17 + 4 * j, 18 + 4 * j,      \
                            19 + 4 * j)
    vf a = UNITS_OF(v[0], v[1], 0, 1), b = UNITS_OF(v[0], v[1], 2, 3);
    vf c = UNITS_OF(v[2], v[3], 0, 1), d = UNITS_OF(v[2], v[3], 2, 3);
    v[0] = UNITS_OF(a, c, 0, 2), v[1] = UNITS_OF(a, c, 1, 3);
    v[2] = UNITS_OF(b, d, 0, 2), v[3] = UNITS_OF(b, d, 1, 3);
#undef UNITS_OF
#else
    (void)v;
#endif
}

// One unit of memory in every unit of a vector.
INLINE vf broadcast_unit(const float *p) {
    v4f v;
    memcpy(&v, p, sizeof v);
#if LANES == 4
    return v;
#elif LANES == 8
    return __builtin_shufflevector(v, v, 0, 1, 2, 3, 0, 1, 2, 3);
#elif LANES == 16
    return __builtin_shufflevector(v, v, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3);
#endif
}

// MARK: - Scores
//
// A tile is LANES keys, four sets of UNITS: set i has keys i, i + 4, i + 8, ... A vector of a set holds four
// consecutive dimensions of each of its keys. So a score is the sum of four sums, one for each dimension modulo 4.

// LANES dimensions of a set, from `d` on: UNITS vectors.
INLINE void load_set(const source from, const char *const rows[LANES], const float *block, int set, size_t d,
                     vf units[UNITS]) {
    if (from == BLOCK_F32) {
        for (size_t g = 0; g < UNITS; g++) units[g] = load(block + ((d / 4 + g) * 4 + (size_t)set) * LANES);
        return;
    }
#pragma clang loop unroll(full)
    for (int u = 0; u < UNITS; u++) units[u] = load_row(from, rows[4 * u + set], d);
    transpose_units(units);
}

// out[q * out_stride ..< + LANES] = queries[q] . keys of the tile. `dimension` is a multiple of LANES; `queries` are
// `stride` apart.
INLINE void score_tile(const int count, const source from, const char *const rows[LANES], const float *block,
                       const float *const queries[], size_t dimension, float *out, size_t out_stride) {
    vf sums[QUERY_TILE][4];
#pragma clang loop unroll(full)
    for (int set = 0; set < 4; set += 2) {
        vf one[QUERY_TILE], two[QUERY_TILE];
#pragma clang loop unroll(full)
        for (int q = 0; q < count; q++) one[q] = two[q] = broadcast(0);
#pragma clang loop unroll(disable)
        for (size_t d = 0; d < dimension; d += LANES) {
            vf first[UNITS], second[UNITS];
            load_set(from, rows, block, set, d, first);
            load_set(from, rows, block, set + 1, d, second);
#pragma clang loop unroll(full)
            for (size_t g = 0; g < UNITS; g++) {
#pragma clang loop unroll(full)
                for (int q = 0; q < count; q++) {
                    vf query = broadcast_unit(queries[q] + d + 4 * g);
                    one[q] = multiply_add(query, first[g], one[q]);
                    two[q] = multiply_add(query, second[g], two[q]);
                }
            }
        }
#pragma clang loop unroll(full)
        for (int q = 0; q < count; q++) sums[q][set] = one[q], sums[q][set + 1] = two[q];
    }
#pragma clang loop unroll(full)
    for (int q = 0; q < count; q++) store(out + (size_t)q * out_stride, sum_units(sums[q]));
}

// MARK: - Values

// results[q][0 ..< vectors * LANES] += weights[q][j * step] * row j, for j from `begin` to `end`, in that order; with
// `factors`, results[q] = that sum from zero on * factors[q].
INLINE void value_tile(const int count, const int vectors, const source from, const size_t step, const char *rows,
                       size_t stride, size_t element, size_t begin, size_t end, const float *const weights[],
                       const float *factors, float *const results[]) {
    vf sums[QUERY_TILE][VALUE_VECTORS];
#pragma clang loop unroll(full)
    for (int q = 0; q < count; q++) {
        for (int v = 0; v < vectors; v++) {
            sums[q][v] = factors ? broadcast(0) : load(results[q] + element + v * LANES);
        }
    }
#pragma clang loop unroll(disable)
    for (size_t j = begin; j < end; j++) {
        vf row[VALUE_VECTORS];
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) {
            row[v] = load_row(from, rows + j * stride, element + (size_t)v * LANES);
        }
#pragma clang loop unroll(full)
        for (int q = 0; q < count; q++) {
            vf weight = broadcast(weights[q][j * step]);
#pragma clang loop unroll(full)
            for (int v = 0; v < vectors; v++) sums[q][v] = multiply_add(weight, row[v], sums[q][v]);
        }
    }
#pragma clang loop unroll(full)
    for (int q = 0; q < count; q++) {
        for (int v = 0; v < vectors; v++) {
            store(results[q] + element + v * LANES, factors ? sums[q][v] * factors[q] : sums[q][v]);
        }
    }
}

// MARK: - For every number of queries and every source

#if LANES == 8
#define FOR_EACH_COUNT(DO, ...) DO(1, __VA_ARGS__) DO(2, __VA_ARGS__) DO(3, __VA_ARGS__) DO(4, __VA_ARGS__)
#else
#define FOR_EACH_COUNT(DO, ...)                                                 \
    DO(1, __VA_ARGS__) DO(2, __VA_ARGS__) DO(3, __VA_ARGS__) DO(4, __VA_ARGS__) \
    DO(5, __VA_ARGS__) DO(6, __VA_ARGS__) DO(7, __VA_ARGS__) DO(8, __VA_ARGS__)
#endif

#define SCORE_CASE(count, from) \
    case count: score_tile(count, from, rows, block, queries, dimension, out, out_stride); break;

#define SCORES(name, from)                                                                                         \
    static void score_##name(size_t count, const char *const rows[LANES], const float *block,                      \
                             const float *const queries[], size_t dimension, float *out, size_t out_stride) {      \
        switch (count) { FOR_EACH_COUNT(SCORE_CASE, from) }                                                        \
    }
SCORES(f32, ROWS_F32)
SCORES(f16, ROWS_F16)
SCORES(q8_0, ROWS_Q8_0)
SCORES(block, BLOCK_F32)

#define VALUE_CASE(count, from, step)                                                                             \
    case count:                                                                                                   \
        for (; d + VALUE_VECTORS * LANES <= dimension; d += VALUE_VECTORS * LANES) {                              \
            value_tile(count, VALUE_VECTORS, from, step, rows, stride, d, begin, end, weights, factors, results); \
        }                                                                                                         \
        for (; d < dimension; d += LANES) {                                                                       \
            value_tile(count, 1, from, step, rows, stride, d, begin, end, weights, factors, results);             \
        }                                                                                                         \
        break;

// `dimension` is a multiple of LANES.
#define VALUES(name, from, step)                                                                             \
    static void values_##name(size_t count, const char *rows, size_t stride, size_t dimension, size_t begin, \
                              size_t end, const float *const weights[], const float *factors,                \
                              float *const results[]) {                                                      \
        size_t d = 0;                                                                                        \
        switch (count) { FOR_EACH_COUNT(VALUE_CASE, from, step) }                                            \
    }
VALUES(f32, ROWS_F32, 1)
VALUES(f16, ROWS_F16, 1)
VALUES(q8_0, ROWS_Q8_0, 1)
VALUES(of_tile, ROWS_F32, LANES)

#endif
