// What the tables of AVX2 and AVX-VNNI share behind their own instructions: products of rows that are expanded first, and
// the tables' entries for all quantized formats.
#ifndef SWL_AVX2_PRODUCTS_H
#define SWL_AVX2_PRODUCTS_H

#include "single.h"
#include "../../vector/expanded.h"

#define PRODUCTS(name, id) PRODUCT(gemv_##name, gemv, format_##name) PRODUCT(gemm_##name, gemm, format_##name)
SWL_UNPACKED_FORMATS(PRODUCTS)

static size_t product_scratch_bytes(size_t columns) {
    size_t bytes = gemm_scratch_bytes(columns);
    if (bytes < gemv_scratch_bytes(columns)) bytes = gemv_scratch_bytes(columns);
    if (bytes < expanded_scratch_bytes(columns)) bytes = expanded_scratch_bytes(columns);
    return bytes < FLOAT_SCRATCH_BYTES ? FLOAT_SCRATCH_BYTES : bytes;
}

// from: the tokens from which `gemm` is the faster, measured.
#define QUANTIZED(name, id, from) \
    [id] = {gemv_##name, gemm_##name, .gemm_from = from, .panel_rows = CALL_PANELS * TILE_ROWS}

#define EXPANDED(name, id) QUANTIZED(name, id, 9),

#endif
