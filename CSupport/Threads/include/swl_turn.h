// Whose turn it is with something that one thread uses at a time. It knows the thread that has it, which shall not wait
// for itself, and the process: in a forked child nobody ever ends a turn that another thread of the parent had.
#ifndef SWL_TURN_H
#define SWL_TURN_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(hidden)

typedef struct swl_turn swl_turn;

typedef enum swl_turn_result {
    SWL_TURN_TAKEN,   // by this call
    SWL_TURN_BUSY,    // another thread has it
    SWL_TURN_OWN,     // the calling thread has it already
    SWL_TURN_FORKED,  // a thread of the process that this one was forked off had it
} swl_turn_result;

// NULL when memory is out.
swl_turn *swl_turn_create(void);

// NULL is allowed. Not while it is taken or waited for.
void swl_turn_destroy(swl_turn *turn);

// Takes the turn if nobody has it.
swl_turn_result swl_turn_try(swl_turn *turn);

// Takes the turn, waiting while another thread has it: never SWL_TURN_BUSY.
swl_turn_result swl_turn_take(swl_turn *turn);

// Ends the turn that this thread took.
void swl_turn_end(swl_turn *turn);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
