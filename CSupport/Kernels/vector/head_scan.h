// The scan by heads over vectors of LANES floats: heads outside, rows inside, so that a tile of the state stays in the L1
// cache while a whole prompt passes it.
#ifndef SWL_VECTOR_HEAD_SCAN_H
#define SWL_VECTOR_HEAD_SCAN_H

#include "functions.h"
#include "vector.h"

enum {
    SCAN_ROWS = 64,      // whose decays are computed at once; a multiple of LANES
    SCAN_CHANNELS = 16,  // of a tile: 8 KiB of states of 128 elements
    SCAN_JOINED = 4,     // channels that share their loads of b and c
};

// One step of `count` channels, a constant of the caller's: `input` holds delta * x of each. The states' products with c, a
// sum for each.
INLINE v4f scan_channels(const size_t count, size_t size, float decay, const float *input, const float *b, const float *c,
                         const float *before, float *state) {
    vf sums[SCAN_JOINED] = {0};
    size_t n = 0;
    for (; n + LANES <= size; n += LANES) {
        vf bs = load(b + n), cs = load(c + n);
#pragma clang loop unroll(full)
        for (size_t j = 0; j < count; j++) {
            vf next = multiply_add(load(before + j * size + n), broadcast(decay), bs * input[j]);
            store(state + j * size + n, next);
            sums[j] = multiply_add(next, cs, sums[j]);
        }
    }
    if (n < size) {
        size_t rest = size - n;
        vf bs = load_part(b + n, rest), cs = load_part(c + n, rest);
        for (size_t j = 0; j < count; j++) {
            vf next = multiply_add(load_part(before + j * size + n, rest), broadcast(decay), bs * input[j]);
            store_part(state + j * size + n, next, rest);
            sums[j] = multiply_add(next, cs, sums[j]);
        }
    }
    v4f folded[SCAN_JOINED];
    for (size_t j = 0; j < SCAN_JOINED; j++) folded[j] = fold_to_four(sums[j]);
    return sum_each(folded);
}

// `count` channels, a constant of the caller's, from channel i of head k on, at row t.
INLINE void scan_row(const swl_head_scan *call, const size_t count, size_t k, size_t i, size_t t, float decay) {
    size_t group = k / call->heads_per_group * call->size, first = i * call->size;
    const float *x = call->x + t * call->x_stride + i;
    float delta = call->delta[t * call->delta_stride + k], input[SCAN_JOINED];
    for (size_t j = 0; j < count; j++) input[j] = delta * x[j];
    v4f sums = scan_channels(count, call->size, decay, input, call->b + t * call->b_stride + group,
                             call->c + t * call->c_stride + group, (t == 0 ? call->before : call->state) + first,
                             call->state + first);
    float *out = call->out + t * call->out_stride + i;
    for (size_t j = 0; j < count; j++) out[j] = sums[j] + call->d[k] * x[j];
}

// A tile of `count` channels from channel i of head k on, through some rows.
static void scan_tile(const swl_head_scan *call, size_t k, size_t i, size_t count, size_t first_row, size_t rows,
                      const float *decays) {
    for (size_t t = 0; t < rows; t++) {
        size_t j = 0;
        for (; j + SCAN_JOINED <= count; j += SCAN_JOINED) scan_row(call, SCAN_JOINED, k, i + j, first_row + t, decays[t]);
        for (; j < count; j++) scan_row(call, 1, k, i + j, first_row + t, decays[t]);
    }
}

static void head_scan(const swl_head_scan *call) {
    for (size_t k = call->first; k < call->first + call->count; k++) {
        for (size_t first = 0; first < call->rows; first += SCAN_ROWS) {
            size_t rows = call->rows - first < SCAN_ROWS ? call->rows - first : SCAN_ROWS;
            float decays[SCAN_ROWS] = {0};
            for (size_t t = 0; t < rows; t++) decays[t] = call->delta[(first + t) * call->delta_stride + k] * call->a[k];
            for (size_t t = 0; t < rows; t += LANES) store(decays + t, exponential(load(decays + t)));
            for (size_t i = 0; i < call->head_size; i += SCAN_CHANNELS) {
                size_t count = call->head_size - i < SCAN_CHANNELS ? call->head_size - i : SCAN_CHANNELS;
                scan_tile(call, k, k * call->head_size + i, count, first, rows, decays);
            }
        }
    }
}

#endif
