// traces MODEL_OF_DECODER: what a model computes on a text, and wrong arguments of the functions that tell it.
#include "client.h"

static long count;

static void wrong_openings(swiftlet_model *decoder) {
    swiftlet_error *error = NULL;
    swiftlet_trace *trace = NULL;
    swiftlet_trace_options options;
    CLEAR(options);
    FAILS(SWIFTLET_ERROR_ARGUMENT, swiftlet_trace_open(decoder, "a", 1, NULL, NULL, &error));
    FAILS(SWIFTLET_ERROR_ARGUMENT, swiftlet_trace_open(decoder, NULL, 5, NULL, &trace, &error));
    FAILS(SWIFTLET_ERROR_UTF8, swiftlet_trace_open(decoder, "\xff", 1, NULL, &trace, &error));
    FAILS(SWIFTLET_ERROR_ARGUMENT, swiftlet_trace_open_tokens(decoder, NULL, 5, NULL, &trace, &error));
    const int32_t far[] = {1, INT32_MAX};
    FAILS(SWIFTLET_ERROR_ARGUMENT, swiftlet_trace_open_tokens(decoder, far, 2, NULL, &trace, &error));
    const uint32_t layers[] = {0, UINT32_MAX};
    options.layers = layers;
    options.layer_count = UINT64_MAX;
    FAILS(SWIFTLET_ERROR_ARGUMENT, swiftlet_trace_open(decoder, "a", 1, &options, &trace, &error));
    CLEAR(options);
    const char *const parts[] = {"H1", "L-1", "L0H", "L99999999999999999999", "L4096", "L0H4096"};
    for (size_t index = 0; index < sizeof parts / sizeof *parts; index++) {
        options.ablate = parts[index];
        FAILS(SWIFTLET_ERROR_ARGUMENT, swiftlet_trace_open(decoder, "a", 1, &options, &trace, &error));
    }
    CHECK(trace == NULL);
}

static void wrong_reads(swiftlet_model *decoder) {
    swiftlet_error *error = NULL;
    swiftlet_trace *trace = NULL;
    swiftlet_trace_options options;
    static float vectors[4096];
    const uint32_t layers[] = {0, UINT32_MAX};
    CLEAR(options);
    options.layers = layers;  // one that is not there is none
    options.layer_count = 2;
    MUST(swiftlet_trace_open(decoder, "one two one two", 15, &options, &trace, &error));
    swiftlet_trace_stage stage;
    CLEAR(stage);
    MUST(swiftlet_trace_get_stage(trace, 0, &stage, &error));
    CHECK(stage.attention_count == 1 && stage.position_count > 1 && stage.is_decoder == 1);
    swiftlet_trace_attention attention;
    CLEAR(attention);
    MUST(swiftlet_trace_get_attention(trace, 0, 0, &attention, &error));
    CHECK(attention.row_count == stage.position_count && attention.column_count == stage.position_count);
    size_t needed = 0;
    uint64_t shape[3] = {9, 9, 9};
    MUST(swiftlet_trace_read(trace, SWIFTLET_TRACE_ATTENTION, 0, 0, NULL, 0, &needed, shape, &error));
    CHECK(needed == shape[0] * shape[1] * shape[2] && shape[0] == attention.head_count);
    FAILS(SWIFTLET_ERROR_BUFFER,
          swiftlet_trace_read(trace, SWIFTLET_TRACE_ATTENTION, 0, 0, vectors, needed - 1, NULL, NULL, &error));
    float *weights = (float *)malloc(needed * sizeof(float));
    CHECK(weights);
    MUST(swiftlet_trace_read(trace, SWIFTLET_TRACE_ATTENTION, 0, 0, weights, needed, NULL, NULL, &error));
    for (size_t row = 0; row < needed; row += shape[2]) {
        float sum = 0;
        for (size_t column = 0; column < shape[2]; column++) sum += weights[row + column];
        CHECK(sum > 0.999f && sum < 1.001f);
    }
    free(weights);
    for (uint32_t array = 0; array < 12; array++) {
        for (uint32_t number = 0; number < 3; number++) {
            swiftlet_status status = swiftlet_trace_read(
                trace, array, number, UINT64_MAX, NULL, 0, &needed, NULL, NULL);
            CHECK(number == 0 || status == SWIFTLET_ERROR_NOT_FOUND);
            count++;
        }
    }
    FAILS(SWIFTLET_ERROR_ARGUMENT, swiftlet_trace_read(trace, 0, 0, 0, NULL, 0, NULL, NULL, &error));
    FAILS(SWIFTLET_ERROR_NOT_FOUND,
          swiftlet_trace_read(trace, SWIFTLET_TRACE_ROLLOUT, 0, 0, NULL, 0, NULL, NULL, &error));
    FAILS(SWIFTLET_ERROR_NOT_FOUND, swiftlet_trace_tokens(trace, 1, NULL, 0, NULL, &error));
    FAILS(SWIFTLET_ERROR_ARGUMENT,
          swiftlet_trace_lens(trace, layers, 2, 1, NULL, NULL, vectors, NULL, NULL, 4096, NULL, &error));
    FAILS(SWIFTLET_ERROR_ARGUMENT,
          swiftlet_trace_lens(trace, layers, 1, SIZE_MAX, NULL, NULL, vectors, NULL, NULL, 4096, NULL, &error));
    MUST(swiftlet_trace_lens(trace, layers, 1, 1, NULL, NULL, vectors, NULL, NULL, 4096, &needed, &error));
    CHECK(needed == stage.position_count && vectors[0] <= 0);
    swiftlet_trace_release(trace);
    FAILS(SWIFTLET_ERROR_HANDLE, swiftlet_trace_tokens(trace, 0, NULL, 0, NULL, &error));
    swiftlet_trace_release(trace);
}

int main(int argc, char **argv) {
    if (argc != 2) return 2;
    swiftlet_error *error = NULL;
    swiftlet_model *decoder = NULL;
    CHECK(swiftlet_has("trace"));
    MUST(swiftlet_model_open(argv[1], NULL, &decoder, &error));
    wrong_openings(decoder);
    wrong_reads(decoder);
    swiftlet_model_release(decoder);
    printf("%ld wrong calls\n", count);
    return 0;
}
