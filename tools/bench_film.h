/* SPDX-License-Identifier: GPL-3.0-or-later */
/** The film desk of the bench: its text, and the sound that its tracks play. */
#ifndef TOOLS_BENCH_FILM_H
#define TOOLS_BENCH_FILM_H

#include <stdbool.h>
#include <stddef.h>

#define FILM_CHANNELS 64
#define FILM_MOST_LEGS (6 * FILM_CHANNELS)

/** What a channel carries. */
enum film_kind { FILM_DIALOGUE, FILM_EFFECTS, FILM_FOLEY, FILM_BACKGROUND, FILM_MUSIC };

struct film_channel {
    enum film_kind kind;
    const char *format;
    unsigned legs;
};

/** Channel `i` of the desk; with `mono` all 64 are mono. */
struct film_channel film_channel(unsigned i, bool mono);

/** The desk file. `lean`: buses have their limiters and nothing else. `reel` is the folder its
 * tracks are in, or NULL. Free it. */
char *film_desk_text(bool mono, bool lean, const char *reel);

/** A long stretch of recorded sound without pauses, at 48 kHz, and how many frames. Read from the
 *  reel of `make demo`, or cut by tools/reel; where neither can be had, noise with the ups and
 * downs of speech. */
const float *film_sound(size_t *frames, const char **whence);

/** One leg of a track. `sparse`: as reels are, with silence between clips for all but backgrounds
 *  and music. */
void film_track(float *x, size_t frames, struct film_channel channel, unsigned leg, bool sparse);

#endif
