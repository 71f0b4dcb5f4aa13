#include "swl_panels.h"

#include <math.h>

#include "tables.h"
#include "scalar/formats.h"

// Weights of a group, as far as the row reaches.
static float scale_of_group(size_t count, const float *weights) {
    float greatest = 0, sum = 0;
    for (size_t i = 0; i < count; i++) {
        float size = fabsf(weights[i]);
        greatest = size > greatest ? size : greatest;
        sum += weights[i] - weights[i];
    }
    if (sum != 0) return NAN;
    float scale = greatest / 127;
    return scale >= 0x1p-126f ? scale : 0;
}

static void pack_group(size_t count, const float *weights, size_t lane, int8_t *quants, swl_panel_group *group) {
    float scale = scale_of_group(count, weights);
    float inverse = scale > 0 ? 1 / scale : 0;
    int32_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        int32_t quant = scale > 0 ? (int32_t)nearbyintf(weights[i] * inverse) : 0;
        quants[(i / 4 * SWL_PANEL_ROWS + lane) * 4 + i % 4] = (int8_t)quant;
        sum += quant;
    }
    group->scales[lane] = scale;
    group->sums[lane] = scale * (float)sum;
}

void swl_pack_panels(swl_format format, size_t rows, size_t columns, const void *weights, size_t row_bytes, float *row,
                     int8_t *quants, swl_panel_group *groups) {
    size_t count = swl_groups(columns);
    for (size_t r = 0; r < rows; r++) {
        size_t panel = r / SWL_PANEL_ROWS;
        swl_scalar.unpack[format](columns, (const char *)weights + r * row_bytes, row);
        for (size_t g = 0; g < count; g++) {
            size_t first = g * SWL_GROUP;
            pack_group(swl_least(SWL_GROUP, columns - first), row + first, r % SWL_PANEL_ROWS,
                       quants + (panel * columns + first) * SWL_PANEL_ROWS, groups + panel * count + g);
        }
    }
}
