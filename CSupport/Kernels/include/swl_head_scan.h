// A selective state space whose channels decay by heads: the caller keeps its state.
#ifndef SWL_HEAD_SCAN_H
#define SWL_HEAD_SCAN_H

#include <stddef.h>

// Row by row (arXiv:2405.21060 §3, the recurrent form), of every head k, channel i of the head and element n of its state
//     h[k, i, n] = exp(delta[t, k] * a[k]) * h[k, i, n] + delta[t, k] * x[t, k, i] * b[t, g, n]
//     out[t, k, i] = sum over n of h[k, i, n] * c[t, g, n] + d[k] * x[t, k, i]
// with g = k / heads_per_group. A call computes the heads first ... first + count - 1; all pointers are those of head 0. A
// result does not depend on how rows and heads are divided among calls, rows in order. `out` may be `x`.
typedef struct swl_head_scan {
    size_t rows, first, count;
    size_t head_size;        // channels of a head
    size_t size;             // elements of a channel's state
    size_t heads_per_group;  // heads that share b and c
    const float *x;          // [rows, heads, head_size]
    const float *delta;      // [rows, heads]
    const float *a;          // [heads], negative
    const float *b, *c;      // [rows, groups, size]
    const float *d;          // [heads]
    const float *before;     // [heads, head_size, size], end to end: the state before the rows; may be `state`
    float *state;            // the same after them
    float *out;              // [rows, heads, head_size]
    size_t x_stride, delta_stride, b_stride, c_stride, out_stride;  // floats between rows
} swl_head_scan;

#endif
