#include "swl_default_model.h"

static const _Alignas(64) unsigned char model[] = {
#embed "../../Fixtures/chat.gguf"
};

const void *swl_default_model(size_t *size) {
    *size = sizeof model;
    return model;
}
