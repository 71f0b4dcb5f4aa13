#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "curl_abi.h"
#include "include/swl_hub.h"

// The functions of libcurl that are used here.
static struct {
    int (*global_init)(long flags);
    swl_curl *(*easy_init)(void);
    int (*easy_setopt)(swl_curl *curl, int option, ...);
    int (*easy_perform)(swl_curl *curl);
    int (*easy_getinfo)(swl_curl *curl, int info, ...);
    void (*easy_reset)(swl_curl *curl);
    void (*easy_cleanup)(swl_curl *curl);
    const char *(*easy_strerror)(int code);
    struct swl_curl_list *(*slist_append)(struct swl_curl_list *list, const char *text);
    void (*slist_free_all)(struct swl_curl_list *list);
    bool is_loaded;
} curl;

static pthread_once_t load_once = PTHREAD_ONCE_INIT;

static bool find(void *library, const char *name, void *function) {
    void *found = dlsym(library, name);
    memcpy(function, &found, sizeof found);
    return found != NULL;
}

static void load(void) {
#ifdef __APPLE__
    static const char *const names[] = {"/usr/lib/libcurl.4.dylib"};
#else
    // The second has the same interface; Debian has it for programs that need GnuTLS.
    static const char *const names[] = {"libcurl.so.4", "libcurl-gnutls.so.4"};
#endif
    void *library = NULL;
    for (size_t i = 0; !library && i < sizeof names / sizeof *names; i++) library = dlopen(names[i], RTLD_NOW);
    curl.is_loaded = library && find(library, "curl_global_init", &curl.global_init)
        && find(library, "curl_easy_init", &curl.easy_init) && find(library, "curl_easy_setopt", &curl.easy_setopt)
        && find(library, "curl_easy_perform", &curl.easy_perform)
        && find(library, "curl_easy_getinfo", &curl.easy_getinfo) && find(library, "curl_easy_reset", &curl.easy_reset)
        && find(library, "curl_easy_cleanup", &curl.easy_cleanup)
        && find(library, "curl_easy_strerror", &curl.easy_strerror)
        && find(library, "curl_slist_append", &curl.slist_append)
        && find(library, "curl_slist_free_all", &curl.slist_free_all)
        && curl.global_init(ABI_GLOBAL_DEFAULT) == ABI_OK;
}

struct swl_http {
    swl_curl *handle;
};

swl_http *swl_http_open(void) {
    pthread_once(&load_once, load);
    if (!curl.is_loaded) return NULL;
    swl_http *client = malloc(sizeof *client);
    if (!client) return NULL;
    client->handle = curl.easy_init();
    if (client->handle) return client;
    free(client);
    return NULL;
}

void swl_http_close(swl_http *client) {
    if (!client) return;
    curl.easy_cleanup(client->handle);
    free(client);
}

// MARK: - Callbacks

static size_t take_header(char *bytes, size_t size, size_t count, void *context) {
    const swl_http_request *request = context;
    return request->take_header(request->context, bytes, size * count) ? 0 : size * count;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *context) {
    const swl_http_request *request = context;
    return request->take_body(request->context, (const uint8_t *)bytes, size * count) ? 0 : size * count;
}

static int take_progress(void *context, int64_t total, int64_t now, int64_t sent_total, int64_t sent) {
    (void)total, (void)now, (void)sent_total, (void)sent;
    const swl_http_request *request = context;
    return request->is_cancelled(request->context);
}

// MARK: - Requests

static swl_http_end end_of(int code) {
    switch (code) {
    case ABI_OK: return SWL_HTTP_DONE;
    case ABI_WRITE_ERROR:
    case ABI_ABORTED_BY_CALLBACK: return SWL_HTTP_STOPPED;
    case ABI_COULDNT_RESOLVE_PROXY:
    case ABI_COULDNT_RESOLVE_HOST:
    case ABI_COULDNT_CONNECT:
    case ABI_HTTP2:
    case ABI_PARTIAL_FILE:
    case ABI_OPERATION_TIMEDOUT:
    case ABI_SSL_CONNECT_ERROR:
    case ABI_GOT_NOTHING:
    case ABI_SEND_ERROR:
    case ABI_RECV_ERROR:
    case ABI_HTTP2_STREAM: return SWL_HTTP_INTERRUPTED;
    default: return SWL_HTTP_FAILED;
    }
}

static struct swl_curl_list *header_list(const swl_http_request *request) {
    struct swl_curl_list *list = NULL;
    for (size_t i = 0; i < request->header_count; i++) {
        struct swl_curl_list *longer = curl.slist_append(list, request->headers[i]);
        if (!longer) {
            curl.slist_free_all(list);
            return NULL;
        }
        list = longer;
    }
    return list;
}

swl_http_end swl_http_get(
    swl_http *client, const swl_http_request *request, long *status, char message[SWL_HTTP_MESSAGE_SIZE]) {
    swl_curl *handle = client->handle;
    *status = 0;
    message[0] = 0;
    struct swl_curl_list *headers = header_list(request);
    if (request->header_count && !headers) {
        snprintf(message, SWL_HTTP_MESSAGE_SIZE, "out of memory");
        return SWL_HTTP_FAILED;
    }
    curl.easy_reset(handle);
    const long protocols = ABI_PROTOCOL_HTTP | ABI_PROTOCOL_HTTPS;
    int code = curl.easy_setopt(handle, ABI_OPT_URL, request->url);
    // Timeouts of name resolution without SIGALRM, which would end in another thread.
    if (!code) code = curl.easy_setopt(handle, ABI_OPT_NOSIGNAL, 1L);
    if (!code) code = curl.easy_setopt(handle, ABI_OPT_PROTOCOLS, protocols);
    if (!code) code = curl.easy_setopt(handle, ABI_OPT_HTTPHEADER, headers);
    if (!code) code = curl.easy_setopt(handle, ABI_OPT_CONNECTTIMEOUT, request->stall_seconds);
    if (!code) code = curl.easy_setopt(handle, ABI_OPT_LOW_SPEED_LIMIT, 1L);
    if (!code) code = curl.easy_setopt(handle, ABI_OPT_LOW_SPEED_TIME, request->stall_seconds);
    if (!code) code = curl.easy_setopt(handle, ABI_OPT_NOPROGRESS, 0L);
    if (!code) code = curl.easy_setopt(handle, ABI_OPT_ERRORBUFFER, message);
    if (!code) code = curl.easy_setopt(handle, ABI_OPT_HEADERFUNCTION, take_header);
    if (!code) code = curl.easy_setopt(handle, ABI_OPT_HEADERDATA, request);
    if (!code) code = curl.easy_setopt(handle, ABI_OPT_WRITEFUNCTION, take_body);
    if (!code) code = curl.easy_setopt(handle, ABI_OPT_WRITEDATA, request);
    if (!code) code = curl.easy_setopt(handle, ABI_OPT_XFERINFOFUNCTION, take_progress);
    if (!code) code = curl.easy_setopt(handle, ABI_OPT_XFERINFODATA, request);
    if (!code) code = curl.easy_perform(handle);
    if (code && !message[0]) snprintf(message, SWL_HTTP_MESSAGE_SIZE, "%s", curl.easy_strerror(code));
    curl.easy_getinfo(handle, ABI_INFO_RESPONSE_CODE, status);
    // The handle outlives what it was given.
    curl.easy_reset(handle);
    curl.slist_free_all(headers);
    return end_of(code);
}
