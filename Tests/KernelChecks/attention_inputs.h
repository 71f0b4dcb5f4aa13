// Random calls of attention: queries, and a cache in one piece of memory or in pages, with nothing readable beyond it.
#ifndef ATTENTION_INPUTS_H
#define ATTENTION_INPUTS_H

#include "support.h"

enum { MOST_QUERIES = 80, MOST_KEYS = 1300, MOST_PAGES = MOST_KEYS / SWL_PAGE + 1 };

// Which keys a query sees.
typedef enum ranges {
    RANGES_ALL,     // every query all keys
    RANGES_CAUSAL,  // query i up to its own position
    RANGES_WINDOW,  // query i a window that ends at its own position
    RANGES_MIXED,   // anything, some empty
    RANGES_LIMIT,
} ranges;

// Rows of keys or values: one piece of memory for all, or one for each page.
typedef struct cache_memory {
    guarded parts[MOST_PAGES];
    size_t count;
    const void *pages[MOST_PAGES];  // NULL where a page has no row
} cache_memory;

typedef struct attention_inputs {
    swl_attention a;
    guarded q, out, scratch, bias;
    cache_memory k, v;
    size_t q_offsets[MOST_QUERIES], out_offsets[MOST_QUERIES];
    int32_t begin[MOST_QUERIES], end[MOST_QUERIES], at[MOST_QUERIES];
    const float *bias_rows[MOST_QUERIES];
    float sinks[MOST_QUERIES];
    size_t first_key, last_key;  // rows of k and v that exist: from the first on, below the last
} attention_inputs;

// Keys and values at random; with `paged`, each page in memory of its own. Released by `release_inputs`.
attention_inputs *make_inputs(const swl_kernels *k, swl_format format, size_t queries, size_t keys,
                              size_t key_dimension, size_t value_dimension, ranges kind, unsigned seed, bool paged);
void release_inputs(attention_inputs *in);

// An element of a row of keys or values.
float cache_value(const swl_attention *a, const swl_key_values *from, size_t row, size_t i);

// A number that is not finite, or is the first of its block, becomes the scale of a block of Q8_0.
void set_cache_value(const swl_attention *a, const swl_key_values *from, size_t row, size_t i, float x);

#endif
