/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Datagrams: many per system call, each with the kernel's time of arrival. */
#include "osc/server_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define RCVBUF_BYTES (4 << 20)
#define MAX_AGE_NS INT64_C(2000000000)

/* Room for one batch. Pages are touched only as far as datagrams reach. */
struct server_udp {
    unsigned batch; /* datagrams taken at a time: fewer while each takes long */
    struct mmsghdr header[SERVER_BATCH];
    struct iovec iov[SERVER_BATCH];
    struct sockaddr_storage from[SERVER_BATCH];
    _Alignas(struct cmsghdr) char control[SERVER_BATCH][CMSG_SPACE(sizeof(struct timespec)) +
                                                        CMSG_SPACE(sizeof(uint32_t))];
    uint8_t bytes[SERVER_BATCH][SERVER_UDP_SLOT];
};

bool server_udp_setup(struct server *s, struct server_listener *l) {
    int one = 1, wanted = RCVBUF_BYTES, got = 0;
    socklen_t got_size = sizeof got;
    if (!s->udp) {
        if (!(s->udp = malloc(sizeof *s->udp)))
            return false;
        s->udp->batch = SERVER_BATCH;
    }
    /* FORCE passes net.core.rmem_max, but needs CAP_NET_ADMIN. */
    if (setsockopt(l->fd, SOL_SOCKET, SO_RCVBUFFORCE, &wanted, sizeof wanted) < 0)
        setsockopt(l->fd, SOL_SOCKET, SO_RCVBUF, &wanted, sizeof wanted);
    setsockopt(l->fd, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof one);
    setsockopt(l->fd, SOL_SOCKET, SO_RXQ_OVFL, &one, sizeof one);
    getsockopt(l->fd, SOL_SOCKET, SO_RCVBUF, &got, &got_size);
    if (!s->stats.rcvbuf_bytes)
        s->stats.rcvbuf_bytes = (uint32_t)got;
    return true;
}

void server_udp_free(struct server *s) {
    free(s->udp);
    s->udp = NULL;
}

static int64_t real_now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* When a datagram came, on CLOCK_MONOTONIC_RAW: now less its age on the clock of the stamp. A
 * clock that was set in between gives ages that cannot be; those count as now. */
static int64_t arrival(struct server *s, struct server_listener *l, struct msghdr *h,
                       int64_t raw_ns, int64_t real_ns) {
    int64_t age_ns = 0;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, c)) {
        if (c->cmsg_level != SOL_SOCKET)
            continue;
        if (c->cmsg_type == SO_TIMESTAMPNS) {
            struct timespec t;
            memcpy(&t, CMSG_DATA(c), sizeof t);
            age_ns = real_ns - ((int64_t)t.tv_sec * 1000000000 + t.tv_nsec);
        } else if (c->cmsg_type == SO_RXQ_OVFL) {
            uint32_t lost;
            memcpy(&lost, CMSG_DATA(c), sizeof lost);
            s->stats.kernel_drops += (uint32_t)(lost - l->rxq_ovfl);
            l->rxq_ovfl = lost;
        }
    }
    return raw_ns - (age_ns > 0 && age_ns < MAX_AGE_NS ? age_ns : 0);
}

static int receive_batch(struct server *s, int listener) {
    struct server_udp *u = s->udp;
    struct server_listener *l = &s->listener[listener];
    for (int i = 0; i < SERVER_BATCH; i++) {
        u->iov[i] = (struct iovec){u->bytes[i], SERVER_UDP_SLOT};
        u->header[i].msg_hdr = (struct msghdr){.msg_name = &u->from[i],
                                               .msg_namelen = sizeof u->from[i],
                                               .msg_iov = &u->iov[i],
                                               .msg_iovlen = 1,
                                               .msg_control = u->control[i],
                                               .msg_controllen = sizeof u->control[i]};
    }
    int n = recvmmsg(l->fd, u->header, u->batch, MSG_DONTWAIT, NULL);
    if (n <= 0)
        return 0;
    int64_t raw_ns = server_now_ns(), real_ns = real_now_ns();
    for (int i = 0; i < n; i++) {
        struct msghdr *h = &u->header[i].msg_hdr;
        struct osc_endpoint from = {.transport = OSC_UDP, .listener = (uint8_t)listener};
        int64_t at_ns = arrival(s, l, h, raw_ns, real_ns);
        if (osc_endpoint_from(&from, &u->from[i]) && from.port)
            server_handle(s, &from, u->bytes[i], u->header[i].msg_len, at_ns);
    }
    if (server_now_ns() - raw_ns > SERVER_TURN_NS / 2)
        u->batch = u->batch > 4 ? u->batch / 4 : 1;
    else if (u->batch < SERVER_BATCH)
        u->batch *= 2;
    return n;
}

int server_udp_receive(struct server *s, int listener) {
    int handled = 0;
    for (int i = 0; i < SERVER_BATCHES_PER_POLL; i++) {
        const unsigned asked = s->udp->batch;
        int n = receive_batch(s, listener);
        handled += n;
        if (n < (int)asked || server_late(s))
            break;
    }
    return handled;
}

enum server_result server_udp_send(struct server *s, const struct osc_endpoint *to,
                                   const void *bytes, size_t size) {
    struct server_listener *l = &s->listener[to->listener];
    struct sockaddr_storage address;
    socklen_t length = osc_endpoint_to(to, l->family, &address);
    if (l->transport != OSC_UDP || !length || size > OSC_MAX_UDP_BYTES)
        return SERVER_GONE;
    if (sendto(l->fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&address,
               length) >= 0)
        return SERVER_SENT;
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS || errno == EINTR
               ? SERVER_FULL
               : SERVER_GONE;
}
