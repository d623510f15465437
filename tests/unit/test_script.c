/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: tools osc config */
/* Scripts: what is read, in which order, what is refused and how it is told. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "osc/packet.h"
#include "tools/script.h"

static const struct script_clock clock25 = {FPS_25, 48000, 3600ll * 48000};

static struct script parse(const char *text, const struct script_clock *clock) {
    struct script script;
    char error[512];
    if (script_parse(text, strlen(text), "s", clock, &script, error))
        fail_msg("%s", error);
    return script;
}

static void test_arguments(void **state) {
    (void)state;
    struct script s =
        parse("# nothing\n\n"
              "01:00:00:01 /ch/1/fader -3.5   # a comment\r\n"
              "  96000 /x 1 -2 +3 4.0 1e2 -inf bell \"a \\\"b\\\" #c\\\\\" 12/24 5000000000",
              &clock25);
    assert_int_equal(s.lines, 2);
    assert_int_equal(s.line[0].timeline, 1920);
    assert_int_equal(s.line[0].line, 3);
    assert_string_equal(s.line[0].address, "/ch/1/fader");
    assert_int_equal(s.line[0].args, 1);
    assert_int_equal(s.line[0].arg[0].type, SCRIPT_FLOAT);
    assert_float_equal(s.line[0].arg[0].value, -3.5, 0);
    const struct script_line *l = &s.line[1];
    assert_int_equal(l->timeline, 96000);
    assert_int_equal(l->args, 10);
    const int type[10] = {0, 0, 0, 1, 1, 1, 2, 2, 2, 0};
    for (int i = 0; i < 10; i++)
        assert_int_equal(l->arg[i].type, type[i]);
    assert_int_equal(l->arg[1].number, -2);
    assert_int_equal(l->arg[2].number, 3);
    assert_float_equal(l->arg[4].value, 100.0, 0);
    assert_true(isinf(l->arg[5].value) && l->arg[5].value < 0);
    assert_string_equal(l->arg[6].text, "bell");
    assert_string_equal(l->arg[7].text, "a \"b\" #c\\");
    assert_string_equal(l->arg[8].text, "12/24");
    assert_true(l->arg[9].number == 5000000000);
    script_free(&s);
}

static void test_order(void **state) {
    (void)state;
    struct script s = parse("01:00:02:00 /c 1\n01:00:01:00 /a 1\n48000 /b 1\n01:00:00:24.99 /0 1\n"
                            "00:59:59:00 /before 1\n-5 /just 1\n",
                            &clock25);
    const char *want[] = {"/before", "/just", "/0", "/a", "/b", "/c"};
    assert_int_equal(s.lines, 6);
    for (int i = 0; i < 6; i++)
        assert_string_equal(s.line[i].address, want[i]);
    assert_int_equal(s.line[0].timeline, -48000);
    /* 24.99 frames of 1920 samples: the first sample at or after. */
    assert_int_equal(s.line[2].timeline, 24 * 1920 + 1901);
    script_free(&s);
    s = parse("01:00:02:00 /c 1\n01:00:01:00 /a 1\n", NULL);
    assert_string_equal(s.line[0].address, "/c");
    assert_string_equal(s.line[0].at, "01:00:02:00");
    script_free(&s);
}

static void test_refusals(void **state) {
    (void)state;
    static const struct {
        const char *text, *what;
    } bad[] = {
        {"hello /a 1", "s:1: 'hello' is no time"},
        {"\n01:00:00:25 /a 1", "s:2: "},
        {"01:00:60:00 /a 1", "s:1: "},
        {"1:00:00:00 /a 1", "is no time"},
        {"01:00:00:00.5 /a 1", "is no time"},
        {"01:00:00:00", "a time without a move"},
        {"01:00:00:00 # /a", "a time without a move"},
        {"01:00:00:00 ch/1 2", "expected an address"},
        {"01:00:00:00 /a\"b 2", "is no address"},
        {"01:00:00:00 /a", "without a value"},
        {"01:00:00:00 /a \"b", "without its second"},
        {"01:00:00:00 /a \"b\"c", "directly behind"},
        {"01:00:00:00 /a \"\\x\"", "in a string"},
        {"01:00:00:00 /a nan", "is no value"},
        {"01:00:00:00 /a inf", "is no value"},
        {"01:00:00:00 /a 1e999", "is no number"},
        {"01:00:00:00 /a 99999999999999999999", "too large"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct script s;
        char error[512] = "";
        assert_int_equal(script_parse(bad[i].text, strlen(bad[i].text), "s", &clock25, &s, error),
                         -1);
        if (!strstr(error, bad[i].what))
            fail_msg("%s: %s", bad[i].text, error);
    }
    struct script s;
    char error[512];
    assert_int_equal(script_parse("0 /a 1\n0 /\0b 1", 15, "s", &clock25, &s, error), -1);
    assert_non_null(strstr(error, "s:2: a zero byte"));
    assert_int_equal(script_load("/nowhere/at.all", &clock25, &s, error), -1);
    assert_non_null(strstr(error, "/nowhere/at.all: No such file"));
    /* Many arguments. */
    char text[1024] = "0 /a";
    for (int i = 0; i < SCRIPT_MAX_ARGS; i++)
        strcat(text, " 1");
    assert_int_equal(script_parse(text, strlen(text), "s", &clock25, &s, error), 0);
    assert_int_equal(s.line[0].args, SCRIPT_MAX_ARGS);
    script_free(&s);
    strcat(text, " 1");
    assert_int_equal(script_parse(text, strlen(text), "s", &clock25, &s, error), -1);
}

static void test_packet(void **state) {
    (void)state;
    struct script s = parse("480 /ch/1/fader/glide -inf 2 linear\n", &clock25);
    unsigned char bytes[512];
    const size_t size = script_packet(&s.line[0], true, bytes, sizeof bytes);
    static const unsigned char want[] =
        "#bundle\0\0\0\0\0\0\0\0\1"
        "\0\0\0\x10/at\0,h\0\0\0\0\0\0\0\0\x01\xe0"
        "\0\0\0\x2c/ch/1/fader/glide\0\0\0,fis\0\0\0\0\xff\x80\0\0\0\0\0\x02linear\0";
    assert_int_equal(size, sizeof want); /* the literal's own zero is the last padding byte */
    assert_memory_equal(bytes, want, size);
    assert_int_equal(script_packet(&s.line[0], true, bytes, 40), 0);
    assert_true(script_packet(&s.line[0], false, bytes, sizeof bytes) > 0);
    assert_memory_equal(bytes + 20,
                        "/at\0,s\0\0"
                        "480\0",
                        12);
    script_free(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_packet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
