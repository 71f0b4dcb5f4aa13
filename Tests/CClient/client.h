// Helpers shared by the clients. They are C99, C11 and C++17 alike.
#ifndef CLIENT_H
#define CLIENT_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <swiftlet.h>

// All fields of an options struct zero, but its size.
#define CLEAR(options) (memset(&(options), 0, sizeof(options)), (options).struct_size = (uint32_t)sizeof(options))

// Ends the program unless a condition holds.
#define CHECK(condition) check((condition) != 0, #condition, __FILE__, __LINE__)

// Ends the program with the library's message unless a call succeeds; `error` is a variable of the caller's.
#define MUST(call) must((call), &error, #call, __FILE__, __LINE__)

static inline void check(int holds, const char *what, const char *file, int line) {
    if (holds) return;
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
    exit(1);
}

static inline void must(swiftlet_status status, swiftlet_error **error, const char *call, const char *file, int line) {
    if (status == SWIFTLET_OK) return;
    fprintf(stderr, "%s:%d: %s: %s: %s\n", file, line, call, swiftlet_status_name(status),
            swiftlet_error_message(*error));
    exit(1);
}

// A call must fail with this status and a message; `error` and `count` are variables of the caller's.
#define FAILS(wanted, call) (expect_failure((call), (wanted), &error, #call, __FILE__, __LINE__), count++)

static inline void expect_failure(
    swiftlet_status status, swiftlet_status wanted, swiftlet_error **error, const char *call, const char *file, int line) {
    const char *message = swiftlet_error_message(*error);
    if (status != wanted || swiftlet_error_status(*error) != wanted || !message || (wanted && !*message)) {
        fprintf(stderr, "%s:%d: %s: status %d with the message '%s', expected status %d\n", file, line, call,
                (int)status, message ? message : "NULL", (int)wanted);
        exit(1);
    }
    swiftlet_error_release(*error);
    *error = NULL;
}

// A file's bytes, and a zero after them. The caller frees them.
static inline char *read_file(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        exit(1);
    }
    char *bytes = NULL;
    size_t capacity = 0, count = 0, got = 0;
    do {
        if (capacity - count < 65537) {
            capacity = capacity * 2 + 131072;
            bytes = (char *)realloc(bytes, capacity);
            CHECK(bytes);
        }
        got = fread(bytes + count, 1, capacity - count - 1, file);
        count += got;
    } while (got > 0);
    fclose(file);
    bytes[count] = 0;
    *size = count;
    return bytes;
}

// The lines of a file in the three forms that `swiftlet_texts` takes.
typedef struct lines {
    char *joined;  // without the line ends
    size_t size;
    uint64_t count;
    int32_t *offsets32;
    int64_t *offsets64;
    const char **strings;
    char *separate;  // what `strings` point into
} lines;

static inline lines read_lines(const char *path) {
    lines found;
    memset(&found, 0, sizeof found);
    size_t size = 0;
    found.separate = read_file(path, &size);
    size_t count = 0;
    for (size_t index = 0; index < size; index++) count += found.separate[index] == '\n';
    found.joined = (char *)malloc(size + 1);
    found.offsets32 = (int32_t *)calloc(count + 1, sizeof(int32_t));
    found.offsets64 = (int64_t *)calloc(count + 1, sizeof(int64_t));
    found.strings = (const char **)calloc(count + 1, sizeof(char *));
    CHECK(found.joined && found.offsets32 && found.offsets64 && found.strings);
    char *line = found.separate;
    for (size_t index = 0; index < count; index++) {
        char *end = strchr(line, '\n');
        CHECK(end);
        *end = 0;
        size_t length = (size_t)(end - line);
        found.strings[index] = line;
        memcpy(found.joined + found.size, line, length);
        found.size += length;
        found.offsets32[index + 1] = (int32_t)found.size;
        found.offsets64[index + 1] = (int64_t)found.size;
        line = end + 1;
    }
    found.count = count;
    return found;
}

static inline void free_lines(lines *some) {
    free(some->joined);
    free(some->offsets32);
    free(some->offsets64);
    free(some->strings);
    free(some->separate);
}

static inline swiftlet_texts texts_by_offsets32(const lines *some) {
    swiftlet_texts texts;
    CLEAR(texts);
    texts.count = some->count;
    texts.data = some->joined;
    texts.data_size = some->size;
    texts.offsets32 = some->offsets32;
    return texts;
}

static inline swiftlet_texts texts_by_offsets64(const lines *some) {
    swiftlet_texts texts = texts_by_offsets32(some);
    texts.offsets32 = NULL;
    texts.offsets64 = some->offsets64;
    return texts;
}

static inline swiftlet_texts texts_by_strings(const lines *some) {
    swiftlet_texts texts;
    CLEAR(texts);
    texts.count = some->count;
    texts.strings = some->strings;
    return texts;
}

#endif
