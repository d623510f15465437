/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Control's talk with the main thread of sound: requests one way, notices the other.
 * Thread: control main. */
#ifndef DAEMON_CONTROL_NOTICE_H
#define DAEMON_CONTROL_NOTICE_H

#include "daemon/link.h"
#include "osc/endpoint.h"
#include "osc/verbs.h"

#define NOTICES_PENDING 64

struct control;
struct origin;

/** A request that was not answered yet. */
struct pending {
    uint32_t seq; /* 0 while free */
    enum request_op op;
    struct osc_endpoint from;
    char address[96];
    uint32_t text; /* REQUEST_INPUT: text slot, to put back what was if it fails */
    char was[TEXT_BYTES];
};

struct notices {
    uint32_t seq;
    struct pending pending[NOTICES_PENDING];
    char tape_text[LINK_TEXT_BYTES];
    int64_t gap_frames; /* reported since control started */
    uint32_t gaps;
};

/** Ask sound. A failure comes back later as /error not-now to the origin. `text` may be NULL.
 *  @return 0, or -1 when the ring is full (an /error busy was sent) */
int notice_request(struct control *c, struct origin *origin, const char *address,
                   enum request_op op, int64_t arg0, int64_t arg1, const char *text);
/** The same for a changed input: `was` comes back if sound refuses. */
int notice_request_input(struct control *c, struct origin *origin, const char *address,
                         uint32_t channel, uint32_t text_slot, const char *text, const char *was);
/** Read notices. Every turn. */
void notice_tick(struct control *c);

#endif
