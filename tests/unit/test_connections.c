/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: sound link dsp config */
/* Connections: what patterns mean, and what people did is kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/sound/connections.h"

static const struct connections_port ports[] = {
    {"system:capture_10", true},  {"system:capture_1", true},   {"system:capture_2", true},
    {"system:playback_1", false}, {"system:playback_2", false}, {"Ardour:Master (L)/out 1", true},
    {"player:out_1", true},
};
#define PORTS (sizeof ports / sizeof *ports)

static struct desk *desk;
static char file[] = "/tmp/test_connections.XXXXXX";
static const char text[] = "rate = 48000;\n"
                           "channels = ( { id = \"A\"; format = \"stereo\"; in = \"\"; },\n"
                           "             { id = \"B\"; format = \"mono\"; in = \"\"; } );\n"
                           "stems = ( { id = \"DX\"; format = \"stereo\"; role = \"dx\"; } );\n"
                           "mains = ( { id = \"PM\"; format = \"stereo\";\n"
                           "            connect = \"system:playback_[12]\"; } );\n";

static uint32_t port_number(const char *name) {
    static struct desk_port list[64];
    const uint32_t n = desk_ports(desk, list, 64);
    for (uint32_t i = 0; i < n; i++)
        if (strcmp(list[i].name, name) == 0)
            return i;
    fail_msg("no port '%s'", name);
    return 0;
}

static struct connections *fresh(void) {
    char error[256];
    struct connections *c = connections_setup(desk, file, error);
    assert_non_null(c);
    return c;
}

/* "ours>other" of all that is wanted, sorted by port, in one line. */
static const char *wants(struct connections *c) {
    static char line[1024];
    const struct connection *w;
    const uint32_t n = connections_wanted(c, ports, PORTS, &w);
    line[0] = '\0';
    for (uint32_t p = 0; p < 64; p++)
        for (uint32_t i = 0; i < n; i++)
            if (w[i].port == p)
                snprintf(line + strlen(line), sizeof line - strlen(line), "%u>%s ", p, w[i].other);
    return line;
}

static void test_patterns(void **state) {
    (void)state;
    struct connections *c = fresh();
    const uint32_t pm = port_number("main PM L");
    char mains[128], line[512];
    snprintf(mains, sizeof mains, "%u>system:playback_1 %u>system:playback_2 ", pm, pm + 1);
    const struct {
        const char *source, *expected;
    } cases[] = {
        {"", ""},
        {"reel:music", ""},
        {"system:capture_1", "0>system:capture_1 "},
        {"system:capture_[0-9]+", "0>system:capture_1 1>system:capture_2 "},
        {"system:capture_*", "0>system:capture_1 1>system:capture_2 "},
        {"system:capture_10, player:out_1", "0>system:capture_10 1>player:out_1 "},
        {"Ardour:Master (L)/out 1", "0>Ardour:Master (L)/out 1 "}, /* no regex: a name */
        {"system:playback_1", ""},                                 /* gives no sound */
        {"capture_1", ""},                                         /* whole names only */
        {"system:(", ""},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
        connections_input(c, 0, cases[i].source);
        snprintf(line, sizeof line, "%s%s", cases[i].expected, mains);
        assert_string_equal(wants(c), line);
    }
    connections_input(c, 77, "system:capture_1"); /* no such channel: nothing */
    connections_free(c);
}

/* An insert has a pattern for either way. */
static void test_inserts(void **state) {
    (void)state;
    struct desk *kept = desk;
    struct desk_error why;
    char error[256], line[256];
    if (desk_parse("channels = ( { id = \"A\"; format = \"stereo\"; insert = { connect_send = "
                   "\"system:playback_*\"; connect_return = \"system:capture_10,player:.*\"; }; "
                   "} );\nstems = ( { id = \"S\"; format = \"mono\"; } );\n",
                   "t", &desk, &why))
        fail_msg("%s", why.text);
    struct connections *c = connections_setup(desk, NULL, error);
    assert_non_null(c);
    const uint32_t back = port_number("insert ch A L return"),
                   out = port_number("insert ch A L send");
    snprintf(line, sizeof line,
             "%u>system:capture_10 %u>player:out_1 %u>system:playback_1 %u>system:playback_2 ",
             back, back + 1, out, out + 1);
    assert_string_equal(wants(c), line);
    connections_input(c, 0, "player:out_1"); /* the channel's, not the insert's */
    char with[300];
    snprintf(with, sizeof with, "0>player:out_1 %s", line);
    assert_string_equal(wants(c), with);
    connections_free(c);
    desk_free(desk);
    desk = kept;
}

/* A set's pattern goes by legs; a loudspeaker's own one goes before it. */
static void test_loudspeakers(void **state) {
    (void)state;
    struct desk *kept = desk;
    struct desk_error why;
    char error[256], line[512];
    if (desk_parse("channels = ( { id = \"A\"; } ); stems = ( { id = \"S\"; format = 5.1; } );\n"
                   "monitor = { format = 5.1; sets = ( { id = \"main\"; connect = "
                   "\"system:playback_*\"; },\n"
                   "  { id = \"near\"; format = \"stereo\"; connect = \"system:playback_[12]\";\n"
                   "    speakers = { L = { connect = \"system:playback_2\"; }; }; },\n"
                   "  { id = \"tv\"; format = \"mono\"; } ); };\n",
                   "t", &desk, &why))
        fail_msg("%s", why.text);
    struct connections *c = connections_setup(desk, NULL, error);
    assert_non_null(c);
    const uint32_t mon = port_number("mon L"), near = port_number("mon near L");
    snprintf(line, sizeof line,
             "%u>system:playback_1 %u>system:playback_2 %u>system:playback_2 "
             "%u>system:playback_2 ",
             mon, mon + 1, near, near + 1);
    assert_string_equal(wants(c), line);
    connections_free(c);
    desk_free(desk);
    desk = kept;
}

static void test_people_are_remembered(void **state) {
    (void)state;
    char error[256];
    struct connections *c = fresh();
    const uint32_t b = port_number("ch B 1"), pm = port_number("main PM L");
    const struct connection asked[] = {{pm, "system:playback_1"}, {pm + 1, "system:playback_2"}};
    assert_false(connections_note(c, ports, PORTS, asked, 2, false));
    /* Somebody connects B and cuts PM's right leg. */
    const struct connection now[] = {{pm, "system:playback_1"}, {b, "player:out_1"}};
    assert_true(connections_note(c, ports, PORTS, now, 2, false));
    assert_false(connections_note(c, ports, PORTS, now, 2, false));
    assert_int_equal(connections_save(c, error), 0);
    connections_free(c);

    c = fresh();
    char line[256];
    snprintf(line, sizeof line, "%u>player:out_1 %u>system:playback_1 ", b, pm);
    assert_string_equal(wants(c), line);
    /* Made again by hand: not cut any more. */
    const struct connection again[] = {
        {pm, "system:playback_1"}, {pm + 1, "system:playback_2"}, {b, "player:out_1"}};
    assert_true(connections_note(c, ports, PORTS, again, 3, false));
    assert_non_null(strstr(wants(c), "system:playback_2"));
    /* And taken away by hand: forgotten. */
    assert_true(connections_note(c, ports, PORTS, again, 2, false));
    assert_null(strstr(wants(c), "player"));
    connections_free(c);
    unlink(file);
}

static void test_leaving_is_not_cutting(void **state) {
    (void)state;
    struct connections *c = fresh();
    const uint32_t b = port_number("ch B 1");
    const struct connection with[] = {{b, "player:out_1"}};
    assert_true(connections_note(c, ports, PORTS, with, 1, false));
    /* the player is gone ... */
    assert_false(connections_note(c, ports, PORTS - 1, NULL, 0, false));
    /* ... and back */
    assert_non_null(strstr(wants(c), "player:out_1"));
    /* gone and back between two looks, so that it seems cut */
    assert_false(connections_note(c, ports, PORTS, with, 1, false));
    assert_false(connections_note(c, ports, PORTS, NULL, 0, true));
    assert_non_null(strstr(wants(c), "player:out_1"));
    /* a pattern's port whose client is not active yet was never connected: not cut either */
    connections_input(c, 0, "system:capture_1");
    assert_false(connections_note(c, ports, PORTS, NULL, 0, false));
    assert_non_null(strstr(wants(c), "system:capture_1"));
    connections_free(c);
}

static void test_damaged_file(void **state) {
    (void)state;
    FILE *f = fopen(file, "w");
    assert_non_null(f);
    fputs(
        "made\nmade\tch B 1\nmade\tno such port\tplayer:out_1\n\t\t\t\nmade\tch B 1\tplayer:out_1\n"
        "made\tch B 1\t",
        f);
    for (int i = 0; i < 2000; i++)
        fputc('x', f);
    fclose(f);
    struct connections *c = fresh();
    assert_non_null(strstr(wants(c), "player:out_1"));
    connections_free(c);
    unlink(file);
}

int main(void) {
    struct desk_error error;
    if (desk_parse(text, "test.cfg", &desk, &error)) {
        fprintf(stderr, "%s\n", error.text);
        return 1;
    }
    const int fd = mkstemp(file);
    if (fd < 0)
        return 1;
    close(fd);
    unlink(file);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_patterns),
        cmocka_unit_test(test_loudspeakers),
        cmocka_unit_test(test_inserts),
        cmocka_unit_test(test_people_are_remembered),
        cmocka_unit_test(test_leaving_is_not_cutting),
        cmocka_unit_test(test_damaged_file),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    desk_free(desk);
    return failed;
}
