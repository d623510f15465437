/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory for delays: every page touched. Main thread. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dsp/engine_private.h"

static void *zeroed(size_t count, size_t size) {
    void *p = malloc(count * size);
    if (p)
        memset(p, 0, count * size);
    return p;
}

bool delay_setup(const struct engine *e, struct delay *d, uint32_t slot, uint32_t legs,
                 float longest_ms) {
    d->slot = slot;
    d->longest = (uint32_t)ceilf(longest_ms * 1e-3f * e->rate_hz);
    const uint32_t size = d->longest + delay_rise_frames(e) + 2 * SPAN_FRAMES;
    d->size = size % 512 ? size : size + 16; /* never a power-of-two stride */
    d->line = zeroed(legs, sizeof *d->line);
    for (; d->line && d->legs < legs; d->legs++)
        if (!(d->line[d->legs].ring = zeroed(d->size, sizeof(float))))
            return false;
    return d->line != NULL;
}

void delay_free(struct delay *d) {
    for (uint32_t l = 0; l < d->legs; l++)
        free(d->line[l].ring);
    free(d->line);
}
