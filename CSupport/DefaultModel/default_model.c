#include "swl_default_model.h"

static const _Alignas(64) unsigned char chat[] = {
#embed "../../Fixtures/chat.gguf"
};

const void *swl_default_model(size_t *size) {
    *size = sizeof chat;
    return chat;
}

static const _Alignas(64) unsigned char embedding[] = {
#embed "../../Fixtures/embed.gguf"
};

const void *swl_default_embedding_model(size_t *size) {
    *size = sizeof embedding;
    return embedding;
}

static const _Alignas(64) unsigned char speech[] = {
#embed "../../Fixtures/speech.gguf"
};

const void *swl_default_speech_model(size_t *size) {
    *size = sizeof speech;
    return speech;
}

static const _Alignas(64) unsigned char translation[] = {
#embed "../../Fixtures/translate.gguf"
};

const void *swl_default_translation_model(size_t *size) {
    *size = sizeof translation;
    return translation;
}
