/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A desk from text, an engine for it, and a run over whole buffers in periods of any length. */
#ifndef TESTS_UNIT_ENGINE_RIG_H
#define TESTS_UNIT_ENGINE_RIG_H

#include "config/address.h"
#include "dsp/engine.h"

#define RIG_EVENTS 4096

/** A command with the frame at which it is to land (engine frames). */
struct rig_move {
    uint64_t frame;
    struct command command;
};

struct rig {
    struct desk *desk;
    struct engine *engine;
    uint32_t ins, outs;
    float **in, **out; /* [port][frames] */
    uint32_t frames;   /* of every buffer */
    uint64_t now;      /* engine frame */
    int64_t timeline;
    bool rolling;
    struct event event[RIG_EVENTS];
    unsigned events;
};

/** Build; fails the test with the desk's error text. Buffers are zeroed. */
void rig_open(struct rig *rig, const char *desk_text, uint32_t frames, const char *isa);
void rig_close(struct rig *rig);
/** Run `frames` of the buffers from offset `from`, in periods of `period`. */
void rig_run(struct rig *rig, uint32_t from, uint32_t frames, uint32_t period);
/** Slot of an address; fails the test if there is none. */
uint32_t rig_slot(const struct rig *rig, const char *address);
/** Queue one command for engine frame `frame`; fails the test if refused. */
void rig_at(struct rig *rig, uint64_t frame, const struct command *command);
/** Set at the next grid point. */
void rig_set(struct rig *rig, const char *address, float value);
void rig_glide(struct rig *rig, const char *address, float value, float seconds);
/** Number of an input or output port by name ("ch A 1", "stem DX L"); fails the test if unknown. */
uint32_t rig_in(const struct rig *rig, const char *port);
uint32_t rig_out(const struct rig *rig, const char *port);
/** Fails the test at the first sample in which two rigs' outputs differ; `what` is the second one's
 *  period. */
void rig_same(const struct rig *a, const struct rig *b, uint32_t what);
/** Peak of |x| over n samples. */
float rig_peak(const float *x, uint32_t n);
/** Sine of `hz` and `amplitude` over the whole buffer, from phase 0 at frame 0. */
void rig_sine(const struct rig *rig, float *x, double hz, double amplitude);
/** White noise in +-amplitude, the same for the same seed. */
void rig_noise(const struct rig *rig, float *x, unsigned seed, double amplitude);

#endif
