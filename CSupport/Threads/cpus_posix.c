#ifndef __linux__

#include "swl_cpus.h"

#include <unistd.h>

uint32_t swl_usable_cpus(void) {
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? (uint32_t)online : 1;
}

// POSIX does not tell cores from CPUs; Apple's own processors have one hardware thread a core.
uint32_t swl_usable_cores(void) {
    return swl_usable_cpus();
}

#endif
