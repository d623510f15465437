/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: dsp config */
/* Curves of the equaliser against analogue prototypes written down here independently, and the
 * running filter against the digital response its coefficients promise. */
#include <complex.h>
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
#define EVERY_SET(k) for (unsigned set_ = 0; ((k) = kernels_at(set_)); set_++)

typedef double complex cplx;
typedef float lanes_t[LANES];

/** The analogue prototypes, textbook form: H(s), s normalised to the corner. */
static cplx prototype(int shape, cplx s, double gain_db, double q) {
    double a = pow(10.0, gain_db / 40.0), r = sqrt(a);
    switch (shape) {
    case SVF_BELL: return (s * s + s * a / q + 1) / (s * s + s / (a * q) + 1);
    case SVF_LOW_SHELF: return a * (s * s + r / q * s + a) / (a * s * s + r / q * s + 1);
    case SVF_HIGH_SHELF: return a * (a * s * s + r / q * s + 1) / (s * s + r / q * s + a);
    case SVF_NOTCH: return (s * s + 1) / (s * s + s / q + 1);
    case SVF_BAND_PASS: return s / q / (s * s + s / q + 1);
    case SVF_HIGH_PASS: return s * s / (s * s + s / q + 1);
    case SVF_LOW_PASS: return 1 / (s * s + s / q + 1);
    default: return 1;
    }
}

/** Response of one section from its stored coefficients: the state equations at z = e^jw. */
static cplx digital(const lanes_t *coef, unsigned l, double w) {
    double e0 = (double)coef[0][l], e1 = (double)coef[1][l], e2 = (double)coef[2][l];
    /* z s1 = (1 - e0) s1 - e1 s2 + e1 x;  z s2 = e1 s1 + (1 - e2) s2 + e2 x */
    cplx z = cexp(I * w), a = z - 1 + e0, d = z - 1 + e2;
    cplx det = a * d + e1 * e1;
    cplx s1 = (e1 * d - e1 * e2) / det, s2 = (a * e2 + e1 * e1) / det;
    return (double)coef[3][l] + (double)coef[4][l] * (1 + z) * s1 +
           (double)coef[5][l] * (1 + z) * s2;
}

static double in_db(double lin) {
    return 20.0 * log10(lin + 1e-30);
}

/** Fit sixteen frequencies at a time and give every point of every curve to `see`. */
typedef void (*see_fn)(void *ctx, double hz, double f, double got_db, double want_db);

static void walk(const struct kernels *k, int shape, double gain_db, double q, double rate_hz,
                 double top_hz, see_fn see, void *ctx) {
    static _Alignas(64) lanes_t coef[SVF_COEFS];
    for (unsigned first = 0; first < 80; first += LANES) {
        struct svf_want want;
        for (unsigned l = 0; l < LANES; l++) {
            want.shape[l] = shape;
            want.hz[l] = 20.0 * pow(1000.0, (first + l) / 79.0);
            want.gain_db[l] = gain_db;
            want.q[l] = q;
        }
        k->eq_fit(coef, &want, rate_hz);
        for (unsigned l = 0; l < LANES; l++)
            for (unsigned i = 0; i < 240; i++) {
                double width = fmax(q, 0.5), steep = want.hz[l]; /* half the points go there */
                if (shape == SVF_LOW_SHELF || shape == SVF_HIGH_SHELF) /* two resonances */
                    steep *= pow(10.0, (i & 1 ? gain_db : -gain_db) / 80.0);
                double f = i < 120 ? 20.0 * pow(1000.0, i / 119.0)
                                   : steep * pow(2.0, (i - 180.0) / 60.0 / width);
                if (f < 20.0 || f > top_hz)
                    continue;
                double got = cabs(digital((const lanes_t *)coef, l, 2.0 * PI * f / rate_hz));
                double proto = cabs(prototype(shape, I * f / want.hz[l], gain_db, q));
                if (!isfinite(got))
                    fail_msg("shape %d %g Hz %g dB q %g: not finite", shape, want.hz[l], gain_db,
                             q);
                see(ctx, want.hz[l], f, in_db(got), in_db(proto));
            }
    }
}

struct worst {
    double err_db, hz, f;
};

static void see_worst(void *ctx, double hz, double f, double got_db, double want_db) {
    struct worst *w = ctx;
    double e = fabs(got_db - want_db);
    if (want_db < -40.0 || e <= w->err_db)
        return;
    *w = (struct worst){e, hz, f};
}

static const double qs[] = {0.1, 0.2, 0.35, 0.5, 0.7071, 1, 1.4, 1.6, 2, 3, 5, 7, 10, 14, 20};

static void check_curve(const struct kernels *k, int shape, double gain_db, double q,
                        double limit_db, double *worst_db) {
    struct worst w = {0};
    walk(k, shape, gain_db, q, 48000.0, 20000.0, see_worst, &w);
    *worst_db = fmax(*worst_db, w.err_db);
    if (w.err_db > limit_db)
        fail_msg("%s: shape %d at %.1f Hz, %g dB, q %g errs by %.2f dB at %.1f Hz", k->name, shape,
                 w.hz, gain_db, q, w.err_db, w.f);
}

static void bells(void **state) {
    (void)state;
    skip_sanitized("bells");
    const struct kernels *k;
    EVERY_SET(k) {
        double to_12 = 0, to_24 = 0;
        for (unsigned i = 0; i < sizeof qs / sizeof *qs; i++)
            for (int gain = -24; gain <= 24; gain += 3)
                check_curve(k, SVF_BELL, gain, qs[i], abs(gain) <= 12 ? 0.7 : 1.5,
                            abs(gain) <= 12 ? &to_12 : &to_24);
        print_message("%s: bells err by %.2f dB up to 12 dB, %.2f up to 24\n", k->name, to_12,
                      to_24);
    }
}

static void shelves(void **state) {
    (void)state;
    skip_sanitized("shelves");
    const struct kernels *k;
    EVERY_SET(k) {
        double worst = 0;
        for (unsigned i = 0; i < sizeof qs / sizeof *qs; i++)
            for (int gain = -24; gain <= 24; gain += 3)
                for (int shape = SVF_LOW_SHELF; shape <= SVF_HIGH_SHELF; shape++)
                    check_curve(k, shape, gain, qs[i], 2.0, &worst);
        print_message("%s: shelves err by %.2f dB\n", k->name, worst);
    }
}

static void notches_and_band_passes(void **state) {
    (void)state;
    const struct kernels *k;
    EVERY_SET(k) {
        double worst[2] = {0};
        for (unsigned i = 0; i < sizeof qs / sizeof *qs; i++) {
            check_curve(k, SVF_NOTCH, 0, qs[i], 2.0, &worst[0]);
            check_curve(k, SVF_BAND_PASS, 0, qs[i], 2.0, &worst[1]);
        }
        print_message("%s: notches err by %.2f dB, band-passes by %.2f\n", k->name, worst[0],
                      worst[1]);
    }
}

/** The strip's filters through eq_set: whole slopes, both sections together. */
static void slopes(void **state) {
    (void)state;
    skip_sanitized("slopes");
    static struct eq_bank bank;
    const struct kernels *k;
    EVERY_SET(k) {
        double worst = 0;
        for (unsigned trial = 0; trial < 4 * 80; trial++) {
            bool low = trial & 1, steep = trial & 2;
            double hz = 20.0 * pow(1000.0, (double)(trial >> 2) / 79.0);
            struct eq_params p = {0};
            struct eq_filter f = {true, steep ? EQ_24_DB_OCT : EQ_12_DB_OCT, (float)hz};
            *(low ? &p.lpf : &p.hpf) = f;
            eq_init(&bank, k, 48000.0);
            eq_set(&bank, 5, &p);
            eq_snap(&bank, 5);
            eq_block(&bank);
            for (unsigned i = 0; i < 200; i++) {
                double freq = 20.0 * pow(1000.0, i / 199.0), w = 2.0 * PI * freq / 48000.0;
                cplx got = 1;
                for (unsigned s = 0; s < SVF_SECTIONS; s++)
                    got *= digital((const lanes_t *)bank.main.coef[s], 5, w);
                double x = low ? freq / hz : hz / freq; /* Butterworth: 1 / (1 + x^2n) */
                double want_db = -10.0 * log10(1.0 + pow(x, steep ? 8 : 4));
                if (want_db < -40.0)
                    continue;
                double e = fabs(in_db(cabs(got)) - want_db);
                worst = fmax(worst, e);
                if (e > 2.0)
                    fail_msg("%s: %s %d dB/oct at %.1f Hz errs by %.2f dB at %.1f Hz", k->name,
                             low ? "low-pass" : "high-pass", steep ? 24 : 12, hz, e, freq);
            }
        }
        print_message("%s: slopes err by %.2f dB\n", k->name, worst);
    }
}

static void see_sane(void *ctx, double hz, double f, double got_db, double want_db) {
    (void)ctx;
    if (want_db > -40.0 && fabs(got_db - want_db) > 6.0)
        fail_msg("%g Hz: %.2f dB instead of %.2f at %g Hz", hz, got_db, want_db, f);
}

/** Other rates: as far as 0.41 of the rate, as 20 kHz is at 48 kHz. */
static void other_rates(void **state) {
    (void)state;
    skip_sanitized("other_rates");
    static const double rates[] = {44100, 88200, 96000, 192000};
    const struct kernels *k = kernels_best();
    for (unsigned r = 0; r < 4; r++)
        for (int shape = SVF_BELL; shape <= SVF_LOW_PASS; shape++)
            for (unsigned i = 0; i < sizeof qs / sizeof *qs; i++) {
                if (shape >= SVF_HIGH_PASS && (qs[i] < 0.5 || qs[i] > 1.4))
                    continue; /* the strip's filters are Butterworths */
                for (int gain = -18; gain <= 18; gain += 9)
                    walk(k, shape, gain, qs[i], rates[r], fmin(20000.0, 0.4166 * rates[r]),
                         see_sane, NULL);
            }
}

/** All sets agree, lanes do not depend on their neighbours, and nonsense becomes harmless. */
static void sets_agree(void **state) {
    (void)state;
    static _Alignas(64) lanes_t coef[SVF_COEFS], ref[SVF_COEFS], alone[SVF_COEFS];
    const struct kernels *k, *first = kernels_at(0);
    srand(5);
    EVERY_SET(k) {
        for (unsigned trial = 0; trial < 300; trial++) {
            struct svf_want want, one;
            for (unsigned l = 0; l < LANES; l++) {
                want.shape[l] = rand() % (SVF_LOW_PASS + 1);
                want.hz[l] = 20.0 * pow(1000.0, rand() / (double)RAND_MAX);
                want.gain_db[l] = 48.0 * rand() / (double)RAND_MAX - 24.0;
                want.q[l] =
                    0.1 * pow(want.shape[l] >= SVF_HIGH_PASS ? 14 : 200, rand() / (double)RAND_MAX);
                if (trial == 0)
                    want.hz[l] = l & 1 ? NAN : 1e30;
            }
            k->eq_fit(coef, &want, 48000.0);
            first->eq_fit(ref, &want, 48000.0);
            one = want;
            for (unsigned l = 0; l < LANES; l++)
                if (l != 7)
                    one.shape[l] = SVF_THROUGH;
            k->eq_fit(alone, &one, 48000.0);
            for (unsigned j = 0; j < SVF_COEFS; j++) {
                assert_memory_equal(&alone[j][7], &coef[j][7], sizeof(float));
                for (unsigned l = 0; l < LANES; l++) {
                    assert_true(isfinite(coef[j][l]));
                    double scale = fmax(1.0, fabs((double)ref[3][l]));
                    assert_true(fabs((double)coef[j][l] - (double)ref[j][l]) < 1e-5 * scale);
                    if (want.shape[l] == SVF_THROUGH || isnan(want.hz[l]))
                        assert_true(fabs((double)coef[j][l] - (j == 3)) < 1e-12);
                }
            }
        }
    }
}

/** A float sine through the running filter, against the response of its own coefficients, measured
 *  by correlation over whole cycles once the start has died away. */
static void running_filter(void **state) {
    (void)state;
    static struct eq_bank bank;
    static _Alignas(64) lanes_t x[SPAN_FRAMES];
    static const double freq[] = {20, 25, 32, 40, 50, 64, 80, 100};
    const struct kernels *k;
    EVERY_SET(k) {
        double worst = 0;
        for (unsigned i = 0; i < 8; i++) {
            double w = 2.0 * PI * freq[i] / 48000.0;
            struct eq_params p = {.eq_on = true};
            eq_init(&bank, k, 48000.0);
            for (unsigned l = 0; l < LANES; l++) {
                p.hpf = (struct eq_filter){l & 1, l & 2 ? EQ_24_DB_OCT : EQ_12_DB_OCT, 20.0F};
                for (unsigned b = 0; b < EQ_BANDS; b++)
                    p.band[b] = (struct eq_band){(l + b) & 1, (uint8_t)((l + b) / 2 % 5),
                                                 20.0F + 15.0F * (float)b, b & 2 ? 12.0F : -9.0F,
                                                 0.7F + 0.4F * (float)(l % 8)};
                eq_set(&bank, l, &p);
                eq_snap(&bank, l);
            }
            cplx sum[LANES] = {0};
            unsigned settle = 3 * 48000, whole = (unsigned)(48000.0 * 20 / freq[i]);
            for (unsigned t = 0; t < settle + whole; t += SPAN_FRAMES) {
                eq_block(&bank);
                for (unsigned n = 0; n < SPAN_FRAMES; n++)
                    for (unsigned l = 0; l < LANES; l++)
                        x[n][l] = (float)(0.5 * sin(w * (t + n)));
                eq_run(&bank, x, SPAN_FRAMES, 0);
                for (unsigned n = 0; n < SPAN_FRAMES; n++)
                    for (unsigned l = 0; l < LANES && t + n >= settle && t + n < settle + whole;
                         l++)
                        sum[l] += (double)x[n][l] * cexp(-I * w * (t + n));
            }
            for (unsigned l = 0; l < LANES; l++) {
                cplx want = 1;
                for (unsigned s = 0; s < SVF_SECTIONS; s++)
                    want *= digital((const lanes_t *)bank.main.coef[s], l, w);
                double want_db = in_db(cabs(want)), got_db = in_db(cabs(sum[l]) / whole * 4.0);
                if (want_db < -60.0)
                    continue;
                worst = fmax(worst, fabs(got_db - want_db));
                if (fabs(got_db - want_db) > 0.05)
                    fail_msg("%s: lane %u, %g Hz: %.3f dB instead of %.3f", k->name, l, freq[i],
                             got_db, want_db);
            }
        }
        print_message("%s: the running filter errs by %.4f dB at 20..100 Hz\n", k->name, worst);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bells),
        cmocka_unit_test(shelves),
        cmocka_unit_test(notches_and_band_passes),
        cmocka_unit_test(slopes),
        cmocka_unit_test(other_rates),
        cmocka_unit_test(sets_agree),
        cmocka_unit_test(running_filter),
    };
    return cmocka_run_group_tests_name("eq", tests, NULL, NULL);
}
