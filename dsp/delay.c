/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "dsp/engine_private.h"

/* Frames after a reset over which what comes out of a line fades in. */
static uint32_t rise_frames(const struct engine *e) RT {
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
    const uint32_t rise = rise_frames(e);
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

static uint32_t delay_most(const struct engine *e) RT {
    return (uint32_t)ceilf(e->desk->max_delay_ms * 1e-3f * e->rate_hz);
}

uint32_t delay_line_frames(const struct engine *e) {
    const uint32_t size = delay_most(e) + rise_frames(e) + 2 * SPAN_FRAMES;
    return size % 512 ? size : size + 16; /* never a power-of-two stride */
}

static uint32_t wanted(const struct engine *e, const struct strip *s) RT {
    const float frames = roundf(e->plane.current[s->slot[ROW_DELAY]] * 1e-3f * e->rate_hz);
    const uint32_t most = delay_most(e);
    return frames <= 0 ? 0 : frames >= (float)most ? most : (uint32_t)frames;
}

static bool ready(const struct engine *e, const struct strip *s, uint32_t delay) RT {
    return s->line[0].filled >= delay + rise_frames(e) + SPAN_FRAMES;
}

bool delay_update(struct engine *e, struct strip *s) RT {
    if (s->delay_fading && e->frame - s->delay_fade >= (uint64_t)fade_frames(e)) {
        s->delay_fading = false;
        s->delay_now = s->delay_next;
    }
    if (s->delay_fading)
        return true;
    const uint32_t next = wanted(e, s);
    const bool changes = next != s->delay_now;
    for (uint32_t l = 0; l < s->legs && changes && !s->delay_keeps; l++)
        s->line[l].filled = 0;
    s->delay_keeps = changes || s->delay_now;
    if (!changes || (next && !ready(e, s, next)))
        return changes;
    s->delay_fading = true;
    s->delay_next = next;
    s->delay_fade = e->frame;
    return true;
}

void delay_snap(struct engine *e, struct strip *s) RT {
    s->delay_fading = false;
    s->delay_now = wanted(e, s);
    s->delay_keeps = s->delay_now != 0;
}

void delay_run(const struct engine *e, const struct strip *s, struct delay_line *line, float *x,
               unsigned n) RT {
    line_write(line, s->delay_size, x, n);
    if (s->delay_now)
        line_read(e, line, s->delay_size, s->delay_now, x, n);
    if (!s->delay_fading)
        return;
    planar next;
    line_read(e, line, s->delay_size, s->delay_next, next, n);
    const float len = fade_frames(e), w = (float)M_PI / len;
    const float from = (float)((int64_t)e->frame - (int64_t)s->delay_fade);
    for (unsigned i = 0; i < n; i++) {
        const float t = from + (float)(i + 1);
        if (t >= len)
            x[i] = next[i];
        else if (t > 0)
            x[i] += (next[i] - x[i]) * (0.5f - 0.5f * cosf(w * t));
    }
}
