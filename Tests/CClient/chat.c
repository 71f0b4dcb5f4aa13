// chat MODEL QUESTION...: prints each answer, the most probable one, on a line.
#include "client.h"

typedef struct pieces {
    char text[4096];
    size_t size;
    uint64_t calls;
} pieces;

static int32_t collect(void *user, const char *text, size_t size, int32_t token) {
    pieces *some = (pieces *)user;
    CHECK(token >= -1 && text[size] == 0 && some->size + size < sizeof some->text);
    memcpy(some->text + some->size, text, size);
    some->size += size;
    some->calls++;
    return SWIFTLET_CONTINUE;
}

static int32_t stop(void *user, const char *text, size_t size, int32_t token) {
    (void)text;
    (void)size;
    (void)token;
    ++*(int *)user;
    return SWIFTLET_STOP;
}

int main(int argc, char **argv) {
    if (argc < 3) return 2;
    swiftlet_error *error = NULL;
    swiftlet_model *model = NULL;
    swiftlet_chat *chat = NULL, *copy = NULL;
    MUST(swiftlet_model_open(argv[1], NULL, &model, &error));
    MUST(swiftlet_chat_open(model, NULL, &chat, &error));

    swiftlet_sampling_options sampling;
    CLEAR(sampling);
    sampling.greedy = SWIFTLET_YES;
    swiftlet_generation_options options;
    CLEAR(options);
    options.sampling = &sampling;

    for (int index = 2; index < argc; index++) {
        swiftlet_generation result;
        CLEAR(result);
        swiftlet_buffer *text = NULL;
        pieces some;
        memset(&some, 0, sizeof some);
        MUST(swiftlet_chat_respond(
            chat, argv[index], strlen(argv[index]), &options, collect, &some, &result, &text, &error));
        const char *answer = swiftlet_buffer_data(text);
        CHECK(answer && strlen(answer) == swiftlet_buffer_size(text));
        CHECK(result.end == SWIFTLET_END_MODEL && result.generated_tokens > 0 && some.calls > 0);
        // The pieces make up the answer.
        CHECK(some.size == swiftlet_buffer_size(text) && memcmp(some.text, answer, some.size) == 0);
        uint64_t count = 0;
        MUST(swiftlet_chat_count(chat, &count, &error));
        CHECK(count == 2 * (uint64_t)(index - 1));
        char shown[4096];
        size_t needed = 0;
        uint32_t speaker = 0;
        MUST(swiftlet_chat_message(chat, count - 1, &speaker, shown, sizeof shown, &needed, &error));
        CHECK(speaker == SWIFTLET_SPEAKER_ASSISTANT && needed == strlen(shown));
        printf("%s\n", shown);

        // A saved conversation goes on in another chat with the same answer.
        swiftlet_buffer *state = NULL;
        MUST(swiftlet_chat_save(chat, &state, &error));
        MUST(swiftlet_chat_open(model, NULL, &copy, &error));
        MUST(swiftlet_chat_restore(copy, swiftlet_buffer_data(state), swiftlet_buffer_size(state), &error));
        MUST(swiftlet_chat_truncate(copy, count - 2, &error));
        swiftlet_buffer *again = NULL;
        MUST(swiftlet_chat_respond(
            copy, argv[index], strlen(argv[index]), &options, NULL, NULL, NULL, &again, &error));
        CHECK(strcmp(swiftlet_buffer_data(again), answer) == 0);
        // A callback that wants no more ends the answer.
        int calls = 0;
        MUST(swiftlet_chat_respond(copy, argv[index], strlen(argv[index]), &options, stop, &calls, &result, NULL, &error));
        CHECK(calls == 1 && result.end == SWIFTLET_END_CALLBACK);
        swiftlet_buffer_release(again);
        swiftlet_buffer_release(state);
        swiftlet_buffer_release(text);
        swiftlet_chat_release(copy);
    }
    swiftlet_model_release(model);
    swiftlet_chat_release(chat);
    return 0;
}
