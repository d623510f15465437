/* SPDX-License-Identifier: GPL-3.0-or-later */
/** Who is at the other end: (listener, address, port) for UDP, a connection's number for TCP.
 *
 *  Plain memory without pointers: may be copied, saved across a restart of control, hashed. Thread:
 * any. */
#ifndef OSC_ENDPOINT_H
#define OSC_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

enum osc_transport { OSC_UDP, OSC_TCP };

struct osc_endpoint {
    uint8_t transport;   /* enum osc_transport */
    uint8_t listener;    /* which listener of the server: answers leave by the same socket */
    uint16_t port;       /* peer's, host order */
    uint32_t scope;      /* IPv6 scope id */
    uint8_t address[16]; /* IPv6, or IPv4 mapped (::ffff:a.b.c.d) */
    uint64_t connection; /* TCP: never used twice in the life of a server; UDP: 0 */
};

#define OSC_ENDPOINT_TEXT 72

bool osc_endpoint_equal(const struct osc_endpoint *a, const struct osc_endpoint *b);
uint64_t osc_endpoint_hash(const struct osc_endpoint *endpoint);

/** True for 127.0.0.0/8 and ::1. */
bool osc_endpoint_loopback(const struct osc_endpoint *endpoint);

/** "udp 127.0.0.1:9700", "tcp [::1]:9700". Returns `text`. */
const char *osc_endpoint_text(const struct osc_endpoint *endpoint, char text[OSC_ENDPOINT_TEXT]);

/** Fill address, port and scope from a socket address (AF_INET, AF_INET6).  @return false: other
 * family */
bool osc_endpoint_from(struct osc_endpoint *endpoint, const struct sockaddr_storage *from);

/** The socket address to send to from a socket of `family`.
 *  @return its length, 0 if the address cannot be reached from that family */
socklen_t osc_endpoint_to(const struct osc_endpoint *endpoint, int family,
                          struct sockaddr_storage *to);

/** Only the address of a numeric host ("10.0.0.7", "fe80::1%eth0"); port and others stay.
 *  @return false if it is not a numeric address */
bool osc_endpoint_parse(struct osc_endpoint *endpoint, const char *host);

#endif
