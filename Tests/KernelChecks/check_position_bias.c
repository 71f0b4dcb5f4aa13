// The bias of relative positions, against its formula.
#include <math.h>
#include <string.h>

#include "support.h"

enum { SHARED, EACH_ITS_OWN, MIXED, KINDS };

// Rows of a table for each distance: one for all, one for each, or some distances together.
static int32_t fill_rows(int32_t *rows, size_t count, int kind, source *s) {
    int32_t row = (int32_t)random_below(s, 5);
    for (size_t i = 0; i < count; i++) {
        rows[i] = row;
        if (i + 1 < count) row += kind == EACH_ITS_OWN || (kind == MIXED && random_below(s, 3) > 0) ? 1 : 0;
    }
    return row;
}

static float element(source *s) {
    switch (random_below(s, 50)) {
        case 0: return INFINITY;
        case 1: return NAN;
        default: return (float)random_normal(s);
    }
}

static void check_one(const swl_kernels *k, size_t queries, size_t keys, int kind, unsigned parts, failure *f) {
    source s = seeded(queries * 1000 + keys * 10 + (size_t)kind * 4 + parts);
    size_t distances = queries + keys - 1, stride = keys + random_below(&s, 9);
    guarded rows = guard(distances * sizeof(int32_t)), out = guard(((queries - 1) * stride + keys) * sizeof(float));
    int32_t last = fill_rows(rows.bytes, distances, kind, &s), first = ((int32_t *)rows.bytes)[0];
    size_t width = (size_t)(last - first) + 1;
    guarded by_query = guard(queries * width * sizeof(float)), by_key = guard(keys * width * sizeof(float));
    for (size_t i = 0; i < queries * width; i++) ((float *)by_query.bytes)[i] = element(&s);
    for (size_t i = 0; i < keys * width; i++) ((float *)by_key.bytes)[i] = element(&s);
    fill_untouched(&out);
    swl_position_bias call = {.queries = queries, .keys = keys, .query_stride = width, .query_first = first,
                              .key_stride = width, .key_first = first, .scale = 0.25f, .out = out.bytes,
                              .out_stride = stride, .table_rows = (int32_t *)rows.bytes + queries - 1};
    if (parts & 1) call.by_query = by_query.bytes;
    if (parts & 2) call.by_key = by_key.bytes;
    k->position_bias(&call);
    for (size_t i = 0; i < queries; i++) {
        for (size_t j = 0; j < stride && i * stride + j < out.size / sizeof(float); j++) {
            float found = call.out[i * stride + j];
            if (j >= keys) {
                if (!is_untouched(found)) fail(f, "position bias, row %zu: written to beyond its keys", i);
                continue;
            }
            size_t row = (size_t)(((int32_t *)rows.bytes)[queries - 1 + j - i] - first);
            float sum = parts & 1 ? ((float *)by_query.bytes)[i * width + row] : 0;
            if (parts & 2) sum += ((float *)by_key.bytes)[j * width + row];
            expect_close(f, found, sum * call.scale, 0, "position bias", i * keys + j);
        }
    }
    expect_canary(f, &out, "position bias");
    release(&rows);
    release(&out);
    release(&by_query);
    release(&by_key);
}

void check_position_bias(const swl_kernels *k, failure *f) {
    static const size_t query_counts[] = {1, 2, 7, 64}, key_counts[] = {1, 3, 8, 15, 16, 33, 64};
    for (size_t i = 0; i < sizeof query_counts / sizeof query_counts[0]; i++) {
        for (size_t j = 0; j < sizeof key_counts / sizeof key_counts[0]; j++) {
            for (int kind = 0; kind < KINDS; kind++) {
                for (unsigned parts = 1; parts <= 3; parts++) {
                    check_one(k, query_counts[i], key_counts[j], kind, parts, f);
                }
            }
        }
    }
}
