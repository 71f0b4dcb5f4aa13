#include "thread_checks.h"

#include <pthread.h>
#include <stdatomic.h>

#include "children.h"
#include "swl_section.h"

enum { MAX_THREADS = 64 };

// Plain numbers that are equal but within a section.
typedef struct pair {
    uint64_t first, second;
} pair;

typedef struct enterer {
    pair *numbers;
    uint32_t sections;  // 0: until it is stopped
    atomic_bool *stop;
    bool right;
} enterer;

static bool add_one(pair *numbers) {
    swl_section_begin();
    bool whole = numbers->first == numbers->second;
    numbers->first++;
    atomic_signal_fence(memory_order_seq_cst);  // or the compiler makes one addition of both
    numbers->second++;
    swl_section_end();
    return whole;
}

static void *enter(void *argument) {
    enterer *self = argument;
    self->right = true;
    for (uint32_t i = 0; self->sections == 0 ? !atomic_load(self->stop) : i < self->sections; i++) {
        if (!add_one(self->numbers)) self->right = false;
    }
    return NULL;
}

typedef struct crowd {
    uint32_t count;
    atomic_bool stop;
    pthread_t handles[MAX_THREADS];
    enterer members[MAX_THREADS];
} crowd;

static bool start(crowd *all, pair *numbers, uint32_t threads, uint32_t sections) {
    all->count = 0;
    atomic_init(&all->stop, false);
    if (threads > MAX_THREADS) return false;
    for (; all->count < threads; all->count++) {
        enterer *member = &all->members[all->count];
        *member = (enterer){numbers, sections, &all->stop, false};
        if (pthread_create(&all->handles[all->count], NULL, enter, member) != 0) return false;
    }
    return true;
}

static bool join(crowd *all) {
    bool right = true;
    atomic_store(&all->stop, true);
    for (uint32_t i = 0; i < all->count; i++) {
        pthread_join(all->handles[i], NULL);
        right = right && all->members[i].right;
    }
    return right;
}

static bool counts(pair *numbers, uint32_t threads, uint32_t sections) {
    crowd all;
    uint64_t before = numbers->first;
    bool started = start(&all, numbers, threads, sections);
    bool right = join(&all) && started;
    uint64_t expected = before + (uint64_t)threads * sections;
    return right && numbers->first == expected && numbers->second == expected;
}

bool check_sections(uint32_t threads, uint32_t sections) {
    pair numbers = {0};
    return counts(&numbers, threads, sections);
}

static bool counts_in_child(void *numbers) {
    return counts(numbers, 3, 1000);
}

bool check_fork_during_sections(uint32_t threads, uint32_t forks) {
    pair numbers = {0};
    crowd all;
    bool right = start(&all, &numbers, threads, 0);
    for (uint32_t i = 0; right && i < forks; i++) right = right_in_child(counts_in_child, &numbers);
    return join(&all) && right;
}
