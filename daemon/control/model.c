/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/control/model.h"

#include <stdlib.h>
#include <string.h>

#include "config/views.h"

#define SWEEP_SLOTS 4096u
/* How long a set may be under way before the sweep doubts it. */
#define SETTLE_MS 300u

int model_setup(struct model *m, const struct desk *desk, struct link *link,
                const struct reports *reports) {
    const struct layout *l = &desk->layout;
    const uint32_t n = l->slots;
    memset(m, 0, sizeof *m);
    m->desk = desk;
    m->link = link;
    m->reports = reports;
    m->rate_hz = desk->rate_hz;
    m->value = calloc(n, sizeof *m->value);
    m->lands = calloc(n, sizeof *m->lands);
    m->row = calloc(n, 1);
    m->glide_at = calloc(n, sizeof *m->glide_at);
    m->glide = calloc(n, sizeof *m->glide);
    m->graph = calloc(1, sizeof *m->graph);
    m->heard = calloc(1, sizeof *m->heard);
    m->vca_db = calloc(EFFECTIVE_VCAS, sizeof *m->vca_db);
    if (!m->value || !m->lands || !m->row || !m->glide_at || !m->glide || !m->graph || !m->heard ||
        !m->vca_db)
        return -1;
    for (unsigned k = 0; k < KIND_COUNT; k++)
        for (uint32_t i = 0; i < l->count[k]; i++)
            for (unsigned r = 0; r < ROW_COUNT; r++) {
                const uint32_t size = rows[r].comps * l->dims[rows[r].dim];
                if (l->offset[k][r] != SLOT_NONE)
                    memset(m->row + l->base[k] + i * l->stride[k] + l->offset[k][r], (int)r, size);
            }
    memcpy(m->value, link->target, n * sizeof *m->value);
    for (uint32_t s = 0; s < n; s++) /* a former control's glides may still run */
        if (link->current[s] != link->target[s])
            model_sent(m, &(struct command){COMMAND_GLIDE, 0, s, m->value[s], 0}, 0);
    m->derived_old = true;
    model_derive(m);
    return 0;
}

void model_free(struct model *m) {
    free(m->value);
    free(m->lands);
    free(m->row);
    free(m->glide_at);
    free(m->glide);
    free(m->graph);
    free(m->heard);
    free(m->vca_db);
    memset(m, 0, sizeof *m);
}

float model_present(const struct model *m, uint32_t slot) {
    return model_glides(m, slot) ? m->link->current[slot] : m->value[slot];
}

unsigned model_read(struct model *m, const struct place *place, bool present, float out[3]) {
    const struct row *row = &rows[place->row];
    if (row->type == TYPE_TEXT)
        return 0;
    if (place->row == ROW_MUTED)
        model_derive(m);
    const struct layout *l = &m->desk->layout;
    const struct place at =
        desk_stored(place, m->value[layout_slot(l, KIND_MON, 0, ROW_MON_SET, 0, 0)]);
    const uint32_t slot = layout_slot(l, at.kind, at.index, at.row, at.dim, 0);
    float v[3] = {0, 0, 0};
    for (unsigned c = 0; c < rows[at.row].comps; c++)
        v[c] = present ? model_present(m, slot + c) : m->value[slot + c];
    if (place->row == ROW_PAN)
        out[0] = views_pan_from_az(v[0]);
    else if (place->row == ROW_PAN_XYZ)
        views_xyz_from_aed(v, out);
    else
        memcpy(out, v, row->comps * sizeof *out);
    return row->comps;
}

/* ---- reporting ---- */

void model_mark(struct model *m, const struct place *place, uint32_t moved,
                const struct osc_endpoint *by) {
    if (!m->clients)
        return;
    const uint32_t own = report_of(m->reports, place);
    clients_mark(m->clients, own, moved == REPORT_NONE || moved == own ? by : NULL);
    static const enum row_id views[][2] = {{ROW_PAN, ROW_PAN_XYZ}, {ROW_MON_REF, ROW_MON_REF}};
    const bool ref = place->row == ROW_SET_REF || place->row == ROW_MON_SET;
    if (place->row != ROW_PAN_AED && !ref)
        return;
    for (unsigned i = 0; i < (ref ? 1u : 2u); i++) {
        struct place view = *place;
        view.row = views[ref][i];
        view.dim = 0;
        const uint32_t number = report_of(m->reports, &view);
        clients_mark(m->clients, number, number == moved ? by : NULL);
    }
}

static void mark_slot(struct model *m, uint32_t slot, const struct osc_endpoint *by) {
    struct place place;
    if (layout_place(&m->desk->layout, slot, &place))
        model_mark(m, &place, REPORT_NONE, by);
}

/* A change on which `muted` hangs, for whoever it is. */
static bool is_derived_from(enum row_id row) {
    switch (row) {
    case ROW_MUTE:
    case ROW_SOLO:
    case ROW_SOLOSAFE:
    case ROW_VCA:
    case ROW_MGRP:
    case ROW_MGRP_ON:
    case ROW_TO:
    case ROW_SEND_ON:
    case ROW_FROM_ON:
    case ROW_SOLO_MODE: return true;
    default: return false;
    }
}

static void change(struct model *m, uint32_t slot, float value) {
    const enum row_id row = (enum row_id)m->row[slot];
    m->value[slot] = value;
    m->derived_old |= is_derived_from(row);
    m->changes += (rows[row].flags & (ROW_SCENE | ROW_STATE)) != 0;
}

/* ---- glides ---- */

static void glide_add(struct model *m, uint32_t slot, uint64_t end) {
    if (!m->glide_at[slot])
        m->glide_at[slot] = ++m->glides;
    m->glide[m->glide_at[slot] - 1] = (struct glide){slot, end};
}

static void glide_stop(struct model *m, uint32_t slot) {
    if (!m->glide_at[slot])
        return;
    const uint32_t at = m->glide_at[slot] - 1;
    m->glide_at[slot] = 0;
    m->glide[at] = m->glide[--m->glides];
    if (at < m->glides)
        m->glide_at[m->glide[at].slot] = at + 1;
}

static void glides_tick(struct model *m, uint64_t frame, bool report) {
    for (uint32_t i = m->glides; i-- > 0;) {
        const struct glide g = m->glide[i];
        const bool there = m->link->current[g.slot] == m->link->target[g.slot] &&
                           m->link->target[g.slot] == m->value[g.slot];
        if (there && frame >= g.end) {
            glide_stop(m, g.slot);
            mark_slot(m, g.slot, NULL); /* the value it ends on */
        } else if (report) {
            mark_slot(m, g.slot, NULL);
        }
    }
}

/* ---- what was sent, what landed ---- */

void model_sent(struct model *m, const struct command *c, uint64_t lands) {
    if (c->op == COMMAND_GLIDE) {
        glide_add(m, c->slot,
                  lands + (uint64_t)((double)c->seconds * (double)m->rate_hz) + m->rate_hz / 50);
        change(m, c->slot, c->value);
    } else if (c->op == COMMAND_SET) {
        glide_stop(m, c->slot);
        change(m, c->slot, c->value);
    }
    m->lands[c->slot] = lands ? lands : 1; /* 0 means never: sound had no clock yet */
}

void model_landed(struct model *m, const struct command *commands, uint32_t count, uint64_t frame) {
    for (uint32_t i = 0; i < count; i++) {
        const struct command *c = &commands[i];
        if (c->slot >= m->desk->layout.slots || m->lands[c->slot] > frame)
            continue; /* a newer set is under way */
        if (c->op == COMMAND_GLIDE)
            glide_add(m, c->slot, frame + (uint64_t)((double)c->seconds * (double)m->rate_hz));
        else
            glide_stop(m, c->slot);
        const float value = m->link->target[c->slot];
        if (value != m->value[c->slot] || c->op == COMMAND_GLIDE) {
            change(m, c->slot, value);
            mark_slot(m, c->slot, NULL);
        }
    }
}

/* ---- the sweep ---- */

static void compare(struct model *m, uint32_t slot) {
    const float value = m->link->target[slot];
    if (value == m->value[slot] || rows[m->row[slot]].flags & ROW_READ_ONLY)
        return;
    if (!(value >= -1e9f && value <= 1e9f))
        return; /* nonsense in the mapping is not spread */
    change(m, slot, value);
    mark_slot(m, slot, NULL);
    if (m->link->current[slot] != value)
        glide_add(m, slot, 0);
}

static void sweep(struct model *m, const struct link_clock *clock) {
    const uint32_t slots = m->desk->layout.slots;
    const uint64_t settle = m->rate_hz * SETTLE_MS / 1000;
    const uint32_t n = slots < SWEEP_SLOTS ? slots : SWEEP_SLOTS;
    for (uint32_t i = 0; i < n; i++) {
        if (m->sweep >= slots)
            m->sweep = 0;
        uint64_t lands = m->lands[m->sweep];
        /* What was sent before sound began lands when it begins: a state loaded without a server
         * must not give way to the values of the desk file. */
        if (lands && lands < m->first_frame)
            lands = m->first_frame;
        if (lands == 0 || (clock->rate_hz && lands + settle < clock->frame))
            compare(m, m->sweep);
        m->sweep++;
    }
}

void model_resync(struct model *m) {
    for (uint32_t s = 0; s < m->desk->layout.slots; s++)
        compare(m, s);
}

void model_tick(struct model *m, const struct link_clock *clock, bool report_glides) {
    if (!m->first_frame && clock->rate_hz)
        m->first_frame = clock->frame + 1;
    glides_tick(m, clock->frame, report_glides);
    sweep(m, clock);
    model_derive(m);
}
