// Products and unpacked rows, against sums in double precision.
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "support.h"

// MARK: - Inputs

typedef struct product_inputs {
    int32_t format;
    size_t rows, columns, tokens, first;  // tokens in front of `first` are there but not asked for
    size_t row_bytes;
    guarded weights, values, quants, scales, sums;
    size_t stride;
    swl_activations x;
} product_inputs;

static bool is_quantized(int32_t format) { return format == SWL_Q8_0 || format == SWL_Q4_0; }

static double weight_scale(const product_inputs *p, size_t row, size_t column) {
    const char *bytes = (const char *)p->weights.bytes + row * p->row_bytes;
    switch (p->format) {
        case SWL_Q8_0: return half_value(((const swl_q8_0 *)bytes)[column / SWL_BLOCK].scale);
        case SWL_Q4_0: return half_value(((const swl_q4_0 *)bytes)[column / SWL_BLOCK].scale);
        default: return 1;
    }
}

static double weight_quant(const product_inputs *p, size_t row, size_t column) {
    const char *bytes = (const char *)p->weights.bytes + row * p->row_bytes;
    size_t block = column / SWL_BLOCK, i = column % SWL_BLOCK;
    switch (p->format) {
        case SWL_F32: return ((const float *)bytes)[column];
        case SWL_F16: return half_value(((const uint16_t *)bytes)[column]);
        case SWL_BF16: return bfloat_value(((const uint16_t *)bytes)[column]);
        case SWL_Q8_0: return ((const swl_q8_0 *)bytes)[block].quants[i];
        default: {
            uint8_t byte = ((const swl_q4_0 *)bytes)[block].quants[i % 16];
            return (i < 16 ? byte % 16 : byte / 16) - 8;
        }
    }
}

static uint16_t random_scale(source *s, swl_inputs inputs) {
    static const uint16_t extreme[] = {0x0000, 0x8000, 0x0001, 0x83ff, 0x0400, 0x7bff, 0xfbff, 0x2e66};
    static const uint16_t damaged[] = {0x7c00, 0xfc00, 0x7e00, 0x7c01};
    if (inputs == SWL_INPUTS_EXTREME_SCALES) return extreme[random_below(s, 8)];
    if (inputs == SWL_INPUTS_DAMAGED_WEIGHTS && random_below(s, 16) == 0) return damaged[random_below(s, 4)];
    return nearest_half((float)(0.02 * random_normal(s)));
}

static float random_weight(source *s, swl_inputs inputs) {
    static const float extreme[] = {0.0f, -0.0f, 0x1p-24f, -0x1.ff8p-15f, 65504, -65504, 1, -0.5f};
    static const float damaged[] = {INFINITY, -INFINITY, NAN};
    if (inputs == SWL_INPUTS_EXTREME_QUANTS) return random_below(s, 2) ? 1 : -1;
    if (inputs == SWL_INPUTS_EXTREME_SCALES) return extreme[random_below(s, 8)];
    if (inputs == SWL_INPUTS_DAMAGED_WEIGHTS && random_below(s, 256) == 0) return damaged[random_below(s, 3)];
    return (float)random_normal(s);
}

static void fill_weights(product_inputs *p, swl_inputs inputs, source *s) {
    static const int8_t extreme_quants[] = {-128, -127, 127};
    for (size_t r = 0; r < p->rows; r++) {
        char *row = (char *)p->weights.bytes + r * p->row_bytes;
        for (size_t c = 0; c < p->columns; c++) {
            size_t block = c / SWL_BLOCK, i = c % SWL_BLOCK;
            bool extreme = inputs == SWL_INPUTS_EXTREME_QUANTS;
            float value = is_quantized(p->format) ? 0 : random_weight(s, inputs);
            swl_q8_0 *q8 = (swl_q8_0 *)row + block;
            swl_q4_0 *q4 = (swl_q4_0 *)row + block;
            switch (p->format) {
                case SWL_F32: ((float *)row)[c] = value; break;
                case SWL_F16: ((uint16_t *)row)[c] = nearest_half(value); break;
                case SWL_BF16: ((uint16_t *)row)[c] = (uint16_t)(float_bits(value) >> 16); break;
                case SWL_Q8_0:
                    if (i == 0) q8->scale = random_scale(s, inputs);
                    q8->quants[i] = extreme ? extreme_quants[random_below(s, 3)] : (int8_t)random_bits(s);
                    if (extreme && r % 2 == 0) q8->quants[i] = -128;
                    break;
                default:
                    if (i == 0) q4->scale = random_scale(s, inputs);
                    if (i >= 16) break;
                    q4->quants[i] = extreme ? (r % 2 ? 0xff : 0x0f) : (uint8_t)random_bits(s);
            }
        }
    }
}

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
            int32_t *sum = (int32_t *)p->sums.bytes + t * blocks + b;
            bool finite = true;
            for (size_t i = 0; i < SWL_BLOCK; i++) finite = finite && isfinite(values[b * SWL_BLOCK + i]);
            memset(quants, 0, SWL_BLOCK);
            *scale = NAN;
            if (finite) quantize_block(values + b * SWL_BLOCK, quants, scale);
            if (inputs == SWL_INPUTS_EXTREME_QUANTS) {
                for (size_t i = 0; i < SWL_BLOCK; i++) quants[i] = t % 2 ? 127 : random_below(s, 2) ? 127 : -127;
            }
            *sum = 0;
            for (size_t i = 0; i < SWL_BLOCK; i++) *sum += quants[i];
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
    p.sums = guard(count * blocks * sizeof(int32_t));

    source s = seeded(seed);
    fill_weights(&p, inputs, &s);
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
}

// MARK: - What a product should give

typedef struct expectation {
    double value;
    double tolerance;
    bool overflows;  // float32 cannot hold the parts of the sum: anything goes
} expectation;

// Rounding: each of n additions of a sum errs by half an ulp of what is summed up so far; those errors, being random,
// add up as the square root of n does. Weights times activations by their absolute values stand for what is summed.
static expectation expected(const product_inputs *p, size_t row, size_t token) {
    size_t t = p->first + token, blocks = p->columns / SWL_BLOCK;
    double sum = 0, magnitude = 0, greatest = 0;
    size_t additions = is_quantized(p->format) ? blocks : p->columns;
    for (size_t c = 0; c < p->columns; c++) {
        double x, scale = 1;
        if (is_quantized(p->format)) {
            x = p->x.quants[t * p->columns + c];
            scale = weight_scale(p, row, c) * p->x.scales[t * blocks + c / SWL_BLOCK];
        } else {
            x = p->x.values[t * p->stride + c];
        }
        // A damaged scale damages a block whose integer product happens to be zero, but not by infinity less infinity.
        if (is_quantized(p->format) && !isfinite(scale)) {
            if (c % SWL_BLOCK != 0) continue;
            const int8_t *quants = p->x.quants + t * p->columns + c;
            double dot = 0;
            for (size_t i = 0; i < SWL_BLOCK; i++) dot += weight_quant(p, row, c + i) * quants[i];
            sum += scale * dot;
            continue;
        }
        double term = scale * weight_quant(p, row, c) * x;
        sum += term;
        magnitude += isfinite(term) ? fabs(term) : 0;
        greatest = fmax(greatest, isfinite(scale) ? fabs(scale) : 0);
    }
    double rounding = FLT_EPSILON * (4 + 2 * sqrt((double)additions)) * magnitude;
    return (expectation){.value = sum, .tolerance = rounding + (double)additions * 128 * 32 * 128 * 0x1p-149,
                         .overflows = magnitude > FLT_MAX / 4 || greatest > FLT_MAX / 4};
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

static const uint32_t untouched = 0x7fc0dead;  // a NaN of its own

static void fill_untouched(guarded *out) {
    for (size_t i = 0; i < out->size / 4; i++) memcpy((char *)out->bytes + 4 * i, &untouched, 4);
}

static void check_function(const swl_kernels *k, swl_product_fn function, const char *name, const product_inputs *p,
                           source *s, failure *f) {
    size_t stride = p->rows + 2, count = p->tokens ? p->tokens * stride - 2 : 0;
    guarded whole = guard(count * sizeof(float)), divided = guard(count * sizeof(float));
    guarded scratch = guard_scratch(k->product_scratch_bytes(p->columns));
    fill_untouched(&whole);
    fill_untouched(&divided);
    run(function, p, p->rows, p->tokens, whole.bytes, stride, scratch.bytes);
    size_t row_split = random_below(s, p->rows + 1), token_split = random_below(s, p->tokens + 1);
    run(function, p, row_split, token_split, divided.bytes, stride, scratch.bytes);

    char what[96];
    const float *found = whole.bytes, *again = divided.bytes;
    for (size_t i = 0; i < count && !f->happened; i++) {
        size_t token = i / stride, row = i % stride;
        snprintf(what, sizeof what, "%s, token %zu, row %zu", name, token, row);
        if (row >= p->rows) {
            if (float_bits(found[i]) != untouched) fail(f, "%s: written to beyond the last row", what);
            continue;
        }
        if (float_bits(found[i]) != float_bits(again[i]) && !(isnan(found[i]) && isnan(again[i]))) {
            fail(f, "%s: %.9g when calls are divided, %.9g when not", what, again[i], found[i]);
        }
        expectation e = expected(p, row, token);
        if (e.overflows) continue;
        // Infinity or NaN is not told apart: infinity times parts of a dot product of either sign is NaN.
        double value = isfinite(e.value) || isfinite(found[i]) ? e.value : found[i];
        expect_close(f, found[i], value, e.tolerance, what, i);
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
        check_function(k, k->products[format].few, "few", &p, &s, &f);
        check_function(k, k->products[format].many, "many", &p, &s, &f);
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
    static const size_t column_counts[] = {1, 3, 7, 16, 17, 33, 65, 100, 256, 527};
    unsigned seed = 0;
    for (int inputs = 0; inputs < SWL_INPUTS_LIMIT; inputs++) {
        for (size_t i = 0; i < 10; i++) {
            for (size_t j = 0; j < 10; j++, seed++) {
                if (inputs != SWL_INPUTS_RANDOM && (i + j) % 4 != 0) continue;
                size_t columns = is_quantized(format) ? block_counts[j] * SWL_BLOCK : column_counts[j];
                if (swl_check_product(isa, format, rows[i], columns, tokens[seed % 12], (swl_inputs)inputs, seed,
                                      message, capacity)) {
                    return 1;
                }
            }
        }
    }
    return swl_check_product(isa, format, 0, SWL_BLOCK, 3, SWL_INPUTS_RANDOM, seed, message, capacity) ||
           swl_check_product(isa, format, 3, SWL_BLOCK, 0, SWL_INPUTS_RANDOM, seed, message, capacity);
}

static void check_unpacked_row(const swl_kernels *k, int32_t format, size_t columns, swl_inputs inputs, failure *f) {
    product_inputs p = make_inputs(format, 1, columns, 1, inputs, (unsigned)columns);
    guarded out = guard(columns * sizeof(float));
    k->unpack[format](columns, p.weights.bytes, out.bytes);
    for (size_t c = 0; c < columns; c++) {
        double value = (float)(weight_scale(&p, 0, c) * weight_quant(&p, 0, c));
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
    size_t columns = 0;
    while (k && columns <= 160 && !f.happened) {
        for (int inputs = 0; inputs < SWL_INPUTS_DAMAGED_ACTIVATIONS; inputs++) {
            check_unpacked_row(k, format, columns, (swl_inputs)inputs, &f);
        }
        columns += is_quantized(format) ? SWL_BLOCK : 1;
    }
    if (f.happened) {
        snprintf(message, capacity, "%s, %s, %zu columns: %s", isa, swl_format_name(format), columns, detail);
    }
    return f.happened;
}
