/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/sound/file_inserts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/timecode.h"
#include "daemon/sound/reel.h"
#include "daemon/sound/take_name.h"

struct insert {
    struct take_output take;
    struct reel *reel; /* NULL: missing, or cannot be read any further */
    uint32_t slot;     /* of its switch */
    char why[256];     /* it is missing */
};

struct file_inserts {
    const struct desk *desk;
    uint32_t count, legs, period_frames;
    struct insert *insert; /* [count] */
    float *memory;         /* [legs][period_frames] */
};

static void open_file(struct file_inserts *f, struct insert *insert, const char *dir) {
    const struct desk *desk = f->desk;
    const struct desk_object *o = insert->take.object;
    char name[TAKE_NAME_BYTES], error[256];
    take_file_name(&insert->take, name);
    insert->slot = layout_slot(&desk->layout, o->kind, o->index, ROW_INSERT_ON, 0, 0);
    insert->reel = reel_open(dir, name, desk->rate_hz, desk->start_frames, error);
    if (!insert->reel)
        snprintf(insert->why, sizeof insert->why, "%.250s",
                 error + (strncmp(error, "reel:", 5) == 0 ? 5 : 0));
    else if (reel_legs(insert->reel) != format_legs(o->format))
        snprintf(insert->why, sizeof insert->why, "%.180s has %u legs, not %u",
                 reel_path(insert->reel), reel_legs(insert->reel), format_legs(o->format));
}

struct file_inserts *file_inserts_open(const struct desk *desk, const char *dir,
                                       uint32_t period_frames) {
    struct file_inserts *f = calloc(1, sizeof *f);
    if (!f)
        return NULL;
    f->desk = desk;
    f->period_frames = period_frames;
    f->count = take_inserts(desk, NULL, 0);
    f->insert = calloc(f->count + 1u, sizeof *f->insert);
    struct take_output *take = calloc(f->count + 1u, sizeof *take);
    if (take)
        take_inserts(desk, take, f->count);
    for (uint32_t i = 0; take && f->insert && i < f->count; i++) {
        f->insert[i].take = take[i];
        f->legs += format_legs(take[i].object->format);
        open_file(f, &f->insert[i], dir);
    }
    f->memory = calloc((size_t)f->legs * period_frames + 1, sizeof(float));
    const bool fine = take && f->insert && f->memory;
    free(take);
    if (fine)
        return f;
    file_inserts_free(f);
    return NULL;
}

void file_inserts_free(struct file_inserts *f) {
    if (!f)
        return;
    for (uint32_t i = 0; f->insert && i < f->count; i++)
        reel_close(f->insert[i].reel);
    free(f->insert);
    free(f->memory);
    free(f);
}

uint32_t file_inserts_legs(const struct file_inserts *f) {
    return f->legs;
}

void file_inserts_read(struct file_inserts *f, int64_t timeline, uint32_t nframes,
                       const float *in[]) {
    float *to[MAX_LEGS];
    uint32_t leg = 0;
    for (uint32_t i = 0; i < f->count; i++) {
        struct insert *insert = &f->insert[i];
        const uint32_t legs = format_legs(insert->take.object->format), first = leg;
        for (uint32_t l = 0; l < legs; l++, leg++) {
            to[l] = f->memory + (size_t)leg * f->period_frames;
            in[leg] = insert->reel ? to[l] : NULL;
        }
        if (!insert->reel || reel_read(insert->reel, timeline, nframes, to, legs) == 0)
            continue;
        snprintf(insert->why, sizeof insert->why, "%.200s: cannot be read to its end",
                 reel_path(insert->reel));
        reel_close(insert->reel);
        insert->reel = NULL;
        for (leg = first; leg < first + legs; leg++)
            in[leg] = NULL;
    }
}

/* From where to where the file goes, for people. */
static void describe(const struct file_inserts *f, const struct reel *reel, char *text,
                     size_t size) {
    const struct desk *desk = f->desk;
    char from[TIMECODE_BYTES], to[TIMECODE_BYTES];
    timecode_print(desk->start_frames + reel_from(reel), desk->fps, desk->rate_hz, false, from);
    timecode_print(desk->start_frames + reel_to(reel), desk->fps, desk->rate_hz, false, to);
    snprintf(text, size, "%.180s holds %s to %s only", reel_path(reel), from, to);
}

int file_inserts_check(const struct file_inserts *f, const float *value, int64_t timeline,
                       uint32_t nframes, char error[256]) {
    for (uint32_t i = 0; i < f->count; i++) {
        const struct insert *insert = &f->insert[i];
        const struct reel *reel = insert->why[0] ? NULL : insert->reel;
        const struct desk_object *o = insert->take.object;
        char why[300], at[TIMECODE_BYTES];
        if (value[insert->slot] == 0 ||
            (reel && timeline >= reel_from(reel) && timeline + (int64_t)nframes <= reel_to(reel)))
            continue;
        snprintf(why, sizeof why, "%.255s", insert->why);
        if (reel)
            describe(f, reel, why, sizeof why);
        timecode_print(f->desk->start_frames + timeline, f->desk->fps, f->desk->rate_hz, false, at);
        snprintf(error, 256,
                 "insert of %.3s %.31s, on at %.15s: %.120s; expected a take of that pass "
                 "(--inserts)",
                 kind_path(o->kind), o->id, at, why);
        return -1;
    }
    return 0;
}
