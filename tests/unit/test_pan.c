/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: config dsp */
/* Panning: power over the sphere, exactness on the speakers, continuity everywhere, and the laws
 * against closed forms and a brute-force integration that shares nothing with the code under test.
 */
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "config/format.h"
#include "config/views.h"
#include "dsp/pan.h"

#define M3 0.70710678f
#define EACH_FORMAT(f) (enum format f = 0; f < FORMAT_COUNT; f++)

static uint32_t seed = 1;
/** 0..1 */
static float random_01(void) {
    seed = seed * 1664525u + 1013904223u;
    return (float)(seed >> 8) / 16777215.0f;
}

static struct pan_params toward(float az_deg, float el_deg) {
    struct pan_params p = PAN_DEFAULTS;
    p.az_deg = az_deg;
    p.el_deg = el_deg;
    return p;
}

static double power_of(enum format f, const float g[MAX_LEGS]) {
    double power = 0;
    for (int i = 0; i < MAX_LEGS; i++) {
        if (i != format_lfe_index(f))
            power += (double)g[i] * (double)g[i];
        if (i >= (int)format_legs(f))
            assert_true(g[i] == 0.0f);
        assert_true(g[i] >= 0.0f && isfinite(g[i]));
    }
    return power;
}

static double worst_power;
static void check_power(enum format f, const struct pan_params *p) {
    float g[MAX_LEGS];
    memset(g, 0xFF, sizeof g);
    pan_mono(f, p, g);
    const double off = fabs(power_of(f, g) - 1.0);
    worst_power = fmax(worst_power, off);
    if (off > 1e-6)
        fail_msg("%s az %g el %g spread %g div %g dist %g: power off by %g", format_name(f),
                 (double)p->az_deg, (double)p->el_deg, (double)p->spread, (double)p->div,
                 (double)p->dist, off);
}

/** Every degree of the sphere in every format, and random parameters. */
static void power_is_one(void **state) {
    (void)state;
    for
        EACH_FORMAT(f) {
            for (int az = -180; az <= 180; az++)
                for (int el = -90; el <= 90; el++) {
                    const struct pan_params p = toward((float)az, (float)el);
                    check_power(f, &p);
                }
            for (int k = 0; k < 20000; k++) {
                struct pan_params p = toward(720 * random_01() - 360, 400 * random_01() - 200);
                p.spread = k % 3 ? random_01() : 0;
                p.div = k % 2 ? random_01() : 0;
                p.dist = k % 5 ? 1 : random_01();
                check_power(f, &p);
                p.spread *= 1e-4f; /* arcs around the point where they become points */
                check_power(f, &p);
            }
        }
    print_message("worst |power - 1|: %.2g\n", worst_power);
}

static void on_a_speaker(void **state) {
    (void)state;
    for
        EACH_FORMAT(f)
    for (unsigned s = 0; s < format_legs(f); s++) {
        const struct leg_info *leg = &leg_table[format_table[f].leg[s]];
        if (leg->lfe)
            continue;
        for (int turn = -1; turn <= 1; turn++)
            for (int law = PAN_LAW_3_DB; law <= PAN_LAW_6_DB; law++) {
                struct pan_params p = toward(leg->az_deg + 360.0f * (float)turn, leg->el_deg);
                float g[MAX_LEGS];
                p.law = (enum pan_law)law;
                pan_mono(f, &p, g);
                for (unsigned i = 0; i < MAX_LEGS; i++)
                    assert_true(g[i] == (i == s ? 1.0f : 0.0f));
            }
    }
}

/** Largest change of a gain from one set of parameters to the next. */
static float step(enum format f, const struct pan_params *a, const struct pan_params *b) {
    float ga[MAX_LEGS], gb[MAX_LEGS], most = 0;
    pan_mono(f, a, ga);
    pan_mono(f, b, gb);
    for (int i = 0; i < MAX_LEGS; i++)
        most = fmaxf(most, fabsf(ga[i] - gb[i]));
    return most;
}

static void unit(double v[3]) {
    const double n = sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
    for (int k = 0; k < 3; k++)
        v[k] /= n;
}

/** Great circles in 0.05-degree steps: along the horizon, through zenith and nadir, closely past
 *  them, and at random; with the azimuth as it comes out of atan2, jumping at +-180. */
static void continuous_over_the_sphere(void **state) {
    (void)state;
    const float limit = 0.05f * 0.13f; /* 0.13 per degree: C to L under the -6 dB law is 0.10 */
    float most = 0;
    for
        EACH_FORMAT(f)
    for (int circle = 0; circle < 32; circle++) {
        double u[3] = {(double)random_01() - 0.5, (double)random_01() - 0.5, 0};
        double v[3] = {0, 0, 1};
        if (circle % 4 == 1)
            u[2] = 0.001 * circle; /* just beside the zenith */
        if (circle % 4 == 3)
            u[2] = (double)random_01() - 0.5;
        if (circle == 2) { /* the horizon */
            v[1] = 1;
            v[2] = 0;
        }
        unit(u);
        const double along = u[0] * v[0] + u[1] * v[1] + u[2] * v[2];
        if (circle % 4 != 0 || circle == 2) {
            if (circle % 4 == 1)
                v[0] = -0.003; /* tilt the circle so that it misses the zenith */
            else
                for (int k = 0; k < 3; k++)
                    v[k] -= along * u[k];
            const double again = u[0] * v[0] + u[1] * v[1] + u[2] * v[2];
            for (int k = 0; k < 3; k++)
                v[k] -= again * u[k];
        }
        unit(v);
        struct pan_params last = PAN_DEFAULTS;
        const float spread = circle % 5 == 4 ? random_01() : 0;
        const enum pan_law law = (enum pan_law)(circle % 3);
        for (int k = 0; k <= 7200; k++) {
            const double a = k * 0.05 * acos(-1) / 180;
            const double x = cos(a) * u[0] + sin(a) * v[0], y = cos(a) * u[1] + sin(a) * v[1];
            const double z = cos(a) * u[2] + sin(a) * v[2];
            struct pan_params p = toward((float)(atan2(y, x) * 180 / acos(-1)),
                                         (float)(atan2(z, hypot(x, y)) * 180 / acos(-1)));
            p.spread = spread;
            p.law = law;
            if (k) {
                const float jump = step(f, &last, &p);
                most = fmaxf(most, jump);
                if (jump > limit)
                    fail_msg("%s circle %d: az %g el %g jumps by %g", format_name(f), circle,
                             (double)p.az_deg, (double)p.el_deg, (double)jump);
            }
            last = p;
        }
    }
    // NOLINTNEXTLINE(readability-misleading-indentation): what the formatter makes of "for EACH"
    print_message("largest gain change: %.3f per degree\n", (double)most / 0.05);
}

/** Spread, divergence, distance and elevation swept in 1/2000 steps from random places. */
static void continuous_in_the_rest(void **state) {
    (void)state;
    for
        EACH_FORMAT(f)
    for (int place = 0; place < 40; place++) {
        struct pan_params base = toward(360 * random_01() - 180, 180 * random_01() - 90);
        if (place % 2) { /* on a speaker, where gains start at exactly 0 */
            const struct leg_info *leg =
                &leg_table[format_table[f].leg[(unsigned)place % format_legs(f)]];
            base = toward(leg->az_deg, leg->el_deg);
        }
        for (int which = 0; which < 4; which++) {
            struct pan_params last = base;
            for (int k = 0; k <= 2000; k++) {
                struct pan_params p = base;
                const float t = (float)k / 2000;
                if (which == 0)
                    p.spread = t;
                else if (which == 1)
                    p.div = t;
                else if (which == 2)
                    p.dist = 1 - t;
                else
                    p.el_deg = -180 + 360 * t;
                if (k && step(f, &last, &p) > (which == 3 ? 0.18f * 0.1f : 0.01f))
                    fail_msg("%s parameter %d at %g jumps by %g", format_name(f), which, (double)t,
                             (double)step(f, &last, &p));
                last = p;
            }
        }
    }
}

/** Straight lines through the room, most of them through its very middle, as an xyz surface draws
 *  them. */
static void continuous_through_the_room(void **state) {
    (void)state;
    for
        EACH_FORMAT(f)
    for (int line = 0; line < 40; line++) {
        float from[3], to[3];
        for (int k = 0; k < 3; k++) {
            from[k] = 2 * random_01() - 1;
            to[k] = line % 4 ? -from[k] : 2 * random_01() - 1;
        }
        if (line % 3 == 0)
            from[2] = to[2] = 0;
        struct pan_params last = PAN_DEFAULTS;
        for (int k = 0; k <= 4000; k++) {
            float xyz[3], aed[3];
            for (int c = 0; c < 3; c++)
                xyz[c] = from[c] + (to[c] - from[c]) * (float)k / 4000;
            views_aed_from_xyz(xyz, aed);
            struct pan_params p = toward(aed[0], aed[1]);
            p.dist = aed[2];
            if (k && step(f, &last, &p) > 0.02f)
                fail_msg("%s line %d at %g %g %g jumps by %g", format_name(f), line, (double)xyz[0],
                         (double)xyz[1], (double)xyz[2], (double)step(f, &last, &p));
            last = p;
        }
    }
}

struct point {
    enum format format;
    float az_deg, el_deg, spread, div;
    enum pan_law law;
    const char *leg;
    float lin;
};

static void closed_forms(void **state) {
    (void)state;
    static const struct point table[] = {
        {FORMAT_MONO, 77, 33, 0, 0, 0, "1", 1},
        {FORMAT_STEREO, 0, 0, 0, 0, 0, "L", M3},
        {FORMAT_STEREO, 0, 0, 0, 0, 0, "R", M3},
        {FORMAT_STEREO, 15, 0, 0, 0, 0, "L", 0.92387953f}, /* cos 22.5 */
        {FORMAT_STEREO, 90, 0, 0, 0, 0, "L", 1},
        {FORMAT_STEREO, 150, 0, 0, 0, 0, "R", 0},
        {FORMAT_STEREO, 180, 0, 0, 0, 0, "R", M3},
        {FORMAT_STEREO, 0, 90, 0, 0, 0, "L", M3},
        {FORMAT_LCR, 0, 0, 0, 0, 0, "C", 1},
        {FORMAT_LCR, 180, 0, 0, 0, 0, "C", 0},
        {FORMAT_LCR, 180, 0, 0, 0, 0, "L", M3},
        {FORMAT_QUAD, 0, 0, 0, 0, 0, "L", M3},
        {FORMAT_LCRS, 105, 0, 0, 0, 0, "S", M3},
        {FORMAT_5_1, 0, 0, 0, 0, 0, "C", 1},
        {FORMAT_5_1, 20, 0, 0, 0, 0, "L", 0.8660254f},
        {FORMAT_5_1, 20, 0, 0, 0, 0, "C", 0.5f},
        {FORMAT_5_1, -70, 0, 0, 0, 0, "Rs", M3},
        {FORMAT_5_1, 180, 0, 0, 0, 0, "Ls", M3},
        {FORMAT_7_1, 112.5f, 0, 0, 0, 0, "Lrs", M3},
        {FORMAT_7_1_4, 45, 22.5f, 0, 0, 0, "Ltf", M3},
        {FORMAT_7_1_4, 90, 45, 0, 0, 0, "Ltr", M3},
        {FORMAT_7_1_4, 0, 90, 0, 0, 0, "Ltr", 0.5f},
        {FORMAT_7_1_4, 123, 90, 0, 0, 0, "Rtf", 0.5f},
        {FORMAT_7_1_2, 12, 90, 0, 0, 0, "Rtm", M3},
        {FORMAT_7_1_2, 0, 45, 0, 0, 0, "Ltm", M3},
        {FORMAT_5_1, 0, 45, 0, 0, 0, "C", 1}, /* no tops: stays at ear level */
        {FORMAT_7_1_4, 0, -45, 0, 0, 0, "C", 1},
        /* going over the top is coming down behind */
        {FORMAT_5_1, 70, 180, 0, 0, 0, "Rs", 1},
        /* divergence */
        {FORMAT_5_1, 0, 0, 0, 1, 0, "C", 0},
        {FORMAT_5_1, 0, 0, 0, 1, 0, "L", M3},
        {FORMAT_5_1, 0, 0, 0, 0.5f, 0, "C", M3},
        {FORMAT_5_1, 0, 0, 0, 0.5f, 0, "R", 0.5f},
        {FORMAT_5_1, 110, 0, 0, 1, 0, "Ls", 1},
        {FORMAT_STEREO, 30, 0, 0, 1, 0, "L", 1},
        /* laws */
        {FORMAT_STEREO, 0, 0, 0, 0, PAN_LAW_4_5_DB, "L", 0.59460356f},
        {FORMAT_STEREO, 0, 0, 0, 0, PAN_LAW_6_DB, "L", 0.5f},
        {FORMAT_5_1, 15, 0, 0, 0, PAN_LAW_6_DB, "C", 0.5f},
        {FORMAT_STEREO, 0, 0, 1, 0, PAN_LAW_6_DB, "L", M3},
        /* all around: power by the share of the circle */
        {FORMAT_STEREO, 17, 0, 1, 0, 0, "L", M3},
        {FORMAT_QUAD, -50, 0, 1, 0, 0, "L", 0.4409586f}, /* sqrt((30 + 40) / 360) */
        {FORMAT_5_1, -50, 0, 1, 0, 0, "C", 0.28867513f}, /* sqrt(30 / 360) */
        {FORMAT_5_1, -50, 0, 1, 0, 0, "Rs", 0.5527708f}, /* sqrt((40 + 70) / 360) */
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        const struct point *t = &table[i];
        struct pan_params p = toward(t->az_deg, t->el_deg);
        p.spread = t->spread;
        p.div = t->div;
        p.law = t->law;
        float g[MAX_LEGS];
        pan_mono(t->format, &p, g);
        const float got = g[format_leg_by_name(t->format, t->leg)];
        if (fabsf(got - t->lin) > 2e-6f)
            fail_msg("row %zu, %s %s: %.7f, expected %.7f", i, format_name(t->format), t->leg,
                     (double)got, (double)t->lin);
    }
}

/** Power of one ear-level leg at an azimuth, from the angles alone: nearest legs either way. */
static double brute_power(enum format f, unsigned leg, double az) {
    double left = 1e9, right = 1e9;
    unsigned l = 0, r = 0;
    for (unsigned i = 0; i < format_legs(f); i++) {
        const struct leg_info *info = &leg_table[format_table[f].leg[i]];
        if (info->lfe || info->el_deg > 0)
            continue;
        const double ccw = fmod((double)info->az_deg - az + 1080.0, 360.0);
        const double cw = fmod(360.0 - ccw, 360.0);
        if (ccw < left) {
            left = ccw;
            l = i;
        }
        if (cw < right) {
            right = cw;
            r = i;
        }
    }
    if (l == r)
        return leg == l;
    if (left + right > 180.0) /* behind stereo or LCR: as in front, mirrored */
        return brute_power(FORMAT_STEREO, leg,
                           fmax(-30.0, fmin(30.0, remainder(180.0 - az, 360.0))));
    const double c = cos(right / (left + right) * acos(-1) / 2);
    return leg == r ? c * c : leg == l ? 1 - c * c : 0;
}

static void spread_is_the_mean_over_the_arc(void **state) {
    (void)state;
    for (enum format f = FORMAT_STEREO; f <= FORMAT_7_1; f++)
        for (int k = 0; k < 25; k++) {
            struct pan_params p = toward(roundf(360 * random_01()) - 180, 0);
            p.spread = k == 0 ? 1 : random_01();
            float g[MAX_LEGS];
            pan_mono(f, &p, g);
            const double half = 180.0 * (double)p.spread;
            for (unsigned i = 0; i < format_legs(f); i++) {
                double mean = 0;
                for (int s = 0; s < 4000; s++)
                    mean += brute_power(f, i, (double)p.az_deg + half * ((s + 0.5) / 2000 - 1));
                mean /= 4000;
                if (format_table[f].leg[i] == LEG_LFE)
                    continue;
                if (fabs((double)g[i] * (double)g[i] - mean) > 2e-4)
                    fail_msg("%s az %g spread %g leg %u: power %g, expected %g", format_name(f),
                             (double)p.az_deg, (double)p.spread, i, (double)g[i] * (double)g[i],
                             mean);
            }
        }
}

static void lfe(void **state) {
    (void)state;
    float m[MAX_LEGS][MAX_LEGS];
    struct pan_params p = toward(40, 0);
    p.lfe_lin = 0.25f;
    pan_matrix(FORMAT_MONO, FORMAT_5_1, &p, m);
    assert_true(m[0][3] == 0.25f);
    pan_matrix(FORMAT_MONO, FORMAT_5_0, &p, m);
    assert_true(fabs(power_of(FORMAT_5_0, m[0]) - 1) < 1e-6);
    p.az_deg = 0;
    pan_matrix(FORMAT_STEREO, FORMAT_7_1_4, &p, m);
    assert_true(m[0][3] == 0.125f && m[1][3] == 0.125f);
    pan_matrix(FORMAT_5_1, FORMAT_5_1, &p, m);
    for (int i = 0; i < 6; i++)
        assert_true(fabsf(m[i][3] - (i == 3 ? 1 : 0.05f)) < 1e-7f);
}

/** Everything in the middle: every strip feeds every bus as the fold table says, and mono as a
 *  source in front. */
static void neutral(void **state) {
    (void)state;
    const struct pan_params p = PAN_DEFAULTS;
    for
        EACH_FORMAT(from)
        for
            EACH_FORMAT(to) {
                float m[MAX_LEGS][MAX_LEGS], fold[MAX_LEGS][MAX_LEGS];
                memset(m, 0xFF, sizeof m);
                pan_matrix(from, to, &p, m);
                format_fold(from, to, NULL, fold);
                for (int i = 0; i < MAX_LEGS; i++)
                    for (int o = 0; o < MAX_LEGS; o++)
                        assert_true(fabsf(m[i][o] - fold[i][o]) < 1e-7f);
            }
}

static void stereo(void **state) {
    (void)state;
    /* az, width -> L>L, L>R, R>L, R>R */
    static const float table[][6] = {
        {0, 1, 1, 0, 0, 1},
        {0, 0, 0.5f, 0.5f, 0.5f, 0.5f},
        {0, 2, 1.5f, -0.5f, -0.5f, 1.5f},
        {30, 1, 1, 0, 0, 0},
        {-30, 1, 0, 0, 0, 1},
        {15, 1, 1, 0, 0, M3},
        {-15, 1, M3, 0, 0, 1},
        {90, 1, 1, 0, 0, 0},
        {180, 1, 1, 0, 0, 1},
        {-180, 1, 1, 0, 0, 1},
        {30, 0, 0.5f, 0, 0.5f, 0},
        {0, 0.5f, 0.75f, 0.25f, 0.25f, 0.75f},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        for (int wide = 0; wide < 2; wide++) {
            struct pan_params p = toward(table[i][0], 0);
            float m[MAX_LEGS][MAX_LEGS];
            p.width = table[i][1];
            pan_matrix(FORMAT_STEREO, wide ? FORMAT_7_1 : FORMAT_STEREO, &p, m);
            const float got[4] = {m[0][0], m[0][1], m[1][0], m[1][1]};
            for (int k = 0; k < 4; k++)
                if (fabsf(got[k] - table[i][2 + k]) > 1e-6f)
                    fail_msg("row %zu gain %d: %g", i, k, (double)got[k]);
            for (int o = 2; o < MAX_LEGS; o++)
                assert_true(m[0][o] == 0.0f && m[1][o] == 0.0f);
        }
    /* No jump at the back or overhead, and one side is always at 0 dB. */
    float last_l = 1, last_r = 1;
    for (int k = -18000; k <= 18000; k++) {
        float m[MAX_LEGS][MAX_LEGS];
        const struct pan_params p = toward((float)k / 100, 0);
        pan_matrix(FORMAT_STEREO, FORMAT_STEREO, &p, m);
        assert_true(m[0][0] == 1.0f || m[1][1] == 1.0f);
        assert_true(fabsf(m[0][0] - last_l) < 1e-3f && fabsf(m[1][1] - last_r) < 1e-3f);
        last_l = m[0][0];
        last_r = m[1][1];
    }
    const struct pan_params over = toward(80, 90);
    float m[MAX_LEGS][MAX_LEGS];
    pan_matrix(FORMAT_STEREO, FORMAT_STEREO, &over, m);
    assert_true(m[0][0] == 1.0f && m[1][1] == 1.0f);
}

/** 5.1 into 7.1.4, turned hard left: the right legs go, the middle and the left stay. */
static void film_balance(void **state) {
    (void)state;
    static const float keep[6] = {1, 0, 1, 1, 1, 0};
    static const int feeds[6] = {0, 1, 2, 3, 4, 5};
    const struct pan_params left = toward(30, 0);
    float m[MAX_LEGS][MAX_LEGS];
    pan_matrix(FORMAT_5_1, FORMAT_7_1_4, &left, m);
    for (int i = 0; i < 6; i++)
        for (int o = 0; o < MAX_LEGS; o++)
            assert_true(m[i][o] == (o == feeds[i] ? keep[i] : 0.0f));
    struct pan_params p = PAN_DEFAULTS;
    p.div = 1;
    pan_matrix(FORMAT_LCR, FORMAT_5_1, &p, m);
    assert_true(m[2][2] == 0.0f);
    assert_true(fabsf(m[2][0] - M3) < 1e-6f && fabsf(m[2][1] - M3) < 1e-6f);
    assert_true(m[0][0] == 1.0f && m[1][1] == 1.0f && m[0][1] == 0.0f);
}

static void bad_values(void **state) {
    (void)state;
    static const float wild[] = {NAN, INFINITY, -INFINITY, FLT_MAX, -FLT_MAX, 1e-42f};
    for
        EACH_FORMAT(to)
    for (unsigned k = 0; k < 6; k++)
        for (unsigned which = 0; which < 6; which++) {
            struct pan_params p = PAN_DEFAULTS;
            float *const field[6] = {&p.az_deg, &p.el_deg, &p.dist, &p.spread, &p.div, &p.width};
            *field[which] = wild[k];
            check_power(to, &p);
            float m[MAX_LEGS][MAX_LEGS];
            pan_matrix(FORMAT_STEREO, to, &p, m);
            for (int i = 0; i < MAX_LEGS; i++)
                for (int o = 0; o < MAX_LEGS; o++)
                    assert_true(fabsf(m[i][o]) <= 1.5f);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(power_is_one),
        cmocka_unit_test(on_a_speaker),
        cmocka_unit_test(continuous_over_the_sphere),
        cmocka_unit_test(continuous_in_the_rest),
        cmocka_unit_test(continuous_through_the_room),
        cmocka_unit_test(closed_forms),
        cmocka_unit_test(spread_is_the_mean_over_the_arc),
        cmocka_unit_test(lfe),
        cmocka_unit_test(neutral),
        cmocka_unit_test(stereo),
        cmocka_unit_test(film_balance),
        cmocka_unit_test(bad_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
