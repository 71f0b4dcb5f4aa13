#if !defined(__linux__) || defined(SWL_PORTABLE)

#include "platform.h"

#include <pthread.h>

// One pair for all words: threads sleep rarely, and each looks at its own word when it wakes.
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

void swl_sleep_while(_Atomic uint32_t *word, uint32_t value) {
    pthread_mutex_lock(&mutex);
    while (atomic_load(word) == value) pthread_cond_wait(&changed, &mutex);
    pthread_mutex_unlock(&mutex);
}

// The lock lies between a sleeper's look at its word and its sleep, so that no wake falls between the two.
void swl_wake_all(_Atomic uint32_t *word) {
    (void)word;
    pthread_mutex_lock(&mutex);
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&mutex);
}

// All words have the same sleepers.
void swl_wake_one(_Atomic uint32_t *word) {
    swl_wake_all(word);
}

void swl_sleep_forked(void) {
    mutex = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
    changed = (pthread_cond_t)PTHREAD_COND_INITIALIZER;
}

void swl_name_thread(const char *name) {
#ifdef __APPLE__
    pthread_setname_np(name);
#else
    (void)name;
#endif
}

#endif
