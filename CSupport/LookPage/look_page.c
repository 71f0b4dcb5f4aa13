#include "swl_look_page.h"

static const unsigned char html[] = {
#embed "page.html"
};

const unsigned char *swl_look_html(size_t *size) {
    *size = sizeof html;
    return html;
}

static const unsigned char style[] = {
#embed "page.css"
};

const unsigned char *swl_look_style(size_t *size) {
    *size = sizeof style;
    return style;
}

static const unsigned char script[] = {
#embed "data.js"
    ,
#embed "attention.js"
    ,
#embed "predictions.js"
    ,
#embed "positions.js"
    ,
#embed "controls.js"
};

const unsigned char *swl_look_script(size_t *size) {
    *size = sizeof script;
    return script;
}
