#if defined(__x86_64__)

#include "search.h"

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq"))), apply_to = function)

#define LANES 16
#include "search/plain.h"
#include "search/powers.h"
#include "search/super.h"
#include "search/table.h"

SEARCH_TABLE(avx512)

#pragma clang attribute pop

#endif
