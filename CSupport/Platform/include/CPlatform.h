// System calls that Swift cannot make itself: variadic, or behind a feature macro.
#pragma once

#include <stdint.h>

#pragma GCC visibility push(hidden)

/// Opens a nameless file for reading and writing that disappears with its last descriptor.
///
/// In memory where the system has memfd_create, else an unlinked file in $TMPDIR (or /tmp).
/// Returns a close-on-exec descriptor, or -1 with errno set.
int swl_anonymous_file(const char *label);

/// Creates a file for writing that is known as unfinished; one that exists already is an error.
///
/// Returns a close-on-exec descriptor, or -1 with errno set.
int swl_unfinished_create(const char *path);

/// Gives an unfinished file its name, which replaces what has it. Returns 0, or -1 with errno set.
int swl_unfinished_rename(const char *path, const char *target);

/// Removes an unfinished file.
void swl_unfinished_remove(const char *path);

/// Removes all unfinished files of this process, which is to end: no other is created or renamed from now on, and a
/// thread that tries waits.
void swl_unfinished_remove_all(void);

/// Nanoseconds since some moment of the past, on a clock that nobody sets.
int64_t swl_nanoseconds(void);

#pragma GCC visibility pop
