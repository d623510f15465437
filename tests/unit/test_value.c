/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: config */
/* What rows take, as numbers and as words. */
#include "tests/unit/config_rig.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/value.h"

static void numbers(void **state) {
    (void)state;
    struct desk *d = rig_desk();
    static const struct {
        enum row_id row;
        double in;
        enum value_result result;
        float out;
    } known[] = {
        {ROW_FADER, -3.5, VALUE_OK, -3.5f},
        {ROW_FADER, 12, VALUE_CLAMPED, 10},
        {ROW_FADER, -144, VALUE_OK, SILENCE_DB},
        {ROW_FADER, -1000, VALUE_OK, SILENCE_DB}, /* silence, not a clamp */
        {ROW_FADER, -INFINITY, VALUE_OK, SILENCE_DB},
        {ROW_FADER, INFINITY, VALUE_OUT_OF_RANGE, 0},
        {ROW_FADER, NAN, VALUE_BAD_TYPE, 0},
        {ROW_FADER, DBL_MAX, VALUE_CLAMPED, 10},
        {ROW_TRIM, -25, VALUE_CLAMPED, -24},
        {ROW_TRIM, -INFINITY, VALUE_OUT_OF_RANGE, 0},
        {ROW_HPF_FREQ, 19.999, VALUE_CLAMPED, 20},
        {ROW_EQ_BAND_Q, 0.1, VALUE_OK, 0.1f}, /* 0.1 is no float */
        {ROW_EQ_BAND_Q, 0.05, VALUE_CLAMPED, 0.1f},
        {ROW_MUTE, 1, VALUE_OK, 1},
        {ROW_MUTE, 2, VALUE_OUT_OF_RANGE, 0},
        {ROW_MUTE, -1, VALUE_OUT_OF_RANGE, 0},
        {ROW_MUTE, 0.5, VALUE_BAD_TYPE, 0},
        {ROW_EQ_BAND_TYPE, 4, VALUE_OK, 4},
        {ROW_EQ_BAND_TYPE, 5, VALUE_OUT_OF_RANGE, 0},
        {ROW_HPF_SLOPE, 1, VALUE_OK, 1},
        {ROW_HPF_SLOPE, 24, VALUE_OK, 1}, /* no index, so the word */
        {ROW_HPF_SLOPE, 18, VALUE_OUT_OF_RANGE, 0},
        {ROW_COLOR, 15, VALUE_OK, 15},
        {ROW_COLOR, 16, VALUE_CLAMPED, 15},
        {ROW_COLOR, 1.5, VALUE_BAD_TYPE, 0},
        {ROW_DELAY, 250, VALUE_OK, 250},
        {ROW_DELAY, 251, VALUE_CLAMPED, 250}, /* max_delay_ms of the rig */
        {ROW_MON_SOURCE, 0, VALUE_OK, 0},
        {ROW_MON_SOURCE, 10, VALUE_OK, 10}, /* strips before the monitor */
        {ROW_MON_SOURCE, 11, VALUE_OUT_OF_RANGE, 0},
        {ROW_NAME, 3, VALUE_BAD_TYPE, 0},
    };
    assert_int_equal(d->first[KIND_MON], 10);
    for (unsigned i = 0; i < sizeof known / sizeof known[0]; i++) {
        char why[VALUE_WHY_BYTES] = "";
        float out = 777;
        const enum value_result result =
            value_check(d, known[i].row, 0, known[i].in, &out, why, sizeof why);
        const float expected = value_taken(result) ? known[i].out : 777;
        if (result != known[i].result || out < expected || out > expected)
            fail_msg("%s %g: %d %g %s", rows[known[i].row].id, known[i].in, (int)result,
                     (double)out, why);
        assert_int_equal(result == VALUE_OK, why[0] == '\0');
    }
    float out;
    assert_int_equal(value_check(d, ROW_PAN_AED, 1, 91, &out, NULL, 0), VALUE_CLAMPED);
    assert_true(out >= 90 && out <= 90);
    desk_free(d);
}

static void words(void **state) {
    (void)state;
    struct desk *d = rig_desk();
    static const struct {
        enum row_id row;
        const char *in;
        enum value_result result;
        float out;
    } known[] = {
        {ROW_FADER, "-3.5", VALUE_OK, -3.5f},
        {ROW_FADER, "-inf", VALUE_OK, SILENCE_DB},
        {ROW_FADER, "-Infinity", VALUE_OK, SILENCE_DB},
        {ROW_FADER, "inf", VALUE_OUT_OF_RANGE, 0},
        {ROW_FADER, "nan", VALUE_BAD_TYPE, 0},
        {ROW_FADER, "", VALUE_BAD_TYPE, 0},
        {ROW_FADER, " -3", VALUE_BAD_TYPE, 0},
        {ROW_FADER, "-3 ", VALUE_BAD_TYPE, 0},
        {ROW_FADER, "-3dB", VALUE_BAD_TYPE, 0},
        {ROW_FADER, "0x10", VALUE_BAD_TYPE, 0},
        {ROW_FADER, "1e1", VALUE_OK, 10},
        {ROW_FADER, "1e999", VALUE_OUT_OF_RANGE, 0},
        {ROW_FADER, "on", VALUE_BAD_TYPE, 0},
        {ROW_MUTE, "on", VALUE_OK, 1},
        {ROW_MUTE, "OFF", VALUE_OK, 0},
        {ROW_MUTE, "true", VALUE_OK, 1},
        {ROW_MUTE, "1.0", VALUE_OK, 1},
        {ROW_MUTE, "yes", VALUE_BAD_TYPE, 0},
        {ROW_EQ_BAND_TYPE, "notch", VALUE_OK, 3},
        {ROW_EQ_BAND_TYPE, "3", VALUE_OK, 3},
        {ROW_EQ_BAND_TYPE, "bell|notch", VALUE_BAD_TYPE, 0},
        {ROW_HPF_SLOPE, "24", VALUE_OK, 1},
        {ROW_MON_SOURCE, "none", VALUE_OK, 0},
        {ROW_MON_SOURCE, "/stem/DX", VALUE_OK, 7},
        {ROW_MON_SOURCE, "/stem/1", VALUE_OK, 7},
        {ROW_MON_SOURCE, "/main", VALUE_OK, 9},
        {ROW_MON_SOURCE, "/mon", VALUE_BAD_TYPE, 0},
        {ROW_MON_SOURCE, "/vca/V", VALUE_BAD_TYPE, 0},
        {ROW_MON_SOURCE, "/ch/9", VALUE_BAD_TYPE, 0},
    };
    for (unsigned i = 0; i < sizeof known / sizeof known[0]; i++) {
        char why[VALUE_WHY_BYTES] = "";
        float out = 777;
        const enum value_result result =
            value_parse(d, known[i].row, 0, known[i].in, &out, why, sizeof why);
        const float expected = value_taken(result) ? known[i].out : 777;
        if (result != known[i].result || out < expected || out > expected)
            fail_msg("%s '%s': %d %g %s", rows[known[i].row].id, known[i].in, (int)result,
                     (double)out, why);
    }
    desk_free(d);
}

static void error_texts(void **state) {
    (void)state;
    struct desk *d = rig_desk();
    static const struct {
        enum row_id row;
        const char *in, *why;
    } known[] = {
        {ROW_FADER, "12", "fader takes -144..10 dB or -inf, not 12"},
        {ROW_EQ_BAND_TYPE, "bel",
         "type takes one of bell, lowshelf, highshelf, notch, bandpass, not bel"},
        {ROW_MUTE, "2", "mute takes 0 or 1, not 2"},
        {ROW_COLOR, "1.5", "color takes a whole number 0..15, not 1.5"},
        {ROW_DELAY, "300", "delay takes 0..250 ms, not 300"},
        {ROW_MON_SOURCE, "DX",
         "source takes the address of a strip such as /stem/DX, or none, not DX"},
        {ROW_COMP_KEY, "/stem/XX",
         "key takes the address of a strip such as /stem/DX, or none; there is no strip /stem/XX"},
        {ROW_TO, "x", "to takes 0 or 1, not x"},
        {ROW_PAN_AED, "", "aed takes -180..180 deg, not an empty text"},
    };
    for (unsigned i = 0; i < sizeof known / sizeof known[0]; i++) {
        char why[VALUE_WHY_BYTES] = "";
        float out;
        value_parse(d, known[i].row, 0, known[i].in, &out, why, sizeof why);
        assert_string_equal(why, known[i].why);
    }
    desk_free(d);
}

/* Every finite float reads back exactly; what people type stays short. */
static void floats_there_and_back(void **state) {
    (void)state;
    static const struct {
        float value;
        const char *text;
    } known[] = {{0, "0"},
                 {-0.0f, "0"},
                 {1, "1"},
                 {1000, "1000"},
                 {12000, "12000"},
                 {0.1f, "0.1"},
                 {-12.5f, "-12.5"},
                 {1e20f, "1e+20"},
                 {0.001f, "0.001"},
                 {16777216, "16777216"},
                 {1.0f / 3, "0.33333334"},
                 {1e-20f, "1e-20"},
                 {100, "100"},
                 {0.707f, "0.707"}};
    char text[64];
    for (unsigned i = 0; i < sizeof known / sizeof known[0]; i++) {
        assert_int_equal(value_print_float(known[i].value, text, sizeof text),
                         strlen(known[i].text));
        assert_string_equal(text, known[i].text);
    }
    uint32_t bits = 1;
    for (int i = 0; i < 200000; i++) {
        bits = bits * 1664525u + 1013904223u;
        float x;
        memcpy(&x, &bits, sizeof x);
        if (!isfinite(x))
            continue;
        assert_true(value_print_float(x, text, sizeof text) > 0);
        const float back = strtof(text, NULL);
        if (back < x || back > x)
            fail_msg("%.9g printed as %s", (double)x, text);
    }
    assert_int_equal(value_print_float(1.5f, text, 3), -1);
}

static void texts(void **state) {
    (void)state;
    char why[VALUE_WHY_BYTES], longest[TEXT_BYTES + 1];
    assert_int_equal(value_check_text(ROW_NAME, "Große Küche ☂ 🎬", why, sizeof why), VALUE_OK);
    assert_int_equal(value_check_text(ROW_NAME, "", why, sizeof why), VALUE_OK);
    static const char *const bad[] = {
        "a\nb",     "\x7f", "\xff", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80",
        "\xe2\x82", "\x80"};
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(value_check_text(ROW_NAME, bad[i], why, sizeof why), VALUE_BAD_TYPE);
    memset(longest, 'x', TEXT_BYTES);
    longest[TEXT_BYTES] = '\0';
    assert_int_equal(value_check_text(ROW_NAME, longest, why, sizeof why), VALUE_OUT_OF_RANGE);
    longest[TEXT_BYTES - 1] = '\0';
    assert_int_equal(value_check_text(ROW_NAME, longest, why, sizeof why), VALUE_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers),     cmocka_unit_test(words),
        cmocka_unit_test(error_texts), cmocka_unit_test(floats_there_and_back),
        cmocka_unit_test(texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
