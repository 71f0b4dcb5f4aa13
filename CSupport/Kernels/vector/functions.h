// Exponential, hyperbolic tangent and normal distribution over vectors.
#ifndef SWL_VECTOR_MATH_H
#define SWL_VECTOR_MATH_H

#include "vector.h"

// e^x within 2 ulp for every float32; 0 and infinity beyond the range, NaN for NaN.
//
// x = n ln 2 + r with |r| <= ln 2 / 2; e^r by a minimax polynomial; 2^n in two factors, as n reaches from -150 to 128.
INLINE vf exponential(vf x) {
    x = choose(x < -104.0f, broadcast(-104), x);  // e^-104 < 2^-150; NaN compares false and stays
    x = choose(x > 89.0f, broadcast(89), x);      // e^89 > 2^128

    vf magic = broadcast(0x1.8p23f);  // adding it rounds to an integer, left in the low bits
    vf shifted = multiply_add(x, broadcast(0x1.715476p0f), magic);
    vi n = (vi)((vu)shifted - (vu)magic);
    vf count = shifted - magic;
    vf r = multiply_add(count, broadcast(-0x1.62e400p-1f), x);  // ln 2 in two parts: 15 bits, so exact, and the rest
    r = multiply_add(count, broadcast(-0x1.7f7d1cp-20f), r);

    vf p = broadcast(0x1.6a2448p-10f);  // (e^r - 1 - r) / r^2
    p = multiply_add(p, r, broadcast(0x1.1239d6p-7f));
    p = multiply_add(p, r, broadcast(0x1.5558f2p-5f));
    p = multiply_add(p, r, broadcast(0x1.555492p-3f));
    p = multiply_add(p, r, broadcast(0x1.fffffcp-2f));
    p = multiply_add(p * r, r, r) + 1.0f;

    vi half = n >> 1;
    vf low = (vf)(((vu)half + 127) << 23), high = (vf)(((vu)(n - half) + 127) << 23);
    return p * low * high;
}

// 2^x for x <= 0, within 1 ulp; 0 below 2^-126, NaN for NaN.
INLINE vf power_of_two(vf x) {
    vf magic = broadcast(0x1.8p23f);  // as above
    vf shifted = x + magic;
    vf r = x - (shifted - magic);  // exact, |r| <= 1/2

    vf p = broadcast(0x1.41fbbap-13f);  // 2^r
    p = multiply_add(p, r, broadcast(0x1.5f3e54p-10f));
    p = multiply_add(p, r, broadcast(0x1.3b2d4cp-7f));
    p = multiply_add(p, r, broadcast(0x1.c6aee8p-5f));
    p = multiply_add(p, r, broadcast(0x1.ebfbdcp-3f));
    p = multiply_add(p, r, broadcast(0x1.62e430p-1f));
    p = multiply_add(p, r, broadcast(1));
    vf power = (vf)(((vu)shifted << 23) + 0x3f800000);  // the integer is in the low bits, the rest is shifted out
    return choose(x < -126.0f, broadcast(0), p * power);
}

// sign(x) (1 - e) / (1 + e) with e = exp(-2 |x|); near zero, where that difference loses digits, the Taylor series.
INLINE vf hyperbolic_tangent_of(vf x) {
    vf size = absolute(x), square = x * x;
    vf e = exponential(-2.0f * size), far = (1.0f - e) / (1.0f + e);
    vf near = broadcast(62.0f / 2835);
    near = multiply_add(near, square, broadcast(-17.0f / 315));
    near = multiply_add(near, square, broadcast(2.0f / 15));
    near = multiply_add(near, square, broadcast(-1.0f / 3));
    near = multiply_add(near * square, size, size);
    vf tangent = choose(size < 0.2f, near, far);
    return choose(x < 0, -tangent, choose(x > 0, tangent, x));  // zeros keep their sign, NaN stays
}

// Phi(-|x|), the normal distribution's lower tail; 0 from |x| = 8 on, whatever for NaN. Over all float32 of magnitude
// 2^-14 to 16 within 3e-7 (rounding, the most near zero), and within 0.0012 of itself as far as |x| = 6.
//
// Its eighth root bends so little that a polynomial in |x| of degree 8 gives it, with a zero at 8; the eighth power damps
// the polynomial's error where the tail is thin. Coefficients: minimax (Lawson's iteration of least squares on Chebyshev
// nodes, in double precision, then float32); errors of the power weighted by the lesser of 4e-8 and 0.0015 Phi, at least
// 1e-12.
INLINE vf normal_tail(vf x) {
    vf size = (vf)__builtin_elementwise_min((vi)absolute(x), (vi)broadcast(8));  // bits sort as numbers do
    vf p = broadcast(-0x1.37e280p-22f);
    p = multiply_add(p, size, broadcast(0x1.ed04d4p-18f));
    p = multiply_add(p, size, broadcast(-0x1.f06cb0p-15f));
    p = multiply_add(p, size, broadcast(0x1.fc1a16p-16f));
    p = multiply_add(p, size, broadcast(0x1.8c5850p-10f));
    p = multiply_add(p, size, broadcast(-0x1.64297ep-11f));
    p = multiply_add(p, size, broadcast(-0x1.0586b6p-5f));
    p = multiply_add(p, size, broadcast(-0x1.769cc6p-4f));
    p = multiply_add(p, size, broadcast(0x1.d5818ep-1f));
    p *= p;
    p *= p;
    return p * p;
}

#endif
