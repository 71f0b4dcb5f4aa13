// Linear attention, over vectors of LANES columns of a head's state.
//
// Up to BLOCK vectors of columns go through all rows together: their part of the state, at most 128 keys of 64 columns,
// stays in the L1 cache, and their sums in registers. The order of a column's sums depends on the number of keys alone.
#ifndef SWL_VECTOR_LINEAR_ATTENTION_H
#define SWL_VECTOR_LINEAR_ATTENTION_H

#include "vector.h"

#define LINEAR_ATTENTION_OPERATIONS .delta_rule = delta_rule, .wkv = wkv, .head_bonus = head_bonus

enum { BLOCK = 4 };  // vectors

// LANES columns, or the `count` of a rest.
INLINE vf load_state(const float *p, const size_t count) { return count == LANES ? load(p) : load_part(p, count); }

INLINE void store_state(float *p, vf v, const size_t count) {
    if (count == LANES) {
        store(p, v);
    } else {
        store_part(p, v, count);
    }
}

// sums[j] = sum over i of factors[i] * state[i, j]. Even and odd i are added up apart, so that additions need not wait.
INLINE void read_state(size_t keys, const float *factors, const float *state, size_t stride, const size_t vectors,
                       const size_t count, vf sums[BLOCK]) {
    vf even[BLOCK] = {0}, odd[BLOCK] = {0};
    size_t i = 0;
    for (; i + 2 <= keys; i += 2, state += 2 * stride) {
        vf first = broadcast(factors[i]), second = broadcast(factors[i + 1]);
#pragma clang loop unroll(full)
        for (size_t j = 0; j < vectors; j++) {
            even[j] = multiply_add(first, load_state(state + j * LANES, count), even[j]);
            odd[j] = multiply_add(second, load_state(state + stride + j * LANES, count), odd[j]);
        }
    }
#pragma clang loop unroll(full)
    for (size_t j = 0; j < vectors; j++) {
        if (i < keys) {
            even[j] = multiply_add(broadcast(factors[i]), load_state(state + j * LANES, count), even[j]);
        }
        sums[j] = even[j] + odd[j];
    }
}

// MARK: - Gated delta rule

INLINE void delta_rule_block(const swl_delta_rule *call, size_t column, const size_t vectors, const size_t count) {
    const float *from = call->before + column;
    float *to = call->after + column;
    for (size_t t = 0; t < call->rows; t++, from = to) {
        const float *q = call->query + t * call->query_stride, *k = call->key + t * call->key_stride;
        const float *value = call->value + t * call->value_stride + column;
        float *out = call->out + t * call->out_stride + column;
        vf decay = broadcast(call->decay[t * call->decay_stride]);
        vf decayed_scale = decay * call->key_scale, rate = broadcast(call->rate[t * call->rate_stride] * call->key_scale);
        vf change[BLOCK], sums[BLOCK] = {0};
        read_state(call->keys, k, from, call->state_stride, vectors, count, change);
#pragma clang loop unroll(full)
        for (size_t j = 0; j < vectors; j++) {
            change[j] = multiply_add(-decayed_scale, change[j], load_state(value + j * LANES, count)) * rate;
        }
        for (size_t i = 0; i < call->keys; i++) {
            vf key = broadcast(k[i]), query = broadcast(q[i]);
#pragma clang loop unroll(full)
            for (size_t j = 0; j < vectors; j++) {
                size_t place = i * call->state_stride + j * LANES;
                vf next = multiply_add(key, change[j], decay * load_state(from + place, count));
                store_state(to + place, next, count);
                sums[j] = multiply_add(query, next, sums[j]);
            }
        }
#pragma clang loop unroll(full)
        for (size_t j = 0; j < vectors; j++) store_state(out + j * LANES, sums[j] * call->query_scale, count);
    }
}

static void delta_rule(const swl_delta_rule *call) {
    size_t c = 0;
    for (; c + BLOCK * LANES <= call->columns; c += BLOCK * LANES) delta_rule_block(call, c, BLOCK, LANES);
    for (; c + LANES <= call->columns; c += LANES) delta_rule_block(call, c, 1, LANES);
    if (c < call->columns) delta_rule_block(call, c, 1, call->columns - c);
}

// MARK: - RWKV

INLINE void wkv_block(const swl_wkv *call, size_t column, const size_t vectors, const size_t count, const bool removes) {
    const float *from = call->before + column;
    float *to = call->after + column;
    for (size_t t = 0; t < call->rows; t++, from = to) {
        const float *r = call->receptance + t * call->receptance_stride, *w = call->decay + t * call->decay_stride;
        const float *k = call->key + t * call->key_stride;
        const float *replacement = removes ? call->replacement + t * call->replacement_stride : NULL;
        float *out = call->out + t * call->out_stride + column;
        vf value[BLOCK], removed[BLOCK], sums[BLOCK] = {0};
#pragma clang loop unroll(full)
        for (size_t j = 0; j < vectors; j++) {
            value[j] = load_state(call->value + t * call->value_stride + column + j * LANES, count);
        }
        if (removes) {
            const float *removal = call->removal + t * call->removal_stride;
            read_state(call->keys, removal, from, call->state_stride, vectors, count, removed);
        }
        for (size_t i = 0; i < call->keys; i++) {
            vf receptance = broadcast(r[i]), decay = broadcast(w[i]), key = broadcast(k[i]);
            vf replaced = removes ? broadcast(-replacement[i]) : key;
#pragma clang loop unroll(full)
            for (size_t j = 0; j < vectors; j++) {
                size_t place = i * call->state_stride + j * LANES;
                vf old = load_state(from + place, count), next = multiply_add(decay, old, key * value[j]);
                if (removes) next = multiply_add(replaced, removed[j], next);
                store_state(to + place, next, count);
                sums[j] = multiply_add(receptance, removes ? next : old, sums[j]);
            }
        }
#pragma clang loop unroll(full)
        for (size_t j = 0; j < vectors; j++) store_state(out + j * LANES, sums[j], count);
    }
}

INLINE void wkv_columns(const swl_wkv *call, const bool removes) {
    size_t c = 0;
    for (; c + BLOCK * LANES <= call->columns; c += BLOCK * LANES) wkv_block(call, c, BLOCK, LANES, removes);
    for (; c + LANES <= call->columns; c += LANES) wkv_block(call, c, 1, LANES, removes);
    if (c < call->columns) wkv_block(call, c, 1, call->columns - c, removes);
}

static void wkv(const swl_wkv *call) {
    if (call->removal) {
        wkv_columns(call, true);
    } else {
        wkv_columns(call, false);
    }
}

static void head_bonus(size_t heads, size_t size, const float *r, const float *k, const float *bonus, const float *value,
                       float *out) {
    for (size_t first = 0; first < heads * size; first += size) {
        vf sums = {0};
        size_t i = first, end = first + size;
        for (; i + LANES <= end; i += LANES) sums = multiply_add(load(r + i) * load(k + i), load(bonus + i), sums);
        if (i < end) {
            size_t rest = end - i;
            sums = multiply_add(load_part(r + i, rest) * load_part(k + i, rest), load_part(bonus + i, rest), sums);
        }
        float sum = sum_lanes(sums);
        for (i = first; i + LANES <= end; i += LANES) store(out + i, load(value + i) * sum);
        if (i < end) store_part(out + i, load_part(value + i, end - i) * sum, end - i);
    }
}

#endif
