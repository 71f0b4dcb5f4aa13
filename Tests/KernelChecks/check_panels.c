// Products with panels, and the packing of weights for them, against sums in double precision.
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support.h"
#include "weights.h"

// MARK: - Packing

// A group's scale, the sum beside it, and each quant: within half a scale of the weights, or within what a scale below
// the normal numbers may lose. `weights` are as `unpack` has them.
static void check_packed_group(failure *f, const float *weights, size_t count, size_t lane, const int8_t *quants,
                               const swl_panel_group *group, const char *what) {
    double greatest = 0, sum = 0, scale = group->scales[lane];
    bool finite = true;
    for (size_t i = 0; i < count; i++) {
        finite = finite && isfinite(weights[i]);
        greatest = fmax(greatest, fabs((double)weights[i]));
    }
    if (!finite) {
        if (!isnan(scale)) fail(f, "%s: scale %g for a group with an infinity or a NaN", what, scale);
        return;
    }
    if (greatest / 127 < 0x1p-126) greatest = 0;
    expect_close(f, scale, greatest / 127, greatest * FLT_EPSILON, what, lane);
    for (size_t i = 0; i < count; i++) {
        int quant = quants[(i / 4 * SWL_PANEL_ROWS + lane) * 4 + i % 4];
        sum += quant;
        if (quant == -128) fail(f, "%s: quant %zu is -128", what, i);
        expect_close(f, scale * quant, weights[i], scale * 0.5001 + (scale > 0 ? 0 : 127 * 0x1p-126), what, i);
    }
    expect_close(f, group->sums[lane], scale * sum, fabs(scale * sum) * FLT_EPSILON, what, lane);
}

static void check_packed(failure *f, int32_t format, size_t rows, size_t columns, size_t group, swl_inputs inputs) {
    size_t elements = 1, bytes = 0, groups = swl_groups(columns, group);
    swl_format_block((uint32_t)format, &elements, &bytes);
    size_t row_bytes = columns / elements * bytes;
    guarded weights = guard(rows * row_bytes), row = guard(columns * sizeof(float));
    guarded quants = guard(swl_panels(rows) * SWL_PANEL_ROWS * columns);
    guarded packed = guard(swl_panels(rows) * groups * sizeof(swl_panel_group));
    source s = seeded(rows + columns);
    for (size_t r = 0; r < rows; r++) {
        fill_weight_row(format, r, columns, inputs, &s, (char *)weights.bytes + r * row_bytes);
    }
    swl_pack_panels((swl_format)format, rows, columns, group, weights.bytes, row_bytes, row.bytes, quants.bytes,
                    packed.bytes);
    for (size_t r = 0; r < rows && !f->happened; r++) {
        const void *source_row = (const char *)weights.bytes + r * row_bytes;
        float *unpacked = row.bytes;
        for (size_t c = 0; c < columns; c++) {
            weight w = weight_at(format, source_row, c);
            unpacked[c] = (float)((float)(w.scale * w.quant) - w.minimum);
        }
        for (size_t g = 0; g < groups; g++) {
            char what[96];
            size_t first = g * group, panel = r / SWL_PANEL_ROWS;
            size_t count = columns - first < group ? columns - first : group;
            snprintf(what, sizeof what, "%s, %zu rows, %zu columns, row %zu, group %zu of %zu", swl_format_name(format),
                     rows, columns, r, g, group);
            check_packed_group(f, unpacked + first, count, r % SWL_PANEL_ROWS,
                               (int8_t *)quants.bytes + (panel * columns + first) * SWL_PANEL_ROWS,
                               (swl_panel_group *)packed.bytes + panel * groups + g, what);
        }
    }
    expect_canary(f, &quants, "quants");
    expect_canary(f, &packed, "groups");
    expect_canary(f, &row, "row");
    release(&weights);
    release(&row);
    release(&quants);
    release(&packed);
}

// The same code for every table.
void check_pack_panels(const swl_kernels *k, failure *f) {
    static const size_t rows[] = {1, 15, 16, 17, 64, 83};
    static const size_t columns[] = {32, 96, 128, 160, 384};
    (void)k;
    for (size_t i = 0; swl_checkable_format(i) >= 0; i++) {
        int32_t format = swl_checkable_format(i);
        size_t block = 1, bytes = 0;
        swl_format_block((uint32_t)format, &block, &bytes);
        for (size_t j = 0; j < 6; j++) {
            size_t count = block > SWL_BLOCK ? (1 + j % 3) * block : columns[(i + j) % 5];
            for (int inputs = 0; inputs < SWL_INPUTS_DAMAGED_ACTIVATIONS; inputs++) {
                if (inputs == SWL_INPUTS_EXTREME_SCALES && is_quantized(format)) continue;  // may overflow: not a weight
                check_packed(f, format, rows[j], count, SWL_GROUP, (swl_inputs)inputs);
                check_packed(f, format, rows[j], count, SWL_GELU_GROUP, (swl_inputs)inputs);
            }
        }
    }
}

// MARK: - Products

typedef enum panel_kind { RANDOM, EXTREME, DAMAGED, KINDS } panel_kind;
typedef enum residual_kind { NO_RESIDUAL, RESIDUAL_APART, RESIDUAL_IN_PLACE, RESIDUAL_KINDS } residual_kind;

typedef struct panel_inputs {
    size_t rows, columns, group, tokens, first;  // tokens in front of `first` are there but not asked for
    guarded quants, groups, x, ranges, bias, residual;
    size_t residual_stride;
    bool has_bias;
    residual_kind kind;
} panel_inputs;

static int8_t random_quant(source *s, panel_kind kind, size_t row) {
    if (kind != EXTREME) return (int8_t)((int)random_below(s, 255) - 127);
    return row % 3 == 0 ? 127 : row % 3 == 1 ? -127 : random_below(s, 2) ? 127 : -127;
}

static void fill_panels(panel_inputs *p, panel_kind kind, source *s) {
    size_t groups = swl_groups(p->columns, p->group);
    int8_t *quants = p->quants.bytes;
    for (size_t i = 0; i < p->quants.size; i++) {
        quants[i] = random_quant(s, kind, i / (SWL_PANEL_ROWS * p->columns) * SWL_PANEL_ROWS + i / 4 % SWL_PANEL_ROWS);
    }
    for (size_t i = 0; i < swl_panels(p->rows) * groups; i++) {
        swl_panel_group *group = (swl_panel_group *)p->groups.bytes + i;
        size_t first = i % groups * p->group, panel = i / groups;
        for (size_t r = 0; r < SWL_PANEL_ROWS; r++) {
            double sum = 0;
            for (size_t c = first; c < p->columns && c < first + p->group; c++) {
                sum += quants[panel * SWL_PANEL_ROWS * p->columns + (c / 4 * SWL_PANEL_ROWS + r) * 4 + c % 4];
            }
            group->scales[r] = (float)(0.01 * random_unit(s));
            if (kind == DAMAGED && random_below(s, 4) == 0) group->scales[r] = NAN;
            group->sums[r] = (float)(group->scales[r] * sum);
        }
    }
}

static panel_inputs make_panel_inputs(size_t rows, size_t columns, size_t group, size_t tokens, size_t first,
                                      panel_kind kind, residual_kind residual, unsigned seed) {
    panel_inputs p = {.rows = rows, .columns = columns, .group = group, .tokens = tokens, .first = first,
                      .residual_stride = rows + 1, .has_bias = seed % 2, .kind = residual};
    source s = seeded(seed);
    size_t groups = swl_groups(columns, group), count = first + tokens;
    p.quants = guard(swl_panels(rows) * SWL_PANEL_ROWS * columns);
    p.groups = guard(swl_panels(rows) * groups * sizeof(swl_panel_group));
    p.x = guard(count * columns);
    p.ranges = guard(count * groups * sizeof(swl_group_range));
    p.bias = guard(rows * sizeof(float));
    p.residual = guard((tokens * p.residual_stride - 1) * sizeof(float));
    fill_panels(&p, kind, &s);
    for (size_t i = 0; i < p.x.size; i++) {
        size_t token = i / columns;
        uint8_t extreme = token % 3 == 0 ? 255 : token % 3 == 1 ? 0 : random_below(&s, 2) ? 255 : 0;
        ((uint8_t *)p.x.bytes)[i] = kind == EXTREME ? extreme : (uint8_t)random_bits(&s);
    }
    for (size_t i = 0; i < count * groups; i++) {
        bool damaged = kind == DAMAGED && random_below(&s, 4) == 0;
        swl_group_range range = {(float)(0.03 * random_unit(&s)), (float)(8 * random_unit(&s) - 6)};
        ((swl_group_range *)p.ranges.bytes)[i] = damaged ? (swl_group_range){NAN, NAN} : range;
    }
    for (size_t i = 0; i < p.bias.size / 4; i++) ((float *)p.bias.bytes)[i] = (float)random_normal(&s);
    for (size_t i = 0; i < p.residual.size / 4; i++) ((float *)p.residual.bytes)[i] = (float)random_normal(&s);
    return p;
}

static void release_panel_inputs(panel_inputs *p) {
    guarded *all[] = {&p->quants, &p->groups, &p->x, &p->ranges, &p->bias, &p->residual};
    for (size_t i = 0; i < 6; i++) release(all[i]);
}

// What a product should give. Rounding is that of check_products.c, with two additions for each group and two addends;
// as activations less 128 may be what a table adds up, both x and 128 count towards what is summed.
static double expected_product(const panel_inputs *p, size_t row, size_t token, double *tolerance) {
    size_t groups = swl_groups(p->columns, p->group), panel = row / SWL_PANEL_ROWS, lane = row % SWL_PANEL_ROWS;
    const int8_t *quants = (const int8_t *)p->quants.bytes + panel * SWL_PANEL_ROWS * p->columns;
    const uint8_t *x = (const uint8_t *)p->x.bytes + (p->first + token) * p->columns;
    double sum = 0, magnitude = 0;
    for (size_t c = 0; c < p->columns; c++) {
        size_t g = c / p->group;
        swl_group_range range = ((const swl_group_range *)p->ranges.bytes)[(p->first + token) * groups + g];
        double w = ((const swl_panel_group *)p->groups.bytes)[panel * groups + g].scales[lane];
        w *= quants[(c / 4 * SWL_PANEL_ROWS + lane) * 4 + c % 4];
        sum += w * ((double)range.least + (double)range.scale * x[c]);
        magnitude += fabs(w) * (fabs((double)range.least) + (double)range.scale * (x[c] + 128));
    }
    double bias = p->has_bias ? ((const float *)p->bias.bytes)[row] : 0, residual = 0;
    if (p->kind != NO_RESIDUAL) residual = ((const float *)p->residual.bytes)[token * p->residual_stride + row];
    double additions = 2 * (double)groups + 2;
    *tolerance = FLT_EPSILON * (4 + 2 * sqrt(additions)) * (magnitude + fabs(bias) + fabs(residual));
    return sum + bias + residual;
}

// Runs the kernel, its calls divided at `row_split`, a panel's first, and at `token_split`, into rows `stride` apart.
static void run_panels(const swl_kernels *k, const panel_inputs *p, size_t row_split, size_t token_split, float *out,
                       size_t stride) {
    swl_panel_weights weights = {p->rows, p->columns, p->group, p->quants.bytes, p->groups.bytes};
    swl_group_activations x = {p->columns, p->x.bytes, p->ranges.bytes};
    const float *residual = p->residual.bytes;
    size_t residual_stride = p->residual_stride;
    if (p->kind == RESIDUAL_IN_PLACE) {
        for (size_t t = 0; t < p->tokens; t++) memcpy(out + t * stride, residual + t * residual_stride, p->rows * 4);
        residual = out;
        residual_stride = stride;
    }
    size_t rows[] = {0, row_split, p->rows}, tokens[] = {0, token_split, p->tokens};
    for (size_t i = 0; i < 2; i++) {
        for (size_t j = 0; j < 2; j++) {
            size_t r = rows[i], t = tokens[j];
            swl_addends addends = {
                .bias = p->has_bias ? (const float *)p->bias.bytes + r : NULL,
                .residual = p->kind == NO_RESIDUAL ? NULL : residual + t * residual_stride + r,
                .residual_stride = residual_stride,
            };
            k->multiply_panels(&weights, r, rows[i + 1] - r, &x, p->first + t, tokens[j + 1] - t, &addends,
                               out + t * stride + r, stride);
        }
    }
}

static void check_panel_product(const swl_kernels *k, const panel_inputs *p, source *s, failure *f) {
    size_t stride = p->rows + 2, other = p->rows + 5;
    guarded whole = guard((p->tokens * stride - 2) * sizeof(float));
    guarded divided = guard((p->tokens * other - 5) * sizeof(float));
    fill_untouched(&whole);
    fill_untouched(&divided);
    run_panels(k, p, p->rows, p->tokens, whole.bytes, stride);
    size_t row_split = random_below(s, swl_panels(p->rows)) * SWL_PANEL_ROWS;
    run_panels(k, p, row_split, random_below(s, p->tokens + 1), divided.bytes, other);
    for (size_t t = 0; t < p->tokens && !f->happened; t++) {
        for (size_t r = 0; r < stride && (t + 1 < p->tokens || r < p->rows); r++) {
            float found = ((float *)whole.bytes)[t * stride + r], again = ((float *)divided.bytes)[t * other + r];
            char what[160];
            snprintf(what, sizeof what,
                     "%zu rows, %zu columns by %zu, %zu tokens from %zu on, addends %d %d, token %zu, row", p->rows,
                     p->columns, p->group, p->tokens, p->first, p->has_bias, (int)p->kind, t);
            if (r >= p->rows) {
                if (!is_untouched(found) || !is_untouched(again)) fail(f, "%s %zu: written to beyond the last", what, r);
                continue;
            }
            double tolerance, expected = expected_product(p, r, t, &tolerance);
            expect_close(f, found, expected, tolerance, what, r);
            if (float_bits(found) != float_bits(again) && !(isnan(found) && isnan(again))) {
                fail(f, "%s %zu: %.9g when calls are divided, %.9g when not", what, r, again, found);
            }
        }
    }
    expect_canary(f, &whole, "product");
    expect_canary(f, &divided, "divided product");
    release(&whole);
    release(&divided);
}

void check_multiply_panels(const swl_kernels *k, failure *f) {
    static const size_t rows[] = {1, 15, 16, 17, 33, 64, 83, 96, 130};
    static const size_t columns[] = {32, 64, 96, 128, 160, 384, 1536};
    unsigned seed = 0;
    for (int kind = 0; kind < KINDS; kind++) {
        for (size_t i = 0; i < 9; i++) {
            for (size_t j = 0; j < 7 && !f->happened; j++, seed++) {
                if (kind != RANDOM && (i + j) % 2) continue;
                size_t group = seed / 3 % 2 ? SWL_GELU_GROUP : SWL_GROUP;
                panel_inputs p = make_panel_inputs(rows[i], columns[j], group, 1 + seed % 13, seed % 3, (panel_kind)kind,
                                                   (residual_kind)(seed / 2 % RESIDUAL_KINDS), seed);
                source s = seeded(seed + 1);
                check_panel_product(k, &p, &s, f);
                release_panel_inputs(&p);
            }
        }
    }
}
