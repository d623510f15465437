/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "dsp/engine_private.h"

uint32_t delay_rise_frames(const struct engine *e) RT {
    return (uint32_t)(LOCATE_FADE_MS * 1e-3f * e->rate_hz);
}

static void line_write(struct delay_line *line, uint32_t size, const float *in, unsigned n) RT {
    const uint32_t tail = size - line->write, first = n < tail ? n : tail;
    memcpy(line->ring + line->write, in, first * sizeof *in);
    memcpy(line->ring, in + first, (n - first) * sizeof *in);
    line->write = line->write + n >= size ? line->write + n - size : line->write + n;
    line->filled = line->filled + n > size ? size : line->filled + n;
}

/* n frames, `delay` behind the ones just written; what is older than the last reset is silence, and
 * what came soon after it fades in. */
static void line_read(const struct engine *e, const struct delay_line *line, uint32_t size,
                      uint32_t delay, float *out, unsigned n) RT {
    const uint32_t back = delay + n;
    const uint32_t start = line->write >= back ? line->write - back : line->write + size - back;
    const uint32_t tail = size - start, first = n < tail ? n : tail;
    memcpy(out, line->ring + start, first * sizeof *out);
    memcpy(out + first, line->ring, (n - first) * sizeof *out);
    const uint32_t rise = delay_rise_frames(e);
    if (line->filled >= back + rise)
        return;
    for (unsigned i = 0; i < n; i++) {
        const int64_t age = (int64_t)line->filled - (int64_t)back + i;
        if (age < (int64_t)rise)
            out[i] *= age < 0 ? 0 : 0.5f - 0.5f * cosf((float)M_PI * (float)age / (float)rise);
    }
}

/* Whole blocks, since that is when fades begin and end. */
static float fade_frames(const struct engine *e) RT {
    return ceilf(FADE_MS * 1e-3f * e->rate_hz / SPAN_FRAMES) * SPAN_FRAMES;
}

static uint32_t wanted(const struct engine *e, const struct delay *d) RT {
    const float frames = roundf(e->plane.current[d->slot] * 1e-3f * e->rate_hz);
    return frames <= 0 ? 0 : frames >= (float)d->longest ? d->longest : (uint32_t)frames;
}

static bool ready(const struct engine *e, const struct delay *d, uint32_t frames) RT {
    return d->line[0].filled >= frames + delay_rise_frames(e) + SPAN_FRAMES;
}

void delay_reset(struct delay *d) RT {
    for (uint32_t l = 0; l < d->legs; l++)
        d->line[l].filled = 0;
}

bool delay_update(struct engine *e, struct delay *d) RT {
    if (d->fading && e->frame - d->fade >= (uint64_t)fade_frames(e)) {
        d->fading = false;
        d->now = d->next;
    }
    if (d->fading)
        return true;
    const uint32_t next = wanted(e, d);
    const bool changes = next != d->now;
    if (changes && !d->keeps)
        delay_reset(d);
    d->keeps = changes || d->now;
    if (!changes || (next && !ready(e, d, next)))
        return changes;
    d->fading = true;
    d->next = next;
    d->fade = e->frame;
    return true;
}

void delay_snap(struct engine *e, struct delay *d) RT {
    d->fading = false;
    d->now = wanted(e, d);
    d->keeps = d->now != 0;
}

void delay_run(const struct engine *e, struct delay *d, uint32_t leg, float *x, unsigned n) RT {
    struct delay_line *line = &d->line[leg];
    line_write(line, d->size, x, n);
    if (d->now)
        line_read(e, line, d->size, d->now, x, n);
    if (!d->fading)
        return;
    planar next;
    line_read(e, line, d->size, d->next, next, n);
    const float len = fade_frames(e), w = (float)M_PI / len;
    const float from = (float)((int64_t)e->frame - (int64_t)d->fade);
    for (unsigned i = 0; i < n; i++) {
        const float t = from + (float)(i + 1);
        if (t >= len)
            x[i] = next[i];
        else if (t > 0)
            x[i] += (next[i] - x[i]) * (0.5f - 0.5f * cosf(w * t));
    }
}
