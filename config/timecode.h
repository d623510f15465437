/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timecode and samples. A picture frame is a `tcframe`; `frames` are samples. All conversions are
 * integer arithmetic and exact: a tcframe begins at the first sample at or after its true time, so
 * samples -> timecode -> samples and back never drift, at 23.976 and 29.97 too.
 *
 * Timecode counts tcframes; at 23.976 and 29.97 non-drop 01:00:00:00 therefore stands 3603.6
 * seconds after midnight. Drop-frame numbering leaves out frame numbers 0 and 1 of every minute but
 * each tenth; no picture is dropped. Source: SMPTE ST 12-1.
 *
 * Threads: pure functions; any thread. Nothing is allocated. */
#ifndef CONFIG_TIMECODE_H
#define CONFIG_TIMECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum fps { FPS_23976, FPS_24, FPS_25, FPS_2997, FPS_2997_DF, FPS_30, FPS_COUNT };

/** Their names in the desk file and in OSC, with '|' between, in the order of the enumeration. */
#define FPS_WORDS "23.976|24|25|29.97|29.97df|30"

struct fps_info {
    const char *name;
    uint32_t num, den; /* tcframes per second = num / den */
    uint32_t base;     /* frame numbers run from 0 to base - 1 */
    bool drop;
};
/** Indexed by enum fps. */
extern const struct fps_info fps_table[FPS_COUNT];
/** By name, FPS_COUNT if unknown. */
enum fps fps_by_name(const char *name);

/** A timecode label and hundredths of its tcframe. */
struct timecode {
    int hours, minutes, seconds, tcframes, hundredths;
};

#define TIMECODE_BYTES 16 /* of "23:59:59:23.99" */

/** tcframes since midnight of a label. False if there is no such label at this rate. */
bool timecode_count(const struct timecode *tc, enum fps fps, int64_t *tcframes);
/** The label of a count of tcframes (hundredths 0); counts outside of a day wrap, as clocks do. */
struct timecode timecode_label(int64_t tcframes, enum fps fps);
/** tcframes in 24 hours of labels. */
int64_t timecode_day(enum fps fps);

/** First sample at or after the start of a tcframe plus hundredths (0..99) of it. */
int64_t timecode_samples(int64_t tcframes, int hundredths, enum fps fps, uint32_t rate_hz);
/** The tcframe that sounds at a sample, and *hundredths (optional) of it, rounded down. */
int64_t timecode_at(int64_t samples, enum fps fps, uint32_t rate_hz, int *hundredths);

/** Read "HH:MM:SS:FF", with ";" before FF for drop-frame (":" is accepted there too), and ".ff"
 *  hundredths after it if wanted, into samples since midnight. False with `why` (160 bytes are
 *  enough) for anything else, and for labels that do not exist. */
bool timecode_parse(const char *text, enum fps fps, uint32_t rate_hz, int64_t *samples, char *why,
                    size_t size);

/** The same for a position of the timeline, which begins at `start_frames` samples since midnight:
 *  a timecode, or a plain count of samples ("1234567", may be negative) that is taken as it is. */
bool timecode_parse_position(const char *text, enum fps fps, uint32_t rate_hz, int64_t start_frames,
                             int64_t *timeline_frames, char *why, size_t size);

/** Write the label of a sample since midnight; with hundredths if asked to. At least TIMECODE_BYTES
 *  of buf are written to. Returns buf. */
const char *timecode_print(int64_t samples, enum fps fps, uint32_t rate_hz, bool hundredths,
                           char buf[TIMECODE_BYTES]);

#endif
