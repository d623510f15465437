/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: config */
/* timeout: 90 */
/* The wire's rules one by one on a real desk, as a surface maker would try them: gets,
 * sets, patterns, bundles, times, actions; with an OSC implementation of the test's own. */
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
#include "tests/lib/osc_desk.h"
#include "tests/lib/osc_talk.h"

static struct live_desk desk;
static struct talk a, b; /* two surfaces */

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
    say_bundle(&a, 1, "/ch/1/fader ,f -1", "/ch/2/fader ,f -2", "/ch/B/mute ,i 1", (char *)NULL);
    ask(&a, "/ch/1/fader ,", "/ch/1/fader ,f -1");
    ask(&a, "/ch/2/mute ,", "/ch/2/mute ,i 1");
    talk_forget(&a);
    say_bundle(&a, 1, "/ch/1/fader ,f -7", "/ch/1/fadr ,f -7", "/ch/2/fader ,f -7", (char *)NULL);
    hear(&a, "/error ,sss unknown-address /ch/1/fadr element 2: *");
    say_bundle(&a, 1, "/ch/1/fader ,f -7", "/ch/2/name ,s other", "/ch/2/fader ,f nan",
               (char *)NULL);
    hear(&a, "/error ,sss bad-value /ch/2/fader element 3: *");
    say_bundle(&a, 1, "/ch/1/fader ,f -7", "/transport/play ,i 1", (char *)NULL);
    hear(&a, "/error ,sss not-in-bundle /transport/play element 2: *");
    say_bundle(&a, 1, "/ch/1/fader ,f -7", "/at ,h 0", (char *)NULL);
    hear(&a, "/error ,sss not-in-bundle /at element 2: *");
    say_bundle(&a, 1, "/transport/stop ,i 1", "/transport/play ,i 1", (char *)NULL);
    hear(&a, "/error ,sss not-in-bundle *");
    ask(&a, "/ch/1/fader ,", "/ch/1/fader ,f -1");
    ask(&a, "/ch/2/fader ,", "/ch/2/fader ,f -2");
    ask(&a, "/ch/2/name ,", "/ch/2/name ,s Music left");
    ask(&a, "/transport/play ,", "/transport/play ,i 0");
    /* gets in a bundle hear what the bundle made */
    talk_forget(&a);
    say_bundle(&a, 1, "/ch/1/fader ,f -4", "/ch/1/fader ,", (char *)NULL);
    hear(&a, "/ch/1/fader ,f -4");
    /* relative ones see what stands before them */
    say_bundle(&a, 1, "/ch/1/fader ,f -4", "/ch/1/fader/delta ,f 1", "/ch/1/fader/delta ,f 1",
               "/ch/2/mute/toggle ,i 1", "/ch/2/mute/toggle ,i 1", (char *)NULL);
    ask(&a, "/ch/1/fader ,", "/ch/1/fader ,f -2");
    ask(&a, "/ch/2/mute ,", "/ch/2/mute ,i 1");
    /* one action alone may stand in a bundle */
    talk_forget(&a);
    say_bundle(&a, 1, "/solo/clear ,i 1", (char *)NULL);
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
    say_bundle(&a, talk_timetag(300), "/ch/1/fader ,f -5", (char *)NULL);
    live_sleep_ms(100);
    ask(&a, "/ch/1/fader ,", "/ch/1/fader ,f 0");
    live_sleep_ms(350);
    ask(&a, "/ch/1/fader ,", "/ch/1/fader ,f -5");
    say_bundle(&a, talk_timetag(-5000), "/ch/1/fader ,f -6", (char *)NULL); /* the past means now */
    settle(&a);
    ask(&a, "/ch/1/fader ,", "/ch/1/fader ,f -6");
    talk_forget(&a);
    say_bundle(&a, talk_timetag(61000), "/ch/1/fader ,f -8", (char *)NULL);
    hear(&a, "/error ,sss out-of-range *");
    say_bundle(&a, talk_timetag(200), "/ch/1/fader ,f -8", "/ch/1/fader ,", (char *)NULL);
    hear(&a, "/error ,sss bad-count *");
    say_bundle(&a, talk_timetag(200), "/transport/play ,i 1", (char *)NULL);
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
    say_bundle(&a, 1, "/at ,h 72000", "/ch/1/fader ,f -10", (char *)NULL);
    say_bundle(&a, 1, "/at ,s 01:00:01:20", "/ch/2/fader ,f -11", (char *)NULL);
    say_bundle(&a, 1, "/at ,h 100", "/ch/3/fader ,f -12", (char *)NULL); /* that time has been */
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
    say_bundle(&a, 1, "/at ,s 1:2", "/ch/1/fader ,f -8", (char *)NULL);
    hear(&a, "/error ,sss bad-value /at element 1: *");
    say_bundle(&a, talk_timetag(200), "/at ,h 1", "/ch/1/fader ,f -8", (char *)NULL);
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

static int set_up(void **state) {
    (void)state;
    live_start(&desk, &(struct live_options){.desk_text = osc_desk_text});
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
        cmocka_unit_test(test_get_and_set), cmocka_unit_test(test_coercion),
        cmocka_unit_test(test_range),       cmocka_unit_test(test_suffixes),
        cmocka_unit_test(test_glide),       cmocka_unit_test(test_patterns),
        cmocka_unit_test(test_bundles),     cmocka_unit_test(test_times),
        cmocka_unit_test(test_actions),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
