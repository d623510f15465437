/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "config/views.h"
#include "dsp/engine_private.h"
#include "dsp/pan.h"

float route_gain(const struct engine *e, const struct route *r) RT {
    const float *lin = e->plane.lin;
    switch ((enum route_kind)r->kind) {
    case ROUTE_TO:
    case ROUTE_MON: return lin[r->slot[0]];
    case ROUTE_FROM:
    case ROUTE_AFL:
    case ROUTE_PFL: return lin[r->slot[0]] * lin[r->slot[1]];
    case ROUTE_SEND: return lin[r->slot[0]] * lin[r->slot[1]] * (1 - lin[r->slot[2]]);
    case ROUTE_SEND_PRE: return lin[r->slot[0]] * lin[r->slot[1]] * lin[r->slot[2]];
    }
    return 0;
}

static float current(const struct engine *e, const struct strip *s, enum row_id row, uint32_t add)
    RT {
    return e->plane.current[s->slot[row] + add];
}

void route_pan(struct engine *e, struct route *r) RT {
    const struct strip *s = &e->strip[r->src];
    struct pan_params p = PAN_DEFAULTS;
    const bool directed = r->kind == ROUTE_TO || r->kind == ROUTE_AFL || r->kind == ROUTE_SEND ||
                          r->kind == ROUTE_SEND_PRE;
    if (directed && s->slot[ROW_PAN_AED] != SLOT_NONE) {
        p.az_deg = current(e, s, ROW_PAN_AED, 0);
        p.el_deg = current(e, s, ROW_PAN_AED, 1);
        p.dist = current(e, s, ROW_PAN_AED, 2);
        p.spread = current(e, s, ROW_PAN_SPREAD, 0);
        p.div = current(e, s, ROW_PAN_DIV, 0);
        p.width = current(e, s, ROW_PAN_WIDTH, 0);
        if (r->kind == ROUTE_TO)
            p.lfe_lin = effective_lin(current(e, s, ROW_PAN_LFE, 0));
        if (r->kind == ROUTE_SEND || r->kind == ROUTE_SEND_PRE) {
            p.az_deg = views_az_from_pan(current(e, s, ROW_SEND_PAN, r->dim));
            p.el_deg = 0;
        }
    }
    float m[MAX_LEGS][MAX_LEGS];
    pan_matrix(s->format, e->strip[r->dst].format, &p, m);
    for (uint32_t l = 0; l < s->legs; l++)
        memcpy(e->route_leg[r->leg + l].pan_to, m[l], sizeof m[l]);
}

/* The pan matrix at engine frame `at`, in the middle of a cross-fade or at rest. */
static void pan_at(struct engine *e, struct route *r, uint64_t at) RT {
    const float len = roundf(FADE_MS * 1e-3f * e->rate_hz);
    const float u = r->fading ? (float)(at - r->fade) / len : 1;
    const float w = u >= 1 ? 1 : 0.5f - 0.5f * cosf((float)M_PI * u);
    const uint32_t to = e->strip[r->dst].legs;
    for (uint32_t l = 0; l < e->strip[r->src].legs; l++) {
        struct route_leg *rl = &e->route_leg[r->leg + l];
        for (unsigned d = 0; d < to; d++)
            rl->pan[d] =
                w >= 1 ? rl->pan_to[d] : rl->pan_from[d] + w * (rl->pan_to[d] - rl->pan_from[d]);
    }
    if (u >= 1)
        r->fading = false;
}

void route_fade(struct engine *e, uint32_t number, uint64_t now) RT {
    struct route *r = &e->route[number];
    for (uint32_t l = 0; l < e->strip[r->src].legs; l++) {
        struct route_leg *rl = &e->route_leg[r->leg + l];
        memcpy(rl->pan_from, rl->pan, sizeof rl->pan);
    }
    route_pan(e, r);
    r->fading = true;
    r->fade = now;
    todo_add(&e->fading_routes, number, 1);
}

static void list_entry(struct engine *e, const struct route *r, uint32_t leg) RT {
    struct bus *bus = &e->bus[r->dst];
    if (bus->bundled) {
        bundle_entry(e, r, leg);
        return;
    }
    if (bus->stale)
        return;
    struct mix_src *src = &bus->src[r->list + leg];
    struct route_leg *rl = &e->route_leg[r->leg + leg];
    uint32_t any[MAX_LEGS]; /* bits of any gain but +-0 */
    const uint32_t to = e->strip[r->dst].legs;
    memcpy(any, rl->g_lin, sizeof any);
    for (unsigned d = 0; d < to && r->moving; d++) {
        uint32_t cell[2 * SPAN_CELLS];
        memcpy(cell, &rl->ramp[d], sizeof cell);
        for (unsigned c = 0; c < 2 * SPAN_CELLS; c++)
            any[d] |= cell[c];
    }
    uint16_t legs = 0;
    for (unsigned d = 0; d < to; d++)
        legs = (uint16_t)(legs | (any[d] << 1 ? 1u << d : 0u));
    src->legs = legs;
    src->ramp = r->moving ? rl->ramp : NULL;
    memcpy(src->g_lin, rl->g_lin, sizeof src->g_lin);
}

static void activate(struct engine *e, struct route *r, bool on) RT {
    r->active = on;
    e->bus[r->dst].stale = true;
    if (e->bus[r->dst].bundle)
        e->bus[r->dst].bundle->stale = true;
    if (r->pre) {
        struct lane_group *g = &e->group[e->strip[r->src].group];
        g->pre_routes = on ? g->pre_routes + 1 : g->pre_routes - 1;
    }
}

void route_write(struct engine *e, uint32_t number, unsigned row, uint64_t at) RT {
    struct route *r = &e->route[number];
    const float gain = route_gain(e, r);
    const uint32_t legs = e->strip[r->src].legs, to = e->strip[r->dst].legs;
    if (!r->active) {
        if (gain == 0)
            return;
        for (uint32_t l = 0; l < legs; l++)
            memset(e->route_leg[r->leg + l].g_lin, 0, sizeof(float[MAX_LEGS]));
        route_pan(e, r);
        r->fading = false;
        activate(e, r, true);
    }
    pan_at(e, r, at);
    for (uint32_t l = 0; l < legs; l++) {
        struct route_leg *rl = &e->route_leg[r->leg + l];
        for (unsigned d = 0; d < to; d++) {
            if (!r->moving)
                mix_ramp_to(&rl->ramp[d], 0, rl->g_lin[d]);
            rl->end[d] = gain * rl->pan[d];
            mix_ramp_to(&rl->ramp[d], row, rl->end[d]);
        }
    }
    r->moving = true;
    todo_add(&e->moved_routes, number, 1);
    for (uint32_t l = 0; l < legs; l++)
        list_entry(e, r, l);
}

void route_rest(struct engine *e, uint32_t number) RT {
    struct route *r = &e->route[number];
    const uint32_t legs = e->strip[r->src].legs;
    r->moving = false;
    bool any = route_gain(e, r) != 0;
    for (uint32_t l = 0; l < legs; l++) {
        struct route_leg *rl = &e->route_leg[r->leg + l];
        memcpy(rl->g_lin, rl->end, sizeof rl->g_lin);
        for (unsigned d = 0; d < MAX_LEGS; d++)
            any |= rl->g_lin[d] != 0;
    }
    if (!any && r->active)
        activate(e, r, false);
    else
        for (uint32_t l = 0; l < legs; l++)
            list_entry(e, r, l);
}

void route_snap(struct engine *e, uint32_t number) RT {
    struct route *r = &e->route[number];
    const float gain = route_gain(e, r);
    r->moving = r->fading = false;
    if ((gain != 0) != r->active)
        activate(e, r, gain != 0);
    if (gain == 0)
        return;
    route_pan(e, r);
    pan_at(e, r, e->frame);
    for (uint32_t l = 0; l < e->strip[r->src].legs; l++) {
        struct route_leg *rl = &e->route_leg[r->leg + l];
        for (unsigned d = 0; d < MAX_LEGS; d++)
            rl->g_lin[d] = gain * rl->pan[d];
        list_entry(e, r, l);
    }
}

void route_rebuild(struct engine *e, uint32_t strip) RT {
    struct bus *bus = &e->bus[strip];
    bus->count = bus->from_channels = 0;
    bus->stale = false;
    for (uint32_t i = 0; i < bus->routes; i++) {
        struct route *r = &e->route[bus->route[i]];
        if (!r->active)
            continue;
        const struct strip *s = &e->strip[r->src];
        r->list = bus->count;
        bus->from_channels += s->kind == KIND_CH ? s->legs : 0;
        for (uint32_t l = 0; l < s->legs; l++) {
            bus->src[bus->count++].y = r->pre                  ? e->pre[s->leg + l]
                                       : r->kind == ROUTE_FROM ? feed_of(e, s)[l]
                                                               : e->post[s->leg + l];
            list_entry(e, r, l);
        }
    }
}
