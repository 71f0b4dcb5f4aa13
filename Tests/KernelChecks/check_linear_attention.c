// Linear attention: every shape at once and row by row, in parts of the columns, ordinary and extreme numbers.
#include <float.h>
#include <math.h>
#include <string.h>

#include "support.h"

enum { MOST_KEYS = 40, MOST_COLUMNS = 150, MOST_ROWS = 9, MOST_STATE = MOST_KEYS * MOST_COLUMNS };

static const size_t key_counts[] = {1, 2, 3, 16, 33, MOST_KEYS};
static const size_t column_counts[] = {1, 3, 4, 7, 8, 15, 16, 17, 31, 32, 40, 64, 71, MOST_COLUMNS};
enum {
    KEY_COUNTS = sizeof key_counts / sizeof key_counts[0],
    COLUMN_COUNTS = sizeof column_counts / sizeof column_counts[0],
};

static guarded normal_floats(size_t n, double deviation, source *s) {
    guarded g = guard(n * sizeof(float));
    for (size_t i = 0; i < n; i++) ((float *)g.bytes)[i] = (float)(deviation * random_normal(s));
    return g;
}

static guarded unit_floats(size_t n, source *s) {
    guarded g = guard(n * sizeof(float));
    for (size_t i = 0; i < n; i++) ((float *)g.bytes)[i] = i % 13 == 12 ? 0 : i % 13 == 6 ? 1 : (float)random_unit(s);
    return g;
}

static bool same_bits(const float *a, const float *b, size_t n) { return memcmp(a, b, n * sizeof(float)) == 0; }

typedef struct inputs {
    guarded q, k, value, decay, rate, removal, replacement, before, after, out;
} inputs;

static void release_inputs(inputs *in) {
    guarded *all[] = {&in->q,    &in->k,       &in->value,       &in->decay,  &in->rate,
                      &in->removal, &in->replacement, &in->before, &in->after, &in->out};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) release(all[i]);
}

// `decays` are a number for each row, or for each of its keys.
static inputs draw(size_t rows, size_t keys, size_t columns, size_t decays, double size, source *s) {
    // A vector of keys has about unit length, as after a norm, so that the state stays bounded.
    double unit = 1 / sqrt((double)keys);
    inputs in = {normal_floats(rows * keys, unit, s),    normal_floats(rows * keys, unit, s),
                 normal_floats(rows * columns, size, s), unit_floats(rows * decays, s),
                 unit_floats(rows, s),                   normal_floats(rows * keys, unit, s),
                 normal_floats(rows * keys, unit, s),    normal_floats(keys * columns, size, s),
                 guard(keys * columns * sizeof(float)),  guard(rows * columns * sizeof(float))};
    fill_untouched(&in.after);
    fill_untouched(&in.out);
    return in;
}

// Rounding of all sums so far: of states and products that `sizes` bounds.
static double tolerance(size_t t, size_t keys, double size) { return (double)(8 * (t + 1) + 4 * keys) * FLT_EPSILON * size; }

// MARK: - Gated delta rule

static void expect_delta_rule(const swl_delta_rule *call, failure *f) {
    static double state[MOST_STATE], sizes[MOST_STATE];
    for (size_t i = 0; i < call->keys * call->columns; i++) state[i] = call->before[i], sizes[i] = fabs(state[i]);
    for (size_t t = 0; t < call->rows; t++) {
        const float *q = call->query + t * call->keys, *k = call->key + t * call->keys;
        double decay = call->decay[t], rate = call->rate[t];
        for (size_t j = 0; j < call->columns; j++) {
            double held = 0, held_size = 0, out = 0, out_size = 0, value = call->value[t * call->columns + j];
            for (size_t i = 0; i < call->keys; i++) {
                double key = (double)k[i] * call->key_scale;
                held += key * state[i * call->columns + j];
                held_size += fabs(key) * sizes[i * call->columns + j];
            }
            for (size_t i = 0; i < call->keys; i++) {
                double key = (double)k[i] * call->key_scale, *s = &state[i * call->columns + j];
                double *size = &sizes[i * call->columns + j], query = (double)q[i] * call->query_scale;
                *s = decay * *s + key * rate * (value - decay * held);
                *size = decay * *size + fabs(key) * rate * (fabs(value) + decay * held_size);
                out += query * *s;
                out_size += fabs(query) * *size;
            }
            expect_close(f, call->out[t * call->columns + j], out, tolerance(t, call->keys, out_size), "delta rule",
                         t * call->columns + j);
        }
    }
    for (size_t i = 0; i < call->keys * call->columns; i++) {
        expect_close(f, call->after[i], state[i], tolerance(call->rows, call->keys, sizes[i]), "state of a delta rule", i);
    }
}

static void check_one_delta_rule(const swl_kernels *k, size_t rows, size_t keys, size_t columns, double size, failure *f) {
    source s = seeded(rows * 100000 + keys * 1000 + columns);
    inputs in = draw(rows, keys, columns, 1, size, &s);
    swl_delta_rule call = {rows, keys, columns, in.q.bytes, in.k.bytes, in.value.bytes, in.decay.bytes, in.rate.bytes,
                           0.7f, 0.9f, in.before.bytes, in.after.bytes, in.out.bytes, keys, keys, columns, 1, 1, columns,
                           columns};
    k->delta_rule(&call);
    expect_delta_rule(&call, f);
    expect_canary(f, &in.out, "delta rule");
    expect_canary(f, &in.after, "state of a delta rule");

    // Row by row in place, in two parts of the columns.
    static float state[MOST_STATE];
    float row[MOST_COLUMNS];
    size_t first = columns / 3;
    memcpy(state, in.before.bytes, in.before.size);
    for (size_t t = 0; t < rows; t++) {
        swl_delta_rule one = call;
        one.rows = 1;
        one.query += t * keys;
        one.key += t * keys;
        one.value += t * columns;
        one.decay += t;
        one.rate += t;
        one.before = one.after = state;
        one.out = row;
        one.columns = first;
        if (first > 0) k->delta_rule(&one);
        one.columns = columns - first;
        one.value += first;
        one.before = one.after = state + first;
        one.out = row + first;
        k->delta_rule(&one);
        if (!same_bits(row, call.out + t * columns, columns)) fail(f, "delta rule, row %zu: alone it differs", t);
    }
    if (!same_bits(state, call.after, keys * columns)) fail(f, "the state of a delta rule differs row by row");
    release_inputs(&in);
}

void check_delta_rule(const swl_kernels *k, failure *f) {
    for (size_t i = 0; i < KEY_COUNTS; i++) {
        for (size_t j = 0; j < COLUMN_COUNTS; j++) {
            for (size_t rows = 1; rows <= MOST_ROWS; rows += 4) {
                check_one_delta_rule(k, rows, key_counts[i], column_counts[j], 1, f);
            }
            check_one_delta_rule(k, 3, key_counts[i], column_counts[j], 1e30, f);
        }
    }
}

// MARK: - RWKV

static void expect_wkv(const swl_wkv *call, failure *f) {
    static double state[MOST_STATE], sizes[MOST_STATE];
    for (size_t i = 0; i < call->keys * call->columns; i++) state[i] = call->before[i], sizes[i] = fabs(state[i]);
    for (size_t t = 0; t < call->rows; t++) {
        size_t at = t * call->keys;
        for (size_t j = 0; j < call->columns; j++) {
            double removed = 0, removed_size = 0, out = 0, out_size = 0, value = call->value[t * call->columns + j];
            for (size_t i = 0; call->removal && i < call->keys; i++) {
                removed += (double)call->removal[at + i] * state[i * call->columns + j];
                removed_size += fabs(call->removal[at + i]) * sizes[i * call->columns + j];
            }
            for (size_t i = 0; i < call->keys; i++) {
                double *s = &state[i * call->columns + j], *size = &sizes[i * call->columns + j], r = call->receptance[at + i];
                double replaced = call->removal ? call->replacement[at + i] : 0;
                if (!call->removal) out += r * *s, out_size += fabs(r) * *size;
                *s = call->decay[at + i] * *s + call->key[at + i] * value - replaced * removed;
                *size = call->decay[at + i] * *size + fabs(call->key[at + i] * value) + fabs(replaced) * removed_size;
                if (call->removal) out += r * *s, out_size += fabs(r) * *size;
            }
            expect_close(f, call->out[t * call->columns + j], out, tolerance(t, call->keys, out_size), "WKV",
                         t * call->columns + j);
        }
    }
    for (size_t i = 0; i < call->keys * call->columns; i++) {
        expect_close(f, call->after[i], state[i], tolerance(call->rows, call->keys, sizes[i]), "state of a WKV", i);
    }
}

static void check_one_wkv(const swl_kernels *k, size_t rows, size_t keys, size_t columns, bool removes, double size,
                          failure *f) {
    source s = seeded(rows * 100000 + keys * 1000 + columns);
    inputs in = draw(rows, keys, columns, keys, size, &s);
    swl_wkv call = {rows, keys, columns, in.q.bytes, in.decay.bytes, in.k.bytes, removes ? in.removal.bytes : NULL,
                    removes ? in.replacement.bytes : NULL, in.value.bytes, in.before.bytes, in.after.bytes, in.out.bytes,
                    keys, keys, keys, keys, keys, columns, columns, columns};
    k->wkv(&call);
    expect_wkv(&call, f);
    expect_canary(f, &in.out, "WKV");
    expect_canary(f, &in.after, "state of a WKV");

    static float state[MOST_STATE];
    float row[MOST_COLUMNS];
    size_t first = columns / 3;
    memcpy(state, in.before.bytes, in.before.size);
    for (size_t t = 0; t < rows; t++) {
        swl_wkv one = call;
        one.rows = 1;
        one.receptance += t * keys;
        one.decay += t * keys;
        one.key += t * keys;
        if (removes) one.removal += t * keys, one.replacement += t * keys;
        one.value += t * columns;
        one.before = one.after = state;
        one.out = row;
        one.columns = first;
        if (first > 0) k->wkv(&one);
        one.columns = columns - first;
        one.value += first;
        one.before = one.after = state + first;
        one.out = row + first;
        k->wkv(&one);
        if (!same_bits(row, call.out + t * columns, columns)) fail(f, "WKV, row %zu: alone it differs", t);
    }
    if (!same_bits(state, call.after, keys * columns)) fail(f, "the state of a WKV differs row by row");
    release_inputs(&in);
}

void check_wkv(const swl_kernels *k, failure *f) {
    for (size_t i = 0; i < KEY_COUNTS; i++) {
        for (size_t j = 0; j < COLUMN_COUNTS; j++) {
            for (size_t removes = 0; removes < 2; removes++) {
                for (size_t rows = 1; rows <= MOST_ROWS; rows += 4) {
                    check_one_wkv(k, rows, key_counts[i], column_counts[j], removes, 1, f);
                }
                check_one_wkv(k, 3, key_counts[i], column_counts[j], removes, 1e30, f);
            }
        }
    }
}

void check_head_bonus(const swl_kernels *k, failure *f) {
    for (size_t i = 0; i < KEY_COUNTS; i++) {
        size_t size = key_counts[i], n = 3 * size;
        source s = seeded(size);
        guarded r = normal_floats(n, 1, &s), key = normal_floats(n, 1, &s), bonus = normal_floats(n, 1, &s);
        guarded value = normal_floats(n, 1, &s), out = guard(n * sizeof(float));
        fill_untouched(&out);
        k->head_bonus(3, size, r.bytes, key.bytes, bonus.bytes, value.bytes, out.bytes);
        for (size_t j = 0; j < n; j++) {
            double sum = 0, sum_size = 0, v = ((float *)value.bytes)[j];
            for (size_t m = j / size * size; m < j / size * size + size; m++) {
                double product = (double)((float *)r.bytes)[m] * ((float *)key.bytes)[m] * ((float *)bonus.bytes)[m];
                sum += product;
                sum_size += fabs(product);
            }
            expect_close(f, ((float *)out.bytes)[j], v * sum, (double)(size + 4) * FLT_EPSILON * fabs(v) * sum_size, "bonus", j);
        }
        expect_canary(f, &out, "bonus");
        k->head_bonus(3, size, r.bytes, key.bytes, bonus.bytes, value.bytes, value.bytes);
        if (!same_bits(value.bytes, out.bytes, n)) fail(f, "bonus of %zu: in place it differs", size);
        guarded *all[] = {&r, &key, &bonus, &value, &out};
        for (size_t j = 0; j < sizeof all / sizeof all[0]; j++) release(all[j]);
    }
}
