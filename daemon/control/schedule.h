/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands with a time. Control holds them (in the mapping, daemon/control/keep.h) until a few
 * seconds before they are due and then hands them down; what a locate throws back is held again.
 *
 * Thread: control main. */
#ifndef DAEMON_CONTROL_SCHEDULE_H
#define DAEMON_CONTROL_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/control/keep.h"

#define SCHEDULE_HORIZON_S 60
#define SCHEDULE_AHEAD_S 5

struct control;

struct due_ref {
    int64_t due;
    struct held *held;
};

/** Waiting records in order of due time, then of arrival. */
struct due_list {
    struct due_ref *ref;
    uint32_t count, capacity;
};

/* Handed down and not yet told of: at most what the engine's queue and the ring hold. A power of
 * two. */
#define SCHEDULE_SENT 131072u
/* Held groups have numbers of their own, so that many untimed ones in between do no harm. */
#define SCHEDULE_SEQ 0x80000000u

struct schedule {
    struct due_list clock, timeline;
    struct held *sent[SCHEDULE_SENT]; /* by number of the group, modulo */
    uint32_t handed;                  /* records in HELD_HANDED */
    uint32_t jump_epoch;              /* the last jump that sound told of, */
    uint64_t jump_frame;              /* and its engine frame */
};

/** Take over what a former control left. 0, or -1 when out of memory. */
int schedule_setup(struct control *c);
void schedule_free(struct schedule *schedule);

/** Hold a group or (HELD_ACTION) an action. 0, or -1 when there is no room. */
int schedule_hold(struct control *c, uint32_t kind, int64_t due, const void *payload,
                  uint32_t count, const struct osc_endpoint *from);

/** An event about group `seq`: true if it was one of the schedule's. */
bool schedule_event(struct control *c, const struct event *event);

/** Sound told that the timeline jumped at an engine frame. */
void schedule_jump(struct control *c, uint32_t epoch, uint64_t frame);

/** Events were dropped: settle as far as can be told what became of what was handed down. */
void schedule_lost(struct control *c);

/** Hand down what is near, run actions that are due, move the hand-down mark. Every turn. */
void schedule_tick(struct control *c);

/** Engine frame of a moment of CLOCK_MONOTONIC_RAW, by the clock of this turn. */
int64_t schedule_frame_at(const struct control *c, int64_t raw_ns);
/** Timeline frame at that moment. */
int64_t schedule_timeline_at(const struct control *c, int64_t raw_ns);

#endif
