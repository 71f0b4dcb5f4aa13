// Groups of activations to bytes.
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "support.h"

typedef enum row_kind {
    NORMAL,
    LARGE,        // near the limit of float32; with some ranges beyond it
    TINY,
    SUBNORMAL,    // scales below the normal numbers
    CONSTANT,
    OFFSET,       // ranges far from zero
    UNLIKE,       // each element of a magnitude of its own
    WITH_NAN,
    WITH_INFINITY,
    ROW_KINDS,
} row_kind;

static float element(row_kind kind, size_t i, size_t damaged, source *s) {
    double normal = random_normal(s);
    switch (kind) {
        case LARGE: return (float)(8e37 * fmax(-4, fmin(4, normal)));
        case TINY: return (float)(1e-35 * normal);
        case SUBNORMAL: return (float)(1e-38 * normal);
        case CONSTANT: return -2.5f;
        case OFFSET: return (float)(1000 + normal);
        case UNLIKE: return (float)ldexp(normal, (int)random_below(s, 200) - 100);
        case WITH_NAN: return i == damaged ? NAN : (float)normal;
        case WITH_INFINITY: return i == damaged ? (random_below(s, 2) ? INFINITY : -INFINITY) : (float)normal;
        default: return (float)normal;
    }
}

// Least and greatest are 0 and 255 but for rounding, everything lies within half a scale of what it decodes to.
static void check_group(failure *f, const float *x, size_t count, const uint8_t *quants, swl_group_range range,
                        const char *what) {
    double least = INFINITY, greatest = -INFINITY;
    bool finite = true;
    for (size_t i = 0; i < count; i++) {
        finite = finite && isfinite(x[i]);
        least = fmin(least, x[i]);
        greatest = fmax(greatest, x[i]);
    }
    double scale = (greatest - least) / 255;
    if (!finite || greatest - least > FLT_MAX) {
        if (!isnan(range.scale) || !isnan(range.least)) fail(f, "%s: a range that is not finite is not NaN", what);
        return;
    }
    if (scale < 0x1p-126) scale = 0;
    expect_close(f, range.scale, scale, scale * 2 * FLT_EPSILON, what, 0);
    expect_close(f, range.least, least, 0, what, 0);
    // The difference to the least, the scale's inverse and their product each round.
    double rounding = 256 * 2 * FLT_EPSILON, lost = scale > 0 ? 0 : 255 * 0x1p-126;
    for (size_t i = 0; i < count; i++) {
        double decoded = (double)range.least + (double)range.scale * quants[i];
        expect_close(f, decoded, x[i], scale * (0.5 + rounding) + lost, what, i);
    }
}

// To the bit what `scalar` gives, but for the sign of a least of zero. Quants of a group that is NaN say nothing.
static void compare_groups(failure *f, size_t columns, const uint8_t *quants, const swl_group_range *ranges,
                           const uint8_t *scalar_quants, const swl_group_range *scalar_ranges, const char *what) {
    for (size_t c = 0; c < columns; c++) {
        swl_group_range a = ranges[c / SWL_GROUP], b = scalar_ranges[c / SWL_GROUP];
        if (isnan(a.scale) && isnan(b.scale) && isnan(a.least) && isnan(b.least)) continue;
        if (float_bits(a.scale) != float_bits(b.scale) || a.least != b.least) {
            fail(f, "%s, group %zu: scale %.9g and least %.9g, of scalar %.9g and %.9g", what, c / SWL_GROUP, a.scale,
                 a.least, b.scale, b.least);
        }
        if (quants[c] != scalar_quants[c]) {
            fail(f, "%s, element %zu: %d, of scalar %d", what, c, quants[c], scalar_quants[c]);
        }
    }
}

// Rows, of which `x` and what becomes of them have more columns than are quantized: those stay as they are.
static void check_groups_of(const swl_kernels *k, failure *f, size_t rows, size_t columns, row_kind kind, unsigned seed) {
    enum { MORE = 2 };  // groups
    size_t stride = columns + MORE * SWL_GROUP, groups = swl_groups(columns, SWL_GROUP), range_stride = groups + MORE;
    guarded x = guard(((rows - 1) * stride + columns) * sizeof(float));
    guarded quants = guard(rows * stride), ranges = guard(rows * range_stride * sizeof(swl_group_range));
    guarded scalar_quants = guard(rows * stride), scalar_ranges = guard(rows * range_stride * sizeof(swl_group_range));
    memset(quants.bytes, 0x5a, rows * stride);
    memset(ranges.bytes, 0x5a, rows * range_stride * sizeof(swl_group_range));
    source s = seeded(seed);
    float *values = x.bytes;
    for (size_t r = 0; r < rows; r++) {
        size_t damaged = random_below(&s, columns);
        for (size_t c = 0; c < columns; c++) values[r * stride + c] = element(kind, c, damaged, &s);
    }
    swl_group_target out = {quants.bytes, ranges.bytes, stride, range_stride};
    swl_group_target scalar_out = {scalar_quants.bytes, scalar_ranges.bytes, stride, range_stride};
    k->quantize_groups(rows, columns, values, stride, &out);
    swl_kernels_named("scalar")->quantize_groups(rows, columns, values, stride, &scalar_out);
    for (size_t r = 0; r < rows; r++) {
        char what[96];
        snprintf(what, sizeof what, "row %zu of %zu, %zu columns, kind %d, seed %u", r, rows, columns, (int)kind, seed);
        const uint8_t *row = out.quants + r * stride;
        const swl_group_range *row_ranges = out.ranges + r * range_stride;
        for (size_t g = 0; g < groups; g++) {
            size_t first = g * SWL_GROUP, count = columns - first < SWL_GROUP ? columns - first : SWL_GROUP;
            check_group(f, values + r * stride + first, count, row + first, row_ranges[g], what);
        }
        compare_groups(f, columns, row, row_ranges, scalar_out.quants + r * stride,
                       scalar_out.ranges + r * range_stride, what);
        for (size_t c = columns; c < stride; c++) {
            if (row[c] != 0x5a) fail(f, "%s: column %zu was written", what, c);
        }
        const uint8_t *beyond = (const uint8_t *)(row_ranges + groups);
        for (size_t i = 0; i < MORE * sizeof(swl_group_range); i++) {
            if (beyond[i] != 0x5a) fail(f, "%s: a range behind the last was written", what);
        }
    }
    expect_canary(f, &quants, "quants");
    expect_canary(f, &ranges, "ranges");
    guarded *all[] = {&x, &quants, &ranges, &scalar_quants, &scalar_ranges};
    for (size_t i = 0; i < 5; i++) release(all[i]);
}

void check_quantize_groups(const swl_kernels *k, failure *f) {
    static const size_t columns[] = {32, 64, 96, 128, 160, 384, 608, 1536};
    unsigned seed = 0;
    for (int kind = 0; kind < ROW_KINDS; kind++) {
        for (size_t i = 0; i < 8; i++) {
            for (size_t rows = 1; rows <= 13 && !f->happened; rows += 4) {
                check_groups_of(k, f, rows, columns[i], (row_kind)kind, seed++);
            }
        }
    }
}

// MARK: - GELU

static double gelu_of(double x) { return x * 0.5 * erfc(-x / sqrt(2)); }

// The least value is known, the greatest is 255, and all lie within half a scale and the function's error of GELU.
static void check_gelu_group(failure *f, const float *x, size_t count, const uint8_t *quants, swl_group_range range,
                             const char *what) {
    double greatest = 0;
    bool finite = true;
    for (size_t i = 0; i < count; i++) {
        finite = finite && isfinite(x[i]);
        greatest = fmax(greatest, gelu_of(x[i]));
    }
    if (!finite) {
        if (!isnan(range.scale) || !isnan(range.least)) fail(f, "%s: an infinity or a NaN does not make a NaN", what);
        return;
    }
    double error = 3e-5, scale = (greatest - (double)SWL_GELU_LEAST) / 255;
    expect_close(f, range.scale, scale, scale * 4 * FLT_EPSILON + error / 255, what, 0);
    expect_close(f, range.least, SWL_GELU_LEAST, 0, what, 0);
    for (size_t i = 0; i < count; i++) {
        double decoded = (double)range.least + (double)range.scale * quants[i];
        expect_close(f, decoded, gelu_of(x[i]), scale * (0.5 + 256 * 4 * FLT_EPSILON) + 2 * error, what, i);
    }
}

// Rows as above: what they give, alone too and to the bit, and that nothing beside is written.
static void check_gelu_of(const swl_kernels *k, failure *f, size_t rows, size_t columns, row_kind kind, unsigned seed) {
    enum { MORE = 2 };  // groups
    size_t stride = columns + MORE * SWL_GELU_GROUP, groups = swl_groups(columns, SWL_GELU_GROUP);
    size_t range_stride = groups + MORE;
    guarded x = guard(((rows - 1) * stride + columns) * sizeof(float));
    guarded quants = guard(rows * stride), ranges = guard(rows * range_stride * sizeof(swl_group_range));
    guarded alone_quants = guard(columns), alone_ranges = guard(groups * sizeof(swl_group_range));
    memset(quants.bytes, 0x5a, rows * stride);
    memset(ranges.bytes, 0x5a, rows * range_stride * sizeof(swl_group_range));
    source s = seeded(seed);
    float *values = x.bytes;
    for (size_t r = 0; r < rows; r++) {
        size_t damaged = random_below(&s, columns);
        for (size_t c = 0; c < columns; c++) values[r * stride + c] = element(kind, c, damaged, &s);
    }
    swl_group_target out = {quants.bytes, ranges.bytes, stride, range_stride};
    k->gelu_groups(rows, columns, values, stride, &out);
    for (size_t r = 0; r < rows; r++) {
        char what[96];
        snprintf(what, sizeof what, "row %zu of %zu, %zu columns, kind %d, seed %u", r, rows, columns, (int)kind, seed);
        const uint8_t *row = out.quants + r * stride;
        const swl_group_range *row_ranges = out.ranges + r * range_stride;
        for (size_t first = 0; first < columns; first += SWL_GELU_GROUP) {
            size_t count = columns - first < SWL_GELU_GROUP ? columns - first : SWL_GELU_GROUP;
            check_gelu_group(f, values + r * stride + first, count, row + first, row_ranges[first / SWL_GELU_GROUP], what);
        }
        swl_group_target alone = {alone_quants.bytes, alone_ranges.bytes, columns, groups};
        k->gelu_groups(1, columns, values + r * stride, columns, &alone);
        bool same_ranges = memcmp(alone.ranges, row_ranges, groups * sizeof *row_ranges) == 0;
        if (kind < WITH_NAN && (!same_ranges || memcmp(alone.quants, row, columns) != 0)) {
            fail(f, "%s: alone it gives something else", what);
        }
        for (size_t c = columns; c < stride; c++) {
            if (row[c] != 0x5a) fail(f, "%s: column %zu was written", what, c);
        }
        const uint8_t *beyond = (const uint8_t *)(row_ranges + groups);
        for (size_t i = 0; i < MORE * sizeof(swl_group_range); i++) {
            if (beyond[i] != 0x5a) fail(f, "%s: a range behind the last was written", what);
        }
    }
    guarded *all[] = {&x, &quants, &ranges, &alone_quants, &alone_ranges};
    for (size_t i = 1; i < 5; i++) expect_canary(f, all[i], "GELU of groups");
    for (size_t i = 0; i < 5; i++) release(all[i]);
}

void check_gelu_groups(const swl_kernels *k, failure *f) {
    static const size_t columns[] = {32, 96, 128, 224, 256, 288, 512, 1536};
    unsigned seed = 0;
    for (int kind = 0; kind < ROW_KINDS; kind++) {
        for (size_t i = 0; i < 8; i++) {
            for (size_t rows = 1; rows <= 9 && !f->happened; rows += i % 2 ? 3 : 4) {
                check_gelu_of(k, f, rows, columns[i], (row_kind)kind, seed++);
            }
        }
    }
}
