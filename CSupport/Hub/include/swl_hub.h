// What downloads need of C: HTTP by libcurl, whose functions are variadic, and the digests of the hub's files.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

// MARK: - HTTP

/// Connections that are kept between requests. For one thread at a time.
typedef struct swl_http swl_http;

enum { SWL_HTTP_MESSAGE_SIZE = 256 };

/// A GET request, and who takes its answer. Redirects are answers, not followed.
typedef struct {
    const char *url;
    /// "Name: value" each.
    const char *const *headers;
    size_t header_count;
    /// The request fails when fewer than 1 byte per second arrive for that long, and when connecting takes longer.
    long stall_seconds;
    void *context;
    /// A line of the head, from the status line to the empty line. Other than 0 ends the request.
    int (*take_header)(void *context, const char *bytes, size_t count);
    /// Bytes of the body. Other than 0 ends the request.
    int (*take_body)(void *context, const uint8_t *bytes, size_t count);
    /// Asked about once a second, more often while bytes arrive. Other than 0 ends the request.
    int (*is_cancelled)(void *context);
} swl_http_request;

typedef enum {
    SWL_HTTP_DONE,
    /// One of the callbacks ended it.
    SWL_HTTP_STOPPED,
    /// Another try may help: no connection, cut short, stalled.
    SWL_HTTP_INTERRUPTED,
    /// Another try does not help: certificate, address, protocol.
    SWL_HTTP_FAILED,
} swl_http_end;

/// Returns NULL where the system has no libcurl, or no memory is left.
///
/// libcurl is loaded here and not linked: other commands start faster without it, and run where it is not installed.
swl_http *swl_http_open(void);
void swl_http_close(swl_http *client);

/// Waits until the answer is complete, or the request has ended otherwise.
///
/// `status` is 0 where there was no answer. `message` says in English what went wrong.
swl_http_end swl_http_get(
    swl_http *client, const swl_http_request *request, long *status, char message[SWL_HTTP_MESSAGE_SIZE]);

// MARK: - Digests

/// SHA-256 (FIPS 180-4, 6.2) of bytes that come in pieces.
typedef struct {
    uint32_t state[8];
    uint64_t byte_count;
    uint8_t block[64];
} swl_sha256;

void swl_sha256_begin(swl_sha256 *digest);
void swl_sha256_add(swl_sha256 *digest, const uint8_t *bytes, size_t count);
void swl_sha256_end(swl_sha256 *digest, uint8_t result[32]);

/// SHA-1 (FIPS 180-4, 6.1), which names small files in git. It guards against damage, not against forgery.
typedef struct {
    uint32_t state[5];
    uint64_t byte_count;
    uint8_t block[64];
} swl_sha1;

void swl_sha1_begin(swl_sha1 *digest);
void swl_sha1_add(swl_sha1 *digest, const uint8_t *bytes, size_t count);
void swl_sha1_end(swl_sha1 *digest, uint8_t result[20]);

#pragma GCC visibility pop
