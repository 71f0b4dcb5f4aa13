#include "include/swl_page.h"

static const uint8_t index_html[] = {
#embed "../../Sources/Serve/Page/index.html"
};
static const uint8_t style_css[] = {
#embed "../../Sources/Serve/Page/style.css"
};
static const uint8_t icon_svg[] = {
#embed "../../Sources/Serve/Page/icon.svg"
};
static const uint8_t app_js[] = {
#embed "../../Sources/Serve/Page/app.js"
};
static const uint8_t api_js[] = {
#embed "../../Sources/Serve/Page/api.js"
};
static const uint8_t chat_js[] = {
#embed "../../Sources/Serve/Page/chat.js"
};
static const uint8_t dom_js[] = {
#embed "../../Sources/Serve/Page/dom.js"
};
static const uint8_t embed_js[] = {
#embed "../../Sources/Serve/Page/embed.js"
};
static const uint8_t look_html[] = {
#embed "../../Sources/Serve/Page/look.html"
};
static const uint8_t look_js[] = {
#embed "../../Sources/Serve/Page/look.js"
};
static const uint8_t markdown_js[] = {
#embed "../../Sources/Serve/Page/markdown.js"
};
static const uint8_t speech_js[] = {
#embed "../../Sources/Serve/Page/speech.js"
};
static const uint8_t store_js[] = {
#embed "../../Sources/Serve/Page/store.js"
};
static const uint8_t translate_js[] = {
#embed "../../Sources/Serve/Page/translate.js"
};

static const swl_page_file files[] = {
    {"index.html", index_html, sizeof index_html},
    {"style.css", style_css, sizeof style_css},
    {"icon.svg", icon_svg, sizeof icon_svg},
    {"app.js", app_js, sizeof app_js},
    {"api.js", api_js, sizeof api_js},
    {"chat.js", chat_js, sizeof chat_js},
    {"dom.js", dom_js, sizeof dom_js},
    {"embed.js", embed_js, sizeof embed_js},
    {"look.html", look_html, sizeof look_html},
    {"look.js", look_js, sizeof look_js},
    {"markdown.js", markdown_js, sizeof markdown_js},
    {"speech.js", speech_js, sizeof speech_js},
    {"store.js", store_js, sizeof store_js},
    {"translate.js", translate_js, sizeof translate_js},
};

const swl_page_file *swl_page_files(size_t *count) {
    *count = sizeof files / sizeof *files;
    return files;
}
