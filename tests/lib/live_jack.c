/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/lib/live_jack.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#define DIFFERENT 1e-7f /* the engine holds a constant level exactly */

static int play(jack_nframes_t n, void *arg) {
    struct live_jack *j = arg;
    float *out = jack_port_get_buffer(j->out, n);
    const float level = atomic_load_explicit(&j->level, memory_order_relaxed);
    for (jack_nframes_t i = 0; i < n; i++)
        out[i] = level;
    return 0;
}

static int watch(jack_nframes_t n, void *arg) {
    struct live_jack *j = arg;
    const float *in = jack_port_get_buffer(j->in, n);
    float min = atomic_load_explicit(&j->min, memory_order_relaxed);
    float max = atomic_load_explicit(&j->max, memory_order_relaxed);
    if (atomic_exchange(&j->clear, false))
        min = max = in[0];
    float steepest = atomic_load_explicit(&j->steepest, memory_order_relaxed);
    for (jack_nframes_t i = 0; i < n; i++) {
        min = fminf(min, in[i]);
        max = fmaxf(max, in[i]);
        steepest = fmaxf(steepest, fabsf(in[i] - j->last));
        j->last = in[i];
    }
    atomic_store_explicit(&j->steepest, steepest, memory_order_relaxed);
    atomic_store_explicit(&j->min, min, memory_order_relaxed);
    atomic_store_explicit(&j->max, max, memory_order_relaxed);
    if (atomic_load(&j->armed)) {
        for (jack_nframes_t i = 0; i < n; i++)
            if (fabsf(in[i] - j->base) > DIFFERENT) {
                atomic_store(&j->hit, jack_last_frame_time(j->sink) + i);
                atomic_store(&j->armed, false);
                break;
            }
    } else {
        j->base = in[n - 1];
    }
    atomic_fetch_add(&j->frames, n);
    return 0;
}

static int count_xrun(void *arg) {
    atomic_fetch_add(&((struct live_jack *)arg)->xruns, 1);
    return 0;
}

static jack_client_t *client(const struct live_desk *desk, const char *name) {
    jack_client_t *c =
        jack_client_open(name, JackNoStartServer | JackServerName, NULL, desk->server);
    assert_non_null(c);
    return c;
}

void live_jack_open(struct live_jack *j, const struct live_desk *desk, float level, const char *to,
                    const char *from) {
    char name[64];
    *j = (struct live_jack){.source = client(desk, "source"), .sink = client(desk, "sink")};
    atomic_store(&j->level, level);
    j->out = jack_port_register(j->source, "out", JACK_DEFAULT_AUDIO_TYPE, JackPortIsOutput, 0);
    j->in = jack_port_register(j->sink, "in", JACK_DEFAULT_AUDIO_TYPE, JackPortIsInput, 0);
    assert_true(j->out && j->in);
    assert_int_equal(jack_set_process_callback(j->source, play, j), 0);
    assert_int_equal(jack_set_process_callback(j->sink, watch, j), 0);
    jack_set_xrun_callback(j->sink, count_xrun, j);
    assert_int_equal(jack_activate(j->source), 0);
    assert_int_equal(jack_activate(j->sink), 0);
    snprintf(name, sizeof name, "%s", jack_port_name(j->out));
    assert_int_equal(jack_connect(j->source, name, to), 0);
    snprintf(name, sizeof name, "%s", jack_port_name(j->in));
    assert_int_equal(jack_connect(j->sink, from, name), 0);
    live_jack_pass(j, 9600);
    live_jack_watch(j);
}

void live_jack_close(struct live_jack *j) {
    if (j->source)
        jack_client_close(j->source);
    if (j->sink)
        jack_client_close(j->sink);
    j->source = j->sink = NULL;
}

void live_jack_watch(struct live_jack *j) {
    atomic_store(&j->clear, true);
    for (int i = 0; atomic_load(&j->clear) && i < 2000; i++)
        live_sleep_ms(1);
}

float live_jack_steepest(struct live_jack *j) {
    return atomic_exchange(&j->steepest, 0.0f);
}

void live_jack_pass(struct live_jack *j, uint64_t frames) {
    const uint64_t until = atomic_load(&j->frames) + frames;
    for (int i = 0; atomic_load(&j->frames) < until && i < 5000; i++)
        live_sleep_ms(1);
    assert_true(atomic_load(&j->frames) >= until);
}

bool live_jack_hit(struct live_jack *j, unsigned ms) {
    for (unsigned i = 0; atomic_load(&j->armed) && i < ms; i++)
        live_sleep_ms(1);
    return !atomic_load(&j->armed);
}
