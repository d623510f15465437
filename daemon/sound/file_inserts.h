/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What came back into inserts in a live pass, played from the files of its take in a render.
 *
 * Thread: one. */
#ifndef DAEMON_SOUND_FILE_INSERTS_H
#define DAEMON_SOUND_FILE_INSERTS_H

#include <stdbool.h>
#include <stdint.h>

#include "config/desk.h"

struct file_inserts; /* opaque */

/** Open insert_ch_DX_A.wav and so on in a folder. One that is missing is no failure until it is
 *  needed. NULL without memory. */
struct file_inserts *file_inserts_open(const struct desk *desk, const char *dir,
                                       uint32_t period_frames);
/** NULL is fine. */
void file_inserts_free(struct file_inserts *inserts);
/** Legs of all inserts: entries of in[] behind the channels' legs, and of out[] behind all else. */
uint32_t file_inserts_legs(const struct file_inserts *inserts);

/** How long what was sent took to come back when the take was made, as take.txt beside the files
 *  says; 0 without it. With the same loop the engine makes the same samples of it. */
uint32_t file_inserts_loop(const struct file_inserts *inserts);
/** The range that is played, and by how much returns of groups lag those of channels. */
void file_inserts_range(struct file_inserts *inserts, int64_t from, int64_t to,
                        uint32_t channels_late_frames);

/** What came back in a period, into in[] (of the inserts; silence where a file has nothing, and
 * what was sent before the range). Buffers are valid until the next call. */
void file_inserts_read(struct file_inserts *inserts, int64_t timeline, uint32_t nframes,
                       const float *in[]);
/** Whether everything of the range that was heard in the period is there.
 *  @param value  [slots] of the desk, as they are now
 *  @return 0, or -1 with text (256 bytes): an insert is on, and has no file or not enough of one */
int file_inserts_check(const struct file_inserts *inserts, const float *value, int64_t timeline,
                       uint32_t nframes, char error[256]);

#endif
