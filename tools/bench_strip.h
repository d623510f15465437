/* SPDX-License-Identifier: GPL-3.0-or-later */
/** A desk of equal strips without the engine around it: host buffer in (scanned), delay, transpose,
 *  input gain and meter, high-pass, bands, low-pass, gate, compressor, de-esser, fader and meter,
 *  transpose back, mix into a bus by the pan's gains and into auxes by the sends. The steps, their
 *  order and their memory are those of dsp/stage.c; what the engine derives from its parameters is
 *  given here, so that this measures sound alone. */
#ifndef TOOLS_BENCH_STRIP_H
#define TOOLS_BENCH_STRIP_H

#include <stdbool.h>

#include "dsp/kernels.h"

struct strip_options {
    const struct kernels *k;
    unsigned strips, period_frames;
    unsigned bands;    /* bells */
    unsigned legs;     /* of the bus that the pan feeds */
    unsigned sends;    /* mono auxes */
    bool delay, deess; /* besides filters, gate and compressor */
    bool ramps;        /* all gains move, in every cell */
    bool coefs;        /* all frequencies, gains and thresholds too */
};

/** What the comparisons are about: 4 bells, gate, compressor, pan to 6, 8 sends; gains moving. */
#define STRIP_PLAIN                                                                         \
    (struct strip_options) {                                                                \
        .strips = 64, .period_frames = 64, .bands = 4, .legs = 6, .sends = 8, .ramps = true \
    }
/** Delay, six bands, gate, compressor, de-esser, 12-way pan, 16 sends; gains moving. */
#define STRIP_FULL                                                                             \
    (struct strip_options) {                                                                   \
        .strips = 64, .period_frames = 64, .bands = 6, .legs = 12, .sends = 16, .delay = true, \
        .deess = true, .ramps = true                                                           \
    }

struct strip_desk;

struct strip_desk *strip_open(const struct strip_options *options);
void strip_close(struct strip_desk *desk);
/** One period; a bench_racer's `run`. */
void strip_run(void *desk);
/** Nanoseconds per sample and strip, of nanoseconds per run. */
double strip_cost(const struct strip_desk *desk, double ns);
/** One strip along time, gains at rest at 0 dB: what leaves it after the fader. */
void strip_process(const float *in, float *out, unsigned frames);

#endif
