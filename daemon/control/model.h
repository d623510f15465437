/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The desk's model: control's shadow of the targets, which glides run, who is muted, and what
 * changed and has to be reported.
 *
 * The plane in the link is the truth. A set moves the shadow at once, so that the next get and the
 * next delta see it; a slow sweep compares shadow and plane and puts right whatever differs once
 * nothing is under way to it any more (a refused group, dropped events, a former control's sends).
 *
 * Thread: control main. */
#ifndef DAEMON_CONTROL_MODEL_H
#define DAEMON_CONTROL_MODEL_H

#include "config/effective.h"
#include "daemon/control/report.h"
#include "daemon/link.h"
#include "osc/clients.h"

struct glide {
    uint32_t slot;
    uint64_t end; /* engine frame after which it may be over; 0: not known */
};

struct model {
    const struct desk *desk;
    struct link *link;
    const struct reports *reports;
    struct clients *clients; /* may be NULL while setting up */
    float *value;            /* [slots] targets */
    uint64_t *lands;         /* [slots] engine frame at which the latest untimed set lands */
    uint8_t *row;            /* [slots] enum row_id */
    uint32_t *glide_at;      /* [slots] place in `glide` + 1, 0 for none */
    struct glide *glide;     /* [slots] */
    uint32_t glides;
    uint32_t sweep;       /* next slot to compare */
    uint64_t first_frame; /* of the first clock that was seen, + 1; 0: sound has not begun */
    bool derived_old;     /* `muted` must be worked out again */
    bool solo_any;        /* as last worked out */
    uint64_t changes;     /* grows with each change of what is saved */
    uint64_t rate_hz;
    struct effective_graph *graph;
    struct effective_heard *heard;
    float *vca_db;
};

/** Take the values of the plane. 0, or -1 when out of memory. */
int model_setup(struct model *model, const struct desk *desk, struct link *link,
                const struct reports *reports);
void model_free(struct model *model);

/** Target of a slot. */
static inline float model_target(const struct model *m, uint32_t slot) {
    return m->value[slot];
}
static inline bool model_glides(const struct model *m, uint32_t slot) {
    return m->glide_at[slot] != 0;
}
/** What a slot is now: where a glide has got to, else the target. */
float model_present(const struct model *model, uint32_t slot);

/** Values of a row at a place (comp is not minded), views and `muted` included.
 *  @return how many values; 0 for text rows */
unsigned model_read(struct model *model, const struct place *place, bool present, float out[3]);

/** A set or glide was sent that lands at that frame. Reports nothing (see model_mark). */
void model_sent(struct model *model, const struct command *command, uint64_t lands);

/** A timed or bulk group landed at engine frame `frame`: believe the plane about these slots. */
void model_landed(struct model *model, const struct command *commands, uint32_t count,
                  uint64_t frame);

/** Report a change of one address, and of the addresses that are views of it, of which `by` moved
 *  the one with number `moved` (REPORT_NONE: none of them). */
void model_mark(struct model *model, const struct place *place, uint32_t moved,
                const struct osc_endpoint *by);

/** Every turn: running glides (each 20 ms), derived mutes, a stretch of the sweep. */
void model_tick(struct model *model, const struct link_clock *clock, bool report_glides);
/** Everything from the plane, now. */
void model_resync(struct model *model);
/** Work out `muted` and solo_any if anything they hang on changed. */
void model_derive(struct model *model);

#endif
