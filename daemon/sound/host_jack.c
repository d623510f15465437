/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The audio thread under JACK. Nothing here waits, but for host_jack_wait, which is called in
 * freewheel only. */
#include <math.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "daemon/sound/denormals.h"
#include "daemon/sound/host_jack_private.h"

#define LEAD_PERIODS 4      /* a lead of so many periods may be mere lateness */
#define LEAD_SETTLES 3      /* callbacks after which it is not */
#define SYNC_CONTROL_MS 300 /* starting waits no longer for control than this */
#define STACK_BYTES 65536   /* of the audio thread, touched before it counts */

int64_t host_jack_now_ns(void) RT {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC_RAW, &t); /* vDSO: no system call */
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static uint64_t thread_faults(void) RT {
    struct rusage usage;
    if (getrusage(RUSAGE_THREAD, &usage) < 0)
        return 0;
    return (uint64_t)usage.ru_minflt + (uint64_t)usage.ru_majflt;
}

void host_thread_init(void *arg) {
    (void)arg; /* JACK runs this on its message thread, too */
    volatile unsigned char stack[STACK_BYTES];
    for (size_t i = 0; i < sizeof stack; i += 1024)
        stack[i] = 0;
    denormals_off();
}

/* Frames since the last callback of a former server: another frame count, so ask the clock. */
static int64_t silent_frames(const struct host_jack *host, int64_t now_ns) RT {
    const double frames = (double)(now_ns - host->audio.next_ns) * host->o.desk->rate_hz / 1e9;
    return frames < 0 ? 0 : frames > 2e9 ? 2000000000 : (int64_t)frames;
}

/* A callback that comes late reads the frame counter of the cycle that has begun meanwhile, and the
 * next one reads the same again: nothing was missed. So a small lead over what was expected counts
 * only when it has stood for some callbacks. */
static int64_t settled(struct host_lead *lead, int64_t frames) RT {
    lead->same = frames == lead->frames ? lead->same + 1 : 1;
    lead->frames = frames;
    return lead->same >= LEAD_SETTLES ? frames : 0;
}

/* Frames that passed without a callback. *timeline is JACK's and becomes the engine's: while a lead
 * is not settled, what follows from the last period. *lead_frames: how much of JACK's lead is not
 * counted yet. Rolling, the transport is the truth (both clocks move on together, but a late
 * callback reads them at different moments); stopped, the frame counter. */
static int64_t missed_frames(struct host_jack *host, uint32_t frame32, bool rolling,
                             int64_t *timeline, int64_t *lead_frames, int64_t now_ns) RT {
    struct host_audio *a = &host->audio;
    *lead_frames = 0;
    if (!a->started)
        return 0;
    if (a->resumed)
        return silent_frames(host, now_ns);
    const int64_t ahead =
        (int32_t)(frame32 - a->next_frame32); /* < 0: the server's timer was reset */
    const int64_t small = LEAD_PERIODS * (int64_t)a->nframes;
    if (ahead > small)
        return ahead;
    const bool both = rolling && a->rolling;
    const int64_t expected = a->timeline + (int64_t)a->nframes;
    const int64_t lead = both ? *timeline - expected : ahead;
    if (lead <= 0 || lead > small) {
        a->lead.same = 0;
        return 0; /* as it should be; or a locate */
    }
    const int64_t missed = settled(&a->lead, lead);
    *lead_frames = lead - missed;
    if (both)
        *timeline = expected + missed;
    return missed;
}

static void note_gap(struct host_jack *host, int64_t missed, int64_t timeline, bool rolling) RT {
    struct host_audio *a = &host->audio;
    engine_skip(host->o.engine, (uint32_t)missed);
    const int64_t behind = timeline - (a->timeline + (int64_t)a->nframes);
    if (rolling && a->rolling && behind > 0 && behind <= missed)
        tape_gap(host->o.tape, (uint32_t)behind);
    const struct host_gap gap = {.frame = a->frame, .frames = (uint32_t)missed};
    if (ring_free(&a->gaps)) {
        ring_put(&a->gaps, &gap, 1);
        ring_commit(&a->gaps);
    }
    a->frame += (uint64_t)missed;
    a->missed += (uint64_t)missed;
    a->lead.same = 0;
}

/* Where this period stands. Unwraps JACK's 32-bit frames into the engine's 64-bit ones. */
static void note_time(struct host_jack *host, uint32_t nframes, struct intake_period *period) RT {
    struct host_audio *a = &host->audio;
    jack_nframes_t frame32;
    jack_time_t now_us, next_us;
    float period_us;
    if (jack_get_cycle_times(host->client, &frame32, &now_us, &next_us, &period_us)) {
        frame32 = jack_last_frame_time(host->client);
        now_us = jack_get_time();
    }
    jack_position_t pos;
    const bool rolling = jack_transport_query(host->client, &pos) == JackTransportRolling;
    int64_t timeline = (int64_t)pos.frame, lead;
    int64_t now_ns = (int64_t)now_us * 1000;

    const int64_t missed = missed_frames(host, frame32, rolling, &timeline, &lead, now_ns);
    if (missed)
        note_gap(host, missed, timeline, rolling);
    now_ns -= lead * 1000000000 / host->o.desk->rate_hz;
    *period = (struct intake_period){
        .time = {.frame = a->frame, .timeline = timeline, .rolling = rolling},
        .nframes = nframes,
        .raw_ns = now_ns,
        .freewheel = atomic_load_explicit(&host->shared.freewheel, memory_order_relaxed)};
    a->frame += nframes;
    a->next_frame32 = frame32 - (uint32_t)lead + nframes;
    a->next_ns = now_ns + (int64_t)nframes * 1000000000 / host->o.desk->rate_hz;
    a->timeline = timeline;
    a->rolling = rolling;
    a->nframes = nframes;
    a->started = true;
    if (a->resumed) /* once after each activation: main wants to know what rights we have */
        atomic_store_explicit(&host->shared.tid, gettid(), memory_order_relaxed);
    a->resumed = false;
    atomic_store_explicit(&host->shared.timeline, timeline, memory_order_relaxed);
    atomic_store_explicit(&host->shared.rolling, rolling, memory_order_relaxed);
}

/* The way in and out of the show: a raised cosine over HOST_FADE_MS on everything that leaves. */
static void fade(struct host_jack *host, uint32_t nframes) RT {
    struct host_audio *a = &host->audio;
    const bool out = atomic_load_explicit(&host->shared.fade_out, memory_order_relaxed);
    const float goal = out ? 0.0f : 1.0f;
    if (a->fade != goal || out) {
        const float step = 1000.0f / (HOST_FADE_MS * (float)host->o.desk->rate_hz);
        const float from = a->fade;
        for (uint32_t p = 0; p < host->outputs; p++) {
            float at = from;
            for (uint32_t i = 0; i < nframes; i++) {
                a->out[p][i] *= 0.5f - 0.5f * cosf(at * 3.14159265f);
                at = out ? fmaxf(at - step, 0.0f) : fminf(at + step, 1.0f);
            }
        }
        const float moved = step * (float)nframes;
        a->fade = out ? fmaxf(from - moved, 0.0f) : fminf(from + moved, 1.0f);
    }
    atomic_store_explicit(&host->shared.faded, a->fade == goal, memory_order_release);
}

/* How long an insert takes is the period; what is recorded is late by that. */
static void note_loop(struct host_jack *host, uint32_t nframes) RT {
    struct engine *engine = host->o.engine;
    host->audio.loop_frames = nframes;
    engine_insert_loop(engine, nframes);
    const struct tape_latency latency = {
        .stem_frames = engine_latency_frames(engine, KIND_STEM),
        .main_frames = engine_latency_frames(engine, KIND_MAIN),
        .ch_return_frames = nframes,
        .grp_return_frames = engine_latency_frames(engine, KIND_CH) + nframes};
    tape_latency(host->o.tape, &latency);
}

static void publish(struct host_jack *host, int64_t start_ns, uint64_t faults) RT {
    struct host_audio *a = &host->audio;
    struct link_status *status = &host->o.link->head->status;
    const int64_t us = (host_jack_now_ns() - start_ns) / 1000;
    const uint32_t took_us = us < 0 ? 0 : us > UINT32_MAX ? UINT32_MAX : (uint32_t)us;
    if (atomic_exchange_explicit(&host->shared.reset_status, false, memory_order_relaxed))
        a->worst_us = 0;
    if (took_us > a->worst_us &&
        !atomic_load_explicit(&host->shared.freewheel, memory_order_relaxed))
        a->worst_us = took_us;
    a->callbacks++;
    /* The first callback of a thread touches what no set-up can: its own stack below us. */
    if (a->callbacks > 1)
        a->faults += thread_faults() - faults;
    atomic_store_explicit(&status->last_us, took_us, memory_order_relaxed);
    atomic_store_explicit(&status->worst_us, a->worst_us, memory_order_relaxed);
    atomic_store_explicit(&status->page_faults, a->faults, memory_order_relaxed);
    atomic_store_explicit(&status->missed_frames, a->missed, memory_order_relaxed);
    atomic_store_explicit(&status->callbacks, a->callbacks, memory_order_relaxed);
    atomic_store_explicit(&host->shared.callbacks, a->callbacks, memory_order_relaxed);
}

/* Always 0: a callback that returns anything else is never called again, in silence. */
int host_process(jack_nframes_t nframes, void *arg) {
    struct host_jack *host = arg;
    struct host_audio *a = &host->audio;
    const int64_t start_ns = host_jack_now_ns();
    const uint64_t faults = thread_faults();
    denormals_off();

    for (uint32_t i = 0; i < host->outputs; i++)
        a->out[i] = jack_port_get_buffer(host->jack_port[host->inputs + i], nframes);
    if (nframes == 0 || nframes > HOST_MAX_PERIOD) {
        for (uint32_t i = 0; i < host->outputs; i++)
            memset(a->out[i], 0, nframes * sizeof(float));
        return 0;
    }
    for (uint32_t i = 0; i < host->inputs; i++)
        a->in[i] = jack_port_get_buffer(host->jack_port[i], nframes);

    if (nframes != a->loop_frames)
        note_loop(host, nframes);
    struct intake_period period;
    note_time(host, nframes, &period);
    intake_begin(host->o.intake, &period);
    if (period.freewheel)
        host_jack_wait(host, &period);
    intake_take(host->o.intake, &period);
    tape_play(host->o.tape, period.time.timeline, period.time.rolling, nframes, a->in);
    engine_run(host->o.engine, &period.time, a->in, a->out, nframes);
    tape_record(host->o.tape, period.time.timeline, period.time.rolling, a->in, a->out, nframes);
    fade(host, nframes);
    intake_end(host->o.intake, &period);
    publish(host, start_ns, faults);
    return 0;
}

/* Slow sync: the transport starts when the disk has read ahead and control has handed down what is
 * due in the first periods. Called by JACK on the audio thread while the transport is starting, and
 * once after each locate. */
int host_sync(jack_transport_state_t state, jack_position_t *pos, void *arg) {
    struct host_jack *host = arg;
    struct host_audio *a = &host->audio;
    const uint32_t ahead = a->nframes ? a->nframes : 256;
    const bool tape = tape_ready(host->o.tape, (int64_t)pos->frame, ahead);
    if (state != JackTransportStarting) {
        a->sync_waited = 0;
        return tape;
    }
    if (!tape)
        return 0;
    if (!atomic_load_explicit(&host->shared.expect_control, memory_order_relaxed))
        return 1;
    const struct intake_period period = {.time = {.timeline = (int64_t)pos->frame, .rolling = true},
                                         .nframes = ahead};
    if (a->timeline == (int64_t)pos->frame && intake_handed(host->o.intake, &period))
        return 1;
    a->sync_waited += ahead;
    return a->sync_waited > host->o.desk->rate_hz * SYNC_CONTROL_MS / 1000;
}
