/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Connections: reading frames, and a bounded queue of what the peer has not taken yet. */
#include "osc/server_private.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EARLY_FLUSH_BYTES 65536
#define DEAF_NS INT64_C(200000000)

static void set_options(int fd) {
    int one = 1, idle_s = 10, interval_s = 5, count = 3;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    /* A connection is a lease: a peer that vanished without a word must lose it. */
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof idle_s);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval_s, sizeof interval_s);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof count);
}

static void add_connection(struct server *s, int listener, int fd,
                           const struct sockaddr_storage *from) {
    uint32_t place = 0;
    while (place < SERVER_MAX_CONNECTIONS && s->connection[place])
        place++;
    struct server_connection *c = place < SERVER_MAX_CONNECTIONS ? calloc(1, sizeof *c) : NULL;
    if (!c || !osc_endpoint_from(&c->who, from)) {
        free(c);
        close(fd);
        return;
    }
    set_options(fd);
    c->fd = fd;
    c->who.transport = OSC_TCP;
    c->who.listener = (uint8_t)listener;
    c->who.connection = ++s->serial << 8 | place;
    c->progress_ns = server_now_ns();
    frame_setup(&c->reader, OSC_MAX_FRAME_BYTES);
    s->connection[place] = c;
    s->stats.connections++;
}

void server_tcp_accept(struct server *s, int listener) {
    struct server_listener *l = &s->listener[listener];
    for (int i = 0; i < 16; i++) {
        struct sockaddr_storage from;
        socklen_t size = sizeof from;
        memset(&from, 0, sizeof from);
        int fd = accept4(l->fd, (struct sockaddr *)&from, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            add_connection(s, listener, fd, &from);
        } else {
            if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
                l->deaf_until_ns = server_now_ns() + DEAF_NS; /* poll would spin */
            return;
        }
    }
}

struct server_connection *server_tcp_find(struct server *s, const struct osc_endpoint *who) {
    uint64_t place = who->connection & 0xff;
    if (who->transport != OSC_TCP || place >= SERVER_MAX_CONNECTIONS)
        return NULL;
    struct server_connection *c = s->connection[place];
    return c && c->who.connection == who->connection ? c : NULL;
}

/* Hand over the frames that are complete.  Returns how many. */
static int take_frames(struct server *s, struct server_connection *c, int64_t arrival_ns) {
    const uint8_t *packet;
    size_t size;
    int found = 0, handled = 0;
    c->left = false;
    while (!c->closing && (found = frame_next(&c->reader, &packet, &size)) > 0) {
        server_handle(s, &c->who, packet, size, arrival_ns);
        handled++;
        if ((c->left = server_late(s)))
            return handled;
    }
    if (found < 0) { /* no way to find the next frame: say why and close */
        s->packet.error_addr = "";
        s->packet.bundle = false;
        s->packet.error_element = 0;
        s->packet.error_offset = 0;
        server_refuse(s, &c->who, c->reader.error, c->reader.error_text);
        c->closing = true;
    }
    return handled;
}

int server_tcp_receive(struct server *s, struct server_connection *c) {
    int handled = c->left ? take_frames(s, c, server_now_ns()) : 0;
    for (size_t total = 0; !c->closing && !c->left && total < SERVER_READ_PER_POLL;) {
        uint8_t *where;
        size_t room = frame_space(&c->reader, &where);
        if (!room) {
            c->closing = true;
            break;
        }
        ssize_t n = recv(c->fd, where, room, MSG_DONTWAIT);
        if (n <= 0) {
            if (n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR))
                c->closing = true;
            break;
        }
        frame_commit(&c->reader, (size_t)n);
        total += (size_t)n;
        handled += take_frames(s, c, server_now_ns());
        if ((size_t)n < room)
            break;
    }
    return handled;
}

/* Room for `size` more bytes at the end of the queue, NULL if that is over the bound. */
static uint8_t *queue_space(struct server_connection *c, size_t size) {
    size_t waiting = c->queue_end - c->queue_begin;
    if (size > SERVER_QUEUE_BYTES || waiting > SERVER_QUEUE_BYTES - size)
        return NULL;
    if (c->queue_room - c->queue_end < size && c->queue_begin) {
        memmove(c->queue, c->queue + c->queue_begin, waiting);
        c->queue_begin = 0;
        c->queue_end = waiting;
    }
    if (c->queue_room - c->queue_end < size) {
        size_t room = c->queue_room ? c->queue_room : 4096;
        while (room < waiting + size)
            room *= 2;
        uint8_t *bigger = realloc(c->queue, room);
        if (!bigger)
            return NULL;
        c->queue = bigger;
        c->queue_room = room;
    }
    return c->queue + c->queue_end;
}

enum server_result server_tcp_send(struct server *s, const struct osc_endpoint *to,
                                   const void *bytes, size_t size) {
    struct server_connection *c = server_tcp_find(s, to);
    if (!c || c->closing)
        return SERVER_GONE;
    size_t bound = frame_bound(c->reader.kind, size);
    uint8_t *where = queue_space(c, bound);
    if (!where)
        return SERVER_FULL;
    if (c->queue_end == c->queue_begin)
        c->progress_ns = server_now_ns();
    size_t before = c->queue_end - c->queue_begin;
    size_t written = frame_write(c->reader.kind, where, bound, bytes, size);
    c->queue_end += written;
    /* Tried once each time 64 KiB more have gathered, not at every message of a slow reader. */
    if (before / EARLY_FLUSH_BYTES != (before + written) / EARLY_FLUSH_BYTES)
        server_tcp_flush(s, c);
    return SERVER_SENT;
}

void server_tcp_flush(struct server *s, struct server_connection *c) {
    (void)s;
    while (c->queue_begin < c->queue_end) {
        ssize_t n = send(c->fd, c->queue + c->queue_begin, c->queue_end - c->queue_begin,
                         MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n < 0) {
            if (errno == EINTR)
                continue;
            if (errno != EAGAIN && errno != EWOULDBLOCK) {
                c->queue_begin = c->queue_end;
                c->closing = true;
            }
            return;
        }
        c->queue_begin += (size_t)n;
        c->progress_ns = server_now_ns();
    }
    c->queue_begin = c->queue_end = 0;
}

void server_tcp_sweep(struct server *s, bool tell) {
    int64_t now_ns = server_now_ns();
    for (uint32_t i = 0; i < SERVER_MAX_CONNECTIONS; i++) {
        struct server_connection *c = s->connection[i];
        if (!c)
            continue;
        if (c->queue_end > c->queue_begin)
            server_tcp_flush(s, c);
        if (c->queue_end > c->queue_begin && now_ns - c->progress_ns > SERVER_STALL_NS)
            c->closing = true;
        if (c->closing && tell)
            server_tcp_close(s, i, true);
    }
}

void server_tcp_close(struct server *s, uint32_t place, bool tell) {
    struct server_connection *c = s->connection[place];
    struct osc_endpoint who = c->who;
    s->connection[place] = NULL;
    s->stats.connections--;
    limit_trust(&s->limit, &who, false);
    /* Unread bytes would turn the close into a reset, and our last words would be lost. */
    uint8_t scrap[4096];
    shutdown(c->fd, SHUT_WR);
    for (int i = 0; i < 64 && recv(c->fd, scrap, sizeof scrap, MSG_DONTWAIT) > 0; i++)
        ;
    close(c->fd);
    frame_free(&c->reader);
    free(c->queue);
    free(c);
    if (tell && s->hooks.on_close)
        s->hooks.on_close(s->hooks.ctx, &who);
}
