// Rows of the formats with codebooks. There are no vectors here: one function serves every CPU.
#include "formats.h"

static const float iq1_values[] = {-8, 0, 8};
static const float iq2_values[] = {8, 25, 43};
static const float iq3_xxs_values[] = {4, 12, 20, 28, 36, 44, 52, 62};
static const float iq3_s_values[] = {1, 3, 5, 7, 9, 11, 13, 15};

// The codebook's entries of `elements` with `levels`; the elements of a sub-block, codes of scales and their unit; signs, parity,
// shifts.
#define BOOK_ROWS(name, book, values, elements, entries, levels, ...)                                            \
    static void rows_of_##name(size_t count, size_t columns, const float *x, const float *importance, void *out) { \
        const book_format format = {__VA_ARGS__};                                                                \
        codebook_index index;                                                                                    \
        make_index(&index, elements, entries, levels, values, book##_entry);                                     \
        for (size_t i = 0; i < count * columns; i += SWL_SUPER_BLOCK) {                                          \
            book_block found;                                                                                    \
            swl_##name block;                                                                                    \
            quantize_book(&index, book##_entry, &format, x + i, importance ? importance + i % columns : NULL, &found); \
            pack_##name(&found, &block);                                                                         \
            memcpy((char *)out + i / SWL_SUPER_BLOCK * sizeof block, &block, sizeof block);                      \
        }                                                                                                        \
    }

BOOK_ROWS(iq1_s, iq1, iq1_values, 8, 2048, 3, 32, 8, 0.125f, false, false, 32)
BOOK_ROWS(iq1_m, iq1, iq1_values, 8, 2048, 3, 16, 8, 0.125f, false, false, 8)
BOOK_ROWS(iq2_xxs, iq2_xxs, iq2_values, 8, 256, 3, 32, 16, 0.125f, true, true, 0)
BOOK_ROWS(iq2_xs, iq2_xs, iq2_values, 8, 512, 3, 16, 16, 0.125f, true, true, 0)
BOOK_ROWS(iq2_s, iq2_s, iq2_values, 8, 1024, 3, 16, 16, 0.125f, true, false, 0)
BOOK_ROWS(iq3_xxs, iq3_xxs, iq3_xxs_values, 4, 256, 8, 32, 16, 0.25f, true, true, 0)
BOOK_ROWS(iq3_s, iq3_s, iq3_s_values, 4, 512, 8, 32, 16, 1, true, false, 0)

swl_book_quantizer swl_book_quantizer_of(uint32_t format) {
    switch (format) {
        case SWL_IQ1_S: return rows_of_iq1_s;
        case SWL_IQ1_M: return rows_of_iq1_m;
        case SWL_IQ2_XXS: return rows_of_iq2_xxs;
        case SWL_IQ2_XS: return rows_of_iq2_xs;
        case SWL_IQ2_S: return rows_of_iq2_s;
        case SWL_IQ3_XXS: return rows_of_iq3_xxs;
        case SWL_IQ3_S: return rows_of_iq3_s;
    }
    return NULL;
}
