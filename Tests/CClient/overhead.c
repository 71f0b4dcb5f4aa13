// overhead MODEL LINES ROUNDS: the least time of embedding all lines by one thread, in seconds. `Tasks` of
// Tests/SwiftClient measures the same without the border to C.
#define _XOPEN_SOURCE 700
#include <time.h>

#include "client.h"

int main(int argc, char **argv) {
    if (argc != 4) return 2;
    swiftlet_error *error = NULL;
    swiftlet_model *model = NULL;
    swiftlet_embedder *embedder = NULL;
    swiftlet_embedder_options options;
    CLEAR(options);
    options.threads = 1;
    MUST(swiftlet_model_open(argv[1], NULL, &model, &error));
    MUST(swiftlet_embedder_open(model, &options, &embedder, &error));
    lines read = read_lines(argv[2]);
    swiftlet_texts texts = texts_by_strings(&read);
    size_t count = 0;
    MUST(swiftlet_embed(embedder, &texts, NULL, NULL, 0, &count, &error));
    float *vectors = (float *)malloc(count * sizeof(float));
    CHECK(vectors);
    double best = 1000;
    for (int round = atoi(argv[3]); round > 0; round--) {
        struct timespec start, end;
        clock_gettime(CLOCK_MONOTONIC, &start);
        MUST(swiftlet_embed(embedder, &texts, NULL, vectors, count, NULL, &error));
        clock_gettime(CLOCK_MONOTONIC, &end);
        double time = (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) * 1e-9;
        if (time < best) best = time;
    }
    printf("%.6f\n", best);
    free(vectors);
    free_lines(&read);
    swiftlet_embedder_release(embedder);
    swiftlet_model_release(model);
    return 0;
}
