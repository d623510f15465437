/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Verbs that tell how the desk is. */
#include <stdio.h>
#include <string.h>

#include "daemon/control/room.h"

#define LOAD(field) atomic_load_explicit(&c->link->head->status.field, memory_order_relaxed)

void verb_info(struct control *c, struct verb_call *call) {
    char name[512];
    memcpy(name, c->link->head->desk_name, sizeof name);
    name[sizeof name - 1] = '\0';
    control_answer(c, call->origin, "/info", "sssiiis", "Dubdesk", DUBDESK_VERSION, c->desk->title,
                   PROTOCOL_VERSION, (int)c->desk->rate_hz, (int)c->clock.period_frames, name);
}

static void pair_long(struct osc_out *out, const char *name, uint64_t value) {
    osc_out_text(out, name);
    osc_out_long(out, (int64_t)value);
}
static void pair_float(struct osc_out *out, const char *name, double value) {
    osc_out_text(out, name);
    osc_out_float(out, (float)value);
}
static void pair_text(struct osc_out *out, const char *name, const char *value) {
    osc_out_text(out, name);
    osc_out_text(out, value);
}

bool verb_status_rt_state(struct control *c, const struct target *target, struct osc_out *out) {
    (void)target;
    const double period_us =
        1e6 * c->clock.period_frames / (c->desk->rate_hz ? c->desk->rate_hz : 1);
    const uint32_t worst = LOAD(worst_us), last = LOAD(last_us);
    pair_long(out, "worst_us", worst);
    pair_float(out, "worst_percent", period_us > 0 ? 100 * worst / period_us : 0);
    pair_long(out, "last_us", last);
    pair_long(out, "period_frames", c->clock.period_frames);
    pair_long(out, "frame", c->clock.frame);
    pair_long(out, "callbacks", LOAD(callbacks));
    pair_long(out, "applied", LOAD(applied));
    pair_long(out, "late", LOAD(late));
    pair_long(out, "queued", LOAD(queued));
    pair_long(out, "queue_high", LOAD(queue_high));
    pair_long(out, "events_dropped", LOAD(events_dropped));
    pair_long(out, "bad_groups", LOAD(bad_groups));
    pair_long(out, "nan_inputs", LOAD(nan_inputs));
    pair_long(out, "xruns", LOAD(xruns));
    pair_long(out, "missed_frames", LOAD(missed_frames));
    pair_long(out, "page_faults", LOAD(page_faults));
    pair_long(out, "server_alive", LOAD(server_alive));
    pair_long(out, "realtime", LOAD(realtime));
    pair_long(out, "freewheel", c->clock.freewheel);
    pair_long(out, "control_restarts", LOAD(control_restarts));
    pair_long(out, "waiting", control_waiting(c));
    struct server_stats stats = {0};
    if (c->server)
        server_get_stats(c->server, &stats);
    pair_long(out, "packets", stats.packets);
    pair_long(out, "bad_packets", stats.bad);
    pair_long(out, "udp_drops", stats.kernel_drops);
    pair_long(out, "replies_dropped", stats.dropped);
    return true;
}

void verb_status_rt_reset(struct control *c, struct verb_call *call) {
    notice_request(c, call->origin, call->msg->addr, REQUEST_RESET_STATUS, 0, 0, NULL);
}

static const char *tape_word(uint32_t state) {
    static const char *const words[] = {"stopped", "playing", "recording", "error"};
    return state < 4 ? words[state] : "error";
}

bool verb_status_tape_state(struct control *c, const struct target *target, struct osc_out *out) {
    (void)target;
    pair_text(out, "state", tape_word(LOAD(tape_state)));
    pair_long(out, "armed", c->keep.head->recording);
    pair_long(out, "frames", LOAD(tape_frames));
    pair_long(out, "overruns", LOAD(tape_overruns));
    pair_long(out, "underruns", LOAD(tape_underruns));
    pair_text(out, "text", c->notices.tape_text);
    return true;
}

void verb_status_clients(struct control *c, struct verb_call *call) {
    static const char *const kinds[] = {"script", "surface", "display"};
    static const char *const role_words[] = {"view", "mix", "admin"};
    const uint32_t n = clients_count(c->clients);
    control_answer(c, call->origin, call->msg->addr, "i", (int)n);
    for (uint32_t i = 0; i < n; i++) {
        const struct client *k = clients_at(c->clients, i);
        char from[OSC_ENDPOINT_TEXT], subs[512] = "";
        if (!k)
            break;
        for (uint32_t s = 0, at = 0; s < k->nsubs && at < sizeof subs - 1; s++)
            at += (uint32_t)snprintf(subs + at, sizeof subs - at, "%s%s", s ? " " : "",
                                     k->subs[s].pattern.text);
        control_answer(c, call->origin, call->msg->addr, "sssss", osc_endpoint_text(&k->from, from),
                       k->name, kinds[k->kind % 3], role_words[k->role % 3], subs);
    }
}
