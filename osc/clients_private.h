/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What clients.c, clients_feed.c and clients_keep.c share. Nobody else includes this. */
#ifndef OSC_CLIENTS_PRIVATE_H
#define OSC_CLIENTS_PRIVATE_H

#include "osc/clients.h"

#define RECORD_BYTES 4096
#define RECORD_BODY_BYTES 3840 /* of a record: the subscriptions */
#define RECORD_SUB_BYTES 6     /* of each, beside its text: min_ms, length, a spare */

struct clients {
    struct clients_source source;
    uint32_t nwords; /* of a bitmap */
    uint64_t bitmap_bytes;
    uint32_t count, top; /* in use; one past the highest in use */
    uint32_t recent;     /* where the last search ended */
    uint32_t scan_turn;
    uint32_t generation[CLIENTS_MAX]; /* of the newest saved record */
    struct osc_out out;
    struct client table[CLIENTS_MAX];
};

static inline bool bit_get(const uint64_t *map, uint32_t i) {
    return map[i / 64] >> i % 64 & 1;
}
static inline void bit_set(uint64_t *map, uint32_t i) {
    map[i / 64] |= UINT64_C(1) << i % 64;
}
static inline void bit_clear(uint64_t *map, uint32_t i) {
    map[i / 64] &= ~(UINT64_C(1) << i % 64);
}

/* Set or clear a slot's dirty bit in one subscription that has it as a member. */
void clients_sub_dirty(struct client_sub *sub, uint32_t slot, bool dirty);

/* Take the index-th client into use, with its endpoint. */
struct client *clients_take(struct clients *clients, uint32_t index,
                            const struct osc_endpoint *from, int64_t now_ns);

/* Remove the index-th subscription of a client. */
void clients_sub_remove(struct clients *clients, struct client *client, uint32_t index);

#endif
