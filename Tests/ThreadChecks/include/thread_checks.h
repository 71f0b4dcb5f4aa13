// Checks of the thread pool that need C: bodies on many threads, fork, resource limits. Each returns whether all was
// right. `ThreadsTests` calls them one by one; `stress.c` is a program of them for the thread sanitizer.
#ifndef THREAD_CHECKS_H
#define THREAD_CHECKS_H

#include <stdbool.h>
#include <stdint.h>

// Threads of this process that bear the pool's name; 0 where /proc does not tell.
uint32_t named_threads(void);

// Every chunk of every round is taken once, and after a barrier each thread sees what the others wrote before it.
bool check_rounds(uint32_t threads, uint32_t rounds);

// `callers` threads run sums on one pool at the same time.
bool check_callers(uint32_t callers, uint32_t threads, uint32_t runs);

// Pools are created, run and destroyed; every other one is never run.
bool check_cycles(uint32_t threads, uint32_t cycles);

// Creating a pool starts no thread, the first run starts all but one, destruction ends them.
bool check_lazy_start(uint32_t threads);

// A worker does not take the host's signals, but faults stay its own.
bool check_signals(void);

// A forked child runs on its parent's pool, which has run before, then destroys it.
bool check_fork(uint32_t threads);

// A process forks again and again while another of its threads is in the middle of runs.
bool check_fork_during_runs(uint32_t threads, uint32_t forks);

// With too little address space for all its threads, a pool runs with fewer.
bool check_refused_threads(void);

// `threads` threads take turns; each turn belongs to one thread alone, and none waits for itself.
bool check_turns(uint32_t threads, uint32_t turns);

// In a forked child a turn that another thread of the parent has is known to be lost, and a free one is free.
bool check_turn_in_child(void);

// `threads` threads enter sections; each section belongs to one thread alone.
bool check_sections(uint32_t threads, uint32_t sections);

// A process forks again and again while its threads enter sections: each child finds what they protect whole, and
// enters sections with threads of its own.
bool check_fork_during_sections(uint32_t threads, uint32_t forks);

// `swl_default_threads` is `expected` in a child process with these values of SWIFTLET_NUM_THREADS and OMP_NUM_THREADS.
// NULL stands for an unset variable; 0 expected for what the machine says without either.
bool check_default_threads(const char *swiftlet, const char *openmp, uint32_t expected);

#endif
