#include "swl_turn.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "platform.h"

// The word holds twice the process's id while a thread has the turn, plus one while others may be waiting; else 0.
struct swl_turn {
    _Atomic uint32_t word;
    _Atomic uintptr_t owner;  // the thread that has it
};

static uint32_t process(void) { return (uint32_t)getpid() * 2; }

static uintptr_t thread(void) { return (uintptr_t)pthread_self(); }

swl_turn *swl_turn_create(void) {
    return calloc(1, sizeof(swl_turn));
}

void swl_turn_destroy(swl_turn *turn) {
    free(turn);
}

// Takes a free turn with the given word; else says who has it.
static swl_turn_result take(swl_turn *turn, uint32_t mine, uint32_t *found) {
    *found = 0;
    if (atomic_compare_exchange_strong(&turn->word, found, mine)) {
        atomic_store_explicit(&turn->owner, thread(), memory_order_relaxed);
        return SWL_TURN_TAKEN;
    }
    if ((*found & ~1u) != (mine & ~1u)) return SWL_TURN_FORKED;
    // Only this thread writes its own id here, so a stale value of another's is no other answer.
    return atomic_load_explicit(&turn->owner, memory_order_relaxed) == thread() ? SWL_TURN_OWN : SWL_TURN_BUSY;
}

swl_turn_result swl_turn_try(swl_turn *turn) {
    uint32_t found;
    return take(turn, process(), &found);
}

swl_turn_result swl_turn_take(swl_turn *turn) {
    uint32_t mine = process(), found;
    swl_turn_result result;
    while ((result = take(turn, mine, &found)) == SWL_TURN_BUSY) {
        uint32_t waited = found | 1;
        // Whoever was woken may not be the last that waits, so it takes the turn as one that is waited for.
        mine |= 1;
        if (found == waited || atomic_compare_exchange_strong(&turn->word, &found, waited)) {
            swl_sleep_while(&turn->word, waited);
        }
    }
    return result;
}

void swl_turn_end(swl_turn *turn) {
    atomic_store_explicit(&turn->owner, 0, memory_order_relaxed);
    if (atomic_exchange(&turn->word, 0) & 1) swl_wake_one(&turn->word);
}
