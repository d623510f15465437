/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sound's end of the link: what the audio thread calls. Nothing read from the mapping is believed:
 * it is copied first, and the copy is checked. */
#include <string.h>

#include "daemon/link.h"
#include "daemon/link_layout.h"

/* The ring holds something that no whole group looks like. Where the next one begins is unknown, so
 * everything handed down so far is given up; control finds out by reading the plane. */
static int give_up(struct link *link) RT {
    ring_resync(&link->command);
    atomic_fetch_add_explicit(&link->head->status.bad_groups, 1, memory_order_relaxed);
    atomic_store_explicit(&link->head->resync, 1, memory_order_release);
    return -1;
}

int link_take(struct link *link, struct group *group, struct command commands[BUNDLE_SETS]) RT {
    const uint32_t avail = ring_avail(&link->command);
    if (avail == 0)
        return 0;
    if (avail == UINT32_MAX || avail < GROUP_CELLS)
        return give_up(link);
    unsigned char cells[GROUP_CELLS * COMMAND_CELL_BYTES];
    ring_peek(&link->command, 0, cells, GROUP_CELLS);
    memcpy(group, cells, sizeof *group);
    if (group->flags & GROUP_BULK) {
        if (group->count > link->bulk_commands)
            return give_up(link);
        /* Before the tail moves, so that control never sees it both consumed and only posted. */
        const unsigned which = group->flags & GROUP_BULK_1 ? 1 : 0;
        atomic_store_explicit(&link->head->bulk_busy[which], BULK_TAKEN, memory_order_release);
        ring_drop(&link->command, GROUP_CELLS);
        return 1;
    }
    if (group->count > BUNDLE_SETS || group->count > avail - GROUP_CELLS)
        return give_up(link);
    ring_peek(&link->command, GROUP_CELLS, commands, group->count);
    ring_drop(&link->command, GROUP_CELLS + group->count);
    return 1;
}

void link_bulk_release(struct link *link, unsigned which) RT {
    atomic_store_explicit(&link->head->bulk_busy[which & 1], BULK_FREE, memory_order_release);
}

void link_clock_write(struct link *link, const struct link_clock *clock) RT {
    uint64_t words[CLOCK_WORDS];
    memcpy(words, clock, sizeof words);
    clock_word *to = (clock_word *)&link->head->clock;
    /* Sound alone writes the lock, so its own count would do; it is kept in the mapping because the
     * value only matters to control. Stores of the words are releases, which keeps them behind the
     * odd count without a fence. */
    const uint32_t seq = atomic_load_explicit(&link->head->clock_seq, memory_order_relaxed) | 1u;
    atomic_store_explicit(&link->head->clock_seq, seq, memory_order_relaxed);
    for (unsigned i = 0; i < CLOCK_WORDS; i++)
        __atomic_store_n(&to[i], words[i], __ATOMIC_RELEASE);
    atomic_store_explicit(&link->head->clock_seq, seq + 1, memory_order_release);
}

struct link_meter *link_meters_begin(struct link *link) RT {
    return link->meter[link->meter_back];
}

/* meter_latest holds the freshest buffer in bits 0..1, "new" in bit 2 and control's own buffer in
 * bits 4..5, so that the three always differ and a restarted control finds its own again. */
void link_meters_publish(struct link *link) RT {
    _Atomic uint32_t *latest = &link->head->meter_latest;
    uint32_t seen = atomic_load_explicit(latest, memory_order_relaxed);
    for (int tries = 0; tries < 4; tries++) {
        const uint32_t reader = METER_READER(seen), fresh = METER_FRESH(seen);
        if (reader > 2 || fresh > 2 || reader == fresh || reader == link->meter_back ||
            fresh == link->meter_back) { /* scribbled over: deal the cards anew */
            link->meter_back = 0;
            atomic_store_explicit(latest, METER_STATE(1u, 2u), memory_order_release);
            return;
        }
        const uint32_t next = METER_STATE(link->meter_back, reader) | METER_NEW;
        if (atomic_compare_exchange_weak_explicit(latest, &seen, next, memory_order_acq_rel,
                                                  memory_order_relaxed)) {
            link->meter_back = fresh;
            return;
        }
    }
}

void link_tell(struct link *link, const struct event *event) RT {
    if (ring_free(&link->event) == 0) {
        atomic_fetch_add_explicit(&link->head->status.events_dropped, 1, memory_order_relaxed);
        atomic_store_explicit(&link->head->resync, 1, memory_order_release);
        return;
    }
    ring_put(&link->event, event, 1);
    ring_commit(&link->event);
}

bool link_handed(const struct link *link, uint32_t epoch, int64_t timeline) RT {
    if (atomic_load_explicit(&link->head->handed_epoch, memory_order_acquire) != epoch)
        return false;
    return atomic_load_explicit(&link->head->handed_timeline, memory_order_acquire) >= timeline;
}
