/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/control/keep.h"

#include <string.h>

#define KEEP_MAGIC UINT64_C(0x31706565646b6264)
#define KEEP_VERSION 1u
#define HEAD_BYTES 4096u

bool keep_open(struct keep *k, struct link *link, size_t clients_bytes) {
    clients_bytes = (clients_bytes + 63) & ~(size_t)63;
    k->head = (struct keep_head *)(void *)link->keep;
    k->clients = link->keep + HEAD_BYTES;
    k->clients_bytes = clients_bytes;
    k->half_bytes = (uint32_t)((LINK_KEEP_BYTES - HEAD_BYTES - clients_bytes) / 2) & ~63u;
    k->half[0] = k->clients + clients_bytes;
    k->half[1] = k->half[0] + k->half_bytes;
    struct keep_head *h = k->head;
    const bool found = h->magic == KEEP_MAGIC && h->version == KEEP_VERSION &&
                       h->slots == link->slots && h->active < 2 && h->used[0] <= k->half_bytes &&
                       h->used[1] <= k->half_bytes;
    if (found)
        return true;
    memset(link->keep, 0, HEAD_BYTES + clients_bytes);
    h->version = KEEP_VERSION;
    h->slots = link->slots;
    h->seq = 1;
    atomic_thread_fence(memory_order_release);
    h->magic = KEEP_MAGIC;
    return false;
}

struct held *keep_next(struct keep *k, struct held *held) {
    const uint32_t half = k->head->active & 1;
    unsigned char *base = k->half[half];
    uint32_t at = held ? (uint32_t)((unsigned char *)held - base) + held->bytes : 0;
    const uint32_t used = k->head->used[half];
    while (at + HELD_HEAD <= used) {
        struct held *next = (struct held *)(void *)(base + at);
        if (next->bytes < HELD_HEAD || next->bytes % 16 || next->bytes > used - at)
            return NULL; /* scribbled over */
        if (held_state(next) != HELD_DONE)
            return next;
        at += next->bytes;
    }
    return NULL;
}

/* Copy what lives into the other half and move over. */
static void compact(struct keep *k) {
    const uint32_t from = k->head->active & 1, to = !from;
    uint32_t used = 0;
    for (struct held *h = keep_next(k, NULL); h; h = keep_next(k, h)) {
        memcpy(k->half[to] + used, h, h->bytes);
        used += h->bytes;
    }
    atomic_store_explicit(&k->head->used[to], used, memory_order_release);
    atomic_store_explicit(&k->head->active, to, memory_order_release);
}

struct held *keep_append(struct keep *k, uint32_t kind, int64_t due, const void *payload,
                         uint32_t count, const struct osc_endpoint *from, bool *moved) {
    const uint64_t body = kind & HELD_ACTION ? count : (uint64_t)count * sizeof(struct command);
    const uint64_t bytes = HELD_HEAD + ((body + 15) & ~UINT64_C(15));
    *moved = false;
    if (bytes > k->half_bytes)
        return NULL;
    if (k->head->used[k->head->active & 1] + bytes > k->half_bytes) {
        compact(k);
        *moved = true;
        if (k->head->used[k->head->active & 1] + bytes > k->half_bytes)
            return NULL;
    }
    const uint32_t half = k->head->active & 1, used = k->head->used[half];
    struct held *h = (struct held *)(void *)(k->half[half] + used);
    memset(h, 0, HELD_HEAD);
    h->bytes = (uint32_t)bytes;
    h->kind = kind;
    h->due = due;
    h->count = count;
    h->from = *from;
    memcpy(held_payload(h), payload, body);
    atomic_store_explicit(&k->head->used[half], used + (uint32_t)bytes, memory_order_release);
    return h;
}
