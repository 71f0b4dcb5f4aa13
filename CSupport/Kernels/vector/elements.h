// Operations element by element over vectors of LANES floats; `ELEMENT_OPERATIONS` enters them in an ISA's table.
#ifndef SWL_VECTOR_ELEMENTS_H
#define SWL_VECTOR_ELEMENTS_H

#include "vector.h"
#include "functions.h"

#define ELEMENT_OPERATIONS                                                                                   \
    .add = add, .add_scaled = add_scaled_row, .multiply = multiply, .scale = scale, .silu = silu, .gelu = gelu,\
    .gelu_tanh = gelu_tanh, .relu = relu, .tanh = hyperbolic_tangent, .relu_squared = relu_squared,          \
    .sigmoid = sigmoid, .gelu_quick = gelu_quick, .softplus = softplus, .exponential = exponentials,          \
    .softcap = softcap, .clamp = clamp, .clamped_swiglu = clamped_swiglu

static void add(size_t n, const float *x, const float *a, const float *b, float *out) {
    size_t i = 0;
    if (b) {
        for (; i + LANES <= n; i += LANES) store(out + i, load(x + i) + load(a + i) + load(b + i));
        for (; i < n; i++) out[i] = x[i] + a[i] + b[i];
    } else {
        for (; i + LANES <= n; i += LANES) store(out + i, load(x + i) + load(a + i));
        for (; i < n; i++) out[i] = x[i] + a[i];
    }
}

static void add_scaled_row(size_t n, const float *x, float factor, float *out) {
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) store(out + i, multiply_add(load(x + i), broadcast(factor), load(out + i)));
    if (i == n) return;
    store_part(out + i, multiply_add(load_part(x + i, n - i), broadcast(factor), load_part(out + i, n - i)), n - i);
}

static void multiply(size_t n, const float *a, const float *b, float *out) {
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) store(out + i, load(a + i) * load(b + i));
    for (; i < n; i++) out[i] = a[i] * b[i];
}

static void scale(size_t n, const float *x, float factor, float *out) {
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) store(out + i, load(x + i) * factor);
    for (; i < n; i++) out[i] = x[i] * factor;
}

INLINE vf silu_of(vf x) { return x / (1.0f + exponential(-x)); }

// x Phi(x)
INLINE vf gelu_of(vf x) {
    vf tail = normal_tail(x);
    return x * choose(x < 0, tail, 1.0f - tail);
}

// x (1 + tanh u) / 2 = x / (1 + exp(-2u)) with u = sqrt(2 / pi) (x + 0.044715 x^3)
INLINE vf gelu_tanh_of(vf x) {
    vf u = 0x1.988454p-1f * multiply_add(x * x * 0.044715f, x, x);
    return x / (1.0f + exponential(-2.0f * u));
}

INLINE vf relu_of(vf x) { return choose(x < 0, broadcast(0), x); }

INLINE vf relu_squared_of(vf x) { return relu_of(x) * relu_of(x); }

// e / (1 + e) or 1 / (1 + e) with e = exp(-|x|), which cannot overflow.
INLINE vf sigmoid_of(vf x) {
    vf e = exponential(-absolute(x));
    return choose(x < 0, e, broadcast(1)) / (1.0f + e);
}

INLINE vf gelu_quick_of(vf x) { return x / (1.0f + exponential(-1.702f * x)); }

INLINE vf exponentials_of(vf x) { return exponential(x); }

// max(x, 0) + log(1 + e) with e = exp(-|x|). log(1 + e) = 2 atanh(s) with s = e / (2 + e) <= 1 / 3: seven terms of its
// series leave 4e-9 of it.
INLINE vf softplus_of(vf x) {
    vf e = exponential(-absolute(x)), s = e / (2.0f + e), square = s * s;
    vf p = broadcast(2.0f / 15);
    p = multiply_add(p, square, broadcast(2.0f / 13));
    p = multiply_add(p, square, broadcast(2.0f / 11));
    p = multiply_add(p, square, broadcast(2.0f / 9));
    p = multiply_add(p, square, broadcast(2.0f / 7));
    p = multiply_add(p, square, broadcast(2.0f / 5));
    p = multiply_add(p, square, broadcast(2.0f / 3));
    p = multiply_add(p * square, s, 2.0f * s);
    return relu_of(x) + p;
}

#define ACTIVATION(name)                                                                   \
    static void name(size_t n, const float *x, const float *bias, float *out) {            \
        size_t i = 0;                                                                      \
        for (; i + LANES <= n; i += LANES) {                                               \
            vf v = load(x + i);                                                            \
            if (bias) v += load(bias + i);                                                 \
            store(out + i, name##_of(v));                                                  \
        }                                                                                  \
        if (i == n) return;                                                                \
        vf v = load_part(x + i, n - i);                                                    \
        if (bias) v += load_part(bias + i, n - i);                                         \
        store_part(out + i, name##_of(v), n - i);                                          \
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
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) store(out + i, hyperbolic_tangent_of(load(x + i) / cap) * cap);
    if (i < n) store_part(out + i, hyperbolic_tangent_of(load_part(x + i, n - i) / cap) * cap, n - i);
}

// NaN compares false and stays.
INLINE vf clamped(vf x, float low, float high) {
    x = choose(x < low, broadcast(low), x);
    return choose(x > high, broadcast(high), x);
}

static void clamp(size_t n, const float *x, float low, float high, float *out) {
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) store(out + i, clamped(load(x + i), low, high));
    if (i < n) store_part(out + i, clamped(load_part(x + i, n - i), low, high), n - i);
}

INLINE vf clamped_swiglu_of(vf gate, vf up, float alpha, float limit) {
    gate = choose(gate > limit, broadcast(limit), gate);
    return gate / (1.0f + exponential(-alpha * gate)) * (clamped(up, -limit, limit) + 1.0f);
}

static void clamped_swiglu(size_t n, const float *gate, const float *up, float alpha, float limit, float *out) {
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) {
        store(out + i, clamped_swiglu_of(load(gate + i), load(up + i), alpha, limit));
    }
    if (i == n) return;
    vf rest = clamped_swiglu_of(load_part(gate + i, n - i), load_part(up + i, n - i), alpha, limit);
    store_part(out + i, rest, n - i);
}

#endif
