// loading LIBRARY MODEL CYCLES: what a process may expect of a library that it loads while it runs. Nothing is printed
// by the library, no signal handler and no locale changes, descriptors close on exec, forked children go on, and
// neither loading nor opening leaks.
#define _XOPEN_SOURCE 700
#include <dlfcn.h>
#include <fcntl.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client.h"

enum { MOST_DIMENSIONS = 4096, SIGNALS = 32, MOST_DESCRIPTORS = 256 };

// The thread sanitizer itself breaks where a forked child starts threads.
#ifdef __SANITIZE_THREAD__
enum { CHILDREN = 0 };
#else
enum { CHILDREN = 4 };
#endif

typedef struct library {
    void *handle;
    swiftlet_status (*model_open)(const char *, const swiftlet_model_options *, swiftlet_model **, swiftlet_error **);
    void (*model_release)(swiftlet_model *);
    swiftlet_status (*embedder_open)(
        const swiftlet_model *, const swiftlet_embedder_options *, swiftlet_embedder **, swiftlet_error **);
    void (*embedder_release)(swiftlet_embedder *);
    swiftlet_status (*embed)(
        swiftlet_embedder *, const swiftlet_texts *, const swiftlet_embed_options *, float *, size_t, size_t *,
        swiftlet_error **);
} library;

static void find(void *handle, const char *name, void *function) {
    void *found = dlsym(handle, name);
    CHECK(found);
    memcpy(function, &found, sizeof found);
}

static library load(const char *path) {
    library it;
    it.handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!it.handle) fprintf(stderr, "%s\n", dlerror());
    CHECK(it.handle);
    find(it.handle, "swiftlet_model_open", &it.model_open);
    find(it.handle, "swiftlet_model_release", &it.model_release);
    find(it.handle, "swiftlet_embedder_open", &it.embedder_open);
    find(it.handle, "swiftlet_embedder_release", &it.embedder_release);
    find(it.handle, "swiftlet_embed", &it.embed);
    return it;
}

typedef struct vector {
    float values[MOST_DIMENSIONS];
    size_t count;
} vector;

static vector embed_with(const library *it, swiftlet_embedder *embedder) {
    const char *const text = "Where are my keys?";
    swiftlet_texts texts;
    CLEAR(texts);
    texts.count = 1;
    texts.strings = &text;
    vector found;
    memset(&found, 0, sizeof found);
    CHECK(it->embed(embedder, &texts, NULL, found.values, MOST_DIMENSIONS, &found.count, NULL) == SWIFTLET_OK);
    return found;
}

static swiftlet_embedder *open_embedder(const library *it, const char *path) {
    swiftlet_model *model = NULL;
    swiftlet_embedder *embedder = NULL;
    CHECK(it->model_open(path, NULL, &model, NULL) == SWIFTLET_OK);
    CHECK(it->embedder_open(model, NULL, &embedder, NULL) == SWIFTLET_OK);
    it->model_release(model);
    return embedder;
}

static vector embed_once(const library *it, const char *path) {
    swiftlet_embedder *embedder = open_embedder(it, path);
    vector found = embed_with(it, embedder);
    it->embedder_release(embedder);
    return found;
}

static int same(const vector *first, const vector *second) { return memcmp(first, second, sizeof *first) == 0; }

typedef struct loading {
    const char *library, *model;
    vector found;
} loading;

static void *load_and_embed(void *argument) {
    loading *mine = (loading *)argument;
    library it = load(mine->library);
    mine->found = embed_once(&it, mine->model);
    CHECK(dlclose(it.handle) == 0);
    return NULL;
}

static long resident_pages(void) {
    long size = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    CHECK(file && fscanf(file, "%ld %ld", &size, &resident) == 2);
    fclose(file);
    return resident;
}

static char was_open[MOST_DESCRIPTORS];

static void note_descriptors(void) {
    for (int descriptor = 0; descriptor < MOST_DESCRIPTORS; descriptor++)
        was_open[descriptor] = fcntl(descriptor, F_GETFD) >= 0;
}

// The number of descriptors opened since; all of them close on exec.
static int new_descriptors(void) {
    int count = 0;
    for (int descriptor = 0; descriptor < MOST_DESCRIPTORS; descriptor++) {
        int flags = fcntl(descriptor, F_GETFD);
        CHECK((flags >= 0) >= was_open[descriptor]);
        if (flags < 0 || was_open[descriptor]) continue;
        CHECK(flags & FD_CLOEXEC);
        count++;
    }
    return count;
}

// While nothing may be printed: where errors went before, and the file that catches them.
static int real_errors = -1, caught = -1;

// Shows what was caught, when a check ends the program.
static void show_caught(void) {
    char text[4096];
    ssize_t size = caught < 0 ? 0 : pread(caught, text, sizeof text, 0);
    if (size > 0 && write(real_errors, text, (size_t)size) != size) _exit(1);
}

static void on_interrupt(int number) { (void)number; }

int main(int argc, char **argv) {
    if (argc != 4) return 2;
    long cycles = atol(argv[3]);

    // Process state that the library has to leave as it is.
    signal(SIGINT, on_interrupt);
    struct sigaction before[SIGNALS], after;
    for (int number = 1; number < SIGNALS; number++) sigaction(number, NULL, &before[number]);
    sigset_t mask_before, mask_after;
    pthread_sigmask(SIG_SETMASK, NULL, &mask_before);
    char *locale = strdup(setlocale(LC_ALL, NULL));
    CHECK(locale);
    char printed[] = "/tmp/swiftlet-loading-XXXXXX";
    int file = mkstemp(printed);
    CHECK(file >= 0 && unlink(printed) == 0);
    int output = dup(STDOUT_FILENO);
    real_errors = dup(STDERR_FILENO);
    CHECK(output >= 0 && real_errors >= 0 && atexit(show_caught) == 0);
    caught = file;
    CHECK(dup2(file, STDOUT_FILENO) >= 0 && dup2(file, STDERR_FILENO) >= 0);
    note_descriptors();

    // Two threads load it at once.
    static loading both[2];
    pthread_t threads[2];
    for (int index = 0; index < 2; index++) {
        both[index].library = argv[1];
        both[index].model = argv[2];
        CHECK(pthread_create(&threads[index], NULL, load_and_embed, &both[index]) == 0);
    }
    for (int index = 0; index < 2; index++) CHECK(pthread_join(threads[index], NULL) == 0);
    CHECK(both[0].found.count > 0 && same(&both[0].found, &both[1].found));

    // Loaded and unloaded again and again.
    for (int cycle = 0; cycle < 100; cycle++) {
        library it = load(argv[1]);
        if (cycle % 10 == 0) {
            vector found = embed_once(&it, argv[2]);
            CHECK(same(&found, &both[0].found));
        }
        CHECK(dlclose(it.handle) == 0);
    }

    // A child goes on with what its parent opened, and with what it opens.
    library it = load(argv[1]);
    swiftlet_embedder *embedder = open_embedder(&it, argv[2]);
    vector found = embed_with(&it, embedder);
    CHECK(same(&found, &both[0].found));
    new_descriptors();
    for (int child = 0; child < CHILDREN; child++) {
        pid_t process = fork();
        CHECK(process >= 0);
        if (process == 0) {
            vector old = embed_with(&it, embedder), fresh = embed_once(&it, argv[2]);
            it.embedder_release(embedder);
            _exit(same(&old, &found) && same(&fresh, &found) ? 0 : 1);
        }
        int status = 0;
        CHECK(waitpid(process, &status, 0) == process && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    found = embed_with(&it, embedder);
    CHECK(same(&found, &both[0].found));
    it.embedder_release(embedder);
    CHECK(new_descriptors() == 0);

    // A model, opened and released again and again, leaves nothing behind.
    long start = 0;
    for (long cycle = 0; cycle < cycles; cycle++) {
        if (cycle == cycles / 10) start = resident_pages();
        vector again = embed_once(&it, argv[2]);
        CHECK(same(&again, &found));
    }
    long grown = resident_pages() - start;
    CHECK(dlclose(it.handle) == 0);

    CHECK(dup2(output, STDOUT_FILENO) >= 0 && dup2(real_errors, STDERR_FILENO) >= 0);
    struct stat status;
    CHECK(fstat(file, &status) == 0 && status.st_size == 0);
    caught = -1;
    CHECK(strcmp(locale, setlocale(LC_ALL, NULL)) == 0);
    free(locale);
    for (int number = 1; number < SIGNALS; number++) {
        sigaction(number, NULL, &after);
        CHECK(before[number].sa_handler == after.sa_handler && before[number].sa_flags == after.sa_flags);
    }
    pthread_sigmask(SIG_SETMASK, NULL, &mask_after);
    for (int number = 1; number < SIGNALS; number++)
        CHECK(sigismember(&mask_before, number) == sigismember(&mask_after, number));
    CHECK(new_descriptors() == 0);
    long page = sysconf(_SC_PAGESIZE);
    printf("%ld cycles of opening, embedding and releasing: resident memory grew by %ld KB\n", cycles,
           grown * page / 1024);
    CHECK(cycles < 1000 || grown * page < 1 << 20);
    close(file);
    close(output);
    close(real_errors);
    return 0;
}
