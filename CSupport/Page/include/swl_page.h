// The server's page, compiled into its program: the files of Sources/Serve/Page.
#pragma once

#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

typedef struct {
    /// Without a folder.
    const char *name;
    const uint8_t *bytes;
    size_t size;
} swl_page_file;

/// All files; their number in *count. Constant.
const swl_page_file *swl_page_files(size_t *count);

#pragma GCC visibility pop
