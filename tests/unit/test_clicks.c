/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: config dsp */
/* timeout: 180 */
/* No change of any parameter clicks. Every writable row that is heard is stepped between its
 * extremes, both ways, in a rig in which it changes the output, under a 1 kHz sine at -6 dBFS. What
 * is left above 4 kHz must stay below -80 dBFS, or below the steady state of either end + 1 dB.
 * A row that changes nothing in its rig fails. A new row needs at most one line of `rigs`. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/value.h"
#include "engine_rig.h"
#include "tests/lib/sanitized.h"

#define RATE 48000
#define PARTS 10     /* of the rows that are stepped; the first one under a sanitizer, too */
#define SETTLE 24000 /* frames before and after a step */
#define TAPS 401     /* linear phase, -100 dB at 3 kHz, passing above 4 kHz */

static const char desk_text[] = "rate = 48000;\n"
                                "channels = ( { id = \"A\"; format = \"mono\"; to = [\"S\"]; },\n"
                                "  { id = \"B\"; format = \"stereo\"; to = [\"G\"]; },\n"
                                "  { id = \"C\"; format = \"mono\"; } );\n"
                                "groups = ( { id = \"G\"; format = \"stereo\"; to = [\"T\"]; }, { "
                                "id = \"H\"; format = \"mono\"; to = [\"S\"]; } );\n"
                                "auxes = ( { id = \"X\"; format = \"stereo\"; to = [\"T\"]; }, { "
                                "id = \"Z\"; format = \"mono\"; to = [\"S\"]; },\n"
                                "  { id = \"Y\"; format = \"stereo\"; to = [\"T\"]; } );\n"
                                "stems = ( { id = \"S\"; format = \"7.1.4\"; role = \"dx\"; }, { "
                                "id = \"T\"; format = \"5.1\"; role = \"fx\"; } );\n"
                                "mains = ( { id = \"PM\"; format = \"7.1.4\"; print_master = true; "
                                "from = [\"S\", \"T\"]; } );\n"
                                "monitor = { format = \"7.1.4\"; source = \"/main/PM\"; };\n"
                                "vcas = ( { id = \"V\"; } );\n"
                                "mute_groups = ( { id = \"M\"; } );\n";

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

#define H "@/grp/H /ch/A/to/S=0 /ch/A/to/H=1 /ch/B/mute=1"
#define Z                                                                                 \
    "@/aux/Z /ch/A/send/Z/on=1 /ch/A/send/Z/level=0 /ch/A/send/Z/pre=1 /ch/A/fader=-144 " \
    "/ch/B/mute=1"

/* What a row needs around it to be heard; {} is the strip under test, @ names another one. `lo` and
 * `hi` replace extremes that sound the same. The last line that fits counts. */
static const struct {
    enum row_id row;
    unsigned kinds;
    uint32_t comp;
    const char *set;
    float lo, hi;
} rigs[] = {
    {ROW_HPF_FREQ, ~0u, 0, "{}/hpf/on=1", 0, 0},
    {ROW_HPF_SLOPE, ~0u, 0, "{}/hpf/on=1 {}/hpf/freq=1500", 0, 0},
    {ROW_HPF_ON, ~0u, 0, "{}/hpf/freq=1500", 0, 0},
    {ROW_LPF_FREQ, ~0u, 0, "{}/lpf/on=1", 0, 0},
    {ROW_LPF_SLOPE, ~0u, 0, "{}/lpf/on=1 {}/lpf/freq=700", 0, 0},
    {ROW_LPF_ON, ~0u, 0, "{}/lpf/freq=700", 0, 0},
    {ROW_EQ_ON, ~0u, 0, "{}/eq/1/on=1 {}/eq/1/gain=12", 0, 0},
    {ROW_EQ_BAND_ON, ~0u, 0, "{}/eq/1/gain=12", 0, 0},
    {ROW_EQ_BAND_TYPE, ~0u, 0, "{}/eq/1/on=1 {}/eq/1/gain=12 {}/eq/1/freq=900", 0, 0},
    {ROW_EQ_BAND_FREQ, ~0u, 0, "{}/eq/1/on=1 {}/eq/1/gain=24", 20, 1000},
    {ROW_EQ_BAND_GAIN, ~0u, 0, "{}/eq/1/on=1", 0, 0},
    {ROW_EQ_BAND_Q, ~0u, 0, "{}/eq/1/on=1 {}/eq/1/gain=12 {}/eq/1/freq=1300", 0, 0},
    {ROW_SOLO, ~0u, 0, "{}/fader=-20 /solo/mode=1", 0, 0},
    {ROW_SOLO, K_VCA, 0, "/ch/A/fader=-20 /solo/mode=1", 0, 0},
    {ROW_SOLOSAFE, ~0u, 0,
     "/solo/mode=2 /ch/C/solo=1 /ch/A/solosafe=1 /ch/B/solosafe=1 /grp/G/solosafe=1 "
     "/stem/S/solosafe=1 /stem/T/solosafe=1 /main/PM/mute=0",
     0, 0},
    {ROW_VCA, ~0u, 0, "/vca/V/fader=-20", 0, 0},
    {ROW_MGRP, ~0u, 0, "/mgrp/M/on=1", 0, 0},
    {ROW_SEND_LEVEL, ~0u, 0, "{}/send/Y/on=1", 0, 0},
    {ROW_SEND_ON, ~0u, 0, "{}/send/Y/level=0", 0, 0},
    {ROW_SEND_PRE, ~0u, 0, "{}/send/Y/on=1 {}/send/Y/level=0 {}/fader=-20", 0, 0},
    {ROW_SEND_PAN, ~0u, 0, "{}/send/Y/on=1 {}/send/Y/level=0", 0, 0},
    {ROW_PAN_AED, ~0u, 0, "", -30, 90},
    {ROW_PAN_AED, ~0u, 1, "{}/pan/aed=30", 0, 90},
    {ROW_PAN_AED, ~0u, 2, "{}/pan/aed=30", 0, 0},
    {ROW_PAN_WIDTH, K_CH, 0, "@/ch/B /ch/A/mute=1", 0, 0},
    {ROW_PAN_SPREAD, K_GRP, 0, H, 0, 0},
    {ROW_PAN_SPREAD, K_AUX, 0, Z, 0, 0},
    {ROW_PAN_DIV, K_GRP, 0, H, 0, 0},
    {ROW_PAN_DIV, K_AUX, 0, Z, 0, 0},
    {ROW_DELAY, ~0u, 0, "", 0, 99.7f},
    {ROW_MON_MONO, ~0u, 0, "/ch/A/pan/aed=30", 0, 0},
    {ROW_MON_SOURCE, ~0u, 0, "/stem/S/fader=-20 /ch/B/mute=0", 0, 0},
};

static double fir[TAPS];

static double bessel0(double x) {
    double sum = 1, term = 1;
    for (int k = 1; k < 60; k++) {
        term *= x / (2.0 * k) * (x / (2.0 * k));
        sum += term;
    }
    return sum;
}

static void make_fir(void) {
    const double cut = 3500.0 / RATE, beta = 0.1102 * (100 + 6 - 8.7);
    const int mid = TAPS / 2;
    for (int i = 0; i < TAPS; i++) {
        const int k = i - mid;
        const double ideal = k ? -sin(2 * M_PI * cut * k) / (M_PI * k) : 1 - 2 * cut;
        const double r = (double)k / mid;
        fir[i] = ideal * bessel0(beta * sqrt(1 - r * r)) / bessel0(beta);
    }
}

/* Peak above 4 kHz of x[from .. to), in dBFS. */
static double residue_db(const float *x, uint32_t from, uint32_t to) {
    double peak = 0;
    for (uint32_t i = from; i < to; i++) {
        double sum = 0;
        for (uint32_t k = 0; k < TAPS; k++)
            sum += fir[k] * (double)x[i + TAPS / 2 - k];
        peak = fmax(peak, fabs(sum));
    }
    return 20 * log10(fmax(peak, 1e-12));
}

static void set_one(struct rig *rig, const char *strip, const char *item) {
    char text[128], address[160];
    snprintf(text, sizeof text, "%s", item);
    char *value = strchr(text, '=');
    assert_non_null(value);
    *value++ = '\0';
    if (strncmp(text, "{}", 2) == 0)
        snprintf(address, sizeof address, "%s%s", strip, text + 2);
    else
        snprintf(address, sizeof address, "%s", text);
    rig_set(rig, address, strtof(value, NULL));
}

static void set_all(struct rig *rig, const char *strip, const char *list) {
    char text[512];
    snprintf(text, sizeof text, "%s", list);
    for (char *save = NULL, *item = strtok_r(text, " ", &save); item;
         item = strtok_r(NULL, " ", &save))
        set_one(rig, strip, item);
}

/* The row under test, its strip, the extremes of its component and what is set around it. */
struct step {
    enum row_id row;
    enum kind kind;
    uint32_t slot;
    float lo, hi;
    char strip[32], name[96], set[512];
};

static void find_rig(struct step *s, uint32_t comp) {
    snprintf(s->strip, sizeof s->strip, "%s", subject[s->kind].strip);
    snprintf(s->set, sizeof s->set, "%s", subject[s->kind].feed);
    for (unsigned i = 0; i < sizeof rigs / sizeof *rigs; i++) {
        if (rigs[i].row != s->row || !(rigs[i].kinds & 1u << s->kind) || rigs[i].comp != comp)
            continue;
        const char *set = rigs[i].set;
        if (*set == '@') {
            const int len = (int)strcspn(set, " ");
            snprintf(s->strip, sizeof s->strip, "%.*s", len - 1, set + 1);
            snprintf(s->set, sizeof s->set, "%s", set + len);
        } else {
            snprintf(s->set, sizeof s->set, "%s %s", subject[s->kind].feed, set);
        }
        if (rigs[i].lo != rigs[i].hi) {
            s->lo = rigs[i].lo;
            s->hi = rigs[i].hi;
        }
    }
}

static bool find_step(const struct rig *rig, enum row_id row, enum kind kind, uint32_t comp,
                      struct step *s) {
    float def;
    *s = (struct step){.row = row, .kind = kind};
    row_range(&rows[row], comp, &s->lo, &def, &s->hi);
    if (row == ROW_DELAY)
        s->hi = rig->desk->max_delay_ms;
    if (rows[row].type == TYPE_STRIP) {
        s->lo = (float)(desk_strip_number(rig->desk, "/main/PM") + 1);
        s->hi = (float)(desk_strip_number(rig->desk, "/stem/S") + 1);
    }
    find_rig(s, comp);
    const int object = kind < KINDS_STRIP ? desk_strip_number(rig->desk, s->strip) : 0;
    assert_true(object >= 0);
    /* the last aux and destination: the ones that are not in use already */
    const struct layout *l = &rig->desk->layout;
    const uint32_t dim =
        rows[row].dim == DIM_AUX || rows[row].dim == DIM_DEST ? l->dims[rows[row].dim] - 1 : 0;
    const struct place place = {.kind = kind,
                                .index = kind < KINDS_STRIP ? rig->desk->object[object].index : 0,
                                .row = row,
                                .dim = dim,
                                .comp = comp};
    s->slot = layout_slot(l, kind, place.index, row, dim, comp);
    address_print(rig->desk, &place, SPELL_ID, s->name, sizeof s->name);
    return s->slot != SLOT_NONE && desk_has_place(rig->desk, &place);
}

static void queue_step(struct rig *rig, const struct step *s, float value) {
    const struct command c = {.op = COMMAND_SET, .slot = s->slot, .value = value};
    rig_at(rig, rig->now, &c);
}

/* Level that the row changed, as the largest difference of two whole periods of the sine. */
static float difference(const float *x, uint32_t a, uint32_t b) {
    float d = 0;
    for (uint32_t i = 0; i < 96; i++)
        d = fmaxf(d, fabsf(x[a + i] - x[b + i]));
    return d;
}

/* One row of one strip; returns the worst excess over what is allowed, in dB. */
static double run_step(const struct step *s, float *changed) {
    struct rig rig;
    rig_open(&rig, desk_text, 4 * SETTLE, NULL);
    for (uint32_t i = 0; i < rig.ins; i++)
        rig_sine(&rig, rig.in[i], 1000, i == 2 ? 0.25 : 0.5); /* B's legs differ */
    set_all(&rig, s->strip, s->set);
    queue_step(&rig, s, s->lo);
    rig_run(&rig, 0, 2 * SETTLE, 256);
    queue_step(&rig, s, s->hi);
    rig_run(&rig, 2 * SETTLE, SETTLE, 256);
    queue_step(&rig, s, s->lo);
    rig_run(&rig, 3 * SETTLE, SETTLE, 256);
    double worst = -INFINITY;
    *changed = 0;
    for (uint32_t o = 0; o < rig.outs; o++) {
        const float *x = rig.out[o];
        if (rig_peak(x, rig.frames) < 1e-6f)
            continue;
        *changed = fmaxf(*changed, difference(x, 2 * SETTLE - 4800, 3 * SETTLE - 4800));
        const double lo = residue_db(x, 2 * SETTLE - 2400, 2 * SETTLE - TAPS);
        const double hi = residue_db(x, 3 * SETTLE - 2400, 3 * SETTLE - TAPS);
        const double allowed = fmax(-80, fmax(lo, hi) + 1);
        const double up = residue_db(x, 2 * SETTLE - TAPS, 2 * SETTLE + 8000);
        const double down = residue_db(x, 3 * SETTLE - TAPS, 3 * SETTLE + 8000);
        worst = fmax(worst, fmax(up, down) - allowed);
    }
    rig_close(&rig);
    return worst;
}

/* Every PARTS-th step, from the one numbered `part` on. */
static void step_rows(unsigned part) {
    make_fir();
    struct rig rig;
    rig_open(&rig, desk_text, 64, NULL);
    unsigned number = 0, tested = 0, bad = 0;
    for (unsigned r = 0; r < ROW_COUNT; r++) {
        if (rows[r].flags & (ROW_READ_ONLY | ROW_VIEW))
            continue;
        if (rows[r].flags & ROW_SILENT || rows[r].type == TYPE_TEXT) {
            if (!part)
                printf("silent: %s\n", rows[r].path);
            continue;
        }
        for (enum kind kind = KIND_CH; kind < KIND_COUNT; kind++)
            for (uint32_t comp = 0; comp < rows[r].comps; comp++) {
                struct step s;
                float changed;
                if (!(rows[r].kinds & 1u << kind) ||
                    !find_step(&rig, (enum row_id)r, kind, comp, &s))
                    continue;
                if (number++ % PARTS != part)
                    continue;
                const double excess = run_step(&s, &changed);
                const bool deaf = changed<1e-4f, click = excess> 0;
                tested++;
                bad += deaf || click;
                if (deaf || click)
                    printf("%s[%u] %g..%g: %s%+.1f dB over what is allowed\n", s.name, comp,
                           (double)s.lo, (double)s.hi, deaf ? "changes nothing; " : "", excess);
            }
    }
    printf("%u rows of strips stepped, %u bad\n", tested, bad);
    rig_close(&rig);
    assert_int_equal(bad, 0);
}

static void test_rows(void **state) {
    (void)state;
    step_rows(0);
}

static void test_other_rows(void **state) {
    (void)state;
    skip_sanitized("nine rows in ten");
    for (unsigned part = 1; part < PARTS; part++)
        step_rows(part);
}

/* The measure itself: a step in one sample is caught. */
static void test_planted_click(void **state) {
    (void)state;
    make_fir();
    static float x[12000];
    for (unsigned i = 0; i < 12000; i++)
        x[i] = (float)((i < 6000 ? 0.5 : 0.4) * sin(2 * M_PI * 1000 * (i + 0.25 * 48) / RATE));
    assert_true(residue_db(x, 1000, 5000) < -100);
    assert_true(residue_db(x, 5500, 6500) > -40);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_planted_click),
                                       cmocka_unit_test(test_rows),
                                       cmocka_unit_test(test_other_rows)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
