// CPU quotas of cgroups: the texts of the kernel's files, parsed, and the walk from the process's group to the root.
#include "swl_cpus.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// A part of a text, not terminated.
typedef struct part {
    const char *start;
    size_t length;
} part;

// Takes what stands before the next `separator`, or all the rest; false when the text is used up.
static bool take(const char **text, char separator, part *taken) {
    if (**text == '\0') return false;
    const char *end = strchr(*text, separator);
    taken->start = *text;
    taken->length = end != NULL ? (size_t)(end - *text) : strlen(*text);
    *text += taken->length + (end != NULL);
    return true;
}

static bool equals(part p, const char *text) {
    return p.length == strlen(text) && memcmp(p.start, text, p.length) == 0;
}

// Whether `item` is one of the parts that commas separate.
static bool lists(part list, const char *item) {
    size_t length = strlen(item), begin = 0;
    for (size_t i = 0; i <= list.length; i++) {
        if (i < list.length && list.start[i] != ',') continue;
        if (i - begin == length && memcmp(list.start + begin, item, length) == 0) return true;
        begin = i + 1;
    }
    return false;
}

static bool copy(part p, char out[SWL_PATH_LIMIT]) {
    if (p.length >= SWL_PATH_LIMIT) return false;
    memcpy(out, p.start, p.length);
    out[p.length] = '\0';
    return true;
}

static bool is_octal(char c) {
    return c >= '0' && c <= '7';
}

// mountinfo writes a blank, tab, line feed and backslash of a path as a backslash and three octal digits.
static bool copy_unescaped(part p, char out[SWL_PATH_LIMIT]) {
    size_t n = 0;
    for (size_t i = 0; i < p.length; i++) {
        if (n + 1 >= SWL_PATH_LIMIT) return false;
        const char *s = p.start + i;
        if (*s == '\\' && p.length - i > 3 && is_octal(s[1]) && is_octal(s[2]) && is_octal(s[3])) {
            out[n++] = (char)((s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0'));
            i += 3;
        } else {
            out[n++] = *s;
        }
    }
    out[n] = '\0';
    return true;
}

// Lines "hierarchy:controllers:path"; version 2's is "0::path".
bool swl_cgroup_path(const char *text, swl_cgroup_version version, char path[SWL_PATH_LIMIT]) {
    part line;
    while (take(&text, '\n', &line)) {
        const char *first = memchr(line.start, ':', line.length);
        if (first == NULL) continue;
        const char *end = line.start + line.length;
        const char *second = memchr(first + 1, ':', (size_t)(end - first - 1));
        if (second == NULL) continue;

        part hierarchy = {line.start, (size_t)(first - line.start)};
        part controllers = {first + 1, (size_t)(second - first - 1)};
        bool found = version == SWL_CGROUP_V2 ? equals(hierarchy, "0") && controllers.length == 0
                                              : lists(controllers, "cpu");
        if (found) return copy((part){second + 1, (size_t)(end - second - 1)}, path);
    }
    return false;
}

// Lines "id parent device group folder options [optional ...] - type source superoptions".
bool swl_cgroup_mount(const char *text, swl_cgroup_version version, char folder[SWL_PATH_LIMIT],
                      char group[SWL_PATH_LIMIT]) {
    enum { GROUP = 3, FOLDER = 4, TYPE = 0, SUPER_OPTIONS = 2 };
    part line;
    while (take(&text, '\n', &line)) {
        part before[6] = {{0}}, after[3] = {{0}};
        size_t before_count = 0, after_count = 0;
        bool dash = false;
        const char *field = line.start, *end = line.start + line.length;
        while (field < end) {
            const char *blank = memchr(field, ' ', (size_t)(end - field));
            if (blank == NULL) blank = end;
            part p = {field, (size_t)(blank - field)};
            if (dash) {
                if (after_count < 3) after[after_count++] = p;
            } else if (before_count < 6) {
                before[before_count++] = p;
            } else {
                dash = equals(p, "-");
            }
            field = blank + 1;
        }
        if (after_count < 3) continue;
        bool found = version == SWL_CGROUP_V2
                         ? equals(after[TYPE], "cgroup2")
                         : equals(after[TYPE], "cgroup") && lists(after[SUPER_OPTIONS], "cpu");
        if (found) return copy_unescaped(before[FOLDER], folder) && copy_unescaped(before[GROUP], group);
    }
    return false;
}

// A decimal number and where it ends; false for anything else, and when it is over 10^15.
static bool number(const char **text, uint64_t *value) {
    const char *digit = *text;
    *value = 0;
    for (; *digit >= '0' && *digit <= '9'; digit++) {
        *value = *value * 10 + (uint64_t)(*digit - '0');
        if (*value > 1000000000000000) return false;
    }
    bool any = digit != *text;
    *text = digit;
    return any;
}

static bool at_end(const char *text) {
    return *text == '\0' || *text == '\n';
}

static uint32_t cpus(uint64_t quota, uint64_t period) {
    if (quota == 0 || period == 0) return 0;
    uint64_t whole = quota / period;
    if (whole < 1) return 1;
    return whole < UINT32_MAX ? (uint32_t)whole : UINT32_MAX;
}

// "quota period" in microseconds; "max period" is no limit.
uint32_t swl_cgroup_v2_quota(const char *cpu_max) {
    uint64_t quota, period;
    if (!number(&cpu_max, &quota) || *cpu_max != ' ') return 0;
    cpu_max++;
    return number(&cpu_max, &period) && at_end(cpu_max) ? cpus(quota, period) : 0;
}

// Two files of one number each; a quota of -1 is no limit.
uint32_t swl_cgroup_v1_quota(const char *quota_us, const char *period_us) {
    uint64_t quota, period;
    bool valid = number(&quota_us, &quota) && at_end(quota_us) && number(&period_us, &period) && at_end(period_us);
    return valid ? cpus(quota, period) : 0;
}

// Reads the start of a file as text; false when there is none, or its path is too long.
static bool read_text(const char *root, const char *folder, const char *name, char *text, size_t capacity) {
    char path[2 * SWL_PATH_LIMIT];
    int length = snprintf(path, sizeof path, "%s%s/%s", root, folder, name);
    if (length < 0 || (size_t)length >= sizeof path) return false;
    FILE *file = fopen(path, "re");
    if (file == NULL) return false;
    size_t count = fread(text, 1, capacity - 1, file);
    fclose(file);
    text[count] = '\0';
    return count > 0;
}

// The quota of one group, given by its folder.
static uint32_t group_quota(const char *root, const char *folder, swl_cgroup_version version) {
    char quota[64], period[64];
    if (version == SWL_CGROUP_V2) {
        return read_text(root, folder, "cpu.max", quota, sizeof quota) ? swl_cgroup_v2_quota(quota) : 0;
    }
    if (!read_text(root, folder, "cpu.cfs_quota_us", quota, sizeof quota)) return 0;
    if (!read_text(root, folder, "cpu.cfs_period_us", period, sizeof period)) return 0;
    return swl_cgroup_v1_quota(quota, period);
}

// Appends to the mount's folder the part of the process's path that lies below the group which the mount shows. Without
// one (a container sees its own group as the mount's root, yet its path from outside) the folder itself is the group.
static void append_below(char folder[SWL_PATH_LIMIT], const char *group, const char *path) {
    size_t length = strlen(group);
    if (length == 1 && group[0] == '/') length = 0;
    if (strncmp(path, group, length) != 0) return;
    const char *below = path + length;
    bool is_below = below[0] == '/' && below[1] != '\0' && strstr(below, "/..") == NULL;
    if (is_below && strlen(folder) + strlen(below) < SWL_PATH_LIMIT) strcat(folder, below);
}

// The least quota from the process's group up to the mount's folder.
static uint32_t hierarchy_cpus(const char *root, const char *groups, const char *mounts, swl_cgroup_version version) {
    char path[SWL_PATH_LIMIT], folder[SWL_PATH_LIMIT], group[SWL_PATH_LIMIT];
    if (!swl_cgroup_path(groups, version, path) || !swl_cgroup_mount(mounts, version, folder, group)) return 0;
    size_t mount_length = strlen(folder);
    append_below(folder, group, path);

    uint32_t least = 0;
    for (;;) {
        uint32_t quota = group_quota(root, folder, version);
        if (quota != 0 && (least == 0 || quota < least)) least = quota;
        char *slash = strrchr(folder, '/');
        if (slash == NULL || slash < folder + mount_length) return least;
        *slash = '\0';
    }
}

uint32_t swl_cgroup_cpus(const char *root) {
    enum { GROUPS_BYTES = 1 << 14, MOUNTS_BYTES = 1 << 20 };  // a busy container host mounts hundreds of layers
    uint32_t least = 0;
    char *groups = malloc(GROUPS_BYTES), *mounts = malloc(MOUNTS_BYTES);
    if (groups != NULL && mounts != NULL && read_text(root, "/proc/self", "cgroup", groups, GROUPS_BYTES) &&
        read_text(root, "/proc/self", "mountinfo", mounts, MOUNTS_BYTES)) {
        uint32_t v1 = hierarchy_cpus(root, groups, mounts, SWL_CGROUP_V1);
        uint32_t v2 = hierarchy_cpus(root, groups, mounts, SWL_CGROUP_V2);
        least = v1 != 0 && (v2 == 0 || v1 < v2) ? v1 : v2;
    }
    free(groups);
    free(mounts);
    return least;
}
