/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: dsp config */
/* What the multiband does to sound: its sum against the closed form, its bands' independence, the
 * static curves and the times of its gains. */
#include <complex.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dsp/multiband.h"

#define PI 3.14159265358979323846
#define RATE 48000.0
#define EVERY_SET(k) for (unsigned set_ = 0; ((k) = kernels_at(set_)); set_++)

typedef double complex cplx;
typedef float lanes_t[LANES];

static struct multiband_bank bank;
static _Alignas(64) lanes_t x[SPAN_FRAMES];

static struct multiband_params flat(float low, float mid, float high) {
    struct multiband_params p = {.wet = 1.0F, .hz = {low, mid, high}};
    for (unsigned b = 0; b < MULTIBAND_BANDS; b++)
        p.band[b] = (struct multiband_band){
            .thr_db = -30, .ratio = 2, .range_db = 24, .knee_db = 6, .att_ms = 10, .rel_ms = 150};
    return p;
}

static double in_db(double lin) {
    return 20.0 * log10(lin + 1e-30);
}

/** The digital all-pass that a crossover's two sides add up to: bilinear, Butterworth. */
static cplx all_pass(double hz, double f) {
    cplx s = I * tan(PI * f / RATE) / tan(PI * hz / RATE);
    return (1 - sqrt(2) * s + s * s) / (1 + sqrt(2) * s + s * s);
}

#define LONG 49152

/** Response to an impulse of the lane, at one frequency. */
static cplx respond(const float *h, double f) {
    cplx sum = 0, turn = cexp(-2.0 * I * PI * f / RATE), w = 1;
    for (unsigned t = 0; t < LONG; t++, w *= turn)
        sum += (double)h[t] * w;
    return sum;
}

static void impulse(const struct kernels *k, const struct multiband_params *p, float *h) {
    multiband_init(&bank, k, RATE);
    multiband_write(&bank, 5, 1, 0, p);
    for (unsigned t = 0; t < LONG; t += SPAN_FRAMES) {
        memset(x, 0, sizeof x);
        x[0][5] = t ? 0.0F : 1.0F;
        multiband_run(&bank, x, SPAN_FRAMES, 0);
        for (unsigned i = 0; i < SPAN_FRAMES; i++)
            h[t + i] = x[i][5];
    }
}

static void sum_is_flat(void **state) {
    (void)state;
    static const float hz[][3] = {
        {120, 1000, 5000}, {40, 200, 1000}, {1000, 5000, 16000}, {490, 700, 1000}, {40, 5000, 7100},
    };
    static float h[LONG];
    const struct kernels *k;
    EVERY_SET(k) {
        double worst_db = 0, worst = 0;
        for (unsigned i = 0; i < sizeof hz / sizeof *hz; i++) {
            struct multiband_params p = flat(hz[i][0], hz[i][1], hz[i][2]);
            impulse(k, &p, h);
            for (unsigned n = 0; n < 61; n++) {
                double f = 20.0 * pow(1000.0, n / 60.0);
                cplx got = respond(h, f), want = 1;
                for (unsigned s = 0; s < MULTIBAND_SPLITS; s++)
                    want *= all_pass((double)hz[i][s], f);
                worst_db = fmax(worst_db, fabs(in_db(cabs(got))));
                worst = fmax(worst, cabs(got - want));
            }
        }
        print_message("%s: the sum is flat within %.5f dB, and %.1f dB from the closed form\n",
                      k->name, worst_db, in_db(worst));
        assert_true(worst_db < 0.01);
        assert_true(worst < 0.001);
    }
}

/** Half an octave between crossovers, mid first: what is asked for beyond is as if it were not. */
static void crossovers_keep_apart(void **state) {
    (void)state;
    static float h[LONG], at[LONG];
    static const float hz[][2][3] = {
        {{1000, 200, 1000}, {141.42136F, 200, 1000}},
        {{120, 5000, 1000}, {120, 5000, 7071.0678F}},
        {{1000, 1000, 1000}, {707.10678F, 1000, 1414.2136F}},
    };
    for (unsigned i = 0; i < sizeof hz / sizeof *hz; i++) {
        struct multiband_params p = flat(hz[i][0][0], hz[i][0][1], hz[i][0][2]);
        impulse(kernels_best(), &p, h);
        p = flat(hz[i][1][0], hz[i][1][1], hz[i][1][2]);
        impulse(kernels_best(), &p, at);
        for (unsigned t = 0; t < LONG; t++)
            assert_true(fabs((double)h[t] - (double)at[t]) < 1e-5);
    }
}

/** The share of a band at a frequency: the magnitudes of its crossovers' sides, which are in phase.
 *  What all four of them add up to is 1. */
static double share(const struct multiband_params *p, unsigned band, double f) {
    double all = 1.0;
    for (unsigned s = 0; s < MULTIBAND_SPLITS; s++) {
        double r = tan(PI * f / RATE) / tan(PI * (double)p->hz[s] / RATE);
        double low = 1.0 / (1.0 + pow(r, 4));
        bool mine = s == 1 || s == (band < 2 ? 0U : 2U);
        all *= !mine ? 1.0 : band > s ? 1.0 - low : low;
    }
    return all;
}

static void bands_are_what_they_should(void **state) {
    (void)state;
    static float all[LONG], without[LONG];
    const struct kernels *k;
    EVERY_SET(k) {
        double worst = 0;
        struct multiband_params p = flat(150, 900, 6000);
        impulse(k, &p, all);
        for (unsigned b = 0; b < MULTIBAND_BANDS; b++) {
            struct multiband_params q = p;
            q.band[b].wet = 1.0F;
            q.band[b].ratio = 1.0F;
            q.band[b].gain_db = -120.0F;
            impulse(k, &q, without);
            for (unsigned n = 0; n < 61; n++) {
                double f = 20.0 * pow(1000.0, n / 60.0), want = share(&p, b, f);
                double got = cabs(respond(all, f) - respond(without, f));
                worst = fmax(worst, fabs(got - want));
            }
        }
        print_message("%s: bands err by %.1f dB\n", k->name, in_db(worst));
        assert_true(worst < 3e-5);
    }
}

/* -- gains --------------------------------------------------------------------------------------
 */

static const double centre[] = {49.0, 346.4, 2236.0, 10000.0};

/** Run a sum of sines for some time and tell the amplitudes of the last tenth of a second; whole
 *  cycles of 10 Hz. */
static void sines(const struct multiband_params *p, const double amp[4], const double hz[4],
                  double seconds, double got[4]) {
    unsigned all = (unsigned)(seconds * RATE) / SPAN_FRAMES * SPAN_FRAMES, measure = 4800;
    cplx sum[4] = {0};
    multiband_write(&bank, 2, 1, 0, p);
    for (unsigned t = 0; t < all; t += SPAN_FRAMES) {
        for (unsigned i = 0; i < SPAN_FRAMES; i++) {
            double y = 0;
            for (unsigned s = 0; s < 4; s++)
                y += amp[s] * sin(2.0 * PI * hz[s] * (t + i) / RATE);
            x[i][2] = (float)y;
        }
        multiband_run(&bank, x, SPAN_FRAMES, 0);
        for (unsigned i = 0; i < SPAN_FRAMES; i++)
            for (unsigned s = 0; s < 4 && t + i >= all - measure; s++)
                sum[s] += (double)x[i][2] * cexp(-2.0 * I * PI * hz[s] * (t + i) / RATE);
    }
    for (unsigned s = 0; s < 4; s++)
        got[s] = cabs(sum[s]) * 2.0 / measure;
}

/** 12 dB of reduction in one band: the other bands' centres stay within 0.5 dB. */
static void bands_leave_each_other_alone(void **state) {
    (void)state;
    static const double hz[] = {50, 340, 2230, 9990}; /* none a harmonic of another */
    const struct kernels *k;
    EVERY_SET(k) {
        double worst = 0;
        for (unsigned b = 0; b < MULTIBAND_BANDS; b++) {
            struct multiband_params p = flat(120, 1000, 5000);
            p.band[b] = (struct multiband_band){.wet = 1,
                                                .thr_db = -26,
                                                .ratio = 3,
                                                .range_db = 24,
                                                .knee_db = 0,
                                                .att_ms = 1,
                                                .rel_ms = 1000};
            double amp[4] = {1e-4, 1e-4, 1e-4, 1e-4}, got[4];
            amp[b] = pow(10.0, -7.0 / 20.0); /* 19 dB above, less its skirts: 12 dB less */
            multiband_init(&bank, k, RATE);
            sines(&p, amp, hz, 2.0, got);
            for (unsigned s = 0; s < 4; s++) {
                double change = in_db(got[s] / amp[s]);
                if (s != b)
                    worst = fmax(worst, fabs(change));
            }
            float gr[MULTIBAND_BANDS][LANES];
            multiband_gr_take(&bank, gr);
            if (gr[b][2] > -12.0F || gr[b][2] < -12.8F)
                fail_msg("band %u: %.2f dB of reduction", b, (double)gr[b][2]);
        }
        print_message("%s: 12 dB less in a band are at most %.2f dB at the others' centres\n",
                      k->name, worst);
        assert_true(worst < 0.5);
    }
}

static double curve_db(const struct multiband_band *b, double level) {
    double over = level - (double)b->thr_db, w = (double)b->knee_db;
    double slope = b->expand > 0 ? (double)b->ratio - 1.0 : 1.0 - 1.0 / (double)b->ratio;
    if (b->expand > 0)
        over = -over;
    double red = 2 * over <= -w ? 0 : 2 * over >= w ? over : pow(over + w / 2, 2) / (2 * w);
    return (double)b->gain_db - fmin(red * slope, (double)b->range_db);
}

/** DC passes band 1 alone, with its level exact; other bands: sines, whose peaks are read. */
static void static_curves(void **state) {
    (void)state;
    const struct kernels *k;
    EVERY_SET(k) {
        double worst[2] = {0};
        for (unsigned trial = 0; trial < 2 * 4 * 12; trial++) {
            unsigned expand = trial & 1, b = trial / 2 % 4, loud = trial / 8;
            double level = -66.0 + 6.0 * loud, got[4], amp[4] = {0};
            struct multiband_params p = flat(120, 1000, 5000);
            p.band[b] = (struct multiband_band){.wet = 1,
                                                .expand = (float)expand,
                                                .thr_db = -30,
                                                .ratio = 2.5F,
                                                .range_db = expand ? 18 : 15,
                                                .knee_db = 10,
                                                .gain_db = 3,
                                                .att_ms = 1,
                                                .rel_ms = b ? 1500 : 5};
            multiband_init(&bank, k, RATE);
            double lin = pow(10.0, level / 20.0), gain;
            if (!b) {
                multiband_write(&bank, 2, 1, 0, &p);
                for (unsigned t = 0; t < RATE; t += SPAN_FRAMES) {
                    for (unsigned i = 0; i < SPAN_FRAMES; i++)
                        x[i][2] = (float)lin;
                    multiband_run(&bank, x, SPAN_FRAMES, 0);
                }
                gain = in_db((double)x[63][2] / lin);
            } else {
                amp[b] = lin;
                sines(&p, amp, centre, 1.0, got);
                gain = in_db(got[b] / lin);
            }
            double part = b ? share(&p, b, centre[b]) : 1.0; /* the rest passes as it is */
            double level_here = level + in_db(part);
            double want = pow(10.0, curve_db(&p.band[b], level_here) / 20.0);
            double e = fabs(gain - in_db(want * part + 1.0 - part));
            worst[b > 0] = fmax(worst[b > 0], e);
            if (e > (b ? 0.6 : 0.01))
                fail_msg("band %u, %s, %g dB: %.2f dB instead of %.2f", b,
                         expand ? "expander" : "compressor", level, gain,
                         in_db(want * part + 1.0 - part));
            float gr[MULTIBAND_BANDS][LANES];
            multiband_gr_take(&bank, gr);
            multiband_run(&bank, x, SPAN_FRAMES, 0);
            multiband_gr_take(&bank, gr);
            if (!b)
                assert_true(fabs((double)gr[0][2] - (gain - 3.0)) < 0.02);
            for (unsigned o = 0; o < MULTIBAND_BANDS; o++)
                assert_true(o == b || fabsf(gr[o][2]) < 1e-9F);
        }
        print_message("%s: curves err by %.4f dB with DC, by %.2f with sines\n", k->name, worst[0],
                      worst[1]);
    }
}

/** Frames from a step of the level until the gain has made 63 % of its way, in dB. The gain is read
 *  off a linked leg that gets a steady, soft sine of a quarter of the rate, whose envelope two
 *  frames tell exactly; the loud leg has the same frequency. `late` moves the step in its quad. */
static double time_to_63(const struct multiband_params *p, double from_db, double to_db,
                         unsigned late) {
    static double gain_db[3 * 48000];
    unsigned before = 96000, all = sizeof gain_db / sizeof *gain_db;
    double last = 0;
    multiband_link(&bank, 2, 2);
    multiband_write(&bank, 2, 2, 0, p);
    for (unsigned t = 0; t < all; t += SPAN_FRAMES) {
        for (unsigned i = 0; i < SPAN_FRAMES; i++) {
            double sign = (t + i) & 2 ? -1.0 : 1.0;
            double db = t + i < before + late ? from_db : to_db;
            x[i][2] = (float)(sign * pow(10.0, db / 20.0));
            x[i][3] = (float)(sign * 1e-4);
        }
        multiband_run(&bank, x, SPAN_FRAMES, 0);
        for (unsigned i = 0; i < SPAN_FRAMES; i++) {
            gain_db[t + i] = in_db(hypot((double)x[i][3], last));
            last = (double)x[i][3];
        }
    }
    double a = gain_db[before - 1], z = gain_db[all - 1];
    double goal = a + (z - a) * (1.0 - exp(-1.0));
    assert_true(fabs(z - a) > 3.0);
    unsigned t = before + late;
    while (t < all && (goal - gain_db[t]) * (z - a) > 0)
        t++;
    return t - before - late;
}

static void times(void **state) {
    (void)state;
    static const float ms[] = {1, 2, 5, 20, 100};
    double worst = 0;
    for (unsigned i = 0; i < sizeof ms / sizeof *ms; i++)
        for (unsigned expand = 0; expand < 2; expand++)
            for (unsigned up = 0; up < 2; up++) {
                struct multiband_params p = flat(120, 500, 1000);
                p.band[3] = (struct multiband_band){.wet = 1,
                                                    .expand = (float)expand,
                                                    .thr_db = expand ? -10 : -40,
                                                    .ratio = expand ? 2 : 20,
                                                    .range_db = 40,
                                                    .att_ms = up ? ms[i] : 20,
                                                    .rel_ms = up ? 20 : ms[i]};
                double mean = 0;
                for (unsigned late = 0; late < 4; late++) {
                    multiband_init(&bank, kernels_best(), RATE);
                    mean += 0.25 * time_to_63(&p, up ? -16 : -10, up ? -10 : -16, late);
                }
                double e = (mean - 48.0 * (double)ms[i]) / (48.0 * (double)ms[i]);
                worst = fmax(worst, ms[i] < 2 ? 0.0 : fabs(e));
                /* a frame for the crossover, which takes its time as well */
                if (fabs(mean - 48.0 * (double)ms[i]) > 2.4 * (double)ms[i] + 1.0)
                    fail_msg("%s, %s %g ms: %.2f", expand ? "expander" : "compressor",
                             up ? "attack" : "release", (double)ms[i], mean / 48.0);
            }
    print_message("times to 63 %% err by %.1f %% from 2 ms up\n", 100.0 * worst);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sum_is_flat),
        cmocka_unit_test(crossovers_keep_apart),
        cmocka_unit_test(bands_are_what_they_should),
        cmocka_unit_test(bands_leave_each_other_alone),
        cmocka_unit_test(static_curves),
        cmocka_unit_test(times),
    };
    return cmocka_run_group_tests_name("multiband", tests, NULL, NULL);
}
