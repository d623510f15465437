/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: config dsp */
/* Loudspeakers, read off their outputs: fold, trim, polarity, mute, solo, delay, change of set. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine_rig.h"

/* A 5.1 channel, leg by leg through to the monitor. */
#define DESK(monitor)                                                        \
    "rate = 48000;\n"                                                        \
    "channels = ( { id = \"A\"; format = \"5.1\"; to = [\"S\"]; } );\n"      \
    "stems = ( { id = \"S\"; format = \"5.1\"; } );\n"                       \
    "mains = ( { id = \"PM\"; format = \"5.1\"; print_master = true; } );\n" \
    "monitor = { " monitor " };\n"

static const char room[] =
    DESK("sets = ( { id = \"main\"; speakers = { LFE = { trim = 10.0; }; Ls = { delay = 2.0; "
         "polarity = true; }; }; },\n"
         "  { id = \"near\"; format = \"stereo\"; }, { id = \"tv\"; format = \"mono\"; } );");

#define FRAMES 9600u
#define LEGS 6

/* What the legs of the channel carry. */
static const float level[LEGS] = {0.1f, 0.02f, 0.3f, 0.004f, 0.05f, 0.06f};

static void open_room(struct rig *rig, const char *text) {
    rig_open(rig, text, FRAMES, NULL);
    for (uint32_t i = 0; i < LEGS; i++)
        for (uint32_t k = 0; k < FRAMES; k++)
            rig->in[i][k] = level[i];
}

static void hears(const struct rig *rig, const char *port, float expected) {
    const float got = rig->out[rig_out(rig, port)][FRAMES - 1];
    if (!(fabsf(got - expected) <= 1e-6f))
        fail_msg("%s: %g, expected %g", port, (double)got, (double)expected);
}

static void set_all(struct rig *rig, const char *list) {
    char text[256];
    snprintf(text, sizeof text, "%s", list);
    for (char *save = NULL, *item = strtok_r(text, " ", &save); item;
         item = strtok_r(NULL, " ", &save)) {
        char *equals = strchr(item, '=');
        assert_non_null(equals);
        *equals = '\0';
        rig_set(rig, item, strtof(equals + 1, NULL));
    }
}

/* A desk without sets has one, which passes the monitor bit by bit. */
static void test_plain(void **state) {
    (void)state;
    struct rig rig;
    rig_open(&rig, DESK("format = \"5.1\";"), FRAMES, NULL);
    assert_int_equal(rig.outs, 3 * LEGS);
    for (uint32_t i = 0; i < LEGS; i++)
        rig_noise(&rig, rig.in[i], i, 0.5);
    rig_run(&rig, 0, FRAMES, 256);
    for (uint32_t i = 0; i < LEGS; i++)
        assert_memory_equal(rig.out[LEGS + i], rig.out[2 * LEGS + i], FRAMES * sizeof(float));
    rig_close(&rig);
}

#define DB10 3.16227766f /* 10 dB */
#define M3DB 0.70710678f

/* What the loudspeakers get. */
static void test_gains(void **state) {
    (void)state;
    static const struct {
        const char *set;
        float l, r, c, lfe, ls, near_l, near_r, tv;
    } t[] = {
#define NONE 0, 0, 0
        {"", 0.1f, 0.02f, 0.3f, 0.004f * DB10, -0.05f, NONE},
        {"/mon/spk/L/trim=-20", 0.01f, 0.02f, 0.3f, 0.004f * DB10, -0.05f, NONE},
        {"/mon/spk/main.L/trim=-20", 0.01f, 0.02f, 0.3f, 0.004f * DB10, -0.05f, NONE},
        {"/mon/spk/1/polarity=1 /mon/spk/Ls/polarity=0", -0.1f, 0.02f, 0.3f, 0.004f * DB10, 0.05f,
         NONE},
        {"/mon/spk/C/mute=1", 0.1f, 0.02f, 0, 0.004f * DB10, -0.05f, NONE},
        {"/mon/spk/C/solo=1", 0, 0, 0.3f, 0, 0, NONE},
        {"/mon/spk/C/solo=1 /mon/spk/R/solo=1", 0, 0.02f, 0.3f, 0, 0, NONE},
        {"/mon/spk/C/solo=1 /mon/spk/C/mute=1", 0, 0, 0, 0, 0, NONE},
        /* solo is each set's own */
        {"/mon/spk/near.L/solo=1", 0.1f, 0.02f, 0.3f, 0.004f * DB10, -0.05f, NONE},
        {"/mon/level=-20 /mon/spk/L/trim=20", 0.1f, 0.002f, 0.03f, 0.0004f * DB10, -0.005f, NONE},
        /* narrower sets by the fold table: BS.775, LFE dropped */
        {"/mon/set=1", 0, 0, 0, 0, 0, 0.1f + M3DB * (0.3f + 0.05f), 0.02f + M3DB * (0.3f + 0.06f),
         0},
        {"/mon/set=1 /mon/spk/near.R/mute=1", 0, 0, 0, 0, 0, 0.1f + M3DB * (0.3f + 0.05f), 0, 0},
        {"/mon/set=2", 0, 0, 0, 0, 0, 0, 0, M3DB * 0.12f + 0.3f + 0.5f * 0.11f},
        {"/mon/set=2 /mon/spk/tv.1/trim=-20", 0, 0, 0, 0, 0, 0, 0,
         (M3DB * 0.12f + 0.3f + 0.5f * 0.11f) / 10},
        {"/mon/set=2 /mon/set=0", 0.1f, 0.02f, 0.3f, 0.004f * DB10, -0.05f, NONE},
        {"/mon/cut=1 /mon/set=1", 0, 0, 0, 0, 0, NONE},
    };
    for (unsigned i = 0; i < sizeof t / sizeof *t; i++) {
        struct rig rig;
        open_room(&rig, room);
        assert_int_equal(rig.outs, 2 * LEGS + LEGS + 2 + 1);
        set_all(&rig, t[i].set);
        rig_run(&rig, 0, FRAMES, 256);
        print_message("%s\n", t[i].set);
        hears(&rig, "mon L", t[i].l);
        hears(&rig, "mon R", t[i].r);
        hears(&rig, "mon C", t[i].c);
        hears(&rig, "mon LFE", t[i].lfe);
        hears(&rig, "mon Ls", t[i].ls);
        hears(&rig, "mon near L", t[i].near_l);
        hears(&rig, "mon near R", t[i].near_r);
        hears(&rig, "mon tv 1", t[i].tv);
        rig_close(&rig);
    }
}

/* Distance in whole samples: what the file says from the first frame, and a change later. */
static void test_delay(void **state) {
    (void)state;
    struct rig rig;
    rig_open(&rig, room, 48000, NULL);
    for (uint32_t i = 0; i < LEGS; i++)
        rig_noise(&rig, rig.in[i], i, 0.5);
    const float *monitor = rig.out[rig_out(&rig, "main PM Ls")],
                *ls = rig.out[rig_out(&rig, "mon Ls")], *l = rig.out[rig_out(&rig, "mon L")],
                *main_l = rig.out[rig_out(&rig, "main PM L")];
    rig_run(&rig, 0, 12000, 100);
    rig_set(&rig, "/mon/spk/Ls/delay", 0);
    rig_set(&rig, "/mon/spk/L/delay", 0.25f * 100 / 12 + 0.01f); /* 2.093 ms: 100 frames */
    rig_run(&rig, 12000, 36000, 100);
    for (uint32_t i = 0; i < 96; i++)
        assert_true(ls[i] == 0);
    for (uint32_t i = 1000; i < 11000; i++)
        assert_true(ls[i] == -monitor[i - 96]); /* 2 ms, inverted */
    for (uint32_t i = 24000; i < 48000; i++) {
        assert_true(ls[i] == -monitor[i]);
        assert_true(l[i] == main_l[i - 100]);
    }
    rig_close(&rig);
}

/* A change of set fades one out and the other in: no step larger than the slope of the fade. */
static void test_change_of_set(void **state) {
    (void)state;
    struct rig rig;
    open_room(&rig, room);
    rig_run(&rig, 0, 3200, 64);
    rig_set(&rig, "/mon/set", 1);
    rig_run(&rig, 3200, FRAMES - 3200, 64);
    const float *c = rig.out[rig_out(&rig, "mon C")], *near = rig.out[rig_out(&rig, "mon near L")];
    const float full = 0.1f + M3DB * 0.35f;
    assert_true(fabsf(c[3199] - 0.3f) < 1e-6f && near[3199] == 0);
    for (uint32_t i = 3200; i + 1 < FRAMES; i++) {
        assert_true(c[i + 1] <= c[i] && c[i] - c[i + 1] < 0.3f * 2e-3f);
        assert_true(near[i + 1] >= near[i] - 1e-7f && near[i + 1] - near[i] < full * 2e-3f);
        assert_true(fabsf(c[i] / 0.3f + near[i] / full - 1) < 1e-3f); /* they add up */
    }
    assert_true(c[3200 + 1056 + 64] == 0);
    rig_close(&rig);
}

/* The same samples whatever the period. */
static void test_periods(void **state) {
    (void)state;
    static const uint32_t period[] = {16, 48, 100, 1024};
    struct rig rig[4];
    for (unsigned p = 0; p < 4; p++) {
        rig_open(&rig[p], room, 24000, NULL);
        for (uint32_t i = 0; i < LEGS; i++)
            rig_noise(&rig[p], rig[p].in[i], i, 0.5);
        static const struct {
            uint64_t frame;
            const char *address;
            float value;
        } moves[] = {{4800, "/mon/set", 1},           {5280, "/mon/set", 0},
                     {9600, "/mon/spk/C/solo", 1},    {9616, "/mon/spk/R/trim", -7},
                     {12000, "/mon/spk/L/delay", 11}, {16000, "/mon/spk/C/solo", 0}};
        for (unsigned i = 0; i < sizeof moves / sizeof *moves; i++) {
            const struct command c = {.op = COMMAND_SET,
                                      .slot = rig_slot(&rig[p], moves[i].address),
                                      .value = moves[i].value};
            rig_at(&rig[p], moves[i].frame, &c);
        }
        rig_run(&rig[p], 0, 24000, period[p]);
        for (uint32_t o = 0; o < rig[p].outs && p; o++)
            assert_memory_equal(rig[p].out[o], rig[0].out[o], 24000 * sizeof(float));
    }
    for (unsigned p = 0; p < 4; p++)
        rig_close(&rig[p]);
}

/* A set that there is not is refused. */
static void test_bounds(void **state) {
    (void)state;
    struct rig rig;
    open_room(&rig, room);
    struct command c = {.op = COMMAND_SET, .slot = rig_slot(&rig, "/mon/set"), .value = 3};
    const struct group group = {.when = WHEN_NEXT, .count = 1};
    assert_int_equal(engine_queue(rig.engine, &group, &c), EVENT_BAD);
    c.value = 2;
    assert_int_equal(engine_queue(rig.engine, &group, &c), 0);
    rig_close(&rig);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),   cmocka_unit_test(test_gains),
        cmocka_unit_test(test_delay),   cmocka_unit_test(test_change_of_set),
        cmocka_unit_test(test_periods), cmocka_unit_test(test_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
