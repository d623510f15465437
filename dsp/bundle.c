/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Auxes summed side by side. A desk has many narrow ones that mostly the same channels feed; one by
 * one, each would read all of the channels again. */
#include <string.h>

#include "dsp/engine_private.h"

/* Whether a bus hears nothing but sends of strips that come before all auxes. */
static bool can_bundle(const struct engine *e, uint32_t strip) RT {
    const struct bus *bus = &e->bus[strip];
    if (e->inserts.bus && e->inserts.bus[strip].ring)
        return false;
    for (uint32_t i = 0; i < bus->routes; i++) {
        const struct route *r = &e->route[bus->route[i]];
        if (r->active && (e->strip[r->src].kind >= KIND_AUX ||
                          (r->kind != ROUTE_SEND && r->kind != ROUTE_SEND_PRE)))
            return false;
    }
    return true;
}

static void place_buses(struct engine *e, struct bundle *b) RT {
    b->legs = 0;
    for (uint32_t i = b->first; i < b->first + b->auxes; i++) {
        struct bus *bus = &e->bus[i];
        bus->bundled = can_bundle(e, i);
        bus->column = b->legs;
        bus->stale = true; /* the list of its own */
        b->legs += bus->bundled ? e->strip[i].legs : 0;
    }
}

/* The sources that a strip is before (pre) or behind its fader. */
static void list_strip(struct engine *e, struct bundle *b, const struct strip *s, uint32_t pre) RT {
    const uint32_t first = b->count;
    for (uint32_t i = b->first; i < b->first + b->auxes && s->send; i++) {
        const uint32_t number = s->send[2 * e->strip[i].index + pre];
        if (!e->bus[i].bundled || number == ROUTE_NONE || !e->route[number].active)
            continue;
        struct route *r = &e->route[number];
        r->list = first;
        for (; b->count < first + s->legs; b->count++) {
            struct mix_src *src = &b->src[b->count];
            const uint32_t leg = s->leg + b->count - first;
            *src = (struct mix_src){.y = pre ? e->pre[leg] : e->post[leg]};
            memset(b->ramp[b->count], 0, sizeof *b->ramp);
            b->moving[b->count] = 0;
        }
        for (uint32_t l = 0; l < s->legs; l++)
            bundle_entry(e, r, l);
    }
}

/* In the order that each bus would have by itself, so that it rounds alike. */
static void rebuild(struct engine *e, struct bundle *b) RT {
    b->stale = false;
    b->count = 0;
    place_buses(e, b);
    for (uint32_t i = 0; i < e->first[KIND_AUX]; i++)
        for (uint32_t pre = 0; pre < 2; pre++)
            list_strip(e, b, &e->strip[i], pre);
}

void bundle_entry(struct engine *e, const struct route *r, uint32_t leg) RT {
    const struct bus *bus = &e->bus[r->dst];
    struct bundle *b = bus->bundle;
    if (b->stale)
        return;
    const uint32_t n = r->list + leg, legs = e->strip[r->dst].legs;
    const struct route_leg *rl = &e->route_leg[r->leg + leg];
    struct mix_src *src = &b->src[n];
    for (uint32_t l = 0; l < legs; l++) {
        const uint32_t bit = 1u << (bus->column + l);
        struct mix_ramp *ramp = &b->ramp[n][bus->column + l];
        if (r->moving)
            *ramp = rl->ramp[l];
        else
            mix_ramp_to(ramp, 0, rl->g_lin[l]);
        src->g_lin[bus->column + l] = rl->g_lin[l];
        const bool feeds = r->moving || rl->g_lin[l] != 0;
        src->legs = (uint16_t)(feeds ? src->legs | bit : src->legs & ~bit);
        b->moving[n] = (uint16_t)(r->moving ? b->moving[n] | bit : b->moving[n] & ~bit);
    }
    src->ramp = b->moving[n] ? b->ramp[n] : NULL;
}

bool bundle_mix(struct engine *e, const struct strip *s, unsigned n, unsigned phase) RT {
    struct bundle *b = e->bus[s->object].bundle;
    if (b->stale)
        rebuild(e, b);
    if (s->object == b->first && b->legs) {
        float *out[MAX_LEGS];
        for (uint32_t i = b->first; i < b->first + b->auxes; i++)
            for (uint32_t l = 0; l < e->strip[i].legs && e->bus[i].bundled; l++)
                out[e->bus[i].column + l] = e->in[e->strip[i].leg + l];
        e->k->mix(out, b->legs, b->src, b->count, n, phase);
    }
    return e->bus[s->object].bundled;
}
