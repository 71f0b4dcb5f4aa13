// Attention of queries to one head's keys and values, against an ordinary softmax in double precision.
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attention_inputs.h"

// MARK: - What it should give

static void expect_query(failure *f, const swl_attention *a, size_t query) {
    double scores[MOST_KEYS], slack[MOST_KEYS], greatest = -INFINITY, sum = 0;
    const float *q = a->q + a->q_offsets[query], *out = a->out + a->out_offsets[query];
    size_t begin = (size_t)a->begin[query], end = (size_t)a->end[query];
    bool nan = false;
    for (size_t j = begin; j < end; j++) {
        double dot = 0, magnitude = 0;
        for (size_t d = 0; d < a->key_dimension; d++) {
            double term = (double)q[d] * cache_value(a, &a->k, j, d);
            dot += term;
            magnitude += fabs(term);
        }
        double bias = a->bias ? a->bias[query][(int32_t)j - a->at[query]] : 0, cap = a->softcap;
        scores[j] = (cap != 0 ? cap * tanh(dot * a->scale / cap) : dot * a->scale) + bias;
        // The rounding of a dot product in float32, which the exponential turns into a relative error of the weight.
        double size = cap != 0 && !isfinite(magnitude) ? 0 : magnitude * fabsf(a->scale);
        slack[j] = FLT_EPSILON * (4 + sqrt((double)a->key_dimension)) * (size + fabs(bias) + cap);
        nan = nan || isnan(scores[j]);
        greatest = fmax(greatest, scores[j]);
    }
    if (a->sinks) greatest = fmax(greatest, a->sinks[query]), sum = exp(a->sinks[query] - greatest);
    for (size_t j = begin; j < end; j++) sum += exp(scores[j] - greatest);
    if (nan) sum = NAN;
    double slackest = 0;
    for (size_t j = begin; j < end; j++) {
        if (isfinite(slack[j])) slackest = fmax(slackest, slack[j]);
    }

    char what[64];
    snprintf(what, sizeof what, "query %zu, keys %zu..<%zu", query, begin, end);
    for (size_t d = 0; d < a->value_dimension; d++) {
        double value = 0, magnitude = 0;
        bool vanishes = false;  // a weight that may count as 0, times infinity
        for (size_t j = begin; j < end; j++) {
            double element = cache_value(a, &a->v, j, d), part = exp(scores[j] - greatest) / sum;
            double weighted = part * element;
            vanishes = vanishes || (part < 0x1p-120 && isinf(element));
            value += weighted;
            magnitude += fabs(weighted);
        }
        if (vanishes && !isfinite(out[d])) continue;
        double rounding = FLT_EPSILON * (8 + 2 * sqrt((double)(end > begin ? end - begin : 0)));
        expect_close(f, out[d], value, (rounding + 4 * slackest) * magnitude + 0x1p-140, what, d);
    }
}

static void expect_untouched(failure *f, const attention_inputs *in) {
    const swl_attention *a = &in->a;
    for (size_t i = 0; i + 1 < a->queries; i++) {
        for (size_t d = 0; d < 2; d++) {
            if (a->out[a->out_offsets[i] + a->value_dimension + d] != -12345) {
                fail(f, "query %zu: written to beyond its row", i);
            }
        }
    }
    expect_canary(f, &in->out, "out");
    expect_scratch_canaries(f, &in->scratch, "attention");
}

// MARK: - Checks

static const size_t dimensions[][2] = {{64, 64}, {1, 1}, {3, 5}, {8, 8}, {32, 96}, {20, 20}, {80, 80}, {128, 128},
                                       {33, 100}};

// One of the cache's formats that has these dimensions.
static swl_format format_of(unsigned seed, const size_t of[2]) {
    static const swl_format formats[] = {SWL_F32, SWL_F16, SWL_Q8_0};
    swl_format format = formats[seed / 4 % 3];
    return format == SWL_Q8_0 && (of[0] % 32 != 0 || of[1] % 32 != 0) ? SWL_F16 : format;
}

static const size_t query_counts[] = {1, 2, 3, 6, 7, 13, 40};
static const size_t key_counts[] = {1, 31, 64, 65, 190, 512, 1200};

void check_attention(const swl_kernels *k, failure *f) {
    unsigned seed = 0;
    for (size_t i = 0; i < sizeof dimensions / sizeof dimensions[0]; i++) {
        for (size_t j = 0; j < 7; j++) {
            for (int kind = 0; kind < RANGES_LIMIT; kind++, seed++) {
                swl_format format = format_of(seed + (unsigned)i, dimensions[i]);
                attention_inputs *in = make_inputs(k, format, query_counts[j], key_counts[seed % 7], dimensions[i][0],
                                                   dimensions[i][1], (ranges)kind, seed, seed % 2);
                k->attention(&in->a);
                for (size_t q = 0; q < in->a.queries; q++) expect_query(f, &in->a, q);
                expect_untouched(f, in);
                release_inputs(in);
            }
        }
    }
}

static void expect_same(failure *f, const swl_attention *a, size_t query, const float *found, const char *how) {
    const float *expected = a->out + a->out_offsets[query];
    for (size_t d = 0; d < a->value_dimension; d++) {
        if (float_bits(found[d]) != float_bits(expected[d]) && !(isnan(found[d]) && isnan(expected[d]))) {
            fail(f, "query %zu, element %zu: %.9g %s, %.9g with others", query, d, found[d], how, expected[d]);
        }
    }
}

// The query by itself, from the splits of its range: as soon as there is one.
static void attend_in_splits(const swl_kernels *k, const swl_attention *all, size_t query, float *out) {
    enum { MAX_SPLITS = MOST_KEYS / SWL_KV_SPLIT + 1, ROW = SWL_ATTENTION_STATE + 128 };
    float rows[MAX_SPLITS * ROW];
    size_t count = 0;
    for (int32_t begin = all->begin[query]; begin < all->end[query]; count++) {
        int32_t next = (begin / SWL_KV_SPLIT + 1) * SWL_KV_SPLIT, end = next < all->end[query] ? next : all->end[query];
        size_t offset = count * (SWL_ATTENTION_STATE + all->value_dimension);
        swl_attention part = *all;
        part.queries = 1, part.partial = true;
        part.q_offsets += query, part.bias += part.bias ? query : 0, part.at += part.at ? query : 0;
        part.begin = &begin, part.end = &end;
        part.out = rows, part.out_offsets = &offset;
        k->attention(&part);
        begin = end;
    }
    if (count > 0) k->attention_merge(count, all->value_dimension, rows, all->sinks ? all->sinks + query : NULL, out);
}

// A query alone is bit-identical to one in a batch, and to one made of the splits of its range.
void check_attention_chunks(const swl_kernels *k, failure *f) {
    for (unsigned seed = 0; seed < 36; seed++) {
        const size_t *of = dimensions[seed % 9];
        size_t keys = seed % 3 == 0 ? 1100 + seed : 100 + seed;
        attention_inputs *in = make_inputs(k, format_of(seed, of), 29, keys, of[0], of[1],
                                           (ranges)(seed % RANGES_LIMIT), seed, seed % 2);
        k->attention(&in->a);
        for (size_t q = 0; q < in->a.queries; q++) {
            float alone[128] = {0};
            size_t offset = 0;
            swl_attention one = in->a;
            one.queries = 1;
            one.q_offsets += q, one.begin += q, one.end += q;
            one.bias += one.bias ? q : 0, one.at += one.at ? q : 0, one.sinks += one.sinks ? q : 0;
            one.out = alone, one.out_offsets = &offset;
            k->attention(&one);
            expect_same(f, &in->a, q, alone, "alone");
            memset(alone, 0, sizeof alone);
            attend_in_splits(k, &in->a, q, alone);
            expect_same(f, &in->a, q, alone, "in splits");
        }
        release_inputs(in);
    }
}

// Scores of -infinity, NaN and infinities in keys and values: as the softmax of the specification has it; and damage
// in keys that a query does not see does not reach it.
void check_attention_damage(const swl_kernels *k, failure *f) {
    static const float damage[] = {INFINITY, -INFINITY, NAN};
    for (unsigned seed = 0; seed < 48; seed++) {
        static const size_t of[2] = {32, 32};
        size_t keys = seed % 2 ? 45 : 600;
        attention_inputs *in = make_inputs(k, format_of(seed, of), seed % 5 == 0 ? 8 : 20, keys, 32, 32,
                                           (ranges)(seed % RANGES_LIMIT), seed, seed % 2);
        source s = seeded(seed);
        size_t row = in->first_key + random_below(&s, keys / 2), column = random_below(&s, 32);
        float value = damage[seed % 3];
        if (seed % 4 == 3) {  // -infinity for all of a block's keys, or all there are
            for (size_t i = 0; i < in->q.size / sizeof(float); i++) ((float *)in->q.bytes)[i] = 1;
            size_t end = seed % 8 == 3 ? 64 : seed % 8 == 7 ? 512 : keys;
            for (size_t j = in->first_key; j < end && j < in->last_key; j++) {
                set_cache_value(&in->a, &in->a.k, j, column, -INFINITY);
            }
        } else if (row < in->last_key) {
            set_cache_value(&in->a, seed % 4 == 2 ? &in->a.v : &in->a.k, row, column, value);
        }
        k->attention(&in->a);
        for (size_t q = 0; q < in->a.queries; q++) expect_query(f, &in->a, q);
        release_inputs(in);
    }
}

// Keys and values in pages are bit-identical to those in one piece of memory.
void check_attention_pages(const swl_kernels *k, failure *f) {
    for (unsigned seed = 0; seed < 72; seed++) {
        const size_t *of = dimensions[seed % 9];
        size_t keys = seed % 3 == 0 ? 1100 + seed : 60 + seed, queries = query_counts[seed % 7];
        attention_inputs *both[2];
        for (int paged = 0; paged < 2; paged++) {
            both[paged] = make_inputs(k, format_of(seed, of), queries, keys, of[0], of[1],
                                      (ranges)(seed / 2 % RANGES_LIMIT), seed, paged);
            k->attention(&both[paged]->a);
        }
        for (size_t q = 0; q < queries; q++) {
            const swl_attention *a = &both[1]->a;
            expect_same(f, &both[0]->a, q, a->out + a->out_offsets[q], "in pages");
        }
        for (int paged = 0; paged < 2; paged++) release_inputs(both[paged]);
    }
}

// Queries that all see the same keys of one block give results bit-identical to those beside a query that sees others,
// also where keys or values are damaged.
void check_attention_short(const swl_kernels *k, failure *f) {
    static const size_t sizes[][2] = {{32, 32}, {64, 64}, {80, 80}, {32, 96}, {20, 20}};
    static const size_t ends[] = {1, 2, 15, 16, 17, 30, 63, 64, 65, 90, 128},
                        counts[] = {1, 2, 3, 8, 9, 16, 17, 30, 33, 41, 64};
    static const float damage[] = {INFINITY, -INFINITY, NAN};
    float expected[MOST_QUERIES * 98];
    for (unsigned seed = 0; seed < 5 * 11 * 4; seed++) {
        const size_t *of = sizes[seed % 5];
        size_t keys = ends[seed / 5 % 11], queries = counts[seed % 11], first = (keys - 1) / 64 * 64;
        source s = seeded(seed);
        attention_inputs *in = make_inputs(k, SWL_F32, queries + 1, keys, of[0], of[1], RANGES_ALL, 3 * seed,
                                           seed % 2);
        size_t begin = seed % 2 ? first : first + random_below(&s, keys - first);
        for (size_t q = 0; q < queries; q++) in->begin[q] = (int32_t)begin, in->end[q] = (int32_t)keys;
        if (seed % 3 == 0) in->end[queries] = 0;
        if (seed % 3 == 1) in->begin[queries] = (int32_t)keys - 1;
        bool same = keys <= 64 && in->begin[queries] == (int32_t)begin && in->end[queries] == (int32_t)keys;
        if (same) in->end[queries] = in->begin[queries];
        if (seed / 55 == 1) {
            set_cache_value(&in->a, &in->a.k, random_below(&s, keys), random_below(&s, of[0]), damage[seed % 3]);
        } else if (seed / 55 == 2) {
            set_cache_value(&in->a, &in->a.v, random_below(&s, keys), random_below(&s, of[1]), damage[seed % 3]);
        } else if (seed / 55 == 3) {  // -infinity for all keys
            for (size_t i = 0; i < in->q.size / sizeof(float); i++) ((float *)in->q.bytes)[i] = 1;
            for (size_t j = 0; j < keys; j++) set_cache_value(&in->a, &in->a.k, j, 3, -INFINITY);
        }
        k->attention(&in->a);
        memcpy(expected, in->a.out, in->out.size);
        swl_attention without = in->a;
        without.queries = queries;
        k->attention(&without);
        for (size_t q = 0; q < queries; q++) {
            expect_same(f, &in->a, q, expected + in->out_offsets[q], "beside another");
            expect_query(f, &in->a, q);
        }
        expect_untouched(f, in);
        release_inputs(in);
    }
}
