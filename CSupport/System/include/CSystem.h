// System calls that Swift cannot make itself: variadic, or behind a feature macro.
#pragma once

#include <stdint.h>

#pragma GCC visibility push(hidden)

/// Opens a nameless file for reading and writing that disappears with its last descriptor.
///
/// In memory where the system has memfd_create, else an unlinked file in $TMPDIR (or /tmp).
/// Returns a close-on-exec descriptor, or -1 with errno set.
int swl_anonymous_file(const char *label);

/// Nanoseconds since some moment of the past, on a clock that nobody sets.
int64_t swl_nanoseconds(void);

#pragma GCC visibility pop
