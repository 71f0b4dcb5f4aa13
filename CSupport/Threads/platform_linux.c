#if defined(__linux__) && !defined(SWL_PORTABLE)

#define _GNU_SOURCE
#include "platform.h"

#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

void swl_sleep_while(_Atomic uint32_t *word, uint32_t value) {
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}

void swl_wake_all(_Atomic uint32_t *word) {
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

void swl_wake_one(_Atomic uint32_t *word) {
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

// A futex is known by its address and the process's memory: the child's words have no sleepers.
void swl_sleep_forked(void) {}

void swl_name_thread(const char *name) {
    pthread_setname_np(pthread_self(), name);
}

#endif
