// Activations to int8 and to float16: exact, whatever the ISA.
#include <math.h>
#include <string.h>

#include "support.h"

// MARK: - To int8

// A block for each kind of input there is.
static float block_element(size_t kind, size_t i, source *s) {
    switch (kind) {
        case 0: return 0;
        case 1: return i % 2 ? -0.0f : 0.0f;
        case 2: return (float)i - 127 + (i == 31 ? 223.0f : 0.5f);  // ties, when the scale is 1
        case 3: return i == 7 ? INFINITY : (float)i;
        case 4: return i == 31 ? -NAN : (float)i;
        case 5: return i == 0 ? 0x1.fffffep127f : -0x1p100f * (float)i;
        case 6: return (float)random_normal(s) * 0x1p-130f;  // its scale would be subnormal: counts as zero
        case 7: return (float)i * 0x1p-120f;
        case 8: return i == 3 ? -0x1p-149f : 0;
        default: return (float)(random_normal(s) * exp2((double)(kind * 7 % 60) - 30));
    }
}

// The squared distance, in units of the block's least scale, of x from quants with the best factor for them.
static double distance(const double *x, const double *quants, double *factor) {
    double product = 0, square = 0, sum = 0;
    for (size_t i = 0; i < SWL_BLOCK; i++) product += x[i] * quants[i], square += quants[i] * quants[i];
    *factor = product / square;
    for (size_t i = 0; i < SWL_BLOCK; i++) sum += pow(x[i] - *factor * quants[i], 2);
    return sum;
}

static void expect_zero_block(failure *f, size_t block, bool finite, const int8_t *quants, float scale,
                              const int16_t sums[2]) {
    if (finite ? scale != 0 : !isnan(scale)) fail(f, "block %zu: expected scale 0 or NaN, found %a", block, scale);
    for (size_t i = 0; i < SWL_BLOCK; i++) {
        if (quants[i] != 0) fail(f, "block %zu, element %zu: expected quant 0, found %d", block, i, quants[i]);
    }
    if (sums[0] || sums[1]) fail(f, "block %zu: expected sums 0, found %d and %d", block, sums[0], sums[1]);
}

static void expect_block(failure *f, size_t block, const float *x, const int8_t *quants, float scale,
                         const int16_t sums[2]) {
    float greatest = 0;
    bool finite = true;
    for (size_t i = 0; i < SWL_BLOCK; i++) {
        finite = finite && isfinite(x[i]);
        greatest = fmaxf(greatest, fabsf(x[i]));
    }
    float least_scale = greatest / 127;
    if (!finite || least_scale < 0x1p-126f) {
        expect_zero_block(f, block, finite, quants, scale, sums);
        return;
    }
    double scaled[SWL_BLOCK], found[SWL_BLOCK], plain[SWL_BLOCK], factor, plain_factor;
    int32_t totals[2] = {0};
    for (size_t i = 0; i < SWL_BLOCK; i++) {
        scaled[i] = (double)x[i] / least_scale;
        found[i] = quants[i];
        plain[i] = nearbyint(scaled[i]);
        totals[i / 16] += quants[i];
        if (quants[i] == -128) fail(f, "block %zu, element %zu: quant -128", block, i);
    }
    for (size_t half = 0; half < 2; half++) {
        if (sums[half] != totals[half]) {
            fail(f, "block %zu: expected sum %d, found %d", block, totals[half], sums[half]);
        }
    }
    double error = distance(scaled, found, &factor), plain_error = distance(scaled, plain, &plain_factor);
    if (fabs(scale / (factor * least_scale) - 1) > 1e-5) {
        fail(f, "block %zu: expected scale %a, found %a", block, factor * least_scale, scale);
    }
    // Rounded otherwise only where that is as close; the margin is for ties that float32 decides.
    if (error > 1.01 * plain_error + 1e-3) {
        fail(f, "block %zu: squared error %g, of plain rounding %g", block, error, plain_error);
    }
}

// Over many blocks, the noise is a fourteenth less than that of plain rounding to max|x| / 127.
static void expect_less_noise(const swl_kernels *k, failure *f) {
    enum { BLOCKS = 512 };
    float x[BLOCKS * SWL_BLOCK];
    int8_t quants[BLOCKS * SWL_BLOCK];
    float scales[BLOCKS];
    int16_t sums[2 * BLOCKS];
    double noise = 0, plain = 0;
    source s = seeded(2);
    for (size_t i = 0; i < BLOCKS * SWL_BLOCK; i++) x[i] = (float)random_normal(&s);
    k->quantize(BLOCKS * SWL_BLOCK, x, quants, scales, sums);
    for (size_t b = 0; b < BLOCKS; b++) {
        double greatest = 0;
        for (size_t i = 0; i < SWL_BLOCK; i++) greatest = fmax(greatest, fabs(x[b * SWL_BLOCK + i]));
        for (size_t i = b * SWL_BLOCK; i < (b + 1) * SWL_BLOCK; i++) {
            noise += pow(x[i] - (double)quants[i] * scales[b], 2);
            plain += pow(x[i] - nearbyint(x[i] / greatest * 127) * greatest / 127, 2);
        }
    }
    if (noise > 0.94 * plain) fail(f, "squared noise %g, expected at most 0.94 of plain rounding's %g", noise, plain);
}

// Another ISA gives the same bits as scalar.c.
static void expect_same_as_scalar(const swl_kernels *k, failure *f) {
    enum { COUNT = 256 * SWL_BLOCK };
    float x[COUNT];
    int8_t found[COUNT], expected[COUNT];
    float scales[2][COUNT / SWL_BLOCK];
    int16_t sums[2][COUNT / 16];
    source s = seeded(3);
    for (size_t i = 0; i < COUNT; i++) x[i] = (float)(random_normal(&s) * exp2((double)(i / SWL_BLOCK % 100) - 50));
    k->quantize(COUNT, x, found, scales[0], sums[0]);
    swl_kernels_named("scalar")->quantize(COUNT, x, expected, scales[1], sums[1]);
    if (memcmp(found, expected, sizeof found) != 0) fail(f, "the quants are not those of scalar");
    if (memcmp(scales[0], scales[1], sizeof scales[0]) != 0) fail(f, "the scales are not those of scalar");
    if (memcmp(sums[0], sums[1], sizeof sums[0]) != 0) fail(f, "the sums are not those of scalar");
}

void check_quantize(const swl_kernels *k, failure *f) {
    expect_less_noise(k, f);
    expect_same_as_scalar(k, f);
    source s = seeded(1);
    for (size_t blocks = 0; blocks <= 200; blocks = blocks < 3 ? blocks + 1 : blocks * 8) {
        guarded x = guard(blocks * SWL_BLOCK * sizeof(float)), quants = guard(blocks * SWL_BLOCK);
        guarded scales = guard(blocks * sizeof(float)), sums = guard(blocks * 2 * sizeof(int16_t));
        float *values = x.bytes;
        for (size_t i = 0; i < blocks * SWL_BLOCK; i++) {
            values[i] = block_element((i / SWL_BLOCK + blocks) % 40, i % SWL_BLOCK, &s);
        }
        k->quantize(blocks * SWL_BLOCK, values, quants.bytes, scales.bytes, sums.bytes);
        for (size_t b = 0; b < blocks; b++) {
            expect_block(f, b, values + b * SWL_BLOCK, (int8_t *)quants.bytes + b * SWL_BLOCK,
                         ((float *)scales.bytes)[b], (int16_t *)sums.bytes + 2 * b);
        }
        expect_canary(f, &quants, "quants");
        expect_canary(f, &scales, "scales");
        expect_canary(f, &sums, "sums");
        release(&x);
        release(&quants);
        release(&scales);
        release(&sums);
    }
}

// MARK: - To float16

static void expect_halves(const swl_kernels *k, failure *f, size_t n, const float *values) {
    guarded x = guard(n * sizeof(float)), out = guard(n * sizeof(uint16_t));
    if (n > 0) memcpy(x.bytes, values, n * sizeof(float));
    k->pack_f16(n, x.bytes, out.bytes);
    for (size_t i = 0; i < n; i++) {
        uint16_t found = ((uint16_t *)out.bytes)[i], expected = nearest_half(values[i]);
        bool same = isnan(values[i]) ? isnan(half_value(found)) : found == expected;
        if (!same) fail(f, "element %zu of %zu = %a: expected 0x%04x, found 0x%04x", i, n, values[i], expected, found);
    }
    expect_canary(f, &out, "halves");
    release(&x);
    release(&out);
}

void check_pack_f16(const swl_kernels *k, failure *f) {
    // Every half, and the numbers around the middle between it and the next.
    enum { EACH = 4, COUNT = 1024 * EACH };
    float values[COUNT];
    for (uint32_t first = 0; first < 0x10000; first += COUNT / EACH) {
        for (uint32_t i = 0; i < COUNT / EACH; i++) {
            float value = (float)half_value((uint16_t)(first + i));
            float next = (float)half_value((uint16_t)(first + i + 1));
            float middle = value + (next - value) / 2;
            values[i * EACH] = value;
            values[i * EACH + 1] = middle;
            values[i * EACH + 2] = nextafterf(middle, -INFINITY);
            values[i * EACH + 3] = nextafterf(middle, INFINITY);
        }
        expect_halves(k, f, COUNT, values);
    }
    const float limits[] = {65504, 65519.996f, 65520, -65520, 1e30f, INFINITY, -INFINITY, NAN, 0x1p-25f,
                            0x1.000002p-25f, 0x1p-149f, -0.0f, 0x1.ffcp-15f, 0x1.ffep-15f, 0x1.fffp-15f, 1, 2};
    for (size_t n = 0; n <= sizeof limits / sizeof limits[0]; n++) expect_halves(k, f, n, limits);
}
