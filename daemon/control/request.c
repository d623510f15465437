/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/control/request.h"

#include <string.h>

#include "daemon/control/room.h"

/* Messages that answer others; two desks must not talk for ever. */
static bool is_answer(const char *address) {
    return strcmp(address, "/error") == 0 || strcmp(address, "/seq") == 0 ||
           strcmp(address, "/synced") == 0 || strcmp(address, "/meters") == 0;
}

void request_one(struct control *c, struct origin *origin, const struct osc_msg *msg) {
    const struct target *target;
    char why[RESOLVE_WHY_BYTES];
    if (is_answer(msg->addr))
        return;
    if (osc_pattern_is(msg->addr)) {
        if (msg->nargs == 0)
            request_get_pattern(c, origin, msg);
        else if ((plan_begin(&c->plan), request_plan_pattern(c, origin, msg, false)) == 0)
            plan_commit(c, origin, PLAN_NOW, 0, msg->addr);
        return;
    }
    const enum osc_error e = resolve(c->resolver, msg->addr, &target, why);
    if (e != OSC_OK) {
        control_error(c, origin, e, msg->addr, "%s", why);
        return;
    }
    if (target->kind == TARGET_VERB) {
        const struct target kept = *target; /* handlers may resolve other addresses */
        verb_run(c, origin, msg, &kept);
    } else if (msg->nargs == 0) {
        request_get(c, origin, msg, target);
    } else {
        plan_begin(&c->plan);
        if (request_plan(c, origin, msg, target, false) == 0)
            plan_commit(c, origin, PLAN_NOW, 0, msg->addr);
    }
}

void request_packet(struct control *c, struct origin *origin, const struct osc_packet *packet) {
    if (packet->bundle)
        request_bundle(c, origin, packet);
    else if (packet->nmsgs)
        request_one(c, origin, &packet->msgs[0]);
}
