/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A sound file decoded into floats once, at the rate that is wanted.
 *
 * Thread: any, one at a time. */
#ifndef DAEMON_SOUND_REEL_CACHE_H
#define DAEMON_SOUND_REEL_CACHE_H

#include <sndfile.h>
#include <stdint.h>

/** Decode a file from its beginning, converting its rate.
 *  @param file      open for reading, at its first sample
 *  @param rate_hz   of the result
 *  @param frames    out: length of the result
 *  @return a descriptor that holds `frames` x channels interleaved floats and has no name, to be
 *          closed by the caller; -1 with text in error (256 bytes) */
int reel_cache_make(SNDFILE *file, const SF_INFO *info, uint32_t rate_hz, int64_t *frames,
                    char error[256]);

#endif
