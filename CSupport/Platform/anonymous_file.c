#define _GNU_SOURCE

#include "CPlatform.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/mman.h>
#endif

static int unlinked_temporary_file(void) {
    const char *directory = getenv("TMPDIR");
    char path[4096];
    int length = snprintf(path, sizeof path, "%s/swiftlet-XXXXXX", directory && *directory ? directory : "/tmp");
    if (length < 0 || (size_t)length >= sizeof path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    int descriptor = mkostemp(path, O_CLOEXEC);
    if (descriptor >= 0) unlink(path);
    return descriptor;
}

int swl_anonymous_file(const char *label) {
#ifdef MFD_CLOEXEC
    int descriptor = memfd_create(label, MFD_CLOEXEC);
    // A kernel without the call, or a sandbox that filters it: a file on disk does as well.
    if (descriptor >= 0 || (errno != ENOSYS && errno != EPERM)) return descriptor;
#else
    (void)label;
#endif
    return unlinked_temporary_file();
}
