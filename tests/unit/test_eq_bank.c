/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: dsp config */
/* The equaliser bank's decisions: who fades, who moves, who is left alone, and where it all ends.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dsp/eq.h"

#define EVERY_SET(k) for (unsigned set_ = 0; ((k) = kernels_at(set_)); set_++)
#define FADE_BLOCKS 15

typedef float lanes_t[LANES];

static struct eq_bank a, b;
static _Alignas(64) lanes_t x[SPAN_FRAMES], y[SPAN_FRAMES];

static struct eq_params bell(float hz, float gain_db, float q) {
    struct eq_params p = {.eq_on = true};
    p.band[0] = (struct eq_band){true, EQ_BELL, hz, gain_db, q};
    return p;
}

static void noise(lanes_t *to) {
    for (unsigned t = 0; t < SPAN_FRAMES; t++)
        for (unsigned l = 0; l < LANES; l++)
            to[t][l] = (float)rand() / (float)RAND_MAX - 0.5F;
}

/** Run both banks on the same noise. */
static void run_both(void) {
    noise(x);
    memcpy(y, x, sizeof x);
    eq_block(&a);
    eq_run(&a, x, SPAN_FRAMES, 0);
    eq_block(&b);
    eq_run(&b, y, SPAN_FRAMES, 0);
}

static void assert_lane_coefs(const struct eq_bank *bank, unsigned lane,
                              const struct eq_params *p) {
    static struct eq_bank direct;
    eq_init(&direct, bank->k, bank->rate_hz);
    eq_set(&direct, lane, p);
    eq_snap(&direct, lane);
    eq_block(&direct);
    for (unsigned s = 0; s < SVF_SECTIONS; s++)
        for (unsigned j = 0; j < SVF_COEFS; j++)
            assert_memory_equal(&bank->main.coef[s][j][lane], &direct.main.coef[s][j][lane],
                                sizeof(float));
}

static void neighbours_are_left_alone(void **state) {
    (void)state;
    const struct kernels *k;
    EVERY_SET(k) {
        eq_init(&a, k, 48000.0);
        for (unsigned l = 0; l < LANES; l += 2) { /* odd lanes: through */
            struct eq_params p = bell(300.0F * (float)(l + 1), 5.0F, 2.0F);
            eq_set(&a, l, &p);
            eq_snap(&a, l);
        }
        memcpy(&b, &a, sizeof a);
        for (unsigned t = 0; t < 60; t++) {
            struct eq_params p = bell(2000.0F, t % 20 < 10 ? 12.0F : -12.0F, 1.0F);
            p.hpf = (struct eq_filter){true, EQ_24_DB_OCT, 100.0F + (float)t * 0.3F};
            eq_set(&a, 6, &p);
            run_both();
            for (unsigned f = 0; f < SPAN_FRAMES; f++)
                for (unsigned l = 0; l < LANES; l++)
                    if (l != 6)
                        assert_memory_equal(&x[f][l], &y[f][l], sizeof(float));
        }
        assert_memory_not_equal(x, y, sizeof x);
    }
}

static void ends_at_the_latest_settings(void **state) {
    (void)state;
    const struct kernels *k;
    EVERY_SET(k) {
        eq_init(&a, k, 48000.0);
        struct eq_params p = bell(200.0F, 6.0F, 1.0F), first = p;
        eq_set(&a, 3, &p);
        eq_block(&a);
        assert_int_equal(a.fading, 1U << 3);
        p.band[0].gain_db = -6.0F;
        eq_set(&a, 3, &p);
        p.band[0].hz = 240.0F;
        p.lpf = (struct eq_filter){true, EQ_12_DB_OCT, 900.0F};
        eq_set(&a, 3, &p);
        for (unsigned t = 1; t < FADE_BLOCKS; t++)
            eq_block(&a);
        assert_int_equal(a.fading, 1U << 3);
        assert_lane_coefs(&a, 3, &(struct eq_params){0});
        eq_block(&a); /* the first fade is over, the second begins */
        assert_int_equal(a.fading, 1U << 3);
        assert_lane_coefs(&a, 3, &first);
        for (unsigned t = 0; t < FADE_BLOCKS; t++)
            eq_block(&a);
        assert_int_equal(a.fading, 0);
        assert_lane_coefs(&a, 3, &p);
        eq_block(&a);
        assert_int_equal(a.fading | a.move_mask | a.dirty, 0);
        assert_int_equal(a.main_mask, 1U << 2 | 1U << 8);
        assert_int_equal(a.ghost_mask, 0);
    }
}

static void small_moves_do_not_fade(void **state) {
    (void)state;
    const struct kernels *k;
    EVERY_SET(k) {
        eq_init(&a, k, 48000.0);
        struct eq_params p = bell(1000.0F, 6.0F, 1.0F);
        eq_set(&a, 9, &p);
        eq_snap(&a, 9);
        eq_block(&a);
        for (unsigned t = 0; t < 50; t++) {
            p.band[0].hz *= 1.004F;
            p.band[0].gain_db -= 0.05F;
            eq_set(&a, 9, &p);
            eq_block(&a);
            assert_int_equal(a.fading, 0);
            assert_int_equal(a.move_mask, 1U << 2);
        }
        eq_block(&a);
        assert_int_equal(a.move_mask, 0);
        assert_lane_coefs(&a, 9, &p);
        p.band[0].gain_db += 1.0F;
        eq_set(&a, 9, &p);
        eq_block(&a);
        assert_int_equal(a.fading, 1U << 9);
    }
}

/** A band that rings on is not started anew because another one is switched. */
static void untouched_bands_keep_ringing(void **state) {
    (void)state;
    const struct kernels *k;
    EVERY_SET(k) {
        eq_init(&a, k, 48000.0);
        struct eq_params p = bell(40.0F, 20.0F, 10.0F);
        eq_set(&a, 0, &p);
        eq_snap(&a, 0);
        memcpy(&b, &a, sizeof a);
        for (unsigned t = 0; t < 500; t++) {
            if (t == 400) {
                p.band[5] =
                    (struct eq_band){true, EQ_BELL, 9000.0F, 0.0F, 1.0F}; /* changes nothing */
                eq_set(&a, 0, &p);
            }
            run_both();
            for (unsigned f = 0; f < SPAN_FRAMES; f++)
                assert_true(fabs((double)x[f][0] - (double)y[f][0]) < 1e-5);
        }
        assert_int_equal(a.main_mask, 1U << 2 | 1U << 7);
    }
}

static void quiet_and_skipped(void **state) {
    (void)state;
    const struct kernels *k;
    EVERY_SET(k) {
        eq_init(&a, k, 48000.0);
        assert_true(eq_is_quiet(&a));
        struct eq_params p = bell(500.0F, 12.0F, 4.0F);
        eq_set(&a, 2, &p);
        eq_snap(&a, 2);
        noise(x);
        eq_block(&a);
        eq_run(&a, x, SPAN_FRAMES, 0);
        assert_false(eq_is_quiet(&a));
        unsigned blocks = 0;
        for (; !eq_is_quiet(&a) && blocks < 10000; blocks++) {
            memset(x, 0, sizeof x);
            eq_block(&a);
            eq_run(&a, x, SPAN_FRAMES, 0);
        }
        assert_true(blocks > 3 && blocks < 1000);
        eq_zero(&a);
        /* One bank is skipped while it fades on, the other runs on zeros: the same afterwards. */
        memcpy(&b, &a, sizeof a);
        p.band[0].gain_db = -12.0F;
        eq_set(&a, 2, &p);
        eq_set(&b, 2, &p);
        for (unsigned t = 0; t < 5; t++) {
            memset(x, 0, sizeof x);
            eq_block(&a);
            eq_run(&a, x, SPAN_FRAMES, 0);
            eq_block(&b);
        }
        for (unsigned t = 0; t < 30; t++) {
            run_both();
            assert_memory_equal(x, y, sizeof x);
        }
        noise(x);
        eq_reset_lane(&a, 2);
        assert_true(eq_is_quiet(&a)); /* the only lane with a filter */
    }
}

/** A lane that nobody filters is not touched at all, nor is it by nonsense. */
static void through_is_exact(void **state) {
    (void)state;
    const struct kernels *k;
    EVERY_SET(k) {
        eq_init(&a, k, 48000.0);
        struct eq_params p = bell(NAN, 6.0F, 1.0F);
        eq_set(&a, 1, &p);
        p = bell(1e30F, -INFINITY, 1e-30F);
        eq_set(&a, 4, &p);
        p.band[0].type = 77;
        eq_set(&a, 5, &p);
        for (unsigned t = 0; t < 40; t++) {
            noise(x);
            memcpy(y, x, sizeof x);
            eq_block(&a);
            eq_run(&a, x, SPAN_FRAMES, 0);
            for (unsigned f = 0; f < SPAN_FRAMES; f++)
                for (unsigned l = 0; l < LANES; l++) {
                    assert_true(isfinite(x[f][l]));
                    if (l != 4)
                        assert_memory_equal(&x[f][l], &y[f][l], sizeof(float));
                }
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(neighbours_are_left_alone), cmocka_unit_test(ends_at_the_latest_settings),
        cmocka_unit_test(small_moves_do_not_fade),   cmocka_unit_test(untouched_bands_keep_ringing),
        cmocka_unit_test(quiet_and_skipped),         cmocka_unit_test(through_is_exact),
    };
    return cmocka_run_group_tests_name("eq_bank", tests, NULL, NULL);
}
