// The search for a block of 256 whose elements are entries of a codebook: the block's scale, for each sub-block an odd multiple of
// it, and the entries.
//
// First each sub-block gets the scale that would be best if it could be any. The greatest of these decides the block's scale. Then
// each sub-block takes the best of the multiples next to its own scale, with its nearest entries, and the block's scale is fitted
// to all by least squares; twice.
#ifndef SWL_CODEBOOK_SEARCH_H
#define SWL_CODEBOOK_SEARCH_H

#include <math.h>
#include <stdbool.h>

#define LANES 4
#include "../search/candidates.h"
#include "index.h"

// How a format is made of entries.
typedef struct book_format {
    int sub_block;  // elements that share a scale
    int codes;      // scales are unit * (2 code + 1) * the block's, for codes below this
    float unit;
    bool has_signs;   // entries are magnitudes, with signs beside them
    bool has_parity;  // of eight signs an even number is set
    int shifted;      // elements that share a shift of 1 or -1; 0: there are no shifts
} book_format;

// A block as it is found.
typedef struct book_block {
    float x[SWL_SUPER_BLOCK];  // magnitudes where signs are beside them, negative where a sign had to be false
    float weights[SWL_SUPER_BLOCK];
    uint8_t signs[SWL_SUPER_BLOCK / 8];
    uint8_t is_less[SWL_SUPER_BLOCK / 8];  // whether the shift of eight elements is -1
    uint16_t numbers[SWL_SUPER_BLOCK / 4];
    int codes[16];
    float scale;
} book_block;

// What a sub-block comes to: its error, and the sums for the least squares of its scale.
typedef struct fit {
    double error, xq, qq;
} fit;

// MARK: - Signs

static inline float size_of(float value) { return value < 0 ? -value : value; }

// Splits eight elements into magnitudes and signs. Where the signs must be even and are not, the element that loses least by a false
// sign, which is about weight * magnitude, gets one.
static void take_signs(const book_format *f, book_block *b, int group) {
    float *x = b->x + 8 * group;
    const float *weights = b->weights + 8 * group;
    unsigned signs = 0;
    int cheapest = 0;
    for (int i = 0; i < 8; i++) {
        if (x[i] < 0) signs |= 1u << i;
        x[i] = size_of(x[i]);
        if (weights[i] * x[i] < weights[cheapest] * x[cheapest]) cheapest = i;
    }
    if (f->has_parity && __builtin_parity(signs)) {
        signs ^= 1u << cheapest;
        x[cheapest] = -x[cheapest];
    }
    b->signs[group] = (uint8_t)signs;
}

// MARK: - Sub-blocks

// Adds an entry to the sums.
static inline void add_entry(const codebook_index *index, uint64_t entry, const float *x, const float *weights, float shift,
                             fit *sums) {
    float xq = 0, qq = 0;
    for (int i = 0; i < index->elements; i++) {
        float q = (float)(int8_t)(entry >> 8 * i & 0xff) + shift, weighted = weights[i] * q;
        xq += weighted * x[i];
        qq += weighted * q;
    }
    sums->xq += xq;
    sums->qq += qq;
}

// The nearest entries of `count` elements from `first` on, with one shift.
static fit fit_elements(const codebook_index *index, codebook_entry entry, const book_block *b, int first, int count,
                        float scale, float shift, uint16_t *numbers) {
    fit sums = {0, 0, 0};
    for (int i = 0; i < count; i += index->elements) {
        const float *x = b->x + first + i, *weights = b->weights + first + i;
        int number;
        sums.error += nearest_entry(index, x, weights, scale, shift, &number);
        add_entry(index, entry(number), x, weights, shift, &sums);
        numbers[i / index->elements] = (uint16_t)number;
    }
    return sums;
}

// The nearest entries and shifts of a sub-block.
static fit fit_sub_block(const codebook_index *index, codebook_entry entry, const book_format *f, book_block *b, int first,
                         float scale) {
    uint16_t *numbers = b->numbers + first / index->elements;
    if (f->shifted == 0) return fit_elements(index, entry, b, first, f->sub_block, scale, 0, numbers);
    fit sums = {0, 0, 0};
    for (int i = 0; i < f->sub_block; i += f->shifted) {
        uint16_t less[4];
        fit more = fit_elements(index, entry, b, first + i, f->shifted, scale, 1, numbers + i / 8);
        fit chosen = fit_elements(index, entry, b, first + i, f->shifted, scale, -1, less);
        bool is_less = chosen.error < more.error;
        if (is_less) {
            memcpy(numbers + i / 8, less, (size_t)f->shifted / 8 * sizeof *less);
        } else {
            chosen = more;
        }
        memset(b->is_less + (first + i) / 8, is_less, (size_t)f->shifted / 8);
        sums.error += chosen.error;
        sums.xq += chosen.xq;
        sums.qq += chosen.qq;
    }
    return sums;
}

enum { FREE_SCALES = 7, FREE_ROUNDS = 2 };

// The best scale of a sub-block if it could be any: of some between the one that maps the root mean square near the greatest
// level and the one that maps the greatest element a bit below it; then fitted to its entries by least squares.
static float free_scale(const codebook_index *index, codebook_entry entry, const book_format *f, book_block *b, int first) {
    double weight = 0, squares = 0;
    float greatest = 0;
    for (int i = first; i < first + f->sub_block; i++) {
        weight += b->weights[i];
        squares += (double)b->weights[i] * b->x[i] * b->x[i];
        if (b->weights[i] > 0 && size_of(b->x[i]) > greatest) greatest = size_of(b->x[i]);
    }
    if (squares <= 0) return 0;
    float top = index->values[index->levels - 1];
    float highest = greatest / top * 1.1f, lowest = (float)sqrt(squares / weight) / top * 0.7f;
    if (lowest > highest / 2) lowest = highest / 2;
    float best = highest;
    double most = 0;
    for (int n = 0; n < FREE_SCALES + FREE_ROUNDS; n++) {
        bool is_given = n < FREE_SCALES;
        float scale = is_given ? lowest + (highest - lowest) * (float)n / (FREE_SCALES - 1) : best;
        fit sums = fit_sub_block(index, entry, f, b, first, scale);
        if (!(sums.xq > 0)) continue;
        // What the squared error is less than that of zeros, at the scale of the least squares.
        double gain = sums.xq * sums.xq / sums.qq;
        if (gain > most) {
            most = gain;
            best = (float)(sums.xq / sums.qq);
        } else if (!is_given) {
            break;
        }
    }
    return best;
}

// MARK: - Blocks

// The nearest float16 that is not zero unless v is.
static float block_scale(double v) {
    float value = f16_value(f16_of((float)v));
    return value != 0 || v == 0 ? value : f16_smallest;
}

// Gives each sub-block the best of its scale's code and its neighbours; the sums of all.
static fit choose_codes(const codebook_index *index, codebook_entry entry, const book_format *f, book_block *b) {
    fit sums = {0, 0, 0};
    for (int s = 0; s < SWL_SUPER_BLOCK / f->sub_block; s++) {
        int first = s * f->sub_block, code = b->codes[s], best_code = -1;
        fit best = {0, 0, 0};
        for (int other = code - 1; other <= code + 1; other++) {
            if (other < 0 || other >= f->codes) continue;
            fit found = fit_sub_block(index, entry, f, b, first, b->scale * f->unit * (float)(2 * other + 1));
            if (best_code >= 0 && found.error >= best.error) continue;
            best = found;
            best_code = other;
        }
        b->codes[s] = best_code;
        double multiple = f->unit * (float)(2 * best_code + 1);
        sums.error += best.error;
        sums.xq += best.xq * multiple;
        sums.qq += best.qq * multiple * multiple;
    }
    return sums;
}

// Finds the entries once more, for the scales that were chosen.
static void settle(const codebook_index *index, codebook_entry entry, const book_format *f, book_block *b) {
    for (int s = 0; s < SWL_SUPER_BLOCK / f->sub_block; s++) {
        fit_sub_block(index, entry, f, b, s * f->sub_block, b->scale * f->unit * (float)(2 * b->codes[s] + 1));
    }
}

static void quantize_book(const codebook_index *index, codebook_entry entry, const book_format *f, const float *x,
                          const float *importance, book_block *b) {
    enum { ROUNDS = 2 };
    memset(b, 0, sizeof *b);
    clamp_block(x, SWL_SUPER_BLOCK, b->x);
    normalize_importance(importance, SWL_SUPER_BLOCK, b->weights);
    if (f->has_signs) {
        for (int group = 0; group < SWL_SUPER_BLOCK / 8; group++) take_signs(f, b, group);
    }
    float scales[16], greatest = 0;
    int count = SWL_SUPER_BLOCK / f->sub_block;
    for (int s = 0; s < count; s++) {
        scales[s] = free_scale(index, entry, f, b, s * f->sub_block);
        if (scales[s] > greatest) greatest = scales[s];
    }
    b->scale = block_scale(greatest / (f->unit * (float)(2 * f->codes - 1)));
    for (int s = 0; s < count; s++) {
        float multiple = b->scale > 0 ? scales[s] / (b->scale * f->unit) : 0;
        int code = (int)((multiple - 1) / 2 + 0.5f);
        b->codes[s] = code < 0 ? 0 : code >= f->codes ? f->codes - 1 : code;
    }
    if (b->scale == 0) return settle(index, entry, f, b);
    book_block best = *b;
    double least = -1;
    for (int round = 0; round < ROUNDS; round++) {
        fit sums = choose_codes(index, entry, f, b);
        if (least < 0 || sums.error < least) {
            least = sums.error;
            best.scale = b->scale;
            memcpy(best.codes, b->codes, sizeof best.codes);
        }
        if (!(sums.xq > 0)) break;
        float fitted = block_scale(sums.xq / sums.qq);
        if (fitted == b->scale) break;
        b->scale = fitted;
    }
    *b = best;
    // Zeros may be nearer where float16 has no scale that is small enough: most codebooks have no zero.
    double zeros = 0;
    for (int i = 0; i < SWL_SUPER_BLOCK; i++) zeros += (double)b->weights[i] * b->x[i] * b->x[i];
    if (least >= zeros) b->scale = 0;
    settle(index, entry, f, b);
}

#endif
