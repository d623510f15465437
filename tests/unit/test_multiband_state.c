/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: dsp config */
/* What the multiband keeps: the same bits however a block is cut, whatever the neighbours do and
 * whether silence is skipped or run; nothing while off; no clicks when it comes and goes. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dsp/multiband.h"
#include "tests/unit/click_measure.h"

#define PI 3.14159265358979323846
#define RATE 48000.0
#define EVERY_SET(k) for (unsigned set_ = 0; ((k) = kernels_at(set_)); set_++)

typedef float lanes_t[LANES];

static struct multiband_bank a, b;
static _Alignas(64) lanes_t x[SPAN_FRAMES], y[SPAN_FRAMES];

static float uniform(float from, float to) {
    return from + (to - from) * (float)rand() / (float)RAND_MAX;
}

static void noise(lanes_t *to, float loud) {
    for (unsigned t = 0; t < SPAN_FRAMES; t++)
        for (unsigned l = 0; l < LANES; l++)
            to[t][l] = uniform(-loud, loud);
}

static struct multiband_params settings(float wet) {
    struct multiband_params p = {.wet = wet, .hz = {120, 1000, 5000}};
    for (unsigned i = 0; i < MULTIBAND_BANDS; i++)
        p.band[i] = (struct multiband_band){.wet = 1,
                                            .expand = (float)(i & 1),
                                            .thr_db = -24,
                                            .ratio = 3,
                                            .range_db = 20,
                                            .knee_db = 6,
                                            .gain_db = 3,
                                            .att_ms = 2,
                                            .rel_ms = 30};
    return p;
}

static struct multiband_params anything(void) {
    struct multiband_params p = {
        .wet = fmaxf(0.0F, uniform(-0.5F, 1.0F)),
        .hz = {uniform(40, 1000), uniform(200, 5000), uniform(1e3F, 16e3F)}};
    for (unsigned i = 0; i < MULTIBAND_BANDS; i++)
        p.band[i] = (struct multiband_band){.wet = fmaxf(0.0F, uniform(-0.5F, 1.0F)),
                                            .expand = fmaxf(0.0F, uniform(-1.0F, 1.0F)),
                                            .thr_db = uniform(-60, 0),
                                            .ratio = uniform(1, rand() & 1 ? 1.3F : 20),
                                            .range_db = uniform(0, 48),
                                            .knee_db = fmaxf(0.0F, uniform(-6, 24)),
                                            .gain_db = uniform(-24, 24),
                                            .att_ms = uniform(0.3F, 20),
                                            .rel_ms = uniform(5, 200)};
    return p;
}

/** Strips as in the tests: lanes 0..1, 2, 3..8 linked, 9 alone, 10..15 unused. */
static const unsigned strip_lane[] = {0, 2, 3, 9}, strip_legs[] = {2, 1, 6, 1};
#define STRIPS 4

static void set_up(struct multiband_bank *bank, const struct kernels *k) {
    multiband_init(bank, k, RATE);
    for (unsigned s = 0; s < STRIPS; s++)
        multiband_link(bank, strip_lane[s], strip_legs[s]);
}

/** What every strip is told at the boundaries 1..4 of a block; not[s][row]: nothing new. */
struct script {
    struct multiband_params p[STRIPS][MULTIBAND_ROWS];
    bool now[STRIPS][MULTIBAND_ROWS];
};

static void tell(struct multiband_bank *bank, const struct script *s, unsigned row) {
    for (unsigned i = 0; i < STRIPS; i++)
        if (s->now[i][row])
            multiband_write(bank, strip_lane[i], strip_legs[i], row, &s->p[i][row]);
}

/** One block, cut at the frames in `cuts`; parameters come as late as they may. */
static void run_cut(struct multiband_bank *bank, const struct script *s, lanes_t *to,
                    uint64_t cuts) {
    unsigned told = 0;
    for (unsigned t = 0; t < SPAN_FRAMES;) {
        unsigned end = t + 1;
        while (end < SPAN_FRAMES && !(cuts >> end & 1))
            end++;
        while (told * CELL_FRAMES < end)
            tell(bank, s, ++told);
        if (multiband_active(bank))
            multiband_run(bank, to + t, end - t, t);
        t = end;
    }
    multiband_rest(bank);
}

static void cuts_do_not_matter(void **state) {
    (void)state;
    const struct kernels *k;
    EVERY_SET(k) {
        static struct script s;
        srand(7);
        set_up(&a, k);
        set_up(&b, k);
        for (unsigned block = 0; block < 600; block++) {
            for (unsigned i = 0; i < STRIPS; i++)
                for (unsigned row = 1; row < MULTIBAND_ROWS; row++) {
                    s.now[i][row] = rand() % 8 == 0;
                    s.p[i][row] = anything();
                    if (block / 50 % 3 == 2) /* times in which nobody is on */
                        s.p[i][row].wet = 0;
                }
            noise(x, block % 100 < 10 ? 0.0F : 1.0F);
            memcpy(y, x, sizeof x);
            run_cut(&a, &s, x, 0);
            uint64_t cuts = (uint64_t)rand() << 40 ^ (uint64_t)rand() << 20 ^ (uint64_t)rand();
            run_cut(&b, &s, y, block % 4 ? cuts : block % 8 ? ~0ULL : 0x0001000100010000ULL);
            assert_memory_equal(x, y, sizeof x);
            for (unsigned t = 0; t < SPAN_FRAMES; t++)
                for (unsigned l = 0; l < LANES; l++)
                    assert_true(isfinite(x[t][l]));
        }
        assert_memory_equal(a.memory, b.memory, sizeof a.memory);
        assert_memory_equal(a.svf, b.svf, sizeof a.svf);
        assert_memory_equal(a.low, b.low, sizeof a.low);
    }
}

/** A strip sounds the same whatever the others do, 1e30 and switches included; and passes bit for
 *  bit while it is off. */
static void neighbours_do_not_matter(void **state) {
    (void)state;
    const struct kernels *k;
    EVERY_SET(k) {
        srand(3);
        set_up(&a, k);
        set_up(&b, k);
        struct multiband_params p = settings(1);
        unsigned off_blocks = 0;
        for (unsigned block = 0; block < 300; block++) {
            static lanes_t in[SPAN_FRAMES];
            p.wet = block % 60 < 40 ? 1 : 0;
            unsigned row = 1 + block % 4;
            multiband_write(&a, 3, 6, row, &p);
            multiband_write(&b, 3, 6, row, &p);
            struct multiband_params other = anything();
            if (block % 3 == 0)
                multiband_write(&b, 0, 2, 2, &other);
            noise(x, 0.7F);
            memcpy(in, x, sizeof x);
            memcpy(y, x, sizeof x);
            for (unsigned t = 0; t < SPAN_FRAMES; t++) {
                x[t][4] = t & 1 ? -0.0F : 0.0F;
                in[t][4] = y[t][4] = x[t][4];
                y[t][0] = block % 5 ? y[t][0] : 1e30F;
            }
            bool off = !(a.on >> 3 & 1);
            if (multiband_active(&a))
                multiband_run(&a, x, SPAN_FRAMES, 0);
            if (multiband_active(&b))
                multiband_run(&b, y, SPAN_FRAMES, 0);
            multiband_rest(&a);
            multiband_rest(&b);
            off_blocks += off;
            for (unsigned t = 0; t < SPAN_FRAMES; t++) {
                assert_memory_equal(&x[t][3], &y[t][3], 6 * sizeof(float));
                if (off)
                    assert_memory_equal(&x[t][3], &in[t][3], 6 * sizeof(float));
                assert_memory_equal(&y[t][9], &in[t][9], 7 * sizeof(float));
            }
        }
        assert_true(off_blocks > 90);
    }
}

/** Legs of a strip have one gain, that of the loudest in each band. */
static void legs_are_linked(void **state) {
    (void)state;
    const struct kernels *k;
    EVERY_SET(k) {
        set_up(&a, k);
        struct multiband_params p = settings(1);
        for (unsigned s = 0; s < STRIPS; s++)
            multiband_write(&a, strip_lane[s], strip_legs[s], 0, &p);
        multiband_write(&a, 10, 1, 0, &p);
        for (unsigned block = 0; block < 400; block++) {
            for (unsigned t = 0; t < SPAN_FRAMES; t++)
                for (unsigned l = 0; l < LANES; l++) /* leg 7 and lane 10 are loud */
                    x[t][l] = (l == 7 || l == 10 ? 0.9F : 0.01F) *
                              (float)sin(2 * PI * 220.0 / RATE * (block * SPAN_FRAMES + t));
            multiband_run(&a, x, SPAN_FRAMES, 0);
        }
        for (unsigned i = 0; i < MULTIBAND_BANDS; i++)
            for (unsigned l = 3; l < 9; l++)
                for (unsigned m = 0; m < MULTIBAND_MEMORIES; m++)
                    if (m != MULTIBAND_PEAK)
                        assert_memory_equal(&a.memory[i][m][l], &a.memory[i][m][10], sizeof(float));
        assert_true(a.memory[1][MULTIBAND_OPEN][7] > 0.9F); /* an expander, open */
        assert_true(a.memory[1][MULTIBAND_OPEN][9] < 0.01F);
    }
}

static void sets_agree(void **state) {
    (void)state;
    const struct kernels *k;
    double worst = 0;
    EVERY_SET(k) {
        srand(11);
        set_up(&a, kernels_at(0));
        set_up(&b, k);
        for (unsigned block = 0; block < 1500; block++) {
            for (unsigned s = 0; s < STRIPS && block % 40 == 0; s++) {
                struct multiband_params p = anything();
                p.wet = 1;
                multiband_write(&a, strip_lane[s], strip_legs[s], block ? 4 : 0, &p);
                multiband_write(&b, strip_lane[s], strip_legs[s], block ? 4 : 0, &p);
            }
            noise(x, 0.03F);
            memcpy(y, x, sizeof x);
            multiband_run(&a, x, SPAN_FRAMES, 0);
            multiband_run(&b, y, SPAN_FRAMES, 0);
            multiband_rest(&a);
            multiband_rest(&b);
            for (unsigned t = 0; t < SPAN_FRAMES; t++)
                for (unsigned l = 0; l < LANES; l++)
                    worst = fmax(worst, fabs((double)x[t][l] - (double)y[t][l]));
        }
    }
    print_message("sets differ by %.1f dBFS\n", 20 * log10(worst + 1e-30));
    assert_true(worst < 1e-6);
}

/** Silence: quiet in the end; then it is the same whether it is run or skipped, while parameters go
 *  on moving. */
static void silence_may_be_skipped(void **state) {
    (void)state;
    const struct kernels *k;
    EVERY_SET(k) {
        srand(5);
        set_up(&a, k);
        struct multiband_params p = settings(1);
        assert_true(multiband_is_quiet(&a));
        multiband_write(&a, 3, 6, 0, &p);
        noise(x, 0.5F);
        multiband_run(&a, x, SPAN_FRAMES, 0);
        assert_false(multiband_is_quiet(&a));
        unsigned blocks = 0;
        for (; !multiband_is_quiet(&a) && blocks < 10000; blocks++) {
            memset(x, 0, sizeof x);
            multiband_run(&a, x, SPAN_FRAMES, 0);
        }
        assert_true(blocks > 10 && blocks < 2000);
        multiband_zero(&a);
        memcpy(&b, &a, sizeof a);
        for (unsigned block = 0; block < 90; block++) {
            bool silent = block % 30 < 20;
            for (unsigned row = 1; row < MULTIBAND_ROWS; row++) {
                p = anything();
                p.wet = block < 60 ? p.wet : 1;
                multiband_write(&a, 3, 6, row, &p);
                multiband_write(&b, 3, 6, row, &p);
            }
            noise(x, silent ? 0.0F : 0.5F);
            if (block % 30 == 20) /* comes in the middle of a quad of the third cell */
                memset(x, 0, 34 * sizeof *x);
            memcpy(y, x, sizeof x);
            if (multiband_active(&a))
                multiband_run(&a, x, SPAN_FRAMES, 0);
            if (multiband_active(&b) && !silent) {
                if (block % 30 == 20)
                    multiband_run(&b, y + 32, SPAN_FRAMES - 32, 32);
                else
                    multiband_run(&b, y, SPAN_FRAMES, 0);
            }
            multiband_rest(&a);
            multiband_rest(&b);
            for (unsigned t = 0; t < SPAN_FRAMES; t++)
                for (unsigned l = 0; l < LANES; l++)
                    assert_true(!(x[t][l] < y[t][l]) && !(x[t][l] > y[t][l]));
            if (block % 30 == 29) {
                multiband_zero(&a);
                multiband_zero(&b);
            }
        }
        assert_memory_equal(a.svf, b.svf, sizeof a.svf);
        assert_memory_equal(a.memory, b.memory, sizeof a.memory);
    }
}

/** Reset, and off and on: as freshly set up. */
static void begins_afresh(void **state) {
    (void)state;
    const struct kernels *k;
    EVERY_SET(k) {
        srand(2);
        struct multiband_params on = settings(1), off = settings(0);
        for (unsigned way = 0; way < 3; way++) {
            set_up(&a, k);
            multiband_write(&a, 0, 2, 0, &on);
            for (unsigned block = 0; block < 40; block++) {
                noise(x, 0.9F);
                multiband_run(&a, x, SPAN_FRAMES, 0);
            }
            if (way == 0) {
                multiband_reset_lane(&a, 0);
                multiband_reset_lane(&a, 1);
            } else if (way == 1) { /* between blocks */
                multiband_write(&a, 0, 2, 0, &off);
                assert_false(multiband_active(&a));
                multiband_write(&a, 0, 2, 0, &on);
            } else { /* over a cell */
                multiband_write(&a, 0, 2, 2, &off);
                noise(x, 0.9F);
                multiband_run(&a, x, SPAN_FRAMES, 0);
                multiband_rest(&a);
                assert_false(multiband_active(&a));
                multiband_write(&a, 0, 2, 0, &on);
            }
            set_up(&b, k);
            multiband_write(&b, 0, 2, 0, &on);
            noise(x, 0.9F);
            memcpy(y, x, sizeof x);
            multiband_run(&a, x, SPAN_FRAMES, 0);
            multiband_run(&b, y, SPAN_FRAMES, 0);
            assert_memory_equal(x, y, sizeof x);
        }
    }
}

static void reductions_are_told(void **state) {
    (void)state;
    static float db[MULTIBAND_BANDS][LANES];
    set_up(&a, kernels_best());
    struct multiband_params p = settings(1);
    multiband_write(&a, 0, 2, 0, &p);
    multiband_gr_take(&a, db); /* closed expanders tell before anything was run */
    for (unsigned i = 0; i < MULTIBAND_BANDS; i++) {
        assert_true(fabsf(db[i][0] - (i & 1 ? -20.0F : 0.0F)) < 1e-3F);
        assert_true(fabsf(db[i][9]) < 1e-9F);
    }
    struct multiband_params gentle =
        p; /* an expander ends at -160 dB, 136 dB under its threshold */
    gentle.band[1].ratio = 1.1F;
    multiband_write(&a, 0, 2, 0, &gentle);
    multiband_gr_take(&a, db);
    assert_true(fabsf(db[1][0] + 13.6F) < 0.1F);
    multiband_write(&a, 0, 2, 0, &p);
    for (unsigned block = 0; block < 100; block++) {
        for (unsigned t = 0; t < SPAN_FRAMES; t++)
            x[t][0] = x[t][1] = 1.0F; /* DC: 24 dB over, 16 dB less, in band 1 */
        multiband_run(&a, x, SPAN_FRAMES, 0);
    }
    multiband_gr_take(&a, db);
    assert_true(fabsf(db[0][1] + 16.0F) < 0.01F);
    assert_true(fabsf(x[63][1] - powf(10.0F, -13.0F / 20.0F)) < 1e-4F);
    p = settings(0);
    multiband_write(&a, 0, 2, 0, &p);
    multiband_gr_take(&a, db);
    assert_true(fabsf(db[1][0]) < 1e-9F);
}

/* -- clicks -------------------------------------------------------------------------------------
 */

#define SLEW_FRAMES 1056 /* 22 ms, as the engine slews */
#define CLICK_FRAMES 24000

static struct multiband_params between(const struct multiband_params *from,
                                       const struct multiband_params *to, double w) {
    struct multiband_params p = {0};
    const float *f = (const float *)from, *t = (const float *)to;
    for (unsigned i = 0; i < sizeof p / sizeof(float); i++)
        ((float *)&p)[i] = (float)((double)f[i] + (double)(t[i] - f[i]) * w);
    return p;
}

/** A raised-cosine step from one setting to another under a sine of 1 kHz at -6 dBFS. */
static double step_residue(const struct multiband_params *from, const struct multiband_params *to) {
    static float in[CLICK_FRAMES], out[CLICK_FRAMES];
    const unsigned start = 9600;
    click_sine(in, CLICK_FRAMES, 1000.0, 0.5);
    multiband_init(&a, kernels_best(), RATE);
    multiband_write(&a, 0, 1, 0, from);
    for (unsigned t = 0; t < CLICK_FRAMES; t += SPAN_FRAMES) {
        for (unsigned row = 1; row < MULTIBAND_ROWS; row++) {
            double at = ((double)t + row * CELL_FRAMES - start) / SLEW_FRAMES;
            double w = at <= 0 ? 0 : at >= 1 ? 1 : 0.5 - 0.5 * cos(PI * at);
            struct multiband_params p = between(from, to, w);
            multiband_write(&a, 0, 1, row, &p);
        }
        for (unsigned i = 0; i < SPAN_FRAMES; i++)
            x[i][0] = in[t + i];
        if (multiband_active(&a))
            multiband_run(&a, x, SPAN_FRAMES, 0);
        multiband_rest(&a);
        for (unsigned i = 0; i < SPAN_FRAMES; i++)
            out[t + i] = x[i][0];
    }
    return click_residue_db(out, 4800, CLICK_FRAMES - CLICK_MARGIN);
}

static void nothing_clicks(void **state) {
    (void)state;
    struct multiband_params plain = {.wet = 1, .hz = {120, 1000, 5000}}, from, to;
    for (unsigned i = 0; i < MULTIBAND_BANDS; i++)
        plain.band[i] = (struct multiband_band){
            .thr_db = -30, .ratio = 2, .range_db = 24, .knee_db = 6, .att_ms = 10, .rel_ms = 150};
    struct {
        const char *what;
        double db;
    } seen[8];
    unsigned n = 0;
#define STEP(name, ...)                                                         \
    do {                                                                        \
        from = to = plain;                                                      \
        __VA_ARGS__;                                                            \
        seen[n].what = name;                                                    \
        seen[n].db = fmax(step_residue(&from, &to), step_residue(&to, &from));  \
        print_message("%s: %.1f dBFS above 4 kHz\n", seen[n].what, seen[n].db); \
        n++;                                                                    \
    } while (0)
    STEP("on", from.wet = 0);
    STEP("band on, gain -24 dB", from.band[1].gain_db = to.band[1].gain_db = -24;
         to.band[1].wet = 1);
    STEP("gain of 24 dB", from.band[2].wet = to.band[2].wet = 1; to.band[2].gain_db = -24);
    STEP("low 120 to 800 Hz", to.hz[0] = 800);
    STEP("mid 300 to 4000 Hz", from.hz[1] = 300; to.hz[1] = 4000);
    STEP("high 1500 to 12000 Hz", from.hz[2] = 1500; to.hz[2] = 12000);
    STEP("threshold by 30 dB", from.band[1].wet = to.band[1].wet = 1; from.band[1].thr_db = -40;
         to.band[1].thr_db = -10; from.band[1].att_ms = to.band[1].att_ms = 30);
    STEP("mode", from.band[1].wet = to.band[1].wet = 1; to.band[1].expand = 1;
         from.band[1].att_ms = to.band[1].att_ms = 30);
    for (unsigned i = 0; i < n; i++)
        assert_true(seen[i].db < -80.0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cuts_do_not_matter),     cmocka_unit_test(neighbours_do_not_matter),
        cmocka_unit_test(legs_are_linked),        cmocka_unit_test(sets_agree),
        cmocka_unit_test(silence_may_be_skipped), cmocka_unit_test(begins_afresh),
        cmocka_unit_test(reductions_are_told),    cmocka_unit_test(nothing_clicks),
    };
    return cmocka_run_group_tests_name("multiband_state", tests, NULL, NULL);
}
