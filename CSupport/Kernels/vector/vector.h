// Vectors of LANES float32, in clang's vector types, and what the operations written over them share.
//
// An ISA's file defines LANES (4, 8 or 16) within its `#pragma clang attribute push`, then includes the files of
// this folder, so that their functions are compiled for that ISA. Order of a reduction: element i goes to lane i % LANES,
// lanes are added in halves; it depends on the count alone.
#ifndef SWL_VECTOR_H
#define SWL_VECTOR_H

#include <math.h>
#include <string.h>

#include "../tables.h"

#define INLINE static inline __attribute__((always_inline))

typedef float vf __attribute__((vector_size(LANES * 4)));
typedef int32_t vi __attribute__((vector_size(LANES * 4)));
typedef uint32_t vu __attribute__((vector_size(LANES * 4)));
typedef double vd __attribute__((vector_size(LANES * 8)));
typedef _Float16 vh __attribute__((vector_size(LANES * 2)));
typedef uint16_t vus __attribute__((vector_size(LANES * 2)));
typedef int8_t vsb __attribute__((vector_size(LANES)));

// MARK: - Loads and stores. The `_part` forms touch `count` < LANES elements; the other lanes are zero.

INLINE vf load(const float *p) {
    vf v;
    memcpy(&v, p, sizeof v);
    return v;
}

INLINE void store(float *p, vf v) { memcpy(p, &v, sizeof v); }

INLINE vf load_part(const float *p, size_t count) {
    float lanes[LANES] = {0};
    memcpy(lanes, p, count * sizeof(float));
    return load(lanes);
}

INLINE void store_part(float *p, vf v, size_t count) {
    float lanes[LANES];
    store(lanes, v);
    memcpy(p, lanes, count * sizeof(float));
}

INLINE vf load_f16(const uint16_t *p) {
    vh v;
    memcpy(&v, p, sizeof v);
    return __builtin_convertvector(v, vf);
}

INLINE vf load_bf16(const uint16_t *p) {
    vus v;
    memcpy(&v, p, sizeof v);
    return (vf)(__builtin_convertvector(v, vu) << 16);
}

INLINE vf load_f16_part(const uint16_t *p, size_t count) {
    uint16_t lanes[LANES] = {0};
    memcpy(lanes, p, count * sizeof(uint16_t));
    return load_f16(lanes);
}

INLINE vf load_bf16_part(const uint16_t *p, size_t count) {
    uint16_t lanes[LANES] = {0};
    memcpy(lanes, p, count * sizeof(uint16_t));
    return load_bf16(lanes);
}

INLINE float f16_to_float(uint16_t bits) {
    _Float16 half;
    memcpy(&half, &bits, sizeof half);
    return (float)half;
}

// Asks for memory to be used soon, wherever that points: beyond the last row is harmless.
INLINE void prefetch(const void *p, size_t bytes_ahead) {
    __builtin_prefetch((const void *)((uintptr_t)p + bytes_ahead));
}

// MARK: - Arithmetic

INLINE vf broadcast(float x) { return x - (vf){0}; }

INLINE vf multiply_add(vf a, vf b, vf c) { return __builtin_elementwise_fma(a, b, c); }

// Lanes of `a` where the mask is all ones, of `b` where it is zero.
INLINE vf choose(vi mask, vf a, vf b) { return (vf)((mask & (vi)a) | (~mask & (vi)b)); }

// The greater, `b` where either is NaN; so with `a` new and `b` so far, NaN is passed over.
INLINE vf greater(vf a, vf b) { return choose(a > b, a, b); }

INLINE vf absolute(vf x) { return (vf)((vu)x & 0x7fffffff); }

INLINE float sum_lanes(vf v) {
    float lanes[LANES];
    store(lanes, v);
    for (int half = LANES / 2; half > 0; half /= 2) {
        for (int i = 0; i < half; i++) lanes[i] += lanes[i + half];
    }
    return lanes[0];
}

typedef float v4f __attribute__((vector_size(16)));
typedef int32_t v4i __attribute__((vector_size(16)));

// A vector's lanes added in halves down to four.
INLINE v4f fold_to_four(vf v) {
#if LANES == 16
    typedef float v8f __attribute__((vector_size(32)));
    v8f eight = __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7) +
                __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15);
    return __builtin_shufflevector(eight, eight, 0, 1, 2, 3) + __builtin_shufflevector(eight, eight, 4, 5, 6, 7);
#elif LANES == 8
    return __builtin_shufflevector(v, v, 0, 1, 2, 3) + __builtin_shufflevector(v, v, 4, 5, 6, 7);
#else
    return v;
#endif
}

// The lanes of each of four vectors added in halves: four sums.
INLINE v4f sum_each(const v4f *v) {
    v4f a = __builtin_shufflevector(v[0], v[1], 0, 1, 4, 5) + __builtin_shufflevector(v[0], v[1], 2, 3, 6, 7);
    v4f b = __builtin_shufflevector(v[2], v[3], 0, 1, 4, 5) + __builtin_shufflevector(v[2], v[3], 2, 3, 6, 7);
    return __builtin_shufflevector(a, b, 0, 2, 4, 6) + __builtin_shufflevector(a, b, 1, 3, 5, 7);
}

// Vectors of doubles are as large as two registers: no function takes or returns one.
#define WIDEN(v) __builtin_convertvector(v, vd)

INLINE double sum_lanes_double(const vd *v) {
    double lanes[LANES];
    memcpy(lanes, v, sizeof *v);
    for (int half = LANES / 2; half > 0; half /= 2) {
        for (int i = 0; i < half; i++) lanes[i] += lanes[i + half];
    }
    return lanes[0];
}

// Each lane of a vector or of its halves, quarters, ... beside the one that far from it.
#if LANES == 16
#define HALVES_SWAPPED(v) __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7)
#define QUARTERS_SWAPPED(v) __builtin_shufflevector(v, v, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11)
#define PAIRS_SWAPPED(v) __builtin_shufflevector(v, v, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13)
#define LANES_SWAPPED(v) __builtin_shufflevector(v, v, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14)
#elif LANES == 8
#define HALVES_SWAPPED(v) (v)
#define QUARTERS_SWAPPED(v) __builtin_shufflevector(v, v, 4, 5, 6, 7, 0, 1, 2, 3)
#define PAIRS_SWAPPED(v) __builtin_shufflevector(v, v, 2, 3, 0, 1, 6, 7, 4, 5)
#define LANES_SWAPPED(v) __builtin_shufflevector(v, v, 1, 0, 3, 2, 5, 4, 7, 6)
#elif LANES == 4
#define HALVES_SWAPPED(v) (v)
#define QUARTERS_SWAPPED(v) (v)
#define PAIRS_SWAPPED(v) __builtin_shufflevector(v, v, 2, 3, 0, 1)
#define LANES_SWAPPED(v) __builtin_shufflevector(v, v, 1, 0, 3, 2)
#endif

INLINE float greatest_lane(vf v) {
    v = greater(HALVES_SWAPPED(v), v);
    v = greater(QUARTERS_SWAPPED(v), v);
    v = greater(PAIRS_SWAPPED(v), v);
    return greater(LANES_SWAPPED(v), v)[0];
}

// A vector's lanes reduced down to four: the greatest.
INLINE v4f greatest_four(vf v) {
    v = greater(HALVES_SWAPPED(v), v);
    v = greater(QUARTERS_SWAPPED(v), v);
    return __builtin_shufflevector(v, v, 0, 1, 2, 3);
}

INLINE v4f choose_four(v4i mask, v4f a, v4f b) { return (v4f)((mask & (v4i)a) | (~mask & (v4i)b)); }

INLINE v4f greater_four(v4f a, v4f b) { return choose_four(a > b, a, b); }

// The greatest of each of four vectors.
INLINE v4f greatest_each(const v4f *v) {
    v4f a = greater_four(__builtin_shufflevector(v[0], v[1], 0, 1, 4, 5),
                         __builtin_shufflevector(v[0], v[1], 2, 3, 6, 7));
    v4f b = greater_four(__builtin_shufflevector(v[2], v[3], 0, 1, 4, 5),
                         __builtin_shufflevector(v[2], v[3], 2, 3, 6, 7));
    return greater_four(__builtin_shufflevector(a, b, 0, 2, 4, 6), __builtin_shufflevector(a, b, 1, 3, 5, 7));
}

INLINE int32_t greatest_lane_int(vi v) {
    int32_t lanes[LANES];
    memcpy(lanes, &v, sizeof v);
    for (int half = LANES / 2; half > 0; half /= 2) {
        for (int i = 0; i < half; i++) lanes[i] = lanes[i + half] > lanes[i] ? lanes[i + half] : lanes[i];
    }
    return lanes[0];
}

INLINE int32_t sum_lanes_int(vi v) {
    int32_t lanes[LANES];
    memcpy(lanes, &v, sizeof v);
    for (int half = LANES / 2; half > 0; half /= 2) {
        for (int i = 0; i < half; i++) lanes[i] += lanes[i + half];
    }
    return lanes[0];
}

// The first halves of `a` and `b` with their lanes taken in turn: a0 b0 a1 b1 ...; and the second halves.
#if LANES == 4
#define ZIP_LOW(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define ZIP_HIGH(a, b) __builtin_shufflevector(a, b, 2, 6, 3, 7)
#elif LANES == 8
#define ZIP_LOW(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define ZIP_HIGH(a, b) __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
#elif LANES == 16
#define ZIP_LOW(a, b) __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define ZIP_HIGH(a, b) __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
#endif

// Transposes LANES vectors in place: log2(LANES) rounds; each zips row i with row i + LANES / 2.
INLINE void transpose(vf rows[LANES]) {
#pragma clang loop unroll(full)
    for (int round = 1; round < LANES; round *= 2) {
        vf zipped[LANES];
#pragma clang loop unroll(full)
        for (int i = 0; i < LANES / 2; i++) {
            zipped[2 * i] = ZIP_LOW(rows[i], rows[i + LANES / 2]);
            zipped[2 * i + 1] = ZIP_HIGH(rows[i], rows[i + LANES / 2]);
        }
#pragma clang loop unroll(full)
        for (int i = 0; i < LANES; i++) rows[i] = zipped[i];
    }
}

#endif
