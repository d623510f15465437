/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What happens later because of inserts: commands and locates. */
#include <string.h>

#include "dsp/engine_private.h"

void engine_insert_loop(struct engine *e, uint32_t loop_frames) RT {
    struct inserts *in = &e->inserts;
    const uint32_t room = in->room_frames, loop = loop_frames < room ? loop_frames : room;
    if (!in->ports || loop == in->loop_frames)
        return;
    const uint32_t lag = (loop + SPAN_FRAMES - 1) / SPAN_FRAMES * SPAN_FRAMES;
    in->loop_frames = loop;
    in->lag[PLACE_BETWEEN] = in->in_stage[0] ? lag : 0;
    in->lag[PLACE_LAST] = in->lag[PLACE_BETWEEN] + (in->in_stage[1] ? lag : 0);
    for (uint32_t i = 0; i < e->groups; i++) {
        struct insert_bank *b = e->group[i].insert;
        if (!b)
            continue;
        b->lag_frames = lag;
        b->at = b->still_frames = 0;
        memset(b->ring, 0, lag * sizeof *b->ring);
    }
    memset(in->back, 0, in->ports * sizeof *in->back);
    for (uint32_t i = 0; in->bus && i < e->strips; i++) {
        in->bus[i].at = 0;
        for (uint32_t l = 0; in->bus[i].ring && l < e->strip[i].legs; l++)
            memset(in->bus[i].ring + (size_t)l * room, 0, lag * sizeof(float));
    }
}

/* ---- places ---- */

/* Members of a VCA or mute group hear of it together: as soon as its first one does. */
static enum insert_place place_of_master(const struct engine *e, const struct desk_object *o) RT {
    if (o->kind == KIND_SOLO)
        return PLACE_LAST;
    for (uint32_t i = 0; i < e->first[KIND_GRP]; i++) {
        const uint64_t member = o->kind == KIND_VCA ? e->strip[i].vcas : e->strip[i].mgrps;
        if (member >> o->index & 1)
            return PLACE_BETWEEN;
    }
    return PLACE_LAST;
}

enum insert_place insert_ahead(const struct strip *s) RT {
    return s->kind == KIND_CH ? PLACE_FIRST : s->kind == KIND_GRP ? PLACE_BETWEEN : PLACE_LAST;
}

enum insert_place insert_behind(const struct strip *s) RT {
    return s->kind == KIND_CH ? PLACE_BETWEEN : PLACE_LAST;
}

enum insert_place insert_chain(const struct engine *e, const struct strip *s) RT {
    const struct insert_bank *b = e->group[s->group].insert;
    return b && b->first >> s->lane & 1 ? insert_behind(s) : insert_ahead(s);
}

/* The rows of equaliser and dynamics stand together in the table. */
static enum insert_place place_of(const struct engine *e, uint32_t slot) RT {
    const struct desk_object *o = &e->desk->object[e->plane.object[slot]];
    if (o->kind >= KINDS_STRIP)
        return place_of_master(e, o);
    const struct strip *s = &e->strip[e->plane.object[slot]];
    const enum row_id row = (enum row_id)e->plane.row[slot];
    if (row == ROW_TRIM || row == ROW_POLARITY || row == ROW_DELAY)
        return insert_ahead(s);
    if (row >= ROW_HPF_ON && row < ROW_FADER && row != ROW_INSERT_ON)
        return insert_chain(e, s);
    return insert_behind(s);
}

unsigned insert_places(struct engine *e, const struct command *command, uint32_t count) RT {
    for (uint32_t i = 0; i < count && e->inserts.bulk_place; i++)
        e->inserts.bulk_place[i] = (uint8_t)place_of(e, command[i].slot);
    return e->inserts.bulk_place ? PLACE_FIRST : PLACE_LAST;
}

uint32_t insert_latency(const struct engine *e, enum kind kind) RT {
    return e->inserts.lag[kind == KIND_CH ? PLACE_BETWEEN : PLACE_LAST];
}

uint32_t insert_lag(const struct engine *e, uint32_t slot) RT {
    return e->inserts.lag[PLACE_LAST] ? e->inserts.lag[place_of(e, slot)] : 0;
}

bool insert_defer(struct engine *e, const struct queue_item *item) RT {
    const uint32_t lag = item->deferred ? 0 : insert_lag(e, item->command.slot);
    if (!lag)
        return false;
    struct queue_item later = *item;
    later.frame = (int64_t)e->frame + lag;
    later.order = e->order++;
    later.deferred = true;
    later.last = false; /* when it landed has been told */
    queue_push(&e->by_frame, &later);
    return true;
}

/* ---- locates ---- */

void insert_locate(struct engine *e) RT {
    struct inserts *in = &e->inserts;
    for (unsigned p = 0; p < PLACES; p++) {
        if (!in->lag[p] || in->locates[p] == INSERT_LOCATES)
            stage_locate(e, (enum insert_place)p);
        else
            in->locate[p][in->locates[p]++] = e->frame + in->lag[p];
    }
}

void insert_due(struct engine *e) RT {
    struct inserts *in = &e->inserts;
    for (unsigned p = 1; p < PLACES && in->lag[PLACE_LAST]; p++)
        while (in->locates[p] && in->locate[p][0] <= e->frame) {
            memmove(in->locate[p], in->locate[p] + 1, --in->locates[p] * sizeof in->locate[p][0]);
            stage_locate(e, (enum insert_place)p);
        }
}

unsigned insert_until(const struct engine *e, unsigned n) RT {
    const struct inserts *in = &e->inserts;
    for (unsigned p = 1; p < PLACES; p++)
        if (in->locates[p] && in->locate[p][0] - e->frame < n)
            n = (unsigned)(in->locate[p][0] - e->frame);
    return n;
}
