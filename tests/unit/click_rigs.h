/* SPDX-License-Identifier: GPL-3.0-or-later */
/* In which surroundings each parameter is heard: a desk, a strip of each kind on it, and per row a
 * line of settings. A new row needs at most one line of `rigs` in click_rigs.c. */
#ifndef TESTS_UNIT_CLICK_RIGS_H
#define TESTS_UNIT_CLICK_RIGS_H

#include "engine_rig.h"

/** Two messages to one row: what is stepped between, on which strip, in which surroundings. */
struct click_step {
    enum row_id row;
    enum kind kind;
    uint32_t slot, slots;   /* as many are set together, on one frame */
    float lo[3], hi[3];     /* what they are set to */
    char name[96];          /* address and what is stepped, for people */
    char strip[32];         /* stands for {} in `set` */
    char set[512];          /* what is set around it */
    const char *same;       /* why both ends are one and the same sound, NULL if they must differ */
    uint32_t settle_frames; /* until a step is over */
};

/** The desk on which a row is stepped. */
const char *click_desk(enum row_id row);

/** The n-th step (from 0) of a row of a kind, on a desk of click_desk; false when there are no
 * more. The first ones are the row between its extremes, component by component and all of them at
 * once; then come further pairs. Strips that do not have the row have no steps. */
bool click_find(const struct rig *rig, enum row_id row, enum kind kind, unsigned n,
                struct click_step *step);

/** Apply what is set around a step. */
void click_set_up(struct rig *rig, const struct click_step *step);

/** Queue one end of it for now. */
void click_move(struct rig *rig, const struct click_step *step, const float to[3]);

#endif
