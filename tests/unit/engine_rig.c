/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine_rig.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void on_event(void *ctx, const struct event *event) RT {
    struct rig *rig = ctx;
    if (rig->events < RIG_EVENTS)
        rig->event[rig->events++] = *event;
}

static float **buffers(uint32_t count, uint32_t frames) {
    float **b = calloc(count + 1, sizeof *b);
    assert_non_null(b);
    for (uint32_t i = 0; i < count; i++) {
        b[i] = calloc(frames, sizeof **b);
        assert_non_null(b[i]);
    }
    return b;
}

void rig_open(struct rig *rig, const char *desk_text, uint32_t frames, const char *isa) {
    struct desk_error why;
    char error[256] = "";
    memset(rig, 0, sizeof *rig);
    if (desk_parse(desk_text, "rig.cfg", &rig->desk, &why) != 0)
        fail_msg("%s", why.text);
    const struct engine_options options = {.event = on_event, .event_ctx = rig, .isa = isa};
    rig->engine = engine_setup(rig->desk, &options, error);
    if (!rig->engine)
        fail_msg("%s", error);
    const uint32_t ports = desk_ports(rig->desk, NULL, 0);
    struct desk_port *port = calloc(ports, sizeof *port);
    assert_non_null(port);
    desk_ports(rig->desk, port, ports);
    for (uint32_t i = 0; i < ports; i++)
        *(port[i].input ? &rig->ins : &rig->outs) += 1;
    free(port);
    rig->frames = frames;
    rig->in = buffers(rig->ins, frames);
    rig->out = buffers(rig->outs, frames);
}

void rig_close(struct rig *rig) {
    for (uint32_t i = 0; i < rig->ins; i++)
        free(rig->in[i]);
    for (uint32_t i = 0; i < rig->outs; i++)
        free(rig->out[i]);
    free(rig->in);
    free(rig->out);
    engine_free(rig->engine);
    desk_free(rig->desk);
}

void rig_run(struct rig *rig, uint32_t from, uint32_t frames, uint32_t period) {
    const float **in = calloc(rig->ins + 1, sizeof *in);
    float **out = calloc(rig->outs + 1, sizeof *out);
    assert_true(in && out && from + frames <= rig->frames);
    for (uint32_t done = 0; done < frames;) {
        const uint32_t n = frames - done < period ? frames - done : period;
        for (uint32_t i = 0; i < rig->ins; i++)
            in[i] = rig->in[i] + from + done;
        for (uint32_t i = 0; i < rig->outs; i++)
            out[i] = rig->out[i] + from + done;
        const struct engine_time time = {rig->now, rig->timeline, rig->rolling};
        engine_run(rig->engine, &time, in, out, n);
        rig->now += n;
        rig->timeline += rig->rolling ? n : 0;
        done += n;
    }
    free(in);
    free(out);
}

uint32_t rig_slot(const struct rig *rig, const char *address) {
    struct address a;
    char why[160];
    if (address_resolve(rig->desk, address, &a, why, sizeof why) != ADDRESS_OK)
        fail_msg("%s: %s", address, why);
    assert_int_not_equal(a.slot, SLOT_NONE);
    return a.slot;
}

void rig_at(struct rig *rig, uint64_t frame, const struct command *command) {
    const struct group group = {.when = WHEN_FRAME, .frame = frame, .count = 1};
    assert_int_equal(engine_queue(rig->engine, &group, command), 0);
}

void rig_set(struct rig *rig, const char *address, float value) {
    const struct command c = {.op = COMMAND_SET, .slot = rig_slot(rig, address), .value = value};
    rig_at(rig, rig->now, &c);
}

void rig_glide(struct rig *rig, const char *address, float value, float seconds) {
    const struct command c = {
        .op = COMMAND_GLIDE, .slot = rig_slot(rig, address), .value = value, .seconds = seconds};
    rig_at(rig, rig->now, &c);
}

static uint32_t port_number(const struct rig *rig, const char *name, bool input) {
    const uint32_t ports = desk_ports(rig->desk, NULL, 0);
    struct desk_port *port = calloc(ports, sizeof *port);
    assert_non_null(port);
    desk_ports(rig->desk, port, ports);
    uint32_t n = 0, found = UINT32_MAX;
    for (uint32_t i = 0; i < ports && found == UINT32_MAX; i++) {
        if (port[i].input != input)
            continue;
        if (strcmp(port[i].name, name) == 0)
            found = n;
        n++;
    }
    free(port);
    if (found == UINT32_MAX)
        fail_msg("no port \"%s\"", name);
    return found;
}

uint32_t rig_in(const struct rig *rig, const char *port) {
    return port_number(rig, port, true);
}

uint32_t rig_out(const struct rig *rig, const char *port) {
    return port_number(rig, port, false);
}

void rig_same(const struct rig *a, const struct rig *b, uint32_t what) {
    for (uint32_t o = 0; o < a->outs; o++)
        for (uint32_t i = 0; i < a->frames; i++)
            if (a->out[o][i] != b->out[o][i])
                fail_msg("period %u, output %u differs from frame %u on: %.9g and %.9g", what, o, i,
                         (double)a->out[o][i], (double)b->out[o][i]);
}

float rig_peak(const float *x, uint32_t n) {
    float peak = 0;
    for (uint32_t i = 0; i < n; i++)
        peak = fmaxf(peak, fabsf(x[i]));
    return peak;
}

void rig_sine(const struct rig *rig, float *x, double hz, double amplitude) {
    for (uint32_t i = 0; i < rig->frames; i++)
        x[i] = (float)(amplitude * sin(2 * M_PI * hz * i / rig->desk->rate_hz));
}

void rig_noise(const struct rig *rig, float *x, unsigned seed, double amplitude) {
    uint32_t r = seed * 2654435761u + 1;
    for (uint32_t i = 0; i < rig->frames; i++) {
        r = r * 1664525u + 1013904223u;
        x[i] = (float)(amplitude * ((double)(int32_t)r / 2147483648.0));
    }
}
