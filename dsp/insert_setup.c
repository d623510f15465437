/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory of inserts, where the desk file declares any. */
#include <stdlib.h>
#include <string.h>

#include "dsp/engine_private.h"

#define LONGEST_LOOP_FRAMES 8192u

static void *zeroed(size_t count, size_t size) {
    const size_t bytes = (count * size + 63) / 64 * 64 + 64;
    void *p = aligned_alloc(64, bytes);
    if (p)
        memset(p, 0, bytes);
    return p;
}

static bool bank_setup(struct engine *e, struct lane_group *g) {
    g->insert = zeroed(1, sizeof *g->insert);
    if (g->insert)
        g->insert->ring = zeroed(e->inserts.room_frames, sizeof *g->insert->ring);
    return g->insert && g->insert->ring;
}

/* Every bus that channels feed past the groups. */
static bool buses_setup(struct engine *e) {
    struct inserts *in = &e->inserts;
    in->bus = zeroed(e->strips, sizeof *in->bus);
    for (uint32_t i = e->first[KIND_AUX]; in->bus && i < e->strips; i++) {
        const struct strip *s = &e->strip[i];
        if (s->kind == KIND_MAIN)
            continue;
        in->bus[i].ring = zeroed((size_t)s->legs * in->room_frames, sizeof(float));
        if (!in->bus[i].ring)
            return false;
    }
    return in->bus != NULL;
}

bool insert_setup(struct engine *e) {
    struct inserts *in = &e->inserts;
    for (uint32_t i = 0; i < e->first[KIND_AUX]; i++) {
        const struct strip *s = &e->strip[i];
        if (!e->desk->object[i].insert)
            continue;
        in->ports += s->legs;
        in->in_stage[s->kind == KIND_GRP] = true;
    }
    if (!in->ports)
        return true;
    const uint32_t longest = e->options.max_period_frames;
    in->room_frames = longest ? longest : LONGEST_LOOP_FRAMES;
    in->room_frames = (in->room_frames + SPAN_FRAMES - 1) / SPAN_FRAMES * SPAN_FRAMES;
    in->back = zeroed(in->ports, sizeof *in->back);
    in->bulk_place = zeroed(e->desk->layout.slots, 1);
    if (!in->back || !in->bulk_place || (in->in_stage[1] && !buses_setup(e)))
        return false;
    uint32_t port = 0;
    for (uint32_t i = 0; i < e->first[KIND_AUX]; i++) {
        const struct strip *s = &e->strip[i];
        struct lane_group *g = &e->group[s->group];
        if (!in->in_stage[s->kind == KIND_GRP])
            continue;
        if (!g->insert && !bank_setup(e, g))
            return false;
        for (uint32_t l = 0; l < s->legs && e->desk->object[i].insert; l++) {
            g->insert->port[s->lane + l] = port++;
            g->insert->lanes |= 1u << (s->lane + l);
        }
    }
    return true;
}

void insert_free(struct engine *e) {
    for (uint32_t i = 0; e->group && i < e->groups; i++) {
        if (e->group[i].insert)
            free(e->group[i].insert->ring);
        free(e->group[i].insert);
    }
    for (uint32_t i = 0; e->inserts.bus && i < e->strips; i++)
        free(e->inserts.bus[i].ring);
    free(e->inserts.bus);
    free(e->inserts.back);
    free(e->inserts.bulk_place);
}
