// A persistent pool of threads for lock-step work: every thread runs the same body, and meets the others at barriers.
//
// A step of a model is one `swl_pool_run`: the threads execute the same list of instructions, share each one out in chunks
// and wait for one another between two of them. A barrier costs well under a microsecond while all threads are running.
#ifndef SWL_THREADS_H
#define SWL_THREADS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(hidden)

typedef struct swl_pool swl_pool;

// The body of a run. `thread` is 0 for the caller, and below `threads`, the number that really take part.
typedef void (*swl_pool_body)(void *context, uint32_t thread, uint32_t threads);

// A pool of `threads` (1...1024, the caller's thread counted; clamped). Starts none yet. NULL when memory is out.
swl_pool *swl_pool_create(uint32_t threads);

// Stops and joins the threads. Not during a run. NULL is allowed.
void swl_pool_destroy(swl_pool *pool);

uint32_t swl_pool_threads(const swl_pool *pool);

// Runs `body` once on every thread of the pool, the caller's included, and returns when all are done. Runs from several
// threads on one pool take turns. The threads start at the first run; in a forked child they start again. When the
// system refuses a thread, the run goes on with those it has. Not from within a body; nor may a body fork and return.
void swl_pool_run(swl_pool *pool, swl_pool_body body, void *context);

// Within a body: returns when every thread of the run has called it. All memory written before is seen after. Also
// sets the chunk counter back to zero.
void swl_pool_barrier(swl_pool *pool);

// Within a body: the next chunk number that nobody has taken since the last barrier: 0, 1, 2, ...
size_t swl_pool_take(swl_pool *pool);

// How many threads to use by default: the least of the affinity mask, the cgroup's CPU quota (v1 and v2, rounded down,
// at least 1) and the physical cores; SWIFTLET_NUM_THREADS, or else OMP_NUM_THREADS, overrides it when it is a whole
// number from 1 to 1024.
uint32_t swl_default_threads(void);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
