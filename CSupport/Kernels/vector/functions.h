// Exponential and complementary error function over vectors.
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

// erfc(z) for z >= 0, absolute error below 5e-7; NaN for NaN. (Abramowitz and Stegun, 7.1.26)
INLINE vf complementary_error(vf z) {
    vf t = 1.0f / multiply_add(z, broadcast(0.3275911f), broadcast(1));
    vf p = broadcast(1.061405429f);
    p = multiply_add(p, t, broadcast(-1.453152027f));
    p = multiply_add(p, t, broadcast(1.421413741f));
    p = multiply_add(p, t, broadcast(-0.284496736f));
    p = multiply_add(p, t, broadcast(0.254829592f));
    return p * t * exponential(-z * z);
}

#endif
