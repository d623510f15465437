/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tools/bench_desk.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/desk.h"
#include "tools/bench.h"

#define MOST_QUEUED (ENGINE_QUEUE / 4)

static void give_up(const char *text) {
    fprintf(stderr, "bench: %s\n", text);
    exit(1);
}

struct bench_desk *bench_desk_open(const char *text, const char *isa, unsigned most_period) {
    struct bench_desk *d = bench_memory(sizeof *d);
    struct desk_error error = {.text = "out of memory"};
    const struct engine_options options = {.max_period_frames = most_period, .isa = isa};
    char why[256];
    if (desk_parse(text, "bench", &d->desk, &error))
        give_up(error.text);
    d->engine = engine_setup(d->desk, &options, why);
    if (!d->engine)
        give_up(why);
    const uint32_t ports = desk_ports(d->desk, NULL, 0);
    struct desk_port *port = bench_memory(ports * sizeof *port);
    desk_ports(d->desk, port, ports);
    for (uint32_t i = 0; i < ports; i++)
        d->inputs += port[i].input;
    d->outputs = ports - d->inputs;
    free(port);
    d->period = most_period;
    d->time.rolling = true;
    d->track = bench_memory(d->inputs * sizeof *d->track);
    d->in = bench_memory(d->inputs * sizeof *d->in);
    d->out = bench_memory(d->outputs * sizeof *d->out);
    d->nowhere = bench_memory((size_t)d->outputs * (most_period + 16) * sizeof *d->nowhere);
    for (uint32_t i = 0; i < d->outputs; i++)
        d->out[i] = d->nowhere + (size_t)i * (most_period + 16);
    return d;
}

void bench_desk_close(struct bench_desk *d) {
    engine_free(d->engine);
    desk_free(d->desk);
    free(d->track);
    free(d->in);
    free(d->out);
    free(d->nowhere);
    free(d);
}

void bench_desk_feed(struct bench_desk *d, const float *const *track, unsigned frames) {
    memcpy(d->track, track, d->inputs * sizeof *track);
    d->track_frames = frames;
}

void bench_desk_run(void *desk) {
    struct bench_desk *d = desk;
    const size_t at = d->track_frames ? (size_t)d->time.frame % d->track_frames : 0;
    for (uint32_t i = 0; i < d->inputs; i++)
        d->in[i] = d->track[i] ? d->track[i] + at : NULL;
    engine_run(d->engine, &d->time, d->in, d->out, d->period);
    d->time.frame += d->period;
    d->time.timeline += d->period;
    d->commands = 0;
}

static void command(struct bench_desk *d, enum kind kind, uint32_t index, enum row_id row,
                    uint32_t dim, const struct command *how) {
    const struct group group = {.when = WHEN_NEXT, .count = 1};
    struct command c = *how;
    float least, usual, most;
    c.slot = layout_slot(&d->desk->layout, kind, index, row, dim, 0);
    if (c.slot == SLOT_NONE)
        return;
    row_range(&rows[row], 0, &least, &usual, &most);
    c.value = c.value < least ? least : c.value > most ? most : c.value;
    if (d->commands++ == MOST_QUEUED)
        bench_desk_run(d);
    if (engine_queue(d->engine, &group, &c))
        give_up("the engine refused a move");
}

void bench_desk_glide(struct bench_desk *d, enum kind kind, uint32_t index, enum row_id row,
                      uint32_t dim, float value, float seconds) {
    const struct command c = {.op = COMMAND_GLIDE, .value = value, .seconds = seconds};
    command(d, kind, index, row, dim, &c);
}

void bench_desk_set(struct bench_desk *d, enum kind kind, uint32_t index, enum row_id row,
                    uint32_t dim, float value) {
    const struct command c = {.op = COMMAND_SET, .value = value};
    command(d, kind, index, row, dim, &c);
}

void bench_desk_check(struct bench_desk *d) {
    struct meter_value *meter = bench_memory(engine_meters(d->engine) * sizeof *meter);
    const struct layout *l = &d->desk->layout;
    char why[96];
    engine_meters_read(d->engine, meter);
    for (enum kind kind = KIND_CH; kind <= KIND_MAIN; kind++)
        for (uint32_t i = 0; i < l->count[kind]; i++) {
            const uint32_t object = d->desk->first[kind] + i;
            float loudest = 0; /* of its legs: dialogue is in the centre alone */
            for (uint32_t m = engine_meter_of(d->engine, object);
                 m < engine_meter_of(d->engine, object + 1); m++)
                loudest = fmaxf(loudest, meter[m].in_rms);
            if (loudest > 1e-7F)
                continue;
            snprintf(why, sizeof why, "%s %u carries nothing", kind_path(kind), i + 1);
            give_up(why);
        }
    free(meter);
}
