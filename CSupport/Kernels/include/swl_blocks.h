// Weight formats of GGUF files and the layout of their blocks.
//
// Ids and layouts are GGUF's (ggml-org/ggml docs/gguf.md). All numbers little-endian.
#ifndef SWL_BLOCKS_H
#define SWL_BLOCKS_H

#include <stddef.h>
#include <stdint.h>

typedef enum swl_format {
    SWL_F32 = 0,
    SWL_F16 = 1,
    SWL_Q4_0 = 2,
    SWL_Q8_0 = 8,
    SWL_BF16 = 30,
} swl_format;

enum { SWL_FORMAT_LIMIT = 31 };  // ids are below this; the table is indexed by id

enum { SWL_BLOCK = 32 };  // elements of a block, of weights and of quantized activations alike

// Q4_0: 32 elements, 18 bytes, 4.5 bits per weight. Element i < 16 is the low nibble of quants[i], element
// i >= 16 the high nibble of quants[i - 16]; value = scale * (nibble - 8).
typedef struct swl_q4_0 {
    uint16_t scale;  // float16
    uint8_t quants[16];
} swl_q4_0;
_Static_assert(sizeof(swl_q4_0) == 18, "GGUF's Q4_0 block is 18 bytes");

// Q8_0: 32 elements, 34 bytes, 8.5 bits per weight. value = scale * quant. A foreign file may hold -128.
typedef struct swl_q8_0 {
    uint16_t scale;  // float16
    int8_t quants[32];
} swl_q8_0;
_Static_assert(sizeof(swl_q8_0) == 34, "GGUF's Q8_0 block is 34 bytes");

#endif
