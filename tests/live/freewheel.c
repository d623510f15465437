/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: link config */
/* timeout: 90 */
/* Freewheel waits for what control hands down, and no longer; a pass in real time starts with its
 * first commands in place. The test plays control. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/link.h"
#include "tests/lib/live_desk.h"
#include "tests/lib/live_jack.h"

static struct live_desk desk;
static struct link link_view;
static jack_client_t *client;
static uint32_t slot, seq;

static struct link_clock now(void) {
    struct link_clock clock = {0};
    for (int i = 0; i < 1000 && !link_clock_read(&link_view, &clock); i++)
        live_sleep_ms(1);
    return clock;
}

static void roll_to(int64_t timeline) {
    for (int i = 0; now().timeline < timeline; i++) {
        if (i > 5000)
            fail_msg("the timeline stands at %lld", (long long)now().timeline);
        live_sleep_ms(1);
    }
}

/* Stop, go back to `timeline`, and know its epoch. */
static uint32_t park(int64_t timeline) {
    jack_transport_stop(client);
    live_sleep_ms(100);
    jack_transport_locate(client, (jack_nframes_t)timeline);
    for (int i = 0; i < 2000 && (now().timeline != timeline || now().rolling); i++)
        live_sleep_ms(1);
    live_sleep_ms(50);
    assert_int_equal(now().timeline, timeline);
    return now().epoch;
}

static void send_at(int64_t timeline, uint32_t epoch, float value) {
    const struct command c = {.op = COMMAND_SET, .slot = slot, .value = value};
    seq++;
    const struct group g = {.seq = seq,
                            .when = WHEN_TIMELINE,
                            .frame = (uint64_t)timeline,
                            .epoch = epoch,
                            .flags = GROUP_TELL,
                            .count = 1};
    while (link_send(&link_view, &g, &c))
        live_sleep_ms(1);
}

static void drain(unsigned *applied, unsigned *late, unsigned *stale) {
    struct event event;
    for (uint32_t n = ring_avail(&link_view.event); n && n != UINT32_MAX; n--) {
        ring_peek(&link_view.event, 0, &event, 1);
        ring_drop(&link_view.event, 1);
        *applied += event.op == EVENT_APPLIED;
        *late += event.op == EVENT_APPLIED && event.value > 0;
        *stale += event.op == EVENT_STALE;
    }
}

static void test_waits_at_the_mark(void **state) {
    (void)state;
    const uint32_t epoch = park(0);
    link_hand(&link_view, epoch, 48000);
    assert_int_equal(jack_set_freewheel(client, 1), 0);
    jack_transport_start(client);
    live_sleep_ms(500);
    /* The clock is told before the wait, so it shows the period that waits: the one that would pass
     * the mark. */
    assert_in_range(now().timeline, 48000 - 256, 48000);
    link_hand(&link_view, epoch, 480000);
    live_sleep_ms(500);
    assert_in_range(now().timeline, 480000 - 256, 480000);
    /* Control is killed meanwhile: the wait goes on. */
    const uint32_t before = atomic_load(&link_view.head->status.control_restarts);
    const pid_t control = live_child(&desk, "sleep");
    assert_true(control > 0);
    kill(control, SIGKILL);
    live_sleep_ms(300);
    assert_int_equal(atomic_load(&link_view.head->status.control_restarts), before + 1);
    assert_in_range(now().timeline, 480000 - 256, 480000);
    const int64_t start_ns = live_now_ns();
    link_hand(&link_view, epoch, INT64_MAX);
    roll_to(480000 + 48000 * 100);
    printf("# freewheel: %.0f times real time\n", 100e9 / (double)(live_now_ns() - start_ns));
    jack_transport_stop(client);
    assert_int_equal(jack_set_freewheel(client, 0), 0);
    live_sleep_ms(200);
}

static void test_nothing_is_late_in_freewheel(void **state) {
    (void)state;
    unsigned applied = 0, late = 0, stale = 0;
    drain(&applied, &late, &stale);
    applied = late = stale = 0;
    const uint32_t epoch = park(0);
    assert_int_equal(jack_set_freewheel(client, 1), 0);
    jack_transport_start(client);
    /* Handed down as late as allowed: a second at a time, while the server runs as it can. */
    const unsigned total = 3000;
    unsigned sent = 0;
    for (int64_t from = 0; sent < total; from += 4800) {
        for (unsigned i = 0; i < 30 && sent < total; i++, sent++)
            send_at(from + i * 157, epoch, sent % 2 ? -3.0f : 0.0f);
        link_hand(&link_view, epoch, from + 4800);
        roll_to(from + 4800 - 512);
        drain(&applied, &late, &stale);
    }
    link_hand(&link_view, epoch, INT64_MAX);
    live_sleep_ms(200);
    drain(&applied, &late, &stale);
    jack_transport_stop(client);
    assert_int_equal(jack_set_freewheel(client, 0), 0);
    printf("# freewheel: %u commands handed down just in time, %u applied, %u late, %u stale\n",
           sent, applied, late, stale);
    assert_int_equal(applied, total);
    assert_int_equal(late, 0);
    assert_int_equal(stale, 0);
}

static void test_real_time_pass_starts_with_its_commands(void **state) {
    (void)state;
    unsigned applied = 0, late = 0, stale = 0;
    for (int64_t at = 0; at < 5 * 96000; at += 96000) {
        const uint32_t epoch = park(at);
        drain(&applied, &late, &stale);
        applied = late = stale = 0;
        /* Play is pressed before control has handed down: the transport waits for it. */
        jack_transport_start(client);
        live_sleep_ms(60);
        assert_int_equal(now().rolling, 0);
        for (int64_t i = 0; i < 20; i++)
            send_at(at + i * 16, epoch, i % 2 ? -3.0f : 0.0f);
        link_hand(&link_view, epoch, at + 480000);
        roll_to(at + 4800);
        drain(&applied, &late, &stale);
        assert_int_equal(applied, 20);
        assert_int_equal(late, 0);
        assert_int_equal(stale, 0);
    }
    /* And it does not wait for ever. */
    park(0);
    link_hand(&link_view, 0, 0);
    jack_transport_start(client);
    roll_to(480);
    jack_transport_stop(client);
}

static int open_desk(void **state) {
    (void)state;
    char error[256];
    const struct live_options options = {.idle_control = true};
    live_start(&desk, &options);
    const int fd = live_link_fd(&desk);
    assert_int_equal(link_attach(&link_view, fd, error), 0);
    close(fd);
    struct desk_error desk_error;
    struct desk *parsed;
    assert_int_equal(desk_parse(link_view.desk_text, "x", &parsed, &desk_error), 0);
    slot = layout_slot(&parsed->layout, KIND_CH, 0, ROW_FADER, 0, 0);
    desk_free(parsed);
    client = jack_client_open("tester", JackNoStartServer | JackServerName, NULL, desk.server);
    assert_non_null(client);
    assert_int_equal(jack_activate(client), 0);
    return 0;
}

static int close_desk(void **state) {
    (void)state;
    if (client)
        jack_client_close(client);
    link_close(&link_view);
    return live_stop(&desk) != 0;
}

int main(void) {
    const char *missing = live_missing();
    if (missing) {
        printf("SKIP %s\n", missing);
        return LIVE_SKIP;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_waits_at_the_mark),
        cmocka_unit_test(test_nothing_is_late_in_freewheel),
        cmocka_unit_test(test_real_time_pass_starts_with_its_commands),
    };
    return cmocka_run_group_tests(tests, open_desk, close_desk);
}
