/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: dsp config */
/* Steps of the equaliser under a 1 kHz sine at -6 dBFS: what a linear-phase high-pass (-100 dB at
 * 3 kHz, passing from 4 kHz) leaves of them stays below -80 dBFS, or below the steady state of
 * either end + 1 dB. Sixteen steps at a time, one per lane; a second run of every batch with other
 * steps in the other lanes and other chunks has to give the same bits. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dsp/eq.h"
#include "tests/lib/sanitized.h"

#define PI 3.14159265358979323846
#define RATE 48000
#define TAPS 401
#define BEFORE (RATE / 4)
#define AFTER (RATE / 2)
#define FRAMES ((BEFORE + AFTER) / SPAN_FRAMES * SPAN_FRAMES)

typedef float lanes_t[LANES];

struct step {
    struct eq_params from, to;
    char text[96];
};

static double taps[TAPS];
static float sine[RATE / 1000];

static double bessel_i0(double x) {
    double sum = 1, term = 1;
    for (int k = 1; k < 60; k++)
        sum += term *= (x / (2 * k)) * (x / (2 * k));
    return sum;
}

/** Kaiser window, 100 dB, around a corner of 3.5 kHz. */
static int make_taps(void **state) {
    (void)state;
    double beta = 0.1102 * (100 - 8.7), m = (TAPS - 1) / 2.0, fc = 3500.0 / RATE;
    for (int i = 0; i < TAPS; i++) {
        double t = i - m, r = t / m;
        double sinc = fabs(t) < 0.5 ? 2 * fc : sin(2 * PI * fc * t) / (PI * t);
        double w = bessel_i0(beta * sqrt(fmax(0.0, 1 - r * r))) / bessel_i0(beta);
        if (i < RATE / 1000)
            sine[i] = (float)(0.5 * sin(2 * PI * 1000.0 / RATE * i));
        taps[i] = ((fabs(t) < 0.5) - sinc) * w;
    }
    return 0;
}

/** Peak in dBFS of the high-passed signal, whole windows inside first..last only. */
static double high_peak_db(const float *x, unsigned first, unsigned last) {
    double peak = 1e-12;
    for (unsigned t = first; t + TAPS <= last; t++) {
        double y = taps[TAPS / 2] * (double)x[t + TAPS / 2];
        for (unsigned i = 0; i < TAPS / 2; i++)
            y += taps[i] * ((double)x[t + i] + (double)x[t + TAPS - 1 - i]);
        peak = fmax(peak, fabs(y));
    }
    return 20 * log10(peak);
}

static double level_db(const float *x, unsigned n) {
    float peak = 0.0F;
    for (unsigned t = 0; t < n; t++)
        peak = fmaxf(peak, fabsf(x[t]));
    return 20 * log10((double)peak + 1e-12);
}

static void run_batch(const struct kernels *k, const struct step *steps, unsigned rotate,
                      unsigned chunk, float (*out)[FRAMES]) {
    static struct eq_bank bank;
    static _Alignas(64) lanes_t x[SPAN_FRAMES];
    eq_init(&bank, k, RATE);
    for (unsigned l = 0; l < LANES; l++) {
        eq_set(&bank, (l + rotate) % LANES, &steps[l].from);
        eq_snap(&bank, l);
    }
    for (unsigned t = 0; t < FRAMES; t += SPAN_FRAMES) {
        if (t == BEFORE / SPAN_FRAMES * SPAN_FRAMES)
            for (unsigned l = 0; l < LANES; l++)
                eq_set(&bank, (l + rotate) % LANES, &steps[l].to);
        eq_block(&bank);
        for (unsigned p = 0, n; p < SPAN_FRAMES; p += n) {
            n = chunk < SPAN_FRAMES - p ? chunk : SPAN_FRAMES - p;
            for (unsigned i = 0; i < n; i++)
                for (unsigned l = 0; l < LANES; l++)
                    x[i][(l + rotate) % LANES] = sine[(t + p + i + 5 * l) % (RATE / 1000)];
            eq_run(&bank, x, n, p);
            for (unsigned i = 0; i < n; i++)
                for (unsigned l = 0; l < LANES; l++)
                    out[l][t + p + i] = x[i][(l + rotate) % LANES];
        }
    }
    assert_int_equal(bank.fading, 0);
}

static double worst_over_db;
static bool relative;

static void check_batch(const struct kernels *k, const struct step *steps) {
    static float out[LANES][FRAMES], again[LANES][FRAMES];
    unsigned at = BEFORE / SPAN_FRAMES * SPAN_FRAMES;
    run_batch(k, steps, 0, 64, out);
    run_batch(k, steps, 5, 23, again);
    assert_memory_equal(out, again, sizeof out);
    for (unsigned l = 0; l < LANES; l++) {
        double before = high_peak_db(out[l], at - 1000, at);
        double step = high_peak_db(out[l], at - TAPS, at + RATE / 8);
        double after = high_peak_db(out[l], FRAMES - 1000, FRAMES);
        double limit = fmax(-80.0, fmax(before, after) + 1.0);
        if (relative)
            limit = fmax(limit, -80.0 + level_db(out[l] + FRAMES - 1000, 1000) + 6.0);
        if (step - limit > worst_over_db)
            worst_over_db = step - limit;
        const char *margin_db = getenv("VERBOSE");
        if (margin_db && step > limit - atof(margin_db))
            print_message("%-70s %.1f dBFS, ends %.1f %.1f\n", steps[l].text, step, before, after);
        if (step > limit && !margin_db)
            fail_msg("%s: %s: %.1f dBFS, ends %.1f and %.1f", k->name, steps[l].text, step, before,
                     after);
    }
}

static struct step batch[LANES];
static unsigned filled;

/** Queue one step; both ways. */
static void add(const struct kernels *k, const struct eq_params *from, const struct eq_params *to,
                const char *what, double a, double b, double c) {
    for (int way = 0; way < 2; way++) {
        struct step *s = &batch[filled++];
        s->from = way ? *to : *from;
        s->to = way ? *from : *to;
        snprintf(s->text, sizeof s->text, "%s %g %g %g %s", what, a, b, c, way ? "back" : "");
        if (filled == LANES) {
            check_batch(k, batch);
            filled = 0;
        }
    }
}

static void flush(const struct kernels *k) {
    while (filled)
        add(k, &batch[0].from, &batch[0].to, "filler", 0, 0, 0);
    print_message("worst: %.1f dB %s the limit\n", fabs(worst_over_db),
                  worst_over_db > 0 ? "over" : "under");
}

static const double hzs[] = {20, 300, 1000, 3000, 5000, 9000, 20000};
static const double qs[] = {0.1, 0.7, 4, 20};
#define EACH(i, list) for (unsigned i = 0; i < sizeof(list) / sizeof *(list); i++)

static struct eq_params band(unsigned type, double hz, double gain_db, double q) {
    struct eq_params p = {.eq_on = true};
    p.band[2] = (struct eq_band){true, (uint8_t)type, (float)hz, (float)gain_db, (float)q};
    return p;
}

static void filter_steps(void **state) {
    (void)state;
    const struct kernels *k = kernels_best();
    const struct eq_params off = {0};
    worst_over_db = -1e9;
    EACH(i, hzs) {
        for (int low = 0; low < 2; low++) {
            struct eq_params p[2];
            memset(p, 0, sizeof p);
            for (uint8_t slope = 0; slope < 2; slope++) {
                *(low ? &p[slope].lpf : &p[slope].hpf) =
                    (struct eq_filter){true, slope, (float)hzs[i]};
                add(k, &off, &p[slope], low ? "lpf on" : "hpf on", hzs[i], slope, 0);
                struct eq_params other = p[slope];
                for (unsigned j = i + 1; j < sizeof hzs / sizeof *hzs; j++) {
                    (low ? &other.lpf : &other.hpf)->hz = (float)hzs[j];
                    add(k, &p[slope], &other, low ? "lpf hz" : "hpf hz", hzs[i], hzs[j], slope);
                }
            }
            add(k, &p[0], &p[1], low ? "lpf slope" : "hpf slope", hzs[i], 0, 0);
        }
    }
    flush(k);
}

static void switch_steps(void **state) {
    (void)state;
    skip_sanitized("steps of switches");
    const struct kernels *k = kernels_best();
    worst_over_db = -1e9;
    for (unsigned type = EQ_BELL; type <= EQ_BAND_PASS; type++)
        EACH(i, hzs) EACH(j, qs) for (int gain = -24; gain <= 24; gain += 48) {
            struct eq_params on = band(type, hzs[i], gain, qs[j]), off = on;
            off.band[2].on = false;
            add(k, &off, &on, "on", type * 100 + qs[j], hzs[i], gain);
            for (unsigned to = type + 1; to <= EQ_BAND_PASS; to++) {
                off = on;
                off.band[2].type = (uint8_t)to;
                add(k, &on, &off, "type", type * 10 + to, hzs[i], gain * qs[j]);
            }
        }
    flush(k);
}

static void value_steps(void **state) {
    (void)state;
    skip_sanitized("steps of values");
    const struct kernels *k = kernels_best();
    worst_over_db = -1e9;
    for (unsigned type = EQ_BELL; type <= EQ_BAND_PASS; type++)
        EACH(i, hzs) EACH(j, qs) for (int gain = -24; gain <= 24; gain += 24) {
            struct eq_params a = band(type, hzs[i], gain, qs[j]), b = a;
            b.band[2].gain_db = gain > 0 ? -24.0F : gain < 0 ? 0.0F : 24.0F;
            if (type <= EQ_HIGH_SHELF)
                add(k, &a, &b, "gain", type * 100 + qs[j], hzs[i], gain);
            if (!gain)
                continue;
            b = a;
            b.band[2].q = qs[j] < 1 ? 20.0F : 0.1F;
            add(k, &a, &b, "q", type * 100 + qs[j], hzs[i], gain);
            b = a;
            b.band[2].hz = (float)hzs[(i * 7 + 3) % (sizeof hzs / sizeof *hzs)];
            add(k, &a, &b, "hz", type * 100 + qs[j], hzs[i], gain);
        }
    flush(k);
}

/** Steps so small that they are not faded but go in a straight line: just below the limits that
 *  eq.c sets, one at a time. Here the limit rises with what a boost makes of the sine. */
static void small_steps(void **state) {
    (void)state;
    skip_sanitized("small steps");
    const struct kernels *k = kernels_best();
    worst_over_db = -1e9;
    relative = true;
    for (unsigned type = EQ_BELL; type <= EQ_BAND_PASS; type++)
        EACH(i, hzs) EACH(j, qs) for (int gain = -23; gain <= 23; gain += 23) {
            struct eq_params a = band(type, hzs[i], gain, qs[j]), b = a;
            b.band[2].gain_db += 0.059F / (float)(type == EQ_BELL ? 1.0 : fmax(1.0, qs[j] / 2));
            if (type <= EQ_HIGH_SHELF)
                add(k, &a, &b, "small gain", type * 100 + qs[j], hzs[i], gain);
            b = a;
            b.band[2].q *= 1.0049F;
            add(k, &a, &b, "small q", type * 100 + qs[j], hzs[i], gain);
            b = a;
            b.band[2].hz *= 1.0F + 0.0049F / (float)fmax(1.0, qs[j] / 2);
            add(k, &a, &b, "small hz", type * 100 + qs[j], hzs[i], gain);
        }
    flush(k);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(filter_steps),
        cmocka_unit_test(switch_steps),
        cmocka_unit_test(value_steps),
        cmocka_unit_test(small_steps),
    };
    return cmocka_run_group_tests_name("eq_clicks", tests, make_taps, NULL);
}
