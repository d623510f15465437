/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The engine: the whole desk as one function of its inputs, its commands and the frame counter.
 *
 * channels -> groups -> auxes -> stems -> mains -> monitor, always in that order. Hosts fetch
 * buffers and call engine_run; tests drive the engine through the same door.
 *
 * Threads: engine_setup.c builds and frees (main thread); everything declared RT runs on the audio
 * thread only and neither allocates, locks, nor calls the system. */
#ifndef DSP_ENGINE_H
#define DSP_ENGINE_H

#include "config/command.h"
#include "config/desk.h"
#include "config/rt.h"

struct engine; /* opaque */

#define ENGINE_QUEUE 65536 /* commands that may wait for their frame */

struct engine_options {
    uint32_t max_period_frames; /* largest nframes engine_run will be given; 8192 if 0 */
    const char *isa;            /* force a kernel variant by name, NULL for the best */
    void (*event)(void *ctx, const struct event *event)
        RT; /* called on the audio thread; may be NULL */
    void *event_ctx;
    float *target;  /* [slots] optional memory (the link's plane) that mirrors targets */
    float *current; /* [slots] and present values; NULL: the engine keeps its own */
};

/** Build an engine for a desk, which must outlive it. NULL with text in `error` (256 bytes) on
 * failure. Thread: main. Allocates everything, touches every page. */
struct engine *engine_setup(const struct desk *desk, const struct engine_options *options,
                            char error[256]);
void engine_free(struct engine *engine);

/** Where a period stands. */
struct engine_time {
    uint64_t frame;   /* engine frame of the period's first sample, 64-bit, monotonic */
    int64_t timeline; /* timeline frame of it */
    bool rolling;
};

/** Take note of where the coming period stands, before commands for it are queued. A stop, and a
 *  timeline that does not continue or moves while stopped, begin a new epoch: timeline commands of
 *  the old one are dropped (EVENT_STALE). Beginning to roll, and a jump while rolling, reset strips
 *  fed by tape under a short fade-in. Each of them is told (EVENT_EPOCH). engine_run does it too;
 *  hosts that publish the epoch before they run call it first. RT. */
void engine_begin(struct engine *engine, const struct engine_time *time) RT;

/** Process one period. in[] and out[] are in the order of desk_ports (inputs, then outputs counted
 *  from 0); NULL entries are silence and not wanted. Buffers hold nframes samples, need no
 *  alignment, and out[] must not overlap in[]. RT, bounded by desk size x nframes. */
void engine_run(struct engine *engine, const struct engine_time *time, const float *const *in,
                float *const *out, uint32_t nframes) RT;

/** Time passed without a callback: glides and commands go on, sound does not. RT. */
void engine_skip(struct engine *engine, uint32_t nframes) RT;

/** Queue a group. Checked here: slots, finiteness, ranges, counts. 0, or an event_op that says why
 * not (EVENT_BUSY, EVENT_STALE, EVENT_BAD), in which case nothing of it will ever apply. RT,
 * bounded by count x log(queue). */
int engine_queue(struct engine *engine, const struct group *group, const struct command *commands)
    RT;

/** Post a prepared bulk: like engine_queue, but the commands stay in the caller's memory (which the
 *  caller keeps unchanged until EVENT_APPLIED) and number up to all slots. They are checked and
 * copied a slice per call of engine_run; lands at the first grid point at or after group->frame at
 * which all are in. One at a time: EVENT_BUSY while another is in progress. RT. */
int engine_queue_bulk(struct engine *engine, const struct group *group,
                      const struct command *commands) RT;

/** Meters: ballistic values per leg of each strip at two points, linear. Peak falls 20 dB in 1.7 s,
 *  RMS integrates over 300 ms. Gain reductions are dB <= 0, fall at once and rise 40 dB a second.
 */
struct meter_value {
    float in_peak, in_rms;   /* after trim, before filters */
    float out_peak, out_rms; /* after fader, mute and limiter */
    float gr_db[GR_COUNT];   /* enum reduction */
};
/** Number of meters: legs of all strips in object order. */
uint32_t engine_meters(const struct engine *engine);
/** First meter of a strip (object number). */
uint32_t engine_meter_of(const struct engine *engine, uint32_t object);
/** Copy the present meters. Thread: audio, between runs. RT. */
void engine_meters_read(const struct engine *engine, struct meter_value *values) RT;

/** Counters since setup. RT to read on the audio thread. */
struct engine_counters {
    uint64_t applied;    /* commands applied */
    uint64_t late;       /* timed groups that came after their frame */
    uint64_t nan_inputs; /* cells silenced because of non-finite input */
    uint32_t queued, queue_high;
    uint32_t epoch;
};
void engine_counters(const struct engine *engine, struct engine_counters *counters) RT;

/** Frames by which what the strips of a kind put out lags the inputs: look-ahead, and inserts of
 * the stages on the way. The same for all strips of a kind. Thread: any. */
uint32_t engine_latency_frames(const struct engine *engine, enum kind kind);

/** How many frames after a send its return comes back: the period under JACK, 0 where returns are
 *  given together with what is sent (files). To be said before the first run and whenever it
 *  changes; what is in inserts is lost then. No effect without inserts. RT. */
void engine_insert_loop(struct engine *engine, uint32_t loop_frames) RT;

#endif
