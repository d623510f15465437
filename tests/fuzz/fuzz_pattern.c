/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: osc */
/* A line with a pattern, a line with an address: the answer is that of the plain reading. */
#include "osc/pattern.h"
#include "tests/lib/plain_pattern.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char text[700];
    struct osc_pattern p;
    if (size >= sizeof text)
        return 0;
    memcpy(text, data, size);
    text[size] = 0;
    char *address = strchr(text, '\n');
    if (!address)
        return 0;
    *address++ = 0;
    if (osc_pattern_set(&p, text)) {
        if (osc_pattern_match(&p, address) || p.length)
            abort();
        return 0;
    }
    bool matched = osc_pattern_match(&p, address);
    if (!osc_pattern_is(text) && matched != (strcmp(text, address) == 0))
        abort();
    /* The plain reading takes all ways: keep it to short ones. */
    if (strlen(text) <= 64 && strlen(address) <= 48 &&
        matched != plain_pattern_match(text, address))
        abort();
    return 0;
}
