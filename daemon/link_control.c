/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Control's end of the link. Control may be killed between any two instructions here. */
#include <string.h>

#include "daemon/link.h"
#include "daemon/link_layout.h"

static void put_head(struct link *link, const struct group *group) {
    unsigned char cells[GROUP_CELLS * COMMAND_CELL_BYTES] = {0};
    memcpy(cells, group, sizeof *group);
    ring_put(&link->command, cells, GROUP_CELLS);
}

int link_send(struct link *link, const struct group *group, const struct command *commands) {
    if (group->count > BUNDLE_SETS || ring_free(&link->command) < GROUP_CELLS + group->count)
        return -1;
    struct group head = *group;
    head.flags &= (uint16_t) ~(GROUP_BULK | GROUP_BULK_1);
    put_head(link, &head);
    if (group->count) /* a fence has none, and no memory for them */
        ring_put(&link->command, commands, group->count);
    ring_commit(&link->command);
    return 0;
}

/* Whether control may write bulk buffer `which`. */
bool link_bulk_free(const struct link *link, unsigned which) {
    const uint32_t state =
        atomic_load_explicit(&link->head->bulk_busy[which & 1], memory_order_acquire);
    if (state == BULK_FREE)
        return true;
    if (state != BULK_POSTED)
        return false;
    /* Sound marks a buffer as taken before it moves the tail, so posted and nothing left to take
     * means that a former control died before it committed. */
    const struct ring *ring = &link->command;
    if (atomic_load_explicit(&ring->shared->tail, memory_order_acquire) != ring->pos)
        return false;
    return atomic_load_explicit(&link->head->bulk_busy[which & 1], memory_order_acquire) !=
           BULK_TAKEN;
}

int link_send_bulk(struct link *link, const struct group *group, unsigned which) {
    if (which > 1 || group->count > link->bulk_commands || !link_bulk_free(link, which) ||
        ring_free(&link->command) < GROUP_CELLS)
        return -1;
    struct group head = *group;
    head.flags = (uint16_t)((head.flags & ~GROUP_BULK_1) | GROUP_BULK | (which ? GROUP_BULK_1 : 0));
    atomic_store_explicit(&link->head->bulk_busy[which], BULK_POSTED, memory_order_release);
    put_head(link, &head);
    ring_commit(&link->command);
    return 0;
}

bool link_clock_read(const struct link *link, struct link_clock *clock) {
    const clock_word *from = (const clock_word *)&link->head->clock;
    for (int tries = 0; tries < 64; tries++) {
        uint64_t words[CLOCK_WORDS];
        const uint32_t before = atomic_load_explicit(&link->head->clock_seq, memory_order_acquire);
        for (unsigned i = 0; i < CLOCK_WORDS; i++)
            words[i] = __atomic_load_n(&from[i], __ATOMIC_ACQUIRE);
        const uint32_t after = atomic_load_explicit(&link->head->clock_seq, memory_order_relaxed);
        if (before == after && !(before & 1)) {
            memcpy(clock, words, sizeof *clock);
            return true;
        }
    }
    return false;
}

const struct link_meter *link_meters_take(struct link *link) {
    _Atomic uint32_t *latest = &link->head->meter_latest;
    uint32_t seen = atomic_load_explicit(latest, memory_order_relaxed);
    for (int tries = 0; tries < 16; tries++) {
        if (!(seen & METER_NEW))
            return NULL;
        const uint32_t reader = METER_READER(seen), fresh = METER_FRESH(seen);
        if (reader > 2 || fresh > 2)
            return NULL; /* sound puts it right with its next meters */
        if (atomic_compare_exchange_weak_explicit(latest, &seen, METER_STATE(reader, fresh),
                                                  memory_order_acq_rel, memory_order_relaxed)) {
            link->meter_back = fresh;
            return link->meter[fresh];
        }
    }
    return NULL;
}

void link_hand(struct link *link, uint32_t epoch, int64_t timeline) {
    struct link_head *head = link->head;
    if (atomic_load_explicit(&head->handed_epoch, memory_order_relaxed) != epoch) {
        /* The old mark must be gone before the new epoch can be seen. */
        atomic_store_explicit(&head->handed_timeline, INT64_MIN, memory_order_release);
        atomic_store_explicit(&head->handed_epoch, epoch, memory_order_release);
    }
    atomic_store_explicit(&head->handed_timeline, timeline, memory_order_release);
}
