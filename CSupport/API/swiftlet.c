#include "swiftlet.h"  // compiled as C: SwiftPM wants a source, and the header stays clean

#include <stddef.h>

// Options of classifiers, rerankers and taggers are read by one piece of code: what they have alike stands at one place.
#define SAME_PLACE(type, field) \
    _Static_assert(offsetof(type, field) == offsetof(swiftlet_classifier_options, field), #type "." #field)
#define SAME_PLACES(type) \
    SAME_PLACE(type, threads); SAME_PLACE(type, max_tokens); SAME_PLACE(type, overflow); \
    SAME_PLACE(type, batch_tokens); SAME_PLACE(type, instruction_set); SAME_PLACE(type, parse_special); \
    SAME_PLACE(type, adapters); SAME_PLACE(type, adapter_scales); SAME_PLACE(type, adapter_count)

SAME_PLACES(swiftlet_reranker_options);
SAME_PLACES(swiftlet_tagger_options);
