/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parameters -> gains: what the plane says, turned into what the stages multiply by. */
#include <string.h>

#include "dsp/engine_private.h"

static uint32_t slot_of(const struct strip *s, enum row_id row, uint32_t add) RT {
    return s->slot[row] + add;
}

static float target(const struct engine *e, const struct strip *s, enum row_id row) RT {
    return s->slot[row] == SLOT_NONE ? 0 : e->plane.target[s->slot[row]];
}

static float lin(const struct engine *e, const struct strip *s, enum row_id row) RT {
    return s->slot[row] == SLOT_NONE ? 0 : e->plane.lin[s->slot[row]];
}

static void set_bit(uint64_t *word, uint32_t n, bool on) RT {
    const uint64_t bit = UINT64_C(1) << n;
    *word = on ? *word | bit : *word & ~bit;
}

/* ---- gains of a strip ---- */

static float in_gain(const struct engine *e, const struct strip *s) RT {
    const float fade = e->plane.lin[s->hidden + HIDDEN_IN_FADE];
    if (s->slot[ROW_TRIM] == SLOT_NONE)
        return fade;
    return lin(e, s, ROW_TRIM) * (1 - 2 * lin(e, s, ROW_POLARITY)) * fade;
}

static float out_gain(const struct engine *e, const struct strip *s) RT {
    if (s->kind == KIND_MON)
        return lin(e, s, ROW_MON_LEVEL) * (1 - (1 - MON_DIM_LIN) * lin(e, s, ROW_MON_DIM)) *
               (1 - lin(e, s, ROW_MON_CUT));
    float g = lin(e, s, ROW_FADER) * (1 - lin(e, s, ROW_MUTED));
    if (s->slot[ROW_VCA] == SLOT_NONE)
        return g;
    const struct layout *l = &e->desk->layout;
    for (uint32_t v = 0; v < l->dims[DIM_VCA]; v++) {
        const float member = e->plane.lin[slot_of(s, ROW_VCA, v)];
        if (member != 0)
            g *= 1 + member * (e->plane.lin[layout_slot(l, KIND_VCA, v, ROW_FADER, 0, 0)] - 1);
    }
    return g;
}

static void write_gain(float g[BOUNDARIES][LANES], bool *moving, const struct strip *s,
                       unsigned row, float value) RT {
    if (!*moving)
        for (unsigned c = 1; c < BOUNDARIES; c++)
            memcpy(g[c], g[0], sizeof g[0]);
    *moving = true;
    for (unsigned c = row; c < BOUNDARIES; c++)
        for (uint32_t l = 0; l < s->legs; l++)
            g[c][s->lane + l] = value;
}

/* ---- who is heard ---- */

static void graph_edge(struct engine *e, const struct strip *from, const struct strip *to, bool on)
    RT {
    const uint32_t bus = to->object - e->first[KIND_GRP];
    if (from->kind == KIND_CH)
        set_bit(&e->graph.ch_feeds[from->index], bus, on);
    else
        set_bit(&e->graph.bus_feeds[from->object - e->first[KIND_GRP]], bus, on);
}

static void graph_of_strip(struct engine *e, const struct strip *s) RT {
    for (uint32_t i = 0; i < s->route_count; i++) {
        const struct route *r = &e->route[s->routes[i]];
        const uint32_t slot = r->kind == ROUTE_TO ? r->slot[0] : r->slot[1];
        if (r->kind <= ROUTE_FROM)
            graph_edge(e, s, &e->strip[r->dst], e->plane.target[slot] != 0);
    }
}

static void solve_solo(struct engine *e) RT {
    const struct layout *l = &e->desk->layout;
    const int mode = (int)e->plane.target[layout_slot(l, KIND_SOLO, 0, ROW_SOLO_MODE, 0, 0)];
    bool any = false;
    for (uint32_t i = 0; i < e->strips; i++) {
        struct strip *s = &e->strip[i];
        if (s->slot[ROW_SOLO] == SLOT_NONE)
            continue;
        const bool solo = effective_soloed(target(e, s, ROW_SOLO) != 0, s->vcas, &e->masters);
        const bool safe = target(e, s, ROW_SOLOSAFE) != 0;
        any |= solo;
        if (s->kind == KIND_CH) {
            effective_bit(e->graph.ch_solo, s->index, solo);
            effective_bit(e->graph.ch_safe, s->index, safe);
        } else {
            set_bit(&e->graph.bus_solo, s->object - e->first[KIND_GRP], solo);
            set_bit(&e->graph.bus_safe, s->object - e->first[KIND_GRP], safe);
        }
        motion_set_hidden(&e->plane, s->hidden + HIDDEN_AFL, solo && mode == 0, SLEW_MS, e->frame);
        motion_set_hidden(&e->plane, s->hidden + HIDDEN_PFL, solo && mode == 1, SLEW_MS, e->frame);
    }
    e->graph.in_place = mode == 2;
    if (!l->count[KIND_MON])
        return;
    const float source = e->plane.target[layout_slot(l, KIND_MON, 0, ROW_MON_SOURCE, 0, 0)];
    for (uint32_t i = 0; i < e->strips; i++) {
        const bool heard = source == (float)(i + 1) && !(any && mode != 2);
        motion_set_hidden(&e->plane, e->strip[i].hidden + HIDDEN_MON, heard, SLEW_MS, e->frame);
    }
}

static void solve_mutes(struct engine *e) RT {
    effective_solve(&e->graph, &e->heard);
    for (uint32_t i = 0; i < e->strips; i++) {
        struct strip *s = &e->strip[i];
        if (s->slot[ROW_MUTED] == SLOT_NONE)
            continue;
        const bool heard = s->kind == KIND_CH
                               ? effective_heard_ch(&e->heard, s->index)
                               : effective_heard_bus(&e->heard, s->object - e->first[KIND_GRP]);
        const bool keyed =
            effective_keyed(target(e, s, ROW_MUTE) != 0, s->vcas, s->mgrps, &e->masters);
        motion_set(&e->plane, s->slot[ROW_MUTED], keyed || !heard, e->frame);
    }
}

/* ---- slots ---- */

static void touch_members(struct engine *e, uint32_t vca) RT {
    for (uint32_t i = 0; i < e->strips; i++) {
        const struct strip *s = &e->strip[i];
        if (s->slot[ROW_VCA] != SLOT_NONE && e->plane.lin[slot_of(s, ROW_VCA, vca)] != 0)
            todo_add(&e->touched, i, TOUCH_OUT);
    }
}

static void touch_route(struct engine *e, uint32_t number) RT {
    if (number != ROUTE_NONE)
        todo_add(&e->touched_routes, number, 1);
}

static void derive_route(struct engine *e, struct strip *s, uint32_t slot, bool set) RT {
    const enum row_id row = (enum row_id)e->plane.row[slot];
    const uint32_t dim = e->plane.dim[slot];
    uint32_t number[2] = {ROUTE_NONE, ROUTE_NONE};
    if (row == ROW_TO && s->to)
        number[0] = s->to[dim];
    else if ((row == ROW_FROM_ON || row == ROW_FROM_LEVEL) && s->from)
        number[0] = s->from[dim];
    else if (s->send)
        memcpy(number, s->send + 2 * dim, sizeof number);
    if (set) {
        graph_of_strip(e, s);
        e->mutes_stale = true;
        return;
    }
    touch_route(e, number[0]);
    touch_route(e, number[1]);
}

/* Keys of VCAs, mute groups and memberships, kept as bit masks. */
static void derive_keys(struct engine *e, uint32_t slot) RT {
    const enum row_id row = (enum row_id)e->plane.row[slot];
    const struct desk_object *o = &e->desk->object[e->plane.object[slot]];
    const bool on = e->plane.target[slot] != 0;
    if (o->kind == KIND_VCA && row == ROW_MUTE)
        set_bit(&e->masters.vca_mute, o->index, on);
    else if (o->kind == KIND_VCA && row == ROW_SOLO)
        set_bit(&e->masters.vca_solo, o->index, on);
    else if (o->kind == KIND_MGRP)
        set_bit(&e->masters.mgrp_on, o->index, on);
    else if (row == ROW_VCA)
        set_bit(&e->strip[e->plane.object[slot]].vcas, e->plane.dim[slot], on);
    else if (row == ROW_MGRP)
        set_bit(&e->strip[e->plane.object[slot]].mgrps, e->plane.dim[slot], on);
}

static void derive_move(struct engine *e, uint32_t slot) RT {
    const uint32_t object = e->plane.object[slot];
    const struct desk_object *o = &e->desk->object[object];
    switch ((enum derive)derive_of[e->plane.row[slot]]) {
    case DERIVE_IN: todo_add(&e->touched, object, TOUCH_IN); break;
    case DERIVE_OUT:
        if (o->kind == KIND_VCA)
            touch_members(e, o->index);
        else
            todo_add(&e->touched, object, TOUCH_OUT);
        break;
    case DERIVE_MEMBER:
    case DERIVE_MON: todo_add(&e->touched, object, TOUCH_OUT); break;
    case DERIVE_SPK: e->monitor.touched = true; break;
    case DERIVE_EQ: todo_add(&e->eq_dirty, object, 1); break;
    case DERIVE_DYN: todo_add(&e->touched, object, TOUCH_DYN); break;
    case DERIVE_MB: todo_add(&e->touched, object, TOUCH_MB); break;
    case DERIVE_LIM: todo_add(&e->touched, object, TOUCH_LIM); break;
    case DERIVE_INSERT: e->inserts.touched = true; break;
    case DERIVE_PAN: todo_add(&e->touched, object, TOUCH_PAN); break;
    case DERIVE_ROUTE: derive_route(e, &e->strip[object], slot, false); break;
    case DERIVE_SOLO:
        for (uint32_t i = 0; i < e->strips && e->plane.row[slot] == ROW_SOLO_LEVEL; i++)
            if (e->strip[i].mon != ROUTE_NONE) {
                touch_route(e, e->strip[i].mon + 1);
                touch_route(e, e->strip[i].mon + 2);
            }
        break;
    default: break;
    }
}

static void derive_set(struct engine *e, uint32_t slot) RT {
    const uint32_t object = e->plane.object[slot];
    switch ((enum derive)derive_of[e->plane.row[slot]]) {
    case DERIVE_MUTES:
    case DERIVE_MEMBER:
        derive_keys(e, slot);
        e->solo_stale = e->mutes_stale = true;
        break;
    case DERIVE_SOLO:
        derive_keys(e, slot);
        e->solo_stale = e->mutes_stale = true;
        break;
    case DERIVE_ROUTE: derive_route(e, &e->strip[object], slot, true); break;
    case DERIVE_EQ: todo_add(&e->eq_dirty, object, 1); break;
    case DERIVE_DYN:
    case DERIVE_MB:
        derive_care(e, slot);
        derive_move(e, slot);
        break;
    case DERIVE_LIM: todo_add(&e->touched, object, TOUCH_LIM); break;
    case DERIVE_SWAP: todo_add(&e->swapping, object, 1); break;
    case DERIVE_DELAY: todo_add(&e->fading_delays, object, 1); break;
    case DERIVE_PAN: todo_add(&e->touched, object, TOUCH_PAN_JUMP); break;
    case DERIVE_SPK: monitor_set(e, slot); break;
    default: break;
    }
}

void derive_slot(struct engine *e, uint32_t slot, bool set) RT {
    if (slot >= e->monitor.slot) {
        e->monitor.touched = true;
    } else if (slot >= e->plane.slots) {
        const struct strip *s = &e->strip[e->plane.object[slot]];
        const uint32_t h = slot - s->hidden;
        if (h == HIDDEN_IN_FADE)
            todo_add(&e->touched, s->object, TOUCH_IN);
        else if (h == HIDDEN_CARE && derive_care_due(e, s))
            todo_add(&e->touched, s->object, TOUCH_DYN | TOUCH_MB);
        else if (h == HIDDEN_SWAP) {
            todo_add(&e->touched, s->object, TOUCH_SWAP);
            e->inserts.touched = e->inserts.ports > 0;
        } else if (h < HIDDEN_IN_FADE && s->mon != ROUTE_NONE)
            touch_route(e, s->mon + h);
    } else if (set) {
        derive_set(e, slot);
    } else {
        derive_move(e, slot);
    }
}

/* ---- cells and blocks ---- */

static void touch_pan(struct engine *e, const struct strip *s, bool jump) RT {
    for (uint32_t i = 0; i < s->route_count; i++) {
        struct route *r = &e->route[s->routes[i]];
        if (!r->active)
            continue;
        if (jump)
            route_fade(e, s->routes[i], e->frame);
        else
            route_pan(e, r);
        touch_route(e, s->routes[i]);
    }
}

static void derive_touched(struct engine *e, unsigned row) RT {
    for (uint32_t i = 0; i < e->touched.count; i++) {
        const uint32_t n = e->touched.item[i];
        const struct strip *s = &e->strip[n];
        struct lane_group *g = &e->group[s->group];
        const uint8_t why = e->touched.mark[n];
        if (why & TOUCH_IN) {
            write_gain(g->in_gain, &g->in_moving, s, row, in_gain(e, s));
            todo_add(&e->moved_in, s->group, 1);
        }
        if (why & TOUCH_OUT) {
            write_gain(g->out_gain, &g->out_moving, s, row, out_gain(e, s));
            todo_add(&e->moved_out, s->group, 1);
            for (unsigned c = row; c < BOUNDARIES && s->kind == KIND_MON; c++)
                e->mono[c] = lin(e, s, ROW_MON_MONO);
        }
        if (why & (TOUCH_DYN | TOUCH_MB | TOUCH_LIM | TOUCH_SWAP))
            derive_dyn(e, s, row, why);
        if (why & (TOUCH_PAN | TOUCH_PAN_JUMP))
            touch_pan(e, s, (why & TOUCH_PAN_JUMP) != 0);
    }
    todo_clear(&e->touched);
}

static void derive_fades(struct engine *e) RT {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < e->fading_routes.count; i++) {
        const uint32_t n = e->fading_routes.item[i];
        if (e->route[n].fading && e->route[n].active) {
            todo_add(&e->touched_routes, n, 1);
            e->fading_routes.item[kept++] = n;
        } else {
            e->route[n].fading = false;
            e->fading_routes.mark[n] = 0;
        }
    }
    e->fading_routes.count = kept;
}

void derive_cell(struct engine *e, unsigned row, uint64_t at) RT {
    if (e->solo_stale)
        solve_solo(e);
    if (e->mutes_stale)
        solve_mutes(e);
    e->solo_stale = e->mutes_stale = false;
    for (uint32_t i = 0; i < e->plane.active;) {
        const uint32_t slot = e->plane.motion[i].slot;
        const bool goes_on = motion_step(&e->plane, i, at);
        derive_slot(e, slot, false);
        if (goes_on)
            i++;
    }
    derive_touched(e, row);
    insert_cell(e, row);
    monitor_cell(e, row);
    derive_fades(e);
    for (uint32_t i = 0; i < e->touched_routes.count; i++)
        route_write(e, e->touched_routes.item[i], row, at);
    todo_clear(&e->touched_routes);
}

static void eq_wanted(struct engine *e, const struct strip *s) RT {
    const float *v = e->plane.current;
    struct eq_params p = {
        .hpf = {v[s->slot[ROW_HPF_ON]] != 0, (uint8_t)v[s->slot[ROW_HPF_SLOPE]],
                v[s->slot[ROW_HPF_FREQ]]},
        .lpf = {v[s->slot[ROW_LPF_ON]] != 0, (uint8_t)v[s->slot[ROW_LPF_SLOPE]],
                v[s->slot[ROW_LPF_FREQ]]},
        .eq_on = v[s->slot[ROW_EQ_ON]] != 0,
    };
    for (uint32_t b = 0; b < EQ_BANDS; b++)
        p.band[b] = (struct eq_band){.on = v[s->slot[ROW_EQ_BAND_ON] + b] != 0,
                                     .type = (uint8_t)v[s->slot[ROW_EQ_BAND_TYPE] + b],
                                     .hz = v[s->slot[ROW_EQ_BAND_FREQ] + b],
                                     .gain_db = v[s->slot[ROW_EQ_BAND_GAIN] + b],
                                     .q = v[s->slot[ROW_EQ_BAND_Q] + b]};
    for (uint32_t l = 0; l < s->legs; l++)
        eq_set(e->group[s->group].eq, s->lane + l, &p);
}

void derive_block(struct engine *e) RT {
    for (uint32_t i = 0; i < e->moved_in.count; i++) {
        struct lane_group *g = &e->group[e->moved_in.item[i]];
        memcpy(g->in_gain[0], g->in_gain[SPAN_CELLS], sizeof g->in_gain[0]);
        g->in_moving = false;
    }
    todo_clear(&e->moved_in);
    for (uint32_t i = 0; i < e->moved_out.count; i++) {
        struct lane_group *g = &e->group[e->moved_out.item[i]];
        memcpy(g->out_gain[0], g->out_gain[SPAN_CELLS], sizeof g->out_gain[0]);
        g->out_moving = false;
    }
    todo_clear(&e->moved_out);
    derive_dyn_rest(e);
    insert_rest(e);
    for (unsigned c = 0; c < SPAN_CELLS; c++)
        e->mono[c] = e->mono[SPAN_CELLS];
    monitor_rest(e);
    for (uint32_t i = 0; i < e->moved_routes.count; i++)
        route_rest(e, e->moved_routes.item[i]);
    todo_clear(&e->moved_routes);
}

static void derive_delays(struct engine *e) RT {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < e->fading_delays.count; i++) {
        const uint32_t n = e->fading_delays.item[i];
        if (delay_update(e, &e->strip[n].delay))
            e->fading_delays.item[kept++] = n;
        else
            e->fading_delays.mark[n] = 0;
    }
    e->fading_delays.count = kept;
}

void derive_slow(struct engine *e) RT {
    derive_delays(e);
    monitor_slow(e);
    derive_swaps(e);
    for (uint32_t i = 0; i < e->eq_dirty.count; i++)
        eq_wanted(e, &e->strip[e->eq_dirty.item[i]]);
    todo_clear(&e->eq_dirty);
    for (uint32_t i = 0; i < e->groups; i++)
        if (e->group[i].eq)
            eq_block(e->group[i].eq);
}

void derive_all(struct engine *e) RT {
    struct plane *p = &e->plane;
    for (uint32_t slot = 0; slot < p->slots; slot++) {
        p->lin[slot] = motion_lin(p, slot, p->target[slot]);
        const enum derive d = (enum derive)derive_of[p->row[slot]];
        if (d == DERIVE_MUTES || d == DERIVE_MEMBER || d == DERIVE_SOLO)
            derive_keys(e, slot);
    }
    for (uint32_t i = 0; i < e->strips; i++) {
        p->lin[e->strip[i].hidden + HIDDEN_IN_FADE] = 1;
        p->lin[e->strip[i].hidden + HIDDEN_SWAP] = 1;
        graph_of_strip(e, &e->strip[i]);
    }
    solve_solo(e);
    solve_mutes(e);
    while (p->active) { /* rest at once where solo and mutes want to be */
        p->motion[0].residual = p->motion[0].gliding = false;
        motion_step(p, 0, e->frame);
    }
    for (uint32_t i = 0; i < e->strips; i++) {
        struct strip *s = &e->strip[i];
        struct lane_group *g = &e->group[s->group];
        for (uint32_t l = 0; l < s->legs; l++) {
            g->in_gain[0][s->lane + l] = in_gain(e, s);
            g->out_gain[0][s->lane + l] = out_gain(e, s);
            if (g->eq)
                eq_snap(g->eq, s->lane + l);
        }
        if (s->slot[ROW_HPF_ON] != SLOT_NONE)
            todo_add(&e->eq_dirty, i, 1);
        derive_swap(e, s);
        derive_dyn(e, s, 0, TOUCH_DYN | TOUCH_MB | TOUCH_LIM);
        if (s->delay.size)
            delay_snap(e, &s->delay);
        for (unsigned c = 0; c < BOUNDARIES && s->kind == KIND_MON; c++)
            e->mono[c] = lin(e, s, ROW_MON_MONO);
    }
    monitor_snap(e);
    insert_snap(e);
    for (uint32_t i = 0; i < e->routes; i++)
        route_snap(e, i);
}
