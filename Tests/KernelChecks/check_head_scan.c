// The scan by heads: every shape at once, row by row and head by head, in place, ordinary and extreme numbers.
#include <float.h>
#include <math.h>
#include <string.h>

#include "support.h"

typedef struct sizes {
    size_t rows, heads, head_size, size, heads_per_group;
} sizes;

enum { MOST_STATES = 6 * 33 * 64, MOST_CHANNELS = 6 * 33, GAP = 3 };  // floats between the end of a row and the next one

typedef struct inputs {
    guarded x, delta, a, b, c, d, before, state, out;
} inputs;

static guarded floats(size_t n, double deviation, source *s) {
    guarded g = guard(n * sizeof(float));
    for (size_t i = 0; i < n; i++) ((float *)g.bytes)[i] = (float)(deviation * random_normal(s));
    return g;
}

static inputs inputs_of(sizes z, bool extreme, source *s) {
    size_t channels = z.heads * z.head_size, grouped = z.heads / z.heads_per_group * z.size;
    inputs in = {floats(z.rows * (channels + GAP), extreme ? 1e15 : 1, s), floats(z.rows * z.heads, 1, s),
                 floats(z.heads, 1, s), floats(z.rows * grouped, extreme ? 1e15 : 1, s), floats(z.rows * grouped, 1, s),
                 floats(z.heads, 1, s), floats(channels * z.size, 1, s), guard(channels * z.size * sizeof(float)),
                 guard(z.rows * channels * sizeof(float))};
    float *delta = in.delta.bytes, *a = in.a.bytes;
    for (size_t i = 0; i < z.rows * z.heads; i++) delta[i] = i % 11 == 10 ? 1e4f : fabsf(delta[i]);
    for (size_t i = 0; i < z.heads; i++) a[i] = -fabsf(a[i]);
    if (extreme) ((float *)in.x.bytes)[z.rows * channels / 2] = z.size % 2 ? NAN : INFINITY;
    fill_untouched(&in.state);
    fill_untouched(&in.out);
    return in;
}

static void release_inputs(inputs *in) {
    guarded *all[] = {&in->x, &in->delta, &in->a, &in->b, &in->c, &in->d, &in->before, &in->state, &in->out};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) release(all[i]);
}

static swl_head_scan call_of(const inputs *in, sizes z) {
    size_t channels = z.heads * z.head_size, grouped = z.heads / z.heads_per_group * z.size;
    return (swl_head_scan){z.rows, 0, z.heads, z.head_size, z.size, z.heads_per_group,
                           in->x.bytes, in->delta.bytes, in->a.bytes, in->b.bytes, in->c.bytes, in->d.bytes,
                           in->before.bytes, in->state.bytes, in->out.bytes, channels + GAP, z.heads, grouped, grouped,
                           channels};
}

// Against double arithmetic.
static void expect_scanned(const swl_head_scan *call, failure *f) {
    static double h[MOST_STATES], sizes[MOST_STATES];
    size_t channels = call->count * call->head_size;
    for (size_t i = 0; i < channels * call->size; i++) h[i] = call->before[i], sizes[i] = fabs(h[i]);
    for (size_t t = 0; t < call->rows; t++) {
        for (size_t i = 0; i < channels; i++) {
            size_t k = i / call->head_size, group = k / call->heads_per_group * call->size;
            const float *b = call->b + t * call->b_stride + group, *c = call->c + t * call->c_stride + group;
            double x = call->x[t * call->x_stride + i], delta = call->delta[t * call->delta_stride + k];
            // The exponent is rounded before the exponential magnifies that.
            double exponent = delta * call->a[k], decay = exp(exponent), y = call->d[k] * x, sum = fabs(y);
            for (size_t n = 0; n < call->size; n++) {
                size_t j = i * call->size + n;
                double added = delta * x * b[n];
                h[j] = decay * h[j] + added;
                sizes[j] = decay * (1 + fabs(exponent)) * sizes[j] + fabs(added);
                y += h[j] * c[n];
                sum += sizes[j] * fabs(c[n]);
            }
            double tolerance = (double)(8 * (t + 1) + call->size) * FLT_EPSILON * sum;
            expect_close(f, call->out[t * call->out_stride + i], y, tolerance, "scan by heads", t * channels + i);
        }
    }
    for (size_t i = 0; i < channels * call->size; i++) {
        double tolerance = (double)(8 * (call->rows + 1)) * FLT_EPSILON * sizes[i];
        expect_close(f, call->state[i], h[i], tolerance, "state of a scan by heads", i);
    }
}

static bool same_bits(const float *a, const float *b, size_t n) { return memcmp(a, b, n * sizeof(float)) == 0; }

// Row by row, each row's heads in two calls, in place.
static void expect_same_alone(const swl_kernels *k, const swl_head_scan *call, failure *f) {
    static float state[MOST_STATES], row[MOST_CHANNELS];
    size_t channels = call->count * call->head_size, half = (call->count + 1) / 2;
    memcpy(state, call->before, channels * call->size * sizeof(float));
    for (size_t t = 0; t < call->rows; t++) {
        swl_head_scan one = *call;
        memcpy(row, call->x + t * call->x_stride, channels * sizeof(float));
        one.rows = 1;
        one.x = row;
        one.delta += t * call->delta_stride;
        one.b += t * call->b_stride;
        one.c += t * call->c_stride;
        one.before = state;
        one.state = state;
        one.out = row;
        one.count = half;
        k->head_scan(&one);
        one.first = half;
        one.count = call->count - half;
        k->head_scan(&one);
        if (!same_bits(row, call->out + t * call->out_stride, channels)) fail(f, "scan by heads, row %zu: alone it differs", t);
    }
    if (!same_bits(state, call->state, channels * call->size)) fail(f, "the state of a scan by heads differs row by row");
}

static void check_one(const swl_kernels *k, sizes z, bool extreme, failure *f) {
    source s = seeded(z.rows * 10000 + z.heads * 1000 + z.head_size * 100 + z.size);
    inputs in = inputs_of(z, extreme, &s);
    swl_head_scan call = call_of(&in, z);
    k->head_scan(&call);
    expect_scanned(&call, f);
    if (!extreme) expect_same_alone(k, &call, f);
    expect_canary(f, &in.out, "scan by heads");
    expect_canary(f, &in.state, "state of a scan by heads");
    release_inputs(&in);
}

void check_head_scan(const swl_kernels *k, failure *f) {
    static const size_t head_sizes[] = {1, 3, 4, 7, 16, 17, 33}, state_sizes[] = {1, 3, 8, 15, 16, 17, 64};
    static const size_t heads[][2] = {{1, 1}, {2, 2}, {6, 2}, {5, 1}};
    for (size_t h = 0; h < 4; h++) {
        for (size_t i = 0; i < 7; i++) {
            for (size_t j = 0; j < 7; j++) {
                sizes z = {1, heads[h][0], head_sizes[i], state_sizes[j], heads[h][1]};
                for (; z.rows <= 9; z.rows += 4) check_one(k, z, false, f);
                z.rows = 3;
                check_one(k, z, true, f);
            }
        }
    }
    // More rows than decays are computed at once.
    check_one(k, (sizes){150, 2, 17, 17, 2}, false, f);
}
