/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "click_rigs.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/value.h"
#include "config/views.h"

#define SETTLE_FRAMES 24000
#define DELAY_SETTLE_FRAMES 60000 /* the line has to fill first */
/* The longest delay is no whole number of periods of the sine: its extremes sound different. */
#define LONGEST_DELAY "max_delay_ms = 999.75;\n"

#define DESK                                                                                      \
    "rate = 48000; limiters = true;\n"                                                            \
    "channels = ( { id = \"A\"; format = \"mono\"; to = [\"S\"]; },\n"                            \
    "  { id = \"B\"; format = \"stereo\"; to = [\"G\"]; },\n"                                     \
    "  { id = \"C\"; format = \"mono\"; },\n"                                                     \
    "  { id = \"D\"; format = \"mono\"; } );\n"                                                   \
    "groups = ( { id = \"G\"; format = \"stereo\"; to = [\"T\"]; },\n"                            \
    "  { id = \"H\"; format = \"mono\"; to = [\"S\"]; } );\n"                                     \
    "auxes = ( { id = \"X\"; format = \"stereo\"; to = [\"T\"]; },\n"                             \
    "  { id = \"Z\"; format = \"mono\"; to = [\"S\"]; },\n"                                       \
    "  { id = \"Y\"; format = \"stereo\"; to = [\"T\"]; } );\n"                                   \
    "stems = ( { id = \"S\"; format = \"7.1.4\"; role = \"dx\"; },\n"                             \
    "  { id = \"T\"; format = \"5.1\"; role = \"fx\"; } );\n"                                     \
    "mains = ( { id = \"PM\"; format = \"7.1.4\"; print_master = true; from = [\"S\", \"T\"]; } " \
    ");\n"                                                                                        \
    "monitor = { format = \"7.1.4\"; source = \"/main/PM\"; };\n"                                 \
    "vcas = ( { id = \"V\"; } );\n"                                                               \
    "mute_groups = ( { id = \"M\"; } );\n"

/* The strip of each kind that is under test, and what brings sound to it. */
static const struct {
    const char *strip, *feed;
} subject[KIND_COUNT] = {
    [KIND_CH] = {"/ch/A", "/ch/B/mute=1"},
    [KIND_GRP] = {"/grp/G", "/ch/A/mute=1"},
    [KIND_AUX] =
        {"/aux/X",
         "/ch/B/send/X/on=1 /ch/B/send/X/level=0 /ch/B/send/X/pre=1 /ch/B/fader=-144 /ch/A/mute=1"},
    [KIND_STEM] = {"/stem/S", "/ch/B/mute=1"},
    [KIND_MAIN] = {"/main/PM", "/ch/B/mute=1"},
    [KIND_MON] = {"/mon", "/ch/B/mute=1"},
    [KIND_VCA] = {"/vca/V", "/ch/A/vca/V=1 /ch/B/mute=1"},
    [KIND_MGRP] = {"/mgrp/M", "/ch/A/mgrp/M=1 /ch/B/mute=1"},
    [KIND_SOLO] = {"/solo", "/ch/A/solo=1 /ch/A/fader=-20"},
};

/* Other strips: a stereo channel, a mono group and a mono aux, which are panned and not balanced.
 */
#define STEREO_CH "@/ch/B /ch/A/mute=1"
#define MONO_GRP "@/grp/H /ch/A/to/S=0 /ch/A/to/H=1 /ch/B/mute=1"
#define MONO_AUX                                                                          \
    "@/aux/Z /ch/A/send/Z/on=1 /ch/A/send/Z/level=0 /ch/A/send/Z/pre=1 /ch/A/fader=-144 " \
    "/ch/B/mute=1"

/* The sine is in the second band of the multiband. */
#define MID_3K "{}/mb/mid=3000"
#define MB_2 "{}/mb/on=1 {}/mb/2/on=1 " MID_3K

#define ANY (~0u)
#define WHOLE 3 /* in place of a component: all of them in one message */

/* What a row needs around it to be heard; {} is the strip under test, @ names another one.
 * A line without a pair is for the extremes, and the last one that fits counts. A line with one is
 * a further step of its own. */
static const struct rig_line {
    enum row_id row;
    unsigned kinds;
    uint32_t comp;
    const char *set;
    const char *pair; /* "-30..90", or objects: "/main/PM../stem/S" */
    const char *same; /* why the two ends are one sound, whatever is set */
} rigs[] = {
#define EXTREMES(row, kinds, set) \
    { ROW_##row, kinds, 0, set, NULL, NULL }
#define EXTREMES_OF(row, comp, kinds, set) \
    { ROW_##row, kinds, comp, set, NULL, NULL }
#define PAIR(row, kinds, set, pair) \
    { ROW_##row, kinds, 0, set, pair, NULL }
#define PAIR_OF(row, comp, kinds, set, pair) \
    { ROW_##row, kinds, comp, set, pair, NULL }
#define SAME(row, kinds, set, why) \
    { ROW_##row, kinds, 0, set, NULL, why }
    EXTREMES(HPF_FREQ, ANY, "{}/hpf/on=1"),
    EXTREMES(HPF_SLOPE, ANY, "{}/hpf/on=1 {}/hpf/freq=1500"),
    EXTREMES(HPF_ON, ANY, "{}/hpf/freq=1500"),
    EXTREMES(LPF_FREQ, ANY, "{}/lpf/on=1"),
    EXTREMES(LPF_SLOPE, ANY, "{}/lpf/on=1 {}/lpf/freq=700"),
    EXTREMES(LPF_ON, ANY, "{}/lpf/freq=700"),
    EXTREMES(EQ_ON, ANY, "{}/eq/1/on=1 {}/eq/1/gain=12"),
    EXTREMES(EQ_BAND_ON, ANY, "{}/eq/1/gain=12"),
    EXTREMES(EQ_BAND_TYPE, ANY, "{}/eq/1/on=1 {}/eq/1/gain=12 {}/eq/1/freq=900"),
    EXTREMES(EQ_BAND_FREQ, ANY, "{}/eq/1/on=1 {}/eq/1/gain=24 {}/eq/1/type=1"),
    PAIR(EQ_BAND_FREQ, ANY, "{}/eq/1/on=1 {}/eq/1/gain=24", "20..1000"),
    EXTREMES(EQ_BAND_GAIN, ANY, "{}/eq/1/on=1"),
    EXTREMES(EQ_BAND_Q, ANY, "{}/eq/1/on=1 {}/eq/1/gain=12 {}/eq/1/freq=1300"),
    EXTREMES(ORDER, ANY,
             "{}/eq/1/on=1 {}/eq/1/gain=12 {}/comp/on=1 {}/comp/thr=-30 {}/comp/ratio=10"),
    EXTREMES(GATE_ON, ANY, "{}/gate/thr=0"),
    EXTREMES(GATE_THR, ANY, "{}/gate/on=1"),
    PAIR(GATE_THR, ANY, "{}/gate/on=1 {}/gate/range=80 {}/gate/ratio=100", "-7..-5"),
    EXTREMES(GATE_RATIO, ANY, "{}/gate/on=1 {}/gate/thr=0"),
    EXTREMES(GATE_RANGE, ANY, "{}/gate/on=1 {}/gate/thr=0 {}/gate/ratio=100"),
    EXTREMES(GATE_KNEE, ANY, "{}/gate/on=1 {}/gate/thr=-8"),
    EXTREMES(GATE_KEY, ANY, "{}/gate/on=1 {}/gate/thr=-20 /mon/level=-40"),
    PAIR(GATE_KEY, ANY, "{}/gate/on=1 {}/gate/thr=-20 /ch/C/trim=-24", "none../ch/C"),
    PAIR(GATE_KEY, ANY, "{}/gate/on=1 {}/gate/thr=-20 /ch/C/trim=-24", "/ch/C../ch/D"),
    EXTREMES(GATE_SC_ON, ANY, "{}/gate/on=1 {}/gate/thr=-20 {}/gate/sc/hpf=5000"),
    EXTREMES(GATE_SC_HPF, ANY, "{}/gate/on=1 {}/gate/thr=-20 {}/gate/sc/on=1"),
    EXTREMES(GATE_SC_LPF, ANY, "{}/gate/on=1 {}/gate/thr=-20 {}/gate/sc/on=1"),
    EXTREMES(COMP_ON, ANY, "{}/comp/thr=-30 {}/comp/ratio=10"),
    EXTREMES(COMP_THR, ANY, "{}/comp/on=1 {}/comp/ratio=4"),
    PAIR(COMP_THR, ANY, "{}/comp/on=1 {}/comp/ratio=100 {}/comp/att=0.3", "-60..0"),
    EXTREMES(COMP_RATIO, ANY, "{}/comp/on=1"),
    EXTREMES(COMP_RANGE, ANY, "{}/comp/on=1 {}/comp/thr=-30 {}/comp/ratio=10"),
    EXTREMES(COMP_KNEE, ANY, "{}/comp/on=1 {}/comp/thr=-6 {}/comp/ratio=10"),
    EXTREMES(COMP_MAKEUP, ANY, "{}/comp/on=1"),
    EXTREMES(COMP_MIX, ANY, "{}/comp/on=1 {}/comp/thr=-30 {}/comp/ratio=10"),
    EXTREMES(COMP_KEY, ANY, "{}/comp/on=1 {}/comp/ratio=10 /mon/level=-40"),
    PAIR(COMP_KEY, ANY, "{}/comp/on=1 {}/comp/ratio=10 /ch/C/trim=-24", "none../ch/C"),
    PAIR(COMP_KEY, ANY, "{}/comp/on=1 {}/comp/ratio=10 /ch/C/trim=-24", "/ch/C../ch/D"),
    EXTREMES(COMP_SC_ON, ANY, "{}/comp/on=1 {}/comp/ratio=10 {}/comp/sc/hpf=5000"),
    EXTREMES(COMP_SC_HPF, ANY, "{}/comp/on=1 {}/comp/ratio=10 {}/comp/sc/on=1"),
    EXTREMES(COMP_SC_LPF, ANY, "{}/comp/on=1 {}/comp/ratio=10 {}/comp/sc/on=1"),
    EXTREMES(DEESS_ON, ANY, "{}/deess/freq=1000"),
    PAIR(DEESS_ON, ANY, "{}/deess/freq=1000 {}/deess/mode=1", "0..1"),
    EXTREMES(DEESS_MODE, ANY, "{}/deess/on=1 {}/deess/freq=1000"),
    EXTREMES(DEESS_FREQ, ANY, "{}/deess/on=1 {}/deess/thr=-40"),
    PAIR(DEESS_FREQ, ANY, "{}/deess/on=1 {}/deess/thr=-40 {}/deess/mode=1", "1000..16000"),
    EXTREMES(DEESS_THR, ANY, "{}/deess/on=1 {}/deess/freq=1000"),
    EXTREMES(DEESS_RATIO, ANY, "{}/deess/on=1 {}/deess/freq=1000"),
    EXTREMES(DEESS_RANGE, ANY, "{}/deess/on=1 {}/deess/freq=1000 {}/deess/thr=-50"),
    PAIR(DEESS_RANGE, ANY, "{}/deess/on=1 {}/deess/freq=1000 {}/deess/thr=-50 {}/deess/mode=1",
         "0..24"),
    EXTREMES(MB_ON, ANY, "{}/mb/2/on=1 " MID_3K),
    EXTREMES(MB_LOW, ANY, MB_2 " {}/mb/2/gain=12"),
    EXTREMES(MB_MID, ANY, MB_2 " {}/mb/2/gain=12"),
    EXTREMES(MB_HIGH, ANY, "{}/mb/on=1 {}/mb/4/gain=12"),
    EXTREMES(MB_BAND_ON, ANY, "{}/mb/on=1 " MID_3K),
    EXTREMES(MB_BAND_MODE, ANY, MB_2),
    EXTREMES(MB_BAND_THR, ANY, MB_2),
    PAIR(MB_BAND_THR, ANY, MB_2 " {}/mb/2/mode=1", "-80..0"),
    EXTREMES(MB_BAND_RATIO, ANY, MB_2),
    EXTREMES(MB_BAND_RANGE, ANY, MB_2 " {}/mb/2/ratio=10"),
    EXTREMES(MB_BAND_KNEE, ANY, MB_2 " {}/mb/2/thr=-6 {}/mb/2/ratio=10"),
    EXTREMES(MB_BAND_GAIN, ANY, MB_2),
    EXTREMES(LIM_ON, ANY, "{}/lim/thr=-12"),
    EXTREMES(LIM_THR, ANY, "{}/lim/on=1"),
    EXTREMES(LIM_MODE, ANY, "{}/lim/on=1 {}/lim/thr=-12"),
    EXTREMES(SOLO, ANY, "{}/fader=-20 /solo/mode=1"),
    EXTREMES(SOLO, K_VCA, "/ch/A/fader=-20 /solo/mode=1"),
    EXTREMES(SOLOSAFE, ANY,
             "/solo/mode=2 /ch/C/solo=1 /ch/A/solosafe=1 /ch/B/solosafe=1 /grp/G/solosafe=1 "
             "/stem/S/solosafe=1 /stem/T/solosafe=1 /main/PM/mute=0"),
    EXTREMES(VCA, ANY, "/vca/V/fader=-20"),
    EXTREMES(MGRP, ANY, "/mgrp/M/on=1"),
    EXTREMES(SEND_LEVEL, ANY, "{}/send/Y/on=1"),
    EXTREMES(SEND_ON, ANY, "{}/send/Y/level=0"),
    EXTREMES(SEND_PRE, ANY, "{}/send/Y/on=1 {}/send/Y/level=0 {}/fader=-20"),
    EXTREMES(SEND_PAN, ANY, "{}/send/Y/on=1 {}/send/Y/level=0"),
    SAME(PAN_AED, ANY, "", "-180 and 180 degrees are one direction"),
    PAIR(PAN_AED, ANY, "", "-90..90"),
    PAIR(PAN_AED, ANY, "", "-30..90"),
    PAIR(PAN_AED, K_CH, "", "-180..0"),
    PAIR(PAN_AED, K_GRP, MONO_GRP, "-180..0"),
    PAIR(PAN_AED, K_AUX, MONO_AUX, "-180..0"),
    EXTREMES_OF(PAN_AED, 1, ANY, "{}/pan/aed=30"),
    EXTREMES_OF(PAN_AED, 1, K_GRP, MONO_GRP),
    EXTREMES_OF(PAN_AED, 1, K_AUX, MONO_AUX),
    PAIR_OF(PAN_AED, 1, ANY, "{}/pan/aed=30", "0..90"),
    EXTREMES_OF(PAN_AED, 2, ANY, "{}/pan/aed=30"),
    EXTREMES_OF(PAN_AED, WHOLE, K_GRP, MONO_GRP),
    EXTREMES_OF(PAN_AED, WHOLE, K_AUX, MONO_AUX),
    EXTREMES_OF(PAN_XYZ, 1, K_GRP, MONO_GRP),
    EXTREMES_OF(PAN_XYZ, 1, K_AUX, MONO_AUX),
    EXTREMES_OF(PAN_XYZ, 2, K_GRP, MONO_GRP),
    EXTREMES_OF(PAN_XYZ, 2, K_AUX, MONO_AUX),
    EXTREMES(PAN_WIDTH, K_CH, STEREO_CH),
    EXTREMES(PAN_SPREAD, K_GRP, MONO_GRP),
    EXTREMES(PAN_SPREAD, K_AUX, MONO_AUX),
    EXTREMES(PAN_DIV, K_GRP, MONO_GRP),
    EXTREMES(PAN_DIV, K_AUX, MONO_AUX),
    PAIR(DELAY, ANY, "", "0..99.7"),
    EXTREMES(MON_MONO, ANY, "/ch/A/pan/aed=30"),
    SAME(MON_SOURCE, ANY, "", "the last strip is the monitor, which does not hear itself"),
    PAIR(MON_SOURCE, ANY, "/ch/B/mute=0", "none../main/PM"),
    PAIR(MON_SOURCE, ANY, "/stem/S/fader=-20 /ch/B/mute=0", "/main/PM../stem/S"),
};
#define RIGS (sizeof rigs / sizeof *rigs)

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

const char *click_desk(enum row_id row) {
    return row == ROW_DELAY ? LONGEST_DELAY DESK : DESK;
}

/* Extremes of a component of a row on this desk. */
static void extremes(const struct rig *rig, enum row_id row, uint32_t comp, float *lo, float *hi) {
    float def;
    row_range(&rows[row], comp, lo, &def, hi);
    if (row == ROW_DELAY)
        *hi = rig->desk->max_delay_ms;
    if (rows[row].type == TYPE_STRIP) /* the last strip is the monitor */
        *hi = (float)(desk_strip_number(rig->desk, "/mon") + 1);
}

/* The line of the n-th step of a component (0: its extremes), and whether there is one. Rows
 * without a line are heard as they are. */
static bool find_line(enum row_id row, enum kind kind, uint32_t comp, unsigned n,
                      struct rig_line *line) {
    unsigned pairs = 0;
    *line = (struct rig_line){.row = row, .set = ""};
    for (unsigned i = 0; i < RIGS; i++) {
        const struct rig_line *l = &rigs[i];
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

/* The last aux and destination: the ones that are not in use already; the multiband's second band.
 */
static uint32_t dim_of(const struct layout *l, enum dim dim) {
    if (dim == DIM_MBAND)
        return 1;
    return dim == DIM_AUX || dim == DIM_DEST ? l->dims[dim] - 1 : 0;
}

static void place_of(const struct rig *rig, const struct click_step *s, struct place *place) {
    const int object = s->kind < KINDS_STRIP ? desk_strip_number(rig->desk, s->strip) : 0;
    assert_true(object >= 0);
    const struct layout *l = &rig->desk->layout;
    *place = (struct place){.kind = s->kind,
                            .index = s->kind < KINDS_STRIP ? rig->desk->object[object].index : 0,
                            .row = s->row,
                            .dim = dim_of(l, rows[s->row].dim)};
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
static void ends_of(const struct rig *rig, const struct rig_line *line, uint32_t comp,
                    struct click_step *s) {
    const struct row *r = &rows[s->row];
    const bool view = r->flags & ROW_VIEW, whole = comp == WHOLE;
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

static void make_step(const struct rig *rig, const struct rig_line *line, uint32_t comp,
                      struct click_step *s) {
    snprintf(s->strip, sizeof s->strip, "%s", subject[s->kind].strip);
    if (*line->set == '@') {
        const int len = (int)strcspn(line->set, " ");
        snprintf(s->strip, sizeof s->strip, "%.*s", len - 1, line->set + 1);
        snprintf(s->set, sizeof s->set, "%s", line->set + len);
    } else {
        snprintf(s->set, sizeof s->set, "%s %s", subject[s->kind].feed, line->set);
    }
    s->same = line->pair ? NULL : line->same;
    s->settle_frames = s->row == ROW_DELAY ? DELAY_SETTLE_FRAMES : SETTLE_FRAMES;
    struct place place;
    place_of(rig, s, &place);
    address_print(rig->desk, &place, SPELL_ID, s->name, sizeof s->name);
    if (!desk_has_place(rig->desk, &place))
        fail_msg("%s is on no strip of this desk", s->name);
    ends_of(rig, line, comp, s);
    place.comp = comp == WHOLE ? 0 : comp;
    if (rows[s->row].flags & ROW_VIEW) {
        place.row = ROW_PAN_AED;
        place.comp = 0;
    }
    s->slot =
        layout_slot(&rig->desk->layout, s->kind, place.index, place.row, place.dim, place.comp);
    assert_int_not_equal(s->slot, SLOT_NONE);
}

bool click_find(const struct rig *rig, enum row_id row, enum kind kind, unsigned n,
                struct click_step *step) {
    *step = (struct click_step){.row = row, .kind = kind};
    if (!(rows[row].kinds & 1u << kind))
        return false;
    const uint32_t comps = rows[row].comps;
    for (uint32_t comp = 0; comp < (comps > 1 ? comps + 1 : 1); comp++) {
        const uint32_t c = comp == comps ? WHOLE : comp;
        struct rig_line line;
        for (unsigned k = 0; find_line(row, kind, c, k, &line); k++)
            if (n-- == 0) {
                make_step(rig, &line, c, step);
                return true;
            }
    }
    return false;
}
