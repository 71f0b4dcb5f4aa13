// Formats without a search, hostile weights, and which search this CPU can run.
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "search.h"

// MARK: - The ISAs

static bool runs_here(const swl_search *search) {
#if defined(__x86_64__)
    if (search == &swl_search_avx2) return __builtin_cpu_supports("avx2");
    if (search == &swl_search_avx512) {
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
    }
#endif
    return search == &swl_search_portable;
}

// The fastest first.
static const swl_search *const searches[] = {
#if defined(__x86_64__)
    &swl_search_avx512,
    &swl_search_avx2,
#endif
    &swl_search_portable,
};

static const swl_search *search_named(const char *name) {
    for (size_t i = 0; i < sizeof searches / sizeof searches[0]; i++) {
        if ((!name || strcmp(name, searches[i]->name) == 0) && runs_here(searches[i])) return searches[i];
    }
    return NULL;
}

static _Atomic(const swl_search *) chosen;

const char *swl_quantizer_search(const char *name) {
    const swl_search *search = name ? search_named(name) : NULL;
    if (search) chosen = search;
    search = chosen;
    return (search ? search : search_named(NULL))->name;
}

// MARK: - Floats

static uint32_t bits_of(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static float magnitude_of(float value) { return value < 0 ? -value : value; }

// The index of the first number that is not below `limit` in magnitude, as NaN never is.
static ptrdiff_t first_beyond(const float *x, size_t count, float limit) {
    enum { CHUNK = 1024 };
    for (size_t start = 0; start < count; start += CHUNK) {
        size_t end = count - start < CHUNK ? count : start + CHUNK;
        uint32_t found = 0;
        for (size_t i = start; i < end; i++) found |= !(magnitude_of(x[i]) < limit);
        if (!found) continue;
        while (magnitude_of(x[start]) < limit) start++;
        return (ptrdiff_t)start;
    }
    return SWL_QUANTIZED;
}

// Nearest, half to even; what would become infinite becomes the largest.
static uint16_t bf16_of(float value) {
    uint32_t bits = bits_of(value), rounded = bits + 0x7fff + (bits >> 16 & 1);
    if ((rounded & 0x7f800000) == 0x7f800000) rounded -= 0x10000;
    return (uint16_t)(rounded >> 16);
}

static void pack_halves(size_t count, const float *x, uint16_t (*half_of)(float), char *out) {
    for (size_t i = 0; i < count; i++) {
        uint16_t half = half_of(x[i]);
        memcpy(out + 2 * i, &half, sizeof half);
    }
}

void swl_add_squares(size_t count, const float *x, const float *y, double *error, double *weight) {
    enum { SUMS = 8 };
    double errors[SUMS] = {0}, weights[SUMS] = {0};
    for (size_t i = 0; i < count; i++) {
        double difference = (double)x[i] - y[i];
        errors[i % SUMS] += difference * difference;
        weights[i % SUMS] += (double)x[i] * x[i];
    }
    for (size_t i = 0; i < SUMS; i++) *error += errors[i], *weight += weights[i];
}

// MARK: - Rows

// A format's blocks: elements, bytes, and where the float16 scale and minimum are; the same place twice without a
// minimum.
typedef struct block {
    size_t elements, bytes, scale_at, minimum_at;
} block;

static block block_of(uint32_t format) {
    switch (format) {
#define BLOCK_OF(id, count, name) \
    case id: return (block){count, sizeof(swl_##name), offsetof(swl_##name, scale), offsetof(swl_##name, scale)};
#define BLOCK_WITH_MINIMUM(id, count, name) \
    case id: return (block){count, sizeof(swl_##name), offsetof(swl_##name, scale), offsetof(swl_##name, minimum)};
        BLOCK_OF(SWL_Q4_0, SWL_BLOCK, q4_0)
        BLOCK_WITH_MINIMUM(SWL_Q4_1, SWL_BLOCK, q4_1)
        BLOCK_OF(SWL_Q5_0, SWL_BLOCK, q5_0)
        BLOCK_WITH_MINIMUM(SWL_Q5_1, SWL_BLOCK, q5_1)
        BLOCK_OF(SWL_Q8_0, SWL_BLOCK, q8_0)
        BLOCK_OF(SWL_IQ4_NL, SWL_BLOCK, iq4_nl)
        case SWL_MXFP4: return (block){SWL_BLOCK, sizeof(swl_mxfp4), 0, 0};
        BLOCK_WITH_MINIMUM(SWL_Q2_K, SWL_SUPER_BLOCK, q2_k)
        BLOCK_OF(SWL_Q3_K, SWL_SUPER_BLOCK, q3_k)
        BLOCK_WITH_MINIMUM(SWL_Q4_K, SWL_SUPER_BLOCK, q4_k)
        BLOCK_WITH_MINIMUM(SWL_Q5_K, SWL_SUPER_BLOCK, q5_k)
        BLOCK_OF(SWL_Q6_K, SWL_SUPER_BLOCK, q6_k)
        BLOCK_OF(SWL_IQ4_XS, SWL_SUPER_BLOCK, iq4_xs)
        BLOCK_OF(SWL_IQ2_XXS, SWL_SUPER_BLOCK, iq2_xxs)
        BLOCK_OF(SWL_IQ2_XS, SWL_SUPER_BLOCK, iq2_xs)
        BLOCK_OF(SWL_IQ2_S, SWL_SUPER_BLOCK, iq2_s)
        BLOCK_OF(SWL_IQ3_XXS, SWL_SUPER_BLOCK, iq3_xxs)
        BLOCK_OF(SWL_IQ3_S, SWL_SUPER_BLOCK, iq3_s)
        BLOCK_OF(SWL_IQ1_S, SWL_SUPER_BLOCK, iq1_s)
        case SWL_IQ1_M: return (block){SWL_SUPER_BLOCK, sizeof(swl_iq1_m), 0, 0};
        BLOCK_OF(SWL_TQ1_0, SWL_SUPER_BLOCK, tq1_0)
        BLOCK_OF(SWL_TQ2_0, SWL_SUPER_BLOCK, tq2_0)
    }
    return (block){0, 0, 0, 0};
}

ptrdiff_t swl_quantize_rows(uint32_t format, size_t rows, size_t columns, const float *x, const float *importance,
                            void *out) {
    block b = block_of(format);
    bool is_float = format == SWL_F32 || format == SWL_F16 || format == SWL_BF16;
    if (!is_float && (b.elements == 0 || columns % b.elements != 0)) return SWL_UNSUPPORTED;
    ptrdiff_t bad = first_beyond(x, rows * columns, (float)INFINITY);
    if (bad != SWL_QUANTIZED) return bad;
    if (format == SWL_F32) {
        memcpy(out, x, rows * columns * sizeof(float));
    } else if (is_float) {
        pack_halves(rows * columns, x, format == SWL_F16 ? f16_of : bf16_of, out);
    } else if (swl_book_quantizer_of(format)) {
        swl_book_quantizer_of(format)(rows, columns, x, importance, out);
    } else {
        const swl_search *search = chosen;
        if (!search) chosen = search = search_named(NULL);
        for (size_t row = 0; row < rows; row++) {
            search->rows[format](columns, x + row * columns, importance,
                                 (char *)out + row * (columns / b.elements * b.bytes));
        }
    }
    return SWL_QUANTIZED;
}

// MARK: - Overflow

// The smallest magnitudes that round to infinity, halfway between the largest number and the next one up.
static const float f16_overflow = 65520, bf16_overflow = 0x1.ffp127f;

static bool is_largest(uint16_t half) { return (half & 0x7fff) == 0x7bff; }

static bool is_largest_half(const char *at) {
    uint16_t half;
    memcpy(&half, at, sizeof half);
    return is_largest(half);
}

// Whether a scale or minimum of a block is the largest float16.
static bool is_limited(uint32_t format, block b, const char *bytes) {
    if (format != SWL_IQ1_M) return is_largest_half(bytes + b.scale_at) || is_largest_half(bytes + b.minimum_at);
    // Four bits of the scale are the highest of each of the last four 16-bit numbers.
    unsigned scale = 0;
    for (size_t i = 0; i < 4; i++) {
        scale |= (unsigned)(uint8_t)bytes[offsetof(swl_iq1_m, scales) + 2 * i + 1] >> 4 << 4 * i;
    }
    return is_largest((uint16_t)scale);
}

ptrdiff_t swl_first_overflow(uint32_t format, size_t rows, size_t columns, const float *x, const void *out) {
    if (format == SWL_F16) return first_beyond(x, rows * columns, f16_overflow);
    if (format == SWL_BF16) return first_beyond(x, rows * columns, bf16_overflow);
    block b = block_of(format);
    if (b.elements == 0 || format == SWL_MXFP4) return SWL_QUANTIZED;  // whose exponents are those of float32
    const char *bytes = out;
    for (size_t start = 0; start < rows * columns; start += b.elements, bytes += b.bytes) {
        if (!is_limited(format, b, bytes)) continue;
        size_t largest = start;
        for (size_t i = start; i < start + b.elements; i++) {
            if (magnitude_of(x[i]) > magnitude_of(x[largest])) largest = i;
        }
        return (ptrdiff_t)largest;
    }
    return SWL_QUANTIZED;
}
