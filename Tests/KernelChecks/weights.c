// Every format's elements, taken from the bytes of a block one at a time: written apart from the kernels' own decoding.
#include "weights.h"

#include <math.h>
#include <string.h>

// A format's place of things within a block, in bytes from its start. -1: it has none.
typedef struct layout {
    int32_t format;
    size_t elements, bytes;
    int scale, minimum;  // float16; the scale of MXFP4 is an exponent
    int low, low_bits;   // the lower bits of each quant
    int high, high_bits; // the bits above those
    int offset;          // taken from each quant
} layout;

static const layout layouts[] = {
    {SWL_Q4_0, 32, 18, 0, -1, 2, 4, -1, 0, 8},      {SWL_Q4_1, 32, 20, 0, 2, 4, 4, -1, 0, 0},
    {SWL_Q5_0, 32, 22, 0, -1, 6, 4, 2, 1, 16},      {SWL_Q5_1, 32, 24, 0, 2, 8, 4, 4, 1, 0},
    {SWL_Q8_0, 32, 34, 0, -1, 2, 8, -1, 0, 0},      {SWL_Q2_K, 256, 84, 80, 82, 16, 2, -1, 0, 0},
    {SWL_Q3_K, 256, 110, 108, -1, 32, 2, 0, 1, 4},  {SWL_Q4_K, 256, 144, 0, 2, 16, 4, -1, 0, 0},
    {SWL_Q5_K, 256, 176, 0, 2, 48, 4, 16, 1, 0},    {SWL_Q6_K, 256, 210, 208, -1, 0, 4, 128, 2, 32},
    {SWL_IQ4_NL, 32, 18, 0, -1, 2, 4, -1, 0, 0},    {SWL_IQ4_XS, 256, 136, 0, -1, 8, 4, -1, 0, 0},
    {SWL_MXFP4, 32, 17, 0, -1, 1, 4, -1, 0, 0},
    // few_bits_at knows the others' bits.
    {SWL_IQ2_XXS, 256, 66, 0, -1, 0, 0, 0, 0, 0},   {SWL_IQ2_XS, 256, 74, 0, -1, 0, 0, 0, 0, 0},
    {SWL_IQ2_S, 256, 82, 0, -1, 0, 0, 0, 0, 0},     {SWL_IQ3_XXS, 256, 98, 0, -1, 0, 0, 0, 0, 0},
    {SWL_IQ3_S, 256, 110, 0, -1, 0, 0, 0, 0, 0},    {SWL_IQ1_S, 256, 50, 0, -1, 0, 0, 0, 0, 0},
    {SWL_IQ1_M, 256, 56, -1, -1, 0, 0, 0, 0, 0},    {SWL_TQ1_0, 256, 54, 52, -1, 0, 0, 0, 0, 0},
    {SWL_TQ2_0, 256, 66, 64, -1, 0, 0, 0, 0, 0},    {SWL_Q1_0, 128, 18, 0, -1, 0, 0, 0, 0, 0},
    {SWL_Q2_0, 64, 18, 0, -1, 0, 0, 0, 0, 0},       {SWL_NVFP4, 64, 36, -1, -1, 0, 0, 0, 0, 0},
};

static const layout *layout_of(int32_t format) {
    for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++) {
        if (layouts[i].format == format) return &layouts[i];
    }
    return NULL;
}

bool is_quantized(int32_t format) { return layout_of(format) != NULL; }

uint16_t half_at(const uint8_t *block, int place) {
    return (uint16_t)(block[place] | block[place + 1] << 8);
}

unsigned bits_at(const uint8_t *bytes, size_t bit, int count) {
    unsigned value = 0;
    for (int i = 0; i < count; i++) value |= (unsigned)(bytes[(bit + (size_t)i) / 8] >> (bit + (size_t)i) % 8 & 1) << i;
    return value;
}

// Quants of `width` bits lie in groups: the elements of a group of `lane` bytes are the lowest bits of its bytes in
// order, then the next bits of the same bytes, and so on.
static unsigned grouped_bits(const uint8_t *bytes, size_t i, size_t lane, int width) {
    size_t in_group = lane * (size_t)(8 / width), group = i / in_group, within = i % in_group;
    return bits_at(bytes, (group * lane + within % lane) * 8 + within / lane * (size_t)width, width);
}

int twice_e2m1(unsigned bits) {
    unsigned exponent = bits >> 1 & 3, fraction = bits & 1;
    double magnitude = exponent ? ldexp(1 + fraction / 2.0, (int)exponent - 1) : fraction / 2.0;
    return (int)(bits & 8 ? -2 * magnitude : 2 * magnitude);
}

static int quant_at(const layout *l, const uint8_t *block, size_t i) {
    static const int8_t meanings[16] = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};
    const uint8_t *low = block + l->low;
    switch (l->format) {
        case SWL_Q8_0: return (int8_t)low[i];
        case SWL_IQ4_NL:
        case SWL_IQ4_XS: return meanings[grouped_bits(low, i, 16, 4)];
        case SWL_MXFP4: return twice_e2m1(grouped_bits(low, i, 16, 4));
        default: break;
    }
    size_t lane = l->elements == 32 ? 16 : l->format == SWL_Q6_K ? 64 : 32;
    unsigned value = grouped_bits(low, i, lane, l->low_bits);
    if (l->elements == 32 && l->high >= 0) value |= bits_at(block + l->high, i, 1) << 4;
    if (l->elements == 256 && l->high >= 0) value |= grouped_bits(block + l->high, i, 32, l->high_bits) << l->low_bits;
    return (int)value - l->offset;
}

// The sub-block's scale and minimum as integers; 1 and -1 where a block has none.
static void sub_scales_at(const layout *l, const uint8_t *block, size_t i, int *scale, int *minimum) {
    const uint8_t *s = block;
    size_t half = i / 16, whole = i / 32;
    *scale = 1;
    *minimum = -1;
    switch (l->format) {
        case SWL_Q2_K:
            *scale = s[half] % 16;
            *minimum = s[half] / 16;
            break;
        case SWL_Q3_K:
            s += 96;
            *scale = (int)(bits_at(s + half % 8, half / 8 * 4, 4) | bits_at(s + 8 + half % 4, half / 4 * 2, 2) << 4) - 32;
            break;
        case SWL_Q4_K:
        case SWL_Q5_K:
            s += 4;
            if (whole < 4) {
                *scale = s[whole] % 64;
                *minimum = s[whole + 4] % 64;
            } else {
                *scale = (int)(bits_at(s + whole + 4, 0, 4) | bits_at(s + whole - 4, 6, 2) << 4);
                *minimum = (int)(bits_at(s + whole + 4, 4, 4) | bits_at(s + whole, 6, 2) << 4);
            }
            break;
        case SWL_Q6_K: *scale = (int8_t)s[192 + half]; break;
        case SWL_IQ4_XS: *scale = (int)(bits_at(s + 4, whole * 4, 4) | bits_at(s + 2, whole * 2, 2) << 4) - 32; break;
        default: break;
    }
}

weight weight_at(int32_t format, const void *row, size_t column) {
    const layout *l = layout_of(format);
    switch (format) {
        case SWL_F32: return (weight){1, ((const float *)row)[column], 0};
        case SWL_F16: return (weight){1, half_value(((const uint16_t *)row)[column]), 0};
        case SWL_BF16: return (weight){1, bfloat_value(((const uint16_t *)row)[column]), 0};
        default: break;
    }
    const uint8_t *block = (const uint8_t *)row + column / l->elements * l->bytes;
    size_t i = column % l->elements;
    weight few_bits = {0, 0, 0};
    if (few_bits_at(format, block, i, &few_bits.scale, &few_bits.quant)) return few_bits;
    int scale, minimum;
    sub_scales_at(l, block, i, &scale, &minimum);
    return (weight){
        .scale = format == SWL_MXFP4 ? ldexp(1, *block - 128) : half_value(half_at(block, l->scale)) * scale,
        .quant = quant_at(l, block, i),
        .minimum = l->minimum < 0 ? 0 : half_value(half_at(block, l->minimum)) * minimum,
    };
}

// MARK: - Random weights

static uint16_t random_scale(source *s, swl_inputs inputs) {
    static const uint16_t extreme[] = {0x0000, 0x8000, 0x0001, 0x83ff, 0x0400, 0x7bff, 0xfbff, 0x2e66};
    static const uint16_t damaged[] = {0x7c00, 0xfc00, 0x7e00, 0x7c01};
    if (inputs == SWL_INPUTS_EXTREME_SCALES) return extreme[random_below(s, 8)];
    if (inputs == SWL_INPUTS_DAMAGED_WEIGHTS && random_below(s, 16) == 0) return damaged[random_below(s, 4)];
    return nearest_half((float)(0.02 * random_normal(s)));
}

static uint8_t random_exponent(source *s, swl_inputs inputs) {
    static const uint8_t extreme[] = {0, 1, 2, 60, 127, 190, 254, 255};
    return inputs == SWL_INPUTS_EXTREME_SCALES ? extreme[random_below(s, 8)] : (uint8_t)(116 + random_below(s, 12));
}

static uint8_t random_scale_byte(source *s, swl_inputs inputs) {
    static const uint8_t extreme[] = {0, 1, 7, 8, 126, 127, 128, 255};
    return inputs == SWL_INPUTS_EXTREME_SCALES ? extreme[random_below(s, 8)] : (uint8_t)random_bits(s);
}

static float random_weight(source *s, swl_inputs inputs) {
    static const float extreme[] = {0.0f, -0.0f, 0x1p-24f, -0x1.ff8p-15f, 65504, -65504, 1, -0.5f};
    static const float damaged[] = {INFINITY, -INFINITY, NAN};
    if (inputs == SWL_INPUTS_EXTREME_QUANTS) return random_below(s, 2) ? 1 : -1;
    if (inputs == SWL_INPUTS_EXTREME_SCALES) return extreme[random_below(s, 8)];
    if (inputs == SWL_INPUTS_DAMAGED_WEIGHTS && random_below(s, 256) == 0) return damaged[random_below(s, 3)];
    return (float)random_normal(s);
}

static void put_half(uint8_t *block, int place, uint16_t half) {
    if (place >= 0) memcpy(block + place, &half, sizeof half);
}

// All bits of a block random, or, for extreme quants, bytes that are each format's least and greatest quants and scales.
static void fill_block(const layout *l, size_t row_index, swl_inputs inputs, source *s, uint8_t *block) {
    static const uint8_t patterns[] = {0xff, 0x00, 0x0f, 0xf0};
    static const int8_t q8_0_quants[] = {-128, -127, 127};
    bool extreme = inputs == SWL_INPUTS_EXTREME_QUANTS;
    for (size_t i = 0; i < l->bytes; i++) block[i] = extreme ? patterns[row_index % 4] : (uint8_t)random_bits(s);
    if (extreme && l->format == SWL_Q8_0) {
        for (size_t i = 0; i < 32; i++) block[2 + i] = (uint8_t)(row_index % 2 ? q8_0_quants[random_below(s, 3)] : -128);
    }
    if (extreme && l->format == SWL_Q6_K) {  // sub-scales -128 and 127
        for (size_t i = 0; i < 16; i++) block[192 + i] = random_below(s, 2) ? 0x80 : 0x7f;
    }
    if (l->format == SWL_MXFP4) {
        *block = random_exponent(s, inputs);
        return;
    }
    if (l->format == SWL_NVFP4) {
        for (size_t i = 0; i < 4 && !extreme; i++) block[i] = random_scale_byte(s, inputs);
        return;
    }
    if (l->format == SWL_IQ1_M) {
        put_scale_of_iq1_m(block, random_scale(s, inputs));
        return;
    }
    put_half(block, l->scale, random_scale(s, inputs));
    put_half(block, l->minimum, random_scale(s, inputs));
}

void fill_weight_row(int32_t format, size_t row_index, size_t columns, swl_inputs inputs, source *s, void *row) {
    const layout *l = layout_of(format);
    if (l) {
        for (size_t b = 0; b < columns / l->elements; b++) {
            fill_block(l, row_index, inputs, s, (uint8_t *)row + b * l->bytes);
        }
        return;
    }
    for (size_t c = 0; c < columns; c++) {
        float value = random_weight(s, inputs);
        switch (format) {
            case SWL_F32: ((float *)row)[c] = value; break;
            case SWL_F16: ((uint16_t *)row)[c] = nearest_half(value); break;
            default: ((uint16_t *)row)[c] = (uint16_t)(float_bits(value) >> 16);
        }
    }
}
