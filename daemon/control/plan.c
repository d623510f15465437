/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/control/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/control/room.h"

int plan_setup(struct plan *p, uint32_t slots) {
    memset(p, 0, sizeof *p);
    /* A scene moves each slot once; a bundle may name a slot more than once. */
    p->capacity = slots;
    p->mark_capacity = slots > 4096 ? slots : 4096;
    p->command = calloc(p->capacity, sizeof *p->command);
    p->mark = calloc(p->mark_capacity, sizeof *p->mark);
    p->text = calloc(PLAN_TEXTS, sizeof *p->text);
    p->stamp = calloc(slots, sizeof *p->stamp);
    p->planned = calloc(slots, sizeof *p->planned);
    return p->command && p->mark && p->text && p->stamp && p->planned ? 0 : -1;
}

void plan_free(struct plan *p) {
    free(p->command);
    free(p->mark);
    free(p->text);
    free(p->stamp);
    free(p->planned);
    memset(p, 0, sizeof *p);
}

void plan_begin(struct plan *p) {
    p->commands = p->marks = p->texts = 0;
    p->now++;
}

float plan_target(const struct plan *p, const struct model *model, uint32_t slot) {
    return p->stamp[slot] == p->now ? p->planned[slot] : model_target(model, slot);
}

bool plan_add(struct plan *p, const struct command *command) {
    if (p->commands == p->capacity)
        return false;
    p->stamp[command->slot] = p->now;
    p->planned[command->slot] = command->value;
    p->command[p->commands++] = *command;
    return true;
}

/* ---- sending ---- */

/* Older than this, the clock says nothing about now: the server is gone, or a debugger is here. */
#define CLOCK_STALE_NS INT64_C(500000000)

uint32_t plan_next_seq(struct control *c) {
    uint32_t seq = (c->keep.head->seq + 1) & ~SCHEDULE_SEQ;
    if (seq == 0)
        seq = 1;
    c->keep.head->seq = seq;
    return seq;
}

uint64_t plan_frame(const struct control *c, int64_t arrival_ns, bool *next) {
    const struct link_clock *k = &c->clock;
    const uint64_t soonest = k->frame + k->period_frames;
    *next = true;
    if (!c->clock_valid || k->freewheel || c->now_ns - k->raw_ns > CLOCK_STALE_NS)
        return soonest;
    const int64_t frame = schedule_frame_at(c, arrival_ns) + (int64_t)k->period_frames;
    if (frame < (int64_t)soonest)
        return soonest;
    *next = false;
    return (uint64_t)frame;
}

static void sent(struct control *c, uint32_t seq, uint64_t lands, const struct origin *origin) {
    struct sender *s = &c->sender[seq % SENDERS];
    s->seq = seq;
    s->from = *origin->from;
    c->last_seq = seq;
    c->last_applied = 0;
    if (lands > c->last_lands)
        c->last_lands = lands;
}

int plan_bulk_buffer(const struct control *c, unsigned *which) {
    *which = 0;
    /* The engine takes one at a time; a former control's counts too. */
    return c->bulk_seq || !link_bulk_free(c->link, 0) || !link_bulk_free(c->link, 1) ? -1 : 0;
}

#define BULK_SLICE 4096u /* commands that sound is sure to prepare in a period */
#define BULK_PERIODS 5u  /* "at least four periods ahead" */

static int send_bulk(struct control *c, const struct command *commands, uint32_t count,
                     const struct origin *origin, uint64_t *lands) {
    unsigned which;
    if (count > c->link->bulk_commands || plan_bulk_buffer(c, &which) < 0)
        return -1;
    memcpy(c->link->bulk[which], commands, count * sizeof *commands);
    bool next;
    struct group g = {.seq = plan_next_seq(c), .flags = GROUP_TELL | GROUP_SOON, .count = count};
    g.frame = plan_frame(c, origin->arrival_ns, &next) +
              (uint64_t)c->clock.period_frames * (BULK_PERIODS - 1 + count / BULK_SLICE);
    if (g.frame < c->last_lands)
        g.frame = c->last_lands;
    g.when = c->clock.freewheel ? WHEN_NEXT : WHEN_FRAME;
    if (link_send_bulk(c->link, &g, which) < 0)
        return -1;
    c->bulk_seq = g.seq;
    c->bulk_ns = c->now_ns;
    c->bulk_lands = g.frame;
    *lands = g.frame;
    sent(c, g.seq, g.frame, origin);
    return 0;
}

int plan_send(struct control *c, const struct command *commands, uint32_t count,
              const struct origin *origin, uint64_t *lands) {
    if (count > BUNDLE_SETS)
        return send_bulk(c, commands, count, origin, lands);
    bool next;
    struct group g = {.count = count, .frame = plan_frame(c, origin->arrival_ns, &next)};
    /* In the order in which they came, slot by slot; behind a bulk that is under way too. */
    uint64_t behind = 0;
    for (uint32_t i = 0; i < count; i++)
        if (c->model.lands[commands[i].slot] > behind)
            behind = c->model.lands[commands[i].slot];
    if (c->bulk_seq && behind == c->bulk_lands)
        behind += c->clock.period_frames;
    if (behind > g.frame && behind - g.frame < c->desk->rate_hz && !c->clock.freewheel) {
        g.frame = behind;
        next = false;
    }
    g.when = next ? WHEN_NEXT : WHEN_FRAME;
    g.seq = plan_next_seq(c);
    g.flags = GROUP_SOON;
    if (c->tells_left > 0) {
        c->tells_left--;
        g.flags |= GROUP_TELL;
    }
    if (link_send(c->link, &g, commands) < 0)
        return -1;
    *lands = g.frame;
    sent(c, g.seq, g.frame, origin);
    return 0;
}

/* The engine says that a bulk landed, or why it did not; in the second case the sweep brings the
 * model back to the plane. */
bool plan_event(struct control *c, const struct event *event) {
    if (!c->bulk_seq || event->seq != c->bulk_seq)
        return false;
    c->bulk_seq = 0;
    return true;
}

/* ---- committing ---- */

static void answer_clamped(struct control *c, struct origin *origin, const struct plan_mark *m) {
    if (!m->clamped)
        return;
    char address[OSC_MAX_ADDRESS + 8];
    if (m->address) {
        const char *tail = strrchr(m->address, '/');
        const bool cut = strcmp(tail, "/glide") == 0 || strcmp(tail, "/delta") == 0;
        snprintf(address, sizeof address, "%.*s",
                 (int)(cut ? (size_t)(tail - m->address) : strlen(m->address)), m->address);
    } else {
        const int n = address_print(c->desk, &m->place, SPELL_INDEX, address, OSC_MAX_ADDRESS);
        if (n < 0)
            return;
        memcpy(address + n, m->norm ? "/norm" : "", m->norm ? 6 : 1);
    }
    struct model *model = &c->model;
    /* The values of this plan, also when it lands later. */
    float was[3] = {0};
    for (uint32_t i = 0; i < m->commands && i < 3; i++) {
        const struct command *k = &c->plan.command[m->first + i];
        was[i] = model->value[k->slot];
        model->value[k->slot] = k->value;
    }
    request_render(c, &m->place, address, m->norm, false, &c->out);
    for (uint32_t i = 0; i < m->commands && i < 3; i++)
        model->value[c->plan.command[m->first + i].slot] = was[i];
    control_send_out(c, origin);
}

static void commit_texts(struct control *c, struct origin *origin) {
    for (uint32_t i = 0; i < c->plan.texts; i++) {
        const struct plan_text *t = &c->plan.text[i];
        char *to = c->link->text[t->text], was[TEXT_BYTES];
        memcpy(was, to, sizeof was);
        was[TEXT_BYTES - 1] = '\0';
        memcpy(to, t->value, TEXT_BYTES);
        char address[OSC_MAX_ADDRESS + 1];
        if (t->address)
            snprintf(address, sizeof address, "%s", t->address);
        else
            address_print(c->desk, &t->place, SPELL_INDEX, address, sizeof address);
        if (t->place.row == ROW_IN)
            notice_request_input(c, origin, address, t->place.index, t->text, t->value, was);
        else if (t->place.row == ROW_NAME)
            notice_request(c, origin, address, REQUEST_RENAME,
                           c->desk->first[t->place.kind] + t->place.index, 0, t->value);
        c->model.changes++;
        model_mark(&c->model, &t->place, REPORT_NONE, origin->silent ? NULL : origin->from);
    }
}

static void commit_marks(struct control *c, struct origin *origin) {
    for (uint32_t i = 0; i < c->plan.marks; i++) {
        const struct plan_mark *m = &c->plan.mark[i];
        if (m->changed) {
            struct place place = m->place;
            const uint32_t set = layout_slot(&c->desk->layout, KIND_MON, 0, ROW_MON_SET, 0, 0);
            place = desk_stored(&place, c->model.value[set]);
            model_mark(&c->model, &place, m->report, origin->silent ? NULL : origin->from);
        }
        answer_clamped(c, origin, m);
    }
}

static int commit_later(struct control *c, struct origin *origin, enum plan_when when, int64_t due,
                        const char *address) {
    struct plan *p = &c->plan;
    const uint32_t kind = when == PLAN_CLOCK ? HELD_CLOCK : HELD_TIMELINE;
    if (p->commands > c->link->bulk_commands) {
        control_error(c, origin, OSC_TOO_LARGE, address, "%u sets; at most %u", p->commands,
                      c->link->bulk_commands);
        return -1;
    }
    if (p->commands && schedule_hold(c, kind, due, p->command, p->commands, origin->from) < 0) {
        control_error(c, origin, OSC_BUSY, address, "too many commands wait for their time");
        return -1;
    }
    for (uint32_t i = 0; i < p->marks; i++)
        answer_clamped(c, origin, &p->mark[i]);
    return 0;
}

int plan_commit(struct control *c, struct origin *origin, enum plan_when when, int64_t due,
                const char *address) {
    struct plan *p = &c->plan;
    if (when != PLAN_NOW)
        return commit_later(c, origin, when, due, address);
    uint64_t lands = 0;
    if (p->commands && plan_send(c, p->command, p->commands, origin, &lands) < 0) {
        if (p->commands > c->link->bulk_commands)
            control_error(c, origin, OSC_TOO_LARGE, address, "%u sets; at most %u", p->commands,
                          c->link->bulk_commands);
        else
            control_error(c, origin, OSC_BUSY, address, "nothing was changed, try again");
        return -1;
    }
    for (uint32_t i = 0; i < p->commands; i++)
        model_sent(&c->model, &p->command[i], lands);
    commit_marks(c, origin);
    commit_texts(c, origin);
    return 0;
}
