// Operations whose result depends on rows before those of the call: the caller keeps their state.
#ifndef SWL_RECURRENT_H
#define SWL_RECURRENT_H

#include <stddef.h>

enum { SWL_CONVOLUTION_WIDTH = 32 };  // the greatest width

// out[t, c] = bias[c] + sum over j of weights[c, j] * x[t - width + 1 + j, c], where rows of negative number are those of
// `before`, the oldest first: a causal convolution of each channel by itself. `out` and `x` do not overlap. A result does
// not depend on how rows and channels are divided among calls.
typedef struct swl_convolution {
    size_t rows, channels;
    size_t width;          // 1...SWL_CONVOLUTION_WIDTH
    const float *x;        // [rows, channels], rows `x_stride` floats apart
    const float *before;   // [width - 1, channels], rows `before_stride` floats apart
    const float *weights;  // [channels, width]
    const float *bias;     // [channels]; or NULL
    float *out;            // [rows, channels], rows `out_stride` floats apart
    size_t x_stride, before_stride, out_stride;
} swl_convolution;

// A selective state space, row by row (arXiv:2312.00752, algorithm 2): of every channel c and element n of its state
//     h[c, n] = exp(delta[t, c] * a[c, n]) * h[c, n] + delta[t, c] * x[t, c] * b[t, n]
//     out[t, c] = sum over n of h[c, n] * c[t, n] + d[c] * x[t, c]
// A result does not depend on how rows and channels are divided among calls, rows in order. `out` may be `x` or `delta`.
typedef struct swl_scan {
    size_t rows, channels;
    size_t size;         // elements of a channel's state
    const float *x;      // [rows, channels]
    const float *delta;  // [rows, channels]
    const float *a;      // [channels, size], negative
    const float *b, *c;  // [rows, size]
    const float *d;      // [channels]
    float *state;        // [channels, size], end to end
    float *out;          // [rows, channels]
    size_t x_stride, delta_stride, b_stride, c_stride, out_stride;  // floats between rows
} swl_scan;

#endif
