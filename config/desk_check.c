/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What `--check` warns of: desks that stand but probably are not meant so. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "config/desk.h"

struct check {
    const struct desk *desk;
    const char *name;
    void (*tell)(void *ctx, const char *text);
    void *ctx;
    unsigned count;
};

__attribute__((format(printf, 3, 4))) static void warn(struct check *c, const struct desk_object *o,
                                                       const char *format, ...) {
    char text[400];
    c->count++;
    if (!c->tell)
        return;
    int len = snprintf(text, sizeof text, "%.200s:%u: ", c->name, o->line);
    va_list args;
    va_start(args, format);
    vsnprintf(text + len, sizeof text - (size_t)len, format, args);
    va_end(args);
    c->tell(c->ctx, text);
}

/* How many switches of a row's dimension are on. */
static unsigned switched_on(const struct desk *d, const struct desk_object *o, enum row_id row) {
    unsigned n = 0;
    for (uint32_t i = 0; i < d->layout.dims[rows[row].dim]; i++) {
        const uint32_t slot = layout_slot(&d->layout, o->kind, o->index, row, i, 0);
        n += slot != SLOT_NONE && d->value[slot] > 0;
    }
    return n;
}

/* How many objects of the kinds have a switch on that points at index `dim`. */
static unsigned pointed_at(const struct desk *d, unsigned kinds, enum row_id row, uint32_t dim) {
    unsigned n = 0;
    for (uint32_t i = 0; i < d->objects; i++) {
        const struct desk_object *o = &d->object[i];
        const uint32_t slot = 1u << o->kind & kinds
                                  ? layout_slot(&d->layout, o->kind, o->index, row, dim, 0)
                                  : SLOT_NONE;
        n += slot != SLOT_NONE && d->value[slot] > 0;
    }
    return n;
}

static void check_insert(struct check *c, const struct desk_object *o) {
    const struct desk *d = c->desk;
    const uint32_t slot = layout_slot(&d->layout, o->kind, o->index, ROW_INSERT_ON, 0, 0);
    if (slot != SLOT_NONE && d->value[slot] > 0 && !o->insert_return[0])
        warn(c, o,
             "the insert of %s \"%s\" is on, but nothing comes back into it; expected "
             "connect_return = \"PORTS\"",
             kind_path(o->kind), o->id);
}

static void check_channel(struct check *c, const struct desk_object *o) {
    const struct desk *d = c->desk;
    const uint32_t in = layout_text(&d->layout, KIND_CH, o->index, ROW_IN);
    if (!d->text[in][0])
        warn(c, o, "channel \"%s\" has no input; expected in = \"reel:NAME\" or a port pattern",
             o->id);
    if (!d->reel_dir[0] && strncmp(d->text[in], "reel:", 5) == 0)
        warn(c, o, "channel \"%s\" plays from the reel, but tape has no reel = \"FOLDER\"", o->id);
    if (!switched_on(d, o, ROW_TO))
        warn(c, o, "channel \"%s\" feeds no group or stem; expected to = [ ... ]", o->id);
}

unsigned desk_check(const struct desk *d, const char *name,
                    void (*tell)(void *ctx, const char *text), void *ctx) {
    struct check c = {d, name, tell, ctx, 0};
    const uint32_t groups = d->layout.count[KIND_GRP];
    bool master = false;
    for (uint32_t i = 0; i < d->objects; i++) {
        const struct desk_object *o = &d->object[i];
        master = master || o->print_master;
        if (o->insert)
            check_insert(&c, o);
        if (o->kind == KIND_CH)
            check_channel(&c, o);
        if ((o->kind == KIND_GRP || o->kind == KIND_AUX) && !switched_on(d, o, ROW_TO))
            warn(&c, o, "%s \"%s\" feeds no stem; expected to = [ ... ]", kind_path(o->kind),
                 o->id);
        if (o->kind == KIND_GRP && !pointed_at(d, K_CH, ROW_TO, o->index))
            warn(&c, o, "nothing feeds group \"%s\"", o->id);
        if (o->kind == KIND_STEM && !pointed_at(d, K_SOURCES, ROW_TO, groups + o->index))
            warn(&c, o, "nothing feeds stem \"%s\"", o->id);
        if (o->kind == KIND_STEM && d->layout.count[KIND_MAIN] &&
            !pointed_at(d, K_MAIN, ROW_FROM_ON, o->index))
            warn(&c, o, "no main sums stem \"%s\"", o->id);
        if (o->kind == KIND_MAIN && !switched_on(d, o, ROW_FROM_ON))
            warn(&c, o, "main \"%s\" sums no stem", o->id);
        if (o->kind == KIND_VCA && !pointed_at(d, K_FULL, ROW_VCA, o->index))
            warn(&c, o, "VCA \"%s\" has no members", o->id);
        if (o->kind == KIND_MGRP && !pointed_at(d, K_FULL, ROW_MGRP, o->index))
            warn(&c, o, "mute group \"%s\" has no members", o->id);
    }
    const struct desk_object *monitor = &d->object[d->first[KIND_MON]];
    bool whole = false;
    for (uint32_t i = 0; i < d->sets; i++)
        whole = whole || d->set[i].format == monitor->format;
    if (!whole)
        warn(&c, monitor, "no loudspeaker set has the format of the monitor (%s): all are folded",
             format_name(monitor->format));
    if (d->layout.count[KIND_MAIN] && !master)
        warn(&c, &d->object[d->first[KIND_MAIN]],
             "no main is the print master; expected print_master = true in one of them");
    return c.count;
}
