/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "osc/endpoint.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

static bool is_ipv4(const struct osc_endpoint *e) {
    return memcmp(e->address, mapped, 12) == 0;
}

bool osc_endpoint_equal(const struct osc_endpoint *a, const struct osc_endpoint *b) {
    if (a->transport != b->transport)
        return false;
    if (a->transport == OSC_TCP)
        return a->connection == b->connection;
    return a->port == b->port && a->listener == b->listener && a->scope == b->scope &&
           memcmp(a->address, b->address, sizeof a->address) == 0;
}

uint64_t osc_endpoint_hash(const struct osc_endpoint *e) {
    uint64_t high, low;
    if (e->transport == OSC_TCP)
        return (e->connection + 1) * UINT64_C(0x9e3779b97f4a7c15);
    memcpy(&high, e->address, 8);
    memcpy(&low, e->address + 8, 8);
    uint64_t x = high ^ (uint64_t)e->scope << 32 ^ (uint64_t)e->listener << 16 ^ e->port;
    x = (x ^ x >> 29) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ low) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

bool osc_endpoint_loopback(const struct osc_endpoint *e) {
    static const uint8_t one[16] = {[15] = 1};
    if (is_ipv4(e))
        return e->address[12] == 127;
    return memcmp(e->address, one, 16) == 0;
}

const char *osc_endpoint_text(const struct osc_endpoint *e, char text[OSC_ENDPOINT_TEXT]) {
    char host[INET6_ADDRSTRLEN] = "?";
    const char *word = e->transport == OSC_TCP ? "tcp" : "udp";
    if (is_ipv4(e)) {
        inet_ntop(AF_INET, e->address + 12, host, sizeof host);
        snprintf(text, OSC_ENDPOINT_TEXT, "%s %s:%u", word, host, e->port);
    } else {
        inet_ntop(AF_INET6, e->address, host, sizeof host);
        snprintf(text, OSC_ENDPOINT_TEXT, "%s [%s]:%u", word, host, e->port);
    }
    return text;
}

bool osc_endpoint_from(struct osc_endpoint *e, const struct sockaddr_storage *from) {
    if (from->ss_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, from, sizeof in);
        memcpy(e->address, mapped, 12);
        memcpy(e->address + 12, &in.sin_addr, 4);
        e->port = ntohs(in.sin_port);
        e->scope = 0;
        return true;
    }
    if (from->ss_family == AF_INET6) {
        struct sockaddr_in6 in6;
        memcpy(&in6, from, sizeof in6);
        memcpy(e->address, &in6.sin6_addr, 16);
        e->port = ntohs(in6.sin6_port);
        e->scope = in6.sin6_scope_id;
        return true;
    }
    return false;
}

socklen_t osc_endpoint_to(const struct osc_endpoint *e, int family, struct sockaddr_storage *to) {
    memset(to, 0, sizeof *to);
    if (family == AF_INET && is_ipv4(e)) {
        struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(e->port)};
        memcpy(&in.sin_addr, e->address + 12, 4);
        memcpy(to, &in, sizeof in);
        return sizeof in;
    }
    if (family == AF_INET6) {
        struct sockaddr_in6 in6 = {
            .sin6_family = AF_INET6, .sin6_port = htons(e->port), .sin6_scope_id = e->scope};
        memcpy(&in6.sin6_addr, e->address, 16);
        memcpy(to, &in6, sizeof in6);
        return sizeof in6;
    }
    return 0;
}

bool osc_endpoint_parse(struct osc_endpoint *e, const char *host) {
    char plain[INET6_ADDRSTRLEN];
    if (inet_pton(AF_INET, host, e->address + 12) == 1) {
        memcpy(e->address, mapped, 12);
        e->scope = 0;
        return true;
    }
    size_t n = strcspn(host, "%");
    if (n >= sizeof plain)
        return false;
    memcpy(plain, host, n);
    plain[n] = 0;
    e->scope = host[n] ? if_nametoindex(host + n + 1) : 0;
    if (host[n] && !e->scope)
        return false;
    return inet_pton(AF_INET6, plain, e->address) == 1;
}
