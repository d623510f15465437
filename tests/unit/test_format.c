/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: config */
/* Formats: the tables against the standards and against each other, and the fold matrices. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "config/format.h"

#define M3 0.70710678f
#define EACH_FORMAT(f) (enum format f = 0; f < FORMAT_COUNT; f++)

/** "L R C" of a format, in port or film order. */
static void spell(enum format f, bool film, char text[128]) {
    text[0] = '\0';
    for (unsigned i = 0; i < format_table[f].legs; i++) {
        const unsigned at = film ? format_table[f].film[i] : i;
        strcat(text, i ? " " : "");
        strcat(text, leg_table[format_table[f].leg[at]].name);
    }
}

static void orders(void **state) {
    (void)state;
    static const struct {
        const char *name, *port, *film;
        uint32_t mask;
    } expected[FORMAT_COUNT] = {
        {"mono", "1", "1", 0x4},
        {"stereo", "L R", "L R", 0x3},
        {"lcr", "L R C", "L C R", 0x7},
        {"lcrs", "L R C S", "L C R S", 0x107},
        {"quad", "L R Ls Rs", "L R Ls Rs", 0x33},
        {"5.0", "L R C Ls Rs", "L C R Ls Rs", 0x37},
        {"5.1", "L R C LFE Ls Rs", "L C R Ls Rs LFE", 0x3F},
        {"7.0", "L R C Lss Rss Lrs Rrs", "L C R Lss Rss Lrs Rrs", 0x637},
        {"7.1", "L R C LFE Lss Rss Lrs Rrs", "L C R Lss Rss Lrs Rrs LFE", 0x63F},
        {"7.1.2", "L R C LFE Lss Rss Lrs Rrs Ltm Rtm", "L C R Lss Rss Lrs Rrs LFE Ltm Rtm", 0x563F},
        {"7.1.4", "L R C LFE Lss Rss Lrs Rrs Ltf Rtf Ltr Rtr",
         "L C R Lss Rss Lrs Rrs LFE Ltf Rtf Ltr Rtr", 0x2D63F},
    };
    for
        EACH_FORMAT(f) {
            char text[128];
            assert_string_equal(format_name(f), expected[f].name);
            assert_int_equal(format_by_name(expected[f].name), f);
            spell(f, false, text);
            assert_string_equal(text, expected[f].port);
            spell(f, true, text);
            assert_string_equal(text, expected[f].film);
            assert_int_equal(format_table[f].wave_mask, expected[f].mask);
            assert_int_equal(__builtin_popcount(format_table[f].wave_mask), format_legs(f));
        }
    assert_int_equal(format_by_name("5.2"), FORMAT_COUNT);
    assert_int_equal(format_by_name(""), FORMAT_COUNT);
    assert_int_equal(format_by_name("STEREO"), FORMAT_STEREO);
    assert_string_equal(format_name(FORMAT_COUNT), "?");
}

static void permutations(void **state) {
    (void)state;
    for
        EACH_FORMAT(f) {
            const struct format_info *info = &format_table[f];
            unsigned film = 0, placed = 0;
            for (unsigned i = 0; i < info->legs; i++)
                film |= 1u << info->film[i];
            assert_int_equal(film, (1u << info->legs) - 1);
            for (unsigned layer = 0; layer < 2; layer++) {
                const uint8_t *ring = layer ? info->top : info->ear;
                double last = -1;
                for (unsigned k = 0; k < (layer ? info->tops : info->ears); k++) {
                    const struct leg_info *leg = &leg_table[info->leg[ring[k]]];
                    const double az = fmod((double)leg->az_deg + 360.0, 360.0);
                    assert_true(az > last);
                    last = az;
                    assert_false(leg->lfe);
                    assert_int_equal(leg->el_deg > 0, layer);
                    placed |= 1u << ring[k];
                }
            }
            if (format_lfe_index(f) >= 0)
                placed |= 1u << format_lfe_index(f);
            assert_int_equal(placed, (1u << info->legs) - 1);
        }
}

static void legs(void **state) {
    (void)state;
    for (unsigned l = 0; l < LEG_COUNT; l++) {
        const struct leg_info *leg = &leg_table[l];
        assert_int_equal(leg_by_name(leg->name), l);
        /* BS.1770-5's rule, from the angles. */
        const bool side =
            fabsf(leg->el_deg) < 30 && fabsf(leg->az_deg) >= 60 && fabsf(leg->az_deg) <= 120;
        assert_true(leg->bs1770_lin == (leg->lfe ? 0.0f : side ? 1.41f : 1.0f));
        /* Every leg named L... has its mirror image in R..., and only those lean to a side. */
        if (leg->az_deg > 0 && leg->az_deg < 180) {
            char mirror[8];
            snprintf(mirror, sizeof mirror, "R%s", leg->name + 1);
            const enum leg r = leg_by_name(mirror);
            assert_int_not_equal(r, LEG_COUNT);
            assert_true(leg_table[r].az_deg == -leg->az_deg);
            assert_true(leg_table[r].el_deg == leg->el_deg);
        }
    }
    assert_int_equal(format_leg_index(FORMAT_5_1, LEG_LFE), 3);
    assert_int_equal(format_leg_index(FORMAT_5_0, LEG_LFE), -1);
    assert_int_equal(format_leg_index(FORMAT_5_1, LEG_LSS), -1);
    assert_int_equal(format_leg_by_name(FORMAT_5_1, "Ls"), 4);
    assert_int_equal(format_leg_by_name(FORMAT_5_1, "lfe"), 3);
    assert_int_equal(format_leg_by_name(FORMAT_5_1, "06"), 5);
    assert_int_equal(format_leg_by_name(FORMAT_5_1, "7"), -1);
    assert_int_equal(format_leg_by_name(FORMAT_5_1, "0"), -1);
    assert_int_equal(format_leg_by_name(FORMAT_5_1, "99999999999999999999"), -1);
    assert_int_equal(format_leg_by_name(FORMAT_5_1, "Lss"), -1);
    assert_int_equal(format_leg_by_name(FORMAT_5_1, ""), -1);
    assert_int_equal(format_leg_by_name(FORMAT_MONO, "1"), 0);
}

/** One expected gain. */
struct gain {
    enum format from, to;
    const char *in, *out;
    float lin;
};

static void folds(void **state) {
    (void)state;
    static const struct gain expected[] = {
        {FORMAT_MONO, FORMAT_STEREO, "1", "L", M3},
        {FORMAT_MONO, FORMAT_QUAD, "1", "R", M3},
        {FORMAT_MONO, FORMAT_5_1, "1", "C", 1},
        {FORMAT_MONO, FORMAT_5_1, "1", "L", 0},
        {FORMAT_STEREO, FORMAT_MONO, "L", "1", M3},
        {FORMAT_STEREO, FORMAT_5_1, "L", "L", 1},
        {FORMAT_STEREO, FORMAT_5_1, "L", "C", 0},
        {FORMAT_STEREO, FORMAT_7_1_4, "R", "R", 1},
        /* Lo/Ro */
        {FORMAT_5_1, FORMAT_STEREO, "L", "L", 1},
        {FORMAT_5_1, FORMAT_STEREO, "C", "L", M3},
        {FORMAT_5_1, FORMAT_STEREO, "C", "R", M3},
        {FORMAT_5_1, FORMAT_STEREO, "Ls", "L", M3},
        {FORMAT_5_1, FORMAT_STEREO, "Ls", "R", 0},
        {FORMAT_5_1, FORMAT_STEREO, "LFE", "L", 0},
        {FORMAT_5_1, FORMAT_STEREO, "LFE", "R", 0},
        {FORMAT_7_1, FORMAT_STEREO, "Lrs", "L", M3},
        {FORMAT_7_1, FORMAT_STEREO, "Rss", "R", M3},
        /* BS.775: 1/0 and 3/1 */
        {FORMAT_5_1, FORMAT_MONO, "C", "1", 1},
        {FORMAT_5_1, FORMAT_MONO, "R", "1", M3},
        {FORMAT_5_1, FORMAT_MONO, "Rs", "1", 0.5f},
        {FORMAT_5_1, FORMAT_LCRS, "Rs", "S", M3},
        {FORMAT_LCRS, FORMAT_STEREO, "S", "L", 0.5f},
        {FORMAT_LCRS, FORMAT_STEREO, "S", "R", 0.5f},
        /* 7.1 -> 5.1 */
        {FORMAT_7_1, FORMAT_5_1, "Lss", "Ls", 1},
        {FORMAT_7_1, FORMAT_5_1, "Lrs", "Ls", 1},
        {FORMAT_7_1, FORMAT_5_1, "Rrs", "Rs", 1},
        {FORMAT_7_1, FORMAT_5_1, "Rrs", "Ls", 0},
        {FORMAT_7_1, FORMAT_5_1, "LFE", "LFE", 1},
        {FORMAT_7_1, FORMAT_5_0, "LFE", "C", 0},
        /* tops */
        {FORMAT_7_1_4, FORMAT_7_1, "Ltf", "L", M3},
        {FORMAT_7_1_4, FORMAT_7_1, "Rtr", "Rrs", M3},
        {FORMAT_7_1_4, FORMAT_5_1, "Rtr", "Rs", M3},
        {FORMAT_7_1_4, FORMAT_STEREO, "Rtr", "R", 0.5f},
        {FORMAT_7_1_4, FORMAT_7_1_2, "Ltf", "Ltm", M3},
        {FORMAT_7_1_2, FORMAT_7_1_4, "Ltm", "Ltf", M3},
        {FORMAT_7_1_2, FORMAT_7_1_4, "Ltm", "Ltr", M3},
        {FORMAT_7_1_2, FORMAT_5_1, "Rtm", "Rs", M3},
        /* up */
        {FORMAT_LCRS, FORMAT_5_1, "S", "Ls", M3},
        {FORMAT_LCRS, FORMAT_7_1, "S", "Rrs", 0.5f},
    };
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        const struct gain *e = &expected[i];
        float m[MAX_LEGS][MAX_LEGS];
        format_fold(e->from, e->to, NULL, m);
        const float got = m[format_leg_by_name(e->from, e->in)][format_leg_by_name(e->to, e->out)];
        if (fabsf(got - e->lin) > 1e-6f)
            fail_msg("%s %s into %s %s: %g, expected %g", format_name(e->from), e->in,
                     format_name(e->to), e->out, (double)got, (double)e->lin);
    }
}

/** 5.1 into 7.1.4: the whole matrix, leg by leg. */
static void film_into_immersive(void **state) {
    (void)state;
    static const enum leg feeds[6] = {LEG_L, LEG_R, LEG_C, LEG_LFE, LEG_LSS, LEG_RSS};
    float m[MAX_LEGS][MAX_LEGS];
    memset(m, 0xFF, sizeof m);
    format_fold(FORMAT_5_1, FORMAT_7_1_4, NULL, m);
    for (unsigned i = 0; i < MAX_LEGS; i++)
        for (unsigned o = 0; o < MAX_LEGS; o++) {
            const bool one = i < 6 && (int)o == format_leg_index(FORMAT_7_1_4, feeds[i]);
            assert_true(m[i][o] == (one ? 1.0f : 0.0f));
        }
}

/** What must hold of every pair of formats. */
static void laws(void **state) {
    (void)state;
    for
        EACH_FORMAT(from)
        for
            EACH_FORMAT(to) {
                float m[MAX_LEGS][MAX_LEGS];
                memset(m, 0xFF, sizeof m);
                format_fold(from, to, NULL, m);
                const int lfe_in = format_lfe_index(from), lfe_out = format_lfe_index(to);
                for (unsigned i = 0; i < MAX_LEGS; i++) {
                    float sum = 0;
                    for (unsigned o = 0; o < MAX_LEGS; o++) {
                        if (i >= format_legs(from) || o >= format_legs(to))
                            assert_true(m[i][o] == 0.0f);
                        assert_true(m[i][o] >= 0.0f && m[i][o] <= 1.0f);
                        sum += m[i][o];
                        if (from == to)
                            assert_true(m[i][o] == (i == o && i < format_legs(from) ? 1.0f : 0.0f));
                        /* LFE only to LFE, and nothing else into it. */
                        if ((int)o == lfe_out || (int)i == lfe_in)
                            assert_true(m[i][o] ==
                                        ((int)o == lfe_out && (int)i == lfe_in ? 1.0f : 0.0f));
                    }
                    if (i < format_legs(from) && (int)i != lfe_in)
                        assert_true(sum >= 0.35f); /* no leg is lost */
                }
                /* Left and right are treated alike. */
                for (unsigned i = 0; i < format_legs(from); i++)
                    for (unsigned o = 0; o < format_legs(to); o++) {
                        const char *in = leg_table[format_table[from].leg[i]].name;
                        const char *out = leg_table[format_table[to].leg[o]].name;
                        char in2[8], out2[8];
                        snprintf(in2, sizeof in2, "%s", in);
                        snprintf(out2, sizeof out2, "%s", out);
                        if (strcmp(in, "LFE") && (in[0] == 'L' || in[0] == 'R'))
                            in2[0] = in[0] == 'L' ? 'R' : 'L';
                        if (strcmp(out, "LFE") && (out[0] == 'L' || out[0] == 'R'))
                            out2[0] = out[0] == 'L' ? 'R' : 'L';
                        assert_true(m[i][o] ==
                                    m[format_leg_by_name(from, in2)][format_leg_by_name(to, out2)]);
                    }
            }
}

static void coefficients(void **state) {
    (void)state;
    float coef[FOLD_COUNT], m[MAX_LEGS][MAX_LEGS];
    memcpy(coef, format_fold_default_lin, sizeof coef);
    coef[FOLD_SIDE] = 0.9f;
    coef[FOLD_REAR] = 0.25f;
    coef[FOLD_TOP] = 0.0f;
    format_fold(FORMAT_7_1_4, FORMAT_5_1, coef, m);
    assert_true(m[format_leg_index(FORMAT_7_1_4, LEG_LSS)][4] == 0.9f);
    assert_true(m[format_leg_index(FORMAT_7_1_4, LEG_LRS)][4] == 0.25f);
    assert_true(m[format_leg_index(FORMAT_7_1_4, LEG_LTF)][0] == 0.0f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(orders),       cmocka_unit_test(permutations),
        cmocka_unit_test(legs),         cmocka_unit_test(folds),
        cmocka_unit_test(laws),         cmocka_unit_test(film_into_immersive),
        cmocka_unit_test(coefficients),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
