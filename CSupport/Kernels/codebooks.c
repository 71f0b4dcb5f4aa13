// The codebooks' entries with each element as the byte that it stands for.
#include "swl_codebooks.h"

#include "tables.h"

// The sixteen entries of a line.
#define ENTRIES(BYTES, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p)                                        \
    BYTES(a), BYTES(b), BYTES(c), BYTES(d), BYTES(e), BYTES(f), BYTES(g), BYTES(h), BYTES(i), BYTES(j), BYTES(k), \
        BYTES(l), BYTES(m), BYTES(n), BYTES(o), BYTES(p),

#define EIGHT(VALUE, word)                                                                                    \
    (VALUE((word) & 3) | VALUE((word) >> 2 & 3) << 8 | VALUE((word) >> 4 & 3) << 16 | VALUE((word) >> 6 & 3) << 24 | \
     VALUE((word) >> 8 & 3) << 32 | VALUE((word) >> 10 & 3) << 40 | VALUE((word) >> 12 & 3) << 48 |           \
     VALUE((word) >> 14 & 3) << 56)

#define FOUR(VALUE, word) \
    (VALUE((word) & 7) | VALUE((word) >> 3 & 7) << 8 | VALUE((word) >> 8 & 7) << 16 | VALUE((word) >> 11 & 7) << 24)

// What a level stands for.
#define IQ1_VALUE(level) ((uint64_t)(8 * (level) - 8) & 0xff)
#define IQ2_VALUE(level) ((uint64_t)(8 + 17 * (level) + (level) / 2))
#define IQ3_XXS_VALUE(level) ((uint32_t)(4 + 8 * (level) + (level) / 7 * 2))
#define IQ3_S_VALUE(level) ((uint32_t)(2 * (level) + 1))

#define IQ1_BYTES(word) EIGHT(IQ1_VALUE, word)
#define IQ2_BYTES(word) EIGHT(IQ2_VALUE, word)
#define IQ3_XXS_BYTES(word) FOUR(IQ3_XXS_VALUE, word)
#define IQ3_S_BYTES(word) FOUR(IQ3_S_VALUE, word)

#define IQ1_LINE(...) ENTRIES(IQ1_BYTES, __VA_ARGS__)
#define IQ2_LINE(...) ENTRIES(IQ2_BYTES, __VA_ARGS__)
#define IQ3_XXS_LINE(...) ENTRIES(IQ3_XXS_BYTES, __VA_ARGS__)
#define IQ3_S_LINE(...) ENTRIES(IQ3_S_BYTES, __VA_ARGS__)

const uint64_t swl_iq1_codebook[2048] = {SWL_IQ1_CODEBOOK(IQ1_LINE)};
const uint64_t swl_iq2_xxs_codebook[256] = {SWL_IQ2_XXS_CODEBOOK(IQ2_LINE)};
const uint64_t swl_iq2_xs_codebook[512] = {SWL_IQ2_XS_CODEBOOK(IQ2_LINE)};
const uint64_t swl_iq2_s_codebook[1024] = {SWL_IQ2_S_CODEBOOK(IQ2_LINE)};
const uint32_t swl_iq3_xxs_codebook[256] = {SWL_IQ3_XXS_CODEBOOK(IQ3_XXS_LINE)};
const uint32_t swl_iq3_s_codebook[512] = {SWL_IQ3_S_CODEBOOK(IQ3_S_LINE)};
