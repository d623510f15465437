/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What server.c, server_udp.c and server_tcp.c share. Nobody else includes this. */
#ifndef OSC_SERVER_PRIVATE_H
#define OSC_SERVER_PRIVATE_H

#include "osc/frame.h"
#include "osc/limit.h"
#include "osc/server.h"

#define SERVER_BATCH 64            /* datagrams per recvmmsg */
#define SERVER_BATCHES_PER_POLL 16 /* and listener */
#define SERVER_READ_PER_POLL (64u << 10)
/* A turn of the loop ends after this long though packets wait: the rest of control's work must not
 * hang on what a client finds to ask. Each connection has one message per turn in any case. */
#define SERVER_TURN_NS INT64_C(10000000)
#define SERVER_STALL_NS INT64_C(10000000000)
#define SERVER_UDP_SLOT \
    65664 /* room for one datagram; not a power of two: they share no cache sets */

struct server_listener {
    int fd, family;
    enum osc_transport transport;
    unsigned walk_flags;
    uint16_t port;
    uint32_t rxq_ovfl;     /* last count the kernel told */
    int64_t deaf_until_ns; /* out of descriptors: do not try to accept before */
};

struct server_connection {
    int fd;
    bool closing; /* nothing is read any more; closed at the end of the poll */
    bool left;    /* whole packets stand in the reader, for the next turn */
    struct osc_endpoint who;
    struct frame_reader reader;
    uint8_t *queue;
    size_t queue_begin, queue_end, queue_room;
    int64_t progress_ns; /* last time the peer took something, or the queue was empty */
};

struct server {
    struct server_hooks hooks;
    struct server_listener listener[SERVER_MAX_LISTENERS];
    int nlisteners;
    struct server_connection *connection[SERVER_MAX_CONNECTIONS];
    uint64_t serial; /* of connections; the low byte of an id is its place in the array */
    struct server_stats stats;
    struct osc_packet packet;
    struct limit limit;
    int64_t turn_ends_ns;
    struct server_udp *udp; /* receive buffers, made with the first UDP listener */
};

/* Walk a packet and hand it to control, or refuse it. */
void server_handle(struct server *server, const struct osc_endpoint *from, const void *bytes,
                   size_t size, int64_t arrival_ns);
void server_refuse(struct server *server, const struct osc_endpoint *from, enum osc_error code,
                   const char *text);

/* Whether this turn has lasted long enough. */
bool server_late(const struct server *server);

bool server_udp_setup(struct server *server, struct server_listener *listener);
void server_udp_free(struct server *server);
int server_udp_receive(struct server *server, int listener);
enum server_result server_udp_send(struct server *server, const struct osc_endpoint *to,
                                   const void *bytes, size_t size);

void server_tcp_accept(struct server *server, int listener);
int server_tcp_receive(struct server *server, struct server_connection *connection);
enum server_result server_tcp_send(struct server *server, const struct osc_endpoint *to,
                                   const void *bytes, size_t size);
void server_tcp_flush(struct server *server, struct server_connection *connection);
struct server_connection *server_tcp_find(struct server *server, const struct osc_endpoint *who);
/* Flush all, then close what is closing or stalled. */
void server_tcp_sweep(struct server *server, bool tell);
void server_tcp_close(struct server *server, uint32_t place, bool tell);

#endif
