// The checks by name.
#include <stdio.h>

#include "support.h"

typedef struct check {
    const char *name;
    void (*run)(const swl_kernels *k, failure *f);
} check;

static const check checks[] = {
    {"quantize", check_quantize},
    {"quantize_groups", check_quantize_groups},
    {"gelu_groups", check_gelu_groups},
    {"swl_pack_panels", check_pack_panels},
    {"multiply_panels", check_multiply_panels},
    {"pack_f16", check_pack_f16},
    {"rms_norm", check_rms_norm},
    {"layer_norm", check_layer_norm},
    {"softmax", check_softmax},
    {"sum of exponentials", check_sum_exponentials},
    {"top k", check_top_k},
    {"rope", check_rope},
    {"add", check_add},
    {"add scaled", check_add_scaled},
    {"multiply", check_multiply},
    {"scale", check_scale},
    {"silu", check_silu},
    {"gelu", check_gelu},
    {"gelu_tanh", check_gelu_tanh},
    {"relu", check_relu},
    {"tanh", check_tanh},
    {"relu_squared", check_relu_squared},
    {"sigmoid", check_sigmoid},
    {"gelu_quick", check_gelu_quick},
    {"softplus", check_softplus},
    {"exponential", check_exponential},
    {"softcap", check_softcap},
    {"clamp", check_clamp},
    {"clamped SwiGLU", check_clamped_swiglu},
    {"causal convolution", check_convolution},
    {"selective scan", check_scan},
    {"scan by heads", check_head_scan},
    {"gated delta rule", check_delta_rule},
    {"WKV", check_wkv},
    {"head bonus", check_head_bonus},
    {"attention", check_attention},
    {"attention, each query alone", check_attention_chunks},
    {"attention to pages", check_attention_pages},
    {"attention to damaged keys and values", check_attention_damage},
    {"attention to one block that all see", check_attention_short},
    {"position bias", check_position_bias},
};

enum { CHECKS = sizeof checks / sizeof checks[0] };

size_t swl_check_count(void) { return CHECKS; }

const char *swl_check_name(size_t check) { return check < CHECKS ? checks[check].name : NULL; }

int swl_check_run(size_t check, const char *isa, char *message, size_t capacity) {
    const swl_kernels *k = swl_kernels_named(isa);
    char detail[256];
    failure f = {detail, sizeof detail, false};
    if (!k) {
        fail(&f, "no kernels of that name run on this machine");
    } else if (check >= CHECKS) {
        fail(&f, "no check %zu", check);
    } else {
        checks[check].run(k, &f);
    }
    if (f.happened) snprintf(message, capacity, "%s, %s: %s", isa, swl_check_name(check), detail);
    return f.happened;
}

const char *swl_checkable_isa(size_t index) {
    for (size_t i = 0; swl_kernels_name(i); i++) {
        if (!swl_kernels_named(swl_kernels_name(i))) continue;
        if (index-- == 0) return swl_kernels_name(i);
    }
    return NULL;
}

static const struct {
    int32_t format;
    const char *name;
} formats[] = {{SWL_F32, "F32"}, {SWL_F16, "F16"}, {SWL_BF16, "BF16"}, {SWL_Q8_0, "Q8_0"},
             {SWL_Q4_0, "Q4_0"}, {SWL_Q4_1, "Q4_1"}, {SWL_Q5_0, "Q5_0"}, {SWL_Q5_1, "Q5_1"}, {SWL_Q2_K, "Q2_K"},
             {SWL_Q3_K, "Q3_K"}, {SWL_Q4_K, "Q4_K"}, {SWL_Q5_K, "Q5_K"}, {SWL_Q6_K, "Q6_K"}, {SWL_IQ4_NL, "IQ4_NL"},
             {SWL_IQ4_XS, "IQ4_XS"}, {SWL_MXFP4, "MXFP4"}, {SWL_IQ2_XXS, "IQ2_XXS"}, {SWL_IQ2_XS, "IQ2_XS"},
             {SWL_IQ2_S, "IQ2_S"}, {SWL_IQ3_XXS, "IQ3_XXS"}, {SWL_IQ3_S, "IQ3_S"}, {SWL_IQ1_S, "IQ1_S"},
             {SWL_IQ1_M, "IQ1_M"}, {SWL_TQ1_0, "TQ1_0"}, {SWL_TQ2_0, "TQ2_0"}, {SWL_NVFP4, "NVFP4"}, {SWL_Q1_0, "Q1_0"},
             {SWL_Q2_0, "Q2_0"}};

enum { FORMATS = sizeof formats / sizeof formats[0] };

int32_t swl_checkable_format(size_t index) { return index < FORMATS ? formats[index].format : -1; }

const char *swl_format_name(int32_t format) {
    for (size_t i = 0; i < FORMATS; i++) {
        if (formats[i].format == format) return formats[i].name;
    }
    return "unknown";
}
