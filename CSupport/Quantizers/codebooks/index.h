// Which entry of a codebook is the nearest: an exact search.
//
// The error of an entry is a sum over its elements, each a choice among few levels. So it is the error of the entry's first half
// plus that of its second, and a half is one of at most 81 (four elements of three levels) or 64 (two of eight). The errors of
// all halves are summed up once; then a first half whose error plus the least second one is above the best so far is passed
// over with all its entries.
#ifndef SWL_CODEBOOK_INDEX_H
#define SWL_CODEBOOK_INDEX_H

#include <stdint.h>
#include <string.h>

#include "swl_codebook_bytes.h"

#pragma STDC FP_CONTRACT OFF

enum { MOST_LEVELS = 8, MOST_HALVES = 81, MOST_ENTRIES = 2048, MOST_ELEMENTS = 8 };

// A codebook's entries, sorted by their first halves.
typedef struct codebook_index {
    int elements, levels, halves;
    float values[MOST_LEVELS];  // what levels stand for
    uint16_t starts[MOST_HALVES + 1];
    uint8_t seconds[MOST_ENTRIES];
    uint16_t numbers[MOST_ENTRIES];
} codebook_index;

// The entry with an element in each byte.
typedef uint64_t (*codebook_entry)(int number);

static inline int level_of(const codebook_index *index, uint64_t entry, int element) {
    float value = (float)(int8_t)(entry >> 8 * element & 0xff);
    int level = 0;
    while (level + 1 < index->levels && index->values[level] != value) level++;
    return level;
}

static inline int half_of(const codebook_index *index, uint64_t entry, int first) {
    int half = 0;
    for (int i = first; i < first + index->elements / 2; i++) half = half * index->levels + level_of(index, entry, i);
    return half;
}

// Sorts the entries: they are counted by their first halves, then put in their places.
static inline void make_index(codebook_index *index, int elements, int entries, int levels, const float *values,
                              codebook_entry entry) {
    index->elements = elements;
    index->levels = levels;
    index->halves = elements == 8 ? levels * levels * levels * levels : levels * levels;
    memcpy(index->values, values, (size_t)levels * sizeof *values);
    memset(index->starts, 0, sizeof index->starts);
    for (int n = 0; n < entries; n++) index->starts[half_of(index, entry(n), 0) + 1]++;
    for (int half = 0; half < index->halves; half++) {
        index->starts[half + 1] = (uint16_t)(index->starts[half + 1] + index->starts[half]);
    }
    uint16_t next[MOST_HALVES];
    memcpy(next, index->starts, sizeof next);
    for (int n = 0; n < entries; n++) {
        uint64_t bytes = entry(n);
        int place = next[half_of(index, bytes, 0)]++;
        index->seconds[place] = (uint8_t)half_of(index, bytes, elements / 2);
        index->numbers[place] = (uint16_t)n;
    }
}

// The errors of elements' levels, and the least of each.
typedef struct level_errors {
    float of[MOST_ELEMENTS][MOST_LEVELS], least[MOST_ELEMENTS];
    int best[MOST_ELEMENTS];
} level_errors;

static inline __attribute__((always_inline)) void measure_levels(level_errors *e, int elements, int levels,
                                                                 const float *values, const float *x,
                                                                 const float *weights, float scale, float shift) {
    for (int i = 0; i < elements; i++) {
        e->best[i] = 0;
        for (int level = 0; level < levels; level++) {
            float error = x[i] - scale * (values[level] + shift);
            e->of[i][level] = weights[i] * error * error;
            if (e->of[i][level] < e->of[i][e->best[i]]) e->best[i] = level;
        }
        e->least[i] = e->of[i][e->best[i]];
    }
}

// The sums of any of `a` and any of `b`: those with the first of `a` first.
static inline __attribute__((always_inline)) void add_all(const float *a, int a_count, const float *b, int b_count,
                                                          float *out) {
    for (int i = 0; i < a_count; i++) {
        for (int k = 0; k < b_count; k++) out[i * b_count + k] = a[i] + b[k];
    }
}

// The entry of the least sum of its halves' errors. The best first half comes first, so that most others are passed over.
//
// least: of all second halves, also those that no entry has.
static inline __attribute__((always_inline)) float least_sum(const codebook_index *index, int halves, const float *first,
                                                             const float *second, int begin, float least, int *number) {
    float best = -1;
    for (int turn = -1; turn < halves; turn++) {
        int half = turn < 0 ? begin : turn;
        if (turn == begin || (best >= 0 && first[half] + least >= best)) continue;
        for (int place = index->starts[half]; place < index->starts[half + 1]; place++) {
            float error = first[half] + second[index->seconds[place]];
            if (best >= 0 && error >= best) continue;
            best = error;
            *number = index->numbers[place];
        }
    }
    return best;
}

static float nearest_of_eight(const codebook_index *index, const float *x, const float *weights, float scale, float shift,
                              int *number) {
    enum { L = 3 };
    level_errors e;
    measure_levels(&e, 8, L, index->values, x, weights, scale, shift);
    float pairs[4][L * L], first[L * L * L * L], second[L * L * L * L];
    for (int i = 0; i < 4; i++) add_all(e.of[2 * i], L, e.of[2 * i + 1], L, pairs[i]);
    add_all(pairs[0], L * L, pairs[1], L * L, first);
    add_all(pairs[2], L * L, pairs[3], L * L, second);
    int begin = ((e.best[0] * L + e.best[1]) * L + e.best[2]) * L + e.best[3];
    float least = (e.least[4] + e.least[5]) + (e.least[6] + e.least[7]);
    return least_sum(index, L * L * L * L, first, second, begin, least, number);
}

static float nearest_of_four(const codebook_index *index, const float *x, const float *weights, float scale, int *number) {
    enum { L = 8 };
    level_errors e;
    measure_levels(&e, 4, L, index->values, x, weights, scale, 0);
    float first[L * L], second[L * L];
    add_all(e.of[0], L, e.of[1], L, first);
    add_all(e.of[2], L, e.of[3], L, second);
    return least_sum(index, L * L, first, second, e.best[0] * L + e.best[1], e.least[2] + e.least[3], number);
}

// The entry of the least weighted squared error from `x`, times a scale and with a shift added to each value; its error.
static inline float nearest_entry(const codebook_index *index, const float *x, const float *weights, float scale,
                                  float shift, int *number) {
    *number = 0;
    return index->elements == 8 ? nearest_of_eight(index, x, weights, scale, shift, number)
                                : nearest_of_four(index, x, weights, scale, number);
}

#endif
