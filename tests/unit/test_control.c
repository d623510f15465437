/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: control link osc config */
/* Gets, sets and everything that may follow an address; errors; patterns; sync. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "both.h"
#include "config_rig.h"

static int setup(void **state) {
    *state = both_new(rig_text, false);
    return 0;
}

static int teardown(void **state) {
    both_free(*state);
    return 0;
}

static void set_and_get(void **state) {
    struct both *r = *state;
    assert_int_equal(both_say(r, "/ch/A/fader", "f", -6.5), 0);
    assert_string_equal(both_ask(r, "/ch/A/fader"), "/ch/A/fader -6.5");
    assert_string_equal(both_ask(r, "/ch/1/fader"), "/ch/1/fader -6.5");
    assert_string_equal(both_ask(r, "/ch/01/fader"), "/ch/01/fader -6.5");
    both_run(r, 3);
    assert_float_equal(both_plane(r, "/ch/A/fader"), -6.5, 0);
    /* every type from which nothing is lost */
    both_say(r, "/ch/A/mute", "f", 1.0);
    assert_string_equal(both_ask(r, "/ch/A/mute"), "/ch/A/mute 1");
    both_say(r, "/ch/A/fader", "s", "-12.25");
    assert_string_equal(both_ask(r, "/ch/A/fader"), "/ch/A/fader -12.25");
    both_say(r, "/ch/A/eq/2/type", "i", 3);
    assert_string_equal(both_ask(r, "/ch/A/eq/2/type"), "/ch/A/eq/2/type notch");
    both_say(r, "/ch/A/eq/2/type", "s", "bandpass");
    assert_string_equal(both_ask(r, "/ch/A/eq/2/type"), "/ch/A/eq/2/type bandpass");
    both_say(r, "/mon/source", "s", "/stem/DX");
    assert_string_equal(both_ask(r, "/mon/source"), "/mon/source /stem/DX");
    both_say(r, "/ch/A/name", "s", "Anna");
    assert_string_equal(both_ask(r, "/ch/A/name"), "/ch/A/name Anna");
}

/* Loudspeakers: sets by their ids, loudspeakers by name or number, /mon/ref as the set's. */
static void loudspeakers(void **state) {
    struct both *r = *state;
    assert_string_equal(both_ask(r, "/mon/set"), "/mon/set main");
    assert_string_equal(both_ask(r, "/mon/ref"), "/mon/ref 85");
    both_say(r, "/mon/set", "s", "near");
    assert_string_equal(both_ask(r, "/mon/set"), "/mon/set near");
    assert_string_equal(both_ask(r, "/mon/ref"), "/mon/ref 79");
    both_say(r, "/mon/ref", "f", 77.5);
    assert_string_equal(both_ask(r, "/mon/set/near/ref"), "/mon/set/near/ref 77.5");
    assert_string_equal(both_ask(r, "/mon/set/1/ref"), "/mon/set/1/ref 85");
    both_say(r, "/mon/set", "i", 0);
    assert_string_equal(both_ask(r, "/mon/set"), "/mon/set main");
    both_say(r, "/mon/ref/delta", "f", -3.0);
    assert_string_equal(both_ask(r, "/mon/ref"), "/mon/ref 82");
    both_heard(r);
    both_say(r, "/mon/set", "s", "far");
    assert_non_null(strstr(both_heard(r), "one of main, near, not far"));
    both_say(r, "/mon/set", "i", 2);
    assert_non_null(strstr(both_heard(r), "/error out-of-range /mon/set"));

    both_say(r, "/mon/spk/LFE/trim", "f", 10.0);
    assert_string_equal(both_ask(r, "/mon/spk/4/trim"), "/mon/spk/4/trim 10");
    assert_string_equal(both_ask(r, "/mon/spk/main.LFE/trim"), "/mon/spk/main.LFE/trim 10");
    both_say(r, "/mon/spk/near.R/delay", "f", 2.5);
    both_say(r, "/mon/spk/8/mute/toggle", "i", 1);
    assert_string_equal(both_ask(r, "/mon/spk/8/delay"), "/mon/spk/8/delay 2.5");
    assert_string_equal(both_ask(r, "/mon/spk/near.R/mute"), "/mon/spk/near.R/mute 1");
    both_run(r, 3);
    assert_float_equal(both_plane(r, "/mon/spk/near.R/delay"), 2.5, 0);
    both_heard(r);
    both_say(r, "/mon/spk/near.C/mute", "i", 1);
    assert_non_null(strstr(both_heard(r), "there is no loudspeaker 'near.C'"));
    both_say(r, "/mon/spk/9/mute", "i", 1);
    assert_non_null(strstr(both_heard(r), "there is no loudspeaker '9'"));
    both_say(r, "/ns", "s", "/mon/spk");
    assert_non_null(strstr(both_heard(r), "/ns /mon/spk node 0 16 1 L 2 R 3 C 4 LFE"));
    both_say(r, "/ns", "s", "/mon/spk/near.R");
    assert_non_null(strstr(both_heard(r), "node 0 5 mute solo polarity trim delay"));
    both_say(r, "/ns", "s", "/mon/set");
    assert_non_null(strstr(both_heard(r), "/mon/set param s  rw mix 0 0 1 main|near "));
}

static void silence_and_clamps(void **state) {
    struct both *r = *state;
    both_heard(r);
    both_say(r, "/ch/A/fader", "f", -HUGE_VAL);
    assert_string_equal(both_heard(r), "");
    assert_string_equal(both_ask(r, "/ch/A/fader"), "/ch/A/fader -144");
    /* out of range: clamped, and the setter hears what became of it */
    assert_int_equal(both_say(r, "/ch/A/fader", "f", 40.0), 0);
    assert_string_equal(both_heard(r), "/ch/A/fader 10\n");
    both_run(r, 3);
    assert_float_equal(both_plane(r, "/ch/A/fader"), 10, 0);
    assert_int_equal(both_say(r, "/ch/A/delay", "f", 400.0), 0); /* max_delay_ms of this desk */
    assert_string_equal(both_heard(r), "/ch/A/delay 250\n");
    assert_int_equal(both_say(r, "/ch/A/trim/delta", "f", 99.0), 0);
    assert_string_equal(both_heard(r), "/ch/A/trim 24\n");
}

static void refused(struct both *r, const char *code, const char *address, const char *before) {
    char want[200];
    snprintf(want, sizeof want, "/error %s %s", code, address);
    const char *heard = both_heard(r);
    if (strncmp(heard, want, strlen(want)) != 0)
        fail_msg("wanted %s, heard %s", want, heard);
    assert_null(strstr(heard, "\n/")); /* one line */
    if (before)
        assert_string_equal(both_ask(r, address), before);
}

static void mistakes(void **state) {
    struct both *r = *state;
    both_heard(r);
    assert_int_equal(both_say(r, "/ch/A/fader", "f", NAN), -1);
    refused(r, "bad-value", "/ch/A/fader", "/ch/A/fader 0");
    both_say(r, "/ch/A/fader", "f", HUGE_VAL);
    refused(r, "bad-value", "/ch/A/fader", "/ch/A/fader 0");
    both_say(r, "/ch/A/trim", "f", -HUGE_VAL); /* no silence here */
    refused(r, "bad-value", "/ch/A/trim", "/ch/A/trim 0");
    both_say(r, "/ch/A/fader", "s", "loud");
    refused(r, "bad-value", "/ch/A/fader", "/ch/A/fader 0");
    both_say(r, "/ch/A/fader", "ff", 1.0, 2.0);
    refused(r, "bad-count", "/ch/A/fader", "/ch/A/fader 0");
    both_say(r, "/ch/A/eq/1/type", "i", 9);
    refused(r, "out-of-range", "/ch/A/eq/1/type", "/ch/A/eq/1/type bell");
    both_say(r, "/ch/A/eq/7/gain", "f", 1.0);
    refused(r, "no-such-object", "/ch/A/eq/7/gain", NULL);
    both_say(r, "/ch/9/fader", "f", 1.0);
    refused(r, "no-such-object", "/ch/9/fader", NULL);
    both_say(r, "/ch/A/fade", "f", 1.0);
    refused(r, "unknown-address", "/ch/A/fade", NULL);
    both_say(r, "/ch/A/muted", "i", 1);
    refused(r, "read-only", "/ch/A/muted", "/ch/A/muted 0");
    both_say(r, "/ch/A/meter", "f", 1.0);
    refused(r, "read-only", "/ch/A/meter", NULL);
    both_say(r, "/ch/A/fader/glide", "ff", -6.0, -1.0);
    refused(r, "out-of-range", "/ch/A/fader/glide", NULL);
    both_say(r, "/ch/A/fader/glide", "ffs", -6.0, 1.0, "steep");
    refused(r, "out-of-range", "/ch/A/fader/glide", NULL);
    both_say(r, "/ch/A/mute/glide", "if", 1, 1.0);
    refused(r, "bad-type", "/ch/A/mute/glide", NULL);
    both_say(r, "/ch/A/fader/toggle", "i", 1);
    refused(r, "bad-type", "/ch/A/fader/toggle", NULL);
    both_say(r, "/ch/{A/fader", "f", 1.0);
    refused(r, "bad-pattern", "/ch/{A/fader", NULL);
    both_say(r, "/grp/G/to/G", "i", 1); /* a group feeds stems only */
    refused(r, "no-such-object", "/grp/G/to/G", NULL);
    const uint32_t before = r->singles;
    both_run(r, 4);
    assert_int_equal(r->singles, before);
}

static void norm_delta_toggle(void **state) {
    struct both *r = *state;
    both_say(r, "/ch/A/fader/norm", "f", 0.75); /* X32: 0.75 is 0 dB, 0.5 is -10 */
    assert_string_equal(both_ask(r, "/ch/A/fader"), "/ch/A/fader 0");
    both_say(r, "/ch/A/fader/norm", "f", 0.5);
    assert_string_equal(both_ask(r, "/ch/A/fader"), "/ch/A/fader -10");
    assert_string_equal(both_ask(r, "/ch/A/fader/norm"), "/ch/A/fader/norm 0.5");
    both_say(r, "/ch/A/fader/delta", "f", 2.5);
    both_say(r, "/ch/A/fader/delta", "f", 2.5); /* on the target, although nothing landed yet */
    assert_string_equal(both_ask(r, "/ch/A/fader"), "/ch/A/fader -5");
    both_say(r, "/ch/A/mute/toggle", "i", 1);
    assert_string_equal(both_ask(r, "/ch/A/mute"), "/ch/A/mute 1");
    both_say(r, "/ch/A/mute/toggle", "i", 0); /* the button's release */
    assert_string_equal(both_ask(r, "/ch/A/mute"), "/ch/A/mute 1");
    both_say(r, "/ch/A/mute/toggle", "i", 1);
    assert_string_equal(both_ask(r, "/ch/A/mute"), "/ch/A/mute 0");
    both_say(r, "/ch/A/eq/1/freq/norm", "f", 0.5); /* logarithmic: the geometric mean */
    float freq = 0;
    sscanf(both_ask(r, "/ch/A/eq/1/freq"), "/ch/A/eq/1/freq %f", &freq);
    assert_float_equal(freq, sqrtf(20.0f * 20000.0f), 0.1);
}

static void views(void **state) {
    struct both *r = *state;
    both_say(r, "/ch/A/pan", "f", 50.0);
    assert_string_equal(both_ask(r, "/ch/A/pan/aed"), "/ch/A/pan/aed -15 0 1");
    both_say(r, "/ch/A/pan/aed", "fff", 30.0, 0.0, 1.0);
    assert_string_equal(both_ask(r, "/ch/A/pan"), "/ch/A/pan -100");
    both_say(r, "/ch/A/pan/xyz", "fff", 1.0, 1.0, 0.0); /* the front right corner is R */
    assert_string_equal(both_ask(r, "/ch/A/pan"), "/ch/A/pan 100");
    both_say(r, "/ch/A/pan/delta", "f", -50.0);
    assert_string_equal(both_ask(r, "/ch/A/pan"), "/ch/A/pan 50");
    both_run(r, 3);
    assert_float_equal(both_plane(r, "/ch/A/pan/aed"), -15, 1e-5);
}

static void glides(void **state) {
    struct both *r = *state;
    float half = 0;
    both_say(r, "/ch/A/fader/glide", "ff", -20.0, 1.0);
    both_run(r, 94); /* half a second of 256 frames at 48 kHz */
    sscanf(both_ask(r, "/ch/A/fader"), "/ch/A/fader %f", &half);
    assert_true(half < -9 && half > -11); /* where it is, not where it goes */
    both_run(r, 110);
    assert_string_equal(both_ask(r, "/ch/A/fader"), "/ch/A/fader -20");
    /* a set ends a glide */
    both_say(r, "/ch/A/fader/glide", "ff", 0.0, 10.0);
    both_run(r, 20);
    both_say(r, "/ch/A/fader", "f", -3.0);
    both_run(r, 3);
    assert_string_equal(both_ask(r, "/ch/A/fader"), "/ch/A/fader -3");
    assert_float_equal(both_plane(r, "/ch/A/fader"), -3, 0);
}

static void patterns(void **state) {
    struct both *r = *state;
    both_heard(r);
    both_say(r, "/ch/*/fader", "f", -4.0);
    assert_string_equal(both_heard(r), "");
    both_run(r, 3);
    assert_int_equal(r->groups, 1); /* one transaction */
    assert_float_equal(both_plane(r, "/ch/C/fader"), -4, 0);
    assert_float_equal(both_plane(r, "/grp/G/fader"), 0, 0);
    both_say(r, "/ch/*/fader", "");
    assert_string_equal(both_heard(r), "/ch/1/fader -4\n/ch/2/fader -4\n/ch/3/fader -4\n");
    both_say(r, "/ch/{A,C}/mute", "");
    assert_string_equal(both_heard(r), "/ch/A/mute 0\n/ch/C/mute 0\n");
    both_say(r, "/*/[12]/fader/norm", "");
    assert_non_null(strstr(both_heard(r), "/main/2/fader/norm 0.75\n"));
    both_say(r, "//width", "");
    const char *all = both_heard(r);
    if (!strstr(all, "/aux/2/pan/width 1\n"))
        fail_msg("%s", all);
    both_say(r, "/ch/*/eq/*/*/*/*", "");
    assert_non_null(strstr(both_heard(r), "/error bad-pattern"));
    both_say(r, "/vca/*/trim", "f", 1.0);
    assert_non_null(strstr(both_heard(r), "/error unknown-address"));
    both_say(r, "/transport/*", "i", 1); /* never actions */
    assert_non_null(strstr(both_heard(r), "/error unknown-address"));
}

static void derived_mutes(void **state) {
    struct both *r = *state;
    assert_string_equal(both_ask(r, "/ch/A/muted"), "/ch/A/muted 0");
    both_say(r, "/vca/V/mute", "i", 1);
    assert_string_equal(both_ask(r, "/ch/A/muted"), "/ch/A/muted 1");
    assert_string_equal(both_ask(r, "/ch/C/muted"), "/ch/C/muted 0");
    both_say(r, "/vca/V/mute", "i", 0);
    both_say(r, "/mgrp/M/on", "i", 1);
    assert_string_equal(both_ask(r, "/grp/G/muted"), "/grp/G/muted 1");
    both_say(r, "/mgrp/M/on", "i", 0);
    both_say(r, "/solo/mode", "s", "sip");
    both_say(r, "/ch/A/solo", "i", 1);
    assert_string_equal(both_ask(r, "/ch/A/muted"), "/ch/A/muted 0");
    assert_string_equal(both_ask(r, "/stem/DX/muted"), "/stem/DX/muted 0"); /* downstream */
    assert_string_equal(both_ask(r, "/ch/B/muted"), "/ch/B/muted 1");
    assert_string_equal(both_ask(r, "/solo/any"), "/solo/any 1");
    both_heard(r);
    both_say(r, "/solo/clear", "i", 0);
    assert_string_equal(both_ask(r, "/solo/any"), "/solo/any 1");
    both_say(r, "/solo/clear", "i", 1);
    assert_string_equal(both_ask(r, "/ch/B/muted"), "/ch/B/muted 0");
    assert_string_equal(both_ask(r, "/solo/clear"), "/solo/clear 1");
}

static void sync_answers_when_it_sounds(void **state) {
    struct both *r = *state;
    both_heard(r);
    both_say(r, "/ch/A/fader", "f", -1.0);
    both_say(r, "/sync", "i", 77);
    control_poll(r->control, 0);
    assert_string_equal(both_heard(r), "");
    both_run(r, 4);
    int number = 0;
    long long frame = 0;
    assert_int_equal(sscanf(both_heard(r), "/synced %d %lld", &number, &frame), 2);
    assert_int_equal(number, 77);
    assert_float_equal(both_plane(r, "/ch/A/fader"), -1, 0);
    /* the frame at which the last of it landed */
    assert_true(llabs(frame - (long long)r->last_frame) < 2 * BOTH_PERIOD);
    both_say(r, "/sync", "");
    assert_non_null(strstr(both_heard(r), "/error bad-count /sync"));
}

/* The engine refuses: the sender hears it, and the shadow goes back to what is. */
static void refused_by_the_engine(void **state) {
    struct both *r = *state;
    both_heard(r);
    r->refuse = true;
    both_say(r, "/ch/A/fader", "f", -9.0);
    both_run(r, 3);
    assert_non_null(strstr(both_heard(r), "/error busy"));
    r->refuse = false;
    both_run(r, 80); /* the sweep waits until nothing can be under way any more */
    assert_string_equal(both_ask(r, "/ch/A/fader"), "/ch/A/fader 0");
}

static void ring_full_is_busy(void **state) {
    struct both *r = *state;
    unsigned sent = 0;
    both_heard(r);
    while (sent < 100000 && both_say(r, "/ch/A/fader", "f", -1.0 - sent % 10) == 0)
        sent++;
    assert_true(sent > 40000 && sent < 50000); /* 131072 cells, 3 each */
    assert_non_null(strstr(both_heard(r), "/error busy /ch/A/fader"));
    char last[64];
    snprintf(last, sizeof last, "/ch/A/fader %d", -1 - (int)((sent - 1) % 10));
    assert_string_equal(both_ask(r, "/ch/A/fader"), last); /* the refused one left no trace */
}

static void roles(void **state) {
    static const char text[] =
        "channels = ( { id = \"A\"; } );\n"
        "osc = { clients = (\n"
        "  { host = \"10.0.0.0/8\"; role = \"view\"; },\n"
        "  { host = \"10.1.2.3\"; role = \"mix\"; token = \"sesame\"; } ); };\n";
    struct both *r = both_new(text, false);
    (void)state;
    both_heard(r);
    both_say_from(r, 5, "/ch/A/fader", "f", -1.0);
    assert_non_null(strstr(both_heard(r), "/error denied /ch/A/fader"));
    both_say_from(r, 5, "/ch/A/fader", "");
    assert_string_equal(both_heard(r), "/ch/A/fader 0\n");
    both_say_from(r, 5, "/hello", "sss", "me", "script", "wrong");
    assert_non_null(strstr(both_heard(r), "/error denied /hello"));
    both_say_from(r, 5, "/hello", "sss", "me", "script", "sesame");
    assert_non_null(strstr(both_heard(r), "10 mix\n"));
    both_say_from(r, 5, "/ch/A/fader", "f", -1.0);
    assert_string_equal(both_heard(r), "");
    both_say_from(r, 5, "/desk/quit", "i", 1);
    assert_non_null(strstr(both_heard(r), "/error denied /desk/quit"));
    assert_string_equal(both_ask(r, "/ch/A/fader"), "/ch/A/fader -1");
    both_free(r);
}

int main(void) {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {T(set_and_get),
                                       T(loudspeakers),
                                       T(silence_and_clamps),
                                       T(mistakes),
                                       T(norm_delta_toggle),
                                       T(views),
                                       T(glides),
                                       T(patterns),
                                       T(derived_mutes),
                                       T(sync_answers_when_it_sounds),
                                       T(refused_by_the_engine),
                                       T(ring_full_is_busy),
                                       cmocka_unit_test(roles)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
