/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Behind the monitor strip: its legs go to every set of loudspeakers, folded down where a set is
 * narrower, delayed by distance and trimmed; the sets that are not chosen are silent. */
#include <string.h>

#include "dsp/engine_private.h"

static uint32_t slot_of(const struct engine *e, enum row_id row, uint32_t speaker) RT {
    return layout_slot(&e->desk->layout, KIND_MON, 0, row, speaker, 0);
}

static float lin(const struct engine *e, enum row_id row, uint32_t speaker) RT {
    return e->plane.lin[slot_of(e, row, speaker)];
}

/* How much of loudspeaker n the solo keys let through. By the others' keys alone, so that a
 * loudspeaker that is soloed first does not dip on the way. */
static float solo(const struct engine *e, uint32_t n) RT {
    const struct monitor *m = &e->monitor;
    float none = 1;
    for (uint32_t k = 0; k < m->speakers; k++)
        if (k != n && m->speaker[k].set == m->speaker[n].set)
            none *= 1 - lin(e, ROW_SPK_SOLO, k);
    return 1 - (1 - none) * (1 - lin(e, ROW_SPK_SOLO, n));
}

static float gain(const struct engine *e, uint32_t n) RT {
    const struct monitor *m = &e->monitor;
    return e->plane.lin[m->slot + m->speaker[n].set] * lin(e, ROW_SPK_TRIM, n) *
           (1 - 2 * lin(e, ROW_SPK_POLARITY, n)) * (1 - lin(e, ROW_SPK_MUTE, n)) * solo(e, n);
}

static void choose(struct engine *e) RT {
    const float set = e->plane.target[slot_of(e, ROW_MON_SET, 0)];
    for (uint32_t i = 0; i < e->monitor.sets; i++)
        motion_set_hidden(&e->plane, e->monitor.slot + i, set == (float)i, SLEW_MS, e->frame);
}

void monitor_set(struct engine *e, uint32_t slot) RT {
    if (e->plane.row[slot] == ROW_MON_SET)
        choose(e);
    if (e->plane.row[slot] == ROW_SPK_DELAY)
        e->monitor.delays_old = true;
}

void monitor_cell(struct engine *e, unsigned row) RT {
    struct monitor *m = &e->monitor;
    if (!m->touched)
        return;
    m->touched = false;
    m->moving = true;
    for (uint32_t i = 0; i < m->speakers; i++) {
        const float g = gain(e, i);
        for (unsigned c = row; c < BOUNDARIES; c++)
            m->speaker[i].g[c] = g;
    }
}

void monitor_rest(struct engine *e) RT {
    struct monitor *m = &e->monitor;
    for (uint32_t i = 0; i < m->speakers && m->moving; i++)
        for (unsigned c = 0; c < SPAN_CELLS; c++)
            m->speaker[i].g[c] = m->speaker[i].g[SPAN_CELLS];
    m->moving = false;
}

void monitor_slow(struct engine *e) RT {
    struct monitor *m = &e->monitor;
    if (!m->delays_old)
        return;
    m->delays_old = false;
    for (uint32_t i = 0; i < m->speakers; i++)
        m->delays_old |= delay_update(e, &m->speaker[i].delay);
}

void monitor_snap(struct engine *e) RT {
    struct monitor *m = &e->monitor;
    const float set = e->plane.target[slot_of(e, ROW_MON_SET, 0)];
    for (uint32_t i = 0; i < m->sets; i++)
        e->plane.lin[m->slot + i] = set == (float)i;
    for (uint32_t i = 0; i < m->speakers; i++) {
        const float g = gain(e, i);
        for (unsigned c = 0; c < BOUNDARIES; c++)
            m->speaker[i].g[c] = g;
        delay_snap(e, &m->speaker[i].delay);
    }
}

/* One loudspeaker's share of the monitor's legs. */
static void fold(const struct engine *e, const struct speaker *k, float *x, unsigned n) RT {
    const struct strip *s = &e->strip[e->first[KIND_MON]];
    memset(x, 0, n * sizeof *x);
    for (uint32_t l = 0; l < s->legs; l++) {
        const float g = k->fold[l], *from = e->post[s->leg + l];
        if (g == 0)
            continue;
        for (unsigned i = 0; i < n; i++)
            x[i] += g * from[i];
    }
}

static void gains(const struct speaker *k, bool moving, float *x, unsigned n, unsigned phase) RT {
    const float *g = k->g;
    if (!moving) {
        for (unsigned i = 0; i < n; i++)
            x[i] *= g[0];
        return;
    }
    for (unsigned i = 0; i < n; i++) {
        const unsigned c = (phase + i) / CELL_FRAMES, t = (phase + i) % CELL_FRAMES + 1;
        x[i] *= g[c] + (g[c + 1] - g[c]) * (float)t / CELL_FRAMES;
    }
}

void monitor_run(struct engine *e, unsigned n, unsigned phase) RT {
    struct monitor *m = &e->monitor;
    for (uint32_t i = 0; i < m->speakers; i++) {
        struct speaker *k = &m->speaker[i];
        fold(e, k, m->out[i], n);
        if (k->delay.keeps)
            delay_run(e, &k->delay, 0, m->out[i], n);
        gains(k, m->moving, m->out[i], n, phase);
    }
}
