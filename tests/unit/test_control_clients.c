/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: control link osc config */
/* Who hears what: subscriptions, coalescing, derived changes, meters, lost feedback, kills. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "both.h"
#include "config_rig.h"

#define ME 7001
#define OTHER 7002

static int setup(void **state) {
    *state = both_new(rig_text, false);
    return 0;
}

static int teardown(void **state) {
    both_free(*state);
    return 0;
}

/* Feedback is coalesced by the real clock; a turn each 2 ms until nothing more comes. */
static void settle(struct both *b, unsigned turns) {
    for (unsigned i = 0; i < turns; i++) {
        both_run(b, 1);
        usleep(2000);
    }
}

static unsigned count(const char *text, const char *what) {
    unsigned n = 0;
    for (const char *p = text; (p = strstr(p, what)); p++)
        n++;
    return n;
}

static void first_the_full_state_then_changes(void **state) {
    struct both *b = *state;
    both_heard(b);
    both_say_from(b, ME, "/sub", "si", "/ch/*/fader", 0);
    settle(b, 30);
    const char *heard = both_heard(b);
    assert_true(strncmp(heard, "/seq ", 5) == 0);
    assert_non_null(strstr(heard, "/ch/1/fader 0\n"));
    assert_non_null(strstr(heard, "/ch/3/fader 0\n"));
    both_say(b, "/ch/B/fader", "f", -3.0);
    both_say(b, "/ch/B/fader", "f", -4.0);
    both_say(b, "/ch/B/fader", "f", -5.0);
    settle(b, 30);
    heard = both_heard(b);
    assert_int_equal(count(heard, "/ch/2/fader"), 1); /* the latest, once */
    assert_non_null(strstr(heard, "/ch/2/fader -5\n"));
    both_say_from(b, ME, "/unsub", "s", "/ch/*/fader");
    both_say(b, "/ch/B/fader", "f", -6.0);
    settle(b, 30);
    assert_null(strstr(both_heard(b), "/ch/2/fader"));
}

static void own_spelling_and_no_echo(void **state) {
    struct both *b = *state;
    /* the desk file names no clients: whoever is not on loopback may view */
    both_say(b, "/sub", "si", "/ch/A/fader", 0);
    both_say(b, "/sub", "si", "/ch/01/mute", 0);
    both_say(b, "/sub", "si", "/ch/A/fader/norm", 0);
    settle(b, 30);
    both_heard(b);
    both_say(b, "/ch/1/fader", "f", -10.0); /* one's own set: no echo */
    settle(b, 30);
    assert_null(strstr(both_heard(b), "/fader"));
    both_say(b, "/hello/echo", "i", 1);
    both_say(b, "/ch/1/fader", "f", -30.0);
    both_say(b, "/ch/1/mute", "i", 1);
    settle(b, 30);
    const char *heard = both_heard(b);
    assert_non_null(strstr(heard, "/ch/A/fader -30\n"));
    assert_non_null(strstr(heard, "/ch/A/fader/norm 0.25\n"));
    assert_non_null(strstr(heard, "/ch/01/mute 1\n"));
}

static void derived_changes_per_strip(void **state) {
    struct both *b = *state;
    both_say_from(b, ME, "/sub", "si", "/ch/*/muted", 0);
    both_say_from(b, ME, "/sub", "si", "/ch/A/pan", 0);
    both_say_from(b, ME, "/sub", "si", "/solo/any", 0);
    both_say_from(b, ME, "/sub", "si", "/mon/ref", 0);
    both_say_from(b, ME, "/sub", "si", "/mon/spk/near.L/*", 0);
    settle(b, 30);
    both_heard(b);
    both_say(b, "/vca/V/mute", "i", 1);
    both_say(b, "/ch/A/pan/aed", "fff", -30.0, 0.0, 1.0);
    both_say(b, "/ch/C/solo", "i", 1);
    both_say(b, "/mon/set", "s", "near");
    both_say(b, "/mon/spk/7/trim", "f", -2.0);
    settle(b, 30);
    const char *heard = both_heard(b);
    assert_non_null(strstr(heard, "/ch/1/muted 1\n"));
    assert_non_null(strstr(heard, "/ch/2/muted 1\n"));
    assert_null(strstr(heard, "/ch/3/muted"));
    assert_non_null(strstr(heard, "/ch/A/pan 100\n"));
    assert_non_null(strstr(heard, "/solo/any 1\n"));
    assert_non_null(strstr(heard, "/mon/ref 79\n")); /* of the set that sounds now */
    assert_non_null(strstr(heard, "/mon/spk/near.L/trim -2\n"));
}

static void glides_are_reported_on_their_way(void **state) {
    struct both *b = *state;
    both_say_from(b, ME, "/sub", "si", "/ch/A/fader", 0);
    settle(b, 30);
    both_heard(b);
    both_say(b, "/ch/A/fader/glide", "ff", -40.0, 0.5);
    settle(b, 130);
    const char *heard = both_heard(b);
    assert_true(count(heard, "/ch/A/fader") > 5);
    assert_non_null(strstr(heard, "/ch/A/fader -40\n")); /* the last one is always sent */
}

static void meters(void **state) {
    struct both *b = *state;
    both_say_from(b, ME, "/sub/meters", "si", "ch", 20);
    both_say_from(b, ME, "/sub", "si", "/ch/C/meter", 0);
    both_heard(b);
    struct link_meter *m = link_meters_begin(&b->sound);
    memset(m, 0, b->sound.meters * sizeof *m);
    m[3].out_peak = 0.5f; /* A has one leg, B two: this is C's first */
    link_meters_publish(&b->sound);
    settle(b, 40);
    const char *heard = both_heard(b);
    /* 9 legs of 4 fields of 2 bytes behind a head of 12 */
    assert_true(count(heard, "/meters <156 bytes>") >= 2);
    assert_non_null(strstr(heard, "/ch/C/meter -6.0206 -144 -144 -144 -144 -144\n"));
    both_say_from(b, ME, "/sub/meters", "si", "ch", 0);
    both_heard(b);
    settle(b, 40);
    assert_int_equal(count(both_heard(b), "/meters"), 0);
    both_say_from(b, ME, "/sub/meters", "si", "choir", 20);
    assert_non_null(strstr(both_heard(b), "/error out-of-range /sub/meters"));
}

/* A client's copy of the desk's faders, built from what it hears. */
static void mirror_lines(const char *heard, double fader[6]) {
    for (const char *p = heard; *p; p += strcspn(p, "\n") + 1) {
        int n;
        double x;
        if (sscanf(p, "/ch/%d/fader %lf", &n, &x) == 2)
            fader[n - 1] = x;
        if (p[strcspn(p, "\n")] == '\0')
            break;
    }
}

static void lost_feedback_is_repaired(void **state) {
    struct both *b = *state;
    double mirror[6] = {99, 99, 99, 99, 99, 99};
    both_say_from(b, ME, "/sub", "si", "/ch/*/fader", 0);
    settle(b, 20);
    b->drop_each = 3;
    int last = 0, gaps = 0;
    for (int i = 0; i < 40; i++) {
        char address[32];
        snprintf(address, sizeof address, "/ch/%d/fader", 1 + i % 3);
        both_say(b, address, "f", -0.5 * i);
        settle(b, 12);
        const char *heard = both_heard(b);
        mirror_lines(heard, mirror);
        int seq;
        const char *s = strstr(heard, "/seq ");
        if (s && sscanf(s, "/seq %d", &seq) == 1) {
            gaps += last && seq != last + 1;
            last = seq;
        }
    }
    assert_true(b->lost > 5 && gaps > 5); /* it shows */
    b->drop_each = 0;
    both_say_from(b, ME, "/dump", "s", "/ch/*/fader");
    settle(b, 30);
    mirror_lines(both_heard(b), mirror);
    for (int i = 0; i < 3; i++) {
        char address[32];
        snprintf(address, sizeof address, "/ch/%d/fader", 1 + i);
        assert_float_equal(mirror[i], both_plane(b, address), 1e-4);
    }
}

static void leases_survive_a_kill(void **state) {
    struct both *b = *state;
    both_say_from(b, ME, "/hello", "sss", "desk", "surface", "");
    both_say_from(b, ME, "/sub", "si", "/ch/A/fader", 0);
    settle(b, 300); /* they are saved twice a second */
    both_heard(b);
    both_restart(b, true);
    settle(b, 30);
    const char *heard = both_heard(b);
    assert_non_null(strstr(heard, "/seq 0\n"));
    assert_non_null(strstr(heard, "/ch/A/fader 0\n"));
    both_say(b, "/ch/A/fader", "f", -2.0);
    settle(b, 30);
    assert_non_null(strstr(both_heard(b), "/ch/A/fader -2\n"));
    both_say(b, "/status/clients", "");
    assert_non_null(strstr(both_heard(b), " desk surface view /ch/A/fader\n"));
}

static void bad_subscriptions(void **state) {
    struct both *b = *state;
    both_heard(b);
    both_say(b, "/sub", "si", "/ch/*/fader", -1);
    assert_non_null(strstr(both_heard(b), "/error out-of-range /sub"));
    both_say(b, "/sub", "si", "/ch/Z/fader", 0);
    assert_non_null(strstr(both_heard(b), "/error unknown-address /sub"));
    both_say(b, "/sub", "si", "/ch/[1/fader", 0);
    assert_non_null(strstr(both_heard(b), "/error bad-pattern /sub"));
    both_say(b, "/unsub", "s", "/ch/A/fader");
    assert_non_null(strstr(both_heard(b), "/error unknown-address /unsub"));
    both_say(b, "/hello", "ss", "a", "script");
    assert_non_null(strstr(both_heard(b), "/error bad-count /hello"));
    both_say(b, "/hello", "sss", "a", "piano", "");
    assert_non_null(strstr(both_heard(b), "/error bad-value /hello"));
}

static void describes_itself(void **state) {
    struct both *b = *state;
    both_heard(b);
    both_say(b, "/ns", "s", "/ch/A/eq/2/gain");
    assert_string_equal(both_heard(b), "/ns /ch/A/eq/2/gain param f dB rw mix -24 0 24  Gain.\n");
    both_say(b, "/ns", "s", "/ch/A/eq");
    assert_string_equal(both_heard(b), "/ns /ch/A/eq node 0 7 on 1 2 3 4 5 6\n");
    both_say(b, "/ns", "s", "/ch");
    assert_string_equal(both_heard(b), "/ns /ch node 0 3 1 2 3\n");
    both_say(b, "/ns", "s", "/nowhere");
    assert_non_null(strstr(both_heard(b), "/error unknown-address /ns"));
    both_say(b, "/ns", "s", "");
    assert_non_null(strstr(both_heard(b), " transport"));
}

int main(void) {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {T(first_the_full_state_then_changes),
                                       T(own_spelling_and_no_echo),
                                       T(derived_changes_per_strip),
                                       T(glides_are_reported_on_their_way),
                                       T(meters),
                                       T(lost_feedback_is_repaired),
                                       T(leases_survive_a_kill),
                                       T(bad_subscriptions),
                                       T(describes_itself)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
