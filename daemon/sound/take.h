/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A take: a folder of files that begin at one frame of the timeline.
 *
 *      RECORD_DIR/TITLE_001/stem_DX.wav ... main_PM.wav take.txt
 *
 * TITLE is the desk's, NNN the next number that is free. take.txt says where it begins, which
 * stretches are silence because the machine failed, and where it ends; tab-separated:
 *
 *      begin   TIMELINE_FRAME  0       TIMECODE
 *      loop    TIMELINE_FRAME  FRAMES  TIMECODE        how long what inserts send took to come back
 *      gap     TIMELINE_FRAME  FRAMES  TIMECODE        no callback came
 *      lost    TIMELINE_FRAME  FRAMES  TIMECODE        the disk was too slow
 *      failed  TIMELINE_FRAME  0       TIMECODE  FILE: WHY
 *      end     TIMELINE_FRAME  0       TIMECODE
 *
 * Thread: one, the tape's writer. */
#ifndef DAEMON_SOUND_TAKE_H
#define DAEMON_SOUND_TAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "config/desk.h"
#include "daemon/sound/take_name.h"

struct take; /* opaque */

struct take_options {
    const struct desk *desk;
    const char *record_dir;           /* made if it is missing */
    const struct take_output *output; /* [outputs] what is recorded */
    uint32_t outputs;
    uint32_t loop_frames; /* of inserts; 0 without any */
    void *ctx;
    void (*tell)(void *ctx, const char *text); /* a file has failed */
};

/** Begin: folder and files. NULL with text in error (256 bytes) when no file could be made. */
struct take *take_begin(const struct take_options *options, int64_t timeline, char error[256]);
/** Append samples of all outputs, leg by leg: leg i of `planar` begins at planar[i * nframes]. */
void take_write(struct take *take, const float *planar, uint32_t nframes);
/** Append silence where sound is missing; `why` is "gap" or "lost". */
void take_silence(struct take *take, const char *why, uint64_t nframes);
/** Make the files whole as they are. About once a second. */
void take_update(struct take *take);
/** Finish all files. They are complete afterwards; the disk gets them on a thread of its own, which
 *  tells if it fails and is waited for by take_free. */
void take_end(struct take *take);
void take_free(struct take *take);

const char *take_folder(const struct take *take);
uint64_t take_frames(const struct take *take);
/** Files that have not failed. */
uint32_t take_alive(const struct take *take);

/** mkdir -p and a look whether one may write there. 0, or -1 with text. Any thread. */
int take_folder_check(const char *record_dir, char error[256]);

#endif
