/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: dsp */
/* Inserts: what stands beside and behind them waits as long; the same moves and what came back give
 * the same samples at every period, and without any loop, as the renderer has it. */
#include "tests/unit/engine_rig.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FRAMES 24000u
#define EXTRA 2816u /* run behind them, for the longest latency */
#define START 37    /* timeline of frame 0 */

/* A and the stereo B have inserts, C has not; A is of the tape, so a locate resets it. */
#define CHANNELS(a, b)                                                                        \
    "channels = ( { id = \"A\"; in = \"reel:a\"; " a " to = [\"G\", \"DX\"]; hpf = { freq = " \
    "90.0; }; },\n"                                                                           \
    "  { id = \"B\"; format = \"stereo\"; in = \"reel:b\"; " b " to = [\"G\", \"FX\"]; send " \
    "= [\"R\"]; },\n"                                                                         \
    "  { id = \"C\"; in = \"reel:c\"; to = [\"DX\"]; send = [\"R\"]; } );\n"
#define REST(g)                                                                                \
    "groups = ( { id = \"G\"; format = \"stereo\"; " g " to = [\"DX\"]; eq = { bands = ( { "   \
    "freq = 900.0; gain = 5.0; } ); }; } );\n"                                                 \
    "auxes = ( { id = \"R\"; format = \"stereo\"; stem = \"FX\"; lpf = { freq = 5000.0; }; } " \
    ");\n"                                                                                     \
    "stems = ( { id = \"DX\"; format = \"stereo\"; }, { id = \"FX\"; format = \"stereo\"; eq " \
    "= { bands = ( { freq = 300.0; gain = -4.0; } ); }; } );\n"                                \
    "mains = ( { id = \"PM\"; format = \"stereo\"; } );\n"                                     \
    "vcas = ( { id = \"V\"; members = [\"A\", \"C\"]; } );\n"

static const char plain[] = CHANNELS("", "") REST("");
static const char channels[] = CHANNELS("insert = { on = true; };", "insert = true;") REST("");
static const char groups[] = CHANNELS("", "") REST("insert = { on = true; };");
static const char both[] =
    CHANNELS("insert = { on = true; };", "insert = { on = true; };") REST("insert = true;");

/* B is live: what it feeds goes on where the tape jumps, so that taped channels end in tails. */
static const char mixed[] =
    "channels = ( { id = \"A\"; in = \"reel:a\"; insert = { on = true; }; to = [\"G\", \"DX\"]; "
    "hpf = "
    "{ freq = 90.0; }; },\n"
    "  { id = \"B\"; format = \"stereo\"; in = \"system:capture_*\"; to = [\"G\", \"FX\"]; send = "
    "[\"R\"]; },\n"
    "  { id = \"C\"; in = \"reel:c\"; to = [\"DX\"]; send = [\"R\"]; } );\n"
    "groups = ( { id = \"G\"; format = \"stereo\"; insert = { on = true; }; to = [\"FX\"]; eq = { "
    "bands = ( { freq = 900.0; gain = 5.0; } ); }; } );\n"
    "auxes = ( { id = \"R\"; format = \"stereo\"; stem = \"FX\"; lpf = { freq = 5000.0; }; } );\n"
    "stems = ( { id = \"DX\"; format = \"stereo\"; }, { id = \"FX\"; format = \"stereo\"; } );\n"
    "mains = ( { id = \"PM\"; format = \"stereo\"; } );\n"
    "vcas = ( { id = \"V\"; members = [\"A\", \"C\"]; } );\n";

/* Everything at once: inserts ahead of equaliser and dynamics, and limiters behind all. */
static const char whole[] =
    "limiters = true;\n" CHANNELS("insert = { on = true; }; order = \"ins-eq-dyn\"; comp = { thr = "
                                  "-30.0; };",
                                  "insert = true; gate = { thr = -20.0; };")
        REST("insert = { on = true; }; order = \"ins-dyn-eq\"; comp = { thr = -20.0; };");

struct move {
    uint32_t frame; /* of the pass: engine frame, and timeline frame - START up to the jump */
    bool timeline;
    const char *address;
    float value, seconds;
};
/* Nothing glides at the jump: there the grid of blocks moves for all stages at once, also for those
 * that the jump has not come to yet, and a ramp would have a kink. Takes end with a jump. */
static const struct move moves[] = {
    {700, true, "/ch/A/fader", -9, 0.1f},      {1211, true, "/ch/A/hpf/freq", 300, 0},
    {1500, false, "/ch/C/fader", -3, 0},       {1999, true, "/ch/A/pan/aed/1", 20, 0},
    {2500, true, "/ch/A/insert/on", 0, 0},     {3000, false, "/ch/B/insert/on", 1, 0},
    {3333, true, "/grp/G/eq/1/gain", -6, 0},   {4000, true, "/grp/G/fader", -4, 0.05f},
    {4111, true, "/grp/G/insert/on", 1, 0},    {4200, false, "/aux/R/lpf/freq", 2000, 0},
    {4800, true, "/stem/DX/fader", -6, 0.1f},  {5000, true, "/vca/V/fader", -5, 0.1f},
    {5600, true, "/ch/B/send/R/level", -7, 0}, {6000, false, "/main/PM/fader", -2, 0.02f},
    {6400, true, "/ch/A/mute", 1, 0},          {7400, true, "/ch/A/mute", 0, 0},
    {8000, true, "/ch/B/trim", 4, 0},          {8100, true, "/ch/B/delay", 3, 0},
    {9000, true, "/ch/A/insert/on", 1, 0},     {9500, true, "/ch/A/to/FX", 1, 0},
    {14000, false, "/ch/A/eq/2/on", 1, 0},     {14500, false, "/ch/A/eq/2/gain", 9, 0},
    {15001, false, "/grp/G/mute", 1, 0},       {17000, false, "/grp/G/mute", 0, 0},
};

static bool bypassed; /* inserts are never switched on */
/* Engine frame of a locate, and where it goes: out of one place of a block and into another. Where
 * dynamics work it is from block to block, since they count the rest of a block that is left, also
 * those behind inserts that the jump has not come to yet. */
static uint32_t jump_at = 13000;
static int64_t jump = 50011;

struct pass {
    uint32_t ports, outs; /* of inserts; strips' outputs */
    uint32_t chs;         /* of the ports, those of channels */
    float **out, **sent, **back;
    uint32_t latency[3]; /* channels' strips, groups', all behind */
    uint64_t applied;
};

static float **grid(uint32_t count, uint32_t frames) {
    float **x = calloc(count + 1, sizeof *x);
    assert_non_null(x);
    for (uint32_t i = 0; i < count; i++)
        assert_non_null(x[i] = calloc(frames, sizeof **x));
    return x;
}

static void free_grid(float **x) {
    for (uint32_t i = 0; x && x[i]; i++)
        free(x[i]);
    free(x);
}

static void free_pass(struct pass *p) {
    free_grid(p->out);
    free_grid(p->sent);
    free_grid(p->back);
}

/* What the other program does. */
static float plugin(float x, uint32_t port) {
    return port == 0 ? 0.5f * x : port == 1 ? -0.75f * x : x / (1 + 4 * fabsf(x));
}

static bool there(const struct rig *rig, const char *address) {
    struct address a;
    char why[160];
    return address_resolve(rig->desk, address, &a, why, sizeof why) == ADDRESS_OK;
}

/* All moves are handed down before the pass, as a script is. */
static void hand_down(struct rig *rig, uint32_t epoch) {
    for (size_t i = 0; i < sizeof moves / sizeof *moves; i++) {
        const struct move *m = &moves[i];
        if (strstr(m->address, "insert") && (bypassed || !there(rig, m->address)))
            continue;
        const char *comp = strstr(m->address, "aed/1"); /* the azimuth alone */
        char address[64];
        snprintf(address, sizeof address, "%.*s",
                 comp ? (int)(comp + 3 - m->address) : (int)strlen(m->address), m->address);
        const struct command c = {.op = m->seconds > 0 ? COMMAND_GLIDE : COMMAND_SET,
                                  .slot = rig_slot(rig, address),
                                  .value = m->value,
                                  .seconds = m->seconds};
        const struct group g = {.seq = 1,
                                .when = m->timeline ? WHEN_TIMELINE : WHEN_FRAME,
                                .epoch = epoch,
                                .frame = m->timeline ? m->frame + START : m->frame,
                                .count = 1};
        assert_int_equal(engine_queue(rig->engine, &g, &c), 0);
    }
}

/* Run the pass with a loop of so many frames; `back` are returns that are given instead. */
static struct pass run(const char *text, uint32_t period, uint32_t loop, float *const *back,
                       uint32_t start) {
    struct rig rig;
    const uint32_t frames = FRAMES + EXTRA;
    rig_open(&rig, text, frames, NULL);
    struct pass p = {.chs = 0};
    for (uint32_t i = 0; i < rig.desk->first[KIND_AUX]; i++)
        if (rig.desk->object[i].insert) {
            p.ports += format_legs(rig.desk->object[i].format);
            p.chs += i < rig.desk->first[KIND_GRP] ? format_legs(rig.desk->object[i].format) : 0;
        }
    p.outs = rig.outs - p.ports;
    for (uint32_t i = 0; i < rig.ins - p.ports; i++)
        rig_noise(&rig, rig.in[i], i + 1, 0.25);
    engine_insert_loop(rig.engine, loop);
    p.latency[0] = engine_latency_frames(rig.engine, KIND_CH);
    p.latency[1] = engine_latency_frames(rig.engine, KIND_GRP);
    p.latency[2] = engine_latency_frames(rig.engine, KIND_MAIN);
    for (uint32_t i = 0; i < p.ports && back; i++)
        memcpy(rig.in[rig.ins - p.ports + i], back[i], frames * sizeof(float));
    const struct engine_time stopped = {.frame = 0, .timeline = start};
    engine_begin(rig.engine, &stopped);
    struct engine_counters counters;
    engine_counters(rig.engine, &counters);
    hand_down(&rig, counters.epoch);
    rig.rolling = true;
    rig.timeline = start;
    for (uint32_t done = 0, n; done < frames; done += n) {
        n = frames - done < period ? frames - done : period;
        if (done < jump_at && done + n > jump_at)
            n = jump_at - done;
        if (done == jump_at)
            rig.timeline = jump;
        for (uint32_t i = 0; i < p.ports && !back; i++)
            for (uint32_t k = done; k < done + n && k >= loop; k++)
                rig.in[rig.ins - p.ports + i][k] = plugin(rig.out[p.outs + i][k - loop], i);
        for (uint32_t k = done; k < loop && k < done + n; k++)
            for (uint32_t i = 0; i < p.ports && !back; i++)
                rig.in[rig.ins - p.ports + i][k] = 0;
        rig_run(&rig, done, n, period);
    }
    engine_counters(rig.engine, &counters);
    p.applied = counters.applied;
    p.out = grid(p.outs, frames);
    p.sent = grid(p.ports, frames);
    p.back = grid(p.ports, frames);
    for (uint32_t i = 0; i < p.outs; i++)
        memcpy(p.out[i], rig.out[i], frames * sizeof(float));
    for (uint32_t i = 0; i < p.ports; i++) {
        memcpy(p.sent[i], rig.out[p.outs + i], frames * sizeof(float));
        /* as a take has it: at the frame that was sent, without what the loop and the channels'
         * stage delay it by */
        const uint32_t late = loop + (i < p.chs ? 0 : p.latency[0]);
        memcpy(p.back[i], rig.in[rig.ins - p.ports + i] + late, (frames - late) * sizeof(float));
    }
    rig_close(&rig);
    return p;
}

static void compare(const char *what, const struct pass *a, const struct pass *b) {
    assert_int_equal(a->outs, b->outs);
    float peak = 0;
    for (uint32_t o = 0; o < a->outs; o++)
        for (uint32_t i = 0; i < FRAMES; i++) {
            const float x = a->out[o][i + a->latency[2]], y = b->out[o][i + b->latency[2]];
            peak = fmaxf(peak, fabsf(x));
            if (x != y)
                fail_msg("%s: output %u frame %u: %.9g, expected %.9g", what, o, i, (double)x,
                         (double)y);
        }
    assert_true(peak > 0.1f);
}

static uint32_t whole_blocks(uint32_t frames) {
    return (frames + 63) / 64 * 64;
}

static void test_any_period(void **state) {
    (void)state;
    static const char *const desks[] = {channels, groups, both, whole, mixed};
    static const uint32_t periods[] = {16, 48, 64, 100, 256, 1024};
    for (unsigned d = 0; d < 5; d++) {
        jump_at = d == 3 ? 64 * 204 - START : 13000;
        jump = d == 3 ? 64 * 800 : 50011;
        struct pass live = run(desks[d], 64, 64, NULL, START);
        struct pass file = run(desks[d], 1000, 0, live.back, START);
        const uint32_t ahead = file.latency[2]; /* of limiters */
        assert_int_equal(ahead > 0, d == 3);
        compare("from files against period 64", &file, &live);
        for (unsigned i = 0; i < sizeof periods / sizeof *periods; i++) {
            char what[64];
            snprintf(what, sizeof what, "desk %u, period %u", d, periods[i]);
            struct pass p = run(desks[d], periods[i], periods[i], NULL, START);
            const uint32_t lag = whole_blocks(periods[i]);
            assert_int_equal(p.latency[0], d == 1 ? 0 : lag);
            assert_int_equal(p.latency[1], d >= 2 ? 2 * lag : lag);
            assert_int_equal(p.latency[2], (d >= 2 ? 2 * lag : lag) + ahead);
            assert_int_equal(p.applied, live.applied);
            compare(what, &p, &live);
            free_pass(&p);
        }
        free_pass(&live);
        free_pass(&file);
    }
}

/* Off, an insert is a wire: what comes out is what a desk without inserts makes of the same moves,
 * later. */
static void test_bypassed(void **state) {
    (void)state;
    static const char *const off[] = {CHANNELS("insert = true;", "") REST(""),
                                      CHANNELS("", "insert = true;") REST("insert = true;")};
    bypassed = true;
    struct pass bare = run(plain, 256, 0, NULL, START);
    assert_int_equal(bare.latency[2], 0);
    for (unsigned i = 0; i < 2; i++) {
        struct pass p = run(off[i], 256, 256, NULL, START);
        compare("bypassed", &p, &bare);
        free_pass(&p);
    }
    free_pass(&bare);
    bypassed = false;
}

/* What comes back is heard although nothing goes in; it may be rubbish; and a switch is a fade. */
static void test_return(void **state) {
    (void)state;
    struct rig rig;
    rig_open(&rig,
             "channels = ( { id = \"A\"; insert = { on = true; }; to = [\"S\"]; } );\n"
             "stems = ( { id = \"S\"; format = \"mono\"; } );\n",
             16384, NULL);
    engine_insert_loop(rig.engine, 128);
    const uint32_t back = rig_in(&rig, "insert ch A 1 return"), out = rig_out(&rig, "stem S 1");
    rig_run(&rig, 0, 8192, 128); /* long silence first */
    for (uint32_t i = 8192; i < 16384; i++)
        rig.in[back][i] = 0.5f;
    rig.in[back][8192 + 100] = NAN;
    rig.in[back][8192 + 2000] = INFINITY;
    rig_run(&rig, 8192, 4096, 128);
    for (uint32_t i = 8192; i < 8192 + 4096; i++) {
        const uint32_t k = i - 8192;
        const bool bad = (k >= 100 && k < 112) || (k >= 2000 && k < 2000 + 16 - 2000 % 16);
        if (rig.out[out][i] != (bad ? 0 : 0.5f))
            fail_msg("frame %u: %g", k, (double)rig.out[out][i]);
    }
    struct engine_counters counters;
    engine_counters(rig.engine, &counters);
    assert_int_equal(counters.nan_inputs, 2);
    rig_set(&rig, "/ch/A/insert/on", 0);
    rig_run(&rig, 12288, 4096, 128);
    float step = 0;
    for (uint32_t i = 12288; i < 16384; i++)
        step = fmaxf(step, fabsf(rig.out[out][i] - rig.out[out][i - 1]));
    assert_float_equal(rig.out[out][16383], 0, 0);
    assert_true(step > 0 && step < 0.5f / 480); /* 22 ms of a raised cosine */
    rig_close(&rig);
}

/* An insert that changes its place in the strip is silent on the way, which is no click, and sounds
 * afterwards as if it had always been there. */
static void test_order(void **state) {
    (void)state;
    static const char text[] =
        "channels = ( { id = \"A\"; insert = { on = true; }; eq = { bands = ( { type = "
        "\"lowshelf\"; freq = 400.0; gain = 12.0; } ); }; to = [\"S\"]; } );\n"
        "stems = ( { id = \"S\"; format = \"mono\"; } );\n";
    static const uint32_t loops[] = {48, 256, 1024};
    for (unsigned p = 0; p < 3; p++) {
        struct rig rig;
        const uint32_t frames = 48000, loop = loops[p];
        rig_open(&rig, text, frames, NULL);
        engine_insert_loop(rig.engine, loop);
        const uint32_t in = rig_in(&rig, "ch A 1"), back = rig_in(&rig, "insert ch A 1 return"),
                       send = rig_out(&rig, "insert ch A 1 send"), out = rig_out(&rig, "stem S 1");
        rig_sine(&rig, rig.in[in], 200, 0.25);
        for (uint32_t done = 0; done < frames; done += 48) {
            if (done == 12000 || done == 30000)
                rig_set(&rig, "/ch/A/order", done == 12000 ? 2 : 0);
            for (uint32_t k = done; k < done + 48 && k >= loop; k++)
                rig.in[back][k] = fmaxf(-0.2f, fminf(0.2f, rig.out[send][k - loop]));
            rig_run(&rig, done, 48, 48);
        }
        /* before: boosted, then clipped; in between: clipped, then boosted; then as before */
        const float *x = rig.out[out];
        const float first = rig_peak(x + 8000, 3000), second = rig_peak(x + 25000, 3000);
        float steepest = 0, usual = 0, quietest = 1;
        for (uint32_t i = 8001; i < frames; i++) {
            float *step = i < 12000 || (i > 20000 && i < 30000) || i > 40000 ? &usual : &steepest;
            *step = fmaxf(*step, fabsf(x[i] - x[i - 1]));
        }
        for (uint32_t i = 12000; i < 20000; i += 20)
            quietest = fminf(quietest, rig_peak(x + i, 60));
        assert_true(second > 1.5f * first);
        assert_float_equal(rig_peak(x + 44000, 3000), first, 1e-4f);
        assert_float_equal(quietest, 0, 0);
        if (steepest > usual * 1.05f)
            fail_msg("loop %u: a step of %g, usually %g", loop, (double)steepest, (double)usual);
        rig_close(&rig);
    }
}

/* A bulk lands at three places at three times, and is over then. */
static void test_bulk(void **state) {
    (void)state;
    struct rig rig;
    rig_open(&rig, both, 4096, NULL);
    engine_insert_loop(rig.engine, 200);
    const struct command commands[] = {
        {.op = COMMAND_SET, .slot = rig_slot(&rig, "/ch/A/trim"), .value = 1},
        {.op = COMMAND_SET, .slot = rig_slot(&rig, "/stem/DX/fader"), .value = -3},
        {.op = COMMAND_SET, .slot = rig_slot(&rig, "/ch/A/fader"), .value = -2},
    };
    const struct group group = {
        .seq = 7, .when = WHEN_FRAME, .flags = GROUP_TELL, .frame = 512, .count = 3};
    assert_int_equal(engine_queue_bulk(rig.engine, &group, commands), 0);
    rig_run(&rig, 0, 512 + 511, 100);
    assert_int_equal(engine_queue_bulk(rig.engine, &group, commands), EVENT_BUSY);
    struct engine_counters counters;
    engine_counters(rig.engine, &counters);
    assert_int_equal(counters.applied, 2); /* behind both is 512 later */
    rig_run(&rig, 512 + 511, 200, 100);
    engine_counters(rig.engine, &counters);
    assert_int_equal(counters.applied, 3);
    assert_int_equal(rig.event[rig.events - 1].op, EVENT_APPLIED);
    assert_int_equal(rig.event[rig.events - 1].frame, 1024);
    assert_int_equal(rig.event[rig.events - 1].value, 0);
    assert_int_equal(engine_queue_bulk(rig.engine, &group, commands), 0);
    rig_close(&rig);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_period), cmocka_unit_test(test_bypassed),
        cmocka_unit_test(test_return),     cmocka_unit_test(test_order),
        cmocka_unit_test(test_bulk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
