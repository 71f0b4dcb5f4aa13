// The specification: the plainest code that can be right. Sums are taken in double precision. Never tuned.
#include <math.h>
#include <string.h>

#include "../tables.h"
#include "attention.h"
#include "elements.h"
#include "formats.h"
#include "panels.h"
#include "position_bias.h"
#include "recurrent.h"
#include "head_scan.h"
#include "linear_attention.h"

// MARK: - Numbers

static uint32_t bits_of_float(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static uint16_t f16_from_float(float value) {
    uint32_t bits = bits_of_float(value), magnitude = bits & 0x7fffffff;
    uint16_t sign = (uint16_t)(bits >> 16 & 0x8000);
    if (magnitude > 0x7f800000) return sign | 0x7e00;   // NaN
    if (magnitude >= 0x477ff000) return sign | 0x7c00;  // 65520 and above round to infinity
    if (magnitude < 0x38800000) {                       // below 2^-14: a multiple of 2^-24
        return sign | (uint16_t)nearbyintf(swl_float_from_bits(magnitude) * 0x1p24f);
    }
    uint32_t odd = magnitude >> 13 & 1;  // ties to even
    return sign | (uint16_t)((magnitude - 0x38000000 + 0xfff + odd) >> 13);
}

static float float_from_bf16(uint16_t half) { return swl_float_from_bits((uint32_t)half << 16); }

// MARK: - Rows of weights to float32

static void unpack_f32(size_t columns, const void *row, float *out) { memcpy(out, row, columns * sizeof(float)); }

static void unpack_f16(size_t columns, const void *row, float *out) {
    const uint16_t *halves = row;
    for (size_t i = 0; i < columns; i++) out[i] = swl_float_from_f16(halves[i]);
}

static void unpack_bf16(size_t columns, const void *row, float *out) {
    const uint16_t *halves = row;
    for (size_t i = 0; i < columns; i++) out[i] = float_from_bf16(halves[i]);
}

// Products and differences are kept apart, never fused: bit-identical to GGUF's own decoders.
static void unpack_blocks(swl_decoder decoder, size_t columns, const void *row, float *out) {
    const char *block = row;
    for (size_t c = 0; c < columns; c += decoder.elements, block += decoder.bytes) {
        swl_decoded decoded;
        decoder.decode(block, &decoded);
        for (size_t i = 0; i < decoder.elements; i++) {
            float scaled = decoded.scales[i / SWL_SUB_BLOCK] * (float)decoded.quants[i];
            out[c + i] = scaled - decoded.minimums[i / SWL_SUB_BLOCK];
        }
    }
}

// MARK: - Products

static double dot_f32(const void *row, const swl_activations *x, size_t token) {
    const float *weights = row, *values = x->values + token * x->stride;
    double sum = 0;
    for (size_t i = 0; i < x->columns; i++) sum += (double)weights[i] * values[i];
    return sum;
}

static double dot_f16(const void *row, const swl_activations *x, size_t token) {
    const uint16_t *weights = row;
    const float *values = x->values + token * x->stride;
    double sum = 0;
    for (size_t i = 0; i < x->columns; i++) sum += (double)swl_float_from_f16(weights[i]) * values[i];
    return sum;
}

static double dot_bf16(const void *row, const swl_activations *x, size_t token) {
    const uint16_t *weights = row;
    const float *values = x->values + token * x->stride;
    double sum = 0;
    for (size_t i = 0; i < x->columns; i++) sum += (double)float_from_bf16(weights[i]) * values[i];
    return sum;
}

#define PRODUCT(format)                                                                                              \
    static void product_##format(size_t rows, const void *weights, size_t row_bytes, const swl_activations *x,       \
                                 size_t first, size_t tokens, float *out, size_t out_stride, void *scratch) {        \
        (void)scratch;                                                                                               \
        for (size_t t = 0; t < tokens; t++) {                                                                        \
            for (size_t r = 0; r < rows; r++) {                                                                      \
                const void *row = (const char *)weights + r * row_bytes;                                             \
                out[t * out_stride + r] = (float)dot_##format(row, x, first + t);                                    \
            }                                                                                                        \
        }                                                                                                            \
    }
PRODUCT(f32)
PRODUCT(f16)
PRODUCT(bf16)

static double dot_blocks(swl_decoder decoder, const void *row, const swl_activations *x, size_t token) {
    const char *block = row;
    double sum = 0;
    for (size_t c = 0; c < x->columns; c += decoder.elements, block += decoder.bytes) {
        swl_decoded decoded;
        decoder.decode(block, &decoded);
        for (size_t i = 0; i < decoder.elements; i += SWL_SUB_BLOCK) {
            const int8_t *quants = x->quants + token * x->columns + c + i;
            int32_t dot = 0, total = 0;  // at most 16 * 128 * 127
            for (size_t j = 0; j < SWL_SUB_BLOCK; j++) {
                dot += decoded.quants[i + j] * quants[j];
                total += quants[j];
            }
            size_t s = i / SWL_SUB_BLOCK;
            double scale = x->scales[(token * x->columns + c + i) / SWL_BLOCK];
            sum += scale * decoded.scales[s] * dot - scale * decoded.minimums[s] * total;
        }
    }
    return sum;
}

// swl_scalar_product_F and swl_scalar_unpack_F for a quantized format.
#define QUANTIZED_FORMAT(name, format)                                                                               \
    void swl_scalar_product_##name(size_t rows, const void *weights, size_t row_bytes, const swl_activations *x,     \
                                   size_t first, size_t tokens, float *out, size_t out_stride, void *scratch) {      \
        (void)scratch;                                                                                               \
        swl_decoder decoder = swl_decoder_of(format);                                                                \
        for (size_t t = 0; t < tokens; t++) {                                                                        \
            for (size_t r = 0; r < rows; r++) {                                                                      \
                const void *row = (const char *)weights + r * row_bytes;                                             \
                out[t * out_stride + r] = (float)dot_blocks(decoder, row, x, first + t);                             \
            }                                                                                                        \
        }                                                                                                            \
    }                                                                                                                \
                                                                                                                     \
    void swl_scalar_unpack_##name(size_t columns, const void *row, float *out) {                                     \
        unpack_blocks(swl_decoder_of(format), columns, row, out);                                                    \
    }
SWL_QUANTIZED_FORMATS(QUANTIZED_FORMAT)

static size_t product_scratch_bytes(size_t columns) {
    (void)columns;
    return 0;
}

// MARK: - Activations

static float sum_block(const float *x) {
    float sums[SWL_BLOCK];
    memcpy(sums, x, sizeof sums);
    for (size_t half = SWL_BLOCK / 2; half > 0; half /= 2) {
        for (size_t i = 0; i < half; i++) sums[i] += sums[i + half];
    }
    return sums[0];
}

// The quants of a block whose elements were divided by `least_scale`, for a scale that is `wider` times that.
typedef struct candidate {
    float quants[SWL_BLOCK];
    float product;  // x . quants
    float square;   // quants . quants
} candidate;

static candidate round_block(const float *scaled, float wider) {
    candidate c;
    float products[SWL_BLOCK], squares[SWL_BLOCK], narrowing = 1 / wider;
    for (size_t i = 0; i < SWL_BLOCK; i++) {
        c.quants[i] = nearbyintf(scaled[i] * narrowing);
        products[i] = scaled[i] * c.quants[i];
        squares[i] = c.quants[i] * c.quants[i];
    }
    c.product = sum_block(products);
    c.square = sum_block(squares);
    return c;
}

static void quantize(size_t columns, const float *x, int8_t *quants, float *scales, int16_t *sums) {
    for (size_t b = 0; b < columns / SWL_BLOCK; b++, x += SWL_BLOCK, quants += SWL_BLOCK, sums += 2) {
        float greatest = 0, scaled[SWL_BLOCK];
        bool finite = true;
        for (size_t i = 0; i < SWL_BLOCK; i++) {
            finite = finite && isfinite(x[i]);
            greatest = fmaxf(greatest, fabsf(x[i]));
        }
        float least_scale = greatest / 127;
        sums[0] = sums[1] = 0;
        if (!finite || least_scale < 0x1p-126f) {
            memset(quants, 0, SWL_BLOCK);
            scales[b] = finite ? 0 : NAN;
            continue;
        }
        float inverse = 1 / least_scale;
        for (size_t i = 0; i < SWL_BLOCK; i++) scaled[i] = x[i] * inverse;
        candidate narrow = round_block(scaled, 1), wide = round_block(scaled, SWL_WIDER);
        // The squared error of the best scale is x . x - product^2 / square.
        float wide_gain = wide.product * wide.product * narrow.square;
        float narrow_gain = narrow.product * narrow.product * wide.square;
        const candidate *best = wide_gain > narrow_gain ? &wide : &narrow;
        for (size_t i = 0; i < SWL_BLOCK; i++) {
            quants[i] = (int8_t)best->quants[i];
            sums[i / 16] = (int16_t)(sums[i / 16] + quants[i]);
        }
        scales[b] = least_scale * (best->product / best->square);
    }
}

static void pack_f16(size_t n, const float *x, uint16_t *out) {
    for (size_t i = 0; i < n; i++) out[i] = f16_from_float(x[i]);
}

// MARK: - Rows

static void rms_norm(size_t n, const float *x, const float *weight, float epsilon, float *out) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += (double)x[i] * x[i];
    double factor = 1 / sqrt(sum / (double)n + epsilon);
    for (size_t i = 0; i < n; i++) out[i] = (float)(x[i] * factor * (weight ? weight[i] : 1));
}

static void layer_norm(size_t n, const float *x, const float *weight, const float *bias, float epsilon, float *out) {
    double sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++) sum += x[i];
    double mean = sum / (double)n;
    for (size_t i = 0; i < n; i++) squares += (x[i] - mean) * (x[i] - mean);
    double factor = 1 / sqrt(squares / (double)n + epsilon);
    for (size_t i = 0; i < n; i++) {
        out[i] = (float)((x[i] - mean) * factor * (weight ? weight[i] : 1) + (bias ? bias[i] : 0));
    }
}

static void softmax(size_t n, float *x) {
    float greatest = -INFINITY;
    for (size_t i = 0; i < n; i++) greatest = fmaxf(greatest, x[i]);
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += exp((double)x[i] - greatest);
    for (size_t i = 0; i < n; i++) x[i] = (float)(exp((double)x[i] - greatest) / sum);
}

static float greatest_of(size_t n, const float *x) {
    float found = -INFINITY;
    for (size_t i = 0; i < n; i++) found = x[i] > found ? x[i] : found;
    return found;
}

// Whether x[i] comes before x[j].
static bool is_greater(const float *x, size_t i, size_t j) {
    float a = isnan(x[i]) ? -INFINITY : x[i], b = isnan(x[j]) ? -INFINITY : x[j];
    return a > b || (a == b && i < j);
}

static void top_k(size_t n, const float *x, size_t k, float *values, int32_t *indices) {
    for (size_t i = 0; i < n; i++) {
        size_t before = 0;
        for (size_t j = 0; j < n; j++) before += is_greater(x, j, i);
        if (before >= k) continue;
        values[before] = isnan(x[i]) ? -INFINITY : x[i];
        indices[before] = (int32_t)i;
    }
}

static double sum_exponentials(size_t n, const float *x, float high, float factor) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += exp((double)((x[i] - high) * factor));
    return sum;
}

static void rope(swl_pairing pairing, size_t heads, size_t head_dimension, size_t rotated, const float *cosines,
                 const float *sines, float *x) {
    size_t half = rotated / 2;
    for (size_t h = 0; h < heads; h++, x += head_dimension) {
        for (size_t i = 0; i < half; i++) {
            float *a = pairing == SWL_INTERLEAVED ? &x[2 * i] : &x[i];
            float *b = pairing == SWL_INTERLEAVED ? &x[2 * i + 1] : &x[i + half];
            double first = *a, second = *b;
            *a = (float)(first * cosines[i] - second * sines[i]);
            *b = (float)(first * sines[i] + second * cosines[i]);
        }
    }
}

// MARK: - Table

const swl_kernels swl_scalar = {
    .name = "scalar",
    .products =
        {
            [SWL_F32] = {product_f32, product_f32, .gemm_from = 1, .panel_rows = 1},
            [SWL_F16] = {product_f16, product_f16, .gemm_from = 1, .panel_rows = 1},
            [SWL_BF16] = {product_bf16, product_bf16, .gemm_from = 1, .panel_rows = 1},
            SWL_QUANTIZED_FORMATS(SWL_SCALAR_PRODUCT)
        },
    .product_scratch_bytes = product_scratch_bytes,
    .unpack =
        {
            [SWL_F32] = unpack_f32,
            [SWL_F16] = unpack_f16,
            [SWL_BF16] = unpack_bf16,
            SWL_QUANTIZED_FORMATS(SWL_SCALAR_UNPACK)
        },
    .quantize = quantize,
    .quantize_groups = quantize_groups,
    .gelu_groups = gelu_groups,
    .multiply_panels = multiply_panels,
    .pack_f16 = pack_f16,
    .rms_norm = rms_norm,
    .layer_norm = layer_norm,
    .softmax = softmax,
    .greatest = greatest_of,
    .sum_exponentials = sum_exponentials,
    .rope = rope,
    .top_k = top_k,
    ELEMENT_OPERATIONS,
    RECURRENT_OPERATIONS,
    .head_scan = head_scan,
    LINEAR_ATTENTION_OPERATIONS,
    .attention = attention,
    .attention_merge = attention_merge,
    .attention_scratch_bytes = attention_scratch_bytes,
    .position_bias = position_bias,
};
