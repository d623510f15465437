/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/control/verb.h"

#include <math.h>

#include "daemon/control/room.h"

#define RUNS(name) .run = verb_##name
#define STATE(name) .state = verb_##name##_state

static const struct verb_impl impl[VERB_COUNT] = {
    [VERB_HELLO] = {RUNS(hello)},
    [VERB_HELLO_PORT] = {RUNS(hello_port)},
    [VERB_HELLO_ECHO] = {RUNS(hello_echo)},
    [VERB_SUB] = {RUNS(sub)},
    [VERB_SUB_METERS] = {RUNS(sub_meters)},
    [VERB_UNSUB] = {RUNS(unsub)},
    [VERB_DUMP] = {RUNS(dump)},
    [VERB_NS] = {RUNS(ns)},
    [VERB_SYNC] = {RUNS(sync)},
    [VERB_TIME] = {RUNS(time)},
    [VERB_INFO] = {RUNS(info)},
    [VERB_STATUS_RT] = {RUNS(status_rt_reset), STATE(status_rt), .action = true, .reports = true},
    [VERB_STATUS_TAPE] = {STATE(status_tape), .reports = true},
    [VERB_STATUS_CLIENTS] = {RUNS(status_clients)},
    [VERB_TRANSPORT_PLAY] = {RUNS(transport_play), STATE(transport_play), .action = true,
                             .reports = true, .held = true},
    [VERB_TRANSPORT_STOP] = {RUNS(transport_stop), STATE(transport_stop), .action = true,
                             .reports = true, .held = true},
    [VERB_TRANSPORT_LOCATE] = {RUNS(transport_locate), STATE(transport_locate), .reports = true,
                               .held = true},
    [VERB_TRANSPORT_TC] = {STATE(transport_tc), .reports = true},
    [VERB_TRANSPORT_FPS] = {STATE(transport_fps), .reports = true},
    [VERB_TRANSPORT_STATE] = {STATE(transport_state), .reports = true},
    [VERB_REC] = {RUNS(rec), STATE(rec), .reports = true, .held = true},
    [VERB_SCENE_STORE] = {RUNS(scene_store), STATE(scene_store), .action = true},
    [VERB_SCENE_RECALL] = {RUNS(scene_recall), STATE(scene_recall), .action = true, .held = true},
    [VERB_SCENE_GLIDE] = {RUNS(scene_glide), STATE(scene_recall), .held = true},
    [VERB_SCENE_NAME] = {RUNS(scene_name), STATE(scene_name)},
    [VERB_SCENE_LIST] = {RUNS(scene_list)},
    [VERB_SCENE_CURRENT] = {STATE(scene_current), .reports = true},
    [VERB_SOLO_CLEAR] = {RUNS(solo_clear), STATE(solo_clear), .action = true, .reports = true,
                         .held = true},
    [VERB_SOLO_ANY] = {STATE(solo_any), .reports = true},
    [VERB_DESK_SAVE] = {RUNS(desk_save), STATE(desk_save), .action = true},
    [VERB_DESK_LOAD] = {RUNS(desk_load), STATE(desk_zero), .action = true},
    [VERB_DESK_RELOAD] = {RUNS(desk_reload), STATE(desk_zero), .action = true},
    [VERB_DESK_QUIT] = {RUNS(desk_quit), STATE(desk_zero), .action = true},
};

bool verb_held(enum verb_id verb) {
    return impl[verb].held;
}

bool verb_reports(enum verb_id verb) {
    return impl[verb].reports;
}

bool verb_render(struct control *c, enum verb_id verb, struct osc_out *out) {
    if (!impl[verb].state)
        return false;
    osc_out_begin(out, verbs[verb].path);
    return impl[verb].state(c, NULL, out);
}

void verb_mark(struct control *c, enum verb_id verb) {
    if (c->clients)
        clients_mark(c->clients, report_of_verb(&c->reports, verb), NULL);
}

/* The number of an action: exactly one argument. False after an /error. */
static bool press(struct control *c, struct origin *origin, const struct osc_msg *msg,
                  int64_t *arg) {
    double x;
    if (msg->nargs != 1) {
        control_error(c, origin, OSC_BAD_COUNT, msg->addr, "takes one argument, not %u",
                      msg->nargs);
        return false;
    }
    const enum osc_error e = osc_arg_as_float(&msg->args[0], &x);
    if (e != OSC_OK || isinf(x)) {
        control_error(c, origin, e == OSC_OK ? OSC_BAD_VALUE : e, msg->addr,
                      "takes a number: non-zero acts, zero is the button's release");
        return false;
    }
    *arg = x == 0 ? 0 : x >= 2 ? 2 : 1;
    return true;
}

void verb_run(struct control *c, struct origin *origin, const struct osc_msg *msg,
              const struct target *target) {
    const struct verb_impl *v = &impl[target->verb];
    struct verb_call call = {
        .origin = origin, .msg = msg, .target = target, .verb = &verbs[target->verb]};
    if (target->verb == VERB_AT) {
        control_error(c, origin, OSC_NOT_IN_BUNDLE, msg->addr,
                      "only as the first element of a bundle");
        return;
    }
    if (msg->nargs == 0 && v->state) {
        osc_out_begin(&c->out, msg->addr);
        if (v->state(c, target, &c->out))
            control_send_out(c, origin);
        else
            control_error(c, origin, OSC_NO_SUCH_OBJECT, msg->addr, "there is no such scene");
        return;
    }
    if (!v->run) {
        control_error(c, origin, OSC_READ_ONLY, msg->addr, "can be read, not set");
        return;
    }
    const enum client_role need =
        target->verb == VERB_STATUS_RT ? CLIENT_ADMIN : (enum client_role)call.verb->role;
    if (origin->role < need) {
        control_error(c, origin, OSC_DENIED, msg->addr, "your role may not do this");
        return;
    }
    if (v->action) {
        if (!press(c, origin, msg, &call.arg) || call.arg == 0)
            return;
    }
    v->run(c, &call);
}

int verb_plan(struct control *c, struct origin *origin, const struct osc_msg *msg,
              const struct target *target) {
    double seconds = 0;
    int64_t arg = 1;
    if (target->verb != VERB_SCENE_RECALL && target->verb != VERB_SCENE_GLIDE)
        return 0;
    if (target->verb == VERB_SCENE_RECALL && !press(c, origin, msg, &arg))
        return -1;
    if (target->verb == VERB_SCENE_GLIDE && verb_seconds(c, origin, msg, &seconds) < 0)
        return -1;
    if (arg == 0)
        return 1; /* an empty plan */
    const unsigned n = scene_number(c, target->scene);
    return scene_plan(c, origin, msg->addr, n, seconds) < 0 ? -1 : 1;
}
