// errors MODEL_OF_ENCODER MODEL_OF_DECODER: wrong arguments of every kind. Each must be an error with a message, and
// leave all that was right before as it was.
#include "client.h"

static long count;

// Invalid handles: numbers, addresses.
static void *nonsense(int index) {
    static int variable;
    const uintptr_t values[] = {1, 2, 8, 0x1000, 0xdeadbeef, UINTPTR_MAX, UINTPTR_MAX - 7, (uintptr_t)&variable};
    return (void *)values[index];
}

enum { NONSENSE_COUNT = 8, DIMENSIONS = 4096 };

static float vectors[2 * DIMENSIONS];

static swiftlet_texts two_texts(void) {
    static const char *const strings[] = {"The cat sat on the mat.", "A feline rested on the rug."};
    swiftlet_texts texts;
    CLEAR(texts);
    texts.count = 2;
    texts.strings = strings;
    return texts;
}

static void wrong_handles(swiftlet_model *model, swiftlet_embedder *embedder, swiftlet_session *session) {
    swiftlet_error *error = NULL;
    swiftlet_texts texts = two_texts();
    swiftlet_embedder *opened = NULL;
    for (int index = -1; index < NONSENSE_COUNT + 3; index++) {
        void *handles[] = {model, embedder, session};
        void *handle = index < 0 ? NULL : index < NONSENSE_COUNT ? nonsense(index) : handles[index - NONSENSE_COUNT];
        if (handle != model) {
            swiftlet_model *no_model = (swiftlet_model *)handle;
            FAILS(SWIFTLET_ERROR_HANDLE, swiftlet_embedder_open(no_model, NULL, &opened, &error));
            FAILS(SWIFTLET_ERROR_HANDLE, swiftlet_model_retain(no_model, &error));
            FAILS(SWIFTLET_ERROR_HANDLE, swiftlet_tokenize(no_model, "a", 1, 0, NULL, 0, NULL, &error));
            CHECK(!swiftlet_token_is_end(no_model, 0));
            swiftlet_model_release(no_model);
        }
        if (handle != embedder) {
            swiftlet_embedder *no_embedder = (swiftlet_embedder *)handle;
            FAILS(SWIFTLET_ERROR_HANDLE, swiftlet_embed(no_embedder, &texts, NULL, NULL, 0, NULL, &error));
            swiftlet_embedder_release(no_embedder);
        }
        if (handle != session) {
            swiftlet_session *no_session = (swiftlet_session *)handle;
            FAILS(SWIFTLET_ERROR_HANDLE, swiftlet_session_step(no_session, 1, &error));
            FAILS(SWIFTLET_ERROR_HANDLE, swiftlet_session_logits(no_session, NULL, 0, NULL, &error));
            swiftlet_session_release(no_session);
        }
        swiftlet_chat *no_chat = (swiftlet_chat *)handle;
        FAILS(SWIFTLET_ERROR_HANDLE,
              swiftlet_chat_respond(no_chat, "a", 1, NULL, NULL, NULL, NULL, NULL, &error));
        swiftlet_chat_release(no_chat);
        swiftlet_transcriber *no_transcriber = (swiftlet_transcriber *)handle;
        FAILS(SWIFTLET_ERROR_HANDLE, swiftlet_transcribe(
            no_transcriber, vectors, 1, 0, NULL, NULL, NULL, NULL, NULL, &error));
        swiftlet_transcriber_release(no_transcriber);
        swiftlet_reranker *no_reranker = (swiftlet_reranker *)handle;
        FAILS(SWIFTLET_ERROR_HANDLE, swiftlet_rerank(no_reranker, "a", 1, &texts, NULL, NULL, 0, NULL, &error));
        swiftlet_reranker_release(no_reranker);
        swiftlet_classifier *no_classifier = (swiftlet_classifier *)handle;
        FAILS(SWIFTLET_ERROR_HANDLE,
              swiftlet_classify(no_classifier, &texts, NULL, NULL, NULL, NULL, 0, NULL, &error));
        swiftlet_classifier_release(no_classifier);
        swiftlet_zero_shot *no_zero_shot = (swiftlet_zero_shot *)handle;
        FAILS(SWIFTLET_ERROR_HANDLE,
              swiftlet_zero_shot_classify(no_zero_shot, &texts, &texts, NULL, NULL, 0, NULL, &error));
        swiftlet_zero_shot_release(no_zero_shot);
        swiftlet_tagger *no_tagger = (swiftlet_tagger *)handle;
        FAILS(SWIFTLET_ERROR_HANDLE, swiftlet_tag(no_tagger, &texts, NULL, NULL, NULL, &error));
        swiftlet_tagger_release(no_tagger);
        swiftlet_trace *no_trace = (swiftlet_trace *)handle;
        FAILS(SWIFTLET_ERROR_HANDLE, swiftlet_trace_read(
            no_trace, SWIFTLET_TRACE_LOGITS, 0, 0, NULL, 0, NULL, NULL, &error));
        swiftlet_trace_release(no_trace);
        swiftlet_cancellation_cancel((swiftlet_cancellation *)handle);
        swiftlet_cancellation_release((swiftlet_cancellation *)handle);
        swiftlet_buffer *no_buffer = (swiftlet_buffer *)handle;
        CHECK(swiftlet_buffer_data(no_buffer) == NULL && swiftlet_buffer_size(no_buffer) == 0);
        swiftlet_buffer_release(no_buffer);
        swiftlet_error_release((swiftlet_error *)handle);
        count += 14;
    }
    CHECK(opened == NULL);
}

static void wrong_models(const char *path) {
    swiftlet_error *error = NULL;
    swiftlet_model *model = NULL;
    FAILS(SWIFTLET_ERROR_ARGUMENT, swiftlet_model_open(NULL, NULL, &model, &error));
    FAILS(SWIFTLET_ERROR_ARGUMENT, swiftlet_model_open(path, NULL, NULL, &error));
    FAILS(SWIFTLET_ERROR_FILE, swiftlet_model_open("", NULL, &model, &error));
    FAILS(SWIFTLET_ERROR_FILE, swiftlet_model_open("/no/such/file", NULL, &model, &error));
    FAILS(SWIFTLET_ERROR_FILE, swiftlet_model_open("/dev/null", NULL, &model, &error));
    FAILS(SWIFTLET_ERROR_FILE, swiftlet_model_open("/", NULL, &model, &error));
    FAILS(SWIFTLET_ERROR_UTF8, swiftlet_model_open("\xff\xfe", NULL, &model, &error));
    FAILS(SWIFTLET_ERROR_ARGUMENT, swiftlet_model_open_memory(NULL, 100, NULL, &model, &error));
    FAILS(SWIFTLET_ERROR_ARGUMENT, swiftlet_model_open_memory((const void *)64, SIZE_MAX, NULL, &model, &error));
    CHECK(model == NULL);
    // Without an error object, and with wrong sizes of options.
    CHECK(swiftlet_model_open(NULL, NULL, NULL, NULL) == SWIFTLET_ERROR_ARGUMENT);
    swiftlet_model_options options;
    CLEAR(options);
    const uint32_t sizes[] = {0, 1, 3};
    for (size_t index = 0; index < sizeof sizes / sizeof *sizes; index++) {
        options.struct_size = sizes[index];
        FAILS(SWIFTLET_ERROR_ARGUMENT, swiftlet_model_open(path, &options, &model, &error));
    }
}

// Files that end early, or in which bytes are others: an error, or a model; nothing else.
static void damaged_models(const char *path) {
    size_t size = 0;
    char *bytes = read_file(path, &size);
    char *memory = (char *)malloc(size + 64);
    CHECK(memory);
    char *aligned = memory + (64 - (uintptr_t)memory % 64) % 64;
    swiftlet_error *error = NULL;
    const size_t ends[] = {0, 1, 4, 8, 23, 24, 100, 1000, 10000, size / 2, size - 1};
    for (size_t index = 0; index < sizeof ends / sizeof *ends; index++) {
        swiftlet_model *model = NULL;
        memcpy(aligned, bytes, size);
        swiftlet_status status = swiftlet_model_open_memory(aligned, ends[index], NULL, &model, &error);
        CHECK(status != SWIFTLET_OK && model == NULL && *swiftlet_error_message(error));
        swiftlet_error_release(error);
        count++;
    }
    for (size_t place = 0; place < 6000; place += 37) {
        swiftlet_model *model = NULL;
        swiftlet_embedder *embedder = NULL;
        memcpy(aligned, bytes, size);
        aligned[place] = (char)(aligned[place] ^ (place % 2 ? 0xff : 0x01));
        swiftlet_status status = swiftlet_model_open_memory(aligned, size, NULL, &model, &error);
        CHECK((status == SWIFTLET_OK) == (model != NULL) && (status == SWIFTLET_OK) == (error == NULL));
        swiftlet_error_release(error);
        if (model && swiftlet_embedder_open(model, NULL, &embedder, NULL) == SWIFTLET_OK) {
            swiftlet_texts texts = two_texts();
            swiftlet_embed(embedder, &texts, NULL, vectors, 2 * DIMENSIONS, NULL, NULL);
        }
        swiftlet_embedder_release(embedder);
        swiftlet_model_release(model);
        count++;
    }
    free(memory);
    free(bytes);
}

static void wrong_texts(swiftlet_embedder *embedder) {
    swiftlet_error *error = NULL;
    size_t needed = 7;
    swiftlet_texts texts = two_texts();
    FAILS(SWIFTLET_ERROR_ARGUMENT, swiftlet_embed(embedder, NULL, NULL, vectors, 2 * DIMENSIONS, &needed, &error));
    FAILS(SWIFTLET_ERROR_BUFFER, swiftlet_embed(embedder, &texts, NULL, vectors, 1, &needed, &error));
    CHECK(needed > 1);
    FAILS(SWIFTLET_ERROR_BUFFER, swiftlet_embed(embedder, &texts, NULL, vectors, needed - 1, NULL, &error));
    FAILS(SWIFTLET_ERROR_ARGUMENT, swiftlet_embed(embedder, &texts, NULL, NULL, needed, NULL, &error));

    const char *const broken[] = {"right", NULL, "\xc3\x28"};
    texts.strings = broken;
    FAILS(SWIFTLET_ERROR_ARGUMENT, swiftlet_embed(embedder, &texts, NULL, vectors, 2 * DIMENSIONS, NULL, &error));
    texts.strings = broken + 2;
    texts.count = 1;
    FAILS(SWIFTLET_ERROR_UTF8, swiftlet_embed(embedder, &texts, NULL, vectors, 2 * DIMENSIONS, NULL, &error));
    texts = two_texts();
    texts.count = UINT64_MAX;
    FAILS(SWIFTLET_ERROR_ARGUMENT, swiftlet_embed(embedder, &texts, NULL, vectors, 2 * DIMENSIONS, NULL, &error));
    texts = two_texts();
    texts.strings = NULL;
    FAILS(SWIFTLET_ERROR_ARGUMENT, swiftlet_embed(embedder, &texts, NULL, vectors, 2 * DIMENSIONS, NULL, &error));

    const int32_t wrong[][3] = {{0, 9, 3}, {-1, 3, 5}, {0, 3, 6}, {0, INT32_MIN, 5}, {0, INT32_MAX, 5}};
    for (size_t index = 0; index < sizeof wrong / sizeof *wrong; index++) {
        texts = two_texts();
        texts.strings = NULL;
        texts.data = "abcde";
        texts.data_size = 5;
        texts.offsets32 = wrong[index];
        FAILS(SWIFTLET_ERROR_ARGUMENT, swiftlet_embed(embedder, &texts, NULL, vectors, 2 * DIMENSIONS, NULL, &error));
    }
    texts = two_texts();
    texts.offsets32 = wrong[0];  // two forms at once
    FAILS(SWIFTLET_ERROR_ARGUMENT, swiftlet_embed(embedder, &texts, NULL, vectors, 2 * DIMENSIONS, NULL, &error));

    // No text at all is none.
    texts = two_texts();
    texts.count = 0;
    MUST(swiftlet_embed(embedder, &texts, NULL, NULL, 0, &needed, &error));
    CHECK(needed == 0);

    // A status for each text: the others have their vectors.
    int32_t statuses[2] = {9, 9};
    swiftlet_embed_options options;
    CLEAR(options);
    options.statuses = statuses;
    const char *const half[] = {"\xff", "right"};
    texts = two_texts();
    texts.strings = half;
    MUST(swiftlet_embed(embedder, &texts, &options, vectors, 2 * DIMENSIONS, NULL, &error));
    CHECK(statuses[0] == SWIFTLET_ERROR_UTF8 && statuses[1] == SWIFTLET_OK && vectors[0] == 0);
    options.role = 99;
    FAILS(SWIFTLET_ERROR_ARGUMENT, swiftlet_embed(embedder, &texts, &options, vectors, 2 * DIMENSIONS, NULL, &error));
}

static void wrong_options(swiftlet_model *encoder, swiftlet_model *decoder) {
    swiftlet_error *error = NULL;
    swiftlet_embedder *embedder = NULL;
    swiftlet_embedder_options options;
    CLEAR(options);
    options.threads = UINT32_MAX;
    FAILS(SWIFTLET_ERROR_ARGUMENT, swiftlet_embedder_open(encoder, &options, &embedder, &error));
    CLEAR(options);
    options.dimensions = UINT64_MAX;
    FAILS(SWIFTLET_ERROR_ARGUMENT, swiftlet_embedder_open(encoder, &options, &embedder, &error));
    CLEAR(options);
    options.pooling = 77;
    FAILS(SWIFTLET_ERROR_ARGUMENT, swiftlet_embedder_open(encoder, &options, &embedder, &error));
    CLEAR(options);
    options.max_tokens = UINT64_MAX;
    swiftlet_embedder_open(encoder, &options, &embedder, NULL);
    swiftlet_embedder_release(embedder);
    embedder = NULL;
    CLEAR(options);
    options.instruction_set = "abacus";
    FAILS(SWIFTLET_ERROR_ARGUMENT, swiftlet_embedder_open(encoder, &options, &embedder, &error));

    // A struct from a future that knows more.
    struct {
        swiftlet_embedder_options known;
        char more[100];
    } future;
    memset(&future, 0, sizeof future);
    future.known.struct_size = (uint32_t)sizeof future;
    MUST(swiftlet_embedder_open(encoder, &future.known, &embedder, &error));
    swiftlet_embedder_release(embedder);

    swiftlet_session *session = NULL;
    swiftlet_session_options session_options;
    CLEAR(session_options);
    session_options.context_length = UINT64_MAX;
    FAILS(SWIFTLET_ERROR_ARGUMENT, swiftlet_session_open(decoder, &session_options, &session, &error));
    CHECK(swiftlet_session_open(encoder, NULL, &session, &error) != SWIFTLET_OK && *swiftlet_error_message(error));
    swiftlet_error_release(error);
    swiftlet_chat *chat = NULL;
    swiftlet_chat_options chat_options;
    CLEAR(chat_options);
    chat_options.chat_template = "{% for";
    CHECK(swiftlet_chat_open(decoder, &chat_options, &chat, &error) != SWIFTLET_OK && *swiftlet_error_message(error));
    swiftlet_error_release(error);
    swiftlet_transcriber *transcriber = NULL;
    CHECK(swiftlet_transcriber_open(decoder, NULL, &transcriber, &error) != SWIFTLET_OK);
    swiftlet_error_release(error);
    CHECK(!session && !chat && !transcriber);
}

static void wrong_tokens(swiftlet_session *session) {
    swiftlet_error *error = NULL;
    int32_t token = 0;
    FAILS(SWIFTLET_ERROR_NOT_FOUND, swiftlet_session_sample(session, &token, &error));
    FAILS(SWIFTLET_ERROR_NOT_FOUND, swiftlet_session_logits(session, vectors, DIMENSIONS, NULL, &error));
    FAILS(SWIFTLET_ERROR_ARGUMENT, swiftlet_session_step(session, -1, &error));
    FAILS(SWIFTLET_ERROR_ARGUMENT, swiftlet_session_step(session, INT32_MAX, &error));
    FAILS(SWIFTLET_ERROR_ARGUMENT, swiftlet_session_prefill(session, NULL, 5, NULL, &error));
    FAILS(SWIFTLET_ERROR_ARGUMENT, swiftlet_session_rewind(session, 1, &error));
    swiftlet_session_info info;
    CLEAR(info);
    MUST(swiftlet_session_get_info(session, &info, &error));
    CHECK(info.position == 0 && !info.has_logits);

    // States that are damaged, cut short, or none.
    const int32_t tokens[] = {1, 2, 3, 4, 5};
    MUST(swiftlet_session_prefill(session, tokens, 5, NULL, &error));
    MUST(swiftlet_session_step(session, 6, &error));
    swiftlet_buffer *state = NULL;
    MUST(swiftlet_session_save(session, &state, &error));
    size_t size = swiftlet_buffer_size(state);
    char *bytes = (char *)malloc(size);
    CHECK(bytes);
    FAILS(SWIFTLET_ERROR_ARGUMENT, swiftlet_session_restore(session, NULL, 5, &error));
    for (size_t end = 1; end < size; end += end < 64 ? 1 : size / 16) {
        memcpy(bytes, swiftlet_buffer_data(state), size);
        FAILS(SWIFTLET_ERROR_FILE, swiftlet_session_restore(session, bytes, end, &error));
    }
    for (size_t place = 0; place < size; place += size / 64 + 1) {
        memcpy(bytes, swiftlet_buffer_data(state), size);
        bytes[place] = (char)(bytes[place] ^ 0x40);
        swiftlet_status status = swiftlet_session_restore(session, bytes, size, NULL);
        CHECK(status == SWIFTLET_OK || status == SWIFTLET_ERROR_FILE);
        count++;
    }
    MUST(swiftlet_session_restore(session, swiftlet_buffer_data(state), size, &error));
    MUST(swiftlet_session_get_info(session, &info, &error));
    CHECK(info.position == 6);
    free(bytes);
    swiftlet_buffer_release(state);
}

// Handles may be released in any order, and twice.
static void orders(const char *path) {
    swiftlet_error *error = NULL;
    swiftlet_texts texts = two_texts();
    for (int order = 0; order < 2; order++) {
        swiftlet_model *model = NULL;
        swiftlet_embedder *embedder = NULL;
        MUST(swiftlet_model_open(path, NULL, &model, &error));
        MUST(swiftlet_embedder_open(model, NULL, &embedder, &error));
        if (order) {
            swiftlet_embedder_release(embedder);
            FAILS(SWIFTLET_ERROR_HANDLE, swiftlet_embed(embedder, &texts, NULL, NULL, 0, NULL, &error));
            swiftlet_embedder_release(embedder);
        }
        swiftlet_model_release(model);
        FAILS(SWIFTLET_ERROR_HANDLE, swiftlet_model_retain(model, &error));
        swiftlet_model_release(model);
        if (!order) {
            MUST(swiftlet_embed(embedder, &texts, NULL, vectors, 2 * DIMENSIONS, NULL, &error));
            swiftlet_embedder_release(embedder);
            swiftlet_embedder_release(embedder);
        }
    }
}

static int32_t call_back(void *user, const char *text, size_t size, int32_t token) {
    (void)text;
    (void)size;
    (void)token;
    swiftlet_error *error = NULL;
    FAILS(SWIFTLET_ERROR_BUSY, swiftlet_session_step((swiftlet_session *)user, 1, &error));
    return SWIFTLET_STOP;
}

int main(int argc, char **argv) {
    if (argc != 3) return 2;
    swiftlet_error *error = NULL;
    swiftlet_model *encoder = NULL, *decoder = NULL;
    swiftlet_embedder *embedder = NULL;
    swiftlet_session *session = NULL;
    CHECK(swiftlet_abi_version() == SWIFTLET_ABI_VERSION && strlen(swiftlet_version()) >= 5);
    CHECK(swiftlet_has("embed") && !swiftlet_has("") && !swiftlet_has(NULL) && !swiftlet_has("\xff"));
    for (int32_t status = -100; status < 100; status++) CHECK(swiftlet_status_name(status));
    CHECK(swiftlet_error_status(NULL) == SWIFTLET_OK && *swiftlet_error_message(NULL) == 0);
    CHECK(*swiftlet_error_place(NULL) == 0 && swiftlet_error_index(NULL) == -1);

    MUST(swiftlet_model_open(argv[1], NULL, &encoder, &error));
    MUST(swiftlet_model_open(argv[2], NULL, &decoder, &error));
    MUST(swiftlet_embedder_open(encoder, NULL, &embedder, &error));
    MUST(swiftlet_session_open(decoder, NULL, &session, &error));
    swiftlet_texts texts = two_texts();
    size_t needed = 0;
    MUST(swiftlet_embed(embedder, &texts, NULL, vectors, 2 * DIMENSIONS, &needed, &error));
    float *before = (float *)malloc(needed * sizeof(float));
    CHECK(before);
    memcpy(before, vectors, needed * sizeof(float));

    wrong_models(argv[1]);
    wrong_handles(encoder, embedder, session);
    wrong_texts(embedder);
    wrong_options(encoder, decoder);
    wrong_tokens(session);
    orders(argv[1]);
    damaged_models(argv[1]);
    MUST(swiftlet_complete(session, "Q: ", 3, NULL, call_back, session, NULL, NULL, &error));

    // All is as it was.
    MUST(swiftlet_embed(embedder, &texts, NULL, vectors, 2 * DIMENSIONS, &needed, &error));
    CHECK(memcmp(before, vectors, needed * sizeof(float)) == 0);
    free(before);
    swiftlet_session_release(session);
    swiftlet_embedder_release(embedder);
    swiftlet_model_release(encoder);
    swiftlet_model_release(decoder);
    printf("%ld wrong calls\n", count);
    return 0;
}
