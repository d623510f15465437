/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Leases and subscriptions in memory that outlives the process. Each client has two records and is
 * always written into the older one; the mark that makes it count is stored last. */
#include "osc/clients_private.h"

#include <stdatomic.h>
#include <string.h>

#define RECORD_MARK 0x4f534331u /* bumped with the layout */

struct record {
    uint32_t mark; /* RECORD_MARK once the rest is whole; 0 while it is written */
    uint32_t generation;
    uint64_t hash; /* of all that follows, and the generation */
    struct osc_endpoint from, reply;
    char name[CLIENTS_NAME];
    uint8_t used, hello, echo, kind, role, spare[3];
    uint32_t body_bytes;
    uint8_t body[RECORD_BODY_BYTES]; /* per subscription: min_ms (4), length (1), 0, text */
};
_Static_assert(sizeof(struct record) <= RECORD_BYTES, "two records per client, 4096 bytes each");

size_t clients_save_bytes(void) {
    return (size_t)CLIENTS_MAX * 2 * RECORD_BYTES;
}

/* FNV-1a. It tells torn from whole, not friend from foe. */
static uint64_t hash(const struct record *r) {
    const uint8_t *p = (const uint8_t *)&r->from, *end = r->body + r->body_bytes;
    uint64_t h = UINT64_C(0xcbf29ce484222325) ^ r->generation;
    for (; p < end; p++)
        h = (h ^ *p) * UINT64_C(0x100000001b3);
    return h;
}

static void fill(struct record *r, const struct client *c) {
    memset(r, 0, sizeof *r);
    if (!c->used || c->permanent || c->from.transport != OSC_UDP)
        return;
    r->used = 1;
    r->from = c->from;
    r->reply = c->reply;
    memcpy(r->name, c->name, sizeof r->name);
    r->hello = c->hello;
    r->echo = c->echo;
    r->kind = c->kind;
    r->role = c->role;
    for (uint32_t i = 0; i < c->nsubs; i++) {
        const struct client_sub *sub = &c->subs[i];
        if (sub->once || r->body_bytes + RECORD_SUB_BYTES + sub->pattern.length > sizeof r->body)
            continue;
        uint8_t *p = r->body + r->body_bytes;
        memcpy(p, &sub->min_ms, 4);
        p[4] = sub->pattern.length;
        memcpy(p + RECORD_SUB_BYTES, sub->pattern.text, sub->pattern.length);
        r->body_bytes += (uint32_t)RECORD_SUB_BYTES + sub->pattern.length;
    }
}

static uint8_t *place(void *memory, uint32_t index, uint32_t generation) {
    return (uint8_t *)memory + ((size_t)index * 2 + generation % 2) * RECORD_BYTES;
}

/* Everything but the mark between two stores of the mark. */
static void store(uint8_t *to, const struct record *r) {
    _Atomic uint32_t *mark = (_Atomic uint32_t *)(void *)to;
    size_t head = sizeof r->mark, size = offsetof(struct record, body) + r->body_bytes;
    atomic_store_explicit(mark, 0, memory_order_relaxed);
    atomic_thread_fence(memory_order_seq_cst);
    memcpy(to + head, (const uint8_t *)r + head, size - head);
    atomic_store_explicit(mark, RECORD_MARK, memory_order_release);
}

void clients_save(struct clients *t, void *memory) {
    struct record r;
    for (uint32_t i = 0; i < CLIENTS_MAX; i++) {
        struct client *c = &t->table[i];
        if (!c->unsaved)
            continue;
        fill(&r, c);
        r.generation = ++t->generation[i];
        r.hash = hash(&r);
        store(place(memory, i, r.generation), &r);
        c->unsaved = false;
    }
}

/* A record as it stands there, copied before it is believed. */
static bool read_record(const void *memory, uint32_t index, uint32_t which, struct record *r) {
    memcpy(r, (const uint8_t *)memory + ((size_t)index * 2 + which) * RECORD_BYTES, sizeof *r);
    return r->mark == RECORD_MARK && r->generation % 2 == which && r->used <= 1 &&
           r->body_bytes <= sizeof r->body && r->hash == hash(r);
}

static bool plausible(const struct record *r) {
    return r->used && r->from.transport == OSC_UDP && r->from.port && r->reply.port &&
           r->reply.transport == OSC_UDP && r->from.listener < SERVER_MAX_LISTENERS &&
           r->reply.listener < SERVER_MAX_LISTENERS && r->kind <= CLIENT_DISPLAY &&
           r->role <= CLIENT_ADMIN && memchr(r->name, 0, sizeof r->name);
}

static bool restore(struct clients *t, uint32_t index, const struct record *r, int64_t now_ns) {
    if (!plausible(r) || t->table[index].used || clients_find(t, &r->from))
        return false;
    struct client *c = clients_take(t, index, &r->from, now_ns);
    c->reply = r->reply;
    memcpy(c->name, r->name, sizeof c->name);
    c->hello = r->hello;
    c->echo = r->echo;
    c->kind = r->kind;
    c->role = r->role;
    c->announce = true;
    c->seq = -1;
    for (uint32_t at = 0; at + RECORD_SUB_BYTES <= r->body_bytes;) {
        const uint8_t *p = r->body + at;
        char text[OSC_MAX_ADDRESS + 1];
        int32_t min_ms;
        memcpy(&min_ms, p, 4);
        if (at + RECORD_SUB_BYTES + p[4] > r->body_bytes)
            break;
        memcpy(text, p + RECORD_SUB_BYTES, p[4]);
        text[p[4]] = 0;
        clients_sub(t, c, text, min_ms); /* what the desk no longer has is left out */
        at += (uint32_t)RECORD_SUB_BYTES + p[4];
    }
    return true;
}

int clients_load(struct clients *t, const void *memory, int64_t now_ns) {
    struct record r[2];
    int taken = 0;
    for (uint32_t i = 0; i < CLIENTS_MAX; i++) {
        bool whole[2] = {read_record(memory, i, 0, &r[0]), read_record(memory, i, 1, &r[1])};
        if (!whole[0] && !whole[1])
            continue;
        /* The newer of two; generations count up by one and may wrap. */
        int newest =
            whole[0] && whole[1] ? (int32_t)(r[1].generation - r[0].generation) > 0 : whole[1];
        t->generation[i] = r[newest].generation;
        taken += restore(t, i, &r[newest], now_ns);
    }
    return taken;
}
