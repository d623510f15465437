/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: link config */
/* timeout: 120 */
/* A desk on somebody else's server: other periods, another rate, death and return, a transport that
 * goes on, a reload, and the fade when it leaves. */
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
#include <fcntl.h>

#include "daemon/link.h"
#include "tests/lib/live_desk.h"
#include "tests/lib/live_jack.h"

static struct live_desk desk;
static struct live_jack jack;
static struct link link_view;
static char server[64], text[1 << 14];
static pid_t server_pid;

static void server_start(const char *rate) {
    const char *argv[] = {"jackd", "-n", server, "-R", "-P", "70", "-d",  "dummy", "-C",
                          "2",     "-P", "2",    "-r", rate, "-p", "256", NULL};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addclosefrom_np(&actions, 3);
    assert_int_equal(
        posix_spawnp(&server_pid, "jackd", &actions, NULL, (char *const *)argv, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
}

static void server_kill(int signal) {
    kill(server_pid, signal);
    waitpid(server_pid, NULL, 0);
    server_pid = 0;
}

static uint64_t callbacks(void) {
    return atomic_load(&link_view.head->status.callbacks);
}

/* Wait until callbacks come again; milliseconds. */
static double until_alive(void) {
    const int64_t start_ns = live_now_ns();
    const uint64_t before = callbacks();
    while (callbacks() < before + 2) {
        if (live_now_ns() - start_ns > 8000000000)
            fail_msg("the desk does not sound");
        live_sleep_ms(1);
    }
    return (double)(live_now_ns() - start_ns) / 1e6;
}

static bool alive(void) {
    const uint64_t before = callbacks();
    live_sleep_ms(200);
    return callbacks() > before;
}

static void test_buffer_sizes(void **state) {
    (void)state;
    live_jack_open(&jack, &desk, 0.25f, "dubdesk:ch A 1", "dubdesk:stem DX C");
    const unsigned sizes[] = {16, 1024, 48, 4096, 100, 256};
    for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct link_clock clock;
        assert_int_equal(jack_set_buffer_size(jack.source, sizes[i]), 0);
        live_sleep_ms(250);
        live_jack_watch(&jack);
        live_jack_pass(&jack, 9600);
        assert_true(link_clock_read(&link_view, &clock));
        assert_int_equal(clock.period_frames, sizes[i]);
        assert_true(atomic_load(&jack.max) == 0.25f);
        /* At 16 frames a busy machine misses cycles; it must not do more than that. */
        if (sizes[i] >= 256)
            assert_true(atomic_load(&jack.min) == 0.25f);
    }
    live_jack_close(&jack);
}

static void test_another_rate_is_refused(void **state) {
    (void)state;
    server_kill(SIGKILL);
    server_start("44100");
    for (int i = 0; i < 400 && !live_said(&desk, "44100"); i++)
        live_sleep_ms(10);
    assert_true(live_said(&desk, "the server runs at 44100 Hz, the desk is made for 48000 Hz"));
    assert_false(alive());
    assert_int_equal(atomic_load(&link_view.head->status.server_alive), 0);
    server_kill(SIGKILL);
    server_start("48000");
    printf("# sounding again %.0f ms after a server of the right rate was started\n",
           until_alive());
    live_sleep_ms(100);
    assert_int_equal(atomic_load(&link_view.head->status.server_alive), 1);
}

static void test_transport_goes_on(void **state) {
    (void)state;
    struct link_clock before, after;
    live_shell(&desk,
               "(echo locate 480000; sleep 0.2; echo play; sleep 0.6; echo quit) | jack_transport",
               text, sizeof text);
    live_sleep_ms(100);
    assert_true(link_clock_read(&link_view, &before));
    assert_int_equal(before.rolling, 1);
    assert_true(before.timeline >= 480000);
    server_kill(SIGKILL);
    live_sleep_ms(300);
    server_start("48000");
    until_alive();
    live_sleep_ms(700);
    assert_true(link_clock_read(&link_view, &after));
    assert_int_equal(after.rolling, 1);
    /* On time as if nothing had happened, but for the cycles that a locate and a start take. */
    const double moved = (double)(after.timeline - before.timeline);
    const double passed = (double)(after.raw_ns - before.raw_ns) * 48e3 / 1e9;
    printf("# timeline %.1f ms behind the clock after the server's return\n",
           (passed - moved) / 48);
    assert_true(moved <= passed + 480 && moved > passed - 9600);
}

static void request(uint32_t op, int64_t arg) {
    const struct link_request r = {.op = op, .seq = 77, .arg = {arg}};
    ring_put(&link_view.request, &r, 1);
    ring_commit(&link_view.request);
}

static struct link_notice reply(void) {
    struct link_notice n = {0};
    for (int i = 0; i < 400; i++) {
        while (ring_avail(&link_view.notice)) {
            ring_peek(&link_view.notice, 0, &n, 1);
            ring_drop(&link_view.notice, 1);
            if (n.op == NOTICE_REPLY && n.seq == 77)
                return n;
        }
        live_sleep_ms(5);
    }
    fail_msg("no reply");
    return n;
}

static void write_desk(const char *content) {
    char path[700];
    snprintf(path, sizeof path, "%s/desk.cfg", desk.folder);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(content, f);
    fclose(f);
}

static void test_reload(void **state) {
    (void)state;
    write_desk("rate = 48000;\nchannels = ( { id = \"A\"; format = \"nine\"; } );\n");
    request(REQUEST_RELOAD, 0);
    struct link_notice n = reply();
    assert_int_not_equal(n.arg[0], 0);
    assert_non_null(strstr(n.text, "desk.cfg:2"));
    live_shell(&desk, "jack_lsp dubdesk:", text, sizeof text);
    assert_non_null(strstr(text, "dubdesk:stem DX C"));
    assert_true(alive());

    write_desk("rate = 48000;\nchannels = ( { id = \"NEW\"; format = \"mono\"; in = \"\"; to = [ "
               "\"FX\" ]; } );\n"
               "stems = ( { id = \"FX\"; format = \"stereo\"; role = \"fx\"; } );\n"
               "mains = ( { id = \"PM\"; format = \"stereo\"; } );\n");
    request(REQUEST_RELOAD, 0);
    n = reply();
    if (n.arg[0])
        fail_msg("%s", n.text);
    for (int i = 0; i < 100; i++) {
        live_shell(&desk, "jack_lsp dubdesk:", text, sizeof text);
        if (strstr(text, "dubdesk:stem FX R"))
            break;
        live_sleep_ms(50);
    }
    assert_non_null(strstr(text, "dubdesk:ch NEW 1"));
    assert_null(strstr(text, "dubdesk:stem DX"));
    link_close(&link_view);
    char error[256];
    const int fd = live_link_fd(&desk);
    assert_int_equal(link_attach(&link_view, fd, error), 0);
    close(fd);
    assert_int_equal(link_view.head->generation, 2);
    assert_true(alive());
}

static void test_leaves_without_a_click(void **state) {
    (void)state;
    live_jack_open(&jack, &desk, 0.5f, "dubdesk:ch NEW 1", "dubdesk:stem FX L");
    live_jack_steepest(&jack);
    live_jack_pass(&jack, 4800);
    assert_int_equal(live_stop(&desk), 0);
    live_jack_pass(&jack, 4800);
    const double steepest = (double)live_jack_steepest(&jack);
    printf("# leaving: steepest step %.6f, a raised cosine of 50 ms has 0.000327\n", steepest);
    live_jack_close(&jack);
    assert_true(steepest > 0 && steepest < 0.0004);
}

static int open_desk(void **state) {
    (void)state;
    char error[256];
    snprintf(server, sizeof server, "dubtest-%ld", (long)getpid());
    setenv("JACK_NO_START_SERVER", "1", 1);
    setenv("JACK_NO_AUDIO_RESERVATION", "1", 1);
    server_start("48000");
    const struct live_options options = {.no_control = true, .server = server};
    live_start(&desk, &options);
    const int fd = live_link_fd(&desk);
    assert_int_equal(link_attach(&link_view, fd, error), 0);
    close(fd);
    return 0;
}

static int close_desk(void **state) {
    (void)state;
    link_close(&link_view);
    if (desk.pid)
        live_stop(&desk);
    if (server_pid)
        server_kill(SIGTERM);
    return 0;
}

int main(void) {
    const char *missing = live_missing();
    if (missing) {
        printf("SKIP %s\n", missing);
        return LIVE_SKIP;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_buffer_sizes),
        cmocka_unit_test(test_another_rate_is_refused),
        cmocka_unit_test(test_transport_goes_on),
        cmocka_unit_test(test_reload),
        cmocka_unit_test(test_leaves_without_a_click),
    };
    return cmocka_run_group_tests(tests, open_desk, close_desk);
}
