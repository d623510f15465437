/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/sound/file_inserts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/timecode.h"
#include "daemon/sound/reel.h"
#include "daemon/sound/take_name.h"

#define LOOP_MAX_FRAMES 8192u /* JACK's longest period */

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
    uint32_t loop_frames, channels_late_frames;
    int64_t from, to;
    float *memory; /* [legs][period_frames] */
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

/* "loop TAB timeline TAB frames TAB ..." */
static uint32_t read_loop(const char *dir) {
    char path[1200], line[400];
    unsigned long frames = 0;
    snprintf(path, sizeof path, "%.1100s/take.txt", dir);
    FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof line, file)) {
        char *rest = NULL;
        const char *word = strtok_r(line, "\t", &rest);
        if (word && strcmp(word, "loop") == 0 && strtok_r(NULL, "\t", &rest))
            frames = strtoul(rest, NULL, 10);
    }
    if (file)
        fclose(file);
    return frames <= LOOP_MAX_FRAMES ? (uint32_t)frames : 0;
}

struct file_inserts *file_inserts_open(const struct desk *desk, const char *dir,
                                       uint32_t period_frames) {
    struct file_inserts *f = calloc(1, sizeof *f);
    if (!f)
        return NULL;
    f->desk = desk;
    f->period_frames = period_frames;
    f->from = INT64_MIN;
    f->to = INT64_MAX;
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
    if (f->count)
        f->loop_frames = read_loop(dir);
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

uint32_t file_inserts_loop(const struct file_inserts *f) {
    return f->loop_frames;
}

void file_inserts_range(struct file_inserts *f, int64_t from, int64_t to,
                        uint32_t channels_late_frames) {
    f->from = from;
    f->to = to;
    f->channels_late_frames = channels_late_frames;
}

/* Where what comes back at a timeline frame was sent. */
static int64_t sent_at(const struct file_inserts *f, const struct insert *insert,
                       int64_t timeline) {
    const bool group = insert->take.object->kind == KIND_GRP;
    return timeline - f->loop_frames - (group ? f->channels_late_frames : 0);
}

/* What was sent before the range is not there: a live pass begins with silence, too. */
static void clear_before(const struct file_inserts *f, int64_t at, uint32_t nframes,
                         float *const leg[], uint32_t legs) {
    if (at >= f->from)
        return;
    const int64_t before = f->from - at;
    const size_t n = before < (int64_t)nframes ? (size_t)before : nframes;
    for (uint32_t l = 0; l < legs; l++)
        memset(leg[l], 0, n * sizeof(float));
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
        if (!insert->reel)
            continue;
        const int64_t at = sent_at(f, insert, timeline);
        if (reel_read(insert->reel, at, nframes, to, legs) == 0) {
            clear_before(f, at, nframes, to, legs);
            continue;
        }
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
        int64_t from = sent_at(f, insert, timeline), to = from + nframes;
        from = from < f->from ? f->from : from;
        to = to > f->to ? f->to : to;
        if (value[insert->slot] == 0 || to <= from ||
            (reel && from >= reel_from(reel) && to <= reel_to(reel)))
            continue;
        snprintf(why, sizeof why, "%.255s", insert->why);
        if (reel)
            describe(f, reel, why, sizeof why);
        timecode_print(f->desk->start_frames + from, f->desk->fps, f->desk->rate_hz, false, at);
        snprintf(error, 256,
                 "insert of %.3s %.31s, on at %.15s: %.120s; expected a take of that pass "
                 "(--inserts)",
                 kind_path(o->kind), o->id, at, why);
        return -1;
    }
    return 0;
}
