/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The files of a render: one per stem and per main, written on a thread of their own, so that the
 * engine and the disk work at the same time.
 *
 * Threads: one caller for all functions; the writing thread is private. */
#ifndef DAEMON_SOUND_FILE_OUTPUTS_H
#define DAEMON_SOUND_FILE_OUTPUTS_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "config/desk.h"
#include "daemon/sound/take_name.h"

struct file_outputs; /* opaque */

struct file_outputs_options {
    const struct desk *desk;
    const char *dir;                             /* exists */
    int64_t from;                                /* timeline frame of the first sample */
    uint32_t stem_late_frames, main_late_frames; /* by which they lag it; left out at their heads */
    time_t date;
    void *ctx;
    void (*log)(void *ctx, int level, const char *text); /* on the caller's thread; may be NULL */
};

/** Create the files; one that cannot be is told by log. NULL with text in error (256 bytes) when
 *  there is none, or no memory. */
struct file_outputs *file_outputs_open(const struct file_outputs_options *options, char error[256]);
/** Frames to be written behind the last one that is wanted, so that all files get all of theirs. */
uint32_t file_outputs_late(const struct file_outputs *outputs);
/** Append samples of desk_ports' outputs. Copies; waits when the disk is far behind. 0, or -1 when
 *  every file has failed. */
int file_outputs_write(struct file_outputs *outputs, float *const out[], uint32_t nframes);
/** Write the rest, finish all files and join the thread. Then file_outputs_whole is final. */
void file_outputs_finish(struct file_outputs *outputs);
void file_outputs_free(struct file_outputs *outputs);

uint32_t file_outputs_count(const struct file_outputs *outputs);
/** After file_outputs_finish: whether file i holds everything. */
bool file_outputs_whole(const struct file_outputs *outputs, uint32_t i);
/** After file_outputs_finish: samples that were clipped. */
uint64_t file_outputs_clipped(const struct file_outputs *outputs);

#endif
