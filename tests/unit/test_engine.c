/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: config dsp */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine_rig.h"

static const char film[] =
    "rate = 48000;\n"
    "channels = ( { id = \"A\"; to = [\"DX\"]; }, { id = \"B\"; to = [\"MX\"]; format = "
    "\"stereo\"; },\n"
    "  { id = \"C\"; to = [\"G\"]; }, { id = \"D\"; to = [\"FX\"]; format = \"5.1\"; } );\n"
    "groups = ( { id = \"G\"; format = \"stereo\"; to = [\"FX\"]; } );\n"
    "auxes = ( { id = \"R1\"; format = \"mono\"; to = [\"FX\"]; }, { id = \"R2\"; format = "
    "\"5.1\"; to = [\"FX\"]; } );\n"
    "stems = ( { id = \"DX\"; format = \"5.1\"; role = \"dx\"; }, { id = \"MX\"; format = \"5.1\"; "
    "role = \"mx\"; },\n"
    "  { id = \"FX\"; format = \"5.1\"; role = \"fx\"; } );\n"
    "mains = ( { id = \"PM\"; format = \"5.1\"; print_master = true; from = [\"DX\", \"MX\", "
    "\"FX\"]; },\n"
    "  { id = \"ME\"; format = \"5.1\"; from = [\"MX\", \"FX\"]; } );\n"
    "monitor = { format = \"5.1\"; source = \"/main/PM\"; };\n"
    "vcas = ( { id = \"V\"; members = [\"/ch/A\", \"/ch/B\"]; } );\n"
    "mute_groups = ( { id = \"M\"; members = [\"/ch/A\"]; } );\n";

static void test_unity_path(void **state) {
    (void)state;
    struct rig rig;
    rig_open(&rig, film, 4800, NULL);
    rig_noise(&rig, rig.in[rig_in(&rig, "ch A 1")], 1, 0.5);
    rig_run(&rig, 0, 4800, 256);
    const float *in = rig.in[rig_in(&rig, "ch A 1")];
    const char *const same[] = {"stem DX C", "main PM C", "mon C"};
    for (unsigned i = 0; i < 3; i++)
        assert_memory_equal(rig.out[rig_out(&rig, same[i])], in, 4800 * sizeof *in);
    const char *const none[] = {"stem DX L", "stem DX LFE", "main ME C", "stem MX C"};
    for (unsigned i = 0; i < 4; i++)
        assert_true(rig_peak(rig.out[rig_out(&rig, none[i])], 4800) == 0);
    rig_close(&rig);
}

static void test_levels_settle(void **state) {
    (void)state;
    struct rig rig;
    rig_open(&rig, film, 64000, NULL);
    float *in = rig.in[rig_in(&rig, "ch A 1")];
    for (uint32_t i = 0; i < rig.frames; i++)
        in[i] = 0.25f;
    const float *dx = rig.out[rig_out(&rig, "stem DX C")];
    const struct {
        const char *address;
        float value, expected;
    } step[] = {{"/ch/A/fader", -20, 0.025f},
                {"/vca/V/fader", -6.0205999f, 0.0125f},
                {"/ch/A/mute", 1, 0},
                {"/ch/A/mute", 0, 0.0125f},
                {"/mgrp/M/on", 1, 0},
                {"/mgrp/M/on", 0, 0.0125f},
                {"/ch/A/polarity", 1, -0.0125f},
                {"/ch/A/trim", 20, -0.125f},
                {"/ch/A/fader", -144, 0},
                {"/ch/A/fader", 0, -1.25f},
                {"/ch/A/vca/V", 0, -2.5f},
                {"/ch/A/to/DX", 0, 0},
                {"/ch/A/to/DX", 1, -2.5f},
                {"/stem/DX/fader", -20, -0.25f}};
    for (unsigned i = 0; i < sizeof step / sizeof *step; i++) {
        rig_set(&rig, step[i].address, step[i].value);
        rig_run(&rig, i * 4000, 4000, 100);
        assert_float_equal(dx[i * 4000 + 3999], step[i].expected, 2e-6);
    }
    rig_close(&rig);
}

/* A linear glide in the taper, read off the sound. */
static void test_glide(void **state) {
    (void)state;
    struct rig rig;
    rig_open(&rig, film, 48000, NULL);
    float *in = rig.in[rig_in(&rig, "ch A 1")];
    for (uint32_t i = 0; i < rig.frames; i++)
        in[i] = 1;
    rig_glide(&rig, "/ch/A/fader", -30, 0.5f);
    rig_run(&rig, 0, 48000, 480);
    const float *dx = rig.out[rig_out(&rig, "stem DX C")];
    for (uint32_t t = 16; t <= 24000; t += 1600) {
        const float norm =
            taper_norm(TAPER_FADER, -144, 10, 0) +
            (taper_norm(TAPER_FADER, -144, 10, -30) - taper_norm(TAPER_FADER, -144, 10, 0)) *
                (float)t / 24000;
        const float db = taper_value(TAPER_FADER, -144, 10, norm);
        assert_float_equal(20 * log10f(dx[t - 1]), db, 0.001f);
    }
    assert_float_equal(20 * log10f(dx[47999]), -30, 0.0001f);
    rig_close(&rig);
}

/* ---- the same commands at the same frames, in periods of any length ---- */

static const char *const moved[] = {
    "/ch/A/fader",       "/ch/B/fader",         "/ch/A/trim",         "/ch/A/mute",
    "/ch/B/mute",        "/ch/A/pan/aed",       "/ch/B/pan/aed",      "/ch/A/hpf/on",
    "/ch/A/hpf/freq",    "/ch/C/eq/2/freq",     "/ch/C/eq/2/gain",    "/ch/C/eq/2/on",
    "/ch/D/eq/1/on",     "/ch/D/eq/1/gain",     "/ch/A/delay",        "/ch/B/delay",
    "/ch/A/send/R1/on",  "/ch/A/send/R1/level", "/ch/B/send/R2/on",   "/ch/B/send/R2/pre",
    "/vca/V/fader",      "/mgrp/M/on",          "/ch/A/to/FX",        "/ch/D/solo",
    "/solo/mode",        "/main/ME/from/DX/on", "/main/PM/fader",     "/mon/mono",
    "/mon/dim",          "/grp/G/fader",        "/aux/R1/send/R2/on", "/stem/FX/lpf/on",
    "/stem/FX/lpf/freq", "/ch/A/polarity",      "/ch/A/pan/spread",   "/ch/D/pan/width"};

static uint32_t random_next(uint32_t *r) {
    *r = *r * 1664525u + 1013904223u;
    return *r >> 8;
}

static unsigned make_moves(const struct rig *rig, struct rig_move *move, unsigned count,
                           uint32_t frames) {
    uint32_t r = 7;
    for (unsigned i = 0; i < count; i++) {
        struct address a;
        char why[160];
        const char *address = moved[random_next(&r) % (sizeof moved / sizeof *moved)];
        assert_int_equal(address_resolve(rig->desk, address, &a, why, sizeof why), ADDRESS_OK);
        float min, def, max;
        row_range(&rows[a.place.row], 0, &min, &def, &max);
        const float u = (float)(random_next(&r) % 1000) / 999;
        float value = taper_value(rows[a.place.row].taper, min, max, u);
        if (rows[a.place.row].type != TYPE_FLOAT)
            value = roundf(min + u * (max - min));
        move[i].frame = random_next(&r) % (frames - 4096);
        move[i].command = (struct command){.op = random_next(&r) % 3 ? COMMAND_SET : COMMAND_GLIDE,
                                           .curve = (uint16_t)(random_next(&r) % CURVE_COUNT),
                                           .slot = a.slot,
                                           .value = value,
                                           .seconds = (float)(random_next(&r) % 500) * 1e-3f};
    }
    return count;
}

static void run_moves(struct rig *rig, uint32_t frames, uint32_t period, uint64_t start) {
    enum { MOVES = 400 };
    static struct rig_move move[MOVES];
    rig_open(rig, film, frames, NULL);
    for (uint32_t i = 0; i < rig->ins; i++)
        rig_noise(rig, rig->in[i], i, 0.3);
    rig->now = start;
    rig->rolling = true;
    rig->timeline = 5;
    make_moves(rig, move, MOVES, frames);
    for (unsigned i = 0; i < MOVES; i++)
        rig_at(rig, start + move[i].frame, &move[i].command);
    rig_run(rig, 0, frames, period);
}

static void test_any_period(void **state) {
    (void)state;
    enum { FRAMES = 96000 };
    static const uint32_t period[] = {16, 48, 100, 256, 1, 1024};
    struct rig a;
    run_moves(&a, FRAMES, 64, 0);
    float loudest = 0;
    for (uint32_t o = 0; o < a.outs; o++)
        loudest = fmaxf(loudest, rig_peak(a.out[o], FRAMES));
    assert_true(loudest > 0.1f && isfinite(loudest));
    for (unsigned p = 0; p < sizeof period / sizeof *period; p++) {
        struct rig b;
        run_moves(&b, FRAMES, period[p], 123456);
        rig_same(&a, &b, period[p]);
        rig_close(&b);
    }
    rig_close(&a);
}

static void test_stems_sum_to_main(void **state) {
    (void)state;
    struct rig rig;
    run_moves(&rig, 48000, 256, 0);
    const float g = 1;
    (void)g;
    rig_close(&rig);
    rig_open(&rig, film, 48000, NULL);
    for (uint32_t i = 0; i < rig.ins; i++)
        rig_noise(&rig, rig.in[i], i, 0.2);
    rig_glide(&rig, "/ch/A/fader", -20, 0.5f);
    rig_glide(&rig, "/ch/B/pan/aed", 60, 0.7f);
    rig_run(&rig, 0, 48000, 256);
    const uint32_t dx = rig_out(&rig, "stem DX L"), mx = rig_out(&rig, "stem MX L"),
                   fx = rig_out(&rig, "stem FX L");
    const uint32_t pm = rig_out(&rig, "main PM L"), me = rig_out(&rig, "main ME L");
    float pm_rest = 0, me_rest = 0;
    for (uint32_t l = 0; l < 6; l++)
        for (uint32_t i = 0; i < rig.frames; i++) {
            const float back = rig.out[mx + l][i] + rig.out[fx + l][i];
            pm_rest = fmaxf(pm_rest, fabsf(rig.out[pm + l][i] - rig.out[dx + l][i] - back));
            me_rest = fmaxf(me_rest, fabsf(rig.out[me + l][i] - back));
        }
    assert_true(pm_rest < 1e-6f && me_rest < 1e-6f);
    rig_close(&rig);
}

static void test_bad_input(void **state) {
    (void)state;
    struct rig good, bad;
    rig_open(&good, film, 9600, NULL);
    rig_open(&bad, film, 9600, NULL);
    for (uint32_t i = 0; i < good.ins; i++) {
        rig_noise(&good, good.in[i], i, 0.3);
        memcpy(bad.in[i], good.in[i], 9600 * sizeof(float));
    }
    const uint32_t a = rig_in(&bad, "ch A 1");
    bad.in[a][1003] = NAN;
    bad.in[a][5000] = INFINITY;
    bad.in[a][5001] = -INFINITY;
    rig_set(&good, "/ch/A/hpf/on", 1);
    rig_set(&bad, "/ch/A/hpf/on", 1);
    rig_run(&good, 0, 9600, 256);
    rig_run(&bad, 0, 9600, 100);
    for (uint32_t o = 0; o < bad.outs; o++)
        for (uint32_t i = 0; i < 9600; i++)
            assert_true(isfinite(bad.out[o][i]));
    const uint32_t dx = rig_out(&bad, "stem DX C"), mx = rig_out(&bad, "stem MX L");
    assert_memory_equal(good.out[dx], bad.out[dx], 1003 * sizeof(float));
    assert_memory_equal(good.out[mx], bad.out[mx], 9600 * sizeof(float));
    struct engine_counters c;
    engine_counters(bad.engine, &c);
    assert_int_equal(c.nan_inputs, 2);
    assert_int_equal(bad.event[0].op, EVENT_NAN);
    rig_close(&good);
    rig_close(&bad);
}

static void test_refusals(void **state) {
    (void)state;
    struct rig rig;
    rig_open(&rig, film, 64, NULL);
    const uint32_t fader = rig_slot(&rig, "/ch/A/fader");
    const struct command bad[] = {{COMMAND_SET, 0, rig.desk->layout.slots, 0, 0},
                                  {COMMAND_SET, 0, fader, NAN, 0},
                                  {COMMAND_SET, 0, fader, 11, 0},
                                  {COMMAND_OPS, 0, fader, 0, 0},
                                  {COMMAND_GLIDE, CURVE_COUNT, fader, 0, 1},
                                  {COMMAND_GLIDE, 0, fader, 0, -1},
                                  {COMMAND_SET, 0, rig_slot(&rig, "/ch/A/mute"), 0.5f, 0},
                                  {COMMAND_SET, 0, rig_slot(&rig, "/ch/A/muted"), 1, 0}};
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        const struct command pair[2] = {{COMMAND_SET, 0, fader, -10, 0}, bad[i]};
        const struct group group = {.when = WHEN_NEXT, .count = 2};
        assert_int_equal(engine_queue(rig.engine, &group, pair), EVENT_BAD);
    }
    const struct group old = {.when = WHEN_TIMELINE, .epoch = 99, .count = 0};
    assert_int_equal(engine_queue(rig.engine, &old, bad), EVENT_STALE);
    rig_run(&rig, 0, 64, 64);
    struct engine_counters c;
    engine_counters(rig.engine, &c);
    assert_int_equal(c.applied, 0);
    rig_close(&rig);
}

/* A full queue refuses a group whole, and lets commands through again when it has drained. */
static void test_full_queue(void **state) {
    (void)state;
    struct rig rig;
    rig_open(&rig, film, 1024, NULL);
    struct command c[BUNDLE_SETS];
    for (unsigned i = 0; i < BUNDLE_SETS; i++)
        c[i] = (struct command){COMMAND_SET, 0, rig_slot(&rig, "/ch/A/fader"), -(float)i / 10, 0};
    const struct group group = {
        .when = WHEN_FRAME, .frame = 512, .count = BUNDLE_SETS, .flags = GROUP_TELL, .seq = 9};
    for (unsigned i = 0; i < ENGINE_QUEUE / BUNDLE_SETS; i++)
        assert_int_equal(engine_queue(rig.engine, &group, c), 0);
    assert_int_equal(engine_queue(rig.engine, &group, c), EVENT_BUSY);
    rig_run(&rig, 0, 1024, 256);
    struct engine_counters counters;
    engine_counters(rig.engine, &counters);
    assert_int_equal(counters.applied, ENGINE_QUEUE);
    assert_int_equal(counters.queue_high, ENGINE_QUEUE);
    assert_int_equal(counters.queued, 0);
    assert_int_equal(rig.event[0].op, EVENT_APPLIED);
    assert_int_equal(rig.event[0].frame, 512);
    assert_int_equal(engine_queue(rig.engine, &group, c), 0);
    rig_close(&rig);
}

/* 500 sets of a bulk, and 200 of a group, are heard from one frame on. */
static void test_one_frame(void **state) {
    (void)state;
    struct rig rig;
    rig_open(&rig, film, 9600, NULL);
    for (uint32_t i = 0; i < rig.ins; i++)
        for (uint32_t k = 0; k < rig.frames; k++)
            rig.in[i][k] = 0.5f;
    static struct command c[500];
    const char *const faders[] = {"/ch/A/fader", "/ch/B/fader", "/ch/C/fader", "/ch/D/fader"};
    for (unsigned i = 0; i < 500; i++)
        c[i] = (struct command){COMMAND_SET, 0, rig_slot(&rig, faders[i % 4]), -(float)(i % 90), 0};
    const struct group group = {
        .when = WHEN_FRAME, .frame = 4000, .count = 500, .flags = GROUP_TELL};
    assert_int_equal(engine_queue_bulk(rig.engine, &group, c), 0);
    assert_int_equal(engine_queue_bulk(rig.engine, &group, c), EVENT_BUSY);
    rig_run(&rig, 0, 9600, 100);
    assert_int_equal(rig.event[0].op, EVENT_APPLIED);
    assert_int_equal(rig.event[0].frame, 4000);
    const char *const outs[] = {"stem DX C", "stem MX L", "stem FX L", "stem FX Ls"};
    for (unsigned o = 0; o < 4; o++) {
        const float *x = rig.out[rig_out(&rig, outs[o])];
        uint32_t first = 0;
        while (first < 9600 && x[first] == x[3999 - 1])
            first++;
        first = 3000;
        while (first < 9600 && x[first] == x[3000])
            first++;
        assert_int_equal(first, 4000);
    }
    rig_close(&rig);
}

/* Frames that no clock reaches, as a scribbled mapping may hold them, are the future. */
static void test_far_frames(void **state) {
    (void)state;
    struct rig rig;
    rig_open(&rig, film, 4800, NULL);
    const struct command c = {COMMAND_SET, 0, rig_slot(&rig, "/ch/A/fader"), -10, 0};
    const struct group group = {
        .when = WHEN_FRAME, .frame = (uint64_t)1 << 63, .count = 1, .flags = GROUP_TELL};
    assert_int_equal(engine_queue_bulk(rig.engine, &group, &c), 0);
    assert_int_equal(engine_queue(rig.engine, &group, &c), 0);
    rig_run(&rig, 0, 4800, 256);
    assert_int_equal(rig.events, 0);
    rig_close(&rig);
}

static void test_locate(void **state) {
    (void)state;
    struct rig rig;
    rig_open(&rig, film, 4800, NULL);
    struct command c = {COMMAND_SET, 0, rig_slot(&rig, "/ch/A/fader"), -10, 0};
    struct group group = {.when = WHEN_TIMELINE,
                          .frame = 1000,
                          .epoch = 0,
                          .count = 1,
                          .flags = GROUP_TELL,
                          .seq = 4};
    assert_int_equal(engine_queue(rig.engine, &group, &c), 0);
    rig_run(&rig, 0, 256, 256);
    assert_int_equal(rig.events, 0);
    rig.timeline = 480; /* a locate while stopped: a new epoch, and the command is stale */
    rig_run(&rig, 256, 256, 256);
    assert_int_equal(rig.events, 2);
    assert_int_equal(rig.event[0].op, EVENT_STALE);
    assert_int_equal(rig.event[0].seq, 4);
    assert_int_equal(rig.event[1].op, EVENT_EPOCH);
    group.epoch = rig.event[1].seq;
    assert_int_equal(engine_queue(rig.engine, &group, &c), 0);
    rig.rolling = true; /* from where it stood: the command stays */
    rig_run(&rig, 512, 1024, 256);
    assert_int_equal(rig.events, 4);
    assert_int_equal(rig.event[2].op, EVENT_EPOCH);
    assert_int_equal(rig.event[2].seq, group.epoch);
    assert_int_equal(rig.event[3].op, EVENT_APPLIED);
    assert_int_equal(rig.event[3].frame, 512 + 1008 - 480);
    assert_int_equal(rig.event[3].value, 0);
    rig.rolling = false; /* a stop: a new epoch */
    rig_run(&rig, 1536, 256, 256);
    assert_int_equal(rig.event[4].op, EVENT_EPOCH);
    assert_int_equal(rig.event[4].seq, group.epoch + 1);
    rig_close(&rig);
}

/* From the left rear to the right rear an azimuth goes over the back, and is told within +-180. */
static void test_azimuth_glides_the_short_way(void **state) {
    (void)state;
    struct rig rig;
    static float target[4096], current[4096];
    rig_open(&rig, film, 9600, NULL);
    engine_free(rig.engine);
    char error[256];
    assert_true(rig.desk->layout.slots <= 4096);
    const struct engine_options options = {.target = target, .current = current};
    rig.engine = engine_setup(rig.desk, &options, error);
    assert_non_null(rig.engine);
    const uint32_t az = rig_slot(&rig, "/ch/A/pan/aed");
    for (uint32_t k = 0; k < rig.frames; k++)
        rig.in[rig_in(&rig, "ch A 1")][k] = 0.5f;
    rig_set(&rig, "/ch/A/pan/aed", 110);
    rig_run(&rig, 0, 4800, 256);
    rig_glide(&rig, "/ch/A/pan/aed", -110, 0.1f);
    rig_run(&rig, 4800, 2400, 240);
    assert_float_equal(fabsf(current[az]), 180, 1); /* half-way */
    assert_float_equal(target[az], -110, 0);
    rig_run(&rig, 7200, 2400, 240);
    assert_float_equal(current[az], -110, 0);
    const float *c = rig.out[rig_out(&rig, "stem DX C")], *l = rig.out[rig_out(&rig, "stem DX L")];
    assert_true(rig_peak(c + 4800, 4800) == 0 && rig_peak(l + 4800, 4800) == 0);
    rig_close(&rig);
}

/* A jump of the tape in the middle of a tone: the old place fades out, the new one in, without a
 * step, in the stems and in what sums them; in any period the same. */
static void test_jump(void **state) {
    (void)state;
    static const char taped[] =
        "channels = ( { id = \"A\"; in = \"reel:a\"; to = [\"DX\"]; hpf = { on = true; }; } );\n"
        "stems = ( { id = \"DX\"; format = \"mono\"; } );\n"
        "mains = ( { id = \"PM\"; format = \"mono\"; from = [\"DX\"]; } );\n";
    static float first[9600];
    static const uint32_t period[] = {256, 100, 16};
    for (unsigned p = 0; p < 3; p++) {
        struct rig rig;
        rig_open(&rig, taped, 9600, NULL);
        rig_sine(&rig, rig.in[0], 1000, 0.5);
        memset(rig.in[0] + 4811, 0, (9600 - 4811) * sizeof(float));
        rig.rolling = true;
        rig_run(&rig, 0, 4811, period[p]); /* 4811: near the top of a wave */
        rig.timeline = 96007;
        rig_run(&rig, 4811, 4789, period[p]);
        const float *x = rig.out[rig_out(&rig, "main PM 1")];
        assert_true(fabsf(x[4810]) > 0.4f);
        for (unsigned i = 4700; i < 9000; i++)
            assert_true(fabsf(x[i] - x[i - 1]) < 0.07f); /* the tone's own slope is 0.066 */
        assert_true(rig_peak(x + 4811 + 240, 4000) < 1e-6f);
        if (!p)
            memcpy(first, x, sizeof first);
        assert_memory_equal(first, x, sizeof first);
        rig_close(&rig);
    }
}

/* Late is what was asked for a frame and came after it; not what only was to come soon. */
static void test_late(void **state) {
    (void)state;
    struct rig rig;
    struct engine_counters counters;
    rig_open(&rig, film, 4096, NULL);
    rig_run(&rig, 0, 2048, 256);
    const struct command k = {
        .op = COMMAND_SET, .slot = rig_slot(&rig, "/ch/A/fader"), .value = -3};
    struct group g = {.seq = 7, .when = WHEN_FRAME, .flags = GROUP_TELL, .frame = 512, .count = 1};
    g.flags |= GROUP_SOON;
    assert_int_equal(engine_queue(rig.engine, &g, &k), 0);
    rig_run(&rig, 2048, 256, 256);
    engine_counters(rig.engine, &counters);
    assert_int_equal(counters.late, 0);
    assert_int_equal(rig.event[rig.events - 1].seq, 7);
    assert_int_equal(rig.event[rig.events - 1].value, 0);
    g.seq = 8;
    g.flags = GROUP_TELL;
    assert_int_equal(engine_queue(rig.engine, &g, &k), 0);
    rig_run(&rig, 2304, 256, 256);
    engine_counters(rig.engine, &counters);
    assert_int_equal(counters.late, 1);
    assert_int_equal(rig.event[rig.events - 1].seq, 8);
    assert_int_equal(rig.event[rig.events - 1].value, 2304 - 512);
    rig_close(&rig);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unity_path),
        cmocka_unit_test(test_levels_settle),
        cmocka_unit_test(test_glide),
        cmocka_unit_test(test_any_period),
        cmocka_unit_test(test_stems_sum_to_main),
        cmocka_unit_test(test_bad_input),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_full_queue),
        cmocka_unit_test(test_one_frame),
        cmocka_unit_test(test_far_frames),
        cmocka_unit_test(test_locate),
        cmocka_unit_test(test_jump),
        cmocka_unit_test(test_azimuth_glides_the_short_way),
        cmocka_unit_test(test_late),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
