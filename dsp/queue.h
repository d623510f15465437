/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands that wait for their frame: a preallocated heap in order of time, then of arrival, so
 * that the commands of a group come out together and in order.
 *
 * There is one heap for engine frames and one for timeline frames. Thread: audio (RT); memory is
 * the engine's. */
#ifndef DSP_QUEUE_H
#define DSP_QUEUE_H

#include <stdbool.h>

#include "config/command.h"
#include "config/rt.h"

struct queue_item {
    int64_t frame;  /* at or after which it lands */
    uint64_t order; /* arrival; equal frames leave in this order */
    struct command command;
    uint32_t seq;
    uint16_t flags; /* of its group */
    bool last;      /* of its group */
    bool empty;     /* a group without commands: only tells when it lands */
    bool deferred;  /* has waited for what inserts delay */
    bool next;      /* had no time of its own, so is never late */
};

struct queue {
    struct queue_item *item;
    uint32_t count, capacity;
};

/** Add one item; the caller has checked that count < capacity. O(log n). */
void queue_push(struct queue *queue, const struct queue_item *item) RT;
/** The earliest item, or NULL. */
const struct queue_item *queue_first(const struct queue *queue) RT;
/** Remove the earliest item. O(log n). */
void queue_pop(struct queue *queue) RT;

#endif
