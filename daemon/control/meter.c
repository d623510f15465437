/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/control/meter.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/control/room.h"

#define MARK_NS INT64_C(40000000) /* {S}/meter is offered 25 times a second */
#define BLOB_HEAD 12u
#define BLOB_LEGS 80u /* a blob of this many legs stays below 1400 bytes with its message */

int meter_setup(struct control *c) {
    struct meters *m = &c->meters;
    const uint32_t strips = c->desk->first[KIND_VCA];
    m->first = calloc(strips + 1, sizeof *m->first);
    if (!m->first)
        return -1;
    for (uint32_t i = 0; i < strips; i++)
        m->first[i + 1] = m->first[i] + format_legs(c->desk->object[i].format);
    m->count = m->first[strips];
    m->latest = calloc(m->count + 1, sizeof *m->latest);
    return m->latest ? 0 : -1;
}

void meter_free(struct meters *m) {
    free(m->first);
    free(m->latest);
    m->first = NULL;
    m->latest = NULL;
}

static float db_of(float lin) {
    const float db = lin > 0 ? 20 * log10f(lin) : SILENCE_DB;
    return db > SILENCE_DB ? db : SILENCE_DB; /* NaN too */
}

void meter_render(const struct control *c, uint32_t strip, bool in, struct osc_out *out) {
    const struct meters *m = &c->meters;
    for (uint32_t i = m->first[strip]; i < m->first[strip + 1]; i++)
        osc_out_float(out, db_of(in ? m->latest[i].in_peak : m->latest[i].out_peak));
}

int meter_subscribe(struct control *c, const struct origin *origin, int group, int32_t ms) {
    struct meter_stream *found = NULL, *empty = NULL;
    for (unsigned i = 0; i < METER_STREAMS; i++) {
        struct meter_stream *s = &c->meters.stream[i];
        if (!s->used)
            empty = empty ? empty : s;
        else if (s->group == group && osc_endpoint_equal(&s->from, origin->from))
            found = s;
    }
    if (ms == 0) {
        if (found)
            found->used = false;
        return 0;
    }
    if (!found) {
        if (!empty)
            return -1;
        found = empty;
        *found = (struct meter_stream){.used = true, .from = *origin->from, .group = group};
    }
    found->to = origin->client ? origin->client->reply : *origin->from;
    found->ms = ms;
    return 0;
}

void meter_leave(struct control *c, const struct osc_endpoint *from) {
    for (unsigned i = 0; i < METER_STREAMS; i++)
        if (c->meters.stream[i].used && osc_endpoint_equal(&c->meters.stream[i].from, from))
            c->meters.stream[i].used = false;
}

static void put16(uint8_t *p, int value) {
    p[0] = (uint8_t)((unsigned)value >> 8 & 0xff);
    p[1] = (uint8_t)((unsigned)value & 0xff);
}

static int fixed_db(float db) {
    return (int)lrintf(256 * (db >= -128 ? db > 127 ? 127 : db : -128)); /* NaN too */
}

static int fixed(float lin) {
    return fixed_db(db_of(lin));
}

/* One blob: sequence (32 bits), group, first, count, fields (16 bits each), then count x fields. */
static void send_blob(struct control *c, struct meter_stream *s, const struct link_meter *from,
                      uint32_t first, uint32_t count) {
    uint8_t blob[BLOB_HEAD + BLOB_LEGS * METER_FIELDS * 2], bytes[1400];
    uint8_t *p = blob + BLOB_HEAD;
    put16(blob, s->seq >> 16);
    put16(blob + 2, s->seq);
    put16(blob + 4, s->group);
    put16(blob + 6, (int)first);
    put16(blob + 8, (int)count);
    put16(blob + 10, METER_FIELDS);
    for (uint32_t i = 0; i < count; i++, p += 2 * METER_FIELDS) {
        put16(p, fixed(from[i].in_peak));
        put16(p + 2, fixed(from[i].in_rms));
        put16(p + 4, fixed(from[i].out_peak));
        put16(p + 6, fixed(from[i].out_rms));
        for (unsigned r = GR_GATE; r < GR_MB; r++)
            put16(p + 8 + 2 * r, fixed_db(from[i].gr_db[r]));
    }
    osc_out_begin(&c->out, "/meters");
    osc_out_blob(&c->out, blob, (size_t)(p - blob));
    const size_t size = osc_out_write(&c->out, bytes, sizeof bytes);
    if (size)
        control_send(c, &s->to, bytes, size);
    s->seq++;
}

static void send_stream(struct control *c, struct meter_stream *s) {
    const struct meters *m = &c->meters;
    const struct desk *d = c->desk;
    const uint32_t strips = d->first[KIND_VCA];
    const bool all = s->group == KIND_COUNT;
    const uint32_t from = all ? 0 : d->first[s->group];
    const uint32_t to = all ? strips : from + d->layout.count[s->group];
    const uint32_t base = m->first[from], legs = m->first[to] - base;
    for (uint32_t i = 0; i < legs; i += BLOB_LEGS)
        send_blob(c, s, m->latest + base + i, i, legs - i < BLOB_LEGS ? legs - i : BLOB_LEGS);
}

/* Gain reductions are rows that the desk tells: those of a strip's first leg, to a tenth of a dB.
 */
static void tell_reduction(struct control *c, uint32_t strip, enum row_id row, uint32_t dim,
                           float db) {
    const struct desk_object *o = &c->desk->object[strip];
    const struct place place = {o->kind, o->index, row, dim, 0};
    const uint32_t slot = layout_slot(&c->desk->layout, o->kind, o->index, row, dim, 0);
    const float told =
        db > SILENCE_DB ? 0.1f * roundf(10 * fminf(db, 0)) + 0.0f /* not -0 */ : SILENCE_DB;
    if (slot == SLOT_NONE || c->model.value[slot] == told)
        return;
    c->model.value[slot] = told;
    model_mark(&c->model, &place, REPORT_NONE, NULL);
}

static void tell_reductions(struct control *c) {
    static const enum row_id row[GR_COUNT] = {
        [GR_GATE] = ROW_GATE_GR,      [GR_COMP] = ROW_COMP_GR,     [GR_DEESS] = ROW_DEESS_GR,
        [GR_LIM] = ROW_LIM_GR,        [GR_MB] = ROW_MB_BAND_GR,    [GR_MB + 1] = ROW_MB_BAND_GR,
        [GR_MB + 2] = ROW_MB_BAND_GR, [GR_MB + 3] = ROW_MB_BAND_GR};
    for (uint32_t i = 0; i < c->desk->first[KIND_VCA]; i++)
        for (unsigned r = 0; r < GR_COUNT; r++)
            tell_reduction(c, i, row[r], r >= GR_MB ? r - GR_MB : 0,
                           c->meters.latest[c->meters.first[i]].gr_db[r]);
}

/* Whether anybody asked for {S}/meter: it is offered often. */
static bool wanted(struct control *c) {
    const struct client *k;
    for (uint32_t i = 0; (k = clients_at(c->clients, i)); i++)
        for (uint32_t s = 0; s < k->nsubs; s++)
            if (strstr(k->subs[s].pattern.text, "meter"))
                return true;
    return false;
}

void meter_tick(struct control *c) {
    struct meters *m = &c->meters;
    const struct link_meter *fresh = link_meters_take(c->link);
    if (fresh && m->count <= c->link->meters)
        memcpy(m->latest, fresh, m->count * sizeof *fresh);
    if (c->now_ns - m->marked_ns >= MARK_NS) {
        m->marked_ns = c->now_ns;
        tell_reductions(c);
        const bool mark = wanted(c);
        for (uint32_t i = c->reports.params; mark && i < c->reports.meters; i++)
            clients_mark(c->clients, i, NULL);
    }
    for (unsigned i = 0; i < METER_STREAMS; i++) {
        struct meter_stream *s = &m->stream[i];
        if (!s->used || c->now_ns < s->next_ns)
            continue;
        /* A stream ends with its client's lease. */
        if (!clients_find(c->clients, &s->from)) {
            s->used = false;
            continue;
        }
        s->next_ns = (s->next_ns && c->now_ns - s->next_ns < 1000000000 ? s->next_ns : c->now_ns) +
                     s->ms * INT64_C(1000000);
        send_stream(c, s);
    }
}
