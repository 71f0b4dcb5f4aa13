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

// Bit-identical to `scalar`, but for the sign of a minimum of zero. Quants of a group that is NaN say nothing.
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

// Rows whose `x` and results have more columns than are quantized; the extra ones must stay unchanged.
typedef struct group_rows {
    size_t columns, stride, groups, range_stride;
    guarded x, quants, ranges;
    swl_group_target out;
} group_rows;

enum { MORE_GROUPS = 2 };

static group_rows make_rows(size_t rows, size_t columns, size_t group, row_kind kind, unsigned seed) {
    size_t groups = swl_groups(columns, group);
    group_rows p = {.columns = columns, .stride = columns + MORE_GROUPS * group, .groups = groups,
                    .range_stride = groups + MORE_GROUPS};
    p.x = guard(((rows - 1) * p.stride + columns) * sizeof(float));
    p.quants = guard(rows * p.stride);
    p.ranges = guard(rows * p.range_stride * sizeof(swl_group_range));
    p.out = (swl_group_target){p.quants.bytes, p.ranges.bytes, p.stride, p.range_stride};
    memset(p.quants.bytes, 0x5a, p.quants.size);
    memset(p.ranges.bytes, 0x5a, p.ranges.size);
    source s = seeded(seed);
    for (size_t r = 0; r < rows; r++) {
        size_t damaged = random_below(&s, columns);
        float *row = (float *)p.x.bytes + r * p.stride;
        for (size_t c = 0; c < columns; c++) row[c] = element(kind, c, damaged, &s);
    }
    return p;
}

static void expect_untouched_beside(failure *f, const group_rows *p, size_t row, const char *what) {
    for (size_t c = p->columns; c < p->stride; c++) {
        if (p->out.quants[row * p->stride + c] != 0x5a) fail(f, "%s: column %zu was written", what, c);
    }
    const uint8_t *beyond = (const uint8_t *)(p->out.ranges + row * p->range_stride + p->groups);
    for (size_t i = 0; i < MORE_GROUPS * sizeof(swl_group_range); i++) {
        if (beyond[i] != 0x5a) fail(f, "%s: a range behind the last was written", what);
    }
}

static void release_rows(failure *f, group_rows *p) {
    expect_canary(f, &p->quants, "quants");
    expect_canary(f, &p->ranges, "ranges");
    guarded *all[] = {&p->x, &p->quants, &p->ranges};
    for (size_t i = 0; i < 3; i++) release(all[i]);
}

static void check_groups_of(const swl_kernels *k, failure *f, size_t rows, size_t columns, row_kind kind, unsigned seed) {
    group_rows p = make_rows(rows, columns, SWL_GROUP, kind, seed), scalar = make_rows(rows, columns, SWL_GROUP, kind, seed);
    const float *values = p.x.bytes;
    k->quantize_groups(rows, columns, values, p.stride, &p.out);
    swl_kernels_named("scalar")->quantize_groups(rows, columns, values, p.stride, &scalar.out);
    for (size_t r = 0; r < rows; r++) {
        char what[96];
        snprintf(what, sizeof what, "row %zu of %zu, %zu columns, kind %d, seed %u", r, rows, columns, (int)kind, seed);
        const uint8_t *row = p.out.quants + r * p.stride;
        const swl_group_range *ranges = p.out.ranges + r * p.range_stride;
        for (size_t g = 0; g < p.groups; g++) {
            size_t first = g * SWL_GROUP, count = columns - first < SWL_GROUP ? columns - first : SWL_GROUP;
            check_group(f, values + r * p.stride + first, count, row + first, ranges[g], what);
        }
        compare_groups(f, columns, row, ranges, scalar.out.quants + r * p.stride,
                       scalar.out.ranges + r * p.range_stride, what);
        expect_untouched_beside(f, &p, r, what);
    }
    release_rows(f, &p);
    release_rows(f, &scalar);
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
    double error = 3e-5, scale = (greatest - (double)SWL_GELU_LEAST) / 255, rounding = 256 * 2 * FLT_EPSILON;
    expect_close(f, range.scale, scale, scale * 2 * FLT_EPSILON + error / 255, what, 0);
    expect_close(f, range.least, SWL_GELU_LEAST, 0, what, 0);
    for (size_t i = 0; i < count; i++) {
        double decoded = (double)range.least + (double)range.scale * quants[i];
        expect_close(f, decoded, gelu_of(x[i]), (double)range.scale * (0.5 + rounding) + error, what, i);
    }
}

// Rows are bit-identical alone and together.
static void check_gelu_of(const swl_kernels *k, failure *f, size_t rows, size_t columns, row_kind kind, unsigned seed) {
    group_rows p = make_rows(rows, columns, SWL_GELU_GROUP, kind, seed);
    guarded alone_quants = guard(columns), alone_ranges = guard(p.groups * sizeof(swl_group_range));
    swl_group_target alone = {alone_quants.bytes, alone_ranges.bytes, columns, p.groups};
    const float *values = p.x.bytes;
    k->gelu_groups(rows, columns, values, p.stride, &p.out);
    for (size_t r = 0; r < rows; r++) {
        char what[96];
        snprintf(what, sizeof what, "row %zu of %zu, %zu columns, kind %d, seed %u", r, rows, columns, (int)kind, seed);
        const uint8_t *row = p.out.quants + r * p.stride;
        const swl_group_range *ranges = p.out.ranges + r * p.range_stride;
        for (size_t g = 0; g < p.groups; g++) {
            size_t first = g * SWL_GELU_GROUP, rest = columns - first;
            size_t count = rest < SWL_GELU_GROUP ? rest : SWL_GELU_GROUP;
            check_gelu_group(f, values + r * p.stride + first, count, row + first, ranges[g], what);
        }
        k->gelu_groups(1, columns, values + r * p.stride, columns, &alone);
        bool same_ranges = memcmp(alone.ranges, ranges, p.groups * sizeof *ranges) == 0;
        if (kind < WITH_NAN && (!same_ranges || memcmp(alone.quants, row, columns) != 0)) {
            fail(f, "%s: alone it gives something else", what);
        }
        expect_untouched_beside(f, &p, r, what);
    }
    release_rows(f, &p);
    expect_canary(f, &alone_quants, "quants of a row alone");
    expect_canary(f, &alone_ranges, "ranges of a row alone");
    release(&alone_quants);
    release(&alone_ranges);
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
