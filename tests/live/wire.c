/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: osc link config */
/* timeout: 120 */
/* The wire as it is: 5 % of the feedback is lost and a mirror is exact again through /seq and
 * /dump; bad packets of every kind get an error each and change nothing, least of all the sound. */
#include <math.h>
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
#include <poll.h>

#include "daemon/link.h"
#include "osc/message.h"
#include "osc/packet.h"
#include "tests/lib/live_desk.h"
#include "tests/lib/live_jack.h"

#define CHANNELS 24
#define PER_CHANNEL 7 /* fader and six gains */

static struct live_desk desk;
static struct live_jack jack;
static struct link link_view;
static char desk_text[4096];

static int open_socket(int type) {
    const int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
    const struct sockaddr_in to = {.sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)desk.osc_port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const int room = 1 << 20;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    assert_int_equal(connect(fd, (const struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

static void say(int fd, const void *bytes, size_t size) {
    assert_true(size > 0);
    assert_int_equal(send(fd, bytes, size, 0), (ssize_t)size);
}

static const struct osc_packet *receive(int fd, int timeout_ms) {
    static struct osc_packet packet;
    static uint8_t bytes[65536];
    struct pollfd p = {fd, POLLIN, 0};
    if (poll(&p, 1, timeout_ms) != 1)
        return NULL;
    const ssize_t n = recv(fd, bytes, sizeof bytes, 0);
    if (n <= 0)
        return NULL;
    assert_int_equal(osc_packet_walk(&packet, bytes, (size_t)n, 0), OSC_OK);
    return &packet;
}

static float get(int fd, const char *address) {
    uint8_t bytes[256];
    say(fd, bytes, osc_message_write(bytes, sizeof bytes, address, ""));
    const struct osc_packet *p = receive(fd, 5000);
    assert_non_null(p);
    assert_string_equal(p->msgs[0].addr, address);
    return p->msgs[0].args[0].v.f;
}

/* ---- a mirror ---- */

struct mirror {
    float value[CHANNELS][PER_CHANNEL];
    int32_t seq;
    bool started;
    unsigned lost, gaps, bundles;
    uint32_t random;
    int64_t quiet_since_ns;
    bool whole; /* no gap since the last complete /dump */
};

static const char *name_of(unsigned channel, unsigned n, char address[64]) {
    if (n == 0)
        snprintf(address, 64, "/ch/%u/fader", channel + 1);
    else
        snprintf(address, 64, "/ch/%u/eq/%u/gain", channel + 1, n);
    return address;
}

static void take(struct mirror *m, const struct osc_packet *p) {
    for (uint32_t i = 0; i < p->nmsgs; i++) {
        unsigned channel, n = 0;
        const char *a = p->msgs[i].addr;
        const bool fader =
            sscanf(a, "/ch/%u/", &channel) == 1 && strstr(a, "/fader") && channel <= CHANNELS;
        if (fader || sscanf(a, "/ch/%u/eq/%u/gain", &channel, &n) == 2)
            m->value[channel - 1][n] = p->msgs[i].args[0].v.f;
    }
}

/* Read what is there; lose every twentieth bundle by chance; ask for a dump after a gap. */
static void follow(struct mirror *m, int fd, int timeout_ms) {
    const struct osc_packet *p;
    uint8_t bytes[128];
    while ((p = receive(fd, timeout_ms))) {
        timeout_ms = 0;
        if (strcmp(p->msgs[0].addr, "/seq") != 0)
            continue;
        m->bundles++;
        m->random = m->random * 1664525 + 1013904223;
        if (m->random >> 16 < 65536 / 20) {
            m->lost++;
            continue;
        }
        const int32_t seq = p->msgs[0].args[0].v.i;
        if (p->nmsgs > 1)
            m->quiet_since_ns = live_now_ns();
        take(m, p);
        /* With /seq alone a bundle repeats the present number; else it has the next one. */
        const bool next = p->nmsgs > 1 && seq == m->seq + 1;
        if (m->started && seq != m->seq && !next) {
            m->gaps++;
            m->quiet_since_ns = live_now_ns();
            say(fd, bytes, osc_message_write(bytes, sizeof bytes, "/dump", "s", "/ch/*/fader"));
            say(fd, bytes, osc_message_write(bytes, sizeof bytes, "/dump", "s", "/ch/*/eq/*/gain"));
        }
        m->seq = seq;
        m->started = true;
    }
}

static void lost_feedback(void **state) {
    static struct mirror m;
    uint8_t bytes[256];
    char address[64];
    uint32_t random = 1;
    (void)state;
    const int ear = open_socket(SOCK_DGRAM), mouth = open_socket(SOCK_DGRAM);
    m.random = 7;
    m.quiet_since_ns = live_now_ns();
    say(ear, bytes, osc_message_write(bytes, sizeof bytes, "/sub", "si", "/ch/*/fader", 0));
    say(ear, bytes, osc_message_write(bytes, sizeof bytes, "/sub", "si", "/ch/*/eq/*/gain", 0));
    for (unsigned i = 0; i < 8000; i++) {
        random = random * 1664525 + 1013904223;
        name_of((random >> 8) % CHANNELS, (random >> 16) % PER_CHANNEL, address);
        say(mouth, bytes,
            osc_message_write(bytes, sizeof bytes, address, "f",
                              (double)((int)(random >> 20) % 240 - 120) / 10));
        if (i % 4 == 0) {
            follow(&m, ear, 0);
            usleep(1500);
        }
    }
    /* The desk says the present /seq each second of quiet: that shows a loss at the end too. */
    while (live_now_ns() - m.quiet_since_ns < 3500000000)
        follow(&m, ear, 100);
    print_message("%u bundles, %u lost, %u gaps seen\n", m.bundles, m.lost, m.gaps);
    assert_true(m.lost > 5 && m.gaps > 5);
    const int asker = open_socket(SOCK_DGRAM); /* the other one was told of what was clamped */
    for (unsigned c = 0; c < CHANNELS; c++)
        for (unsigned n = 0; n < PER_CHANNEL; n++) {
            const float is = get(asker, name_of(c, n, address));
            if (is != m.value[c][n])
                fail_msg("%s is %g, the mirror says %g", address, (double)is,
                         (double)m.value[c][n]);
        }
    close(ear);
    close(mouth);
    close(asker);
}

/* ---- bad input ---- */

static const struct {
    const char *code, *bytes;
    size_t size;
} bad[] = {
#define RAW(code, text) \
    { code, text, sizeof text - 1 }
    RAW("bad-packet", "hello there!"),
    RAW("bad-packet", "/ch/1/fader"),             /* not a multiple of four, no end */
    RAW("bad-packet", "/ch/1/fader\0,f\0\0"),     /* the value is missing */
    RAW("bad-packet", "/ch/1/fader\0,f\0\0\0\0"), /* half of it */
    RAW("bad-type", "/ch/1/fader\0,?\0\0\0\0\0\0"),
    RAW("bad-packet", "#bundle\0\0\0\0\0\0\0\0\1\0\0\0\177/ch/1/fader\0"),
    RAW("bad-packet", "#bundle\0\0\0\0\0\0\0\0\1\377\377\377\374/ch/1/fader\0"),
    RAW("bad-packet", "#bundlf\0\0\0\0\0\0\0\0\1"),
    RAW("bad-value", "/ch/1/fader\0,f\0\0\177\300\0\0"), /* NaN */
    RAW("bad-value", "/ch/1/fader\0,f\0\0\177\200\0\0"), /* infinity */
    RAW("bad-type", "/ch/1/fader\0,b\0\0\0\0\0\4abcd"),  /* a blob */
    RAW("bad-count", "/ch/1/fader\0,ii\0\0\0\0\1\0\0\0\2"),
    RAW("bad-value", "/ch/1/fader\0,s\0\0loud\0\0\0\0"),
    RAW("no-such-object", "/ch/999/fader\0\0\0,i\0\0\0\0\0\1"),
    RAW("no-such-object", "/ch/0/fader\0,i\0\0\0\0\0\1"),
    RAW("no-such-object", "/ch/1/eq/7/on\0\0\0,i\0\0\0\0\0\1"),
    RAW("unknown-address", "/ch/1/fadr\0\0,i\0\0\0\0\0\1"),
    RAW("unknown-address", "/\0\0\0,i\0\0\0\0\0\1"),
    RAW("out-of-range", "/ch/1/eq/1/type\0,i\0\0\0\0\0\11"),
    RAW("out-of-range", "/ch/1/mute\0\0,i\0\0\0\0\0\2"),
    RAW("out-of-range", "/ch/1/fader/glide\0\0\0,ii\0\0\0\0\1\377\377\377\377"),
    RAW("read-only", "/ch/1/muted\0,i\0\0\0\0\0\1"),
    RAW("bad-pattern", "/ch/[1/fader\0\0\0\0,i\0\0\0\0\0\1"),
    RAW("bad-pattern", "/*/*/*/*/*\0\0,i\0\0\0\0\0\1"),
    RAW("unknown-address", "/xyz/*\0\0,i\0\0\0\0\0\1"),
};

static void each_bad_packet_has_its_error(void **state) {
    (void)state;
    const int fd = open_socket(SOCK_DGRAM);
    uint8_t bytes[128];
    say(fd, bytes, osc_message_write(bytes, sizeof bytes, "/ch/1/fader", "f", -6.0));
    say(fd, bytes, osc_message_write(bytes, sizeof bytes, "/sync", "i", 1));
    assert_non_null(receive(fd, 5000));
    live_sleep_ms(200);
    const uint64_t applied = atomic_load(&link_view.head->status.applied);
    live_jack_watch(&jack);
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        say(fd, bad[i].bytes, bad[i].size);
        const struct osc_packet *p = receive(fd, 5000);
        if (!p)
            fail_msg("packet %u (%s): no answer", i, bad[i].code);
        assert_string_equal(p->msgs[0].addr, "/error");
        if (strcmp(p->msgs[0].args[0].v.s, bad[i].code) != 0)
            fail_msg("packet %u: %s instead of %s (%s)", i, p->msgs[0].args[0].v.s, bad[i].code,
                     p->msgs[0].args[2].v.s);
        assert_null(receive(fd, 0)); /* one each */
    }
    /* noise, and halves of a packet that was good */
    uint32_t random = 99;
    uint8_t good[256];
    const size_t size =
        osc_message_write(good, sizeof good, "/ch/1/fader/glide", "ffs", -20.0, 1.0, "linear");
    for (unsigned i = 0; i < 4000; i++) {
        for (unsigned n = 0; n < sizeof bytes; n++) {
            random = random * 1664525 + 1013904223;
            bytes[n] = (uint8_t)(random >> 24);
        }
        if (i % 2)
            say(fd, good, i % (size - 1) + 1);
        else
            say(fd, bytes, random % sizeof bytes + 1);
        while (receive(fd, 0))
            ;
    }
    live_sleep_ms(300);
    while (receive(fd, 0))
        ;
    assert_float_equal(get(fd, "/ch/1/fader"), -6, 0);
    assert_int_equal(atomic_load(&link_view.head->status.applied), applied);
    assert_int_equal(atomic_load(&link_view.head->status.control_restarts), 0);
    live_jack_pass(&jack, 4800);
    assert_float_equal(atomic_load(&jack.min), atomic_load(&jack.max), 1e-6);
    close(fd);
}

/* Nobody else notices a connection that speaks nonsense. */
static void bad_streams(void **state) {
    (void)state;
    const int good = open_socket(SOCK_STREAM);
    for (unsigned i = 0; i < 20; i++) {
        const int fd = open_socket(SOCK_STREAM);
        static const char *const streams[] = {"GET / HTTP/1.1\r\n\r\n", "\377\377\377\377aaaaaaaa",
                                              "\300\300\333\333\333\300", "/ch/1/fader", "\1\2\3"};
        const char *s = streams[i % 5];
        (void)!send(fd, s, strlen(s), MSG_NOSIGNAL);
        if (i % 2)
            live_sleep_ms(5);
        close(fd);
    }
    uint8_t bytes[64];
    const size_t n = osc_message_write(bytes + 4, sizeof bytes - 4, "/ch/1/fader", "");
    const uint32_t length = htonl((uint32_t)n);
    memcpy(bytes, &length, 4);
    say(good, bytes, n + 4);
    struct pollfd p = {good, POLLIN, 0};
    assert_int_equal(poll(&p, 1, 5000), 1);
    assert_true(recv(good, bytes, sizeof bytes, 0) > 0);
    assert_string_equal((const char *)bytes + 4, "/ch/1/fader");
    assert_int_equal(atomic_load(&link_view.head->status.control_restarts), 0);
    close(good);
}

static int setup(void **state) {
    char error[256];
    (void)state;
    char *p = desk_text;
    p += sprintf(p, "channels = (");
    for (unsigned i = 0; i < CHANNELS; i++)
        p += sprintf(p, "%s { id = \"C%u\"; to = [\"DX\"]; }", i ? "," : "", i + 1);
    sprintf(p, ");\nstems = ( { id = \"DX\"; format = \"5.1\"; role = \"dx\"; } );\n");
    const struct live_options options = {.desk_text = desk_text};
    live_start(&desk, &options);
    const int fd = live_link_fd(&desk);
    assert_int_equal(link_attach(&link_view, fd, error), 0);
    close(fd);
    live_jack_open(&jack, &desk, 0.1f, "dubdesk:ch C1 1", "dubdesk:stem DX C");
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
    const struct CMUnitTest tests[] = {cmocka_unit_test(lost_feedback),
                                       cmocka_unit_test(each_bad_packet_has_its_error),
                                       cmocka_unit_test(bad_streams)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
