// The model that the command line uses when none is named: `Fixtures/chat.gguf`, compiled into the executable, so that
// it is there wherever the executable is.
#ifndef SWL_DEFAULT_MODEL_H
#define SWL_DEFAULT_MODEL_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(hidden)

// The bytes of the GGUF file, at a multiple of 64; constant. Their number in *size.
const void *swl_default_model(size_t *size);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
