/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/lib/osc_talk.h"

#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/lib/live_desk.h"

#define SLIP_END 0xc0
#define SLIP_ESC 0xdb

/* ---- text to bytes ---- */

static void put_text(unsigned char *to, size_t *n, const char *text) {
    const size_t length = strlen(text);
    memcpy(to + *n, text, length);
    *n += length;
    do
        to[(*n)++] = 0;
    while (*n % 4);
}

static void put_bits(unsigned char *to, size_t *n, uint64_t bits, unsigned bytes) {
    while (bytes-- > 0)
        to[(*n)++] = (unsigned char)(bits >> 8 * bytes);
}

static void put_arg(unsigned char *to, size_t *n, char type, char *word) {
    const double x = strtod(word, NULL);
    const float f = (float)x;
    uint32_t w32;
    uint64_t w64;
    memcpy(&w32, &f, 4);
    memcpy(&w64, &x, 8);
    switch (type) {
    case 'i': put_bits(to, n, (uint64_t)strtoll(word, NULL, 10), 4); break;
    case 'h': put_bits(to, n, (uint64_t)strtoll(word, NULL, 10), 8); break;
    case 'f': put_bits(to, n, w32, 4); break;
    case 'd': put_bits(to, n, w64, 8); break;
    case 's':
        for (char *p = word; *p; p++)
            if (*p == '_')
                *p = ' ';
        put_text(to, n, strcmp(word, "''") == 0 ? "" : word);
        break;
    case 'b': /* so many bytes of 0xa5 */
        put_bits(to, n, (uint64_t)atoi(word), 4);
        for (int i = 0; i < (atoi(word) + 3) / 4 * 4; i++)
            to[(*n)++] = i < atoi(word) ? 0xa5 : 0;
        break;
    default: fail_msg("no such type '%c'", type);
    }
}

size_t talk_message(unsigned char *to, size_t room, const char *line) {
    char text[4096], *rest = NULL;
    size_t n = 0;
    assert_true(strlen(line) < sizeof text && strlen(line) * 4 + 64 < room);
    memcpy(text, line, strlen(line) + 1);
    put_text(to, &n, strtok_r(text, " ", &rest));
    const char *types = strtok_r(NULL, " ", &rest);
    if (!types)
        return n;
    put_text(to, &n, types);
    for (const char *t = types + 1; *t; t++) {
        if (strchr("TFNI", *t))
            continue;
        char *word = strtok_r(NULL, " ", &rest);
        assert_non_null(word);
        put_arg(to, &n, *t, word);
    }
    return n;
}

size_t talk_bundle(unsigned char *to, size_t room, uint64_t timetag, unsigned count,
                   const char *const *lines) {
    size_t n = 0;
    put_text(to, &n, "#bundle");
    put_bits(to, &n, timetag, 8);
    for (unsigned i = 0; i < count; i++) {
        size_t at = n;
        const size_t size = talk_message(to + n + 4, room - n - 4, lines[i]);
        put_bits(to, &at, size, 4);
        n += 4 + size;
    }
    return n;
}

/* ---- sockets ---- */

void talk_open(struct talk *t, enum talk_way way, unsigned desk_port) {
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof a;
    const int one = 1, bytes = 4 << 20;
    memset(t, 0, sizeof *t);
    t->way = way;
    t->to_port = (uint16_t)desk_port;
    t->line = calloc(TALK_LINES, sizeof *t->line);
    t->fd = socket(AF_INET, (way == TALK_UDP ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);
    assert_true(t->line && t->fd >= 0);
    setsockopt(t->fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    if (way == TALK_UDP)
        assert_int_equal(bind(t->fd, (struct sockaddr *)&a, size), 0);
    a.sin_port = htons(t->to_port);
    if (way != TALK_UDP) {
        assert_int_equal(connect(t->fd, (struct sockaddr *)&a, size), 0);
        setsockopt(t->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    }
    getsockname(t->fd, (struct sockaddr *)&a, &size);
    t->port = ntohs(a.sin_port);
}

void talk_close(struct talk *t) {
    if (t->fd > 0)
        close(t->fd);
    free(t->line);
    memset(t, 0, sizeof *t);
}

static void send_all(struct talk *t, const unsigned char *p, size_t n) {
    while (n) {
        const ssize_t sent = send(t->fd, p, n, MSG_NOSIGNAL);
        if (sent < 0 && (errno == EPIPE || errno == ECONNRESET)) {
            t->refused = true;
            return;
        }
        assert_true(sent > 0);
        p += sent;
        n -= (size_t)sent;
    }
}

void talk_bytes(struct talk *t, const void *bytes, size_t size) {
    static unsigned char frame[1 << 22];
    const unsigned char *p = bytes;
    size_t n = 0;
    if (t->way == TALK_UDP) {
        struct sockaddr_in a = {.sin_family = AF_INET,
                                .sin_port = htons(t->to_port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        if (sendto(t->fd, bytes, size, 0, (struct sockaddr *)&a, sizeof a) != (ssize_t)size)
            assert_int_equal(errno, ECONNREFUSED);
        return;
    }
    assert_true(2 * size + 8 < sizeof frame);
    if (t->way == TALK_TCP) {
        put_bits(frame, &n, size, 4);
        memcpy(frame + n, p, size);
        n += size;
    } else {
        frame[n++] = SLIP_END;
        for (size_t i = 0; i < size; i++) {
            if (p[i] == SLIP_END || p[i] == SLIP_ESC)
                frame[n++] = SLIP_ESC;
            frame[n++] = p[i] == SLIP_END ? 0xdc : p[i] == SLIP_ESC ? 0xdd : p[i];
        }
        frame[n++] = SLIP_END;
    }
    send_all(t, frame, n);
}

void say(struct talk *t, const char *line) {
    unsigned char packet[8192];
    talk_bytes(t, packet, talk_message(packet, sizeof packet, line));
}

void say_bundle(struct talk *t, uint64_t timetag, ...) {
    static unsigned char packet[1 << 16];
    const char *lines[64];
    unsigned n = 0;
    va_list args;
    va_start(args, timetag);
    while ((lines[n] = va_arg(args, const char *)))
        n++;
    va_end(args);
    talk_bytes(t, packet, talk_bundle(packet, sizeof packet, timetag, n, lines));
}

uint64_t talk_timetag(int ms) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    const int64_t ns = (int64_t)now.tv_nsec + (int64_t)ms * 1000000;
    const int64_t s = now.tv_sec + (ns < 0 ? -((-ns + 999999999) / 1000000000) : ns / 1000000000);
    const uint64_t part = (uint64_t)(ns - (s - now.tv_sec) * 1000000000);
    return ((uint64_t)s + 2208988800u) << 32 | (part << 32) / 1000000000u;
}

/* ---- bytes to text ---- */

static uint64_t get_bits(const unsigned char *p, unsigned bytes) {
    uint64_t bits = 0;
    while (bytes-- > 0)
        bits = bits << 8 | *p++;
    return bits;
}

static const char *get_text(const unsigned char **p, const unsigned char *end) {
    const char *text = (const char *)*p;
    const size_t n = strnlen(text, (size_t)(end - *p));
    assert_true(n < (size_t)(end - *p)); /* what the desk sends is well formed */
    *p += (n + 4) & ~(size_t)3;
    return text;
}

static void message_in(struct talk *t, const unsigned char *p, const unsigned char *end) {
    char *line = t->line[t->tail++ % TALK_LINES];
    const char *address = get_text(&p, end), *types = p < end ? get_text(&p, end) : "";
    size_t n = (size_t)snprintf(line, TALK_LINE, "%s %s", address, types);
    if (t->tail - t->head > TALK_LINES)
        t->head = t->tail - TALK_LINES;
    for (const char *k = *types ? types + 1 : types; *k && n < TALK_LINE - 1; k++) {
        uint32_t w32;
        float f;
        switch (*k) {
        case 'i':
            n += (size_t)snprintf(line + n, TALK_LINE - n, " %d", (int)(int32_t)get_bits(p, 4));
            p += 4;
            break;
        case 'f':
            w32 = (uint32_t)get_bits(p, 4);
            memcpy(&f, &w32, 4);
            n += (size_t)snprintf(line + n, TALK_LINE - n, " %.6g", (double)f);
            p += 4;
            break;
        case 'h':
        case 't':
            n += (size_t)snprintf(line + n, TALK_LINE - n, " %lld", (long long)get_bits(p, 8));
            p += 8;
            break;
        case 's': n += (size_t)snprintf(line + n, TALK_LINE - n, " %s", get_text(&p, end)); break;
        case 'b':
            n += (size_t)snprintf(line + n, TALK_LINE - n, " %llu",
                                  (unsigned long long)get_bits(p, 4));
            p += 4 + ((get_bits(p, 4) + 3) & ~UINT64_C(3));
            break;
        default: fail_msg("%s: the desk sent type %c", address, *k);
        }
        assert_true(p <= end);
    }
    if (strncmp(line, "/seq ,i ", 8) == 0) {
        const unsigned seq = (unsigned)atoi(line + 8);
        t->tail--;
        t->gaps += t->bundles && seq > t->last_seq + 1;
        t->last_seq = seq;
    }
}

static void packet_in(struct talk *t, const unsigned char *p, size_t size) {
    const unsigned char *end = p + size;
    if (size < 16 || memcmp(p, "#bundle", 8) != 0) {
        message_in(t, p, end);
        return;
    }
    for (p += 16; p + 4 <= end;) {
        const size_t n = get_bits(p, 4);
        assert_true(n <= (size_t)(end - p) - 4);
        packet_in(t, p + 4, n);
        p += 4 + n;
    }
    t->bundles++;
}

/* Bytes that one whole frame takes, its packet left in `to`; 0: not whole yet. */
static size_t unframe(struct talk *t, unsigned char *to, size_t *size) {
    size_t i = 0, n = 0;
    if (t->way == TALK_TCP) {
        const size_t length = t->in_bytes < 4 ? 0 : get_bits(t->in, 4);
        if (t->in_bytes < 4 || t->in_bytes < 4 + length)
            return 0;
        memcpy(to, t->in + 4, *size = length);
        return 4 + length;
    }
    while (i < t->in_bytes && t->in[i] == SLIP_END)
        i++;
    for (; i < t->in_bytes && t->in[i] != SLIP_END; i++)
        to[n++] = t->in[i] != SLIP_ESC ? t->in[i] : t->in[++i] == 0xdc ? SLIP_END : SLIP_ESC;
    *size = n;
    return i < t->in_bytes && n ? i + 1 : 0;
}

/* Take in what is there, waiting at most so long for the first of it. */
static void take_in(struct talk *t, int ms) {
    static unsigned char packet[1 << 17];
    struct pollfd wait = {.fd = t->fd, .events = POLLIN};
    while (!t->refused && poll(&wait, 1, ms) > 0) {
        ms = 0;
        const ssize_t n = recv(t->fd, t->in + t->in_bytes, sizeof t->in - t->in_bytes, 0);
        if (n <= 0 && t->way == TALK_UDP)
            continue; /* the other side's port is closed just now */
        if (n <= 0) {
            t->refused = true;
            return;
        }
        if (t->way == TALK_UDP) {
            packet_in(t, t->in, (size_t)n);
            continue;
        }
        t->in_bytes += (size_t)n;
        size_t size, used;
        while ((used = unframe(t, packet, &size))) {
            packet_in(t, packet, size);
            memmove(t->in, t->in + used, t->in_bytes -= used);
        }
    }
}

/* ---- hearing ---- */

static bool fits(const char *heard, const char *wanted) {
    const size_t n = strlen(wanted);
    return n && wanted[n - 1] == '*' ? strncmp(heard, wanted, n - 1) == 0
                                     : strcmp(heard, wanted) == 0;
}

static const char *find(struct talk *t, const char *line, unsigned ms) {
    const int64_t until_ns = live_now_ns() + (int64_t)ms * 1000000;
    for (;;) {
        while (t->head != t->tail) {
            const char *heard = t->line[t->head++ % TALK_LINES];
            if (fits(heard, line))
                return heard;
            if (getenv("TALK_VERBOSE"))
                fprintf(stderr, "  passed over: %s\n", heard);
        }
        if (live_now_ns() >= until_ns || t->refused)
            return NULL;
        take_in(t, 5);
    }
}

bool hears(struct talk *t, const char *line, unsigned ms) {
    return find(t, line, ms) != NULL;
}

const char *hear(struct talk *t, const char *line) {
    const char *heard = find(t, line, 1000);
    if (!heard)
        fail_msg("did not hear \"%s\"; the last was \"%s\"", line,
                 t->tail ? t->line[(t->tail - 1) % TALK_LINES] : "");
    return heard;
}

void hear_nothing(struct talk *t, unsigned ms) {
    const int64_t until_ns = live_now_ns() + (int64_t)ms * 1000000;
    while (live_now_ns() < until_ns)
        take_in(t, 5);
    if (t->head != t->tail)
        fail_msg("heard \"%s\"", t->line[t->head % TALK_LINES]);
}

void talk_forget(struct talk *t) {
    take_in(t, 0);
    t->head = t->tail;
}

void ask(struct talk *t, const char *line, const char *answer) {
    talk_forget(t);
    say(t, line);
    if (!hears(t, answer, 1000))
        fail_msg("\"%s\" was not answered by \"%s\" but by \"%s\"", line, answer,
                 t->tail ? t->line[(t->tail - 1) % TALK_LINES] : "");
}
