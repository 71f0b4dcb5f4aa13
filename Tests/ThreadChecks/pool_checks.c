#define _GNU_SOURCE
#include "thread_checks.h"

#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sums.h"
#include "swl_threads.h"

uint32_t named_threads(void) {
    DIR *tasks = opendir("/proc/self/task");
    if (tasks == NULL) return 0;
    uint32_t count = 0;
    for (struct dirent *entry; (entry = readdir(tasks)) != NULL;) {
        char path[64 + sizeof entry->d_name], name[16] = "";
        snprintf(path, sizeof path, "/proc/self/task/%s/comm", entry->d_name);
        FILE *file = fopen(path, "re");
        if (file == NULL) continue;
        if (fgets(name, sizeof name, file) != NULL && strcmp(name, "swiftlet\n") == 0) count++;
        fclose(file);
    }
    closedir(tasks);
    return count;
}

enum { CHUNKS = 37, MAX_THREADS = 64 };

// The fields are plain: the barriers alone order what the threads do with them.
typedef struct rounds {
    swl_pool *pool;
    uint32_t rounds;
    uint32_t takers[CHUNKS];          // how often each chunk was taken, over all rounds
    uint32_t written[MAX_THREADS];    // the round each thread is in
    bool seen[MAX_THREADS];
} rounds;

static void play_rounds(void *context, uint32_t thread, uint32_t threads) {
    rounds *state = context;
    state->seen[thread] = true;
    for (uint32_t round = 1; round <= state->rounds; round++) {
        state->written[thread] = round;
        for (size_t chunk; (chunk = swl_pool_take(state->pool)) < CHUNKS;) state->takers[chunk]++;
        swl_pool_barrier(state->pool);
        for (uint32_t other = 0; other < threads; other++) {
            if (state->written[other] != round) state->seen[thread] = false;
        }
        swl_pool_barrier(state->pool);
    }
}

bool check_rounds(uint32_t threads, uint32_t count) {
    rounds state = {.pool = swl_pool_create(threads), .rounds = count};
    if (state.pool == NULL) return false;
    swl_pool_run(state.pool, play_rounds, &state);
    bool right = swl_pool_threads(state.pool) == threads;
    swl_pool_destroy(state.pool);
    for (uint32_t chunk = 0; chunk < CHUNKS; chunk++) right = right && state.takers[chunk] == count;
    for (uint32_t thread = 0; thread < threads; thread++) right = right && state.seen[thread];
    return right;
}

typedef struct caller {
    swl_pool *pool;
    uint32_t runs;
    bool right;
    pthread_t handle;
} caller;

static void *call_runs(void *argument) {
    caller *self = argument;
    self->right = true;
    for (uint32_t run = 0; run < self->runs; run++) self->right = sums_are_right(self->pool) && self->right;
    return NULL;
}

bool check_callers(uint32_t callers, uint32_t threads, uint32_t runs) {
    caller all[MAX_THREADS];
    swl_pool *pool = swl_pool_create(threads);
    if (pool == NULL) return false;
    uint32_t started = 0;
    for (; started < callers; started++) {
        all[started] = (caller){.pool = pool, .runs = runs};
        if (pthread_create(&all[started].handle, NULL, call_runs, &all[started]) != 0) break;
    }
    bool right = started == callers;
    for (uint32_t i = 0; i < started; i++) {
        pthread_join(all[i].handle, NULL);
        right = right && all[i].right;
    }
    swl_pool_destroy(pool);
    return right;
}

bool check_cycles(uint32_t threads, uint32_t cycles) {
    bool right = true;
    for (uint32_t cycle = 0; cycle < cycles; cycle++) {
        swl_pool *pool = swl_pool_create(threads);
        right = right && pool != NULL && (cycle % 2 == 1 || sums_are_right(pool));
        swl_pool_destroy(pool);
    }
    return right;
}

typedef struct masks {
    sigset_t of[2];
} masks;

static void ask_mask(void *context, uint32_t thread, uint32_t threads) {
    masks *state = context;
    (void)threads;
    pthread_sigmask(SIG_SETMASK, NULL, &state->of[thread]);
}

bool check_signals(void) {
    masks state;
    sigemptyset(&state.of[1]);
    sigset_t host;
    pthread_sigmask(SIG_SETMASK, NULL, &host);
    swl_pool *pool = swl_pool_create(2);
    if (pool == NULL) return false;
    swl_pool_run(pool, ask_mask, &state);
    swl_pool_destroy(pool);
    const sigset_t *worker = &state.of[1];
    return sigismember(worker, SIGINT) == 1 && sigismember(worker, SIGTERM) == 1 && sigismember(worker, SIGALRM) == 1
        && sigismember(worker, SIGSEGV) == 0 && sigismember(worker, SIGBUS) == 0
        && sigismember(&state.of[0], SIGINT) == sigismember(&host, SIGINT)
        && sigismember(&state.of[0], SIGTERM) == sigismember(&host, SIGTERM);
}
