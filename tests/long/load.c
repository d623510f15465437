/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: osc link config */
/* timeout: 600 */
/* 20,000 sets a second over UDP and 100,000 over TCP, a minute each (LOAD_SECONDS): the applied
 * counter equals what was sent, every final value is right, and the callback hardly notices. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>

#include "daemon/link.h"
#include "osc/message.h"
#include "tests/lib/live_desk.h"
#include "tests/lib/live_jack.h"

#define CHANNELS 16
#define ADDRESSES (CHANNELS * 8)
#define HISTOGRAM 20000 /* us */

static struct live_desk desk;
static struct live_jack jack;
static struct link link_view;
static char desk_text[4096];
static unsigned seconds = 60;
static float last[ADDRESSES];
static unsigned idle_us, idle_xruns;

/* ---- what the callback took, as sampled about once a millisecond ---- */

static unsigned histogram[HISTOGRAM];
static uint64_t sampled, seen_callbacks;

static void histogram_clear(void) {
    memset(histogram, 0, sizeof histogram);
    sampled = 0;
}

static void histogram_sample(void) {
    const uint64_t callbacks = atomic_load(&link_view.head->status.callbacks);
    if (callbacks == seen_callbacks)
        return;
    seen_callbacks = callbacks;
    unsigned us = atomic_load(&link_view.head->status.last_us);
    histogram[us < HISTOGRAM ? us : HISTOGRAM - 1]++;
    sampled++;
}

static unsigned percentile(double part) {
    uint64_t want = (uint64_t)(part * (double)sampled), sum = 0;
    for (unsigned us = 0; us < HISTOGRAM; us++)
        if ((sum += histogram[us]) > want)
            return us;
    return HISTOGRAM;
}

/* ---- talking ---- */

static int open_socket(int type) {
    const int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
    const struct sockaddr_in to = {.sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)desk.osc_port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_int_equal(connect(fd, (const struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

static size_t address_of(unsigned n, char *to, size_t size) {
    static const char *const paths[8] = {"fader",     "trim",      "eq/1/gain", "eq/2/gain",
                                         "eq/3/gain", "eq/4/gain", "eq/5/gain", "eq/6/gain"};
    return (size_t)snprintf(to, size, "/ch/%u/%s", 1 + n % CHANNELS, paths[n / CHANNELS]);
}

/* The i-th set. */
static size_t write_set(uint64_t i, uint8_t *to, size_t size) {
    char address[64];
    const unsigned n = (unsigned)(i * 37 % ADDRESSES);
    address_of(n, address, sizeof address);
    last[n] = (float)((int)(i * 7919 % 2000) - 1000) / 100;
    return osc_message_write(to, size, address, "f", (double)last[n]);
}

/* Ask over UDP; the answer's packet. */
static const struct osc_packet *ask(int fd, const char *address, int number) {
    static struct osc_packet packet;
    static uint8_t bytes[65536];
    const size_t n = number < 0 ? osc_message_write(bytes, sizeof bytes, address, "")
                                : osc_message_write(bytes, sizeof bytes, address, "i", number);
    assert_int_equal(send(fd, bytes, n, 0), (ssize_t)n);
    struct pollfd p = {fd, POLLIN, 0};
    if (poll(&p, 1, 10000) != 1)
        fail_msg("no answer to %s", address);
    const ssize_t got = recv(fd, bytes, sizeof bytes, 0);
    assert_true(got > 0);
    assert_int_equal(osc_packet_walk(&packet, bytes, (size_t)got, 0), OSC_OK);
    return &packet;
}

static void check_values(int fd) {
    for (unsigned n = 0; n < ADDRESSES; n++) {
        char address[64];
        address_of(n, address, sizeof address);
        const struct osc_packet *p = ask(fd, address, -1);
        assert_string_equal(p->msgs[0].addr, address);
        assert_float_equal(p->msgs[0].args[0].v.f, last[n], 1e-6);
    }
}

/* Processor time of the control process so far, in seconds. */
static double control_cpu_s(void) {
    char path[64], line[1024];
    unsigned long user = 0, system = 0;
    snprintf(path, sizeof path, "/proc/%d/stat", (int)live_control_pid(&desk));
    FILE *f = fopen(path, "r");
    if (f && fgets(line, sizeof line, f) && strrchr(line, ')'))
        sscanf(strrchr(line, ')'), ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user,
               &system);
    if (f)
        fclose(f);
    return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

/* One of the pairs of /status/rt. */
static long long status_of(int fd, const char *name) {
    const struct osc_msg *m = &ask(fd, "/status/rt", -1)->msgs[0];
    for (uint32_t i = 0; i + 1 < m->nargs; i += 2)
        if (m->args[i].type == 's' && strcmp(m->args[i].v.s, name) == 0)
            return m->args[i + 1].v.h;
    fail_msg("no %s", name);
    return 0;
}

/* ---- runs ---- */

static void report(const char *what, uint64_t sent, uint64_t applied, unsigned xruns, double took,
                   double cpu_s) {
    print_message("%s: %llu sent in %.1f s, %llu applied, callback 99.9%% %u us, 50%% %u us "
                  "(idle 99.9%% %u us), xruns here %u, bare client %u, control %.0f %% of a core\n",
                  what, (unsigned long long)sent, took, (unsigned long long)applied,
                  percentile(0.999), percentile(0.5), idle_us, xruns,
                  atomic_load(&jack.xruns) - idle_xruns, 100 * cpu_s / took);
}

static void run(const char *what, int fd, bool tcp, unsigned per_ms) {
    const int udp = tcp ? open_socket(SOCK_DGRAM) : fd;
    const uint64_t applied = atomic_load(&link_view.head->status.applied);
    const uint64_t xruns = atomic_load(&link_view.head->status.xruns);
    const unsigned bare = atomic_load(&jack.xruns);
    uint64_t sent = 0;
    const double cpu_s = control_cpu_s();
    histogram_clear();
    const int64_t begin = live_now_ns();
    for (unsigned ms = 0; ms < seconds * 1000; ms++) {
        static uint8_t batch[1 << 16];
        size_t size = 0;
        for (unsigned i = 0; i < per_ms; i++) {
            uint8_t *to = batch + size;
            const size_t n = write_set(sent++, to + 4, sizeof batch - size - 4);
            const uint32_t length = htonl((uint32_t)n);
            memcpy(to, &length, 4);
            if (tcp)
                size += 4 + n;
            else
                assert_int_equal(send(fd, to + 4, n, 0), (ssize_t)n);
        }
        for (size_t at = 0; at < size;) {
            const ssize_t n = send(fd, batch + at, size - at, 0);
            assert_true(n > 0);
            at += (size_t)n;
        }
        histogram_sample();
        const int64_t ahead = begin + (ms + 1) * INT64_C(1000000) - live_now_ns();
        if (ahead > 0)
            usleep((unsigned)(ahead / 1000));
    }
    const double took = (double)(live_now_ns() - begin) / 1e9;
    if (tcp) { /* what the connection still holds is read in order */
        uint8_t sync[64];
        const size_t n = osc_message_write(sync + 4, sizeof sync - 4, "/sync", "i", 1);
        const uint32_t length = htonl((uint32_t)n);
        memcpy(sync, &length, 4);
        assert_int_equal(send(fd, sync, n + 4, 0), (ssize_t)(n + 4));
        assert_true(recv(fd, sync, sizeof sync, 0) > 0);
    } else {
        assert_string_equal(ask(udp, "/sync", 1)->msgs[0].addr, "/synced");
    }
    const int asker = open_socket(SOCK_DGRAM);
    const uint64_t done = atomic_load(&link_view.head->status.applied) - applied;
    const unsigned own = (unsigned)(atomic_load(&link_view.head->status.xruns) - xruns);
    print_message("%s: datagrams lost for want of room %lld, groups late %lld\n", what,
                  status_of(asker, "udp_drops"), status_of(asker, "late"));
    report(what, sent, done, own, took, control_cpu_s() - cpu_s);
    assert_int_equal(done, sent);
    check_values(asker);
    close(asker);
    const unsigned period_us = 256 * 1000000 / 48000;
    assert_true(percentile(0.999) <= idle_us + period_us / 5);
    assert_true(own <= atomic_load(&jack.xruns) - bare + 2);
    assert_true(took < seconds * 1.05 + 0.1); /* the rate was really that */
    if (tcp)
        close(udp);
}

static void idle(void **state) {
    (void)state;
    histogram_clear();
    const int64_t end = live_now_ns() + (int64_t)seconds * 500000000;
    while (live_now_ns() < end) {
        histogram_sample();
        usleep(1000);
    }
    idle_us = percentile(0.999);
    print_message("idle: callback 99.9%% %u us, 50%% %u us of %llu\n", idle_us, percentile(0.5),
                  (unsigned long long)sampled);
    idle_xruns = atomic_load(&jack.xruns);
    assert_true(sampled > 100);
}

static void over_udp(void **state) {
    (void)state;
    const int fd = open_socket(SOCK_DGRAM);
    run("UDP", fd, false, 20);
    close(fd);
}

static void over_tcp(void **state) {
    (void)state;
    const int fd = open_socket(SOCK_STREAM);
    const int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    run("TCP", fd, true, 100);
    close(fd);
}

static int setup(void **state) {
    struct live_options options = {.desk_text = desk_text};
    char error[256];
    (void)state;
    char *p = desk_text;
    p += sprintf(p, "channels = (");
    for (unsigned i = 0; i < CHANNELS; i++)
        p += sprintf(p, "%s { id = \"C%u\"; to = [\"DX\"]; }", i ? "," : "", i + 1);
    sprintf(p, ");\nstems = ( { id = \"DX\"; format = \"5.1\"; role = \"dx\"; } );\n"
               "mains = ( { id = \"PM\"; format = \"5.1\"; print_master = true; } );\n");
    live_start(&desk, &options);
    const int fd = live_link_fd(&desk);
    assert_int_equal(link_attach(&link_view, fd, error), 0);
    close(fd);
    live_jack_open(&jack, &desk, 0.1f, "dubdesk:ch C1 1", "dubdesk:stem DX C");
    live_sleep_ms(1000);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    live_jack_close(&jack);
    link_close(&link_view);
    return live_stop(&desk);
}

int main(void) {
    const char *missing = live_missing();
    if (missing) {
        printf("SKIP: no %s\n", missing);
        return LIVE_SKIP;
    }
    const char *given = getenv("LOAD_SECONDS");
    if (given)
        seconds = (unsigned)atoi(given);
    const struct CMUnitTest tests[] = {cmocka_unit_test(idle), cmocka_unit_test(over_udp),
                                       cmocka_unit_test(over_tcp)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
