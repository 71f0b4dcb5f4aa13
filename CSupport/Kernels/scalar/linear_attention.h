// The specification of linear attention.
#ifndef SWL_SCALAR_LINEAR_ATTENTION_H
#define SWL_SCALAR_LINEAR_ATTENTION_H

#include "../tables.h"

#define LINEAR_ATTENTION_OPERATIONS .delta_rule = delta_rule, .wkv = wkv, .head_bonus = head_bonus

static void delta_rule(const swl_delta_rule *call) {
    for (size_t t = 0; t < call->rows; t++) {
        const float *from = t == 0 ? call->before : call->after;
        const float *q = call->query + t * call->query_stride, *k = call->key + t * call->key_stride;
        double decay = call->decay[t * call->decay_stride], rate = call->rate[t * call->rate_stride];
        for (size_t j = 0; j < call->columns; j++) {
            double held = 0, out = 0;
            for (size_t i = 0; i < call->keys; i++) held += (double)k[i] * from[i * call->state_stride + j];
            double error = call->value[t * call->value_stride + j] - decay * call->key_scale * held;
            for (size_t i = 0; i < call->keys; i++) {
                size_t place = i * call->state_stride + j;
                call->after[place] = (float)(decay * from[place] + rate * call->key_scale * k[i] * error);
                out += (double)q[i] * call->after[place];
            }
            call->out[t * call->out_stride + j] = (float)(call->query_scale * out);
        }
    }
}

static void wkv(const swl_wkv *call) {
    for (size_t t = 0; t < call->rows; t++) {
        const float *from = t == 0 ? call->before : call->after;
        const float *r = call->receptance + t * call->receptance_stride, *w = call->decay + t * call->decay_stride;
        const float *k = call->key + t * call->key_stride;
        const float *removal = call->removal ? call->removal + t * call->removal_stride : NULL;
        for (size_t j = 0; j < call->columns; j++) {
            double value = call->value[t * call->value_stride + j], removed = 0, out = 0;
            for (size_t i = 0; removal && i < call->keys; i++) {
                removed += (double)removal[i] * from[i * call->state_stride + j];
            }
            for (size_t i = 0; i < call->keys; i++) {
                size_t place = i * call->state_stride + j;
                double old = from[place], next = w[i] * old + k[i] * value;
                if (removal) next -= call->replacement[t * call->replacement_stride + i] * removed;
                call->after[place] = (float)next;
                out += r[i] * (removal ? call->after[place] : old);
            }
            call->out[t * call->out_stride + j] = (float)out;
        }
    }
}

static void head_bonus(size_t heads, size_t size, const float *r, const float *k, const float *bonus, const float *value,
                       float *out) {
    for (size_t first = 0; first < heads * size; first += size) {
        double sum = 0;
        for (size_t i = first; i < first + size; i++) sum += (double)r[i] * k[i] * bonus[i];
        for (size_t i = first; i < first + size; i++) out[i] = (float)(value[i] * sum);
    }
}

#endif
