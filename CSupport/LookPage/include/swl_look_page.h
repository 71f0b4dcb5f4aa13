// The page that `swiftlet look` fills in: HTML, style and script, compiled into the executable.
#ifndef SWL_LOOK_PAGE_H
#define SWL_LOOK_PAGE_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(hidden)

// UTF-8 without a zero at its end; constant. The number of bytes in *size.
const unsigned char *swl_look_html(size_t *size);
const unsigned char *swl_look_style(size_t *size);
const unsigned char *swl_look_script(size_t *size);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
