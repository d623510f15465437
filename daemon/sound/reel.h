/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A track of the reel: one sound file of the reel folder, read by timeline frame at the desk's
 * rate.
 *
 * WAV, BWF, RF64, FLAC, Ogg and whatever else libsndfile reads. A file with a bext time reference
 * starts there (samples since midnight minus the desk's start; a reference of 0 counts as none, for
 * many programs write it without meaning it), any other at timeline frame 0.
 *
 * A file of another rate, and one whose format cannot be entered at any sample, is decoded and
 * converted once, when it is opened, into floats in a memfd or, above REEL_MEMORY_BYTES, in an
 * unlinked temporary file. What is read is therefore the same samples in the live desk and in the
 * renderer, whatever was read before and in whatever portions.
 *
 * Threads: one at a time per track; any. */
#ifndef DAEMON_SOUND_REEL_H
#define DAEMON_SOUND_REEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REEL_MEMORY_BYTES (64u << 20)

struct reel; /* opaque */

/** Whether a channel's source is a track of the reel ("reel:NAME"); its NAME, or NULL. */
const char *reel_name(const char *source);

/** Let this process have as many files open as it may: a desk can have a thousand tracks, and the
 *  usual limit is 1024. To be called before the first reel_open. Thread: main. */
void reel_raise_limit(void);

/** Find NAME in a folder (as it is, or with one of the usual extensions) and open it.
 *  @param rate_hz       the desk's rate
 *  @param start_frames  samples since midnight of timeline frame 0
 *  @return NULL with text in error (256 bytes): no such file, not a sound file, a name that leaves
 *          the folder, no room for the conversion. Blocks while it converts. Source of the
 *          conversion: libsoxr, SOXR_VHQ, linear phase. */
struct reel *reel_open(const char *dir, const char *name, uint32_t rate_hz, int64_t start_frames,
                       char error[256]);
/** NULL is fine. */
void reel_close(struct reel *reel);

uint32_t reel_legs(const struct reel *reel);
/** Timeline frame of its first sample; may be negative. */
int64_t reel_from(const struct reel *reel);
/** Timeline frame behind its last sample. */
int64_t reel_to(const struct reel *reel);
const char *reel_path(const struct reel *reel);

/** Samples of a stretch of the timeline, leg by leg; silence outside of the file and in legs that
 * it does not have. Reading on where the last call ended is cheap for any nframes.
 *  @param leg  [legs] buffers of nframes samples
 *  @return 0, or -1 when the file could not be read there: silence stands in (told once by the
 *          caller, not repeated here) */
int reel_read(struct reel *reel, int64_t timeline, uint32_t nframes, float *const leg[],
              uint32_t legs);

#endif
