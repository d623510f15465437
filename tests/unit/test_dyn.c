/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: dsp config */
/* What the dynamics do to a level and how fast, against closed forms written down here
 * independently. */
#include <complex.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dsp/dyn.h"
#include "tests/lib/sanitized.h"

#define PI 3.14159265358979323846
#define RATE 48000.0
#define EVERY_SET(k) for (unsigned set_ = 0; ((k) = kernels_at(set_)); set_++)
#define COUNT(list) (sizeof(list) / sizeof *(list))

typedef float lanes_t[LANES];
typedef double complex cplx;

static struct dyn_bank bank;
static _Alignas(64) lanes_t x[SPAN_FRAMES];

static const struct dyn_params off = {
    .gate = {0, -40, 4, 40, 6, 2, 50, 150},
    .comp = {0, -20, 3, 60, 6, 0, 1, 10, 0, 150, 0},
    .deess = {0, 0, 6000, -30, 4, 12, 1, 60},
    .gate_sc = {0, 80, 12000},
    .comp_sc = {0, 80, 12000},
};

static double in_db(double lin) {
    return 20.0 * log10(fabs(lin) + 1e-30);
}

static float of_db(double db) {
    return (float)pow(10.0, db / 20.0);
}

/** Every lane with its own level, of changing sign; the gain in dB that is left at the end. */
static void steady(const float level[LANES], bool nyquist, unsigned blocks, double gain_db[LANES]) {
    for (unsigned t = 0; t < blocks; t++) {
        for (unsigned f = 0; f < SPAN_FRAMES; f++)
            for (unsigned l = 0; l < LANES; l++)
                x[f][l] = (nyquist ? f & 1 : rand() & 1) ? level[l] : -level[l];
        dyn_run(&bank, x, SPAN_FRAMES, 0, NULL);
        dyn_rest(&bank);
    }
    for (unsigned l = 0; l < LANES; l++)
        gain_db[l] = in_db((double)x[SPAN_FRAMES - 1][l]) - in_db((double)level[l]);
}

static void start(const struct kernels *k, const struct dyn_params *p) {
    dyn_init(&bank, k, RATE);
    for (unsigned l = 0; l < LANES; l++)
        dyn_write(&bank, l, 1, 0, p);
}

/* -- static curves ----------------------------------------------------------------------------- */

struct curve {
    double thr_db, ratio, knee_db, range_db;
};

/** Giannoulis, Massberg, Reiss, equation 4, and a limit to the reduction. */
static double comp_gain_db(const struct curve *c, double level_db) {
    const double over = level_db - c->thr_db, w = c->knee_db;
    double y = level_db;
    if (2 * over > w)
        y = c->thr_db + over / c->ratio;
    else if (2 * fabs(over) <= w && w > 0)
        y = level_db + (1 / c->ratio - 1) * (over + w / 2) * (over + w / 2) / (2 * w);
    return fmax(y - level_db, -c->range_db);
}

/** The same turned around: ratio dB fall for one below the threshold. */
static double gate_gain_db(const struct curve *c, double level_db) {
    const double under = c->thr_db - level_db, w = c->knee_db;
    double fall = 0;
    if (2 * under > w)
        fall = (c->ratio - 1) * under;
    else if (2 * fabs(under) <= w && w > 0)
        fall = (c->ratio - 1) * (under + w / 2) * (under + w / 2) / (2 * w);
    return -fmin(fall, c->range_db);
}

static double deess_gain_db(const struct curve *c, double level_db) {
    return -fmin(fmax(0, level_db - c->thr_db) * (1 - 1 / c->ratio), c->range_db);
}

static struct dyn_params with(const struct curve *c, enum dyn_module module) {
    struct dyn_params p = off;
    const float thr = (float)c->thr_db, ratio = (float)c->ratio, knee = (float)c->knee_db;
    const float range = (float)c->range_db;
    if (module == DYN_GATE)
        p.gate = (struct dyn_gate){1, thr, ratio, range, knee, 1, 0, 5};
    else if (module == DYN_COMP)
        p.comp = (struct dyn_comp){1, thr, ratio, range, knee, 0, 1, 1, 0, 5, 0};
    else
        p.deess = (struct dyn_deess){1, 0, 6000, thr, ratio, range, 1, 5};
    return p;
}

static void walk(const struct kernels *k, const struct curve *c, enum dyn_module module,
                 double (*want_db)(const struct curve *, double), double *worst) {
    const struct dyn_params p = with(c, module);
    for (unsigned batch = 0; batch < 13; batch++) {
        const double first = -80.0 + 8.0 * batch;
        float level[LANES];
        double got[LANES];
        for (unsigned l = 0; l < LANES; l++)
            level[l] = of_db(first + 0.5 * l);
        start(k, &p);
        steady(level, module == DYN_DEESS, 100, got);
        for (unsigned l = 0; l < LANES; l++) {
            const double e = fabs(got[l] - want_db(c, first + 0.5 * l));
            *worst = fmax(*worst, e);
            if (!(e <= 0.05))
                fail_msg("%s: thr %g ratio %g knee %g range %g: %.4f dB at %g dB instead of %.4f",
                         k->name, c->thr_db, c->ratio, c->knee_db, c->range_db, got[l],
                         first + 0.5 * l, want_db(c, first + 0.5 * l));
        }
    }
}

static const struct curve comp_curves[] = {
    {-20, 3, 6, 60},  {-20, 3, 0, 60},  {-60, 100, 0, 60}, {0, 100, 24, 60}, {-40, 1.5, 12, 6},
    {-30, 20, 3, 12}, {-10, 1, 12, 60}, {-50, 8, 24, 60},  {-35, 2, 18, 0},
};
static const struct curve gate_curves[] = {
    {-40, 4, 6, 40}, {-40, 4, 0, 40},  {-80, 100, 0, 80}, {0, 100, 24, 80},  {-20, 1.5, 12, 20},
    {-30, 2, 24, 6}, {-10, 1, 12, 60}, {0, 2, 0, 80},     {-60, 20, 10, 30}, {-30, 5, 6, 0},
};
static const struct curve deess_curves[] = {
    {-30, 4, 0, 12}, {-60, 20, 0, 24}, {0, 4, 0, 12}, {-40, 1, 0, 24}, {-50, 2, 0, 0}};

static void curves(void **state) {
    (void)state;
    const struct kernels *k;
    EVERY_SET(k) {
        double worst[3] = {0};
        for (unsigned i = 0; i < COUNT(comp_curves); i++)
            walk(k, &comp_curves[i], DYN_COMP, comp_gain_db, &worst[0]);
        for (unsigned i = 0; i < COUNT(gate_curves); i++)
            walk(k, &gate_curves[i], DYN_GATE, gate_gain_db, &worst[1]);
        for (unsigned i = 0; i < COUNT(deess_curves); i++)
            walk(k, &deess_curves[i], DYN_DEESS, deess_gain_db, &worst[2]);
        print_message("%s: compressor errs by %.4f dB, gate %.4f, de-esser %.4f\n", k->name,
                      worst[0], worst[1], worst[2]);
    }
}

/** The compressor hears what the gate leaves, the de-esser what both leave. */
static void in_series(void **state) {
    (void)state;
    const struct curve gc = {-20, 2, 6, 30}, cc = {-40, 4, 10, 60}, dc = {-50, 3, 0, 24};
    struct dyn_params p = with(&gc, DYN_GATE);
    p.comp = with(&cc, DYN_COMP).comp;
    p.deess = with(&dc, DYN_DEESS).deess;
    p.comp.makeup_db = 5;
    const struct kernels *k;
    EVERY_SET(k) {
        float level[LANES];
        double got[LANES];
        for (unsigned l = 0; l < LANES; l++)
            level[l] = of_db(-50.0 + 3.0 * l);
        start(k, &p);
        steady(level, true, 300, got);
        for (unsigned l = 0; l < LANES; l++) {
            const double in = -50.0 + 3.0 * l, g = gate_gain_db(&gc, in);
            const double c = comp_gain_db(&cc, in + g) + 5.0;
            assert_true(fabs(got[l] - (g + c + deess_gain_db(&dc, in + g + c))) < 0.05);
        }
    }
}

static void mixing(void **state) {
    (void)state;
    const struct curve c = {-30, 6, 6, 60};
    const struct kernels *k;
    EVERY_SET(k) {
        float level[LANES];
        double got[LANES];
        dyn_init(&bank, k, RATE);
        for (unsigned l = 0; l < LANES; l++) {
            struct dyn_params p = with(&c, DYN_COMP);
            p.comp.mix = 0.25F * (float)(l % 5);
            const unsigned threes = l / 5;
            p.comp.makeup_db = 3.0F * (float)threes;
            level[l] = of_db(-24.0 + 2.0 * l);
            dyn_write(&bank, l, 1, 0, &p);
        }
        steady(level, false, 100, got);
        for (unsigned l = 0; l < LANES; l++) {
            const double mix = 0.25 * (l % 5);
            const unsigned threes = l / 5;
            const double wet = pow(10, (comp_gain_db(&c, -24.0 + 2.0 * l) + 3.0 * threes) / 20);
            assert_true(fabs(got[l] - in_db(1 - mix + mix * wet)) < 0.02);
        }
    }
}

/* -- times ------------------------------------------------------------------------------------- */

/** Play lane l, at half the rate so that a de-esser hears it too, at from[l] dB and, from frame
 * `at` + l % 4 on, at to[l]; gains of all frames in dB. The level before is held until everything
 * rests there. */
#define SETTLE 1500
#define PLAYED (4 * 48000)
static float gains[LANES][PLAYED];

static void play_step(const double *from_db, const double *to_db, unsigned frames) {
    for (unsigned t = 0; t < SETTLE; t++) {
        for (unsigned f = 0; f < SPAN_FRAMES; f++)
            for (unsigned l = 0; l < LANES; l++)
                x[f][l] = of_db(from_db[l]) * (f & 1 ? -1.0F : 1.0F);
        dyn_run(&bank, x, SPAN_FRAMES, 0, NULL);
        dyn_rest(&bank);
    }
    float from[LANES], to[LANES];
    for (unsigned l = 0; l < LANES; l++) {
        from[l] = of_db(from_db[l]);
        to[l] = of_db(to_db[l]);
    }
    for (unsigned t = 0; t + SPAN_FRAMES <= frames; t += SPAN_FRAMES) {
        for (unsigned f = 0; f < SPAN_FRAMES; f++)
            for (unsigned l = 0; l < LANES; l++)
                x[f][l] = (t + f < l % 4 ? from[l] : to[l]) * (f & 1 ? -1.0F : 1.0F);
        dyn_run(&bank, x, SPAN_FRAMES, 0, NULL);
        dyn_rest(&bank);
        for (unsigned f = 0; f < SPAN_FRAMES; f++)
            for (unsigned l = 0; l < LANES; l++)
                gains[l][t + f] = (float)(in_db((double)x[f][l]) -
                                          in_db((double)(t + f < l % 4 ? from[l] : to[l])));
    }
}

/** Milliseconds from the step until the gain has gone a share of its way from a to b dB. */
static double time_ms(unsigned l, double a, double b, double share, unsigned frames) {
    const double goal = a + share * (b - a);
    for (unsigned t = l % 4 + 1; t < frames; t++) {
        const double g = (double)gains[l][t], before = (double)gains[l][t - 1];
        if ((b > a && g >= goal) || (b < a && g <= goal))
            return (t - 1 + (goal - before) / (g - before) - l % 4) * 1000.0 / RATE;
    }
    return NAN;
}

#define SHARE (1.0 - exp(-1.0))

static const float atts[] = {1, 5, 20, 100}, rels[] = {20, 100, 500, 2000};

static void check_time(const struct kernels *k, const char *what, double got, double want,
                       double *worst) {
    *worst = fmax(*worst, fabs(got / want - 1));
    if (!(fabs(got / want - 1) <= 0.05))
        fail_msg("%s: %s %g ms is %.3f ms", k->name, what, want, got);
}

/** Sixteen lanes: four times, and a step at each of the four places in a quad. */
static void times(void **state) {
    (void)state;
    skip_sanitized("times");
    const struct kernels *k;
    EVERY_SET(k) {
        double worst = 0;
        for (int module = DYN_GATE; module <= DYN_DEESS; module++) {
            const bool gate = module == DYN_GATE;
            dyn_init(&bank, k, RATE);
            double low[LANES], high[LANES];
            for (unsigned l = 0; l < LANES; l++) {
                const struct curve c = {-30, 4, 0, 30};
                struct dyn_params p = with(&c, (enum dyn_module)module);
                p.gate.att_ms = p.comp.att_ms = p.deess.att_ms = atts[l / 4];
                p.gate.rel_ms = p.comp.rel_ms = p.deess.rel_ms = rels[l / 4];
                p.deess.freq_hz = 16000; /* so that the filter itself is quick */
                dyn_write(&bank, l, 1, 0, &p);
                low[l] = gate ? -50 : -60;
                high[l] = -10;
            }
            const double g_low = gate ? -30 : 0, g_high = gate ? 0 : -15;
            play_step(low, high, 48000);
            for (unsigned l = 0; l < LANES; l++)
                check_time(k, gate ? "opening" : "attack", time_ms(l, g_low, g_high, SHARE, 48000),
                           (double)atts[l / 4], &worst);
            play_step(high, low, PLAYED);
            for (unsigned l = 0; l < LANES; l++)
                check_time(k, gate ? "closing" : "release",
                           time_ms(l, g_high, g_low, SHARE, PLAYED), (double)rels[l / 4], &worst);
        }
        print_message("%s: times err by %.2f %%\n", k->name, 100 * worst);
    }
}

/** Nothing moves while it is held, and then at once. */
static void holds(void **state) {
    (void)state;
    const struct kernels *k;
    EVERY_SET(k) {
        for (int gate = 0; gate < 2; gate++) {
            dyn_init(&bank, k, RATE);
            double low[LANES], high[LANES], hold[LANES];
            for (unsigned l = 0; l < LANES; l++) {
                const struct curve c = {-30, 4, 0, 30};
                struct dyn_params p = with(&c, gate ? DYN_GATE : DYN_COMP);
                const unsigned times_37 = l / 4;
                hold[l] = 37.0 * times_37;
                p.gate.hold_ms = p.comp.hold_ms = (float)hold[l];
                dyn_write(&bank, l, 1, 0, &p);
                low[l] = -60;
                high[l] = -10;
            }
            play_step(high, low, 12800);
            for (unsigned l = 0; l < LANES; l++) {
                const double a = gate ? 0 : -15, b = gate ? -30 : 0;
                const double began = time_ms(l, a, b, 0.0005, 12800);
                /* For a fifth of its release, 5 ms here, the level itself is kept. */
                assert_true(began >= hold[l] && began <= fmax(hold[l], 1.0) + 0.3);
            }
        }
    }
}

/** After a short reduction the release is quick, after a long one slow. */
static void automatic_release(void **state) {
    (void)state;
    const struct curve c = {-30, 4, 0, 30};
    const struct kernels *k;
    EVERY_SET(k) {
        for (int autorel = 0; autorel < 2; autorel++) {
            struct dyn_params p = with(&c, DYN_COMP);
            p.comp.rel_ms = 100;
            p.comp.autorel = (float)autorel;
            double low[LANES], high[LANES];
            for (unsigned l = 0; l < LANES; l++) {
                low[l] = -60;
                high[l] = -10;
            }
            start(k, &p);
            play_step(high, low, PLAYED);
            double worst = 0;
            check_time(k, "release after long", time_ms(0, -15, 0, SHARE, PLAYED),
                       autorel ? 800 : 100, &worst);
            play_step(low, high, 512); /* 10.7 ms */
            float level[LANES];
            for (unsigned l = 0; l < LANES; l++)
                level[l] = of_db(-60);
            double got[LANES];
            steady(level, false, 52, got); /* to 69.3 ms, half the way of 100 ms, in dB */
            assert_true(fabs(got[0] + 7.5) < 0.4);
        }
    }
}

/** A tone is its crests, from 100 Hz up: it ends where the closed form says, and goes there in the
 *  time that was asked for, not only while it is near a crest. */
static void tones(void **state) {
    (void)state;
    static const double hz[] = {100, 131, 250, 400, 997, 1000, 1234.5, 3000};
    const struct curve c = {-20, 3, 6, 60};
    const struct kernels *k;
    EVERY_SET(k) {
        double ends = 0, times_off = 0;
        for (unsigned i = 0; i < COUNT(hz); i++) {
            struct dyn_params p = with(&c, DYN_COMP);
            p.comp.att_ms = 10;
            p.comp.rel_ms = 150;
            start(k, &p);
            double goal[LANES], reached_ms[LANES] = {0};
            for (unsigned l = 0; l < LANES; l++)
                goal[l] = comp_gain_db(&c, -12.0 + 2.0 * l);
            for (unsigned t = 0; t < 24000; t += SPAN_FRAMES) {
                for (unsigned f = 0; f < SPAN_FRAMES; f++)
                    for (unsigned l = 0; l < LANES; l++)
                        x[f][l] = (float)(pow(10, (-12.0 + 2.0 * l) / 20) *
                                          cos(2 * PI * hz[i] / RATE * (t + f)));
                dyn_run(&bank, x, SPAN_FRAMES, 0, NULL);
                dyn_rest(&bank);
                for (unsigned l = 0; l < LANES; l++) {
                    const double got = in_db((double)bank.state[DYN_GOAL][l]);
                    if (!(reached_ms[l] > 0) && got <= SHARE * goal[l])
                        reached_ms[l] = (t + SPAN_FRAMES) * 1000.0 / RATE;
                    if (t > 12000)
                        ends = fmax(ends, fabs(got - goal[l]));
                }
            }
            for (unsigned l = 0; l < LANES; l++)
                times_off = fmax(times_off, fabs(reached_ms[l] - 10));
        }
        print_message("%s: tones end within %.3f dB, after 10 ms within %.2f\n", k->name, ends,
                      times_off);
        assert_true(ends < 0.05);
        assert_true(times_off < 0.5 + SPAN_FRAMES * 1000.0 / RATE);
    }
}

/* -- the de-esser's shelf ---------------------------------------------------------------------- */

/** Below its threshold a split de-esser is not there, bit for bit. */
static void unity_at_rest(void **state) {
    (void)state;
    static _Alignas(64) lanes_t y[SPAN_FRAMES];
    struct dyn_params p = off;
    p.deess = (struct dyn_deess){1, 1, 6000, -30, 4, 12, 1, 60};
    const struct kernels *k;
    EVERY_SET(k) {
        start(k, &p);
        for (unsigned t = 0; t < 50; t++) {
            for (unsigned f = 0; f < SPAN_FRAMES; f++)
                for (unsigned l = 0; l < LANES; l++)
                    y[f][l] = x[f][l] = 0.01F * ((float)rand() / (float)RAND_MAX - 0.5F);
            dyn_run(&bank, x, SPAN_FRAMES, 0, NULL);
            dyn_rest(&bank);
            assert_memory_equal(x, y, sizeof x);
        }
    }
}

/** 1 + (G - 1) hp + k (sqrt(G) - 1) bp of a Butterworth by the bilinear transform, k = sqrt(2):
 *  (G s^2 + k sqrt(G) s + 1) / (s^2 + k s + 1). */
static cplx shelf(double hz, double corner_hz, double gain_db) {
    const double g = tan(PI * corner_hz / RATE), lin = pow(10, gain_db / 20);
    const cplx s = I * tan(PI * hz / RATE) / g;
    return (lin * s * s + sqrt(2 * lin) * s + 1) / (s * s + sqrt(2) * s + 1);
}

/** A strong tone holds the reduction at its range; a weak one, one in each lane, measures. */
static void shelf_response(void **state) {
    (void)state;
    skip_sanitized("the shelf's response");
    const struct kernels *k;
    EVERY_SET(k) {
        double worst = 0;
        for (unsigned trial = 0; trial < 4; trial++) {
            const double range = 3.0 + 7.0 * trial, corner = trial & 1 ? 2500 : 6000;
            struct dyn_params p = off;
            p.deess = (struct dyn_deess){1, 1, (float)corner, -60, 20, (float)range, 1, 500};
            start(k, &p);
            cplx sum[LANES] = {0};
            for (unsigned t = 0; t < 2 * 48000; t += SPAN_FRAMES) {
                for (unsigned f = 0; f < SPAN_FRAMES; f++)
                    for (unsigned l = 0; l < LANES; l++)
                        x[f][l] = (float)(0.5 * sin(2 * PI * 15000 / RATE * (t + f)) +
                                          0.1 * sin(2 * PI * 1300.0 * (l + 1) / RATE * (t + f)));
                dyn_run(&bank, x, SPAN_FRAMES, 0, NULL);
                dyn_rest(&bank);
                for (unsigned f = 0; f < SPAN_FRAMES && t >= 48000; f++)
                    for (unsigned l = 0; l < LANES; l++)
                        sum[l] += (double)x[f][l] *
                                  cexp(-I * (2 * PI * 1300.0 * (l + 1) / RATE * (t + f)));
            }
            for (unsigned l = 0; l < LANES; l++) {
                const cplx got = sum[l] / 48000.0 * 20.0 * I,
                           want = shelf(1300.0 * (l + 1), corner, -range);
                const double e = in_db(1 + cabs(got - want) / cabs(want));
                worst = fmax(worst, e);
                if (!(e < 0.02))
                    fail_msg("%s: %g dB at %g Hz: %.3f dB at %g Hz instead of %.3f", k->name, range,
                             corner, in_db(cabs(got)), 1300.0 * (l + 1), in_db(cabs(want)));
            }
        }
        print_message("%s: the shelf errs by %.4f dB, phase included\n", k->name, worst);
    }
}

/* -- side-chain filters ------------------------------------------------------------------------ */

/** A quarter of the rate, as a a -a -a: every quad has the same peak, also behind a filter. */
static double quarter_peak_db(double hpf_hz, double lpf_hz) {
    const double s = tan(PI / 4), hp = tan(PI * hpf_hz / RATE), lp = tan(PI * lpf_hz / RATE);
    const cplx h = I * s / hp, l = I * s / lp;
    const cplx out = h * h / (h * h + sqrt(2) * h + 1) / (l * l + sqrt(2) * l + 1) * (1 - I);
    return in_db(fmax(fabs(creal(out)), fabs(cimag(out))));
}

/** What gate and compressor make of it tells what they heard; lane 0 hears everything. */
static void side_chain_filters(void **state) {
    (void)state;
    static const float hz[][2] = {{20, 20000},    {20, 20000},  {3000, 20000}, {12000, 20000},
                                  {20000, 20000}, {20, 3000},   {20, 12000},   {5000, 5000},
                                  {18000, 9000},  {500, 15000}, {7000, 2000},  {13000, 18000}};
    const struct curve cc = {-50, 2, 0, 60}, gc = {0, 1.5, 0, 80};
    const struct kernels *k;
    EVERY_SET(k) {
        for (int gate = 0; gate < 2; gate++) {
            dyn_init(&bank, k, RATE);
            for (unsigned l = 0; l < COUNT(hz); l++) {
                struct dyn_params p = gate ? with(&gc, DYN_GATE) : with(&cc, DYN_COMP);
                *(gate ? &p.gate_sc : &p.comp_sc) = (struct dyn_filter){l > 0, hz[l][0], hz[l][1]};
                dyn_write(&bank, l, 1, 0, &p);
            }
            for (unsigned t = 0; t < 300; t++) {
                for (unsigned f = 0; f < SPAN_FRAMES; f++)
                    for (unsigned l = 0; l < LANES; l++)
                        x[f][l] = f & 2 ? -0.3F : 0.3F;
                dyn_run(&bank, x, SPAN_FRAMES, 0, NULL);
                dyn_rest(&bank);
            }
            for (unsigned l = 0; l < COUNT(hz); l++) {
                const double heard =
                    in_db(0.3) + (l ? quarter_peak_db((double)hz[l][0], (double)hz[l][1]) : 0.0);
                const double want = gate ? gate_gain_db(&gc, heard) : comp_gain_db(&cc, heard);
                const double got = in_db((double)x[SPAN_FRAMES - 1][l] / 0.3);
                if (!(fabs(got - want) < 0.02))
                    fail_msg("%s: %s behind %g to %g Hz: %.3f dB instead of %.3f", k->name,
                             gate ? "gate" : "compressor", (double)hz[l][0], (double)hz[l][1], got,
                             want);
            }
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(curves),         cmocka_unit_test(in_series),
        cmocka_unit_test(mixing),         cmocka_unit_test(times),
        cmocka_unit_test(holds),          cmocka_unit_test(automatic_release),
        cmocka_unit_test(tones),          cmocka_unit_test(unity_at_rest),
        cmocka_unit_test(shelf_response), cmocka_unit_test(side_chain_filters),
    };
    return cmocka_run_group_tests_name("dyn", tests, NULL, NULL);
}
