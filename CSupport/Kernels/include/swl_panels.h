// Weights rearranged for products of whole texts: int8 in panels, with a scale for each group of columns.
//
// Blocks of 32 columns cost a conversion and two multiplications of floats for every eight dot instructions. Groups of
// 128 cost them for every 32, and lose next to nothing where activations use all 256 values of a byte between the least
// and the greatest of their group. What GELU gives has no outliers below and is as near with groups of 256. A model's
// weights are packed once, before the first step.
#ifndef SWL_PANELS_H
#define SWL_PANELS_H

#include <stddef.h>
#include <stdint.h>

#include "swl_blocks.h"

#pragma GCC visibility push(hidden)

enum {
    SWL_GROUP = 128,       // columns that share a scale; the last group of a row may be shorter
    SWL_GELU_GROUP = 256,  // the same where activations are GELU's
    SWL_WIDEST_GROUP = SWL_GELU_GROUP,
    SWL_PANEL_ROWS = 16,
};

// No value of GELU is less: the least one is -0.169971.
#define SWL_GELU_LEAST (-0.17f)

// Groups of a row: `group` is one of the two above.
static inline size_t swl_groups(size_t columns, size_t group) { return (columns + group - 1) / group; }
static inline size_t swl_panels(size_t rows) { return (rows + SWL_PANEL_ROWS - 1) / SWL_PANEL_ROWS; }

// Scales and sums of a group of a panel's rows.
typedef struct swl_panel_group {
    float scales[SWL_PANEL_ROWS];
    float sums[SWL_PANEL_ROWS];  // scale * sum of the group's quants
} swl_panel_group;

// weights[r, k] = groups[r / 16, k / group].scales[r % 16] * quants[r / 16, k / 4, r % 16, k % 4]. The last panel may lack
// rows: what stands there is finite and not used. Both are 64-byte aligned.
typedef struct swl_panel_weights {
    size_t rows, columns;           // columns: a multiple of 32
    size_t group;                   // columns of a group, as the activations have it
    const int8_t *quants;           // [panels, columns / 4, 16, 4]: each in -127...127
    const swl_panel_group *groups;  // [panels, groups]
} swl_panel_weights;

// The range of a group of activations: x[k] = least + scale * quants[k].
typedef struct swl_group_range {
    float scale, least;
} swl_group_range;

// Activations of several tokens: [tokens, columns]. `quantize_groups` fills them, or `gelu_groups`: groups are as wide as
// those of the weights they meet.
typedef struct swl_group_activations {
    size_t columns;                 // a multiple of 32
    const uint8_t *quants;          // [tokens, columns]
    const swl_group_range *ranges;  // [tokens, groups]
} swl_group_activations;

// Where rows of activations go, or some columns of them: the strides are those of whole rows.
typedef struct swl_group_target {
    uint8_t *quants;
    swl_group_range *ranges;
    size_t quant_stride, range_stride;
} swl_group_target;

// Terms added to a product.
typedef struct swl_addends {
    const float *bias;      // [rows]; NULL for none
    const float *residual;  // [tokens, rows], rows `residual_stride` floats apart; NULL for none. May be the result itself.
    size_t residual_stride;
} swl_addends;

// Packs the `rows` rows of a matrix, `row_bytes` apart, in groups of `group` columns. Quants are rounded to nearest for the
// scale max|w| / 127. A group that holds an infinity or a NaN gets a NaN scale. `row` is room for `columns` floats.
void swl_pack_panels(swl_format format, size_t rows, size_t columns, size_t group, const void *weights,
                     size_t row_bytes, float *row, int8_t *quants, swl_panel_group *groups);

#pragma GCC visibility pop

#endif
