// The specification of operations element by element; `ELEMENT_OPERATIONS` enters them in the table.
#ifndef SWL_SCALAR_ELEMENTS_H
#define SWL_SCALAR_ELEMENTS_H

#include <math.h>

#include "panels.h"

#define ELEMENT_OPERATIONS                                                                                   \
    .add = add, .add_scaled = add_scaled, .multiply = multiply, .scale = scale, .silu = silu, .gelu = gelu,  \
    .gelu_tanh = gelu_tanh, .relu = relu, .tanh = hyperbolic_tangent, .relu_squared = relu_squared,          \
    .sigmoid = sigmoid, .gelu_quick = gelu_quick, .softplus = softplus, .exponential = exponentials,          \
    .softcap = softcap, .clamp = clamp, .clamped_swiglu = clamped_swiglu

static void add(size_t n, const float *x, const float *a, const float *b, float *out) {
    for (size_t i = 0; i < n; i++) out[i] = b ? x[i] + a[i] + b[i] : x[i] + a[i];
}

static void add_scaled(size_t n, const float *x, float factor, float *out) {
    for (size_t i = 0; i < n; i++) out[i] = (float)(out[i] + (double)x[i] * factor);
}

static void multiply(size_t n, const float *a, const float *b, float *out) {
    for (size_t i = 0; i < n; i++) out[i] = a[i] * b[i];
}

static void scale(size_t n, const float *x, float factor, float *out) {
    for (size_t i = 0; i < n; i++) out[i] = x[i] * factor;
}

static double silu_of(double x) { return x / (1 + exp(-x)); }

static double gelu_tanh_of(double x) {
    double u = sqrt(M_2_PI) * (x + 0.044715 * x * x * x);
    return x / (1 + exp(-2 * u));  // (1 + tanh u) / 2 = 1 / (1 + exp(-2u))
}

static double relu_of(double x) { return x < 0 ? 0 : x; }  // NaN stays

static double hyperbolic_tangent_of(double x) { return tanh(x); }

static double relu_squared_of(double x) { return relu_of(x) * relu_of(x); }

static double sigmoid_of(double x) { return 1 / (1 + exp(-x)); }

static double gelu_quick_of(double x) { return x / (1 + exp(-1.702 * x)); }

static double exponentials_of(double x) { return exp(x); }

static double softplus_of(double x) { return relu_of(x) + log1p(exp(-fabs(x))); }

#define ACTIVATION(name)                                                                                             \
    static void name(size_t n, const float *x, const float *bias, float *out) {                                      \
        for (size_t i = 0; i < n; i++) out[i] = (float)name##_of(bias ? x[i] + bias[i] : x[i]);                      \
    }
ACTIVATION(silu)
ACTIVATION(gelu)
ACTIVATION(gelu_tanh)
ACTIVATION(relu)
ACTIVATION(hyperbolic_tangent)
ACTIVATION(relu_squared)
ACTIVATION(sigmoid)
ACTIVATION(gelu_quick)
ACTIVATION(softplus)
ACTIVATION(exponentials)

// MARK: - With constants

static void softcap(size_t n, const float *x, float cap, float *out) {
    for (size_t i = 0; i < n; i++) out[i] = (float)(cap * tanh((double)x[i] / cap));
}

// NaN stays.
static float clamped(float x, float low, float high) { return x < low ? low : x > high ? high : x; }

static void clamp(size_t n, const float *x, float low, float high, float *out) {
    for (size_t i = 0; i < n; i++) out[i] = clamped(x[i], low, high);
}

static void clamped_swiglu(size_t n, const float *gate, const float *up, float alpha, float limit, float *out) {
    for (size_t i = 0; i < n; i++) {
        double g = gate[i] > limit ? limit : gate[i];
        out[i] = (float)(g / (1 + exp(-alpha * g)) * ((double)clamped(up[i], -limit, limit) + 1));
    }
}

#endif
