/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/control/schedule.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/control/room.h"

/* A bulk occupies the engine's only place for one until it lands, so it is handed down late. */
#define BULK_AHEAD_MS 500

/* ---- time ---- */

int64_t schedule_frame_at(const struct control *c, int64_t raw_ns) {
    const struct link_clock *k = &c->clock;
    return (int64_t)k->frame +
           (int64_t)((double)(raw_ns - k->raw_ns) * (double)c->desk->rate_hz / 1e9);
}

int64_t schedule_timeline_at(const struct control *c, int64_t raw_ns) {
    const struct link_clock *k = &c->clock;
    if (!k->rolling || k->freewheel || raw_ns < k->raw_ns)
        return k->timeline;
    return k->timeline + (schedule_frame_at(c, raw_ns) - (int64_t)k->frame);
}

/* ---- lists in order of due time ---- */

static uint32_t list_find(const struct due_list *l, int64_t due) {
    uint32_t low = 0, high = l->count; /* first with a later due: arrival decides among equals */
    while (low < high) {
        const uint32_t mid = (low + high) / 2;
        if (l->ref[mid].due <= due)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static int list_add(struct due_list *l, int64_t due, struct held *held) {
    if (l->count == l->capacity) {
        const uint32_t capacity = l->capacity ? 2 * l->capacity : 1024;
        struct due_ref *ref = realloc(l->ref, capacity * sizeof *ref);
        if (!ref)
            return -1;
        l->ref = ref;
        l->capacity = capacity;
    }
    const uint32_t at = list_find(l, due);
    memmove(&l->ref[at + 1], &l->ref[at], (l->count - at) * sizeof *l->ref);
    l->ref[at] = (struct due_ref){due, held};
    l->count++;
    return 0;
}

static void list_cut(struct due_list *l, uint32_t from, uint32_t n) {
    memmove(&l->ref[from], &l->ref[from + n], (l->count - from - n) * sizeof *l->ref);
    l->count -= n;
}

static struct due_list *list_of(struct schedule *s, const struct held *h) {
    return (h->kind & HELD_TIMELINE) ? &s->timeline : &s->clock;
}

/* ---- holding ---- */

/* Lists and the table of what was sent, from the log: at start, and when the log has moved. */
static int rebuild(struct control *c) {
    struct schedule *s = &c->schedule;
    s->clock.count = s->timeline.count = s->handed = 0;
    memset(s->sent, 0, sizeof s->sent);
    for (struct held *h = keep_next(&c->keep, NULL); h; h = keep_next(&c->keep, h)) {
        if (held_state(h) == HELD_HANDED) {
            s->sent[h->seq % SCHEDULE_SENT] = h;
            s->handed++;
        } else if (list_add(list_of(s, h), h->due, h) < 0) {
            return -1;
        }
    }
    return 0;
}

int schedule_setup(struct control *c) {
    memset(&c->schedule, 0, sizeof c->schedule);
    /* What was being sent when a former control died: it is there if the head has got that far. */
    const uint32_t head = c->link->command.pos;
    for (struct held *h = keep_next(&c->keep, NULL); h; h = keep_next(&c->keep, h)) {
        if (held_state(h) == HELD_HANDING)
            held_set(h, (int32_t)(head - h->head_after) >= 0 ? HELD_HANDED : HELD_WAITING);
        h->from.listener = CONTROL_INJECTED; /* whoever asked is not known any more */
        h->from.transport = OSC_TCP;
    }
    return rebuild(c);
}

void schedule_free(struct schedule *s) {
    free(s->clock.ref);
    free(s->timeline.ref);
    memset(s, 0, sizeof *s);
}

int schedule_hold(struct control *c, uint32_t kind, int64_t due, const void *payload,
                  uint32_t count, const struct osc_endpoint *from) {
    bool moved;
    struct held *h = keep_append(&c->keep, kind, due, payload, count, from, &moved);
    if (moved)
        return rebuild(c) < 0 || !h ? -1 : 0; /* the new record is in the lists by that */
    if (!h)
        return -1;
    if (list_add(list_of(&c->schedule, h), due, h) < 0) {
        held_set(h, HELD_DONE);
        return -1;
    }
    return 0;
}

/* ---- handing down ---- */

static bool is_bulk(const struct held *h) {
    return h->count > BUNDLE_SETS;
}

/* A number whose place in the table is free; 0 when all are taken. */
static uint32_t next_seq(struct control *c) {
    for (uint32_t tries = 0; tries < 64; tries++) {
        const uint32_t seq = ++c->keep.head->held_seq | SCHEDULE_SEQ;
        if (!c->schedule.sent[seq % SCHEDULE_SENT])
            return seq;
    }
    return 0;
}

/* 0, or -1: not now. The order of stores is what makes a kill harmless. */
static int hand_down(struct control *c, struct held *h) {
    struct link *link = c->link;
    const struct command *commands = (const struct command *)(void *)held_payload(h);
    const bool timeline = h->kind & HELD_TIMELINE;
    struct group g = {.seq = next_seq(c),
                      .when = timeline ? WHEN_TIMELINE : WHEN_FRAME,
                      .flags = GROUP_TELL,
                      .epoch = c->clock.epoch,
                      .count = h->count};
    unsigned which = 0;
    if (g.seq == 0)
        return -1;
    int64_t frame = timeline ? h->due : schedule_frame_at(c, h->due);
    if (!timeline && frame < 0)
        frame = 0;
    g.frame = (uint64_t)frame;
    if (is_bulk(h)) {
        if (plan_bulk_buffer(c, &which) < 0)
            return -1;
        memcpy(link->bulk[which], commands, h->count * sizeof *commands);
    }
    h->seq = g.seq;
    h->epoch = g.epoch;
    h->head_after = link->command.pos + 2 + (is_bulk(h) ? 0 : h->count);
    held_set(h, HELD_HANDING);
    if ((is_bulk(h) ? link_send_bulk(link, &g, which) : link_send(link, &g, commands)) < 0) {
        held_set(h, HELD_WAITING);
        return -1;
    }
    held_set(h, HELD_HANDED);
    if (is_bulk(h)) {
        c->bulk_seq = g.seq;
        c->bulk_ns = c->now_ns;
        c->bulk_lands = 0;
    }
    c->schedule.sent[g.seq % SCHEDULE_SENT] = h;
    c->schedule.handed++;
    return 0;
}

/* An action whose time has come, as if it had just arrived. */
static void run_action(struct control *c, struct held *h) {
    const struct osc_endpoint from = h->from;
    uint8_t bytes[1024];
    const uint32_t size = h->count < sizeof bytes ? h->count : 0;
    memcpy(bytes, held_payload(h), size);
    held_set(h, HELD_DONE); /* first: an action may kill us, and must not be run twice */
    struct osc_packet *packet = c->packet;
    if (osc_packet_walk(packet, bytes, size, 0) != OSC_OK)
        return;
    struct origin origin = {.from = &from,
                            .client = clients_find(c->clients, &from),
                            .role = CLIENT_ADMIN, /* was checked when it came */
                            .arrival_ns = c->now_ns,
                            .element = ""};
    request_packet(c, &origin, packet);
}

/* Hand down what lies in [first due, end); actions run when `now` has reached them.
 * @return the earliest due that is still here, INT64_MAX if none */
static int64_t hand_range(struct control *c, struct due_list *l, uint32_t from, int64_t end,
                          int64_t bulk_end, int64_t now) {
    struct held *actions[64];
    uint32_t n_actions = 0, at = from;
    int64_t left = INT64_MAX;
    uint32_t to = from;
    while (at < l->count && l->ref[at].due < end) {
        struct held *h = l->ref[at].held;
        bool gone = false;
        if (h->kind & HELD_ACTION) {
            if ((gone = h->due <= now && n_actions < 64))
                actions[n_actions++] = h;
        } else if (!is_bulk(h) || h->due < bulk_end) {
            gone = hand_down(c, h) == 0;
        }
        if (!gone) {
            if (!(h->kind & HELD_ACTION) && h->due < left)
                left = h->due;
            l->ref[to++] = l->ref[at];
        }
        at++;
        if (!gone && ring_free(&c->link->command) < 2 + BUNDLE_SETS)
            break; /* the ring is full: the rest has to wait */
    }
    if (at < l->count && l->ref[at].due < end && l->ref[at].due < left)
        left = l->ref[at].due;
    if (to < at)
        list_cut(l, to, at - to);
    for (uint32_t i = 0; i < n_actions; i++)
        run_action(c, actions[i]);
    return left;
}

/* Notice a new epoch and remember where the timeline was when it began. */
static void follow_epoch(struct control *c) {
    struct keep_head *k = c->keep.head;
    const struct link_clock *now = &c->clock;
    if (k->epoch == now->epoch && k->epoch_timeline != INT64_MIN)
        return;
    int64_t start = now->timeline;
    if (c->schedule.jump_epoch == now->epoch && now->rolling && now->frame > c->schedule.jump_frame)
        start -= (int64_t)(now->frame - c->schedule.jump_frame);
    k->epoch_timeline = start;
    k->epoch = now->epoch;
    verb_mark(c, VERB_TRANSPORT_PLAY);
    verb_mark(c, VERB_TRANSPORT_STOP);
    verb_mark(c, VERB_TRANSPORT_STATE);
    verb_mark(c, VERB_TRANSPORT_LOCATE);
    verb_mark(c, VERB_TRANSPORT_TC);
}

void schedule_tick(struct control *c) {
    struct schedule *s = &c->schedule;
    const int64_t rate = c->desk->rate_hz;
    if (!c->clock_valid)
        return;
    follow_epoch(c);
    const struct keep_head *k = c->keep.head;
    hand_range(c, &s->clock, 0, c->now_ns + SCHEDULE_AHEAD_S * INT64_C(1000000000),
               c->now_ns + BULK_AHEAD_MS * INT64_C(1000000), c->now_ns);
    /* What lies behind the start of this epoch was located past: it waits until the timeline comes
     * back to it. */
    const int64_t position = schedule_timeline_at(c, c->now_ns);
    const int64_t end = c->clock.timeline + SCHEDULE_AHEAD_S * rate;
    const uint32_t from =
        k->epoch_timeline == INT64_MIN ? 0 : list_find(&s->timeline, k->epoch_timeline - 1);
    const int64_t left =
        hand_range(c, &s->timeline, from, end, c->clock.timeline + BULK_AHEAD_MS * rate / 1000,
                   c->clock.rolling ? position : INT64_MIN);
    link_hand(c->link, c->clock.epoch, left < end ? left : end);
}

void schedule_jump(struct control *c, uint32_t epoch, uint64_t frame) {
    c->schedule.jump_epoch = epoch;
    c->schedule.jump_frame = frame;
}

static void report_refused(struct control *c, const struct held *h, const char *why) {
    struct origin origin = {.from = &h->from, .element = ""};
    if (h->from.listener != CONTROL_INJECTED || h->from.transport == OSC_UDP)
        control_error(c, &origin, OSC_BUSY, "/", "scheduled sets: %s", why);
}

bool schedule_event(struct control *c, const struct event *event) {
    struct schedule *s = &c->schedule;
    struct held *h = s->sent[event->seq % SCHEDULE_SENT];
    if (!h || h->seq != event->seq || held_state(h) != HELD_HANDED)
        return false;
    s->sent[event->seq % SCHEDULE_SENT] = NULL;
    s->handed--;
    switch (event->op) {
    case EVENT_APPLIED:
        model_landed(&c->model, (const struct command *)(void *)held_payload(h), h->count,
                     event->frame);
        held_set(h, HELD_DONE);
        break;
    case EVENT_STALE:
        if (h->kind & HELD_TIMELINE) {
            held_set(h, HELD_WAITING);
            list_add(&s->timeline, h->due, h);
            break;
        }
        held_set(h, HELD_DONE);
        break;
    case EVENT_BUSY: /* its queue is full just now; there is time to try again */
        held_set(h, HELD_WAITING);
        list_add(list_of(s, h), h->due, h);
        break;
    default:
        report_refused(c, h, "the engine refused them");
        held_set(h, HELD_DONE);
        break;
    }
    return true;
}

void schedule_lost(struct control *c) {
    const int64_t second = c->desk->rate_hz;
    for (struct held *h = keep_next(&c->keep, NULL); h; h = keep_next(&c->keep, h)) {
        if (held_state(h) != HELD_HANDED)
            continue;
        const struct command *commands = (const struct command *)(void *)held_payload(h);
        if (!(h->kind & HELD_TIMELINE)) {
            if (h->due > c->now_ns - 1000000000)
                continue; /* its event can still come */
        } else if (h->epoch == c->clock.epoch) {
            if (h->due > c->clock.timeline - second)
                continue;
        } else if (h->due > c->clock.timeline) {
            held_set(h, HELD_WAITING); /* thrown back by a jump, and still ahead */
            continue;
        }
        model_landed(&c->model, commands, h->count, c->clock.frame);
        held_set(h, HELD_DONE);
    }
    rebuild(c);
}

uint32_t control_waiting(const struct control *c) {
    return c->schedule.clock.count + c->schedule.timeline.count + c->schedule.handed;
}
