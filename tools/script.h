/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The script: a text file of timed moves, one a line:
 *
 *      # a comment
 *      01:00:12:03     /ch/DX_A/fader -3.5
 *      01:00:12:03.50  /ch/DX_A/fader/glide -8 1.5 s      half a picture frame later
 *      576000          /ch/1/name "Dialogue \"A\""        a count of samples from the desk's start
 *
 * A whole number is an integer, with a point or an exponent it is a float, `-inf` is silence; "..."
 * (with \" \\ \n \t in it) and any other word are strings. `#` begins a comment at the beginning of
 * a word. Lines may stand in any order; those of the same time are made in the order of the file.
 *
 * `dubdesk script` plays it into a running desk, `dubdesk render --script` renders it.
 *
 * Threads: pure but for allocation; any. */
#ifndef TOOLS_SCRIPT_H
#define TOOLS_SCRIPT_H

#include <stddef.h>
#include <stdint.h>

#include "config/timecode.h"

#define SCRIPT_MAX_ARGS 64
#define SCRIPT_MAX_BYTES (64u << 20)

enum script_type { SCRIPT_INT, SCRIPT_FLOAT, SCRIPT_STRING };

struct script_arg {
    enum script_type type;
    int64_t number;
    double value; /* may be -infinity */
    const char *text;
};

struct script_line {
    unsigned line;    /* in the file, from 1 */
    const char *at;   /* its time as written */
    int64_t timeline; /* the same in timeline frames; 0 when no clock was given */
    const char *address;
    uint32_t args;
    struct script_arg *arg;
};

struct script {
    uint32_t lines;
    struct script_line *line; /* sorted by time (with a clock), then by place in the file */
    char *memory[3];          /* owned */
};

/** What a timecode means on a desk. */
struct script_clock {
    enum fps fps;
    uint32_t rate_hz;
    int64_t start_frames; /* samples since midnight of timeline frame 0 */
};

/** Read a script.
 *  @param text   need not end in NUL; may hold anything
 *  @param name   for messages
 *  @param clock  NULL: times are only checked for their shape and lines stay in their order
 *  @return 0 and *script (free with script_free), or -1 with "NAME:LINE: what; expected what" */
int script_parse(const char *text, size_t size, const char *name, const struct script_clock *clock,
                 struct script *script, char error[512]);
/** The same from a file; "-" is the standard input. */
int script_load(const char *path, const struct script_clock *clock, struct script *script,
                char error[512]);
void script_free(struct script *script);

/** One line as an OSC packet: a bundle of `/at` and the message. `/at` carries the frame when the
 *  script was read with a clock (`frames`), else the time as it was written.
 *  @return its size, 0 if it does not fit */
size_t script_packet(const struct script_line *line, bool frames, void *to, size_t capacity);

#endif
