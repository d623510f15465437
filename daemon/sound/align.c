/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "daemon/sound/align.h"

#include <stdlib.h>
#include <string.h>

int align_setup(struct align *align, uint32_t legs, uint32_t room_frames) {
    const size_t bytes = ((size_t)legs * room_frames + 1) * sizeof(float);
    *align = (struct align){.legs = legs, .room_frames = room_frames};
    align->kept = malloc(bytes);
    align->leg = calloc(legs + 1u, sizeof *align->leg);
    if (!align->kept || !align->leg)
        return -1;
    memset(align->kept, 0, bytes); /* and touched: the audio thread uses it */
    return 0;
}

void align_free(struct align *align) {
    free(align->kept);
    free(align->leg);
}

void align_wait(struct align *align, uint32_t leg, uint32_t wait_frames) RT {
    struct align_leg *l = &align->leg[leg];
    l->wait_frames = wait_frames < align->room_frames ? wait_frames : align->room_frames;
    l->at = 0;
    memset(align->kept + (size_t)leg * align->room_frames, 0, l->wait_frames * sizeof(float));
}

const float *align_leg(struct align *align, uint32_t leg, const float *x, uint32_t nframes,
                       float *out) RT {
    struct align_leg *l = &align->leg[leg];
    float *kept = align->kept + (size_t)leg * align->room_frames;
    if (!l->wait_frames)
        return x;
    for (uint32_t done = 0, n; done < nframes; done += n) {
        n = l->wait_frames - l->at < nframes - done ? l->wait_frames - l->at : nframes - done;
        memcpy(out + done, kept + l->at, n * sizeof *kept);
        memcpy(kept + l->at, x + done, n * sizeof *kept);
        l->at = l->at + n == l->wait_frames ? 0 : l->at + n;
    }
    return out;
}
