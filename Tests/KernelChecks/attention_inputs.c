#include "attention_inputs.h"

#include <math.h>
#include <stdlib.h>

static void fill_ranges(attention_inputs *in, size_t queries, size_t keys, ranges kind, source *s) {
    for (size_t i = 0; i < queries; i++) {
        size_t position = keys > queries ? keys - queries + i : i % keys;
        size_t begin = 0, end = keys;
        if (kind == RANGES_CAUSAL || kind == RANGES_WINDOW) end = position + 1;
        if (kind == RANGES_WINDOW && end > 40) begin = end - 40;
        if (kind == RANGES_MIXED) {
            begin = random_below(s, keys);
            end = i % 5 == 0 ? begin - begin / 2 : begin + random_below(s, keys - begin) + 1;
        }
        in->begin[i] = (int32_t)begin;
        in->end[i] = (int32_t)end;
        in->at[i] = (int32_t)position;
    }
}

static size_t cache_bytes(swl_format format, size_t count) {
    return format == SWL_F32 ? count * 4 : format == SWL_F16 ? count * 2 : count / 32 * sizeof(swl_q8_0);
}

static swl_q8_0 *cache_block(uintptr_t row, size_t i) { return (swl_q8_0 *)row + i / 32; }

// `rows` or a page may point in front of the memory there is.
static uintptr_t row_address(const swl_key_values *from, size_t row) {
    if (from->rows) return (uintptr_t)from->rows + row * from->stride;
    return (uintptr_t)from->pages[row / SWL_PAGE] + from->offset + row % SWL_PAGE * from->stride;
}

float cache_value(const swl_attention *a, const swl_key_values *from, size_t row, size_t i) {
    uintptr_t address = row_address(from, row);
    if (a->format == SWL_Q8_0) {
        const swl_q8_0 *block = cache_block(address, i);
        return (float)half_value(block->scale) * block->quants[i % 32];
    }
    return a->format == SWL_F32 ? ((const float *)address)[i] : (float)half_value(((const uint16_t *)address)[i]);
}

void set_cache_value(const swl_attention *a, const swl_key_values *from, size_t row, size_t i, float x) {
    uintptr_t address = row_address(from, row);
    if (a->format == SWL_F32) {
        ((float *)address)[i] = x;
    } else if (a->format == SWL_F16) {
        ((uint16_t *)address)[i] = nearest_half(x);
    } else if (i % 32 == 0 || !isfinite(x)) {
        swl_q8_0 *block = cache_block(address, i);
        block->scale = nearest_half(isfinite(x) ? x / 64 : x);
        block->quants[i % 32] = isfinite(x) ? 64 : 1;
    } else {
        swl_q8_0 *block = cache_block(address, i);
        float quant = x / (float)half_value(block->scale);
        block->quants[i % 32] = (int8_t)(isfinite(quant) ? fmaxf(-128, fminf(127, roundf(quant))) : -128);
    }
}

// Memory for rows `first`..<`last` alone; where it would begin if row 0 were there.
static const void *add_memory(cache_memory *memory, size_t first, size_t last, size_t bytes, size_t stride) {
    guarded *part = &memory->parts[memory->count++];
    *part = guard(first >= last ? 0 : (last - first - 1) * stride + bytes);
    return (const void *)((uintptr_t)part->bytes - first * stride);
}

static swl_key_values fill_cache(attention_inputs *in, cache_memory *memory, size_t dimension, size_t gap, bool paged,
                                 source *s) {
    size_t bytes = cache_bytes(in->a.format, dimension), first = in->first_key, last = in->last_key;
    swl_key_values rows = {.stride = bytes + gap};
    if (paged) {
        rows.pages = memory->pages, rows.offset = 6 * gap;
        for (size_t page = first / SWL_PAGE; page * SWL_PAGE < last; page++) {
            size_t start = page * SWL_PAGE, end = start + SWL_PAGE < last ? SWL_PAGE : last - start;
            const void *row = add_memory(memory, first > start ? first - start : 0, end, bytes, rows.stride);
            memory->pages[page] = (const void *)((uintptr_t)row - rows.offset);
        }
    } else {
        rows.rows = add_memory(memory, first, last, bytes, rows.stride);
    }
    for (size_t j = first; j < last; j++) {
        for (size_t d = 0; d < dimension; d++) set_cache_value(&in->a, &rows, j, d, (float)random_normal(s));
    }
    return rows;
}

// A bias for every distance that a query sees, with nothing readable beyond the padding; and sinks. Some are extreme.
static void fill_additions(attention_inputs *in, size_t queries, unsigned seed, source *s) {
    enum { HEADS = 3 };
    int32_t low = 0, high = 0;
    for (size_t i = 0; i < queries; i++) {
        if (in->begin[i] >= in->end[i]) continue;
        if (in->begin[i] - in->at[i] < low) low = in->begin[i] - in->at[i];
        if (in->end[i] - 1 - in->at[i] > high) high = in->end[i] - 1 - in->at[i];
    }
    size_t columns = (size_t)(high - low) + 1 + 2 * SWL_BIAS_PADDING;
    in->bias = guard(HEADS * columns * sizeof(float));
    float scale = seed % 7 == 0 ? 1e4f : 1;
    for (size_t i = 0; i < HEADS * columns; i++) ((float *)in->bias.bytes)[i] = scale * (float)random_normal(s);
    for (size_t i = 0; seed % 2 == 0 && i < HEADS * columns; i += 5) ((float *)in->bias.bytes)[i] = -INFINITY;
    for (size_t i = 0; i < queries; i++) {
        in->bias_rows[i] = (float *)in->bias.bytes + i % HEADS * columns + SWL_BIAS_PADDING - low;
        in->sinks[i] = (seed % 9 == 0 ? 1e4f : 3) * (float)random_normal(s);
    }
    if (seed % 3 == 1) in->a.bias = in->bias_rows, in->a.at = in->at;
    if (seed % 4 >= 2) in->a.sinks = in->sinks;
    if (seed % 5 >= 3) in->a.softcap = seed % 2 ? 30 : 0.5f;
}

attention_inputs *make_inputs(const swl_kernels *k, swl_format format, size_t queries, size_t keys,
                                     size_t key_dimension, size_t value_dimension, ranges kind, unsigned seed,
                                     bool paged) {
    attention_inputs *in = calloc(1, sizeof *in);
    source s = seeded(seed);
    fill_ranges(in, queries, keys, kind, &s);
    in->first_key = keys;
    for (size_t i = 0; i < queries; i++) {
        if (in->begin[i] >= in->end[i]) continue;
        if ((size_t)in->begin[i] < in->first_key) in->first_key = (size_t)in->begin[i];
        if ((size_t)in->end[i] > in->last_key) in->last_key = (size_t)in->end[i];
    }
    if (in->last_key == 0) in->first_key = 0;

    in->q = guard(queries * (key_dimension + 1) * sizeof(float));
    for (size_t i = 0; i < queries * (key_dimension + 1); i++) ((float *)in->q.bytes)[i] = (float)random_normal(&s);
    for (size_t i = 0; i < queries; i++) {
        in->q_offsets[i] = (queries - 1 - i) * (key_dimension + 1) + 1;
        in->out_offsets[i] = i * (value_dimension + 2);
    }
    in->out = guard(((queries - 1) * (value_dimension + 2) + value_dimension) * sizeof(float));
    size_t gap = format == SWL_F32 ? 4 : 2;
    in->a = (swl_attention){
        .queries = queries, .key_dimension = key_dimension, .value_dimension = value_dimension, .q = in->q.bytes,
        .q_offsets = in->q_offsets, .format = format, .begin = in->begin, .end = in->end,
        .scale = 1 / sqrtf((float)key_dimension), .out = in->out.bytes, .out_offsets = in->out_offsets,
    };
    fill_additions(in, queries, seed, &s);
    in->a.k = fill_cache(in, &in->k, key_dimension, 3 * gap, paged, &s);
    in->a.v = fill_cache(in, &in->v, value_dimension, gap, paged, &s);
    in->scratch = guard_scratch(k->attention_scratch_bytes(queries, key_dimension, value_dimension));
    in->a.scratch = in->scratch.bytes;
    for (size_t i = 0; i < in->out.size / sizeof(float); i++) ((float *)in->out.bytes)[i] = -12345;
    return in;
}

void release_inputs(attention_inputs *in) {
    release(&in->q);
    for (size_t i = 0; i < in->k.count; i++) release(&in->k.parts[i]);
    for (size_t i = 0; i < in->v.count; i++) release(&in->v.parts[i]);
    release(&in->out);
    release(&in->scratch);
    release(&in->bias);
    free(in);
}
