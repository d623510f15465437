/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of this room share: struct control and the few helpers that everybody needs. */
#ifndef DAEMON_CONTROL_ROOM_H
#define DAEMON_CONTROL_ROOM_H

#include "daemon/control/control.h"
#include "daemon/control/keep.h"
#include "daemon/control/meter.h"
#include "daemon/control/model.h"
#include "daemon/control/notice.h"
#include "daemon/control/plan.h"
#include "daemon/control/report.h"
#include "daemon/control/request.h"
#include "daemon/control/resolve.h"
#include "daemon/control/saver.h"
#include "daemon/control/schedule.h"
#include "daemon/control/state.h"
#include "daemon/control/sync.h"
#include "daemon/control/verb.h"
#include "osc/clients.h"
#include "osc/message.h"
#include "osc/server.h"

#define PROTOCOL_VERSION 1
#define REPLY_BYTES 8192

/** Who sent what is being handled. */
struct origin {
    const struct osc_endpoint *from;
    struct client *client; /* NULL for one that never needed an entry */
    enum client_role role;
    int64_t arrival_ns;
    const char *element; /* "element 3: " within a bundle, else "" */
    bool silent;         /* its sets are nobody's own: they are reported to it too */
    bool failed;         /* an error was sent */
    bool mute;           /* a get is only tried: errors are sent, answers are not */
};

/* Who sent which group, for the rare one that the engine refuses. */
#define SENDERS 4096u
struct sender {
    uint32_t seq;
    struct osc_endpoint from;
};

struct control {
    struct control_options options;
    char state_dir[512]; /* "" for none */
    struct link *link;
    struct desk *desk;
    struct reports reports;
    struct resolver *resolver;
    struct server *server; /* NULL without sockets */
    int first_udp;         /* the listener that surfaces of the desk file are served from, or -1 */
    struct clients *clients;
    struct model model;
    struct keep keep;
    struct plan plan;
    struct schedule schedule;
    struct syncs syncs;
    struct notices notices;
    struct meters meters;
    struct saver saver;
    struct osc_packet *packet; /* for injected packets */
    struct osc_out out;
    uint8_t reply[REPLY_BYTES];

    struct link_clock clock; /* as of this turn */
    bool clock_valid;
    uint32_t tells_left;   /* groups of this turn that may still ask for an event */
    uint64_t last_lands;   /* engine frame at which the latest untimed group lands */
    uint32_t last_seq;     /* its number, */
    uint64_t last_applied; /* and where it did land; 0 while not known */
    uint32_t bulk_seq;     /* number of the bulk that is under way, 0 for none */
    int64_t bulk_ns;       /* when it was posted */
    uint64_t bulk_lands;   /* about when it lands */
    struct sender sender[SENDERS];

    int64_t now_ns, feedback_ns, slow_ns;
    uint64_t saved_changes; /* model.changes as last saved */
    int64_t dirty_ns;       /* since when something is unsaved, 0: nothing */
    uint64_t seen_callbacks;
    int64_t callbacks_ns; /* when the heartbeat last moved */
    bool fence_pending;   /* after a restart: read the plane when it comes back */
    uint32_t fence_seq;
    bool leaving;
    char scene_name[64];
};

/** Send one OSC packet to whoever: a socket, or the injected packets' reply hook. */
enum server_result control_send(struct control *c, const struct osc_endpoint *to, const void *bytes,
                                size_t size);
/** Send what stands in c->out. */
void control_send_out(struct control *c, const struct origin *origin);
/** Answer at the client's reply address: osc_message_write's types. */
void control_answer(struct control *c, const struct origin *origin, const char *address,
                    const char *types, ...);
/** `/error` to the offender; origin->element goes before the text. */
void control_error(struct control *c, struct origin *origin, enum osc_error code,
                   const char *address, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
/** A line for people. */
void control_log(struct control *c, int level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
