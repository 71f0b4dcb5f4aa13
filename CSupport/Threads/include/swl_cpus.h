// What `swl_default_threads` goes by, each part on its own so that tests can give it other answers than this machine's.
//
// Nothing here fails: what is missing, unreadable or makes no sense says nothing, and is passed over.
#ifndef SWL_CPUS_H
#define SWL_CPUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(hidden)

// CPUs that the calling thread may run on; at least 1.
uint32_t swl_usable_cpus(void);

// Cores that those CPUs belong to (two hardware threads of one core count once); at least 1.
uint32_t swl_usable_cores(void);

// A whole number from 1 to 1024 in decimal digits and nothing else; 0 for any other text, and for NULL.
uint32_t swl_thread_count(const char *text);

// CPUs that the CPU quotas of this process's cgroup and of those around it allow: the least of them, rounded down, at
// least 1; 0 when there is no quota. Reads `<root>/proc/self/cgroup`, `<root>/proc/self/mountinfo` and the quota files
// below `<root>`; the root is "" but for tests. (Linux Documentation/admin-guide/cgroup-v2.rst, cgroup-v1/)
uint32_t swl_cgroup_cpus(const char *root);

// Version of the cgroup hierarchy that controls CPU time.
typedef enum swl_cgroup_version { SWL_CGROUP_V1 = 1, SWL_CGROUP_V2 = 2 } swl_cgroup_version;

enum { SWL_PATH_LIMIT = 4096 };

// The process's group within the hierarchy, from the text of /proc/self/cgroup.
bool swl_cgroup_path(const char *text, swl_cgroup_version version, char path[SWL_PATH_LIMIT]);

// Where the hierarchy is mounted, and which group that folder shows, from the text of /proc/self/mountinfo.
bool swl_cgroup_mount(const char *text, swl_cgroup_version version, char folder[SWL_PATH_LIMIT],
                      char group[SWL_PATH_LIMIT]);

// CPUs that a quota allows, rounded down, at least 1; 0 when it says nothing.
uint32_t swl_cgroup_v2_quota(const char *cpu_max);
uint32_t swl_cgroup_v1_quota(const char *quota_us, const char *period_us);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
