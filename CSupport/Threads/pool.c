#include "swl_threads.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "gate.h"
#include "swl_cpus.h"

enum {
    MAX_THREADS = 1024,
    STACK_BYTES = 1 << 20,  // a body needs some kilobytes; this leaves room for a host's thread-local storage
};

typedef struct worker {
    swl_pool *pool;
    uint32_t thread;
    pthread_t handle;
} worker;

struct swl_pool {
    pthread_mutex_t turn;  // held during a run
    swl_pool *previous, *next;
    uint32_t wanted;

    // Written before `start` opens, constant during a run.
    uint32_t running;  // threads that take part, the caller included; 0 before the first run
    bool spin;
    bool stop;
    swl_pool_body body;
    void *context;

    swl_gate start;                                // counts runs; the workers wait here between two
    swl_gate barrier;                              // counts barriers
    _Alignas(SWL_LINE) _Atomic uint32_t arrived;   // threads that wait at the barrier
    _Alignas(SWL_LINE) _Atomic size_t taken;       // chunks taken since the last barrier
    _Alignas(SWL_LINE) worker workers[];           // [wanted - 1]
};

// All pools of the process, for the fork handlers.
static pthread_mutex_t pools_lock = PTHREAD_MUTEX_INITIALIZER;
static swl_pool *pools;
static pthread_once_t pools_once = PTHREAD_ONCE_INIT;
static bool pools_survive_fork;

// The state of a pool without threads. Nobody else uses the pool.
static void reset(swl_pool *pool) {
    pthread_mutex_init(&pool->turn, NULL);
    pool->running = 0;
    pool->stop = false;
    swl_gate_init(&pool->start);
    swl_gate_init(&pool->barrier);
    atomic_init(&pool->arrived, 0);
    atomic_init(&pool->taken, 0);
}

static void before_fork(void) {
    pthread_mutex_lock(&pools_lock);
}

static void after_fork_in_parent(void) {
    pthread_mutex_unlock(&pools_lock);
}

// The child has the memory of its parent's pools, perhaps in the middle of a run, and none of their threads.
static void after_fork_in_child(void) {
    swl_sleep_forked();
    for (swl_pool *pool = pools; pool != NULL; pool = pool->next) reset(pool);
    pthread_mutex_unlock(&pools_lock);
}

static void register_fork_handlers(void) {
    pools_survive_fork = pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child) == 0;
}

swl_pool *swl_pool_create(uint32_t threads) {
    pthread_once(&pools_once, register_fork_handlers);
    if (!pools_survive_fork) return NULL;
    if (threads < 1) threads = 1;
    if (threads > MAX_THREADS) threads = MAX_THREADS;

    void *memory = NULL;
    size_t bytes = sizeof(swl_pool) + (threads - 1) * sizeof(worker);
    if (posix_memalign(&memory, SWL_LINE, bytes) != 0) return NULL;
    memset(memory, 0, bytes);
    swl_pool *pool = memory;
    pool->wanted = threads;
    reset(pool);

    pthread_mutex_lock(&pools_lock);
    pool->next = pools;
    if (pools != NULL) pools->previous = pool;
    pools = pool;
    pthread_mutex_unlock(&pools_lock);
    return pool;
}

void swl_pool_destroy(swl_pool *pool) {
    if (pool == NULL) return;
    pthread_mutex_lock(&pools_lock);
    if (pool->previous != NULL) pool->previous->next = pool->next; else pools = pool->next;
    if (pool->next != NULL) pool->next->previous = pool->previous;
    pthread_mutex_unlock(&pools_lock);

    pool->stop = true;
    swl_gate_open(&pool->start, atomic_load(&pool->start.value) + 1);
    for (uint32_t i = 1; i < pool->running; i++) pthread_join(pool->workers[i - 1].handle, NULL);
    pthread_mutex_destroy(&pool->turn);
    free(pool);
}

uint32_t swl_pool_threads(const swl_pool *pool) {
    return pool->wanted;
}

static void *work(void *argument) {
    const worker *self = argument;
    swl_pool *pool = self->pool;
    swl_name_thread("swiftlet");
    // Counted from the reset, as the caller does: the first run may be published before this thread gets here.
    for (uint32_t run = 0;; run++) {
        swl_gate_wait(&pool->start, run, pool->spin);
        if (pool->stop) return NULL;
        pool->body(pool->context, self->thread, pool->running);
        swl_pool_barrier(pool);
    }
}

// The signals that a worker does not take, so that the host's handlers run on the host's threads. Faults stay
// unblocked: they strike the thread that made them, and with the signal blocked would kill the process past the host's
// crash reporter.
static sigset_t blocked_signals(void) {
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT};
    sigset_t signals;
    sigfillset(&signals);
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) sigdelset(&signals, faults[i]);
    return signals;
}

// Starts the threads that the system grants, once. A new thread inherits the signal mask of its creator.
static void start_threads(swl_pool *pool) {
    pthread_attr_t attributes;
    const pthread_attr_t *used = pthread_attr_init(&attributes) == 0 ? &attributes : NULL;
    if (used != NULL) pthread_attr_setstacksize(&attributes, STACK_BYTES);
    sigset_t blocked = blocked_signals(), before;
    pthread_sigmask(SIG_SETMASK, &blocked, &before);

    // With more threads than CPUs, who spins keeps from running the one it waits for.
    pool->spin = pool->wanted <= swl_usable_cpus();
    uint32_t started = 1;
    for (; started < pool->wanted; started++) {
        worker *next = &pool->workers[started - 1];
        next->pool = pool;
        next->thread = started;
        if (pthread_create(&next->handle, used, work, next) != 0) break;
    }
    pool->running = started;

    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (used != NULL) pthread_attr_destroy(&attributes);
}

void swl_pool_run(swl_pool *pool, swl_pool_body body, void *context) {
    pthread_mutex_lock(&pool->turn);
    if (pool->running == 0) start_threads(pool);
    pool->body = body;
    pool->context = context;
    if (pool->running > 1) {
        swl_gate_open(&pool->start, atomic_load_explicit(&pool->start.value, memory_order_relaxed) + 1);
    }
    body(context, 0, pool->running);
    swl_pool_barrier(pool);
    pthread_mutex_unlock(&pool->turn);
}

void swl_pool_barrier(swl_pool *pool) {
    // The count of barriers stands still until this thread too has arrived.
    uint32_t count = atomic_load_explicit(&pool->barrier.value, memory_order_relaxed);
    uint32_t before = atomic_fetch_add_explicit(&pool->arrived, 1, memory_order_acq_rel);
    if (before + 1 < pool->running) {
        swl_gate_wait(&pool->barrier, count, pool->spin);
        return;
    }
    atomic_store_explicit(&pool->arrived, 0, memory_order_relaxed);
    atomic_store_explicit(&pool->taken, 0, memory_order_relaxed);
    swl_gate_open(&pool->barrier, count + 1);
}

size_t swl_pool_take(swl_pool *pool) {
    return atomic_fetch_add_explicit(&pool->taken, 1, memory_order_relaxed);
}
