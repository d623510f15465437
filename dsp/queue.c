/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dsp/queue.h"

#include <stddef.h>

static bool earlier(const struct queue_item *a, const struct queue_item *b) RT {
    return a->frame != b->frame ? a->frame < b->frame : a->order < b->order;
}

void queue_push(struct queue *queue, const struct queue_item *item) RT {
    uint32_t i = queue->count++;
    while (i > 0) {
        const uint32_t parent = (i - 1) / 2;
        if (!earlier(item, &queue->item[parent]))
            break;
        queue->item[i] = queue->item[parent];
        i = parent;
    }
    queue->item[i] = *item;
}

const struct queue_item *queue_first(const struct queue *queue) RT {
    return queue->count ? &queue->item[0] : NULL;
}

void queue_pop(struct queue *queue) RT {
    const struct queue_item item = queue->item[--queue->count];
    uint32_t i = 0;
    for (;;) {
        uint32_t child = 2 * i + 1;
        if (child >= queue->count)
            break;
        if (child + 1 < queue->count && earlier(&queue->item[child + 1], &queue->item[child]))
            child++;
        if (!earlier(&queue->item[child], &item))
            break;
        queue->item[i] = queue->item[child];
        i = child;
    }
    if (queue->count)
        queue->item[i] = item;
}
