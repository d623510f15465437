/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Feedback: one bounded step per tick. */
#include "osc/clients_private.h"

#include <string.h>

#define SCANS_PER_TICK 2048 /* slots matched for new subscriptions, all clients together */
#define BUNDLES_PER_TICK 4  /* and client: at 5 ms about 1.1 MB/s */
#define HEARTBEAT_NS INT64_C(1000000000)
#define NS_PER_MS INT64_C(1000000)
#define MAX_PENDING (OSC_MAX_FEEDBACK_BYTES / 12)

/* A bundle on its way to one client, and what to mark again if it cannot leave. */
struct feed {
    struct clients *t;
    struct client *c;
    int64_t now_ns;
    int sent;
    bool stop;
    struct osc_bundle bundle;
    uint32_t npending;
    struct {
        uint32_t sub, slot;
    } pending[MAX_PENDING];
};

static int32_t next_seq(const struct client *c) {
    return c->seq == INT32_MAX ? 1 : c->seq + 1;
}

static void begin(struct feed *f) {
    osc_bundle_begin_seq(&f->bundle, next_seq(f->c));
    f->npending = 0;
}

/* Send the bundle if it holds anything. What a slow client could not take stays dirty. */
static void flush(struct feed *f) {
    struct clients *t = f->t;
    if (f->npending == 0)
        return;
    enum server_result r =
        t->source.send(t->source.ctx, &f->c->reply, f->bundle.bytes, f->bundle.size);
    if (r == SERVER_SENT) {
        f->c->seq = next_seq(f->c);
        f->c->sent_ns = f->now_ns;
        f->sent++;
    } else {
        f->stop = true;
        for (uint32_t i = 0; i < f->npending && r != SERVER_GONE; i++)
            clients_sub_dirty(&f->c->subs[f->pending[i].sub], f->pending[i].slot, true);
    }
    begin(f);
}

/* Report one slot.  Returns false, the slot still dirty, when this tick's share is used up. */
static bool report(struct feed *f, uint32_t index, uint32_t slot) {
    struct clients *t = f->t;
    struct client_sub *sub = &f->c->subs[index];
    clients_sub_dirty(sub, slot, false);
    if (!t->source.render(t->source.ctx, slot, f->c, sub, &t->out))
        return true;
    bool added = f->npending < MAX_PENDING && osc_bundle_add(&f->bundle, &t->out);
    if (!added) {
        flush(f);
        if (f->stop || f->sent >= BUNDLES_PER_TICK) {
            clients_sub_dirty(sub, slot, true);
            f->stop = true;
            return false;
        }
        if (!osc_bundle_add(&f->bundle, &t->out))
            return true; /* larger than a whole bundle: no address is */
    }
    f->pending[f->npending].sub = index;
    f->pending[f->npending++].slot = slot;
    return true;
}

/* The next dirty slot at or after `from`; nslots if there is none. */
static uint32_t next_dirty(const struct clients *t, const struct client_sub *sub, uint32_t from) {
    uint32_t nslots = t->source.nslots;
    if (from >= nslots)
        return nslots;
    uint32_t w = from / 64;
    uint64_t bits = sub->dirty[w] & ~UINT64_C(0) << from % 64;
    while (!bits && ++w < t->nwords)
        bits = sub->dirty[w];
    return bits ? w * 64 + (uint32_t)__builtin_ctzll(bits) : nslots;
}

/* Report what is dirty, from the cursor on. A pass that does not fit this tick goes on in the next;
 * what changes behind the cursor waits for the next pass, min_ms after the beginning of this one.
 */
static void pass(struct feed *f, uint32_t index) {
    struct client_sub *sub = &f->c->subs[index];
    if (!sub->passing) {
        if (!sub->ndirty || f->now_ns - sub->pass_ns < sub->min_ms * NS_PER_MS)
            return;
        sub->passing = true;
        sub->pass_ns = f->now_ns;
        sub->cursor = 0;
    }
    if (!sub->dirty) {
        if (sub->ndirty && !report(f, index, sub->slot))
            return;
    } else {
        while (sub->ndirty) {
            sub->cursor = next_dirty(f->t, sub, sub->cursor);
            if (sub->cursor == f->t->source.nslots)
                break;
            if (!report(f, index, sub->cursor))
                return;
            sub->cursor++;
        }
    }
    sub->passing = false;
}

static void heartbeat(struct feed *f) {
    struct client *c = f->c;
    struct osc_bundle b;
    bool fresh = c->announce || c->seq <= 0; /* no number yet that could be repeated */
    int32_t seq = fresh ? next_seq(c) : c->seq;
    osc_bundle_begin_seq(&b, seq);
    if (f->t->source.send(f->t->source.ctx, &c->reply, b.bytes, b.size) != SERVER_SENT)
        return;
    c->announce = false;
    c->seq = seq;
    c->sent_ns = f->now_ns;
    f->sent++;
}

static bool served(const struct client_sub *sub) {
    return sub->once && !sub->ndirty && !sub->passing && sub->scan >= sub->scan_end;
}

static int feed_client(struct clients *t, struct client *c, int64_t now_ns) {
    struct feed f = {.t = t, .c = c, .now_ns = now_ns};
    if (c->announce)
        heartbeat(&f);
    if (!c->nsubs || c->announce)
        return f.sent;
    begin(&f);
    for (uint32_t n = 0; n < c->nsubs && !f.stop; n++)
        pass(&f, (c->sub_turn + n) % c->nsubs);
    if (!f.stop)
        flush(&f);
    if (++c->sub_turn >= c->nsubs)
        c->sub_turn = 0;
    for (uint32_t i = c->nsubs; i-- > 0;)
        if (served(&c->subs[i]))
            clients_sub_remove(t, c, i);
    if (now_ns - c->sent_ns >= HEARTBEAT_NS)
        heartbeat(&f);
    return f.sent;
}

/* Match some more slots for one subscription.  Returns what is left of `budget`. */
static uint32_t scan(struct clients *t, struct client *c, struct client_sub *sub, uint32_t budget) {
    while (sub->scan < sub->scan_end && budget) {
        uint32_t slot = sub->scan++;
        budget--;
        if (!t->source.match(t->source.ctx, slot, &sub->pattern))
            continue;
        bit_set(sub->member, slot);
        bit_set(c->interest, slot);
        clients_sub_dirty(sub, slot, true);
    }
    return budget;
}

static void scan_all(struct clients *t) {
    uint32_t budget = SCANS_PER_TICK;
    if (!t->top)
        return;
    t->scan_turn = (t->scan_turn + 1) % t->top;
    for (uint32_t n = 0; n < t->top && budget; n++) {
        struct client *c = &t->table[(t->scan_turn + n) % t->top];
        for (uint32_t i = 0; c->used && i < c->nsubs && budget; i++)
            budget = scan(t, c, &c->subs[i], budget);
    }
}

int clients_tick(struct clients *t, int64_t now_ns) {
    int sent = 0;
    for (uint32_t i = t->top; i-- > 0;) {
        struct client *c = &t->table[i];
        bool leased = c->used && c->from.transport == OSC_UDP && !c->permanent;
        if (leased && now_ns >= c->expires_ns)
            clients_remove(t, c);
    }
    scan_all(t);
    for (uint32_t i = 0; i < t->top; i++)
        if (t->table[i].used)
            sent += feed_client(t, &t->table[i], now_ns);
    return sent;
}
