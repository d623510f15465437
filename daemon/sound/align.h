/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Legs of different latency, brought side by side: each waits for the latest of them, so that the
 * same sample of all of them stands at the same place.
 *
 * Threads: align_setup and align_free main, the rest the thread that has the samples (RT). */
#ifndef DAEMON_SOUND_ALIGN_H
#define DAEMON_SOUND_ALIGN_H

#include <stdint.h>

#include "config/rt.h"

struct align {
    uint32_t legs, room_frames;
    float *kept; /* [legs][room_frames] */
    struct align_leg {
        uint32_t wait_frames, at;
    } * leg; /* [legs] */
};

/** Room for legs that wait up to room_frames; none waits yet. 0, or -1 without memory. */
int align_setup(struct align *align, uint32_t legs, uint32_t room_frames);
void align_free(struct align *align);

/** Let a leg wait from now on (no longer than there is room); what it kept is forgotten. RT. */
void align_wait(struct align *align, uint32_t leg, uint32_t wait_frames) RT;
/** Give the next nframes of a leg and get those that are due: x itself where the leg does not wait,
 *  else `out`, which has room for nframes. RT. */
const float *align_leg(struct align *align, uint32_t leg, const float *x, uint32_t nframes,
                       float *out) RT;

#endif
