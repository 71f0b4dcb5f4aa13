// Operating system services of the pool beyond POSIX threads: sleeping on a word, and a thread's name.
//
// `platform_linux.c` has it from the kernel; `platform_posix.c` makes it of a mutex and a condition variable.
#ifndef SWL_PLATFORM_H
#define SWL_PLATFORM_H

#include <stdatomic.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

// Sleeps while `*word` is `value`. May return early: the caller looks again.
void swl_sleep_while(_Atomic uint32_t *word, uint32_t value);

// Wakes every thread that sleeps on `word`. Call it after the word has changed.
void swl_wake_all(_Atomic uint32_t *word);

// Wakes at least one thread that sleeps on `word`, if any does.
void swl_wake_one(_Atomic uint32_t *word);

// Forgets the sleepers of the parent process. Called in a forked child while it has one thread.
void swl_sleep_forked(void);

// Names the calling thread, at most 15 bytes, for `ps`, debuggers and profilers.
void swl_name_thread(const char *name);

#pragma GCC visibility pop
#endif
