// threads MODEL LINES SECONDS CALLERS LEAST: embeds a file's lines from several threads through one embedder, and from
// as many embedders of one thread each that share the model. Prints the throughput of both beside that of one caller,
// and fails where the shared embedder reaches less than LEAST of it, or where any vector differs.
#define _XOPEN_SOURCE 700
#include <pthread.h>
#include <time.h>

#include "client.h"

enum { MOST_CALLERS = 64 };

typedef struct work {
    swiftlet_embedder *embedder;
    const lines *read;
    const float *expected;
    size_t expected_count;
    double until;
    uint64_t texts;
} work;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static void *run(void *argument) {
    work *some = (work *)argument;
    swiftlet_error *error = NULL;
    swiftlet_texts texts = texts_by_offsets32(some->read);
    float *vectors = (float *)malloc(some->expected_count * sizeof(float));
    CHECK(vectors);
    do {
        MUST(swiftlet_embed(some->embedder, &texts, NULL, vectors, some->expected_count, NULL, &error));
        CHECK(memcmp(vectors, some->expected, some->expected_count * sizeof(float)) == 0);
        some->texts += some->read->count;
    } while (now() < some->until);
    free(vectors);
    return NULL;
}

// Texts a second of `callers` threads; caller i uses embedder i modulo `embedders`.
static double measure(work first, swiftlet_embedder **embedders, int embedder_count, int callers, double seconds) {
    work some[MOST_CALLERS];
    pthread_t threads[MOST_CALLERS];
    double start = now();
    for (int index = 0; index < callers; index++) {
        some[index] = first;
        some[index].embedder = embedders[index % embedder_count];
        some[index].until = start + seconds;
        CHECK(pthread_create(&threads[index], NULL, run, &some[index]) == 0);
    }
    uint64_t texts = 0;
    for (int index = 0; index < callers; index++) {
        CHECK(pthread_join(threads[index], NULL) == 0);
        texts += some[index].texts;
    }
    return (double)texts / (now() - start);
}

int main(int argc, char **argv) {
    if (argc != 6) return 2;
    double seconds = atof(argv[3]), least = atof(argv[5]);
    int callers = atoi(argv[4]);
    CHECK(callers >= 1 && callers <= MOST_CALLERS);
    swiftlet_error *error = NULL;
    swiftlet_model *model = NULL;
    swiftlet_embedder *pooled = NULL, *single[MOST_CALLERS];
    MUST(swiftlet_model_open(argv[1], NULL, &model, &error));
    MUST(swiftlet_embedder_open(model, NULL, &pooled, &error));
    swiftlet_embedder_options options;
    CLEAR(options);
    options.threads = 1;
    for (int index = 0; index < callers; index++)
        MUST(swiftlet_embedder_open(model, &options, &single[index], &error));
    swiftlet_model_release(model);

    lines read = read_lines(argv[2]);
    work first;
    memset(&first, 0, sizeof first);
    first.read = &read;
    swiftlet_texts texts = texts_by_offsets32(&read);
    MUST(swiftlet_embed(pooled, &texts, NULL, NULL, 0, &first.expected_count, &error));
    float *expected = (float *)malloc(first.expected_count * sizeof(float));
    CHECK(expected);
    MUST(swiftlet_embed(pooled, &texts, NULL, expected, first.expected_count, NULL, &error));
    first.expected = expected;

    // In turn, in short rounds: the machine may be faster now and slower then.
    double one = 0, shared = 0, own = 0;
    int rounds = seconds > 12 ? (int)(seconds / 6) : 2;
    for (int round = 0; round < rounds; round++) {
        one += measure(first, &pooled, 1, 1, seconds / rounds / 2) / rounds;
        shared += measure(first, &pooled, 1, callers, seconds / rounds) / rounds;
        own += measure(first, single, callers, callers, seconds / rounds / 2) / rounds;
    }
    printf("1 caller: %.0f texts/s; %d callers: %.0f (%.3f); %d callers with embedders of their own: %.0f (%.3f)\n",
           one, callers, shared, shared / one, callers, own, own / one);
    for (int index = 0; index < callers; index++) swiftlet_embedder_release(single[index]);
    swiftlet_embedder_release(pooled);
    free(expected);
    free_lines(&read);
    if (shared / one < least) {
        fprintf(stderr, "threads: %d callers reach %.3f of one's throughput, less than %.3f\n", callers, shared / one,
                least);
        return 1;
    }
    return 0;
}
