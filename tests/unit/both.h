/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Both ends of a real link in one process: control at one, and at the other a stand-in for sound
 * that takes groups and moves the plane when they are due. */
#ifndef TESTS_UNIT_BOTH_H
#define TESTS_UNIT_BOTH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/control/control.h"
#include "osc/packet.h"

#define BOTH_PERIOD 256u
#define BOTH_QUEUE 65536u

struct both_group {
    struct group group;
    struct command *commands;
    uint64_t order;
};

struct both {
    struct desk *desk;
    struct link sound, *link;
    struct control *control;
    struct {
        struct link *link;
        struct control *control;
    } killed[32]; /* freed in the end, so that leaks that are none do not hide others */
    unsigned kills;
    struct control_options options;
    char state_dir[128];
    uint64_t frame, order;
    int64_t timeline;
    uint32_t epoch;
    bool rolling, freewheel;
    bool refuse; /* answer every group with EVENT_BUSY */
    struct both_group queue[BOTH_QUEUE];
    uint32_t queued;
    uint32_t groups, singles; /* landed: groups, and commands in them */
    uint64_t last_frame;      /* where the last group landed */
    struct glide_at {
        uint64_t start, end;
        float from, to;
    } * glide;
    char heard[1 << 16];    /* replies to the endpoint that asked, one per line */
    char errors[8192];      /* log lines */
    uint32_t bundles, lost; /* replies seen; drop each n-th if `drop_each` */
    uint32_t drop_each;
    struct osc_packet *packet;
};

/** A desk from text, a link, a control without sockets. `state` keeps scenes and state on disk. */
struct both *both_new(const char *desk_text, bool state);
void both_free(struct both *rig);
/** End control (or, with `killed`, only forget it, as SIGKILL does) and start another one. */
void both_restart(struct both *rig, bool killed);
/** Control alone ends, or starts on what `sound` is now. */
void both_stop(struct both *rig);
void both_start(struct both *rig);
/** Sound runs so many periods, control takes a turn after each. */
void both_run(struct both *rig, unsigned periods);
/** Sound alone. */
void both_sound(struct both *rig, unsigned periods);
/** The timeline jumps and rolls or stands. */
void both_locate(struct both *rig, int64_t timeline, bool rolling);

/** Say a message (osc_message_write's types) as the local admin.  @return control_inject's */
int both_say(struct both *rig, const char *address, const char *types, ...);
/** Say one from an endpoint of another host with this port. */
int both_say_from(struct both *rig, unsigned port, const char *address, const char *types, ...);
/** A bundle of messages written one after another. */
struct both_bundle {
    uint8_t bytes[1 << 17];
    size_t size;
};
void both_bundle_begin(struct both_bundle *bundle, uint64_t timetag);
void both_bundle_add(struct both_bundle *bundle, const char *address, const char *types, ...);
int both_bundle_send(struct both *rig, const struct both_bundle *bundle);

/** What was heard since the last call: lines "/ch/1/fader -6", sorted as they came. */
const char *both_heard(struct both *rig);
/** Ask and return the one line that came back. */
const char *both_ask(struct both *rig, const char *address);
/** Target in the plane of a parameter's address. */
float both_plane(struct both *rig, const char *address);

#endif
