/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Verbs that move the timeline. Sound does the moving; the clock in the link tells what came of it.
 */
#include <stdio.h>
#include <string.h>

#include "config/timecode.h"
#include "daemon/control/room.h"

static void ask(struct control *c, struct verb_call *call, enum request_op op, int64_t arg) {
    notice_request(c, call->origin, call->msg->addr, op, arg, 0, NULL);
}

void verb_transport_play(struct control *c, struct verb_call *call) {
    ask(c, call, REQUEST_PLAY, 1);
}

bool verb_transport_play_state(struct control *c, const struct target *t, struct osc_out *out) {
    (void)t;
    osc_out_int(out, c->clock.rolling != 0);
    return true;
}

void verb_transport_stop(struct control *c, struct verb_call *call) {
    ask(c, call, REQUEST_PLAY, 0);
}

bool verb_transport_stop_state(struct control *c, const struct target *t, struct osc_out *out) {
    (void)t;
    osc_out_int(out, c->clock.rolling == 0);
    return true;
}

int verb_position(struct control *c, struct origin *origin, const struct osc_msg *msg,
                  int64_t *timeline) {
    char why[160];
    if (msg->nargs != 1) {
        control_error(c, origin, OSC_BAD_COUNT, msg->addr,
                      "takes one argument: a timecode or a timeline frame");
        return -1;
    }
    const struct osc_arg *arg = &msg->args[0];
    if (arg->type == 's' || arg->type == 'S') {
        if (timecode_parse_position(arg->v.s, (enum fps)c->desk->fps, c->desk->rate_hz,
                                    c->desk->start_frames, timeline, why, sizeof why))
            return 0;
        control_error(c, origin, OSC_BAD_VALUE, msg->addr, "%s", why);
        return -1;
    }
    const enum osc_error e = osc_arg_as_long(arg, timeline);
    if (e == OSC_OK)
        return 0;
    control_error(c, origin, e, msg->addr, "takes a timecode or a whole timeline frame");
    return -1;
}

void verb_transport_locate(struct control *c, struct verb_call *call) {
    int64_t frame;
    if (verb_position(c, call->origin, call->msg, &frame) == 0)
        ask(c, call, REQUEST_LOCATE, frame);
}

bool verb_transport_locate_state(struct control *c, const struct target *t, struct osc_out *out) {
    (void)t;
    osc_out_long(out, schedule_timeline_at(c, c->now_ns));
    return true;
}

bool verb_transport_tc_state(struct control *c, const struct target *t, struct osc_out *out) {
    char text[TIMECODE_BYTES];
    (void)t;
    osc_out_text(out, timecode_print(schedule_timeline_at(c, c->now_ns) + c->desk->start_frames,
                                     (enum fps)c->desk->fps, c->desk->rate_hz, false, text));
    return true;
}

bool verb_transport_fps_state(struct control *c, const struct target *t, struct osc_out *out) {
    (void)t;
    osc_out_text(out, fps_table[c->desk->fps % FPS_COUNT].name);
    return true;
}

bool verb_transport_state_state(struct control *c, const struct target *t, struct osc_out *out) {
    const uint32_t tape = atomic_load(&c->link->head->status.tape_state);
    (void)t;
    osc_out_text(out, tape == TAPE_ERROR       ? "error"
                      : tape == TAPE_RECORDING ? "recording"
                      : c->clock.rolling       ? "playing"
                                               : "stopped");
    return true;
}

void verb_rec(struct control *c, struct verb_call *call) {
    bool on;
    if (call->msg->nargs != 1 || osc_arg_as_bool(&call->msg->args[0], &on) != OSC_OK) {
        control_error(c, call->origin, OSC_BAD_TYPE, call->msg->addr,
                      "takes 1 (record from the next roll on) or 0");
        return;
    }
    if (notice_request(c, call->origin, call->msg->addr, REQUEST_RECORD, on, 0, NULL) == 0)
        c->keep.head->recording = on;
    verb_mark(c, VERB_REC);
    verb_mark(c, VERB_STATUS_TAPE);
}

bool verb_rec_state(struct control *c, const struct target *t, struct osc_out *out) {
    (void)t;
    osc_out_int(out, c->keep.head->recording != 0);
    return true;
}
