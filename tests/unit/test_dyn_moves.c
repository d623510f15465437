/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: dsp config */
/* The dynamics while parameters move, and with levels that no mixer means: no jumps, nothing that
 * is not a number, and logarithms to a ten thousandth of a dB. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dsp/dyn.h"

#define RATE 48000.0
#define EVERY_SET(k) for (unsigned set_ = 0; ((k) = kernels_at(set_)); set_++)
#define COUNT(list) (sizeof(list) / sizeof *(list))

typedef float lanes_t[LANES];

static struct dyn_bank bank;
static _Alignas(64) lanes_t x[SPAN_FRAMES];

static const struct dyn_params all_on = {
    .gate = {1, -10, 3, 20, 6, 2, 0, 50},
    .comp = {1, -30, 4, 60, 6, 3, 1, 10, 0, 50, 0},
    .deess = {1, 0, 6000, -40, 4, 12, 1, 60},
    .gate_sc = {0, 80, 12000},
    .comp_sc = {0, 80, 12000},
};

/** What moves: where it stands in the parameters, and between which values. */
struct move {
    const char *name;
    size_t at;
    float from, to;
};

#define MOVE(field, from, to) \
    { #field, offsetof(struct dyn_params, field), from, to }

static const struct move moves[] = {
    MOVE(gate.wet, 0, 1),
    MOVE(gate.thr_db, -30, 0),
    MOVE(gate.ratio, 1, 4),
    MOVE(gate.range_db, 0, 40),
    MOVE(gate.knee_db, 0, 24),
    MOVE(comp.wet, 0, 1),
    MOVE(comp.thr_db, -50, 0),
    MOVE(comp.ratio, 1, 20),
    MOVE(comp.range_db, 0, 30),
    MOVE(comp.knee_db, 0, 24),
    MOVE(comp.makeup_db, -12, 12),
    MOVE(comp.mix, 0, 1),
    MOVE(comp.autorel, 0, 1),
    MOVE(deess.wet, 0, 1),
    MOVE(deess.split, 0, 1),
    MOVE(deess.thr_db, -60, 0),
    MOVE(deess.ratio, 1, 20),
    MOVE(deess.range_db, 0, 24),
    MOVE(deess.freq_hz, 4000, 8000),
    MOVE(gate_sc.wet, 0, 1),
    MOVE(comp_sc.wet, 0, 1),
};

static struct dyn_params moved(const struct move *m, float to) {
    struct dyn_params p = all_on;
    memcpy((char *)&p + m->at, &to, sizeof to);
    return p;
}

static void fill_nyquist(unsigned lanes) {
    for (unsigned f = 0; f < SPAN_FRAMES; f++)
        for (unsigned l = 0; l < LANES; l++)
            x[f][l] = l >= lanes ? 0.0F : f & 1 ? 0.1F : -0.1F;
}

/** A step of each parameter, there and back within one cell: the gain of a steady signal goes its
 *  way in steps of not much more than a sixteenth. What steps from quad to quad makes quarters. */
static void no_jumps(void **state) {
    (void)state;
    const struct kernels *k;
    EVERY_SET(k) {
        double worst = 0;
        for (unsigned i = 0; i < COUNT(moves); i++) {
            dyn_init(&bank, k, RATE);
            struct dyn_params p = moved(&moves[i], moves[i].from);
            dyn_write(&bank, 0, 1, 0, &p);
            double last = 0, most = 0, lowest = 1e9, highest = -1e9;
            for (unsigned t = 0; t < 1200; t++) {
                if (t % 300 == 299) {
                    p = moved(&moves[i], t & 1 && t < 599 ? moves[i].to : moves[i].from);
                    dyn_write(&bank, 0, 1, 1 + t / 300 % SPAN_CELLS, &p);
                }
                fill_nyquist(1);
                dyn_run(&bank, x, SPAN_FRAMES, 0, NULL);
                dyn_rest(&bank);
                for (unsigned f = 0; f < SPAN_FRAMES && t >= 250; f++) {
                    const double g = 20 * log10(fabs((double)x[f][0]) / 0.1);
                    if (t > 250)
                        most = fmax(most, fabs(g - last));
                    lowest = fmin(lowest, g);
                    highest = fmax(highest, g);
                    last = g;
                }
            }
            const double share = highest - lowest > 0.01 ? most / (highest - lowest) : 0;
            worst = fmax(worst, share);
            if (share > 0.125)
                fail_msg("%s: %s: a step of %.3f dB of %.3f", k->name, moves[i].name, most,
                         highest - lowest);
        }
        print_message("%s: largest step is %.3f of the way\n", k->name, worst);
    }
}

/** log2 and exp2 together, through a compressor that holds everything at its threshold. */
static void logarithms(void **state) {
    (void)state;
    const struct kernels *k;
    EVERY_SET(k) {
        double worst = 0;
        for (unsigned batch = 0; batch < 168; batch++) {
            const double first = -79 + LANES * 0.037 * batch;
            struct dyn_params p = {.comp = {1, -80, 2, 120, 0, 0, 1, 0.3F, 0, 5, 0},
                                   .gate_sc = {0, 80, 12000},
                                   .comp_sc = {0, 80, 12000},
                                   .deess = {0, 0, 6000, 0, 1, 0, 1, 10}};
            dyn_init(&bank, k, RATE);
            for (unsigned l = 0; l < LANES; l++)
                dyn_write(&bank, l, 1, 0, &p);
            float level[LANES];
            for (unsigned t = 0; t < 15; t++) {
                for (unsigned f = 0; f < SPAN_FRAMES; f++)
                    for (unsigned l = 0; l < LANES; l++)
                        x[f][l] = level[l] = (float)pow(10, (first + 0.037 * l) / 20);
                dyn_run(&bank, x, SPAN_FRAMES, 0, NULL);
                dyn_rest(&bank);
            }
            for (unsigned l = 0; l < LANES; l++) {
                const double in = 20 * log10((double)level[l]);
                const double got = 20 * log10((double)x[SPAN_FRAMES - 1][l]);
                worst = fmax(worst, fabs(got - (-80 + (in + 80) / 2)));
            }
        }
        print_message("%s: logarithms err by %.6f dB\n", k->name, worst);
        assert_true(worst < 1e-4);
    }
}

/** Whatever came, what follows is finite, and the lane is itself again. */
static void recovers(void **state) {
    (void)state;
    static const float bad[] = {3e38F, 1e30F, 1e-40F, -3e38F, 1.0F, 1e-30F};
    struct dyn_params p = all_on;
    p.deess.split = 1;
    p.gate_sc.wet = p.comp_sc.wet = 1;
    const struct kernels *k;
    EVERY_SET(k) {
        dyn_init(&bank, k, RATE);
        for (unsigned l = 0; l < LANES; l++)
            dyn_write(&bank, l, 1, 0, &p);
        float ends[2] = {0};
        for (unsigned t = 0; t < 2000; t++) {
            fill_nyquist(LANES);
            for (unsigned f = 0; f < SPAN_FRAMES && t == 1000; f++)
                for (unsigned l = 0; l < LANES; l++)
                    x[f][l] = bad[l % COUNT(bad)] * (f % 3 ? 1.0F : -1.0F);
            dyn_run(&bank, x, SPAN_FRAMES, 0, NULL);
            dyn_rest(&bank);
            for (unsigned f = 0; f < SPAN_FRAMES && t != 1000; f++)
                for (unsigned l = 0; l < LANES; l++)
                    assert_true(isfinite(x[f][l]));
            if (t == 999)
                ends[0] = x[SPAN_FRAMES - 1][0];
            if (t == 1999)
                ends[1] = x[SPAN_FRAMES - 1][0];
        }
        assert_true(fabsf(ends[1] / ends[0] - 1.0F) < 1e-4F);
    }
}

/** Full-scale direct current: the gain of its level, from the first block to the last. */
static void direct_current(void **state) {
    (void)state;
    struct dyn_params p = all_on;
    p.gate.wet = p.deess.wet = 0;
    p.comp.makeup_db = 0;
    const struct kernels *k;
    EVERY_SET(k) {
        dyn_init(&bank, k, RATE);
        dyn_write(&bank, 3, 1, 0, &p);
        for (unsigned t = 0; t < 4000; t++) {
            for (unsigned f = 0; f < SPAN_FRAMES; f++)
                for (unsigned l = 0; l < LANES; l++)
                    x[f][l] = -1.0F;
            dyn_run(&bank, x, SPAN_FRAMES, 0, NULL);
            dyn_rest(&bank);
            for (unsigned f = 0; f < SPAN_FRAMES; f++)
                for (unsigned l = 0; l < LANES; l++)
                    if (l != 3)
                        assert_true(!(x[f][l] > -1.0F) && !(x[f][l] < -1.0F));
            if (t > 200)
                assert_true(fabs(20 * log10(-(double)x[7][3]) + 22.5) < 0.01);
        }
    }
}

/** Lowest gains are shown, each of its module, and anew after they are taken. */
static void gain_reduction(void **state) {
    (void)state;
    float gate[LANES], comp[LANES], deess[LANES];
    const struct kernels *k;
    EVERY_SET(k) {
        dyn_init(&bank, k, RATE);
        dyn_write(&bank, 9, 1, 0, &all_on);
        for (unsigned t = 0; t < 2000; t++) {
            fill_nyquist(LANES); /* -20 dB: gate -20, de-esser 3/4 of 3 over */
            for (unsigned f = 0; t < 1000 && f < SPAN_FRAMES; f++)
                x[f][9] *= 10.0F; /* 0 dB: gate none, compressor -22.5, de-esser at its range */
            dyn_run(&bank, x, SPAN_FRAMES, 0, NULL);
            dyn_rest(&bank);
            if (t == 500)
                dyn_gr_take(&bank, gate, comp, deess);
            if (t != 999 && t != 1001 && t != 1999)
                continue;
            dyn_gr_take(&bank, gate, comp, deess);
            const bool high = t == 999, low = t == 1999;
            assert_true(fabsf(comp[9] - (low ? comp[9] : -22.5F)) < 0.05F);
            assert_true(!high || fabsf(gate[9]) < 0.01F);
            assert_true(!high || fabsf(deess[9] + 12.0F) < 0.05F);
            dyn_gr_take(&bank, gate, comp, deess);
            assert_true(!low || fabsf(gate[9] + 20.0F) < 0.05F);
            assert_true(!low || (fabsf(comp[9]) < 0.05F && fabsf(deess[9] + 2.25F) < 0.05F));
            for (unsigned l = 0; l < LANES; l++)
                assert_true(l == 9 || (fabsf(gate[l]) + fabsf(comp[l]) + fabsf(deess[l]) < 1e-9F));
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_jumps),       cmocka_unit_test(logarithms),
        cmocka_unit_test(recovers),       cmocka_unit_test(direct_current),
        cmocka_unit_test(gain_reduction),
    };
    return cmocka_run_group_tests_name("dyn_moves", tests, NULL, NULL);
}
