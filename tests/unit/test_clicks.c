/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: config dsp */
/* timeout: 300 */
/* No change of any parameter clicks. Every writable row that is heard is stepped between its
 * extremes, both ways, in a rig in which it changes the output, under a 1 kHz sine at -6 dBFS. What
 * is left above 4 kHz must stay below -80 dBFS, or below the steady state of either end + 1 dB.
 * A row that changes nothing in its rig fails. A new row needs at most one line in click_rigs.c.
 *
 * TEST_VERBOSE=1 prints every step; TEST_ROW=pan steps rows with that in their path only. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "click_measure.h"
#include "click_steps.h"
#include "tests/lib/sanitized.h"

#define PARTS 10               /* of the steps; the first one under a sanitizer, too */
#define AT_REST 2400           /* frames before a step, in which the steady state is measured */
#define HEARD 0.03f            /* least change of the output, on either side of it */
#define ONE_SOUND_LIN 0.00001f /* most, where both ends are one sound */

/* When a step goes up and down: in the middle of blocks, on the peak of the sine and at 210
 * degrees. */
#define UP(settle) (2 * (settle) + 16)
#define DOWN(settle) (3 * (settle) + 32)

/* What a step made of the sound. */
struct verdict {
    float changed;    /* largest difference of samples between both ends, over all outputs */
    double excess_db; /* of the residue over what is allowed, in the worst output */
    double peak_db;   /* the residue there, dBFS */
    double steady_db; /* the louder of the steady states there */
};

static bool repeated(const struct rig *rig, uint32_t out) {
    for (uint32_t o = 0; o < out; o++)
        if (memcmp(rig->out[o], rig->out[out], rig->frames * sizeof(float)) == 0)
            return true;
    return false;
}

static void judge(const struct rig *rig, uint32_t settle, struct verdict *v) {
    const uint32_t up = UP(settle), down = DOWN(settle);
    const uint32_t last = rig->frames - CLICK_MARGIN;
    *v = (struct verdict){.excess_db = -INFINITY};
    for (uint32_t o = 0; o < rig->outs; o++) {
        const float *x = rig->out[o];
        if (rig_peak(x, rig->frames) < 1e-6f || repeated(rig, o))
            continue;
        v->changed =
            fmaxf(v->changed, click_difference(x, 2 * settle - AT_REST, 3 * settle - AT_REST));
        const double lo = click_residue_db(x, up - AT_REST, up - CLICK_MARGIN);
        const double hi = click_residue_db(x, down - AT_REST, down - CLICK_MARGIN);
        const double allowed = fmax(-80, fmax(lo, hi) + 1);
        const double peak = fmax(click_residue_db(x, up - CLICK_MARGIN, down - CLICK_MARGIN),
                                 click_residue_db(x, down - CLICK_MARGIN, last));
        if (peak - allowed > v->excess_db) {
            v->excess_db = peak - allowed;
            v->peak_db = peak;
            v->steady_db = fmax(lo, hi);
        }
    }
}

static struct verdict run_step(const struct click_step *s) {
    struct rig rig;
    const uint32_t settle = s->settle_frames;
    rig_open(&rig, click_desk(s->row), 4 * settle, NULL);
    /* B's legs differ, and what comes back from an insert is not what went out */
    for (uint32_t i = 0; i < rig.ins; i++)
        click_sine(rig.in[i], rig.frames, s->hz, i == 2 ? 0.25 : i > 4 ? 0.1 : 0.5);
    click_set_up(&rig, s);
    click_move(&rig, s, s->lo);
    rig_run(&rig, 0, UP(settle), 256);
    click_move(&rig, s, s->hi);
    rig_run(&rig, UP(settle), DOWN(settle) - UP(settle), 256);
    click_move(&rig, s, s->lo);
    rig_run(&rig, DOWN(settle), rig.frames - DOWN(settle), 256);
    struct verdict v;
    judge(&rig, settle, &v);
    rig_close(&rig);
    return v;
}

/* Told in the list: need not be heard. */
static bool is_silent(const struct row *r) {
    return r->flags & ROW_SILENT || r->type == TYPE_TEXT;
}

/* Has values to step between. */
static bool is_stepped(const struct row *r) {
    return !(r->flags & ROW_READ_ONLY) && r->type != TYPE_TEXT &&
           !(r->flags & ROW_VIEW && is_silent(r));
}

/* Of all parts so far. */
static struct {
    unsigned pairs, steps, bad, rough; /* rough: at rest, too */
    double worst_db;
    float least;
    char worst[128], quiet[128];
} sum = {.worst_db = -INFINITY, .least = INFINITY};

static void count(const struct click_step *s, const struct verdict *v) {
    const bool click = v->excess_db > 0;
    const bool silent = is_silent(&rows[s->row]);
    const bool wrong = s->same ? v->changed > ONE_SOUND_LIN : v->changed < HEARD && !silent;
    const char *const what = !wrong ? "" : s->same ? "changes the sound; " : "changes nothing; ";
    if (s->hz < 1000 || s->hz > 1000)
        printf("%g Hz: %s: its extremes are whole periods of 1 kHz apart\n", s->hz, s->name);
    if (s->same)
        printf("one sound: %s: %s\n", s->name, s->same);
    if (click || wrong || getenv("TEST_VERBOSE"))
        printf("%s: %schange %.2g, above 4 kHz %.1f dBFS, at rest %.1f, %+.1f dB over what is "
               "allowed\n",
               s->name, what, (double)v->changed, v->peak_db, v->steady_db, v->excess_db);
    sum.steps++;
    sum.bad += click || wrong;
    sum.rough += v->steady_db + 1 > -80;
    if (v->excess_db > sum.worst_db) {
        sum.worst_db = v->excess_db;
        snprintf(sum.worst, sizeof sum.worst, "%s", s->name);
    }
    if (!s->same && !silent && v->changed < sum.least) {
        sum.least = v->changed;
        snprintf(sum.quiet, sizeof sum.quiet, "%s", s->name);
    }
}

/* Every PARTS-th step, from the one numbered `part` on. */
static void step_rows(unsigned part) {
    struct rig rig;
    unsigned number = 0;
    const char *const only = getenv("TEST_ROW");
    for (unsigned r = 0; r < ROW_COUNT; r++) {
        if (!is_stepped(&rows[r]))
            continue;
        if (only && !strstr(rows[r].path, only))
            continue;
        rig_open(&rig, click_desk((enum row_id)r), 64, NULL);
        for (enum kind kind = KIND_CH; kind < KIND_COUNT; kind++) {
            struct click_step s;
            for (unsigned n = 0; click_find(&rig, (enum row_id)r, kind, n, &s); n++) {
                if (number++ % PARTS != part)
                    continue;
                const struct verdict v = run_step(&s);
                sum.pairs += n == 0 && !is_silent(&rows[r]);
                count(&s, &v);
            }
        }
        rig_close(&rig);
    }
}

static void report(void) {
    printf("%u steps of %u rows of strips, %u bad; worst %+.1f dB over what is allowed (%s); least "
           "change %.1f dBFS (%s); %u are rougher than -81 dBFS at rest\n",
           sum.steps, sum.pairs, sum.bad, sum.worst_db, sum.worst, 20 * log10((double)sum.least),
           sum.quiet, sum.rough);
    assert_int_equal(sum.bad, 0);
}

/* Silent is what is text, metering, a time constant or transport; they are told, and those that
 * have a value are stepped none the less. */
static void test_silent_rows(void **state) {
    (void)state;
    for (unsigned r = 0; r < ROW_COUNT; r++)
        if (is_silent(&rows[r]) && !(rows[r].flags & ROW_READ_ONLY))
            printf("silent: %s (%s)\n", rows[r].path, rows[r].doc);
}

static void test_rows(void **state) {
    (void)state;
    step_rows(0);
    report();
}

static void test_other_rows(void **state) {
    (void)state;
    skip_sanitized("nine rows in ten");
    for (unsigned part = 1; part < PARTS; part++)
        step_rows(part);
    report();
}

static double filtered_db(double hz) {
    static float x[12000];
    click_sine(x, 12000, hz, 1);
    return click_residue_db(x, 1000, 11000);
}

/* The measure itself: a step in one sample is caught, a steady sine is not. */
static void test_planted_click(void **state) {
    (void)state;
    static float x[12000];
    click_sine(x, 12000, 1000, 0.5);
    assert_true(click_residue_db(x, 1000, 5000) < -100);
    assert_true(click_difference(x, 1000, 1048) <= 0);
    for (unsigned i = 6012; i < 12000; i++)
        x[i] *= 0.8f;
    assert_true(click_residue_db(x, 5500, 6500) > -40);
    assert_true(click_residue_db(x, 1000, 5000) < -100);
    assert_true(click_residue_db(x, 7000, 11000) < -100);
    assert_true(click_residue_db(x, 1000, 11000) > -40);
    assert_true(filtered_db(3000) < -100);
    assert_true(fabs(filtered_db(4000)) < 0.1);
    assert_true(fabs(filtered_db(5000)) < 0.01);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_planted_click), cmocka_unit_test(test_silent_rows),
        cmocka_unit_test(test_rows), cmocka_unit_test(test_other_rows)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
