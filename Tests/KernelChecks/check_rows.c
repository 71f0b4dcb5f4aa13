// Norms, softmax and rotary embedding of one row.
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "support.h"

static const size_t lengths[] = {1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 48, 64, 100, 384, 1000};
enum { LENGTHS = sizeof lengths / sizeof lengths[0] };

static guarded guard_floats(size_t n) { return guard(n * sizeof(float)); }

static void fill_normal(float *x, size_t n, double mean, double deviation, source *s) {
    for (size_t i = 0; i < n; i++) x[i] = (float)(mean + deviation * random_normal(s));
}

// MARK: - Norms

// Mean 0 or far from 0, deviation tiny or so great that squares overflow float32.
static const double means[] = {0, 0, 0, 100, 0, 0}, deviations[] = {1, 1e-4, 1e4, 1, 1e25, 1e-25};

// How a norm is called; an RMSNorm has no bias.
enum { BIASED = 1, IN_PLACE = 2, WEIGHTLESS = 4, VARIANTS = 8 };

typedef void (*norm_check)(const swl_kernels *k, size_t n, int variant, const float *x, failure *f);

static void check_norms(const swl_kernels *k, norm_check check, failure *f) {
    source s = seeded(2);
    for (size_t i = 0; i < LENGTHS; i++) {
        for (size_t j = 0; j < sizeof means / sizeof means[0]; j++) {
            guarded x = guard_floats(lengths[i]);
            fill_normal(x.bytes, lengths[i], means[j], deviations[j], &s);
            for (int variant = 0; variant < VARIANTS; variant++) check(k, lengths[i], variant, x.bytes, f);
            if (j == 0) {
                ((float *)x.bytes)[lengths[i] - 1] = i % 2 ? NAN : INFINITY;
                check(k, lengths[i], BIASED, x.bytes, f);
                memset(x.bytes, 0, x.size);
                check(k, lengths[i], BIASED, x.bytes, f);
            }
            release(&x);
        }
    }
}

static void check_one_rms_norm(const swl_kernels *k, size_t n, int variant, const float *x, failure *f) {
    const float epsilon = 1e-6f;
    source s = seeded(n);
    guarded out = guard_floats(n), weight = guard_floats(n);
    float *w = variant & WEIGHTLESS ? NULL : weight.bytes;
    fill_normal(weight.bytes, n, 1, 1, &s);
    memcpy(out.bytes, x, n * sizeof(float));
    k->rms_norm(n, variant & IN_PLACE ? out.bytes : x, w, epsilon, out.bytes);

    double squares = 0;
    for (size_t i = 0; i < n; i++) squares += (double)x[i] * x[i];
    double root = sqrt(squares / (double)n + epsilon);
    for (size_t i = 0; i < n; i++) {
        double expected = x[i] / root * (w ? w[i] : 1);
        expect_close(f, ((float *)out.bytes)[i], expected, 3 * FLT_EPSILON * fabs(expected), "RMSNorm", i);
    }
    expect_canary(f, &out, "RMSNorm");
    release(&out);
    release(&weight);
}

static void check_one_layer_norm(const swl_kernels *k, size_t n, int variant, const float *x, failure *f) {
    bool bias = variant & BIASED;
    const float epsilon = 1e-5f;
    source s = seeded(n);
    guarded out = guard_floats(n), weight = guard_floats(n), bias_values = guard_floats(n);
    float *w = variant & WEIGHTLESS ? NULL : weight.bytes, *b = bias_values.bytes;
    fill_normal(weight.bytes, n, 1, 1, &s);
    fill_normal(b, n, 0, 1, &s);
    memcpy(out.bytes, x, n * sizeof(float));
    k->layer_norm(n, variant & IN_PLACE ? out.bytes : x, w, bias ? b : NULL, epsilon, out.bytes);

    double sum = 0, squares = 0, greatest = 0;
    for (size_t i = 0; i < n; i++) sum += x[i];
    double mean = sum / (double)n;
    for (size_t i = 0; i < n; i++) {
        squares += (x[i] - mean) * (x[i] - mean);
        greatest = fmax(greatest, fabs((double)x[i]));
    }
    double deviation = sqrt(squares / (double)n + epsilon);
    for (size_t i = 0; i < n; i++) {
        double scaled = (x[i] - mean) / deviation * (w ? w[i] : 1), expected = scaled + (bias ? b[i] : 0);
        double tolerance = 3 * FLT_EPSILON * (fabs(scaled) + (bias ? fabs(b[i]) : 0));
        tolerance += (double)n * DBL_EPSILON * greatest / deviation * (w ? fabs(w[i]) : 1);  // of the mean
        expect_close(f, ((float *)out.bytes)[i], expected, tolerance, "LayerNorm", i);
    }
    expect_canary(f, &out, "LayerNorm");
    release(&out);
    release(&weight);
    release(&bias_values);
}

void check_rms_norm(const swl_kernels *k, failure *f) { check_norms(k, check_one_rms_norm, f); }

void check_layer_norm(const swl_kernels *k, failure *f) { check_norms(k, check_one_layer_norm, f); }

// MARK: - Softmax

static void check_one_softmax(const swl_kernels *k, size_t n, const float *values, failure *f) {
    guarded x = guard_floats(n);
    memcpy(x.bytes, values, n * sizeof(float));
    k->softmax(n, x.bytes);

    double greatest = -INFINITY, sum = 0;
    bool nan = false;
    for (size_t i = 0; i < n; i++) {
        greatest = fmax(greatest, values[i]);
        nan = nan || isnan(values[i]);
    }
    for (size_t i = 0; i < n; i++) sum += exp(values[i] - greatest);
    for (size_t i = 0; i < n; i++) {
        double expected = nan ? NAN : exp(values[i] - greatest) / sum;
        // The difference from the greatest is rounded, and the exponential magnifies that.
        double tolerance = FLT_EPSILON * (4 + fabs(values[i] - greatest)) * expected + 0x1p-148;
        if (values[i] == -INFINITY && !isnan(expected)) tolerance = 0;
        expect_close(f, ((float *)x.bytes)[i], expected, tolerance, "softmax", i);
    }
    expect_canary(f, &x, "softmax");
    release(&x);
}

void check_softmax(const swl_kernels *k, failure *f) {
    static const double spreads[] = {0, 1, 30, 1e4};
    float values[1000];
    source s = seeded(3);
    for (size_t i = 0; i < LENGTHS; i++) {
        size_t n = lengths[i];
        for (size_t j = 0; j < 4; j++) {
            fill_normal(values, n, 1000, spreads[j], &s);
            check_one_softmax(k, n, values, f);
            for (size_t m = 0; m < n; m += 3) values[m] = -INFINITY;
            check_one_softmax(k, n, values, f);
        }
        for (size_t m = 0; m < n; m++) values[m] = -INFINITY;
        check_one_softmax(k, n, values, f);
        fill_normal(values, n, 0, 1, &s);
        values[n / 2] = NAN;
        check_one_softmax(k, n, values, f);
        values[n / 2] = INFINITY;
        check_one_softmax(k, n, values, f);
        values[n / 2] = FLT_MAX;
        values[0] = -FLT_MAX;
        check_one_softmax(k, n, values, f);
    }
}

// MARK: - Sum of exponentials

static void check_one_sum(const swl_kernels *k, size_t n, const float *values, float factor, failure *f) {
    guarded x = guard_floats(n);
    memcpy(x.bytes, values, n * sizeof(float));
    float high = -INFINITY;
    for (size_t i = 0; i < n; i++) high = values[i] > high ? values[i] : high;
    double expected = 0, tolerance = 0;
    for (size_t i = 0; i < n; i++) {
        double distance = ((double)values[i] - high) * factor, e = exp(distance);
        expected += e;
        // The difference and its product with the factor are rounded, and the exponential magnifies that.
        if (e > 0) tolerance += FLT_EPSILON * (4 + 2 * fabs(distance)) * e + 0x1p-148;
    }
    expect_close(f, k->sum_exponentials(n, x.bytes, high, factor), expected, tolerance, "sum of exponentials", n);
    expect_close(f, k->greatest(n, x.bytes), high, 0, "greatest", n);
    expect_canary(f, &x, "sum of exponentials");
    release(&x);
}

void check_sum_exponentials(const swl_kernels *k, failure *f) {
    static const float factors[] = {1, 1 / 0.2f, 0.5f};
    float values[1000];
    source s = seeded(7);
    for (size_t i = 0; i < LENGTHS; i++) {
        size_t n = lengths[i];
        for (size_t j = 0; j < sizeof factors / sizeof factors[0]; j++) {
            fill_normal(values, n, 3, 6, &s);
            check_one_sum(k, n, values, factors[j], f);
            for (size_t m = 1; m < n; m += 3) values[m] = -INFINITY;
            check_one_sum(k, n, values, factors[j], f);
        }
        values[n / 2] = NAN;
        float others = -INFINITY;
        for (size_t j = 0; j < n; j++) others = values[j] > others ? values[j] : others;
        expect_close(f, k->greatest(n, values), others, 0, "greatest beside a NaN", n);
        if (!isnan(k->sum_exponentials(n, values, 1, 1))) {
            expect_close(f, 0, NAN, 0, "sum of exponentials with a NaN", n);
        }
    }
}

// MARK: - Top k

// Each number's place is found by those that come before it.
static void check_one_top_k(const swl_kernels *k, size_t n, size_t count, const float *values, failure *f) {
    guarded x = guard_floats(n), greatest = guard_floats(count), places = guard(count * sizeof(int32_t));
    memcpy(x.bytes, values, n * sizeof(float));
    k->top_k(n, x.bytes, count, greatest.bytes, places.bytes);
    for (size_t i = 0; i < n; i++) {
        float value = isnan(values[i]) ? -INFINITY : values[i];
        size_t before = 0;
        for (size_t j = 0; j < n; j++) {
            float other = isnan(values[j]) ? -INFINITY : values[j];
            before += other > value || (other == value && j < i);
        }
        if (before >= count) continue;
        expect_close(f, ((int32_t *)places.bytes)[before], (double)i, 0, "place of the top k", before);
        expect_close(f, ((float *)greatest.bytes)[before], value, 0, "top k", before);
    }
    expect_canary(f, &greatest, "top k");
    expect_canary(f, &places, "places of the top k");
    release(&x);
    release(&greatest);
    release(&places);
}

void check_top_k(const swl_kernels *k, failure *f) {
    static const size_t counts[] = {1, 2, 3, 4, 8, 10, 64};
    float values[1000];
    source s = seeded(8);
    for (size_t i = 0; i < LENGTHS; i++) {
        size_t n = lengths[i];
        for (size_t j = 0; j < sizeof counts / sizeof counts[0] && counts[j] <= n; j++) {
            fill_normal(values, n, 0, 1, &s);
            check_one_top_k(k, n, counts[j], values, f);
            for (size_t m = 0; m < n; m++) values[m] = (float)random_below(&s, 4);  // many are equal
            check_one_top_k(k, n, counts[j], values, f);
            for (size_t m = 0; m < n; m += 2) values[m] = m % 4 ? NAN : -INFINITY;
            values[n / 2] = INFINITY;
            check_one_top_k(k, n, counts[j], values, f);
            for (size_t m = 0; m < n; m++) values[m] = m == n / 2 ? -FLT_MAX : NAN;
            check_one_top_k(k, n, counts[j], values, f);
        }
    }
}

// MARK: - Rotary embedding

static void check_one_rope(const swl_kernels *k, swl_pairing pairing, size_t heads, size_t dimension, size_t rotated,
                           failure *f) {
    source s = seeded(dimension + rotated);
    size_t n = heads * dimension, half = rotated / 2;
    guarded x = guard_floats(n), cosines = guard_floats(half), sines = guard_floats(half);
    float before[512], *c = cosines.bytes, *sn = sines.bytes;
    fill_normal(x.bytes, n, 0, 10, &s);
    memcpy(before, x.bytes, n * sizeof(float));
    for (size_t i = 0; i < half; i++) {
        double angle = 100 * random_unit(&s);
        c[i] = (float)cos(angle);
        sn[i] = (float)sin(angle);
    }
    k->rope(pairing, heads, dimension, rotated, c, sn, x.bytes);

    for (size_t i = 0; i < n; i++) {
        size_t h = i / dimension, d = i % dimension;
        double expected = before[i], tolerance = 0;
        if (d < 2 * half) {
            bool second = pairing == SWL_INTERLEAVED ? d % 2 == 1 : d >= half;
            size_t pair = pairing == SWL_INTERLEAVED ? d / 2 : d % half;
            const float *head = before + h * dimension;
            double a = pairing == SWL_INTERLEAVED ? head[2 * pair] : head[pair];
            double b = pairing == SWL_INTERLEAVED ? head[2 * pair + 1] : head[pair + half];
            expected = second ? a * sn[pair] + b * c[pair] : a * c[pair] - b * sn[pair];
            tolerance = 2 * FLT_EPSILON * (fabs(a) + fabs(b));
        }
        expect_close(f, ((float *)x.bytes)[i], expected, tolerance, "rope", i);
    }
    expect_canary(f, &x, "rope");
    release(&x);
    release(&cosines);
    release(&sines);
}

void check_rope(const swl_kernels *k, failure *f) {
    static const size_t shapes[][3] = {{1, 2, 2}, {3, 8, 8}, {2, 6, 4}, {5, 64, 64}, {2, 80, 32}, {1, 128, 128},
                                       {3, 34, 34}, {2, 7, 6}, {1, 4, 0}, {2, 96, 66}, {0, 64, 64}};
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        check_one_rope(k, SWL_INTERLEAVED, shapes[i][0], shapes[i][1], shapes[i][2], f);
        check_one_rope(k, SWL_NEOX, shapes[i][0], shapes[i][1], shapes[i][2], f);
    }
}
