/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The end of what sounded when the tape jumps. A reset strip would stop in the middle of a wave;
 * what it last put out is faded to silence instead, while the new place fades in. It happens where
 * sound leaves what is reset: at a stem, or at a taped channel of a bus that live channels keep
 * going. */
#include <math.h>
#include <string.h>

#include "dsp/engine_private.h"

static float tail_frames(const struct engine *e) RT {
    return roundf(LOCATE_FADE_MS * 1e-3f * e->rate_hz);
}

void tail_catch(struct engine *e, const struct strip *s) RT {
    const struct lane_group *g = &e->group[s->group];
    for (uint32_t l = 0; l < s->legs; l++) {
        float last = e->last_frames ? e->post[s->leg + l][e->last_frames - 1] : 0;
        if (g->lim)
            last = g->idle ? 0 : g->last[s->lane + l];
        e->tail[s->leg + l] = last;
        e->tail_any |= last != 0;
    }
    e->tail_start[insert_behind(s)] = e->frame;
}

void tail_begin(struct engine *e, unsigned n) RT {
    const float len = tail_frames(e), w = (float)M_PI / len;
    for (unsigned p = 0; p < PLACES && e->tail_any; p++) {
        const float from = (float)(e->frame - e->tail_start[p]);
        unsigned k = 0;
        for (; k < n && from + (float)(k + 1) < len; k++)
            e->tail_fade[p][k] = 0.5f + 0.5f * cosf(w * (from + (float)(k + 1)));
        e->tail_left[p] = k;
    }
}

/* Add the tail of a strip's leg to samples that stand `step` apart. */
static void tail_add(const struct engine *e, const struct strip *s, uint32_t leg, float *x,
                     unsigned step) RT {
    const enum insert_place p = insert_behind(s);
    const float last = e->tail[leg];
    for (unsigned k = 0; k < e->tail_left[p]; k++)
        x[(size_t)k * step] += last * e->tail_fade[p][k];
}

void tail_run(struct engine *e, const struct stage *st) RT {
    for (uint32_t i = 0; i < st->strips && e->tail_any; i++) {
        const struct strip *s = &e->strip[st->first_strip + i];
        const struct lane_group *g = &e->group[s->group];
        for (uint32_t l = 0; l < s->legs && !g->lim; l++) {
            if (e->tail[s->leg + l] == 0)
                continue;
            if (g->idle)
                memset(e->post[s->leg + l], 0, sizeof(planar));
            tail_add(e, s, s->leg + l, e->post[s->leg + l], 1);
        }
    }
}

bool tail_waits(const struct engine *e, const struct lane_group *g) RT {
    bool any = false;
    for (unsigned l = 0; l < LANES && e->tail_any; l++)
        any |= g->used[l] && e->tail[g->leg[l]] != 0;
    return any;
}

bool tail_lanes(const struct engine *e, struct lane_group *g, float (*x)[LANES], unsigned n) RT {
    bool any = false;
    for (unsigned l = 0; l < LANES && e->tail_any; l++)
        if (g->used[l] && e->tail[g->leg[l]] != 0) {
            tail_add(e, &e->strip[g->strip[l]], g->leg[l], &x[0][l], LANES);
            any = true;
        }
    memcpy(g->last, x[n - 1], sizeof g->last);
    return any;
}

void tail_end(struct engine *e) RT {
    for (unsigned p = 0; p < PLACES && e->tail_any; p++)
        if ((float)(e->frame - e->tail_start[p]) < tail_frames(e) + SPAN_FRAMES)
            return;
    if (!e->tail_any)
        return;
    memset(e->tail, 0, e->legs * sizeof *e->tail);
    e->tail_any = false;
}
