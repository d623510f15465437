/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: config */
/* Tapers: end points, inverses, monotony, and the fader's published points. */
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "config/params.h"
#include "config/taper.h"

struct range {
    enum taper taper;
    float min, max;
};
static const struct range ranges[] = {
    {TAPER_LINEAR, -24, 24},  {TAPER_LINEAR, 0, 1},    {TAPER_LINEAR, -180, 180},
    {TAPER_LINEAR, 0, 1000},  {TAPER_LOG, 20, 20000},  {TAPER_LOG, 0.1f, 20},
    {TAPER_LOG, 0.05f, 4000}, {TAPER_FADER, -144, 10}, {TAPER_FADER, -144, 0},
    {TAPER_FADER, -60, 10},   {TAPER_LOG, 0, 100},     {TAPER_FADER, -100, -20},
};
#define RANGES (sizeof ranges / sizeof ranges[0])
#define STEPS 200000

static void ends(void **state) {
    (void)state;
    for (size_t i = 0; i < RANGES; i++) {
        const struct range *r = &ranges[i];
        assert_true(taper_value(r->taper, r->min, r->max, 0) == r->min);
        assert_true(taper_value(r->taper, r->min, r->max, 1) == r->max);
        assert_true(taper_value(r->taper, r->min, r->max, -1) == r->min);
        assert_true(taper_value(r->taper, r->min, r->max, 2) == r->max);
        assert_true(taper_value(r->taper, r->min, r->max, NAN) == r->min);
        assert_true(taper_norm(r->taper, r->min, r->max, r->min) == 0);
        assert_true(taper_norm(r->taper, r->min, r->max, r->max) == 1);
        assert_true(taper_norm(r->taper, r->min, r->max, -INFINITY) == 0);
        assert_true(taper_norm(r->taper, r->min, r->max, INFINITY) == 1);
        assert_true(taper_norm(r->taper, r->min, r->max, NAN) == 0);
    }
}

static void inverses(void **state) {
    (void)state;
    for (size_t i = 0; i < RANGES; i++) {
        const struct range *r = &ranges[i];
        float last = -FLT_MAX;
        double worst = 0;
        for (int k = 0; k <= STEPS; k++) {
            const float x = (float)k / STEPS;
            const float value = taper_value(r->taper, r->min, r->max, x);
            assert_true(value > last);
            assert_true(value >= r->min && value <= r->max);
            last = value;
            worst = fmax(worst, fabs((double)taper_norm(r->taper, r->min, r->max, value) - x));
        }
        if (worst >= 1e-6)
            fail_msg("range %zu: norm(value(x)) off by %g", i, worst);
    }
}

/** The other way round, with a tolerance of a few float steps of the value or of the position. */
static void inverses_of_values(void **state) {
    (void)state;
    for (size_t i = 0; i < RANGES; i++) {
        const struct range *r = &ranges[i];
        float last = -1;
        for (int k = 0; k <= STEPS; k++) {
            const float v = r->min + (r->max - r->min) * (float)k / STEPS;
            const float n = taper_norm(r->taper, r->min, r->max, v);
            assert_true(n >= last);
            last = n;
            const float back = taper_value(r->taper, r->min, r->max, n);
            const float slope = (taper_value(r->taper, r->min, r->max, n + 1e-4f) -
                                 taper_value(r->taper, r->min, r->max, n - 1e-4f)) *
                                5e3f;
            const float tolerance = 2e-6f * (fabsf(v) + fabsf(r->max) * 0.1f) + 1.2e-7f * slope;
            if (fabsf(back - v) > tolerance)
                fail_msg("range %zu: value(norm(%.9g)) = %.9g", i, (double)v, (double)back);
        }
    }
}

/** Floats side by side never go backwards, also across the joints of the fader. */
static void no_backward_step(void **state) {
    (void)state;
    static const float at[] = {1.0f / 1024, 0.0625f, 0.25f, 0.5f, 0.01f, 0.75f, 0.999f};
    for (size_t i = 0; i < RANGES; i++)
        for (size_t k = 0; k < sizeof at / sizeof at[0]; k++) {
            float x = at[k];
            for (int s = 0; s < 500; s++)
                x = nextafterf(x, 0);
            for (int s = 0; s < 1000; s++) {
                const float next = nextafterf(x, 1);
                assert_true(taper_value(ranges[i].taper, ranges[i].min, ranges[i].max, next) >=
                            taper_value(ranges[i].taper, ranges[i].min, ranges[i].max, x));
                x = next;
            }
        }
}

static void fader_points(void **state) {
    (void)state;
    /* Points of the X32's published fader table, and silence. */
    static const float table[][2] = {
        {0, -144},   {0.0625f, -60}, {0.125f, -50}, {0.25f, -30}, {0.375f, -20},
        {0.5f, -10}, {0.625f, -5},   {0.75f, 0},    {0.875f, 5},  {1, 10},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        assert_true(taper_value(TAPER_FADER, -144, 10, table[i][0]) == table[i][1]);
        assert_true(taper_norm(TAPER_FADER, -144, 10, table[i][1]) == table[i][0]);
    }
    /* All 1024 steps of the surface but the first are the published formula. */
    for (int step = 1; step < 1024; step++) {
        const double f = step / 1023.0;
        const double db = f >= 0.5      ? 40 * f - 30
                          : f >= 0.25   ? 80 * f - 50
                          : f >= 0.0625 ? 160 * f - 70
                                        : 480 * f - 90;
        const float got = taper_value(TAPER_FADER, -144, 10, (float)f);
        assert_true(fabs((double)got - db) < 1e-4);
        /* ... and come back as the same step. */
        assert_int_equal(lroundf(taper_norm(TAPER_FADER, -144, 10, got) * 1023.0f), step);
    }
    assert_true(taper_norm(TAPER_FADER, -144, 10, -120) > 0);
}

static void log_points(void **state) {
    (void)state;
    assert_true(fabsf(taper_value(TAPER_LOG, 20, 20000, 1.0f / 3) - 200) < 1e-3f);
    assert_true(fabsf(taper_value(TAPER_LOG, 20, 20000, 2.0f / 3) - 2000) < 1e-2f);
    assert_true(fabsf(taper_norm(TAPER_LOG, 20, 20000, 632.45553f) - 0.5f) < 1e-6f);
}

static void mixes(void **state) {
    (void)state;
    assert_true(taper_mix(TAPER_LOG, 20, 20000, 123.456f, 7890.12f, 0) == 123.456f);
    assert_true(taper_mix(TAPER_LOG, 20, 20000, 123.456f, 7890.12f, 1) == 7890.12f);
    assert_true(taper_mix(TAPER_LOG, 20, 20000, 123.456f, 7890.12f, NAN) == 123.456f);
    assert_true(fabsf(taper_mix(TAPER_LOG, 20, 20000, 100, 10000, 0.5f) - 1000) < 2e-3f);
    assert_true(fabsf(taper_mix(TAPER_FADER, -144, 10, 0, 10, 0.5f) - 5) < 1e-5f);
    assert_true(fabsf(taper_mix(TAPER_LINEAR, -24, 24, 12, -12, 0.25f) - 6) < 1e-5f);
}

/** Every row's default survives its own taper. */
static void rows_survive(void **state) {
    (void)state;
    for (unsigned i = 0; i < ROW_COUNT; i++) {
        float min, def, max;
        row_range(&rows[i], 0, &min, &def, &max);
        if (!(max > min))
            continue;
        assert_true((unsigned)rows[i].taper < TAPER_COUNT);
        if (rows[i].taper == TAPER_LOG)
            assert_true(min > 0);
        if (rows[i].taper == TAPER_FADER)
            assert_true(min >= -144 && max <= 10);
        const float n = taper_norm(rows[i].taper, min, max, def);
        assert_true(n >= 0 && n <= 1);
        assert_true(fabsf(taper_value(rows[i].taper, min, max, n) - def) <=
                    2e-6f * fmaxf(fabsf(min), fabsf(max)));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ends),         cmocka_unit_test(inverses),
        cmocka_unit_test(fader_points), cmocka_unit_test(inverses_of_values),
        cmocka_unit_test(log_points),   cmocka_unit_test(no_backward_step),
        cmocka_unit_test(mixes),        cmocka_unit_test(rows_survive),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
