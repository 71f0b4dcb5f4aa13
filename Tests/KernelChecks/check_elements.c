// Operations element by element: every length up to a few vectors, in place and not, ordinary and extreme numbers.
#include <float.h>
#include <math.h>
#include <string.h>

#include "support.h"

enum { LONGEST = 70 };

static const float extremes[] = {0.0f, -0.0f, 1, -1, FLT_MIN, -FLT_MIN, 0x1p-149f, FLT_MAX, -FLT_MAX, INFINITY, NAN,
                                 88, -88, 104, -104, 1e-20f, -1e-20f, 1e20f, -1e20f, 20, -20, 5.5f, -5.5f};
enum { EXTREMES = sizeof extremes / sizeof extremes[0] };

static float element(size_t i, source *s) {
    if (i % 3 == 0) return extremes[random_below(s, EXTREMES)];
    return (float)((i % 3 == 1 ? 1 : 6) * random_normal(s));
}

// MARK: - Of several inputs

enum { MOST = 3 };  // inputs

typedef void (*run_on)(const swl_kernels *k, size_t n, float *const inputs[MOST], float *out);
typedef float (*of_inputs)(const float inputs[MOST]);

static void check_inputs(const swl_kernels *k, int count, run_on run, of_inputs expected, const char *what, failure *f) {
    source s = seeded(4);
    for (size_t n = 0; n <= LONGEST; n++) {
        for (int place = 0; place <= count; place++) {  // out is one of the inputs, or a buffer of its own
            guarded buffers[MOST + 1];
            float *inputs[MOST], before[LONGEST][MOST];
            for (int i = 0; i <= count; i++) buffers[i] = guard(n * sizeof(float));
            for (int i = 0; i < count; i++) {
                inputs[i] = buffers[i].bytes;
                for (size_t j = 0; j < n; j++) before[j][i] = inputs[i][j] = element(i + j, &s);
            }
            const guarded *out = &buffers[place];
            run(k, n, inputs, out->bytes);
            for (size_t i = 0; i < n; i++) expect_close(f, ((float *)out->bytes)[i], expected(before[i]), 0, what, i);
            expect_canary(f, out, what);
            for (int i = 0; i <= count; i++) release(&buffers[i]);
        }
    }
}

static float sum(const float x[MOST]) { return x[0] + x[1]; }
static float sum_of_three(const float x[MOST]) { return x[0] + x[1] + x[2]; }
static float product(const float x[MOST]) { return x[0] * x[1]; }

static void run_add(const swl_kernels *k, size_t n, float *const x[MOST], float *out) {
    k->add(n, x[0], x[1], NULL, out);
}

static void run_add_three(const swl_kernels *k, size_t n, float *const x[MOST], float *out) {
    k->add(n, x[0], x[1], x[2], out);
}

static void run_multiply(const swl_kernels *k, size_t n, float *const x[MOST], float *out) {
    k->multiply(n, x[0], x[1], out);
}

void check_add(const swl_kernels *k, failure *f) {
    check_inputs(k, 2, run_add, sum, "add", f);
    check_inputs(k, 3, run_add_three, sum_of_three, "add of three", f);
}

void check_multiply(const swl_kernels *k, failure *f) { check_inputs(k, 2, run_multiply, product, "multiply", f); }

void check_add_scaled(const swl_kernels *k, failure *f) {
    source s = seeded(10);
    for (size_t n = 0; n <= LONGEST; n++) {
        guarded x = guard(n * sizeof(float)), out = guard(n * sizeof(float));
        float factor = element(n, &s), before[LONGEST];
        for (size_t i = 0; i < n; i++) {
            ((float *)x.bytes)[i] = element(i, &s);
            before[i] = ((float *)out.bytes)[i] = element(i + 1, &s);
        }
        k->add_scaled(n, x.bytes, factor, out.bytes);
        for (size_t i = 0; i < n; i++) {
            double value = before[i] + (double)((float *)x.bytes)[i] * factor;
            float nearest = (float)value;  // infinity where that is
            double tolerance = FLT_EPSILON * fabs(value) + 0x1p-149;
            expect_close(f, ((float *)out.bytes)[i], isfinite(nearest) ? value : nearest, tolerance, "add scaled", i);
        }
        expect_canary(f, &out, "add scaled");
        release(&x);
        release(&out);
    }
}

// MARK: - Activations

typedef void (*kernel_of_one)(size_t n, const float *x, const float *bias, float *out);
typedef double (*of_one)(double x);

// Allowed: `relative` of the result and `absolute` of what is activated.
static void check_one(kernel_of_one kernel, of_one expected, double relative, double absolute, const char *what,
                      failure *f) {
    source s = seeded(5);
    for (size_t n = 0; n <= LONGEST; n++) {
        for (int variant = 0; variant < 4; variant++) {
            bool in_place = variant & 1, biased = variant & 2;
            guarded x = guard(n * sizeof(float)), bias = guard(n * sizeof(float)), out = guard(n * sizeof(float));
            float before[LONGEST];
            for (size_t i = 0; i < n; i++) {
                before[i] = ((float *)x.bytes)[i] = element(i, &s);
                ((float *)bias.bytes)[i] = element(i + 1, &s);
                if (biased) before[i] += ((float *)bias.bytes)[i];
            }
            kernel(n, x.bytes, biased ? bias.bytes : NULL, in_place ? x.bytes : out.bytes);
            const float *found = in_place ? x.bytes : out.bytes;
            for (size_t i = 0; i < n; i++) {
                double value = expected(before[i]);
                double tolerance = relative * fabs(value) + absolute * fmin(fabs((double)before[i]), 1e6);
                expect_close(f, found[i], value, tolerance + 0x1p-149, what, i);
            }
            expect_canary(f, in_place ? &x : &out, what);
            release(&x);
            release(&bias);
            release(&out);
        }
    }
}

static double silu(double x) { return x / (1 + exp(-x)); }

static double gelu(double x) { return x * 0.5 * erfc(-x / sqrt(2)); }

static double gelu_tanh(double x) {
    double u = sqrt(2 / acos(-1)) * (x + 0.044715 * x * x * x);
    return x / (1 + exp(-2 * u));
}

static double relu(double x) { return x < 0 ? 0 : x; }

void check_silu(const swl_kernels *k, failure *f) {
    check_one(k->silu, silu, 4 * FLT_EPSILON, 0x1p-126, "SiLU", f);
}

void check_gelu(const swl_kernels *k, failure *f) { check_one(k->gelu, gelu, 2 * FLT_EPSILON, 2e-7, "GELU", f); }

void check_gelu_tanh(const swl_kernels *k, failure *f) {
    check_one(k->gelu_tanh, gelu_tanh, 4 * FLT_EPSILON, 2e-7, "GELU by tanh", f);
}

void check_relu(const swl_kernels *k, failure *f) { check_one(k->relu, relu, 0, 0, "ReLU", f); }

void check_tanh(const swl_kernels *k, failure *f) { check_one(k->tanh, tanh, 8 * FLT_EPSILON, 0, "tanh", f); }

static double relu_squared(double x) { return x < 0 ? 0 : (float)(x * x); }  // of the greatest, infinity

static double sigmoid(double x) { return 1 / (1 + exp(-x)); }

static double gelu_quick(double x) { return x / (1 + exp(-1.702 * x)); }

static double softplus(double x) { return (x < 0 ? 0 : x) + log1p(exp(-fabs(x))); }

void check_relu_squared(const swl_kernels *k, failure *f) {
    check_one(k->relu_squared, relu_squared, FLT_EPSILON, 0, "ReLU squared", f);
}

void check_sigmoid(const swl_kernels *k, failure *f) {
    check_one(k->sigmoid, sigmoid, 4 * FLT_EPSILON, 0, "sigmoid", f);
}

// The exponent is rounded before the exponential magnifies that.
void check_gelu_quick(const swl_kernels *k, failure *f) {
    check_one(k->gelu_quick, gelu_quick, 32 * FLT_EPSILON, 0x1p-120, "quick GELU", f);
}

void check_softplus(const swl_kernels *k, failure *f) {
    check_one(k->softplus, softplus, 4 * FLT_EPSILON, 0x1p-126, "softplus", f);
}

static double exponential(double x) { return (float)exp(x); }  // beyond the greatest, infinity

void check_exponential(const swl_kernels *k, failure *f) {
    check_one(k->exponential, exponential, 4 * FLT_EPSILON, 0x1p-126, "exponential", f);
}

// MARK: - With constants

static const float alpha = 1.702f, limit = 7;

static void run_clamp(const swl_kernels *k, size_t n, float *const x[MOST], float *out) {
    k->clamp(n, x[0], -limit, 2 * limit, out);
}

static float clamp_to(float x, float low, float high) { return x < low ? low : x > high ? high : x; }

static float clamped(const float x[MOST]) { return clamp_to(x[0], -limit, 2 * limit); }

void check_clamp(const swl_kernels *k, failure *f) { check_inputs(k, 1, run_clamp, clamped, "clamp", f); }

void check_softcap(const swl_kernels *k, failure *f) {
    const float cap = 30;
    source s = seeded(8);
    for (size_t n = 0; n <= LONGEST; n++) {
        for (int in_place = 0; in_place < 2; in_place++) {
            guarded x = guard(n * sizeof(float)), out = guard(n * sizeof(float));
            float before[LONGEST];
            for (size_t i = 0; i < n; i++) before[i] = ((float *)x.bytes)[i] = element(i, &s);
            const guarded *found = in_place ? &x : &out;
            k->softcap(n, x.bytes, cap, found->bytes);
            for (size_t i = 0; i < n; i++) {
                double value = cap * tanh(before[i] / (double)cap);
                expect_close(f, ((float *)found->bytes)[i], value, 8 * FLT_EPSILON * fabs(value) + 0x1p-144, "softcap", i);
            }
            expect_canary(f, found, "softcap");
            release(&x);
            release(&out);
        }
    }
}

void check_clamped_swiglu(const swl_kernels *k, failure *f) {
    source s = seeded(9);
    for (size_t n = 0; n <= LONGEST; n++) {
        for (int place = 0; place < 3; place++) {  // out is a buffer of its own, the gate or up
            guarded buffers[3];
            float before[LONGEST][2];
            for (int i = 0; i < 3; i++) buffers[i] = guard(n * sizeof(float));
            float *gate = buffers[1].bytes, *up = buffers[2].bytes, *out = buffers[place].bytes;
            for (size_t i = 0; i < n; i++) {
                before[i][0] = gate[i] = element(i, &s);
                before[i][1] = up[i] = element(i + 1, &s);
            }
            k->clamped_swiglu(n, gate, up, alpha, limit, out);
            for (size_t i = 0; i < n; i++) {
                double g = before[i][0] > limit ? limit : before[i][0], u = clamp_to(before[i][1], -limit, limit);
                double activated = g / (1 + exp(-(double)alpha * g)), value = activated * (u + 1);
                double tolerance = 32 * FLT_EPSILON * fabs(value) + FLT_EPSILON * fabs(activated) + 0x1p-100;
                expect_close(f, out[i], value, tolerance, "clamped SwiGLU", i);
            }
            expect_canary(f, &buffers[place], "clamped SwiGLU");
            for (int i = 0; i < 3; i++) release(&buffers[i]);
        }
    }
}

void check_scale(const swl_kernels *k, failure *f) {
    source s = seeded(6);
    for (size_t n = 0; n <= LONGEST; n++) {
        guarded x = guard(n * sizeof(float)), out = guard(n * sizeof(float));
        float factor = element(n, &s);
        for (size_t i = 0; i < n; i++) ((float *)x.bytes)[i] = element(i, &s);
        k->scale(n, x.bytes, factor, out.bytes);
        for (size_t i = 0; i < n; i++) {
            expect_close(f, ((float *)out.bytes)[i], ((float *)x.bytes)[i] * factor, 0, "scale", i);
        }
        expect_canary(f, &out, "scale");
        release(&x);
        release(&out);
    }
}
