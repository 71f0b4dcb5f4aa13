// How the quantized formats are unpacked, 32 weights at a time, for `gemv` and `gemm` of all ARM tables. Of a format F:
//
// - unpack_F: 32 weights as signed bytes, those of part `s` of a block of 256. They are the quants less the format's
//   offset; where the product fits a byte, times the sub-scale; in places times a number that the scales take back.
// - scales_F: the scales, and minimums, that go with four blocks of 32; of blocks of 256 the half `half`.
//
// A constant `s` makes the shifts immediate and lets four blocks share their loads.
#ifndef SWL_ARM_UNPACK_H
#define SWL_ARM_UNPACK_H

#include "../../vector/vector.h"

enum { CHUNK = 4 };  // blocks of 32 that scales are made for at a time

// Vectors of what four blocks of 32 have: one number for each block in [0], or one for each 16 weights in [0] and [1].
typedef struct chunk_scales {
    float32x4_t scales[2], minimums[2];
} chunk_scales;

// How a format's weights are computed from what is unpacked. Functions take it as a constant, which the compiler folds.
typedef struct format {
    uint8_t id;
    uint8_t scales, minimums;  // that 32 weights have: none, one, or one for each 16
    int8_t offset;
    uint16_t block_columns, block_bytes;
} format;

// Blocks of 32 in a block of the format.
INLINE size_t blocks_of(const format f) { return f.block_columns / SWL_BLOCK; }

// MARK: - Bits

INLINE int8x16x2_t signed_bytes(uint8x16_t first, uint8x16_t second) {
    return (int8x16x2_t){{vreinterpretq_s8_u8(first), vreinterpretq_s8_u8(second)}};
}

// Sixteen low nibbles and sixteen high ones.
INLINE int8x16x2_t unpack_nibbles(const uint8_t *packed) {
    uint8x16_t bytes = vld1q_u8(packed);
    return signed_bytes(bytes & 15, bytes >> 4);
}

// 32 nibbles of as many bytes: the high ones when `high`.
INLINE uint8x16x2_t nibbles_of(const uint8_t *packed, bool high) {
    uint8_t shift = high ? 4 : 0;
    return (uint8x16x2_t){{vld1q_u8(packed) >> shift & 15, vld1q_u8(packed + 16) >> shift & 15}};
}

// The lowest `kept` bits of `low`, and ones above where the mask is all ones: less 1 << kept there, as a signed byte.
#define BORROW(low, mask, kept) vsliq_n_u8(low, mask, kept)

// All ones in byte i where bit i of 16 is zero.
INLINE uint8x16_t clear_bits(uint8x8_t bits, uint8_t first_byte) {
    const uint8x16_t each = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
    uint8x8_t first = vdup_n_u8(first_byte), second = vdup_n_u8(first_byte + 1);
    uint8x16_t spread = vqtbl1q_u8(vcombine_u8(bits, bits), vcombine_u8(first, second));
    return vtstq_u8(spread, each);
}

INLINE int8x16x2_t unpack_codebook(int8x16_t codebook, const uint8_t *packed) {
    uint8x16_t bytes = vld1q_u8(packed);
    return (int8x16x2_t){{vqtbl1q_s8(codebook, bytes & 15), vqtbl1q_s8(codebook, bytes >> 4)}};
}

INLINE uint32_t read_32(const void *p) {
    uint32_t value;
    memcpy(&value, p, sizeof value);
    return value;
}

INLINE float32x4_t floats_of(uint16x4_t integers) { return vcvtq_f32_u32(vmovl_u16(integers)); }

// MARK: - Blocks of 32

// One number of each of four blocks that follow one another.
#define FOUR_F16(w, member) \
    ((float32x4_t)load_f16((const uint16_t[CHUNK]){(w)[0].member, (w)[1].member, (w)[2].member, (w)[3].member}))

INLINE chunk_scales scales_q8_0(const void *blocks, size_t half) {
    (void)half;
    const swl_q8_0 *w = blocks;
    return (chunk_scales){.scales = {FOUR_F16(w, scale)}};
}

INLINE int8x16x2_t unpack_q8_0(const void *blocks, size_t s) {
    (void)s;
    const swl_q8_0 *w = blocks;
    return vld1q_s8_x2(w->quants);
}

INLINE chunk_scales scales_q4_0(const void *blocks, size_t half) {
    (void)half;
    const swl_q4_0 *w = blocks;
    return (chunk_scales){.scales = {FOUR_F16(w, scale)}};
}

INLINE int8x16x2_t unpack_q4_0(const void *blocks, size_t s) {
    (void)s;
    const swl_q4_0 *w = blocks;
    return unpack_nibbles(w->quants);
}

INLINE chunk_scales scales_q4_1(const void *blocks, size_t half) {
    (void)half;
    const swl_q4_1 *w = blocks;
    return (chunk_scales){.scales = {FOUR_F16(w, scale)}, .minimums = {vnegq_f32(FOUR_F16(w, minimum))}};
}

INLINE int8x16x2_t unpack_q4_1(const void *blocks, size_t s) {
    (void)s;
    const swl_q4_1 *w = blocks;
    return unpack_nibbles(w->quants);
}

// quant - 16: a missing fifth bit is borrowed.
INLINE int8x16x2_t unpack_five_bits(const uint8_t high[4], const uint8_t *packed) {
    uint8x8_t clear = vreinterpret_u8_u32(vdup_n_u32(~read_32(high)));
    uint8x16_t bytes = vld1q_u8(packed);
    return signed_bytes(BORROW(bytes, clear_bits(clear, 0), 4), BORROW(bytes >> 4, clear_bits(clear, 2), 4));
}

INLINE chunk_scales scales_q5_0(const void *blocks, size_t half) {
    (void)half;
    const swl_q5_0 *w = blocks;
    return (chunk_scales){.scales = {FOUR_F16(w, scale)}};
}

INLINE int8x16x2_t unpack_q5_0(const void *blocks, size_t s) {
    (void)s;
    const swl_q5_0 *w = blocks;
    return unpack_five_bits(w->high, w->quants);
}

INLINE chunk_scales scales_q5_1(const void *blocks, size_t half) {
    (void)half;
    const swl_q5_1 *w = blocks;
    return (chunk_scales){.scales = {FOUR_F16(w, scale)}, .minimums = {vnegq_f32(FOUR_F16(w, minimum))}};
}

INLINE int8x16x2_t unpack_q5_1(const void *blocks, size_t s) {
    (void)s;
    const swl_q5_1 *w = blocks;
    return unpack_five_bits(w->high, w->quants);
}

INLINE chunk_scales scales_iq4_nl(const void *blocks, size_t half) {
    (void)half;
    const swl_iq4_nl *w = blocks;
    return (chunk_scales){.scales = {FOUR_F16(w, scale)}};
}

INLINE int8x16x2_t unpack_iq4_nl(const void *blocks, size_t s) {
    (void)s;
    const swl_iq4_nl *w = blocks;
    return unpack_codebook((int8x16_t){SWL_IQ4_CODEBOOK}, w->quants);
}

INLINE int8x16x2_t unpack_mxfp4(const void *blocks, size_t s) {
    (void)s;
    const swl_mxfp4 *w = blocks;
    return unpack_codebook((int8x16_t){SWL_MXFP4_CODEBOOK}, w->quants);
}

// 2^(exponent - 128); the first two are subnormal.
INLINE chunk_scales scales_mxfp4(const void *blocks, size_t half) {
    (void)half;
    const swl_mxfp4 *w = blocks;
    const uint32x4_t exponents = {w[0].exponent, w[1].exponent, w[2].exponent, w[3].exponent};
    uint32x4_t subnormal = vshlq_u32(vdupq_n_u32(0x00200000), vreinterpretq_s32_u32(exponents));
    uint32x4_t normal = vshlq_n_u32(exponents - 1, 23);
    uint32x4_t bits = vbslq_u32(vcgtq_u32(exponents, vdupq_n_u32(1)), normal, subnormal);
    return (chunk_scales){.scales = {vreinterpretq_f32_u32(bits)}};
}

// MARK: - Blocks of 256

// Times the sub-scale: 45 at most.
INLINE int8x16x2_t unpack_q2_k(const void *blocks, size_t s) {
    const swl_q2_k *w = blocks;
    uint8x16_t sub_scales = vld1q_u8(w->scales) & 15;
    const uint8_t *quants = w->quants + s / 4 * 32, shift = (uint8_t)(s % 4 * 2);
    uint8x16_t first = vld1q_u8(quants) >> shift & 3, second = vld1q_u8(quants + 16) >> shift & 3;
    return signed_bytes(first * vdupq_n_u8(sub_scales[2 * s]), second * vdupq_n_u8(sub_scales[2 * s + 1]));
}

INLINE chunk_scales scales_q2_k(const void *blocks, size_t half) {
    const swl_q2_k *w = blocks;
    uint16x8_t minimums = vmovl_u8(vshr_n_u8(vld1_u8(w->scales + 8 * half), 4));
    float minimum = f16_to_float(w->minimum);
    return (chunk_scales){.scales = {vdupq_n_f32(f16_to_float(w->scale))},
                          .minimums = {vmulq_n_f32(floats_of(vget_low_u16(minimums)), minimum),
                                       vmulq_n_f32(floats_of(vget_high_u16(minimums)), minimum)}};
}

// Times 32 - sub_scale: (quant - 4) * (32 - sub_scale) is -128 to 124. The scale is negated instead.
INLINE int8x16_t negated_sub_scales_q3_k(const swl_q3_k *w) {
    const int8x16_t low_shifts = {0, 0, 0, 0, 0, 0, 0, 0, -4, -4, -4, -4, -4, -4, -4, -4};
    const int8x16_t high_shifts = {0, 0, 0, 0, -2, -2, -2, -2, -4, -4, -4, -4, -6, -6, -6, -6};
    uint8x8_t nibbles = vld1_u8(w->scales);
    uint8x16_t low = vshlq_u8(vcombine_u8(nibbles, nibbles), low_shifts);
    uint8x16_t high = vshlq_u8(vreinterpretq_u8_u32(vdupq_n_u32(read_32(w->scales + 8))), high_shifts);
    return 32 - vreinterpretq_s8_u8(vsliq_n_u8(low, high, 4) & 63);
}

INLINE int8x16x2_t unpack_q3_k(const void *blocks, size_t s) {
    const swl_q3_k *w = blocks;
    int8x16_t sub_scales = negated_sub_scales_q3_k(w);
    const uint8_t *quants = w->quants + s / 4 * 32, shift = (uint8_t)(s % 4 * 2);
    uint8x16_t bit = vdupq_n_u8((uint8_t)(1 << s));
    uint8x16_t first_clear = vtstq_u8(~vld1q_u8(w->high), bit), second_clear = vtstq_u8(~vld1q_u8(w->high + 16), bit);
    int8x16x2_t values = signed_bytes(BORROW(vld1q_u8(quants) >> shift, first_clear, 2),
                                      BORROW(vld1q_u8(quants + 16) >> shift, second_clear, 2));
    return (int8x16x2_t){{values.val[0] * vdupq_n_s8(sub_scales[2 * s]),
                          values.val[1] * vdupq_n_s8(sub_scales[2 * s + 1])}};
}

INLINE chunk_scales scales_q3_k(const void *blocks, size_t half) {
    (void)half;
    const swl_q3_k *w = blocks;
    return (chunk_scales){.scales = {vdupq_n_f32(-f16_to_float(w->scale))}};
}

// The 6-bit scales and minimums of Q4_K and Q5_K: four of each, which are the low six bits of eight bytes or, in the
// second half, the nibbles of four bytes below what is left of those eight.
INLINE chunk_scales six_bit_scales(const uint8_t scales[12], size_t half, float scale, float minimum) {
    const int8x8_t shifts = {0, 0, 0, 0, -4, -4, -4, -4};
    uint8x8_t bytes = vld1_u8(scales), six_bits = bytes & 63;
    if (half) {
        uint8x8_t nibbles = vshl_u8(vreinterpret_u8_u32(vdup_n_u32(read_32(scales + 8))), shifts);
        six_bits = vsli_n_u8(nibbles, bytes >> 6, 4);
    }
    uint16x8_t integers = vmovl_u8(six_bits);
    return (chunk_scales){.scales = {vmulq_n_f32(floats_of(vget_low_u16(integers)), scale)},
                          .minimums = {vmulq_n_f32(floats_of(vget_high_u16(integers)), minimum)}};
}

INLINE int8x16x2_t unpack_q4_k(const void *blocks, size_t s) {
    const swl_q4_k *w = blocks;
    uint8x16x2_t quants = nibbles_of(w->quants + s / 2 * 32, s % 2);
    return signed_bytes(quants.val[0], quants.val[1]);
}

INLINE chunk_scales scales_q4_k(const void *blocks, size_t half) {
    const swl_q4_k *w = blocks;
    return six_bit_scales(w->scales, half, f16_to_float(w->scale), f16_to_float(w->minimum));
}

INLINE int8x16x2_t unpack_q5_k(const void *blocks, size_t s) {
    const swl_q5_k *w = blocks;
    const uint8_t *quants = w->quants + s / 2 * 32, shift = (uint8_t)(s % 2 * 4);
    uint8x16_t bit = vdupq_n_u8((uint8_t)(1 << s));
    uint8x16_t first_clear = vtstq_u8(~vld1q_u8(w->high), bit), second_clear = vtstq_u8(~vld1q_u8(w->high + 16), bit);
    return signed_bytes(BORROW(vld1q_u8(quants) >> shift, first_clear, 4),
                        BORROW(vld1q_u8(quants + 16) >> shift, second_clear, 4));
}

INLINE chunk_scales scales_q5_k(const void *blocks, size_t half) {
    const swl_q5_k *w = blocks;
    return six_bit_scales(w->scales, half, f16_to_float(w->scale), f16_to_float(w->minimum));
}

// Times four: the two high bits, the upper one inverted to be a sign, stay at the top of the byte.
INLINE uint8x16_t unpack_q6_k_sixteen(const uint8_t *low, const uint8_t *high, size_t s) {
    uint8x16_t nibbles = vld1q_u8(low), signs = vld1q_u8(high) ^ 0xaa;
    nibbles = s % 4 < 2 ? nibbles << 4 : nibbles & 0xf0;
    return vsriq_n_u8(signs << (uint8_t)(6 - s % 4 * 2), nibbles, 2);
}

INLINE int8x16x2_t unpack_q6_k(const void *blocks, size_t s) {
    const swl_q6_k *w = blocks;
    const uint8_t *low = w->low + s / 4 * 64 + s % 2 * 32, *high = w->high + s / 4 * 32;
    return signed_bytes(unpack_q6_k_sixteen(low, high, s), unpack_q6_k_sixteen(low + 16, high + 16, s));
}

INLINE chunk_scales scales_q6_k(const void *blocks, size_t half) {
    const swl_q6_k *w = blocks;
    int16x8_t sub_scales = vmovl_s8(vld1_s8(w->scales + 8 * half));
    float scale = f16_to_float(w->scale) / 4;
    return (chunk_scales){.scales = {vmulq_n_f32(vcvtq_f32_s32(vmovl_s16(vget_low_s16(sub_scales))), scale),
                                     vmulq_n_f32(vcvtq_f32_s32(vmovl_high_s16(sub_scales)), scale)}};
}

INLINE int8x16x2_t unpack_iq4_xs(const void *blocks, size_t s) {
    const swl_iq4_xs *w = blocks;
    return unpack_codebook((int8x16_t){SWL_IQ4_CODEBOOK}, w->quants + s * 16);
}

INLINE chunk_scales scales_iq4_xs(const void *blocks, size_t half) {
    const swl_iq4_xs *w = blocks;
    const int32x4_t low_shifts = {0, -4, -8, -12}, high_shifts = {0, -2, -4, -6};
    uint32x4_t low = vshlq_u32(vdupq_n_u32(read_32(w->scales_low) >> 16 * half), low_shifts);
    uint32x4_t high = vshlq_u32(vdupq_n_u32((uint32_t)w->scales_high >> 8 * half), high_shifts);
    int32x4_t sub_scales = vreinterpretq_s32_u32(vsliq_n_u32(low, high, 4) & 63) - 32;
    return (chunk_scales){.scales = {vmulq_n_f32(vcvtq_f32_s32(sub_scales), f16_to_float(w->scale))}};
}

// MARK: - Formats

// name, id, scales, minimums, offset, columns of a block
#define FORMAT(name, id, scales, minimums, offset, columns) \
    static const format format_##name = {id, scales, minimums, offset, columns, sizeof(swl_##name)}
FORMAT(q8_0, SWL_Q8_0, 1, 0, 0, SWL_BLOCK);
FORMAT(q4_0, SWL_Q4_0, 1, 0, -8, SWL_BLOCK);
FORMAT(q4_1, SWL_Q4_1, 1, 1, 0, SWL_BLOCK);
FORMAT(q5_0, SWL_Q5_0, 1, 0, 0, SWL_BLOCK);
FORMAT(q5_1, SWL_Q5_1, 1, 1, 16, SWL_BLOCK);
FORMAT(iq4_nl, SWL_IQ4_NL, 1, 0, 0, SWL_BLOCK);
FORMAT(mxfp4, SWL_MXFP4, 1, 0, 0, SWL_BLOCK);
FORMAT(q2_k, SWL_Q2_K, 1, 2, 0, SWL_SUPER_BLOCK);
FORMAT(q3_k, SWL_Q3_K, 1, 0, 0, SWL_SUPER_BLOCK);
FORMAT(q4_k, SWL_Q4_K, 1, 1, 0, SWL_SUPER_BLOCK);
FORMAT(q5_k, SWL_Q5_K, 1, 1, 16, SWL_SUPER_BLOCK);
FORMAT(q6_k, SWL_Q6_K, 2, 0, 0, SWL_SUPER_BLOCK);
FORMAT(iq4_xs, SWL_IQ4_XS, 1, 0, 0, SWL_SUPER_BLOCK);

// The dispatch below has a constant format: one case is left of it. Direct calls are inlined before loops are unrolled, calls
// by function pointers after.

INLINE int8x16x2_t unpack(const format f, const void *blocks, size_t s) {
    switch (f.id) {
#define UNPACK(name, id) case id: return unpack_##name(blocks, s);
        SWL_UNPACKED_FORMATS(UNPACK)
    }
    return (int8x16x2_t){0};
}

INLINE chunk_scales scales_of(const format f, const void *blocks, size_t half) {
    switch (f.id) {
#define SCALES(name, id) case id: return scales_##name(blocks, half);
        SWL_UNPACKED_FORMATS(SCALES)
    }
    return (chunk_scales){0};
}

#endif
