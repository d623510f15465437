/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "osc/server.h"

#include "osc/message.h"
#include "osc/server_private.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int64_t server_now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC_RAW, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

struct server *server_new(const struct server_hooks *hooks) {
    struct server *s = calloc(1, sizeof *s);
    if (s)
        s->hooks = *hooks;
    return s;
}

void server_free(struct server *s) {
    if (!s)
        return;
    for (uint32_t i = 0; i < SERVER_MAX_CONNECTIONS; i++) {
        if (!s->connection[i])
            continue;
        server_tcp_flush(s, s->connection[i]);
        server_tcp_close(s, i, false);
    }
    for (int i = 0; i < s->nlisteners; i++)
        close(s->listener[i].fd);
    server_udp_free(s);
    free(s);
}

/* Open, set up and bind one socket.  Returns what failed, NULL if all went well. */
static const char *open_listener(struct server *s, struct server_listener *l,
                                 const struct sockaddr_storage *address, socklen_t size) {
    int one = 1;
    bool tcp = l->transport == OSC_TCP;
    l->fd = socket(l->family, (tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (l->fd < 0)
        return "socket";
    if (l->family == AF_INET6)
        setsockopt(l->fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
    if (tcp) /* a restarted control must have its port although old connections linger */
        setsockopt(l->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(l->fd, (const struct sockaddr *)address, size) < 0)
        return "bind";
    if (tcp && listen(l->fd, SERVER_MAX_CONNECTIONS) < 0)
        return "listen";
    if (!tcp && !server_udp_setup(s, l))
        return "receive buffers";
    struct sockaddr_storage bound;
    struct osc_endpoint here;
    socklen_t bound_size = sizeof bound;
    memset(&bound, 0, sizeof bound);
    if (getsockname(l->fd, (struct sockaddr *)&bound, &bound_size) < 0 ||
        !osc_endpoint_from(&here, &bound))
        return "getsockname";
    l->port = here.port;
    return NULL;
}

int server_listen(struct server *s, enum osc_transport transport, const char *host, uint16_t port,
                  unsigned walk_flags, char *error, size_t error_size) {
    struct osc_endpoint where = {.port = port};
    struct sockaddr_storage address;
    const char *word = transport == OSC_TCP ? "tcp" : "udp", *failed;
    if (!host)
        host = "127.0.0.1";
    if (!osc_endpoint_parse(&where, host)) {
        snprintf(error, error_size, "%s %s: not a numeric IPv4 or IPv6 address", word, host);
        return -1;
    }
    if (s->nlisteners == SERVER_MAX_LISTENERS) {
        snprintf(error, error_size, "%s %s port %u: more than %d listeners", word, host, port,
                 SERVER_MAX_LISTENERS);
        return -1;
    }
    struct server_listener *l = &s->listener[s->nlisteners];
    *l = (struct server_listener){.transport = transport, .walk_flags = walk_flags, .fd = -1};
    l->family = strchr(host, ':') ? AF_INET6 : AF_INET;
    failed = open_listener(s, l, &address, osc_endpoint_to(&where, l->family, &address));
    if (failed) {
        snprintf(error, error_size, "%s %s port %u: %s: %s", word, host, port, failed,
                 strerror(errno));
        if (l->fd >= 0)
            close(l->fd);
        return -1;
    }
    return s->nlisteners++;
}

uint16_t server_port(const struct server *s, int listener) {
    return listener >= 0 && listener < s->nlisteners ? s->listener[listener].port : 0;
}

void server_refuse(struct server *s, const struct osc_endpoint *from, enum osc_error code,
                   const char *text) {
    struct osc_packet *k = &s->packet;
    s->stats.bad++;
    k->nmsgs = k->nargs = 0;
    k->error = code;
    k->error_text = text;
    if (s->hooks.on_bad) {
        s->hooks.on_bad(s->hooks.ctx, from, k);
        return;
    }
    uint8_t bytes[512];
    char full[200];
    if (strcmp(k->error_addr, "/error") == 0)
        return; /* never an error about an error: two desks would talk for ever */
    if (k->bundle && k->error_element) {
        snprintf(full, sizeof full, "element %u: %s", k->error_element, text);
        text = full;
    }
    size_t size = osc_error_write(bytes, sizeof bytes, code, k->error_addr, text);
    if (size)
        server_send(s, from, bytes, size);
}

void server_handle(struct server *s, const struct osc_endpoint *from, const void *bytes,
                   size_t size, int64_t arrival_ns) {
    s->stats.packets++;
    s->stats.bytes += size;
    limit_received(&s->limit, from, size, arrival_ns);
    enum osc_error e =
        osc_packet_walk(&s->packet, bytes, size, s->listener[from->listener].walk_flags);
    if (e)
        server_refuse(s, from, e, s->packet.error_text);
    else
        s->hooks.on_packet(s->hooks.ctx, from, &s->packet, arrival_ns);
}

enum server_result server_send(struct server *s, const struct osc_endpoint *to, const void *bytes,
                               size_t size) {
    enum server_result r;
    if (to->listener >= s->nlisteners || size == 0)
        return SERVER_GONE;
    if (!limit_allow(&s->limit, to, size, server_now_ns())) {
        s->stats.limited++;
        return SERVER_LIMITED;
    }
    r = to->transport == OSC_TCP ? server_tcp_send(s, to, bytes, size)
                                 : server_udp_send(s, to, bytes, size);
    if (r == SERVER_SENT)
        s->stats.sent++;
    else
        s->stats.dropped++;
    return r;
}

bool server_trust(struct server *s, const struct osc_endpoint *endpoint, bool trusted) {
    return limit_trust(&s->limit, endpoint, trusted);
}

void server_drop(struct server *s, const struct osc_endpoint *endpoint) {
    struct server_connection *c = server_tcp_find(s, endpoint);
    if (c)
        c->closing = true;
}

void server_flush(struct server *s) {
    server_tcp_sweep(s, false);
}

void server_get_stats(const struct server *s, struct server_stats *stats) {
    *stats = s->stats;
}

/* What to wait for: listeners first, then connections; `place` says which connection. */
static nfds_t watch(struct server *s, struct pollfd *fds, uint32_t *place) {
    nfds_t n = 0;
    int64_t now = server_now_ns();
    for (int i = 0; i < s->nlisteners; i++) {
        bool deaf = s->listener[i].deaf_until_ns > now;
        fds[n++] = (struct pollfd){.fd = deaf ? -1 : s->listener[i].fd, .events = POLLIN};
    }
    for (uint32_t i = 0; i < SERVER_MAX_CONNECTIONS; i++) {
        struct server_connection *c = s->connection[i];
        if (!c)
            continue;
        bool waiting = c->queue_end > c->queue_begin;
        place[n] = i;
        fds[n++] =
            (struct pollfd){.fd = c->fd, .events = (short)(POLLIN | (waiting ? POLLOUT : 0))};
    }
    return n;
}

bool server_late(const struct server *s) {
    return server_now_ns() >= s->turn_ends_ns;
}

static bool any_left(const struct server *s) {
    for (uint32_t i = 0; i < SERVER_MAX_CONNECTIONS; i++)
        if (s->connection[i] && s->connection[i]->left)
            return true;
    return false;
}

int server_poll(struct server *s, int timeout_ms) {
    struct pollfd fds[SERVER_MAX_LISTENERS + SERVER_MAX_CONNECTIONS];
    uint32_t place[SERVER_MAX_LISTENERS + SERVER_MAX_CONNECTIONS];
    int handled = 0;
    server_tcp_sweep(s, true);
    nfds_t n = watch(s, fds, place);
    const bool left = any_left(s);
    int ready = poll(fds, n, left ? 0 : timeout_ms);
    if (ready < 0)
        return errno == EINTR ? 0 : -1;
    s->turn_ends_ns = server_now_ns() + SERVER_TURN_NS;
    nfds_t listeners = (nfds_t)s->nlisteners;
    /* Connections before listeners: what accept makes is not in the list yet. */
    for (nfds_t i = listeners; i < n && (ready || left); i++)
        if (s->connection[place[i]]->left || fds[i].revents & (POLLIN | POLLHUP | POLLERR))
            handled += server_tcp_receive(s, s->connection[place[i]]);
    for (nfds_t i = 0; i < listeners && ready; i++) {
        if (!fds[i].revents)
            continue;
        if (s->listener[i].transport == OSC_TCP)
            server_tcp_accept(s, (int)i);
        else
            handled += server_udp_receive(s, (int)i);
    }
    server_tcp_sweep(s, true);
    return handled;
}
