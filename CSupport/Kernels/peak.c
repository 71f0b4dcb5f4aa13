// How fast the dot instructions of an instruction set can be. Only on a CPU that has them: see `swl_kernels_named`.
#include "include/swl_peak.h"

#include <string.h>

// The accumulators of a round are named by an empty assembly statement each: the compiler then neither folds the rounds
// into a multiplication nor merges two chains. There are as many as hide the instruction's latency, and few enough to
// stay in registers.
enum { CHAINS = 12 };

#if defined(__x86_64__)
#include <immintrin.h>

#define EACH_CHAIN(DO) DO(0) DO(1) DO(2) DO(3) DO(4) DO(5) DO(6) DO(7) DO(8) DO(9) DO(10) DO(11)
#define TARGET(name) __attribute__((target(name), noinline))

#define DECLARE_256(i) __m256i c##i = _mm256_set1_epi32(i);
#define FOLD_256(i) total = _mm256_add_epi32(total, c##i);

#define PEAK_256(name, isa, dot)                                                     \
    TARGET(isa) static uint32_t name(size_t rounds) {                                \
        __m256i x = _mm256_set1_epi8(3), y = _mm256_set1_epi8(5);                    \
        __m256i total = _mm256_setzero_si256(), one = _mm256_set1_epi16(1);          \
        (void)one;                                                                   \
        EACH_CHAIN(DECLARE_256)                                                      \
        for (size_t r = 0; r < rounds; r++) {                                        \
            EACH_CHAIN(dot)                                                          \
        }                                                                            \
        EACH_CHAIN(FOLD_256)                                                         \
        return (uint32_t)_mm256_extract_epi32(total, 0);                             \
    }

// x is named too: the products of a chain are not those of the chain before it.
#define DOT_AVX2(i)                          \
    __asm__ volatile("" : "+x"(x), "+x"(c##i)); \
    c##i = _mm256_add_epi32(c##i, _mm256_madd_epi16(_mm256_maddubs_epi16(x, y), one));
PEAK_256(peak_avx2, "avx2", DOT_AVX2)

#define DOT_AVXVNNI(i)             \
    __asm__ volatile("" : "+x"(c##i)); \
    c##i = _mm256_dpbusd_avx_epi32(c##i, x, y);
PEAK_256(peak_avxvnni, "avx2,avxvnni", DOT_AVXVNNI)

#define DECLARE_512(i) __m512i c##i = _mm512_set1_epi32(i);
#define FOLD_512(i) total = _mm512_add_epi32(total, c##i);
#define DOT_512(i)                  \
    __asm__ volatile("" : "+v"(c##i)); \
    c##i = _mm512_dpbusd_epi32(c##i, x, y);

TARGET("avx512f,avx512bw,avx512vnni") static uint32_t peak_avx512(size_t rounds) {
    __m512i x = _mm512_set1_epi8(3), y = _mm512_set1_epi8(5), total = _mm512_setzero_si512();
    EACH_CHAIN(DECLARE_512)
    for (size_t r = 0; r < rounds; r++) {
        EACH_CHAIN(DOT_512)
    }
    EACH_CHAIN(FOLD_512)
    return (uint32_t)_mm_cvtsi128_si32(_mm512_castsi512_si128(total));
}

static const swl_peak peaks[] = {
    {"avx2", (size_t)CHAINS * 32, peak_avx2},
    {"avxvnni", (size_t)CHAINS * 32, peak_avxvnni},
    {"avx512", (size_t)CHAINS * 64, peak_avx512},
};
enum { PEAKS = sizeof peaks / sizeof peaks[0] };

#elif defined(__aarch64__)
#include <arm_neon.h>

#define PEAK_NEON(name, isa, dot)                                                                  \
    __attribute__((target(isa), noinline)) static uint32_t name(size_t rounds) {                   \
        int8x16_t x = vdupq_n_s8(3), y = vdupq_n_s8(5);                                            \
        int32x4_t c[CHAINS], total = vdupq_n_s32(0);                                               \
        for (int i = 0; i < CHAINS; i++) c[i] = vdupq_n_s32(i);                                    \
        for (size_t r = 0; r < rounds; r++) {                                                      \
            _Pragma("clang loop unroll(full)") for (int i = 0; i < CHAINS; i++) {                  \
                __asm__ volatile("" : "+w"(c[i]));                                                 \
                c[i] = dot(c[i], x, y);                                                            \
            }                                                                                      \
        }                                                                                          \
        for (int i = 0; i < CHAINS; i++) total = vaddq_s32(total, c[i]);                           \
        return (uint32_t)vgetq_lane_s32(total, 0);                                                 \
    }
PEAK_NEON(peak_dot, "dotprod", vdotq_s32)
PEAK_NEON(peak_i8mm, "i8mm", vmmlaq_s32)

static const swl_peak peaks[] = {
    {"neon", (size_t)CHAINS * 16, peak_dot},
    {"i8mm", (size_t)CHAINS * 32, peak_i8mm},
};
enum { PEAKS = sizeof peaks / sizeof peaks[0] };

#else
static const swl_peak peaks[1];
enum { PEAKS = 0 };
#endif

const swl_peak *swl_peak_named(const char *name) {
    for (size_t i = 0; i < PEAKS; i++) {
        if (strcmp(peaks[i].name, name) == 0) return &peaks[i];
    }
    return NULL;
}
