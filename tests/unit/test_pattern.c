/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: osc */
/* Address patterns: tables by hand, and a slow recursive matcher written from the OSC text as
 * oracle. */
#include "osc/pattern.h"
#include "tests/lib/plain_pattern.h"

#include <lo/lo_lowlevel.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void match_is(const char *pattern, const char *address, bool expected) {
    struct osc_pattern p;
    if (osc_pattern_set(&p, pattern) != OSC_OK)
        fail_msg("%s refused", pattern);
    if (osc_pattern_match(&p, address) != expected)
        fail_msg("%s against %s: not %d", pattern, address, expected);
}

static void test_table(void **state) {
    (void)state;
    match_is("/ch/1/fader", "/ch/1/fader", true);
    match_is("/ch/1/fader", "/ch/1/fade", false);
    match_is("/ch/1/fade", "/ch/1/fader", false);
    match_is("/ch/*/fader", "/ch/17/fader", true);
    match_is("/ch/*/fader", "/ch//fader", true); /* '*' may be nothing */
    match_is("/ch/*/fader", "/ch/1/2/fader", false);
    match_is("/ch/*", "/ch/1/fader", false);
    match_is("/*/*/fader", "/stem/DX/fader", true);
    match_is("/ch/?/fader", "/ch/9/fader", true);
    match_is("/ch/?/fader", "/ch/10/fader", false);
    match_is("/ch?1/fader", "/ch/1/fader", false);
    match_is("/ch/[1-4]/mute", "/ch/3/mute", true);
    match_is("/ch/[1-4]/mute", "/ch/5/mute", false);
    match_is("/ch/[!1-4]/mute", "/ch/5/mute", true);
    match_is("/ch/[!1-4]/mute", "/ch/4/mute", false);
    match_is("/ch[!x]1", "/ch/1", false);
    match_is("/ch/[a-]/x", "/ch/-/x", true);
    match_is("/ch/[-a]/x", "/ch/-/x", true);
    match_is("/ch/[az]/x", "/ch/b/x", false);
    match_is("/{ch,stem}/1/fader", "/stem/1/fader", true);
    match_is("/{ch,stem}/1/fader", "/chstem/1/fader", false);
    match_is("/{ch,stem}/1/fader", "/c/1/fader", false);
    match_is("/a{b,bc}c", "/abc", true);
    match_is("/a{b,bc}c", "/abcc", true);
    match_is("/a{,b}c", "/ac", true);
    match_is("/a{b,}c", "/ac", true);
    match_is("/a{b,,d}c", "/ac", true);
    match_is("/a{}c", "/ac", true);
    match_is("/a{b,d}c", "/ac", false);
    match_is("/a{b,d}{e,f}", "/ade", true);
    match_is("/a{b,}*", "/a", true);
    match_is("/*{a,b}", "/xxa", true);
    match_is("/*{a,b}", "/xxab", true);
    match_is("/*{a,b}", "/xxac", false);
    match_is("/**", "/x", true);
    match_is("//fader", "/fader", true);
    match_is("//fader", "/ch/1/fader", true);
    match_is("//fader", "/ch/1/xfader", false);
    match_is("/ch//gain", "/ch/1/eq/3/gain", true);
    match_is("/ch//gain", "/ch/gain", true);
    match_is("/ch//gain", "/stem/1/gain", false);
    match_is("//*", "/a", true);
    match_is("//*", "/ch/1/eq/3/gain", true);
    match_is("//{gain,freq}", "/ch/1/eq/3/freq", true);
    match_is("//eq/*/gain", "/ch/1/eq/3/gain", true);
    match_is("/ch//[1-3]/gain", "/ch/1/eq/2/gain", true);
}

static void test_refused(void **state) {
    (void)state;
    static const char *const bad[] = {
        "",       "x",      "/ch/[",  "/ch/[]",  "/ch/[!]",    "/{a",    "/a}",      "/a]",
        "/{a/b}", "/[a/b]", "/{a*b}", "/{a{b}}", "/*/*/*/*/*", "/?????", "/a b",     "/a#b",
        "/a,b",   "/a//",   "/a///b", "/\x01",   "/\xc3\xa9",  "/{a,b",  "//*/*/*/*"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct osc_pattern p;
        if (osc_pattern_set(&p, bad[i]) != OSC_BAD_PATTERN)
            fail_msg("'%s' was accepted", bad[i]);
        assert_false(osc_pattern_match(&p, bad[i]));
        assert_false(osc_pattern_match(&p, ""));
    }
    char longest[OSC_MAX_ADDRESS + 1];
    memset(longest, 'a', sizeof longest);
    longest[0] = '/';
    longest[sizeof longest - 1] = 0;
    struct osc_pattern p;
    assert_int_equal(osc_pattern_set(&p, longest), OSC_OK);
    assert_true(osc_pattern_match(&p, longest));
    char longer[OSC_MAX_ADDRESS + 2];
    memset(longer, 'a', sizeof longer);
    longer[0] = '/';
    longer[sizeof longer - 1] = 0;
    assert_int_equal(osc_pattern_set(&p, longer), OSC_TOO_LARGE);
}

static void test_prefix_and_is(void **state) {
    (void)state;
    struct osc_pattern p;
    osc_pattern_set(&p, "/ch/*/fader");
    assert_int_equal(p.prefix, 4);
    assert_int_equal(p.wildcards, 1);
    osc_pattern_set(&p, "/ch//gain");
    assert_int_equal(p.prefix, 4);
    osc_pattern_set(&p, "/ch/1");
    assert_int_equal(p.prefix, 5);
    assert_int_equal(p.wildcards, 0);
    assert_false(osc_pattern_is("/ch/1"));
    assert_true(osc_pattern_is("/ch//x"));
    assert_true(osc_pattern_is("/ch/?"));
    assert_true(osc_pattern_is("/{ch}"));
}

static void test_random_against_plain_reading(void **state) {
    (void)state;
    static const char *const bits[] = {"a",    "b",      "/",    "?",  "*",  "[ab]",
                                       "[!a]", "{a,ab}", "{,b}", "//", "ab", "[a-b]"};
    unsigned seed = 20261123, matched = 0, tried = 0;
    for (int n = 0; n < 300000; n++) {
        char pattern[64] = "/", address[32] = "/";
        for (int k = rand_r(&seed) % 7; k >= 0; k--)
            strcat(pattern, bits[rand_r(&seed) % 12]);
        for (int k = rand_r(&seed) % 9; k >= 0; k--)
            strcat(address, &"a\0b\0/"[(rand_r(&seed) % 3) * 2]);
        struct osc_pattern p;
        if (osc_pattern_set(&p, pattern))
            continue;
        bool expected = plain_pattern_match(pattern, address);
        if (osc_pattern_match(&p, address) != expected)
            fail_msg("%s against %s: not %d", pattern, address, expected);
        tried++;
        matched += expected;
    }
    assert_true(tried > 50000 && matched > 2000);
}

/* liblo's matcher knows neither "//" nor empty words, and misses some matches ("{a,b}?{a,b}*"
 * against "aba"): what it does match, we match. */
static void test_random_against_liblo(void **state) {
    (void)state;
    static const char *const bits[] = {"a", "b", "?", "*", "[ab]", "[!a]", "{a,b}", "ab"};
    unsigned seed = 7, matched = 0;
    for (int n = 0; n < 100000; n++) {
        char pattern[64] = "", address[32] = "";
        for (int k = rand_r(&seed) % 5; k >= 0; k--)
            strcat(pattern, bits[rand_r(&seed) % 8]);
        for (int k = rand_r(&seed) % 7; k >= 0; k--)
            strcat(address, rand_r(&seed) % 2 ? "a" : "b");
        char full[70] = "/", whole[40] = "/";
        strcat(full, pattern);
        strcat(whole, address);
        struct osc_pattern p;
        if (osc_pattern_set(&p, full))
            continue;
        if (!lo_pattern_match(address, pattern))
            continue;
        matched++;
        if (!osc_pattern_match(&p, whole))
            fail_msg("%s against %s: liblo matches", full, whole);
    }
    assert_true(matched > 2000);
}

/* 255 bytes of the worst we could think of, counted in matches, not in time: it simply has to end.
 */
static void test_no_explosion(void **state) {
    (void)state;
    char pattern[256] = "/*a*a*a*", address[256];
    while (strlen(pattern) < 250)
        strcat(pattern, "a");
    strcat(pattern, "b");
    memset(address, 'a', 255);
    address[0] = '/';
    address[255] = 0;
    for (int i = 0; i < 2000; i++)
        match_is(pattern, address, false);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_prefix_and_is),
        cmocka_unit_test(test_random_against_plain_reading),
        cmocka_unit_test(test_random_against_liblo),
        cmocka_unit_test(test_no_explosion),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
