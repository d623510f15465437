/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: osc */
/* The socket server, over real loopback sockets on free ports. */
#include "osc/limit.h"
#include "osc/message.h"
#include "osc/server.h"
#include "osc/server_private.h"

#include <arpa/inet.h>
#include <errno.h>
#include <lo/lo.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

/* A control that notes what it hears and answers every get with `,i element`. */
struct heard {
    struct server *server;
    int packets, messages, closed, bad;
    struct osc_endpoint last;
    int64_t arrival_ns;
    char addr[64];
    uint64_t sum;
    enum server_result sent;
    bool drop;
    size_t answer_bytes;
    unsigned slow_us; /* every packet takes so long */
};

static void on_packet(void *ctx, const struct osc_endpoint *from, const struct osc_packet *p,
                      int64_t arrival_ns) {
    struct heard *h = ctx;
    uint8_t bytes[65536];
    h->packets++;
    if (h->slow_us)
        usleep(h->slow_us);
    h->last = *from;
    h->arrival_ns = arrival_ns;
    for (uint32_t i = 0; i < p->nmsgs; i++) {
        h->messages++;
        snprintf(h->addr, sizeof h->addr, "%s", p->msgs[i].addr);
        if (p->msgs[i].nargs) {
            h->sum += (uint32_t)p->msgs[i].args[0].v.i;
            continue;
        }
        size_t n = osc_message_write(bytes, sizeof bytes, h->addr, "i", (int)p->msgs[i].element);
        if (h->answer_bytes) {
            memset(bytes + n, 0, h->answer_bytes);
            n = h->answer_bytes;
        }
        h->sent = server_send(h->server, from, bytes, n);
    }
    if (h->drop)
        server_drop(h->server, from);
}

static void on_close(void *ctx, const struct osc_endpoint *from) {
    struct heard *h = ctx;
    h->closed++;
    h->last = *from;
}

static void start(struct heard *h) {
    struct server_hooks hooks = {.ctx = h, .on_packet = on_packet, .on_close = on_close};
    memset(h, 0, sizeof *h);
    h->server = server_new(&hooks);
    assert_non_null(h->server);
}

static int listen_on(struct heard *h, enum osc_transport t, const char *host) {
    char error[200];
    int n = server_listen(h->server, t, host, 0, 0, error, sizeof error);
    if (n < 0)
        fail_msg("%s", error);
    assert_int_not_equal(server_port(h->server, n), 0);
    return n;
}

static int client(int type, uint16_t port) {
    struct sockaddr_in in = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, type, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&in, sizeof in), 0);
    return fd;
}

/* Poll until a condition holds; a second without it fails. */
#define POLL_UNTIL(h, condition)                                     \
    do {                                                             \
        for (int poll_i = 0; poll_i < 200 && !(condition); poll_i++) \
            server_poll((h)->server, 5);                             \
        assert_true(condition);                                      \
    } while (0)

/* What a client receives within a second, the server polled meanwhile; 0 at the end of stream. */
static ssize_t receive(struct heard *h, int fd, void *to, size_t room) {
    for (int i = 0; i < 200; i++) {
        ssize_t n = recv(fd, to, room, MSG_DONTWAIT);
        if (n >= 0 || errno != EAGAIN)
            return n;
        server_poll(h->server, 5);
    }
    return -1;
}

static void test_udp(void **state) {
    (void)state;
    struct heard h;
    start(&h);
    int l = listen_on(&h, OSC_UDP, NULL), fd = client(SOCK_DGRAM, server_port(h.server, l));
    int64_t before = server_now_ns();
    assert_int_equal(send(fd, "/a\0\0,\0\0\0", 8, 0), 8);
    int64_t after = server_now_ns();
    usleep(30000); /* the stamp is of the arrival, not of the reading */
    char got[64];
    assert_int_equal(receive(&h, fd, got, sizeof got), 12);
    assert_memory_equal(got, "/a\0\0,i\0\0\0\0\0\1", 12);
    assert_true(h.arrival_ns >= before - 2000000 && h.arrival_ns <= after + 2000000);
    assert_int_equal(h.last.transport, OSC_UDP);
    assert_true(osc_endpoint_loopback(&h.last));
    char text[OSC_ENDPOINT_TEXT];
    assert_memory_equal(osc_endpoint_text(&h.last, text), "udp 127.0.0.1:", 14);
    for (int i = 1; i <= 500; i++) {
        uint8_t set[12] = {'/', 'b', 0, 0, ',', 'i', 0, 0, 0, 0, (uint8_t)(i >> 8), (uint8_t)i};
        send(fd, set, 12, 0);
    }
    POLL_UNTIL(&h, h.packets == 501);
    assert_int_equal(h.sum, 500 * 501 / 2);
    struct server_stats stats;
    server_get_stats(h.server, &stats);
    assert_int_equal(stats.packets, 501);
    assert_int_equal(stats.kernel_drops, 0);
    assert_true(stats.rcvbuf_bytes >= 200000);
    close(fd);
    server_free(h.server);
}

static void expect_error(struct heard *h, int fd, const void *bytes, size_t n, const char *code,
                         const char *address) {
    struct osc_packet *k = malloc(sizeof *k);
    uint8_t got[600];
    assert_int_equal(send(fd, bytes, n, 0), n);
    ssize_t size = receive(h, fd, got, sizeof got);
    assert_true(size > 0);
    assert_int_equal(osc_packet_walk(k, got, (size_t)size, 0), OSC_OK);
    assert_string_equal(k->msgs[0].addr, "/error");
    assert_string_equal(k->msgs[0].args[0].v.s, code);
    assert_string_equal(k->msgs[0].args[1].v.s, address);
    assert_true(k->msgs[0].args[2].size > 5);
    free(k);
}

static void test_udp_bad(void **state) {
    (void)state;
    struct heard h;
    start(&h);
    int l = listen_on(&h, OSC_UDP, NULL), fd = client(SOCK_DGRAM, server_port(h.server, l));
    expect_error(&h, fd, "rubbish", 7, "bad-packet", "");
    expect_error(&h, fd, "", 0, "bad-packet", "");
    expect_error(&h, fd, "/a\0\0,i\0\0", 8, "bad-packet", "/a");
    expect_error(&h, fd, "/a\0\0,[]\0", 8, "bad-type", "/a");
    expect_error(&h, fd, "/info\0\0\0", 8, "bad-packet", "/info");
    char got[600];
    send(fd, "#bundle\0\0\0\0\0\0\0\0\1\0\0\0\x08/a\0\0,\0\0\0\0\0\0\x08/b\0\0,i\0\0", 40, 0);
    ssize_t n = receive(&h, fd, got, sizeof got);
    assert_true(n > 0 && memmem(got, (size_t)n, "element 2: ", 11) &&
                memmem(got, (size_t)n, "/b", 3));
    static uint8_t huge[65507];
    expect_error(&h, fd, huge, sizeof huge, "bad-packet", "");
    assert_int_equal(h.packets, 0);
    /* no error about an error */
    send(fd, "/error\0\0,i\0\0", 12, 0);
    send(fd, "/a\0\0,\0\0\0", 8, 0);
    assert_int_equal(receive(&h, fd, got, sizeof got), 12);
    assert_memory_equal(got, "/a", 3);
    close(fd);
    server_free(h.server);
}

static void test_tcp_length(void **state) {
    (void)state;
    struct heard h;
    start(&h);
    int l = listen_on(&h, OSC_TCP, NULL), fd = client(SOCK_STREAM, server_port(h.server, l));
    char got[64];
    /* two packets in one write, the second in pieces */
    send(fd, "\0\0\0\x08/a\0\0,\0\0\0\0\0\0\x08/b", 18, 0);
    assert_int_equal(receive(&h, fd, got, sizeof got), 16);
    assert_memory_equal(got, "\0\0\0\x0c/a\0\0,i\0\0\0\0\0\1", 16);
    send(fd, "\0\0,\0\0\0", 6, 0);
    assert_int_equal(receive(&h, fd, got, sizeof got), 16);
    assert_memory_equal(got + 4, "/b", 3);
    assert_int_equal(h.last.transport, OSC_TCP);
    /* a malformed packet in a good frame is an error, not the end */
    send(fd, "\0\0\0\4xxxx\0\0\0\x08/c\0\0,\0\0\0", 20, 0);
    POLL_UNTIL(&h, h.packets == 3);
    assert_string_equal(h.addr, "/c");
    close(fd);
    POLL_UNTIL(&h, h.closed == 1);
    assert_int_equal(server_send(h.server, &h.last, got, 8), SERVER_GONE);
    server_free(h.server);
}

static void test_tcp_slip(void **state) {
    (void)state;
    struct heard h;
    start(&h);
    int l = listen_on(&h, OSC_TCP, NULL), fd = client(SOCK_STREAM, server_port(h.server, l));
    char got[64];
    send(fd, "\xc0/a\0\0,\0\0\0\xc0", 10, 0);
    assert_int_equal(receive(&h, fd, got, sizeof got), 14);
    assert_memory_equal(got, "\xc0/a\0\0,i\0\0\0\0\0\1\xc0", 14);
    close(fd);
    server_free(h.server);
}

static void test_tcp_hostile(void **state) {
    (void)state;
    struct heard h;
    start(&h);
    int l = listen_on(&h, OSC_TCP, NULL);
    static const struct {
        const char *bytes;
        size_t size;
        const char *code;
    } bad[] = {{"GET / HTTP/1.1\r\n\r\n", 18, "bad-packet"},
               {"\0\0\0\0", 4, "bad-packet"},
               {"\0\x7f\xff\xff", 4, "too-large"},
               {"\xc0\xdb\x01", 3, "bad-packet"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int fd = client(SOCK_STREAM, server_port(h.server, l));
        char got[300], all[600] = "";
        size_t n = 0;
        ssize_t now;
        send(fd, bad[i].bytes, bad[i].size, 0);
        while ((now = receive(&h, fd, got, sizeof got)) > 0) {
            memcpy(all + n, got, (size_t)now);
            n += (size_t)now;
        }
        assert_int_equal(now, 0); /* closed, not reset */
        assert_non_null(memmem(all, n, "/error", 6));
        assert_non_null(memmem(all, n, bad[i].code, strlen(bad[i].code)));
        close(fd);
    }
    assert_int_equal(h.packets, 0);
    assert_int_equal(h.closed, 4);
    server_free(h.server);
}

/* liblo's own sender, with each transport and framing it has. */
static void test_liblo_sends(void **state) {
    (void)state;
    for (int way = 0; way < 3; way++) {
        struct heard h;
        char port[8];
        start(&h);
        int l = listen_on(&h, way ? OSC_TCP : OSC_UDP, NULL);
        snprintf(port, sizeof port, "%u", server_port(h.server, l));
        lo_address to = lo_address_new_with_proto(way ? LO_TCP : LO_UDP, "127.0.0.1", port);
        assert_non_null(to);
        if (way == 2)
            lo_address_set_stream_slip(to, 1);
        for (int i = 1; i <= 200; i++)
            assert_true(lo_send(to, "/ch/1/fader", "i", 192 + 256 * i) > 0);
        uint64_t want = 192 * 200 + 256 * (200 * 201 / 2);
        POLL_UNTIL(&h, h.messages == 200);
        assert_int_equal(h.sum, want); /* END bytes in it */
        lo_address_free(to);
        server_free(h.server);
    }
}

/* A peer that asks and never reads: its answers are dropped, everybody else is served. */
static void test_slow_reader(void **state) {
    (void)state;
    struct heard h;
    start(&h);
    h.answer_bytes = 60000;
    int l = listen_on(&h, OSC_TCP, NULL);
    int deaf = client(SOCK_STREAM, server_port(h.server, l));
    for (int i = 0; i < 400; i++) {
        assert_int_equal(send(deaf, "\0\0\0\x08/a\0\0,\0\0\0", 12, MSG_NOSIGNAL), 12);
        POLL_UNTIL(&h, h.packets == i + 1);
    }
    assert_int_equal(h.sent, SERVER_FULL);
    struct server_stats stats;
    server_get_stats(h.server, &stats);
    assert_true(stats.dropped > 0 && stats.dropped < 400);
    int other = client(SOCK_STREAM, server_port(h.server, l));
    char got[64];
    h.answer_bytes = 0;
    send(other, "\0\0\0\x08/a\0\0,\0\0\0", 12, 0);
    assert_int_equal(receive(&h, other, got, sizeof got), 16);
    /* and when it reads at last, every frame is whole */
    static uint8_t drain[1 << 16];
    uint64_t total = 0;
    for (ssize_t n; total < stats.sent * 60004;) {
        n = receive(&h, deaf, drain, sizeof drain);
        assert_true(n > 0);
        total += (uint64_t)n;
    }
    assert_int_equal(total, stats.sent * 60004);
    close(deaf);
    close(other);
    server_free(h.server);
}

/* Ten seconds in which it took nothing (told by setting its clock back), and it is closed. */
static void test_stalled_reader_is_closed(void **state) {
    (void)state;
    struct heard h;
    start(&h);
    h.answer_bytes = 60000;
    int l = listen_on(&h, OSC_TCP, NULL);
    int deaf = client(SOCK_STREAM, server_port(h.server, l));
    for (int i = 0; i < 2000 && h.sent != SERVER_FULL; i++) {
        send(deaf, "\0\0\0\x08/a\0\0,\0\0\0", 12, MSG_NOSIGNAL);
        POLL_UNTIL(&h, h.packets == i + 1);
    }
    assert_int_equal(h.sent, SERVER_FULL);
    struct server_connection *c = server_tcp_find(h.server, &h.last);
    assert_non_null(c);
    c->progress_ns -= SERVER_STALL_NS - 1000000000;
    server_poll(h.server, 0);
    assert_int_equal(h.closed, 0);
    c->progress_ns -= 2000000000;
    server_poll(h.server, 0);
    assert_int_equal(h.closed, 1);
    close(deaf);
    server_free(h.server);
}

/* Noise on every door; afterwards the desk answers as before. */
static void test_junk(void **state) {
    (void)state;
    struct heard h;
    start(&h);
    int u = listen_on(&h, OSC_UDP, NULL), l = listen_on(&h, OSC_TCP, NULL);
    int udp = client(SOCK_DGRAM, server_port(h.server, u));
    unsigned seed = 11;
    static uint8_t junk[2000];
    static const char bundle[] = "#bundle\0\0\0\0\0\0\0\0\1", texts[] = "/ch/1/fader\0,ss\0";
    for (int i = 0; i < 3000; i++) {
        size_t n = (size_t)rand_r(&seed) % (i % 10 ? 60 : sizeof junk);
        for (size_t j = 0; j < n; j++)
            junk[j] = (uint8_t)(rand_r(&seed) % 3 ? rand_r(&seed) : 0);
        if (n > 20 && i % 2)
            memcpy(junk, i % 4 == 1 ? bundle : texts, 16);
        send(udp, junk, n, 0);
        if (i % 10 == 0) {
            int tcp = client(SOCK_STREAM, server_port(h.server, l));
            junk[0] = i % 20 ? 0 : 0xc0;
            send(tcp, junk, n, MSG_NOSIGNAL);
            server_poll(h.server, 0);
            close(tcp);
        }
        server_poll(h.server, 0);
    }
    while (server_poll(h.server, 20) > 0)
        ;
    struct server_stats stats;
    server_get_stats(h.server, &stats);
    assert_true(stats.bad > 2000);
    char got[64];
    int tcp = client(SOCK_STREAM, server_port(h.server, l));
    send(tcp, "\0\0\0\x08/a\0\0,\0\0\0", 12, 0);
    assert_int_equal(receive(&h, tcp, got, sizeof got), 16);
    close(tcp);
    close(udp);
    server_free(h.server);
}

/* Requests that take long must not keep control from its other work: a turn of the loop ends, and
 * what is left comes in the next ones, all of it and in order. */
static void test_turns_end(void **state) {
    (void)state;
    for (int udp = 0; udp < 2; udp++) {
        struct heard h;
        start(&h);
        int l = listen_on(&h, udp ? OSC_UDP : OSC_TCP, NULL);
        int fd = client(udp ? SOCK_DGRAM : SOCK_STREAM, server_port(h.server, l));
        uint8_t set[16] = {0, 0, 0, 12, '/', 'b', 0, 0, ',', 'i', 0, 0, 0, 0, 0, 7};
        for (int i = 0; i < 200; i++)
            assert_true(send(fd, udp ? set + 4 : set, udp ? 12 : 16, 0) > 0);
        h.slow_us = 2000; /* at least: five or six make a turn */
        if (udp)
            server_poll(h.server, 100); /* the first batch shows how long they take */
        while (h.packets < 150) {
            const int before = h.packets;
            server_poll(h.server, 100);
            assert_in_range(h.packets - before, 0, udp ? 16 : 6);
        }
        POLL_UNTIL(&h, h.packets == 200);
        assert_int_equal(h.sum, 200 * 7);
        close(fd);
        server_free(h.server);
    }
}

static void test_drop_and_limits(void **state) {
    (void)state;
    struct heard h;
    start(&h);
    int l = listen_on(&h, OSC_TCP, NULL), fds[SERVER_MAX_CONNECTIONS + 4];
    char got[64];
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    if (files.rlim_cur < 400) {
        print_message("SKIP test_drop_and_limits: needs 400 file descriptors\n");
        server_free(h.server);
        skip();
    }
    for (int i = 0; i < SERVER_MAX_CONNECTIONS + 4; i++) {
        fds[i] = client(SOCK_STREAM, server_port(h.server, l));
        server_poll(h.server, 0);
    }
    struct server_stats stats;
    server_get_stats(h.server, &stats);
    assert_int_equal(stats.connections, SERVER_MAX_CONNECTIONS);
    assert_int_equal(receive(&h, fds[SERVER_MAX_CONNECTIONS], got, sizeof got), 0);
    h.drop = true;
    send(fds[7], "\0\0\0\x08/a\0\0,\0\0\0\0\0\0\x08/a\0\0,\0\0\0", 24, 0);
    assert_int_equal(receive(&h, fds[7], got, sizeof got), 16); /* the answer first, then the end */
    assert_int_equal(receive(&h, fds[7], got, sizeof got), 0);
    assert_int_equal(h.packets, 1);
    POLL_UNTIL(&h, h.closed == 1);
    for (int i = 0; i < SERVER_MAX_CONNECTIONS + 4; i++)
        close(fds[i]);
    POLL_UNTIL(&h, h.closed == SERVER_MAX_CONNECTIONS);
    server_get_stats(h.server, &stats);
    assert_int_equal(stats.connections, 0);
    server_free(h.server);
}

static void test_listen_errors(void **state) {
    (void)state;
    struct heard h;
    char error[200], want[64];
    start(&h);
    int l = listen_on(&h, OSC_UDP, "127.0.0.1");
    uint16_t port = server_port(h.server, l);
    assert_int_equal(server_listen(h.server, OSC_UDP, "127.0.0.1", port, 0, error, sizeof error),
                     -1);
    snprintf(want, sizeof want, "udp 127.0.0.1 port %u: bind:", port);
    assert_non_null(strstr(error, want));
    assert_int_equal(server_listen(h.server, OSC_UDP, "localhost", 0, 0, error, sizeof error), -1);
    assert_non_null(strstr(error, "localhost"));
    assert_int_equal(server_listen(h.server, OSC_TCP, "203.0.113.1", 0, 0, error, sizeof error),
                     -1);
    assert_int_equal(server_port(h.server, 3), 0);
    server_free(h.server);
    server_free(NULL);
}

static void test_ipv6(void **state) {
    (void)state;
    struct heard h;
    char error[200];
    start(&h);
    int l = server_listen(h.server, OSC_UDP, "::1", 0, 0, error, sizeof error);
    if (l < 0) {
        print_message("SKIP test_ipv6: no IPv6 loopback (%s)\n", error);
        server_free(h.server);
        skip();
    }
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6,
                               .sin6_port = htons(server_port(h.server, l)),
                               .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int fd = socket(AF_INET6, SOCK_DGRAM, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&in6, sizeof in6), 0);
    send(fd, "/a\0\0,\0\0\0", 8, 0);
    char got[64], text[OSC_ENDPOINT_TEXT];
    assert_int_equal(receive(&h, fd, got, sizeof got), 12);
    assert_memory_equal(osc_endpoint_text(&h.last, text), "udp [::1]:", 10);
    assert_true(osc_endpoint_loopback(&h.last));
    close(fd);
    server_free(h.server);
}

static void test_limit(void **state) {
    (void)state;
    static struct limit limit;
    memset(&limit, 0, sizeof limit);
    const int64_t s = 1000000000;
    struct osc_endpoint a = {.port = 1000}, b = {.port = 1001}, here = {.port = 1000};
    assert_true(osc_endpoint_parse(&a, "10.0.0.7"));
    b = a;
    b.port = 1001;
    assert_true(osc_endpoint_parse(&here, "127.0.0.1"));
    assert_true(limit_allow(&limit, &here, 1 << 20, 0));
    assert_false(limit_allow(&limit, &a, 1, 0));
    limit_received(&limit, &a, 100, 0);
    assert_false(limit_allow(&limit, &a, 301, 0));
    assert_true(limit_allow(&limit, &a, 299, 0));
    assert_true(limit_allow(&limit, &a, 1, 0));
    assert_false(limit_allow(&limit, &a, 1, 0));
    assert_false(limit_allow(&limit, &b, 1, 0)); /* another port is another endpoint */
    /* 60 s of asking every 10 ms: 512 B/s and no more */
    uint64_t sent = 0;
    for (int64_t t = 0; t < 6000; t++)
        while (limit_allow(&limit, &a, 16, t * s / 100))
            sent += 16;
    assert_in_range(sent, 60 * 512 - 512, 60 * 512);
    /* an hour of silence saves up one bundle, not an hour's worth */
    assert_false(limit_allow(&limit, &a, LIMIT_DRIP_MAX_BYTES + 1, 3600 * s));
    assert_true(limit_allow(&limit, &a, LIMIT_DRIP_MAX_BYTES, 3600 * s));
    assert_true(limit_trust(&limit, &a, true));
    assert_true(limit_allow(&limit, &a, 1 << 20, 3600 * s));
    assert_true(limit_trust(&limit, &a, false));
    assert_false(limit_allow(&limit, &a, 1 << 20, 3600 * s));
    /* more strangers than places: bounded, and the trusted stay trusted */
    limit_trust(&limit, &a, true);
    for (uint32_t i = 0; i < 20000; i++) {
        b.port = (uint16_t)i;
        limit_received(&limit, &b, 10, 3601 * s + i);
        assert_true(limit_allow(&limit, &b, 30, 3601 * s + i));
    }
    assert_true(limit_allow(&limit, &a, 1 << 20, 3602 * s));
    for (uint32_t i = 0; i < LIMIT_TRUSTED - 1; i++) {
        b.port = (uint16_t)(2000 + i);
        assert_true(limit_trust(&limit, &b, true));
    }
    b.port = 1;
    assert_false(limit_trust(&limit, &b, true));
}

static void test_endpoint_parse(void **state) {
    (void)state;
    struct osc_endpoint e = {0};
    assert_false(osc_endpoint_parse(&e, ""));
    assert_false(osc_endpoint_parse(&e, "10.0.0"));
    assert_false(osc_endpoint_parse(&e, "fe80::1%no-such-interface"));
    assert_false(
        osc_endpoint_parse(&e, "0123456789012345678901234567890123456789012345678901234567890"));
    assert_true(osc_endpoint_parse(&e, "2001:db8::1"));
    assert_false(osc_endpoint_loopback(&e));
    struct sockaddr_storage to;
    assert_int_equal(osc_endpoint_to(&e, AF_INET, &to), 0);
    assert_int_equal(osc_endpoint_to(&e, AF_INET6, &to), sizeof(struct sockaddr_in6));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_udp),
        cmocka_unit_test(test_udp_bad),
        cmocka_unit_test(test_tcp_length),
        cmocka_unit_test(test_tcp_slip),
        cmocka_unit_test(test_tcp_hostile),
        cmocka_unit_test(test_liblo_sends),
        cmocka_unit_test(test_slow_reader),
        cmocka_unit_test(test_turns_end),
        cmocka_unit_test(test_stalled_reader_is_closed),
        cmocka_unit_test(test_junk),
        cmocka_unit_test(test_drop_and_limits),
        cmocka_unit_test(test_listen_errors),
        cmocka_unit_test(test_ipv6),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_endpoint_parse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
