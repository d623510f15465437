/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Building the engine: sizes from the desk, memory once, every page touched. Main thread. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dsp/engine_private.h"

/* Zeroed, aligned to a cache line, in units of it. */
static void *zeroed(size_t count, size_t size) {
    const size_t bytes = (count * size + 63) / 64 * 64 + 64;
    void *p = aligned_alloc(64, bytes);
    if (p)
        memset(p, 0, bytes);
    return p;
}

static bool todo_setup(struct todo *t, uint32_t count) {
    t->item = zeroed(count, sizeof *t->item);
    t->mark = zeroed(count, sizeof *t->mark);
    return t->item && t->mark;
}

static void todo_free(struct todo *t) {
    free(t->item);
    free(t->mark);
}

/* ---- plane ---- */

static bool plane_setup(struct engine *e) {
    struct plane *p = &e->plane;
    const struct desk *desk = e->desk;
    p->desk = desk;
    p->slots = desk->layout.slots;
    e->monitor.slot = p->slots + e->strips * HIDDEN_COUNT;
    p->all = e->monitor.slot + desk->sets;
    p->rate_hz = e->rate_hz;
    p->target = e->options.target ? e->options.target : zeroed(p->slots, sizeof(float));
    p->current = e->options.current ? e->options.current : zeroed(p->slots, sizeof(float));
    p->lin = zeroed(p->all, sizeof(float));
    p->motion_of = zeroed(p->all, sizeof(uint32_t));
    p->row = zeroed(p->slots, 1);
    p->comp = zeroed(p->slots, 1);
    p->object = zeroed(p->all, sizeof(uint16_t));
    p->dim = zeroed(p->slots, sizeof(uint16_t));
    p->motion = zeroed(p->all, sizeof(struct motion));
    if (!p->target || !p->current || !p->lin || !p->motion_of || !p->row || !p->comp ||
        !p->object || !p->dim || !p->motion)
        return false;
    memcpy(p->target, desk->value, p->slots * sizeof(float));
    memcpy(p->current, desk->value, p->slots * sizeof(float));
    for (uint32_t slot = 0; slot < p->all; slot++)
        p->motion_of[slot] = MOTION_NONE;
    for (uint32_t slot = p->slots; slot < p->all; slot++)
        p->object[slot] = (uint16_t)((slot - p->slots) / HIDDEN_COUNT);
    for (uint32_t slot = 0; slot < p->slots; slot++) {
        struct place place;
        if (!layout_place(&desk->layout, slot, &place))
            return false;
        p->row[slot] = (uint8_t)place.row;
        p->comp[slot] = (uint8_t)place.comp;
        p->dim[slot] = (uint16_t)place.dim;
        p->object[slot] = (uint16_t)(desk->first[place.kind] + place.index);
    }
    return true;
}

/* ---- strips, lane groups, stages ---- */

static bool strip_setup(struct engine *e, uint32_t object) {
    const struct desk_object *o = &e->desk->object[object];
    const struct layout *l = &e->desk->layout;
    struct strip *s = &e->strip[object];
    s->kind = o->kind;
    s->index = o->index;
    s->object = object;
    s->format = o->format;
    s->legs = format_legs(o->format);
    s->leg = e->legs;
    e->legs += s->legs;
    s->mon = ROUTE_NONE;
    s->hidden = l->slots + object * HIDDEN_COUNT;
    for (unsigned r = 0; r < ROW_COUNT; r++)
        s->slot[r] = rows[r].flags & ROW_VIEW || rows[r].type == TYPE_TEXT
                         ? SLOT_NONE
                         : layout_slot(l, o->kind, o->index, (enum row_id)r, 0, 0);
    if (o->kind == KIND_CH) {
        const uint32_t text = layout_text(l, KIND_CH, o->index, ROW_IN);
        s->taped = text != SLOT_NONE && (strncmp(e->desk->text[text], "reel:", 5) == 0 ||
                                         strncmp(e->desk->text[text], "tape:", 5) == 0);
    }
    return s->slot[ROW_DELAY] == SLOT_NONE ||
           delay_setup(e, &s->delay, s->slot[ROW_DELAY], s->legs, e->desk->max_delay_ms);
}

static uint32_t group_open(struct engine *e) {
    struct lane_group *g = &e->group[e->groups];
    for (unsigned l = 0; l < LANES; l++)
        g->leg[l] = UINT32_MAX;
    for (unsigned c = 0; c < BOUNDARIES; c++)
        for (unsigned l = 0; l < LANES; l++)
            g->in_gain[c][l] = g->out_gain[c][l] = 0;
    return e->groups++;
}

/* The banks that the rows of a strip ask for, once a group. */
static bool banks_setup(struct engine *e, struct lane_group *g, const struct strip *s) {
    const double rate_hz = (double)e->rate_hz;
    if (s->slot[ROW_HPF_ON] != SLOT_NONE && !g->eq) {
        if (!(g->eq = zeroed(1, sizeof *g->eq)))
            return false;
        eq_init(g->eq, e->k, rate_hz);
    }
    if (s->slot[ROW_GATE_ON] != SLOT_NONE && !g->dyn) {
        if (!(g->dyn = zeroed(1, sizeof *g->dyn)))
            return false;
        dyn_init(g->dyn, e->k, rate_hz);
    }
    if (s->slot[ROW_MB_ON] != SLOT_NONE && !g->mb) {
        if (!(g->mb = zeroed(1, sizeof *g->mb)))
            return false;
        multiband_init(g->mb, e->k, rate_hz);
    }
    if (s->slot[ROW_LIM_ON] != SLOT_NONE && e->desk->limiters && !g->lim) {
        if (!(g->lim = zeroed(1, sizeof *g->lim)))
            return false;
        limiter_init(g->lim, e->k, rate_hz);
        if (s->kind == KIND_MAIN && !(g->print = zeroed(1, sizeof *g->print)))
            return false;
        if (g->print)
            limiter_init(g->print, e->k, rate_hz);
    }
    if (g->dyn)
        dyn_link(g->dyn, s->lane, s->legs);
    if (g->mb)
        multiband_link(g->mb, s->lane, s->legs);
    if (g->lim)
        limiter_link(g->lim, s->lane, s->legs);
    if (g->print)
        limiter_link(g->print, s->lane, s->legs);
    return true;
}

static bool stage_setup(struct engine *e, uint32_t first, uint32_t count) {
    struct stage *st = &e->stage[e->stages++];
    *st = (struct stage){.first_strip = first, .strips = count, .first_group = e->groups};
    /* widest first, so that holes are few; a strip never straddles a group */
    for (uint32_t legs = MAX_LEGS; legs > 0; legs--) {
        uint32_t lane = LANES;
        for (uint32_t i = first; i < first + count; i++) {
            struct strip *s = &e->strip[i];
            if (s->legs != legs)
                continue;
            if (lane + legs > LANES) {
                group_open(e);
                lane = 0;
            }
            s->group = e->groups - 1;
            s->lane = lane;
            struct lane_group *g = &e->group[s->group];
            for (uint32_t l = 0; l < legs; l++) {
                g->used[lane + l] = true;
                g->leg[lane + l] = s->leg + l;
                g->strip[lane + l] = (uint16_t)s->object;
                g->lanes |= 1u << (lane + l);
            }
            lane += legs;
            if (!banks_setup(e, g, s))
                return false;
        }
    }
    st->groups = e->groups - st->first_group;
    return true;
}

static bool stages_setup(struct engine *e) {
    const struct desk *d = e->desk;
    e->group = zeroed(e->strips, sizeof *e->group); /* never more groups than strips */
    e->stage = zeroed(KINDS_STRIP + d->layout.count[KIND_AUX], sizeof *e->stage);
    if (!e->group || !e->stage)
        return false;
    for (enum kind kind = KIND_CH; kind < KINDS_STRIP; kind++) {
        const uint32_t count = d->layout.count[kind];
        if (kind == KIND_AUX) { /* one after the other, since each may feed the next */
            for (uint32_t i = 0; i < count; i++)
                if (!stage_setup(e, d->first[kind] + i, 1))
                    return false;
        } else if (count && !stage_setup(e, d->first[kind], count)) {
            return false;
        }
    }
    return true;
}

/* ---- routes ---- */

struct route_plan {
    struct engine *e;
    uint32_t routes, legs;
};

/* Count a route (first pass, e->route is NULL) or fill it in. */
static uint32_t plan(struct route_plan *p, uint32_t src, uint32_t dst, enum route_kind kind,
                     uint32_t dim, uint32_t a, uint32_t b, uint32_t c) {
    struct engine *e = p->e;
    const uint32_t number = p->routes++;
    if (e->route) {
        e->route[number] = (struct route){.src = (uint16_t)src,
                                          .dst = (uint16_t)dst,
                                          .kind = (uint8_t)kind,
                                          .dim = (uint16_t)dim,
                                          .pre = kind == ROUTE_SEND_PRE || kind == ROUTE_PFL,
                                          .leg = p->legs,
                                          .slot = {a, b, c}};
        struct strip *s = &e->strip[src];
        s->routes[s->route_count++] = number;
        struct bus *bus = &e->bus[dst];
        bus->route[bus->routes++] = number;
    } else {
        e->strip[src].route_count++;
        e->bus[dst].routes++;
        e->bus[dst].count += e->strip[src].legs;
    }
    p->legs += e->strip[src].legs;
    return number;
}

static void plan_strip(struct route_plan *p, uint32_t n) {
    struct engine *e = p->e;
    const struct desk *d = e->desk;
    const struct layout *l = &d->layout;
    struct strip *s = &e->strip[n];
    for (uint32_t i = 0; i < l->dims[DIM_DEST] && s->slot[ROW_TO] != SLOT_NONE; i++) {
        enum kind kind;
        uint32_t index;
        desk_dest(d, i, &kind, &index);
        const bool can = kind == KIND_STEM || s->kind == KIND_CH;
        const uint32_t r =
            can ? plan(p, n, d->first[kind] + index, ROUTE_TO, i, s->slot[ROW_TO] + i, 0, 0)
                : ROUTE_NONE;
        if (s->to)
            s->to[i] = r;
    }
    for (uint32_t i = 0; i < l->dims[DIM_AUX] && s->slot[ROW_SEND_ON] != SLOT_NONE; i++)
        for (uint32_t pre = 0; pre < 2; pre++) {
            const bool can = s->kind != KIND_AUX || s->index < i;
            const uint32_t r =
                can ? plan(p, n, d->first[KIND_AUX] + i, pre ? ROUTE_SEND_PRE : ROUTE_SEND, i,
                           s->slot[ROW_SEND_LEVEL] + i, s->slot[ROW_SEND_ON] + i,
                           s->slot[ROW_SEND_PRE] + i)
                    : ROUTE_NONE;
            if (s->send)
                s->send[2 * i + pre] = r;
        }
    for (uint32_t i = 0; i < l->count[KIND_MAIN] && s->kind == KIND_STEM; i++) {
        struct strip *m = &e->strip[d->first[KIND_MAIN] + i];
        const uint32_t r =
            plan(p, n, m->object, ROUTE_FROM, s->index, m->slot[ROW_FROM_LEVEL] + s->index,
                 m->slot[ROW_FROM_ON] + s->index, 0);
        if (m->from)
            m->from[s->index] = r;
    }
    if (!l->count[KIND_MON] || s->kind == KIND_MON)
        return;
    const uint32_t mon = d->first[KIND_MON],
                   level = layout_slot(l, KIND_SOLO, 0, ROW_SOLO_LEVEL, 0, 0);
    s->mon = plan(p, n, mon, ROUTE_MON, 0, s->hidden + HIDDEN_MON, 0, 0);
    plan(p, n, mon, ROUTE_AFL, 0, s->hidden + HIDDEN_AFL, level, 0);
    plan(p, n, mon, ROUTE_PFL, 0, s->hidden + HIDDEN_PFL, level, 0);
}

static bool routes_memory(struct engine *e, const struct route_plan *counted) {
    const struct layout *l = &e->desk->layout;
    for (uint32_t i = 0; i < e->strips; i++) {
        struct strip *s = &e->strip[i];
        struct bus *bus = &e->bus[i];
        s->routes = zeroed(s->route_count, sizeof *s->routes);
        bus->route = zeroed(bus->routes, sizeof *bus->route);
        bus->src = zeroed(bus->count, sizeof *bus->src);
        if (s->slot[ROW_TO] != SLOT_NONE)
            s->to = zeroed(l->dims[DIM_DEST], sizeof *s->to);
        if (s->slot[ROW_SEND_ON] != SLOT_NONE)
            s->send = zeroed(2 * (size_t)l->dims[DIM_AUX], sizeof *s->send);
        if (s->kind == KIND_MAIN)
            s->from = zeroed(l->dims[DIM_STEM], sizeof *s->from);
        if (!s->routes || !bus->route || !bus->src)
            return false;
        s->route_count = bus->routes = bus->count = 0;
        bus->stale = true;
    }
    e->route_leg = zeroed(counted->legs, sizeof *e->route_leg);
    e->route = zeroed(counted->routes, sizeof *e->route);
    e->routes = counted->routes;
    return e->route_leg && e->route && todo_setup(&e->touched_routes, e->routes) &&
           todo_setup(&e->moved_routes, e->routes) && todo_setup(&e->fading_routes, e->routes);
}

static bool routes_setup(struct engine *e) {
    struct route_plan p = {.e = e};
    for (uint32_t i = 0; i < e->strips; i++)
        plan_strip(&p, i);
    if (!routes_memory(e, &p))
        return false;
    p = (struct route_plan){.e = e};
    for (uint32_t i = 0; i < e->strips; i++)
        plan_strip(&p, i);
    return true;
}

/* ---- the rest ---- */

static bool ports_setup(struct engine *e) {
    const struct layout *l = &e->desk->layout;
    const uint32_t first_out = e->desk->first[KIND_STEM];
    for (uint32_t i = 0; i < l->count[KIND_CH]; i++)
        e->inputs += e->strip[i].legs;
    e->out_leg = zeroed(e->legs + e->monitor.speakers, sizeof *e->out_leg);
    e->input_bad = zeroed(e->inputs, 1);
    if (!e->out_leg || !e->input_bad)
        return false;
    for (uint32_t i = first_out; i < e->strips; i++)
        for (uint32_t leg = 0; leg < e->strip[i].legs && e->strip[i].kind != KIND_MON; leg++)
            e->out_leg[e->outputs++] = e->post[e->strip[i].leg + leg];
    for (uint32_t i = 0; i < e->monitor.speakers; i++)
        e->out_leg[e->outputs++] = e->monitor.out[i];
    return true;
}

static bool keys_setup(struct engine *e) {
    e->key.users = zeroed(e->strips, sizeof *e->key.users);
    e->key.source = zeroed(e->strips, sizeof *e->key.source);
    e->key.ring = zeroed(e->legs, sizeof *e->key.ring);
    return e->key.users && e->key.source && e->key.ring;
}

static bool print_setup(struct engine *e) {
    struct print *p = &e->print;
    const struct layout *l = &e->desk->layout;
    p->master = p->group = UINT32_MAX;
    if (!e->desk->limiters)
        return true;
    const uint32_t first = e->first[KIND_STEM], end = first + l->count[KIND_STEM];
    p->first_leg = first < e->strips ? e->strip[first].leg : 0;
    for (uint32_t i = first; i < end; i++)
        p->legs += e->strip[i].legs;
    p->feed = zeroed(p->legs, sizeof *p->feed);
    p->line = zeroed(p->legs, sizeof *p->line);
    p->left = zeroed(end - first, sizeof *p->left);
    for (uint32_t i = 0; i < l->count[KIND_MAIN]; i++) {
        const struct strip *s = &e->strip[e->first[KIND_MAIN] + i];
        if (!e->desk->object[s->object].print_master)
            continue;
        p->master = s->object;
        p->group = s->group;
        p->bank = e->group[s->group].print;
    }
    const enum kind last = l->count[KIND_MAIN] ? KIND_MAIN : KIND_STEM;
    for (uint32_t i = 0; i < e->stages; i++)
        e->stage[i].print = e->strip[e->stage[i].first_strip].kind == last;
    return p->feed && p->line && p->left;
}

/* Where the lanes come from and go. */
static void lanes_setup(struct engine *e) {
    for (uint32_t i = 0; i < e->groups; i++) {
        struct lane_group *g = &e->group[i];
        for (unsigned l = 0; l < LANES; l++) {
            if (!g->used[l])
                continue;
            const struct strip *s = &e->strip[g->strip[l]];
            g->src[l] = e->in[g->leg[l]];
            g->pre[l] = e->pre[g->leg[l]];
            g->post[l] = feed_of(e, s)[l - s->lane];
        }
    }
}

static bool masters_setup(struct engine *e) {
    const struct layout *l = &e->desk->layout;
    e->masters.vca_fader_db = e->vca_db;
    e->graph.channels = l->count[KIND_CH];
    e->graph.buses =
        l->count[KIND_GRP] + l->count[KIND_AUX] + l->count[KIND_STEM] + l->count[KIND_MAIN];
    return e->graph.channels <= EFFECTIVE_CHANNELS && e->graph.buses <= EFFECTIVE_BUSES &&
           l->count[KIND_VCA] <= EFFECTIVE_VCAS && l->count[KIND_MGRP] <= EFFECTIVE_MGRPS;
}

static bool build(struct engine *e) {
    const struct desk *d = e->desk;
    for (enum kind kind = KIND_CH; kind < KINDS_STRIP; kind++) {
        e->first[kind] = d->first[kind];
        e->strips += d->layout.count[kind];
    }
    e->strip = zeroed(e->strips, sizeof *e->strip);
    e->bus = zeroed(e->strips, sizeof *e->bus);
    if (!e->strip || !e->bus)
        return false;
    for (uint32_t i = 0; i < e->strips; i++)
        if (!strip_setup(e, i))
            return false;
    e->in = zeroed(e->legs, sizeof(planar));
    e->pre = zeroed(e->legs, sizeof(planar));
    e->post = zeroed(e->legs, sizeof(planar));
    e->tail = zeroed(e->legs, sizeof *e->tail);
    e->by_frame = (struct queue){.item = zeroed(ENGINE_QUEUE, sizeof(struct queue_item)),
                                 .capacity = ENGINE_QUEUE};
    e->by_timeline = (struct queue){.item = zeroed(ENGINE_QUEUE, sizeof(struct queue_item)),
                                    .capacity = ENGINE_QUEUE};
    e->bulk.command = zeroed(d->layout.slots, sizeof(struct command));
    if (!e->in || !e->pre || !e->post || !e->tail || !e->by_frame.item || !e->by_timeline.item ||
        !e->bulk.command)
        return false;
    return masters_setup(e) && stages_setup(e) && bundle_setup(e) && insert_setup(e) &&
           keys_setup(e) && print_setup(e) && plane_setup(e) && routes_setup(e) &&
           monitor_setup(e) && ports_setup(e) && todo_setup(&e->touched, e->strips) &&
           todo_setup(&e->eq_dirty, e->strips) && todo_setup(&e->moved_in, e->groups) &&
           todo_setup(&e->moved_out, e->groups) && todo_setup(&e->moved_dyn, e->groups) &&
           todo_setup(&e->swapping, e->strips) && todo_setup(&e->fading_delays, e->strips);
}

/* Give up: free what there is and say why. */
static struct engine *refuse(struct engine *e, char error[256], const char *why) {
    engine_free(e);
    strcpy(error, why); /* all of them are short */
    return NULL;
}

struct engine *engine_setup(const struct desk *desk, const struct engine_options *options,
                            char error[256]) {
    struct engine *e = zeroed(1, sizeof *e);
    if (!e)
        return refuse(e, error, "out of memory");
    e->desk = desk;
    e->options = *options;
    e->rate_hz = (float)desk->rate_hz;
    e->k = options->isa ? kernels_by_name(options->isa) : kernels_best();
    if (!e->k)
        return refuse(e, error, "this machine cannot run the kernels of that instruction set");
    if (!build(e))
        return refuse(e, error,
                      "out of memory, or more channels, buses, VCAs or mute groups than"
                      " effective.h has room for");
    lanes_setup(e);
    derive_all(e);
    return e;
}

static void strip_free(struct strip *s) {
    delay_free(&s->delay);
    free(s->to);
    free(s->send);
    free(s->from);
    free(s->routes);
}

static void plane_free(struct engine *e) {
    struct plane *p = &e->plane;
    if (!e->options.target)
        free(p->target);
    if (!e->options.current)
        free(p->current);
    free(p->lin);
    free(p->motion_of);
    free(p->row);
    free(p->comp);
    free(p->object);
    free(p->dim);
    free(p->motion);
}

void engine_free(struct engine *e) {
    if (!e)
        return;
    for (uint32_t i = 0; e->strip && i < e->strips; i++)
        strip_free(&e->strip[i]);
    for (uint32_t i = 0; e->bus && i < e->strips; i++) {
        free(e->bus[i].route);
        free(e->bus[i].src);
    }
    for (uint32_t i = 0; e->group && i < e->groups; i++) {
        free(e->group[i].eq);
        free(e->group[i].dyn);
        free(e->group[i].mb);
        free(e->group[i].lim);
        free(e->group[i].print);
    }
    bundle_free(e);
    insert_free(e);
    plane_free(e);
    monitor_free(&e->monitor);
    struct todo *lists[] = {
        &e->touched,      &e->eq_dirty,      &e->moved_in,      &e->moved_out, &e->touched_routes,
        &e->moved_routes, &e->fading_routes, &e->fading_delays, &e->moved_dyn, &e->swapping};
    for (unsigned i = 0; i < sizeof lists / sizeof *lists; i++)
        todo_free(lists[i]);
    void *const blocks[] = {e->strip,
                            e->bus,
                            e->group,
                            e->stage,
                            e->in,
                            e->pre,
                            e->post,
                            e->tail,
                            e->key.users,
                            e->key.source,
                            e->key.ring,
                            e->print.feed,
                            e->print.line,
                            e->print.left,
                            e->route,
                            e->route_leg,
                            e->by_frame.item,
                            e->by_timeline.item,
                            e->bulk.command,
                            (void *)e->out_leg,
                            e->input_bad};
    for (unsigned i = 0; i < sizeof blocks / sizeof *blocks; i++)
        free(blocks[i]);
    free(e);
}
