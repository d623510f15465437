/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: osc */
/* Packets on a stream: random packets through both framings, cut anywhere; hostile streams. */
#include "osc/frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MAX_FRAME 4096

/* Feed `n` bytes; -1 when the stream is lost, else the packets found, appended to `got`. */
static int feed(struct frame_reader *r, const uint8_t *bytes, size_t n, uint8_t *got, size_t *got_n,
                unsigned *seed) {
    int count = 0;
    while (n) {
        uint8_t *where;
        size_t room = frame_space(r, &where);
        if (!room)
            return -1;
        size_t now = seed ? 1 + (size_t)rand_r(seed) % 700 : n;
        if (now > n)
            now = n;
        if (now > room)
            now = room;
        memcpy(where, bytes, now);
        frame_commit(r, now);
        bytes += now;
        n -= now;
        const uint8_t *packet;
        size_t size;
        int found;
        while ((found = frame_next(r, &packet, &size)) > 0) {
            count++;
            if (got) {
                memcpy(got + *got_n, packet, size);
                *got_n += size;
            }
        }
        if (found < 0)
            return -1;
    }
    return count;
}

static void round_trip(enum frame_kind kind) {
    static uint8_t sent[400000], got[400000], stream[900000];
    for (unsigned seed = 1; seed < 60; seed++) {
        unsigned s = seed;
        size_t sent_n = 0, got_n = 0, stream_n = 0;
        int packets = 1 + rand_r(&s) % 80;
        for (int i = 0; i < packets; i++) {
            size_t size = 1 + (size_t)rand_r(&s) % (i % 3 ? 60 : MAX_FRAME);
            for (size_t j = 0; j < size; j++)
                sent[sent_n + j] = (uint8_t)(rand_r(&s) % 3 ? rand_r(&s) : 0xc0 + rand_r(&s) % 32);
            size_t framed =
                frame_write(kind, stream + stream_n, sizeof stream - stream_n, sent + sent_n, size);
            assert_true(framed && framed <= frame_bound(kind, size));
            stream_n += framed;
            sent_n += size;
        }
        struct frame_reader r;
        frame_setup(&r, MAX_FRAME);
        assert_int_equal(feed(&r, stream, stream_n, got, &got_n, &s), packets);
        assert_int_equal(r.kind, kind);
        assert_int_equal(got_n, sent_n);
        assert_memory_equal(got, sent, sent_n);
        assert_true(r.capacity <= MAX_FRAME + 65536);
        frame_free(&r);
    }
}

static void test_length_round_trip(void **state) {
    (void)state;
    round_trip(FRAME_LENGTH);
}

static void test_slip_round_trip(void **state) {
    (void)state;
    round_trip(FRAME_SLIP);
}

static int feed_once(struct frame_reader *r, const char *bytes, size_t n, uint8_t *got,
                     size_t *got_n) {
    *got_n = 0;
    frame_setup(r, MAX_FRAME);
    return feed(r, (const uint8_t *)bytes, n, got, got_n, NULL);
}

static void test_detection(void **state) {
    (void)state;
    struct frame_reader r;
    uint8_t got[64];
    size_t n;
    assert_int_equal(feed_once(&r, "\0\0\0\4abcd\0\0\0", 11, got, &n), 1);
    assert_int_equal(r.kind, FRAME_LENGTH);
    assert_memory_equal(got, "abcd", 4);
    frame_free(&r);
    assert_int_equal(feed_once(&r, "\xc0/a\xdb\xdc\xdb\xdd\xc0\xc0x\xc0", 11, got, &n), 2);
    assert_int_equal(r.kind, FRAME_SLIP);
    assert_int_equal(n, 5);
    assert_memory_equal(got, "/a\xc0\xdbx", 5);
    frame_free(&r);
    /* RFC 1055 senders without a leading END */
    assert_int_equal(feed_once(&r, "/a\xc0#b\xc0", 6, got, &n), 2);
    frame_free(&r);
    assert_int_equal(feed_once(&r, "GET / HTTP/1.1\r\n", 16, got, &n), -1);
    assert_int_equal(r.error, OSC_BAD_PACKET);
    frame_free(&r);
}

static void test_hostile(void **state) {
    (void)state;
    struct frame_reader r;
    uint8_t got[64], *where;
    size_t n;
    assert_int_equal(feed_once(&r, "\0\xff\xff\xff", 4, got, &n), -1);
    assert_int_equal(r.error, OSC_TOO_LARGE);
    assert_int_equal(frame_space(&r, &where), 0); /* lost for good */
    frame_free(&r);
    assert_int_equal(feed_once(&r, "\0\0\0\0", 4, got, &n), -1);
    assert_int_equal(r.error, OSC_BAD_PACKET);
    frame_free(&r);
    assert_int_equal(feed_once(&r,
                               "\xc0"
                               "a\xdb"
                               "b",
                               4, got, &n),
                     -1);
    assert_int_equal(r.error, OSC_BAD_PACKET);
    frame_free(&r);
    assert_int_equal(feed_once(&r,
                               "\xc0"
                               "a\xdb\xc0",
                               4, got, &n),
                     -1);
    frame_free(&r);

    /* an announced length alone reserves nothing */
    frame_setup(&r, 1u << 20);
    assert_int_equal(feed(&r, (const uint8_t *)"\0\x0f\xff\xff", 4, got, &n, NULL), 0);
    assert_true(r.capacity <= 16384);
    frame_free(&r);

    /* exactly the largest, and one more; then ENDs without end */
    static uint8_t big[MAX_FRAME + 8];
    memset(big, 'a', sizeof big);
    big[0] = 0xc0;
    big[MAX_FRAME + 1] = 0xc0;
    frame_setup(&r, MAX_FRAME);
    assert_int_equal(feed(&r, big, MAX_FRAME + 2, NULL, NULL, NULL), 1);
    frame_free(&r);
    big[MAX_FRAME + 1] = 'a';
    frame_setup(&r, MAX_FRAME);
    assert_int_equal(feed(&r, big, MAX_FRAME + 2, NULL, NULL, NULL), -1);
    assert_int_equal(r.error, OSC_TOO_LARGE);
    frame_free(&r);
    memset(big, 0xc0, sizeof big);
    frame_setup(&r, MAX_FRAME);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(feed(&r, big, sizeof big, NULL, NULL, NULL), 0);
    assert_true(r.capacity <= MAX_FRAME + 65536);
    frame_free(&r);
}

static void test_write_refuses_to_overflow(void **state) {
    (void)state;
    uint8_t to[16], packet[6] = {0xc0, 1, 0xdb, 2, 3, 4};
    for (size_t room = 0; room <= sizeof to; room++) {
        memset(to, 0x55, sizeof to);
        size_t n = frame_write(FRAME_SLIP, to, room, packet, 6);
        assert_int_equal(n, room >= 10 ? 10 : 0);
        for (size_t i = room; i < sizeof to; i++)
            assert_int_equal(to[i], 0x55);
        n = frame_write(FRAME_LENGTH, to, room, packet, 6);
        assert_int_equal(n, room >= 10 ? 10 : 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_length_round_trip),
        cmocka_unit_test(test_slip_round_trip),
        cmocka_unit_test(test_detection),
        cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_write_refuses_to_overflow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
