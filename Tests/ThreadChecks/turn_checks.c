#include "thread_checks.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "children.h"
#include "swl_turn.h"

enum { MAX_TAKERS = 64 };

typedef struct taker {
    swl_turn *turn;
    uint32_t turns;
    uint64_t *sum;  // plain: the turn alone protects it
    bool right;
} taker;

static void *take_turns(void *argument) {
    taker *self = argument;
    self->right = true;
    for (uint32_t i = 0; i < self->turns; i++) {
        if (swl_turn_take(self->turn) != SWL_TURN_TAKEN) self->right = false;
        if (swl_turn_try(self->turn) != SWL_TURN_OWN || swl_turn_take(self->turn) != SWL_TURN_OWN) self->right = false;
        *self->sum += 1;
        swl_turn_end(self->turn);
    }
    return NULL;
}

bool check_turns(uint32_t threads, uint32_t turns) {
    swl_turn *turn = swl_turn_create();
    uint64_t sum = 0;
    taker takers[MAX_TAKERS];
    pthread_t handles[MAX_TAKERS];
    if (turn == NULL || threads > MAX_TAKERS) return false;
    for (uint32_t i = 0; i < threads; i++) {
        takers[i] = (taker){turn, turns, &sum, false};
        if (pthread_create(&handles[i], NULL, take_turns, &takers[i]) != 0) return false;
    }
    bool right = true;
    for (uint32_t i = 0; i < threads; i++) {
        pthread_join(handles[i], NULL);
        right = right && takers[i].right;
    }
    right = right && sum == (uint64_t)threads * turns && swl_turn_try(turn) == SWL_TURN_TAKEN;
    swl_turn_end(turn);
    swl_turn_destroy(turn);
    return right;
}

typedef struct holder {
    swl_turn *turn;
    _Atomic bool holds, done;
} holder;

static void *hold(void *argument) {
    holder *self = argument;
    swl_turn_take(self->turn);
    atomic_store(&self->holds, true);
    while (!atomic_load(&self->done)) usleep(100);
    swl_turn_end(self->turn);
    return NULL;
}

typedef struct turns {
    swl_turn *held, *open;
} turns;

static bool takes_what_is_open(void *context) {
    const turns *both = context;
    return swl_turn_try(both->held) == SWL_TURN_FORKED && swl_turn_take(both->held) == SWL_TURN_FORKED &&
           swl_turn_take(both->open) == SWL_TURN_TAKEN;
}

bool check_turn_in_child(void) {
    holder held = {swl_turn_create(), false, false};
    swl_turn *open = swl_turn_create();
    pthread_t thread;
    if (held.turn == NULL || open == NULL || pthread_create(&thread, NULL, hold, &held) != 0) return false;
    while (!atomic_load(&held.holds)) usleep(100);
    bool right = swl_turn_try(held.turn) == SWL_TURN_BUSY;
    right = right_in_child(takes_what_is_open, &(turns){held.turn, open}) && right;
    atomic_store(&held.done, true);
    pthread_join(thread, NULL);
    right = right && swl_turn_take(held.turn) == SWL_TURN_TAKEN;
    swl_turn_end(held.turn);
    swl_turn_destroy(held.turn);
    swl_turn_destroy(open);
    return right;
}
