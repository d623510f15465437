/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What each module of a strip costs by itself: 64 strips in four lane groups, blocks of 64 frames.
 * Modules that work in place are given fresh sound each time, and what copying it costs is taken
 * off again. */
#include "tools/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dsp/dyn.h"
#include "dsp/engine_private.h"
#include "dsp/limiter.h"
#include "dsp/multiband.h"

#define STRIPS 64
#define GROUPS (STRIPS / LANES)
#define ROUNDS 31
#define ROUND_NS 4e5
#define BAR 18
#define MOST_MODULES 32
#define MOST_SENDS 16
#define BUNDLES 2 /* of auxes, see dsp/bundle.c */

typedef float lanes_t[LANES];

/* Everything any module needs, once per instruction set. */
struct rig {
    const struct kernels *k;
    _Alignas(64) lanes_t sound[GROUPS][SPAN_FRAMES]; /* what comes in */
    lanes_t soft[GROUPS][SPAN_FRAMES];               /* the same, -26 dBFS */
    lanes_t x[GROUPS][SPAN_FRAMES];                  /* what is worked on */
    planar in[STRIPS], post[STRIPS], bus[MAX_LEGS];
    lanes_t gain[BOUNDARIES];
    struct lane_meter meter[2];
    struct eq_bank filters[GROUPS], bells4[GROUPS], bells6[GROUPS];
    struct dyn_bank gate[GROUPS], comp[GROUPS], deess[GROUPS], split[GROUPS], all[GROUPS];
    struct limiter_bank limiter[GROUPS], at_ease[GROUPS];
    struct multiband_bank multiband[GROUPS];
    struct engine engine;
    struct delay delay;
    struct route_leg route[(1 + BUNDLES) * STRIPS];
    struct mix_src pan6[STRIPS], pan12[STRIPS], send[BUNDLES * STRIPS];
};

struct module {
    const char *name, *text;
    bool in_place; /* worked on a copy */
    void (*run)(struct rig *r);
};

/* ---- the modules ---- */

static void run_nothing(struct rig *r) {
    memcpy(r->x, r->sound, sizeof r->x);
}

static void run_input(struct rig *r) {
    for (unsigned s = 0; s < STRIPS; s++) {
        r->k->copy_scan(r->in[s], r->post[s], SPAN_FRAMES);
        r->k->scan(r->in[s], SPAN_FRAMES);
    }
}

static void run_transposes(struct rig *r) {
    for (unsigned g = 0; g < GROUPS; g++) {
        const float *in[LANES];
        float *post[LANES];
        for (unsigned l = 0; l < LANES; l++) {
            in[l] = r->in[g * LANES + l];
            post[l] = r->post[g * LANES + l];
        }
        r->k->gather(r->x[g], in, SPAN_FRAMES);
        r->k->scatter(post, (const lanes_t *)r->x[g], SPAN_FRAMES);
    }
}

static void run_gains(struct rig *r) {
    run_nothing(r);
    for (unsigned g = 0; g < GROUPS; g++)
        for (unsigned m = 0; m < 2; m++)
            r->k->gain(r->x[g], SPAN_FRAMES, 0, (const lanes_t *)r->gain, true);
}

static void run_meters(struct rig *r) {
    for (unsigned g = 0; g < GROUPS; g++)
        for (unsigned m = 0; m < 2; m++)
            r->k->meter((const lanes_t *)r->sound[g], SPAN_FRAMES, &r->meter[m]);
}

/* As the engine does these three. */
static void run_in_and_out(struct rig *r) {
    for (unsigned g = 0; g < GROUPS; g++) {
        const float *in[LANES];
        float *post[LANES];
        for (unsigned l = 0; l < LANES; l++) {
            in[l] = r->in[g * LANES + l];
            post[l] = r->post[g * LANES + l];
        }
        r->k->gather_gain(r->x[g], in, SPAN_FRAMES, 0, (const lanes_t *)r->gain, true,
                          &r->meter[0]);
        r->k->scatter_gain(post, (const lanes_t *)r->x[g], SPAN_FRAMES, 0, (const lanes_t *)r->gain,
                           true, &r->meter[1]);
    }
}

static void run_eq(struct rig *r, struct eq_bank *bank) {
    run_nothing(r);
    for (unsigned g = 0; g < GROUPS; g++) {
        eq_block(&bank[g]);
        eq_run(&bank[g], r->x[g], SPAN_FRAMES, 0);
    }
}
static void run_filters(struct rig *r) {
    run_eq(r, r->filters);
}
static void run_bells4(struct rig *r) {
    run_eq(r, r->bells4);
}
static void run_bells6(struct rig *r) {
    run_eq(r, r->bells6);
}

static void run_dyn(struct rig *r, struct dyn_bank *bank) {
    run_nothing(r);
    for (unsigned g = 0; g < GROUPS; g++) {
        dyn_run(&bank[g], r->x[g], SPAN_FRAMES, 0, NULL);
        dyn_rest(&bank[g]);
    }
}
static void run_gate(struct rig *r) {
    run_dyn(r, r->gate);
}
static void run_comp(struct rig *r) {
    run_dyn(r, r->comp);
}
static void run_deess(struct rig *r) {
    run_dyn(r, r->deess);
}
static void run_split(struct rig *r) {
    run_dyn(r, r->split);
}
static void run_all(struct rig *r) {
    run_dyn(r, r->all);
}

static void run_limiters(struct rig *r, struct limiter_bank *bank,
                         const lanes_t (*sound)[SPAN_FRAMES]) {
    _Alignas(64) lanes_t g_lin[SPAN_FRAMES];
    memcpy(r->x, sound, sizeof r->x);
    for (unsigned g = 0; g < GROUPS; g++) {
        const bool less = limiter_gain(&bank[g], (const lanes_t *)r->x[g], g_lin, SPAN_FRAMES, 0);
        limiter_delay(&bank[g], r->x[g], less ? (const lanes_t *)g_lin : NULL, SPAN_FRAMES);
        limiter_rest(&bank[g]);
    }
}
static void run_limiter(struct rig *r) {
    run_limiters(r, r->limiter, (const lanes_t(*)[SPAN_FRAMES])r->sound);
}
static void run_at_ease(struct rig *r) {
    run_limiters(r, r->at_ease, (const lanes_t(*)[SPAN_FRAMES])r->soft);
}

static void run_multiband(struct rig *r) {
    run_nothing(r);
    for (unsigned g = 0; g < GROUPS; g++) {
        multiband_run(&r->multiband[g], r->x[g], SPAN_FRAMES, 0);
        multiband_rest(&r->multiband[g]);
    }
}

static void run_delay(struct rig *r) {
    for (unsigned s = 0; s < STRIPS; s++)
        delay_run(&r->engine, &r->delay, s, r->in[s], SPAN_FRAMES);
}

static void run_mix(struct rig *r, const struct mix_src *src, unsigned legs) {
    float *out[MAX_LEGS];
    for (unsigned l = 0; l < legs; l++)
        out[l] = r->bus[l];
    r->k->mix(out, legs, src, STRIPS, SPAN_FRAMES, 0);
}
static void run_pan6(struct rig *r) {
    run_mix(r, r->pan6, 6);
}
static void run_pan12(struct rig *r) {
    run_mix(r, r->pan12, 12);
}
static void run_sends8(struct rig *r) {
    run_mix(r, r->send, 8);
}
static void run_sends16(struct rig *r) {
    run_mix(r, r->send, MAX_LEGS);
    run_mix(r, r->send + STRIPS, MOST_SENDS - MAX_LEGS);
}

static const struct module modules[] = {
    {"input", "copied from the host, looked through twice", false, run_input},
    {"delay", "10 ms", false, run_delay},
    {"transposes", "into lanes and back", false, run_transposes},
    {"gains", "trim and fader, moving", true, run_gains},
    {"meters", "peak and RMS at two points", false, run_meters},
    {"in and out", "the last three, as the engine runs them", false, run_in_and_out},
    {"hpf lpf", "12 dB an octave each", true, run_filters},
    {"eq 4", "four bells", true, run_bells4},
    {"eq 6", "six bells", true, run_bells6},
    {"gate", "", true, run_gate},
    {"compressor", "", true, run_comp},
    {"de-esser", "wide", true, run_deess},
    {"de-esser split", "a dynamic shelf", true, run_split},
    {"dynamics", "gate, compressor, de-esser together", true, run_all},
    {"limiter", "true peak, look-ahead; always limiting", true, run_limiter},
    {"limiter at ease", "sound 26 dB below its ceiling", true, run_at_ease},
    {"multiband", "four bands", true, run_multiband},
    {"pan 6", "six gains, moving", false, run_pan6},
    {"pan 12", "twelve gains, moving", false, run_pan12},
    {"sends 8", "moving", false, run_sends8},
    {"sends 16", "moving", false, run_sends16},
    {"", "", true, run_nothing},
};
#define MODULES (sizeof modules / sizeof *modules)

/* ---- settings ---- */

static void open_eq(struct eq_bank *bank, const struct kernels *k, bool filters, unsigned bells) {
    struct eq_params p = {
        .hpf = {filters, EQ_12_DB_OCT, 80}, .lpf = {filters, EQ_12_DB_OCT, 14000}, .eq_on = true};
    for (unsigned b = 0; b < bells; b++)
        p.band[b] = (struct eq_band){true, EQ_BELL, 100.0F * (float)(1U << b), 3.0F, 1.0F};
    for (unsigned g = 0; g < GROUPS; g++) {
        eq_init(&bank[g], k, BENCH_RATE_HZ);
        for (unsigned l = 0; l < LANES; l++) {
            eq_set(&bank[g], l, &p);
            eq_snap(&bank[g], l);
        }
    }
}

static void open_dyn(struct dyn_bank *bank, const struct kernels *k, struct dyn_params p) {
    p.gate_sc = p.comp_sc = (struct dyn_filter){.hpf_hz = 80, .lpf_hz = 12000};
    for (unsigned g = 0; g < GROUPS; g++) {
        dyn_init(&bank[g], k, BENCH_RATE_HZ);
        for (unsigned l = 0; l < LANES; l++) {
            dyn_link(&bank[g], l, 1);
            dyn_write(&bank[g], l, 1, 0, &p);
        }
    }
}

static void open_dynamics(struct rig *r) {
    struct dyn_params off = {
        .gate = {0, -40, 4, 40, 6, 2, 50, 150},
        .comp = {.thr_db = -20,
                 .ratio = 4,
                 .range_db = 60,
                 .knee_db = 6,
                 .mix = 1,
                 .att_ms = 10,
                 .rel_ms = 150},
        .deess = {
            .freq_hz = 6000, .thr_db = -30, .ratio = 4, .range_db = 12, .att_ms = 1, .rel_ms = 60}};
    struct dyn_params p = off;
    p.gate.wet = 1;
    open_dyn(r->gate, r->k, p);
    p = off;
    p.comp.wet = 1;
    open_dyn(r->comp, r->k, p);
    p = off;
    p.deess.wet = 1;
    open_dyn(r->deess, r->k, p);
    p.deess.split = 1;
    open_dyn(r->split, r->k, p);
    p.deess.split = 0;
    p.gate.wet = p.comp.wet = 1;
    open_dyn(r->all, r->k, p);
}

static void open_bus_dynamics(struct rig *r) {
    const struct limiter_params lim = {1, -8, 250}, high = {1, 0, 250};
    struct multiband_params mb = {.wet = 1, .hz = {120, 1000, 5000}};
    for (unsigned b = 0; b < 4; b++)
        mb.band[b] = (struct multiband_band){.wet = 1,
                                             .thr_db = -30,
                                             .ratio = 3,
                                             .range_db = 24,
                                             .knee_db = 6,
                                             .att_ms = 10,
                                             .rel_ms = 150};
    for (unsigned g = 0; g < GROUPS; g++) {
        limiter_init(&r->limiter[g], r->k, BENCH_RATE_HZ);
        limiter_init(&r->at_ease[g], r->k, BENCH_RATE_HZ);
        multiband_init(&r->multiband[g], r->k, BENCH_RATE_HZ);
        for (unsigned l = 0; l < LANES; l++) {
            limiter_link(&r->limiter[g], l, 1);
            limiter_write(&r->limiter[g], l, 1, 0, &lim);
            limiter_link(&r->at_ease[g], l, 1);
            limiter_write(&r->at_ease[g], l, 1, 0, &high);
            multiband_link(&r->multiband[g], l, 1);
            multiband_write(&r->multiband[g], l, 1, 0, &mb);
        }
    }
}

static void open_source(struct rig *r, struct mix_src *src, unsigned strip, struct route_leg *leg,
                        unsigned legs) {
    for (unsigned c = 0; c < BOUNDARIES; c++)
        for (unsigned l = 0; l < legs; l++)
            mix_ramp_to(&leg->ramp[l], c, 0.5F + 0.4F * bench_random());
    *src = (struct mix_src){
        .y = r->post[strip], .ramp = leg->ramp, .legs = (uint16_t)((1U << legs) - 1U)};
}

static void open_rig(struct rig *r, const struct kernels *k) {
    r->k = k;
    for (unsigned g = 0; g < GROUPS; g++)
        for (unsigned i = 0; i < SPAN_FRAMES; i++)
            for (unsigned l = 0; l < LANES; l++)
                r->sound[g][i][l] = r->post[g * LANES + l][i] = r->in[g * LANES + l][i] =
                    0.5F * bench_random();
    for (unsigned g = 0; g < GROUPS; g++)
        for (unsigned i = 0; i < SPAN_FRAMES; i++)
            for (unsigned l = 0; l < LANES; l++)
                r->soft[g][i][l] = 0.1F * r->sound[g][i][l];
    for (unsigned c = 0; c < BOUNDARIES; c++)
        for (unsigned l = 0; l < LANES; l++)
            r->gain[c][l] = 0.5F + 0.4F * bench_random();
    open_eq(r->filters, k, true, 0);
    open_eq(r->bells4, k, false, 4);
    open_eq(r->bells6, k, false, 6);
    open_dynamics(r);
    open_bus_dynamics(r);
    r->engine = (struct engine){.rate_hz = BENCH_RATE_HZ};
    if (!delay_setup(&r->engine, &r->delay, 0, STRIPS, 100)) {
        fputs("bench: no memory for delay lines\n", stderr);
        exit(1);
    }
    r->delay.now = 480;
    r->delay.keeps = true;
    for (unsigned s = 0; s < STRIPS; s++) {
        r->delay.line[s].filled = r->delay.size;
        open_source(r, &r->pan6[s], s, &r->route[s], 6);
        open_source(r, &r->pan12[s], s, &r->route[s], 12);
        for (unsigned b = 0; b < BUNDLES; b++)
            open_source(r, &r->send[b * STRIPS + s], s, &r->route[(1 + b) * STRIPS + s], MAX_LEGS);
    }
}

/* ---- the race ---- */

struct turn {
    struct rig *rig;
    const struct module *module;
};

static void run_turn(void *ctx) {
    struct turn *t = ctx;
    t->module->run(t->rig);
}

static void print_modules(double ns[][MODULES], unsigned isas) {
    double most = 0;
    for (unsigned m = 0; m < MODULES; m++)
        most = ns[isas - 1][m] > most ? ns[isas - 1][m] : most;
    bench_heading("What each module costs (64 strips, 64 frames, ns per sample and strip)", NULL);
    printf("%-16s%-42s", "", "");
    for (unsigned i = isas; i-- > 0;)
        printf(" %7s", kernels_at(i)->name);
    puts("");
    for (unsigned m = 0; m + 1 < MODULES; m++) {
        printf("%-16s%s%-42s%s", modules[m].name, bench_dim(), modules[m].text, bench_plain());
        for (unsigned i = isas; i-- > 0;)
            printf(" %7.2f", ns[i][m]);
        fputs("  ", stdout);
        bench_bar(ns[isas - 1][m], most, BAR, true);
    }
}

void bench_modules(void) {
    static struct turn turn[BENCH_ISAS * MODULES];
    static struct bench_racer racer[BENCH_ISAS * MODULES];
    static double ns[BENCH_ISAS][MODULES];
    struct rig *rig[BENCH_ISAS];
    unsigned isas = 0;
    for (const struct kernels *k; isas < BENCH_ISAS && (k = kernels_at(isas)); isas++) {
        rig[isas] = bench_memory(sizeof **rig);
        open_rig(rig[isas], k);
        for (unsigned m = 0; m < MODULES; m++) {
            turn[isas * MODULES + m] = (struct turn){rig[isas], &modules[m]};
            racer[isas * MODULES + m] =
                (struct bench_racer){.run = run_turn, .ctx = &turn[isas * MODULES + m]};
        }
    }
    bench_race(racer, (unsigned)(isas * MODULES), ROUNDS, ROUND_NS);
    for (unsigned i = 0; i < isas; i++) {
        const struct bench_racer *mine = &racer[i * MODULES];
        for (unsigned m = 0; m < MODULES; m++) {
            const double copying = modules[m].in_place ? mine[MODULES - 1].ns : 0;
            char variant[64];
            ns[i][m] = (mine[m].ns - copying) / (STRIPS * SPAN_FRAMES);
            snprintf(variant, sizeof variant, "%s %s", kernels_at(i)->name, modules[m].name);
            if (m + 1 < MODULES)
                bench_keep(&(struct bench_figure){.name = "module",
                                                  .variant = variant,
                                                  .strips = STRIPS,
                                                  .period_frames = SPAN_FRAMES,
                                                  .value = ns[i][m],
                                                  .unit = "ns/sample/strip"});
        }
        delay_free(&rig[i]->delay);
        free(rig[i]);
    }
    print_modules(ns, isas);
}
