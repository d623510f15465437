/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/control/notice.h"

#include <stdio.h>
#include <string.h>

#include "daemon/control/room.h"

static struct pending *free_pending(struct notices *n) {
    for (unsigned i = 0; i < NOTICES_PENDING; i++)
        if (!n->pending[i].seq)
            return &n->pending[i];
    /* Sound did not answer the oldest; nobody waits that long. */
    struct pending *oldest = n->pending;
    for (unsigned i = 1; i < NOTICES_PENDING; i++)
        if ((int32_t)(n->pending[i].seq - oldest->seq) < 0)
            oldest = &n->pending[i];
    return oldest;
}

static struct pending *post(struct control *c, struct origin *origin, const char *address,
                            enum request_op op, int64_t arg0, int64_t arg1, const char *text) {
    struct notices *n = &c->notices;
    if (ring_free(&c->link->request) < 1) {
        control_error(c, origin, OSC_BUSY, address, "the sound process does not answer just now");
        return NULL;
    }
    if (++n->seq == 0)
        n->seq = 1;
    struct link_request r = {.op = op, .seq = n->seq, .arg = {arg0, arg1}};
    if (text)
        snprintf(r.text, sizeof r.text, "%s", text);
    ring_put(&c->link->request, &r, 1);
    ring_commit(&c->link->request);
    struct pending *p = free_pending(n);
    memset(p, 0, sizeof *p);
    p->seq = n->seq;
    p->op = op;
    p->from = *origin->from;
    p->text = SLOT_NONE;
    snprintf(p->address, sizeof p->address, "%s", address);
    return p;
}

int notice_request(struct control *c, struct origin *origin, const char *address,
                   enum request_op op, int64_t arg0, int64_t arg1, const char *text) {
    return post(c, origin, address, op, arg0, arg1, text) ? 0 : -1;
}

int notice_request_input(struct control *c, struct origin *origin, const char *address,
                         uint32_t channel, uint32_t text_slot, const char *text, const char *was) {
    struct pending *p = post(c, origin, address, REQUEST_INPUT, channel, 0, text);
    if (!p)
        return -1;
    p->text = text_slot;
    memcpy(p->was, was, sizeof p->was);
    return 0;
}

static void replied(struct control *c, const struct link_notice *notice) {
    struct notices *n = &c->notices;
    for (unsigned i = 0; i < NOTICES_PENDING; i++) {
        struct pending *p = &n->pending[i];
        if (!p->seq || p->seq != notice->seq)
            continue;
        p->seq = 0;
        if (notice->arg[0] == 0)
            return;
        struct origin origin = {
            .from = &p->from, .client = clients_find(c->clients, &p->from), .element = ""};
        control_error(c, &origin, OSC_NOT_NOW, p->address, "%s", notice->text);
        if (p->op == REQUEST_RECORD)
            c->keep.head->recording = 0;
        struct place place;
        if (p->text != SLOT_NONE && layout_text_place(&c->desk->layout, p->text, &place)) {
            memcpy(c->link->text[p->text], p->was, TEXT_BYTES);
            model_mark(&c->model, &place, REPORT_NONE, NULL);
        }
        return;
    }
}

static void one(struct control *c, const struct link_notice *notice) {
    struct notices *n = &c->notices;
    switch (notice->op) {
    case NOTICE_REPLY: replied(c, notice); break;
    case NOTICE_LOG: control_log(c, (int)notice->arg[0], "sound: %s", notice->text); break;
    case NOTICE_TAPE:
        snprintf(n->tape_text, sizeof n->tape_text, "%s", notice->text);
        verb_mark(c, VERB_STATUS_TAPE);
        verb_mark(c, VERB_TRANSPORT_STATE);
        verb_mark(c, VERB_REC);
        if (notice->arg[0] == TAPE_ERROR)
            control_log(c, 2, "tape: %s", notice->text);
        break;
    case NOTICE_GAP:
        n->gaps++;
        n->gap_frames += notice->arg[1];
        verb_mark(c, VERB_STATUS_RT);
        control_log(c, 1, "gap of %lld frames at frame %lld", (long long)notice->arg[1],
                    (long long)notice->arg[0]);
        break;
    case NOTICE_LEAVING:
        state_save(c);
        state_clients_save(c);
        c->leaving = true;
        atomic_store(&c->link->head->leaving_ack, 1);
        break;
    default: break;
    }
}

void notice_tick(struct control *c) {
    for (unsigned i = 0; i < LINK_NOTICES; i++) {
        const uint32_t avail = ring_avail(&c->link->notice);
        if (avail == 0)
            return;
        if (avail == UINT32_MAX) {
            ring_resync(&c->link->notice);
            return;
        }
        struct link_notice notice;
        ring_peek(&c->link->notice, 0, &notice, 1);
        ring_drop(&c->link->notice, 1);
        notice.text[LINK_TEXT_BYTES - 1] = '\0';
        one(c, &notice);
    }
}
