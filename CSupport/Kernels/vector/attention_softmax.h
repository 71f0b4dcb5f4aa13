// The running softmax of attention over vectors of LANES floats, a block of keys at a time.
// Scores are in units of ln 2.
#ifndef SWL_VECTOR_ATTENTION_SOFTMAX_H
#define SWL_VECTOR_ATTENTION_SOFTMAX_H

#include "functions.h"

typedef struct key_range {
    size_t begin, end;  // empty when begin >= end
} key_range;

#define PER_LN2 0x1.715476p0f  // 1 / ln 2

// Caps the scores of a block's keys to -softcap...softcap; the unit is ln 2.
INLINE void cap_scores(const key_range range, float softcap, float *scores) {
    float inward = 0x1.62e430p-1f / softcap, outward = softcap * PER_LN2;
    for (size_t j = range.begin / LANES * LANES; j < range.end; j += LANES) {
        store(scores + j, hyperbolic_tangent_of(load(scores + j) * inward) * outward);
    }
}

// Adds a bias for each of a block's keys to their scores.
INLINE void add_bias(const key_range range, const float *bias, float *scores) {
    for (size_t j = range.begin / LANES * LANES; j < range.end; j += LANES) {
        store(scores + j, multiply_add(load(bias + j), broadcast(PER_LN2), load(scores + j)));
    }
}

// Update of a query's running softmax by a block's scores: the new maximum, and the factor that rescales the sums so
// far.
typedef struct softmax_step {
    float max, reference, shrink;
} softmax_step;

// Scores outside of the range become -infinity.
//
// Where all scores yet are -infinity, zero stands in for their maximum: weights are 0 then, not NaN, as a later block
// may hold finite ones; a NaN score still makes NaN.
INLINE softmax_step find_max(const key_range range, float *scores, float highest) {
    size_t first = range.begin / LANES * LANES;
    vi lane;
    for (int i = 0; i < LANES; i++) lane[i] = i;
    vf top = broadcast(highest);
    for (size_t j = first; j < range.end; j += LANES) {
        vf score = load(scores + j);
        if (j < range.begin || j + LANES > range.end) {
            vi key = lane + (int32_t)j;
            score = choose((key >= (int32_t)range.begin) & (key < (int32_t)range.end), score, broadcast(-INFINITY));
            store(scores + j, score);
        }
        top = greater(score, top);
    }
    softmax_step step = {.max = greatest_lane(top)};
    step.reference = step.max == -INFINITY ? 0 : step.max;
    step.shrink = step.max == highest ? 1
                  : highest == -INFINITY    ? 0
                                            : power_of_two(broadcast(highest - step.reference))[0];
    return step;
}

// Makes weights of a query's scores and adds them up.
INLINE void weigh(const key_range range, float *scores, softmax_step step, float *sums) {
    vf sum = load(sums) * step.shrink;
    for (size_t j = range.begin / LANES * LANES; j < range.end; j += LANES) {
        vf weight = power_of_two(load(scores + j) - step.reference);
        store(scores + j, weight);
        sum += weight;
    }
    store(sums, sum);
}

#endif
