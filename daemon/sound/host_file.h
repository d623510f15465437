/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The desk run from files, as fast as the machine can: the same engine and intake as the JACK host,
 * the reel's tracks as inputs, one file per stem and per main as outputs.
 *
 * One thread runs the engine and reads the reel; the files are written on another. Between periods
 * it calls a tick function, in which the renderer lets control take its turn. A period waits
 * (calling tick) until control has handed down what is due in it, so nothing is late. While it
 * runs, the link's clock says freewheel.
 *
 * Thread: one, the same for all functions; the callbacks come on it too. */
#ifndef DAEMON_SOUND_HOST_FILE_H
#define DAEMON_SOUND_HOST_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "daemon/link.h"
#include "daemon/sound/intake.h"

#define HOST_FILE_MAX_PERIOD 8192u

struct host_file; /* opaque */

struct host_file_progress {
    int64_t timeline;
    double x_realtime; /* so far */
    double left_s;     /* estimated; < 0: not known yet */
    double done;       /* 0..1 */
};

struct host_file_options {
    const struct desk *desk;
    struct link *link;
    struct intake *intake;
    struct engine *engine;
    uint32_t period_frames;
    const char *reel_dir;   /* NULL: the desk's */
    const char *insert_dir; /* what came back into inserts in a take; NULL: with the reel */
    void *ctx;              /* of all functions below */
    /** A turn for control. `timeline` is where the coming period ends. False: give up. */
    bool (*tick)(void *ctx, int64_t timeline);
    /** May be NULL. About ten times a second. */
    void (*progress)(void *ctx, const struct host_file_progress *progress);
    /** Something a person should know; level 0 info, 1 warning, 2 error. */
    void (*log)(void *ctx, int level, const char *text);
};

/** Open the reel's tracks. One that is missing is told and plays silence. NULL with text in error
 *  (256 bytes). */
struct host_file *host_file_setup(const struct host_file_options *options, char error[256]);
void host_file_free(struct host_file *host);

/** Where the tracks begin and end on the timeline. False when there is none. */
bool host_file_extent(const struct host_file *host, int64_t *from, int64_t *to);
/** Tracks that could not be opened. */
unsigned host_file_missing(const struct host_file *host);

struct host_file_pass {
    int64_t from, to;    /* timeline frames to write */
    int64_t chase;       /* roll from here without the reel, so that moves before `from` are made as
                            they were written; = from for none. Not after from */
    const char *out_dir; /* exists */
    time_t date;         /* into the files' bext */
};

struct host_file_result {
    uint32_t files; /* that were written whole */
    uint32_t failed;
    uint64_t clipped; /* samples, in all files */
    double seconds;   /* it took */
    double x_realtime;
};

/** Render. What came back into inserts is played from their files; one that is on but has no file,
 * or one that does not reach, ends the render by name. Runs a moment stopped at `chase` first, so
 * that what was set before stands. Latency of the engine is taken out. 0; -1 with text in error
 * when it was given up or nothing could be written; a file that fails alone is told by log and
 * counted. */
int host_file_run(struct host_file *host, const struct host_file_pass *pass,
                  struct host_file_result *result, char error[256]);

/** Number, name ("stem_DX.wav") and whether it is whole of the files of the last pass. */
uint32_t host_file_outputs(const struct host_file *host);
const char *host_file_output(const struct host_file *host, uint32_t output, bool *whole);

#endif
