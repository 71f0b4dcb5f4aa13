// embed MODEL LINES: writes the vectors of a file's lines to standard output, float32 after float32.
#include "client.h"

static float *embed(swiftlet_embedder *embedder, const swiftlet_texts *texts, size_t *count) {
    swiftlet_error *error = NULL;
    MUST(swiftlet_embed(embedder, texts, NULL, NULL, 0, count, &error));
    float *vectors = (float *)malloc((*count + 1) * sizeof(float));
    CHECK(vectors);
    vectors[*count] = 12345;
    MUST(swiftlet_embed(embedder, texts, NULL, vectors, *count, count, &error));
    CHECK(vectors[*count] == 12345);
    return vectors;
}

int main(int argc, char **argv) {
    if (argc != 3) return 2;
    swiftlet_error *error = NULL;
    swiftlet_model *model = NULL;
    swiftlet_embedder *embedder = NULL;
    MUST(swiftlet_model_open(argv[1], NULL, &model, &error));
    MUST(swiftlet_embedder_open(model, NULL, &embedder, &error));
    swiftlet_model_release(model);  // the embedder holds it

    swiftlet_embedder_info info;
    CLEAR(info);
    MUST(swiftlet_embedder_get_info(embedder, &info, &error));
    CHECK(info.dimensions > 0 && info.max_tokens > 0 && info.threads > 0);

    // The same texts in all three forms: bit-identical vectors.
    lines read = read_lines(argv[2]);
    size_t count = 0, again = 0;
    swiftlet_texts texts = texts_by_offsets32(&read);
    float *vectors = embed(embedder, &texts, &count);
    CHECK(count == read.count * info.dimensions);
    texts = texts_by_offsets64(&read);
    float *others = embed(embedder, &texts, &again);
    CHECK(again == count && memcmp(vectors, others, count * sizeof(float)) == 0);
    free(others);
    texts = texts_by_strings(&read);
    others = embed(embedder, &texts, &again);
    CHECK(again == count && memcmp(vectors, others, count * sizeof(float)) == 0);
    free(others);

    // One text alone has the vector that it has among others.
    if (read.count > 1) {
        texts.count = 1;
        texts.strings = read.strings + read.count / 2;
        others = embed(embedder, &texts, &again);
        CHECK(again == info.dimensions);
        CHECK(memcmp(others, vectors + read.count / 2 * info.dimensions, again * sizeof(float)) == 0);
        free(others);
    }

    CHECK(fwrite(vectors, sizeof(float), count, stdout) == count);
    free(vectors);
    free_lines(&read);
    swiftlet_embedder_release(embedder);
    return 0;
}
