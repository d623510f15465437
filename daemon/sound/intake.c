/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/sound/intake.h"

#include <string.h>

_Static_assert(sizeof(struct link_meter) == sizeof(struct meter_value), "one meter, two names");

uint32_t intake_meters(const struct desk *desk) {
    uint32_t meters = 0;
    for (uint32_t i = 0; i < desk->objects; i++)
        if (desk->object[i].kind < KINDS_STRIP)
            meters += format_legs(desk->object[i].format);
    return meters;
}

void intake_init(struct intake *intake, struct link *link, uint32_t rate_hz) {
    *intake = (struct intake){.link = link, .rate_hz = rate_hz};
}

void intake_engine(struct intake *intake, struct engine *engine) {
    intake->engine = engine;
}

/* Whether the event ends the life of a group. */
static bool final(uint32_t op) RT {
    return op == EVENT_APPLIED || op == EVENT_BUSY || op == EVENT_STALE || op == EVENT_BAD;
}

void intake_event(void *ctx, const struct event *event) RT {
    struct intake *intake = ctx;
    for (unsigned i = 0; i < 2; i++)
        if (intake->bulk_taken[i] && intake->bulk_seq[i] == event->seq && final(event->op)) {
            intake->bulk_taken[i] = false;
            link_bulk_release(intake->link, i);
        }
    link_tell(intake->link, event);
}

static void refuse(struct intake *intake, const struct group *group, uint32_t op,
                   const struct intake_period *period) RT {
    const struct event event = {.op = op, .seq = group->seq, .frame = period->time.frame};
    intake_event(intake, &event);
}

void intake_begin(struct intake *intake, const struct intake_period *period) RT {
    const struct engine_time *time = &period->time;
    engine_begin(intake->engine, time); /* a locate begins its epoch before it is told */
    struct engine_counters counters;
    engine_counters(intake->engine, &counters);
    const struct link_clock clock = {.frame = time->frame,
                                     .raw_ns = period->raw_ns,
                                     .timeline = time->timeline,
                                     .period_frames = period->nframes,
                                     .rate_hz = intake->rate_hz,
                                     .epoch = counters.epoch,
                                     .rolling = time->rolling,
                                     .freewheel = period->freewheel};
    link_clock_write(intake->link, &clock);
}

bool intake_handed(const struct intake *intake, const struct intake_period *period) RT {
    if (!period->time.rolling)
        return true;
    struct engine_counters counters;
    engine_counters(intake->engine, &counters);
    return link_handed(intake->link, counters.epoch,
                       period->time.timeline + (int64_t)period->nframes);
}

static void take_bulk(struct intake *intake, struct group *group,
                      const struct intake_period *period) RT {
    const unsigned which = group->flags & GROUP_BULK_1 ? 1 : 0;
    /* Always told: the event is what gives the buffer back. */
    group->flags = (uint16_t)(GROUP_TELL | (group->flags & GROUP_SOON));
    if (intake->bulk_taken[which]) { /* a second post of the same buffer: not by our control */
        const struct event event = {
            .op = EVENT_BAD, .seq = group->seq, .frame = period->time.frame};
        link_tell(intake->link, &event);
        return;
    }
    intake->bulk_taken[which] = true;
    intake->bulk_seq[which] = group->seq;
    const int refused = engine_queue_bulk(intake->engine, group, intake->link->bulk[which]);
    if (refused)
        refuse(intake, group, (uint32_t)refused, period);
}

void intake_take(struct intake *intake, const struct intake_period *period) RT {
    uint32_t left = period->nframes * INTAKE_PER_FRAME;
    if (left < INTAKE_LEAST)
        left = INTAKE_LEAST;
    if (period->freewheel)
        left = LINK_COMMAND_CELLS;
    struct group group;
    while (left && link_take(intake->link, &group, intake->commands) == 1) {
        const uint32_t cost = group.flags & GROUP_BULK ? 1 : group.count + 1;
        left -= cost < left ? cost : left;
        if (group.flags & GROUP_BULK) {
            take_bulk(intake, &group, period);
            continue;
        }
        group.flags &= GROUP_TELL | GROUP_SOON;
        const int refused = group.when > WHEN_NEXT
                                ? EVENT_BAD
                                : engine_queue(intake->engine, &group, intake->commands);
        if (refused)
            refuse(intake, &group, (uint32_t)refused, period);
    }
}

static void count_up(_Atomic uint64_t *to, uint64_t value) RT {
    atomic_store_explicit(to, value, memory_order_relaxed);
}

void intake_end(struct intake *intake, const struct intake_period *period) RT {
    struct engine_counters counters;
    engine_counters(intake->engine, &counters);
    struct link_status *status = &intake->link->head->status;
    count_up(&status->applied, counters.applied);
    count_up(&status->late, counters.late);
    count_up(&status->nan_inputs, counters.nan_inputs);
    atomic_store_explicit(&status->queued, counters.queued, memory_order_relaxed);
    atomic_store_explicit(&status->queue_high, counters.queue_high, memory_order_relaxed);

    if (intake->meter_wait > period->nframes) {
        intake->meter_wait -= period->nframes;
        return;
    }
    intake->meter_wait = intake->rate_hz * INTAKE_METER_MS / 1000;
    engine_meters_read(intake->engine,
                       (struct meter_value *)(void *)link_meters_begin(intake->link));
    link_meters_publish(intake->link);
}
