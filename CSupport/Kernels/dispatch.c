// Which tables this build has, and which of them this CPU and its operating system can run.
#include <string.h>

#include "scalar/formats.h"
#include "tables.h"

#if defined(__aarch64__) && defined(__linux__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#elif defined(__aarch64__) && defined(__APPLE__)
#include <sys/sysctl.h>
#endif

static bool always(void) { return true; }

#if defined(__x86_64__)

// `__builtin_cpu_supports` asks CPUID and, by XGETBV, whether the operating system saves the registers.
static bool has_avx2(void) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
}

static bool has_avxvnni(void) { return has_avx2() && __builtin_cpu_supports("avxvnni"); }

static bool has_avx512(void) {
    return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vnni");
}

#elif defined(__aarch64__)

// NEON's table uses the dot product instructions, optional before Armv8.4.
static bool has_dot_product(void) {
#if defined(__linux__)
    return (getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0;
#else
    return true;  // every Apple CPU that runs macOS has them
#endif
}

// I8MM's uses the instructions that multiply matrices of bytes too, optional before Armv8.6.
static bool has_matrix_product(void) {
#if defined(__linux__)
    return has_dot_product() && (getauxval(AT_HWCAP2) & HWCAP2_I8MM) != 0;
#elif defined(__APPLE__)
    int value = 0;
    size_t size = sizeof value;
    return sysctlbyname("hw.optional.arm.FEAT_I8MM", &value, &size, NULL, 0) == 0 && value != 0;
#else
    return false;
#endif
}

#endif

typedef struct candidate {
    const swl_kernels *table;
    bool (*runs_here)(void);
} candidate;

// The fastest first.
static const candidate candidates[] = {
#if defined(__x86_64__)
    {&swl_avx512, has_avx512},
    {&swl_avxvnni, has_avxvnni},
    {&swl_avx2, has_avx2},
#elif defined(__aarch64__)
    {&swl_i8mm, has_matrix_product},
    {&swl_neon, has_dot_product},
#endif
    {&swl_scalar, always},
};

enum { CANDIDATES = sizeof candidates / sizeof candidates[0] };

const swl_kernels *swl_kernels_best(void) {
    size_t i = 0;
    while (!candidates[i].runs_here()) i++;  // the last one always does
    return candidates[i].table;
}

const swl_kernels *swl_kernels_named(const char *name) {
    for (size_t i = 0; i < CANDIDATES; i++) {
        if (strcmp(candidates[i].table->name, name) == 0) {
            return candidates[i].runs_here() ? candidates[i].table : NULL;
        }
    }
    return NULL;
}

const char *swl_kernels_name(size_t index) { return index < CANDIDATES ? candidates[index].table->name : NULL; }

bool swl_format_block(uint32_t format, size_t *elements, size_t *bytes) {
    switch (format) {
        case SWL_F32: *elements = 1, *bytes = 4; return true;
        case SWL_F16: *elements = 1, *bytes = 2; return true;
        case SWL_BF16: *elements = 1, *bytes = 2; return true;
#define BLOCK_OF(name, id) \
    case id: *elements = swl_decoder_of(id).elements, *bytes = sizeof(swl_##name); return true;
            SWL_QUANTIZED_FORMATS(BLOCK_OF)
        default: return false;
    }
}
