/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: dsp config */
/* The limiter bank: what passes untouched, levels, times, links, and that neither the cutting into
 * chunks nor a neighbour shows in a lane. test_limiter_peak.c reads the ceiling. */
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/limiter_rig.h"

#define RATE 48000.0
#define FRAMES (SPAN_FRAMES * 1500) /* 2 s */
#define LATENCY LIMITER_LATENCY_FRAMES

static struct limiter_bank a, b;
static lanes_t in[FRAMES], x[FRAMES], y[FRAMES], g[FRAMES];

static double lin(double db) {
    return pow(10, db / 20);
}

static void noise(double amplitude) {
    for (size_t t = 0; t < FRAMES; t++)
        for (unsigned l = 0; l < LANES; l++)
            in[t][l] = (float)(amplitude * limiter_rig_random());
}

static void sines(double hz, double amplitude) {
    for (size_t t = 0; t < FRAMES; t++)
        for (unsigned l = 0; l < LANES; l++)
            in[t][l] = (float)(amplitude * sin(2 * M_PI * hz * (double)t / RATE + l));
}

static void run(struct limiter_bank *bank, lanes_t *to, size_t frames, unsigned cut) {
    memcpy(to, in, frames * sizeof *to);
    limiter_rig_run(bank, to, g, frames, cut);
}

static void open_at(struct limiter_bank *bank, const struct kernels *k, float ceiling_db,
                    float rel_ms) {
    const struct limiter_params p = {1, ceiling_db, rel_ms};
    limiter_rig_open(bank, k, RATE, &p);
}

static void assert_delayed(const lanes_t *out, size_t frames) {
    for (unsigned l = 0; l < LANES; l++)
        for (size_t t = 0; t < frames; t++)
            if (out[t][l] != (t < LATENCY ? 0 : in[t - LATENCY][l]))
                fail_msg("lane %u frame %zu: %.9g", l, t, (double)out[t][l]);
}

static void latency(void **state) {
    (void)state;
    const struct kernels *k;
    EVERY_SET(k) {
        open_at(&a, k, -2, 250);
        memset(in, 0, sizeof in);
        in[100][3] = .25F;
        in[101][4] = 3.0F; /* is limited, and still comes at its time */
        run(&a, x, 1024, 0);
        for (size_t t = 0; t < 1024; t++)
            for (unsigned l = 0; l < LANES; l++)
                assert_true((fabsf(x[t][l]) > 0) ==
                            ((l == 3 && t == 100 + LATENCY) || (l == 4 && t == 101 + LATENCY)));
        assert_true(x[100 + LATENCY][3] == .25F);
        assert_true(x[101 + LATENCY][4] < .8F);
        /* delay alone */
        open_at(&a, k, -2, 250);
        memset(x, 0, SPAN_FRAMES * sizeof *x);
        static _Alignas(64) lanes_t c[SPAN_FRAMES];
        memset(c, 0, sizeof c);
        c[10][0] = 2;
        limiter_delay(&a, c, NULL, 11);
        memset(c, 0, sizeof c);
        limiter_delay(&a, c, NULL, LATENCY);
        assert_true(c[LATENCY - 1][0] == 2);
    }
}

static void pure_delay_below(void **state) {
    (void)state;
    const struct kernels *k;
    EVERY_SET(k) {
        limiter_rig_seed(1);
        noise(lin(-12));
        open_at(&a, k, -2, 250);
        run(&a, x, FRAMES / 4, 0);
        assert_delayed((const lanes_t *)x, FRAMES / 4);
        sines(997, lin(-2.2)); /* 0.2 dB below, of which 0.1 is the limiter's margin */
        for (size_t t = 0; t < 4800; t++)
            for (unsigned l = 0; l < LANES; l++)
                in[t][l] *= (float)(.5 - .5 * cos(M_PI * (double)t / 4800));
        open_at(&a, k, -2, 250);
        run(&a, x, FRAMES / 4, 3);
        assert_delayed((const lanes_t *)x, FRAMES / 4);
    }
}

/* Once more a pure delay after there was something to do, when the release is over. */
static void back_to_pure_delay(void **state) {
    (void)state;
    const struct kernels *k;
    EVERY_SET(k) {
        limiter_rig_seed(1);
        noise(.1);
        for (size_t t = 1000; t < 3000; t++)
            for (unsigned l = 0; l < LANES; l++)
                in[t][l] *= 100;
        open_at(&a, k, -6, 50);
        run(&a, x, FRAMES, 0);
        for (size_t t = 48000; t < FRAMES; t++)
            assert_memory_equal(x[t], in[t - LATENCY], sizeof x[t]);
    }
}

static void steady_sines(void **state) {
    (void)state;
    static const double hz[] = {31.5, 50, 100, 440, 997, 4000, 10000, 15000, 18000};
    for (size_t i = 0; i < sizeof hz / sizeof *hz; i++)
        for (int step = 0; step < 3; step++) {
            const double ceiling_db = -6 * step;
            sines(hz[i], lin(ceiling_db + 6));
            open_at(&a, kernels_best(), (float)ceiling_db, 250);
            run(&a, x, FRAMES, 0);
            /* the last quarter, faded, as its ends are none of the limiter's business */
            const size_t n = FRAMES / 4;
            for (size_t t = 0; t < n; t++) {
                const double fade = fmin(1, fmin((double)t, (double)(n - t)) / 2400);
                x[t][0] = (float)(fade * (double)x[FRAMES - n + t][0]);
            }
            const double over = limiter_rig_peak_db((const lanes_t *)x, 0, n, 16) - ceiling_db;
            if (!step)
                print_message("sine %7.1f Hz, 6 dB over: %+.3f dB\n", hz[i], over);
            if (!(fabs(over) <= .3 && over <= .05))
                fail_msg("%g Hz: %g dB", hz[i], over);
        }
}

/** Harmonics 2..10 against the fundamental, of lane 0, last second. */
static double distortion(const lanes_t *out, double hz) {
    double power[11] = {0};
    const size_t n = 48000, from = FRAMES - n;
    for (unsigned h = 1; h <= 10; h++) {
        double c = 0, s = 0;
        for (size_t t = 0; t < n; t++) {
            const double w = 2 * M_PI * hz * h * (double)t / RATE;
            c += (double)out[from + t][0] * cos(w);
            s += (double)out[from + t][0] * sin(w);
        }
        power[h] = c * c + s * s;
    }
    double sum = 0;
    for (unsigned h = 2; h <= 10; h++)
        sum += power[h];
    return sqrt(sum / power[1]);
}

static void low_sines_stay_clean(void **state) {
    (void)state;
    static const struct {
        double hz, rel_ms, most;
    } cases[] = {{50, 250, 1e-4}, {30, 250, 1e-4}, {50, 1000, 1e-4}, {100, 50, 1e-4},
                 {50, 100, 1e-3}, {50, 50, .2},    {1000, 10, 1e-3}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sines(cases[i].hz, 2);
        open_at(&a, kernels_best(), 0, (float)cases[i].rel_ms);
        run(&a, x, FRAMES, 0);
        const double d = distortion((const lanes_t *)x, cases[i].hz);
        print_message("%5.0f Hz, 6 dB over, release %5.0f ms: %.4f %%\n", cases[i].hz,
                      cases[i].rel_ms, 100 * d);
        assert_true(d < cases[i].most);
    }
}

/* 63 % of the way back in the release time, from the last loud frame to come out. */
static void release_times(void **state) {
    (void)state;
    static const double rel_ms[] = {10, 50, 250, 600};
    const struct kernels *k;
    EVERY_SET(k)
    for (size_t i = 0; i < 4; i++) {
        const size_t loud = 9600;
        sines(1000, 2);
        for (size_t t = loud; t < FRAMES; t++)
            memset(in[t], 0, sizeof in[t]);
        open_at(&a, k, 0, (float)rel_ms[i]);
        run(&a, x, FRAMES, 0);
        const double low = (double)g[loud + LATENCY - 1][0], want = low + (1 - low) * (1 - exp(-1));
        size_t t = loud + LATENCY;
        while (t < FRAMES && (double)g[t][0] < want)
            t++;
        const double ms = (double)(t - loud - LATENCY) / RATE * 1000;
        if (fabs(ms / rel_ms[i] - 1) > .05)
            fail_msg("release %g ms: %g ms", rel_ms[i], ms);
    }
}

static void links(void **state) {
    (void)state;
    const struct kernels *k;
    EVERY_SET(k) {
        limiter_rig_seed(2);
        noise(.2);
        for (size_t t = 0; t < FRAMES; t++) {
            in[t][3] *= 15;
            in[t][13] *= t % 9600 < 100 ? 20 : 1;
        }
        open_at(&a, k, -2, 100);
        limiter_link(&a, 0, 6);
        limiter_link(&a, 12, 4);
        run(&a, x, 9600, 0);
        memcpy(y, g, 9600 * sizeof *y);
        open_at(&b, k, -2, 100);
        run(&b, x, 9600, 0);
        for (size_t t = 0; t < 9600; t++)
            for (unsigned l = 0; l < LANES; l++) {
                const float want = l < 6 ? g[t][3] : l < 12 ? 1 : g[t][13];
                assert_memory_equal(&y[t][l], &want, sizeof want);
            }
        assert_true(g[9000][3] < .5F);
    }
}

/* The print master: the gain of a sum, applied to its parts, which still sum to the same. */
static void gain_of_a_sum(void **state) {
    (void)state;
    static struct limiter_bank sum, part[2];
    static _Alignas(64) lanes_t s[SPAN_FRAMES], p[2][SPAN_FRAMES], gain[SPAN_FRAMES];
    limiter_rig_seed(3);
    open_at(&sum, kernels_best(), -6, 100);
    open_at(&part[0], kernels_best(), 0, 100);
    open_at(&part[1], kernels_best(), 0, 100);
    double worst = 0, least = 1;
    for (unsigned n = 0; n < 300; n++) {
        for (unsigned t = 0; t < SPAN_FRAMES; t++)
            for (unsigned l = 0; l < LANES; l++) {
                p[0][t][l] = (float)(.5 * limiter_rig_random());
                p[1][t][l] = (float)(.5 * limiter_rig_random());
                s[t][l] = p[0][t][l] + p[1][t][l];
            }
        limiter_gain(&sum, (const lanes_t *)s, gain, SPAN_FRAMES, 0);
        limiter_delay(&sum, s, (const lanes_t *)gain, SPAN_FRAMES);
        for (unsigned i = 0; i < 2; i++)
            limiter_delay(&part[i], p[i], (const lanes_t *)gain, SPAN_FRAMES);
        for (unsigned t = 0; t < SPAN_FRAMES; t++)
            for (unsigned l = 0; l < LANES; l++) {
                const double d = (double)p[0][t][l] + (double)p[1][t][l] - (double)s[t][l];
                worst = fmax(worst, fabs(d));
                least = fmin(least, (double)gain[t][l]);
            }
    }
    assert_true(least < .6);
    assert_true(worst < 1e-6 * .5);
}

/* Every lane at another level, from silence to far over, alone and beside loud neighbours: the
 * lane does not notice, so leaving out work for quiet lanes is exact. */
static void neighbours_do_not_show(void **state) {
    (void)state;
    const struct kernels *k;
    EVERY_SET(k)
    for (unsigned turn = 0; turn < 3; turn++) {
        limiter_rig_seed(4 + turn);
        noise(1);
        for (size_t t = 0; t < FRAMES; t++)
            for (unsigned l = 0; l < LANES; l++) {
                const double db = -26 + 2.0 * l + 3 * sin((double)t * 1e-3);
                const double tone = sin((double)t * (.02 + .17 * l));
                in[t][l] = (float)(lin(db) * (turn ? tone : (double)in[t][l]));
            }
        open_at(&a, k, -2, 30);
        run(&a, x, FRAMES / 8, 0);
        for (unsigned l = 0; l < LANES; l++) {
            memcpy(y, in, FRAMES / 8 * sizeof *y);
            const float other = turn == 0 ? 0 : turn == 1 ? 1e30F : 2.0F;
            for (size_t t = 0; t < FRAMES / 8; t++)
                for (unsigned m = 0; m < LANES; m++)
                    if (m != l)
                        y[t][m] = t % 7 ? -other : other;
            open_at(&b, k, -2, 30);
            limiter_rig_run(&b, y, NULL, FRAMES / 8, 0);
            for (size_t t = 0; t < FRAMES / 8; t++)
                if (memcmp(&x[t][l], &y[t][l], sizeof(float)) != 0)
                    fail_msg("%s lane %u frame %zu", k->name, l, t);
        }
    }
}

/** A block's worth of moves, the same for the same block. */
static void moves(struct limiter_bank *bank, unsigned block) {
    for (unsigned l = 0; l < LANES; l += 2) {
        if ((block * 7 + l) % 5)
            continue;
        for (unsigned row = 1 + block % 3; row < LIMITER_ROWS; row++) {
            const unsigned step = block * 4 + row + l;
            const struct limiter_params p = {step / 40 % 3 ? (float)(step % 40) / 39 : 0,
                                             -(float)(step % 25), 10 + (float)(step % 300)};
            limiter_write(bank, l, 2, row, &p);
        }
    }
}

static void any_chunks(void **state) {
    (void)state;
    const struct kernels *k;
    EVERY_SET(k)
    for (unsigned cut = 1; cut < 4; cut++) {
        limiter_rig_seed(5);
        noise(1.5);
        open_at(&a, k, -2, 50);
        limiter_link(&a, 4, 2);
        memcpy(&b, &a, sizeof a);
        for (unsigned n = 0; n < 700; n++) {
            moves(&a, n);
            moves(&b, n);
            if (n == 300)
                limiter_reset_lane(&a, 9), limiter_reset_lane(&b, 9);
            memcpy(x, in + n * SPAN_FRAMES, SPAN_FRAMES * sizeof *x);
            memcpy(y, x, SPAN_FRAMES * sizeof *x);
            limiter_rig_run(&a, x, NULL, SPAN_FRAMES, 0);
            limiter_rig_run(&b, y, NULL, SPAN_FRAMES, cut == 1 ? 1 : cut * 1000 + n);
            limiter_rest(&a);
            limiter_rest(&b);
            assert_memory_equal(x, y, SPAN_FRAMES * sizeof *x);
        }
    }
}

static void sets_agree(void **state) {
    (void)state;
    limiter_rig_seed(6);
    noise(2);
    for (size_t t = 0; t < FRAMES; t++)
        for (unsigned l = 0; l < LANES; l++)
            in[t][l] *= (float)lin(-3.0 * l * (double)(t / 4800 % 2));
    open_at(&a, kernels_at(0), -1, 60);
    run(&a, y, FRAMES, 0);
    for (unsigned i = 1; kernels_at(i); i++) {
        open_at(&a, kernels_at(i), -1, 60);
        run(&a, x, FRAMES, 0);
        double worst = 0;
        for (size_t t = 0; t < FRAMES; t++)
            for (unsigned l = 0; l < LANES; l++)
                worst = fmax(worst, fabs((double)x[t][l] - (double)y[t][l]));
        print_message("%s against %s: %.1f dBFS\n", kernels_at(i)->name, kernels_at(0)->name,
                      20 * log10(worst + 1e-30));
        assert_true(worst < 1e-6);
    }
}

static void huge_and_constant(void **state) {
    (void)state;
    static const float huge[] = {1e30F, FLT_MAX, 1e10F, 1.0F};
    const struct kernels *k;
    EVERY_SET(k)
    for (unsigned i = 0; i < 4; i++) {
        limiter_rig_seed(7);
        noise(.02);
        for (size_t t = 1000; t < 5000; t++)
            in[t][5] = i == 3 || t % 3 ? huge[i] : -huge[i];
        open_at(&a, k, -20, 20);
        run(&a, x, FRAMES / 2, 0);
        for (size_t t = 0; t < FRAMES / 2; t++) {
            assert_true(isfinite(x[t][5]));
            assert_true(g[t][5] >= 0 && g[t][5] <= 1);
            assert_true(fabsf(x[t][5]) <= .1F);
        }
        for (size_t t = FRAMES / 2 - 1000; t < FRAMES / 2; t++)
            assert_true(x[t][5] == in[t - LATENCY][5]);
    }
}

/* On, off, and the ceiling far down and up, under a sine: the gain never steps. */
static void moves_do_not_click(void **state) {
    (void)state;
    const struct kernels *k;
    EVERY_SET(k) {
        struct limiter_params p = {0, 0, 50};
        limiter_rig_open(&a, k, RATE, &p);
        sines(300, 1);
        float last = 1, steepest = 0, least = 1;
        for (unsigned n = 0; n < 400; n++) {
            static const float ceilings_db[] = {-20, -3, -12, 0};
            p.ceiling_db = ceilings_db[n / 50 % 4];
            for (unsigned row = 1; row < LIMITER_ROWS && n % 100 < 40; row++) { /* fades of 5 ms */
                const float at = (float)((n % 20) * 4 + row) / 16;
                p.wet = n % 40 < 20 ? fminf(at, 1) : fmaxf(0, 1 - at);
                limiter_write(&a, 0, LANES, row, &p);
            }
            limiter_write(&a, 0, LANES, 4, &p);
            memcpy(x, in + n * SPAN_FRAMES, SPAN_FRAMES * sizeof *x);
            limiter_rig_run(&a, x, y, SPAN_FRAMES, 0);
            limiter_rest(&a);
            for (unsigned t = 0; t < SPAN_FRAMES; t++) {
                steepest = fmaxf(steepest, fabsf(y[t][0] - last));
                last = y[t][0];
                least = fminf(least, last);
            }
        }
        assert_true(least < .2F);
        assert_true(steepest <= .0501F); /* the triangle's top, 5 / 25 of everything in a quad */
    }
}

static void off_is_nothing(void **state) {
    (void)state;
    const struct kernels *k;
    EVERY_SET(k) {
        struct limiter_params p = {0, -20, 50};
        limiter_rig_open(&a, k, RATE, &p);
        assert_false(limiter_active(&a));
        p.wet = 1;
        limiter_write(&a, 8, 1, 0, &p);
        assert_true(limiter_active(&a));
        limiter_rig_seed(8);
        noise(1);
        run(&a, x, 9600, 0);
        for (size_t t = LATENCY; t < 9600; t++)
            for (unsigned l = 0; l < LANES; l++)
                assert_true(l == 8 || x[t][l] == in[t - LATENCY][l]);
        assert_true(g[9000][8] < .2F);
        float gr_db[LANES];
        limiter_gr_take(&a, gr_db);
        for (unsigned l = 0; l < LANES; l++)
            assert_true(l == 8 ? gr_db[l] < -14 : gr_db[l] == 0);
        limiter_gr_take(&a, gr_db);
        assert_true(gr_db[8] == 0);
        /* off and on again: as if it had never been on, though the delay has gone on */
        p.wet = 0;
        limiter_write(&a, 8, 1, 1, &p);
        run(&a, x, SPAN_FRAMES, 0);
        limiter_rest(&a);
        assert_false(limiter_active(&a));
        limiter_rig_open(&b, k, RATE, &p);
        memcpy(b.past, a.past, sizeof a.past);
        b.at = a.at;
        p.wet = 1;
        limiter_write(&a, 8, 1, 2, &p);
        limiter_write(&b, 8, 1, 2, &p);
        run(&a, x, SPAN_FRAMES, 0);
        run(&b, y, SPAN_FRAMES, 0);
        assert_memory_equal(x, y, SPAN_FRAMES * sizeof *x);
        assert_true(g[63][8] < .5F);
    }
}

/* Quiet, zeroed and left out, then noise: the same as never left out. */
static void leaving_out_is_exact(void **state) {
    (void)state;
    const struct kernels *k;
    EVERY_SET(k) {
        limiter_rig_seed(9);
        noise(1);
        open_at(&a, k, -8, 20);
        run(&a, x, 4800 - 4800 % SPAN_FRAMES, 0);
        unsigned waited = 0;
        while (!limiter_is_quiet(&a)) {
            memset(x, 0, SPAN_FRAMES * sizeof *x);
            limiter_rig_run(&a, x, NULL, SPAN_FRAMES, 0);
            assert_true(++waited < 2000);
        }
        assert_true(waited > 10);
        memcpy(&b, &a, sizeof a);
        limiter_zero(&b);
        for (unsigned n = 0; n < 20; n++) {
            memset(x, 0, SPAN_FRAMES * sizeof *x);
            limiter_rig_run(&a, x, NULL, SPAN_FRAMES, 0);
            for (unsigned t = 0; t < SPAN_FRAMES; t++)
                for (unsigned l = 0; l < LANES; l++)
                    assert_true(x[t][l] == 0);
        }
        run(&a, x, 4800 - 4800 % SPAN_FRAMES, 0);
        run(&b, y, 4800 - 4800 % SPAN_FRAMES, 0);
        assert_memory_equal(x, y, (4800 - 4800 % SPAN_FRAMES) * sizeof *x);
    }
}

static void resets(void **state) {
    (void)state;
    const struct kernels *k;
    EVERY_SET(k) {
        limiter_rig_seed(10);
        noise(1);
        const size_t n = SPAN_FRAMES * 20;
        open_at(&a, k, -8, 200);
        run(&a, x, n, 0);
        limiter_reset_lane(&a, 6);
        run(&a, x, n, 0);
        open_at(&b, k, -8, 200);
        run(&b, y, n, 0);
        for (size_t t = 0; t < n; t++)
            assert_memory_equal(&x[t][6], &y[t][6], sizeof(float));
        /* relaxed: no step, and what was loud is still held while it comes out */
        open_at(&a, k, -8, 1000);
        run(&a, x, n, 0);
        const float held = g[n - 1][6];
        limiter_relax_lane(&a, 6);
        memset(in, 0, n * sizeof *in);
        run(&a, x, n, 0);
        float last = held;
        for (size_t t = 0; t < n; t++) {
            assert_true(fabsf(x[t][6]) <= (float)lin(-8));
            assert_true(fabsf(g[t][6] - last) <= .0501F);
            last = g[t][6];
        }
        assert_true(g[150][6] >= 1);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(latency),
        cmocka_unit_test(pure_delay_below),
        cmocka_unit_test(back_to_pure_delay),
        cmocka_unit_test(steady_sines),
        cmocka_unit_test(low_sines_stay_clean),
        cmocka_unit_test(release_times),
        cmocka_unit_test(links),
        cmocka_unit_test(gain_of_a_sum),
        cmocka_unit_test(neighbours_do_not_show),
        cmocka_unit_test(any_chunks),
        cmocka_unit_test(sets_agree),
        cmocka_unit_test(huge_and_constant),
        cmocka_unit_test(moves_do_not_click),
        cmocka_unit_test(off_is_nothing),
        cmocka_unit_test(leaving_out_is_exact),
        cmocka_unit_test(resets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
