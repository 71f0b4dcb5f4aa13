// transcribe MODEL WAV: prints the text of each segment of a WAV file (16 bits, one channel) on a line.
#include "client.h"

typedef struct heard {
    uint64_t count;
    double end;
    int prints;
    char text[4096];
} heard;

static int32_t hear(void *user, const swiftlet_segment *segment) {
    heard *so_far = (heard *)user;
    CHECK(segment->struct_size >= sizeof(swiftlet_segment) && strlen(segment->text) == segment->size);
    CHECK(segment->start <= segment->end && segment->end >= so_far->end && segment->token_count > 0);
    CHECK(strlen(so_far->text) + segment->size < sizeof so_far->text);
    strcat(so_far->text, segment->text);
    so_far->count++;
    so_far->end = segment->end;
    if (so_far->prints) printf("%s\n", segment->text + (segment->text[0] == ' '));
    return SWIFTLET_CONTINUE;
}

static uint32_t number(const unsigned char *bytes, int count) {
    uint32_t value = 0;
    while (count-- > 0) value = value << 8 | bytes[count];
    return value;
}

int main(int argc, char **argv) {
    if (argc != 3) return 2;
    swiftlet_error *error = NULL;
    swiftlet_model *model = NULL;
    swiftlet_transcriber *transcriber = NULL;
    MUST(swiftlet_model_open(argv[1], NULL, &model, &error));
    swiftlet_transcriber_options options;
    CLEAR(options);
    options.language = "en";
    MUST(swiftlet_transcriber_open(model, &options, &transcriber, &error));
    swiftlet_model_release(model);

    heard file;
    memset(&file, 0, sizeof file);
    file.prints = 1;
    swiftlet_transcription result;
    CLEAR(result);
    swiftlet_buffer *text = NULL;
    MUST(swiftlet_transcribe_file(transcriber, argv[2], NULL, hear, &file, &result, &text, &error));
    CHECK(file.count > 0 && result.is_complete && strcmp(result.language, "en") == 0);
    CHECK(strcmp(swiftlet_buffer_data(text), file.text) == 0);
    swiftlet_buffer_release(text);

    // The same sound from memory: the same text.
    size_t size = 0;
    unsigned char *wav = (unsigned char *)read_file(argv[2], &size);
    CHECK(size > 44 && memcmp(wav, "RIFF", 4) == 0 && memcmp(wav + 36, "data", 4) == 0);
    CHECK(number(wav + 22, 2) == 1 && number(wav + 34, 2) == 16);
    size_t count = number(wav + 40, 4) / 2;
    CHECK(count <= (size - 44) / 2);
    float *samples = (float *)malloc(count * sizeof(float));
    CHECK(samples);
    for (size_t index = 0; index < count; index++)
        samples[index] = (float)(int16_t)number(wav + 44 + 2 * index, 2) / 32768;
    heard memory;
    memset(&memory, 0, sizeof memory);
    MUST(swiftlet_transcribe(
        transcriber, samples, count, number(wav + 24, 4), NULL, hear, &memory, &result, NULL, &error));
    CHECK(memory.count == file.count && strcmp(memory.text, file.text) == 0);
    CHECK(result.duration > 0.99 * (double)count / number(wav + 24, 4));
    free(samples);
    free(wav);
    swiftlet_transcriber_release(transcriber);
    return 0;
}
