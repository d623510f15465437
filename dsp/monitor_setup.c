/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Loudspeakers: their memory and what never changes. Main thread. */
#include <stdlib.h>
#include <string.h>

#include "dsp/engine_private.h"

static void *zeroed(size_t count, size_t size) {
    const size_t bytes = (count * size + 63) / 64 * 64 + 64;
    void *p = aligned_alloc(64, bytes);
    if (p)
        memset(p, 0, bytes);
    return p;
}

bool monitor_setup(struct engine *e) {
    const struct desk *d = e->desk;
    struct monitor *m = &e->monitor;
    m->speaker = zeroed(d->speakers, sizeof *m->speaker);
    m->out = zeroed(d->speakers, sizeof *m->out);
    if (!m->speaker || !m->out)
        return false;
    m->sets = d->sets;
    m->speakers = d->speakers;
    for (uint32_t i = 0; i < d->speakers; i++) {
        const struct desk_speaker *from = &d->speaker[i];
        struct speaker *k = &m->speaker[i];
        float fold[MAX_LEGS][MAX_LEGS];
        format_fold(d->object[d->first[KIND_MON]].format, d->set[from->set].format, NULL, fold);
        k->set = from->set;
        for (unsigned l = 0; l < MAX_LEGS; l++)
            k->fold[l] = fold[l][from->leg];
        if (!delay_setup(e, &k->delay, layout_slot(&d->layout, KIND_MON, 0, ROW_SPK_DELAY, i, 0), 1,
                         rows[ROW_SPK_DELAY].max))
            return false;
    }
    return true;
}

void monitor_free(struct monitor *m) {
    for (uint32_t i = 0; i < m->speakers; i++)
        delay_free(&m->speaker[i].delay);
    free(m->speaker);
    free(m->out);
}
