/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Verbs about the whole desk. */
#include "daemon/control/room.h"

/* All solo keys that are on go off, on one frame. */
void verb_solo_clear(struct control *c, struct verb_call *call) {
    plan_begin(&c->plan);
    for (uint32_t s = 0; s < c->desk->layout.slots; s++) {
        if (c->model.row[s] != ROW_SOLO || c->model.value[s] == 0)
            continue;
        struct plan_mark *m = &c->plan.mark[c->plan.marks];
        *m = (struct plan_mark){.first = c->plan.commands, .commands = 1, .changed = true};
        if (!layout_place(&c->desk->layout, s, &m->place) ||
            !plan_add(&c->plan, &(struct command){COMMAND_SET, 0, s, 0, 0}))
            continue;
        m->report = REPORT_NONE;
        c->plan.marks++;
    }
    call->origin->silent = true;
    plan_commit(c, call->origin, PLAN_NOW, 0, call->msg->addr);
}

bool verb_solo_clear_state(struct control *c, const struct target *t, struct osc_out *out) {
    (void)t;
    model_derive(&c->model);
    osc_out_int(out, !c->model.solo_any);
    return true;
}

bool verb_solo_any_state(struct control *c, const struct target *t, struct osc_out *out) {
    (void)t;
    model_derive(&c->model);
    osc_out_int(out, c->model.solo_any);
    return true;
}

void verb_desk_save(struct control *c, struct verb_call *call) {
    if (!*c->state_dir)
        control_error(c, call->origin, OSC_NOT_NOW, call->msg->addr,
                      "this desk keeps no state (--state)");
    else if (state_save_for(c, call->origin->from, call->msg->addr) < 0)
        control_error(c, call->origin, OSC_NOT_NOW, call->msg->addr, "out of memory");
}

bool verb_desk_save_state(struct control *c, const struct target *t, struct osc_out *out) {
    (void)t;
    osc_out_int(out, state_saved(c));
    return true;
}

void verb_desk_load(struct control *c, struct verb_call *call) {
    call->origin->silent = true;
    const int result = state_load(c, call->origin);
    if (result > 0)
        control_error(c, call->origin, OSC_NOT_NOW, call->msg->addr, "there is no saved state");
    else if (result < 0 && !call->origin->failed)
        control_error(c, call->origin, OSC_NOT_NOW, call->msg->addr,
                      "the saved state could not be read, see the log");
}

void verb_desk_reload(struct control *c, struct verb_call *call) {
    notice_request(c, call->origin, call->msg->addr, REQUEST_RELOAD, call->arg == 2, 0, NULL);
}

void verb_desk_quit(struct control *c, struct verb_call *call) {
    notice_request(c, call->origin, call->msg->addr, REQUEST_QUIT, call->arg == 2, 0, NULL);
}

bool verb_desk_zero_state(struct control *c, const struct target *t, struct osc_out *out) {
    (void)c;
    (void)t;
    osc_out_int(out, 0);
    return true;
}
