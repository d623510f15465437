/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The sockets: UDP and TCP listeners, connections, kernel time stamps, bounded output queues.
 *
 *  Everything is non-blocking and single-threaded: server_poll is the body of control's loop, and
 * all callbacks run inside it. Nobody can make it wait: a reader that does not read has its output
 *  dropped (SERVER_FULL) and is closed after 10 s without progress; a listener gets a bounded
 *  share of each poll. Thread: control main. */
#ifndef OSC_SERVER_H
#define OSC_SERVER_H

#include "osc/endpoint.h"
#include "osc/packet.h"

struct server;

#define SERVER_MAX_LISTENERS 16
#define SERVER_MAX_CONNECTIONS 128
#define SERVER_QUEUE_BYTES (1u << 20) /* output per connection; beyond it: SERVER_FULL */

enum server_result {
    SERVER_SENT,    /* handed to the kernel or queued */
    SERVER_FULL,    /* dropped: peer or socket too slow just now; sending again later may work */
    SERVER_LIMITED, /* dropped: more than 3 x its own bytes + 512 B/s for a stranger off loopback */
    SERVER_GONE     /* no such connection, listener or route */
};

/** Called from inside server_poll. Any member may be NULL but on_packet. */
struct server_hooks {
    void *ctx;
    /** A packet that passed the walk (its views die when this returns).
     *  @param arrival_ns CLOCK_MONOTONIC_RAW: the kernel's stamp for UDP, the read for TCP */
    void (*on_packet)(void *ctx, const struct osc_endpoint *from, const struct osc_packet *packet,
                      int64_t arrival_ns);
    /** A packet that did not: error fields set, nmsgs 0. NULL: the server answers with /error
     * itself. */
    void (*on_bad)(void *ctx, const struct osc_endpoint *from, const struct osc_packet *packet);
    /** A TCP connection ended (not called for those that server_free closes). */
    void (*on_close)(void *ctx, const struct osc_endpoint *from);
};

/** Counters since server_new. */
struct server_stats {
    uint64_t packets, bytes, bad, sent, dropped, limited;
    uint64_t kernel_drops; /* datagrams the receive buffers lost (SO_RXQ_OVFL) */
    uint32_t connections;  /* now */
    uint32_t rcvbuf_bytes; /* what the kernel really gave the first UDP listener */
};

/** CLOCK_MONOTONIC_RAW in ns: the clock of arrivals and of everything in this room. */
int64_t server_now_ns(void);

/** @return NULL when out of memory */
struct server *server_new(const struct server_hooks *hooks);

/** Close everything. TCP output that is still queued is tried once. */
void server_free(struct server *server);

/** Listen.
 *  @param host   numeric address ("127.0.0.1", "::1", "0.0.0.0"); NULL means 127.0.0.1
 *  @param port   0 takes a free one (server_port tells)
 *  @param walk_flags  for packets from here (OSC_WALK_UNTYPED for the X32 port)
 *  @param error  on failure one line that names address, port and cause
 *  @return listener number, or -1 */
int server_listen(struct server *server, enum osc_transport transport, const char *host,
                  uint16_t port, unsigned walk_flags, char *error, size_t error_size);

/** The port a listener really has. 0 if there is no such listener. */
uint16_t server_port(const struct server *server, int listener);

/** Wait up to timeout_ms for anything, handle what is there, send what is queued.
 *  @return packets handled, -1 if poll itself failed (errno) */
int server_poll(struct server *server, int timeout_ms);

/** Send one packet to an endpoint (framed as the peer frames). UDP goes out at once; TCP is queued
 *  and goes out before server_poll returns or waits. Datagrams above OSC_MAX_UDP_BYTES:
 * SERVER_GONE. */
enum server_result server_send(struct server *server, const struct osc_endpoint *to,
                               const void *bytes, size_t size);

/** Send TCP output queued since the last poll now (after a tick outside server_poll). */
void server_flush(struct server *server);

/** An endpoint has said hello (or is a surface of the desk file): lift, or restore, the limit for
 *  strangers. Loopback is never limited. At most 256 trusted ones.
 *  @return false when that table is full */
bool server_trust(struct server *server, const struct osc_endpoint *endpoint, bool trusted);

/** Close a TCP connection after what is queued was tried. on_close is called from the next poll. */
void server_drop(struct server *server, const struct osc_endpoint *endpoint);

void server_get_stats(const struct server *server, struct server_stats *stats);

#endif
