// Helpers shared by the checks: random numbers, guarded memory, reference conversions, failures.
#ifndef KERNEL_CHECKS_SUPPORT_H
#define KERNEL_CHECKS_SUPPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel_checks.h"
#include "swl_kernels.h"

#pragma GCC visibility push(hidden)

// MARK: - Failures

// The place for a message, and whether it was written: only the first failure is kept.
typedef struct failure {
    char *message;
    size_t capacity;
    bool happened;
} failure;

__attribute__((format(printf, 2, 3))) void fail(failure *f, const char *format, ...);

// Fails unless |found - expected| <= tolerance, or both are the same infinity, or both are NaN.
void expect_close(failure *f, double found, double expected, double tolerance, const char *what, size_t index);

// MARK: - Memory

// `size` bytes that end where an unreadable page begins, with canaries in front. `size` may be 0.
typedef struct guarded {
    void *bytes;
    size_t size;
    void *mapping;
    size_t mapped;
} guarded;

guarded guard(size_t size);
void release(guarded *g);
void expect_canary(failure *f, const guarded *g, const char *what);

// 64-byte aligned scratch of `size` bytes with canaries on both sides; `bytes` starts out as NaNs.
guarded guard_scratch(size_t size);
void expect_scratch_canaries(failure *f, const guarded *g, const char *what);

// Floats that no kernel gives, a NaN of their own: what is still one was not written to.
void fill_untouched(guarded *g);
bool is_untouched(float value);

// MARK: - Random numbers (xorshift64*; Vigna 2016)

typedef struct source {
    uint64_t state;
} source;

source seeded(uint64_t seed);
uint32_t random_bits(source *s);
size_t random_below(source *s, size_t limit);
double random_unit(source *s);    // uniform in 0..<1
double random_normal(source *s);  // near enough: the sum of 12 uniform numbers less 6

// MARK: - Numbers, by arithmetic rather than bits

double half_value(uint16_t bits);
double bfloat_value(uint16_t bits);
uint16_t nearest_half(float value);  // NaN gives 0x7e00 or 0xfe00
uint32_t float_bits(float value);

// MARK: - Checks, each over all its inputs

void check_quantize(const swl_kernels *k, failure *f);
void check_quantize_groups(const swl_kernels *k, failure *f);
void check_gelu_groups(const swl_kernels *k, failure *f);
void check_pack_panels(const swl_kernels *k, failure *f);
void check_multiply_panels(const swl_kernels *k, failure *f);
void check_pack_f16(const swl_kernels *k, failure *f);
void check_rms_norm(const swl_kernels *k, failure *f);
void check_layer_norm(const swl_kernels *k, failure *f);
void check_softmax(const swl_kernels *k, failure *f);
void check_sum_exponentials(const swl_kernels *k, failure *f);
void check_top_k(const swl_kernels *k, failure *f);
void check_rope(const swl_kernels *k, failure *f);
void check_add(const swl_kernels *k, failure *f);
void check_add_scaled(const swl_kernels *k, failure *f);
void check_multiply(const swl_kernels *k, failure *f);
void check_scale(const swl_kernels *k, failure *f);
void check_silu(const swl_kernels *k, failure *f);
void check_gelu(const swl_kernels *k, failure *f);
void check_gelu_tanh(const swl_kernels *k, failure *f);
void check_relu(const swl_kernels *k, failure *f);
void check_tanh(const swl_kernels *k, failure *f);
void check_relu_squared(const swl_kernels *k, failure *f);
void check_sigmoid(const swl_kernels *k, failure *f);
void check_gelu_quick(const swl_kernels *k, failure *f);
void check_softplus(const swl_kernels *k, failure *f);
void check_exponential(const swl_kernels *k, failure *f);
void check_softcap(const swl_kernels *k, failure *f);
void check_clamp(const swl_kernels *k, failure *f);
void check_clamped_swiglu(const swl_kernels *k, failure *f);
void check_convolution(const swl_kernels *k, failure *f);
void check_scan(const swl_kernels *k, failure *f);
void check_head_scan(const swl_kernels *k, failure *f);
void check_delta_rule(const swl_kernels *k, failure *f);
void check_wkv(const swl_kernels *k, failure *f);
void check_head_bonus(const swl_kernels *k, failure *f);
void check_attention(const swl_kernels *k, failure *f);
void check_attention_chunks(const swl_kernels *k, failure *f);
void check_attention_pages(const swl_kernels *k, failure *f);
void check_attention_damage(const swl_kernels *k, failure *f);
void check_attention_short(const swl_kernels *k, failure *f);
void check_position_bias(const swl_kernels *k, failure *f);

#pragma GCC visibility pop

#endif
