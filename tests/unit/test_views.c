/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: config */
/* Views of a direction: pan, and the unit cube of BS.2127. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config/views.h"

static void pan(void **state) {
    (void)state;
    assert_true(views_az_from_pan(0) == 0 && !signbit(views_az_from_pan(0)));
    assert_true(views_az_from_pan(100) == -30);
    assert_true(views_az_from_pan(-100) == 30);
    assert_true(views_az_from_pan(1000) == -30);
    assert_true(views_az_from_pan(50) == -15);
    for (int k = -1000; k <= 1000; k++) {
        const float p = (float)k / 10;
        assert_true(fabsf(views_pan_from_az(views_az_from_pan(p)) - p) < 1e-4f);
    }
    /* Beyond the screen, and behind. */
    static const float table[][2] = {{45, -100}, {90, -100}, {150, -100}, {165, -50}, {180, 0},
                                     {-165, 50}, {-90, 100}, {330, 100},  {-180, 0},  {375, -50}};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        assert_true(fabsf(views_pan_from_az(table[i][0]) - table[i][1]) < 1e-3f);
    for (int k = -1800; k < 1800; k++) /* no jumps: 0.1 degree is at most 1/300 */
        assert_true(fabsf(views_lateral((float)(k + 1) / 10) - views_lateral((float)k / 10)) <
                    0.0034f);
}

static void near3(const float got[3], const float want[3], float tolerance) {
    for (int k = 0; k < 3; k++)
        if (!(fabsf(got[k] - want[k]) <= tolerance))
            fail_msg("got %g %g %g, expected %g %g %g", (double)got[0], (double)got[1],
                     (double)got[2], (double)want[0], (double)want[1], (double)want[2]);
}

/** Corners and walls by hand; the odd ones with a reference implementation of BS.2127. */
static void cube(void **state) {
    (void)state;
    static const float table[][2][3] = {
        {{0, 0, 1}, {0, 1, 0}},
        {{30, 0, 1}, {-1, 1, 0}},
        {{-30, 0, 1}, {1, 1, 0}},
        {{110, 0, 1}, {-1, -1, 0}},
        {{-110, 0, 1}, {1, -1, 0}},
        {{180, 0, 1}, {0, -1, 0}},
        {{0, 30, 1}, {0, 1, 1}},
        {{30, -30, 1}, {-1, 1, -1}},
        {{0, 90, 1}, {0, 0, 1}},
        {{0, -90, 0.5f}, {0, 0, -0.5f}},
        {{0, 0, 0}, {0, 0, 0}},
        {{30, 0, 0.25f}, {-0.25f, 0.25f, 0}},
        {{45, 0, 1}, {-1, 0.645822f, 0}},
        {{-45, 45, 1}, {0.668179f, 0.431524f, 1}},
        {{90, 0, 1}, {-1, -0.521098f, 0}},
        {{135, 20, 0.5f}, {-0.222222f, -0.5f, 0.288675f}},
        {{-150, -60, 0.75f}, {0.081927f, -0.31066f, -0.75f}},
        {{10, 75, 1}, {-0.059491f, 0.198912f, 1}},
        {{175, 10, 1}, {-0.04053f, -1, 0.267949f}},
        {{-20, -10, 0.3f}, {0.210275f, 0.3f, -0.080385f}},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        float got[3];
        views_xyz_from_aed(table[i][0], got);
        near3(got, table[i][1], 2e-6f);
        views_aed_from_xyz(table[i][1], got);
        near3(got, table[i][0], 1e-3f);
    }
}

static void there_and_back(void **state) {
    (void)state;
    for (int x = -20; x <= 20; x++)
        for (int y = -20; y <= 20; y++)
            for (int z = -20; z <= 20; z++) {
                const float xyz[3] = {(float)x / 20, (float)y / 20, (float)z / 20};
                float aed[3], back[3];
                views_aed_from_xyz(xyz, aed);
                assert_true(aed[0] > -180 && aed[0] <= 180);
                assert_true(fabsf(aed[1]) <= 90 && aed[2] >= 0 && aed[2] <= 1);
                views_xyz_from_aed(aed, back);
                near3(back, xyz, 1e-5f);
            }
    for (int az = -179; az <= 180; az++)
        for (int el = -89; el <= 89; el++) {
            const float aed[3] = {(float)az, (float)el, 0.8f};
            float xyz[3], back[3];
            views_xyz_from_aed(aed, xyz);
            for (int k = 0; k < 3; k++)
                assert_true(fabsf(xyz[k]) <= 1);
            views_aed_from_xyz(xyz, back);
            near3(back, aed, 1e-2f); /* near the poles the azimuth has few digits left */
        }
}

static void odd_values(void **state) {
    (void)state;
    const float wild[3] = {NAN, 400, -7}, far[3] = {5, -5, NAN}, round[3] = {330, 95, 2};
    const float edge[3] = {-30, 90, 1};
    float got[3], want[3];
    views_xyz_from_aed(wild, got); /* must end; the rows never let such values through */
    views_aed_from_xyz(far, got);
    for (int k = 0; k < 3; k++)
        assert_true(isfinite(got[k]));
    views_xyz_from_aed(round, got);
    views_xyz_from_aed(edge, want);
    near3(got, want, 1e-6f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pan),
        cmocka_unit_test(cube),
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(odd_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
