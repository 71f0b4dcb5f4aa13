// Compute kernels: one table of function pointers for each instruction set, chosen at run time.
//
// No function here allocates, starts a thread, prints, or keeps state. Pointers need no alignment beyond their type's,
// and never overlap unless a function says so. `scalar.c` is the specification: every other table gives its results
// within the tolerance stated in the tests.
#ifndef SWL_KERNELS_H
#define SWL_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "swl_blocks.h"
#include "swl_head_scan.h"
#include "swl_panels.h"
#include "swl_recurrent.h"
#include "swl_linear_attention.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(hidden)

// Activations of several tokens, as a product reads them: [tokens, columns].
// Float formats (F32, F16, BF16) read `values`; quantized formats read `quants`, `scales` and `sums`, which
// `quantize` filled row by row.
typedef struct swl_activations {
    size_t columns;
    const float *values;   // [tokens, columns], rows `stride` floats apart
    size_t stride;
    const int8_t *quants;  // [tokens, columns], rows `columns` bytes apart; each in -127...127
    const float *scales;   // [tokens, columns / 32]
    const int16_t *sums;   // [tokens, columns / 16]: sums of 16 quants
} swl_activations;

// out[t, r] = sum over k of weights[r, k] * x[first + t, k], for t < tokens and r < rows.
// weights: `rows` rows, `row_bytes` apart. out: rows `out_stride` floats apart. scratch: what `scratch_bytes` asks for,
// 64-byte aligned. A result depends neither on `rows` nor on `tokens` nor on where the call's ranges begin; `gemv` and
// `gemm` agree within rounding. A damaged scale makes its row infinite or NaN: which of the two is not promised.
typedef void (*swl_product_fn)(size_t rows, const void *weights, size_t row_bytes, const swl_activations *x,
                               size_t first, size_t tokens, float *out, size_t out_stride, void *scratch);

// How one ISA multiplies by weights of one format.
typedef struct swl_product {
    swl_product_fn gemv;    // streams the weights once a token, unpacking in registers
    swl_product_fn gemm;   // unpacks a panel of rows once into scratch and uses it for all tokens
    size_t gemm_from;      // the number of tokens from which `gemm` is the faster (measured); 1 or more
    size_t panel_rows;     // rows that a call of `gemm` should be a multiple of (the last call of a matrix may be less)
} swl_product;

typedef enum swl_pairing {
    SWL_INTERLEAVED,  // (x[2i], x[2i + 1])
    SWL_NEOX,         // (x[i], x[i + rotated / 2])
} swl_pairing;

enum {
    SWL_PAGE = 64,  // positions of a page, whose rows lie end to end
};

// Keys or values of a sequence's positions. Row j: at `rows` + j * `stride` bytes; or where `rows` is NULL, as those of a
// cache in pages, at `pages`[j / SWL_PAGE] + `offset` + j % SWL_PAGE * `stride` bytes.
typedef struct swl_key_values {
    const void *rows;
    const void *const *pages;   // one for each page with a row that is read
    size_t offset, stride;
} swl_key_values;

// The address of row j. Those after it follow, up to the page's end.
static inline const char *swl_key_value_row(const swl_key_values *from, size_t j) {
    if (from->rows) return (const char *)((uintptr_t)from->rows + j * from->stride);
    return (const char *)from->pages[j / SWL_PAGE] + from->offset + j % SWL_PAGE * from->stride;
}

// Attention of `queries` query rows to one head's keys and values, in blocks with a running softmax (arXiv:2205.14135).
//
// The score of key j for query i is cap(scale * q[i] . k[j]) + bias[i][j - at[i]], with cap(x) = softcap * tanh(x / softcap).
// out[i, :] = sum over j in begin[i]..<end[i] of softmax_j(scores[i, :]) * v[j]; all zero for an empty range. A sink is one
// more score, which joins the softmax's sum and has no value.
// A query's result does not depend on the other queries of the call. Rows of k and v before the lowest `begin` and from
// the highest `end` on are not read. Weights below 2^-126 of the maximum of a KV split count as 0.
typedef struct swl_attention {
    size_t queries;
    size_t key_dimension, value_dimension;  // multiples of 32 where the format is Q8_0
    const float *q;         // [queries, key_dimension], row i at q + q_offsets[i]
    const size_t *q_offsets;
    swl_key_values k, v;
    swl_format format;      // SWL_F32, SWL_F16 or SWL_Q8_0
    const int32_t *begin, *end;  // [queries]
    float scale;
    float softcap;          // 0: scores are not capped (arXiv:2408.00118)
    const float *const *bias;  // [queries], or NULL: a row by distance, readable SWL_BIAS_PADDING beyond those seen
    const int32_t *at;      // [queries]: a query's position among the keys; only with `bias`
    const float *sinks;     // [queries] (arXiv:2309.17453); or NULL
    float *out;             // [queries, value_dimension], row i at out + out_offsets[i]
    const size_t *out_offsets;
    bool partial;           // `out` gets rows for `attention_merge`; every range is within one KV split; sinks are not read
    void *scratch;          // `attention_scratch_bytes(queries, key_dimension, value_dimension)`, 64-byte aligned
} swl_attention;

// Bias of attention by what tokens and relative positions say of each other (arXiv:2006.03654 §3.1):
// out[i, j] = scale * (by_query[i, r - query_first] + by_key[j, r - key_first]), r = table_rows[j - i].
typedef struct swl_position_bias {
    size_t queries, keys;
    const float *by_query;      // rows `query_stride` floats apart; or NULL: 0
    size_t query_stride;
    int32_t query_first;
    const float *by_key;        // rows `key_stride` floats apart; or NULL: 0
    size_t key_stride;
    int32_t key_first;
    const int32_t *table_rows;  // from 1 - queries to keys - 1; ascending by at most 1
    float scale;
    float *out;                 // rows `out_stride` floats apart
    size_t out_stride;
} swl_position_bias;

enum {
    SWL_KV_SPLIT = 512,       // positions; KV splits begin at its multiples
    SWL_ATTENTION_STATE = 2,  // floats in front of the values in a row for `attention_merge`
    SWL_BIAS_PADDING = 16,    // floats: the max lanes of a vector
};

typedef struct swl_kernels {
    const char *name;  // "scalar", "avx2", "avxvnni", "avx512", "neon", "i8mm"

    // Indexed by swl_format; `gemv` is NULL for an id that is no supported format.
    swl_product products[SWL_FORMAT_LIMIT];

    // Bytes of scratch that a product of any format with this many columns needs.
    size_t (*product_scratch_bytes)(size_t columns);

    // One row of weights to float32, indexed by swl_format. `columns` is a multiple of the format's block.
    void (*unpack[SWL_FORMAT_LIMIT])(size_t columns, const void *row, float *out);

    // One row of activations to int8 blocks. Quants (to nearest, ties to even) are made for the scale max|x| / 127 and
    // for one 2 % wider, both are refitted by least squares, scale = x . quants / quants . quants, and those that lie
    // closer to x are taken: a fourteenth less noise than plain rounding. A block that holds an infinity or a NaN gets
    // quants 0 and a NaN scale, so that the damage shows; one whose scale is below the normal numbers counts as zero.
    void (*quantize)(size_t columns, const float *x, int8_t *quants, float *scales, int16_t *sums);

    // Rows of activations, `x_stride` floats apart, to bytes, group by group: least and greatest x become 0 and 255, what
    // lies between is rounded to nearest, ties to even. A group whose range is not finite gets NaN for scale and least, and
    // quants that say nothing; one whose scale is below the normal numbers gets a scale and quants of zero. `columns` is a
    // multiple of 32.
    void (*quantize_groups)(size_t rows, size_t columns, const float *x, size_t x_stride, const swl_group_target *out);

    // GELU of rows, by the error function and within 3e-5, to bytes in groups of SWL_GELU_GROUP: SWL_GELU_LEAST
    // and the greatest value become 0 and 255, where none is positive 0 does. A group of `x` that holds an infinity or a
    // NaN gets NaN for scale and least, and quants that say nothing.
    void (*gelu_groups)(size_t rows, size_t columns, const float *x, size_t x_stride, const swl_group_target *out);

    // out[t, r] = sum over k of weights[r, k] * x[first + t, k], plus the addends, for t < tokens and the `rows` rows from
    // `first_row`, a panel's first, on. out, bias and residual: rows `out_stride` floats apart, row `first_row` first.
    // A result depends neither on `rows` nor on `tokens` nor on where the call's ranges begin.
    void (*multiply_panels)(const swl_panel_weights *weights, size_t first_row, size_t rows,
                            const swl_group_activations *x, size_t first, size_t tokens, const swl_addends *addends,
                            float *out, size_t out_stride);

    void (*pack_f16)(size_t n, const float *x, uint16_t *out);  // round to nearest even, overflow to infinity

    // out = x / sqrt(mean(x^2) + epsilon) * weight; weight may be NULL: all ones. out may be x. (arXiv:1910.07467)
    void (*rms_norm)(size_t n, const float *x, const float *weight, float epsilon, float *out);
    // out = (x - mean) / sqrt(variance + epsilon) * weight + bias; either may be NULL. out may be x. (arXiv:1607.06450)
    void (*layer_norm)(size_t n, const float *x, const float *weight, const float *bias, float epsilon, float *out);
    // x = exp(x - max) / sum; -infinity entries get 0; a row of only -infinity, or with a NaN, gets NaN.
    void (*softmax)(size_t n, float *x);
    // The sum of exp((x - high) * factor), `high` being the greatest x and the factor above 0; -infinity entries add 0.
    double (*sum_exponentials)(size_t n, const float *x, float high, float factor);
    // The k <= n greatest x and where they are, greatest first, the first of equal ones first; NaN counts as -infinity.
    void (*top_k)(size_t n, const float *x, size_t k, float *values, int32_t *indices);
    // Rotates the first `rotated` elements of each of `heads` heads in place; head h at x + h * head_dimension.
    // cosines, sines: [rotated / 2], for this token's position. (arXiv:2104.09864)
    void (*rope)(swl_pairing pairing, size_t heads, size_t head_dimension, size_t rotated, const float *cosines,
                 const float *sines, float *x);

    // Element by element; out may be any of the inputs.
    void (*add)(size_t n, const float *x, const float *a, const float *b, float *out);  // (x + a) + b; b may be NULL
    void (*add_scaled)(size_t n, const float *x, float factor, float *out);  // out += x * factor
    void (*multiply)(size_t n, const float *a, const float *b, float *out);
    void (*scale)(size_t n, const float *x, float factor, float *out);
    // Of v = x + bias; bias may be NULL.
    void (*silu)(size_t n, const float *x, const float *bias, float *out);       // v / (1 + exp(-v))
    void (*gelu)(size_t n, const float *x, const float *bias, float *out);       // v * Phi(v), by the error function
    void (*gelu_tanh)(size_t n, const float *x, const float *bias, float *out);  // its tanh approximation
    void (*relu)(size_t n, const float *x, const float *bias, float *out);
    void (*tanh)(size_t n, const float *x, const float *bias, float *out);
    void (*relu_squared)(size_t n, const float *x, const float *bias, float *out);  // max(v, 0)^2 (arXiv:2109.08668)
    void (*sigmoid)(size_t n, const float *x, const float *bias, float *out);       // 1 / (1 + exp(-v))
    void (*gelu_quick)(size_t n, const float *x, const float *bias, float *out);    // v * sigmoid(1.702 v)
    void (*softplus)(size_t n, const float *x, const float *bias, float *out);      // log(1 + exp(v))
    void (*exponential)(size_t n, const float *x, const float *bias, float *out);   // exp(v)

    void (*softcap)(size_t n, const float *x, float cap, float *out);  // cap * tanh(x / cap), cap > 0 (arXiv:2408.00118)
    void (*clamp)(size_t n, const float *x, float low, float high, float *out);  // NaN stays
    // g * sigmoid(alpha * g) * (u + 1) with g = min(gate, limit) and u = clamp(up, -limit, limit) (arXiv:2508.10925)
    void (*clamped_swiglu)(size_t n, const float *gate, const float *up, float alpha, float limit, float *out);

    void (*causal_convolution)(const swl_convolution *);
    void (*selective_scan)(const swl_scan *);
    void (*head_scan)(const swl_head_scan *);
    void (*delta_rule)(const swl_delta_rule *);
    void (*wkv)(const swl_wkv *);
    // out = value * the head's sum of r * k * bonus, head by head; `out` may be any input. (arXiv:2404.05892, 2503.14456)
    void (*head_bonus)(size_t heads, size_t size, const float *r, const float *k, const float *bonus, const float *value,
                       float *out);

    void (*attention)(const swl_attention *);
    // Merges the rows that `attention` gave for each KV split of a query's range; bit-identical to one call for all of it.
    // rows: [count, SWL_ATTENTION_STATE + value_dimension], in order, none of an empty range; overwritten. count >= 1.
    // sink: the query's; or NULL.
    void (*attention_merge)(size_t count, size_t value_dimension, float *rows, const float *sink, float *out);
    size_t (*attention_scratch_bytes)(size_t queries, size_t key_dimension, size_t value_dimension);

    void (*position_bias)(const swl_position_bias *);

    // The greatest element but for NaN; -infinity where there is none.
    float (*greatest)(size_t n, const float *x);
} swl_kernels;

// The fastest table that this CPU and its operating system can run. `SWIFTLET_ISA` is the caller's business.
const swl_kernels *swl_kernels_best(void);

// The table of that name; NULL when there is no such table in this build or this CPU cannot run it.
const swl_kernels *swl_kernels_named(const char *name);

// The names of every table of this build, whether this CPU can run it or not; NULL from the end on.
const char *swl_kernels_name(size_t index);

// Elements and bytes of a block of the format; false when the format is not supported.
bool swl_format_block(uint32_t format, size_t *elements, size_t *bytes);

// How this table multiplies by that format. (Swift sees a C array as a tuple, hence these two.)
static inline swl_product swl_product_of(const swl_kernels *kernels, swl_format format) {
    return kernels->products[format];
}

// One row to blocks of Q8_0, as `quantize` has it; scales are rounded to float16. `columns` is a multiple of 32.
static inline void swl_pack_q8_0(const swl_kernels *kernels, size_t columns, const float *x, swl_q8_0 *out) {
    enum { AT_ONCE = 4 };
    int8_t quants[AT_ONCE * SWL_BLOCK];
    float scales[AT_ONCE];
    uint16_t halves[AT_ONCE];
    int16_t sums[AT_ONCE * 2];
    for (size_t first = 0; first < columns / SWL_BLOCK; first += AT_ONCE) {
        size_t count = columns / SWL_BLOCK - first < AT_ONCE ? columns / SWL_BLOCK - first : AT_ONCE;
        kernels->quantize(count * SWL_BLOCK, x + first * SWL_BLOCK, quants, scales, sums);
        kernels->pack_f16(count, scales, halves);
        for (size_t i = 0; i < count * SWL_BLOCK; i++) out[first + i / SWL_BLOCK].quants[i % SWL_BLOCK] = quants[i];
        for (size_t i = 0; i < count; i++) out[first + i].scale = halves[i];
    }
}

static inline void swl_unpack(const swl_kernels *kernels, swl_format format, size_t columns, const void *row,
                              float *out) {
    kernels->unpack[format](columns, row, out);
}

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
