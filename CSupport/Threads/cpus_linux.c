#ifdef __linux__

#define _GNU_SOURCE
#include "swl_cpus.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CPU_LIMIT = 8192 };  // the kernel's own greatest

typedef struct cpu_mask {
    cpu_set_t sets[CPU_LIMIT / CPU_SETSIZE];
} cpu_mask;

static bool has(const cpu_mask *mask, size_t cpu) {
    return CPU_ISSET_S(cpu, sizeof *mask, mask->sets);
}

// The CPUs the calling thread may run on; false when the kernel does not say.
static bool affinity(cpu_mask *mask) {
    memset(mask, 0, sizeof *mask);
    return sched_getaffinity(0, sizeof *mask, mask->sets) == 0 && CPU_COUNT_S(sizeof *mask, mask->sets) > 0;
}

static uint32_t online_cpus(void) {
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? (uint32_t)online : 1;
}

uint32_t swl_usable_cpus(void) {
    cpu_mask mask;
    return affinity(&mask) ? (uint32_t)CPU_COUNT_S(sizeof mask, mask.sets) : online_cpus();
}

static bool read_line(const char *path, char *line, int capacity) {
    FILE *file = fopen(path, "re");
    if (file == NULL) return false;
    bool read = fgets(line, capacity, file) != NULL;
    fclose(file);
    return read;
}

// Whether the CPU shares its core with a lower one of the mask. The kernel lists a core's CPUs as "0,64" or "0-1".
static bool follows_sibling(const cpu_mask *mask, size_t cpu) {
    char path[80], list[256];
    snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%zu/topology/thread_siblings_list", cpu);
    if (!read_line(path, list, sizeof list)) return false;
    for (char *text = list;;) {
        char *end;
        unsigned long first = strtoul(text, &end, 10), last = first;
        if (end == text) return false;
        if (*end == '-') last = strtoul(end + 1, &end, 10);
        for (unsigned long other = first; other <= last && other < cpu; other++) {
            if (has(mask, other)) return true;
        }
        if (*end != ',') return false;
        text = end + 1;
    }
}

uint32_t swl_usable_cores(void) {
    cpu_mask mask;
    if (!affinity(&mask)) return online_cpus();
    char active[8];
    if (read_line("/sys/devices/system/cpu/smt/active", active, sizeof active) && active[0] == '0') {
        return (uint32_t)CPU_COUNT_S(sizeof mask, mask.sets);
    }
    uint32_t cores = 0;
    for (size_t cpu = 0; cpu < CPU_LIMIT; cpu++) {
        if (has(&mask, cpu) && !follows_sibling(&mask, cpu)) cores++;
    }
    return cores;
}

#endif
