/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: config */
/* timeout: 90 */
/* The wire's rules one by one on a real desk, as a surface maker would try them: over UDP and both
 * framings of TCP, with an OSC implementation of the test's own. */
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/lib/live_desk.h"
#include "tests/lib/osc_talk.h"

static struct live_desk desk;
static struct talk a, b; /* two surfaces */

static const char desk_text[] =
    "title = \"rules\";\nrate = 48000;\n"
    "tape = { fps = 25; start = \"01:00:00:00\"; };\n"
    "channels = (\n"
    "  { id = \"A\"; name = \"Dialogue A\"; to = [ \"DX\" ]; },\n"
    "  { id = \"B\"; format = \"stereo\"; to = [ \"MX\" ]; },\n"
    "  { id = \"C\"; to = [ \"DX\" ]; }, { id = \"D\"; to = [ \"DX\" ]; },\n"
    "  { id = \"E\"; to = [ \"DX\" ]; } );\n"
    "groups = ( { id = \"G\"; format = \"stereo\"; to = [ \"DX\" ]; } );\n"
    "auxes = ( { id = \"REV\"; format = \"stereo\"; stem = \"DX\"; },\n"
    "          { id = \"REV2\"; format = \"stereo\"; stem = \"DX\"; } );\n"
    "stems = ( { id = \"DX\"; format = \"5.1\"; role = \"dx\"; },\n"
    "          { id = \"MX\"; format = \"stereo\"; role = \"mx\"; } );\n"
    "mains = ( { id = \"PM\"; format = \"5.1\"; print_master = true; },\n"
    "          { id = \"ME\"; format = \"5.1\"; without = [ \"DX\" ]; } );\n"
    "vcas = ( { id = \"V\"; members = [ \"A\", \"B\" ]; } );\n"
    "mute_groups = ( { id = \"M\"; members = [ \"C\" ]; } );\n";

/* Everything sent before is in the values that are read now. */
static void settle(struct talk *t) {
    static int number;
    char line[32], answer[32];
    snprintf(line, sizeof line, "/sync ,i %d", ++number);
    snprintf(answer, sizeof answer, "/synced ,ih %d *", number);
    ask(t, line, answer);
}

static void refuses(struct talk *t, const char *line, const char *code) {
    char answer[300], address[256];
    snprintf(address, sizeof address, "%.*s", (int)strcspn(line, " "), line);
    snprintf(answer, sizeof answer, "/error ,sss %s %s *", code, address);
    ask(t, line, answer);
}

/* ---- gets, sets, coercion ---- */

static void test_get_and_set(void **state) {
    (void)state;
    ask(&a, "/ch/1/fader ,", "/ch/1/fader ,f 0");
    say(&a, "/ch/1/fader ,f -6.5");
    ask(&a, "/ch/1/fader ,", "/ch/1/fader ,f -6.5");
    ask(&b, "/ch/A/fader ,", "/ch/A/fader ,f -6.5");
    ask(&b, "/ch/01/fader ,", "/ch/01/fader ,f -6.5");
    ask(&a, "/ch/1/fader", "/ch/1/fader ,f -6.5"); /* without a type tag string */
    say(&a, "/stem/DX/fader ,f -3");
    ask(&a, "/stem/1/fader ,", "/stem/1/fader ,f -3");
    say(&a, "/main/fader ,f -1");
    ask(&a, "/main/1/fader ,", "/main/1/fader ,f -1");
    ask(&a, "/main/PM/fader ,", "/main/PM/fader ,f -1");
    say(&a, "/main/fader ,f 0");
    say(&a, "/ch/2/name ,s Music_left");
    ask(&b, "/ch/B/name ,", "/ch/B/name ,s Music left");
    ask(&a, "/ch/2/format ,", "/ch/2/format ,s stereo");
    say(&a, "/ch/1/pan/aed ,fff 30 10 0.5");
    ask(&a, "/ch/1/pan/aed ,", "/ch/1/pan/aed ,fff 30 10 0.5");
    ask(&a, "/ch/1/pan ,", "/ch/1/pan ,f -100");
    say(&a, "/ch/1/pan ,f 100");
    ask(&a, "/ch/1/pan/aed ,", "/ch/1/pan/aed ,fff -30 10 0.5");
    say(&a, "/ch/1/pan/aed ,fff 0 0 1");
    say(&a, "/main/ME/from/MX/level ,f -2");
    ask(&a, "/main/2/from/2/level ,", "/main/2/from/2/level ,f -2");
    say(&a, "/ch/1/send/REV/on ,i 1");
    ask(&a, "/ch/1/send/1/on ,", "/ch/1/send/1/on ,i 1");
    ask(&a, "/ch/1/to/DX ,", "/ch/1/to/DX ,i 1");
    ask(&a, "/ch/1/to/1 ,", "/ch/1/to/1 ,i 0"); /* the group */
    ask(&a, "/ch/1/muted ,", "/ch/1/muted ,i 0");
    say(&a, "/mon/source ,s /stem/DX");
    ask(&a, "/mon/source ,", "/mon/source ,s /stem/DX");
    say(&a, "/mon/source ,i 0");
    ask(&a, "/mon/source ,", "/mon/source ,s none");
}

static void test_coercion(void **state) {
    (void)state;
    static const char *const fader[] = {"/ch/1/fader ,i -6", "/ch/1/fader ,h -6",
                                        "/ch/1/fader ,d -6", "/ch/1/fader ,s -6",
                                        "/ch/1/fader ,s -6.0e0"};
    for (unsigned i = 0; i < sizeof fader / sizeof *fader; i++) {
        say(&a, "/ch/1/fader ,f 3");
        say(&a, fader[i]);
        ask(&a, "/ch/1/fader ,", "/ch/1/fader ,f -6");
    }
    static const char *const on[] = {"/ch/1/mute ,f 1", "/ch/1/mute ,T", "/ch/1/mute ,s 1",
                                     "/ch/1/mute ,d 1", "/ch/1/mute ,h 1"};
    for (unsigned i = 0; i < sizeof on / sizeof *on; i++) {
        say(&a, "/ch/1/mute ,F");
        ask(&a, "/ch/1/mute ,", "/ch/1/mute ,i 0");
        say(&a, on[i]);
        ask(&a, "/ch/1/mute ,", "/ch/1/mute ,i 1");
    }
    say(&a, "/ch/1/mute ,i 0");
    refuses(&a, "/ch/1/mute ,f 0.5", "bad-value");
    refuses(&a, "/ch/1/fader ,b 4", "bad-type");
    refuses(&a, "/ch/1/fader ,N", "bad-type");
    refuses(&a, "/ch/1/fader ,s loud", "bad-value");
    say(&a, "/ch/1/eq/1/type ,s highshelf");
    ask(&a, "/ch/1/eq/1/type ,", "/ch/1/eq/1/type ,s highshelf");
    say(&a, "/ch/1/eq/1/type ,i 1");
    ask(&a, "/ch/1/eq/1/type ,", "/ch/1/eq/1/type ,s lowshelf");
    say(&a, "/ch/1/eq/1/type ,f 0");
    ask(&a, "/ch/1/eq/1/type ,", "/ch/1/eq/1/type ,s bell");
    say(&a, "/ch/1/hpf/slope ,s 24");
    ask(&a, "/ch/1/hpf/slope ,", "/ch/1/hpf/slope ,s 24");
    say(&a, "/ch/1/hpf/slope ,i 0");
    ask(&a, "/ch/1/hpf/slope ,", "/ch/1/hpf/slope ,s 12");
    refuses(&a, "/ch/1/eq/1/type ,s comb", "bad-value");
    refuses(&a, "/ch/1/eq/1/type ,i 5", "out-of-range");
    refuses(&a, "/ch/1/eq/1/type ,i -1", "out-of-range");
}

static void test_range(void **state) {
    (void)state;
    ask(&a, "/ch/1/fader ,f 20", "/ch/1/fader ,f 10");
    ask(&a, "/ch/01/trim ,f -99", "/ch/01/trim ,f -24"); /* in the setter's spelling */
    ask(&a, "/ch/A/trim ,d 1e300", "/ch/A/trim ,f 24");
    ask(&a, "/ch/1/fader/norm ,f 2", "/ch/1/fader/norm ,f 1");
    ask(&a, "/ch/1/eq/1/freq ,f 5", "/ch/1/eq/1/freq ,f 20");
    talk_forget(&a);
    say(&a, "/ch/1/fader ,f -inf"); /* silence is no mistake */
    say(&a, "/ch/1/trim ,f 0");
    hear_nothing(&a, 60);
    ask(&a, "/ch/1/fader ,", "/ch/1/fader ,f -144");
    say(&a, "/ch/1/fader ,f -300");
    ask(&a, "/ch/1/fader/norm ,", "/ch/1/fader/norm ,f 0");
    say(&a, "/ch/1/fader ,f 0");
    refuses(&a, "/ch/1/fader ,f nan", "bad-value");
    refuses(&a, "/ch/1/fader ,f inf", "bad-value");
    refuses(&a, "/ch/1/fader ,d nan", "bad-value");
    refuses(&a, "/ch/1/trim ,f -inf", "bad-value");
    refuses(&a, "/ch/1/fader ,s nan", "bad-value");
    refuses(&a, "/ch/1/pan/aed ,fff 0 nan 1", "bad-value");
    refuses(&a, "/ch/1/fader/glide ,ff nan 1", "bad-value");
    refuses(&a, "/ch/1/fader/glide ,ff 0 nan", "bad-value");
    refuses(&a, "/ch/1/fader/norm ,f nan", "bad-value");
    refuses(&a, "/ch/1/fader/delta ,f inf", "bad-value");
    refuses(&a, "/ch/1/fader/glide ,ff 0 -1", "out-of-range");
    refuses(&a, "/ch/1/fader/glide ,ff 0 1e9", "out-of-range");
    refuses(&a, "/ch/1/fader/glide ,ffs 0 1 bent", "out-of-range");
    refuses(&a, "/ch/1/fader/glide ,f 0", "bad-count");
    refuses(&a, "/ch/1/fader ,ff 0 0", "bad-count");
    refuses(&a, "/ch/1/pan/aed ,f 0", "bad-count");
    refuses(&a, "/ch/1/mute/glide ,if 1 1", "bad-type");
    refuses(&a, "/ch/0/fader ,f 0", "no-such-object");
    refuses(&a, "/ch/6/fader ,f 0", "no-such-object");
    refuses(&a, "/ch/99999999999/fader ,f 0", "no-such-object");
    refuses(&a, "/ch/Z/fader ,", "no-such-object");
    refuses(&a, "/ch/1/eq/7/gain ,f 0", "no-such-object");
    refuses(&a, "/ch/1/send/REV3/level ,f 0", "no-such-object");
    refuses(&a, "/grp/G/to/G ,i 1", "no-such-object");
    refuses(&a, "/ch/1/fadr ,f 0", "unknown-address");
    refuses(&a, "/nothing ,f 0", "unknown-address");
    refuses(&a, "/ch/1 ,", "unknown-address");
    refuses(&a, "/stem/1/send/1/on ,i 1", "unknown-address");
    refuses(&a, "/ch/1/muted ,i 1", "read-only");
    refuses(&a, "/ch/1/format ,s 5.1", "read-only");
    refuses(&a, "/ch/1/meter ,f 0", "read-only");
    ask(&a, "/ch/1/fader ,", "/ch/1/fader ,f 0");
}

static void test_suffixes(void **state) {
    (void)state;
    say(&a, "/ch/1/fader/norm ,f 0.5");
    ask(&a, "/ch/1/fader ,", "/ch/1/fader ,f -10");
    ask(&a, "/ch/1/fader/norm ,", "/ch/1/fader/norm ,f 0.5");
    say(&a, "/ch/1/fader/norm ,f 0.75");
    ask(&a, "/ch/1/fader ,", "/ch/1/fader ,f 0");
    say(&a, "/ch/1/fader/delta ,f -4");
    say(&a, "/ch/1/fader/delta ,f -0.5");
    ask(&a, "/ch/1/fader ,", "/ch/1/fader ,f -4.5");
    ask(&a, "/ch/1/fader/delta ,f 100", "/ch/1/fader ,f 10");
    say(&a, "/ch/1/mute/toggle ,i 1");
    ask(&a, "/ch/1/mute ,", "/ch/1/mute ,i 1");
    say(&a, "/ch/1/mute/toggle ,i 0"); /* the button's release */
    ask(&a, "/ch/1/mute ,", "/ch/1/mute ,i 1");
    say(&a, "/ch/1/mute/toggle ,f 1");
    ask(&a, "/ch/1/mute ,", "/ch/1/mute ,i 0");
    ask(&a, "/ch/1/mute/toggle ,", "/ch/1/mute/toggle ,i 0"); /* nothing acts without one */
    ask(&a, "/ch/1/mute ,", "/ch/1/mute ,i 0");
    refuses(&a, "/ch/1/fader/toggle ,i 1", "bad-type");
    refuses(&a, "/ch/1/mute/delta ,f 1", "bad-type");
    /* /norm of a switch and of a word */
    say(&a, "/ch/1/mute/norm ,f 1");
    ask(&a, "/ch/1/mute ,", "/ch/1/mute ,i 1");
    say(&a, "/ch/1/mute/norm ,f 0");
    ask(&a, "/ch/1/mute/norm ,", "/ch/1/mute/norm ,f 0");
    say(&a, "/ch/1/fader ,f 0");
}

static float value_of(struct talk *t, const char *get) {
    char answer[200];
    snprintf(answer, sizeof answer, "%.*s *", (int)strcspn(get, " "), get);
    talk_forget(t);
    say(t, get);
    return strtof(strrchr(hear(t, answer), ' '), NULL);
}

static void test_glide(void **state) {
    (void)state;
    static const char *const curves[] = {"", " linear", " equal-power", " s", " 1"};
    for (unsigned i = 0; i < 5; i++) {
        char line[64];
        say(&a, "/ch/1/fader ,f 0");
        settle(&a);
        snprintf(line, sizeof line, "/ch/1/fader/glide ,ff%s -20 0.4%s", i ? "s" : "", curves[i]);
        say(&a, line);
        live_sleep_ms(150);
        const float half = value_of(&a, "/ch/1/fader ,");
        assert_true(half < -0.5f && half > -19.5f);
        live_sleep_ms(350);
        ask(&a, "/ch/1/fader ,", "/ch/1/fader ,f -20");
    }
    /* It yields to the next set; a delta adds to the target. */
    say(&a, "/ch/1/fader ,f 0");
    settle(&a);
    say(&a, "/ch/1/fader/glide ,ff -40 5");
    live_sleep_ms(100);
    say(&a, "/ch/1/fader ,f -3");
    live_sleep_ms(100);
    ask(&a, "/ch/1/fader ,", "/ch/1/fader ,f -3");
    say(&a, "/ch/1/fader/glide ,ff -9 0.2");
    say(&a, "/ch/1/fader/delta ,f -1");
    live_sleep_ms(300);
    ask(&a, "/ch/1/fader ,", "/ch/1/fader ,f -10");
    say(&a, "/ch/1/fader/glide ,ff -1 0"); /* in no time */
    settle(&a);
    live_sleep_ms(50);
    ask(&a, "/ch/1/fader ,", "/ch/1/fader ,f -1");
    ask(&a, "/ch/1/fader/glide ,ff 50 0.01", "/ch/1/fader ,f 10"); /* clamped */
    live_sleep_ms(50);
    say(&a, "/ch/1/fader ,f 0");
    say(&a, "/ch/1/pan/aed/glide ,ffff 90 0 1 0.05");
    live_sleep_ms(120);
    ask(&a, "/ch/1/pan/aed ,", "/ch/1/pan/aed ,fff 90 0 1");
    say(&a, "/ch/1/pan/glide ,ff 0 0.05");
    live_sleep_ms(120);
    assert_true(fabsf(value_of(&a, "/ch/1/pan ,")) < 0.01f);
    say(&a, "/ch/1/pan/aed ,fff 0 0 1");
}

/* ---- patterns ---- */

static void test_patterns(void **state) {
    (void)state;
    say(&a, "/ch/[1-3]/fader ,f -12");
    ask(&a, "/ch/3/fader ,", "/ch/3/fader ,f -12");
    ask(&a, "/ch/4/fader ,", "/ch/4/fader ,f 0");
    talk_forget(&a);
    say(&a, "/ch/{1,2}/fader ,");
    hear(&a, "/ch/1/fader ,f -12");
    hear(&a, "/ch/2/fader ,f -12");
    hear_nothing(&a, 60);
    say(&a, "/ch/[!A-B]/fader ,");
    hear(&a, "/ch/1/fader *");
    talk_forget(&a);
    say(&a, "/ch/[AC]/fader ,");
    hear(&a, "/ch/A/fader ,f -12");
    hear(&a, "/ch/C/fader ,f -12");
    say(&a, "/ch/?/fader/delta ,f 2");
    ask(&a, "/ch/5/fader ,", "/ch/5/fader ,f 2");
    ask(&a, "/ch/2/fader ,", "/ch/2/fader ,f -10");
    talk_forget(&a);
    say(&a, "/ch/[12]/fader ,f 99"); /* clamped: each one is reported */
    hear(&a, "/ch/1/fader ,f 10");
    hear(&a, "/ch/2/fader ,f 10");
    say(&a, "/ch/*/fader ,f 0");
    ask(&a, "/ch/*/eq/[1-2]/gain ,", "/ch/5/eq/2/gain ,f 0");
    refuses(&a, "/ch/*/fader ,f nan", "bad-value");
    refuses(&a, "/ch/*/nothing ,f 0", "unknown-address");
    refuses(&a, "/ch/*/fader* ,s loud", "bad-value");
    refuses(&a, "/*/*/*/*/* ,", "bad-pattern");
    refuses(&a, "/ch/[1/fader ,", "bad-pattern");
    refuses(&a, "/ch/{1/fader ,", "bad-pattern");
    /* never an action */
    refuses(&a, "/desk/* ,i 1", "unknown-address");
    refuses(&a, "/transport/pl?y ,i 1", "unknown-address");
    refuses(&a, "//play ,i 1", "unknown-address");
    ask(&a, "/transport/play ,", "/transport/play ,i 0");
}

/* ---- bundles ---- */

static void test_bundles(void **state) {
    (void)state;
    say_bundle(&a, 1, "/ch/1/fader ,f -1", "/ch/2/fader ,f -2", "/ch/B/mute ,i 1", NULL);
    ask(&a, "/ch/1/fader ,", "/ch/1/fader ,f -1");
    ask(&a, "/ch/2/mute ,", "/ch/2/mute ,i 1");
    talk_forget(&a);
    say_bundle(&a, 1, "/ch/1/fader ,f -7", "/ch/1/fadr ,f -7", "/ch/2/fader ,f -7", NULL);
    hear(&a, "/error ,sss unknown-address /ch/1/fadr element 2: *");
    say_bundle(&a, 1, "/ch/1/fader ,f -7", "/ch/2/name ,s other", "/ch/2/fader ,f nan", NULL);
    hear(&a, "/error ,sss bad-value /ch/2/fader element 3: *");
    say_bundle(&a, 1, "/ch/1/fader ,f -7", "/transport/play ,i 1", NULL);
    hear(&a, "/error ,sss not-in-bundle /transport/play element 2: *");
    say_bundle(&a, 1, "/ch/1/fader ,f -7", "/at ,h 0", NULL);
    hear(&a, "/error ,sss not-in-bundle /at element 2: *");
    say_bundle(&a, 1, "/transport/stop ,i 1", "/transport/play ,i 1", NULL);
    hear(&a, "/error ,sss not-in-bundle *");
    ask(&a, "/ch/1/fader ,", "/ch/1/fader ,f -1");
    ask(&a, "/ch/2/fader ,", "/ch/2/fader ,f -2");
    ask(&a, "/ch/2/name ,", "/ch/2/name ,s Music left");
    ask(&a, "/transport/play ,", "/transport/play ,i 0");
    /* gets in a bundle hear what the bundle made */
    talk_forget(&a);
    say_bundle(&a, 1, "/ch/1/fader ,f -4", "/ch/1/fader ,", NULL);
    hear(&a, "/ch/1/fader ,f -4");
    /* relative ones see what stands before them */
    say_bundle(&a, 1, "/ch/1/fader ,f -4", "/ch/1/fader/delta ,f 1", "/ch/1/fader/delta ,f 1",
               "/ch/2/mute/toggle ,i 1", "/ch/2/mute/toggle ,i 1", NULL);
    ask(&a, "/ch/1/fader ,", "/ch/1/fader ,f -2");
    ask(&a, "/ch/2/mute ,", "/ch/2/mute ,i 1");
    /* one action alone may stand in a bundle */
    talk_forget(&a);
    say_bundle(&a, 1, "/solo/clear ,i 1", NULL);
    hear_nothing(&a, 50);
    /* one that is malformed is refused whole */
    unsigned char packet[512], line[64];
    const char *const lines[] = {"/ch/1/fader ,f -30", "/ch/2/fader ,f -30"};
    size_t n = talk_bundle(packet, sizeof packet, 1, 2, lines);
    packet[n - 9] = 'x'; /* the padding of the last address or its tags */
    talk_bytes(&a, packet, n);
    hear(&a, "/error ,sss bad-packet *");
    ask(&a, "/ch/1/fader ,", "/ch/1/fader ,f -2");
    (void)line;
    say(&a, "/ch/*/fader ,f 0");
    say(&a, "/ch/*/mute ,i 0");
}

static void test_times(void **state) {
    (void)state;
    say_bundle(&a, talk_timetag(300), "/ch/1/fader ,f -5", NULL);
    live_sleep_ms(100);
    ask(&a, "/ch/1/fader ,", "/ch/1/fader ,f 0");
    live_sleep_ms(350);
    ask(&a, "/ch/1/fader ,", "/ch/1/fader ,f -5");
    say_bundle(&a, talk_timetag(-5000), "/ch/1/fader ,f -6", NULL); /* the past means now */
    settle(&a);
    ask(&a, "/ch/1/fader ,", "/ch/1/fader ,f -6");
    talk_forget(&a);
    say_bundle(&a, talk_timetag(61000), "/ch/1/fader ,f -8", NULL);
    hear(&a, "/error ,sss out-of-range *");
    say_bundle(&a, talk_timetag(200), "/ch/1/fader ,f -8", "/ch/1/fader ,", NULL);
    hear(&a, "/error ,sss bad-count *");
    say_bundle(&a, talk_timetag(200), "/transport/play ,i 1", NULL);
    ask(&a, "/transport/play ,", "/transport/play ,i 0");
    live_sleep_ms(500);
    ask(&a, "/transport/play ,", "/transport/play ,i 1");
    say(&a, "/transport/stop ,i 1");
    live_sleep_ms(150);
    ask(&a, "/transport/stop ,", "/transport/stop ,i 1");
    /* the timeline */
    say(&a, "/transport/locate ,h 48000");
    live_sleep_ms(200);
    ask(&a, "/transport/locate ,", "/transport/locate ,h 48000");
    ask(&a, "/transport/tc ,", "/transport/tc ,s 01:00:01:00");
    say_bundle(&a, 1, "/at ,h 72000", "/ch/1/fader ,f -10", NULL);
    say_bundle(&a, 1, "/at ,s 01:00:01:20", "/ch/2/fader ,f -11", NULL);
    say_bundle(&a, 1, "/at ,h 100", "/ch/3/fader ,f -12", NULL); /* that time has been */
    live_sleep_ms(100);
    ask(&a, "/ch/1/fader ,", "/ch/1/fader ,f -6");
    ask(&a, "/ch/2/fader ,", "/ch/2/fader ,f 0");
    ask(&a, "/ch/3/fader ,", "/ch/3/fader ,f -12");
    say(&a, "/transport/play ,i 1");
    live_sleep_ms(1200);
    ask(&a, "/ch/1/fader ,", "/ch/1/fader ,f -10");
    ask(&a, "/ch/2/fader ,", "/ch/2/fader ,f -11");
    say(&a, "/transport/stop ,i 1");
    talk_forget(&a);
    say_bundle(&a, 1, "/at ,s 1:2", "/ch/1/fader ,f -8", NULL);
    hear(&a, "/error ,sss bad-value /at element 1: *");
    say_bundle(&a, talk_timetag(200), "/at ,h 1", "/ch/1/fader ,f -8", NULL);
    hear(&a, "/error ,sss bad-value /at element 1: *");
    refuses(&a, "/at ,h 0", "not-in-bundle");
    refuses(&a, "/transport/locate ,s noon", "bad-value");
    say(&a, "/transport/locate ,s 01:00:00:00");
    say(&a, "/ch/*/fader ,f 0");
    live_sleep_ms(100);
}

/* ---- actions, sync ---- */

static void test_actions(void **state) {
    (void)state;
    /* without an argument they report, and nothing happens */
    static const char *const lamps[] = {"/transport/play ,", "/transport/stop ,",
                                        "/solo/clear ,",     "/desk/save ,",
                                        "/desk/load ,",      "/desk/quit ,",
                                        "/desk/reload ,",    "/scene/7/store ,",
                                        "/scene/7/recall ,", "/rec ,"};
    for (unsigned i = 0; i < sizeof lamps / sizeof *lamps; i++) {
        char answer[64];
        snprintf(answer, sizeof answer, "%si *", lamps[i]);
        ask(&a, lamps[i], answer);
    }
    talk_forget(&a);
    say(&a, "/desk/quit ,i 0");
    say(&a, "/desk/reload ,f 0");
    say(&a, "/scene/7/store ,i 0");
    hear_nothing(&a, 100);
    ask(&a, "/scene/7/store ,", "/scene/7/store ,i 0");
    refuses(&a, "/desk/quit ,s now", "bad-value");
    refuses(&a, "/desk/quit ,ii 1 1", "bad-count");
    refuses(&a, "/transport/tc ,s 01:00:00:00", "read-only");
    refuses(&a, "/scene/7/recall ,i 1", "no-such-object");
    ask(&a, "/info ,", "/info ,sssiiis Dubdesk *");
    ask(&a, "/time ,", "/time ,th *");
    ask(&a, "/transport/fps ,", "/transport/fps ,s 25");
    ask(&a, "/transport/state ,", "/transport/state ,s stopped");
    ask(&a, "/status/rt ,", "/status/rt *");
    ask(&a, "/status/tape ,", "/status/tape *");
    ask(&a, "/status/clients ,", "/status/clients ,i *");
    /* sync: the frame grows, and its number comes back whatever it is */
    ask(&a, "/sync ,i -5", "/synced ,ih -5 *");
    long long before = 0;
    for (int i = 0; i < 5; i++) {
        say(&a, i % 2 ? "/ch/1/fader ,f -3" : "/ch/1/fader ,f -4");
        talk_forget(&a);
        say(&a, "/sync ,i 9");
        const long long frame = atoll(strrchr(hear(&a, "/synced ,ih 9 *"), ' '));
        assert_true(frame > before);
        before = frame;
    }
    refuses(&a, "/sync ,", "bad-count");
    say(&a, "/ch/1/fader ,f 0");
    say(&a, "/error ,sss a b c"); /* two desks that talk to each other must not loop */
    say(&a, "/seq ,i 1");
    hear_nothing(&a, 50);
}

/* ---- clients ---- */

static void test_hello(void **state) {
    (void)state;
    talk_forget(&b);
    say(&b, "/hello ,sss wing surface ''");
    const char *heard = hear(&b, "/hello ,ssiis Dubdesk *");
    assert_non_null(strstr(heard, " 1 10 admin"));
    refuses(&b, "/hello ,sss wing robot ''", "bad-value");
    refuses(&b, "/hello ,ss wing surface", "bad-count");
    ask(&b, "/status/clients ,", "/status/clients ,sssss *");
}

static void test_subscriptions(void **state) {
    (void)state;
    say(&b, "/sub ,si /ch/*/fader 20");
    hear(&b, "/ch/1/fader ,f 0"); /* the full state first */
    hear(&b, "/ch/5/fader ,f 0");
    talk_forget(&b);
    say(&a, "/ch/2/fader ,f -7");
    hear(&b, "/ch/2/fader ,f -7");
    say(&a, "/ch/2/mute ,i 1");   /* nobody subscribed to that */
    say(&b, "/ch/2/fader ,f -8"); /* no echo of one's own */
    hear_nothing(&b, 120);
    say(&b, "/ch/2/fader ,f 18"); /* but when clamped */
    hear(&b, "/ch/2/fader ,f 10");
    ask(&b, "/hello/echo ,i 1", "/hello/echo ,i 1");
    say(&b, "/ch/2/fader ,f -8");
    hear(&b, "/ch/2/fader ,f -8");
    ask(&b, "/hello/echo ,i 0", "/hello/echo ,i 0");
    /* in the subscriber's spelling */
    say(&b, "/sub ,si /ch/A/mute 0");
    hear(&b, "/ch/A/mute ,i 0");
    say(&b, "/sub ,si /ch/01/mute 0");
    hear(&b, "/ch/01/mute ,i 0");
    talk_forget(&b);
    say(&a, "/ch/1/mute ,i 1");
    hear(&b, "/ch/A/mute ,i 1");
    say(&a, "/ch/1/mute ,i 0");
    hear(&b, "/ch/01/mute ,i 0");
    /* coalesced to the latest, and the last one always comes */
    say(&b, "/sub ,si /ch/3/fader 200");
    hear(&b, "/ch/3/fader ,f 0");
    say(&b, "/unsub ,s /ch/*/fader");
    live_sleep_ms(50);
    talk_forget(&b);
    for (int i = 1; i <= 100; i++) {
        char line[64];
        snprintf(line, sizeof line, "/ch/3/fader ,f %d", -i);
        say(&a, line);
        live_sleep_ms(5);
    }
    unsigned heard = 0;
    while (hears(&b, "/ch/3/fader *", 300))
        heard++;
    assert_in_range(heard, 2, 5);
    ask(&b, "/ch/3/fader ,", "/ch/3/fader ,f -100");
    /* glides are heard on their way and at their end */
    talk_forget(&b);
    say(&a, "/ch/3/fader/glide ,ff 0 0.5");
    heard = 0;
    while (!hears(&b, "/ch/3/fader ,f 0", 1))
        if (++heard > 2000)
            fail_msg("the end of a glide was not reported");
    refuses(&b, "/unsub ,s /ch/9", "unknown-address");
    refuses(&b, "/sub ,si /nothing 0", "unknown-address");
    refuses(&b, "/sub ,si /ch/1/fader -5", "out-of-range");
    refuses(&b, "/sub ,si ch 0", "bad-pattern");
    say(&b, "/unsub ,s /ch/3/fader");
    say(&b, "/unsub ,s /ch/A/mute");
    say(&b, "/unsub ,s /ch/01/mute");
    say(&a, "/ch/*/mute ,i 0");
    say(&a, "/ch/*/fader ,f 0");
    live_sleep_ms(100);
    talk_forget(&b);
}

static void test_derived(void **state) {
    (void)state;
    say(&b, "/sub ,si /ch/*/muted 0");
    hear(&b, "/ch/5/muted ,i 0");
    say(&a, "/vca/V/mute ,i 1");
    hear(&b, "/ch/1/muted ,i 1");
    hear(&b, "/ch/2/muted ,i 1");
    say(&a, "/vca/V/mute ,i 0");
    hear(&b, "/ch/2/muted ,i 0");
    say(&a, "/mgrp/M/on ,i 1");
    hear(&b, "/ch/3/muted ,i 1");
    say(&a, "/mgrp/M/on ,i 0");
    say(&a, "/solo/mode ,s sip");
    say(&a, "/ch/4/solo ,i 1");
    hear(&b, "/ch/1/muted ,i 1");
    ask(&a, "/solo/any ,", "/solo/any ,i 1");
    ask(&a, "/ch/4/muted ,", "/ch/4/muted ,i 0");
    ask(&a, "/stem/1/muted ,", "/stem/1/muted ,i 0");
    say(&a, "/solo/clear ,i 1");
    hear(&b, "/ch/1/muted ,i 0");
    ask(&a, "/solo/any ,", "/solo/any ,i 0");
    say(&a, "/solo/mode ,s afl");
    say(&b, "/unsub ,s /ch/*/muted");
}

/* A mirror that lost bundles is whole again after /dump; quiet is told by /seq. */
static void test_seq_and_dump(void **state) {
    (void)state;
    say(&b, "/sub ,si //fader 0");
    hear(&b, "/main/2/fader ,f 0");
    live_sleep_ms(50);
    talk_forget(&b);
    const unsigned seq = b.last_seq, bundles = b.bundles;
    hear_nothing(&b, 1300);
    assert_true(b.bundles > bundles && b.last_seq == seq); /* the present number alone */
    say(&a, "/ch/1/fader ,f -2");
    hear(&b, "/ch/1/fader ,f -2");
    assert_int_equal(b.last_seq, seq + 1);
    say(&b, "/dump ,s /ch/*/fader");
    hear(&b, "/ch/1/fader ,f -2");
    hear(&b, "/ch/5/fader ,f 0");
    hear_nothing(&b, 60);
    say(&b, "/dump ,s //*"); /* all of it */
    assert_true(hears(&b, "/main/2/from/2/level ,f -2", 3000));
    assert_true(hears(&b, "/mon/source ,s none", 3000));
    assert_int_equal(b.gaps, 0);
    say(&b, "/unsub ,s //fader");
    live_sleep_ms(300);
    talk_forget(&b);
}

static void test_lease(void **state) {
    (void)state;
    struct talk c;
    talk_open(&c, TALK_UDP, desk.osc_port);
    say(&c, "/hello ,sss gone display ''");
    say(&c, "/sub ,si /ch/5/fader 0");
    hear(&c, "/ch/5/fader *");
    const int64_t start_ns = live_now_ns();
    /* b renews with any packet, c does not; meanwhile b says nothing else */
    for (int i = 0; i < 21; i++) {
        live_sleep_ms(500);
        say(&b, "/time ,");
    }
    assert_true(live_now_ns() - start_ns > INT64_C(10400000000));
    talk_forget(&c);
    talk_forget(&b);
    say(&b, "/sub ,si /ch/5/fader 0");
    say(&a, "/ch/5/fader ,f -9");
    hear(&b, "/ch/5/fader ,f -9");
    hear_nothing(&c, 100);
    say(&b, "/unsub ,s /ch/5/fader");
    say(&a, "/ch/5/fader ,f 0");
    talk_close(&c);
}

static void test_hello_port(void **state) {
    (void)state;
    struct talk c, d;
    char line[64], answer[64];
    talk_open(&c, TALK_UDP, desk.osc_port);
    talk_open(&d, TALK_UDP, desk.osc_port);
    snprintf(line, sizeof line, "/hello/port ,i %u", d.port);
    snprintf(answer, sizeof answer, "/hello/port ,i %u", d.port);
    say(&c, line);
    hear(&d, answer);
    say(&c, "/ch/1/name ,");
    hear(&d, "/ch/1/name ,s Dialogue A");
    say(&c, "/sub ,si /ch/1/trim 0");
    hear(&d, "/ch/1/trim *");
    say(&c, "/ch/1/nothing ,i 1");
    hear(&d, "/error ,sss unknown-address *");
    say(&c, "/sync ,i 4");
    hear(&d, "/synced ,ih 4 *");
    hear_nothing(&c, 50);
    say(&c, "/hello/port ,i 70000");
    hear(&d, "/error ,sss out-of-range *");
    say(&c, "/unsub ,s /ch/1/trim");
    talk_close(&c);
    talk_close(&d);
}

static void test_meters(void **state) {
    (void)state;
    ask(&b, "/stem/DX/meter ,", "/stem/DX/meter ,ffffff -144 -144 -144 -144 -144 -144");
    say(&b, "/sub ,si /ch/2/meter 50");
    hear(&b, "/ch/2/meter ,ff -144 -144");
    hear(&b, "/ch/2/meter ,ff -144 -144"); /* again, though nothing changed or */
    say(&b, "/unsub ,s /ch/2/meter");
    say(&b, "/sub/meters ,si all 50");
    hear(&b, "/meters ,b *");
    hear(&b, "/meters ,b *");
    say(&b, "/sub/meters ,si all 0");
    live_sleep_ms(100);
    talk_forget(&b);
    hear_nothing(&b, 150);
    refuses(&b, "/sub/meters ,si bus 50", "out-of-range");
    refuses(&b, "/sub/meters ,si ch 5", "out-of-range");
}

static void test_ns(void **state) {
    (void)state;
    ask(&a, "/ns ,s /", "/ns ,ssii*");
    ask(&a, "/ns ,", "/ns ,ssii*");
    ask(&a, "/ns ,s /ch/1/fader",
        "/ns ,ssssssfffss /ch/1/fader param f dB rw mix -144 0 10  Fader;*");
    ask(&a, "/ns ,s /transport/play", "/ns ,ssssssfffss /transport/play verb *");
    ask(&a, "/ns ,s /ch/A", "/ns ,ssii*");
    ask(&a, "/ns ,s /ch", "/ns ,ssiisssss /ch node 0 5 1 2 3 4 5");
    refuses(&a, "/ns ,s /nothing", "unknown-address");
}

/* ---- the other transports ---- */

static void test_tcp(void **state) {
    (void)state;
    for (int way = TALK_TCP; way <= TALK_SLIP; way++) {
        struct talk c;
        talk_open(&c, (enum talk_way)way, desk.osc_port);
        say(&c, "/hello ,sss long script ''");
        hear(&c, "/hello *");
        say(&c, "/sub ,si /ch/1/fader 0");
        hear(&c, "/ch/1/fader ,f *");
        say(&a, "/ch/1/fader ,f -13.5");
        hear(&c, "/ch/1/fader ,f -13.5");
        say(&c, "/ch/1/fader ,f -14"); /* 0xc1600000; SLIP escapes are in timetags too */
        ask(&a, "/ch/1/fader ,", "/ch/1/fader ,f -14");
        say(&c, "/ch/1/name ,s \xc3\x80\xc3\x9b\xdb\x80"); /* holds END and ESC */
        ask(&c, "/ch/1/name ,", "/ch/1/name ,s \xc3\x80\xc3\x9b\xdb\x80");
        refuses(&c, "/hello/port ,i 5000", "not-now");
        say_bundle(&c, 1, "/ch/1/fader ,f -1", "/ch/1/fader ,f inf", NULL);
        hear(&c, "/error ,sss bad-value /ch/1/fader element 2: *");
        say(&c, "/ch/1/name ,s Dialogue_A");
        settle(&c);
        talk_close(&c);
    }
    say(&a, "/ch/1/fader ,f 0");
}

/* ---- scenes ---- */

static void test_scenes(void **state) {
    (void)state;
    ask(&a, "/scene/list ,", "/scene/list ,i 0");
    ask(&a, "/scene/current ,", "/scene/current ,is 0 ");
    say(&a, "/ch/1/fader ,f -5");
    say(&a, "/ch/1/name ,s Anna");
    ask(&a, "/scene/3/store ,i 1", "/scene/3/store ,i 1");
    say(&a, "/scene/3/name ,s Kitchen_day");
    ask(&a, "/scene/3/name ,", "/scene/3/name ,s Kitchen day");
    say(&a, "/ch/1/fader ,f -25");
    say(&a, "/ch/1/mute ,i 1");
    say(&a, "/ch/1/name ,s Dialogue_A");
    ask(&a, "/scene/4/store ,i 1", "/scene/4/store ,i 1");
    talk_forget(&b);
    say(&b, "/sub ,si /ch/1/fader 0");
    say(&b, "/sub ,si /ch/1/name 0");
    hear(&b, "/ch/1/name ,s Dialogue A");
    say(&a, "/scene/3/recall ,i 1");
    hear(&b, "/ch/1/fader ,f -5");
    settle(&a);
    ask(&a, "/ch/1/fader ,", "/ch/1/fader ,f -5");
    ask(&a, "/ch/1/mute ,", "/ch/1/mute ,i 0");
    ask(&a, "/ch/1/name ,", "/ch/1/name ,s Anna");
    ask(&a, "/scene/current ,", "/scene/current ,is 3 Kitchen day");
    ask(&a, "/scene/3/recall ,", "/scene/3/recall ,i 1");
    ask(&a, "/scene/4/recall ,", "/scene/4/recall ,i 0");
    say(&a, "/scene/4/recall/glide ,f 0.4");
    live_sleep_ms(200);
    const float half = value_of(&a, "/ch/1/fader ,");
    assert_true(half < -5.5f && half > -24.5f);
    ask(&a, "/ch/1/mute ,", "/ch/1/mute ,i 1"); /* switches at once */
    live_sleep_ms(400);
    ask(&a, "/ch/1/fader ,", "/ch/1/fader ,f -25");
    talk_forget(&a);
    say(&a, "/scene/list ,");
    hear(&a, "/scene/list ,i 2");
    hear(&a, "/scene/list ,is 3 Kitchen day");
    hear(&a, "/scene/list ,is 4 Scene 4");
    say_bundle(&a, talk_timetag(200), "/scene/3/recall ,i 1", NULL);
    live_sleep_ms(100);
    ask(&a, "/ch/1/fader ,", "/ch/1/fader ,f -25");
    live_sleep_ms(300);
    ask(&a, "/ch/1/fader ,", "/ch/1/fader ,f -5");
    refuses(&a, "/scene/0/store ,i 1", "no-such-object");
    refuses(&a, "/scene/9999/store ,i 1", "no-such-object");
    refuses(&a, "/scene/9/recall ,i 1", "no-such-object");
    refuses(&a, "/scene/9/name ,s x", "no-such-object");
    refuses(&a, "/scene/3/recall/glide ,f -1", "out-of-range");
    refuses(&a, "/scene/3/recall/glide ,f nan", "out-of-range");
    say(&b, "/unsub ,s /ch/1/fader");
    say(&b, "/unsub ,s /ch/1/name");
    say(&a, "/ch/1/mute ,i 0");
    say(&a, "/ch/1/fader ,f 0");
}

/* ---- the desk ---- */

static void write_desk(const char *text) {
    char path[600];
    snprintf(path, sizeof path, "%s/desk.cfg", desk.folder);
    FILE *f = fopen(path, "we");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void test_reload(void **state) {
    (void)state;
    static char text[sizeof desk_text + 200];
    const char *at = strstr(desk_text, "  { id = \"C\"");
    say(&a, "/ch/2/fader ,f -17");
    settle(&a);
    write_desk("channels = ( { id = ; } );\n");
    talk_forget(&a);
    say(&a, "/desk/reload ,i 1");
    const char *why = hear(&a, "/error ,sss not-now /desk/reload *");
    assert_non_null(strstr(why, "desk.cfg:1"));
    ask(&a, "/ch/2/fader ,", "/ch/2/fader ,f -17");
    snprintf(text, sizeof text, "%.*s  { id = \"NEW\"; to = [ \"DX\" ]; },\n%s",
             (int)(at - desk_text), desk_text, at);
    write_desk(text);
    say(&a, "/desk/reload ,i 1");
    bool there = false;
    for (int i = 0; i < 80 && !there; i++) {
        live_sleep_ms(50);
        say(&a, "/ch/NEW/fader ,");
        there = hears(&a, "/ch/NEW/fader ,f 0", 50);
    }
    assert_true(there);
    talk_forget(&a);
    ask(&a, "/ch/B/fader ,", "/ch/B/fader ,f -17"); /* values go by ids */
    ask(&a, "/ch/4/fader ,", "/ch/4/fader ,f 0");
    write_desk(desk_text);
}

static void test_alive(void **state) {
    (void)state;
    ask(&a, "/status/rt ,", "/status/rt *");
    assert_true(live_control_pid(&desk) > 0);
    assert_false(live_said(&desk, "control has ended"));
}

static void test_quit(void **state) {
    (void)state;
    int status = -1;
    say(&a, "/ch/2/fader ,f -18");
    say(&a, "/desk/quit ,i 1");
    for (int i = 0; i < 500 && waitpid(desk.pid, &status, WNOHANG) != desk.pid; i++)
        live_sleep_ms(10);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    desk.pid = 0;
}

/* The same desk file, state and port on a server of its own. */
static void live_again(struct live_desk *d) {
    static char program[256], file[600], folder[600], port[16];
    const char *build = getenv("BUILD");
    snprintf(program, sizeof program, "%s/dubdeskd", build ? build : "build");
    snprintf(file, sizeof file, "%s/desk.cfg", d->folder);
    snprintf(folder, sizeof folder, "%s/state", d->folder);
    snprintf(port, sizeof port, "%u", d->osc_port);
    char *const argv[] = {program, "--dummy",    "-c", file, "--state",
                          folder,  "--osc-port", port, NULL};
    assert_int_equal(posix_spawn(&d->pid, program, NULL, NULL, argv, environ), 0);
    struct talk c;
    talk_open(&c, TALK_UDP, d->osc_port);
    bool up = false;
    for (int i = 0; i < 200 && !up; i++) {
        say(&c, "/info ,");
        up = hears(&c, "/info *", 50);
    }
    assert_true(up);
    talk_close(&c);
}

/* ---- a desk with tokens and a surface that never says hello; and the same desk again ---- */

static void test_roles(void **state) {
    static char text[4096];
    static struct talk wing, c;
    (void)state;
    talk_open(&wing, TALK_UDP, 0);
    snprintf(text, sizeof text,
             "%sosc = { clients = ( { host = \"127.0.0.1\"; role = \"view\"; },\n"
             "  { host = \"127.0.0.1\"; role = \"mix\"; token = \"tango\"; },\n"
             "  { host = \"127.0.0.0/8\"; role = \"admin\"; token = \"alpha\"; } );\n"
             "  surfaces = ( { host = \"127.0.0.1\"; port = %u; } ); };\n",
             desk_text, wing.port);
    live_start(&desk, &(struct live_options){.desk_text = text});
    talk_open(&c, TALK_UDP, desk.osc_port);
    wing.to_port = (uint16_t)desk.osc_port;
    assert_true(hears(&wing, "/main/2/fader ,f 0", 5000)); /* by default all of the desk */
    ask(&c, "/ch/1/fader ,", "/ch/1/fader ,f 0");
    refuses(&c, "/ch/1/fader ,f -1", "denied");
    refuses(&c, "/transport/play ,i 1", "denied");
    refuses(&c, "/hello ,sss x script wrong", "denied");
    refuses(&c, "/hello ,sss x script alphabet", "denied");
    ask(&c, "/hello ,sss x script ''", "/hello ,ssiis Dubdesk *");
    refuses(&c, "/ch/1/fader ,f -1", "denied");
    ask(&c, "/hello ,sss x script tango", "/hello ,ssiis Dubdesk *");
    say(&c, "/ch/1/fader ,f -1");
    hear(&wing, "/ch/1/fader ,f -1");
    refuses(&c, "/desk/quit ,i 1", "denied");
    refuses(&c, "/desk/save ,i 1", "denied");
    ask(&c, "/hello ,sss x script alpha", "/hello ,ssiis Dubdesk *");
    ask(&c, "/desk/save ,i 1", "/desk/save ,i 1");
    /* every kind of value comes back at the next start */
    say(&c, "/ch/1/name ,s Anna");
    say(&c, "/ch/B/pan/aed ,fff 20 5 0.25");
    say(&c, "/ch/1/eq/2/type ,s notch");
    say(&c, "/ch/1/send/REV/level ,f -inf");
    say(&c, "/ch/3/fader/glide ,ff -12 30"); /* unfinished: its target counts */
    say(&c, "/solo/mode ,s pfl");
    settle(&c);
    assert_int_equal(live_stop(&desk), 0);
    talk_forget(&wing);
    live_again(&desk);
    ask(&c, "/hello ,sss x script alpha", "/hello ,ssiis Dubdesk *");
    ask(&c, "/ch/1/fader ,", "/ch/1/fader ,f -1");
    ask(&c, "/ch/1/name ,", "/ch/1/name ,s Anna");
    ask(&c, "/ch/2/pan/aed ,", "/ch/2/pan/aed ,fff 20 5 0.25");
    ask(&c, "/ch/1/eq/2/type ,", "/ch/1/eq/2/type ,s notch");
    ask(&c, "/ch/1/send/1/level ,", "/ch/1/send/1/level ,f -144");
    ask(&c, "/ch/3/fader ,", "/ch/3/fader ,f -12");
    ask(&c, "/solo/mode ,", "/solo/mode ,s pfl");
    assert_true(hears(&wing, "/ch/1/name ,s Anna", 3000));
    talk_close(&c);
    talk_close(&wing);
    assert_int_equal(live_stop(&desk), 0);
}

static int set_up(void **state) {
    (void)state;
    live_start(&desk, &(struct live_options){.desk_text = desk_text});
    talk_open(&a, TALK_UDP, desk.osc_port);
    talk_open(&b, TALK_UDP, desk.osc_port);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    if (desk.pid)
        live_stop(&desk);
    return 0;
}

int main(void) {
    const char *missing = live_missing();
    if (missing) {
        printf("SKIP: %s\n", missing);
        return LIVE_SKIP;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_get_and_set),
        cmocka_unit_test(test_coercion),
        cmocka_unit_test(test_range),
        cmocka_unit_test(test_suffixes),
        cmocka_unit_test(test_glide),
        cmocka_unit_test(test_patterns),
        cmocka_unit_test(test_bundles),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_actions),
        cmocka_unit_test(test_hello),
        cmocka_unit_test(test_subscriptions),
        cmocka_unit_test(test_derived),
        cmocka_unit_test(test_seq_and_dump),
        cmocka_unit_test(test_lease),
        cmocka_unit_test(test_hello_port),
        cmocka_unit_test(test_meters),
        cmocka_unit_test(test_ns),
        cmocka_unit_test(test_tcp),
        cmocka_unit_test(test_scenes),
        cmocka_unit_test(test_reload),
        cmocka_unit_test(test_alive),
        cmocka_unit_test(test_quit),
        cmocka_unit_test(test_roles),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
