// A run whose result is known: numbers are filled in by chunks, met at a barrier, and summed.
#ifndef SUMS_H
#define SUMS_H

#include <stdbool.h>

#include "swl_threads.h"

// One run on the pool; whether its sums were right.
bool sums_are_right(swl_pool *pool);

#endif
