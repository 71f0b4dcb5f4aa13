// The specification of the scan by heads.
#ifndef SWL_SCALAR_HEAD_SCAN_H
#define SWL_SCALAR_HEAD_SCAN_H

#include <math.h>

#include "../tables.h"

static void head_scan(const swl_head_scan *call) {
    for (size_t t = 0; t < call->rows; t++) {
        const float *before = t == 0 ? call->before : call->state;
        for (size_t k = call->first; k < call->first + call->count; k++) {
            size_t group = k / call->heads_per_group * call->size;
            const float *b = call->b + t * call->b_stride + group, *c = call->c + t * call->c_stride + group;
            double delta = call->delta[t * call->delta_stride + k], decay = exp(delta * call->a[k]);
            for (size_t i = k * call->head_size; i < (k + 1) * call->head_size; i++) {
                double x = call->x[t * call->x_stride + i], y = 0;
                for (size_t n = 0; n < call->size; n++) {
                    float h = (float)(decay * before[i * call->size + n] + delta * x * b[n]);
                    call->state[i * call->size + n] = h;
                    y += (double)h * c[n];
                }
                call->out[t * call->out_stride + i] = (float)(y + call->d[k] * x);
            }
        }
    }
}

#endif
