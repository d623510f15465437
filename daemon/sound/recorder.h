/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One output file: RF64 that becomes plain WAV while it is below 4 GiB, 24 bits or float, with a
 * bext chunk that says when its first sample stands, the channel mask of its format and its legs in
 * port order (config/format.h). No PEAK chunk, so that the same samples give the same file.
 *
 * 24-bit samples are rounded to the nearest and clipped at full scale; what is non-finite becomes
 * silence. Samples are staged and written in large pieces.
 *
 * A recorder that fails (disk full, I/O error) stops there and stays silent; its file ends where
 * the error struck and is whole up to there. Others are not touched.
 *
 * Threads: one at a time per recorder; any that may block. */
#ifndef DAEMON_SOUND_RECORDER_H
#define DAEMON_SOUND_RECORDER_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "config/format.h"

struct recorder; /* opaque */

struct recorder_options {
    const char *path; /* an existing file is replaced */
    uint32_t rate_hz;
    enum format format;
    int sample_bits;         /* 24, or 32 for float */
    int64_t start_frames;    /* bext time reference: samples since midnight; wraps at a day */
    const char *description; /* bext, 256 bytes at most */
    time_t date;             /* bext origination date and time, UTC */
};

/** Create the file. NULL with text in error (256 bytes). */
struct recorder *recorder_open(const struct recorder_options *options, char error[256]);

/** Append nframes of planar samples. leg[i] NULL is silence. 0, or -1 if it has failed. */
int recorder_write(struct recorder *recorder, const float *const leg[], uint32_t nframes);
/** Append silence. */
int recorder_silence(struct recorder *recorder, uint64_t nframes);
/** Write what is staged and bring the header up to date, so that the file is whole if the process
 *  dies now. To be called about once a second. */
int recorder_update(struct recorder *recorder);
/** Finish the file and free. 0, or -1 if the file is not whole: text in error (256 bytes). NULL is
 *  fine and whole.
 *  @param fd  NULL, or receives the descriptor of the finished file, for an fsync where there is
 *             time for it; the caller closes it. -1 when recorder is NULL */
int recorder_close(struct recorder *recorder, int *fd, char error[256]);

/** Why it stopped, or NULL while it works. */
const char *recorder_failed(const struct recorder *recorder);
/** Frames in the file so far, without those that are staged. */
uint64_t recorder_frames(const struct recorder *recorder);
/** Samples that were clipped. */
uint64_t recorder_clipped(const struct recorder *recorder);
const char *recorder_path(const struct recorder *recorder);

#endif
