/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What control keeps in the mapping so that a SIGKILL loses nothing: numbers, the clients' leases
 * and subscriptions, and the log of held groups.
 *
 * The log is two halves, of which one is in use. A record is appended by filling it in and then
 * moving `used` (one release store), ended by one store to its state, and dropped when the live
 * records are copied to the other half and `active` is moved (one store). So whatever the moment
 * of a kill, each record is there whole, once, in its old or new state.
 *
 * Thread: control main. */
#ifndef DAEMON_CONTROL_KEEP_H
#define DAEMON_CONTROL_KEEP_H

#include "daemon/link.h"
#include "osc/endpoint.h"

/** State of a held record. */
enum held_state {
    HELD_WAITING, /* not handed down */
    HELD_HANDING, /* being sent: it is in the ring if the head has reached `head_after` */
    HELD_HANDED,  /* in the ring or the engine; `seq` tells what became of it */
    HELD_DONE
};

enum held_kind {
    HELD_CLOCK = 0,    /* due is CLOCK_MONOTONIC_RAW ns */
    HELD_TIMELINE = 1, /* due is a timeline frame */
    HELD_ACTION = 2    /* flag: the payload is an OSC message that control runs itself */
};

/** One held group; a payload of `count` commands, or of an OSC message of `count` bytes, follows.
 */
struct held {
    uint32_t bytes; /* of the record with its payload, a multiple of 16 */
    uint32_t kind;  /* HELD_CLOCK or HELD_TIMELINE, | HELD_ACTION */
    _Atomic uint32_t state;
    uint32_t seq, head_after, epoch; /* of the last handing down */
    uint32_t count;
    uint32_t pad;
    int64_t due;
    struct osc_endpoint from;
};
#define HELD_HEAD 80u
_Static_assert(sizeof(struct held) <= HELD_HEAD && HELD_HEAD % 16 == 0, "a record's head");

static inline unsigned char *held_payload(struct held *held) {
    return (unsigned char *)held + HELD_HEAD;
}

struct keep_head {
    uint64_t magic;
    uint32_t version, slots;
    uint32_t seq;      /* last number given to a group, */
    uint32_t held_seq; /* and to a held one */
    uint32_t epoch;    /* last epoch seen, and the timeline frame at which it began */
    int64_t epoch_timeline;
    uint32_t scene;     /* recalled last, 0 for none */
    uint32_t unsaved;   /* the state on disk is older than the plane */
    uint32_t recording; /* /rec as asked for */
    _Atomic uint32_t active;
    _Atomic uint32_t used[2]; /* bytes of each half */
};

struct keep {
    struct keep_head *head;
    unsigned char *clients;
    size_t clients_bytes;
    unsigned char *half[2];
    uint32_t half_bytes;
};

/** Lay it out in link->keep. @return true if a former control left something there */
bool keep_open(struct keep *keep, struct link *link, size_t clients_bytes);

/** Append a record (HELD_WAITING). NULL when the log is full even after dropping what is done.
 *  Earlier pointers into the log are invalid afterwards if *moved is set. */
struct held *keep_append(struct keep *keep, uint32_t kind, int64_t due, const void *payload,
                         uint32_t count, const struct osc_endpoint *from, bool *moved);

/** The next record after `held` (NULL: the first), NULL at the end. Done ones are passed over. */
struct held *keep_next(struct keep *keep, struct held *held);

static inline enum held_state held_state(struct held *held) {
    return (enum held_state)atomic_load_explicit(&held->state, memory_order_acquire);
}
static inline void held_set(struct held *held, enum held_state state) {
    atomic_store_explicit(&held->state, (uint32_t)state, memory_order_release);
}

#endif
