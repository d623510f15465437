/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Meters on their way out: per strip through /sub, and as blobs through /sub/meters.
 * Thread: control main. */
#ifndef DAEMON_CONTROL_METER_H
#define DAEMON_CONTROL_METER_H

#include "daemon/link.h"
#include "osc/endpoint.h"
#include "osc/message.h"

#define METER_STREAMS 64
#define METER_FIELDS 8 /* in peak, in rms, out peak, out rms, gate, comp, deess, lim */

struct control;
struct origin;

/** One /sub/meters subscription. */
struct meter_stream {
    bool used;
    struct osc_endpoint from, to;
    int32_t seq, ms;
    int group; /* enum kind, or KIND_COUNT for all */
    int64_t next_ns;
};

struct meters {
    uint32_t *first; /* [strips + 1] first meter of a strip */
    struct link_meter *latest;
    uint32_t count;
    int64_t marked_ns;
    struct meter_stream stream[METER_STREAMS];
};

int meter_setup(struct control *c);
void meter_free(struct meters *meters);
/** /sub/meters.  ms 0 ends it.  @return 0, or -1 when the table is full */
int meter_subscribe(struct control *c, const struct origin *origin, int group, int32_t ms);
/** Forget an endpoint's streams. */
void meter_leave(struct control *c, const struct osc_endpoint *from);
/** Fetch meters and send what is due. */
void meter_tick(struct control *c);
/** Arguments of {S}/meter or {S}/meter/in: peak of each leg in dB, -144 for silence. */
void meter_render(const struct control *c, uint32_t strip, bool in, struct osc_out *out);

#endif
