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
    for (uint32_t l = 0; l < s->legs; l++) {
        e->tail[s->leg + l] = e->last_frames ? e->post[s->leg + l][e->last_frames - 1] : 0;
        e->tail_any |= e->tail[s->leg + l] != 0;
    }
    e->tail_start = e->frame;
}

void tail_run(struct engine *e, const struct stage *st, unsigned n) RT {
    if (!e->tail_any)
        return;
    const float len = tail_frames(e), w = (float)M_PI / len,
                from = (float)(e->frame - e->tail_start);
    for (uint32_t i = 0; i < st->strips; i++) {
        const struct strip *s = &e->strip[st->first_strip + i];
        for (uint32_t l = 0; l < s->legs; l++) {
            const float last = e->tail[s->leg + l];
            float *x = e->post[s->leg + l];
            if (last == 0)
                continue;
            if (e->group[s->group].idle)
                memset(x, 0, sizeof(planar));
            for (unsigned k = 0; k < n && from + (float)(k + 1) < len; k++)
                x[k] += last * (0.5f + 0.5f * cosf(w * (from + (float)(k + 1))));
        }
    }
}

void tail_end(struct engine *e) RT {
    if (!e->tail_any || (float)(e->frame - e->tail_start) < tail_frames(e) + SPAN_FRAMES)
        return;
    memset(e->tail, 0, e->legs * sizeof *e->tail);
    e->tail_any = false;
}
