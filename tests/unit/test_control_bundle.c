/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: control link osc config */
/* Bundles: whole or not at all, on one frame, now or at their time, across kills. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "both.h"
#include "config_rig.h"

#define RATE 48000

static struct both_bundle bundle; /* large */

static int setup(void **state) {
    *state = both_new(rig_text, false);
    return 0;
}

static int teardown(void **state) {
    both_free(*state);
    return 0;
}

static void lands_on_one_frame(void **state) {
    struct both *b = *state;
    both_bundle_begin(&bundle, 1);
    both_bundle_add(&bundle, "/ch/A/fader", "f", -1.0);
    both_bundle_add(&bundle, "/ch/B/fader", "f", -2.0);
    both_bundle_add(&bundle, "/ch/C/mute", "i", 1);
    both_bundle_add(&bundle, "/ch/C/name", "s", "Sea");
    assert_int_equal(both_bundle_send(b, &bundle), 0);
    both_run(b, 3);
    assert_int_equal(b->groups, 1);
    assert_int_equal(b->singles, 3);
    assert_float_equal(both_plane(b, "/ch/B/fader"), -2, 0);
    assert_string_equal(both_ask(b, "/ch/C/name"), "/ch/C/name Sea");
}

static void one_bad_element_and_nothing_changes(void **state) {
    struct both *b = *state;
    both_heard(b);
    both_bundle_begin(&bundle, 1);
    both_bundle_add(&bundle, "/ch/A/fader", "f", -1.0);
    both_bundle_add(&bundle, "/ch/B/name", "s", "Other");
    both_bundle_add(&bundle, "/ch/B/eq/1/type", "i", 12);
    both_bundle_add(&bundle, "/ch/C/mute", "i", 1);
    assert_int_equal(both_bundle_send(b, &bundle), -1);
    const char *heard = both_heard(b);
    assert_non_null(strstr(heard, "/error out-of-range /ch/B/eq/1/type element 3: "));
    both_run(b, 4);
    assert_int_equal(b->groups, 0);
    assert_string_equal(both_ask(b, "/ch/A/fader"), "/ch/A/fader 0");
    assert_string_equal(both_ask(b, "/ch/C/mute"), "/ch/C/mute 0");
    assert_string_equal(both_ask(b, "/ch/B/name"), "/ch/B/name B");
}

/* A get that has no answer is a bad element as well; one that has is answered after the sets. */
static void gets_in_bundles(void **state) {
    struct both *b = *state;
    static const char *const bad[][2] = {{"/ch/1//nothing", "unknown-address"},
                                         {"/ch/7/fader", "no-such-object"},
                                         {"/scene/9/name", "no-such-object"},
                                         {"/sub", "bad-count"}};
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        both_heard(b);
        both_bundle_begin(&bundle, 1);
        both_bundle_add(&bundle, "/ch/A/fader", "f", -1.0);
        both_bundle_add(&bundle, "/ch/B/fader", "");
        both_bundle_add(&bundle, bad[i][0], "");
        assert_int_equal(both_bundle_send(b, &bundle), -1);
        const char *heard = both_heard(b);
        assert_non_null(strstr(heard, bad[i][1]));
        assert_non_null(strstr(heard, "element 3: "));
        assert_null(strstr(heard, "/ch/B/fader"));
        both_run(b, 4);
        assert_int_equal(b->groups, 0);
    }
    both_bundle_begin(&bundle, 1);
    both_bundle_add(&bundle, "/ch/A/fader", "");
    both_bundle_add(&bundle, "/ch/A/fader", "f", -1.0);
    both_bundle_add(&bundle, "/ch/[AB]/fader", "");
    assert_int_equal(both_bundle_send(b, &bundle), 0);
    assert_non_null(strstr(both_heard(b), "/ch/A/fader -1"));
}

static void later_elements_see_earlier_ones(void **state) {
    struct both *b = *state;
    both_bundle_begin(&bundle, 1);
    both_bundle_add(&bundle, "/ch/A/fader", "f", -10.0);
    both_bundle_add(&bundle, "/ch/A/fader/delta", "f", 4.0);
    both_bundle_add(&bundle, "/ch/A/mute/toggle", "i", 1);
    both_bundle_add(&bundle, "/ch/A/mute/toggle", "i", 1);
    both_bundle_add(&bundle, "/ch/A/fader", "");
    both_heard(b);
    assert_int_equal(both_bundle_send(b, &bundle), 0);
    assert_string_equal(both_heard(b), "/ch/A/fader -6\n"); /* a get is answered afterwards */
    assert_string_equal(both_ask(b, "/ch/A/mute"), "/ch/A/mute 0");
}

static void actions_in_bundles(void **state) {
    struct both *b = *state;
    struct link_request request;
    both_heard(b);
    both_bundle_begin(&bundle, 1);
    both_bundle_add(&bundle, "/ch/A/fader", "f", -1.0);
    both_bundle_add(&bundle, "/transport/play", "i", 1);
    assert_int_equal(both_bundle_send(b, &bundle), -1);
    assert_non_null(strstr(both_heard(b), "/error not-in-bundle /transport/play element 2: "));
    assert_string_equal(both_ask(b, "/ch/A/fader"), "/ch/A/fader 0");
    assert_int_equal(ring_avail(&b->sound.request), 0);
    both_bundle_begin(&bundle, 1);
    both_bundle_add(&bundle, "/transport/play", "i", 1);
    assert_int_equal(both_bundle_send(b, &bundle), 0);
    assert_int_equal(ring_avail(&b->sound.request), 1);
    ring_peek(&b->sound.request, 0, &request, 1);
    assert_int_equal(request.op, REQUEST_PLAY);
    assert_int_equal(request.arg[0], 1);
}

/* 500 sets travel through the bulk slot, and still land on one frame. */
static void large_ones_travel_in_bulk(void **state) {
    struct both *b = *state;
    both_bundle_begin(&bundle, 1);
    for (int i = 0; i < 500; i++) {
        char address[64];
        static const char *const strips[] = {"/ch/A", "/ch/B", "/ch/C", "/grp/G", "/stem/DX"};
        static const char *const fields[] = {"gain", "q", "freq"};
        snprintf(address, sizeof address, "%s/eq/%d/%s", strips[i % 5], 1 + i / 5 % 6,
                 fields[i / 30 % 3]);
        both_bundle_add(&bundle, address, "f", i / 30 % 3 == 2 ? 100.0 + i : 1.0 + i / 100.0);
    }
    assert_int_equal(both_bundle_send(b, &bundle), 0);
    both_run(b, 10);
    assert_int_equal(b->groups, 1);
    assert_int_equal(b->singles, 500);
    /* and the ones behind it come behind it */
    both_say(b, "/ch/A/fader", "f", -3.0);
    both_run(b, 8);
    assert_int_equal(b->groups, 2);
    assert_float_equal(both_plane(b, "/ch/A/eq/1/gain"), 5.5, 0); /* the last of several */
}

static void too_large(void **state) {
    struct both *b = *state;
    both_heard(b);
    both_bundle_begin(&bundle, 1);
    const uint32_t most = b->sound.bulk_commands;
    for (uint32_t i = 0; i < 1500; i++)
        both_bundle_add(&bundle, "/ch/A/fader", "f", -1.0);
    const int result = both_bundle_send(b, &bundle);
    if (most >= 1500)
        assert_int_equal(result, 0);
    else
        assert_non_null(strstr(both_heard(b), "/error too-large"));
}

/* ---- times ---- */

static uint64_t ntp_in(double seconds) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    const double t = (double)now.tv_nsec / 1e9 + seconds;
    const int64_t whole = (int64_t)t - (t < 0);
    return (uint64_t)((int64_t)now.tv_sec + INT64_C(2208988800) + whole) << 32 |
           (uint64_t)((t - (double)whole) * 4294967295.0);
}

static void timetags(void **state) {
    struct both *b = *state;
    both_heard(b);
    both_bundle_begin(&bundle, ntp_in(100));
    both_bundle_add(&bundle, "/ch/A/fader", "f", -1.0);
    assert_int_equal(both_bundle_send(b, &bundle), -1);
    assert_non_null(strstr(both_heard(b), "/error out-of-range /ch/A/fader"));
    /* half a second ahead: 94 periods of this sound's time, less what the test itself takes */
    both_bundle_begin(&bundle, ntp_in(0.5));
    both_bundle_add(&bundle, "/ch/A/fader", "f", -2.0);
    assert_int_equal(both_bundle_send(b, &bundle), 0);
    assert_int_equal(control_waiting(b->control), 1);
    both_run(b, 40);
    assert_int_equal(b->groups, 0);
    assert_string_equal(both_ask(b, "/ch/A/fader"), "/ch/A/fader 0");
    both_run(b, 60);
    assert_int_equal(b->groups, 1);
    assert_int_equal(control_waiting(b->control), 0);
    assert_string_equal(both_ask(b, "/ch/A/fader"), "/ch/A/fader -2");
    /* the past means now */
    both_bundle_begin(&bundle, ntp_in(-3));
    both_bundle_add(&bundle, "/ch/A/fader", "f", -5.0);
    both_bundle_send(b, &bundle);
    both_run(b, 3);
    assert_float_equal(both_plane(b, "/ch/A/fader"), -5, 0);
}

static void at(struct both *b, int64_t frame, double value) {
    both_bundle_begin(&bundle, 1);
    both_bundle_add(&bundle, "/at", "h", frame);
    both_bundle_add(&bundle, "/ch/A/fader", "f", value);
    assert_int_equal(both_bundle_send(b, &bundle), 0);
}

static void run_to(struct both *b, int64_t timeline) {
    while (b->timeline < timeline)
        both_run(b, 1);
}

static void timeline(void **state) {
    struct both *b = *state;
    both_locate(b, 0, false);
    both_run(b, 1);
    at(b, RATE, -1);
    at(b, 2 * RATE, -2);
    at(b, 20 * RATE, -20);
    assert_int_equal(control_waiting(b->control), 3);
    both_run(b, 400); /* stopped: nothing happens */
    assert_int_equal(b->groups, 0);
    both_locate(b, 0, true);
    run_to(b, RATE - 512);
    assert_int_equal(b->groups, 0);
    run_to(b, RATE + 512);
    assert_string_equal(both_ask(b, "/ch/A/fader"), "/ch/A/fader -1");
    /* back before it: it happens once. On over the second one: that waits until it is passed. */
    both_locate(b, 0, true);
    both_run(b, 4);
    both_say(b, "/ch/A/fader", "f", 3.0);
    run_to(b, RATE + 512);
    assert_string_equal(both_ask(b, "/ch/A/fader"), "/ch/A/fader 3");
    both_locate(b, 3 * RATE, true);
    both_run(b, 40);
    assert_string_equal(both_ask(b, "/ch/A/fader"), "/ch/A/fader 3");
    both_locate(b, RATE, true);
    run_to(b, 2 * RATE + 512);
    assert_string_equal(both_ask(b, "/ch/A/fader"), "/ch/A/fader -2");
    /* a position in the past means now */
    at(b, RATE, -7);
    both_run(b, 3);
    assert_string_equal(both_ask(b, "/ch/A/fader"), "/ch/A/fader -7");
    assert_int_equal(control_waiting(b->control), 1);
}

static void timecode_and_mistakes(void **state) {
    struct both *b = *state;
    both_heard(b);
    both_bundle_begin(&bundle, 1);
    both_bundle_add(&bundle, "/at", "s", "00:99:00:00");
    both_bundle_add(&bundle, "/ch/A/fader", "f", -1.0);
    assert_int_equal(both_bundle_send(b, &bundle), -1);
    assert_non_null(strstr(both_heard(b), "/error bad-value /at element 1: "));
    both_bundle_begin(&bundle, 1);
    both_bundle_add(&bundle, "/at", "s", "00:10:00:00");
    both_bundle_add(&bundle, "/ch/A/fader/delta", "f", -1.0);
    assert_int_equal(both_bundle_send(b, &bundle), -1);
    assert_non_null(strstr(both_heard(b), "/error not-in-bundle /ch/A/fader/delta element 2: "));
    both_say(b, "/at", "h", (int64_t)5);
    assert_non_null(strstr(both_heard(b), "/error not-in-bundle /at"));
    assert_int_equal(control_waiting(b->control), 0);
}

static void scheduled_action(void **state) {
    struct both *b = *state;
    struct link_request request;
    both_locate(b, 0, true);
    both_run(b, 1);
    both_bundle_begin(&bundle, 1);
    both_bundle_add(&bundle, "/at", "h", (int64_t)RATE);
    both_bundle_add(&bundle, "/transport/stop", "i", 1);
    assert_int_equal(both_bundle_send(b, &bundle), 0);
    run_to(b, RATE - 1024);
    assert_int_equal(ring_avail(&b->sound.request), 0);
    run_to(b, RATE + 1024);
    assert_int_equal(ring_avail(&b->sound.request), 1);
    ring_peek(&b->sound.request, 0, &request, 1);
    assert_int_equal(request.op, REQUEST_PLAY);
    assert_int_equal(request.arg[0], 0);
    assert_int_equal(control_waiting(b->control), 0);
}

/* ---- kills ---- */

static void held_survives_a_kill(void **state) {
    struct both *b = *state;
    both_locate(b, 0, true);
    both_run(b, 1);
    for (int i = 1; i <= 60; i++) /* 10 s of moves: some are handed down, some not */
        at(b, i * RATE / 6, -i);
    both_say(b, "/ch/B/fader", "f", -33.0);
    both_run(b, 4);
    assert_int_equal(control_waiting(b->control), 60);
    for (int kill = 0; kill < 10; kill++) {
        const uint32_t landed = b->groups;
        both_sound(b, 60); /* sound goes on while control is dead */
        both_restart(b, true);
        both_run(b, 20);
        assert_true(b->groups > landed);
        assert_string_equal(both_ask(b, "/ch/B/fader"), "/ch/B/fader -33");
    }
    run_to(b, 11 * RATE);
    assert_int_equal(b->groups, 61); /* each landed, once */
    assert_int_equal(control_waiting(b->control), 0);
    assert_string_equal(both_ask(b, "/ch/A/fader"), "/ch/A/fader -60");
}

/* Dead for longer than control hands down ahead: what was missed comes late rather than never. */
static void a_long_absence(void **state) {
    struct both *b = *state;
    both_locate(b, 0, true);
    both_run(b, 2);
    at(b, 8 * RATE, -8);
    both_run(b, 2);
    both_sound(b, 10 * RATE / BOTH_PERIOD);
    assert_int_equal(b->groups, 0);
    both_restart(b, true);
    both_run(b, 4);
    assert_int_equal(b->groups, 1);
    assert_string_equal(both_ask(b, "/ch/A/fader"), "/ch/A/fader -8");
}

/* More at once than the table has places for, and untimed ones in between. */
static void very_many(void **state) {
    struct both *b = *state;
    both_locate(b, 0, true);
    both_run(b, 1);
    for (int i = 1; i <= 5000; i++) {
        at(b, RATE + i * 30, -(i % 100));
        for (int n = 0; n < 4; n++)
            both_say(b, "/ch/B/fader", "f", -(double)(i % 7));
        if (i % 500 == 0)
            both_run(b, 1);
    }
    run_to(b, 6 * RATE);
    assert_int_equal(control_waiting(b->control), 0);
    assert_int_equal(b->groups, 25000);
}

/* In freewheel the host waits for the mark: it must run ahead, and stop at what is not sent. */
static void the_mark_in_freewheel(void **state) {
    struct both *b = *state;
    b->freewheel = true;
    both_locate(b, 0, true);
    for (int i = 1; i <= 3000; i++)
        at(b, i * 100, -(i % 50));
    both_run(b, 1);
    while (b->timeline < 310000) {
        while (!link_handed(&b->sound, b->epoch, b->timeline + BOTH_PERIOD))
            control_poll(b->control, 0);
        both_sound(b, 1);
    }
    control_poll(b->control, 0);
    assert_int_equal(b->groups, 3000);
    assert_int_equal(control_waiting(b->control), 0);
}

int main(void) {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {T(lands_on_one_frame),
                                       T(one_bad_element_and_nothing_changes),
                                       T(gets_in_bundles),
                                       T(later_elements_see_earlier_ones),
                                       T(actions_in_bundles),
                                       T(large_ones_travel_in_bulk),
                                       T(too_large),
                                       T(timetags),
                                       T(timeline),
                                       T(timecode_and_mistakes),
                                       T(scheduled_action),
                                       T(held_survives_a_kill),
                                       T(a_long_absence),
                                       T(very_many),
                                       T(the_mark_in_freewheel)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
