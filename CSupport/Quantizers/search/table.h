// The table of an ISA's searches.
#define SEARCH_TABLE(isa)                                                                                       \
    const swl_search swl_search_##isa = {                                                                       \
        .name = #isa,                                                                                           \
        .rows = {                                                                                               \
            [SWL_Q4_0] = rows_q4_0, [SWL_Q4_1] = rows_q4_1, [SWL_Q5_0] = rows_q5_0, [SWL_Q5_1] = rows_q5_1,     \
            [SWL_Q8_0] = rows_q8_0, [SWL_Q2_K] = rows_q2_k, [SWL_Q3_K] = rows_q3_k, [SWL_Q4_K] = rows_q4_k,     \
            [SWL_Q5_K] = rows_q5_k, [SWL_Q6_K] = rows_q6_k, [SWL_IQ4_NL] = rows_iq4_nl,                         \
            [SWL_IQ4_XS] = rows_iq4_xs, [SWL_MXFP4] = rows_mxfp4,                                               \
            [SWL_TQ1_0] = swl_rows_tq1_0, [SWL_TQ2_0] = swl_rows_tq2_0,                                         \
        },                                                                                                      \
    };
