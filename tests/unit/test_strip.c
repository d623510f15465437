/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: config dsp */
/* timeout: 240 */
/* Dynamics and limiters in their place: through the whole engine, from input to output. What they
 * do by themselves is tested in test_dyn.c, test_limiter.c and test_multiband.c. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "dsp/limiter.h"
#include "engine_rig.h"

#define D LIMITER_LATENCY_FRAMES

static const char plain[] =
    "rate = 48000;\n"
    "channels = ( { id = \"A\"; format = \"mono\"; to = [\"S\"]; },\n"
    "  { id = \"B\"; format = \"mono\"; to = [\"T\"]; },\n"
    "  { id = \"C\"; format = \"stereo\"; to = [\"G\"]; } );\n"
    "groups = ( { id = \"G\"; format = \"stereo\"; to = [\"T\"]; } );\n"
    "stems = ( { id = \"S\"; format = \"mono\"; role = \"dx\"; },\n"
    "  { id = \"T\"; format = \"5.1\"; role = \"fx\"; } );\n"
    "mains = ( { id = \"PM\"; format = \"5.1\"; print_master = true; from = [\"S\", \"T\"]; },\n"
    "  { id = \"ME\"; format = \"5.1\"; from = [\"T\"]; } );\n"
    "monitor = { format = \"5.1\"; source = \"/main/PM\"; };\n";
static char limited[sizeof plain + 32];

static float db_of(float lin) {
    return 20 * log10f(fmaxf(lin, 1e-9f));
}

static void fill(const struct rig *rig, const char *port, float value) {
    float *x = rig->in[rig_in(rig, port)];
    for (uint32_t i = 0; i < rig->frames; i++)
        x[i] = value;
}

static void test_compressor(void **state) {
    (void)state;
    struct rig rig;
    rig_open(&rig, plain, 96000, NULL);
    fill(&rig, "ch A 1", 0.5f);
    rig_set(&rig, "/ch/A/comp/thr", -20);
    rig_set(&rig, "/ch/A/comp/ratio", 4);
    rig_set(&rig, "/ch/A/comp/knee", 0);
    rig_set(&rig, "/ch/A/comp/makeup", 3);
    rig_set(&rig, "/ch/A/comp/on", 1);
    rig_run(&rig, 0, 48000, 256);
    const float *out = rig.out[rig_out(&rig, "stem S 1")];
    const float in_db = db_of(0.5f);
    assert_float_equal(db_of(out[47999]), -20 + (in_db + 20) / 4 + 3, 0.02);
    struct meter_value m[64];
    assert_true(engine_meters(rig.engine) <= 64);
    engine_meters_read(rig.engine, m);
    assert_float_equal(m[0].gr_db[GR_COMP], -0.75f * (in_db + 20), 0.05);
    assert_float_equal(m[0].gr_db[GR_GATE], 0, 1e-6);
    rig_set(&rig, "/ch/A/comp/on", 0);
    rig_run(&rig, 48000, 48000, 256);
    assert_true(out[95999] == 0.5f);
    rig_close(&rig);
}

/* A is turned down by B, by what B did 64 frames before, at any period. */
static void test_key(void **state) {
    (void)state;
    static const uint32_t period[] = {16, 100, 256};
    for (unsigned p = 0; p < sizeof period / sizeof *period; p++) {
        struct rig rig;
        rig_open(&rig, plain, 48000, NULL);
        fill(&rig, "ch A 1", 0.1f);
        float *b = rig.in[rig_in(&rig, "ch B 1")];
        for (uint32_t i = 24007; i < rig.frames; i++)
            b[i] = 1;
        const int strip = desk_strip_number(rig.desk, "/ch/B");
        rig_set(&rig, "/ch/A/comp/key", (float)(strip + 1));
        rig_set(&rig, "/ch/A/comp/att", 0.3f);
        rig_set(&rig, "/ch/A/comp/on", 1);
        rig_run(&rig, 0, 48000, period[p]);
        const float *out = rig.out[rig_out(&rig, "stem S 1")];
        uint32_t first = 20000;
        while (first < rig.frames && out[first] == 0.1f)
            first++;
        /* B is heard 64 frames later, at the end of the four frames it falls into */
        assert_in_range(first, 24007 + 64, 24007 + 64 + 8);
        assert_float_equal(db_of(out[47999]), -20 - 20 * 2 / 3.0f, 0.05);
        rig_close(&rig);
    }
}

/* With the filter first the compressor does not hear what the filter takes away. */
static void test_order(void **state) {
    (void)state;
    struct rig rig;
    rig_open(&rig, plain, 4 * 48000, NULL);
    rig_sine(&rig, rig.in[rig_in(&rig, "ch A 1")], 100, 0.5);
    rig_set(&rig, "/ch/A/hpf/on", 1);
    rig_set(&rig, "/ch/A/hpf/freq", 1000);
    rig_set(&rig, "/ch/A/comp/thr", -26);
    rig_set(&rig, "/ch/A/comp/ratio", 10);
    rig_set(&rig, "/ch/A/comp/on", 1);
    rig_run(&rig, 0, 96000, 256);
    const float *out = rig.out[rig_out(&rig, "stem S 1")];
    const float eq_first = rig_peak(out + 90000, 6000);
    rig_set(&rig, "/ch/A/order", 1);
    rig_run(&rig, 96000, 96000, 256);
    const float dyn_first = rig_peak(out + 186000, 6000);
    assert_float_equal(db_of(eq_first), -6 - 40, 0.5);
    assert_float_equal(db_of(dyn_first), db_of(eq_first) - 0.9f * 20, 1.5);
    rig_close(&rig);
}

/* Two strips of one lane group in different orders do not notice each other. */
static void test_mixed_orders(void **state) {
    (void)state;
    struct rig rig[3];
    for (unsigned r = 0; r < 3; r++) {
        rig_open(&rig[r], plain, 48000, NULL);
        rig_noise(&rig[r], rig[r].in[rig_in(&rig[r], "ch A 1")], 1, 0.5);
        rig_noise(&rig[r], rig[r].in[rig_in(&rig[r], "ch B 1")], 2, 0.5);
        static const char *const set[] = {"/ch/A/eq/1/on", "/ch/B/eq/1/on",   "/ch/A/comp/on",
                                          "/ch/B/comp/on", "/ch/A/eq/1/gain", "/ch/B/eq/1/gain",
                                          "/ch/A/deess/on"};
        for (unsigned i = 0; i < sizeof set / sizeof *set; i++)
            rig_set(&rig[r], set[i], strstr(set[i], "gain") ? 12 : 1);
        if (r > 0)
            rig_set(&rig[r], "/ch/A/order", 1);
        if (r > 1)
            rig_set(&rig[r], "/ch/B/order", 1);
        rig_run(&rig[r], 0, 48000, 256);
    }
    const uint32_t s = rig_out(&rig[0], "stem S 1"), t = rig_out(&rig[0], "stem T C");
    assert_memory_equal(rig[1].out[s], rig[2].out[s], 48000 * sizeof(float));
    assert_memory_equal(rig[0].out[t], rig[1].out[t], 48000 * sizeof(float));
    assert_memory_not_equal(rig[0].out[s], rig[1].out[s], 48000 * sizeof(float));
    for (unsigned r = 0; r < 3; r++)
        rig_close(&rig[r]);
}

static uint32_t first_sound(const float *x, uint32_t frames) {
    uint32_t i = 0;
    while (i < frames && x[i] == 0)
        i++;
    return i;
}

/* Stems lag by two look-aheads and mains by three, whether limiters work or not. */
static void test_latency(void **state) {
    (void)state;
    for (int on = 0; on < 2; on++) {
        struct rig rig;
        rig_open(&rig, limited, 9600, NULL);
        rig.in[rig_in(&rig, "ch A 1")][5003] = 0.25f;
        static const char *const lim[] = {"/stem/S/lim/on", "/stem/T/lim/on", "/main/PM/lim/on",
                                          "/main/ME/lim/on"};
        for (unsigned i = 0; on && i < 4; i++)
            rig_set(&rig, lim[i], 1);
        rig_run(&rig, 0, 9600, 100);
        assert_int_equal(engine_latency_frames(rig.engine, KIND_CH), 0);
        assert_int_equal(engine_latency_frames(rig.engine, KIND_STEM), 2 * D);
        assert_int_equal(engine_latency_frames(rig.engine, KIND_MAIN), 3 * D);
        assert_int_equal(engine_latency_frames(rig.engine, KIND_MON), 3 * D);
        const float *stem = rig.out[rig_out(&rig, "stem S 1")],
                    *pm = rig.out[rig_out(&rig, "main PM C")],
                    *mon = rig.out[rig_out(&rig, "mon C")];
        assert_int_equal(first_sound(stem, 9600), 5003 + 2 * D);
        assert_int_equal(first_sound(pm, 9600), 5003 + 3 * D);
        assert_int_equal(first_sound(mon, 9600), 5003 + 3 * D);
        assert_true(stem[5003 + 2 * D] == 0.25f && pm[5003 + 3 * D] == 0.25f);
        rig_close(&rig);
    }
}

/* Largest sample of the difference between the main and its stems. */
static float stem_sum_error(const struct rig *rig, uint32_t from) {
    static const char *const leg[] = {"L", "R", "C", "LFE", "Ls", "Rs"};
    float worst = 0;
    for (unsigned l = 0; l < 6; l++) {
        char port[32];
        snprintf(port, sizeof port, "main PM %s", leg[l]);
        const float *pm = rig->out[rig_out(rig, port)];
        snprintf(port, sizeof port, "stem T %s", leg[l]);
        const float *t = rig->out[rig_out(rig, port)], *s = rig->out[rig_out(rig, "stem S 1")];
        for (uint32_t i = from; i < rig->frames; i++) {
            const float sum = t[i - D] + (l == 2 ? s[i - D] : 0);
            worst = fmaxf(worst, fabsf(pm[i] - sum));
        }
    }
    return worst;
}

/* The print master holds its ceiling by turning the stems down, which still sum to it. */
static void test_print_master(void **state) {
    (void)state;
    struct rig rig;
    rig_open(&rig, limited, 96000, NULL);
    for (uint32_t i = 0; i < rig.ins; i++)
        rig_noise(&rig, rig.in[i], i, 0.9);
    rig_set(&rig, "/main/PM/lim/thr", -6);
    rig_set(&rig, "/main/PM/lim/on", 1);
    rig_run(&rig, 0, 96000, 256);
    float peak = 0, before = 0;
    for (uint32_t l = 0; l < 6; l++)
        peak = fmaxf(peak, rig_peak(rig.out[rig_out(&rig, "main PM L") + l] + 4800, 91200));
    before = rig_peak(rig.in[0], 96000);
    assert_true(before > 0.89f);
    assert_true(db_of(peak) < -6 + 0.05f && db_of(peak) > -10);
    assert_true(db_of(stem_sum_error(&rig, 1000)) < -120);
    /* the other main hears it too */
    const float me = rig_peak(rig.out[rig_out(&rig, "main ME C")] + 4800, 91200);
    assert_true(me < 0.9f * rig_peak(rig.in[1], 96000));
    rig_close(&rig);
}

/* Missed frames are missed by stems and mains alike. */
static void test_print_skip(void **state) {
    (void)state;
    struct rig rig;
    rig_open(&rig, limited, 96000, NULL);
    for (uint32_t i = 0; i < rig.ins; i++)
        rig_noise(&rig, rig.in[i], i, 0.9);
    rig_set(&rig, "/main/PM/lim/thr", -6);
    rig_set(&rig, "/main/PM/lim/on", 1);
    rig_run(&rig, 0, 40000, 256);
    engine_skip(rig.engine, 777);
    rig.now += 777;
    rig_run(&rig, 40000, 56000, 256);
    assert_true(db_of(stem_sum_error(&rig, 1000)) < -120);
    rig_close(&rig);
}

/* Mode `main`: the stems are left alone. */
static void test_main_mode(void **state) {
    (void)state;
    struct rig rig;
    rig_open(&rig, limited, 48000, NULL);
    rig_sine(&rig, rig.in[rig_in(&rig, "ch A 1")], 997, 0.9);
    rig_set(&rig, "/main/PM/lim/mode", 0);
    rig_set(&rig, "/main/PM/lim/thr", -12);
    rig_set(&rig, "/main/PM/lim/on", 1);
    rig_run(&rig, 0, 48000, 256);
    assert_float_equal(db_of(rig_peak(rig.out[rig_out(&rig, "main PM C")] + 24000, 24000)), -12,
                       0.3);
    assert_float_equal(rig_peak(rig.out[rig_out(&rig, "stem S 1")] + 24000, 24000), 0.9, 1e-3);
    rig_close(&rig);
}

/* On the way from one mode to the other there is always one that holds the ceiling. */
static void test_mode_moves(void **state) {
    (void)state;
    struct rig rig;
    rig_open(&rig, limited, 96000, NULL);
    rig_sine(&rig, rig.in[rig_in(&rig, "ch A 1")], 997, 1);
    rig_set(&rig, "/main/PM/lim/thr", -12);
    rig_set(&rig, "/main/PM/lim/rel", 30);
    rig_set(&rig, "/main/PM/lim/on", 1);
    rig_run(&rig, 0, 9600, 256);
    for (uint32_t i = 0; i < 12; i++) {
        /* the short ways are stopped and turned round */
        rig_set(&rig, "/main/PM/lim/mode", (float)(i % 2));
        rig_run(&rig, 9600 + 7200 * i, i < 6 ? 7200 : 2400, 256);
        rig_set(&rig, "/main/PM/lim/mode", (float)((i + (i >= 6)) % 2));
        if (i >= 6)
            rig_run(&rig, 12000 + 7200 * i, 4800, 256);
    }
    const float *pm = rig.out[rig_out(&rig, "main PM C")];
    assert_true(db_of(rig_peak(pm + 9600, 86400)) < -12 + 0.05f);
    rig_close(&rig);
}

/* After a bad sample the strip is as new from the next cell on: what was before does not count. */
static void test_bad_input(void **state) {
    (void)state;
    enum { FRAMES = 96000, BAD = 60003, CELL = (BAD / 16 + 1) * 16 };
    struct rig bad, fresh;
    rig_open(&bad, plain, FRAMES, NULL);
    rig_open(&fresh, plain, FRAMES, NULL);
    float *x = bad.in[rig_in(&bad, "ch A 1")], *y = fresh.in[rig_in(&fresh, "ch A 1")];
    rig_noise(&bad, x, 3, 0.5);
    memcpy(y + CELL, x + CELL, (FRAMES - CELL) * sizeof *x);
    x[BAD] = y[BAD] = NAN;
    x[BAD + 1] = -INFINITY;
    struct rig *both[] = {&bad, &fresh};
    for (unsigned r = 0; r < 2; r++) {
        static const char *const on[] = {"/ch/A/gate/on", "/ch/A/comp/on", "/ch/A/deess/on",
                                         "/ch/A/hpf/on", "/ch/A/gate/sc/on"};
        for (unsigned i = 0; i < sizeof on / sizeof *on; i++)
            rig_set(both[r], on[i], 1);
        rig_set(both[r], "/ch/A/gate/rel", 5); /* shut by then */
        rig_run(both[r], 0, FRAMES, 64);
    }
    const uint32_t s = rig_out(&bad, "stem S 1");
    for (uint32_t i = 0; i < FRAMES; i++)
        assert_true(isfinite(bad.out[s][i]));
    assert_memory_equal(bad.out[s] + CELL, fresh.out[s] + CELL, (FRAMES - CELL) * sizeof(float));
    rig_close(&bad);
    rig_close(&fresh);
}

/* A jump of the timeline ends a block early and begins one late: for a live channel no time passed,
 * and its compressor does not let go. */
static void test_locate_live(void **state) {
    (void)state;
    struct rig rig;
    rig_open(&rig, plain, 48000, NULL);
    fill(&rig, "ch A 1", 0.5f);
    rig_set(&rig, "/ch/A/comp/thr", -40);
    rig_set(&rig, "/ch/A/comp/ratio", 20);
    rig_set(&rig, "/ch/A/comp/rel", 5);
    rig_set(&rig, "/ch/A/comp/on", 1);
    rig.rolling = true;
    rig_run(&rig, 0, 24000 + 5, 250);
    rig.timeline = 7777 * 64 + 51;
    rig_run(&rig, 24000 + 5, 23995, 250);
    const float *out = rig.out[rig_out(&rig, "stem S 1")];
    for (uint32_t i = 24005; i < 48000; i++)
        assert_float_equal(db_of(out[i]), db_of(out[24004]), 0.01);
    rig_close(&rig);
}

/* What was heard of four frames that a jump cut short does not count later. */
static void test_locate_period(void **state) {
    (void)state;
    static const uint32_t period[] = {64, 7};
    struct rig rig[2];
    for (unsigned r = 0; r < 2; r++) {
        rig_open(&rig[r], plain, 48000, NULL);
        float *a = rig[r].in[rig_in(&rig[r], "ch A 1")];
        for (uint32_t i = 0; i < 48000; i++)
            a[i] = i < 24001 ? 1 : 0.01f;
        rig_set(&rig[r], "/ch/A/comp/rel", 5);
        rig_set(&rig[r], "/ch/A/comp/on", 1);
        rig[r].rolling = true;
        rig_run(&rig[r], 0, 24001, period[r]);
        rig[r].timeline = 64000;
        rig_run(&rig[r], 24001, 23999, period[r]);
    }
    const uint32_t s = rig_out(&rig[0], "stem S 1");
    assert_memory_equal(rig[0].out[s], rig[1].out[s], 48000 * sizeof(float));
    for (unsigned r = 0; r < 2; r++)
        rig_close(&rig[r]);
}

/* A detector follows its key while its strip is silent: it does not matter whether others in the
 * lane group keep it awake. */
static void test_key_asleep(void **state) {
    (void)state;
    struct rig rig[2];
    for (unsigned r = 0; r < 2; r++) {
        rig_open(&rig[r], plain, 48000, NULL);
        float *a = rig[r].in[rig_in(&rig[r], "ch A 1")], *b = rig[r].in[rig_in(&rig[r], "ch B 1")];
        for (uint32_t i = 12000; i < 48000; i++) {
            a[i] = i < 30000 ? 0 : 0.1f;
            b[i] = i < 29000 ? 1 : 0;
        }
        if (r)
            fill(&rig[r], "ch C 1", 1e-10f);
        rig_set(&rig[r], "/ch/A/comp/on", 1);
        rig_run(&rig[r], 0, 6000, 256); /* asleep by then */
        rig_set(&rig[r], "/ch/A/comp/key", (float)(desk_strip_number(rig[r].desk, "/ch/B") + 1));
        rig_run(&rig[r], 6000, 42000, 256);
    }
    const float *out = rig[0].out[rig_out(&rig[0], "stem S 1")];
    assert_true(out[30000] < 0.08f);
    assert_memory_equal(out, rig[1].out[rig_out(&rig[1], "stem S 1")], 48000 * sizeof *out);
    for (unsigned r = 0; r < 2; r++)
        rig_close(&rig[r]);
}

/* ---- any period ---- */

static const char *const moved[] = {
    "/ch/A/gate/on",     "/ch/A/gate/thr",   "/ch/A/gate/ratio",  "/ch/A/gate/range",
    "/ch/A/gate/att",    "/ch/A/gate/hold",  "/ch/A/gate/rel",    "/ch/A/gate/sc/on",
    "/ch/B/gate/sc/hpf", "/ch/B/comp/on",    "/ch/B/comp/thr",    "/ch/B/comp/ratio",
    "/ch/B/comp/knee",   "/ch/B/comp/mix",   "/ch/B/comp/makeup", "/ch/B/comp/auto",
    "/ch/C/comp/on",     "/ch/C/comp/sc/on", "/ch/C/comp/sc/lpf", "/ch/C/deess/on",
    "/ch/C/deess/mode",  "/ch/C/deess/freq", "/ch/C/deess/thr",   "/ch/A/order",
    "/ch/B/order",       "/ch/B/hpf/on",     "/grp/G/mb/on",      "/grp/G/mb/low",
    "/grp/G/mb/1/on",    "/grp/G/mb/2/on",   "/grp/G/mb/2/mode",  "/grp/G/mb/3/gain",
    "/stem/T/mb/on",     "/stem/T/comp/on",  "/stem/T/lim/on",    "/stem/T/lim/thr",
    "/stem/S/lim/on",    "/main/PM/lim/on",  "/main/PM/lim/thr",  "/main/PM/lim/mode",
    "/main/ME/lim/on",   "/main/PM/lim/rel", "/stem/S/fader",     "/main/PM/from/S/level"};

static uint32_t random_next(uint32_t *r) {
    *r = *r * 1664525u + 1013904223u;
    return *r >> 8;
}

static void queue_moves(struct rig *rig, uint32_t frames) {
    uint32_t r = 11;
    for (unsigned i = 0; i < 500; i++) {
        struct address a;
        char why[160];
        const char *address = moved[random_next(&r) % (sizeof moved / sizeof *moved)];
        assert_int_equal(address_resolve(rig->desk, address, &a, why, sizeof why), ADDRESS_OK);
        const struct row *row = &rows[a.place.row];
        const float u = (float)(random_next(&r) % 1000) / 999;
        float value = taper_value(row->taper, row->min, row->max, u);
        if (row->type != TYPE_FLOAT)
            value = roundf(row->min + u * (row->max - row->min));
        const uint64_t frame = rig->now + random_next(&r) % (frames - 4096);
        const struct command c = {.op = random_next(&r) % 3 ? COMMAND_SET : COMMAND_GLIDE,
                                  .curve = (uint16_t)(random_next(&r) % CURVE_COUNT),
                                  .slot = a.slot,
                                  .value = value,
                                  .seconds = (float)(random_next(&r) % 500) * 1e-3f};
        rig_at(rig, frame, &c);
    }
    static const struct {
        const char *address, *key;
        uint32_t frame;
    } key[] = {{"/ch/A/comp/key", "/ch/C", 10000},
               {"/ch/B/gate/key", "/stem/T", 20000},
               {"/ch/C/comp/key", "/ch/A", 15000},
               {"/stem/T/comp/key", "/main/PM", 25000},
               {"/ch/A/comp/key", "/ch/B", 40000}};
    for (unsigned i = 0; i < sizeof key / sizeof *key; i++) {
        const struct command c = {.op = COMMAND_SET,
                                  .slot = rig_slot(rig, key[i].address),
                                  .value = (float)(desk_strip_number(rig->desk, key[i].key) + 1)};
        rig_at(rig, rig->now + key[i].frame, &c);
    }
}

static void run_moves(struct rig *rig, uint32_t frames, uint32_t period, uint64_t start) {
    rig_open(rig, limited, frames, NULL);
    for (uint32_t i = 0; i < rig->ins; i++)
        rig_noise(rig, rig->in[i], i, 0.6);
    rig->now = start;
    rig->rolling = true;
    rig->timeline = 5;
    queue_moves(rig, frames);
    rig_run(rig, 0, frames, period);
}

static void test_any_period(void **state) {
    (void)state;
    enum { FRAMES = 96000 };
    static const uint32_t period[] = {16, 48, 100, 256, 3, 1024};
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

int main(void) {
    snprintf(limited, sizeof limited, "limiters = true;\n%s", plain);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compressor),    cmocka_unit_test(test_key),
        cmocka_unit_test(test_order),         cmocka_unit_test(test_mixed_orders),
        cmocka_unit_test(test_latency),       cmocka_unit_test(test_print_master),
        cmocka_unit_test(test_main_mode),     cmocka_unit_test(test_bad_input),
        cmocka_unit_test(test_locate_live),   cmocka_unit_test(test_print_skip),
        cmocka_unit_test(test_locate_period), cmocka_unit_test(test_mode_moves),
        cmocka_unit_test(test_key_asleep),    cmocka_unit_test(test_any_period),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
