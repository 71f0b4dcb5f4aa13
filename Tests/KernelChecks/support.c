#include "support.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

// MARK: - Failures

void fail(failure *f, const char *format, ...) {
    if (f->happened) return;
    f->happened = true;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(f->message, f->capacity, format, arguments);
    va_end(arguments);
}

void expect_close(failure *f, double found, double expected, double tolerance, const char *what, size_t index) {
    bool same;
    if (isnan(expected)) {
        same = isnan(found);
    } else if (isinf(expected)) {
        same = found == expected;
    } else {
        same = fabs(found - expected) <= tolerance;  // false for NaN
    }
    if (!same) {
        fail(f, "%s, element %zu: expected %.9g, found %.9g (allowed difference %.3g)", what, index, expected, found,
             tolerance);
    }
}

// MARK: - Memory

enum { CANARY = 0xa5, CANARIES = 64 };

static void *map(size_t bytes) {
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

guarded guard(size_t size) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t usable = (size + CANARIES + page - 1) / page * page;
    guarded g = {.size = size, .mapping = map(usable + page), .mapped = usable + page};
    mprotect((char *)g.mapping + usable, page, PROT_NONE);
    g.bytes = (char *)g.mapping + usable - size;
    memset((char *)g.bytes - CANARIES, CANARY, CANARIES);
    return g;
}

void release(guarded *g) { munmap(g->mapping, g->mapped); }

static bool intact(const unsigned char *canaries) {
    for (size_t i = 0; i < CANARIES; i++) {
        if (canaries[i] != CANARY) return false;
    }
    return true;
}

void expect_canary(failure *f, const guarded *g, const char *what) {
    if (!intact((unsigned char *)g->bytes - CANARIES)) fail(f, "%s: written to in front of the first element", what);
}

guarded guard_scratch(size_t size) {
    guarded g = {.size = size, .mapped = size + 2 * CANARIES};
    g.mapping = map(g.mapped);
    g.bytes = (char *)g.mapping + CANARIES;
    memset(g.mapping, CANARY, g.mapped);
    memset(g.bytes, 0xff, size);
    return g;
}

void expect_scratch_canaries(failure *f, const guarded *g, const char *what) {
    if (!intact(g->mapping) || !intact((unsigned char *)g->bytes + g->size)) {
        fail(f, "%s: written to outside of its scratch of %zu bytes", what, g->size);
    }
}

static const uint32_t untouched = 0x7fc0dead;

void fill_untouched(guarded *g) {
    for (size_t i = 0; i < g->size / 4; i++) memcpy((char *)g->bytes + 4 * i, &untouched, 4);
}

bool is_untouched(float value) { return float_bits(value) == untouched; }

// MARK: - Random numbers

source seeded(uint64_t seed) { return (source){(seed + 1) * 0x9e3779b97f4a7c15}; }

uint32_t random_bits(source *s) {
    s->state ^= s->state >> 12;
    s->state ^= s->state << 25;
    s->state ^= s->state >> 27;
    return (uint32_t)(s->state * 0x2545f4914f6cdd1d >> 32);
}

size_t random_below(source *s, size_t limit) { return random_bits(s) % limit; }

double random_unit(source *s) { return random_bits(s) * 0x1p-32; }

double random_normal(source *s) {
    double sum = -6;
    for (int i = 0; i < 12; i++) sum += random_unit(s);
    return sum;
}

// MARK: - Numbers

double half_value(uint16_t bits) {
    int exponent = bits >> 10 & 31, fraction = bits & 1023;
    double magnitude;
    if (exponent == 31) {
        magnitude = fraction ? NAN : INFINITY;
    } else if (exponent == 0) {
        magnitude = ldexp(fraction, -24);
    } else {
        magnitude = ldexp(1024 + fraction, exponent - 25);
    }
    return bits & 0x8000 ? -magnitude : magnitude;
}

double bfloat_value(uint16_t bits) {
    uint32_t wide = (uint32_t)bits << 16;
    float value;
    memcpy(&value, &wide, sizeof value);
    return value;
}

uint16_t nearest_half(float value) {
    uint16_t sign = signbit(value) ? 0x8000 : 0;
    double magnitude = fabs((double)value);
    if (isnan(magnitude)) return sign | 0x7e00;
    int exponent = 0;  // of the last place: of 2^-24 for subnormals, of 11 significant bits above
    frexp(magnitude, &exponent);
    int place = magnitude == 0 || exponent - 11 < -24 ? -24 : exponent - 11;
    double rounded = isinf(magnitude) ? magnitude : ldexp(nearbyint(ldexp(magnitude, -place)), place);
    if (rounded > 65504) return sign | 0x7c00;
    if (rounded < 0x1p-14) return sign | (uint16_t)ldexp(rounded, 24);
    double significand = frexp(rounded, &exponent);
    return sign | (uint16_t)((exponent + 14) << 10) | (uint16_t)(ldexp(significand, 11) - 1024);
}

uint32_t float_bits(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}
