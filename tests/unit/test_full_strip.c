/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: config dsp */
/* timeout: 240 */
/* All that a strip has, at once and through the whole engine: every set of kernels makes the same
 * of it, what is bad in one strip stays there, and nothing of it takes time. */
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "dsp/kernels.h"
#include "dsp/limiter.h"
#include "engine_rig.h"

#define FRAMES 48000

#define DYNAMICS                                                                              \
    "gate = { thr = -30.0; range = 20.0; hold = 5.0; rel = 60.0; sc = { hpf = 150.0; }; };\n" \
    "comp = { thr = -24.0; ratio = 4.0; makeup = 3.0; mix = 80.0; auto = true; };\n"          \
    "deess = { thr = -40.0; freq = 5000.0; };\n"
#define FILTERS                                                                                  \
    "delay = 1.0; hpf = { freq = 90.0; }; lpf = { freq = 14000.0; };\n"                          \
    "eq = { bands = ( { gain = 4.0; }, { freq = 300.0; gain = -5.0; }, { freq = 5000.0; gain = " \
    "3.0; q = 4.0; },\n"                                                                         \
    "  { type = \"highshelf\"; freq = 8000.0; gain = 2.0; }, { freq = 120.0; gain = 3.0; } ); "  \
    "};\n"
#define MULTIBAND                                                                                  \
    "mb = { bands = ( { thr = -36.0; }, { mode = \"exp\"; thr = -20.0; }, { gain = 2.0; }, { thr " \
    "= -40.0; ratio = 5.0; } ); };\n"

/* A and S are for what is bad; B and C, in the lane groups of A, lead past S to T and ME. */
static const char text[] =
    "limiters = true;\n"
    "channels = ( { id = \"A\"; to = [\"S\"]; " FILTERS DYNAMICS "},\n"
    "  { id = \"B\"; to = [\"T\"]; pan = 30.0; order = \"dyn-eq-ins\"; " FILTERS DYNAMICS "},\n"
    "  { id = \"C\"; format = \"stereo\"; to = [\"G\"]; " FILTERS DYNAMICS "} );\n"
    "groups = ( { id = \"G\"; format = \"stereo\"; to = [\"T\"]; " MULTIBAND DYNAMICS "} );\n"
    "stems = ( { id = \"S\"; format = \"stereo\"; lim = { thr = -9.0; }; " MULTIBAND DYNAMICS "},\n"
    "  { id = \"T\"; format = \"5.1\"; lim = { thr = -9.0; }; " FILTERS MULTIBAND DYNAMICS "} );\n"
    "mains = ( { id = \"PM\"; format = \"5.1\"; print_master = true; },\n"
    "  { id = \"ME\"; format = \"5.1\"; from = [\"T\"]; lim = { thr = -10.0; }; } );\n"
    "monitor = { format = \"5.1\"; source = \"/main/ME\"; };\n";

/* Noise whose level goes up and down, so that all modules have something to do. */
static void programme(const struct rig *rig) {
    for (uint32_t p = 0; p < rig->ins; p++) {
        rig_noise(rig, rig->in[p], p + 1, 0.9);
        for (uint32_t i = 0; i < rig->frames; i++)
            rig->in[p][i] *= (i / (3000 + 700 * p)) % 2 ? 0.02f : 1.0f;
    }
}

/* ---- every set of kernels ---- */

static void sets_agree(void **state) {
    (void)state;
    struct rig first;
    rig_open(&first, text, FRAMES, kernels_at(0)->name);
    programme(&first);
    rig_run(&first, 0, FRAMES, 64);
    for (unsigned k = 1; kernels_at(k); k++) {
        struct rig rig;
        rig_open(&rig, text, FRAMES, kernels_at(k)->name);
        programme(&rig);
        rig_run(&rig, 0, FRAMES, 64);
        double worst = 0, loudest = 0;
        for (uint32_t o = 0; o < rig.outs; o++)
            for (uint32_t i = 0; i < FRAMES; i++) {
                worst = fmax(worst, fabs((double)rig.out[o][i] - (double)first.out[o][i]));
                loudest = fmax(loudest, fabs((double)rig.out[o][i]));
            }
        print_message("%s against %s: %.1f dBFS\n", kernels_at(k)->name, kernels_at(0)->name,
                      20 * log10(worst + 1e-30));
        assert_true(loudest > 0.2 && worst < 1e-6);
        rig_close(&rig);
    }
    rig_close(&first);
}

/* ---- what is bad stays where it is ---- */

/* Sample i of what is bad. */
static float not_a_number(uint32_t i) {
    return i % 2 ? NAN : 0.3f;
}
static float infinite(uint32_t i) {
    return i % 3 ? INFINITY : -INFINITY;
}
static float denormal(uint32_t i) {
    return i % 2 ? 1e-40f : -FLT_TRUE_MIN;
}
static float direct_current(uint32_t i) {
    return i ? 1 : -1;
}
static float huge(uint32_t i) {
    return i % 2 ? FLT_MAX : -FLT_MAX;
}

static float loud(uint32_t i) {
    return i % 2 ? 1e6f : -1e6f;
}

static const struct {
    const char *name;
    float (*sample)(uint32_t);
} bad[] = {{"NaN", not_a_number},  {"infinities", infinite}, {"denormals", denormal},
           {"DC", direct_current}, {"huge", huge},           {"loud", loud}};

enum { BEGIN = 10007, END = 20011 };

static void stays(const char *name, const struct rig *is, const struct rig *was, const char *port,
                  uint32_t legs) {
    for (uint32_t l = 0; l < legs; l++) {
        const uint32_t o = rig_out(is, port) + l;
        assert_true(rig_peak(was->out[o], FRAMES) > 0.01f || l > 2); /* nothing goes there */
        if (memcmp(is->out[o], was->out[o], FRAMES * sizeof(float)) != 0)
            fail_msg("%s: heard in %s, leg %u", name, port, l);
    }
}

static void insulation(void **state) {
    (void)state;
    struct rig good;
    rig_open(&good, text, FRAMES, NULL);
    programme(&good);
    rig_run(&good, 0, FRAMES, 64);
    for (unsigned b = 0; b < sizeof bad / sizeof *bad; b++) {
        struct rig rig;
        rig_open(&rig, text, FRAMES, NULL);
        programme(&rig);
        for (uint32_t i = BEGIN; i < END; i++)
            rig.in[rig_in(&rig, "ch A 1")][i] = bad[b].sample(i);
        rig_run(&rig, 0, FRAMES, 64);
        stays(bad[b].name, &rig, &good, "stem T L", 6);
        stays(bad[b].name, &rig, &good, "main ME L", 6);
        stays(bad[b].name, &rig, &good, "mon L", 6);
        for (uint32_t o = 0; o < rig.outs; o++)
            for (uint32_t i = 0; i < FRAMES; i++)
                if (!isfinite(rig.out[o][i]))
                    fail_msg("%s: output %u is not finite at frame %u", bad[b].name, o, i);
        rig_close(&rig);
    }
    rig_close(&good);
}

/* ---- no time ---- */

static uint32_t first_sound(const float *x) {
    uint32_t i = 0;
    while (i < FRAMES && !(fabsf(x[i]) > 0))
        i++;
    return i;
}

/* A click comes out at one frame, whatever is on. */
static void bypass_takes_no_time(void **state) {
    (void)state;
    static const char *const rest[] = {"",     "hpf",     "lpf",   "eq", "eq/1", "gate", "gate/sc",
                                       "comp", "comp/sc", "deess", "mb", "mb/2", "lim"};
    static const char *const strips[] = {"/ch/C", "/grp/G", "/stem/T", "/main/ME"};
    uint32_t want = 0, runs = 0;
    for (unsigned i = 0; i < sizeof rest / sizeof *rest; i++)
        for (unsigned s = 0; s < sizeof strips / sizeof *strips; s++) {
            struct address a;
            char name[64], why[160];
            struct rig rig;
            rig_open(&rig, text, FRAMES, NULL);
            snprintf(name, sizeof name, "%s/%s/on", strips[s], rest[i]);
            if (*rest[i] && address_resolve(rig.desk, name, &a, why, sizeof why) != ADDRESS_OK) {
                rig_close(&rig);
                continue;
            }
            if (*rest[i])
                rig_set(&rig, name, rig.desk->value[rig_slot(&rig, name)] > 0 ? 0 : 1);
            rig.in[rig_in(&rig, "ch C 1")][30001] = 0.5f;
            rig_run(&rig, 0, FRAMES, 256);
            const uint32_t at = first_sound(rig.out[rig_out(&rig, "main ME L")]);
            if (!want)
                want = at;
            if (at != want)
                fail_msg("%s: a click comes out at %u, not at %u", name, at, want);
            rig_close(&rig);
            runs++;
        }
    assert_int_equal(runs, 4 + 3 * 9 + 2 * 2 + 2); /* mb of groups and stems, lim of stems, mains */
    assert_int_equal(want, 30001 + 2 * 48 + 3 * LIMITER_LATENCY_FRAMES); /* and delays of 1 ms */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sets_agree),
        cmocka_unit_test(insulation),
        cmocka_unit_test(bypass_takes_no_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
