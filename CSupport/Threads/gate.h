// A number that threads wait on until it changes: first spinning, then asleep.
#ifndef SWL_GATE_H
#define SWL_GATE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "platform.h"

// Two lines of 64 bytes, since x86 prefetches lines in pairs; one line of Apple's.
enum { SWL_LINE = 128 };

typedef struct swl_gate {
    _Alignas(SWL_LINE) _Atomic uint32_t value;
    _Atomic uint32_t sleepers;  // threads that sleep, or are about to
    _Atomic bool patient;       // whether the wait that ended last did so while spinning
} swl_gate;

// How long a waiter spins. The long time exceeds what a sleeper takes to wake (5 to 20 us): with less, one late thread
// sends all to sleep, each then comes late to the next barrier, and they never return to spinning.
//
// Spinning is waste where the thread waited for has no CPU: other processes have it, or a cgroup's quota is used up, or
// it stands in line behind the spinner itself. So after a wait that spun in vain the next ones spin for the short time,
// but for one in eight, which finds out whether spinning has begun to pay again.
//
// Measured, two threads on two CPUs: 75 ns a barrier when both run. With two busy processes beside them 10 to 50 us;
// 130 to 300 us if all waits spin for the long time, and 2.5 ms if they yield the CPU as they spin.
static const int64_t swl_long_spin = 50000, swl_short_spin = 5000;  // nanoseconds

static inline void swl_pause(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb");  // `yield` takes no time on a core without SMT; this waits about as long as x86's pause
#endif
}

static inline int64_t swl_nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

// Whether the gate left `value` while the caller spun.
static inline bool swl_gate_spin(swl_gate *gate, uint32_t value, int64_t nanoseconds) {
    int64_t start = 0;
    for (;;) {
        for (int i = 0; i < 64; i++) {
            if (atomic_load_explicit(&gate->value, memory_order_acquire) != value) return true;
            swl_pause();
        }
        int64_t now = swl_nanoseconds();
        if (start == 0) start = now;
        if (now - start > nanoseconds) return false;
    }
}

// Returns when the gate has left `value`; what was written before it was opened is then seen.
static inline void swl_gate_wait(swl_gate *gate, uint32_t value, bool spin) {
    if (spin) {
        bool patient = atomic_load_explicit(&gate->patient, memory_order_relaxed);
        bool opened = swl_gate_spin(gate, value, patient || value % 8 == 0 ? swl_long_spin : swl_short_spin);
        if (opened != patient) atomic_store_explicit(&gate->patient, opened, memory_order_relaxed);
        if (opened) return;
    }
    atomic_fetch_add(&gate->sleepers, 1);
    while (atomic_load(&gate->value) == value) swl_sleep_while(&gate->value, value);
    atomic_fetch_sub(&gate->sleepers, 1);
}

static inline void swl_gate_init(swl_gate *gate) {
    atomic_init(&gate->value, 0);
    atomic_init(&gate->sleepers, 0);
    atomic_init(&gate->patient, true);
}

// Sequentially consistent on both sides: either this sees the sleeper counted, or the sleeper sees the new value.
static inline void swl_gate_open(swl_gate *gate, uint32_t value) {
    atomic_store(&gate->value, value);
    if (atomic_load(&gate->sleepers) != 0) swl_wake_all(&gate->value);
}

#endif
