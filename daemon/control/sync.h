/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `/sync`: an empty group is sent behind everything else; when it lands, everything sounds.
 * Thread: control main. */
#ifndef DAEMON_CONTROL_SYNC_H
#define DAEMON_CONTROL_SYNC_H

#include "daemon/link.h"
#include "osc/endpoint.h"

#define SYNCS_MAX 64
#define SYNC_PATIENCE_NS INT64_C(10000000000) /* then its place is free: the server is gone */

struct control;
struct origin;

struct sync {
    struct osc_endpoint to;
    int32_t number;
    uint32_t seq;        /* of the empty group; 0 while free */
    uint32_t last_seq;   /* the last group before it, 0 for none */
    uint64_t last_frame; /* where that landed, or will */
    bool last_known;     /* it did land there */
    int64_t since_ns;
};

struct syncs {
    struct sync sync[SYNCS_MAX];
    bool freewheel;
};

/** Begin one: 0, or -1 when too many are under way or the ring is full. */
int sync_begin(struct control *c, const struct origin *origin, int32_t number);
/** An event about a group. True if it was an empty one of ours. */
bool sync_event(struct control *c, const struct event *event);

#endif
