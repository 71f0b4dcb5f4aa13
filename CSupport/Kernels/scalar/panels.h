// The specification of products with panels: weights[r] . x[t], group by group.
#ifndef SWL_SCALAR_PANELS_H
#define SWL_SCALAR_PANELS_H

#include <math.h>

#include "../tables.h"

static void quantize_row(size_t columns, const float *x, uint8_t *quants, swl_group_range *ranges) {
    for (size_t first = 0; first < columns; first += SWL_GROUP, ranges++) {
        size_t count = swl_least(SWL_GROUP, columns - first);
        float least = INFINITY, greatest = -INFINITY, sum = 0;
        for (size_t i = 0; i < count; i++) {
            float value = x[first + i];
            least = value < least ? value : least;
            greatest = value > greatest ? value : greatest;
            sum += value - value;  // NaN with a NaN or an infinity
        }
        float scale = (greatest - least) / 255;
        if (sum != 0 || !isfinite(scale)) {
            *ranges = (swl_group_range){NAN, NAN};
            for (size_t i = 0; i < count; i++) quants[first + i] = 0;
            continue;
        }
        bool regular = scale >= 0x1p-126f;
        *ranges = (swl_group_range){regular ? scale : 0, least};
        float inverse = regular ? 1 / scale : 0;
        for (size_t i = 0; i < count; i++) {
            float shifted = x[first + i] - least, scaled = shifted * inverse;
            quants[first + i] = (uint8_t)nearbyintf(scaled);
        }
    }
}

static void quantize_groups(size_t rows, size_t columns, const float *x, size_t x_stride, const swl_group_target *out) {
    for (size_t r = 0; r < rows; r++) {
        quantize_row(columns, x + r * x_stride, out->quants + r * out->quant_stride, out->ranges + r * out->range_stride);
    }
}

static double gelu_of(double x) { return x * (0.5 * erfc(-x * M_SQRT1_2)); }

static void quantize_gelu(size_t count, const float *x, uint8_t *quants, swl_group_range *range) {
    float values[SWL_GELU_GROUP], greatest = 0;
    bool finite = true;
    for (size_t i = 0; i < count; i++) {
        finite = finite && isfinite(x[i]);
        values[i] = (float)gelu_of(x[i]);
        greatest = values[i] > greatest ? values[i] : greatest;
    }
    float scale = (greatest - SWL_GELU_LEAST) / 255, inverse = 1 / scale;
    *range = finite ? (swl_group_range){scale, SWL_GELU_LEAST} : (swl_group_range){NAN, NAN};
    for (size_t i = 0; i < count; i++) {
        quants[i] = finite ? (uint8_t)nearbyintf((values[i] - SWL_GELU_LEAST) * inverse) : 0;
    }
}

static void gelu_groups(size_t rows, size_t columns, const float *x, size_t x_stride, const swl_group_target *out) {
    for (size_t r = 0; r < rows; r++) {
        for (size_t first = 0; first < columns; first += SWL_GELU_GROUP) {
            quantize_gelu(swl_least(SWL_GELU_GROUP, columns - first), x + r * x_stride + first,
                          out->quants + r * out->quant_stride + first,
                          out->ranges + r * out->range_stride + first / SWL_GELU_GROUP);
        }
    }
}

static double dot_groups(const swl_panel_weights *w, size_t row, const swl_group_activations *x, size_t token) {
    size_t panel = row / SWL_PANEL_ROWS, lane = row % SWL_PANEL_ROWS, groups = swl_groups(w->columns, w->group);
    const int8_t *quants = w->quants + panel * SWL_PANEL_ROWS * w->columns;
    double sum = 0;
    for (size_t g = 0; g < groups; g++) {
        const swl_panel_group *group = w->groups + panel * groups + g;
        swl_group_range range = x->ranges[token * groups + g];
        int32_t dot = 0;  // at most 256 * 127 * 255
        for (size_t k = g * w->group; k < swl_least((g + 1) * w->group, w->columns); k++) {
            dot += quants[(k / 4 * SWL_PANEL_ROWS + lane) * 4 + k % 4] * x->quants[token * w->columns + k];
        }
        sum += (double)group->scales[lane] * range.scale * dot + (double)group->sums[lane] * range.least;
    }
    return sum;
}

static void multiply_panels(const swl_panel_weights *weights, size_t first_row, size_t rows,
                            const swl_group_activations *x, size_t first, size_t tokens, const swl_addends *addends,
                            float *out, size_t out_stride) {
    for (size_t t = 0; t < tokens; t++) {
        for (size_t r = 0; r < rows; r++) {
            double sum = dot_groups(weights, first_row + r, x, first + t);
            if (addends->bias) sum += addends->bias[r];
            if (addends->residual) sum += addends->residual[t * addends->residual_stride + r];
            out[t * out_stride + r] = (float)sum;
        }
    }
}

#endif
