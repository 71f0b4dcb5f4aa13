// Attention, the specification: one split after the other, each in double precision, merged as float32.
#ifndef SWL_SCALAR_ATTENTION_H
#define SWL_SCALAR_ATTENTION_H

#include <math.h>
#include <string.h>

#include "../tables.h"
#include "formats.h"

static float cache_element(swl_format format, const swl_key_values *from, size_t row, size_t i) {
    const char *start = swl_key_value_row(from, row);
    if (format == SWL_Q8_0) {
        const swl_q8_0 *block = (const swl_q8_0 *)start + i / SWL_BLOCK;
        return swl_float_from_f16(block->scale) * block->quants[i % SWL_BLOCK];
    }
    return format == SWL_F32 ? ((const float *)start)[i] : swl_float_from_f16(((const uint16_t *)start)[i]);
}

static double score(const swl_attention *a, size_t query, size_t key) {
    const float *q = a->q + a->q_offsets[query];
    double sum = 0;
    for (size_t d = 0; d < a->key_dimension; d++) {
        sum += (double)q[d] * cache_element(a->format, &a->k, key, d);
    }
    double score = sum * a->scale;
    if (a->softcap != 0) score = a->softcap * tanh(score / a->softcap);
    return score + (a->bias ? a->bias[query][(ptrdiff_t)key - a->at[query]] : 0);
}

// exp(score - max), 0 where both are -infinity.
static double weight(double score, double max) {
    return score == -INFINITY ? 0 : exp(score - (max == -INFINITY ? 0 : max));
}

enum { STATE = SWL_ATTENTION_STATE };

// Keys `begin`..<`end` to a row for `attention_merge`: max score, sum of weights, weighted values.
static void attend(const swl_attention *a, size_t query, size_t begin, size_t end, double *sums, float *row) {
    float max = -INFINITY;
    for (size_t j = begin; j < end; j++) max = (float)fmax(max, score(a, query, j));
    for (size_t i = 1; i < STATE + a->value_dimension; i++) sums[i] = 0;
    for (size_t j = begin; j < end; j++) {
        double w = weight(score(a, query, j), max);
        sums[1] += w;
        for (size_t d = 0; d < a->value_dimension; d++) {
            sums[STATE + d] += w * cache_element(a->format, &a->v, j, d);
        }
    }
    row[0] = max;
    for (size_t i = 1; i < STATE + a->value_dimension; i++) row[i] = (float)sums[i];
}

static void merge(size_t value_dimension, const float *later, float *row) {
    float max = fmaxf(row[0], later[0]);
    double old = row[0] == max ? 1 : weight(row[0], max);
    double new = later[0] == max ? 1 : weight(later[0], max);
    row[0] = max;
    for (size_t i = 1; i < STATE + value_dimension; i++) row[i] = (float)(row[i] * old + later[i] * new);
}

// The sink's score as a row of one weight without values.
static void join_sink(size_t value_dimension, float sink, float *row) {
    float max = fmaxf(row[0], sink);
    double old = row[0] == max ? 1 : weight(row[0], max);
    double new = sink == max ? 1 : weight(sink, max);
    row[0] = max;
    row[1] = (float)(row[1] * old + new);
    for (size_t i = STATE; i < STATE + value_dimension; i++) row[i] = (float)(row[i] * old);
}

static void attention_merge(size_t count, size_t value_dimension, float *rows, const float *sink, float *out) {
    for (size_t i = 1; i < count; i++) merge(value_dimension, rows + i * (STATE + value_dimension), rows);
    if (sink) join_sink(value_dimension, *sink, rows);
    for (size_t d = 0; d < value_dimension; d++) out[d] = rows[STATE + d] / rows[1];
}

static void attention(const swl_attention *a) {
    double *sums = a->scratch;  // [STATE + value_dimension], and so the rows
    float *row = (float *)(sums + STATE + a->value_dimension), *later = row + STATE + a->value_dimension;
    for (size_t i = 0; i < a->queries; i++) {
        float *out = a->out + a->out_offsets[i];
        if (a->begin[i] >= a->end[i]) {
            for (size_t d = 0; d < a->value_dimension; d++) out[d] = 0;
            continue;
        }
        size_t end = (size_t)a->end[i];
        for (size_t begin = (size_t)a->begin[i]; begin < end;) {
            size_t next = swl_least(end, (begin / SWL_KV_SPLIT + 1) * SWL_KV_SPLIT);
            bool first = begin == (size_t)a->begin[i];
            attend(a, i, begin, next, sums, first ? row : later);
            if (!first) merge(a->value_dimension, later, row);
            begin = next;
        }
        if (a->partial) {
            memcpy(out, row, (STATE + a->value_dimension) * sizeof(float));
        } else {
            attention_merge(1, a->value_dimension, row, a->sinks ? a->sinks + i : NULL, out);
        }
    }
}

static size_t attention_scratch_bytes(size_t queries, size_t key_dimension, size_t value_dimension) {
    (void)queries, (void)key_dimension;
    return (STATE + value_dimension) * (sizeof(double) + 2 * sizeof(float));
}

#endif
