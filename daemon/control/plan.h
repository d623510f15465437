/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A transaction being put together: every message of a bundle (or the only one) is validated into
 * it, and nothing has happened until it is committed.
 *
 * Thread: control main. */
#ifndef DAEMON_CONTROL_PLAN_H
#define DAEMON_CONTROL_PLAN_H

#include "config/command.h"
#include "config/desk.h"
#include "daemon/control/model.h"

#define PLAN_TEXTS 512

struct control;
struct origin;

/** One address that is moved. */
struct plan_mark {
    struct place place; /* as addressed: may be a view */
    uint32_t report;
    uint32_t first;      /* its first command, */
    uint32_t commands;   /* and how many */
    const char *address; /* as spelled by the sender; dies with the packet. NULL: by a pattern */
    bool clamped, norm, changed;
};

struct plan_text {
    uint32_t text; /* text slot */
    struct place place;
    const char *address; /* as plan_mark's */
    char value[TEXT_BYTES];
};

struct plan {
    struct command *command;
    uint32_t commands, capacity;
    struct plan_mark *mark;
    uint32_t marks, mark_capacity;
    struct plan_text *text;
    uint32_t texts;
    /* What a slot will be once the messages before have been done: valid where stamp == now. */
    uint32_t *stamp, now;
    float *planned;
};

int plan_setup(struct plan *plan, uint32_t slots);
void plan_free(struct plan *plan);
/** Start an empty one. */
void plan_begin(struct plan *plan);
/** Target of a slot as it will be. */
float plan_target(const struct plan *plan, const struct model *model, uint32_t slot);
/** Add a command. False when full. */
bool plan_add(struct plan *plan, const struct command *command);

/** When a plan lands. */
enum plan_when { PLAN_NOW, PLAN_CLOCK, PLAN_TIMELINE };

/** Land it: now, or at `due` (RAW ns or timeline frame). All of it or, with an /error to the
 *  origin, nothing.  @param address  for that error.  @return 0 or -1 */
int plan_commit(struct control *c, struct origin *origin, enum plan_when when, int64_t due,
                const char *address);

/** Send commands as one group that lands one period after its arrival (many: as a bulk, some
 *  periods later).  @param lands  out: its engine frame.  @return 0, or -1: no room */
int plan_send(struct control *c, const struct command *commands, uint32_t count,
              const struct origin *origin, uint64_t *lands);
/** Number for the next group; kept across restarts, never 0. */
uint32_t plan_next_seq(struct control *c);
/** Engine frame at which something that arrived then should land: one period later, never in a
 *  period that has begun. Sets *next when it should simply land as soon as it can. */
uint64_t plan_frame(const struct control *c, int64_t arrival_ns, bool *next);
/** A bulk buffer that may be written now: 0 and *which, or -1 (busy). */
int plan_bulk_buffer(const struct control *c, unsigned *which);
/** An event about the bulk that is under way. True if it was that. */
bool plan_event(struct control *c, const struct event *event);

#endif
