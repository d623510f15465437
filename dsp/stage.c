/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sound through one stage of the desk: mix into buses, delay, sixteen legs at a time through the
 * kernels, and out again as planar legs. */
#include <string.h>

#include "dsp/engine_private.h"

static unsigned cell_end(unsigned phase) RT {
    return (phase / CELL_FRAMES + 1) * CELL_FRAMES;
}

/* Silence bad inputs from their first bad sample on; what was bad in this cell stays silent. */
static void silence_bad(struct engine *e, unsigned n) RT {
    for (uint32_t i = 0; i < e->inputs; i++) {
        if (e->input_bad[i]) {
            memset(e->in[i], 0, n * sizeof(float));
            continue;
        }
        if (!(e->k->scan(e->in[i], n) & SCAN_BAD))
            continue;
        const unsigned first = kernels_first_bad(e->in[i], n);
        memset(e->in[i] + first, 0, (n - first) * sizeof(float));
        e->input_bad[i] = 1;
        e->any_bad = true;
        e->counters.nan_inputs++;
        if (e->options.event) {
            const struct event event = {.op = EVENT_NAN, .seq = i, .frame = e->frame + first};
            e->options.event(e->options.event_ctx, &event);
        }
    }
}

/* The next chunk of a period is on its way while this one is worked on; past the end of the buffer
 * it is never looked at. */
static void fetch_next(const float *p, unsigned n) RT {
    for (unsigned i = 0; i < SPAN_FRAMES; i += 16)
        __builtin_prefetch((const void *)((uintptr_t)p + (n + i) * sizeof *p));
}

unsigned stage_inputs(struct engine *e, const float *const *in, uint32_t offset, unsigned n,
                      unsigned phase) RT {
    unsigned seen = 0;
    for (uint32_t i = 0; i < e->inputs; i++) {
        if (in && in[i]) {
            fetch_next(in[i] + offset, n);
            seen |= e->k->copy_scan(e->in[i], in[i] + offset, n);
        } else {
            memset(e->in[i], 0, sizeof e->in[i]);
        }
    }
    if (seen & SCAN_BAD)
        for (uint32_t i = 0; i < e->inputs; i++) {
            const unsigned first = e->input_bad[i] ? n : kernels_first_bad(e->in[i], n);
            if (first < n)
                n = cell_end(phase + first) - phase < n ? cell_end(phase + first) - phase : n;
        }
    if ((seen & SCAN_BAD) || e->any_bad)
        silence_bad(e, n);
    return n;
}

void stage_cell_end(struct engine *e) RT {
    for (uint32_t i = 0; i < e->first[KIND_GRP]; i++) {
        const struct strip *s = &e->strip[i];
        for (uint32_t l = 0; l < s->legs; l++) {
            if (!e->input_bad[s->leg + l])
                continue;
            e->input_bad[s->leg + l] = 0;
            chain_reset(&e->group[s->group], s);
        }
    }
    e->any_bad = false;
}

static void bus_mix(struct engine *e, const struct strip *s, unsigned n, unsigned phase) RT {
    struct bus *bus = &e->bus[s->object];
    if (bus->bundle && bundle_mix(e, s, n, phase))
        return;
    if (bus->stale)
        route_rebuild(e, s->object);
    float *out[MAX_LEGS];
    for (uint32_t l = 0; l < s->legs; l++)
        out[l] = e->in[s->leg + l];
    if (!insert_mix(e, s, bus, out, n, phase))
        e->k->mix(out, s->legs, bus->src, bus->count, n, phase);
}

/* Whether anything but silence comes in; asked only where the answer saves the work. */
static bool wakes(const struct engine *e, const struct lane_group *g, unsigned n) RT {
    for (unsigned l = 0; l < LANES; l++)
        if (g->src[l] && e->k->scan(g->src[l], n))
            return true;
    return chain_listens(g) || (g->lim && tail_waits(e, g));
}

static bool take_in(struct engine *e, struct lane_group *g, float (*x)[LANES], unsigned n,
                    unsigned phase) RT {
    return e->k->gather_gain(x, g->src, n, phase, (const float(*)[LANES])g->in_gain, g->in_moving,
                             &g->in_meter) != 0;
}

static void give_out(struct engine *e, struct lane_group *g, float (*x)[LANES], unsigned n,
                     unsigned phase) RT {
    e->k->scatter_gain(g->post, (const float(*)[LANES])x, n, phase,
                       (const float(*)[LANES])g->out_gain, g->out_moving, &g->out_meter);
}

static const _Alignas(64) float unity[LANES] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};

static void group_run(struct engine *e, struct lane_group *g, unsigned n, unsigned phase) RT {
    if (g->idle && !wakes(e, g, n))
        return;
    g->idle = false;
    _Alignas(64) float x[SPAN_FRAMES][LANES];
    g->loud |= take_in(e, g, x, n, phase);
    insert_before(e, g, x, n, phase);
    chain_run(e, g, x, n, phase);
    insert_after(e, g, x, n, phase);
    if (g->pre_routes)
        e->k->scatter(g->pre, (const float(*)[LANES])x, n);
    if (!g->lim) {
        give_out(e, g, x, n, phase);
        return;
    }
    e->k->gain(x, n, phase, (const float(*)[LANES])g->out_gain, g->out_moving);
    g->loud |= tail_lanes(e, g, x, n);
    print_limit(e, g, x, n, phase);
    e->k->scatter_gain(g->post, (const float(*)[LANES])x, n, phase, &unity, false, &g->out_meter);
}

/* The monitor folded to mono: the sum of its legs by the usual coefficients, in C or in L and R. */
static void monitor_mono(struct engine *e, const struct strip *s, unsigned n, unsigned phase) RT {
    if (e->mono[0] == 0 && e->mono[SPAN_CELLS] == 0)
        return;
    float down[MAX_LEGS][MAX_LEGS], up[MAX_LEGS][MAX_LEGS];
    format_fold(s->format, FORMAT_MONO, NULL, down);
    format_fold(FORMAT_MONO, s->format, NULL, up);
    for (unsigned i = 0; i < n; i++) {
        const unsigned c = (phase + i) / CELL_FRAMES, k = (phase + i) % CELL_FRAMES;
        const float w = e->mono[c] + (e->mono[c + 1] - e->mono[c]) * (float)(k + 1) / CELL_FRAMES;
        float mono = 0;
        for (uint32_t l = 0; l < s->legs; l++)
            mono += down[l][0] * e->in[s->leg + l][i];
        for (uint32_t l = 0; l < s->legs; l++) {
            float *x = &e->in[s->leg + l][i];
            *x += w * (mono * up[0][l] - *x);
        }
    }
}

void stage_run(struct engine *e, const struct stage *st, unsigned n, unsigned phase) RT {
    for (uint32_t i = 0; i < st->strips; i++) {
        struct strip *s = &e->strip[st->first_strip + i];
        if (s->kind != KIND_CH)
            bus_mix(e, s, n, phase);
        if (s->kind == KIND_MON)
            monitor_mono(e, s, n, phase);
        for (uint32_t l = 0; l < s->legs && s->delay.keeps; l++)
            delay_run(e, &s->delay, l, e->in[s->leg + l], n);
    }
    /* the group that works out the print master's gain goes first */
    const uint32_t first = e->print.group - st->first_group;
    if (first < st->groups) {
        e->print.working = false;
        group_run(e, &e->group[e->print.group], n, phase);
    }
    for (uint32_t i = 0; i < st->groups; i++)
        if (i != first)
            group_run(e, &e->group[st->first_group + i], n, phase);
    tail_run(e, st);
    if (st->print)
        print_stems(e, n);
}

void stage_block_end(struct engine *e) RT {
    tail_end(e);
    for (uint32_t i = 0; i < e->groups; i++) {
        struct lane_group *g = &e->group[i];
        bool quiet = !g->loud && !g->idle && chain_is_quiet(g);
        quiet = g->insert ? insert_is_quiet(g->insert, quiet) : quiet;
        g->loud = false;
        if (!quiet)
            continue;
        chain_zero(g);
        g->idle = true;
        for (unsigned l = 0; l < LANES; l++)
            if (g->used[l]) {
                memset(e->pre[g->leg[l]], 0, sizeof(planar));
                memset(g->post[l], 0, sizeof(planar));
            }
    }
}

/* A bus remembers the tape unless a live channel feeds it, directly or through another bus. */
static uint64_t live_buses(const struct engine *e) RT {
    uint64_t live = 0;
    for (uint32_t i = 0; i < e->first[KIND_GRP]; i++)
        if (!e->strip[i].taped)
            live |= e->graph.ch_feeds[i];
    for (uint32_t b = 0; b < e->graph.buses; b++)
        if (live >> b & 1)
            live |= e->graph.bus_feeds[b];
    return live;
}

void stage_locate(struct engine *e, enum insert_place place) RT {
    const uint64_t live = live_buses(e);
    for (uint32_t i = 0; i < e->strips; i++) {
        struct strip *s = &e->strip[i];
        const uint32_t bus = s->kind == KIND_CH ? 0 : s->object - e->first[KIND_GRP];
        const bool keeps =
            s->kind == KIND_CH ? !s->taped : s->kind == KIND_MON || (live >> bus & 1);
        if (keeps)
            continue;
        if (place == insert_behind(s) &&
            (s->kind == KIND_STEM || (s->kind == KIND_CH && (e->graph.ch_feeds[s->index] & live))))
            tail_catch(e, s);
        if (place == insert_chain(e, s))
            chain_reset(&e->group[s->group], s);
        if (place == insert_behind(s))
            key_reset(e, s);
        if (place != insert_ahead(s))
            continue;
        delay_reset(&s->delay);
        if (s->kind == KIND_CH) {
            const uint32_t slot = s->hidden + HIDDEN_IN_FADE;
            e->plane.lin[slot] = 0;
            motion_set_hidden(&e->plane, slot, 1, LOCATE_FADE_MS, e->frame);
        }
    }
}
