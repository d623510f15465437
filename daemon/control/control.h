/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The control process: who decides. Sockets, the desk's model, clients, transactions, scenes,
 * state.
 *
 * One struct control runs on one link. dubdesk-control's main opens sockets; the offline renderer
 * and the unit tests open none and inject packets instead. Nothing of what it does can make the
 * audio thread wait (but for freewheel, where the host itself waits for the hand-down mark).
 *
 * Thread: one, the same for all calls. */
#ifndef DAEMON_CONTROL_CONTROL_H
#define DAEMON_CONTROL_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/link.h"
#include "osc/endpoint.h"

struct control;

struct control_options {
    const char *state_dir; /* desk state and scenes; NULL: nothing is kept on disk */
    bool sockets;          /* listen as the desk file says */
    int osc_port;          /* of the first listener; 0 takes a free one, -1 the desk file's */
    bool verbose;
    /** Answers to injected packets; may be NULL. The bytes are one OSC packet. */
    void (*reply)(void *ctx, const struct osc_endpoint *to, const void *bytes, size_t size);
    /** Lines for people; NULL: stderr. level 0 info, 1 warning, 2 error. */
    void (*log)(void *ctx, int level, const char *text);
    void *ctx;
};

/** What a turn came to. */
enum control_turn {
    CONTROL_RUNNING,
    CONTROL_LEAVING, /* sound is leaving: state is saved and acknowledged */
    CONTROL_FAILED   /* the sockets failed for good */
};

/** Start on an attached link. A fresh mapping gets the saved state from disk; one that a former
 *  control worked on keeps its values, clients and held commands.
 *  @param link  must outlive the control; @param options is copied (state_dir too)
 *  @return NULL with text in error: a desk text that does not parse, a port in use, no memory */
struct control *control_setup(struct link *link, const struct control_options *options,
                              char error[512]);

/** One turn: wait up to timeout_ms for packets (0 never waits; without sockets it does not wait),
 *  handle them, events and notices; hand down what is due; send feedback. Bounded. */
enum control_turn control_poll(struct control *control, int timeout_ms);

/** Handle one packet as if it came from a local client with the role admin.
 *  @return 0, or -1 if it was refused (the reply said why) */
int control_inject(struct control *control, const void *bytes, size_t size);

/** The same from an endpoint and a time (CLOCK_MONOTONIC_RAW) of one's own; its listener must be
 *  CONTROL_INJECTED. The role is what the desk file gives its address. */
int control_inject_from(struct control *control, const struct osc_endpoint *from, const void *bytes,
                        size_t size, int64_t arrival_ns);
#define CONTROL_INJECTED 15 /* the server opens fewer */

/** Commands and actions that still wait for their time. */
uint32_t control_waiting(const struct control *control);

/** The port of listener n of the server, 0 if there is none. */
uint16_t control_port(const struct control *control, int listener);

/** Save what is unsaved, close everything. The mapping stays as it is. */
void control_free(struct control *control);

#endif
