/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: config */
/* timeout: 90 */
/* Clients one by one on a real desk, as a surface maker would try them: hello, subscriptions,
 * dumps, leases, meters, both framings of TCP, scenes, the desk's verbs, roles; with an OSC
 * implementation of the test's own. */
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
    say(&a, "/main/ME/from/MX/level ,f -2");
    say(&a, "/mon/source ,s none");
    settle(&a);
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
        say_bundle(&c, 1, "/ch/1/fader ,f -1", "/ch/1/fader ,f inf", (char *)NULL);
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
    say_bundle(&a, talk_timetag(200), "/scene/3/recall ,i 1", (char *)NULL);
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
    static char text[4096];
    const char *at = strstr(osc_desk_text, "  { id = \"C\"");
    say(&a, "/ch/2/fader ,f -17");
    settle(&a);
    write_desk("channels = ( { id = ; } );\n");
    talk_forget(&a);
    say(&a, "/desk/reload ,i 1");
    const char *why = hear(&a, "/error ,sss not-now /desk/reload *");
    assert_non_null(strstr(why, "desk.cfg:1"));
    ask(&a, "/ch/2/fader ,", "/ch/2/fader ,f -17");
    snprintf(text, sizeof text, "%.*s  { id = \"NEW\"; to = [ \"DX\" ]; },\n%s",
             (int)(at - osc_desk_text), osc_desk_text, at);
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
    write_desk(osc_desk_text);
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
             osc_desk_text, wing.port);
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
        cmocka_unit_test(test_hello),   cmocka_unit_test(test_subscriptions),
        cmocka_unit_test(test_derived), cmocka_unit_test(test_seq_and_dump),
        cmocka_unit_test(test_lease),   cmocka_unit_test(test_hello_port),
        cmocka_unit_test(test_meters),  cmocka_unit_test(test_ns),
        cmocka_unit_test(test_tcp),     cmocka_unit_test(test_scenes),
        cmocka_unit_test(test_reload),  cmocka_unit_test(test_alive),
        cmocka_unit_test(test_quit),    cmocka_unit_test(test_roles),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
