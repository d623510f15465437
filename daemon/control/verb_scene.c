/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scenes: the whole desk, stored and recalled. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "config/value.h"
#include "daemon/control/room.h"

static void now_current(struct control *c, unsigned number) {
    c->keep.head->scene = number;
    verb_mark(c, VERB_SCENE_CURRENT);
}

void verb_scene_store(struct control *c, struct verb_call *call) {
    const unsigned n = scene_number(c, call->target->scene);
    if (scene_store(c, call->origin, call->msg->addr, n) < 0)
        return;
    now_current(c, n); /* the answer comes when it is on disk */
}

bool verb_scene_store_state(struct control *c, const struct target *t, struct osc_out *out) {
    osc_out_int(out, scene_exists(c, scene_number(c, t->scene)));
    return true;
}

static void recall(struct control *c, struct verb_call *call, double seconds) {
    const unsigned n = scene_number(c, call->target->scene);
    if (scene_plan(c, call->origin, call->msg->addr, n, seconds) < 0)
        return;
    /* Everybody hears of it, the one who recalled too: it is no echo of a set. */
    call->origin->silent = true;
    if (plan_commit(c, call->origin, PLAN_NOW, 0, call->msg->addr) == 0)
        now_current(c, n);
}

void verb_scene_recall(struct control *c, struct verb_call *call) {
    recall(c, call, 0);
}

int verb_seconds(struct control *c, struct origin *origin, const struct osc_msg *msg,
                 double *seconds) {
    if (msg->nargs == 1 && osc_arg_as_float(&msg->args[0], seconds) == OSC_OK && *seconds >= 0 &&
        *seconds <= 86400)
        return 0;
    control_error(c, origin, msg->nargs == 1 ? OSC_OUT_OF_RANGE : OSC_BAD_COUNT, msg->addr,
                  "takes 0..86400 seconds");
    return -1;
}

void verb_scene_glide(struct control *c, struct verb_call *call) {
    double seconds;
    if (verb_seconds(c, call->origin, call->msg, &seconds) == 0)
        recall(c, call, seconds);
}

bool verb_scene_recall_state(struct control *c, const struct target *t, struct osc_out *out) {
    const unsigned n = scene_number(c, t->scene);
    osc_out_int(out, n && n == c->keep.head->scene);
    return true;
}

void verb_scene_name(struct control *c, struct verb_call *call) {
    char room[32], why[VALUE_WHY_BYTES];
    const char *name;
    if (call->msg->nargs != 1 || osc_arg_as_text(&call->msg->args[0], room, &name) != OSC_OK ||
        !value_taken(value_check_text(ROW_NAME, name, why, sizeof why))) {
        control_error(c, call->origin, OSC_BAD_VALUE, call->msg->addr, "takes a name");
        return;
    }
    scene_rename(c, call->origin, call->msg->addr, scene_number(c, call->target->scene), name);
    verb_mark(c, VERB_SCENE_CURRENT);
}

bool verb_scene_name_state(struct control *c, const struct target *t, struct osc_out *out) {
    char name[SCENE_NAME_BYTES];
    if (!scene_name(c, scene_number(c, t->scene), name))
        return false;
    osc_out_text(out, name);
    return true;
}

void verb_scene_list(struct control *c, struct verb_call *call) {
    char name[SCENE_NAME_BYTES];
    int n = 0;
    for (unsigned i = 1; i <= SCENES_MAX; i++)
        n += scene_exists(c, i);
    control_answer(c, call->origin, call->msg->addr, "i", n);
    for (unsigned i = 1; i <= SCENES_MAX; i++)
        if (scene_name(c, i, name))
            control_answer(c, call->origin, call->msg->addr, "is", (int)i, name);
}

bool verb_scene_current_state(struct control *c, const struct target *t, struct osc_out *out) {
    char name[SCENE_NAME_BYTES];
    (void)t;
    scene_name(c, c->keep.head->scene, name);
    osc_out_int(out, (int32_t)c->keep.head->scene);
    osc_out_text(out, name);
    return true;
}
