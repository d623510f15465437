/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "dsp/engine_private.h"

static void line_write(struct delay_line *line, uint32_t size, const float *in, unsigned n) RT {
    const uint32_t tail = size - line->write, first = n < tail ? n : tail;
    memcpy(line->ring + line->write, in, first * sizeof *in);
    memcpy(line->ring, in + first, (n - first) * sizeof *in);
    line->write = line->write + n >= size ? line->write + n - size : line->write + n;
    line->filled = line->filled + n > size ? size : line->filled + n;
}

/* n frames, `delay` behind the ones just written; what is older than the last reset is silence. */
static void line_read(const struct delay_line *line, uint32_t size, uint32_t delay, float *out,
                      unsigned n) RT {
    const uint32_t back = delay + n;
    const uint32_t start = line->write >= back ? line->write - back : line->write + size - back;
    const uint32_t tail = size - start, first = n < tail ? n : tail;
    memcpy(out, line->ring + start, first * sizeof *out);
    memcpy(out + first, line->ring, (n - first) * sizeof *out);
    if (back > line->filled) {
        const uint32_t missing = back - line->filled;
        memset(out, 0, (missing < n ? missing : n) * sizeof *out);
    }
}

/* Whole blocks, since that is when fades begin and end. */
static float fade_frames(const struct engine *e) RT {
    return ceilf(FADE_MS * 1e-3f * e->rate_hz / SPAN_FRAMES) * SPAN_FRAMES;
}

static uint32_t wanted(const struct engine *e, const struct strip *s) RT {
    const float frames = roundf(e->plane.current[s->slot[ROW_DELAY]] * 1e-3f * e->rate_hz);
    const uint32_t most = s->delay_size - 2 * SPAN_FRAMES;
    return frames <= 0 ? 0 : frames >= (float)most ? most : (uint32_t)frames;
}

void delay_update(struct engine *e, struct strip *s) RT {
    if (s->delay_fading && e->frame - s->delay_fade >= (uint64_t)fade_frames(e)) {
        s->delay_fading = false;
        s->delay_now = s->delay_next;
    }
    if (!s->delay_fading && wanted(e, s) != s->delay_now) {
        s->delay_fading = true;
        s->delay_next = wanted(e, s);
        s->delay_fade = e->frame;
    }
}

void delay_snap(struct engine *e, struct strip *s) RT {
    s->delay_fading = false;
    s->delay_now = wanted(e, s);
}

void delay_run(const struct engine *e, const struct strip *s, struct delay_line *line,
               const float *in, float *out, unsigned n) RT {
    line_write(line, s->delay_size, in, n);
    if (s->delay_now || s->delay_fading)
        line_read(line, s->delay_size, s->delay_now, out, n);
    else if (out != in)
        memcpy(out, in, n * sizeof *out);
    if (!s->delay_fading)
        return;
    planar next;
    line_read(line, s->delay_size, s->delay_next, next, n);
    const float len = fade_frames(e), w = (float)M_PI / len;
    const float from = (float)((int64_t)e->frame - (int64_t)s->delay_fade);
    for (unsigned i = 0; i < n; i++) {
        const float t = from + (float)(i + 1);
        if (t >= len)
            out[i] = next[i];
        else if (t > 0)
            out[i] += (next[i] - out[i]) * (0.5f - 0.5f * cosf(w * t));
    }
}
