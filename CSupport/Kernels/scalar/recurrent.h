// The specification of operations with a state.
#ifndef SWL_SCALAR_RECURRENT_H
#define SWL_SCALAR_RECURRENT_H

#include <math.h>

#include "../tables.h"

#define RECURRENT_OPERATIONS .causal_convolution = causal_convolution, .selective_scan = selective_scan

static void causal_convolution(const swl_convolution *call) {
    size_t past = call->width - 1;
    for (size_t t = 0; t < call->rows; t++) {
        for (size_t c = 0; c < call->channels; c++) {
            double sum = call->bias ? call->bias[c] : 0;
            for (size_t j = 0; j < call->width; j++) {
                size_t r = t + j;
                const float *row =
                    r < past ? call->before + r * call->before_stride : call->x + (r - past) * call->x_stride;
                sum += (double)call->weights[c * call->width + j] * row[c];
            }
            call->out[t * call->out_stride + c] = (float)sum;
        }
    }
}

static void selective_scan(const swl_scan *call) {
    for (size_t t = 0; t < call->rows; t++) {
        const float *b = call->b + t * call->b_stride, *c = call->c + t * call->c_stride;
        for (size_t i = 0; i < call->channels; i++) {
            double x = call->x[t * call->x_stride + i], delta = call->delta[t * call->delta_stride + i], y = 0;
            for (size_t n = 0; n < call->size; n++) {
                float *h = &call->state[i * call->size + n];
                *h = (float)(exp(delta * call->a[i * call->size + n]) * *h + delta * x * b[n]);
                y += (double)*h * c[n];
            }
            call->out[t * call->out_stride + i] = (float)(y + call->d[i] * x);
        }
    }
}

#endif
