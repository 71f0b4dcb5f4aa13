// The formats that are unpacked in registers, for the tables of AVX2 and AVX-VNNI.
#ifndef SWL_AVX2_FORMATS_H
#define SWL_AVX2_FORMATS_H

#include "unpack.h"

// How a format's weights are computed from what is unpacked: quants less `zero` times the scale, plus the minimum. Functions
// take it as a constant, which the compiler folds; it fits two registers.
typedef struct format {
    uint8_t id;
    uint8_t bits;          // of quants; 8 for signed bytes, which are unpacked plus SIGNED_ZERO
    uint8_t zero;
    uint8_t minimums;      // of each block: 0, 1, or 2 (one for each sub-block)
    bool sub_scales;       // int16 scales of sub-blocks beside the block's float scale
    bool in_order;         // `gemv` takes its bytes as they lie
    uint16_t block_columns, block_bytes;  // of its own blocks
} format;

#define FORMAT(name, ID, columns, ...)                                                                                 \
    static const format format_##name = {SWL_##ID, .block_columns = columns, .block_bytes = sizeof(swl_##name), __VA_ARGS__}
FORMAT(q4_0, Q4_0, SWL_BLOCK, .bits = 4, .zero = 8);
FORMAT(q4_1, Q4_1, SWL_BLOCK, .bits = 4, .minimums = 1);
FORMAT(q5_0, Q5_0, SWL_BLOCK, .bits = 5, .zero = 16);
FORMAT(q5_1, Q5_1, SWL_BLOCK, .bits = 5, .minimums = 1);
FORMAT(q8_0, Q8_0, SWL_BLOCK, .bits = 8, .zero = SIGNED_ZERO, .in_order = true);
FORMAT(iq4_nl, IQ4_NL, SWL_BLOCK, .bits = 8, .zero = SIGNED_ZERO);
FORMAT(mxfp4, MXFP4, SWL_BLOCK, .bits = 4, .zero = MXFP4_ZERO);
FORMAT(q2_k, Q2_K, SWL_SUPER_BLOCK, .bits = 2, .minimums = 2, .sub_scales = true);
FORMAT(q3_k, Q3_K, SWL_SUPER_BLOCK, .bits = 3, .zero = 4, .sub_scales = true);
FORMAT(q4_k, Q4_K, SWL_SUPER_BLOCK, .bits = 4, .minimums = 1);
FORMAT(q5_k, Q5_K, SWL_SUPER_BLOCK, .bits = 5, .minimums = 1);
FORMAT(q6_k, Q6_K, SWL_SUPER_BLOCK, .bits = 6, .zero = 32, .sub_scales = true);
FORMAT(iq4_xs, IQ4_XS, SWL_SUPER_BLOCK, .bits = 8, .zero = SIGNED_ZERO);

// The dispatch below has a constant format: one case is left of it. Direct calls are inlined before loops are unrolled, calls
// by function pointers after.

// A chunk of `count` blocks of 32, as above.
INLINE void unpack(const format f, const void *weights, size_t count, __m256i out[8]) {
    switch (f.id) {
#define UNPACK(name, id) case id: unpack_##name(weights, count, out); break;
        SWL_UNPACKED_FORMATS(UNPACK)
    }
}

INLINE chunk_scales scales_of(const format f, const void *weights, size_t count) {
    switch (f.id) {
#define SCALES(name, id) case id: return scales_##name(weights, count);
        SWL_UNPACKED_FORMATS(SCALES)
    }
    return (chunk_scales){0};
}

#endif
