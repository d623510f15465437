/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What one strip costs: host buffer in (scanned), transpose, high-pass, six bands, low-pass, fader
 * and meters, transpose back, mix to six legs; once with still gains and once with the fader and
 * all six mix gains moving. All variants take turns in every round, and the median round counts, so
 * that a slow moment of the machine falls on all of them. */
#include "tools/bench.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dsp/eq.h"

#define LEGS 6
#define ROUNDS 15
#define ROUND_NS 1.0e6 /* about as long does one variant run in a round */
#define MOST_STRIPS 1024
#define MOST_VARIANTS 8

typedef float lanes_t[LANES];

struct group {
    struct eq_bank eq;
    _Alignas(64) float in[LANES][SPAN_FRAMES];
    _Alignas(64) float out[LANES][SPAN_FRAMES];
    _Alignas(64) lanes_t fader[SPAN_CELLS + 1];
    struct lane_meter meter;
};

struct desk {
    const struct kernels *k;
    bool moving;
    unsigned strips, groups;
    struct group *group;
    struct mix_src *src;
    float (*ramp)[SPAN_CELLS + 1][MAX_LEGS];
    _Alignas(64) float bus[LEGS][SPAN_FRAMES];
};

static float *host; /* [MOST_STRIPS][256], as JACK would hand it over */

static float random_lin(void) {
    return (float)rand() / (float)RAND_MAX * 2.0F - 1.0F;
}

static void *aligned(size_t size) {
    void *p = aligned_alloc(64, (size + 63) & ~(size_t)63);
    if (!p) {
        perror("bench");
        exit(1);
    }
    memset(p, 0, size);
    return p;
}

static void group_open(struct group *g, const struct kernels *k) {
    struct eq_params p = {
        .hpf = {true, EQ_12_DB_OCT, 80.0F}, .lpf = {true, EQ_12_DB_OCT, 15000.0F}, .eq_on = true};
    eq_init(&g->eq, k, 48000.0);
    for (unsigned l = 0; l < LANES; l++) {
        for (unsigned b = 0; b < EQ_BANDS; b++)
            p.band[b] = (struct eq_band){true, (uint8_t)(b == 0 ? EQ_LOW_SHELF : EQ_BELL),
                                         100.0F * (float)(1U << b), 6.0F * random_lin(), 1.0F};
        eq_set(&g->eq, l, &p);
        eq_snap(&g->eq, l);
        for (unsigned c = 0; c <= SPAN_CELLS; c++)
            g->fader[c][l] = random_lin();
    }
    eq_block(&g->eq);
}

static struct desk *desk_open(const struct kernels *k, bool moving, unsigned strips) {
    struct desk *d = aligned(sizeof *d);
    d->k = k;
    d->moving = moving;
    d->strips = strips;
    d->groups = (strips + LANES - 1) / LANES;
    d->group = aligned(d->groups * sizeof *d->group);
    d->src = aligned(strips * sizeof *d->src);
    d->ramp = aligned(strips * sizeof *d->ramp);
    for (unsigned g = 0; g < d->groups; g++)
        group_open(&d->group[g], k);
    for (unsigned s = 0; s < strips; s++) {
        struct mix_src *m = &d->src[s];
        m->y = d->group[s / LANES].out[s % LANES];
        m->legs = (1U << LEGS) - 1U;
        m->ramp = moving ? (const float(*)[MAX_LEGS])d->ramp[s] : NULL;
        for (unsigned l = 0; l < LEGS; l++) {
            m->g_lin[l] = random_lin();
            for (unsigned c = 0; c <= SPAN_CELLS; c++)
                d->ramp[s][c][l] = random_lin();
        }
    }
    return d;
}

static void desk_close(struct desk *d) {
    free(d->group);
    free(d->src);
    free(d->ramp);
    free(d);
}

static void run_block(struct desk *d, unsigned first_frame) {
    const struct kernels *k = d->k;
    _Alignas(64) lanes_t x[SPAN_FRAMES];
    for (unsigned i = 0; i < d->groups; i++) {
        struct group *g = &d->group[i];
        const float *in[LANES] = {0};
        float *out[LANES] = {0};
        unsigned here = d->strips - i * LANES < LANES ? d->strips - i * LANES : LANES;
        for (unsigned l = 0; l < here; l++) {
            k->copy_scan(g->in[l], host + (size_t)(i * LANES + l) * 256 + first_frame, SPAN_FRAMES);
            in[l] = g->in[l];
            out[l] = g->out[l];
        }
        k->gather(x, in, SPAN_FRAMES);
        eq_block(&g->eq);
        eq_run(&g->eq, x, SPAN_FRAMES, 0);
        k->gain_meter(x, SPAN_FRAMES, 0, (const lanes_t *)g->fader, d->moving, &g->meter);
        k->scatter(out, (const lanes_t *)x, SPAN_FRAMES);
    }
    float *bus[LEGS];
    for (unsigned l = 0; l < LEGS; l++)
        bus[l] = d->bus[l];
    k->mix(bus, LEGS, d->src, d->strips, SPAN_FRAMES, 0);
}

static void run_periods(struct desk *d, unsigned period, unsigned periods) {
    for (unsigned i = 0; i < periods; i++)
        for (unsigned f = 0; f < period; f += SPAN_FRAMES)
            run_block(d, f);
}

/** How many periods fill a round. */
static unsigned count_periods(struct desk *d, unsigned period) {
    unsigned periods = 1;
    for (; periods < 1U << 20; periods *= 2) {
        double start = bench_cpu_ns();
        run_periods(d, period, periods);
        double spent = bench_cpu_ns() - start;
        if (spent > 0.1 * ROUND_NS)
            return (unsigned)(ROUND_NS / spent * periods) + 1;
    }
    return periods;
}

void bench_strip(void) {
    static const unsigned strips[] = {1, 16, 64, 256, 1024}, periods[] = {64, 256};
    host = aligned((size_t)MOST_STRIPS * 256 * sizeof *host);
    for (size_t i = 0; i < (size_t)MOST_STRIPS * 256; i++)
        host[i] = 0.5F * random_lin();
    puts("One strip (high-pass, six bands, low-pass, fader, meters, six-way mix), ns per sample\n");
    printf("%8s %8s", "strips", "period");
    for (unsigned i = 0; kernels_at(i); i++)
        printf(" %9s %9s", kernels_at(i)->name, "moving");
    puts("");
    for (unsigned s = 0; s < sizeof strips / sizeof *strips; s++)
        for (unsigned p = 0; p < sizeof periods / sizeof *periods; p++) {
            struct desk *desk[MOST_VARIANTS];
            static double rounds[MOST_VARIANTS][ROUNDS];
            unsigned n = 0, count[MOST_VARIANTS];
            for (const struct kernels *k; n < MOST_VARIANTS && (k = kernels_at(n / 2)); n++)
                desk[n] = desk_open(k, n & 1, strips[s]);
            for (unsigned v = 0; v < n; v++)
                count[v] = count_periods(desk[v], periods[p]);
            for (unsigned r = 0; r < ROUNDS; r++)
                for (unsigned v = 0; v < n; v++) {
                    double start = bench_cpu_ns();
                    run_periods(desk[v], periods[p], count[v]);
                    rounds[v][r] = (bench_cpu_ns() - start) / count[v] / periods[p] / strips[s];
                }
            printf("%8u %8u", strips[s], periods[p]);
            for (unsigned v = 0; v < n; v++) {
                char variant[32];
                double ns = bench_median(rounds[v], ROUNDS);
                snprintf(variant, sizeof variant, "%s%s", desk[v]->k->name, v & 1 ? " moving" : "");
                bench_figure("strip", variant, strips[s], periods[p], ns, "ns/sample/strip");
                printf(" %9.2f", ns);
                desk_close(desk[v]);
            }
            puts("");
            fflush(stdout);
        }
    free(host);
}
