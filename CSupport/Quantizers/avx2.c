#if defined(__x86_64__)

#include "search.h"

#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)

#define LANES 8
#include "search/plain.h"
#include "search/powers.h"
#include "search/super.h"
#include "search/table.h"

SEARCH_TABLE(avx2)

#pragma clang attribute pop

#endif
