#include "swl_threads.h"

#include <stdlib.h>

#include "swl_cpus.h"

uint32_t swl_thread_count(const char *text) {
    if (text == NULL) return 0;
    uint32_t count = 0;
    for (; *text >= '0' && *text <= '9'; text++) {
        count = count * 10 + (uint32_t)(*text - '0');
        if (count > 1024) return 0;
    }
    return *text == '\0' ? count : 0;
}

uint32_t swl_default_threads(void) {
    uint32_t threads = swl_thread_count(getenv("SWIFTLET_NUM_THREADS"));
    if (threads == 0) threads = swl_thread_count(getenv("OMP_NUM_THREADS"));
    if (threads != 0) return threads;

    threads = swl_usable_cores();
    uint32_t quota = swl_cgroup_cpus("");
    if (quota != 0 && quota < threads) threads = quota;
    return threads < 1024 ? threads : 1024;
}
