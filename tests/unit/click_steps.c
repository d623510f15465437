/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "click_steps.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/views.h"

#define SETTLE_FRAMES 24000
#define DELAY_SETTLE_FRAMES 60000 /* the line has to fill first */

/* ---- values ---- */

static float value_of(const struct rig *rig, const char *text) {
    if (strcmp(text, "none") == 0)
        return 0;
    if (*text != '/')
        return strtof(text, NULL);
    const int object = desk_strip_number(rig->desk, text);
    assert_true(object >= 0);
    return (float)(object + 1);
}

static void set_one(struct rig *rig, const char *strip, char *item) {
    char address[160];
    char *value = strchr(item, '=');
    assert_non_null(value);
    *value++ = '\0';
    if (strncmp(item, "{}", 2) == 0)
        snprintf(address, sizeof address, "%s%s", strip, item + 2);
    else
        snprintf(address, sizeof address, "%s", item);
    rig_set(rig, address, value_of(rig, value));
}

void click_set_up(struct rig *rig, const struct click_step *s) {
    char text[sizeof s->set];
    snprintf(text, sizeof text, "%s", s->set);
    for (char *save = NULL, *item = strtok_r(text, " ", &save); item;
         item = strtok_r(NULL, " ", &save))
        set_one(rig, s->strip, item);
}

void click_move(struct rig *rig, const struct click_step *s, const float to[3]) {
    const struct group group = {.when = WHEN_FRAME, .frame = rig->now, .count = s->slots};
    struct command c[3];
    for (uint32_t i = 0; i < s->slots; i++)
        c[i] = (struct command){.op = COMMAND_SET, .slot = s->slot + i, .value = to[i]};
    assert_int_equal(engine_queue(rig->engine, &group, c), 0);
}

/* ---- steps ---- */

/* Extremes of a component of a row on this desk; the numbers of objects are its own. */
static void extremes(const struct rig *rig, enum row_id row, uint32_t comp, float *lo, float *hi) {
    float def;
    row_range(&rows[row], comp, lo, &def, hi);
    if (row == ROW_DELAY)
        *hi = rig->desk->max_delay_ms;
    if (rows[row].type == TYPE_SET)
        *hi = (float)rig->desk->layout.dims[DIM_SET] - 1;
    if (rows[row].type == TYPE_STRIP) /* the last strip is the monitor */
        *hi = (float)(desk_strip_number(rig->desk, "/mon") + 1);
}

/* The line of the n-th step of a component (0: its extremes), and whether there is one. Rows
 * without a line are heard as they are. */
static bool find_line(enum row_id row, enum kind kind, uint32_t comp, unsigned n,
                      struct click_line *line) {
    unsigned pairs = 0;
    *line = (struct click_line){.row = row, .set = ""};
    for (unsigned i = 0; i < click_line_count; i++) {
        const struct click_line *l = &click_lines[i];
        if (l->row != row || !(l->kinds & 1u << kind) || l->comp != comp)
            continue;
        if (l->pair ? ++pairs == n : n == 0)
            *line = *l;
    }
    if (n <= pairs)
        return true;
    /* Neighbouring words of an enumeration, in the rig of its extremes. */
    const unsigned words = row_words(&rows[row]), step = n - pairs;
    if (words < 3 || step >= words || !find_line(row, kind, comp, 0, line))
        return false;
    static char pair[32];
    snprintf(pair, sizeof pair, "%u..%u", step - 1, step);
    line->pair = pair;
    return true;
}

/* Which of the dimension: every band; of the others the last one, which is not in use already. */
static uint32_t first_dim(const struct layout *l, enum dim dim) {
    return DIM_IS_BANDS(dim) ? 0 : l->dims[dim] - 1;
}

static void place_of(const struct rig *rig, const struct click_step *s, uint32_t dim,
                     struct place *place) {
    const int object = s->kind < KINDS_STRIP ? desk_strip_number(rig->desk, s->strip) : 0;
    assert_true(object >= 0);
    *place = (struct place){.kind = s->kind,
                            .index = s->kind < KINDS_STRIP ? rig->desk->object[object].index : 0,
                            .row = s->row,
                            .dim = dim};
}

/* What control makes of a view: values of the row that it is a view of. */
static void view_values(enum row_id row, float v[3]) {
    if (row == ROW_PAN) {
        v[0] = views_az_from_pan(v[0]);
    } else {
        float xyz[3];
        memcpy(xyz, v, sizeof xyz);
        views_aed_from_xyz(xyz, v);
    }
}

/* Both ends as values of slots from s->slot on. */
static void ends_of(const struct rig *rig, const struct click_line *line, uint32_t comp,
                    struct click_step *s) {
    const struct row *r = &rows[s->row];
    const bool view = r->flags & ROW_VIEW, whole = comp == CLICK_WHOLE;
    const float front[3] = {0, 1, 0}; /* the other components of xyz */
    if (r->comps == 3 && view) {
        memcpy(s->lo, front, sizeof front);
        memcpy(s->hi, front, sizeof front);
    }
    const uint32_t first = whole ? 0 : comp, last = whole ? r->comps - 1 : comp;
    const uint32_t to = view ? first : 0;
    for (uint32_t c = first; c <= last; c++)
        extremes(rig, s->row, c, &s->lo[to + c - first], &s->hi[to + c - first]);
    if (line->pair) {
        char text[96];
        snprintf(text, sizeof text, "%s", line->pair);
        char *hi = strstr(text, "..");
        assert_non_null(hi);
        *hi = '\0';
        s->lo[to] = value_of(rig, text);
        s->hi[to] = value_of(rig, hi + 2);
    }
    const size_t len = strlen(s->name);
    char *end = s->name + len;
    if (whole)
        snprintf(end, sizeof s->name - len, " all lowest..all highest");
    else
        snprintf(end, sizeof s->name - len, "[%u] %g..%g", comp, (double)s->lo[to],
                 (double)s->hi[to]);
    s->slots = whole ? r->comps : 1;
    if (view) {
        view_values(s->row, s->lo);
        view_values(s->row, s->hi);
        s->slots = r->comps;
    }
}

static void add_set(struct click_step *s, const char *set, uint32_t dim) {
    size_t n = strlen(s->set);
    assert_true(n + strlen(set) + 2 < sizeof s->set);
    s->set[n++] = ' ';
    for (; *set; set++)
        s->set[n++] = *set == '#' ? (char)('1' + dim) : *set;
    s->set[n] = '\0';
}

static void make_step(const struct rig *rig, const struct click_line *line, uint32_t dim,
                      uint32_t comp, struct click_step *s) {
    snprintf(s->strip, sizeof s->strip, "%s", click_subjects[s->kind].strip);
    if (*line->set == '@') {
        const int len = (int)strcspn(line->set, " ");
        snprintf(s->strip, sizeof s->strip, "%.*s", len - 1, line->set + 1);
        add_set(s, line->set + len, dim);
    } else {
        add_set(s, click_subjects[s->kind].feed, dim);
        add_set(s, line->set, dim);
    }
    if (rows[s->row].dim == DIM_MBAND)
        add_set(s, click_band[dim], dim);
    s->same = line->pair ? NULL : line->same;
    s->settle_frames = s->row == ROW_DELAY ? DELAY_SETTLE_FRAMES : SETTLE_FRAMES;
    s->hz = click_hz(s->row, !line->pair);
    struct place place;
    place_of(rig, s, dim, &place);
    address_print(rig->desk, &place, SPELL_ID, s->name, sizeof s->name);
    if (!desk_has_place(rig->desk, &place))
        fail_msg("%s is on no strip of this desk", s->name);
    ends_of(rig, line, comp, s);
    place.comp = comp == CLICK_WHOLE ? 0 : comp;
    if (rows[s->row].flags & ROW_VIEW) {
        place.row = ROW_PAN_AED;
        place.comp = 0;
    }
    s->slot =
        layout_slot(&rig->desk->layout, s->kind, place.index, place.row, place.dim, place.comp);
    assert_int_not_equal(s->slot, SLOT_NONE);
}

/* The n-th step of one index of the row's dimension; counts n down. */
static bool find_of_dim(const struct rig *rig, uint32_t dim, unsigned *n, struct click_step *step) {
    const uint32_t comps = rows[step->row].comps;
    for (uint32_t comp = 0; comp < (comps > 1 ? comps + 1 : 1); comp++) {
        const uint32_t c = comp == comps ? CLICK_WHOLE : comp;
        struct click_line line;
        for (unsigned k = 0; find_line(step->row, step->kind, c, k, &line); k++)
            if ((*n)-- == 0) {
                make_step(rig, &line, dim, c, step);
                return true;
            }
    }
    return false;
}

bool click_find(const struct rig *rig, enum row_id row, enum kind kind, unsigned n,
                struct click_step *step) {
    *step = (struct click_step){.row = row, .kind = kind};
    if (!(rows[row].kinds & 1u << kind))
        return false;
    const struct layout *l = &rig->desk->layout;
    for (uint32_t dim = first_dim(l, rows[row].dim); dim < l->dims[rows[row].dim]; dim++)
        if (find_of_dim(rig, dim, &n, step))
            return true;
    return false;
}
