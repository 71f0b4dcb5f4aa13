// The arguments of a `multiply_panels` call, as the tables' tiles iterate over them.
#ifndef SWL_PANELS_CALL_H
#define SWL_PANELS_CALL_H

#include "swl_kernels.h"

// Some rows, at their first, and tokens from one on.
typedef struct panels_call {
    size_t rows, columns, group, group_count;
    const int8_t *quants;           // of the panels, SWL_PANEL_ROWS * columns apart
    const swl_panel_group *groups;  // of the panels, `group_count` apart
    const uint8_t *x;               // of the tokens, `columns` apart
    const swl_group_range *ranges;  // of the tokens, `group_count` apart
    const float *bias;              // NULL for none, as `residual`
    const float *residual;
    float *out;
    size_t out_stride, residual_stride;
} panels_call;

// `rows` rows from row `r` of the call on, counted from `first_row`; both begin panels.
static inline panels_call panels_call_at(const swl_panel_weights *weights, size_t first_row, size_t r, size_t rows,
                                         const swl_group_activations *x, size_t first, const swl_addends *addends,
                                         float *out, size_t out_stride) {
    size_t groups = swl_groups(weights->columns, weights->group), panel = (first_row + r) / SWL_PANEL_ROWS;
    return (panels_call){
        .rows = rows,
        .columns = weights->columns,
        .group = weights->group,
        .group_count = groups,
        .quants = weights->quants + panel * SWL_PANEL_ROWS * weights->columns,
        .groups = weights->groups + panel * groups,
        .x = x->quants + first * x->columns,
        .ranges = x->ranges + first * groups,
        .bias = addends->bias ? addends->bias + r : NULL,
        .residual = addends->residual ? addends->residual + r : NULL,
        .out = out + r,
        .out_stride = out_stride,
        .residual_stride = addends->residual_stride,
    };
}

static inline void skip_tokens(panels_call *p, size_t count) {
    p->x += count * p->columns;
    p->ranges += count * p->group_count;
    p->out += count * p->out_stride;
    if (p->residual) p->residual += count * p->residual_stride;
}

#endif
