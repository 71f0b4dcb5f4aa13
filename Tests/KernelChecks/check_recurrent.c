// Operations with a state: every shape at once and row by row, in parts of the channels, ordinary and extreme numbers.
#include <float.h>
#include <math.h>
#include <string.h>

#include "support.h"

static const size_t channel_counts[] = {1, 3, 7, 8, 9, 16, 17, 33, 50};
enum { CHANNEL_COUNTS = sizeof channel_counts / sizeof channel_counts[0], MOST_CHANNELS = 50, MOST_ROWS = 9 };

static guarded random_floats(size_t n, double deviation, source *s) {
    guarded g = guard(n * sizeof(float));
    for (size_t i = 0; i < n; i++) ((float *)g.bytes)[i] = (float)(deviation * random_normal(s));
    return g;
}

static bool same_bits(const float *a, const float *b, size_t n) {
    return n == 0 || memcmp(a, b, n * sizeof(float)) == 0;
}

// MARK: - Causal convolution

static void check_one_convolution(const swl_kernels *k, size_t rows, size_t channels, size_t width, bool extreme,
                                  failure *f) {
    source s = seeded(rows * 1000 + channels * 10 + width);
    size_t past = width - 1;
    guarded x = random_floats(rows * channels, extreme ? 1e30 : 1, &s), weights = random_floats(channels * width, 1, &s);
    guarded before = random_floats(past * channels, 1, &s), bias = random_floats(channels, 1, &s);
    guarded out = guard(rows * channels * sizeof(float));
    fill_untouched(&out);
    if (extreme) ((float *)x.bytes)[rows * channels / 2] = width % 2 ? NAN : INFINITY;
    swl_convolution call = {rows, channels, width, x.bytes, before.bytes, weights.bytes, width % 2 ? bias.bytes : NULL,
                            out.bytes, channels, channels, channels};
    k->causal_convolution(&call);
    for (size_t t = 0; t < rows; t++) {
        for (size_t c = 0; c < channels; c++) {
            double sum = call.bias ? call.bias[c] : 0, size = fabs(sum);
            for (size_t j = 0; j < width; j++) {
                const float *row = t + j < past ? call.before + (t + j) * channels : call.x + (t + j - past) * channels;
                double product = (double)call.weights[c * width + j] * row[c];
                sum += product;
                size += fabs(product);
            }
            expect_close(f, call.out[t * channels + c], sum, (double)(width + 1) * FLT_EPSILON * size, "convolution",
                         t * channels + c);
        }
    }
    expect_canary(f, &out, "convolution");

    // Row by row, each with the rows before it.
    float joined[(MOST_ROWS + SWL_CONVOLUTION_WIDTH) * MOST_CHANNELS], row[MOST_CHANNELS];
    memcpy(joined, before.bytes, before.size);
    memcpy(joined + past * channels, x.bytes, x.size);
    for (size_t t = 0; t < rows; t++) {
        swl_convolution one = call;
        one.rows = 1;
        one.before = joined + t * channels;
        one.x = joined + (t + past) * channels;
        one.out = row;
        k->causal_convolution(&one);
        if (!extreme && !same_bits(row, call.out + t * channels, channels)) fail(f, "convolution, row %zu: alone it differs", t);
    }
    release(&x);
    release(&weights);
    release(&before);
    release(&bias);
    release(&out);
}

void check_convolution(const swl_kernels *k, failure *f) {
    static const size_t widths[] = {1, 2, 3, 4, 7, SWL_CONVOLUTION_WIDTH};
    for (size_t i = 0; i < CHANNEL_COUNTS; i++) {
        for (size_t j = 0; j < sizeof widths / sizeof widths[0]; j++) {
            for (size_t rows = 1; rows <= MOST_ROWS; rows += 2) {
                check_one_convolution(k, rows, channel_counts[i], widths[j], false, f);
            }
            check_one_convolution(k, 3, channel_counts[i], widths[j], true, f);
        }
    }
}

// MARK: - Selective scan

typedef struct scan_inputs {
    guarded x, delta, a, b, c, d, state, out;
} scan_inputs;

static scan_inputs inputs_of_scan(size_t rows, size_t channels, size_t size, source *s) {
    scan_inputs in = {random_floats(rows * channels, 1, s), random_floats(rows * channels, 1, s),
                      random_floats(channels * size, 1, s), random_floats(rows * size, 1, s),
                      random_floats(rows * size, 1, s), random_floats(channels, 1, s),
                      random_floats(channels * size, 1, s), guard(rows * channels * sizeof(float))};
    float *delta = in.delta.bytes, *a = in.a.bytes;
    for (size_t i = 0; i < rows * channels; i++) delta[i] = i % 11 == 10 ? 1e4f : fabsf(delta[i]);
    for (size_t i = 0; i < channels * size; i++) a[i] = -fabsf(a[i]);
    fill_untouched(&in.out);
    return in;
}

static void release_inputs(scan_inputs *in) {
    guarded *all[] = {&in->x, &in->delta, &in->a, &in->b, &in->c, &in->d, &in->state, &in->out};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) release(all[i]);
}

static void check_one_scan(const swl_kernels *k, size_t rows, size_t channels, size_t size, failure *f) {
    source s = seeded(rows * 1000 + channels * 10 + size);
    scan_inputs in = inputs_of_scan(rows, channels, size, &s);
    double h[MOST_CHANNELS * 64], sizes[MOST_CHANNELS * 64];
    float first[MOST_CHANNELS * 64], row[MOST_CHANNELS];
    memcpy(first, in.state.bytes, in.state.size);
    for (size_t i = 0; i < channels * size; i++) h[i] = first[i], sizes[i] = fabs(h[i]);
    swl_scan call = {rows, channels, size, in.x.bytes, in.delta.bytes, in.a.bytes, in.b.bytes, in.c.bytes, in.d.bytes,
                     in.state.bytes, in.out.bytes, channels, channels, size, size, channels};
    k->selective_scan(&call);
    for (size_t t = 0; t < rows; t++) {
        for (size_t c = 0; c < channels; c++) {
            double x = call.x[t * channels + c], delta = call.delta[t * channels + c], y = call.d[c] * x, sum = fabs(y);
            for (size_t n = 0; n < size; n++) {
                // The exponent is rounded before the exponential magnifies that.
                size_t i = c * size + n;
                double exponent = delta * call.a[i], decay = exp(exponent), added = delta * x * call.b[t * size + n];
                h[i] = decay * h[i] + added;
                sizes[i] = decay * (1 + fabs(exponent)) * sizes[i] + fabs(added);
                y += h[i] * call.c[t * size + n];
                sum += sizes[i] * fabs(call.c[t * size + n]);
            }
            double tolerance = (double)(8 * (t + 1) + size) * FLT_EPSILON * sum;
            expect_close(f, call.out[t * channels + c], y, tolerance, "scan", t * channels + c);
        }
    }
    for (size_t i = 0; i < channels * size; i++) {
        expect_close(f, call.state[i], h[i], (double)(8 * (rows + 1)) * FLT_EPSILON * sizes[i], "state of a scan", i);
    }
    expect_canary(f, &in.out, "scan");
    expect_canary(f, &in.state, "state of a scan");

    // Row by row, from the first state.
    for (size_t t = 0; t < rows; t++) {
        swl_scan one = call;
        one.rows = 1;
        one.x += t * channels;
        one.delta += t * channels;
        one.b += t * size;
        one.c += t * size;
        one.state = first;
        one.out = row;
        k->selective_scan(&one);
        if (!same_bits(row, call.out + t * channels, channels)) fail(f, "scan, row %zu: alone it differs", t);
    }
    if (!same_bits(first, call.state, channels * size)) fail(f, "the state of a scan differs row by row");
    release_inputs(&in);
}

void check_scan(const swl_kernels *k, failure *f) {
    static const size_t sizes[] = {1, 3, 4, 8, 15, 16, 17, 64};
    for (size_t i = 0; i < CHANNEL_COUNTS; i++) {
        for (size_t j = 0; j < sizeof sizes / sizeof sizes[0]; j++) {
            for (size_t rows = 1; rows <= MOST_ROWS; rows += 4) check_one_scan(k, rows, channel_counts[i], sizes[j], f);
        }
    }
}
