#include "swl_section.h"

#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void enter(void) {
    pthread_mutex_lock(&lock);
}

static void leave(void) {
    pthread_mutex_unlock(&lock);
}

// It fails without memory for three pointers. Then a child can find the lock taken, if the fork falls into a section.
static void register_fork_handlers(void) {
    pthread_atfork(enter, leave, leave);
}

void swl_section_begin(void) {
    pthread_once(&once, register_fork_handlers);
    enter();
}

void swl_section_end(void) {
    leave();
}
