/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Between link and engine, on the audio thread: groups from control go into the engine, events,
 * clock, counters and meters come out. Both hosts run it around engine_run:
 *
 *      intake_begin(&intake, &period);     what time it is; a locate is noticed here
 *      ... in freewheel: wait until intake_handed() ...
 *      intake_take(&intake, &period);      commands, copied before they are looked at
 *      engine_run(...);
 *      intake_end(&intake, &period);       counters, meters
 *
 * Threads: audio (RT), except where it says main. */
#ifndef DAEMON_SOUND_INTAKE_H
#define DAEMON_SOUND_INTAKE_H

#include "daemon/link.h"
#include "dsp/engine.h"

/** Commands taken in real time per frame of a period, so that a flood makes commands later and
 *  never the callback: 8 per frame is 384,000 a second at 48 kHz. */
#define INTAKE_PER_FRAME 8u
#define INTAKE_LEAST 1024u
#define INTAKE_METER_MS 10u

/** A period as the host sees it. */
struct intake_period {
    struct engine_time time;
    uint32_t nframes;
    int64_t raw_ns; /* CLOCK_MONOTONIC_RAW at its start */
    bool freewheel; /* not in real time: everything that is there is taken, whatever it costs */
};

/** What the audio thread needs to remember about the link; owned by it while the host runs. */
struct intake {
    struct link *link;
    struct engine *engine;
    uint32_t rate_hz;
    uint32_t meter_wait; /* frames until the next meters */
    uint32_t bulk_seq[2];
    bool bulk_taken[2];
    struct command commands[BUNDLE_SETS]; /* private copy of the group being looked at */
};

/** Number of meters of a desk (the link is made before the engine). Equals engine_meters().
 *  Thread: main. */
uint32_t intake_meters(const struct desk *desk);
/** Prepare for a link and a desk; engine events must be given to intake_event. Thread: main. */
void intake_init(struct intake *intake, struct link *link, uint32_t rate_hz);
/** The engine to feed, which must have been set up with .event = intake_event, .event_ctx = intake,
 *  .target = link->target, .current = link->current. Thread: main, before the host runs. */
void intake_engine(struct intake *intake, struct engine *engine);

/** engine_options.event: passes an event on to control, gives bulk buffers back. RT. */
void intake_event(void *ctx, const struct event *event) RT;
/** Note where the period stands, let the engine notice a locate, publish the clock. RT. */
void intake_begin(struct intake *intake, const struct intake_period *period) RT;
/** Whether control has handed down all that is due on the timeline before this period's end; always
 *  true while stopped. After intake_begin. RT. */
bool intake_handed(const struct intake *intake, const struct intake_period *period) RT;
/** Hand waiting groups to the engine. RT, bounded as INTAKE_PER_FRAME says, in freewheel by the
 *  ring. */
void intake_take(struct intake *intake, const struct intake_period *period) RT;
/** Publish counters, and meters every INTAKE_METER_MS. RT. */
void intake_end(struct intake *intake, const struct intake_period *period) RT;

#endif
