/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: osc link config */
/* timeout: 120 */
/* 512 sets in one bundle, found in the audio of 32 strips: all change at the same sample. A bundle
 * with one bad element among 512 changes nothing, and the error names it. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <jack/jack.h>
#include <netinet/in.h>
#include <poll.h>

#include "osc/message.h"
#include "osc/packet.h"
#include "tests/lib/live_desk.h"

#define STRIPS 32
#define LEVEL 0.25f

static struct live_desk desk;
static char desk_text[8192];

/* One client: a constant to every channel, and every stem back. */
static struct probe {
    jack_client_t *client;
    jack_port_t *out, *in[STRIPS];
    float base[STRIPS];
    uint64_t frames, changed[STRIPS]; /* frame of the first other sample, 0 for none */
    _Atomic int mode;                 /* 0 idle, 1 learn, 2 watch */
    _Atomic uint64_t seen;
} probe;

static int process(jack_nframes_t n, void *arg) {
    struct probe *p = arg;
    const int mode = atomic_load(&p->mode);
    float *out = jack_port_get_buffer(p->out, n);
    for (jack_nframes_t i = 0; i < n; i++)
        out[i] = LEVEL;
    for (unsigned s = 0; s < STRIPS; s++) {
        const float *in = jack_port_get_buffer(p->in[s], n);
        if (mode == 1) {
            p->base[s] = in[n - 1];
            p->changed[s] = 0;
        }
        for (jack_nframes_t i = 0; mode == 2 && !p->changed[s] && i < n; i++)
            if (fabsf(in[i] - p->base[s]) > 1e-7f)
                p->changed[s] = p->frames + i;
    }
    p->frames += n;
    atomic_store(&p->seen, p->frames);
    return 0;
}

static void pass(unsigned ms) {
    live_sleep_ms(ms);
}

/* Until the callback has ended that was not there yet when this began: what it left can be read. */
static void settled(void) {
    for (int more = 0; more < 2; more++) {
        const uint64_t seen = atomic_load(&probe.seen);
        for (int i = 0; atomic_load(&probe.seen) == seen; i++) {
            assert_true(i < 5000);
            live_sleep_ms(1);
        }
    }
}

static void learn(void) {
    pass(300);
    atomic_store(&probe.mode, 1);
    settled();
    atomic_store(&probe.mode, 2);
}

static int udp(void) {
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const struct sockaddr_in to = {.sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)desk.osc_port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_int_equal(connect(fd, (const struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

/* 16 sets for each strip, of which the fader is heard; the n-th (from 1) is spoiled if bad == n. */
static size_t bundle(uint8_t *bytes, size_t room, float fader, unsigned bad) {
    static const char *const paths[16] = {"eq/1/gain", "eq/2/gain", "eq/3/gain", "eq/4/gain",
                                          "eq/5/gain", "eq/6/gain", "eq/1/freq", "eq/2/freq",
                                          "eq/3/freq", "eq/4/freq", "eq/5/freq", "eq/6/freq",
                                          "eq/1/q",    "hpf/freq",  "lpf/freq",  "fader"};
    size_t size = 16;
    // NOLINTNEXTLINE(bugprone-not-null-terminated-result): a packet is no text
    memcpy(bytes, "#bundle\0\0\0\0\0\0\0\0\1", 16);
    for (unsigned i = 0; i < STRIPS * 16; i++) {
        char address[64];
        const unsigned strip = i % STRIPS, path = i / STRIPS;
        snprintf(address, sizeof address, "/ch/%u/%s", strip + 1, paths[path]);
        const double value = path == 15 ? (double)fader : path < 6 ? 3 : path == 12 ? 2 : 100 + i;
        const size_t n =
            i + 1 == bad
                ? osc_message_write(bytes + size + 4, room - size - 4, address, "s", "loud")
                : osc_message_write(bytes + size + 4, room - size - 4, address, "f", value);
        assert_true(n > 0);
        const uint32_t length = htonl((uint32_t)n);
        memcpy(bytes + size, &length, 4);
        size += 4 + n;
    }
    return size;
}

static const struct osc_packet *receive(int fd, int timeout_ms) {
    static struct osc_packet packet;
    static uint8_t bytes[65536];
    struct pollfd p = {fd, POLLIN, 0};
    if (poll(&p, 1, timeout_ms) != 1)
        return NULL;
    const ssize_t n = recv(fd, bytes, sizeof bytes, 0);
    assert_true(n > 0);
    assert_int_equal(osc_packet_walk(&packet, bytes, (size_t)n, 0), OSC_OK);
    return &packet;
}

static void lands_on_one_sample(void **state) {
    static uint8_t bytes[65000];
    (void)state;
    const int fd = udp();
    for (unsigned round = 0; round < 10; round++) {
        const size_t size = bundle(bytes, sizeof bytes, round % 2 ? 0.0f : -6.0f, 0);
        learn();
        assert_int_equal(send(fd, bytes, size, 0), (ssize_t)size);
        pass(150);
        atomic_store(&probe.mode, 0);
        settled();
        for (unsigned s = 0; s < STRIPS; s++) {
            assert_true(probe.base[s] > 0.05f);
            if (probe.changed[s] == 0 || probe.changed[s] != probe.changed[0])
                fail_msg("round %u: strip %u changed at %llu, the first at %llu", round, s + 1,
                         (unsigned long long)probe.changed[s],
                         (unsigned long long)probe.changed[0]);
        }
        assert_null(receive(fd, 0)); /* no error */
    }
    close(fd);
}

static void one_bad_element(void **state) {
    static uint8_t bytes[65000];
    static const unsigned bad[] = {1, 257, 300, 512};
    (void)state;
    const int fd = udp();
    learn();
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        const size_t size = bundle(bytes, sizeof bytes, -20.0f, bad[i]);
        assert_int_equal(send(fd, bytes, size, 0), (ssize_t)size);
        const struct osc_packet *p = receive(fd, 5000);
        char want[32];
        assert_non_null(p);
        assert_string_equal(p->msgs[0].addr, "/error");
        assert_string_equal(p->msgs[0].args[0].v.s, "bad-value");
        snprintf(want, sizeof want, "element %u: ", bad[i]);
        assert_int_equal(strncmp(p->msgs[0].args[2].v.s, want, strlen(want)), 0);
    }
    pass(200);
    atomic_store(&probe.mode, 0);
    settled();
    for (unsigned s = 0; s < STRIPS; s++)
        assert_int_equal(probe.changed[s], 0);
    close(fd);
}

static int setup(void **state) {
    char name[64];
    (void)state;
    char *p = desk_text;
    p += sprintf(p, "channels = (");
    for (unsigned i = 1; i <= STRIPS; i++)
        p += sprintf(p, "%s { id = \"C%u\"; to = [\"S%u\"]; }", i > 1 ? "," : "", i, i);
    p += sprintf(p, ");\nstems = (");
    for (unsigned i = 1; i <= STRIPS; i++)
        p += sprintf(p, "%s { id = \"S%u\"; format = \"mono\"; role = \"fx\"; record = false; }",
                     i > 1 ? "," : "", i);
    sprintf(p, ");\n");
    const struct live_options options = {.desk_text = desk_text};
    live_start(&desk, &options);
    probe.client = jack_client_open("probe", JackNoStartServer | JackServerName, NULL, desk.server);
    assert_non_null(probe.client);
    probe.frames = 1;
    probe.out =
        jack_port_register(probe.client, "out", JACK_DEFAULT_AUDIO_TYPE, JackPortIsOutput, 0);
    for (unsigned s = 0; s < STRIPS; s++) {
        snprintf(name, sizeof name, "in%u", s + 1);
        probe.in[s] =
            jack_port_register(probe.client, name, JACK_DEFAULT_AUDIO_TYPE, JackPortIsInput, 0);
    }
    jack_set_process_callback(probe.client, process, &probe);
    assert_int_equal(jack_activate(probe.client), 0);
    for (unsigned s = 0; s < STRIPS; s++) {
        snprintf(name, sizeof name, "dubdesk:ch C%u 1", s + 1);
        assert_int_equal(jack_connect(probe.client, "probe:out", name), 0);
        snprintf(name, sizeof name, "dubdesk:stem S%u 1", s + 1);
        assert_int_equal(jack_connect(probe.client, name, jack_port_name(probe.in[s])), 0);
    }
    return 0;
}

static int teardown(void **state) {
    (void)state;
    /* One after another, while the client still listens: of a client that closes with many ports
     * JACK2 tells that client itself, which listens no more, and waits for ever when its socket is
     * full. */
    for (unsigned s = 0; s < STRIPS; s++)
        jack_port_unregister(probe.client, probe.in[s]);
    jack_port_unregister(probe.client, probe.out);
    jack_client_close(probe.client);
    return live_stop(&desk);
}

int main(void) {
    const char *missing = live_missing();
    if (missing) {
        printf("SKIP: no %s\n", missing);
        return LIVE_SKIP;
    }
    const struct CMUnitTest tests[] = {cmocka_unit_test(lands_on_one_sample),
                                       cmocka_unit_test(one_bad_element)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
