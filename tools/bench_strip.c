/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tools/bench_strip.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dsp/dyn.h"
#include "dsp/engine_private.h"
#include "tools/bench.h"

#define DELAY_FRAMES 480
#define MOST_DELAY_MS 100

typedef float lanes_t[LANES];

struct lanes_of_strips {
    struct eq_bank eq;
    struct dyn_bank dyn;
    _Alignas(64) lanes_t in_gain[BOUNDARIES];
    lanes_t out_gain[BOUNDARIES];
    struct lane_meter in_meter, out_meter;
    const float *src[LANES]; /* planar in and out; NULL for holes */
    float *post[LANES];
};

struct strip_desk {
    struct strip_options o;
    unsigned groups, phase;
    unsigned turn; /* counts blocks, for what moves to and fro */
    struct lanes_of_strips *group;
    planar *in, *post;  /* [strips] */
    const float **host; /* [strips] as JACK would hand them over */
    float *host_memory;
    struct engine engine; /* what delay_run looks at */
    struct delay delay;
    unsigned buses;          /* the pan's, and auxes by the bundle */
    struct route_leg *route; /* [buses][strips] */
    struct mix_src *src;     /* likewise */
    _Alignas(64) planar bus[MAX_LEGS];
};

/* ---- settings: the same as the peers have (bench_peer.c) ---- */

static void eq_wanted(struct eq_params *p, const struct strip_options *o, unsigned turn) {
    static const float hz[EQ_BANDS] = {120, 400, 1500, 5000, 800, 2500};
    static const float db[EQ_BANDS] = {4, -5, 3, -3, 2, -2};
    const float by = o->coefs && turn % 2 ? 1.02F : 1.0F;
    *p = (struct eq_params){.hpf = {true, EQ_12_DB_OCT, 80 * by},
                            .lpf = {true, EQ_12_DB_OCT, 14000 / by},
                            .eq_on = true};
    for (unsigned b = 0; b < o->bands; b++)
        p->band[b] = (struct eq_band){true, EQ_BELL, hz[b] * by, db[b] * by, 1.0F};
}

static void dyn_wanted(struct dyn_params *p, const struct strip_options *o, float by) {
    *p = (struct dyn_params){
        .gate = {.wet = 1,
                 .thr_db = -40 * by,
                 .ratio = 4 * by,
                 .range_db = 40,
                 .knee_db = 6,
                 .att_ms = 2 * by,
                 .hold_ms = 50,
                 .rel_ms = 150 * by},
        .comp = {.wet = 1,
                 .thr_db = -20 * by,
                 .ratio = 4 * by,
                 .range_db = 60,
                 .knee_db = 6,
                 .mix = 1,
                 .att_ms = 10 * by,
                 .rel_ms = 150 * by},
        .deess = {.wet = o->deess,
                  .freq_hz = 6000 * by,
                  .thr_db = -30 * by,
                  .ratio = 4,
                  .range_db = 12,
                  .att_ms = 1,
                  .rel_ms = 60},
        .gate_sc = {.hpf_hz = 80, .lpf_hz = 12000},
        .comp_sc = {.hpf_hz = 80, .lpf_hz = 12000},
    };
}

static float any_gain(void) {
    return 0.5F + 0.4F * bench_random();
}

static void open_group(struct lanes_of_strips *g, const struct strip_options *o) {
    struct eq_params eq;
    struct dyn_params dyn;
    eq_init(&g->eq, o->k, BENCH_RATE_HZ);
    dyn_init(&g->dyn, o->k, BENCH_RATE_HZ);
    eq_wanted(&eq, o, 0);
    dyn_wanted(&dyn, o, 1);
    for (unsigned l = 0; l < LANES; l++) {
        eq_set(&g->eq, l, &eq);
        eq_snap(&g->eq, l);
        dyn_link(&g->dyn, l, 1);
        dyn_write(&g->dyn, l, 1, 0, &dyn);
        for (unsigned c = 0; c < BOUNDARIES; c++) {
            g->in_gain[c][l] = o->ramps ? 1 + 0.1F * bench_random() : 1;
            g->out_gain[c][l] = o->ramps ? any_gain() : 1;
        }
    }
}

/* One line for each strip; the engine is only asked for its rate. */
static void open_delay(struct strip_desk *d) {
    d->engine = (struct engine){.rate_hz = BENCH_RATE_HZ};
    if (!delay_setup(&d->engine, &d->delay, 0, d->o.strips, MOST_DELAY_MS)) {
        fputs("bench: no memory for delay lines\n", stderr);
        exit(1);
    }
    d->delay.now = DELAY_FRAMES;
    d->delay.keeps = true;
    for (unsigned s = 0; s < d->o.strips; s++)
        d->delay.line[s].filled = d->delay.size;
}

/* Legs of a bus; narrow auxes are summed side by side, as dsp/bundle.c does it. */
static unsigned legs_of(const struct strip_desk *d, unsigned bus) {
    const unsigned done = bus ? (bus - 1) * MAX_LEGS : 0, left = d->o.sends - done;
    return !bus ? d->o.legs : left < MAX_LEGS ? left : MAX_LEGS;
}

static void open_routes(struct strip_desk *d) {
    const unsigned strips = d->o.strips;
    d->buses = 1 + (d->o.sends + MAX_LEGS - 1) / MAX_LEGS;
    d->route = bench_memory(d->buses * strips * sizeof *d->route);
    d->src = bench_memory(d->buses * strips * sizeof *d->src);
    for (unsigned i = 0; i < d->buses * strips; i++) {
        const unsigned legs = legs_of(d, i / strips);
        struct mix_src *m = &d->src[i];
        m->y = d->post[i % strips];
        m->legs = (uint16_t)((1U << legs) - 1U);
        m->ramp = d->o.ramps ? d->route[i].ramp : NULL;
        for (unsigned l = 0; l < legs; l++) {
            m->g_lin[l] = any_gain();
            for (unsigned c = 0; c < BOUNDARIES; c++)
                mix_ramp_to(&d->route[i].ramp[l], c, any_gain());
        }
    }
}

struct strip_desk *strip_open(const struct strip_options *options) {
    struct strip_desk *d = bench_memory(sizeof *d);
    d->o = *options;
    const unsigned strips = d->o.strips, stride = d->o.period_frames + 16;
    d->groups = (strips + LANES - 1) / LANES;
    d->group = bench_memory(d->groups * sizeof *d->group);
    d->in = bench_memory(strips * sizeof *d->in);
    d->post = bench_memory(strips * sizeof *d->post);
    d->host = bench_memory(strips * sizeof *d->host);
    d->host_memory = bench_memory((size_t)strips * stride * sizeof *d->host_memory);
    for (unsigned g = 0; g < d->groups; g++)
        open_group(&d->group[g], &d->o);
    for (unsigned s = 0; s < strips; s++) {
        d->group[s / LANES].src[s % LANES] = d->in[s];
        d->group[s / LANES].post[s % LANES] = d->post[s];
        float *p = d->host_memory + (size_t)s * stride;
        const float level = powf(10, -(float)(s % 8) * 0.3F); /* -6 to -48 dB */
        d->host[s] = p;
        for (unsigned i = 0; i < d->o.period_frames; i++)
            p[i] = 0.5F * level * bench_random();
    }
    if (d->o.delay)
        open_delay(d);
    open_routes(d);
    return d;
}

void strip_close(struct strip_desk *d) {
    free(d->group);
    free(d->in);
    free(d->post);
    free(d->host);
    free(d->host_memory);
    if (d->o.delay)
        delay_free(&d->delay);
    free(d->route);
    free(d->src);
    free(d);
}

/* ---- sound ---- */

static void begin_block(struct strip_desk *d) {
    struct eq_params eq;
    struct dyn_params dyn[SPAN_CELLS];
    const unsigned cells = SPAN_CELLS;
    if (d->o.coefs) {
        eq_wanted(&eq, &d->o, ++d->turn);
        for (unsigned c = 0; c < cells; c++) {
            const float to = 0.02F * (float)(c + 1) / (float)cells;
            dyn_wanted(&dyn[c], &d->o, 1 + (d->turn % 2 ? to : 0.02F - to));
        }
    }
    for (unsigned g = 0; g < d->groups; g++) {
        for (unsigned l = 0; l < LANES && d->o.coefs; l++) {
            eq_set(&d->group[g].eq, l, &eq);
            for (unsigned c = 0; c < SPAN_CELLS; c++)
                dyn_write(&d->group[g].dyn, l, 1, c + 1, &dyn[c]);
        }
        eq_block(&d->group[g].eq);
    }
}

static void run_group(struct strip_desk *d, unsigned number, unsigned n) {
    const struct kernels *k = d->o.k;
    struct lanes_of_strips *g = &d->group[number];
    _Alignas(64) lanes_t x[SPAN_FRAMES];
    const bool moving = d->o.ramps;
    if (!k->gather_gain(x, g->src, n, d->phase, (const lanes_t *)g->in_gain, moving, &g->in_meter))
        return;
    eq_run(&g->eq, x, n, d->phase);
    dyn_run(&g->dyn, x, n, d->phase, NULL);
    k->scatter_gain(g->post, (const lanes_t *)x, n, d->phase, (const lanes_t *)g->out_gain, moving,
                    &g->out_meter);
}

static void run_chunk(struct strip_desk *d, unsigned offset, unsigned n) {
    const struct kernels *k = d->o.k;
    if (!d->phase)
        begin_block(d);
    for (unsigned s = 0; s < d->o.strips; s++)
        k->copy_scan(d->in[s], d->host[s] + offset, n);
    for (unsigned s = 0; s < d->o.strips && d->o.delay; s++)
        delay_run(&d->engine, &d->delay, s, d->in[s], n);
    for (unsigned g = 0; g < d->groups; g++)
        run_group(d, g, n);
    for (unsigned b = 0; b < d->buses; b++) {
        const unsigned legs = legs_of(d, b);
        float *out[MAX_LEGS];
        for (unsigned l = 0; l < legs; l++)
            out[l] = d->bus[l];
        k->mix(out, legs, d->src + b * d->o.strips, d->o.strips, n, d->phase);
    }
    d->phase = (d->phase + n) % SPAN_FRAMES;
    for (unsigned g = 0; g < d->groups && !d->phase; g++)
        dyn_rest(&d->group[g].dyn);
}

static void run_frames(struct strip_desk *d, unsigned frames) {
    for (unsigned at = 0, n; at < frames; at += n) {
        n = SPAN_FRAMES - d->phase < frames - at ? SPAN_FRAMES - d->phase : frames - at;
        run_chunk(d, at, n);
    }
}

void strip_run(void *desk) {
    struct strip_desk *d = desk;
    run_frames(d, d->o.period_frames);
}

double strip_cost(const struct strip_desk *d, double ns) {
    return ns / d->o.strips / d->o.period_frames;
}

void strip_process(const float *in, float *out, unsigned frames) {
    struct strip_options o = STRIP_PLAIN;
    o.k = kernels_best();
    o.strips = 1;
    o.ramps = false;
    struct strip_desk *d = strip_open(&o);
    for (unsigned at = 0; at + SPAN_FRAMES <= frames; at += SPAN_FRAMES) {
        d->host[0] = in + at;
        run_frames(d, SPAN_FRAMES);
        memcpy(out + at, d->post[0], sizeof d->post[0]);
    }
    strip_close(d);
}
