/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The derived part of the model: who is muted and whether anything is soloed, by the same pure
 * functions that the engine uses (config/effective.h). */
#include "daemon/control/model.h"

#include <string.h>

static bool on(const struct model *m, const struct desk_object *o, enum row_id row, uint32_t dim) {
    const uint32_t slot = layout_slot(&m->desk->layout, o->kind, o->index, row, dim, 0);
    return slot != SLOT_NONE && m->value[slot] != 0;
}

static uint64_t bits(const struct model *m, const struct desk_object *o, enum row_id row,
                     uint32_t dims) {
    uint64_t mask = 0;
    for (uint32_t d = 0; d < dims && d < 64; d++)
        mask |= (uint64_t)on(m, o, row, d) << d;
    return mask;
}

/* The keys of all VCAs or mute groups as a mask. */
static uint64_t keys(const struct model *m, enum kind kind, enum row_id row) {
    const struct desk *d = m->desk;
    uint64_t mask = 0;
    for (uint32_t i = 0; i < d->layout.count[kind] && i < 64; i++)
        mask |= (uint64_t)on(m, &d->object[d->first[kind] + i], row, 0) << i;
    return mask;
}

static uint64_t bus_bit(const struct desk *d, enum kind kind, uint32_t index) {
    const uint32_t n = d->first[kind] + index - d->first[KIND_GRP];
    return n < 64 ? UINT64_C(1) << n : 0;
}

/* Buses that a source feeds: groups, stems and auxes. */
static uint64_t feeds(const struct model *m, const struct desk_object *o) {
    const struct desk *d = m->desk;
    const struct layout *l = &d->layout;
    uint64_t mask = 0;
    for (uint32_t i = 0; i < l->dims[DIM_DEST]; i++)
        if (on(m, o, ROW_TO, i)) {
            enum kind kind;
            uint32_t index;
            desk_dest(d, i, &kind, &index);
            mask |= bus_bit(d, kind, index);
        }
    for (uint32_t i = 0; i < l->dims[DIM_AUX]; i++)
        if (on(m, o, ROW_SEND_ON, i))
            mask |= bus_bit(d, KIND_AUX, i);
    return mask;
}

static void fill_graph(struct model *m, const struct effective_masters *masters) {
    const struct desk *d = m->desk;
    struct effective_graph *g = m->graph;
    memset(g, 0, sizeof *g);
    g->channels = d->layout.count[KIND_CH];
    g->buses = d->first[KIND_MON] - d->first[KIND_GRP];
    for (uint32_t i = 0; i < d->first[KIND_MON]; i++) {
        const struct desk_object *o = &d->object[i];
        const bool solo = effective_soloed(on(m, o, ROW_SOLO, 0),
                                           bits(m, o, ROW_VCA, d->layout.dims[DIM_VCA]), masters);
        const bool safe = on(m, o, ROW_SOLOSAFE, 0);
        if (o->kind == KIND_CH) {
            if (o->index >= EFFECTIVE_CHANNELS)
                continue;
            g->ch_feeds[o->index] = feeds(m, o);
            effective_bit(g->ch_solo, o->index, solo);
            effective_bit(g->ch_safe, o->index, safe);
            continue;
        }
        const uint32_t bus = i - d->first[KIND_GRP];
        if (bus >= EFFECTIVE_BUSES)
            continue;
        g->bus_feeds[bus] |= o->kind == KIND_GRP || o->kind == KIND_AUX ? feeds(m, o) : 0;
        g->bus_solo |= (uint64_t)solo << bus;
        g->bus_safe |= (uint64_t)safe << bus;
        if (o->kind == KIND_MAIN)
            for (uint32_t s = 0; s < d->layout.count[KIND_STEM]; s++)
                if (on(m, o, ROW_FROM_ON, s))
                    g->bus_feeds[d->first[KIND_STEM] + s - d->first[KIND_GRP]] |= UINT64_C(1)
                                                                                  << bus;
    }
    g->in_place = layout_slot(&d->layout, KIND_SOLO, 0, ROW_SOLO_MODE, 0, 0) != SLOT_NONE &&
                  m->value[layout_slot(&d->layout, KIND_SOLO, 0, ROW_SOLO_MODE, 0, 0)] == 2;
}

void model_derive(struct model *m) {
    if (!m->derived_old)
        return;
    m->derived_old = false;
    const struct desk *d = m->desk;
    const struct effective_masters masters = {.vca_fader_db = m->vca_db,
                                              .vca_mute = keys(m, KIND_VCA, ROW_MUTE),
                                              .vca_solo = keys(m, KIND_VCA, ROW_SOLO),
                                              .mgrp_on = keys(m, KIND_MGRP, ROW_MGRP_ON)};
    fill_graph(m, &masters);
    effective_solve(m->graph, m->heard);
    for (uint32_t i = 0; i < d->first[KIND_MON]; i++) {
        const struct desk_object *o = &d->object[i];
        const uint32_t slot = layout_slot(&d->layout, o->kind, o->index, ROW_MUTED, 0, 0);
        if (slot == SLOT_NONE)
            continue;
        const bool keyed =
            effective_keyed(on(m, o, ROW_MUTE, 0), bits(m, o, ROW_VCA, d->layout.dims[DIM_VCA]),
                            bits(m, o, ROW_MGRP, d->layout.dims[DIM_MGRP]), &masters);
        const bool heard = o->kind == KIND_CH
                               ? effective_heard_ch(m->heard, o->index)
                               : effective_heard_bus(m->heard, i - d->first[KIND_GRP]);
        const float muted = keyed || !heard;
        if (muted == m->value[slot])
            continue;
        m->value[slot] = muted;
        model_mark(m, &(struct place){o->kind, o->index, ROW_MUTED, 0, 0}, REPORT_NONE, NULL);
    }
    if (m->heard->any != m->solo_any) {
        m->solo_any = m->heard->any;
        if (m->clients) {
            clients_mark(m->clients, report_of_verb(m->reports, VERB_SOLO_ANY), NULL);
            clients_mark(m->clients, report_of_verb(m->reports, VERB_SOLO_CLEAR), NULL);
        }
    }
}
