#define _GNU_SOURCE

#include "CPlatform.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct name {
    struct name *next;
    char path[];
};

static struct name *names;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void enter(void) { pthread_mutex_lock(&lock); }

static void leave(void) { pthread_mutex_unlock(&lock); }

// A forked child did not begin its parent's files.
static void leave_in_child(void) {
    while (names) {
        struct name *first = names;
        names = first->next;
        free(first);
    }
    leave();
}

static void register_fork_handlers(void) { pthread_atfork(enter, leave, leave_in_child); }

static void forget(const char *path) {
    for (struct name **place = &names; *place; place = &(*place)->next) {
        struct name *found = *place;
        if (strcmp(found->path, path) != 0) continue;
        *place = found->next;
        free(found);
        return;
    }
}

int swl_unfinished_create(const char *path) {
    pthread_once(&once, register_fork_handlers);
    size_t size = strlen(path) + 1;
    struct name *name = malloc(sizeof *name + size);
    if (!name) {
        errno = ENOMEM;
        return -1;
    }
    memcpy(name->path, path, size);
    enter();
    int descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    int error = errno;
    if (descriptor >= 0) {
        name->next = names;
        names = name;
    } else {
        free(name);
    }
    leave();
    errno = error;
    return descriptor;
}

int swl_unfinished_rename(const char *path, const char *target) {
    enter();
    int failed = rename(path, target);
    int error = errno;
    if (!failed) forget(path);
    leave();
    errno = error;
    return failed;
}

void swl_unfinished_remove(const char *path) {
    enter();
    unlink(path);
    forget(path);
    leave();
}

void swl_unfinished_remove_all(void) {
    enter();
    for (const struct name *name = names; name; name = name->next) unlink(name->path);
}
