// For every CPU: SSE2 and NEON have vectors of four.
#define LANES 4
#include "search/plain.h"
#include "search/powers.h"
#include "search/super.h"
#include "search/table.h"

SEARCH_TABLE(portable)
