// Products and unpacked rows, against sums in double precision.
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"
#include "weights.h"

// MARK: - Inputs

typedef struct product_inputs {
    int32_t format;
    size_t rows, columns, tokens, first;  // tokens in front of `first` are there but not asked for
    size_t row_bytes;
    guarded weights, values, quants, scales, sums;
    weight *decoded;  // [rows, columns]
    size_t stride;
    swl_activations x;
} product_inputs;

// One block of activations to int8, as `quantize` is to do it.
static void quantize_block(const float *x, int8_t *quants, float *scale) {
    float greatest = 0;
    for (size_t i = 0; i < SWL_BLOCK; i++) greatest = fmaxf(greatest, fabsf(x[i]));
    *scale = greatest / 127;
    for (size_t i = 0; i < SWL_BLOCK; i++) quants[i] = greatest > 0 ? (int8_t)nearbyintf(x[i] * (1 / *scale)) : 0;
}

static float activation(swl_inputs inputs, size_t token, size_t column, source *s) {
    if (inputs != SWL_INPUTS_DAMAGED_ACTIVATIONS) return (float)random_normal(s);
    switch (token % 5) {
        case 0: return 0;
        case 1: return (float)(1e30 * random_normal(s));
        case 2: return column == 0 ? INFINITY : (float)random_normal(s);
        case 3: return column == 0 ? NAN : (float)random_normal(s);
        default: return (float)(1e-30 * random_normal(s));
    }
}

static void fill_activations(product_inputs *p, swl_inputs inputs, source *s) {
    size_t blocks = p->columns / SWL_BLOCK;
    for (size_t t = 0; t < p->first + p->tokens; t++) {
        float *values = (float *)p->values.bytes + t * p->stride;
        for (size_t c = 0; c < p->columns; c++) values[c] = activation(inputs, t, c, s);
        if (!is_quantized(p->format)) continue;
        for (size_t b = 0; b < blocks; b++) {
            int8_t *quants = (int8_t *)p->quants.bytes + t * p->columns + b * SWL_BLOCK;
            float *scale = (float *)p->scales.bytes + t * blocks + b;
            int16_t *sums = (int16_t *)p->sums.bytes + 2 * (t * blocks + b);
            bool finite = true;
            for (size_t i = 0; i < SWL_BLOCK; i++) finite = finite && isfinite(values[b * SWL_BLOCK + i]);
            memset(quants, 0, SWL_BLOCK);
            *scale = NAN;
            if (finite) quantize_block(values + b * SWL_BLOCK, quants, scale);
            if (inputs == SWL_INPUTS_EXTREME_QUANTS) {
                for (size_t i = 0; i < SWL_BLOCK; i++) quants[i] = t % 2 ? 127 : random_below(s, 2) ? 127 : -127;
            }
            sums[0] = sums[1] = 0;
            for (size_t i = 0; i < SWL_BLOCK; i++) sums[i / 16] = (int16_t)(sums[i / 16] + quants[i]);
        }
    }
}

static product_inputs make_inputs(int32_t format, size_t rows, size_t columns, size_t tokens, swl_inputs inputs,
                                  unsigned seed) {
    size_t elements = 1, bytes = 0;
    swl_format_block((uint32_t)format, &elements, &bytes);
    product_inputs p = {.format = format, .rows = rows, .columns = columns, .tokens = tokens, .first = 1};
    size_t count = p.first + tokens;
    p.row_bytes = columns / elements * bytes;
    p.stride = columns + 3;
    p.weights = guard(rows * p.row_bytes);
    p.values = guard((count * p.stride - 3) * sizeof(float));
    size_t blocks = is_quantized(format) ? columns / SWL_BLOCK : 0;
    p.quants = guard(count * blocks * SWL_BLOCK);
    p.scales = guard(count * blocks * sizeof(float));
    p.sums = guard(count * blocks * 2 * sizeof(int16_t));

    source s = seeded(seed);
    p.decoded = malloc(rows * columns * sizeof *p.decoded);
    for (size_t r = 0; r < rows; r++) {
        void *row = (char *)p.weights.bytes + r * p.row_bytes;
        fill_weight_row(format, r, columns, inputs, &s, row);
        for (size_t c = 0; c < columns; c++) p.decoded[r * columns + c] = weight_at(format, row, c);
    }
    fill_activations(&p, inputs, &s);
    p.x = (swl_activations){.columns = columns, .values = p.values.bytes, .stride = p.stride, .quants = p.quants.bytes,
                            .scales = p.scales.bytes, .sums = p.sums.bytes};
    return p;
}

static void release_inputs(product_inputs *p) {
    release(&p->weights);
    release(&p->values);
    release(&p->quants);
    release(&p->scales);
    release(&p->sums);
    free(p->decoded);
}

// MARK: - What a product should give

typedef struct expectation {
    double value;
    double tolerance;
    bool overflows;  // float32 cannot hold the parts of the sum: anything goes
} expectation;

// A sum, and the absolute values of what it sums up.
typedef struct partial_sum {
    double sum, magnitude;
    double greatest;  // of the scales and minimums
} partial_sum;

// 16 columns of a quantized row by those of a token: they share scale and minimum. A damaged scale damages them even if the
// integer product is zero, but not by infinity less infinity.
static void add_sixteen(const weight *weights, const int8_t *quants, double x_scale, partial_sum *to) {
    double scale = weights->scale * x_scale, minimum = weights->minimum * x_scale;
    double dot = 0, total = 0, absolute_dot = 0, absolute_total = 0;
    for (size_t i = 0; i < 16; i++) {
        double product = weights[i].quant * quants[i];
        dot += product;
        total += quants[i];
        absolute_dot += fabs(product);
        absolute_total += fabs((double)quants[i]);
    }
    to->sum += scale * dot - minimum * total;
    if (isfinite(scale)) to->greatest = fmax(to->greatest, fabs(scale));
    if (isfinite(minimum)) to->greatest = fmax(to->greatest, fabs(minimum));
    if (isfinite(scale) && isfinite(minimum)) {
        to->magnitude += fabs(scale) * absolute_dot + fabs(minimum) * absolute_total;
    }
}

static void add_float(weight w, double x, partial_sum *to) {
    double term = w.scale * w.quant * x;
    to->sum += term - w.minimum * x;
    if (isfinite(term)) to->magnitude += fabs(term) + fabs(w.minimum * x);
}

// Rounding: each of n additions of a sum errs by half an ulp of what is summed up so far; those errors, being random,
// add up as the square root of n does. Weights times activations by their absolute values stand for what is summed.
static expectation expected(const product_inputs *p, size_t row, size_t token) {
    const size_t t = p->first + token, blocks = p->columns / SWL_BLOCK;
    const weight *weights = p->decoded + row * p->columns;
    const bool quantized = is_quantized(p->format);
    const size_t additions = quantized ? 2 * blocks : p->columns;
    partial_sum all = {0};
    for (size_t c = 0; quantized && c < p->columns; c += 16) {
        add_sixteen(weights + c, p->x.quants + t * p->columns + c, p->x.scales[t * blocks + c / SWL_BLOCK], &all);
    }
    for (size_t c = 0; !quantized && c < p->columns; c++) add_float(weights[c], p->x.values[t * p->stride + c], &all);
    double rounding = FLT_EPSILON * (4 + 2 * sqrt((double)additions)) * all.magnitude;
    return (expectation){.value = all.sum, .tolerance = rounding + (double)additions * 128 * 32 * 128 * 0x1p-149,
                         .overflows = all.magnitude > FLT_MAX / 4 || all.greatest > FLT_MAX / 4};
}

// [tokens, rows].
static expectation *expected_of_all(const product_inputs *p) {
    expectation *all = malloc((p->tokens * p->rows + 1) * sizeof *all);
    for (size_t t = 0; t < p->tokens; t++) {
        for (size_t r = 0; r < p->rows; r++) all[t * p->rows + r] = expected(p, r, t);
    }
    return all;
}

// MARK: - Checks

static const swl_kernels *table(const char *isa, failure *f) {
    const swl_kernels *k = swl_kernels_named(isa);
    if (!k) fail(f, "no kernels called %s run on this machine", isa);
    return k;
}

// Runs one of the two functions, its calls divided at `row_split` and `token_split`, into rows `out_stride` apart.
static void run(swl_product_fn function, const product_inputs *p, size_t row_split, size_t token_split, float *out,
                size_t out_stride, void *scratch) {
    size_t rows[] = {0, row_split, p->rows}, tokens[] = {0, token_split, p->tokens};
    for (size_t i = 0; i < 2; i++) {
        for (size_t j = 0; j < 2; j++) {
            function(rows[i + 1] - rows[i], (const char *)p->weights.bytes + rows[i] * p->row_bytes, p->row_bytes,
                     &p->x, p->first + tokens[j], tokens[j + 1] - tokens[j], out + tokens[j] * out_stride + rows[i],
                     out_stride, scratch);
        }
    }
}

static void check_function(const swl_kernels *k, swl_product_fn function, const char *name, const product_inputs *p,
                           const expectation *expectations, source *s, failure *f) {
    size_t stride = p->rows + 2, count = p->tokens ? p->tokens * stride - 2 : 0;
    guarded whole = guard(count * sizeof(float)), divided = guard(count * sizeof(float));
    guarded scratch = guard_scratch(k->product_scratch_bytes(p->columns));
    fill_untouched(&whole);
    fill_untouched(&divided);
    run(function, p, p->rows, p->tokens, whole.bytes, stride, scratch.bytes);
    size_t row_split = random_below(s, p->rows + 1), token_split = random_below(s, p->tokens + 1);
    run(function, p, row_split, token_split, divided.bytes, stride, scratch.bytes);

    const float *found = whole.bytes, *again = divided.bytes;
    for (size_t i = 0; i < count && !f->happened; i++) {
        const size_t token = i / stride, row = i % stride;
        if (row >= p->rows) {
            if (!is_untouched(found[i])) fail(f, "%s, token %zu: written to beyond the last row", name, token);
            continue;
        }
        if (float_bits(found[i]) != float_bits(again[i]) && !(isnan(found[i]) && isnan(again[i]))) {
            fail(f, "%s, token %zu, row %zu: %.9g when calls are divided, %.9g when not", name, token, row, again[i],
                 found[i]);
        }
        const expectation e = expectations[token * p->rows + row];
        if (e.overflows) continue;
        // Infinity or NaN is not told apart: infinity times parts of a dot product of either sign is NaN.
        double value = isfinite(e.value) || isfinite(found[i]) ? e.value : found[i];
        expect_close(f, found[i], value, e.tolerance, name, i);
    }
    expect_canary(f, &whole, name);
    expect_canary(f, &divided, name);
    expect_scratch_canaries(f, &scratch, name);
    release(&whole);
    release(&divided);
    release(&scratch);
}

int swl_check_product(const char *isa, int32_t format, size_t rows, size_t columns, size_t tokens, swl_inputs inputs,
                      unsigned seed, char *message, size_t capacity) {
    char detail[256];
    failure f = {detail, sizeof detail, false};
    const swl_kernels *k = table(isa, &f);
    if (k) {
        product_inputs p = make_inputs(format, rows, columns, tokens, inputs, seed);
        source s = seeded(seed + 1);
        expectation *expectations = expected_of_all(&p);
        check_function(k, k->products[format].gemv, "gemv", &p, expectations, &s, &f);
        check_function(k, k->products[format].gemm, "gemm", &p, expectations, &s, &f);
        free(expectations);
        release_inputs(&p);
    }
    if (f.happened) {
        snprintf(message, capacity, "%s, %s, %zu rows, %zu columns, %zu tokens, inputs %d, seed %u: %s", isa,
                 swl_format_name(format), rows, columns, tokens, (int)inputs, seed, detail);
    }
    return f.happened;
}

int swl_check_products(const char *isa, int32_t format, char *message, size_t capacity) {
    static const size_t rows[] = {1, 2, 3, 16, 17, 31, 33, 64, 65, 129};
    static const size_t tokens[] = {1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 13, 26};
    static const size_t block_counts[] = {1, 2, 3, 4, 5, 7, 16, 17, 19, 33};
    static const size_t super_block_counts[] = {1, 2, 3, 1, 2, 3, 4, 1, 5, 2};
    static const size_t column_counts[] = {1, 3, 7, 16, 17, 33, 65, 100, 256, 527};
    size_t block = 1, bytes = 0;
    swl_format_block((uint32_t)format, &block, &bytes);
    unsigned seed = 0;
    for (int inputs = 0; inputs < SWL_INPUTS_LIMIT; inputs++) {
        for (size_t i = 0; i < 10; i++) {
            for (size_t j = 0; j < 10; j++, seed++) {
                if (inputs != SWL_INPUTS_RANDOM && (i + j) % 4 != 0) continue;
                size_t columns = column_counts[j];
                if (block >= SWL_BLOCK) columns = block_counts[j] * block;
                if (block == SWL_SUPER_BLOCK) columns = super_block_counts[j] * block;
                if (swl_check_product(isa, format, rows[i], columns, tokens[seed % 12], (swl_inputs)inputs, seed,
                                      message, capacity)) {
                    return 1;
                }
            }
        }
    }
    return swl_check_product(isa, format, 0, SWL_SUPER_BLOCK, 3, SWL_INPUTS_RANDOM, seed, message, capacity) ||
           swl_check_product(isa, format, 3, SWL_SUPER_BLOCK, 0, SWL_INPUTS_RANDOM, seed, message, capacity);
}

static void check_unpacked_row(const swl_kernels *k, int32_t format, size_t columns, swl_inputs inputs, failure *f) {
    product_inputs p = make_inputs(format, 1, columns, 1, inputs, (unsigned)columns);
    guarded out = guard(columns * sizeof(float));
    k->unpack[format](columns, p.weights.bytes, out.bytes);
    for (size_t c = 0; c < columns; c++) {
        weight w = p.decoded[c];
        double value = (float)((float)(w.scale * w.quant) - w.minimum);
        expect_close(f, ((float *)out.bytes)[c], value, 0, "unpack", c);
    }
    expect_canary(f, &out, "unpack");
    release(&out);
    release_inputs(&p);
}

int swl_check_unpack(const char *isa, int32_t format, char *message, size_t capacity) {
    char detail[256];
    failure f = {detail, sizeof detail, false};
    const swl_kernels *k = table(isa, &f);
    size_t columns = 0, block = 1, bytes = 0;
    swl_format_block((uint32_t)format, &block, &bytes);
    while (k && columns <= (block > SWL_BLOCK ? 1024 : 160) && !f.happened) {
        for (int inputs = 0; inputs < SWL_INPUTS_DAMAGED_ACTIVATIONS; inputs++) {
            check_unpacked_row(k, format, columns, (swl_inputs)inputs, &f);
        }
        columns += block;
    }
    if (f.happened) {
        snprintf(message, capacity, "%s, %s, %zu columns: %s", isa, swl_format_name(format), columns, detail);
    }
    return f.happened;
}
