/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "osc/errors.h"

static const struct {
    const char *word, *doc;
} table[OSC_ERROR_COUNT] = {[OSC_OK] = {"ok", "no error"},
#define OSC_ERROR_ROW(symbol, word, doc) [OSC_##symbol] = {word, doc},
                            OSC_ERROR_LIST(OSC_ERROR_ROW)
#undef OSC_ERROR_ROW
};

const char *osc_error_word(enum osc_error code) {
    return (unsigned)code < OSC_ERROR_COUNT ? table[code].word : "unknown";
}

const char *osc_error_doc(enum osc_error code) {
    return (unsigned)code < OSC_ERROR_COUNT ? table[code].doc : "not a code of this list";
}
