// Operations with a state, over vectors of LANES floats.
#ifndef SWL_VECTOR_RECURRENT_H
#define SWL_VECTOR_RECURRENT_H

#include "functions.h"
#include "vector.h"

#define RECURRENT_OPERATIONS .causal_convolution = causal_convolution, .selective_scan = selective_scan

// Of LANES channels or `count` of them, from channel c on, whose weights are transposed once for all rows.
INLINE void convolve_channels(const swl_convolution *call, size_t c, size_t count) {
    size_t width = call->width, past = width - 1;
    float weights[SWL_CONVOLUTION_WIDTH][LANES] = {0};
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < width; j++) weights[j][i] = call->weights[(c + i) * width + j];
    }
    vf bias = call->bias ? load_part(call->bias + c, count) : broadcast(0);
    for (size_t t = 0; t < call->rows; t++) {
        vf sum = bias;
        for (size_t j = 0; j < width; j++) {
            size_t r = t + j;
            const float *row = r < past ? call->before + r * call->before_stride : call->x + (r - past) * call->x_stride;
            vf x = count == LANES ? load(row + c) : load_part(row + c, count);
            sum = multiply_add(load(weights[j]), x, sum);
        }
        float *out = call->out + t * call->out_stride + c;
        if (count == LANES) {
            store(out, sum);
        } else {
            store_part(out, sum, count);
        }
    }
}

static void causal_convolution(const swl_convolution *call) {
    size_t c = 0;
    for (; c + LANES <= call->channels; c += LANES) convolve_channels(call, c, LANES);
    if (c < call->channels) convolve_channels(call, c, call->channels - c);
}

// One channel's step over whole vectors of its state, and over the rest.
INLINE float scan_step(size_t size, float delta, float input, const float *a, const float *b, const float *c, float *h) {
    vf sums = {0};
    size_t i = 0;
    for (; i + LANES <= size; i += LANES) {
        vf next = multiply_add(exponential(load(a + i) * delta), load(h + i), load(b + i) * input);
        store(h + i, next);
        sums = multiply_add(next, load(c + i), sums);
    }
    if (i < size) {
        size_t rest = size - i;
        vf decay = exponential(load_part(a + i, rest) * delta);
        vf next = multiply_add(decay, load_part(h + i, rest), load_part(b + i, rest) * input);
        store_part(h + i, next, rest);
        sums = multiply_add(next, load_part(c + i, rest), sums);
    }
    return sum_lanes(sums);
}

static void selective_scan(const swl_scan *call) {
    for (size_t c = 0; c < call->channels; c++) {
        const float *a = call->a + c * call->size;
        float *h = call->state + c * call->size;
        for (size_t t = 0; t < call->rows; t++) {
            float x = call->x[t * call->x_stride + c], delta = call->delta[t * call->delta_stride + c];
            float y = scan_step(call->size, delta, delta * x, a, call->b + t * call->b_stride,
                                call->c + t * call->c_stride, h);
            call->out[t * call->out_stride + c] = y + call->d[c] * x;
        }
    }
}

#endif
