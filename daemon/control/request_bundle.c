/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A bundle is a transaction: all of it is validated, then all lands on one frame, or nothing does
 * and the sender hears which element failed and why. */
#include <stdio.h>
#include <time.h>

#include "daemon/control/room.h"

#define NTP_UNIX_S 2208988800ull

/* An NTP time tag on CLOCK_MONOTONIC_RAW. */
static int64_t raw_of_timetag(uint64_t tag, int64_t now_raw_ns) {
    struct timespec wall;
    clock_gettime(CLOCK_REALTIME, &wall);
    const int64_t s = (int64_t)(tag >> 32) - (int64_t)NTP_UNIX_S - (int64_t)wall.tv_sec;
    const int64_t ns = (int64_t)((tag & 0xffffffffu) * 1000000000ull >> 32) - wall.tv_nsec;
    /* Clamped: a tag may lie a century away, and only the first minute matters. */
    if (s > 1000000)
        return now_raw_ns + INT64_C(1000000) * 1000000000;
    if (s < -1000000)
        return now_raw_ns - INT64_C(1000000) * 1000000000;
    return now_raw_ns + s * 1000000000 + ns;
}

/* When the bundle is due. 0, or -1 after an /error. *skip: elements that only say when. */
static int when_due(struct control *c, struct origin *origin, const struct osc_packet *packet,
                    enum plan_when *when, int64_t *due, uint32_t *skip) {
    const struct target *target;
    char why[RESOLVE_WHY_BYTES];
    *when = PLAN_NOW;
    *due = 0;
    *skip = 0;
    if (packet->timetag != OSC_TIMETAG_IMMEDIATE) {
        const int64_t now = server_now_ns();
        *due = raw_of_timetag(packet->timetag, now);
        if (*due > now + INT64_C(1000000000) * SCHEDULE_HORIZON_S) {
            control_error(c, origin, OSC_OUT_OF_RANGE, packet->msgs[0].addr,
                          "time tags reach at most %d s ahead", SCHEDULE_HORIZON_S);
            return -1;
        }
        if (*due > now)
            *when = PLAN_CLOCK;
    }
    const struct osc_msg *first = &packet->msgs[0];
    if (osc_pattern_is(first->addr) || resolve(c->resolver, first->addr, &target, why) != OSC_OK ||
        target->kind != TARGET_VERB || target->verb != VERB_AT)
        return 0;
    origin->element = "element 1: ";
    if (*when != PLAN_NOW) {
        control_error(c, origin, OSC_BAD_VALUE, first->addr,
                      "a bundle has a time tag or /at, not both");
        return -1;
    }
    if (verb_position(c, origin, first, due) < 0)
        return -1;
    *skip = 1;
    if (*due > schedule_timeline_at(c, origin->arrival_ns))
        *when = PLAN_TIMELINE;
    return 0;
}

/* The only message of a bundle that is a verb. */
static void lone_verb(struct control *c, struct origin *origin, const struct osc_msg *msg,
                      const struct target *target, enum plan_when when, int64_t due) {
    if (when == PLAN_NOW) {
        verb_run(c, origin, msg, target);
        return;
    }
    if (!verb_held(target->verb) || msg->nargs == 0) {
        control_error(c, origin, OSC_NOT_IN_BUNDLE, msg->addr, "this cannot be scheduled");
        return;
    }
    if (origin->role < (enum client_role)verbs[target->verb].role) {
        control_error(c, origin, OSC_DENIED, msg->addr, "your role may not do this");
        return;
    }
    plan_begin(&c->plan);
    const int planned = verb_plan(c, origin, msg, target);
    if (planned < 0)
        return;
    if (planned) {
        plan_commit(c, origin, when, due, msg->addr);
        return;
    }
    osc_out_begin(&c->out, msg->addr);
    for (uint32_t i = 0; i < msg->nargs; i++) {
        double x;
        char room[32];
        const char *text;
        int64_t n;
        if (osc_arg_as_long(&msg->args[i], &n) == OSC_OK)
            osc_out_long(&c->out, n);
        else if (osc_arg_as_float(&msg->args[i], &x) == OSC_OK)
            osc_out_double(&c->out, x);
        else if (osc_arg_as_text(&msg->args[i], room, &text) == OSC_OK)
            osc_out_text(&c->out, text);
    }
    uint8_t bytes[1024];
    const size_t size = osc_out_write(&c->out, bytes, sizeof bytes);
    const uint32_t kind = HELD_ACTION | (when == PLAN_CLOCK ? HELD_CLOCK : HELD_TIMELINE);
    if (!size || schedule_hold(c, kind, due, bytes, (uint32_t)size, origin->from) < 0)
        control_error(c, origin, OSC_BUSY, msg->addr, "too much waits for its time");
}

/* Gets are answered after the commit. They are tried before it: one without an answer spoils the
 * bundle as a bad set does. 0, or -1 after an /error. */
static int try_get(struct control *c, struct origin *origin, const struct osc_msg *msg) {
    origin->mute = true;
    request_one(c, origin, msg);
    origin->mute = false;
    return origin->failed ? -1 : 0;
}

/* One element of several. 0, or -1 after an /error. */
static int element(struct control *c, struct origin *origin, const struct osc_msg *msg,
                   bool scheduled) {
    const struct target *target;
    char why[RESOLVE_WHY_BYTES];
    if (msg->nargs == 0) {
        if (!scheduled)
            return try_get(c, origin, msg);
        control_error(c, origin, OSC_BAD_COUNT, msg->addr, "a get cannot be scheduled");
        return -1;
    }
    if (osc_pattern_is(msg->addr))
        return request_plan_pattern(c, origin, msg, scheduled);
    const enum osc_error e = resolve(c->resolver, msg->addr, &target, why);
    if (e != OSC_OK) {
        control_error(c, origin, e, msg->addr, "%s", why);
        return -1;
    }
    if (target->kind == TARGET_VERB) {
        control_error(c, origin, OSC_NOT_IN_BUNDLE, msg->addr,
                      "a bundle holds sets, or one action alone");
        return -1;
    }
    return request_plan(c, origin, msg, target, scheduled);
}

static void answer_gets(struct control *c, struct origin *origin, const struct osc_packet *packet,
                        uint32_t skip) {
    for (uint32_t i = skip; i < packet->nmsgs; i++) {
        if (packet->msgs[i].nargs == 0)
            request_one(c, origin, &packet->msgs[i]);
    }
}

void request_bundle(struct control *c, struct origin *origin, const struct osc_packet *packet) {
    enum plan_when when;
    int64_t due;
    uint32_t skip;
    char element_text[32];
    if (packet->nmsgs == 0)
        return;
    if (when_due(c, origin, packet, &when, &due, &skip) < 0)
        return;
    if (packet->nmsgs - skip == 1 && !osc_pattern_is(packet->msgs[skip].addr)) {
        const struct target *target;
        char why[RESOLVE_WHY_BYTES];
        if (resolve(c->resolver, packet->msgs[skip].addr, &target, why) == OSC_OK &&
            target->kind == TARGET_VERB) {
            const struct target kept = *target;
            lone_verb(c, origin, &packet->msgs[skip], &kept, when, due);
            return;
        }
    }
    plan_begin(&c->plan);
    for (uint32_t i = skip; i < packet->nmsgs; i++) {
        snprintf(element_text, sizeof element_text, "element %u: ", packet->msgs[i].element);
        origin->element = element_text;
        if (element(c, origin, &packet->msgs[i], when != PLAN_NOW) < 0)
            return;
    }
    origin->element = "";
    if (plan_commit(c, origin, when, due, packet->msgs[skip < packet->nmsgs ? skip : 0].addr) == 0)
        answer_gets(c, origin, packet, skip);
}
