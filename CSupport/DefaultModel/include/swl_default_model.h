// The models that the command line uses when none is named, compiled into the executable, so that they are there wherever
// the executable is: `Fixtures/chat.gguf`, `Fixtures/embed.gguf` for vectors, `Fixtures/speech.gguf` for speech, and
// `Fixtures/translate.gguf` for translations.
#ifndef SWL_DEFAULT_MODEL_H
#define SWL_DEFAULT_MODEL_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(hidden)

// The bytes of the GGUF file, at a multiple of 64; constant. Their number in *size.
const void *swl_default_model(size_t *size);

// The same for the embedding model.
const void *swl_default_embedding_model(size_t *size);

// The same for the speech model.
const void *swl_default_speech_model(size_t *size);

// The same for the translation model.
const void *swl_default_translation_model(size_t *size);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
