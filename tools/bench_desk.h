/* SPDX-License-Identifier: GPL-3.0-or-later */
/** A whole desk in the engine, fed from memory, as the file host drives it. */
#ifndef TOOLS_BENCH_DESK_H
#define TOOLS_BENCH_DESK_H

#include "config/address.h"
#include "dsp/engine.h"
#include "dsp/kernels.h"

struct bench_desk {
    struct desk *desk;
    struct engine *engine;
    struct engine_time time;
    unsigned period; /* frames of one run */
    uint32_t inputs, outputs;
    const float **track; /* [inputs] what each input plays, over and over */
    unsigned track_frames;
    const float **in;
    float **out;
    float *nowhere;    /* where the outputs go */
    unsigned commands; /* queued since the last run */
};

/** From the text of a desk file; ends the program when that is refused. Inputs are silent. */
struct bench_desk *bench_desk_open(const char *text, const char *isa, unsigned most_period);
void bench_desk_close(struct bench_desk *d);
/** Play `frames` frames (a multiple of every period) of a track per input, in a loop. */
void bench_desk_feed(struct bench_desk *d, const float *const *track, unsigned frames);
/** One period; a bench_racer's `run`. */
void bench_desk_run(void *desk);
/** Glide one parameter; `value` is clamped to its range. Does nothing where the strip has none. */
void bench_desk_glide(struct bench_desk *d, enum kind kind, uint32_t index, enum row_id row,
                      uint32_t dim, float value, float seconds);
/** Switch or set one parameter, likewise. */
void bench_desk_set(struct bench_desk *d, enum kind kind, uint32_t index, enum row_id row,
                    uint32_t dim, float value);
/** End the program if one of the strips is silent: silence would be quick. */
void bench_desk_check(struct bench_desk *d);

#endif
