#define _GNU_SOURCE
#include "thread_checks.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "children.h"
#include "sums.h"

static bool run_and_destroy(void *pool) {
    bool right = sums_are_right(pool) && sums_are_right(pool);
    swl_pool_destroy(pool);
    return right;
}

static bool destroy(void *pool) {
    swl_pool_destroy(pool);
    return true;
}

static bool fork_again(void *pool) {
    return sums_are_right(pool) && right_in_child(run_and_destroy, pool);
}

bool check_fork(uint32_t threads) {
    swl_pool *pool = swl_pool_create(threads);
    if (pool == NULL) return false;
    bool right = right_in_child(run_and_destroy, pool);
    right = sums_are_right(pool) && right;
    right = right_in_child(run_and_destroy, pool) && right;
    right = right_in_child(destroy, pool) && right;
    right = right_in_child(fork_again, pool) && right;
    right = sums_are_right(pool) && right;
    swl_pool_destroy(pool);
    return right;
}

static bool starts_lazily(void *context) {
    uint32_t threads = *(const uint32_t *)context;
    swl_pool *pool = swl_pool_create(threads);
    if (pool == NULL) return false;
    bool right = named_threads() == 0 && sums_are_right(pool) && named_threads() == threads - 1;
    right = sums_are_right(pool) && right && named_threads() == threads - 1;
    swl_pool_destroy(pool);
    // A joined thread is gone for its process a moment before /proc drops it.
    for (int wait = 0; wait < 100 && named_threads() != 0; wait++) usleep(10000);
    return right && named_threads() == 0;
}

// In a child, since other tests of this process have pools too.
bool check_lazy_start(uint32_t threads) {
    return right_in_child(starts_lazily, &threads);
}

typedef struct runner {
    swl_pool *pool;
    atomic_bool stop;
    bool right;
} runner;

static void *run_until_stopped(void *argument) {
    runner *self = argument;
    self->right = true;
    while (!atomic_load(&self->stop)) self->right = sums_are_right(self->pool) && self->right;
    return NULL;
}

bool check_fork_during_runs(uint32_t threads, uint32_t forks) {
    runner state = {.pool = swl_pool_create(threads)};
    pthread_t handle;
    if (state.pool == NULL || pthread_create(&handle, NULL, run_until_stopped, &state) != 0) return false;
    bool right = true;
    for (uint32_t i = 0; i < forks; i++) right = right_in_child(run_and_destroy, state.pool) && right;
    atomic_store(&state.stop, true);
    pthread_join(handle, NULL);
    swl_pool_destroy(state.pool);
    return right && state.right;
}

typedef struct part {
    uint32_t threads;
} part;

static void note_threads(void *context, uint32_t thread, uint32_t threads) {
    if (thread == 0) ((part *)context)->threads = threads;
}

// Leaves the process 64 MiB, in which a few dozen stacks fit.
static bool run_in_little_space(void *pool) {
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (file == NULL) return false;
    bool known = fscanf(file, "%lu", &pages) == 1;
    fclose(file);
    rlim_t bytes = (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) + (64 << 20);
    if (!known || setrlimit(RLIMIT_AS, &(struct rlimit){bytes, bytes}) != 0) return false;

    part state = {0};
    swl_pool_run(pool, note_threads, &state);
    bool fewer = state.threads >= 2 && state.threads < swl_pool_threads(pool);
    return fewer && run_and_destroy(pool);
}

bool check_refused_threads(void) {
    swl_pool *pool = swl_pool_create(1024);
    if (pool == NULL) return false;
    bool right = right_in_child(run_in_little_space, pool);
    swl_pool_destroy(pool);
    return right;
}

typedef struct variables {
    const char *swiftlet, *openmp;
    uint32_t expected;
} variables;

static bool set_variable(const char *name, const char *value) {
    return (value != NULL ? setenv(name, value, 1) : unsetenv(name)) == 0;
}

static bool default_is_expected(void *context) {
    const variables *these = context;
    uint32_t expected = these->expected;
    if (expected == 0) {
        if (!set_variable("SWIFTLET_NUM_THREADS", NULL) || !set_variable("OMP_NUM_THREADS", NULL)) return false;
        expected = swl_default_threads();
    }
    return set_variable("SWIFTLET_NUM_THREADS", these->swiftlet) && set_variable("OMP_NUM_THREADS", these->openmp)
        && swl_default_threads() == expected;
}

bool check_default_threads(const char *swiftlet, const char *openmp, uint32_t expected) {
    return right_in_child(default_is_expected, &(variables){swiftlet, openmp, expected});
}
