#include "swl_panels.h"

#include <math.h>
#include <string.h>

#include "tables.h"
#include "scalar/formats.h"

// Decoded as `unpack` does, for the format that encoders come in most, in a loop that compilers turn into vector code.
static void unpack_q8_0(size_t columns, const void *row, float *out) {
    const swl_q8_0 *blocks = row;
    for (size_t b = 0; b < columns / SWL_BLOCK; b++) {
        float scale = swl_float_from_f16(blocks[b].scale);
        for (size_t i = 0; i < SWL_BLOCK; i++) out[b * SWL_BLOCK + i] = scale * blocks[b].quants[i];
    }
}

// NaN where a weight is infinite or NaN, zero where all are next to it.
static float scale_of_group(size_t count, const float *weights) {
    uint32_t greatest = 0;  // as bit patterns numbers sort as they do in value, infinity and NaN above all
    for (size_t i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, weights + i, sizeof bits);
        bits &= 0x7fffffff;
        greatest = bits > greatest ? bits : greatest;
    }
    if (greatest >= 0x7f800000) return NAN;
    float scale = swl_float_from_bits(greatest) / 127;
    return scale >= 0x1p-126f ? scale : 0;
}

// Writes `count` weights of one row of a group to its lane of a panel.
static void pack_group(size_t count, const float *weights, size_t lane, int8_t *quants, swl_panel_group *group) {
    int8_t rounded[SWL_WIDEST_GROUP] = {0};
    int32_t sum = 0;
    float scale = scale_of_group(count, weights);
    if (scale > 0) {
        float inverse = 1 / scale;
        for (size_t i = 0; i < count; i++) {
            float scaled = weights[i] * inverse, shifted = scaled + 0x1.8p23f;  // to nearest, ties to even
            rounded[i] = (int8_t)(int32_t)(shifted - 0x1.8p23f);
        }
        for (size_t i = 0; i < count; i++) sum += rounded[i];
    }
    for (size_t i = 0; i < count; i += 4) memcpy(quants + (i / 4 * SWL_PANEL_ROWS + lane) * 4, rounded + i, 4);
    group->scales[lane] = scale;
    group->sums[lane] = scale * (float)sum;
}

void swl_pack_panels(swl_format format, size_t rows, size_t columns, size_t group, const void *weights,
                     size_t row_bytes, float *row, int8_t *quants, swl_panel_group *groups) {
    size_t count = swl_groups(columns, group);
    for (size_t r = 0; r < rows; r++) {
        const void *packed = (const char *)weights + r * row_bytes;
        if (format == SWL_Q8_0) {
            unpack_q8_0(columns, packed, row);
        } else {
            swl_scalar.unpack[format](columns, packed, row);
        }
        size_t panel = r / SWL_PANEL_ROWS;
        for (size_t g = 0; g < count; g++) {
            size_t first = g * group;
            pack_group(swl_least(group, columns - first), row + first, r % SWL_PANEL_ROWS,
                       quants + (panel * columns + first) * SWL_PANEL_ROWS, groups + panel * count + g);
        }
    }
}
