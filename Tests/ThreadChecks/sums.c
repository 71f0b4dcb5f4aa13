#include "sums.h"

enum { NUMBERS = 1000, CHUNK = 32, CHUNKS = (NUMBERS + CHUNK - 1) / CHUNK };

typedef struct sums {
    swl_pool *pool;
    uint32_t numbers[NUMBERS];
    uint64_t partial[CHUNKS];
    uint64_t total;
} sums;

static void add_up(void *context, uint32_t thread, uint32_t threads) {
    sums *state = context;
    (void)threads;
    for (size_t chunk; (chunk = swl_pool_take(state->pool)) < CHUNKS;) {
        for (size_t i = chunk * CHUNK; i < NUMBERS && i < (chunk + 1) * CHUNK; i++) state->numbers[i] = (uint32_t)i;
    }
    swl_pool_barrier(state->pool);
    // From the other end, so that a chunk's reader is seldom its writer.
    for (size_t taken; (taken = swl_pool_take(state->pool)) < CHUNKS;) {
        size_t chunk = CHUNKS - 1 - taken;
        for (size_t i = chunk * CHUNK; i < NUMBERS && i < (chunk + 1) * CHUNK; i++) {
            state->partial[chunk] += state->numbers[i];
        }
    }
    swl_pool_barrier(state->pool);
    if (thread != 0) return;
    for (size_t chunk = 0; chunk < CHUNKS; chunk++) state->total += state->partial[chunk];
}

bool sums_are_right(swl_pool *pool) {
    sums state = {.pool = pool};
    swl_pool_run(pool, add_up, &state);
    return state.total == (uint64_t)NUMBERS * (NUMBERS - 1) / 2;
}
