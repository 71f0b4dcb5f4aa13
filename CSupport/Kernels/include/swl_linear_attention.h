// Linear attention: instead of a cache of keys and values, a matrix for each head, which every row changes.
#ifndef SWL_LINEAR_ATTENTION_H
#define SWL_LINEAR_ATTENTION_H

#include <stddef.h>

// A head's state is S, [keys, columns], rows `state_stride` floats apart: `before` the first row, and `after` the last one,
// which may be the same memory. Columns are independent of one another: a call may be about some of them. A result does not
// depend on how rows and columns are divided among calls, rows in order. Strides are floats between rows.

// The gated delta rule of one head (arXiv:2412.06464 §3.1), row by row, with k and q times their scales:
//     u[j] = rate[t] * (value[t, j] - decay[t] * sum over i of k[t, i] * S[i, j])
//     S[i, j] = decay[t] * S[i, j] + k[t, i] * u[j]
//     out[t, j] = sum over i of q[t, i] * S[i, j]
typedef struct swl_delta_rule {
    size_t rows, keys, columns;
    const float *query, *key;    // [rows, keys]
    const float *value;          // [rows, columns]
    const float *decay, *rate;   // [rows], 0...1
    float query_scale, key_scale;
    const float *before;
    float *after;
    float *out;  // [rows, columns]; may be `value`
    size_t query_stride, key_stride, value_stride, decay_stride, rate_stride, state_stride, out_stride;
} swl_delta_rule;

// RWKV's state of one head, row by row. RWKV-7 (arXiv:2503.14456 §4):
//     S[i, j] = decay[t, i] * S[i, j] + key[t, i] * value[t, j] - replacement[t, i] * sum over n of removal[t, n] * S[n, j]
//     out[t, j] = sum over i of receptance[t, i] * S[i, j]
// where the sums on the right are of S before the row. RWKV-6 (arXiv:2404.05892 §4), without removal and replacement, has
// `out` of S before the row.
typedef struct swl_wkv {
    size_t rows, keys, columns;
    const float *receptance, *decay, *key;    // [rows, keys]
    const float *removal, *replacement;       // [rows, keys]; or both NULL
    const float *value;                       // [rows, columns]
    const float *before;
    float *after;
    float *out;  // [rows, columns]; may be `value`
    size_t receptance_stride, decay_stride, key_stride, removal_stride, replacement_stride, value_stride, state_stride,
        out_stride;
} swl_wkv;

#endif
