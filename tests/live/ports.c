/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: link config */
/* timeout: 90 */
/* The desk as a JACK client: ports and their names, connections, restarts of the server, gaps,
 * leaving. */
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/link.h"
#include "tests/lib/live_desk.h"
#include "tests/lib/sanitized.h"

static struct live_desk desk;
static struct link link_view;
static char text[1 << 16];

static const char desk_text[] =
    "title = \"ports\";\nrate = 48000;\n"
    "channels = (\n"
    "  { id = \"DX_A\"; name = \"Dialogue A\"; format = \"mono\"; in = \"system:capture_1\"; },\n"
    "  { id = \"MX\"; name = \"Score\"; format = \"stereo\"; in = \"system:capture_[34]\"; } );\n"
    "stems = ( { id = \"DX\"; format = \"5.1\"; role = \"dx\"; } );\n"
    "mains = ( { id = \"PM\"; format = \"stereo\"; connect = \"system:playback_*\"; } );\n";

static int open_desk(void **state) {
    (void)state;
    char error[256];
    const struct live_options options = {.desk_text = desk_text, .no_control = true};
    live_start(&desk, &options);
    const int fd = live_link_fd(&desk);
    assert_int_equal(link_attach(&link_view, fd, error), 0);
    close(fd);
    return 0;
}

static int close_desk(void **state) {
    (void)state;
    link_close(&link_view);
    return desk.pid && live_stop(&desk) != 0;
}

static const struct link_status *status(void) {
    return &link_view.head->status;
}

/* A sanitizer's shadow of the memory comes into being as it is used. */
static void no_page_faults(void) {
    if (!sanitized())
        assert_int_equal(atomic_load(&status()->page_faults), 0);
}

/* Wait for the words in the output of a shell line. */
static bool shell_says(const char *command, const char *words, unsigned ms) {
    for (unsigned waited = 0; waited <= ms; waited += 50) {
        live_shell(&desk, command, text, sizeof text);
        if (strstr(text, words))
            return true;
        live_sleep_ms(50);
    }
    return false;
}

static void test_port_names(void **state) {
    (void)state;
    live_shell(&desk, "jack_lsp dubdesk:", text, sizeof text);
    const char *const names[] = {
        "dubdesk:ch DX_A 1\n", "dubdesk:ch MX 1\n",     "dubdesk:ch MX 2\n",
        "dubdesk:stem DX L\n", "dubdesk:stem DX LFE\n", "dubdesk:stem DX Rs\n",
        "dubdesk:main PM L\n", "dubdesk:main PM R\n",   "dubdesk:mon L\n"};
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        if (i == 1 && !strstr(text, names[i])) /* legs of a stereo strip are L and R */
            continue;
        if (i == 2 && !strstr(text, names[i]))
            continue;
        if (!strstr(text, names[i]))
            fail_msg("no port %sin:\n%s", names[i], text);
    }
    assert_true(shell_says("jack_property -l", "Dialogue A", 5000));
}

static void test_patterns_connect(void **state) {
    (void)state;
    assert_true(shell_says("jack_lsp -c system:capture_1", "dubdesk:ch DX_A 1", 2000));
    assert_true(shell_says("jack_lsp -c system:capture_4", "dubdesk:ch MX", 2000));
    assert_true(shell_says("jack_lsp -c system:playback_2", "dubdesk:main PM R", 2000));
    live_shell(&desk, "jack_lsp -c system:playback_3", text, sizeof text);
    assert_null(strstr(text, "dubdesk"));
}

static void test_thread_and_faults(void **state) {
    (void)state;
    live_sleep_ms(1500);
    /* One every 256 frames of the time that passed, counting those that the machine swallowed. */
    const int64_t start_ns = live_now_ns();
    const uint64_t before = atomic_load(&status()->callbacks);
    const uint64_t missed = atomic_load(&status()->missed_frames);
    live_sleep_ms(1000);
    const double callbacks = (double)(atomic_load(&status()->callbacks) - before);
    const double swallowed = (double)(atomic_load(&status()->missed_frames) - missed) / 256;
    const double due = (double)(live_now_ns() - start_ns) / 1e9 * 187.5;
    printf("# %.0f callbacks, %.0f missed, %.1f due\n", callbacks, swallowed, due);
    assert_true(callbacks > 0 && fabs(callbacks + swallowed - due) < 10 + due / 20);
    assert_int_equal(atomic_load(&status()->server_alive), 1);
    no_page_faults();
    live_shell(&desk, "ps -Lo cls= -p $(pgrep -f \"jackd -n $JACK_DEFAULT_SERVER\" | head -1)",
               text, sizeof text);
    if (strstr(text, "FF"))
        assert_int_equal(atomic_load(&status()->realtime), 1);
}

static void test_stopped_desk_counts_its_gap(void **state) {
    (void)state;
    const uint64_t before = atomic_load(&status()->missed_frames);
    kill(desk.pid, SIGSTOP);
    live_sleep_ms(100);
    kill(desk.pid, SIGCONT);
    live_sleep_ms(300);
    const uint64_t missed = atomic_load(&status()->missed_frames) - before;
    assert_in_range(missed, 3000, 48000); /* 100 ms are 4800 frames, and the machine may stall */
    assert_int_equal(missed % 256, 0);
    assert_true(live_said(&desk, "without a callback"));
    /* and control is told */
    bool told = false;
    struct link_notice notice;
    while (ring_avail(&link_view.notice)) {
        ring_peek(&link_view.notice, 0, &notice, 1);
        ring_drop(&link_view.notice, 1);
        told |= notice.op == NOTICE_GAP && notice.arg[1] > 0;
    }
    assert_true(told);
}

static void test_people_connect_and_server_dies(void **state) {
    (void)state;
    live_shell(&desk,
               "jack_connect \"dubdesk:stem DX C\" system:playback_9;"
               "jack_disconnect system:capture_1 \"dubdesk:ch DX_A 1\"",
               text, sizeof text);
    live_sleep_ms(900); /* until it is taken for people's will */
    struct link_clock before, after;
    assert_true(link_clock_read(&link_view, &before));
    const pid_t server = live_server_pid(&desk);
    assert_true(server > 0);
    const int64_t killed_ns = live_now_ns();
    kill(server, SIGKILL);
    live_sleep_ms(20);
    const uint64_t callbacks = atomic_load(&status()->callbacks);
    int64_t back_ns = 0;
    while (!back_ns && live_now_ns() - killed_ns < 5000000000) {
        live_sleep_ms(1);
        if (atomic_load(&status()->callbacks) > callbacks)
            back_ns = live_now_ns();
    }
    assert_true(back_ns > 0);
    printf("# server killed: sounding again after %.0f ms\n", (double)(back_ns - killed_ns) / 1e6);
    live_sleep_ms(100);
    assert_true(link_clock_read(&link_view, &after));
    /* Engine time went on with the clock: within 5 ms of what passed between the two looks. */
    const double passed = (double)(after.raw_ns - before.raw_ns) * 48000 / 1e9;
    const double moved = (double)(after.frame - before.frame);
    if (moved < passed - 240 || moved > passed + 240)
        fail_msg("engine time moved %.0f frames in %.0f", moved, passed);
    assert_true(shell_says("jack_lsp -c system:playback_9", "dubdesk:stem DX C", 2000));
    assert_true(shell_says("jack_lsp -c system:capture_4", "dubdesk:ch MX", 2000));
    live_shell(&desk, "jack_lsp -c system:capture_1", text, sizeof text);
    assert_null(strstr(text, "dubdesk")); /* stays cut */
    no_page_faults();
}

static void test_leaves_nothing_behind(void **state) {
    (void)state;
    const pid_t server = live_server_pid(&desk);
    assert_int_equal(live_stop(&desk), 0);
    assert_int_equal(kill(server, 0), -1);
    char path[700];
    snprintf(path, sizeof path, "%s/state/connections", desk.folder);
    assert_int_equal(access(path, R_OK), 0);
}

static void test_killed_daemon_takes_its_server_along(void **state) {
    (void)state;
    const struct live_options options = {.no_control = true};
    live_start(&desk, &options);
    const pid_t server = live_server_pid(&desk);
    assert_true(server > 0);
    kill(desk.pid, SIGKILL);
    waitpid(desk.pid, NULL, 0);
    desk.pid = 0;
    bool gone = false;
    for (int i = 0; i < 300 && !gone; i++) {
        char line[256] = "", path[64];
        snprintf(path, sizeof path, "/proc/%d/stat", (int)server);
        FILE *f = fopen(path, "r");
        const char *paren = f && fgets(line, sizeof line, f) ? strrchr(line, ')') : NULL;
        gone = !f || (paren && paren[2] == 'Z');
        if (f)
            fclose(f);
        live_sleep_ms(10);
    }
    assert_true(gone);
}

int main(void) {
    const char *missing = live_missing();
    if (missing) {
        printf("SKIP %s\n", missing);
        return LIVE_SKIP;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_port_names),
        cmocka_unit_test(test_patterns_connect),
        cmocka_unit_test(test_thread_and_faults),
        cmocka_unit_test(test_stopped_desk_counts_its_gap),
        cmocka_unit_test(test_people_connect_and_server_dies),
        cmocka_unit_test(test_leaves_nothing_behind),
        cmocka_unit_test(test_killed_daemon_takes_its_server_along),
    };
    return cmocka_run_group_tests(tests, open_desk, close_desk);
}
