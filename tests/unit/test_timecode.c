/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: config */
/* Timecode against a clock that counts frame numbers one by one, and against the exact rational
 * times. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "config/timecode.h"

static const uint32_t rates[] = {44100, 48000, 88200, 96000, 192000};

/* The next label as a person would count it. */
static void tick(struct timecode *tc, enum fps fps) {
    if (++tc->tcframes < (int)fps_table[fps].base)
        return;
    tc->tcframes = 0;
    if (++tc->seconds < 60)
        return;
    tc->seconds = 0;
    if (++tc->minutes == 60) {
        tc->minutes = 0;
        tc->hours = (tc->hours + 1) % 24;
    }
    if (fps == FPS_2997_DF && tc->minutes % 10 != 0)
        tc->tcframes = 2;
}

static void a_day_counted(void **state) {
    (void)state;
    for (unsigned f = 0; f < FPS_COUNT; f++) {
        const enum fps fps = (enum fps)f;
        struct timecode tc = {0};
        const int64_t day = timecode_day(fps);
        for (int64_t n = 0; n < day; n++) {
            const struct timecode label = timecode_label(n, fps);
            int64_t back = -1;
            if (memcmp(&label, &tc, sizeof tc) != 0 || !timecode_count(&tc, fps, &back) ||
                back != n)
                fail_msg("%s frame %lld", fps_table[f].name, (long long)n);
            tick(&tc, fps);
        }
        assert_memory_equal(&tc, &(struct timecode){0}, sizeof tc); /* a day is a whole one */
    }
    assert_int_equal(timecode_day(FPS_2997_DF), 24 * 6 * 17982);
}

static void frames_begin_on_the_first_sample(void **state) {
    (void)state;
    for (unsigned f = 0; f < FPS_COUNT; f++) {
        for (unsigned r = 0; r < sizeof rates / sizeof rates[0]; r++) {
            const int64_t num = fps_table[f].num, den = fps_table[f].den;
            for (int64_t n = -500; n < timecode_day((enum fps)f); n += n < 4000 ? 1 : 997) {
                for (int h = 0; h < 100; h += 33) {
                    const int64_t s = timecode_samples(n, h, (enum fps)f, rates[r]);
                    /* true time in samples: (n + h/100) rate den / num */
                    const int64_t exact = (n * 100 + h) * rates[r] * den;
                    assert_true(s * 100 * num >= exact);
                    assert_true((s - 1) * 100 * num < exact);
                    int part = -1;
                    assert_int_equal(timecode_at(s, (enum fps)f, rates[r], &part), n);
                    assert_int_equal(part, h);
                    assert_int_equal(timecode_at(s - 1, (enum fps)f, rates[r], &part),
                                     h ? n : n - 1);
                }
            }
        }
    }
}

/* Samples per frame at 48 kHz: 2002, 2000, 1920, 1601.6 (five frames are 8008), 1600. */
static void known_lengths(void **state) {
    (void)state;
    static const struct {
        enum fps fps;
        int64_t tcframes, samples;
    } known[] = {{FPS_23976, 1, 2002}, {FPS_24, 1, 2000},      {FPS_25, 1, 1920},
                 {FPS_2997, 5, 8008},  {FPS_2997_DF, 5, 8008}, {FPS_30, 1, 1600},
                 {FPS_2997, 1, 1602},  {FPS_2997, 2, 3204},    {FPS_2997, 3, 4805}};
    for (unsigned i = 0; i < sizeof known / sizeof known[0]; i++)
        assert_int_equal(timecode_samples(known[i].tcframes, 0, known[i].fps, 48000),
                         known[i].samples);
}

static void text_there_and_back(void **state) {
    (void)state;
    static const struct {
        enum fps fps;
        const char *text, *printed;
        int64_t samples;
    } known[] = {
        {FPS_25, "00:59:52:00", "00:59:52:00.00", INT64_C(48000) * 3592},
        {FPS_25, "01:00:00:12.50", "01:00:00:12.50", INT64_C(48000) * 3600 + 24000},
        {FPS_24, "00:00:00:01.01", "00:00:00:01.01", 2020},
        {FPS_23976, "01:00:00:00", "01:00:00:00.00", INT64_C(86400) * 2002},
        {FPS_2997_DF, "01:00:00;00", "01:00:00;00.00", 172799828},
        {FPS_2997_DF, "00:10:00:00", "00:10:00;00.00", 28799972},
        {FPS_30, "23:59:59:29.99", "23:59:59:29.99", INT64_C(48000) * 86400 - 16},
    };
    char why[160], buf[TIMECODE_BYTES];
    for (unsigned i = 0; i < sizeof known / sizeof known[0]; i++) {
        int64_t samples = -1;
        assert_true(timecode_parse(known[i].text, known[i].fps, 48000, &samples, why, sizeof why));
        assert_int_equal(samples, known[i].samples);
        assert_string_equal(timecode_print(samples, known[i].fps, 48000, true, buf),
                            known[i].printed);
    }
    assert_string_equal(timecode_print(-1, FPS_25, 48000, false, buf), "23:59:59:24");
    assert_string_equal(timecode_print(INT64_C(86400) * 48000, FPS_25, 48000, false, buf),
                        "00:00:00:00");
    assert_non_null(timecode_print(INT64_MIN / 4, FPS_2997_DF, 48000, true, buf));
}

static void mistakes(void **state) {
    (void)state;
    static const struct {
        enum fps fps;
        const char *text, *words;
    } bad[] = {
        {FPS_25, "01:00:00:25", "frames to 24"},    {FPS_24, "24:00:00:00", "does not exist"},
        {FPS_25, "00:60:00:00", "does not exist"},  {FPS_25, "00:00:60:00", "does not exist"},
        {FPS_25, "1:00:00:00", "no timecode"},      {FPS_25, "", "no timecode"},
        {FPS_25, "01:00:00", "no timecode"},        {FPS_25, "01:00:00:00.5", "no timecode"},
        {FPS_25, "01:00:00:00.500", "no timecode"}, {FPS_25, "01:00:00:00 ", "no timecode"},
        {FPS_25, "01:00:00;00", "drop-frame"},      {FPS_2997, "01:00:00;00", "drop-frame"},
        {FPS_2997_DF, "01:01:00;00", "leaves out"}, {FPS_2997_DF, "01:01:00;01", "leaves out"},
        {FPS_25, "-1:00:00:00", "no timecode"},     {FPS_25, "01:00:00:0$", "no timecode"},
    };
    char why[160];
    int64_t samples = 77;
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(timecode_parse(bad[i].text, bad[i].fps, 48000, &samples, why, sizeof why));
        if (!strstr(why, bad[i].words))
            fail_msg("'%s': %s", bad[i].text, why);
    }
    assert_int_equal(samples, 77);
    assert_true(timecode_parse("01:10:00;00", FPS_2997_DF, 48000, &samples, why, sizeof why));
    assert_true(timecode_parse("01:01:00;02", FPS_2997_DF, 48000, &samples, why, sizeof why));
}

static void positions(void **state) {
    (void)state;
    const int64_t start = INT64_C(48000) * 3592;
    char why[160];
    int64_t at;
    assert_true(timecode_parse_position("01:00:00:00", FPS_25, 48000, start, &at, why, 160));
    assert_int_equal(at, 8 * 48000);
    assert_true(timecode_parse_position("384017", FPS_25, 48000, start, &at, why, 160));
    assert_int_equal(at, 384017);
    assert_true(timecode_parse_position("-5", FPS_25, 48000, start, &at, why, 160));
    assert_int_equal(at, -5);
    assert_false(
        timecode_parse_position("99999999999999999999", FPS_25, 48000, start, &at, why, 160));
    assert_false(timecode_parse_position("-", FPS_25, 48000, start, &at, why, 160));
    assert_false(timecode_parse_position("5.5", FPS_25, 48000, start, &at, why, 160));
}

static void names(void **state) {
    (void)state;
    char words[80] = "";
    for (unsigned f = 0; f < FPS_COUNT; f++) {
        assert_int_equal(fps_by_name(fps_table[f].name), f);
        strcat(words, f ? "|" : "");
        strcat(words, fps_table[f].name);
    }
    assert_string_equal(words, FPS_WORDS);
    assert_int_equal(fps_by_name("26"), FPS_COUNT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_day_counted), cmocka_unit_test(frames_begin_on_the_first_sample),
        cmocka_unit_test(known_lengths), cmocka_unit_test(text_there_and_back),
        cmocka_unit_test(mistakes),      cmocka_unit_test(positions),
        cmocka_unit_test(names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
