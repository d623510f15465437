/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "dsp/engine_private.h"

#define WIDE_LEGS 6 /* from here on a bus gains nothing by company */

static bool memory(struct bundle *b, size_t sources) {
    const size_t ramps = sources * sizeof *b->ramp;
    b->src = calloc(sources + 1, sizeof *b->src);
    b->moving = calloc(sources + 1, sizeof *b->moving);
    b->ramp = aligned_alloc(64, (ramps + 64) & ~(size_t)63);
    return b->src && b->moving && b->ramp;
}

bool bundle_setup(struct engine *e) {
    const uint32_t auxes = e->desk->layout.count[KIND_AUX], first = e->first[KIND_AUX];
    size_t sources = 0;
    for (uint32_t i = 0; i < first; i++)
        sources += 2 * (size_t)e->strip[i].legs;
    e->bundle = calloc(auxes + 1, sizeof *e->bundle);
    if (!e->bundle)
        return false;
    for (uint32_t i = 0, legs = MAX_LEGS; i < auxes; i++) {
        const struct strip *s = &e->strip[first + i];
        if (s->legs >= WIDE_LEGS) {
            legs = MAX_LEGS; /* it stands by itself, and so does what comes after it */
            continue;
        }
        if (legs + s->legs > MAX_LEGS) {
            struct bundle *b = &e->bundle[e->bundles++];
            *b = (struct bundle){.first = first + i, .stale = true};
            legs = 0;
            if (!memory(b, sources))
                return false;
        }
        legs += s->legs;
        e->bundle[e->bundles - 1].auxes++;
        e->bus[first + i].bundle = &e->bundle[e->bundles - 1];
    }
    for (uint32_t i = 0; i < e->bundles; i++)
        if (e->bundle[i].auxes == 1)
            e->bus[e->bundle[i].first].bundle = NULL;
    return true;
}

void bundle_free(struct engine *e) {
    for (uint32_t i = 0; i < e->bundles; i++) {
        free(e->bundle[i].src);
        free(e->bundle[i].moving);
        free(e->bundle[i].ramp);
    }
    free(e->bundle);
}
