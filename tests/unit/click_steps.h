/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The steps that a row is tried with, made of the lines of click_rigs.c. */
#ifndef TESTS_UNIT_CLICK_STEPS_H
#define TESTS_UNIT_CLICK_STEPS_H

#include "click_rigs.h"
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
    double hz;              /* of the sine */
};

/** The n-th step (from 0) of a row of a kind, on a desk of click_desk; false when there are no
 * more. Bands are stepped one by one; of other dimensions the last index is. Each begins with the
 * row between its extremes, component by component and all of them at once; further pairs, and
 * neighbouring words of an enumeration, follow. A strip that lacks the row fails the test. */
bool click_find(const struct rig *rig, enum row_id row, enum kind kind, unsigned n,
                struct click_step *step);

/** Apply what is set around a step. */
void click_set_up(struct rig *rig, const struct click_step *step);

/** Queue one end of it for now. */
void click_move(struct rig *rig, const struct click_step *step, const float to[3]);

#endif
