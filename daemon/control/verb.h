/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Verbs: dispatch by the table of osc/verbs.h, checks that all share, and one handler each in
 * verb_*.c. Thread: control main. */
#ifndef DAEMON_CONTROL_VERB_H
#define DAEMON_CONTROL_VERB_H

#include "config/desk.h"
#include "daemon/control/resolve.h"
#include "osc/message.h"
#include "osc/packet.h"

struct control;
struct origin;

/** One call of a verb. */
struct verb_call {
    struct origin *origin;
    const struct osc_msg *msg;
    const struct target *target;
    const struct verb *verb;
    int64_t arg; /* actions: the number that was sent; else 0 */
};

/** What a verb does. */
struct verb_impl {
    void (*run)(struct control *c,
                struct verb_call *call); /* with arguments, or any if no `state` */
    bool (*state)(struct control *c, const struct target *target,
                  struct osc_out *out); /* adds its state to out; NULL: it has none */
    bool action;                        /* one number; only non-zero acts */
    bool reports;                       /* its state goes to subscribers */
    bool held;                          /* may be scheduled */
};

/** Run or ask. */
void verb_run(struct control *c, struct origin *origin, const struct osc_msg *msg,
              const struct target *target);
/** May it be scheduled? Its arguments are checked when its time comes. */
bool verb_held(enum verb_id verb);
/** Is its state feedback? */
bool verb_reports(enum verb_id verb);
/** Its address and state, for feedback. */
bool verb_render(struct control *c, enum verb_id verb, struct osc_out *out);
/** Its state changed. */
void verb_mark(struct control *c, enum verb_id verb);

/** A scheduled `/scene/n/recall` becomes a plan at once, so that it lands on its frame.
 *  @return 1: planned into c->plan; 0: not such a verb; -1 after an /error */
int verb_plan(struct control *c, struct origin *origin, const struct osc_msg *msg,
              const struct target *target);

/** The one argument of a recall/glide: 0..86400 seconds. 0, or -1 after an /error. */
int verb_seconds(struct control *c, struct origin *origin, const struct osc_msg *msg,
                 double *seconds);

/* The handlers, by file. */
#define VERB_RUN(name) void verb_##name(struct control *c, struct verb_call *call)
#define VERB_STATE(name) \
    bool verb_##name##_state(struct control *c, const struct target *target, struct osc_out *out)

/* verb_client.c */
VERB_RUN(hello);
VERB_RUN(hello_port);
VERB_RUN(hello_echo);
VERB_RUN(sub);
VERB_RUN(sub_meters);
VERB_RUN(unsub);
VERB_RUN(dump);
VERB_RUN(sync);
VERB_RUN(time);
/* verb_ns.c */
VERB_RUN(ns);
/* verb_status.c */
VERB_RUN(info);
VERB_RUN(status_rt_reset);
VERB_STATE(status_rt);
VERB_STATE(status_tape);
VERB_RUN(status_clients);
/* verb_transport.c */
VERB_RUN(transport_play);
VERB_STATE(transport_play);
VERB_RUN(transport_stop);
VERB_STATE(transport_stop);
VERB_RUN(transport_locate);
VERB_STATE(transport_locate);
VERB_STATE(transport_tc);
VERB_STATE(transport_fps);
VERB_STATE(transport_state);
VERB_RUN(rec);
VERB_STATE(rec);
/* verb_desk.c */
VERB_RUN(solo_clear);
VERB_STATE(solo_clear);
VERB_STATE(solo_any);
VERB_RUN(desk_save);
VERB_STATE(desk_save);
VERB_RUN(desk_load);
VERB_RUN(desk_reload);
VERB_RUN(desk_quit);
VERB_STATE(desk_zero);
/* verb_scene.c */
VERB_RUN(scene_store);
VERB_STATE(scene_store);
VERB_RUN(scene_recall);
VERB_STATE(scene_recall);
VERB_RUN(scene_glide);
VERB_RUN(scene_name);
VERB_STATE(scene_name);
VERB_RUN(scene_list);
VERB_STATE(scene_current);

/** `/at`'s argument or `/transport/locate`'s: a timecode or a frame. 0, or -1 after an /error. */
int verb_position(struct control *c, struct origin *origin, const struct osc_msg *msg,
                  int64_t *timeline);

#endif
