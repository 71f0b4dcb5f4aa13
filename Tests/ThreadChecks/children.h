// Checks in forked children.
#ifndef CHILDREN_H
#define CHILDREN_H

#include <stdbool.h>

// Forks; in the child `check` decides on the exit status. Whether the child found all right, within a minute.
bool right_in_child(bool (*check)(void *), void *context);

#endif
