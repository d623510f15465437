/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/control/sync.h"

#include "daemon/control/room.h"

int sync_begin(struct control *c, const struct origin *origin, int32_t number) {
    struct sync *s = c->syncs.sync;
    while (s < c->syncs.sync + SYNCS_MAX && s->seq && c->now_ns - s->since_ns < SYNC_PATIENCE_NS)
        s++;
    if (s == c->syncs.sync + SYNCS_MAX)
        return -1;
    /* On the frame of the last untimed group, behind it; a bulk may land later than it was asked
     * to, so its event is waited for (sync_event). */
    bool next;
    struct group g = {.flags = GROUP_TELL | GROUP_SOON};
    g.frame = plan_frame(c, origin->arrival_ns, &next);
    if (c->last_lands > g.frame && c->last_lands - g.frame < c->desk->rate_hz &&
        !c->clock.freewheel) {
        g.frame = c->last_lands;
        next = false;
    }
    g.when = next ? WHEN_NEXT : WHEN_FRAME;
    g.seq = plan_next_seq(c);
    if (link_send(c->link, &g, NULL) < 0)
        return -1;
    s->to = origin->client ? origin->client->reply : *origin->from;
    s->number = number;
    s->since_ns = c->now_ns;
    s->seq = g.seq;
    s->last_seq = c->last_seq;
    s->last_known = c->last_applied != 0;
    s->last_frame = c->last_applied ? c->last_applied : c->last_lands;
    return 0;
}

static void answer(struct control *c, struct sync *s, uint64_t frame) {
    uint8_t bytes[64];
    uint64_t at = s->last_seq ? s->last_frame : frame;
    if (s->last_seq &&
        !s->last_known) { /* the grid point at or after it, but not after the fence */
        at = (at + CELL_FRAMES - 1) / CELL_FRAMES * CELL_FRAMES;
        at = at < frame ? at : frame;
    }
    const size_t size =
        osc_message_write(bytes, sizeof bytes, "/synced", "ih", s->number, (int64_t)at);
    control_send(c, &s->to, bytes, size);
    s->seq = 0;
}

bool sync_event(struct control *c, const struct event *event) {
    bool ours = false;
    for (struct sync *s = c->syncs.sync; s < c->syncs.sync + SYNCS_MAX; s++) {
        if (!s->seq)
            continue;
        if (s->last_seq && event->seq == s->last_seq && event->op == EVENT_APPLIED) {
            s->last_frame = event->frame;
            s->last_known = true;
        }
        if (event->seq != s->seq)
            continue;
        ours = true;
        if (c->bulk_seq && !(c->bulk_seq & SCHEDULE_SEQ) &&
            (int32_t)((s->seq - c->bulk_seq) << 1) > 0) {
            /* The bulk before it has not landed: ask again behind it. */
            struct group g = {.flags = GROUP_TELL, .when = WHEN_NEXT, .seq = plan_next_seq(c)};
            if (link_send(c->link, &g, NULL) == 0) {
                s->seq = g.seq;
                continue;
            }
        }
        answer(c, s, event->frame);
    }
    return ours;
}
