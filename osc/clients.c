/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of clients and their subscriptions. Feedback is in clients_feed.c, the copy that
 * outlives the process in clients_keep.c. */
#include "osc/clients.h"

#include "osc/clients_private.h"

#include <stdlib.h>
#include <string.h>

struct clients *clients_new(const struct clients_source *source) {
    struct clients *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->source = *source;
    t->nwords = source->nslots / 64 + 1;
    return t;
}

void clients_free(struct clients *t) {
    if (!t)
        return;
    for (uint32_t i = 0; i < CLIENTS_MAX; i++)
        if (t->table[i].used)
            clients_remove(t, &t->table[i]);
    osc_out_free(&t->out);
    free(t);
}

struct client *clients_find(struct clients *t, const struct osc_endpoint *from) {
    for (uint32_t n = 0; n < t->top; n++) {
        uint32_t i = t->recent + n;
        if (i >= t->top)
            i -= t->top;
        struct client *c = &t->table[i];
        if (c->used && osc_endpoint_equal(&c->from, from)) {
            t->recent = i;
            return c;
        }
    }
    return NULL;
}

struct client *clients_take(struct clients *t, uint32_t index, const struct osc_endpoint *from,
                            int64_t now_ns) {
    struct client *c = &t->table[index];
    memset(c, 0, sizeof *c);
    c->used = c->unsaved = true;
    c->from = c->reply = *from;
    c->expires_ns = now_ns + CLIENTS_LEASE_NS;
    c->sent_ns = now_ns;
    t->count++;
    if (t->top <= index)
        t->top = index + 1;
    return c;
}

/* A free place, or that of the stranger who was silent longest.  CLIENTS_MAX: none. */
static uint32_t make_room(struct clients *t) {
    uint32_t victim = CLIENTS_MAX;
    for (uint32_t i = 0; i < CLIENTS_MAX; i++) {
        const struct client *c = &t->table[i];
        if (!c->used)
            return i;
        bool may_go = c->from.transport == OSC_UDP && !c->hello && !c->permanent;
        if (may_go && (victim == CLIENTS_MAX || c->expires_ns < t->table[victim].expires_ns))
            victim = i;
    }
    if (victim < CLIENTS_MAX)
        clients_remove(t, &t->table[victim]);
    return victim;
}

struct client *clients_open(struct clients *t, const struct osc_endpoint *from,
                            enum client_role role, int64_t now_ns) {
    struct client *c = clients_find(t, from);
    if (c)
        return c;
    uint32_t i = make_room(t);
    if (i == CLIENTS_MAX)
        return NULL;
    c = clients_take(t, i, from, now_ns);
    c->role = (uint8_t)role;
    return c;
}

void clients_renew(struct clients *t, const struct osc_endpoint *from, int64_t now_ns) {
    struct client *c = clients_find(t, from);
    if (c)
        c->expires_ns = now_ns + CLIENTS_LEASE_NS;
}

/* Copy what fits, not cutting a UTF-8 character in two. */
static void set_name(struct client *c, const char *name) {
    size_t n = strnlen(name, sizeof c->name);
    if (n == sizeof c->name)
        for (n--; n && ((uint8_t)name[n] & 0xc0) == 0x80;)
            n--;
    memset(c->name, 0, sizeof c->name);
    memcpy(c->name, name, n);
}

void clients_hello(struct clients *t, struct client *c, const char *name, enum client_kind kind,
                   enum client_role role) {
    (void)t;
    set_name(c, name);
    c->hello = c->unsaved = true;
    c->kind = (uint8_t)kind;
    c->role = (uint8_t)role;
}

enum osc_error clients_set_port(struct clients *t, struct client *c, int32_t port) {
    (void)t;
    if (c->from.transport != OSC_UDP)
        return OSC_NOT_NOW;
    if (port < 1 || port > 65535)
        return OSC_OUT_OF_RANGE;
    c->reply.port = (uint16_t)port;
    c->unsaved = true;
    return OSC_OK;
}

void clients_set_echo(struct clients *t, struct client *c, bool echo) {
    (void)t;
    c->echo = echo;
    c->unsaved = true;
}

struct client *clients_add_surface(struct clients *t, const struct osc_endpoint *to,
                                   const char *name, enum client_role role, int64_t now_ns) {
    struct client *c = clients_open(t, to, role, now_ns);
    if (!c)
        return NULL;
    clients_hello(t, c, name, CLIENT_SURFACE, role);
    c->permanent = true;
    c->announce = true;
    c->seq = -1;
    return c;
}

void clients_remove(struct clients *t, struct client *c) {
    if (t->source.leaving)
        t->source.leaving(t->source.ctx, c);
    while (c->nsubs)
        clients_sub_remove(t, c, c->nsubs - 1);
    if (c->interest)
        t->bitmap_bytes -= t->nwords * sizeof(uint64_t);
    free(c->interest);
    free(c->subs);
    memset(c, 0, sizeof *c);
    c->unsaved = true;
    t->count--;
    while (t->top && !t->table[t->top - 1].used)
        t->top--;
}

struct client *clients_at(struct clients *t, uint32_t index) {
    for (uint32_t i = 0; i < t->top; i++)
        if (t->table[i].used && index-- == 0)
            return &t->table[i];
    return NULL;
}

uint32_t clients_count(const struct clients *t) {
    return t->count;
}

/* -- subscriptions -- */

static struct client_sub *find_sub(struct client *c, const char *pattern, bool once) {
    for (uint32_t i = 0; i < c->nsubs; i++)
        if (c->subs[i].once == once && strcmp(c->subs[i].pattern.text, pattern) == 0)
            return &c->subs[i];
    return NULL;
}

void clients_sub_remove(struct clients *t, struct client *c, uint32_t index) {
    struct client_sub *sub = &c->subs[index];
    if (sub->member)
        t->bitmap_bytes -= 2 * t->nwords * sizeof(uint64_t);
    free(sub->member);
    free(sub->dirty);
    if (!sub->once)
        c->unsaved = true;
    memmove(sub, sub + 1, (c->nsubs - index - 1) * sizeof *sub);
    c->nsubs--;
    c->sub_turn = 0;
}

void clients_sub_dirty(struct client_sub *sub, uint32_t slot, bool dirty) {
    if (!sub->dirty) {
        sub->ndirty = dirty;
    } else if (bit_get(sub->dirty, slot) != dirty) {
        if (dirty) {
            bit_set(sub->dirty, slot);
            sub->ndirty++;
        } else {
            bit_clear(sub->dirty, slot);
            sub->ndirty--;
        }
    }
}

/* (Re)start the full state: match every slot that can match, marking as we go. */
static void start_full(struct clients *t, struct client_sub *sub) {
    sub->pass_ns = INT64_MIN / 2; /* nothing to wait for */
    if (!sub->member) {
        sub->ndirty = 1;
        return;
    }
    sub->scan = 0;
    sub->scan_end = t->source.nslots;
    if (t->source.bounds)
        t->source.bounds(t->source.ctx, &sub->pattern, &sub->scan, &sub->scan_end);
    if (sub->scan_end > t->source.nslots)
        sub->scan_end = t->source.nslots;
}

static uint64_t *new_bitmap(struct clients *t) {
    size_t bytes = t->nwords * sizeof(uint64_t);
    if (t->bitmap_bytes + bytes > CLIENTS_MAX_BITMAP_BYTES)
        return NULL;
    uint64_t *map = calloc(1, bytes);
    if (map)
        t->bitmap_bytes += bytes;
    return map;
}

/* Give a new subscription its slot or bitmaps. */
static enum osc_error equip(struct clients *t, struct client *c, struct client_sub *sub) {
    if (!sub->pattern.wildcards) {
        bool there = t->source.find && t->source.find(t->source.ctx, sub->pattern.text, &sub->slot);
        if (!there || sub->slot >= t->source.nslots)
            return OSC_UNKNOWN_ADDRESS;
    }
    if (!c->interest && !(c->interest = new_bitmap(t)))
        return OSC_TOO_LARGE;
    if (!sub->pattern.wildcards) {
        bit_set(c->interest, sub->slot);
        return OSC_OK;
    }
    sub->member = new_bitmap(t);
    sub->dirty = sub->member ? new_bitmap(t) : NULL;
    if (sub->dirty)
        return OSC_OK;
    if (sub->member)
        t->bitmap_bytes -= t->nwords * sizeof(uint64_t);
    free(sub->member);
    return OSC_TOO_LARGE;
}

/* What the saved record of this client will need for its subscriptions. */
static size_t body_bytes(const struct client *c) {
    size_t n = 0;
    for (uint32_t i = 0; i < c->nsubs; i++)
        if (!c->subs[i].once)
            n += RECORD_SUB_BYTES + c->subs[i].pattern.length;
    return n;
}

static enum osc_error add_sub(struct clients *t, struct client *c, const char *text, bool once,
                              int32_t min_ms) {
    struct client_sub sub = {.once = once, .min_ms = min_ms};
    enum osc_error e = osc_pattern_set(&sub.pattern, text);
    if (e)
        return e;
    if (!once && body_bytes(c) + RECORD_SUB_BYTES + sub.pattern.length > RECORD_BODY_BYTES)
        return OSC_TOO_LARGE;
    if (c->nsubs == c->sub_room) {
        uint32_t room = c->sub_room ? c->sub_room * 2 : 4;
        struct client_sub *bigger = realloc(c->subs, room * sizeof *bigger);
        if (!bigger)
            return OSC_TOO_LARGE;
        c->subs = bigger;
        c->sub_room = room;
    }
    e = equip(t, c, &sub);
    if (e)
        return e;
    start_full(t, &sub);
    c->subs[c->nsubs++] = sub;
    if (!once)
        c->unsaved = true;
    return OSC_OK;
}

enum osc_error clients_sub(struct clients *t, struct client *c, const char *pattern,
                           int32_t min_ms) {
    if (min_ms < 0 || min_ms > CLIENTS_MAX_SUB_MS)
        return OSC_OUT_OF_RANGE;
    if (min_ms == 0)
        min_ms = CLIENTS_COALESCE_MS;
    struct client_sub *sub = find_sub(c, pattern, false);
    if (!sub)
        return add_sub(t, c, pattern, false, min_ms);
    sub->min_ms = min_ms;
    c->unsaved = true;
    start_full(t, sub);
    return OSC_OK;
}

enum osc_error clients_unsub(struct clients *t, struct client *c, const char *pattern) {
    struct client_sub *sub = find_sub(c, pattern, false);
    if (!sub)
        return OSC_UNKNOWN_ADDRESS;
    clients_sub_remove(t, c, (uint32_t)(sub - c->subs));
    return OSC_OK;
}

enum osc_error clients_dump(struct clients *t, struct client *c, const char *pattern) {
    struct client_sub *sub = find_sub(c, pattern, false);
    uint32_t dumps = 0;
    if (!sub)
        sub = find_sub(c, pattern, true);
    if (sub) {
        start_full(t, sub);
        return OSC_OK;
    }
    for (uint32_t i = 0; i < c->nsubs; i++)
        dumps += c->subs[i].once;
    return dumps < CLIENTS_MAX_DUMPS ? add_sub(t, c, pattern, true, 0) : OSC_BUSY;
}

/* -- changes -- */

static void mark_client(struct client *c, uint32_t slot, bool dirty) {
    for (uint32_t i = 0; i < c->nsubs; i++) {
        struct client_sub *sub = &c->subs[i];
        if (sub->member ? bit_get(sub->member, slot) : sub->slot == slot)
            clients_sub_dirty(sub, slot, dirty);
    }
}

void clients_mark(struct clients *t, uint32_t slot, const struct osc_endpoint *by) {
    if (slot >= t->source.nslots)
        return;
    for (uint32_t i = 0; i < t->top; i++) {
        struct client *c = &t->table[i];
        if (!c->used || !c->interest || !bit_get(c->interest, slot))
            continue;
        /* The setter knows the value; what it has not been told of an older one is void now. */
        bool own = by && !c->echo && osc_endpoint_equal(&c->from, by);
        mark_client(c, slot, !own);
    }
}

void clients_mark_all(struct clients *t) {
    for (uint32_t i = 0; i < t->top; i++) {
        struct client *c = &t->table[i];
        for (uint32_t j = 0; c->used && j < c->nsubs; j++) {
            struct client_sub *sub = &c->subs[j];
            if (!sub->member) {
                sub->ndirty = 1;
                continue;
            }
            sub->ndirty = 0;
            for (uint32_t w = 0; w < t->nwords; w++) {
                sub->dirty[w] = sub->member[w];
                sub->ndirty += (uint32_t)__builtin_popcountll(sub->member[w]);
            }
        }
    }
}

bool clients_token_equal(const char *given, const char *secret) {
    size_t n = strlen(given), m = strlen(secret);
    size_t different = n ^ m;
    for (size_t i = 0; i < n; i++)
        different |= (size_t)(uint8_t)(given[i] ^ secret[i < m ? i : m]);
    return m && !different;
}
