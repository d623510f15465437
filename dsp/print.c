/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Limiters, and the print master's gain. Stems run through their own limiter and then, delayed once
 * more, through the gain that the print master's sum needs; mains through the same gain and then
 * their own limiter:
 *
 *     stem -> limiter -> feed -+-> delay x print gain -> stem's output and recorder tap
 *                              +-> main's mix, fader -> delay x print gain -> limiter -> main
 *
 * so that in mode `stems` the recorded stems still sum to the main. Each arrow through a limiter or
 * delay takes LIMITER_LATENCY_FRAMES, working or not. */
#include <string.h>

#include "dsp/engine_private.h"

/* The gain that the print master's sum needs, one for all its legs. */
static void master_gain(struct engine *e, struct limiter_bank *bank, float (*x)[LANES], unsigned n,
                        unsigned phase) RT {
    struct print *p = &e->print;
    p->working = limiter_active(bank);
    if (!p->working)
        return;
    _Alignas(64) float gain[SPAN_FRAMES][LANES];
    p->working = limiter_gain(bank, (const float(*)[LANES])x, gain, n, phase);
    const unsigned lane = e->strip[p->master].lane;
    for (unsigned i = 0; i < n && p->working; i++)
        p->gain[i] = gain[i][lane];
}

static void apply_master(struct engine *e, struct limiter_bank *bank, float (*x)[LANES], unsigned n)
    RT {
    const struct print *p = &e->print;
    if (!p->working) {
        limiter_delay(bank, x, NULL, n);
        return;
    }
    _Alignas(64) float gain[SPAN_FRAMES][LANES];
    for (unsigned i = 0; i < n; i++)
        for (unsigned l = 0; l < LANES; l++)
            gain[i][l] = p->gain[i];
    limiter_delay(bank, x, (const float(*)[LANES])gain, n);
}

void print_limit(struct engine *e, struct lane_group *g, float (*x)[LANES], unsigned n,
                 unsigned phase) RT {
    if (g->print) {
        if (g->print == e->print.bank)
            master_gain(e, g->print, x, n, phase);
        apply_master(e, g->print, x, n);
    }
    if (!limiter_active(g->lim)) {
        limiter_delay(g->lim, x, NULL, n);
        return;
    }
    _Alignas(64) float gain[SPAN_FRAMES][LANES];
    const bool reduces = limiter_gain(g->lim, (const float(*)[LANES])x, gain, n, phase);
    limiter_delay(g->lim, x, reduces ? (const float(*)[LANES])gain : NULL, n);
}

static void copy(float *to, const float *from, unsigned n) RT {
    if (n)
        memcpy(to, from, n * sizeof *to);
}

static void line_write(float *line, uint32_t at, const float *x, unsigned n) RT {
    const unsigned first = PRINT_LINE_FRAMES - at < n ? PRINT_LINE_FRAMES - at : n;
    copy(line + at, x, first);
    copy(line, x + first, n - first);
}

static void line_read(const float *line, uint32_t at, float *x, unsigned n) RT {
    const unsigned first = PRINT_LINE_FRAMES - at < n ? PRINT_LINE_FRAMES - at : n;
    copy(x, line + at, first);
    copy(x + first, line, n - first);
}

void print_stems(struct engine *e, unsigned n) RT {
    struct print *p = &e->print;
    const uint32_t at = p->at;
    const uint32_t from = (at + PRINT_LINE_FRAMES - LIMITER_LATENCY_FRAMES) % PRINT_LINE_FRAMES;
    for (uint32_t i = e->first[KIND_STEM]; i < e->first[KIND_MAIN]; i++) {
        const struct strip *s = &e->strip[i];
        uint32_t *left = &p->left[i - e->first[KIND_STEM]];
        if (!e->group[s->group].idle)
            *left = PRINT_LINE_FRAMES + SPAN_FRAMES;
        if (!*left)
            continue; /* the line and what was read from it are silence */
        *left = *left > n ? *left - n : 0;
        for (uint32_t l = s->leg; l < s->leg + s->legs; l++) {
            float *line = p->line[l - p->first_leg], *x = e->post[l];
            line_write(line, at, p->feed[l - p->first_leg], n);
            line_read(line, from, x, n);
            if (p->working)
                e->k->product(x, x, p->gain, n);
        }
    }
    p->at = (at + n) % PRINT_LINE_FRAMES;
}

uint32_t print_latency(const struct engine *e, enum kind kind) {
    if (!e->print.feed || kind < KIND_STEM)
        return 0;
    return (kind == KIND_STEM ? 2 : 3) * LIMITER_LATENCY_FRAMES;
}
