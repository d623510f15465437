/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From an OSC message to a get, a set or a verb. Everything is checked before anything changes.
 * Thread: control main. */
#ifndef DAEMON_CONTROL_REQUEST_H
#define DAEMON_CONTROL_REQUEST_H

#include "daemon/control/resolve.h"
#include "osc/message.h"
#include "osc/packet.h"

struct control;
struct origin;

/** Handle a walked packet: one message, or a bundle as one transaction. */
void request_packet(struct control *c, struct origin *origin, const struct osc_packet *packet);

/** Handle one message that stands alone. */
void request_one(struct control *c, struct origin *origin, const struct osc_msg *msg);

/** Handle a bundle (request_bundle.c). */
void request_bundle(struct control *c, struct origin *origin, const struct osc_packet *packet);

/** A get: answer with the present value (of all that match, for a pattern). */
void request_get(struct control *c, struct origin *origin, const struct osc_msg *msg,
                 const struct target *target);
/** A pattern without arguments: answer each address that matches. */
void request_get_pattern(struct control *c, struct origin *origin, const struct osc_msg *msg);

/** Validate a message with arguments into the plan.  @param msg its address may be a pattern
 *  @return 0, or -1 after an /error; the plan is then not to be committed */
int request_plan(struct control *c, struct origin *origin, const struct osc_msg *msg,
                 const struct target *target, bool scheduled);
int request_plan_pattern(struct control *c, struct origin *origin, const struct osc_msg *msg,
                         bool scheduled);

/** Begin c->out (or another) with an address and the value of a place in its types.
 *  @param norm  0..1 through the taper instead  @param present  of a glide, where it is now */
void request_render(struct control *c, const struct place *place, const char *address, bool norm,
                    bool present, struct osc_out *out);

/** What clients.h asks of its source. */
struct clients_source;
void request_source(struct control *c, struct clients_source *source);

#endif
